//! The processes of a control plane: started, watched, and ended with their data whatever becomes of the test.
//!
//! Three nets: dropping the owner ends them; should the test process die, a shell that holds the other end of a pipe
//! does; should that die too, the next start finds the folder with the process ids. A folder is somebody's as long as
//! its file `owner` is locked, which ends with its process however that ends.

use std::fs;
use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

/// Processes that belong together, and their folder.
pub struct Processes {
    programs: PathBuf,
    folder: PathBuf,
    running: Vec<(&'static str, Child)>,
    guardian: Child,
    _owner: File,
}

/// Ends what it is told of on its arguments: a folder with files `*.pid`, each holding a process id and the program's
/// path, so that an id that was given to another process since is left alone.
const END: &str = r#"
for file in "$1"/*.pid; do
  [ -f "$file" ] || continue
  read -r pid program <"$file"
  case "$(ps -o args= -p "$pid" 2>/dev/null)" in "$program"*) kill -9 "$pid" ;; esac
done
rm -rf "$1"
"#;

impl Processes {
    /// A new folder, after leftovers of earlier runs are gone.
    pub fn new(programs: &Path) -> Self {
        let parent = parent();
        fs::create_dir_all(&parent).expect("a folder for control planes");
        sweep(&parent);
        let folder = parent.join(std::process::id().to_string());
        fs::remove_dir_all(&folder).ok();
        fs::create_dir(&folder).expect("a folder for the control plane");
        // Locked before it bears its name, so that nobody ever sees it unlocked.
        let owner = File::create(folder.join("owner.new")).expect("a file to lock");
        owner.lock().expect("a lock on a new file");
        fs::rename(folder.join("owner.new"), folder.join(OWNER)).expect("a file can be renamed");
        let guardian = Command::new("sh")
            .args(["-c", &format!("trap '' INT TERM HUP; read -r _; {END}"), "guardian"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        fs::write(folder.join(GUARDIAN), guardian.id().to_string()).expect("the guardian's id is kept");
        Self { programs: programs.to_owned(), folder, running: Vec::new(), guardian, _owner: owner }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn start(&mut self, program: &'static str, arguments: &[String]) {
        let path = self.programs.join(program);
        let child = spawn(&self.folder, program, Command::new(path).args(arguments));
        self.running.push((program, child));
    }

    /// Panics with its log when a program has ended.
    pub fn check_alive(&mut self) {
        let ended = self.running.iter_mut().find_map(|(program, child)| match child.try_wait() {
            Ok(None) => None,
            _ => Some(*program),
        });
        if let Some(program) = ended {
            panic!("{program} has ended:\n{}", self.log(program));
        }
    }

    /// The last lines a program said.
    pub fn log(&self, program: &str) -> String {
        let text = fs::read(self.folder.join(format!("{program}.log"))).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        // The youngest first: who is left without a server only complains.
        for (_, child) in self.running.iter_mut().rev() {
            child.kill().ok();
            child.wait().ok();
        }
        // STACKWRIGHT_KEEP_LOGS names a folder for the logs, for a look at a failure.
        if let Some(keep) = std::env::var_os("STACKWRIGHT_KEEP_LOGS").map(PathBuf::from) {
            fs::create_dir_all(&keep).ok();
            for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
                if entry.path().extension().is_some_and(|extension| extension == "log") {
                    fs::copy(entry.path(), keep.join(entry.file_name())).ok();
                }
            }
        }
        for (program, _) in &self.running {
            fs::remove_file(self.folder.join(format!("{program}.pid"))).ok();
        }
        // Closing its pipe lets the guardian remove the folder and go.
        self.guardian.stdin.take();
        self.guardian.wait().ok();
    }
}

/// Starts a program that ends with the folder's owner: `<name>.pid` says how to find it, `<name>.log` what it said.
pub fn spawn(folder: &Path, name: &str, command: &mut Command) -> Child {
    let log = File::options().create(true).append(true).open(folder.join(format!("{name}.log"))).expect("a log file");
    if !command.get_envs().any(|(name, _)| name == "KUBECONFIG") {
        command.env_remove("KUBECONFIG");
    }
    let child = command
        .current_dir(folder)
        .env("HOME", folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a second handle"))
        .stderr(log)
        .spawn();
    let program = command.get_program().to_string_lossy().into_owned();
    let child = child.unwrap_or_else(|error| panic!("{program} does not start: {error}"));
    let line = format!("{} {program}\n", child.id());
    fs::write(folder.join(format!("{name}.pid")), line).expect("the process id is kept");
    child
}

/// Ends a program that [`spawn`] started.
pub fn end(folder: &Path, name: &str, child: &mut Child) {
    child.kill().ok();
    child.wait().ok();
    fs::remove_file(folder.join(format!("{name}.pid"))).ok();
}

/// The file in the folder of a control plane that its owner has locked.
pub const OWNER: &str = "owner";
/// The file with the process id of the shell that waits for the owner's end.
pub const GUARDIAN: &str = "guardian";

/// Where the folders of all control planes lie.
pub fn parent() -> PathBuf {
    std::env::temp_dir().join("stackwright-control-planes")
}

/// Ends what runs for test processes that are no more.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).expect("the folder of control planes").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.parse::<u32>().is_ok() && !is_owned(&entry.path(), &name) {
            Command::new("sh").args(["-c", END, "sweep"]).arg(entry.path()).status().ok();
        }
    }
    // A port is free again a moment after its owner was killed.
    std::thread::sleep(Duration::from_millis(10));
}

/// Whether the owner of a folder lives. A folder without the file to lock was made this moment, or is half removed:
/// then the process that bears the folder's name decides.
fn is_owned(folder: &Path, process: &str) -> bool {
    match File::open(folder.join(OWNER)) {
        Ok(owner) => matches!(owner.try_lock_shared(), Err(fs::TryLockError::WouldBlock)),
        Err(_) => {
            let found = Command::new("kill").args(["-0", process]).stderr(Stdio::null()).status();
            found.is_ok_and(|status| status.success())
        }
    }
}

/// Ports of the loopback interface that nobody listens on.
pub fn free_ports<const N: usize>() -> [u16; N] {
    // All are held until all are known, so that they differ.
    let held = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    held.map(|listener| listener.local_addr().expect("its address").port())
}
