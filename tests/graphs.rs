//! Graphs of whole installations, and manual pages. How little ones are drawn is in `tests/cases/graph`.

use crate::program::Directory;

/// All numbers before these words.
fn sum(text: &str, words: &str) -> usize {
    let pattern = regex::Regex::new(&format!(r"(\d+) {words}")).expect("a valid pattern");
    pattern.captures_iter(text).filter_map(|found| found[1].parse::<usize>().ok()).sum()
}

#[test]
fn every_example_is_drawn_without_variables() {
    for entry in std::fs::read_dir("examples").expect("a readable folder") {
        let entry = entry.expect("an entry").file_name().into_string().expect("a plain name");
        let directory = Directory::example(&entry);
        if !directory.path().join("main.hcl").exists() {
            continue;
        }
        for format in ["dot", "mermaid", "svg"] {
            let text = directory.succeed(&["graph", "--format", format]);
            assert!(text.contains("cluster.main"), "{entry}: {text}");
        }
    }
}

#[test]
fn the_graph_of_an_apply_holds_all_that_is_made() {
    let directory = Directory::example("quickstart");
    let plan = directory.succeed(&["plan"]);
    let all = sum(plan.split("Plan: ").nth(1).expect("a summary"), "to add");
    assert!(all > 500, "{plan}");
    let folded = directory.succeed(&["graph", "--type", "apply"]);
    assert_eq!(sum(&folded, "to add"), all, "{folded}");
    for part in ["\"platform.ml.istio ready\"", "\"user.alice\"", "\"platform.ml.dex\" -> "] {
        assert!(folded.contains(part), "{part}: {folded}");
    }
    assert!(folded.lines().count() < 250, "{folded}");
    let full = directory.succeed(&["graph", "--type", "apply", "--full", "--format", "svg"]);
    assert_eq!(full.matches("class=\"note\"").count(), all);
    assert!(full.contains("platform.ml.dex/Deployment.apps auth/dex</title>"), "no deployment");
    let part = directory.succeed(&["graph", "--type", "apply", "--target", "storage_class.fast"]);
    assert!(part.contains("\"storage_class.fast\"") && !part.contains("platform"), "{part}");
}

#[test]
fn manual_pages_are_written() {
    let directory = Directory::new();
    let told = directory.succeed(&["man", "share/man1"]);
    let files = directory.files();
    assert_eq!(told, format!("Wrote {} pages to share/man1.\n", files.len()));
    assert!(files.iter().any(|file| file.ends_with("share/man1/stackwright-plan.1")), "{files:?}");
    let own = std::fs::read_to_string(directory.path().join("share/man1/stackwright.1")).expect("the program's page");
    assert_eq!(directory.succeed(&["man"]), own);
    directory.append("file", "");
    let answer = directory.run(&["man", "file/man1"]);
    assert_eq!(answer.code, Some(1));
    assert!(answer.stderr.contains("Cannot write file/man1"), "{}", answer.stderr);
}
