//! How often makers look at what is busy.

use std::time::Duration;

/// Clusters and pools take minutes.
const INTERVAL: Duration = Duration::from_secs(10);
/// A wait lasts at least so many looks: an hour and a half, where a look is taken every ten seconds.
pub const LOOKS: u32 = 540;

/// The time between two looks, where a variable of the environment says another.
///
/// # Errors
/// It is no time.
pub fn of(variable: &str, said: Option<String>) -> Result<Duration, String> {
    match said {
        Some(text) => duration(&text).ok_or_else(|| format!("\"{text}\" of {variable} is no time, as 100ms or 10s")),
        None => Ok(INTERVAL),
    }
}

fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    match text.strip_suffix("ms") {
        Some(number) => number.parse().ok().map(Duration::from_millis),
        None => text.strip_suffix('s')?.parse().ok().map(Duration::from_secs),
    }
    .filter(|duration| !duration.is_zero())
}
