//! No secret leaves the cluster: a canary is planted and everything the program says or writes is searched for it.

use crate::program::Directory;

const CANARY: &str = "canary-8d3f-passphrase";

#[test]
fn a_password_is_found_nowhere() {
    let directory = Directory::example("quickstart").environment("STACKWRIGHT_VAR_alice_password", CANARY);
    let mut said = String::new();
    let mut run = |arguments: &[&str]| {
        let answer = directory.run(arguments);
        assert_eq!(answer.code, Some(0), "{arguments:?}\n{}\n{}", answer.stdout, answer.stderr);
        said.push_str(&answer.stdout);
        said.push_str(&answer.stderr);
    };
    run(&["plan", "--full", "--out", "saved", "--html", "plan.html", "--markdown", "plan.md"]);
    run(&["plan", "--full", "--markdown"]);
    run(&["plan", "--full", "--json"]);
    run(&["show", "saved"]);
    run(&["show", "saved", "--json"]);
    run(&["apply", "--log", "debug", "--html", "run.html", "saved"]);
    run(&["plan", "--full", "--json"]);
    run(&["render"]);
    run(&["show", "--json"]);
    run(&["history", "--json", "--html", "history.html"]);
    run(&["status", "--json"]);
    run(&["output", "--json"]);
    assert!(!said.contains(CANARY), "the password was printed");
    // A hash is no password, but shown it can be guessed at leisure.
    assert!(!said.contains("$2b$") && !said.contains("$2y$"), "a hash was printed");
    for file in directory.files() {
        let bytes = std::fs::read(&file).expect("a readable file");
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(CANARY), "the password stands in {}", file.display());
        let is_page = file.extension().is_some_and(|end| end == "html" || end == "md");
        assert!(!is_page || !text.contains("$2b$") && !text.contains("$2y$"), "a hash stands in {}", file.display());
    }
    for page in ["plan.html", "plan.md", "run.html", "history.html"] {
        assert!(directory.path().join(page).exists(), "{page} was looked through");
    }
}

#[test]
fn a_wrong_password_is_not_repeated() {
    let directory = Directory::example("quickstart").environment("STACKWRIGHT_VAR_alice_password", "sh0rt");
    let answer = directory.run(&["validate"]);
    assert_eq!(answer.code, Some(1));
    assert!(answer.stderr.contains("fewer than 8 characters"), "{}", answer.stderr);
    assert!(!answer.stderr.contains("sh0rt"), "{}", answer.stderr);
}

/// A password written out is as secret as one in a variable, also where something else beside it is wrong.
#[test]
fn a_literal_password_is_not_shown_beside_a_mistake() {
    for line in ["pasword = \"CANARY\"", "password = [\"CANARY\"]", "password = \"CANARY\"\n hash = \"CANARY\""] {
        let directory = Directory::example("quickstart");
        let line = line.replace("CANARY", CANARY);
        let user = format!("user \"mallory\" {{\n platform = platform.ml\n email = \"m@example.com\"\n {line}\n}}\n");
        directory.append("main.hcl", &user);
        let answer = directory.run(&["validate"]);
        assert_eq!(answer.code, Some(1), "{line}");
        assert!(!answer.stderr.contains(CANARY), "{}", answer.stderr);
    }
}
