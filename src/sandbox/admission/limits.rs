//! LimitRanges at work: containers that say nothing get their defaults, and what is beyond the bounds is refused.

use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;

use crate::object::schema::Quantity;
use crate::sandbox::http::Failure;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;
use crate::sandbox::storage::Stored;
use crate::sandbox::usage;

const ANNOTATION: &str = "kubernetes.io/limit-ranger";

/// Whether objects of a kind are looked at when they are made.
fn is_meant(resource: &Resource) -> bool {
    resource.group.is_empty() && matches!(resource.kind.as_str(), "Pod" | "PersistentVolumeClaim")
}

fn ranges(server: &Server, namespace: &str) -> Vec<Arc<Stored>> {
    server.store().list("", "limitranges", namespace, None).0
}

/// The limits of a range for a type.
fn items<'a>(range: &'a Stored, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let items = range.value["spec"]["limits"].as_array().into_iter().flatten();
    items.filter(move |item| item["type"] == kind)
}

/// Gives the containers of a new pod what the ranges of its namespace say of those that say nothing.
pub fn fill(server: &Server, resource: &Resource, namespace: &str, pod: &mut Value) {
    if !is_meant(resource) || resource.kind != "Pod" {
        return;
    }
    for range in ranges(server, namespace) {
        let gathered = |field: &str| {
            let mut amounts: Map<String, Value> = Map::new();
            for item in items(&range, "Container") {
                amounts.extend(item[field].as_object().cloned().unwrap_or_default());
            }
            amounts
        };
        let (limits, requests) = (gathered("default"), gathered("defaultRequest"));
        let mut said = Vec::new();
        for (list, what) in [("containers", "container"), ("initContainers", "init container")] {
            let containers = pod.pointer_mut(&format!("/spec/{list}")).and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
                let name = container.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
                for (field, single, amounts) in [("requests", "request", &requests), ("limits", "limit", &limits)] {
                    let set = add_missing(container, field, amounts);
                    if !set.is_empty() {
                        said.push(format!("{} {single} for {what} {name}", set.join(", ")));
                    }
                }
            }
        }
        if !said.is_empty() {
            let text = format!("LimitRanger plugin set: {}", said.join("; "));
            let annotations = pod.pointer_mut("/metadata").and_then(Value::as_object_mut).and_then(|metadata| {
                metadata.entry("annotations").or_insert_with(|| Value::Object(Map::new())).as_object_mut()
            });
            if let Some(annotations) = annotations {
                annotations.insert(ANNOTATION.into(), text.into());
            }
        }
    }
}

/// Adds amounts that a container does not name; answers which, in order.
fn add_missing(container: &mut Map<String, Value>, field: &str, amounts: &Map<String, Value>) -> Vec<String> {
    let resources = container.entry("resources").or_insert_with(|| Value::Object(Map::new()));
    let Some(resources) = resources.as_object_mut() else { return Vec::new() };
    let known = resources.get(field).and_then(Value::as_object);
    let missing: Vec<(&String, &Value)> =
        amounts.iter().filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name))).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let list = resources.entry(field).or_insert_with(|| Value::Object(Map::new()));
    let Some(list) = list.as_object_mut() else { return Vec::new() };
    let mut set = Vec::new();
    for (name, amount) in missing {
        list.insert(name.clone(), amount.clone());
        set.push(name.clone());
    }
    set.sort();
    set
}

/// Refuses a new pod or claim that is beyond the bounds of its namespace.
pub fn check(server: &Server, resource: &Resource, namespace: &str, name: &str, object: &Value) -> Result<(), Failure> {
    if !is_meant(resource) {
        return Ok(());
    }
    for range in ranges(server, namespace) {
        let mut wrong = Vec::new();
        if resource.kind == "Pod" {
            for item in items(&range, "Container") {
                for container in
                    ["containers", "initContainers"].iter().flat_map(|list| usage::containers(object, list))
                {
                    let resources = &container["resources"];
                    bounds(
                        item,
                        "Container",
                        &|list, amount| resources[list].get(amount).and_then(quantity),
                        &mut wrong,
                    );
                }
            }
            for item in items(&range, "Pod") {
                // A pod has what all its containers have; nothing where one says nothing.
                let whole = |list: &str, amount: &str| {
                    let of = usage::of(object, &format!("{list}.{amount}"));
                    (of > 0).then(|| Quantity::from_nanos(of))
                };
                bounds(item, "Pod", &whole, &mut wrong);
            }
        } else {
            for item in items(&range, "PersistentVolumeClaim") {
                let requests = &object["spec"]["resources"]["requests"];
                bounds(item, "PersistentVolumeClaim", &|_, amount| requests.get(amount).and_then(quantity), &mut wrong);
            }
        }
        if !wrong.is_empty() {
            let why = if wrong.len() == 1 { wrong.concat() } else { format!("[{}]", wrong.join(", ")) };
            return Err(Failure::forbidden(&resource.group, &resource.plural, name, &why));
        }
    }
    Ok(())
}

fn quantity(value: &Value) -> Option<Quantity> {
    Quantity::from_json(value).ok()
}

/// What is beyond the bounds of one item, in the server's words. `given` looks up `requests` and `limits`.
fn bounds(item: &Value, kind: &str, given: &dyn Fn(&str, &str) -> Option<Quantity>, wrong: &mut Vec<String>) {
    let amounts =
        |field: &str| item[field].as_object().into_iter().flatten().filter_map(|(n, v)| Some((n, quantity(v)?)));
    let is_claim = kind == "PersistentVolumeClaim";
    for (amount, least) in amounts("min") {
        let (request, limit) = (given("requests", amount), given("limits", amount).filter(|_| !is_claim));
        let begin = format!("minimum {amount} usage per {kind} is {least}");
        match (request, limit) {
            (None, _) => wrong.push(format!("{begin}.  No request is specified")),
            (Some(request), _) if request < least => wrong.push(format!("{begin}, but request is {request}")),
            (_, Some(limit)) if limit < least => wrong.push(format!("{begin}, but limit is {limit}")),
            _ => {}
        }
    }
    for (amount, most) in amounts("max") {
        let (request, limit) = (given("requests", amount), given("limits", amount));
        let begin = format!("maximum {amount} usage per {kind} is {most}");
        match (request, limit) {
            (Some(request), _) if is_claim && request > most => {
                wrong.push(format!("{begin}, but request is {request}"))
            }
            _ if is_claim => {}
            (_, None) => wrong.push(format!("{begin}.  No limit is specified")),
            (_, Some(limit)) if limit > most => wrong.push(format!("{begin}, but limit is {limit}")),
            (Some(request), _) if request > most => wrong.push(format!("{begin}, but request is {request}")),
            _ => {}
        }
    }
    for (amount, most) in amounts("maxLimitRequestRatio") {
        let (request, limit) = (given("requests", amount), given("limits", amount));
        let begin = format!("{amount} max limit to request ratio per {kind} is {most}");
        match (request, limit) {
            (Some(request), Some(limit)) if request.nanos() > 0 => {
                // Ratios as whole numbers and as they are: `limit / request > most`, without fractions.
                let is_more =
                    limit.nanos().saturating_mul(1_000_000_000) > request.nanos().saturating_mul(most.nanos());
                if is_more {
                    let ratio = limit.nanos() as f64 / request.nanos() as f64;
                    wrong.push(format!("{begin}, but provided ratio is {ratio:.6}"));
                }
            }
            _ => wrong.push(format!("{begin}, but no request is specified or request is 0")),
        }
    }
}

/// The defaults of a LimitRange itself: what is not named follows from the bounds.
pub fn complete(range: &mut Value) {
    let items = range.pointer_mut("/spec/limits").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten().filter(|item| item["type"] == "Container").filter_map(Value::as_object_mut)
    {
        for (to, from) in [("default", "max"), ("defaultRequest", "default"), ("defaultRequest", "min")] {
            let Some(amounts) = item.get(from).and_then(Value::as_object).cloned() else { continue };
            let list = item.entry(to).or_insert_with(|| Value::Object(Map::new()));
            let Some(list) = list.as_object_mut() else { continue };
            for (amount, value) in amounts {
                list.entry(amount).or_insert(value);
            }
        }
    }
}
