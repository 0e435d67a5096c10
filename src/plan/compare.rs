//! First half of a plan: every desired object against its live one, and which of them the server must be asked about.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use super::Desired;
use super::Ignored;
use super::Mode;
use super::Observation;
use super::PlanOptions;
use super::Problem;
use super::fields::Difference;
use super::fields::differences;
use super::foreign;
use super::managers::managers;
use super::merge::merge;
use super::schemas::Schemas;
use super::selection::Selection;
use super::strangers::Strangers;
use crate::object::Address;
use crate::object::CHECKSUM_ANNOTATION;
use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Residue;
use crate::object::kinds;
use crate::object::kinds::Class;
use crate::object::normalize;
use crate::object::schema::apply_defaults;

/// What comparing found, before the server was asked.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// In the order of the addresses: owner, then object.
    pub(super) entries: Vec<Entry>,
    /// Objects in the inventory that are not desired, in their order.
    pub(super) going: Vec<ObjectId>,
    pub(super) problems: Vec<Problem>,
    /// Addresses of the options that name nothing.
    pub(super) unnamed: Vec<Problem>,
}

/// One desired object.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Into `Desired::objects`.
    pub index: usize,
    pub id: ObjectId,
    pub outcome: Outcome,
    /// The object to send; `None` where it is unchanged.
    pub sent: Option<Arc<Object>>,
    /// What would change by our own reckoning.
    pub differences: Vec<Difference>,
    /// Old managers whose fields become ours.
    pub take_over: Vec<String>,
    /// The server is to be asked about it.
    pub is_asked: bool,
    /// Its kind is defined anew by this plan: the server knows only the old definition.
    pub is_redefined: bool,
}

/// How a desired object stands to the live one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Missing,
    /// All we send is there already.
    Same,
    Differs,
    /// It is there and belongs to no installation.
    Unowned,
    /// It is there and on its way out.
    Deleting,
    /// Only its metadata was observed, and they do not prove that nothing changed.
    Unread,
    /// Part of an excluded or not targeted owner.
    Unselected,
}

impl Comparison {
    /// The objects that the server is to be asked about with a dry-run apply, with what to send.
    pub fn dry_runs(&self) -> impl Iterator<Item = (&ObjectId, &Object)> {
        let asked = self.entries.iter().filter(|entry| entry.is_asked);
        asked.filter_map(|entry| Some((&entry.id, entry.sent.as_deref()?)))
    }
}

/// Compares all selected objects. Linear in the size of the objects.
pub fn compare(desired: &Desired, observation: &Observation, options: &PlanOptions) -> Comparison {
    let mut comparison = Comparison::default();
    let schemas = Schemas::new(desired, observation);
    let autoscaled = foreign::autoscaled(desired, observation);
    let selection = Selection::new(desired, observation, options, &mut comparison.unnamed);
    let mut strangers = Strangers::default();
    let mut seen: HashMap<ObjectId, usize> = HashMap::with_capacity(desired.objects.len());
    let wanted = if options.mode.wants_nothing() { &[] } else { desired.objects.as_slice() };
    for (index, wanted) in wanted.iter().enumerate() {
        let id = wanted.object.id();
        if let Some(first) = seen.insert(id.clone(), index) {
            comparison.problems.push(declared_twice(&id, &desired.objects[first].owner, &wanted.owner));
            continue;
        }
        let mut entry = Entry {
            index,
            id,
            outcome: Outcome::Unselected,
            sent: None,
            differences: Vec::new(),
            take_over: Vec::new(),
            is_asked: false,
            is_redefined: false,
        };
        if selection.has_desired(index) {
            let live = observation.live.get(&entry.id);
            // A record without the UID was written ahead; what is there without our label then is not ours.
            let recorded = observation.records.get(&entry.id).map(|record| record.uid.as_str());
            let known = recorded.is_some_and(|uid| !uid.is_empty() && live.is_some_and(|live| live.uid() == uid));
            if let Some(problem) = foreign_owner(desired, live, &wanted.owner) {
                comparison.problems.push(problem);
                continue;
            }
            let ignored = options.care.get(&wanted.owner.of_block()).and_then(|care| care.ignored.get(&entry.id));
            examine(&mut entry, &wanted.object, live, ignored, desired, known, &schemas, &autoscaled);
            if let Some(live) = live.filter(|_| entry.outcome == Outcome::Unowned)
                && strangers.note(&wanted.owner, &wanted.object, live, options)
            {
                continue;
            }
            let drops = live.is_some_and(|live| normalize::drops_conversion(live, &wanted.object));
            entry.is_asked = is_asked(&entry, observation) && !drops;
        }
        comparison.entries.push(entry);
    }
    comparison.problems.extend(strangers.into_problems());
    if options.mode == Mode::Adopt {
        comparison.entries.retain(|entry| matches!(entry.outcome, Outcome::Unowned | Outcome::Unread));
    }
    leave_unasked_what_is_redefined(&mut comparison.entries, desired);
    comparison.entries.sort_by(|a, b| {
        let owner = |entry: &Entry| &desired.objects[entry.index].owner;
        owner(a).cmp(owner(b)).then_with(|| a.id.cmp(&b.id))
    });
    let going = observation.records.iter().filter(|(id, record)| {
        options.mode != Mode::Adopt && !seen.contains_key(*id) && selection.has_record(id, &record.owner)
    });
    comparison.going = going.map(|(id, _)| id.clone()).collect();
    comparison
}

/// What a kind's new definition allows, a server that has only the old one may refuse: it is not asked.
fn leave_unasked_what_is_redefined(entries: &mut [Entry], desired: &Desired) {
    let changes = |entry: &&Entry| !matches!(entry.outcome, Outcome::Same | Outcome::Unselected | Outcome::Missing);
    let crds = entries.iter().filter(changes).map(|entry| &desired.objects[entry.index].object);
    let redefined: HashSet<(String, String)> = crds
        .filter(|object| normalize::is_crd(object))
        .map(|crd| (crd.text("/spec/group").to_owned(), crd.text("/spec/names/kind").to_owned()))
        .collect();
    if redefined.is_empty() {
        return;
    }
    for entry in entries.iter_mut().filter(|entry| entry.is_asked) {
        if redefined.contains(&(entry.id.group.clone(), entry.id.kind.clone())) {
            (entry.is_asked, entry.is_redefined) = (false, true);
        }
    }
}

/// Objects observed as metadata only that must be read whole before the plan is made.
pub fn to_read(comparison: &Comparison) -> Vec<ObjectId> {
    let unread = comparison.entries.iter().filter(|entry| entry.outcome == Outcome::Unread);
    unread.map(|entry| entry.id.clone()).collect()
}

/// CRDs and namespaces that would go, by themselves or with what holds them, whose holdings should be looked up for
/// `Observation::holdings`.
pub fn to_inspect(comparison: &Comparison, desired: &Desired) -> Vec<ObjectId> {
    let holds = |id: &ObjectId| match kinds::class(id) {
        Class::CustomResourceDefinition => Some(id.clone()),
        _ => desired.namespace_held_by(id),
    };
    let inspected: BTreeSet<ObjectId> = comparison.going.iter().filter_map(holds).collect();
    inspected.into_iter().collect()
}

/// What programs may have left behind, to be looked for: of every owner of which nothing stays.
pub fn to_sweep(comparison: &Comparison, desired: &Desired, observation: &Observation) -> Vec<Residue> {
    let stays = |owner: &Address| {
        comparison.entries.iter().any(|entry| desired.objects[entry.index].owner == *owner)
            || observation.records.iter().any(|(id, record)| record.owner == *owner && !comparison.going.contains(id))
    };
    let goes = |owner: &Address| {
        let mut records = comparison.going.iter().filter_map(|id| observation.records.get(id));
        records.any(|record| record.owner == *owner)
    };
    let going = desired.residues.iter().filter(|(owner, _)| goes(owner) && !stays(owner));
    going.map(|(_, residue)| residue.clone()).collect()
}

#[expect(clippy::too_many_arguments, reason = "the parts of one comparison, used together only here")]
fn examine(
    entry: &mut Entry,
    wanted: &Object,
    live: Option<&Object>,
    ignored: Option<&Ignored>,
    desired: &Desired,
    known: bool,
    schemas: &Schemas<'_>,
    autoscaled: &BTreeSet<ObjectId>,
) {
    let sent = || {
        let mut sent = normalize::for_sending(wanted);
        foreign::leave_to_others(&mut sent, live, autoscaled);
        if let (Some(ignored), Some(live)) = (ignored, live) {
            ignored.keep(&mut sent, live);
        }
        sent
    };
    let Some(live) = live else {
        entry.outcome = Outcome::Missing;
        entry.sent = Some(Arc::new(sent()));
        return;
    };
    if live.is_deleting() {
        entry.outcome = Outcome::Deleting;
        entry.sent = Some(Arc::new(sent()));
        return;
    }
    let is_ours = known || live.label(INSTALLATION_LABEL) == Some(&desired.installation);
    if is_ours && ignored == Some(&Ignored::All) {
        entry.outcome = Outcome::Same;
        return;
    }
    let metadata_only = normalize::is_crd(wanted) && live.get("/spec").is_none();
    if metadata_only && is_ours && proves_unchanged(wanted, live) {
        entry.outcome = Outcome::Same;
        return;
    }
    let sent = sent();
    if !is_ours {
        entry.take_over = old_managers(live);
    }
    if metadata_only {
        entry.outcome = Outcome::Unread;
    } else {
        let merged = merge(live, &sent, &entry.take_over, schemas);
        entry.differences = differences(live, &merged, schemas);
        if !entry.take_over.is_empty() {
            leave_out_what_returns(&mut entry.differences, live, &merged, schemas);
        }
        let stamped = live.annotation(CHECKSUM_ANNOTATION) == sent.annotation(CHECKSUM_ANNOTATION);
        entry.outcome = match (is_ours, entry.differences.is_empty() && stamped) {
            (false, _) => Outcome::Unowned,
            (true, true) => Outcome::Same,
            (true, false) => Outcome::Differs,
        };
    }
    if entry.outcome != Outcome::Same {
        entry.sent = Some(Arc::new(sent));
    }
}

/// Of what former owners set and we do not, the server puts some back at once: its defaults, which are counted among
/// the fields of whoever made an object. And what kubectl keeps for itself goes with it; it says nothing of the object.
fn leave_out_what_returns(found: &mut Vec<Difference>, live: &Object, merged: &Object, schemas: &Schemas<'_>) {
    let mut value = merged.to_value();
    if let Some(schema) = schemas.get(&merged.gvk()) {
        apply_defaults(&schema, &mut value);
    }
    let Ok(mut filled) = Object::from_value(value) else { return };
    for (section, kept) in [("labels", NAME_LABEL), ("annotations", LAST_APPLIED)] {
        let Some(value) = live.metadata().and_then(|m| m.get(section)?.get(kept)).cloned() else { continue };
        let section = filled.metadata_mut().entry(section).or_insert_with(|| serde_json::json!({}));
        if let Some(section) = section.as_object_mut().filter(|section| !section.contains_key(kept)) {
            section.insert(kept.to_owned(), value);
        }
    }
    let really = differences(live, &filled, schemas);
    found.retain(|difference| difference.after.is_some());
    found.extend(really.into_iter().filter(|difference| difference.after.is_none()));
}

/// The server gives it to every namespace.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";
/// What `kubectl apply` sent last.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Whether the metadata alone show that a CRD is what we want: the checksum is the one of what we would send, the
/// labels and annotations we want are there, and nobody else owns a part of its `spec` (but the CA bundle of its
/// conversion webhook).
fn proves_unchanged(wanted: &Object, live: &Object) -> bool {
    let section = |object: &Object, name: &str| {
        object.metadata().and_then(|m| m.get(name)).and_then(|s| s.as_object()).cloned().unwrap_or_default()
    };
    let has_all = ["annotations", "labels"].into_iter().all(|name| {
        let found = section(live, name);
        section(wanted, name).iter().all(|(key, value)| found.get(key) == Some(value))
    });
    has_all
        && live.annotation(CHECKSUM_ANNOTATION) == Some(normalize::checksum(wanted).as_str())
        && managers(live).iter().filter(|m| !m.is_ours()).all(|m| m.fields.get("f:spec").is_none_or(is_only_ca_bundle))
}

/// Whether a field set below `spec` names nothing but the conversion webhook's CA bundle.
fn is_only_ca_bundle(fields: &serde_json::Value) -> bool {
    let mut fields = fields;
    for step in ["f:conversion", "f:webhook", "f:clientConfig", "f:caBundle"] {
        let Some(map) = fields.as_object() else { return false };
        let mut children = map.iter().filter(|(key, _)| *key != ".");
        match (children.next(), children.next()) {
            (Some((key, below)), None) if key == step => fields = below,
            _ => return false,
        }
    }
    true
}

/// Tools that own fields of an object we adopt.
fn old_managers(live: &Object) -> Vec<String> {
    let mut seen = HashSet::new();
    let tools = managers(live).into_iter().filter(|m| m.is_tool() && seen.insert(m.name));
    tools.map(|m| m.name.to_owned()).collect()
}

/// Whether the server is asked: for what differs, and for what is new where kind and namespace are there already.
/// A first installation is not asked about object by object: that would double its requests.
fn is_asked(entry: &Entry, observation: &Observation) -> bool {
    match entry.outcome {
        Outcome::Differs | Outcome::Unowned | Outcome::Unread => true,
        Outcome::Missing => {
            let namespace = ObjectId::new("", "Namespace", "", &entry.id.namespace);
            let served = observation.served.contains(&entry.id.group_kind());
            let has_namespace = entry.id.namespace.is_empty() || observation.live.contains_key(&namespace);
            !observation.records.is_empty() && served && has_namespace
        }
        Outcome::Same | Outcome::Deleting | Outcome::Unselected => false,
    }
}

fn foreign_owner(desired: &Desired, live: Option<&Object>, owner: &Address) -> Option<Problem> {
    let live = live?;
    match live.label(INSTALLATION_LABEL) {
        Some(other) if other != desired.installation => Some(Problem {
            id: Some(live.id()),
            owner: Some(owner.clone()),
            summary: "Object of another installation".into(),
            detail: format!("{} exists and belongs to the installation \"{other}\".", live.id()),
            help: Some(format!(
                "Remove it from \"{other}\" first (there, a `removed` block with `destroy = false` lets it go), or leave it out of this configuration."
            )),
        }),
        _ => None,
    }
}

/// Who made an object, as `; it was written by Helm (release "dex")`, or empty where nothing tells.
pub(super) fn whose(live: &Object) -> String {
    if let Some(release) = live.annotation("meta.helm.sh/release-name") {
        return format!("; it belongs to the Helm release \"{release}\"");
    }
    let mut names: Vec<&str> = managers(live).iter().map(|m| m.name).filter(|name| !name.is_empty()).collect();
    names.dedup();
    match names.is_empty() {
        true => String::new(),
        false => format!("; it was written by {}", names.join(", ")),
    }
}

fn declared_twice(id: &ObjectId, first: &Address, second: &Address) -> Problem {
    let by = match first == second {
        true => format!("twice by {first}"),
        false => format!("by {first} and by {second}"),
    };
    Problem {
        id: Some(id.clone()),
        owner: Some(second.clone()),
        summary: "Object declared twice".into(),
        detail: format!("{id} is declared {by}."),
        help: Some("Keep one of the two.".into()),
    }
}
