//! The selector and labels a Job is given when it is created, so that its pods are its own.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::meta;

/// Sets `spec.selector` and the template's labels from the uid, unless the user selects himself.
pub fn complete(job: &mut Value) {
    if job["spec"]["manualSelector"] == true {
        return;
    }
    let uid = meta::text(job, "uid").to_owned();
    let name = meta::text(job, "name").to_owned();
    let Some(spec) = job.get_mut("spec").and_then(Value::as_object_mut) else { return };
    if spec.get("selector").is_none_or(|selector| selector.get("matchLabels").is_none()) {
        spec.insert("selector".into(), json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}));
    }
    let template = spec.entry("template").or_insert_with(|| json!({}));
    let Some(labels) =
        meta::metadata_mut(template).entry("labels").or_insert_with(|| Value::Object(Map::new())).as_object_mut()
    else {
        return;
    };
    for (key, value) in [
        ("batch.kubernetes.io/controller-uid", &uid),
        ("batch.kubernetes.io/job-name", &name),
        ("controller-uid", &uid),
        ("job-name", &name),
    ] {
        labels.entry(key).or_insert_with(|| value.clone().into());
    }
}
