//! Whole conversations with the program: what is typed, and every line it answers.
//!
//! A case is a folder in `tests/cases` with `in/` (files of the directory it runs in) and `transcript`: a line
//! `$ [NAME=VALUE] ARGUMENTS` for each run, then its stdout, its stderr behind `! `, and `[exit N]` where that is not 0.
//! Other lines
//! between runs: `$+ FILE TEXT` appends a line to a file, `$- FILE TEXT` removes all lines that hold the text, `$= FILE` shows
//! what of a file is otherwise than in `in/`, to the byte, and gives it back its text, `$# ` is a remark.
//! `STACKWRIGHT_UPDATE=1 cargo test --test transcripts` writes the transcripts anew; read the difference before committing
//! it. Each case is a test of its own, `transcripts::FOLDER`, and is chosen by its name as any other.
//!
//! A binary beside the suite's, because its tests are found when it runs: they are folders, and the compiler's harness
//! knows only functions. The others are functions, and stay where the compiler finds them.

mod folder;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::ExitCode;
use std::process::Stdio;

use libtest_mimic::Arguments;
use libtest_mimic::Failed;
use libtest_mimic::Trial;

use crate::folder::copy;

/// Everything of a run that differs from one to the next.
fn normalise(text: &str, directory: &Path) -> String {
    let text = text.replace(&directory.display().to_string(), "DIR");
    let patterns = [
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
        (r"\[\d+s\]", "[Ns]"),
        (r"in \d+(\.\d+)?s\b", "in Ns"),
        (r"127\.0\.0\.1:\d{4,5}", "127.0.0.1:PORT"),
        (r"[\w-]+@[\w.-]+ pid \d+", "USER@HOST pid N"),
        (r"process \d+", "process N"),
        (r"\$2b\$12\$[./A-Za-z0-9]{53}", "(a bcrypt hash)"),
    ];
    patterns.iter().fold(text, |text, (pattern, with)| {
        regex::Regex::new(pattern).expect("a valid pattern").replace_all(&text, *with).into_owned()
    })
}

/// Words as a shell splits them, with single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quoted, mut started) = (false, false);
    for c in line.chars() {
        match c {
            '\'' => (quoted, started) = (!quoted, true),
            ' ' if !quoted => {
                if started || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                started = false;
            }
            c => word.push(c),
        }
    }
    if started || !word.is_empty() {
        words.push(word);
    }
    words
}

/// Talk without what depends on the machine's speed: owners become ready in any order, and only waits that last are
/// told of.
fn in_order(talk: &str) -> Vec<&str> {
    let is_wait =
        |line: &&str| line.starts_with("  ") && (line.contains(": waiting for ") || line.contains("still waiting: "));
    let is_wait = |line: &&str| is_wait(line) || *line == "Looking at what is there.";
    let mut lines: Vec<&str> = talk.lines().filter(|line| !is_wait(line)).collect();
    lines.chunk_by_mut(|a, b| a.starts_with('✓') && b.starts_with('✓')).for_each(<[&str]>::sort_unstable);
    lines
}

fn run(line: &str, directory: &Path) -> String {
    let (line, input) = line.split_once(" <<< ").unwrap_or((line, ""));
    let mut command = Command::new(env!("CARGO_BIN_EXE_stackwright"));
    let words = words(line);
    let is_setting = |word: &&String| word.split_once('=').is_some_and(|(name, _)| name == name.to_uppercase());
    let settings: Vec<(&str, &str)> =
        words.iter().take_while(is_setting).filter_map(|word| word.split_once('=')).collect();
    command.args(&words[settings.len()..]).current_dir(directory);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("STACKWRIGHT_") || name == "KUBECONFIG") {
        command.env_remove(name);
    }
    command
        .env("HOME", directory)
        .env("USER", "me")
        .env("HOSTNAME", "here")
        .env_remove("CLICOLOR_FORCE")
        .envs(settings);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let input = input.replace("\\n", "\n");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("input is taken");
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes: &[u8]| normalise(&String::from_utf8_lossy(bytes), directory);
    let mut answer = text(&output.stdout);
    if !answer.is_empty() && !answer.ends_with('\n') {
        answer.push_str("\\\n");
    }
    for line in in_order(&text(&output.stderr)) {
        answer.push_str(format!("! {line}").trim_end());
        answer.push('\n');
    }
    match output.status.code() {
        Some(0) => {}
        Some(code) => answer.push_str(&format!("[exit {code}]\n")),
        None => answer.push_str("[killed]\n"),
    }
    answer
}

fn edit(line: &str, directory: &Path) {
    let (mark, rest) = line.split_at(2);
    let (file, text) = rest.trim_start().split_once(' ').expect("FILE TEXT");
    let path = directory.join(file);
    let mut content = fs::read_to_string(&path).unwrap_or_default();
    if mark == "$+" {
        content.push_str(&text.replace("\\n", "\n"));
        content.push('\n');
    } else {
        content = content.lines().filter(|line| !line.contains(text)).map(|line| format!("{line}\n")).collect();
    }
    fs::write(path, content).expect("the file can be written");
}

/// What was edited of a file; the next commands find it as it was.
fn difference(file: &str, case: &Path, directory: &Path) -> String {
    let text = |folder: &Path| fs::read_to_string(folder.join(file)).unwrap_or_default();
    let (before, after) = (text(&case.join("in")), text(directory));
    let diff = similar::TextDiff::from_lines(&before, &after);
    let shown = normalise(&diff.unified_diff().context_radius(1).to_string(), directory).replace('\r', "\\r");
    match before.is_empty() {
        true => fs::remove_file(directory.join(file)).expect("the file was made"),
        false => fs::write(directory.join(file), before).expect("the file can be written"),
    }
    if shown.is_empty() { "as it was\n".to_owned() } else { shown }
}

/// What the program answers to the commands of a transcript.
fn answered(transcript: &str, case: &Path) -> String {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let directory = temporary.path().canonicalize().expect("it exists");
    if case.join("in").is_dir() {
        copy(&case.join("in"), &directory);
    }
    let mut seen = String::new();
    for line in transcript.lines().filter(|line| line.starts_with('$')) {
        seen.push_str(line);
        seen.push('\n');
        match line.split_at(2) {
            ("$ ", arguments) => seen.push_str(&run(arguments, &directory)),
            ("$#", _) => {}
            ("$=", file) => seen.push_str(&difference(file.trim(), case, &directory)),
            _ => edit(line, &directory),
        }
    }
    seen
}

fn holds(case: &Path) -> Result<(), Failed> {
    let file = case.join("transcript");
    let expected =
        fs::read_to_string(&file).map_err(|error| format!("no transcript in {}: {error}", case.display()))?;
    if !expected.lines().any(|line| line.starts_with("$ ")) {
        return Err(format!("{} runs nothing", file.display()).into());
    }
    let seen = answered(&expected, case);
    if seen == expected {
        return Ok(());
    }
    if std::env::var_os("STACKWRIGHT_UPDATE").is_some() {
        fs::write(&file, &seen).expect("the transcript can be written");
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(&expected, &seen);
    Err(format!("{}\n{}", case.display(), diff.unified_diff().header("expected", "seen")).into())
}

/// Flags that take a value, as the compiler's harness has them.
const WITH_VALUE: [&str; 6] = ["--color", "--format", "--logfile", "--skip", "--test-threads", "-Z"];

/// The arguments, and the names of which one must stand in a test's own. The compiler's harness takes several; both
/// harnesses are given the same by `cargo test -- NAME NAME`.
fn arguments(given: impl IntoIterator<Item = String>) -> (Arguments, Vec<String>) {
    let (mut flags, mut names) = (Vec::new(), Vec::new());
    let mut given = given.into_iter();
    flags.extend(given.next());
    while let Some(one) = given.next() {
        if !one.starts_with('-') {
            names.push(one);
            continue;
        }
        let value = if WITH_VALUE.contains(&one.as_str()) { given.next() } else { None };
        flags.push(one);
        flags.extend(value);
    }
    (Arguments::from_iter(flags), names)
}

fn main() -> ExitCode {
    let (arguments, names) = arguments(std::env::args());
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases: Vec<_> =
        fs::read_dir(cases).expect("the cases can be read").map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    assert!(!cases.is_empty(), "there are no cases");
    let trial = |case: PathBuf| {
        let name = format!("transcripts::{}", case.file_name().expect("a name").display());
        Trial::test(name, move || holds(&case))
    };
    let is_meant = |trial: &Trial| match arguments.exact {
        true => names.iter().any(|name| trial.name() == name),
        false => names.iter().any(|name| trial.name().contains(name)),
    };
    let mut trials: Vec<Trial> = cases.into_iter().map(trial).collect();
    trials.retain(|trial| names.is_empty() || is_meant(trial));
    libtest_mimic::run(&arguments, trials).exit_code()
}
