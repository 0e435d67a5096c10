//! Chromium without a window, told what to do through its pipes. Knows no more of its protocol than a page and its text.

use std::fs::File;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use serde_json::Value;
use serde_json::json;

use crate::program::Process;
use crate::skip;

/// A browser with one page; it ends with this.
pub struct Browser {
    _process: Process,
    said: BufReader<File>,
    told: File,
    number: u64,
    session: Option<String>,
}

impl Browser {
    /// Starts the browser of this machine, with everything it writes in a directory; `None` where there is none.
    pub fn start(directory: &Path) -> Option<Self> {
        let program = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| skip::has(name))?;
        let (told, said) = (directory.join("told"), directory.join("said"));
        let made = Command::new("mkfifo").args([&told, &said]).status().expect("mkfifo runs");
        assert!(made.success());
        // Its pipes are the third and fourth of its files.
        let script = "exec \"$0\" --headless=new --no-sandbox --disable-gpu --remote-debugging-pipe --user-data-dir=browser \
                      about:blank 3<told 4>said";
        let mut command = Command::new("sh");
        command.args(["-c", script, program]).current_dir(directory).env("HOME", directory);
        let process = Process::start(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()));
        let told = File::options().write(true).open(told).expect("it reads");
        let said = BufReader::new(File::open(said).expect("it writes"));
        let mut browser = Self { _process: process, said, told, number: 0, session: None };
        let target = browser.ask("Target.createTarget", json!({"url": "about:blank"}))["targetId"].clone();
        let attached = browser.ask("Target.attachToTarget", json!({"targetId": target, "flatten": true}));
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        Some(browser)
    }

    pub fn open(&mut self, url: &str) {
        self.ask("Page.navigate", json!({"url": url}));
    }

    /// What an expression of the page is.
    pub fn value(&mut self, expression: &str) -> Value {
        self.ask("Runtime.evaluate", json!({"expression": expression}))["result"]["value"].clone()
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.number += 1;
        let mut request = json!({"id": self.number, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            request["sessionId"] = session.as_str().into();
        }
        self.told.write_all(format!("{request}\0").as_bytes()).expect("it reads");
        loop {
            let mut bytes = Vec::new();
            self.said.read_until(0, &mut bytes).expect("it writes");
            assert!(!bytes.is_empty(), "it has ended");
            let answer: Value = serde_json::from_slice(&bytes[..bytes.len() - 1]).expect("JSON");
            if answer["id"] == self.number {
                return answer["result"].clone();
            }
        }
    }
}
