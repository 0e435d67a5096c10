//! The table of built-in kinds, as discovery lists them.
//!
//! One kind a line of `data/kinds.txt`: apiVersion, kind, plural, singular, scope, verbs, short names, categories, then
//! `subresource=Kind:verbs` (the kind with its apiVersion before it where that differs). `-` stands for none; each verb
//! is one letter.

use std::sync::OnceLock;

use crate::object::GroupVersionKind;

/// One built-in kind as discovery lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltInKind {
    pub gvk: GroupVersionKind,
    pub plural: &'static str,
    pub singular: &'static str,
    pub short_names: Vec<&'static str>,
    pub categories: Vec<&'static str>,
    pub namespaced: bool,
    pub verbs: Vec<&'static str>,
    pub subresources: Vec<Subresource>,
}

/// A part of an object with a path of its own (`status`, `scale`, `log`, …).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subresource {
    pub name: &'static str,
    /// The kind that is exchanged there.
    pub gvk: GroupVersionKind,
    pub verbs: Vec<&'static str>,
}

/// All rows of the table.
pub(super) fn all() -> &'static [BuiltInKind] {
    static KINDS: OnceLock<Vec<BuiltInKind>> = OnceLock::new();
    KINDS.get_or_init(|| include_str!("data/kinds.txt").lines().filter_map(kind_of_line).collect())
}

/// Whether Kubernetes itself serves this group.
pub(super) fn is_built_in_group(group: &str) -> bool {
    all().iter().any(|kind| kind.gvk.group == group)
}

const VERBS: [(char, &str); 8] = [
    ('C', "create"),
    ('D', "delete"),
    ('X', "deletecollection"),
    ('G', "get"),
    ('L', "list"),
    ('P', "patch"),
    ('U', "update"),
    ('W', "watch"),
];

fn kind_of_line(line: &'static str) -> Option<BuiltInKind> {
    let mut words = line.split(' ');
    let mut next = || words.next();
    let api_version = next()?;
    let gvk = GroupVersionKind::from_api_version(api_version, next()?);
    let (plural, singular, scope) = (next()?, next()?, next()?);
    let (verb_letters, short_names, categories) = (next()?, next()?, next()?);
    let subresources = words.filter_map(|word| subresource_of_word(word, &gvk)).collect();
    Some(BuiltInKind {
        gvk,
        plural,
        singular,
        short_names: list(short_names),
        categories: list(categories),
        namespaced: scope == "Namespaced",
        verbs: verbs(verb_letters),
        subresources,
    })
}

fn subresource_of_word(word: &'static str, parent: &GroupVersionKind) -> Option<Subresource> {
    let (name, rest) = word.split_once('=')?;
    let (kind, verb_letters) = rest.split_once(':')?;
    let gvk = match kind.rsplit_once('/') {
        Some((api_version, kind)) => GroupVersionKind::from_api_version(api_version, kind),
        None => GroupVersionKind { kind: kind.into(), ..parent.clone() },
    };
    Some(Subresource { name, gvk, verbs: verbs(verb_letters) })
}

fn list(word: &'static str) -> Vec<&'static str> {
    if word == "-" { Vec::new() } else { word.split(',').collect() }
}

fn verbs(letters: &str) -> Vec<&'static str> {
    let verb = |letter| VERBS.iter().find(|(known, _)| *known == letter).map(|(_, verb)| *verb);
    letters.chars().filter_map(verb).collect()
}
