//! What a cluster has that would hold an upgrade, or that an upgrade would harm: budgets of disruption, webhooks of others
//! that nobody answers, versions of kinds that go, room for old and new pods side by side. Pure: judged from what was seen.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;

use super::Desired;
use super::Observation;
use super::preflight::Placement;
use super::preflight::offered;
use super::size::Size;
use super::size::of_pod;
use super::webhooks::Namespaces;
use super::webhooks::Webhook;
use super::webhooks::webhooks_of;
use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::kinds;
use crate::object::normalize;
use crate::object::pod_security::Level;
use crate::object::pod_security::violations;

/// Something that holds an upgrade, or is harmed by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hindrance {
    /// Short and fixed: `disruption-budgets`.
    pub name: &'static str,
    /// It stands in the way; else it is only told.
    pub refuses: bool,
    /// The objects it is about.
    pub found: Vec<ObjectId>,
    /// What is wrong, in whole sentences.
    pub detail: String,
    pub remedy: String,
}

/// Names of objects that a text tells; the others are counted.
const NAMED: usize = 5;

/// Budgets that allow no disruption of pods that are there: who drains a node waits for ever.
pub fn budgets(budgets: &[Object]) -> Option<Hindrance> {
    let number = |budget: &Object, pointer: &str| budget.get(pointer).and_then(Value::as_u64);
    let holds = |budget: &&Object| {
        number(budget, "/status/expectedPods").is_some_and(|pods| pods > 0)
            && number(budget, "/status/disruptionsAllowed") == Some(0)
    };
    let found: Vec<ObjectId> = budgets.iter().filter(holds).map(Object::id).collect();
    if found.is_empty() {
        return None;
    }
    Some(Hindrance {
        name: "disruption-budgets",
        refuses: false,
        detail: format!(
            "{} no disruption now: the hop goes on, but draining a node, as an upgrade of the cluster does, waits for ever.",
            counted(&found, "budget allows", "budgets allow")
        ),
        remedy: "Delete them for the time that nodes are drained, or run more than one pod.".into(),
        found,
    })
}

/// `2 budgets allow: a/x, a/y`, the verb before the names.
fn counted(found: &[ObjectId], one: &str, several: &str) -> String {
    let name = |id: &ObjectId| match id.namespace.as_str() {
        "" => id.name.clone(),
        namespace => format!("{namespace}/{}", id.name),
    };
    let names: Vec<String> = found.iter().take(NAMED).map(name).collect();
    let more = match found.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let words = if found.len() == 1 { one } else { several };
    format!("{} {words} ({}{more})", found.len(), names.join(", "))
}

/// Whether old and new pods find room side by side. While a Deployment rolls, the scheduler sees both.
pub fn room(desired: &[&Object], nodes: &[Object], pods: &[Object]) -> Option<Hindrance> {
    let surge = desired.iter().map(|object| surge(object)).fold(Size::default(), Size::plus);
    let ends = |pod: &&Object| ["Succeeded", "Failed"].contains(&pod.text("/status/phase"));
    let taken = pods.iter().filter(|pod| !ends(pod) && !pod.text("/spec/nodeName").is_empty());
    let taken = taken.filter_map(|pod| pod.get("/spec")).map(of_pod).fold(Size::default(), Size::plus);
    let all = offered(nodes, &Placement::of(desired.iter().copied()));
    let free = all.minus(taken);
    if surge.fits_into(free) {
        return None;
    }
    Some(Hindrance {
        name: "room",
        refuses: false,
        found: Vec::new(),
        detail: format!(
            "While old and new pods run side by side, up to {surge} more are asked for; of the {all} that nodes offer to pods, \
             {taken} are taken and {free} free."
        ),
        remedy: "Add a node for the time of the hop, or let some jobs end; else pods wait for one another.".into(),
    })
}

/// What the pods that a Deployment makes beside its old ones request.
fn surge(object: &Object) -> Size {
    let id = object.id();
    let template = kinds::pod_template(object).filter(|_| id.group == "apps" && id.kind == "Deployment");
    let Some(template) = template.filter(|_| object.text("/spec/strategy/type") != "Recreate") else {
        return Size::default();
    };
    let replicas = object.get("/spec/replicas").and_then(Value::as_u64).unwrap_or(1);
    let most = match object.get("/spec/strategy/rollingUpdate/maxSurge") {
        Some(Value::Number(number)) => number.as_u64().unwrap_or(0),
        Some(Value::String(text)) => share(replicas, text),
        _ => share(replicas, "25%"),
    };
    of_pod(template.spec).times(most.min(replicas))
}

/// A percentage of a number, rounded up as Kubernetes does for what is added.
fn share(number: u64, percent: &str) -> u64 {
    let percent: u64 = percent.trim_end_matches('%').parse().unwrap_or(0);
    number.saturating_mul(percent).div_ceil(100)
}

/// A webhook of somebody else that must answer before objects of ours can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub configuration: ObjectId,
    pub service: ObjectId,
    /// The objects of ours, or of the pods made from them.
    pub sees: Vec<ObjectId>,
}

/// The webhooks of others that see objects of ours and let nothing through where they do not answer.
///
/// # Arguments
///
/// * `own`: everything that is of the platform, in the release before or after.
/// * `namespaces`: those that are there.
pub fn callers(
    desired: &Desired,
    own: &BTreeSet<ObjectId>,
    configurations: &[Object],
    namespaces: &[Object],
) -> Vec<Caller> {
    let live = namespaces.iter().map(|namespace| (namespace.id(), namespace.clone())).collect();
    let namespaces = Namespaces::new(desired, &Observation { live, ..Observation::default() });
    let plurals = plurals(desired);
    let others = configurations.iter().filter(|configuration| {
        configuration.label(INSTALLATION_LABEL).is_none() && !own.contains(&configuration.id())
    });
    let webhooks = others.flat_map(|configuration| webhooks_of(0, configuration, None));
    let mut callers: BTreeMap<(ObjectId, ObjectId), BTreeSet<ObjectId>> = BTreeMap::new();
    for webhook in webhooks.filter(|webhook| !webhook.may_fail && !own.contains(&webhook.service)) {
        let seen = desired.objects.iter().map(|wanted| &wanted.object);
        let seen = seen.filter(|object| sees(&webhook, object, &plurals, &namespaces)).map(Object::id);
        let key = (webhook.configuration_id.clone(), webhook.service.clone());
        callers.entry(key).or_default().extend(seen);
    }
    let callers = callers.into_iter().filter(|(_, sees)| !sees.is_empty());
    callers
        .map(|((configuration, service), sees)| Caller { configuration, service, sees: sees.into_iter().collect() })
        .collect()
}

fn sees(
    webhook: &Webhook,
    object: &Object,
    plurals: &BTreeMap<(String, String), String>,
    namespaces: &Namespaces,
) -> bool {
    let id = object.id();
    let guess = format!("{}s", id.kind.to_lowercase());
    let plural = plurals.get(&(id.group.clone(), id.kind.clone())).map(String::as_str);
    let plural = plural.or_else(|| kinds::plural(&id.group, &id.kind)).unwrap_or(&guess);
    let of_pods =
        kinds::pod_template(object).is_some_and(|template| webhook.sees_pods(template, &id.namespace, namespaces));
    of_pods || webhook.sees_object(object, &id, plural, true, namespaces)
}

fn plurals(desired: &Desired) -> BTreeMap<(String, String), String> {
    let definitions = desired.objects.iter().map(|wanted| &wanted.object).filter(|object| normalize::is_crd(object));
    definitions
        .map(|definition| {
            let text = |pointer: &str| definition.text(pointer).to_owned();
            ((text("/spec/group"), text("/spec/names/kind")), text("/spec/names/plural"))
        })
        .collect()
}

/// A webhook of others that nobody answers.
pub fn unanswered(caller: Caller) -> Hindrance {
    let seen = counted(&caller.sees, "object of the platform passes", "objects of the platform pass");
    Hindrance {
        name: "webhooks",
        refuses: true,
        detail: format!(
            "{} asks Service {}/{}, which has no ready endpoint, and lets nothing through without its answer: {seen} by it.",
            caller.configuration, caller.service.namespace, caller.service.name
        ),
        remedy: "Bring its program back, or delete that configuration if nobody needs it any more.".into(),
        found: vec![caller.configuration],
    }
}

/// Pods of others in a namespace whose level rises: they go on running, and are refused when they are made anew. `own` are the
/// platform's objects, whose next pods are those of the next release.
pub fn pod_security(namespace: &str, level: Level, own: &BTreeSet<ObjectId>, pods: &[Object]) -> Option<Hindrance> {
    let judged = pods.iter().filter(|pod| pod.namespace() == namespace && !is_made_by(pod, own)).filter_map(|pod| {
        let reasons = violations(&pod.to_value(), level);
        (!reasons.is_empty()).then(|| (pod.id(), reasons.join(", ")))
    });
    let judged: Vec<(ObjectId, String)> = judged.collect();
    let told: Vec<String> = judged.iter().take(NAMED).map(|(id, reasons)| format!("{}: {reasons}", id.name)).collect();
    let more = match judged.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let (noun, them) = if judged.len() == 1 { ("pod", "it is") } else { ("pods", "they are") };
    (!judged.is_empty()).then(|| Hindrance {
        name: "pod-security",
        refuses: false,
        detail: format!(
            "Namespace {namespace} takes the Pod Security level {}; {} {noun} of others in it would be refused when {them} made \
             anew ({}{more}).",
            level.as_str(),
            judged.len(),
            told.join("; ")
        ),
        remedy: "Move them to a namespace of their own, or give them the security context that the level wants.".into(),
        found: judged.into_iter().map(|(id, _)| id).collect(),
    })
}

/// Whether an object of the platform makes the pod, as a Deployment does by its ReplicaSets.
fn is_made_by(pod: &Object, own: &BTreeSet<ObjectId>) -> bool {
    let owners = pod.get("/metadata/ownerReferences").and_then(Value::as_array).into_iter().flatten();
    let mut makers = owners.filter(|owner| owner["controller"] == true).map(|owner| {
        let text = |field: &str| owner[field].as_str().unwrap_or_default();
        let group = text("apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
        // What makes them stands before the hash or the time in their names.
        let (kind, name) = match (text("kind"), text("name").rsplit_once('-')) {
            ("ReplicaSet", Some((name, _))) => ("Deployment", name),
            ("Job", Some((name, _))) if !own.contains(&ObjectId::new(group, "Job", pod.namespace(), text("name"))) => {
                ("CronJob", name)
            }
            (kind, _) => (kind, text("name")),
        };
        ObjectId::new(group, kind, pod.namespace(), name)
    });
    makers.any(|maker| own.contains(&maker)) || own.contains(&pod.id())
}

/// The versions that a definition served and its successor does not know.
pub fn gone_versions(before: &Object, after: &Object) -> Vec<String> {
    let names = |definition: &Object| -> Vec<String> {
        let versions = definition.get("/spec/versions").and_then(Value::as_array);
        let served = versions.into_iter().flatten().filter(|version| version["served"] == true);
        served.filter_map(|version| version["name"].as_str().map(str::to_owned)).collect()
    };
    let after = names(after);
    names(before).into_iter().filter(|version| !after.contains(version)).collect()
}

/// What becomes of objects whose kind loses versions.
///
/// # Arguments
///
/// * `live`: the definition as it is.
/// * `gone`: the versions that its successor does not know.
/// * `is_brought`: a step of the hop brings the stored objects over.
/// * `objects`: all of the kind, their metadata at least.
pub fn versions(live: &Object, gone: &[String], is_brought: bool, objects: &[Object]) -> Vec<Hindrance> {
    let name = live.name();
    let list = |texts: &[&str]| texts.join(" and ");
    let stored = live.get("/status/storedVersions").and_then(Value::as_array).into_iter().flatten();
    let stored: Vec<&str> =
        stored.filter_map(Value::as_str).filter(|version| gone.iter().any(|gone| gone == version)).collect();
    let mut found = Vec::new();
    if !stored.is_empty() && !is_brought {
        let noun = if objects.len() == 1 { "object" } else { "objects" };
        found.push(Hindrance {
            name: "stored-versions",
            refuses: true,
            detail: format!(
                "{} {noun} of {name} may lie in the store as {}, which the new definition does not know; the server would \
                 refuse it.",
                objects.len(),
                list(&stored)
            ),
            remedy: "Write all of them anew in the stored version, and take the old one from status.storedVersions.".into(),
            found: objects.iter().map(Object::id).collect(),
        });
    }
    let group = live.text("/spec/group");
    let is_gone =
        |api: &str| api.split_once('/').is_some_and(|(of, v)| of == group && gone.iter().any(|gone| gone == v));
    let mut writers: BTreeSet<&str> = BTreeSet::new();
    let mut written: Vec<ObjectId> = Vec::new();
    for object in objects.iter().filter(|object| object.label(INSTALLATION_LABEL).is_none()) {
        let managers = object.get("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten();
        let theirs = managers.filter(|manager| manager["apiVersion"].as_str().is_some_and(is_gone));
        let before = written.len();
        for manager in theirs {
            writers.extend(manager["manager"].as_str());
            if written.len() == before {
                written.push(object.id());
            }
        }
    }
    if !written.is_empty() {
        let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
        found.push(Hindrance {
            name: "served-versions",
            refuses: false,
            detail: format!(
                "{} written as {} by {}, which is not served any more after the hop; the objects stay.",
                counted(&written, "object was", "objects were"),
                list(&gone),
                writers.into_iter().collect::<Vec<_>>().join(", ")
            ),
            remedy: "Have what writes them use a version that stays.".into(),
            found: written,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::DesiredObject;

    fn object(value: Value) -> Object {
        Object::from_value(value).expect("an object")
    }

    #[test]
    fn budgets_that_allow_nothing() {
        let budget = |name: &str, pods: u64, allowed: u64| {
            object(json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
                "metadata": {"name": name, "namespace": "n"},
                "status": {"expectedPods": pods, "disruptionsAllowed": allowed}}))
        };
        let seen = [budget("free", 3, 1), budget("empty", 0, 0), budget("held", 1, 0)];
        let found = budgets(&seen).expect("one");
        assert!(found.detail.starts_with("1 budget allows (n/held) no disruption"), "{}", found.detail);
        assert!(!found.refuses);
        assert_eq!(budgets(&seen[..2]), None);
    }

    #[test]
    fn pods_of_others_that_a_level_refuses() {
        let pod = |name: &str, namespace: &str, owner: Value| {
            object(json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a"}]},
                "metadata": {"name": name, "namespace": namespace, "ownerReferences": [owner]}}))
        };
        let owner = |kind: &str, name: &str| json!({"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": "1", "controller": true});
        let own = BTreeSet::from([
            ObjectId::new("apps", "Deployment", "n", "server"),
            ObjectId::new("apps", "StatefulSet", "n", "database"),
        ]);
        let pods = [
            pod("server-5d4-x", "n", owner("ReplicaSet", "server-5d4")),
            pod("database-0", "n", owner("StatefulSet", "database")),
            pod("elsewhere", "m", owner("ReplicaSet", "theirs-1")),
            pod("theirs-1-x", "n", owner("ReplicaSet", "theirs-1")),
        ];
        let found = pod_security("n", Level::Restricted, &own, &pods).expect("one");
        assert_eq!((found.found.len(), found.refuses), (1, false), "{found:?}");
        let said = "Namespace n takes the Pod Security level restricted; 1 pod of others in it would be refused when it is made \
                    anew (theirs-1-x: allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, \
                    seccompProfile).";
        assert_eq!(found.detail, said);
        assert_eq!(pod_security("n", Level::Baseline, &own, &pods), None);
        assert_eq!(pod_security("n", Level::Restricted, &own, &pods[..3]), None);
    }

    #[test]
    fn room_for_old_and_new() {
        let deployment = |replicas: u64, strategy: Value| {
            object(json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "n"},
                "spec": {"replicas": replicas, "strategy": strategy, "template": {"spec": {"containers": [
                    {"name": "a", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}]}}}}))
        };
        let node = object(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a"}, "status": {
            "allocatable": {"cpu": "4", "memory": "16Gi"}, "conditions": [{"type": "Ready", "status": "True"}]}}));
        let pod = |phase: &str| {
            object(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "n"},
                "spec": {"nodeName": "a", "containers": [{"name": "a", "resources": {"requests": {"cpu": "3"}}}]},
                "status": {"phase": phase}}))
        };
        let judge = |wanted: Object, pods: &[Object]| room(&[&wanted], std::slice::from_ref(&node), pods);
        assert_eq!(judge(deployment(4, json!({})), &[pod("Running")]), None, "a quarter of four is one");
        let found = judge(deployment(5, json!({})), &[pod("Running")]).expect("a quarter of five is two");
        assert!(found.detail.contains("up to 2 CPU and 2 GiB of memory more"), "{}", found.detail);
        assert!(found.detail.contains("3 CPU and 0 GiB of memory are taken"), "{}", found.detail);
        assert_eq!(judge(deployment(5, json!({})), &[pod("Succeeded")]), None, "it has ended");
        assert_eq!(judge(deployment(9, json!({"type": "Recreate"})), &[pod("Running")]), None);
        let surge = json!({"rollingUpdate": {"maxSurge": 0}});
        assert_eq!(judge(deployment(9, surge), &[pod("Running")]), None);
    }

    #[test]
    fn webhooks_of_others_that_see_what_is_ours() {
        let webhook = |name: &str, labels: Value, policy: &str, resources: Value, selector: Value| {
            object(json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
                "metadata": {"name": name, "labels": labels}, "webhooks": [{"name": "a.b.c", "failurePolicy": policy,
                    "clientConfig": {"service": {"namespace": "theirs", "name": "guard"}},
                    "namespaceSelector": selector,
                    "rules": [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["UPDATE"],
                        "resources": resources}]}]}))
        };
        let wanted = object(json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "a", "namespace": "kubeflow"}}));
        let wanted = DesiredObject { object: wanted, owner: crate::object::Address::default(), after: Vec::new() };
        let desired = Desired { objects: vec![wanted], ..Desired::default() };
        let ours = json!({INSTALLATION_LABEL: "demo"});
        let elsewhere = json!({"matchLabels": {"kubernetes.io/metadata.name": "theirs"}});
        let seen = [
            webhook("theirs", json!({}), "Fail", json!(["configmaps"]), json!({})),
            webhook("ours", ours, "Fail", json!(["configmaps"]), json!({})),
            webhook("ignoring", json!({}), "Ignore", json!(["configmaps"]), json!({})),
            webhook("others", json!({}), "Fail", json!(["pods"]), json!({})),
            webhook("elsewhere", json!({}), "Fail", json!(["*"]), elsewhere),
        ];
        let found = callers(&desired, &BTreeSet::new(), &seen, &[]);
        let names: Vec<&str> = found.iter().map(|caller| caller.configuration.name.as_str()).collect();
        assert_eq!(names, ["theirs"]);
        let told = unanswered(found[0].clone());
        assert!(told.refuses && told.detail.contains("Service theirs/guard, which has no ready endpoint"), "{told:?}");
        let own = BTreeSet::from([ObjectId::new("", "Service", "theirs", "guard")]);
        assert_eq!(callers(&desired, &own, &seen, &[]), []);
    }

    #[test]
    fn versions_that_go() {
        let definition = |versions: &[&str], stored: &[&str]| {
            let versions: Vec<Value> = versions.iter().map(|name| json!({"name": name, "served": true})).collect();
            object(json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": {"name": "widgets.example.com"}, "spec": {"group": "example.com", "versions": versions},
                "status": {"storedVersions": stored}}))
        };
        let (before, after) = (definition(&["v1", "v2"], &["v1", "v2"]), definition(&["v2"], &[]));
        let gone = gone_versions(&before, &after);
        assert_eq!(gone, ["v1"]);
        let widget = |name: &str, version: &str| {
            object(
                json!({"apiVersion": "example.com/v2", "kind": "Widget", "metadata": {"name": name, "namespace": "n",
                "managedFields": [{"manager": "robot", "apiVersion": format!("example.com/{version}")}]}}),
            )
        };
        let objects = [widget("a", "v1"), widget("b", "v2")];
        let found = versions(&before, &gone, false, &objects);
        let told: Vec<(&str, bool)> = found.iter().map(|one| (one.name, one.refuses)).collect();
        assert_eq!(told, [("stored-versions", true), ("served-versions", false)]);
        assert!(found[0].detail.starts_with("2 objects of widgets.example.com may lie in the store as v1"));
        assert!(found[1].detail.starts_with("1 object was (n/a) written as v1 by robot"), "{}", found[1].detail);
        let found = versions(&before, &gone, true, &objects[1..]);
        assert_eq!(found, [], "brought over, and nobody writes it any more");
    }
}
