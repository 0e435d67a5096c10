//! The quickstart example applied once and served to several tests, each with a sandbox of its own.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::LazyLock;

use crate::program::Answer;
use crate::program::Directory;
use crate::program::Process;
use crate::program::copy;
use crate::skip;

/// Applied once for all tests of a run.
static APPLIED: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = runs().join(std::process::id().to_string());
    let directory = Directory::example("quickstart");
    directory.succeed(&["apply", "--auto-approve"]);
    copy(directory.path(), &folder);
    copy(&directory.path().join(".stackwright"), &folder.join(".stackwright"));
    folder
});

/// Where each run of the tests keeps it, under the number of its process. Nothing is dropped at the end of a run: the next
/// one clears away what ended ones left.
fn runs() -> PathBuf {
    let runs = Path::new(env!("CARGO_TARGET_TMPDIR")).join("applied");
    std::fs::create_dir_all(&runs).expect("a folder can be made");
    for run in std::fs::read_dir(&runs).expect("the folder can be read").flatten() {
        let process = Path::new("/proc").join(run.file_name());
        if Path::new("/proc/self").exists() && !process.exists() {
            // Another run may do the same.
            std::fs::remove_dir_all(run.path()).ok();
        }
    }
    runs
}

/// A directory in which the quickstart example is applied already.
pub fn installed() -> Directory {
    let directory = Directory::new();
    copy(&APPLIED, directory.path());
    copy(&APPLIED.join(".stackwright"), &directory.path().join(".stackwright"));
    directory
}

/// The same with its sandbox served by a process of its own.
pub struct Served {
    /// Ends before its directory goes.
    _server: Process,
    pub directory: Directory,
}

impl Served {
    /// Serves the example as applied; `None` without kubectl.
    pub fn for_kubectl() -> Option<Self> {
        skip::has("kubectl").then(|| Self::serve(installed()))
    }

    /// Serves an empty cluster for the example; `None` without kubectl.
    pub fn empty() -> Option<Self> {
        skip::has("kubectl").then(|| Self::serve(Directory::example("quickstart")))
    }

    /// Serves a cluster that is there already; `None` without kubectl.
    pub fn of(directory: Directory) -> Option<Self> {
        skip::has("kubectl").then(|| Self::serve(directory))
    }

    fn serve(directory: Directory) -> Self {
        let (server, _) = Process::serving(&directory, &["--kubeconfig", "kubeconfig"]);
        Self { _server: server, directory }
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
