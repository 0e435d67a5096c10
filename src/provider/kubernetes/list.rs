//! All objects of a kind, page by page, and what of an answer is believed.
//!
//! An answer that is no list must never pass for an empty one: nothing there means that everything was deleted.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Cluster;
use super::ClusterError;
use super::Patience;
use super::Resource;
use super::call::Call;
use super::call::METADATA_LIST;
use super::cluster::described;
use crate::object::Object;

/// Objects asked for at once. 500 is kubectl's page.
const PAGE: usize = 500;
/// Pages of one list: a million objects.
const PAGES: usize = 2_000;
/// Bytes of all pages together.
const LONGEST: usize = 1 << 30;

impl Cluster {
    /// All objects of a kind (of one namespace where it is not empty) and the resourceVersion they stand for.
    /// `selector` is a label selector; empty for all.
    ///
    /// # Errors
    /// Refusals, and answers that are no list of the kind or never end.
    pub async fn list(
        &self,
        resource: &Resource,
        namespace: &str,
        selector: &str,
    ) -> Result<(Vec<Object>, String), ClusterError> {
        self.list_as(resource, namespace, selector, false).await
    }

    /// As [`Self::list`], metadata only: a fraction of the bytes for CRDs.
    pub async fn list_metadata(
        &self,
        resource: &Resource,
        namespace: &str,
        selector: &str,
    ) -> Result<(Vec<Object>, String), ClusterError> {
        self.list_as(resource, namespace, selector, true).await
    }

    async fn list_as(
        &self,
        resource: &Resource,
        namespace: &str,
        selector: &str,
        metadata: bool,
    ) -> Result<(Vec<Object>, String), ClusterError> {
        let mut call = Call::list(resource, namespace);
        if !selector.is_empty() {
            call = call.with("labelSelector", selector);
        }
        if metadata {
            call = call.accepting(METADATA_LIST);
        }
        let endless = |reason: String| ClusterError::Nonsense { what: call.what.clone(), reason };
        let mut objects = Vec::new();
        let mut next = String::new();
        let (mut known, mut bytes) = (BTreeSet::new(), 0);
        let mut paged = true;
        loop {
            let mut page = call.clone();
            if paged {
                page = page.with("limit", PAGE.to_string());
            }
            if !next.is_empty() {
                page = page.with("continue", next.clone());
            }
            let (mut answer, weight) = match self.transport.send_weighed(&page, Patience::READ, None).await {
                Ok(answer) => answer,
                // The continuation outlived the server's history: once more, in one piece.
                Err(error) if paged && error.refusal().is_some_and(|r| r.code == 410) => {
                    (paged, next) = (false, String::new());
                    objects.clear();
                    continue;
                }
                Err(error) => return Err(error),
            };
            bytes += weight;
            if bytes > LONGEST {
                return Err(ClusterError::TooLong { what: call.what, limit: LONGEST });
            }
            for item in items(&mut answer, resource, metadata).map_err(endless)? {
                objects.push(self.object(resource, item)?);
            }
            let metadata = answer.get("metadata");
            let text = |key: &str| metadata.and_then(|m| m.get(key)).and_then(Value::as_str).unwrap_or_default();
            next = text("continue").to_owned();
            if next.is_empty() {
                return Ok((objects, text("resourceVersion").to_owned()));
            }
            if !known.insert(next.clone()) {
                return Err(endless(format!("after {} pages it continues where it has been before", known.len() + 1)));
            }
            if known.len() >= PAGES {
                return Err(endless(format!("it does not end after {PAGES} pages")));
            }
        }
    }
}

/// The items of an answer to a LIST.
///
/// # Errors
/// Why it is no list of that kind.
pub(super) fn items(answer: &mut Value, resource: &Resource, metadata: bool) -> Result<Vec<Value>, String> {
    let expected = format!("expected a list of {}", resource.group_plural());
    let Some(list) = answer.as_object_mut() else { return Err(format!("{expected}, got no object")) };
    let kind = list.get("kind").and_then(Value::as_str).unwrap_or_default();
    if !is_list(kind, resource, metadata) {
        return Err(format!("{expected}, got the kind {}", described(kind)));
    }
    match list.remove("items") {
        Some(Value::Array(items)) => Ok(items),
        // A server written in Go says so where it has none.
        Some(Value::Null) => Ok(Vec::new()),
        Some(_) => Err(format!("{expected}, but its items are none")),
        None => Err(format!("{expected}, but it has no items")),
    }
}

fn is_list(kind: &str, resource: &Resource, metadata: bool) -> bool {
    // A definition may name its lists as it likes (`listKind`); Kubernetes itself does not.
    let custom = resource.group.contains('.') && !resource.group.ends_with(".k8s.io");
    kind.strip_suffix("List").is_some_and(|of| match of {
        "" => true,
        "PartialObjectMetadata" => metadata,
        of => custom || of == resource.kind,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_passes_for_a_list() {
        let resource = |group: &str, kind: &str| Resource {
            group: group.into(),
            version: "v1".into(),
            kind: kind.into(),
            plural: "xs".into(),
            namespaced: true,
            verbs: Vec::new(),
        };
        let check = |group: &str, mut answer: Value, metadata: bool, expected: Result<usize, &str>| {
            let found = items(&mut answer, &resource(group, "X"), metadata).map(|items| items.len());
            assert_eq!(found, expected.map_err(str::to_owned), "{group} {answer}");
        };
        check("", json!({"kind": "XList", "items": [{}, {}]}), false, Ok(2));
        check("", json!({"kind": "XList", "items": null}), false, Ok(0));
        check("", json!({"kind": "List", "items": []}), false, Ok(0));
        check("", json!({"kind": "PartialObjectMetadataList", "items": []}), true, Ok(0));
        check("a.b", json!({"kind": "ManyXs_List", "items": []}), false, Ok(0));
        let no = |got: &str| format!("expected a list of xs{got}");
        check("", json!([]), false, Err(&no(", got no object")));
        check("", json!({"kind": "Status", "code": 200}), false, Err(&no(", got the kind \"Status\"")));
        check("", json!({"items": []}), false, Err(&no(", got the kind \"\"")));
        check("", json!({"kind": "PodList", "items": []}), false, Err(&no(", got the kind \"PodList\"")));
        check("", json!({"kind": "XList"}), false, Err(&no(", but it has no items")));
        check("", json!({"kind": "XList", "items": {}}), false, Err(&no(", but its items are none")));
        let partial = json!({"kind": "PartialObjectMetadataList", "items": []});
        check("", partial, false, Err(&no(", got the kind \"PartialObjectMetadataList\"")));
    }
}
