//! A console that runs, and what of a browser its tests need: requests with chosen headers, a cookie, a stream of events.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use super::eventually;
use crate::control_plane::client;
use crate::control_plane::request;
use crate::program::Directory;
use crate::program::Process;

/// A console; it ends with this.
pub struct Console {
    process: Process,
    /// `127.0.0.1:40123`
    pub host: String,
    /// Path and token.
    pub entrance: String,
    cookie: String,
}

/// What it answered.
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// Events as they come.
pub struct Events {
    stream: TcpStream,
    pub text: String,
}

/// What reaches the sandbox that a console shares.
pub struct Client {
    runtime: tokio::runtime::Runtime,
    client: kube::Client,
}

impl Client {
    pub fn send(&self, method: &str, path: &str, content_type: &str, body: &Value) -> (u16, Value) {
        self.runtime.block_on(request(&self.client, method, path, content_type, body.to_string().into_bytes()))
    }
}

impl Console {
    /// Starts it in a directory.
    pub fn start(directory: &Directory, arguments: &[&str]) -> Self {
        let mut command = directory.command(&[&["ui", "--no-open"], arguments].concat());
        let mut process = Process::start(command.stdout(Stdio::piped()).stderr(Stdio::null()));
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("http://").unwrap_or_else(|| panic!("no address: {line}"));
        let (host, entrance) = address.split_once('/').expect("a path");
        let (host, entrance) = (host.to_owned(), format!("/{entrance}"));
        Self { process, host, entrance, cookie: String::new() }
    }

    /// Starts it and logs in.
    pub fn enter(directory: &Directory) -> Self {
        Self::enter_with(directory, &[])
    }

    pub fn enter_with(directory: &Directory, arguments: &[&str]) -> Self {
        let console = Self::start(directory, arguments);
        let entered = console.send("GET", &console.entrance, &[]);
        let cookie = entered.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie");
        Self { cookie: cookie.to_owned(), ..console }
    }

    /// As Ctrl-C does; its exit code.
    pub fn interrupt(&mut self) -> Option<i32> {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill starts").success());
        self.process.wait().expect("it ends").code()
    }

    /// Sends a request; `Host` is its own unless it is among the headers.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut stream = self.open(method, path, headers);
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("an answer");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{text}"));
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    fn open(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> TcpStream {
        let mut stream = TcpStream::connect(&self.host).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
        let own = ("Host", self.host.as_str());
        let is_given = headers.iter().any(|(name, _)| *name == "Host");
        let headers = (!is_given).then_some(&own).into_iter().chain(headers);
        let lines: String = headers.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let text = format!("{method} {path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n");
        stream.write_all(text.as_bytes()).expect("it is sent");
        stream
    }

    /// A page, which must be there.
    #[track_caller]
    pub fn page(&self, path: &str) -> String {
        let answer = self.send("GET", path, &[("Cookie", &self.cookie)]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// Waits until a page has a text in it.
    pub fn wait_for(&self, path: &str, text: &str) {
        eventually(&format!("{path} with {text}"), || self.page(path).contains(text));
    }

    pub fn events(&self) -> Events {
        let stream = self.open("GET", "/events", &[("Cookie", &self.cookie)]);
        Events { stream, text: String::new() }
    }

    /// The way to the sandbox that it shares.
    pub fn client(&self, directory: &Directory) -> Client {
        let _already_there = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let client = runtime.block_on(client(&directory.path().join(".stackwright/sandbox/kubeconfig")));
        Client { runtime, client }
    }
}

impl Events {
    /// Reads on until a text has come after what was read before; whether it came in time.
    pub fn read_until(&mut self, text: &str, patience: Duration) -> bool {
        let (end, begun) = (Instant::now() + patience, self.text.len());
        self.stream.set_read_timeout(Some(Duration::from_millis(100))).expect("a limit");
        while Instant::now() < end {
            let mut bytes = [0; 4096];
            if let Ok(count) = self.stream.read(&mut bytes) {
                self.text.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
            if self.text[begun..].contains(text) {
                return true;
            }
        }
        false
    }
}
