//! For tests: a small world. Desired objects from YAML, and a pure stand-in for a server that applies plans.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::Action;
use super::Care;
use super::Desired;
use super::DesiredObject;
use super::DryRun;
use super::Gate;
use super::Observation;
use super::Plan;
use super::PlanError;
use super::PlanOptions;
use super::Record;
use super::Step;
use super::compare::compare;
use super::decide::decide;
use super::lists::ListShape;
use super::lists::key_text;
use super::lists::shape;
use super::managers::Owners;
use super::merge::merge;
use super::schemas::Schemas;
use crate::object::Address;
use crate::object::FIELD_MANAGER;
use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::ReadinessRule;
use crate::object::address::address;
use crate::object::schema::Schema;
use crate::object::schema::apply_defaults;

/// The objects of a YAML stream.
pub fn objects(yaml: &str) -> Vec<Object> {
    let documents = yaml.split("\n---\n").filter(|text| !text.trim().is_empty());
    documents
        .map(|text| {
            let value: Value = serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
            Object::from_value(value).unwrap_or_else(|error| panic!("{error}: {text}"))
        })
        .collect()
}

/// Owners with the YAML of their objects, labelled as ours; Profiles hold namespaces, as in every platform. A single word is an owner of no particular kind.
pub fn desired(parts: &[(&str, &str)]) -> Desired {
    let profiles = ReadinessRule {
        group: "kubeflow.org".into(),
        kind: "Profile".into(),
        holds: Some("Namespace {name}".into()),
        ..ReadinessRule::default()
    };
    let mut desired = Desired { installation: "test".into(), readiness: vec![profiles], ..Desired::default() };
    for (owner, yaml) in parts {
        let owner = if owner.contains('.') { address(owner) } else { Address::resource("part", owner) };
        for mut object in objects(yaml) {
            object.set_label(INSTALLATION_LABEL, "test");
            desired.objects.push(DesiredObject { object, owner: owner.clone(), after: Vec::new() });
        }
    }
    desired
}

/// A resource that must stay.
pub fn protected(owner: &str) -> BTreeMap<Address, Care> {
    BTreeMap::from([(address(owner).of_block(), Care { is_protected: true, ..Care::default() })])
}

/// The plan of an observation that holds all answers, or of a world where nobody answers.
pub fn plan(desired: &Desired, observation: &Observation, options: &PlanOptions) -> Result<Plan, PlanError> {
    decide(compare(desired, observation, options), desired, observation, options)
}

/// A plan that must succeed.
pub fn planned(desired: &Desired, observation: &Observation, options: &PlanOptions) -> Plan {
    plan(desired, observation, options).unwrap_or_else(|error| panic!("{error}"))
}

/// The cluster after installing `desired` on nothing.
pub fn installed(desired: &Desired) -> Observation {
    let nothing = Observation::default();
    let plan = planned(desired, &nothing, &PlanOptions::default());
    applied(&plan, desired, &nothing)
}

/// The cluster after a plan was performed.
pub fn applied(plan: &Plan, desired: &Desired, before: &Observation) -> Observation {
    let schemas = Schemas::new(desired, before);
    let mut after = Observation {
        live: before.live.clone(),
        records: before.records.clone(),
        served: before.served.clone(),
        revision: before.revision + 1,
        ..Observation::default()
    };
    for change in &plan.changes {
        match change.action {
            Action::Delete => {
                after.live.remove(&change.id);
                after.records.remove(&change.id);
            }
            Action::Forget => {
                after.records.remove(&change.id);
            }
            Action::NoOp => {}
            Action::Create | Action::Update | Action::Replace | Action::Adopt => {
                let sent = change.after.as_ref().expect("something to send");
                let live = after.live.remove(&change.id).filter(|_| change.action != Action::Replace);
                let stored = server_side_apply(live.as_ref(), sent, &change.take_over, &schemas);
                let record = Record {
                    uid: stored.uid().to_owned(),
                    api_version: stored.api_version().to_owned(),
                    owner: change.owner.clone(),
                    moved_from: None,
                };
                after.records.insert(change.id.clone(), record);
                after.live.insert(change.id.clone(), stored);
            }
        }
    }
    for id in after.live.keys() {
        after.served.insert(id.group_kind());
    }
    after
}

/// Adds the answers of a server to everything the plan asks.
pub fn with_answers(desired: &Desired, observation: &Observation, options: &PlanOptions) -> Observation {
    let schemas = Schemas::new(desired, observation);
    let comparison = compare(desired, observation, options);
    let mut answered = observation.clone();
    answered.dry_runs = comparison
        .dry_runs()
        .map(|(id, sent)| {
            let answer = server_side_apply(observation.live.get(id), sent, &[], &schemas);
            (id.clone(), DryRun::Accepted(Box::new(answer)))
        })
        .collect();
    answered
}

/// What a server stores: merged, with defaults, and with managed fields.
pub fn server_side_apply(live: Option<&Object>, sent: &Object, take_over: &[String], schemas: &Schemas<'_>) -> Object {
    let schema = schemas.get(&sent.gvk());
    let mut stored = match live {
        Some(live) => merge(live, sent, take_over, schemas),
        None => sent.clone(),
    };
    if let Some(schema) = &schema {
        let mut value = stored.into_value();
        apply_defaults(schema, &mut value);
        crate::object::schema::normalize(schema, &mut value);
        stored = Object::from_value(value).expect("still an object");
    }
    let version: u64 = live.map_or(1, |live| live.resource_version().parse::<u64>().expect("a number") + 1);
    let mut managed: Vec<Value> =
        live.and_then(|live| live.get("/metadata/managedFields")?.as_array().cloned()).unwrap_or_default();
    managed.retain(|entry| {
        let name = entry["manager"].as_str().expect("a name");
        name != FIELD_MANAGER && !take_over.iter().any(|taken| taken == name)
    });
    let ours = field_set(schema.as_deref(), schemas.metadata().as_deref(), sent);
    managed.push(json!({"manager": FIELD_MANAGER, "operation": "Apply", "apiVersion": sent.api_version(),
                        "fieldsType": "FieldsV1", "fieldsV1": ours}));
    let id = stored.id();
    let metadata = stored.metadata_mut();
    metadata.insert("uid".into(), format!("uid of {id}").into());
    metadata.insert("resourceVersion".into(), version.to_string().into());
    metadata.insert("managedFields".into(), managed.into());
    stored
}

/// The steps of a plan in an order they may be performed in, each with what it waits for.
pub fn steps(plan: &Plan) -> Vec<String> {
    let name = |step: usize| match &plan.graph.steps[step] {
        Step::Apply(change) => format!("apply {}", plan.changes[*change].id),
        Step::Remove(change) => format!("remove {}", plan.changes[*change].id),
        Step::Wait(Gate::Ready(id)) => format!("ready {id}"),
        Step::Wait(Gate::Gone(id)) => format!("gone {id}"),
        Step::Wait(Gate::OwnerReady(owner)) => format!("owner {owner}"),
        Step::Wait(Gate::WebhookServes { configuration, .. }) => format!("serves {}", configuration.name),
    };
    let order = performed(plan);
    let line = |step: usize| {
        let waits: Vec<String> = plan.graph.depends_on[step].iter().map(|other| name(*other)).collect();
        if waits.is_empty() { name(step) } else { format!("{} < {}", name(step), waits.join(", ")) }
    };
    order.into_iter().map(line).collect()
}

/// All steps in an order they may be performed in. Panics where the graph has a circle.
pub fn performed(plan: &Plan) -> Vec<usize> {
    let depends_on = &plan.graph.depends_on;
    assert_eq!(depends_on.len(), plan.graph.steps.len());
    let mut open: Vec<usize> = depends_on.iter().map(Vec::len).collect();
    let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (step, others) in depends_on.iter().enumerate() {
        others.iter().for_each(|other| next.entry(*other).or_default().push(step));
    }
    let mut ready: std::collections::BTreeSet<usize> = (0..open.len()).filter(|step| open[*step] == 0).collect();
    let mut order = Vec::new();
    while let Some(step) = ready.pop_first() {
        order.push(step);
        for other in next.get(&step).into_iter().flatten() {
            open[*other] -= 1;
            if open[*other] == 0 {
                ready.insert(*other);
            }
        }
    }
    assert_eq!(order.len(), open.len(), "the graph has a circle");
    order
}

/// `Create Deployment.apps a/b`, without no-ops.
pub fn actions(plan: &Plan) -> Vec<String> {
    let changes = plan.changes.iter().filter(|change| change.action != Action::NoOp);
    changes.map(|change| format!("{:?} {}", change.action, change.id)).collect()
}

/// An id from its text.
pub fn id(text: &str) -> ObjectId {
    text.parse().expect("an id")
}

fn field_set(schema: Option<&Schema>, metadata: Option<&Schema>, object: &Object) -> Value {
    let mut fields = Map::new();
    for (name, value) in object.as_map() {
        let value = match name.as_str() {
            "apiVersion" | "kind" => continue,
            "metadata" => {
                let mut value = value.clone();
                let map = value.as_object_mut().expect("a mapping");
                map.retain(|key, _| {
                    matches!(key.as_str(), "labels" | "annotations" | "finalizers" | "ownerReferences")
                });
                fields_of(metadata, &value)
            }
            _ => fields_of(schema.and_then(|schema| schema.field(name)).map(|schema| &**schema), value),
        };
        fields.insert(format!("f:{name}"), value);
    }
    Value::Object(fields)
}

fn fields_of(schema: Option<&Schema>, value: &Value) -> Value {
    let mut fields = Map::new();
    match value {
        Value::Object(map) => {
            if schema.is_some_and(|schema| !schema.is_granular()) {
                return json!({});
            }
            for (name, value) in map {
                let below = schema.and_then(|schema| schema.field(name)).map(|schema| &**schema);
                fields.insert(format!("f:{name}"), fields_of(below, value));
            }
        }
        Value::Array(items) => match shape(schema, &Owners::default()) {
            ListShape::Atomic => {}
            ListShape::Set => items.iter().for_each(|item| drop(fields.insert(format!("v:{item}"), json!({})))),
            ListShape::Keyed(keys) => {
                let items_schema = schema.and_then(|schema| schema.items.as_deref());
                for item in items {
                    let (key, _) = key_text(item, &keys, items_schema).expect("a key");
                    let mut below = fields_of(items_schema, item);
                    below.as_object_mut().expect("a mapping").insert(".".into(), json!({}));
                    fields.insert(format!("k:{key}"), below);
                }
            }
        },
        _ => {}
    }
    Value::Object(fields)
}
