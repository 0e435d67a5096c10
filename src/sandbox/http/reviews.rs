//! Questions about access and identity: answered, never stored.

use serde_json::Value;
use serde_json::json;

use super::Failure;
use super::Identity;
use crate::object::schema::FieldError;
use crate::sandbox::access;
use crate::sandbox::access::Attributes;
use crate::sandbox::server::Server;
use crate::sandbox::tokens::API_AUDIENCE;

/// The answer to a review of a kind that was sent to `namespace` (empty: to none); `None` for kinds that are no
/// reviews.
pub fn answer(
    server: &Server,
    kind: &str,
    namespace: &str,
    body: &Value,
    identity: &Identity,
) -> Result<Option<Value>, Failure> {
    let Some(review) = body.as_object() else {
        return Err(Failure::bad_request("the body of the request is not an object"));
    };
    let spec = &body["spec"];
    let user = |identity: &Identity| json!({"username": identity.user, "groups": identity.groups});
    let status = match kind {
        "SelfSubjectAccessReview" => decided(server, identity, &asked(kind, spec)?),
        "SubjectAccessReview" | "LocalSubjectAccessReview" => {
            let asked = asked(kind, spec)?;
            if kind == "LocalSubjectAccessReview" && asked.namespace != namespace {
                return Err(Failure::bad_request(
                    "spec.resourceAttributes.namespace must match namespace: the request is of another",
                ));
            }
            decided(server, &subject(kind, spec)?, &asked)
        }
        "SelfSubjectRulesReview" => rules(server, identity, spec["namespace"].as_str().unwrap_or_default()),
        "SelfSubjectReview" => json!({"userInfo": user(identity)}),
        "TokenReview" => {
            let asked: Vec<String> = spec["audiences"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            let wanted = if asked.is_empty() { vec![API_AUDIENCE.to_owned()] } else { asked };
            match server.authenticate(spec["token"].as_str().unwrap_or_default(), &wanted) {
                Some((identity, audiences)) => {
                    json!({"authenticated": true, "user": user(&identity), "audiences": audiences})
                }
                None => json!({"authenticated": false, "user": {}, "error": "invalid bearer token"}),
            }
        }
        _ => return Ok(None),
    };
    let mut review = review.clone();
    review.insert("status".into(), status);
    review.entry("metadata").or_insert_with(|| json!({"creationTimestamp": null}));
    Ok(Some(Value::Object(review)))
}

/// What a review of access asks about: a resource or a path, not both.
fn asked(kind: &str, spec: &Value) -> Result<Attributes, Failure> {
    let text = |part: &Value, field: &str| part[field].as_str().unwrap_or_default().to_owned();
    let (resource, path) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    match (resource.is_object(), path.is_object()) {
        (true, false) => Ok(Attributes {
            verb: text(resource, "verb"),
            group: text(resource, "group"),
            resource: text(resource, "resource"),
            subresource: text(resource, "subresource"),
            namespace: text(resource, "namespace"),
            name: text(resource, "name"),
            path: String::new(),
        }),
        (false, true) => Ok(Attributes { verb: text(path, "verb"), path: text(path, "path"), ..Attributes::default() }),
        (both, _) => {
            let (field, detail) = match both {
                true => ("spec.nonResourceAttributes", "cannot be specified in combination with resourceAttributes"),
                false => (
                    "spec.resourceAttributes",
                    "exactly one of nonResourceAttributes or resourceAttributes must be specified",
                ),
            };
            let error = FieldError::invalid(field, &Value::Null, detail);
            Err(Failure::invalid("authorization.k8s.io", kind, "", &[error]))
        }
    }
}

/// Whom a review asks about.
fn subject(kind: &str, spec: &Value) -> Result<Identity, Failure> {
    let user = spec["user"].as_str().unwrap_or_default().to_owned();
    let groups = spec["groups"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    let groups: Vec<String> = groups.collect();
    if user.is_empty() && groups.is_empty() {
        let error = FieldError::invalid("spec.user", &"".into(), "at least one of user or group must be specified");
        return Err(Failure::invalid("authorization.k8s.io", kind, "", &[error]));
    }
    Ok(Identity { user, groups })
}

fn decided(server: &Server, identity: &Identity, asked: &Attributes) -> Value {
    let decision = access::decide(server, identity, asked);
    let mut status = json!({"allowed": decision.allowed});
    if !decision.reason.is_empty() {
        status["reason"] = decision.reason.into();
    }
    if !decision.errors.is_empty() {
        status["evaluationError"] = access::joined(&decision.errors).into();
    }
    status
}

fn rules(server: &Server, identity: &Identity, namespace: &str) -> Value {
    let (rules, errors) = access::rules_of(server, identity, namespace);
    let is_path = |rule: &Value| rule["nonResourceURLs"].as_array().is_some_and(|urls| !urls.is_empty());
    let (paths, resources): (Vec<Value>, Vec<Value>) = rules.into_iter().partition(is_path);
    let mut status = json!({"resourceRules": resources, "nonResourceRules": paths, "incomplete": !errors.is_empty()});
    if !errors.is_empty() {
        status["evaluationError"] = access::joined(&errors).into();
    }
    status
}
