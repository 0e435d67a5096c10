//! cert-manager's cainjector: fills the CA bundle of what asks for it by annotation.

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;

use super::error::PlayerError;
use super::look;
use super::runner::Next;
use super::runner::Player;
use super::runner::Stage;
use super::world::Change;
use super::world::Key;
use super::world::World;

pub(super) struct Injector;

const FROM_CERTIFICATE: &str = "cert-manager.io/inject-ca-from";
const FROM_SECRET: &str = "cert-manager.io/inject-ca-from-secret";
const CERTIFICATES: &str = "certificates.cert-manager.io";
const NAMESPACE: &str = "cert-manager";
const DEPLOYMENT: &str = "cert-manager-cainjector";
const CRDS: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// Kinds with CA bundles, and where in them.
const TARGETS: [(&str, &str); 4] = [
    ("mutatingwebhookconfigurations.admissionregistration.k8s.io", "/webhooks"),
    ("validatingwebhookconfigurations.admissionregistration.k8s.io", "/webhooks"),
    (CRDS, "/spec/conversion/webhook/clientConfig"),
    ("apiservices.apiregistration.k8s.io", "/spec"),
];

impl Player for Injector {
    fn watches(&self) -> &'static [&'static str] {
        &[TARGETS[0].0, TARGETS[1].0, TARGETS[2].0, TARGETS[3].0, CERTIFICATES, "secrets", "deployments.apps"]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        if TARGETS.iter().any(|(kind, _)| **kind == *change.key.kind) {
            return if source(&change.object).is_some() { vec![change.key.clone()] } else { Vec::new() };
        }
        let deployment = &*change.key.kind == "deployments.apps";
        if deployment && (change.key.name != DEPLOYMENT || change.key.namespace != NAMESPACE) {
            return Vec::new();
        }
        let mut keys = Vec::new();
        for (kind, _) in TARGETS {
            for object in world.list(kind, "") {
                let meant = match source(&object) {
                    None => false,
                    Some(_) if deployment => true,
                    Some((true, name)) if &*change.key.kind == "secrets" => {
                        secret_of(world, &name) == Some(change.key.clone())
                    }
                    Some((false, name)) if &*change.key.kind == "secrets" => name == full_name(&change.key),
                    Some((is_certificate, name)) => is_certificate && name == full_name(&change.key),
                };
                if meant {
                    keys.push(Key::new(kind, "", look::name(&object)));
                }
            }
        }
        keys
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        act(stage, key).boxed()
    }
}

fn full_name(key: &Key) -> String {
    format!("{}/{}", key.namespace, key.name)
}

/// Where an object wants its CA from: of a Certificate (true) or of a Secret, and its `namespace/name`.
fn source(object: &Value) -> Option<(bool, String)> {
    let certificate = look::annotation(object, FROM_CERTIFICATE).map(|name| (true, name.to_owned()));
    certificate.or_else(|| look::annotation(object, FROM_SECRET).map(|name| (false, name.to_owned())))
}

fn secret_of(world: &World, certificate: &str) -> Option<Key> {
    let (namespace, name) = certificate.split_once('/')?;
    let certificate = world.get(CERTIFICATES, namespace, name)?;
    Some(Key::new("secrets", namespace, look::text(&certificate, "/spec/secretName")))
}

async fn act(stage: &Stage, key: &Key) -> Result<Next, PlayerError> {
    let object = stage.world.get(&key.kind, "", &key.name);
    let Some(object) = object.filter(|one| !look::is_deleting(one)) else { return Ok(None) };
    let Some((is_certificate, name)) = source(&object) else { return Ok(None) };
    if !stage.serves(NAMESPACE, DEPLOYMENT) {
        return Ok(None);
    }
    let secret = if is_certificate {
        secret_of(&stage.world, &name)
    } else {
        name.split_once('/').map(|(namespace, name)| Key::new("secrets", namespace, name))
    };
    let secret = secret.and_then(|key| stage.world.get("secrets", &key.namespace, &key.name));
    let Some(secret) = secret else { return Ok(None) };
    let authority = look::text(&secret, "/data/ca.crt");
    if authority.is_empty() {
        return Ok(None);
    }
    fill(stage, &key.kind, &object, authority, |_| true).await.map(|()| None)
}

/// Writes a CA bundle (base64) where the kind has its bundles, unless it is there; of webhooks only into those `meant`.
pub(super) async fn fill(
    stage: &Stage,
    kind: &str,
    object: &Value,
    bundle: &str,
    meant: impl Fn(&Value) -> bool,
) -> Result<(), PlayerError> {
    let Some((_, place)) = TARGETS.iter().find(|(target, _)| *target == kind) else { return Ok(()) };
    let patch = if *place == "/webhooks" {
        let mut webhooks = look::items(object, place).to_vec();
        let mut changed = false;
        for webhook in &mut webhooks {
            if meant(webhook) && webhook["clientConfig"]["caBundle"] != bundle {
                webhook["clientConfig"]["caBundle"] = bundle.into();
                changed = true;
            }
        }
        // The whole list replaces the old one: refuse when it is no longer the one that was read.
        let version = &object["metadata"]["resourceVersion"];
        changed.then(|| json!({"webhooks": webhooks, "metadata": {"resourceVersion": version}}))
    } else if kind == CRDS {
        let client = object.pointer(place).filter(|client| client["caBundle"] != bundle);
        let webhook = object["spec"]["conversion"]["strategy"] == "Webhook";
        client
            .filter(|_| webhook)
            .map(|_| json!({"spec": {"conversion": {"webhook": {"clientConfig": {"caBundle": bundle}}}}}))
    } else {
        let differs = object["spec"]["caBundle"] != bundle && object["spec"]["service"].is_object();
        differs.then(|| json!({"spec": {"caBundle": bundle}}))
    };
    match patch {
        Some(patch) => stage.api.patch(kind, object, "", patch).await.map(|_| ()),
        None => Ok(()),
    }
}
