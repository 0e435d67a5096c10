//! Every example does what it promises: valid, applied on the sandbox, then nothing left to change, then gone.

use crate::program::Directory;

/// An example that needs a cluster of its own is tried on the sandbox: only its provider is another.
fn on_sandbox(name: &str) -> Directory {
    let directory = Directory::example(name).environment("STACKWRIGHT_VAR_admin_password", "correct horse battery");
    if name == "mini-existing-cluster" {
        directory.replace("main.hcl", "provider = kubernetes", "provider = sandbox");
        directory.replace("main.hcl", "provider \"kubernetes\"", "provider \"sandbox\"");
    }
    directory
}

fn check(name: &str) {
    let directory = on_sandbox(name);
    directory.succeed(&["fmt", "--check"]);
    directory.succeed(&["validate"]);
    let plan = directory.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(plan.code, Some(2), "{}\n{}", plan.stdout, plan.stderr);
    directory.succeed(&["apply", "--auto-approve"]);
    let plan = directory.run(&["plan", "--detailed-exitcode", "--full"]);
    assert_eq!(plan.code, Some(0), "the second plan is not empty:\n{}\n{}", plan.stdout, plan.stderr);
    directory.succeed(&["status"]);
    directory.succeed(&["verify"]);
    directory.succeed(&["destroy", "--auto-approve"]);
    let shown = directory.succeed(&["show"]);
    assert_eq!(shown, "Nothing is installed in cluster.main.\n");
}

#[test]
fn quickstart() {
    check("quickstart");
}

#[test]
fn mini_existing_cluster() {
    check("mini-existing-cluster");
}

#[test]
fn enterprise() {
    check("enterprise");
}

#[test]
fn none_is_forgotten() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("the examples")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["enterprise", "mini-existing-cluster", "quickstart"], "a new example needs a test above");
}
