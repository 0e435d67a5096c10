//! Versions of components and releases: how they compare, and which folder of a component holds for one.

use std::cmp::Ordering;

/// Compares versions by their numbers (`1.10.2` after `1.9.1`), texts by letters. What comes before a version
/// (`1.13.0-rc.0`) is older than it; a leading `v` and what follows a `+` do not count.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    Key::of(a).cmp(&Key::of(b))
}

/// Whether a folder is named after a version: `2.39.1`, `v1.2`.
pub(super) fn is_version(name: &str) -> bool {
    name.strip_prefix('v').unwrap_or(name).starts_with(|c: char| c.is_ascii_digit())
}

/// Whether what a folder holds is in force in a version. Nothing is where the version is not known.
pub(super) fn holds_in(folder: &str, version: &str) -> bool {
    !version.is_empty() && compare(folder, version) != Ordering::Greater
}

/// In the order of the fields: numbers and texts without zeros at the end, whether it is the version itself, what is
/// written after the hyphen.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    parts: Vec<(u64, String)>,
    is_final: bool,
    before: Vec<(u64, String)>,
}

impl Key {
    fn of(text: &str) -> Self {
        let text = text.strip_prefix('v').unwrap_or(text);
        let text = text.split('+').next().unwrap_or(text);
        let (main, before) = text.split_once('-').map_or((text, None), |(main, before)| (main, Some(before)));
        let mut parts = numbers(main);
        while parts.len() > 1 && parts.last().is_some_and(|(number, text)| *number == 0 && text.is_empty()) {
            parts.pop();
        }
        Self { parts, is_final: before.is_none(), before: before.map(numbers).unwrap_or_default() }
    }
}

/// Texts come after numbers.
fn numbers(text: &str) -> Vec<(u64, String)> {
    text.split(['.', '-'])
        .map(|part| part.parse().map_or((u64::MAX, part.to_owned()), |number| (number, String::new())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_by_numbers() {
        let ordered = ["0.13.0-rc.0", "0.13.0-rc.1", "v0.13.0", "0.13.1", "1.9.1", "1.10", "1.10.2", "26.03", "a"];
        for (at, low) in ordered.iter().enumerate() {
            for high in &ordered[at + 1..] {
                assert_eq!(
                    (compare(low, high), compare(high, low)),
                    (Ordering::Less, Ordering::Greater),
                    "{low} {high}"
                );
            }
        }
        for (a, b) in [("1.9", "1.9.0"), ("v1.9", "1.9"), ("1.9.0+k3s1", "1.9"), ("0", "0.0")] {
            assert_eq!(compare(a, b), Ordering::Equal, "{a} {b}");
        }
    }

    #[test]
    fn folders_hold_from_their_version_on() {
        for (folder, version, expected) in [
            ("1.0", "1.0", true),
            ("1.0", "1.2", true),
            ("1.0", "0.9", false),
            ("1.0", "1.0.0-rc.1", false),
            ("1.0", "", false),
        ] {
            assert_eq!(holds_in(folder, version), expected, "{folder} in {version}");
        }
    }
}
