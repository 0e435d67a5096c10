//! The names that templates and definitions see, as JSON values.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value as Json;
use serde_json::json;

use crate::config::EndpointKind;
use crate::config::Platform;
use crate::config::Tls;
use crate::lang;
use crate::lang::Scope;

use super::Component;
use super::image::mirrored;
use super::people::People;
use super::release::Release;
use super::release::ReleaseComponent;

/// DNS domain of cluster services; no known platform sets another.
const CLUSTER_DOMAIN: &str = "cluster.local";

/// What all components of a platform see.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub platform: Json,
    pub release: Json,
    pub users: Json,
    pub profiles: Json,
    /// Names of the enabled components; `None` before they are decided.
    pub enabled: Option<Json>,
    /// Placeholders by component and name; `None` before the components are decided.
    pub generated: Option<Json>,
    /// Prefix of images; empty for none.
    mirror: String,
    /// The first four as values of definitions: converted once, however many people there are.
    shared: Scope,
}

impl Names {
    pub fn new(installation: &str, platform: &Platform, release: &Release, people: &People) -> Self {
        let platform_names = platform_value(installation, platform);
        let release = json!({"version": release.version});
        let mut shared = Scope::default();
        for (name, value) in [
            ("platform", &platform_names),
            ("release", &release),
            ("users", &people.users),
            ("profiles", &people.profiles),
        ] {
            shared.names.insert(name.to_owned(), lang::Value::from_json(value));
        }
        Self {
            platform: platform_names,
            release,
            users: people.users.clone(),
            profiles: people.profiles.clone(),
            enabled: None,
            generated: None,
            mirror: mirror_of(platform).to_owned(),
            shared,
        }
    }

    /// The names for the definition of one component. What is not decided yet is unknown.
    pub fn scope(&self, known: Option<&Component>, name: &str, release: &ReleaseComponent) -> Scope {
        let mut scope = self.shared.clone();
        let unknown = || lang::Value::unknown(lang::Type::Any);
        let mut add = |name: &str, value: Option<&Json>| {
            scope.names.insert(name.to_owned(), value.map_or_else(unknown, lang::Value::from_json));
        };
        add("image", Some(&self.images(release)));
        add("enabled", self.enabled.as_ref());
        add("generated", self.generated.as_ref());
        add("component", known.map(|known| component_value(name, &known.namespace, release)).as_ref());
        add("input", known.map(|known| map_value(&known.inputs)).as_ref());
        scope
    }

    /// The names for the templates of one component, without `users` and `profiles`, which all share.
    pub fn context(&self, component: &Component, release: &ReleaseComponent) -> Json {
        json!({
            "platform": self.platform,
            "release": self.release,
            "component": component_value(&component.name, &component.namespace, release),
            "image": self.images(release),
            "input": map_value(&component.inputs),
            "local": map_value(&component.locals),
            "enabled": self.enabled,
            "generated": self.generated,
        })
    }

    fn images(&self, release: &ReleaseComponent) -> Json {
        let images =
            release.images.iter().map(|(key, image)| (key.clone(), Json::String(mirrored(image, &self.mirror))));
        Json::Object(images.collect())
    }
}

/// The prefix of a platform's images; empty for none.
pub(super) fn mirror_of(platform: &Platform) -> &str {
    platform.registry.as_ref().and_then(|registry| registry.mirror.as_deref()).unwrap_or_default()
}

fn component_value(name: &str, namespace: &str, release: &ReleaseComponent) -> Json {
    json!({"name": name, "namespace": namespace, "version": release.version})
}

fn map_value(map: &BTreeMap<String, Json>) -> Json {
    Json::Object(map.iter().map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>())
}

fn platform_value(installation: &str, platform: &Platform) -> Json {
    let endpoint = &platform.endpoint;
    let (tls, tls_secret) = match &endpoint.tls {
        Tls::SelfSigned => ("self_signed", ""),
        Tls::Secret(name) => ("secret", name.as_str()),
        Tls::None => ("none", ""),
    };
    let kind = match endpoint.kind {
        EndpointKind::NodePort => "node_port",
        EndpointKind::LoadBalancer => "load_balancer",
        EndpointKind::ClusterIp => "cluster_ip",
    };
    let scheduler = platform.scheduler.clone().unwrap_or_default();
    let gpu = platform.gpu.clone().unwrap_or_default();
    let mirror = mirror_of(platform);
    let notebook_images: Vec<Json> = platform
        .notebook_images
        .iter()
        .map(|image| json!({"label": image.label, "name": mirrored(&image.name, mirror), "kind": image.kind}))
        .collect();
    json!({
        "name": platform.name,
        "installation": installation,
        "edition": platform.edition.as_str(),
        "version": platform.version,
        "domain": CLUSTER_DOMAIN,
        "tags": platform.tags,
        "storage_class": platform.storage_class.as_deref().unwrap_or_default(),
        "admin": {"email": platform.admin.email},
        "endpoint": {
            "type": kind,
            "port": endpoint.port,
            "tls": tls,
            "tls_secret": tls_secret,
            "secure": endpoint.tls != Tls::None,
            "host": endpoint.host.as_deref().unwrap_or_default(),
        },
        "scheduler": {"name": scheduler.name, "policies": scheduler.policies},
        "gpu": {
            "sharing": if gpu.sharing.is_empty() { "none" } else { gpu.sharing.as_str() },
            "replicas": gpu.replicas.max(1),
            "monitoring": gpu.monitoring,
            "rdma": gpu.rdma,
        },
        "notebook_images": notebook_images,
    })
}
