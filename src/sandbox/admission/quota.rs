//! ResourceQuotas at work: a write that would use more than is left is refused, and so is a pod that does not say what a
//! quota must know.
//!
//! As on a real server the limits are those in the quota's status, which its controller (a player) writes; what is used
//! is counted anew, for the status may be a moment old.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::object::schema::Quantity;
use crate::sandbox::http::Failure;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;
use crate::sandbox::storage::Stored;
use crate::sandbox::usage;

/// Amounts of which every container must say what it wants where a quota limits them.
const MUST_BE_GIVEN: [&str; 6] = ["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];

/// Refuses what the quotas of the namespace do not allow. `old` is the object before.
pub fn check(
    server: &Server,
    resource: &Resource,
    namespace: &str,
    name: &str,
    old: Option<&Value>,
    new: &Value,
) -> Result<(), Failure> {
    if !resource.namespaced {
        return Ok(());
    }
    let kind = crate::sandbox::http::qualified(&resource.plural, &resource.group);
    let quotas = server.store().list("", "resourcequotas", namespace, None).0;
    let quotas: Vec<_> = quotas.iter().filter(|quota| kind != "pods" || is_in_scope(&quota.value, new)).collect();
    let refuse = |why: &str| Failure::forbidden(&resource.group, &resource.plural, name, why);
    if kind == "pods" && old.is_none() {
        for quota in &quotas {
            if let Some(missing) = missing(&quota.value, new) {
                return Err(refuse(&format!("failed quota: {}: must specify {missing}", quota.key.name)));
            }
        }
    }
    for quota in quotas {
        if let Some(why) = exceeded(server, quota, &kind, (namespace, name), old, new) {
            return Err(refuse(&why));
        }
    }
    Ok(())
}

fn hard(quota: &Value) -> BTreeMap<&str, Quantity> {
    let hard = quota["status"]["hard"].as_object().into_iter().flatten();
    hard.filter_map(|(amount, limit)| Some((amount.as_str(), Quantity::from_json(limit).ok()?))).collect()
}

/// Which amounts which containers do not say: `cpu for: a,b; memory for: b`.
fn missing(quota: &Value, pod: &Value) -> Option<String> {
    let limited = hard(quota);
    let mut missing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for amount in MUST_BE_GIVEN.into_iter().filter(|amount| limited.contains_key(amount)) {
        let (list, name) = match amount.split_once('.') {
            Some((list, name)) => (list, name),
            None => ("requests", amount),
        };
        for container in ["containers", "initContainers"].iter().flat_map(|list| usage::containers(pod, list)) {
            if container["resources"][list].get(name).is_none() {
                missing.entry(amount).or_default().insert(container["name"].as_str().unwrap_or_default());
            }
        }
    }
    let text = |(amount, names): (&&str, &BTreeSet<&str>)| {
        format!("{amount} for: {}", names.iter().copied().collect::<Vec<_>>().join(","))
    };
    (!missing.is_empty()).then(|| missing.iter().map(text).collect::<Vec<_>>().join("; "))
}

/// What a write would use beyond a quota, in the server's words.
fn exceeded(
    server: &Server,
    quota: &Stored,
    kind: &str,
    (namespace, name): (&str, &str),
    old: Option<&Value>,
    new: &Value,
) -> Option<String> {
    let (group, plural) = kind.split_once('.').map_or(("", kind), |(plural, group)| (group, plural));
    let (mut requested, mut used, mut limited) = (Vec::new(), Vec::new(), Vec::new());
    for (amount, limit) in hard(&quota.value) {
        if usage::kind_of(amount) != kind {
            continue;
        }
        let more = usage::of(new, amount) - old.map_or(0, |old| usage::of(old, amount));
        if more <= 0 {
            continue;
        }
        let others = server.store().list(group, plural, namespace, None).0;
        let others = others.iter().filter(|one| old.is_some() || one.key.name != name);
        let others = others.filter(|one| kind != "pods" || is_in_scope(&quota.value, &one.value));
        let before = others.map(|one| usage::of(&one.value, amount)).fold(0, i128::saturating_add);
        if before.saturating_add(more) > limit.nanos() {
            // In the suffixes of the limit.
            let none = limit.minus(limit);
            let shown = |nanos: i128| format!("{amount}={}", none.plus(Quantity::from_nanos(nanos)));
            requested.push(shown(more));
            used.push(shown(before));
            limited.push(format!("{amount}={limit}"));
        }
    }
    (!requested.is_empty()).then(|| {
        format!(
            "exceeded quota: {}, requested: {}, used: {}, limited: {}",
            quota.key.name,
            requested.join(","),
            used.join(","),
            limited.join(",")
        )
    })
}

/// Whether a quota is about a pod.
fn is_in_scope(quota: &Value, pod: &Value) -> bool {
    let spec = &quota["spec"];
    let scopes = spec["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let expressions = spec["scopeSelector"]["matchExpressions"].as_array().into_iter().flatten();
    scopes.into_iter().all(|scope| has_scope(pod, scope))
        && expressions.into_iter().all(|one| {
            let scope = one["scopeName"].as_str().unwrap_or_default();
            if scope != "PriorityClass" {
                return has_scope(pod, scope) == (one["operator"] != "DoesNotExist");
            }
            let class = pod["spec"]["priorityClassName"].as_str().filter(|class| !class.is_empty());
            let listed = class.is_some_and(|class| one["values"].as_array().into_iter().flatten().any(|v| v == class));
            match one["operator"].as_str() {
                Some("In") => listed,
                Some("NotIn") => !listed,
                Some("DoesNotExist") => class.is_none(),
                _ => class.is_some(),
            }
        })
}

fn has_scope(pod: &Value, scope: &str) -> bool {
    let ends = pod["spec"]["activeDeadlineSeconds"].as_i64().is_some_and(|seconds| seconds >= 0);
    match scope {
        "Terminating" => ends,
        "NotTerminating" => !ends,
        "BestEffort" => usage::quality(pod) == "BestEffort",
        "NotBestEffort" => usage::quality(pod) != "BestEffort",
        "PriorityClass" => pod["spec"]["priorityClassName"].as_str().is_some_and(|class| !class.is_empty()),
        "CrossNamespacePodAffinity" => false,
        _ => true,
    }
}
