//! The names that templates and definitions see, as JSON values.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value as Json;
use serde_json::json;

use crate::config::Declared;
use crate::config::Installation;
use crate::config::NotebookImage;
use crate::config::Platform;
use crate::config::Tls;
use crate::config::dashboard_url;
use crate::lang::Scope;
use crate::lang::Type;
use crate::lang::Value;

use super::Component;
use super::connectors;
use super::image::mirrored;
use super::outbound;
use super::people;
use super::release::Release;
use super::release::ReleaseComponent;

/// What all components of a platform see.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub platform: Json,
    release: Json,
    pub users: Json,
    pub profiles: Json,
    pub connectors: Json,
    pub queues: Json,
    /// What there is only once the components are decided; `None` before.
    decided: Option<Decided>,
    /// What components say of themselves to others.
    said: Said,
    /// Components replace their secrets.
    pub is_disguised: bool,
    /// Prefix of images; empty for none.
    mirror: String,
    /// The first four as values of definitions: converted once, however many people there are.
    shared: Scope,
}

#[derive(Debug)]
struct Decided {
    /// Names of the enabled components.
    enabled: Json,
    /// Placeholders by component and name.
    generated: Json,
}

/// What definitions say to those that read them: they are read again until nothing more becomes known.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Said {
    /// Exported values by component and name, unknown ones among them; `None` before the components are decided.
    pub exports: Option<Value>,
    /// Entries of the dashboard's menus; `None` while some definition's are not known.
    pub menu: Option<Json>,
}

impl Names {
    pub fn new(installation: &Installation, platform: &Declared<Platform>, release: &Release) -> Self {
        let platform_names = platform_value(installation, platform);
        let release = json!({"version": release.version});
        let profiles = Json::Array(people::profiles(installation, platform));
        let connectors = connectors::connectors(installation, platform);
        let queues = Json::Array(people::queues(installation, platform));
        let mut shared = Scope::default();
        for (name, value) in [
            ("platform", &platform_names),
            ("release", &release),
            ("profiles", &profiles),
            ("connectors", &connectors),
            ("queues", &queues),
        ] {
            shared.names.insert(name.to_owned(), Value::from_json(value));
        }
        shared.names.insert("users".to_owned(), people::undecided_users(installation, platform));
        Self {
            platform: platform_names,
            release,
            profiles,
            connectors,
            queues,
            is_disguised: installation.is_disguised,
            mirror: mirror_of(platform).to_owned(),
            shared,
            ..Self::default()
        }
    }

    /// Tells who logs in how, and what was decided on.
    pub fn decide(&mut self, users: Json, selected: &[&Component]) {
        self.shared.names.insert("users".to_owned(), Value::from_json(&users));
        self.users = users;
        let enabled = selected.iter().map(|component| Json::from(component.name.clone())).collect();
        self.decided = Some(Decided { enabled: Json::Array(enabled), generated: placeholders(selected) });
    }

    /// Tells what components say of themselves; `true` where that is more than before.
    pub fn say(&mut self, said: Said) -> bool {
        let is_more = self.said != said;
        self.said = said;
        is_more
    }

    /// The names for the definition of one component. What is not decided yet is unknown.
    pub fn scope(&self, known: Option<&Component>, name: &str, release: &ReleaseComponent) -> Scope {
        let mut scope = self.shared.clone();
        let unknown = || Value::unknown(Type::Any);
        let mut add = |name: &str, value: Option<Value>| {
            scope.names.insert(name.to_owned(), value.unwrap_or_else(unknown));
        };
        let json = |value: &Json| Value::from_json(value);
        add("image", Some(json(&self.images(release))));
        add("enabled", self.decided.as_ref().map(|decided| json(&decided.enabled)));
        add("generated", self.decided.as_ref().map(|decided| json(&decided.generated)));
        add("exports", self.said.exports.clone());
        add("menu", self.said.menu.as_ref().map(json));
        add("component", known.map(|known| json(&component_value(name, &known.namespace, release))));
        scope
    }

    /// The names for the templates of one component, without `users`, `profiles`, `connectors` and `queues`, which all share.
    pub fn context(&self, component: &Component, release: &ReleaseComponent) -> Json {
        json!({
            "platform": self.platform,
            "release": self.release,
            "component": component_value(&component.name, &component.namespace, release),
            "image": self.images(release),
            "var": map_value(&component.inputs),
            "local": map_value(&component.locals),
            "enabled": self.decided.as_ref().map(|decided| &decided.enabled),
            "generated": self.decided.as_ref().map(|decided| &decided.generated),
            "exports": self.said.exports.as_ref().map(Value::to_json),
            "menu": self.said.menu,
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

/// `generated`: by component and name.
fn placeholders(components: &[&Component]) -> Json {
    let of = |component: &Component| {
        let secrets = component.secrets.iter();
        Json::Object(secrets.map(|needed| (needed.name.clone(), needed.placeholder().into())).collect::<Map<_, _>>())
    };
    Json::Object(components.iter().map(|component| (component.name.clone(), of(component))).collect())
}

fn component_value(name: &str, namespace: &str, release: &ReleaseComponent) -> Json {
    json!({"name": name, "namespace": namespace, "version": release.version})
}

fn map_value(map: &BTreeMap<String, Json>) -> Json {
    Json::Object(map.iter().map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>())
}

/// `platform` of definitions and templates: all that is set on one.
pub(super) fn platform_value(installation: &Installation, platform: &Declared<Platform>) -> Json {
    let endpoint = &platform.endpoint;
    let (tls, tls_secret) = match &endpoint.tls {
        Tls::SelfSigned => ("self_signed", ""),
        Tls::Secret(name) => ("secret", name.as_str()),
        Tls::None => ("none", ""),
    };
    let mirror = mirror_of(platform);
    let image = |image: &NotebookImage| json!({"label": image.label, "name": mirrored(&image.name, mirror), "kind": image.kind});
    let sign_in = &platform.sign_in.foreign;
    let mut value = platform.projection.clone();
    value["address"] = platform.address.to_string().into();
    value["name"] = platform.name.as_str().into();
    value["edition"] = platform.edition.as_str().into();
    value["version"] = platform.version.as_str().into();
    value["installation"] = installation.name.as_str().into();
    value["domain"] = installation.domain_of(&platform.cluster).into();
    value["storage_class"] = platform.storage_class.as_deref().unwrap_or_default().into();
    value["admin"]["email"] = platform.admin.email.as_str().into();
    value["endpoint"]["type"] = endpoint.kind.as_str().into();
    value["endpoint"]["port"] = endpoint.port.into();
    value["endpoint"]["tls"] = tls.into();
    value["endpoint"]["tls_secret"] = tls_secret.into();
    value["endpoint"]["url"] =
        endpoint.host.as_ref().map_or_else(String::new, |host| dashboard_url(endpoint, host)).into();
    value["endpoint"]["has_ingress"] = platform.is_set("endpoint.ingress").into();
    value["endpoint"]["secure"] = (endpoint.tls != Tls::None).into();
    value["proxy"]["variables"] =
        outbound::variables(&value["proxy"], installation.domain_of(&platform.cluster)).into();
    value["proxy"]["directory"] = outbound::DIRECTORY.into();
    value["sign_in"]["apart"] = sign_in.apart.iter().map(|one| connectors::apart(&platform.address, one)).collect();
    value["gpu"]["replicas"] = platform.gpu.as_ref().map_or(1, |gpu| gpu.replicas.max(1)).into();
    value["notebook_images"] = platform.notebook_images.iter().map(image).collect();
    // Templates know who has no scheduler by the empty name.
    if platform.scheduler.is_none() {
        value["scheduler"]["name"] = "".into();
    }
    value
}
