//! `patch` blocks: changes of rendered objects, and what they may not do.
//!
//! Made when everything is rendered, and before anything is filled in: values that only the cluster keeps are still
//! placeholders here.

mod choice;
mod fitness;
mod protection;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use serde_json::json;

use crate::config::Declared;
use crate::config::Installation;
use crate::config::Patch;
use crate::config::Platform;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::lang::version_matches;
use crate::object::Address;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::kinds::is_built_in_group;
use crate::object::normalize;
use crate::object::patch::StrategicMerge;
use crate::object::patch::perform;
use crate::object::schema::Schema;
use crate::object::schema::library;
use crate::object::schema::schema_of_version;

use super::Rendered;
use super::RenderedObject;

/// The patches of a platform, in the order in which they are made.
fn all<'a>(installation: &'a Installation, platform: &Declared<Platform>) -> Vec<&'a Declared<Patch>> {
    let is_meant = |patch: &&Declared<Patch>| patch.platform == platform.address;
    let mut all: Vec<&Declared<Patch>> = installation.patches.iter().filter(is_meant).collect();
    all.sort_by(|a, b| a.address.cmp(&b.address));
    all
}

/// What a user has set in patches, for findings: by address.
pub(super) fn written<'a>(installation: &'a Installation, platform: &Declared<Platform>) -> Vec<(&'a Address, Value)> {
    let written = |patch: &'a Declared<Patch>| {
        let json: Vec<&Value> = patch.operations.iter().map(|operation| &operation.value).collect();
        (&patch.address, json!({"merge": patch.merge, "json": json}))
    };
    all(installation, platform).into_iter().map(written).collect()
}

/// Changes the objects of a platform, and tells which.
///
/// What cannot be done as it is written is an error, and leaves the object as it was. In the disguise of a configuration,
/// which shows where secrets reach, nothing is checked.
pub(super) fn apply(
    installation: &Installation,
    platform: &Declared<Platform>,
    rendered: &mut Rendered,
    diagnostics: &mut Diagnostics,
) -> Vec<usize> {
    let mut schemas = Schemas::default();
    let mut changed = Vec::new();
    let holds = |patch: &&Declared<Patch>| {
        let fits = |constraint: &String| version_matches(constraint, &platform.version) == Ok(true);
        patch.releases.is_empty() || patch.releases.iter().any(fits)
    };
    for patch in all(installation, platform).into_iter().filter(holds) {
        let chosen = choice::choose(patch, rendered, diagnostics);
        let mut faults: Vec<(Fault, Vec<ObjectId>)> = Vec::new();
        for index in chosen {
            let object = &rendered.objects[index].object;
            let id = object.id();
            let schema = schemas.get(&rendered.objects, &object.gvk());
            match patched(patch, object, schema.as_deref(), installation.is_disguised) {
                Ok(object) => {
                    rendered.objects[index].object = object;
                    rendered.patched.entry(id).or_default().push(patch.address.clone());
                    changed.push(index);
                }
                Err(found) => {
                    for fault in found {
                        match faults.iter_mut().find(|(known, _)| *known == fault) {
                            Some((_, ids)) => ids.push(id.clone()),
                            None => faults.push((fault, vec![id.clone()])),
                        }
                    }
                }
            }
        }
        if !installation.is_disguised {
            faults.into_iter().for_each(|(fault, ids)| diagnostics.push(fault.report(patch, &ids)));
        }
    }
    changed.sort_unstable();
    changed.dedup();
    changed
}

/// What a patch does wrong, in the same words for every object it does it to.
#[derive(Clone, Debug, PartialEq)]
struct Fault {
    /// `merge` or `json`.
    argument: &'static str,
    summary: &'static str,
    /// A sentence about the object, without its end.
    detail: String,
    help: Option<String>,
}

impl Fault {
    fn report(self, patch: &Declared<Patch>, ids: &[ObjectId]) -> Diagnostic {
        let place = patch.place(self.argument);
        let of = match ids {
            [one] => one.to_string(),
            [first, others @ ..] => format!("{first} and {} more", others.len()),
            [] => String::new(),
        };
        let finding = match place.sensitive {
            // Names of fields and values may be the secret.
            true => {
                Diagnostic::error(self.summary, format!("What \"{}\" does to {of} is refused.", self.argument)).hidden()
            }
            false => Diagnostic::error(self.summary, format!("{of}: {}.", self.detail)).help_option(self.help),
        };
        finding.at(place.span).about(&patch.address)
    }
}

/// An object as a patch makes it.
fn patched(patch: &Patch, object: &Object, schema: Option<&Schema>, is_disguised: bool) -> Result<Object, Vec<Fault>> {
    let before = object.to_value();
    let by_list_type = !is_built_in_group(&object.gvk().group);
    let mut after = StrategicMerge { schema, by_list_type }
        .merge(&before, &patch.merge)
        .map_err(|error| vec![Fault::inapplicable("merge", error.to_string(), error.near)])?;
    let mut faults = faults("merge", schema, &before, &after);
    if !patch.operations.is_empty() {
        let merged = after.clone();
        perform(&mut after, &patch.operations)
            .map_err(|error| vec![Fault::inapplicable("json", error.to_string(), error.near)])?;
        faults.extend(self::faults("json", schema, &merged, &after));
    }
    if !faults.is_empty() && !is_disguised {
        return Err(faults);
    }
    Object::from_value(after).map_err(|error| vec![Fault::inapplicable("merge", error.to_string(), None)])
}

impl Fault {
    fn inapplicable(argument: &'static str, detail: String, near: Option<String>) -> Self {
        let help = near.map(|near| format!("Did you mean \"{near}\"?"));
        Self { argument, summary: "Patch cannot be applied", detail, help }
    }
}

/// What is wrong with an object since it was changed.
fn faults(argument: &'static str, schema: Option<&Schema>, before: &Value, after: &Value) -> Vec<Fault> {
    let protected = protection::violations(before, after).into_iter().map(|detail| Fault {
        argument,
        summary: "Patch of a protected field",
        detail,
        help: None,
    });
    let misfits = schema.map(|schema| fitness::misfits(schema, before, after)).unwrap_or_default();
    let misfits = misfits.into_iter().map(|misfit| Fault {
        argument,
        summary: "Patch does not fit",
        detail: misfit.detail,
        help: misfit.near.map(|near| format!("Did you mean \"{near}\"?")),
    });
    protected.chain(misfits).collect()
}

/// Schemas of kinds: the built-in ones and those of the CRDs at hand, each looked up once.
#[derive(Default)]
struct Schemas {
    known: HashMap<GroupVersionKind, Option<Arc<Schema>>>,
}

impl Schemas {
    /// `None` where nobody tells.
    fn get(&mut self, objects: &[RenderedObject], gvk: &GroupVersionKind) -> Option<Arc<Schema>> {
        let found = || library::kind(gvk).or_else(|| declared(objects, gvk));
        self.known.entry(gvk.clone()).or_insert_with(found).clone()
    }
}

fn declared(objects: &[RenderedObject], gvk: &GroupVersionKind) -> Option<Arc<Schema>> {
    let defines = |object: &&Object| {
        normalize::is_crd(object)
            && object.text("/spec/group") == gvk.group
            && object.text("/spec/names/kind") == gvk.kind
    };
    let definition = objects.iter().map(|made| &made.object).find(defines)?;
    schema_of_version(definition, &gvk.version).map(Arc::new)
}
