//! "Did you mean …": the nearest known word to a misspelt one.

/// Of more candidates only the first are looked at: where there are thousands, there may be thousands of mistakes too.
const MOST: usize = 1_000;

/// The candidate closest to `word`, when it is close enough to be what was meant.
///
/// Distance is Damerau-Levenshtein without regard to case; one edit for every three characters is allowed.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let limit = (length / 3).max(1);
    let word: Vec<char> = word.to_lowercase().chars().collect();
    candidates
        .into_iter()
        .take(MOST)
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= limit)
        .map(|candidate| (distance(&word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

fn distance(a: &[char], b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    // A name of a page's length is no misspelling; without this the work below grows with the square of the input.
    if a.len().abs_diff(b.len()) > 40 || a.len() > 200 {
        return usize::MAX;
    }
    // The rows before this one: a swap of two neighbours looks back two.
    let (mut before, mut last): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=b.len()).collect());
    for i in 1..=a.len() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i);
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_only_what_is_near() {
        assert_eq!(nearest("verison", ["version", "edition"]), Some("version"));
        assert_eq!(nearest("Edition", ["version", "edition"]), Some("edition"));
        assert_eq!(nearest("x", ["version"]), None);
        assert_eq!(nearest("", ["version"]), None);
        for (word, expected) in
            [("verison", true), ("vresino", true), ("versoin", true), ("vrsn", false), ("vresnoi", false)]
        {
            assert_eq!(nearest(word, ["version"]).is_some(), expected, "{word}");
        }
    }
}
