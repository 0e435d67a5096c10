//! A test that cannot run on this machine says so. The compiler's harness counts it as passed all the same; `tests/run`
//! takes it from the passed ones and prints it again at the end.

use std::io::Write;

/// Ends a test that lacks something of this machine, with the reason: `skip!("there is no kubectl")`.
macro_rules! skip {
    ($reason:expr) => {{
        fn here() {}
        crate::skip::note(std::any::type_name_of_val(&here), $reason);
        return;
    }};
}
pub(crate) use skip;

/// Whether this machine has a program.
pub fn has(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|path| path.join(program).is_file())
}

/// Writes past the harness, which shows what failed tests print and hides the rest.
pub fn note(here: &str, reason: &str) {
    // In one piece, so that tests beside it write nothing between.
    std::io::stderr().write_all(format!("{}\n", line(here, reason)).as_bytes()).expect("stderr takes a line");
}

/// `here` is a function within the test: `suite::drift::what_it_tests::here`.
fn line(here: &str, reason: &str) -> String {
    let name = here.strip_suffix("::here").unwrap_or(here);
    let name = name.split_once("::").map_or(name, |(_, name)| name);
    format!("skipped: {name}: {reason}")
}

#[test]
fn names_the_test_and_the_reason() {
    fn here() {}
    assert_eq!(
        line(std::any::type_name_of_val(&here), "there is no moon"),
        "skipped: skip::names_the_test_and_the_reason: there is no moon"
    );
    assert!(!has("a program that nobody has"));
}
