//! Budgets that are counted, not timed: requests of an apply and of a plan that finds nothing.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::program::Directory;

/// The number in `cluster.main: 41 requests (…)`, which `--log debug` says at the end.
fn requests(directory: &Directory, arguments: &[&str]) -> usize {
    let answer = directory.run(&[arguments, &["--log", "debug"]].concat());
    assert_eq!(answer.code, Some(0), "{arguments:?}\n{}\n{}", answer.stdout, answer.stderr);
    let line = answer.stderr.lines().find_map(|line| line.strip_prefix("cluster.main: "));
    let number = line.and_then(|line| line.split(' ').next()).and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("no count of requests in\n{}", answer.stderr))
}

#[test]
fn requests_of_a_release() {
    let directory = Directory::example("quickstart");
    let plan: Value = serde_json::from_str(&directory.succeed(&["plan", "--json"])).expect("JSON");
    let changes = plan["resource_changes"].as_array().expect("a list");
    let objects = changes.len();
    let kinds = changes.iter().map(|change| change["type"].to_string()).collect::<BTreeSet<_>>().len();
    // A kind that is written in two versions is listed in both.
    let versioned = |change: &Value| (change["type"].to_string(), change["api_version"].to_string());
    let lists = changes.iter().map(versioned).collect::<BTreeSet<_>>().len();
    assert!(objects > 500 && kinds > 30, "the whole release: {objects} objects of {kinds} kinds");

    let first = requests(&directory, &["apply", "--auto-approve"]);
    assert!(
        first <= objects * 5 / 4 + kinds,
        "a first apply took {first} requests for {objects} objects, {kinds} kinds"
    );
    let nothing = requests(&directory, &["plan"]);
    assert!(nothing <= kinds + 8, "a plan that finds nothing took {nothing} requests for {kinds} kinds");

    // One more user: what is his, whatever else there is.
    directory.append("main.hcl", &users(0, 1));
    let one = requests(&directory, &["apply", "--auto-approve"]);
    assert!(one <= lists + ONE_MORE, "one user took {one} requests beside {lists} LISTs");

    // Many at once: for each the server is asked once, and told once.
    directory.append("main.hcl", &users(1, MANY));
    let many = requests(&directory, &["apply", "--auto-approve"]);
    assert!(many <= lists + ONE_MORE + 2 * MANY, "{MANY} users took {many} requests beside {lists} LISTs");
    let nothing = requests(&directory, &["plan"]);
    assert!(nothing <= kinds + 8, "a plan that finds nothing of {MANY} users took {nothing} requests");

    // And again one more, now beside many.
    directory.append("main.hcl", &users(MANY, MANY + 1));
    let one = requests(&directory, &["apply", "--auto-approve"]);
    assert!(one <= lists + ONE_MORE, "one user beside {MANY} took {one} requests beside {lists} LISTs");
}

/// Beside the LISTs of the kinds.
const ONE_MORE: usize = 25;
/// A thousand are measured by `tests/bench`, with a release build; a hundred show whether it grows faster.
const MANY: usize = 100;

/// Blocks of users `from` to below `to`. The hash is of a password nobody knows, so that no time is spent on hashing.
fn users(from: usize, to: usize) -> String {
    let user = |n: usize| {
        format!(
            "user \"person-{n}\" {{\n  platform = platform.ml\n  email    = \"person-{n}@example.com\"\n  hash     = \
             \"$2y$12$abcdefghijklmnopqrstuuI9EaTRh8sX0h6AlpZXbzWVmCnGnFNyO\"\n\n  profile {{}}\n}}\n"
        )
    };
    (from..to).map(user).collect()
}
