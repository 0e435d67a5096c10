//! `platform`: an MLOps platform in a cluster, with its nested blocks.

use super::Places;
use super::cluster::tags;
use super::decoder;
use super::default_name;
use super::people::credential;
use super::people::email;
use crate::config::Admin;
use crate::config::ComponentSettings;
use crate::config::Edition;
use crate::config::Endpoint;
use crate::config::EndpointKind;
use crate::config::Gpu;
use crate::config::Installation;
use crate::config::NotebookImage;
use crate::config::Platform;
use crate::config::Registry;
use crate::config::Scheduler;
use crate::config::Tls;
use crate::config::decoder::Decoder;
use crate::config::decoder::Named;
use crate::config::decoder::one_label;
use crate::config::rules;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::lang::Resource;

const POLICIES: [&str; 5] = ["gang", "binpack", "priority", "fifo", "drf"];

pub fn decode(resource: &Resource, into: &mut Installation, places: &mut Places, diagnostics: &mut Diagnostics) {
    let mut body = decoder(resource, diagnostics);
    for name in ["name", "cluster", "version", "edition", "storage_class"] {
        if body.is_set(name) {
            places.arguments.insert((resource.address.clone(), name), body.place(name));
        }
    }
    body.require("edition");
    let platform = Platform {
        address: resource.address.clone(),
        name: match body.checked_text("name", "Invalid name", rules::label) {
            Some(found) => found.value,
            None => default_name(resource),
        },
        cluster: body.required_reference("cluster", "cluster").map(|found| found.value).unwrap_or_default(),
        edition: match body.choice("edition", &["mini", "enterprise"]).map(|found| found.value) {
            Some("enterprise") => Edition::Enterprise,
            _ => Edition::Mini,
        },
        version: body.required_text("version").map_or(String::new(), |found| found.value),
        storage_class: storage_class(&mut body, into),
        tags: tags(&mut body),
        admin: admin(&mut body),
        endpoint: endpoint(&mut body),
        registry: registry(&mut body),
        scheduler: scheduler(&mut body),
        gpu: gpu(&mut body),
        notebook_images: notebook_images(&mut body),
        components: components(&mut body, resource, places),
    };
    body.finish();
    into.platforms.push(platform);
}

/// The name of a class: of a `storage_class` block, or of one that exists in the cluster.
fn storage_class(body: &mut Decoder, installation: &Installation) -> Option<String> {
    let found = body.reference_or_text("storage_class")?;
    let address = match found.value {
        Named::Text(name) => return Some(name),
        Named::Block(address) => address,
    };
    // Resources come in dependency order, so the class is read already.
    match installation.storage_classes.iter().find(|class| class.address == address) {
        Some(class) => Some(class.name.clone()),
        None => {
            let detail = format!("\"storage_class\" must name a storage_class; {address} is none.");
            body.error("Wrong kind of reference", detail, found.span);
            None
        }
    }
}

fn admin(body: &mut Decoder) -> Admin {
    let Some(block) = body.block("admin") else {
        let finding = Diagnostic::error("Missing block", "platform needs an \"admin\" block.")
            .at(body.span())
            .help("Add a block:\n\nadmin {\n  email = \"admin@example.com\"\n}");
        body.push(finding);
        return Admin::default();
    };
    let mut inner = Decoder::new("admin", None, &block.body, block.span, body.diagnostics);
    inner.require("email");
    let admin =
        Admin { email: email(&mut inner, "email").unwrap_or_default(), credential: credential(&mut inner, "admin") };
    inner.finish();
    admin
}

fn endpoint(body: &mut Decoder) -> Endpoint {
    let default = Endpoint::default();
    let Some(block) = body.block("endpoint") else { return default };
    let mut inner = Decoder::new("endpoint", None, &block.body, block.span, body.diagnostics);
    let kind = match inner.choice("type", &["node_port", "load_balancer", "cluster_ip"]).map(|found| found.value) {
        Some("load_balancer") => EndpointKind::LoadBalancer,
        Some("cluster_ip") => EndpointKind::ClusterIp,
        _ => EndpointKind::NodePort,
    };
    let tls = match inner.text("tls") {
        None => Tls::SelfSigned,
        Some(found) => match found.value.as_str() {
            "self_signed" => Tls::SelfSigned,
            "none" => Tls::None,
            name => {
                if let Err(reason) = rules::subdomain(name) {
                    let detail = format!("\"{name}\" is no name of a Secret: {reason}.");
                    let finding = Diagnostic::error("Invalid value", detail).at(found.span).help(
                        "Write \"self_signed\", \"none\", or the name of a TLS Secret in namespace istio-system.",
                    );
                    inner.push(finding);
                }
                Tls::Secret(name.to_owned())
            }
        },
    };
    // Node ports lie in 30000 to 32767 unless the API server is told otherwise.
    let range = if kind == EndpointKind::NodePort { 30000..=32767 } else { 1..=65535 };
    let usual = match kind {
        EndpointKind::NodePort => default.port,
        _ if tls == Tls::None => 80,
        _ => 443,
    };
    let port = inner.whole("port", range).map_or(usual, |found| found.value as u16);
    let host = inner.text("host").map(|found| found.value).filter(|host| !host.is_empty());
    if tls == Tls::None {
        let place = if inner.is_set("tls") { inner.place("tls") } else { block.span };
        let detail = "Passwords and sessions travel in clear text, and cookies cannot be marked secure.";
        inner.push(
            Diagnostic::warning("No encryption", detail)
                .at(place)
                .help("Keep it to networks you trust, or use tls = \"self_signed\"."),
        );
    }
    inner.finish();
    Endpoint { kind, port, tls, host }
}

fn registry(body: &mut Decoder) -> Option<Registry> {
    let block = body.block("registry")?;
    let mut inner = Decoder::new("registry", None, &block.body, block.span, body.diagnostics);
    let registry = Registry {
        mirror: inner
            .checked_text("mirror", "Invalid registry", |text| {
                let valid = |c: char| c.is_ascii_alphanumeric() || ".-_:/[]".contains(c);
                if text.contains("://") {
                    return Err("write it without https://".into());
                }
                if text.is_empty() || text.starts_with('/') || text.ends_with('/') || !text.chars().all(valid) {
                    return Err("it must look like registry.example.com/path".into());
                }
                Ok(())
            })
            .map(|found| found.value),
        pull_secret: inner.checked_text("pull_secret", "Invalid name", rules::subdomain).map(|found| found.value),
    };
    inner.finish();
    Some(registry)
}

fn scheduler(body: &mut Decoder) -> Option<Scheduler> {
    let block = body.block("scheduler")?;
    let mut inner = Decoder::new("scheduler", None, &block.body, block.span, body.diagnostics);
    let name = inner.choice("name", &["volcano", "default"]).map_or("volcano", |found| found.value).to_owned();
    let mut policies = Vec::new();
    for found in inner.texts("policies") {
        if !POLICIES.contains(&found.value.as_str()) {
            let detail = format!("\"{}\" is no scheduling policy.", found.value);
            let help = format!("The policies are {}.", POLICIES.join(", "));
            inner.push(Diagnostic::error("Unknown choice", detail).at(found.span).help(help));
        }
        policies.push(found.value);
    }
    inner.finish();
    Some(Scheduler { name, policies })
}

fn gpu(body: &mut Decoder) -> Option<Gpu> {
    let block = body.block("gpu")?;
    let mut inner = Decoder::new("gpu", None, &block.body, block.span, body.diagnostics);
    let sharing = inner.choice("sharing", &["none", "time_slicing", "mps", "mig", "vgpu"]).map_or("none", |f| f.value);
    let replicas = inner.whole("replicas", 2..=128);
    if let Some(replicas) = &replicas
        && !["time_slicing", "mps", "vgpu"].contains(&sharing)
    {
        let detail =
            format!("\"replicas\" says into how many a GPU is shared; sharing = \"{sharing}\" has no use for it.");
        inner.error("Conflicting arguments", detail, replicas.span);
    }
    let gpu = Gpu {
        sharing: sharing.to_owned(),
        replicas: replicas.map_or(1, |found| found.value as u32),
        monitoring: inner.boolean("monitoring").unwrap_or(false),
        rdma: inner.boolean("rdma").unwrap_or(false),
    };
    inner.finish();
    Some(gpu)
}

fn notebook_images(body: &mut Decoder) -> Vec<NotebookImage> {
    let Some(block) = body.block("notebooks") else { return Vec::new() };
    let mut inner = Decoder::new("notebooks", None, &block.body, block.span, body.diagnostics);
    let mut images: Vec<NotebookImage> = Vec::new();
    for image in inner.blocks("image") {
        let Some((label, span)) = one_label(image, "a name for the image", inner.diagnostics) else { continue };
        if images.iter().any(|other| other.label == *label) {
            inner.error("Repeated block", format!("There are two images \"{label}\"."), *span);
        }
        let mut one = Decoder::new("image", None, &image.body, image.span, inner.diagnostics);
        let name = one.required_text("name").map_or(String::new(), |found| found.value);
        if name.contains(char::is_whitespace) || name.contains("://") {
            let place = one.place("name");
            one.error("Invalid image", format!("\"{name}\" is no image reference such as registry/name:tag."), place);
        }
        let kind = one.choice("kind", &["jupyter", "vscode", "rstudio"]).map_or("jupyter", |found| found.value);
        one.finish();
        images.push(NotebookImage { label: label.clone(), name, kind: kind.to_owned() });
    }
    inner.finish();
    images
}

fn components(
    body: &mut Decoder,
    resource: &Resource,
    places: &mut Places,
) -> std::collections::BTreeMap<String, ComponentSettings> {
    let mut components = std::collections::BTreeMap::new();
    for block in body.blocks("component") {
        let Some((name, span)) = one_label(block, "the component's name", body.diagnostics) else { continue };
        if let Err(reason) = rules::label(name) {
            body.error("Invalid name", format!("\"{name}\" is no component's name: {reason}."), *span);
        }
        let mut inner = Decoder::new("component", None, &block.body, block.span, body.diagnostics);
        let settings = ComponentSettings {
            enabled: inner.boolean("enabled"),
            source: inner.text("source").map(|found| found.value),
            inputs: inner.json_map("inputs"),
            inputs_span: inner.is_set("inputs").then(|| inner.place("inputs")),
        };
        inner.finish();
        places.resources.insert(resource.address.with_component(name), *span);
        if components.insert(name.clone(), settings).is_some() {
            body.error("Repeated block", format!("There are two component blocks \"{name}\"."), *span);
        }
    }
    components
}
