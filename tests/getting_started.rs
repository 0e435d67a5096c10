//! Pages of `docs` word by word: their commands are typed into a shell in an empty directory, their configuration is added where
//! they say so. Only the program is there already instead of being built.

use std::path::Path;
use std::process::Command;

use crate::folder::copy;
use crate::program::Directory;
use crate::program::Process;
use crate::skip;

/// The fenced blocks of the page in their order: language and text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, text))) => text.push_str(&format!("{line}\n")),
            (None, None) => {}
        }
    }
    blocks
}

/// Answers every question as the page says, and stops what is served in the end.
const TYPING: &str = r#"
set -eu
stackwright() {
  case "$*" in
    *--password-stdin*) cat ;;
    destroy*) echo ml ;;
    *) echo yes ;;
  esac | command stackwright "$@"
}
served=
trap '[ -z "$served" ] || kill $served' EXIT
"#;

/// The page as a script.
fn script(page: &str, has_kubectl: bool) -> String {
    let mut script = TYPING.to_owned();
    let mut commands = 0;
    for (language, text) in blocks(page) {
        // Configuration is for `main.hcl`, unless a file is named behind the language.
        let file = language.split_once(' ').map(|(_, file)| file).or((language == "hcl").then_some("main.hcl"));
        if let Some(file) = file {
            script.push_str(&format!("mkdir -p \"$(dirname {file})\"\ncat >>{file} <<'END'\n{text}END\n"));
            continue;
        }
        for command in text.lines().filter_map(|line| line.strip_prefix("$ ")) {
            commands += 1;
            match command {
                _ if command.starts_with("cargo install ") => {}
                _ if command.starts_with("kubectl ") && !has_kubectl => {}
                _ if command.starts_with("stackwright sandbox serve ") => {
                    script.push_str(&format!("command {command} >/dev/null &\nserved=$!\n"));
                    script.push_str("until [ -s kubeconfig ]; do sleep 0.1; done\n");
                }
                _ => script.push_str(&format!("echo '$ {}'\n{command}\n", command.replace('\'', ""))),
            }
        }
    }
    assert!(commands > 12, "the page lost its commands");
    script
}

/// Types a page, which must come to a good end and show these texts.
fn type_out(page: &str, shown: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join(page)).expect("the page");
    let directory = Directory::new();
    copy(&root.join("examples"), &directory.path().join("examples"));
    // A cluster that exists stands for the reader's own.
    let own = Directory::new();
    let kubeconfig = own.path().join("own");
    let mut serving = own.command(&["sandbox", "serve", "--kubeconfig", "own"]);
    let serving = Process::start(serving.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()));
    while !kubeconfig.is_file() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }

    let program = Path::new(env!("CARGO_BIN_EXE_stackwright")).parent().expect("a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let like = directory.command(&[]);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(script(&page, skip::has("kubectl"))).current_dir(directory.path());
    for (name, value) in like.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.env("PATH", path).env("KUBECONFIG", &kubeconfig).stdin(std::process::Stdio::null());
    let output = shell.output().expect("a shell");
    drop(serving);
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}\n{stderr}");
    for expected in shown {
        assert!(stdout.contains(expected), "{expected} is missing:\n{stdout}\n{stderr}");
    }
}

#[test]
fn getting_started_word_by_word() {
    type_out(
        "docs/getting-started.md",
        &[
            "Apply complete! Objects: 581 added",
            "No changes. The cluster matches the configuration.",
            "+ user.bob",
            "Destroy complete!",
        ],
    );
}

#[test]
fn the_cookbook_word_by_word() {
    type_out(
        "docs/cookbook.md",
        &[
            "user.team[\"dave\"]",
            "+ profile.vision",
            "+ platform.ml.spark-operator",
            "Upgrade 1.10.2 complete!",
            "who-may-log-in",
        ],
    );
}
