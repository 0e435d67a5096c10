//! cert-manager: issuers become ready, certificates get a Secret with a real key pair and chain.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::authority;
use super::authority::Authority;
use super::authority::Issued;
use super::authority::Wanted;
use super::error::PlayerError;
use super::look;
use super::runner::Next;
use super::runner::Player;
use super::runner::Stage;
use super::world::Change;
use super::world::Key;
use super::world::World;

pub(super) struct Certificates;

const CERTIFICATES: &str = "certificates.cert-manager.io";
const ISSUERS: &str = "issuers.cert-manager.io";
const CLUSTER_ISSUERS: &str = "clusterissuers.cert-manager.io";
const NAMESPACE: &str = "cert-manager";
const DEPLOYMENT: &str = "cert-manager";
/// Where a certificate lives that says nothing of its life.
const DEFAULT_DAYS: i64 = 90;

impl Player for Certificates {
    fn watches(&self) -> &'static [&'static str] {
        &[CERTIFICATES, ISSUERS, CLUSTER_ISSUERS, "secrets", "deployments.apps"]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        let all = |kind: &str| {
            let objects = world.list(kind, "");
            objects.iter().map(|one| Key::new(kind, look::namespace(one), look::name(one))).collect::<Vec<_>>()
        };
        match &*change.key.kind {
            CERTIFICATES => {
                // Whoever goes or lets go of a Secret leaves it to those who name it too.
                let secrets = [Some(&*change.object), change.before.as_deref()]
                    .map(|one| one.map(|one| look::text(one, "/spec/secretName").to_owned()).unwrap_or_default());
                let mut rivals = world.list(CERTIFICATES, &change.key.namespace);
                rivals.retain(|one| secrets.iter().any(|secret| look::text(one, "/spec/secretName") == secret));
                let rivals = rivals.iter().map(|one| Key::new(CERTIFICATES, look::namespace(one), look::name(one)));
                let ended = change.gone || secrets[0] != secrets[1];
                std::iter::once(change.key.clone()).chain(rivals.filter(|_| ended)).collect()
            }
            ISSUERS | CLUSTER_ISSUERS => [vec![change.key.clone()], all(CERTIFICATES)].concat(),
            "secrets" => {
                let certificates = world.list(CERTIFICATES, &change.key.namespace);
                let meant = certificates.iter().filter(|one| look::text(one, "/spec/secretName") == change.key.name);
                let mut keys: Vec<Key> =
                    meant.map(|one| Key::new(CERTIFICATES, look::namespace(one), look::name(one))).collect();
                for kind in [ISSUERS, CLUSTER_ISSUERS] {
                    let issuers = world.list(kind, "");
                    let meant = issuers.iter().filter(|one| look::text(one, "/spec/ca/secretName") == change.key.name);
                    keys.extend(meant.map(|one| Key::new(kind, look::namespace(one), look::name(one))));
                }
                keys
            }
            _ if change.key.name == DEPLOYMENT && change.key.namespace == NAMESPACE => {
                [ISSUERS, CLUSTER_ISSUERS, CERTIFICATES].into_iter().flat_map(all).collect()
            }
            _ => Vec::new(),
        }
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        async move {
            let object = stage.world.get(&key.kind, &key.namespace, &key.name);
            let Some(object) = object.filter(|one| !look::is_deleting(one)) else { return Ok(None) };
            if !stage.serves(NAMESPACE, DEPLOYMENT) || !stage.world.is_listed("secrets") {
                return Ok(None);
            }
            match &*key.kind {
                CERTIFICATES => certify(stage, &object).await,
                kind => accept(stage, kind, &object).await,
            }
        }
        .boxed()
    }
}

/// Says whether an issuer can issue.
async fn accept(stage: &Stage, kind: &str, issuer: &Value) -> Result<Next, PlayerError> {
    let secret = look::text(issuer, "/spec/ca/secretName");
    let (status, reason, message) = if secret.is_empty() {
        ("True", "IsReady", String::new())
    } else if signer(stage, kind, issuer).is_some() {
        ("True", "KeyPairVerified", "Signing CA verified".to_owned())
    } else {
        ("False", "ErrGetKeyPair", format!("Error getting keypair for CA issuer: secrets \"{secret}\" not found"))
    };
    set_ready(stage, kind, issuer, status, reason, &message, Map::new()).await
}

/// The Secret of a CA issuer; a cluster's are in cert-manager's own namespace.
fn signer(stage: &Stage, kind: &str, issuer: &Value) -> Option<(String, String, String)> {
    let namespace = if kind == CLUSTER_ISSUERS { NAMESPACE } else { look::namespace(issuer) };
    let secret = stage.world.get("secrets", namespace, look::text(issuer, "/spec/ca/secretName"))?;
    let part = |name: &str| {
        let text = secret["data"][name].as_str()?;
        String::from_utf8(STANDARD.decode(text).ok()?).ok().filter(|text| !text.is_empty())
    };
    let common_name = look::annotation(&secret, "cert-manager.io/common-name").unwrap_or_default().to_owned();
    Some((common_name, part("tls.crt")?, part("tls.key")?))
}

async fn certify(stage: &Stage, certificate: &Value) -> Result<Next, PlayerError> {
    let namespace = look::namespace(certificate);
    let reference = &certificate["spec"]["issuerRef"];
    let kind = if reference["kind"] == "ClusterIssuer" { CLUSTER_ISSUERS } else { ISSUERS };
    let issuer_namespace = if kind == CLUSTER_ISSUERS { "" } else { namespace };
    let secret_name = look::text(certificate, "/spec/secretName");
    let known = stage.world.get("secrets", namespace, secret_name);
    if known.as_deref().is_some_and(|secret| is_current(certificate, secret)) {
        return tell_issued(stage, certificate).await;
    }
    if let Some(owner) = other_owner(stage, certificate, known.as_deref()) {
        // Two that issue into one Secret would take it from one another for ever.
        let text = format!(
            "Secret was issued for \"{owner}\". If this message is not transient, you might have two conflicting \
             Certificates pointing to the same secret."
        );
        return set_ready(stage, CERTIFICATES, certificate, "False", "IncorrectCertificate", &text, Map::new()).await;
    }
    let issuer = stage.world.get(kind, issuer_namespace, look::text(reference, "/name"));
    let Some(issuer) = issuer.filter(|issuer| look::condition_holds(issuer, "Ready")) else {
        let text = "Issuing certificate as Secret does not exist";
        return set_ready(stage, CERTIFICATES, certificate, "False", "DoesNotExist", text, Map::new()).await;
    };
    let signer = signer(stage, kind, &issuer);
    let authority = signer.as_ref().map(|(common_name, certificate, key)| Authority { common_name, certificate, key });
    let issued = authority::issue(&wanted(certificate), authority.as_ref())?;
    write_secret(stage, certificate, known.as_deref(), &issued).await?;
    stage.events.record(
        "cert-manager-certificates-issuing",
        certificate,
        "Normal",
        "Issuing",
        "The certificate has been successfully issued",
    );
    tell_issued(stage, certificate).await
}

/// The Certificate that a Secret belongs to where several name it and it is not this one: the one the Secret was issued
/// for, or else the oldest.
fn other_owner(stage: &Stage, certificate: &Value, secret: Option<&Value>) -> Option<String> {
    let wanted = look::text(certificate, "/spec/secretName");
    let mut rivals = stage.world.list(CERTIFICATES, look::namespace(certificate));
    rivals.retain(|one| look::text(one, "/spec/secretName") == wanted && !look::is_deleting(one));
    let issued_for = secret.and_then(|secret| look::annotation(secret, "cert-manager.io/certificate-name"));
    let owner = rivals.iter().find(|one| Some(look::name(one)) == issued_for).or_else(|| {
        rivals.iter().min_by_key(|one| (look::text(one, "/metadata/creationTimestamp"), look::name(one)))
    })?;
    (look::name(owner) != look::name(certificate)).then(|| look::name(owner).to_owned())
}

/// Names and addresses as the certificate asks for them.
fn names(certificate: &Value) -> Vec<String> {
    let list = |field: &str| look::items(certificate, &format!("/spec/{field}")).iter().filter_map(Value::as_str);
    list("dnsNames").chain(list("ipAddresses")).map(str::to_owned).collect()
}

fn wanted(certificate: &Value) -> Wanted {
    Wanted {
        common_name: look::text(certificate, "/spec/commonName").to_owned(),
        names: names(certificate),
        is_authority: certificate["spec"]["isCA"] == true,
        days: days(certificate),
    }
}

/// The life of a certificate (`2160h`, `2160h0m0s`) in days.
fn days(certificate: &Value) -> i64 {
    let text = look::text(certificate, "/spec/duration");
    let hours = text.split('h').next().and_then(|hours| hours.parse::<i64>().ok());
    hours.map_or(DEFAULT_DAYS, |hours| hours.saturating_add(23) / 24)
}

fn annotations(certificate: &Value) -> Map<String, Value> {
    let list = |field: &str| {
        let items = look::items(certificate, &format!("/spec/{field}")).iter().filter_map(Value::as_str);
        items.collect::<Vec<_>>().join(",")
    };
    let reference = &certificate["spec"]["issuerRef"];
    let mut map = Map::new();
    for (key, value) in [
        ("alt-names", list("dnsNames")),
        ("certificate-name", look::name(certificate).to_owned()),
        ("common-name", look::text(certificate, "/spec/commonName").to_owned()),
        ("ip-sans", list("ipAddresses")),
        ("issuer-group", look::text(reference, "/group").to_owned()),
        ("issuer-kind", reference["kind"].as_str().unwrap_or("Issuer").to_owned()),
        ("issuer-name", look::text(reference, "/name").to_owned()),
        ("uri-sans", list("uris")),
    ] {
        map.insert(format!("cert-manager.io/{key}"), value.into());
    }
    map
}

/// Whether a Secret holds what the certificate asks for now.
fn is_current(certificate: &Value, secret: &Value) -> bool {
    let filled = ["tls.crt", "tls.key"].iter().all(|key| !look::text(secret, &format!("/data/{}", key)).is_empty());
    let same = |(key, value): (&String, &Value)| look::annotation(secret, key).unwrap_or_default() == value;
    filled && annotations(certificate).iter().all(same)
}

async fn write_secret(
    stage: &Stage,
    certificate: &Value,
    known: Option<&Value>,
    issued: &Issued,
) -> Result<(), PlayerError> {
    let template = &certificate["spec"]["secretTemplate"];
    let mut annotations = look::mapping(template, "/annotations").cloned().unwrap_or_default();
    annotations.extend(self::annotations(certificate));
    let mut labels = look::mapping(template, "/labels").cloned().unwrap_or_default();
    labels.insert("controller.cert-manager.io/fao".into(), "true".into());
    let encode = |text: &str| Value::from(STANDARD.encode(text));
    let data = json!({"ca.crt": encode(&issued.authority), "tls.crt": encode(&issued.certificate), "tls.key": encode(&issued.key)});
    let metadata = json!({"annotations": annotations, "labels": labels});
    if let Some(known) = known {
        return stage.api.patch("secrets", known, "", json!({"metadata": metadata, "data": data})).await.map(|_| ());
    }
    let mut secret =
        json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": metadata, "data": data});
    secret["metadata"]["name"] = certificate["spec"]["secretName"].clone();
    secret["metadata"]["namespace"] = look::namespace(certificate).into();
    stage.api.create("secrets", &secret).await.map(|_| ())
}

async fn tell_issued(stage: &Stage, certificate: &Value) -> Result<Next, PlayerError> {
    let mut more = Map::new();
    if look::text(certificate, "/status/notAfter").is_empty() || !look::condition_holds(certificate, "Ready") {
        let day = jiff::SignedDuration::from_hours(24);
        let start = jiff::Timestamp::now();
        let at = |days: i64| {
            let moment = start.saturating_add(day * i32::try_from(days).unwrap_or(i32::MAX));
            moment.unwrap_or(start).strftime("%Y-%m-%dT00:00:00Z").to_string()
        };
        let life = days(certificate);
        more.insert("notBefore".into(), at(0).into());
        more.insert("notAfter".into(), at(life).into());
        more.insert("renewalTime".into(), at(life * 2 / 3).into());
        more.insert(
            "revision".into(),
            look::number(certificate, "/status/revision").unwrap_or(0).saturating_add(1).into(),
        );
    }
    let text = "Certificate is up to date and has not expired";
    set_ready(stage, CERTIFICATES, certificate, "True", "Ready", text, more).await
}

async fn set_ready(
    stage: &Stage,
    kind: &str,
    object: &Value,
    status: &str,
    reason: &str,
    message: &str,
    more: Map<String, Value>,
) -> Result<Next, PlayerError> {
    let mut conditions = look::items(object, "/status/conditions").to_vec();
    let generation = &object["metadata"]["generation"];
    let mut changed = look::set_condition(&mut conditions, "Ready", status, reason, message);
    if let Some(ready) = conditions.iter_mut().find(|one| one["type"] == "Ready")
        && ready["observedGeneration"] != *generation
    {
        ready["observedGeneration"] = generation.clone();
        changed = true;
    }
    if changed || !more.is_empty() {
        let mut patch = Value::Object(more);
        patch["conditions"] = conditions.into();
        stage.api.patch(kind, object, "status", json!({"status": patch})).await?;
    }
    Ok(None)
}
