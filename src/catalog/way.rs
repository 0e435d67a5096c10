//! The ways between releases: chains of hops.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use super::Catalog;
use super::Hop;
use super::version;
use crate::diag::Diagnostics;
use crate::diag::Sources;

impl Catalog {
    /// All hops there are, by where they lead and then where they come from, oldest first, with what is wrong with them.
    pub fn hops(&self, sources: &mut Sources) -> (Vec<Hop>, Diagnostics) {
        let (mut hops, mut diagnostics) = (Vec::new(), Diagnostics::new());
        for version in self.releases() {
            let (found, findings) = self.hops_to(&version, sources);
            diagnostics.extend(findings);
            hops.extend(found);
        }
        (hops, diagnostics)
    }
}

/// The hops from one release to another, the fewest there are. `None` where no chain of hops leads there; none where they
/// are the same.
pub fn way<'a>(hops: &'a [Hop], from: &str, to: &str) -> Option<Vec<&'a Hop>> {
    let mut came_by: BTreeMap<&str, &Hop> = BTreeMap::new();
    let mut open: VecDeque<&str> = VecDeque::from([from]);
    while let Some(at) = open.pop_front().filter(|at| *at != to) {
        for hop in hops.iter().filter(|hop| hop.from == at && hop.to != from) {
            if !came_by.contains_key(hop.to.as_str()) {
                came_by.insert(&hop.to, hop);
                open.push_back(&hop.to);
            }
        }
    }
    let (mut way, mut at) = (Vec::new(), to);
    while at != from {
        let hop = came_by.get(at)?;
        way.push(*hop);
        at = &hop.from;
    }
    way.reverse();
    Some(way)
}

/// Whether a release is older than another.
pub fn is_older(version: &str, other: &str) -> bool {
    version::compare(version, other).is_lt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_hops_are_taken() {
        let hop = |(from, to): (&str, &str)| Hop { from: from.into(), to: to.into(), ..Hop::default() };
        let hops: Vec<Hop> =
            [("1", "2"), ("2", "3"), ("3", "4"), ("2", "4"), ("4", "3"), ("8", "9")].into_iter().map(hop).collect();
        for (from, to, expected) in [
            ("1", "1", Some("")),
            ("1", "3", Some("2 3")),
            ("1", "4", Some("2 4")),
            ("4", "3", Some("3")),
            ("3", "1", None),
            ("1", "9", None),
            ("1", "7", None),
        ] {
            let found = way(&hops, from, to);
            let found = found.map(|way| way.iter().map(|hop| hop.to.as_str()).collect::<Vec<_>>().join(" "));
            assert_eq!(found.as_deref(), expected, "{from} to {to}");
        }
        assert!(is_older("1.9.1", "1.10.2") && !is_older("26.03", "26.03"));
    }

    #[test]
    fn the_hops_of_all_releases_can_be_read() {
        let catalog = Catalog::embedded();
        let mut sources = Sources::new();
        let (hops, findings) = catalog.hops(&mut sources);
        let texts: Vec<String> = findings
            .iter()
            .map(|finding| format!("{} {}", sources.locate(finding.span.unwrap_or_default()), finding.detail))
            .collect();
        assert!(texts.is_empty(), "{texts:#?}");
        let releases = catalog.releases();
        let (oldest, newest) = (releases.first().expect("a release"), releases.last().expect("a release"));
        assert!(way(&hops, oldest, newest).is_some(), "{oldest} to {newest}");
        for hop in &hops {
            assert!(is_older(&hop.from, &hop.to), "{} to {}", hop.from, hop.to);
            let silent: Vec<String> =
                hop.steps.iter().filter(|step| step.reason.is_empty()).map(|step| step.title()).collect();
            assert!(silent.is_empty(), "{}: {silent:?}", hop.to);
        }
    }
}
