//! A line of a secret from the terminal, typed unseen. What else is asked is in `terminal` and, for `init`, a line
//! editor's.
//!
//! The terminal stops echoing before the question is written, so that nothing quick is seen, and what was typed ahead is
//! kept: a pasted pair of lines answers two questions. Signals from the keyboard would leave a terminal that echoes
//! nothing, so they are read as characters meanwhile.

use std::io::BufRead;
use std::io::Stdin;
use std::io::stdin;

use rustix::termios::LocalModes;
use rustix::termios::OptionalActions;
use rustix::termios::SpecialCodeIndex;
use rustix::termios::Termios;
use rustix::termios::tcgetattr;
use rustix::termios::tcsetattr;

use super::terminal::say;

/// What Ctrl-C sends.
const INTERRUPT: u8 = 0x03;

/// Asks on the terminal; what was typed without its newline. `None` at the end of input, at Ctrl-C, and where stdin is no
/// terminal.
pub fn ask_hidden(question: &str) -> Option<String> {
    let unseen = Unseen::new()?;
    say(question);
    let typed = line(&mut stdin().lock());
    // Who typed the end of the line did not see it.
    say("\n");
    drop(unseen);
    typed
}

/// Reads a line that ends with Enter; `None` where it ends otherwise.
fn line(input: &mut impl BufRead) -> Option<String> {
    let mut typed = Vec::new();
    loop {
        let read = input.fill_buf().ok()?;
        if read.is_empty() {
            return None;
        }
        let end = read.iter().position(|byte| [b'\n', INTERRUPT].contains(byte));
        let line = &read[..end.unwrap_or(read.len())];
        typed.extend_from_slice(line);
        let (taken, end) = (line.len() + usize::from(end.is_some()), end.map(|end| read[end]));
        input.consume(taken);
        match end {
            Some(INTERRUPT) => return None,
            Some(_) => return String::from_utf8(typed).ok().map(|text| text.trim_end_matches('\r').to_owned()),
            None => {}
        }
    }
}

/// A terminal that does not echo; at its end it is as it was.
struct Unseen {
    input: Stdin,
    before: Termios,
}

impl Unseen {
    fn new() -> Option<Self> {
        let input = stdin();
        let before = tcgetattr(&input).ok()?;
        let mut modes = before.clone();
        modes.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        // Ctrl-C ends the line.
        modes.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        tcsetattr(&input, OptionalActions::Drain, &modes).ok()?;
        Some(Self { input, before })
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.input, OptionalActions::Drain, &self.before);
    }
}
