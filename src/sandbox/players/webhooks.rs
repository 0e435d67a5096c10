//! Programs that certify their own webhooks: istiod, Knative's, the training operator and others.
//!
//! Which those are is in `data/webhooks.txt`. Once such a program serves, its Secret is filled and the CA bundle of
//! every webhook that names its Service; istiod also tightens the failure policy of its validation and puts its root
//! certificate into every namespace.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;

use super::authority;
use super::authority::Wanted;
use super::error::PlayerError;
use super::injector;
use super::look;
use super::runner::Next;
use super::runner::Player;
use super::runner::Stage;
use super::world::Change;
use super::world::Key;
use super::world::World;

pub(super) struct Webhooks;

const CONFIGURATIONS: [&str; 2] = [
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
];
const ROOT_CERTIFICATE: &str = "istio-ca-root-cert";
const ISTIOD: &str = "istiod";

/// A row of the table.
struct Program {
    namespace: &'static str,
    service: &'static str,
    deployment: &'static str,
    secret: &'static str,
    /// The Secret's keys for authority, certificate and key.
    keys: [&'static str; 3],
}

fn programs() -> impl Iterator<Item = Program> {
    let rows = include_str!("data/webhooks.txt").lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| {
        let mut words = line.split(' ');
        let mut next = || words.next();
        let (namespace, service, deployment, secret) = (next()?, next()?, next()?, next()?);
        let mut keys = next()?.split(',');
        let keys = [keys.next()?, keys.next()?, keys.next()?];
        Some(Program { namespace, service, deployment, secret, keys })
    })
}

impl Program {
    fn key(&self) -> Key {
        Key::new("deployments.apps", self.namespace, self.deployment)
    }

    fn is_named_by(&self, configuration: &Value) -> bool {
        look::items(configuration, "/webhooks").iter().any(|webhook| self.is_behind(webhook))
    }

    fn is_behind(&self, webhook: &Value) -> bool {
        let service = &webhook["clientConfig"]["service"];
        service["namespace"] == self.namespace && service["name"] == self.service
    }
}

impl Player for Webhooks {
    fn watches(&self) -> &'static [&'static str] {
        &[CONFIGURATIONS[0], CONFIGURATIONS[1], "deployments.apps", "secrets", "namespaces", "configmaps"]
    }

    fn keys(&self, _: &World, change: &Change) -> Vec<Key> {
        let rows = programs().filter(|row| match &*change.key.kind {
            "deployments.apps" => row.namespace == change.key.namespace && row.deployment == change.key.name,
            "secrets" => row.namespace == change.key.namespace && row.secret == change.key.name,
            "namespaces" => row.service == ISTIOD && change.before.is_none(),
            "configmaps" => row.service == ISTIOD && change.gone && change.key.name == ROOT_CERTIFICATE,
            _ => row.is_named_by(&change.object),
        });
        rows.map(|row| row.key()).collect()
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        async move {
            for row in programs().filter(|row| row.key() == *key) {
                serve(stage, &row).await?;
            }
            Ok(None)
        }
        .boxed()
    }
}

async fn serve(stage: &Stage, program: &Program) -> Result<(), PlayerError> {
    let deployment = stage.world.get("deployments.apps", program.namespace, program.deployment);
    let Some(deployment) = deployment.filter(|one| !look::is_deleting(one)) else { return Ok(()) };
    // A certificate that the pods mount is made by who starts them, before they can serve.
    let serves = look::condition_holds(&deployment, "Available");
    let before_start = program.namespace == "volcano-system";
    if !serves && !before_start || !stage.world.is_listed("secrets") {
        return Ok(());
    }
    let Some(bundle) = certificate(stage, program).await? else { return Ok(()) };
    if !serves {
        return Ok(());
    }
    for kind in CONFIGURATIONS {
        for configuration in stage.world.list(kind, "").iter().filter(|one| program.is_named_by(one)) {
            let injected = ["", "-from-secret"].iter().any(|suffix| {
                look::annotation(configuration, &format!("cert-manager.io/inject-ca-from{suffix}")).is_some()
            });
            if !injected && !look::is_deleting(configuration) {
                // A configuration may name the Services of several programs, each with a CA of its own.
                injector::fill(stage, kind, configuration, &bundle, |webhook| program.is_behind(webhook)).await?;
                tighten(stage, kind, configuration, program).await?;
            }
        }
    }
    if program.service == ISTIOD {
        spread_root(stage, &bundle).await?;
    }
    Ok(())
}

/// Fills the program's Secret unless it is filled; the authority's certificate in base64.
async fn certificate(stage: &Stage, program: &Program) -> Result<Option<String>, PlayerError> {
    let known = stage.world.get("secrets", program.namespace, program.secret);
    let [authority_key, certificate_key, key_key] = program.keys;
    if let Some(bundle) =
        known.as_deref().and_then(|secret| secret["data"][authority_key].as_str()).filter(|text| !text.is_empty())
    {
        return Ok(Some(bundle.to_owned()));
    }
    let host = format!("{}.{}.svc", program.service, program.namespace);
    let wanted = Wanted { common_name: host.clone(), names: vec![host], is_authority: true, days: 3650 };
    let issued = authority::issue(&wanted, None)?;
    let encode = |text: &str| STANDARD.encode(text);
    let bundle = encode(&issued.authority);
    let data =
        json!({authority_key: bundle, certificate_key: encode(&issued.certificate), key_key: encode(&issued.key)});
    if let Some(known) = known {
        let written = stage.api.patch("secrets", &known, "", json!({"data": data})).await?;
        return Ok(written.map(|_| bundle));
    }
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": program.secret, "namespace": program.namespace}, "data": data});
    let made = stage.api.create("secrets", &secret).await?;
    Ok(made.map(|_| bundle))
}

/// istiod lets its validation fail closed once it serves.
async fn tighten(stage: &Stage, kind: &str, configuration: &Value, program: &Program) -> Result<(), PlayerError> {
    if program.service != ISTIOD || kind != CONFIGURATIONS[1] {
        return Ok(());
    }
    let Some(current) = stage.world.get(kind, "", look::name(configuration)) else { return Ok(()) };
    let mut webhooks = look::items(&current, "/webhooks").to_vec();
    if webhooks.iter().all(|webhook| webhook["failurePolicy"] == "Fail") {
        return Ok(());
    }
    for webhook in &mut webhooks {
        webhook["failurePolicy"] = "Fail".into();
    }
    let version = &current["metadata"]["resourceVersion"];
    let patch = json!({"webhooks": webhooks, "metadata": {"resourceVersion": version}});
    stage.api.patch(kind, &current, "", patch).await.map(|_| ())
}

async fn spread_root(stage: &Stage, bundle: &str) -> Result<(), PlayerError> {
    let root = STANDARD.decode(bundle).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    for namespace in stage.world.list("namespaces", "") {
        let name = look::name(&namespace);
        let system = matches!(name, "kube-system" | "kube-public" | "kube-node-lease");
        if system || look::is_deleting(&namespace) || stage.world.get("configmaps", name, ROOT_CERTIFICATE).is_some() {
            continue;
        }
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": ROOT_CERTIFICATE, "namespace": name, "labels": {"istio.io/config": "true"}},
            "data": {"root-cert.pem": root}});
        match stage.api.create("configmaps", &map).await {
            // A namespace may close in the meantime.
            Err(error) if matches!(error.code(), 403 | 404) => {}
            other => {
                other?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_whole() {
        let lines = include_str!("data/webhooks.txt").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(programs().count(), lines);
    }
}
