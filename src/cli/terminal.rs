//! The three streams: what is a terminal, whether colour is wanted, and printing that survives a closed pipe.

use std::io::IsTerminal;
use std::io::Write;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use super::arguments::Global;
use super::arguments::LogLevel;
use super::view::Paint;
use crate::ops::known_secrets;
use crate::ui::visible;

static TYPED: AtomicBool = AtomicBool::new(false);

/// An interrupt came from the keyboard: the terminal has written it out.
pub fn interrupt_typed() {
    TYPED.store(true, Ordering::Relaxed);
}

/// Whether an interrupt came from the keyboard.
pub fn was_typed() -> bool {
    TYPED.load(Ordering::Relaxed)
}

/// How to talk to this user.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Colour on stdout.
    pub paint: Paint,
    /// Colour on stderr.
    pub talk: Paint,
    /// stderr moves a cursor, so progress may be drawn.
    pub interactive: bool,
    /// stdin can answer questions.
    pub can_ask: bool,
    pub log: LogLevel,
}

impl Terminal {
    /// Looks at the streams and the environment (`NO_COLOR`, `CLICOLOR_FORCE`, `TERM=dumb`).
    pub fn new(global: &Global) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let off = global.no_color || set("NO_COLOR");
        let forced = set("CLICOLOR_FORCE");
        let coloured = |is_terminal: bool| !off && (forced || (is_terminal && !dumb));
        let error_is_terminal = std::io::stderr().is_terminal();
        Self {
            paint: Paint::new(coloured(std::io::stdout().is_terminal())),
            talk: Paint::new(coloured(error_is_terminal)),
            interactive: error_is_terminal && !dumb,
            can_ask: std::io::stdin().is_terminal() && error_is_terminal,
            log: global.log.unwrap_or(LogLevel::Warn),
        }
    }

    pub fn verbose(self) -> bool {
        self.log >= LogLevel::Info
    }
}

/// To stdout, without what is known to be secret and what a terminal would act on. A reader that went away (`| head`) is no error.
pub fn print(text: &str) {
    print_data(&visible(&known_secrets().hidden(text.to_owned())));
}

/// Data that was asked for by name, whatever it is, to stdout.
pub fn print_data(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// Talk to stderr, without what is known to be secret and what a terminal would act on.
pub fn say(text: &str) {
    let text = known_secrets().hidden(text.to_owned());
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(visible(&text).as_bytes()).and_then(|()| stderr.flush());
}

/// Asks on the terminal; what was typed without its newline. `None` at the end of input.
pub fn ask(question: &str) -> Option<String> {
    say(question);
    let mut answer = String::new();
    match std::io::stdin().read_line(&mut answer) {
        Ok(0) | Err(_) => None,
        Ok(_) if !std::io::stdin().is_terminal() => {
            // Who types ends the line himself.
            say("\n");
            Some(answer.trim_end_matches(['\n', '\r']).to_owned())
        }
        Ok(_) => Some(answer.trim_end_matches(['\n', '\r']).to_owned()),
    }
}
