//! Budgets of DESIGN.md section 9 that are counted, not timed: requests of an apply and of a plan that finds nothing.

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
    assert!(objects > 500 && kinds > 30, "the whole release: {objects} objects of {kinds} kinds");

    let first = requests(&directory, &["apply", "--auto-approve"]);
    assert!(
        first <= objects * 5 / 4 + kinds,
        "a first apply took {first} requests for {objects} objects, {kinds} kinds"
    );
    let nothing = requests(&directory, &["plan"]);
    assert!(nothing <= kinds + 15, "a plan that finds nothing took {nothing} requests for {kinds} kinds");
}
