//! Questions about access and identity: answered, never stored. Everybody may do everything here.

use serde_json::Value;
use serde_json::json;

use super::Identity;
use crate::sandbox::tokens::Tokens;

/// The answer to a review of a kind; `None` for kinds that are no reviews.
pub fn answer(kind: &str, mut body: Value, identity: &Identity, tokens: &Tokens) -> Option<Value> {
    let user = |identity: &Identity| json!({"username": identity.user, "groups": identity.groups});
    let status = match kind {
        "SelfSubjectAccessReview" | "SubjectAccessReview" | "LocalSubjectAccessReview" => {
            json!({"allowed": true, "reason": "the sandbox allows everything"})
        }
        "SelfSubjectRulesReview" => json!({
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
            "incomplete": false,
        }),
        "SelfSubjectReview" => json!({"userInfo": user(identity)}),
        "TokenReview" => match tokens.identity(body["spec"]["token"].as_str().unwrap_or_default()) {
            Some(identity) => json!({"authenticated": true, "user": user(&identity)}),
            None => json!({"authenticated": false, "user": {}, "error": "invalid bearer token"}),
        },
        _ => return None,
    };
    body["status"] = status;
    if body["metadata"].is_null() {
        body["metadata"] = json!({"creationTimestamp": null});
    }
    Some(body)
}
