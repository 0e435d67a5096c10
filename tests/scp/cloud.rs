//! The cloud that the program plays, as a process of its own, and configurations whose provider it is.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use serde_json::Value;

use super::APPLY;
use super::UNCHANGED;
use crate::program::Answer;
use crate::program::Directory;
use crate::program::Process;

/// A cluster with one pool.
const SMALL: &str = r#"stackwright {
  installation = "small"
}

provider "scp" {
  region = "kr-west1"
}

cluster "main" {
  provider                     = scp
  name                         = "main"
  kubernetes_version           = "v1.31.8"
  file_storage                 = "nfs_01"
  public_endpoint_access_allow = "203.0.113.7"
  tags                         = { team = "ml" }

  network {
    vpc             = "vpc1"
    subnet          = "sub1"
    security_groups = ["mlops-sg", "admin-sg"]
  }
}

node_pool "workers" {
  cluster     = cluster.main
  server_type = "s1v8m32"
  os          = "ubuntu"
  os_version  = "22.04"
  keypair     = "mlops-key"
  node_count  = 2
  labels      = { pool = "workers" }
  taints      = [{ key = "a", effect = "NoSchedule" }, { key = "b", value = "c", effect = "NoExecute" }]

  block_storage {
    size_gb = 200
  }
}
"#;

/// The cloud, played by a process, and the keys to it.
pub struct Cloud {
    /// Ends before its directory goes.
    _process: Process,
    _directory: Directory,
    address: String,
    keys: Vec<(String, String)>,
}

impl Cloud {
    pub fn start() -> Self {
        let directory = Directory::new();
        let mut command = directory.command(&["sandbox", "serve", "--cloud", "--minute", "20ms"]);
        let mut process = Process::start(command.stdout(Stdio::piped()).stderr(Stdio::null()));
        let mut line = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let environment = directory.path().join(".stackwright/cloud/environment");
        let mode = std::fs::metadata(&environment).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "keys are for their owner only");
        let text = std::fs::read_to_string(&environment).expect("a text");
        let variables = text.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
        let keys = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self {
            address: line.trim().trim_start_matches("http://").to_owned(),
            _process: process,
            _directory: directory,
            keys,
        }
    }

    pub fn key(&self, name: &str) -> &str {
        self.keys.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// One request to what tests may change and read.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(&self.address).expect("the cloud listens");
        let length = body.len();
        write!(
            stream,
            "{method} /sandbox/{path} HTTP/1.1\r\nhost: cloud\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .expect("it can be sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.starts_with("HTTP/1.1 20"), "{path}: {answer}");
        serde_json::from_str(body).unwrap_or(Value::Null)
    }

    pub fn faults(&self, faults: &Value) {
        self.control("PUT", "faults", faults);
    }

    pub fn things(&self, kind: &str) -> Vec<Value> {
        self.control("GET", "things", &Value::Null)[kind].as_array().cloned().unwrap_or_default()
    }

    pub fn names(&self) -> Vec<String> {
        let name = |thing: &Value| thing["name"].as_str().unwrap_or_default().to_owned();
        self.things("clusters").iter().chain(&self.things("nodepools")).map(name).collect()
    }

    pub fn change(&self, kind: &str, name: &str, change: &Value) {
        self.control("PATCH", &format!("{kind}/{name}"), change);
    }

    pub fn pool(&self) -> Value {
        self.things("nodepools").first().cloned().unwrap_or_default()
    }

    pub fn cluster(&self) -> Value {
        self.things("clusters").first().cloned().unwrap_or_default()
    }

    /// How many requests there were since the last time this was asked.
    pub fn requests(&self) -> Value {
        let requests = self.control("GET", "requests", &Value::Null);
        self.control("DELETE", "requests", &Value::Null);
        requests
    }
}

/// A configuration whose provider is that cloud.
pub struct Work<'a> {
    pub directory: Directory,
    pub cloud: &'a Cloud,
}

impl<'a> Work<'a> {
    pub fn of(cloud: &'a Cloud, directory: Directory) -> Self {
        let mut directory = directory.environment("STACKWRIGHT_SCP_POLL", "20ms");
        for (name, value) in &cloud.keys {
            directory = directory.environment(name, value);
        }
        Self { directory, cloud }
    }

    pub fn small(cloud: &'a Cloud) -> Self {
        let directory = Directory::new();
        directory.append("main.hcl", SMALL);
        Self::of(cloud, directory)
    }

    pub fn applied(cloud: &'a Cloud) -> Self {
        let work = Self::small(cloud);
        work.succeed(&APPLY);
        work
    }

    pub fn run(&self, arguments: &[&str]) -> Answer {
        let answer = self.directory.run(arguments);
        let secret = self.cloud.key("SCP_TF_SECRET_KEY");
        assert!(secret.len() > 30, "there is a secret to look for");
        for text in [&answer.stdout, &answer.stderr] {
            assert!(!text.contains(secret), "{arguments:?} shows the secret key: {text}");
        }
        answer
    }

    pub fn succeed(&self, arguments: &[&str]) -> String {
        let answer = self.run(arguments);
        assert_eq!(answer.code, Some(0), "{arguments:?}\n{}\n{}", answer.stdout, answer.stderr);
        answer.stdout
    }

    /// Runs to an end that is no good one; gives what it says.
    pub fn fail(&self, arguments: &[&str]) -> String {
        let answer = self.run(arguments);
        assert_eq!(answer.code, Some(1), "{arguments:?}\n{}\n{}", answer.stdout, answer.stderr);
        answer.stdout + &answer.stderr
    }

    pub fn replace(&self, from: &str, to: &str) {
        self.directory.replace("main.hcl", from, to);
    }

    pub fn text(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("main.hcl")).expect("a text")
    }

    pub fn write(&self, text: &str) {
        std::fs::write(self.directory.path().join("main.hcl"), text).expect("it can be written");
    }

    /// Everything is there as it is written, once.
    pub fn assert_whole(&self, when: &str) {
        assert_eq!(self.cloud.names(), ["main", "workers"], "{when}");
        let answer = self.run(&UNCHANGED);
        assert_eq!(answer.code, Some(0), "{when}: {}\n{}", answer.stdout, answer.stderr);
    }
}
