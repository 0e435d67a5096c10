//! Servers that go away in the middle, and disks that are full: what is said, and that the next run goes on.

use std::process::Command;
use std::time::Duration;

use crate::program::Answer;
use crate::program::Directory;
use crate::program::Process;
use crate::skip;
use crate::skip::skip;
use crate::world::Running;

#[test]
fn a_server_that_goes_away_is_told_once_and_the_next_run_goes_on() {
    let place = Directory::new();
    let (server, address) = Process::serving(&place, &["--kubeconfig", "kubeconfig"]);
    let kubeconfig = place.path().join("kubeconfig");
    let directory = Directory::small("away").environment("KUBECONFIG", &kubeconfig.to_string_lossy());
    let mut command = directory.command(&["apply", "--auto-approve", "--wait-timeout", "6s", "--parallelism", "2"]);
    command.env("STACKWRIGHT_FAULTS", "latency=300ms");
    let mut run = Running::start(command);
    run.wait_for("Applying");
    std::thread::sleep(Duration::from_millis(700));
    drop(server);
    let (code, said) = run.end();
    assert_eq!(code, Some(1), "{said}");
    let away: Vec<&str> = said.lines().filter(|line| line.contains("does not answer")).collect();
    assert!(away.len() == 1, "{said}");
    assert!(away[0].contains(&address) && away[0].contains("it was asked to "), "{said}");
    let failed: Vec<&str> = said.lines().filter(|line| line.starts_with('✗')).collect();
    assert!(failed.len() == 1 && failed[0].contains(&format!("cannot reach the cluster at {address} to ")), "{said}");
    assert!(said.contains("run the same command again"), "{said}");
    assert!(said.lines().count() < 20, "{said}");

    let (server, _) = Process::serving(&place, &["--kubeconfig", "kubeconfig"]);
    directory.succeed(&["apply", "--auto-approve"]);
    assert_eq!(directory.run(&["plan", "--detailed-exitcode"]).code, Some(0));
    drop(server);
}

/// A script in a directory whose `.stackwright` lies on a small disk of its own; `None` where none can be made.
fn on_a_small_disk(directory: &Directory, size: &str, script: &str) -> Option<Answer> {
    if !skip::has("unshare") {
        return None;
    }
    let program = directory.command(&[]).get_program().to_owned();
    let mount = |then: &str| {
        let mut command = Command::new("unshare");
        let disk = format!(
            "mkdir -p .stackwright && mount -t tmpfs -o size={size},mode=700 tmpfs .stackwright || exit 99; {then}"
        );
        command
            .args(["-rm", "sh", "-c", &disk])
            .arg(&program)
            .current_dir(directory.path())
            .envs(directory.command(&[]).get_envs().filter_map(|(name, value)| Some((name, value?))));
        Answer::of(command)
    };
    (mount("exit 0").code == Some(0)).then(|| mount(script))
}

#[test]
fn a_full_disk_is_named_and_nothing_is_lost() {
    let directory = Directory::small("full");
    directory.replace("main.hcl", "provider \"kubernetes\"", "provider \"sandbox\"");
    directory.replace("main.hcl", "provider = kubernetes", "provider = sandbox");
    let script = "\"$0\" apply --auto-approve 2>&1; echo \"first: $?\"; mount -o remount,size=64m .stackwright; \
                  \"$0\" apply --auto-approve 2>&1; echo \"second: $?\"; \"$0\" plan --detailed-exitcode 2>&1; \
                  echo \"third: $?\"";
    let Some(answer) = on_a_small_disk(&directory, "120k", script) else { skip!("no disk of one's own can be made") };
    let said = answer.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let (first, rest) = said.split_once("first: 1").unwrap_or_else(|| panic!("{}", answer.stdout));
    for expected in [".stackwright/sandbox/journal: No space left on device", "make room on that disk and run again"] {
        assert!(first.contains(expected), "no {expected} in\n{}", answer.stdout);
    }
    assert!(first.matches("No space left").count() <= 3, "{}", answer.stdout);
    assert!(rest.contains("second: 0") && rest.contains("third: 0"), "{}", answer.stdout);
}
