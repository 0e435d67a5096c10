//! The way to a cluster as a user meets it: what is wrong with it is told, quickly, and without a secret.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use std::time::Instant;

use crate::program::Answer;
use crate::program::Directory;

const CANARY: &str = "canary-71ce";

/// What `plan` says with this user and these clusters in the kubeconfig.
fn plan(user: &str, cluster: &str, environment: &[(&str, &str)]) -> Answer {
    let mut directory = Directory::example("mini-existing-cluster")
        .environment("STACKWRIGHT_VAR_admin_password", "correct horse battery")
        .environment("KUBECONFIG", "kubeconfig");
    for (name, value) in environment {
        directory = directory.environment(name, value);
    }
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\nclusters: [{{name: c, cluster: {{{cluster}}}}}]\n\
         contexts: [{{name: here, context: {{cluster: c, user: joe}}}}]\nusers: [{{name: joe, user: {{{user}}}}}]\n"
    );
    std::fs::write(directory.path().join("kubeconfig"), text).expect("the file can be written");
    let login = directory.path().join("login");
    std::fs::write(&login, format!("#!/bin/sh\necho {CANARY}\necho {CANARY} >&2\nexit 3\n")).expect("a program");
    std::fs::set_permissions(&login, std::fs::Permissions::from_mode(0o700)).expect("ours");
    directory.run(&["plan"])
}

#[test]
fn what_is_wrong_with_the_way_is_told_without_a_secret() {
    let begun = Instant::now();
    let dead = "server: 'https://127.0.0.1:1'";
    let check = |user: &str, cluster: &str, environment: &[(&str, &str)], expected: &str| {
        let answer = plan(user, cluster, environment);
        assert_eq!(answer.code, Some(1), "{}", answer.stdout);
        // Texts are broken into lines.
        let said = answer.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(expected), "{user} {cluster}: {}", answer.stderr);
        assert!(!said.contains(CANARY) && !answer.stdout.contains(CANARY), "{said}");
    };
    let exec = format!(
        "exec: {{apiVersion: client.authentication.k8s.io/v1, command: ./login, args: [{CANARY}], \
         env: [{{name: TOKEN, value: {CANARY}}}]}}"
    );
    check(&exec, dead, &[], "/login of user \"joe\" ended with exit code 3");
    let missing = exec.replace("./login", "login-not-here").replace("args", "installHint: Get it there., args");
    check(&missing, dead, &[], "login-not-here of user \"joe\" was not found. Get it there.");
    let always = exec.replace("command", "interactiveMode: Always, command");
    check(&always, dead, &[], "standard input is not a terminal");
    check(&format!("token: \"{CANARY}\\n\""), dead, &[], "user \"joe\": its token holds a line break");
    let provider = format!("auth-provider: {{name: azure, config: {{access-token: {CANARY}}}}}");
    check(&provider, dead, &[], "its auth-provider \"azure\" is gone");
    let entry = format!("server: 'https://joe:{CANARY}@127.0.0.1:1'");
    check("", &entry, &[], "cannot reach the cluster at https://127.0.0.1:1 to get /version");
    let proxy = format!("http://joe:{CANARY}@127.0.0.1:1");
    let far = "server: 'https://api.corp.example'";
    check("", far, &[("HTTPS_PROXY", &proxy)], "through the proxy http://127.0.0.1:1 (HTTPS_PROXY) to get");
    check("", dead, &[("KUBECONFIG", "/dev/zero")], "/dev/zero cannot be read: it is a device or a pipe");
    check("tokenFile: /dev/zero", dead, &[], "its tokenFile /dev/zero cannot be read: it is a device or a pipe");
    assert!(begun.elapsed() < Duration::from_secs(120), "{:?}", begun.elapsed());
}
