//! A world that does not do as it should: clusters that refuse, two runs at once, interrupts, readers that go away.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::process::Command;
use std::process::Stdio;

use crate::program::Answer;
use crate::program::Directory;
use crate::program::Process;
use crate::skip;
use crate::skip::skip;

const APPLY: [&str; 2] = ["apply", "--auto-approve"];

/// A run whose stderr is read line by line.
pub struct Running {
    child: Process,
    lines: BufReader<std::process::ChildStderr>,
    said: String,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = Process::start(command.stdout(Stdio::null()).stderr(Stdio::piped()));
        let lines = BufReader::new(child.stderr.take().expect("a pipe"));
        Self { child, lines, said: String::new() }
    }

    /// Reads until a line holds `text`.
    pub fn wait_for(&mut self, text: &str) {
        loop {
            let from = self.said.len();
            let read = self.lines.read_line(&mut self.said).expect("lines of text");
            assert!(read > 0, "it ended without saying {text}:\n{}", self.said);
            if self.said[from..].contains(text) {
                return;
            }
        }
    }

    pub fn signal(&self, name: &str) {
        let done = Command::new("kill").args([name, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(done.success());
    }

    /// Exit code and all that was said.
    pub fn end(mut self) -> (Option<i32>, String) {
        self.lines.read_to_string(&mut self.said).expect("text");
        (self.child.wait().expect("it ends").code(), self.said)
    }
}

/// The small installation on a sandbox in the program's own process.
pub fn small() -> Directory {
    let directory = Directory::small("world");
    directory.replace("main.hcl", "provider \"kubernetes\"", "provider \"sandbox\"");
    directory.replace("main.hcl", "provider = kubernetes", "provider = sandbox");
    directory
}

/// The identity and the time in what is said of a lock.
pub fn without_holder(text: &str) -> String {
    let patterns = [(r"[\w-]+@[\w.-]+ pid \d+", "HOLDER"), (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME")];
    patterns.iter().fold(text.to_owned(), |text, (pattern, with)| {
        regex::Regex::new(pattern).expect("a valid pattern").replace_all(&text, *with).into_owned()
    })
}

#[test]
fn interrupted_once_it_ends_in_order_and_twice_at_once() {
    let slow = |directory: &Directory| {
        let mut command = directory.command(&["apply", "--auto-approve", "--html", "run.html"]);
        command.env("STACKWRIGHT_FAULTS", "latency=200ms");
        command
    };
    let directory = small();
    let mut once = Running::start(slow(&directory));
    once.wait_for("Applying");
    once.signal("-INT");
    let (code, said) = once.end();
    assert_eq!(code, Some(130), "{said}");
    let told = said.matches("Interrupted: finishing the requests in flight, then recording.").count();
    assert_eq!(told, 1, "{said}");
    assert!(said.ends_with("Interrupted. Run the same command again to go on.\n"), "{said}");
    assert_eq!(directory.succeed(&["unlock"]), "cluster.main is not locked.\n");
    assert!(directory.succeed(&["history"]).contains("interrupted"));
    let report = || std::fs::read_to_string(directory.path().join("run.html")).expect("a report");
    assert!(report().contains("<strong>interrupted</strong>"), "the report is left all the same");
    std::fs::remove_file(directory.path().join("run.html")).expect("a file");

    let mut twice = Running::start(slow(&directory));
    twice.wait_for("Applying");
    twice.signal("-INT");
    twice.wait_for("Interrupted");
    twice.signal("-INT");
    let (code, said) = twice.end();
    assert_eq!(code, Some(130), "{said}");
    assert!(report().contains("<strong>interrupted</strong>"), "of a run that stops at once too");

    directory.succeed(&APPLY);
    directory.succeed(&["verify"]);
    assert_eq!(directory.run(&["plan", "--detailed-exitcode"]).code, Some(0));
}

#[test]
fn a_reader_that_goes_away_breaks_no_apply() {
    let directory = small();
    let mut command = directory.command(&APPLY);
    let mut child = Process::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    directory.succeed(&["verify"]);
    assert_eq!(directory.run(&["plan", "--detailed-exitcode"]).code, Some(0));
}

const ELSEWHERE: &str = r#"
stackwright {
  installation = "prod"
}
provider "kubernetes" {
  kubeconfig = "kubeconfig"
}
cluster "main" {
  provider = kubernetes
}
storage_class "fast" {
  cluster     = cluster.main
  provisioner = "x.y/z"
}
"#;

/// A directory whose cluster answers as `answer` says: status and body by path.
fn behind(answer: fn(&str) -> (u16, String)) -> (Directory, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut lines = BufReader::new(stream.try_clone().expect("a stream"));
            let mut first = String::new();
            lines.read_line(&mut first).ok();
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|read| read > 2) {
                line.clear();
            }
            let (code, body) = answer(first.split(' ').nth(1).unwrap_or_default());
            let head = format!("HTTP/1.1 {code} X\r\ncontent-type: application/json\r\nconnection: close\r\n");
            stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).ok();
        }
    });
    let directory = Directory::new();
    directory.append("main.hcl", ELSEWHERE);
    directory.append(
        "kubeconfig",
        &format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: one\nclusters: [{{name: c, cluster: {{server: '{address}'}}}}]\n\
             contexts: [{{name: one, context: {{cluster: c, user: bob}}}}]\nusers: [{{name: bob, user: {{token: secret}}}}]\n"
        ),
    );
    (directory, address)
}

fn status(code: u16, reason: &str, message: &str) -> (u16, String) {
    let body =
        serde_json::json!({"kind": "Status", "apiVersion": "v1", "code": code, "reason": reason, "message": message});
    (code, body.to_string())
}

fn refused(answer: fn(&str) -> (u16, String), expected: &str) {
    let (directory, address) = behind(answer);
    for arguments in [&["plan"][..], &APPLY, &["destroy", "--auto-approve"]] {
        let Answer { code, stderr, .. } = directory.run(arguments);
        assert_eq!((code, stderr.replace(&address, "ADDRESS")), (Some(1), expected.to_owned()), "{arguments:?}");
    }
}

#[test]
fn a_kubeconfig_without_rights() {
    refused(
        |_| status(401, "Unauthorized", "Unauthorized"),
        "error: Cannot reach cluster.main\n  because the cluster at ADDRESS does not know who we are (401): Unauthorized\n\n  The \
         credentials in the kubeconfig are wrong or have expired: log in to the cluster again.\n",
    );
    refused(
        |path| match path {
            "/version" => (200, r#"{"gitVersion": "v1.31.4"}"#.into()),
            _ => status(403, "Forbidden", "secrets \"inventory-prod\" is forbidden: User \"bob\" cannot get resource"),
        },
        "error: Cannot read the installation's records\n  because cannot read the inventory: refused to get Secret \
         stackwright-system/inventory-prod: secrets \"inventory-prod\" is forbidden: User \"bob\" cannot get resource \
         (403)\n\n  `stackwright permissions` prints the roles that a run of this configuration needs.\n",
    );
}

/// Runs on a terminal of its own (util-linux `script`), with what is typed; gives the code and all that was shown.
fn on_a_terminal(directory: &Directory, line: &str, typed: &str) -> (Option<i32>, String) {
    let program = env!("CARGO_BIN_EXE_stackwright");
    let mut command = Command::new("script");
    command.args(["-qec", &format!("{program} {line}"), "/dev/null"]).current_dir(directory.path());
    command.env("NO_COLOR", "1");
    let answer = Answer::with_input(command, typed);
    (answer.code, answer.stdout.replace('\r', ""))
}

#[test]
fn missing_variables_are_asked_for_on_a_terminal() {
    if !skip::has("script") {
        skip!("there is no program `script` to make a terminal");
    }
    let directory = Directory::new();
    directory.append("main.hcl", ELSEWHERE);
    directory.replace("main.hcl", "  kubeconfig = \"kubeconfig\"\n", "");
    directory.replace("main.hcl", "kubernetes", "sandbox");
    directory.append(
        "main.hcl",
        "variable \"team\" {\n  description = \"Who works here.\"\n}\noutput \"team\" {\n  value = var.team\n}\n",
    );
    let (code, shown) = on_a_terminal(&directory, "apply", "vision\nyes\n");
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("var.team\n  Who works here.\n\n  Enter a value: "), "{shown}");
    assert!(shown.contains("team = \"vision\""), "{shown}");
    assert_eq!(directory.succeed(&["output", "--raw", "team", "--var", "team=x"]), "vision");
}
