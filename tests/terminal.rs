//! What a person at a terminal sees, where that differs from a pipe: lines that move, and keys.

use std::io::Read;
use std::io::Write;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use crate::program::Directory;
use crate::program::Process;
use crate::skip;
use crate::skip::skip;
use crate::world;

/// Runs a line of the shell at a terminal of `script` and types, each text after what it answers; gives what was shown.
pub fn type_in(directory: &Directory, terminal: &str, line: &str, conversation: &[(&str, &str)]) -> String {
    let mut command = Command::new("script");
    directory.prepare(command.args(["-qec", line, "/dev/null"]));
    command.env("TERM", terminal).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = Process::start(command.stderr(Stdio::null()));
    let mut input = child.stdin.take().expect("a pipe");
    let mut output = child.stdout.take().expect("a pipe");
    let (sender, receiver) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(length @ 1..) = output.read(&mut piece) {
            if sender.send(String::from_utf8_lossy(&piece[..length]).into_owned()).is_err() {
                return;
            }
        }
    });
    let (mut shown, mut read) = (String::new(), 0);
    for (question, typed) in conversation {
        while !shown[read..].contains(question) {
            match receiver.recv_timeout(Duration::from_secs(30)) {
                Ok(piece) => shown.push_str(&piece),
                Err(error) => panic!("no \"{question}\" ({error}) in\n{shown}"),
            }
        }
        read = shown.len();
        input.write_all(typed.as_bytes()).expect("it is taken");
    }
    loop {
        match receiver.recv_timeout(Duration::from_secs(30)) {
            Ok(piece) => shown.push_str(&piece),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{shown}"),
        }
    }
    drop(input);
    child.wait().expect("script ends");
    reader.join().expect("it ends");
    shown
}

/// A run that is slow enough to be interrupted, at a terminal of 80 columns. Gives the screen as it is left.
fn interrupted(directory: &Directory, command: &str, keys: &[(&str, &str)]) -> vt100::Parser {
    let program = env!("CARGO_BIN_EXE_stackwright");
    let line = format!("stty rows 24 cols 80; STACKWRIGHT_FAULTS=latency=200ms '{program}' {command}");
    let shown = type_in(directory, "xterm", &line, keys);
    let mut screen = vt100::Parser::new(24, 80, 0);
    screen.process(shown.as_bytes());
    screen
}

#[test]
fn moving_lines_go_with_the_run() {
    if !skip::has("script") {
        skip!("there is no script");
    }
    let directory = world::small();
    for keys in [&[(" changes  ", "\u{3}")][..], &[(" changes  ", "\u{3}"), ("Interrupted", "\u{3}")]] {
        let left = interrupted(&directory, "apply --auto-approve", keys);
        let text = left.screen().contents();
        assert!(text.contains("Interrupted"), "{text}");
        assert!(!text.contains(" changes  ") && !text.contains('█') && !text.contains('░'), "a bar is left:\n{text}");
        assert!(!left.screen().hide_cursor(), "the cursor is hidden:\n{text}");
        let last = text.trim_end().lines().last().unwrap_or_default().to_owned();
        assert!(left.screen().cursor_position().0 as usize >= text.trim_end().lines().count(), "typed over {last}");
    }
}
