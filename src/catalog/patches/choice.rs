//! Which objects a patch changes, and what it says when it names something that is not there.

use crate::config::Declared;
use crate::config::Patch;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::nearest;
use crate::object::ObjectId;

use crate::catalog::Rendered;

/// Indices of the objects that a patch means. What it names and is not there is warned of: it may be called otherwise in
/// this release, or be off.
pub(super) fn choose(patch: &Declared<Patch>, rendered: &Rendered, diagnostics: &mut Diagnostics) -> Vec<usize> {
    let ids: Vec<ObjectId> = rendered.objects.iter().map(|made| made.object.id()).collect();
    let told = diagnostics.len();
    let mut warn = |argument: &str, value: &str, detail: &str, near: Option<String>| {
        let place = patch.place(argument);
        let shown = patch.shown(argument, value);
        let finding = Diagnostic::warning("Patch names nothing", detail.replace("{}", &shown))
            .at(place.span)
            .about(&patch.address);
        // What is near to a secret tells of it.
        let near = near.filter(|_| !place.sensitive).map(|near| format!("Did you mean \"{near}\"?"));
        let finding = finding.help_option(near);
        diagnostics.push(if place.sensitive { finding.hidden() } else { finding });
    };
    let mut named: Option<Vec<usize>> = None;
    for wanted in patch.objects.iter().flatten() {
        let found = find(wanted, &ids);
        if found.is_empty() {
            let detail = "This platform has no object {}: nothing of it is patched.";
            warn("objects", &wanted.to_string(), detail, near(wanted, &ids));
        }
        named.get_or_insert_default().extend(found);
    }
    if patch.objects.as_ref().is_some_and(Vec::is_empty) {
        named = Some(Vec::new());
    }
    if let Some(component) = &patch.component {
        let names = || rendered.components.iter().map(|component| component.name.as_str());
        if !names().any(|name| name == component) {
            let near = nearest(component, names()).map(str::to_owned);
            warn("component", component, "This platform has no component \"{}\", or it is off.", near);
        }
    }
    if let Some(kind) = &patch.kind
        && !ids.iter().any(|id| is_kind(id, kind))
    {
        let near = nearest(kind, ids.iter().map(|id| id.kind.as_str())).map(str::to_owned);
        warn("kind", kind, "This platform has no object of the kind \"{}\".", near);
    }
    let is_meant = |index: &usize| {
        let made = &rendered.objects[*index];
        named.as_ref().is_none_or(|named| named.contains(index))
            && patch.component.as_deref().is_none_or(|name| made.owner.component() == Some(name))
            && patch.kind.as_deref().is_none_or(|kind| is_kind(&ids[*index], kind))
            && patch.labels.iter().all(|(label, value)| made.object.label(label) == Some(value))
    };
    let chosen: Vec<usize> = (0..ids.len()).filter(is_meant).collect();
    let is_told = diagnostics.len() > told;
    if chosen.is_empty() && !is_told && patch.objects.as_ref().is_none_or(|objects| !objects.is_empty()) {
        let detail = "No object of this platform is all that the patch asks for: nothing is patched.";
        let finding = Diagnostic::warning("Patch names nothing", detail).at(patch.span).about(&patch.address);
        diagnostics.push(finding);
    }
    chosen
}

fn is_kind(id: &ObjectId, kind: &str) -> bool {
    id.kind == kind || id.group_kind() == kind
}

/// The object of a name; where there is none, and no group is given, those of any group.
fn find(wanted: &ObjectId, ids: &[ObjectId]) -> Vec<usize> {
    let places = |is_it: &dyn Fn(&ObjectId) -> bool| -> Vec<usize> {
        ids.iter().enumerate().filter(|(_, id)| is_it(id)).map(|(index, _)| index).collect()
    };
    let exact = places(&|id| id == wanted);
    if !exact.is_empty() || !wanted.group.is_empty() {
        return exact;
    }
    places(&|id| id.kind == wanted.kind && id.namespace == wanted.namespace && id.name == wanted.name)
}

/// The object that was meant: one of the same kind and name elsewhere, else the one whose name is nearest.
fn near(wanted: &ObjectId, ids: &[ObjectId]) -> Option<String> {
    let same = ids.iter().find(|id| id.kind == wanted.kind && id.name == wanted.name);
    if let Some(same) = same {
        return Some(same.to_string());
    }
    let of_kind: Vec<&ObjectId> = ids.iter().filter(|id| id.kind == wanted.kind).collect();
    let names = of_kind.iter().filter(|id| id.namespace == wanted.namespace).map(|id| id.name.as_str());
    if let Some(name) = nearest(&wanted.name, names) {
        let meant = of_kind.iter().find(|id| id.namespace == wanted.namespace && id.name == name);
        return meant.map(ToString::to_string);
    }
    let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
    nearest(&wanted.to_string(), texts.iter().map(String::as_str)).map(str::to_owned)
}
