//! `platform`: an MLOps platform in a cluster, with its nested blocks.

use std::collections::BTreeMap;

use super::people::check_tolerations;
use super::people::credential;
use super::people::email;
use crate::config::Admin;
use crate::config::Backup;
use crate::config::ComponentSettings;
use crate::config::Edition;
use crate::config::Endpoint;
use crate::config::EndpointKind;
use crate::config::Gpu;
use crate::config::Installation;
use crate::config::NotebookImage;
use crate::config::Place;
use crate::config::Platform;
use crate::config::Registry;
use crate::config::Scheduler;
use crate::config::SignIn;
use crate::config::Tls;
use crate::config::decoder::Decoder;
use crate::config::decoder::Heading;
use crate::config::decoder::Unknown;
use crate::config::node::Node;
use crate::config::node::Typed;
use crate::config::schema;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::lang::Body;

/// Where the cluster offers node ports, unless its API server is told otherwise.
const NODE_PORTS: std::ops::RangeInclusive<u16> = 30000..=32767;
/// The Secret of a certificate that an issuer makes.
const ISSUED: &str = "kubeflow-gateway-tls";
/// Arguments of a load balancer.
const OF_BALANCERS: [&str; 2] = ["source_ranges", "load_balancer_class"];
/// The product's node port.
const NODE_PORT: u16 = 31390;
/// Ways to share a GPU into a number of parts.
const SHARED_BY_NUMBER: [&str; 3] = ["time_slicing", "mps", "vgpu"];

/// `installation` holds the storage classes: they come first, since the platform refers to its own.
pub fn read(node: &Node<'_>, installation: &Installation, decoder: &mut Decoder<'_>) -> Option<Platform> {
    check_endpoint(node, decoder);
    if let Some(gpu) = node.block("gpu") {
        check_gpu(gpu, decoder);
    }
    let placements = node.blocks("component").filter_map(|component| component.block("placement"));
    for placement in placements.chain(node.block("placement")) {
        check_tolerations(placement, decoder);
    }
    if let Some(proxy) = node.block("proxy")
        && ["https", "http", "ca_bundle"].iter().all(|name| !proxy.is_set(name))
    {
        let detail = "proxy needs \"https\", \"http\" or \"ca_bundle\", which say how programs reach what is outside.";
        let finding = Diagnostic::error("Missing argument", detail).at(proxy.span);
        decoder.push(finding.help("Add for example https = \"http://proxy.corp.example:3128\"."));
    }
    let admin = node.block("admin")?;
    Some(Platform {
        name: node.text("name")?,
        cluster: node.reference("cluster")?,
        edition: Edition::from_name(&node.text("edition")?)?,
        version: node.text("version")?,
        storage_class: storage_class(node, installation),
        tags: node.text_map("tags"),
        admin: Admin { email: email(admin)?, credential: credential(admin) },
        endpoint: endpoint(node.block("endpoint")),
        sign_in: node.block("sign_in").map(sign_in).unwrap_or_default(),
        registry: node
            .block("registry")
            .map(|block| Registry { mirror: block.text("mirror"), pull_secret: block.text("pull_secret") }),
        scheduler: node
            .block("scheduler")
            .and_then(|block| Some(Scheduler { name: block.text("name")?, policies: block.texts("policies") })),
        gpu: node.block("gpu").and_then(gpu),
        notebook_images: node.block("notebooks").map(notebook_images).unwrap_or_default(),
        backup: node.block("backup").and_then(backup),
        components: node.blocks("component").filter_map(component).collect(),
        projection: node.projection(),
    })
}

/// The name of a class: of a `storage_class` block, or of one that exists in the cluster.
fn storage_class(node: &Node<'_>, installation: &Installation) -> Option<String> {
    match node.value("storage_class")? {
        Typed::Reference(address) => {
            let class = installation.storage_classes.iter().find(|class| class.address == *address);
            class.map(|class| class.name.clone())
        }
        _ => node.text("storage_class"),
    }
}

/// The endpoint that a platform's body describes, as far as it does: expressions may ask for the dashboard's URL before
/// everything is checked.
pub fn endpoint_of(platform: &Body) -> Endpoint {
    let Some(schema) = schema::block("platform").and_then(|platform| platform.block("endpoint")) else {
        return Endpoint::default();
    };
    let Some(block) = platform.blocks_of("endpoint").next() else { return Endpoint::default() };
    let mut ignored = Diagnostics::new();
    let mut decoder = Decoder::new(None, Unknown::LeftOut, &mut ignored);
    endpoint(Some(&decoder.body(schema, &block.body, block.span, Heading::default())))
}

/// An endpoint with the defaults that hang on its type.
fn endpoint(block: Option<&Node<'_>>) -> Endpoint {
    let text = |name: &str| block.and_then(|block| block.text(name));
    let kind = text("type").and_then(|name| EndpointKind::from_name(&name)).unwrap_or_default();
    let is_issued = block.is_some_and(|block| block.is_set("issuer") || block.block("acme").is_some());
    let tls = match text("tls").as_deref() {
        _ if is_issued => Tls::Secret(ISSUED.to_owned()),
        None | Some("self_signed") => Tls::SelfSigned,
        Some("none") => Tls::None,
        Some(name) => Tls::Secret(name.to_owned()),
    };
    let usual = match (kind, &tls) {
        (EndpointKind::NodePort, _) => NODE_PORT,
        (_, Tls::None) => 80,
        _ => 443,
    };
    let port = block.and_then(|block| block.number("port")).and_then(|port| u16::try_from(port).ok());
    Endpoint { kind, port: port.unwrap_or(usual), tls, host: text("host").filter(|host| !host.is_empty()) }
}

impl Default for Endpoint {
    /// The product's default: HTTPS on every node's port 31390.
    fn default() -> Self {
        endpoint(None)
    }
}

fn check_endpoint(platform: &Node<'_>, decoder: &mut Decoder<'_>) {
    let Some(block) = platform.block("endpoint") else { return };
    let endpoint = endpoint(Some(block));
    if endpoint.kind == EndpointKind::NodePort && !NODE_PORTS.contains(&endpoint.port) {
        let (least, most) = (i64::from(*NODE_PORTS.start()), i64::from(*NODE_PORTS.end()));
        decoder.out_of_range("port", i64::from(endpoint.port), least, most, block.place("port"));
    }
    let mut wrong = |name: &str, summary: &str, detail: String, help: &str| {
        // Of a block its own line.
        let nested = block.blocks.iter().find(|nested| nested.schema.name == name);
        let place = nested.map_or(block.place(name), |nested| Place { span: nested.span, sensitive: false });
        decoder.push_at(place, Diagnostic::error(summary, detail).at(place.span).help(help));
    };
    for name in
        OF_BALANCERS.into_iter().filter(|name| endpoint.kind != EndpointKind::LoadBalancer && block.is_set(name))
    {
        let detail = format!("\"{name}\" is for a load balancer, and the endpoint is none.");
        wrong(name, "Argument without effect", detail, "Add type = \"load_balancer\", or remove it.");
    }
    if endpoint.kind == EndpointKind::ClusterIp && block.is_set("external_traffic_policy") {
        let detail =
            "\"external_traffic_policy\" is for what comes from outside, and this Service takes nothing from there.";
        wrong("external_traffic_policy", "Argument without effect", detail.to_owned(), "Remove it.");
    }
    if endpoint.tls == Tls::None && block.flag("redirect_http") {
        let detail = "There is no HTTPS to send browsers to with tls = \"none\".".to_owned();
        wrong("redirect_http", "Conflicting arguments", detail, "Remove one of them.");
    }
    let named = [("issuer", block.is_set("issuer")), ("acme", block.block("acme").is_some())];
    let named = named.into_iter().chain([("ingress", block.block("ingress").is_some())]);
    for (name, _) in named.filter(|(_, is_there)| *is_there && endpoint.host.is_none()) {
        let detail = format!("\"{name}\" needs the host that people use, which the endpoint does not say.");
        wrong(name, "Address not known", detail, "Add host = \"ml.example.com\".");
    }
    if endpoint.tls == Tls::None {
        let place = block.place("tls");
        let detail = "Passwords and sessions travel in clear text, and cookies cannot be marked secure.";
        decoder.push_at(
            place,
            Diagnostic::warning("No encryption", detail)
                .at(place.span)
                .help("Keep it to networks you trust, or use tls = \"self_signed\"."),
        );
    }
}

fn check_gpu(block: &Node<'_>, decoder: &mut Decoder<'_>) {
    let Some(sharing) = block.text("sharing") else { return };
    if block.count("replicas").is_some() && !SHARED_BY_NUMBER.contains(&sharing.as_str()) {
        let place = block.place("replicas");
        let way = if block.place("sharing").sensitive { String::new() } else { format!(" = \"{sharing}\"") };
        let detail = format!("\"replicas\" says into how many a GPU is shared; sharing{way} has no use for it.");
        decoder.push_at(place, Diagnostic::error("Conflicting arguments", detail).at(place.span));
    }
}

fn sign_in(block: &Node<'_>) -> SignIn {
    SignIn { passwords: block.flag("passwords"), issuer: block.text("issuer"), foreign: block.foreign() }
}

fn gpu(block: &Node<'_>) -> Option<Gpu> {
    Some(Gpu {
        sharing: block.text("sharing")?,
        replicas: block.count("replicas").unwrap_or(1),
        monitoring: block.flag("monitoring"),
        rdma: block.flag("rdma"),
    })
}

fn backup(block: &Node<'_>) -> Option<Backup> {
    Some(Backup { schedule: block.text("schedule")?, keep: block.count("keep")?, size: block.text("size")? })
}

fn notebook_images(block: &Node<'_>) -> Vec<NotebookImage> {
    let image = |image: &Node<'_>| {
        let (label, _) = image.label.clone()?;
        Some(NotebookImage { label, name: image.text("name")?, kind: image.text("kind")? })
    };
    block.blocks("image").filter_map(image).collect()
}

fn component(block: &Node<'_>) -> Option<(String, ComponentSettings)> {
    let (name, span) = block.label.clone()?;
    let settings = ComponentSettings {
        enabled: block.choice("enabled"),
        source: block.text("source"),
        inputs: block.map("inputs"),
        inputs_span: block.is_set("inputs").then(|| block.place("inputs").span),
        span: Some(span),
    };
    Some((name, settings))
}

/// A platform of which nothing is written but what must be: for tests and defaults.
impl Default for Platform {
    fn default() -> Self {
        let schema = schema::block("platform");
        Self {
            name: String::new(),
            cluster: Default::default(),
            edition: Edition::default(),
            version: String::new(),
            storage_class: None,
            tags: BTreeMap::new(),
            admin: Admin::default(),
            endpoint: Endpoint::default(),
            sign_in: SignIn::default(),
            registry: None,
            scheduler: None,
            gpu: None,
            notebook_images: Vec::new(),
            backup: None,
            components: BTreeMap::new(),
            projection: schema.map(|schema| Node::absent(schema).projection()).unwrap_or_default(),
        }
    }
}
