//! The directory beside a configuration, as somebody else may have left it: what is in it runs nothing, costs nothing, and
//! is for its owner alone.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::time::Instant;

use crate::program::Answer;
use crate::program::Directory;
use crate::program::Process;

/// A cluster and nothing in it.
const BARE: &str = "stackwright {\n  installation = \"local\"\n}\nprovider \"sandbox\" {}\ncluster \"main\" {\n  provider = sandbox\n}\n\
                    storage_class \"slow\" {\n  cluster     = cluster.main\n  provisioner = \"example.com/disk\"\n}\n";

fn bare() -> Directory {
    let directory = Directory::new();
    directory.append("main.hcl", BARE);
    directory
}

fn kubeconfig(directory: &Directory) -> std::path::PathBuf {
    directory.path().join(".stackwright/sandbox/kubeconfig")
}

/// One that runs a program before it asks another server.
fn planted(directory: &Directory, server: &str) -> String {
    let marker = directory.path().join("ran");
    format!(
        "# Of the sandbox that is served by process 1 since 2026-01-01T00:00:00Z\napiVersion: v1\nkind: Config\n\
         current-context: c\nclusters: [{{name: c, cluster: {{server: '{server}'}}}}]\ncontexts: [{{name: c, context: \
         {{cluster: c, user: u}}}}]\nusers: [{{name: u, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, \
         interactiveMode: Never, command: touch, args: ['{}']}}}}}}]\n",
        marker.display()
    )
}

#[test]
fn a_planted_kubeconfig_is_not_used() {
    let directory = bare();
    let path = kubeconfig(&directory);
    // Somebody who listens and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("https://{}", silent.local_addr().expect("an address"));
    for server in ["https://10.255.255.1:6443", &address] {
        for mark in [true, false] {
            let text = planted(&directory, server);
            let text = if mark { text } else { text.split_once('\n').expect("lines").1.to_owned() };
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(&path, text).expect("written");
            let begun = Instant::now();
            let answer = directory.run(&["history"]);
            assert_eq!(answer.code, Some(0), "{}", answer.stderr);
            let expected =
                if mark { "was of a server that has ended" } else { "is ignored: nobody serves the sandbox" };
            let notes = answer.stderr.lines().filter(|line| line.starts_with("note: ")).collect::<Vec<_>>();
            assert!(notes.len() == 1 && notes[0].contains(expected), "{}", answer.stderr);
            assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
            assert_eq!(path.exists(), !mark, "what is not ours stays");
        }
    }
    assert!(!directory.path().join("ran").exists());
}

#[test]
fn a_kubeconfig_in_the_place_of_the_servers_is_not_used() {
    let directory = bare();
    let server = Process::serving(&directory, &[]).0;
    directory.succeed(&["plan"]);
    let text = std::fs::read_to_string(kubeconfig(&directory)).expect("it is there");
    let mark = text.lines().next().expect("a line");
    let planted = planted(&directory, "https://10.255.255.1:6443");
    let ours = planted.replacen(planted.lines().next().expect("a line"), mark, 1);
    for (text, reason) in [(planted, "which has the sandbox"), (ours, "\"exec\", which no server of ours writes")] {
        std::fs::write(kubeconfig(&directory), text).expect("written");
        let answer = directory.run(&["plan"]);
        assert_eq!(answer.code, Some(1), "{}", answer.stdout);
        let said = answer.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(reason) && said.contains(&format!("in use by process {} ", server.id())), "{said}");
    }
    assert!(!directory.path().join("ran").exists());
}

#[test]
fn a_server_that_was_killed_costs_nothing() {
    let directory = bare();
    drop(Process::serving(&directory, &[]).0);
    assert!(kubeconfig(&directory).exists(), "nobody has cleared it away");
    let begun = Instant::now();
    let answer = directory.run(&["history"]);
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    assert!(answer.stderr.contains("was of a server that has ended, and is deleted"), "{}", answer.stderr);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(directory.run(&["history"]).stderr.matches("note: ").count(), 0);
}

/// What is wider open than for its owner, or closed to it.
fn open(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(&folder).expect("readable").map(|entry| entry.expect("an entry").path()) {
            let wanted = if path.is_dir() { 0o700 } else { 0o600 };
            let mode = path.metadata().expect("it is there").permissions().mode() & 0o777;
            if mode != wanted {
                found.push(format!("{} {mode:o}", path.display()));
            }
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found
}

#[test]
fn the_directory_is_for_its_owner_whatever_the_umask() {
    for umask in ["000", "022", "077", "0777"] {
        let directory = bare();
        let program = directory.command(&[]).get_program().to_owned();
        let under = |arguments: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", &format!("umask {umask}; exec \"$0\" {arguments}"), &program.to_string_lossy()]);
            let answer = Answer::of({
                command.current_dir(directory.path()).env("HOME", directory.path());
                command
            });
            assert_eq!(answer.code, Some(0), "{umask}: {}{}", answer.stdout, answer.stderr);
        };
        under("apply --auto-approve");
        let local = directory.path().join(".stackwright");
        assert_eq!(local.metadata().expect("it is there").permissions().mode() & 0o777, 0o700, "{umask}");
        assert_eq!(open(&local), [""; 0], "{umask}");
        // What was made by an older program, or came with a copy.
        for (path, mode) in [("", 0o755), ("sandbox", 0o777), ("sandbox/journal", 0o644), ("sandbox/lock", 0o666)] {
            std::fs::set_permissions(local.join(path), Permissions::from_mode(mode)).expect("set");
        }
        under("plan");
        assert_eq!(local.metadata().expect("it is there").permissions().mode() & 0o777, 0o700, "{umask}");
        assert_eq!(open(&local), [""; 0], "{umask}");
    }
}

#[test]
fn version_control_takes_nothing_of_it() {
    let directory = bare();
    let git = |words: &[&str]| {
        let mut command = Command::new("git");
        command.args(words).current_dir(directory.path());
        Answer::of(command).stdout
    };
    if Command::new("git").arg("--version").output().is_err() {
        crate::skip::skip!("there is no git");
    }
    git(&["init", "-q"]);
    let server = Process::serving(&directory, &[]).0;
    directory.succeed(&["apply", "--auto-approve"]);
    assert!(kubeconfig(&directory).exists());
    drop(server);
    assert_eq!(git(&["status", "--porcelain", "--untracked-files=all"]), "?? main.hcl\n");
}

#[test]
fn nothing_is_written_through_a_link() {
    for name in ["lock", "journal"] {
        let directory = bare();
        let sandbox = directory.path().join(".stackwright/sandbox");
        std::fs::create_dir_all(&sandbox).expect("made");
        let theirs = directory.path().join("theirs");
        std::fs::write(&theirs, "theirs").expect("written");
        std::os::unix::fs::symlink(&theirs, sandbox.join(name)).expect("linked");
        let answer = directory.run(&["plan"]);
        assert_eq!(answer.code, Some(1), "{name}: {}", answer.stdout);
        assert!(answer.stderr.contains("it is a link, which this program did not make"), "{}", answer.stderr);
        assert_eq!(std::fs::read_to_string(&theirs).expect("it is there"), "theirs");
        directory.succeed(&["sandbox", "reset", "--force"]);
        directory.succeed(&["plan"]);
        assert_eq!(std::fs::read_to_string(&theirs).expect("it is there"), "theirs");
    }
}
