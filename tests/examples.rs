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
fn company() {
    check("company");
}

#[test]
fn enterprise() {
    check("enterprise");
}

/// Version of every release, with the newest Kubernetes that it runs on.
fn releases() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("modules/releases");
    let files = std::fs::read_dir(folder).expect("the releases").map(|entry| entry.expect("an entry").path());
    let newest = regex::Regex::new(r#"max = "([^"]*)""#).expect("a valid pattern");
    let release = |path: std::path::PathBuf| {
        let version = path.file_name()?.to_str()?.strip_suffix(".hcl")?.to_owned();
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let kubernetes = newest.captures(&text).unwrap_or_else(|| panic!("{version} names no newest Kubernetes"));
        Some((version, kubernetes[1].to_owned()))
    };
    let mut releases: Vec<_> = files.filter_map(release).collect();
    releases.sort();
    releases
}

/// Both editions of every release are installed, and nothing is left to do then.
fn every_release(example: &str) {
    let releases = releases();
    assert!(releases.len() > 5, "{releases:?}");
    for (version, kubernetes) in releases {
        let directory = on_sandbox(example);
        directory.replace("main.hcl", "\"1.9.1\"", &format!("\"{version}\""));
        let cluster = "cluster \"main\" {\n";
        let versioned = format!("cluster \"main\" {{\n  kubernetes_version = \"{kubernetes}\"\n\n");
        directory.replace("main.hcl", cluster, &versioned);
        directory.succeed(&["apply", "--auto-approve"]);
        let plan = directory.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(plan.code, Some(0), "{version}: the second plan is not empty:\n{}\n{}", plan.stdout, plan.stderr);
    }
}

#[test]
fn every_release_mini() {
    every_release("quickstart");
}

#[test]
fn every_release_enterprise() {
    every_release("enterprise");
}

#[test]
fn none_is_forgotten() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("the examples")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["capi", "company", "enterprise", "mini-existing-cluster", "quickstart", "scp"],
        "a new example needs a test above, or as capi and scp in tests of their names"
    );
}
