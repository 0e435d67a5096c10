//! Looks for the reason of a failure: pods, their last events, the tails of their logs.

use serde_json::Value;

use super::Cluster;
use super::ClusterError;
use super::Patience;
use super::call::Call;
use super::list;
use crate::object::GroupVersionKind;
use crate::object::Object;

/// An Event of the cluster about an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// RFC 3339.
    pub when: String,
    pub warning: bool,
    pub reason: String,
    pub message: String,
    pub count: u64,
}

impl Cluster {
    /// Pods of a namespace that carry all labels of a selector (`a=b,c=d`).
    pub async fn pods(&self, namespace: &str, selector: &str) -> Result<Vec<Object>, ClusterError> {
        let resource = self.resource(&GroupVersionKind::new("", "v1", "Pod")).await?;
        Ok(self.list(&resource, namespace, selector).await?.0)
    }

    /// The last `limit` events about an object, oldest first; what was said several times stands once, with the sum.
    pub async fn happenings(&self, object: &Object, limit: usize) -> Result<Vec<Happening>, ClusterError> {
        let resource = self.resource(&GroupVersionKind::new("", "v1", "Event")).await?;
        // Events about cluster-scoped objects live in "default".
        let namespace = if object.namespace().is_empty() { "default" } else { object.namespace() };
        let selector = format!("involvedObject.name={},involvedObject.kind={}", object.name(), object.kind());
        let call = Call::list(&resource, namespace).with("fieldSelector", selector).with("limit", "200");
        let mut answer = self.transport.send(&call, Patience::READ, None).await?;
        let items = list::items(&mut answer, &resource, false)
            .map_err(|reason| ClusterError::Nonsense { what: call.what.clone(), reason })?;
        let mut found: Vec<Happening> = items.iter().filter(|item| is_about(item, object)).map(read).collect();
        found.sort_by(|a, b| a.when.cmp(&b.when));
        let mut found = merged(found);
        Ok(found.split_off(found.len().saturating_sub(limit)))
    }

    /// The last lines of a container's log; of its previous life where `previous`. Control characters are dropped.
    pub async fn log_tail(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        lines: usize,
        previous: bool,
    ) -> Result<Vec<String>, ClusterError> {
        let call = Call::log(namespace, pod, container, lines, previous);
        let bytes = self.transport.send_raw(&call, Patience::NONE, None).await?;
        let text = String::from_utf8_lossy(&bytes);
        let clean = |line: &str| line.chars().filter(|c| !c.is_control() || *c == '\t').take(400).collect();
        let lines: Vec<String> = text.lines().rev().take(lines).map(clean).collect();
        Ok(lines.into_iter().rev().collect())
    }
}

fn is_about(event: &Value, object: &Object) -> bool {
    let text = |key: &str| event.get("involvedObject").and_then(|o| o.get(key)).and_then(Value::as_str);
    let same_life = text("uid").is_none_or(|uid| uid.is_empty() || object.uid().is_empty() || uid == object.uid());
    text("name") == Some(object.name()) && text("kind") == Some(object.kind()) && same_life
}

/// Without repetitions: an event that says what a later one says again is counted there.
fn merged(found: Vec<Happening>) -> Vec<Happening> {
    let mut once: Vec<Happening> = Vec::new();
    for mut event in found {
        let same = |other: &Happening| other.reason == event.reason && other.message == event.message;
        if let Some(earlier) = once.iter().position(same) {
            event.count += once.remove(earlier).count;
        }
        once.push(event);
    }
    once
}

fn read(event: &Value) -> Happening {
    let text = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default();
    let when = ["lastTimestamp", "eventTime", "firstTimestamp"].iter().map(|key| text(key)).find(|t| !t.is_empty());
    Happening {
        when: when.unwrap_or_default().to_owned(),
        warning: text("type") == "Warning",
        reason: text("reason").to_owned(),
        message: text("message").replace('\n', " "),
        // Components that report through events.k8s.io count in the series.
        count: [event.get("count"), event.pointer("/series/count")]
            .into_iter()
            .filter_map(|count| count.and_then(Value::as_u64))
            .fold(1, u64::max),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn repetitions_are_counted_and_stand_last() {
        let event = |when: &str, message: &str, more: Value| {
            let mut event = json!({"lastTimestamp": when, "type": "Warning", "reason": "Failed", "message": message});
            for (key, value) in more.as_object().into_iter().flatten() {
                event[key] = value.clone();
            }
            read(&event)
        };
        let found = merged(vec![
            event("1", "no node", json!({})),
            event("2", "no image", json!({"count": 4})),
            event("3", "no node", json!({"series": {"count": 3}})),
        ]);
        let lines: Vec<_> = found.iter().map(|e| (e.when.as_str(), e.message.as_str(), e.count)).collect();
        assert_eq!(lines, [("2", "no image", 4), ("3", "no node", 4)]);
    }
}
