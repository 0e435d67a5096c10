//! Answers that are given before anybody is asked: by name, from flags, a file, or an installation that was looked at.

use std::collections::BTreeMap;

use serde_json::Value;

use super::question::Asked;
use super::question::Section;
use super::question::sections;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::diag::nearest;

/// One answer by its name, as it was given.
#[derive(Clone, Debug)]
pub struct Given {
    pub value: Value,
    /// Where it is written.
    pub span: Option<Span>,
    /// It was typed as a flag: other processes of the machine could see it.
    pub is_typed: bool,
}

impl Given {
    /// As something that was found out.
    pub fn found(value: impl Into<Value>) -> Self {
        Self { value: value.into(), span: None, is_typed: false }
    }
}

/// Takes values apart: `users = { alice = { email = … } }` is `users.alice.email`. Values of unknown names are told.
pub(super) fn flatten(given: Vec<(String, Given)>, diagnostics: &mut Diagnostics) -> BTreeMap<String, Given> {
    let mut flat: BTreeMap<String, Given> = BTreeMap::new();
    for (name, one) in given {
        let mut parts = vec![(name, one)];
        while let Some((name, one)) = parts.pop() {
            let depth = name.split('.').count();
            let is_repeated = section_of(&name).is_some();
            let entries = one.value.as_object().filter(|_| is_repeated && depth < 3);
            let Some(entries) = entries else {
                flat.insert(name, one);
                continue;
            };
            if depth == 1 {
                // Names without answers are names.
                let names = entries.keys().cloned().map(Value::String).collect();
                add_names(&mut flat, &name, names, &one);
            }
            for (key, value) in entries.iter().filter(|(_, value)| depth > 1 || value.is_object()) {
                parts.push((format!("{name}.{key}"), Given { value: value.clone(), ..one.clone() }));
            }
        }
    }
    let named: Vec<(String, Given)> = flat.iter().map(|(name, one)| (name.clone(), one.clone())).collect();
    for (name, one) in &named {
        if let [section, item, _] = name.split('.').collect::<Vec<_>>()[..] {
            add_names(&mut flat, section, vec![item.into()], one);
        }
    }
    let known = names();
    flat.retain(|name, one| {
        let is_known = known.iter().any(|known| known == &pattern(name));
        if !is_known {
            diagnostics.push(unknown(name, &known).at_option(one.span));
        }
        is_known
    });
    flat
}

/// `users` and what it has so far as a list, with more names.
fn add_names(flat: &mut BTreeMap<String, Given>, section: &str, names: Vec<Value>, origin: &Given) {
    if section_of(section).is_none() {
        return;
    }
    let entry =
        flat.entry(section.to_owned()).or_insert_with(|| Given { value: Value::Array(Vec::new()), ..origin.clone() });
    if let Value::String(text) = &entry.value {
        entry.value = text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(Value::from).collect();
    }
    if let Value::Array(all) = &mut entry.value {
        all.extend(names.into_iter().filter(|name| !all.contains(name)).collect::<Vec<_>>());
    }
}

/// The section of a name whose questions repeat.
fn section_of(name: &str) -> Option<&'static Section> {
    let first = name.split('.').next()?;
    sections().iter().find(|section| section.name == first && section.names.is_some())
}

/// A name with `NAME` in place of whom it is about.
fn pattern(name: &str) -> String {
    match name.split('.').collect::<Vec<_>>()[..] {
        [section, _, question] => format!("{section}.NAME.{question}"),
        _ => name.to_owned(),
    }
}

/// The names of all answers.
fn names() -> Vec<String> {
    let mut names = Vec::new();
    for section in sections() {
        let prefix = if section.names.is_some() { format!("{}.NAME.", section.name) } else { String::new() };
        names.extend(section.names.iter().map(|question| question.name.clone()));
        names.extend(section.questions.iter().map(|question| format!("{prefix}{}", question.name)));
    }
    names
}

fn unknown(name: &str, known: &[String]) -> Diagnostic {
    let found = Diagnostic::error("Unknown answer", format!("Nothing that is asked is called \"{name}\"."));
    let pattern = pattern(name);
    match nearest(&pattern, known.iter().map(String::as_str)) {
        Some(near) => {
            let item = name.split('.').nth(1).unwrap_or("NAME");
            found.help(format!("Did you mean \"{}\"?", near.replace("NAME", item)))
        }
        None => {
            let section = section_of(name);
            let listed: Vec<&str> =
                known.iter().map(String::as_str).filter(|one| section.is_none() != one.contains('.')).collect();
            found.help(format!("The names are: {}.", listed.join(", ")))
        }
    }
}

/// Whether nobody asks, but an answer is taken.
pub(super) fn is_only_given(section: &Section, asked: Asked) -> bool {
    asked == Asked::Never || section.names.as_ref().is_some_and(|names| names.asked == Asked::Never)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(given: &[(&str, Value)], expected: &[(&str, Value)], findings: &[&str]) {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), Given::found(value.clone()))).collect();
        let mut diagnostics = Diagnostics::new();
        let flat = flatten(given, &mut diagnostics);
        let flat: Vec<(&str, Value)> = flat.iter().map(|(name, one)| (name.as_str(), one.value.clone())).collect();
        assert_eq!(flat, expected);
        let found: Vec<String> =
            diagnostics.iter().map(|one| format!("{} {}", one.detail, one.help.clone().unwrap_or_default())).collect();
        assert_eq!(found, findings);
    }

    #[test]
    fn objects_are_names_with_answers() {
        check(
            &[("users", json!({"alice": {"email": "a@b.co", "quota": {"cpu": 1}}, "bob": null}))],
            &[
                ("users", json!(["alice", "bob"])),
                ("users.alice.email", json!("a@b.co")),
                ("users.alice.quota", json!({"cpu": 1})),
            ],
            &[],
        );
        check(
            &[("users", json!("alice, bob")), ("users.carol.email", json!("c@d.co")), ("tags", json!({"a": "b"}))],
            &[
                ("tags", json!({"a": "b"})),
                ("users", json!(["alice", "bob", "carol"])),
                ("users.carol.email", json!("c@d.co")),
            ],
            &[],
        );
    }

    #[test]
    fn unknown_names_are_told_with_the_nearest() {
        check(
            &[("editon", json!("mini"))],
            &[],
            &["Nothing that is asked is called \"editon\". Did you mean \"edition\"?"],
        );
        check(
            &[("users.alice.emial", json!("a@b.co"))],
            &[("users", json!(["alice"]))],
            &["Nothing that is asked is called \"users.alice.emial\". Did you mean \"users.alice.email\"?"],
        );
    }
}
