//! What a run knows to be secret: values of the configuration, by their mark or by their nature. Everything that is printed
//! goes through them, whatever it is made of.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::sync::PoisonError;

use regex::Regex;
use serde_json::Value;

use super::Loaded;
use super::notices;
use crate::catalog::RenderedObject;
use crate::config::Facts;
use crate::config::Installation;
use crate::config::schema;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::SourceId;
use crate::diag::Sources;
use crate::diag::Span;
use crate::diag::nearest;
use crate::lang::Evaluated;
use crate::object::ObjectId;
use crate::object::SHORTEST_SEARCHED;
use crate::object::Secrets;
use crate::object::field_path::FieldPath;
use crate::object::field_path::differing;
use crate::object::is_searched;
use crate::object::normalize::is_crd;

static KNOWN: LazyLock<Mutex<Secrets>> = LazyLock::new(Mutex::default);

/// All that was found to be secret so far, for whoever prints.
pub fn known() -> Secrets {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// From now on this is hidden in everything that is printed.
pub(super) fn learn(secrets: &Secrets) {
    *KNOWN.lock().unwrap_or_else(PoisonError::into_inner) = secrets.clone();
}

/// As [`learn`], beside what is known already.
pub(super) fn learn_more(texts: &[&str]) {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    *known = known.clone().with(texts.iter().copied());
}

/// The secret values of a configuration. What an output that is not sensitive holds was made known on purpose.
pub(super) fn of(evaluated: &Evaluated, installation: &Installation) -> Secrets {
    Secrets::of(texts(evaluated, installation).iter().map(String::as_str))
}

/// As [`of`], as texts.
pub(super) fn texts(evaluated: &Evaluated, installation: &Installation) -> BTreeSet<String> {
    let mut texts: BTreeSet<String> = evaluated.secret_texts().into_iter().collect();
    texts.extend(installation.secrets.iter().map(|secret| secret.reveal().to_owned()));
    let mut told = Vec::new();
    let plain = evaluated.outputs.values().filter(|output| !output.value.contains_sensitive());
    plain.for_each(|output| output.value.secret_texts(true, &mut told));
    told.iter().for_each(|text| _ = texts.remove(text));
    texts
}

/// Findings without secret values in their words.
pub(super) fn hide_in(diagnostics: Diagnostics, secrets: &Secrets) -> Diagnostics {
    diagnostics.map(|found| Diagnostic {
        detail: secrets.hidden(found.detail),
        label: secrets.hidden(found.label),
        related: found.related.into_iter().map(|(span, label)| (span, secrets.hidden(label))).collect(),
        help: found.help.map(|help| secrets.hidden(help)),
        address: found.address.map(|address| secrets.hidden(address)),
        ..found
    })
}

/// Hides what is written behind the names of secrets, misspelt ones too, in sources with findings: what stands beside a
/// mistake of syntax was never evaluated.
pub(super) fn hide_written(files: &[SourceId], sources: &Sources, facts: &Facts, diagnostics: &mut Diagnostics) {
    static ASSIGNMENT: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?m)([\p{Alphabetic}_][\p{Alphabetic}\d_-]*)[ \t]*[=:][ \t]*([^\s].*)$").ok());
    let Some(assignment) = &*ASSIGNMENT else { return };
    let mut names: Vec<&str> = schema::blocks().iter().flat_map(schema::Block::secret_names).collect();
    names.extend(facts.providers.values().flat_map(|provider| provider.schema.secret_names()));
    let concerned: BTreeSet<SourceId> = diagnostics.iter().filter_map(|found| Some(found.span?.source)).collect();
    for source in files.iter().copied().filter(|source| concerned.contains(source)) {
        let text = sources.text(source);
        let mut from = 0;
        while let Some(found) = assignment.captures_at(text, from) {
            let (Some(name), Some(value)) = (found.get(1), found.get(2)) else { break };
            if nearest(name.as_str(), names.iter().copied()).is_none() {
                from = name.end();
                continue;
            }
            // A text of several lines ends with a line that holds its marker alone.
            let marker = value.as_str().strip_prefix("<<").map(|rest| rest.trim_start_matches('-').trim());
            let end = marker.filter(|marker| !marker.is_empty()).map_or(value.end(), |marker| {
                let mut end = value.end();
                for line in text[value.end()..].split_inclusive('\n') {
                    end += line.len();
                    if line.trim() == marker {
                        break;
                    }
                }
                end
            });
            diagnostics.hide(Span::new(source, value.start()..end));
            from = end;
        }
    }
}

/// The fields of objects that secrets reach, whatever became of them: what differs where others stand in their place. Nothing is rendered
/// again where there are none.
pub(super) fn fields(
    loaded: &Loaded,
    objects: &[RenderedObject],
    is_needed: bool,
    render: impl Fn(&Installation) -> Option<Vec<RenderedObject>>,
) -> BTreeMap<ObjectId, BTreeSet<FieldPath>> {
    let disguised = loaded.disguised(is_needed).and_then(|installation| render(&installation));
    let Some(disguised) = disguised else { return BTreeMap::new() };
    let disguised: BTreeMap<ObjectId, Value> =
        disguised.into_iter().map(|made| (made.object.id(), made.object.into_value())).collect();
    if !disguised.is_empty() {
        tell_of_short_names(
            loaded,
            // Definitions are not rendered in disguise.
            objects
                .iter()
                .filter(|made| !is_crd(&made.object))
                .map(|made| made.object.id())
                .filter(|id| !disguised.contains_key(id)),
        );
    }
    let reached = |made: &RenderedObject| {
        let id = made.object.id();
        let other = disguised.get(&id)?;
        let found = differing(&made.object.to_value(), other);
        (!found.is_empty()).then_some((id, found))
    };
    objects.iter().filter_map(reached).collect()
}

/// Texts so short are in too many others to be hidden there, and a name stands in too many places to be hidden by its own.
fn tell_of_short_names(loaded: &Loaded, renamed: impl Iterator<Item = ObjectId>) {
    let short: Vec<String> = loaded.evaluated.secret_texts().into_iter().filter(|text| !is_searched(text)).collect();
    let holds = |id: &ObjectId| {
        short.iter().any(|text| !text.is_empty() && (id.name.contains(text) || id.namespace.contains(text)))
    };
    let number = renamed.filter(holds).count();
    if number > 0 {
        let noun = if number == 1 { "object" } else { "objects" };
        notices::add(format!(
            "a sensitive value of less than {SHORTEST_SEARCHED} characters is a part of the name of {number} {noun}: names \
             are shown, so it is not hidden there"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Style;
    use crate::diag::render;

    #[test]
    fn what_stands_behind_a_name_is_hidden_whatever_is_wrong_there() {
        for text in [
            "  password = \"canary\n  }\n",
            "  pasword = [\"canary\", \n",
            "  hash: \"canary\"\n",
            "  x = 1, password = <<EOT\n  canary\n  EOT\n",
            "a { password=\"canary }\n",
        ] {
            let mut sources = Sources::new();
            let id = sources.add("main.hcl", text);
            let at = text.find("canary").unwrap_or_default();
            let mut found: Diagnostics = Diagnostic::error("Syntax error", "No.").at(Span::new(id, at..at + 3)).into();
            hide_written(&[id], &sources, &Facts::default(), &mut found);
            let shown = render(&found, &sources, Style::Plain);
            assert!(shown.contains("main.hcl") && !shown.contains("canary"), "{shown}");
        }
    }
}
