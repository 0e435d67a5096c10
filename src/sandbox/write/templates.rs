//! What pods and the templates they are made from must have beyond their schema.

use serde_json::Value;

use super::labels;
use crate::object::schema::FieldError;
use crate::sandbox::http::selector::Selector;
use crate::sandbox::kinds::Resource;

/// What is wrong with the pods an object is or describes.
pub fn check(resource: &Resource, object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let (template, specification) = match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "Pod") => ("", "spec"),
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") => {
            errors.extend(check_selector(object));
            ("spec.template", "spec.template.spec")
        }
        ("batch", "Job") => ("spec.template", "spec.template.spec"),
        ("batch", "CronJob") => ("spec.jobTemplate.spec.template", "spec.jobTemplate.spec.template.spec"),
        _ => return errors,
    };
    let at = |path: &str| object.pointer(&format!("/{}", path.replace('.', "/"))).unwrap_or(&Value::Null);
    if !template.is_empty() {
        errors.extend(labels::check(&at(template)["metadata"], &format!("{template}.metadata")));
    }
    let has_containers = at(specification)["containers"].as_array().is_some_and(|list| !list.is_empty());
    if !has_containers && at(specification).is_object() {
        errors.push(FieldError::required(format!("{specification}.containers")));
    }
    for list in ["initContainers", "containers"] {
        for (index, container) in at(specification)[list].as_array().into_iter().flatten().enumerate() {
            if container["image"].as_str().unwrap_or_default().is_empty() {
                errors.push(FieldError::required(format!("{specification}.{list}[{index}].image")));
            }
        }
    }
    let strategy = &object["spec"]["strategy"];
    if resource.kind == "Deployment" && strategy["type"] == "Recreate" && strategy["rollingUpdate"].is_object() {
        let detail = "may not be specified when strategy `type` is 'Recreate'";
        errors.push(FieldError::forbidden("spec.strategy.rollingUpdate", detail));
    }
    errors
}

fn check_selector(object: &Value) -> Option<FieldError> {
    let labels = &object["spec"]["template"]["metadata"]["labels"];
    let selector = object["spec"].get("selector").filter(|selector| selector.is_object());
    // No selector selects nothing.
    let matches = selector.is_some_and(|selector| Selector::from_object(Some(selector)).matches_labels(Some(labels)));
    let detail = "`selector` does not match template `labels`";
    (!matches).then(|| FieldError::invalid("spec.template.metadata.labels", labels, detail))
}
