//! Test runs that were killed: nothing of them stays, whoever is killed with them.

use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use crate::control_plane::ControlPlane;
use crate::control_plane::processes;

/// A run that holds a control plane, until it is killed.
struct Run {
    child: Child,
    folder: PathBuf,
    _hold: tempfile::TempDir,
}

impl Run {
    fn start() -> Self {
        let hold = tempfile::tempdir().expect("a temporary folder");
        let file = hold.path().join("kubeconfig");
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--ignored", "--exact", "control_plane::held"])
            .env("STACKWRIGHT_HOLD", &file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("this program starts again");
        let folder = processes::parent().join(child.id().to_string());
        until("the control plane runs", || file.exists());
        Self { child, folder, _hold: hold }
    }

    /// The ids of its processes and what runs under them.
    fn processes(&self) -> Vec<(String, String)> {
        let files = std::fs::read_dir(&self.folder).expect("its folder").flatten().map(|entry| entry.path());
        let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "pid"));
        let lines = files.map(|path| std::fs::read_to_string(path).expect("a process id"));
        lines.filter_map(|line| line.trim().split_once(' ').map(|(id, p)| (id.to_owned(), p.to_owned()))).collect()
    }

    fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(60), "not yet: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn runs(id: &str, program: &str) -> bool {
    let found = Command::new("ps").args(["-o", "args=", "-p", id]).output().expect("ps runs");
    String::from_utf8_lossy(&found.stdout).starts_with(program)
}

fn is_gone(folder: &Path, processes: &[(String, String)]) -> bool {
    !folder.exists() && !processes.iter().any(|(id, program)| runs(id, program))
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn a_killed_run_leaves_nothing() {
    // Its guardian sees the end of the run.
    let mut run = Run::start();
    let processes = run.processes();
    assert!(processes.len() >= 5 && processes.iter().all(|(id, program)| runs(id, program)), "{processes:?}");
    run.kill();
    until("the guardian has cleaned up", || is_gone(&run.folder, &processes));

    // The guardian is killed too: the next start cleans up.
    let mut run = Run::start();
    let processes = run.processes();
    let guardian = std::fs::read_to_string(run.folder.join(processes::GUARDIAN)).expect("the guardian's id");
    let killed = Command::new("kill").args(["-9", guardian.trim()]).status().expect("kill runs");
    assert!(killed.success());
    run.kill();
    assert!(run.folder.exists() && processes.iter().all(|(id, program)| runs(id, program)), "left running");
    let cluster = ControlPlane::start(0);
    until("the next start has cleaned up", || is_gone(&run.folder, &processes));

    // A folder whose number another process bears by now is nobody's either.
    let stale = processes::parent().join(std::os::unix::process::parent_id().to_string());
    std::fs::create_dir(&stale).expect("no run of that number");
    std::fs::write(stale.join(processes::OWNER), "").expect("a file that nobody locks");
    drop(cluster);
    let _cluster = ControlPlane::start(0);
    assert!(!stale.exists());
}
