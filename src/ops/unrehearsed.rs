//! What a rehearsal cannot tell, by name and number: what no copy of objects holds.

use std::collections::BTreeSet;

use serde_json::Value;

use super::duplicate::Taken;
use super::planning::Planned;
use crate::object::Object;
use crate::object::pod_security;

/// Names that a sentence tells; the others are counted.
const NAMED: usize = 5;
/// Kinds of policies that the sandbox does not evaluate, by group and kind.
const POLICIES: [(&str, &str); 2] = [
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
];
const WEBHOOKS: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Whether a sentence may be about an object.
pub fn tells_of(object: &Object) -> bool {
    let is_admission = object.gvk().group == "admissionregistration.k8s.io";
    let is_converted = object.text("/spec/conversion/strategy") == "Webhook";
    is_admission || is_converted || object.is_of("", "PersistentVolumeClaim") || object.is_of("", "Namespace")
}

/// One sentence each.
///
/// # Arguments
///
/// * `planned`: what is rehearsed.
/// * `objects`: what the copy holds before it, as far as [`tells_of`] says.
pub fn of(planned: &Planned, objects: &[Object], taken: &Taken) -> Vec<String> {
    let mut told =
        vec!["Durations: they are the sandbox's, where nothing is pulled and every program starts at once.".to_owned()];
    let looks = planned
        .upgrade
        .iter()
        .flat_map(|upgrade| &upgrade.legs)
        .flat_map(|leg| leg.looks.iter().filter(|look| !look.is_done).map(move |look| (&leg.hop.to, look)));
    let programs: Vec<String> = looks
        .filter_map(|(to, look)| {
            Some(format!("{} (to {to}, image {})", look.step.title(), look.program.as_ref()?.image))
        })
        .collect();
    tell(&mut told, "Programs of steps: taken to end well", &programs);
    let named = |is_meant: &dyn Fn(&Object) -> bool| -> Vec<String> {
        objects.iter().filter(|object| is_meant(object)).map(name).collect()
    };
    tell(&mut told, "Data in claims: not copied", &named(&|object| object.is_of("", "PersistentVolumeClaim")));
    let images = images(planned);
    tell(&mut told, "Images: not pulled", &images.into_iter().collect::<Vec<_>>());
    let webhooks = named(&|object| WEBHOOKS.iter().any(|kind| object.is_of("admissionregistration.k8s.io", kind)));
    tell(&mut told, "Programs behind webhooks: taken to agree wherever they can be reached", &webhooks);
    let converted = named(&|object| object.text("/spec/conversion/strategy") == "Webhook");
    tell(&mut told, "Conversions by webhooks: taken to change the version only", &converted);
    let policies = named(&|object| POLICIES.iter().any(|(group, kind)| object.is_of(group, kind)));
    tell(&mut told, "Admission policies: not evaluated", &policies);
    let levels = named(&|object| object.is_of("", "Namespace") && object.label(pod_security::ENFORCE).is_some());
    tell(&mut told, "Pod Security: not evaluated; `plan` asks the cluster itself", &levels);
    let missing: Vec<String> = taken.missing.iter().map(|(kind, reason)| format!("{kind} ({reason})")).collect();
    tell(&mut told, "Kinds: not copied", &missing);
    told
}

/// `What: a, b and 3 more.`; nothing of nothing.
fn tell(told: &mut Vec<String>, what: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    told.push(format!("{what}: {}{more}.", shown.join(", ")));
}

fn name(object: &Object) -> String {
    match object.namespace() {
        "" => object.name().to_owned(),
        namespace => format!("{namespace}/{}", object.name()),
    }
}

/// The images of pods that the plan makes or changes.
fn images(planned: &Planned) -> BTreeSet<String> {
    let mut images = BTreeSet::new();
    for change in planned.plan.changes.iter().filter(|change| !change.is_nothing()) {
        if let Some(after) = &change.after {
            collect(&after.to_value(), &mut images);
        }
    }
    images
}

fn collect(value: &Value, images: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if matches!(key.as_str(), "containers" | "initContainers") {
                    let items = value.as_array().into_iter().flatten();
                    images.extend(items.filter_map(|one| one["image"].as_str()).map(str::to_owned));
                }
                collect(value, images);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, images)),
        _ => {}
    }
}
