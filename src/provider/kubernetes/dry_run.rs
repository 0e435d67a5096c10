//! Asks the server what an apply would store, without storing it.

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::stream;
use serde_json::json;

use super::Cluster;
use super::ClusterError;
use super::Patience;
use super::Refusal;
use super::call::Call;
use super::error::NO_DRY_RUN;
use super::write::MERGE;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::ObjectId;
use crate::plan::DryRun;

impl Cluster {
    /// The server's answer to a dry-run apply of each object, by force: what an answer takes from other managers is
    /// seen in the managedFields of the accepted object.
    ///
    /// # Errors
    /// Only when the cluster cannot be reached; refusals are answers.
    pub async fn dry_run(
        &self,
        objects: impl IntoIterator<Item = Object>,
    ) -> Result<BTreeMap<ObjectId, DryRun>, ClusterError> {
        let asked = stream::iter(objects.into_iter().map(|object| async move {
            let id = object.id();
            let answer = match self.apply_as(&object, true, Patience::READ).await {
                Ok(stored) => DryRun::Accepted(Box::new(stored)),
                Err(ClusterError::UnknownKind { kind }) => {
                    DryRun::Unavailable(format!("the kind {kind} is not served yet"))
                }
                Err(ClusterError::Refused { refusal, .. }) => judge(&refusal),
                Err(error) => return Err(error),
            };
            Ok((id, answer))
        }));
        let answers: Vec<Result<_, ClusterError>> = asked.buffer_unordered(self.at_once).collect().await;
        answers.into_iter().collect()
    }

    /// What the server would warn of if an object had these labels. Nobody else is told these warnings.
    ///
    /// # Errors
    /// It may not be asked, or cannot be.
    pub async fn warned_of_labels(
        &self,
        id: &ObjectId,
        labels: &BTreeMap<&str, &str>,
    ) -> Result<Vec<String>, ClusterError> {
        let resource = self.resource(&GroupVersionKind::new(&id.group, "v1", &id.kind)).await?;
        let patch = json!({"metadata": {"labels": labels}});
        let call = Call::patch(&resource, &id.namespace, &id.name, MERGE, patch).with("dryRun", "All");
        let apart = self.transport.apart();
        apart.send(&call, Patience::READ, None).await?;
        let warnings = apart.take_warnings();
        self.transport.told(&warnings);
        Ok(warnings)
    }
}

/// What a refusal of a dry run means for the plan.
fn judge(refusal: &Refusal) -> DryRun {
    let message = refusal.message.clone();
    if refusal.is_immutable() {
        return DryRun::Immutable(message);
    }
    if refusal.is_webhook_down() {
        return DryRun::Unavailable(format!("a webhook does not answer: {message}"));
    }
    if refusal.is_denied_by_webhook() || refusal.is_misfit() {
        return DryRun::Rejected(message);
    }
    // A webhook that refuses dry runs as such (sideEffects Some) tells nothing about the object.
    if message.contains(NO_DRY_RUN) {
        return DryRun::Unavailable(message);
    }
    if refusal.has_cause("NamespaceTerminating") {
        return DryRun::Unavailable(message);
    }
    match refusal.code {
        404 => DryRun::Unavailable(message),
        403 => DryRun::Unavailable(format!("no permission: {message}")),
        429 | 500..=599 => DryRun::Unavailable(format!("the server does not answer: {message}")),
        _ => DryRun::Rejected(message),
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::Cause;
    use super::*;

    #[test]
    fn refusals_and_what_they_mean() {
        let check = |code: u16, message: &str, cause: &str, expected: &str| {
            let causes =
                if cause.is_empty() { Vec::new() } else { vec![Cause { message: cause.into(), ..Cause::default() }] };
            let refusal = Refusal { code, message: message.into(), causes, ..Refusal::default() };
            let found = match judge(&refusal) {
                DryRun::Accepted(_) => "accepted",
                DryRun::Immutable(_) => "immutable",
                DryRun::Rejected(_) => "rejected",
                DryRun::Unavailable(_) => "unavailable",
            };
            assert_eq!(found, expected, "{code} {message}");
        };
        check(422, "Deployment is invalid", "field is immutable", "immutable");
        check(422, "Deployment is invalid", "Required value", "rejected");
        check(404, "namespaces \"x\" not found", "", "unavailable");
        check(403, "rolebindings is forbidden: user \"x\" cannot patch", "", "unavailable");
        check(403, "admission webhook \"x\" denied the request: no", "", "rejected");
        check(500, "Internal error occurred: failed calling webhook \"x\": no endpoints", "", "unavailable");
        check(400, "admission webhook \"x\" does not support dry run", "", "unavailable");
        check(400, "strict decoding error: unknown field \"spec.x\"", "", "rejected");
    }
}
