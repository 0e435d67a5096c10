//! The quickstart example applied once and served to several tests, each with a sandbox of its own.

use std::io::BufRead;
use std::io::BufReader;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::Weak;

use crate::program::Answer;
use crate::program::Directory;
use crate::program::copy;

/// Applied once for all tests that run at the same time; gone with the last of them.
static APPLIED: Mutex<Weak<Directory>> = Mutex::new(Weak::new());

fn applied() -> Arc<Directory> {
    let mut applied = APPLIED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(directory) = applied.upgrade() {
        return directory;
    }
    let directory = Arc::new(Directory::example("quickstart"));
    directory.succeed(&["apply", "--auto-approve"]);
    *applied = Arc::downgrade(&directory);
    directory
}

/// A directory in which the quickstart example is applied already.
pub struct Installed {
    pub directory: Directory,
    _template: Arc<Directory>,
}

impl Installed {
    pub fn new() -> Self {
        let template = applied();
        let directory = Directory::new();
        for part in ["main.hcl", ".stackwright"] {
            let (from, to) = (template.path().join(part), directory.path().join(part));
            if from.is_dir() {
                copy(&from, &to);
            } else {
                std::fs::copy(from, to).expect("the file can be copied");
            }
        }
        Self { directory, _template: template }
    }
}

/// The same with its sandbox served by a process of its own.
pub struct Served {
    pub directory: Directory,
    server: Child,
    _template: Option<Arc<Directory>>,
}

/// Whether this machine has kubectl; `tests/run` tells where tests were skipped for want of it.
fn has_kubectl() -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|path| path.join("kubectl").is_file())
}

impl Served {
    /// Serves the example as applied; `None` without kubectl.
    pub fn for_kubectl() -> Option<Self> {
        has_kubectl().then(|| {
            let Installed { directory, _template } = Installed::new();
            Self::serve(directory, Some(_template))
        })
    }

    /// Serves an empty cluster for the example; `None` without kubectl.
    pub fn empty() -> Option<Self> {
        has_kubectl().then(|| Self::serve(Directory::example("quickstart"), None))
    }

    fn serve(directory: Directory, template: Option<Arc<Directory>>) -> Self {
        let mut command = directory.command(&["sandbox", "serve", "--kubeconfig", "kubeconfig"]);
        let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
        // The address is printed when everything is in place.
        let mut address = String::new();
        let stdout = server.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut address).expect("a line");
        assert!(address.starts_with("https://127.0.0.1:"), "{address}");
        Self { directory, server, _template: template }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("kubectl");
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env("HOME", self.directory.path())
            .env("KUBECONFIG", "kubeconfig")
            .env("KUBE_EDITOR", "./editor")
            .stdin(Stdio::null());
        command
    }

    /// Runs kubectl to its end.
    pub fn run(&self, arguments: &[&str]) -> Answer {
        let output = self.command(arguments).output().expect("kubectl starts");
        Answer {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs kubectl with the words of a line. It must succeed; gives its stdout.
    pub fn kubectl(&self, line: &str) -> String {
        self.succeed(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// The same where arguments hold spaces.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let answer = self.run(arguments);
        assert_eq!(answer.code, Some(0), "kubectl {arguments:?}\n{}\n{}", answer.stdout, answer.stderr);
        answer.stdout
    }

    /// Runs kubectl, which must fail. Gives its stderr.
    pub fn refused(&self, line: &str) -> String {
        let answer = self.run(&line.split_whitespace().collect::<Vec<_>>());
        assert_ne!(answer.code, Some(0), "kubectl {line}\n{}", answer.stdout);
        answer.stderr
    }

    pub fn write(&self, file: &str, text: &str) {
        std::fs::write(self.directory.path().join(file), text).expect("the file can be written");
    }

    /// Replaces a text by another in what `kubectl edit` opens.
    pub fn editor(&self, expression: &str) {
        use std::os::unix::fs::PermissionsExt;
        self.write("editor", &format!("#!/bin/sh\nsed -i '{expression}' \"$1\"\n"));
        let path = self.directory.path().join("editor");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}
