//! Asking the webhooks about a write, in their order, and heeding their answers.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::json;

use super::call::call;
use super::matching::matches;
use crate::sandbox::http::Failure;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;
use crate::sandbox::storage::Stored;
use crate::sandbox::write;
use crate::sandbox::write::WriteOptions;

const GROUP: &str = "admissionregistration.k8s.io";

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Create,
    Update,
    Delete,
}

impl Operation {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// The request webhooks are asked about.
pub struct Review<'a> {
    pub resource: &'a Arc<Resource>,
    pub subresource: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
    pub operation: Operation,
    /// The object before, in the version of the request.
    pub old: Option<&'a Value>,
    pub options: &'a WriteOptions,
}

/// Lets the mutating webhooks change `object`; returns whether one did, and their warnings.
pub async fn mutate(
    server: &Arc<Server>,
    review: &Review<'_>,
    object: &mut Value,
) -> Result<(bool, Vec<String>), Failure> {
    let mut warnings = Vec::new();
    let mut changed = false;
    let configurations = configurations(server, review, "mutatingwebhookconfigurations");
    for webhook in configurations.iter().flat_map(|configuration| webhooks(configuration)) {
        let current = Some(&*object).filter(|object| object.is_object());
        let Some(version) = matches(server, webhook, review, current) else { continue };
        let Some(response) = ask(server, review, webhook, &version, current, &mut warnings).await? else { continue };
        let Some(patch) = response["patch"].as_str().filter(|_| object.is_object()) else { continue };
        let name = webhook["name"].as_str().unwrap_or_default();
        let broken = |why: String| Failure::internal(format!("failed calling webhook {name:?}: {why}"));
        let patch = STANDARD.decode(patch).map_err(|error| broken(error.to_string()))?;
        let patch: Value = serde_json::from_slice(&patch).map_err(|error| broken(error.to_string()))?;
        // A webhook that was shown another version patches that version; the versions of a CRD without conversion
        // differ in nothing else.
        write::json_patch::apply(object, &patch).map_err(Failure::internal)?;
        changed = true;
    }
    Ok((changed, warnings))
}

/// Asks the validating webhooks; returns their warnings.
pub async fn validate(
    server: &Arc<Server>,
    review: &Review<'_>,
    object: Option<&Value>,
) -> Result<Vec<String>, Failure> {
    let mut warnings = Vec::new();
    let configurations = configurations(server, review, "validatingwebhookconfigurations");
    for webhook in configurations.iter().flat_map(|configuration| webhooks(configuration)) {
        let Some(version) = matches(server, webhook, review, object) else { continue };
        ask(server, review, webhook, &version, object, &mut warnings).await?;
    }
    Ok(warnings)
}

/// All configurations in the order of their names; writes of configurations themselves are never asked about.
fn configurations(server: &Server, review: &Review<'_>, plural: &str) -> Vec<Arc<Stored>> {
    if review.resource.group == GROUP { Vec::new() } else { server.store().list(GROUP, plural, "", None).0 }
}

fn webhooks(configuration: &Stored) -> impl Iterator<Item = &Value> {
    configuration.value["webhooks"].as_array().into_iter().flatten()
}

/// Calls one webhook. `None` where it failed and may be ignored; a denial is an error.
async fn ask(
    server: &Arc<Server>,
    review: &Review<'_>,
    webhook: &Value,
    version: &str,
    object: Option<&Value>,
    warnings: &mut Vec<String>,
) -> Result<Option<Value>, Failure> {
    let name = webhook["name"].as_str().unwrap_or_default();
    if review.options.dry_run && !matches!(webhook["sideEffects"].as_str(), Some("None" | "NoneOnDryRun")) {
        return Err(Failure::bad_request(format!("admission webhook {name:?} does not support dry run")));
    }
    let uid = uuid::Uuid::new_v4().to_string();
    let timeout = Duration::from_secs(webhook["timeoutSeconds"].as_u64().unwrap_or(10).clamp(1, 30));
    let question = question(review, version, &uid, object);
    let failed = match call(server, &webhook["clientConfig"], question, timeout).await {
        Ok(answer) => {
            let response = &answer["response"];
            if response["uid"] != *uid {
                format!("expected response.uid={uid:?}, got {}", response["uid"])
            } else {
                let texts = response["warnings"].as_array().into_iter().flatten();
                warnings.extend(texts.filter_map(Value::as_str).map(str::to_owned));
                if response["allowed"] == true {
                    return Ok(Some(response.clone()));
                }
                return Err(denial(name, &response["status"]));
            }
        }
        Err(why) => why,
    };
    if webhook["failurePolicy"] == "Ignore" {
        return Ok(None);
    }
    Err(Failure::internal(format!("failed calling webhook {name:?}: {failed}")))
}

fn question(review: &Review<'_>, version: &str, uid: &str, object: Option<&Value>) -> Value {
    let resource: &Resource = review.resource;
    let shown = |object: Option<&Value>| match object {
        Some(object) if version != resource.version => {
            let mut object = object.clone();
            object["apiVersion"] = format!("{}/{version}", resource.group).into();
            object
        }
        Some(object) => object.clone(),
        None => Value::Null,
    };
    let kind = |version: &str| json!({"group": resource.group, "version": version, "kind": resource.kind});
    let place = |version: &str| json!({"group": resource.group, "version": version, "resource": resource.plural});
    let options = match review.operation {
        Operation::Create => "CreateOptions",
        Operation::Update => "UpdateOptions",
        Operation::Delete => "DeleteOptions",
    };
    let identity = &review.options.identity;
    let mut request = json!({
        "uid": uid,
        "kind": kind(version), "resource": place(version),
        "requestKind": kind(&resource.version), "requestResource": place(&resource.version),
        "name": review.name, "operation": review.operation.as_str(),
        "userInfo": {"username": identity.user, "groups": identity.groups},
        "object": shown(object), "oldObject": shown(review.old), "dryRun": review.options.dry_run,
        "options": {"apiVersion": "meta.k8s.io/v1", "kind": options, "fieldManager": review.options.manager},
    });
    if !review.namespace.is_empty() {
        request["namespace"] = review.namespace.into();
    }
    if !review.subresource.is_empty() {
        request["subResource"] = review.subresource.into();
        request["requestSubResource"] = review.subresource.into();
    }
    json!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request})
}

/// The refusal of a webhook in the server's words.
fn denial(name: &str, status: &Value) -> Failure {
    let message = status["message"].as_str().unwrap_or_default();
    let reason = status["reason"].as_str().unwrap_or_default();
    let code =
        status["code"].as_u64().and_then(|code| u16::try_from(code).ok()).filter(|code| (400..600).contains(code));
    let text = match (message, reason) {
        ("", "") => format!("admission webhook {name:?} denied the request without explanation"),
        ("", reason) => format!("admission webhook {name:?} denied the request: {reason}"),
        (message, _) => format!("admission webhook {name:?} denied the request: {message}"),
    };
    let known = ["BadRequest", "Forbidden", "Invalid", "Conflict", "NotFound", "AlreadyExists", "TooManyRequests"];
    let reason = known.into_iter().find(|known| *known == reason).unwrap_or("Forbidden");
    Failure::new(code.unwrap_or(403), reason, text)
}
