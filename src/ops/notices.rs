//! What a run has come across that people should know and that stops nothing, wherever it was seen: a line each, told once.

use std::sync::Mutex;
use std::sync::PoisonError;

static NOTICES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Adds a line.
pub fn add(text: String) {
    let mut notices = NOTICES.lock().unwrap_or_else(PoisonError::into_inner);
    if !notices.contains(&text) {
        notices.push(text);
    }
}

/// The lines that came since this was last asked.
pub fn take() -> Vec<String> {
    std::mem::take(&mut NOTICES.lock().unwrap_or_else(PoisonError::into_inner))
}
