//! How long ago something was, as people say it. Pure.

use jiff::Timestamp;

/// `12 s`, `5 min`, `3 h`, `4 d`; empty where the text is no time.
pub fn age(since: &str, now: Timestamp) -> String {
    let Ok(since) = since.parse::<Timestamp>() else { return String::new() };
    match now.as_second().saturating_sub(since.as_second()).max(0) {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds @ 3_600..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_people_say_it() {
        let now = "2026-03-01T12:00:00Z".parse().unwrap();
        for (since, expected) in [
            ("2026-03-01T11:59:48Z", "12 s"),
            ("2026-03-01T11:01:00Z", "59 min"),
            ("2026-02-28T12:00:00Z", "24 h"),
            ("2026-02-01T12:00:00Z", "28 d"),
            // Its clock is ahead of ours.
            ("2026-03-01T12:00:09Z", "0 s"),
            ("yesterday", ""),
        ] {
            assert_eq!(age(since, now), expected, "{since}");
        }
    }
}
