//! Plans, runs and the history as pages and Markdown, as somebody asks for them. What hostile texts do in them, how large they
//! get and how they are cut is tried in `src/cli/view/page`.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::program::Directory;

const CONFIGURATION: &str = r#"
stackwright {
  installation = "pages"
}
provider "sandbox" {}
cluster "main" {
  provider = sandbox
}
storage_class "fast" {
  cluster     = cluster.main
  provisioner = "example.com/fast"
  parameters  = { note = "<script>alert('a & b')</script>", tier = "1" }
}
storage_class "old" {                                                  # old
  cluster     = cluster.main                                           # old
  provisioner = "example.com/old"                                      # old
}                                                                      # old
output "url" { value = "https://a.example/?x=1&y=<b>" }
"#;

/// With one object to replace, one that goes, and one that comes.
fn changed() -> Directory {
    let directory = Directory::new().environment("USER", "me").environment("HOSTNAME", "here");
    directory.append("main.hcl", CONFIGURATION);
    directory.succeed(&["apply", "--auto-approve"]);
    let text = std::fs::read_to_string(directory.path().join("main.hcl")).expect("the file");
    let kept: String = text.lines().filter(|line| !line.ends_with("# old")).map(|line| format!("{line}\n")).collect();
    std::fs::write(directory.path().join("main.hcl"), kept.replace("tier = \"1\"", "tier = \"2\"")).expect("written");
    directory
        .append("new.hcl", "storage_class \"new\" {\n cluster = cluster.main\n provisioner = \"example.com/new\"\n}\n");
    directory
}

fn read(directory: &Directory, file: &str) -> String {
    std::fs::read_to_string(directory.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Without what is the same in every page, and what differs from one run to the next.
fn normalised(page: &str) -> String {
    let patterns = [
        (r"(?s)<style>.*?</style>", "<style>STYLE</style>"),
        (r"(?s)<script>.*?</script>", "<script>SCRIPT</script>"),
        (r"sha256-[\w+/=]+", "sha256-HASH"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
    ];
    patterns.iter().fold(page.to_owned(), |text, (pattern, with)| {
        regex::Regex::new(pattern).expect("a valid pattern").replace_all(&text, *with).into_owned()
    })
}

/// Compares with a file beside this one; `STACKWRIGHT_UPDATE=1` writes it anew.
#[track_caller]
fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages").join(name);
    if std::env::var_os("STACKWRIGHT_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        std::fs::write(&path, text).expect("the file can be written");
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    let at = golden.lines().zip(text.lines()).position(|(a, b)| a != b);
    let line = |text: &str| at.and_then(|at| text.lines().nth(at).map(str::to_owned));
    assert!(golden == text, "{name} differs at line {at:?}:\n{:?}\n{:?}", line(&golden), line(text));
}

#[test]
fn a_plan_is_a_page_and_a_comment() {
    let directory = changed();
    let plain = directory.run(&["plan"]);
    let told = directory.run(&["plan", "--html", "plan.html", "--markdown=plan.md"]);
    assert_eq!(
        (&told.stdout, &told.stderr, told.code),
        (&plain.stdout, &plain.stderr, Some(0)),
        "the rest is the same"
    );
    assert_golden("plan.html", &normalised(&read(&directory, "plan.html")));
    assert_golden("plan.md", &normalised(&read(&directory, "plan.md")));
    let mode =
        |file: &str| std::fs::metadata(directory.path().join(file)).expect("a file").permissions().mode() & 0o777;
    assert_eq!((mode("plan.html"), mode("plan.md")), (0o600, 0o600));
    let printed = directory.succeed(&["plan", "--markdown"]);
    assert_eq!(normalised(&printed), normalised(&read(&directory, "plan.md")));
    // Beside JSON, a file; which is not told twice on stdout.
    assert_eq!(directory.run(&["plan", "--json", "--markdown=plan.md"]).code, Some(0));
    let both = directory.run(&["plan", "--json", "--markdown"]);
    assert_eq!(both.code, Some(1));
    assert!(both.stderr.contains("Cannot print JSON and Markdown at once"), "{}", both.stderr);
    std::fs::create_dir(directory.path().join("folder")).expect("a folder");
    let refused = directory.run(&["plan", "--html", "folder"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("Cannot write ./folder"), "{}", refused.stderr);
}

#[test]
fn a_page_names_the_command_that_performs_exactly_it() {
    let directory = changed();
    directory.succeed(&["plan", "--out", "my plan", "--html", "plan.html"]);
    let page = read(&directory, "plan.html");
    assert!(page.contains("<code>stackwright apply &#39;my plan&#39;</code>"), "{page}");
    assert!(page.contains("This performs exactly this plan"));
    directory.succeed(&["plan", "--target", "storage_class.new", "--html", "plan.html"]);
    let page = read(&directory, "plan.html");
    assert!(page.contains("<code>stackwright apply --target storage_class.new</code>"), "{page}");
    assert!(page.contains("This plans again"));
}

#[test]
fn a_run_leaves_a_report_and_the_history_is_a_page() {
    let directory = changed();
    directory.succeed(&["apply", "--auto-approve", "--html", "run.html"]);
    let report = read(&directory, "run.html");
    for expected in [
        "<strong>done</strong> Everything was done and serves.",
        "<dd>3 of 3 made</dd>",
        "<code>StorageClass.storage.k8s.io fast</code>",
        "What was to be done",
    ] {
        assert!(report.contains(expected), "no `{expected}` in\n{}", normalised(&report));
    }
    directory.succeed(&["apply", "--html", "run.html"]);
    assert!(read(&directory, "run.html").contains("Nothing was to be done."));
    directory.succeed(&["history", "--html", "history.html"]);
    assert_golden("history.html", &normalised(&read(&directory, "history.html")));
    let one = directory.succeed(&["history", "1", "--html", "history.html"]);
    assert_eq!(one.lines().count(), 2, "{one}");
    assert!(!read(&directory, "history.html").contains("Revision 2"));
    let none = directory.run(&["history", "7"]);
    assert_eq!(none.code, Some(1));
    assert!(none.stderr.contains("There is no revision 7") && none.stderr.contains("1, 2"), "{}", none.stderr);
    // What cannot be written is told, and what was done is done.
    directory.append("new.hcl", "output \"another\" { value = 1 }\n");
    let answer = directory.run(&["apply", "--auto-approve", "--html", "no/such/folder.html"]);
    assert_eq!(answer.code, Some(1), "{}", answer.stderr);
    assert!(answer.stdout.contains("Apply complete!") && answer.stderr.contains("Cannot write"), "{}", answer.stderr);
}

#[test]
fn a_first_plan_of_a_platform_fits_a_comment() {
    let directory = Directory::example("quickstart");
    directory.succeed(&["plan", "--html", "plan.html", "--markdown=plan.md"]);
    let comment = read(&directory, "plan.md");
    assert!(comment.encode_utf16().count() <= 65_536);
    let cut = directory.succeed(&["plan", "--markdown", "--markdown-limit", "6000"]);
    assert!(cut.encode_utf16().count() <= 6_000 && cut.contains("**Cut to 6000 characters:**"), "{cut}");
    let page = read(&directory, "plan.html");
    println!("the page of a first plan: {} bytes, the comment: {}", page.len(), comment.len());
    assert!(page.contains("<svg ") && page.contains("class=\"yaml whole\""));
    for outside in ["http://", "https://"] {
        for attribute in ["src=\"", "href=\"", "url("] {
            assert!(!page.contains(&format!("{attribute}{outside}")), "{attribute}{outside}");
        }
    }
}
