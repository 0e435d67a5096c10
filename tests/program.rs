//! Runs the built program as a user does: in a directory of its own, with nothing of this machine's environment.

use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

pub use crate::folder::copy;

/// A directory the program runs in; gone at its end.
pub struct Directory {
    temporary: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

/// A process that does not outlive the test that started it, however that ends: whoever reads what a suite prints would
/// wait for it too.
pub struct Process(Child);

impl Process {
    pub fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("the program starts"))
    }

    /// Serves the sandbox of a directory; gives its address, too, which is printed when everything is in place.
    pub fn serving(directory: &Directory, arguments: &[&str]) -> (Self, String) {
        let mut command = directory.command(&[&["sandbox", "serve"], arguments].concat());
        let mut server = Self::start(command.stdout(Stdio::piped()).stderr(Stdio::null()));
        let mut address = String::new();
        BufReader::new(server.stdout.take().expect("a pipe")).read_line(&mut address).expect("a line");
        assert!(address.starts_with("https://127.0.0.1:"), "{address}");
        (server, address.trim().to_owned())
    }

    /// Runs to its end; nothing else is typed.
    pub fn end(mut self) -> Answer {
        drop(self.0.stdin.take());
        // One pipe may fill while the other is read.
        let stderr = self.0.stderr.take().map(|pipe| std::thread::spawn(move || all(pipe)));
        let stdout = self.0.stdout.take().map(all).unwrap_or_default();
        let stderr = stderr.map(|reader| reader.join().expect("it reads")).unwrap_or_default();
        Answer { code: self.0.wait().expect("it ends").code(), stdout, stderr }
    }
}

fn all(mut pipe: impl std::io::Read) -> String {
    let mut bytes = Vec::new();
    pipe.read_to_end(&mut bytes).expect("a pipe can be read");
    String::from_utf8_lossy(&bytes).into_owned()
}

impl std::ops::Deref for Process {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl std::ops::DerefMut for Process {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// What a run answered.
pub struct Answer {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Answer {
    /// Runs a command to its end.
    pub fn of(mut command: Command) -> Self {
        let Output { status, stdout, stderr } = command.output().expect("the program starts");
        Self {
            code: status.code(),
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            // The sign of life of a run that takes long says nothing but how busy the machine is.
            stderr: String::from_utf8_lossy(&stderr).replace("Looking at what is there.\n", ""),
        }
    }

    /// Runs a command to its end, with something on stdin.
    pub fn with_input(mut command: Command, input: &str) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process::start(&mut command);
        let mut pipe = process.stdin.take().expect("a pipe");
        std::io::Write::write_all(&mut pipe, input.as_bytes()).expect("input is taken");
        drop(pipe);
        process.end()
    }
}

impl Directory {
    pub fn new() -> Self {
        Self { temporary: tempfile::tempdir().expect("a temporary folder"), environment: Vec::new() }
    }

    /// With a copy of one of the project's examples.
    pub fn example(name: &str) -> Self {
        let directory = Self::new();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        copy(&from, directory.path());
        directory
    }

    /// With the small installation of `tests/small`; everything it makes has `name` in its name or lies in that namespace.
    pub fn small(name: &str) -> Self {
        let directory = Self::new().environment("STACKWRIGHT_VAR_admin_password", "a long enough passphrase");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small"), directory.path());
        for file in directory.files() {
            let text = std::fs::read_to_string(&file).expect("a text");
            std::fs::write(&file, text.replace("NAME", name)).expect("the file can be written");
        }
        directory
    }

    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn append(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        std::fs::write(path, before + text).expect("the file can be written");
    }

    pub fn replace(&self, file: &str, from: &str, to: &str) {
        let path = self.path().join(file);
        let before = std::fs::read_to_string(&path).expect("the file can be read");
        assert!(before.contains(from), "{file} has no {from}");
        std::fs::write(path, before.replace(from, to)).expect("the file can be written");
    }

    /// The command, ready to start.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stackwright"));
        self.prepare(command.args(arguments).stdin(Stdio::null()));
        command
    }

    /// Has a command run here, with the environment of this directory and nothing of who runs the tests.
    pub fn prepare(&self, command: &mut Command) {
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("STACKWRIGHT_") || name == "KUBECONFIG") {
            command.env_remove(name);
        }
        command
            .current_dir(self.path())
            .env("HOME", self.path())
            .env_remove("CLICOLOR_FORCE")
            .envs(self.environment.iter().cloned());
    }

    /// Runs to the end.
    pub fn run(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments))
    }

    /// Runs to the end, which must be a good one. Gives stdout.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let answer = self.run(arguments);
        assert_eq!(answer.code, Some(0), "{arguments:?}\n{}\n{}", answer.stdout, answer.stderr);
        answer.stdout
    }

    /// All files below the directory.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a readable folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files
    }
}
