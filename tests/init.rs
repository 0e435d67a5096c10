//! `init`: answers in, files out; what is written is valid, plans, and applies; what runs already is only adopted.
//!
//! A case is a folder in `tests/init`: what is typed in `arguments`, files beside it, and what is written in `out`.
//! `STACKWRIGHT_UPDATE=1 cargo test` writes that anew.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use crate::program::Answer;
use crate::program::Directory;
use crate::program::copy;
use crate::served::Served;
use crate::skip;
use crate::skip::skip;
use crate::terminal;

const HASH: &str = "$2y$12$ruoM7FqXrpVgaol44eRZW.4HWS8SAvg6KYVVSCIwKQPBmTpCm.EeO";
const PASSWORD: &str = "correct horse battery";

/// Names and texts of the files in a folder; without a dot before the name, so that git ignores nothing of a case.
fn texts(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    let entries = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file());
    let text = |path: &Path| fs::read_to_string(path).expect("a text");
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().trim_start_matches('.').to_owned();
    entries.map(|path| (name(&path), text(&path))).collect()
}

/// Runs in the directory that was written, with a password for each variable that the program named.
fn run_with(directory: &Directory, init: &Answer, arguments: &[&str]) -> Answer {
    let mut command = directory.command(&[arguments, &["--chdir", "out"]].concat());
    for line in init.stderr.lines().filter_map(|line| line.trim().strip_prefix("read -rs ")) {
        command.env(line.split_whitespace().next().expect("a name"), PASSWORD);
    }
    Answer::of(command)
}

fn succeeds(answer: Answer) -> Answer {
    assert_eq!(answer.code, Some(0), "{}\n{}", answer.stdout, answer.stderr);
    answer
}

fn golden(name: &str) {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/init").join(name);
    let directory = Directory::new();
    copy(&case, directory.path());
    fs::remove_dir_all(directory.path().join("out")).ok();
    let arguments = fs::read_to_string(case.join("arguments")).expect("the arguments");
    let arguments: Vec<&str> = ["init", "out"].into_iter().chain(arguments.split_whitespace()).collect();
    let init = succeeds(directory.run(&arguments));
    let said = format!("{}{}", init.stdout, init.stderr);
    assert!(!said.contains(&HASH[8..]) && !said.contains("nobody may see"), "{said}");
    let written = texts(&directory.path().join("out"));
    if std::env::var_os("STACKWRIGHT_UPDATE").is_some() {
        fs::remove_dir_all(case.join("out")).ok();
        fs::create_dir_all(case.join("out")).expect("a folder can be made");
        written
            .iter()
            .for_each(|(name, text)| fs::write(case.join("out").join(name), text).expect("it can be written"));
    }
    let expected = texts(&case.join("out"));
    assert_eq!(written.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, text) in &written {
        assert_eq!(*text, expected[name], "{name}");
    }
    let main = &written["main.hcl"];
    assert!(!main.contains(&HASH[8..]), "{main}");
    if written.contains_key("secrets.auto.hclvars") {
        let mode = fs::metadata(directory.path().join("out/secrets.auto.hclvars")).expect("it is there").permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        assert!(written["gitignore"].lines().any(|line| line == "secrets.auto.hclvars"));
    }
    succeeds(run_with(&directory, &init, &["fmt", "--check"]));
    succeeds(run_with(&directory, &init, &["validate"]));
    if main.contains("provider = sandbox") || main.contains("= sandbox\n") {
        let plan = run_with(&directory, &init, &["plan", "--detailed-exitcode"]);
        assert_eq!(plan.code, Some(2), "{}\n{}", plan.stdout, plan.stderr);
        assert!(!plan.stdout.contains("(sensitive value)@"), "{}", plan.stdout);
    }
}

#[test]
fn defaults_are_enough() {
    golden("defaults");
}

#[test]
fn people_projects_and_components() {
    golden("people");
}

#[test]
fn a_cluster_that_a_cloud_makes() {
    golden("scp");
}

#[test]
fn what_is_text_stays_text() {
    golden("quoted");
}

#[test]
fn people_of_a_dex_configuration() {
    golden("dex");
}

#[test]
fn defaults_apply_on_the_sandbox() {
    let directory = Directory::new();
    let init = succeeds(directory.run(&["init", "out"]));
    succeeds(run_with(&directory, &init, &["apply", "--auto-approve"]));
    let plan = run_with(&directory, &init, &["plan", "--detailed-exitcode"]);
    assert_eq!(plan.code, Some(0), "{}\n{}", plan.stdout, plan.stderr);
}

/// Looks at the served cluster from another directory, and plans what was written.
fn taken_over(served: &Served) -> (Directory, Answer) {
    let kubeconfig = served.directory.path().join("kubeconfig");
    let directory = Directory::new().environment("KUBECONFIG", &kubeconfig.to_string_lossy());
    let init = succeeds(directory.run(&["init", "out", "--from", "cluster", "--set", "provider=kubernetes"]));
    let main = fs::read_to_string(directory.path().join("out/main.hcl")).expect("it was written");
    for part in [
        "edition       = \"mini\"",
        "version       = \"1.9.1\"",
        "storage_class = \"fast\"",
        "email = \"admin@example.com\"",
        "hash  = var.admin_hash",
        "user \"alice\" {",
        "quota = { cpu = \"16\", memory = \"64Gi\" }",
    ] {
        assert!(main.contains(part), "{part} in\n{main}");
    }
    assert!(!main.contains("component \""), "{main}");
    let said = format!("{}{}{main}", init.stdout, init.stderr);
    assert!(said.contains("Release 1.9.1") && !said.contains("$2"), "{said}");
    succeeds(run_with(&directory, &init, &["fmt", "--check"]));
    let plan = succeeds(run_with(&directory, &init, &["plan"]));
    (directory, plan)
}

#[test]
fn an_installation_whose_records_were_lost_is_taken_over() {
    let Some(served) = Served::for_kubectl() else { skip!("there is no kubectl") };
    served.kubectl("delete namespace stackwright-system");
    let (directory, plan) = taken_over(&served);
    let main = fs::read_to_string(directory.path().join("out/main.hcl")).expect("it was written");
    assert!(main.contains("installation = \"quickstart\""), "{main}");
    assert!(plan.stdout.contains("changes nothing in the cluster"), "{}", plan.stdout);
}

#[test]
fn what_kubectl_installed_is_only_adopted() {
    let Some(served) = Served::empty() else { skip!("there is no kubectl") };
    let rendered = served.directory.succeed(&["render"]);
    // As if others had rendered it: without our marks, and with values in the place of placeholders.
    let filled = regex::Regex::new("<(generated|hash|user_id) [^>]*>").expect("a valid pattern");
    let value = |found: &regex::Captures<'_>| match &found[1] {
        "hash" => format!("'{HASH}'"),
        "generated" => "abcdefghijklmnopqrstuvwxyz012345".to_owned(),
        _ => "15841185641784".to_owned(),
    };
    let marked = |line: &&str| !line.trim_start().starts_with("stackwright.io/");
    let plain: String = rendered.lines().filter(marked).map(|line| format!("{line}\n")).collect();
    let plain = filled.replace_all(&plain, value);
    let documents = plain.split("\n---\n").filter(|one| !one.contains("namespace: stackwright-system"));
    let is_first =
        |one: &&str| ["kind: Namespace\n", "kind: CustomResourceDefinition\n"].iter().any(|kind| one.contains(kind));
    let (first, then): (Vec<&str>, Vec<&str>) = documents.partition(is_first);
    served.write("first.yaml", &first.join("\n---\n"));
    served.write("then.yaml", &then.join("\n---\n"));
    served.kubectl("apply --server-side -f first.yaml");
    // A profile's namespace comes a moment after it.
    let apply = ["apply", "--server-side", "--force-conflicts", "-f", "then.yaml"];
    let answers = std::iter::repeat_with(|| served.run(&apply)).take(5);
    let failed: Vec<String> = answers.take_while(|answer| answer.code != Some(0)).map(|answer| answer.stderr).collect();
    assert!(failed.len() < 5, "{failed:?}");
    let (_, plan) = taken_over(&served);
    assert!(plan.stdout.contains("Plan: 0 to add, 0 to change, 0 to destroy, 5"), "{}", plan.stdout);
}

/// The wizard at a terminal, and how it leaves that.
fn type_in(directory: &Directory, terminal: &str, conversation: &[(&str, &str)]) -> String {
    let line = format!("'{}' init out; stty -a", env!("CARGO_BIN_EXE_stackwright"));
    terminal::type_in(directory, terminal, &line, conversation)
}

#[test]
fn a_person_answers_goes_back_and_agrees() {
    if !skip::has("script") {
        skip!("there is no script");
    }
    let directory = Directory::new();
    let shown = type_in(
        &directory,
        "dumb",
        &[
            ("Edition [mini]: ", "\r"),
            // By its number; then another one.
            ("Version [26.03.1]: ", "1\r"),
            ("Where [sandbox]: ", "<\r"),
            ("Version [26.03.1]: ", "5\r"),
            ("Where [sandbox]: ", "nowhere\r"),
            ("Where [sandbox]: ", "sandbox\r"),
            ("Installation [out]: ", "\r"),
            ("Platform name [ml]: ", "\r"),
            ("e-mail [admin@example.com]: ", "not an address\r"),
            ("e-mail [admin@example.com]: ", "root@example.com\r"),
            ("password [generated]: ", "3\r"),
            // Both in one go, as a password manager pastes them.
            ("(unseen): ", "correct horse battery\rcorrect horse battery\r"),
            ("Endpoint [node_port]: ", "\r"),
            ("address [none]: ", "\r"),
            ("TLS [self_signed]: ", "\r"),
            ("Tags [none]: ", "env=prod\r"),
            ("People [none]: ", "?\r"),
            ("People [none]: ", "\r"),
            ("Write this? [yes]: ", "\r"),
        ],
    );
    for part in ["No: there is no \"nowhere\"", "No: it has no @.", "Several, with commas", "plan --chdir out"] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
    assert!(!shown.contains("battery") && !shown.contains("$2b$"), "{shown}");
    assert!(shown.lines().all(|line| line.trim_end().chars().count() < 80 || line.contains("/")), "{shown}");
    let written = texts(&directory.path().join("out"));
    let main = &written["main.hcl"];
    for part in ["version = \"1.9.1\"", "root@example.com", "hash  = var.admin_hash", "tags    = { env = \"prod\" }"] {
        assert!(main.contains(part), "{part} in\n{main}");
    }
    let hash = written["secrets.auto.hclvars"].split('"').nth(1).expect("a hash");
    assert_eq!(bcrypt::verify("correct horse battery", hash).ok(), Some(true));
}

#[test]
fn who_leaves_in_the_middle_leaves_nothing() {
    if !skip::has("script") {
        skip!("there is no script");
    }
    let short = [("Edition [mini]: ", "\r")];
    let until_a_password = [
        ("Edition [mini]: ", "\r"),
        ("Version [26.03.1]: ", "\r"),
        ("Where [sandbox]: ", "\r"),
        ("Installation [out]: ", "\r"),
        ("Platform name [ml]: ", "\r"),
        ("e-mail [admin@example.com]: ", "\r"),
        ("password [generated]: ", "3\r"),
    ];
    for end in ["\u{3}", "\u{4}"] {
        for (before, question) in [(&short[..], "Version [26.03.1]: "), (&until_a_password[..], "(unseen): ")] {
            let directory = Directory::new();
            let shown = type_in(&directory, "xterm", &[before, &[(question, end)]].concat());
            assert!(!directory.path().join("out").exists(), "{shown}");
            assert!(shown.contains("Interrupted"), "{shown}");
            // The terminal shows again what is typed.
            assert!(["echo", "isig"].iter().all(|mode| shown.split_whitespace().any(|word| word == *mode)), "{shown}");
        }
    }
}

#[test]
fn a_pipe_is_no_person() {
    let directory = Directory::new();
    let mut command = directory.command(&["init", "out", "--set", "provider=scp", "--offline"]);
    let answer = Answer::of({
        command.stdin(Stdio::piped());
        command
    });
    assert_eq!(answer.code, Some(1));
    assert!(answer.stderr.contains("--set cluster_name=VALUE"), "{}", answer.stderr);
    assert!(!directory.path().join("out").exists());
}
