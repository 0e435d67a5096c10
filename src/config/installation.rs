//! The values of a checked configuration. Everything in them is valid by the rules of `config`.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Map;
use serde_json::Value;

use super::Declaration;
use super::Declared;
use super::Foreign;
use super::Place;
use super::policy::Expression;
use crate::diag::Span;
use crate::object::Address;
use crate::object::ObjectId;
use crate::object::patch::Operation;

/// A text that must not be shown. Its `Debug` hides it; [`Secret::reveal`] marks each use.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: for sending and hashing only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(sensitive value)")
    }
}

/// A whole configuration directory.
#[derive(Clone, Debug, Default)]
pub struct Installation {
    /// Names the inventory, the lock and the ownership labels: an RFC 1123 label.
    pub name: String,
    pub providers: BTreeMap<String, ProviderSettings>,
    pub clusters: Vec<Declared<Cluster>>,
    pub node_pools: Vec<Declared<NodePool>>,
    pub storage_classes: Vec<Declared<StorageClass>>,
    pub platforms: Vec<Declared<Platform>>,
    pub users: Vec<Declared<User>>,
    pub profiles: Vec<Declared<Profile>>,
    pub queues: Vec<Declared<Queue>>,
    pub connectors: Vec<Declared<Connector>>,
    pub patches: Vec<Declared<Patch>>,
    pub policies: Vec<Declared<Policy>>,
    /// Every text under a value that is marked sensitive or secret by nature: to be hidden wherever it comes up.
    pub secrets: Vec<Secret>,
    /// It stands for another one whose secrets were replaced, to see where they reach.
    pub is_disguised: bool,
}

impl Installation {
    /// The lower-case e-mail of a shared namespace's owner; `None` for a user that is not there.
    pub fn email_of<'a>(&'a self, owner: &'a Owner) -> Option<&'a str> {
        match owner {
            Owner::Email(email) => Some(email),
            Owner::User(address) => {
                self.users.iter().find(|user| user.address == *address).map(|user| user.email.as_str())
            }
        }
    }

    /// The name of a queue that is written as the address of its block, or as its name.
    pub fn queue_name<'a>(&'a self, written: &'a str) -> &'a str {
        let address = written.parse::<Address>().ok();
        let block = self.queues.iter().find(|queue| address.as_ref() == Some(&queue.address));
        block.map_or(written, |queue| queue.name.as_str())
    }

    /// The name of the queue that another is a part of.
    pub fn parent_of<'a>(&'a self, queue: &'a Queue) -> Option<&'a str> {
        let written = queue.projection["parent"].as_str().filter(|parent| !parent.is_empty())?;
        Some(self.queue_name(written))
    }

    /// All blocks that something is declared by, the clusters' first.
    pub fn declarations(&self) -> impl Iterator<Item = Declaration<'_>> {
        let clusters = self.clusters.iter().map(Declared::declaration);
        let pools = self.node_pools.iter().map(Declared::declaration);
        let classes = self.storage_classes.iter().map(Declared::declaration);
        let platforms = self.platforms.iter().map(Declared::declaration);
        let users = self.users.iter().map(Declared::declaration);
        let profiles = self.profiles.iter().map(Declared::declaration);
        let queues = self.queues.iter().map(Declared::declaration);
        let connectors = self.connectors.iter().map(Declared::declaration);
        let patches = self.patches.iter().map(Declared::declaration);
        let policies = self.policies.iter().map(Declared::declaration);
        let people = users.chain(profiles).chain(queues).chain(connectors);
        clusters.chain(pools).chain(classes).chain(platforms).chain(people).chain(patches).chain(policies)
    }

    /// What the block of an address says.
    pub fn declaration(&self, address: &Address) -> Option<Declaration<'_>> {
        self.declarations().find(|declared| declared.address == address)
    }

    /// The DNS domain of the Services of a cluster.
    pub fn domain_of(&self, cluster: &Address) -> &str {
        let domain = self.cluster(cluster).map(|cluster| cluster.domain.as_str());
        domain.filter(|domain| !domain.is_empty()).unwrap_or(Cluster::DOMAIN)
    }

    pub fn cluster(&self, address: &Address) -> Option<&Declared<Cluster>> {
        self.clusters.iter().find(|cluster| cluster.address == *address)
    }
}

/// Settings of a provider, as `provider "kubernetes" { context = "prod" }`. The map's key is its name.
#[derive(Clone, Debug, Default)]
pub struct ProviderSettings {
    /// Arguments by name; checked against `providers/<name>/provider.hcl`.
    pub arguments: BTreeMap<String, Value>,
    /// Where its label stands, and its arguments by name.
    pub span: Option<Span>,
    pub places: BTreeMap<String, Place>,
}

/// A Kubernetes cluster, existing or to be made by a cloud provider.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// `kubernetes`, `sandbox`, `scp`, `capi`
    pub provider: String,
    /// Empty where the provider has no use for it.
    pub name: String,
    /// DNS domain of its Services.
    pub domain: String,
    pub kubernetes_version: Option<String>,
    pub network: Option<Network>,
    pub file_storage: Option<String>,
    pub control_plane_logging: bool,
    pub service_watch_logging: bool,
    /// What may reach the API server inside the cloud.
    pub private_endpoint_access: Vec<CloudResource>,
    pub public_endpoint_access_allow: Option<String>,
    pub control_plane_count: Option<u32>,
    pub pod_cidrs: Vec<String>,
    pub service_cidrs: Vec<String>,
    pub topology: Option<Topology>,
    pub control_plane: Option<Template>,
    pub infrastructure: Option<Template>,
    /// Of its nodes.
    pub image: Option<String>,
    pub tags: BTreeMap<String, String>,
}

/// A ClusterClass and what it lets one set.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    pub class: String,
    pub class_namespace: Option<String>,
    pub variables: BTreeMap<String, Value>,
}

/// An object of a management cluster that clusters or machines are made of.
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// The group of its kind, with a version or without.
    pub api_version: String,
    pub kind: String,
    pub name: String,
}

impl Cluster {
    /// The domain of nearly all clusters.
    pub const DOMAIN: &str = "cluster.local";
}

/// Something of a cloud that a cluster or pool is told of.
#[derive(Clone, Debug, Default)]
pub struct CloudResource {
    /// `vm`, `fs`
    pub kind: String,
    pub name: String,
    /// Empty where it is to be looked up.
    pub id: String,
}

#[derive(Clone, Debug, Default)]
pub struct Network {
    pub vpc: String,
    pub subnet: String,
    pub security_groups: Vec<String>,
}

/// Nodes of one kind.
#[derive(Clone, Debug, Default)]
pub struct NodePool {
    pub name: String,
    /// Its cluster.
    pub cluster: Address,
    /// Empty where the provider has no use for it.
    pub server_type: String,
    pub machine_class: Option<String>,
    pub infrastructure: Option<Template>,
    pub bootstrap: Option<Template>,
    pub os: Option<String>,
    pub os_version: Option<String>,
    pub keypair: Option<String>,
    pub gpu_driver: Option<String>,
    pub custom_image: Option<String>,
    pub server_group: Option<String>,
    pub auto_recovery: bool,
    pub linked_resources: Vec<CloudResource>,
    /// Settings of the kubelet, by name; empty where the provider chooses.
    pub advanced: BTreeMap<String, Value>,
    pub block_storage: Option<BlockStorage>,
    pub size: PoolSize,
    pub labels: BTreeMap<String, String>,
    pub taints: Vec<Taint>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PoolSize {
    Fixed(u32),
    Autoscaling { min: u32, max: u32 },
}

impl Default for PoolSize {
    fn default() -> Self {
        Self::Fixed(0)
    }
}

#[derive(Clone, Debug, Default)]
pub struct BlockStorage {
    pub kind: String,
    pub size_gb: u32,
    pub encrypted: bool,
    pub iops: Option<u32>,
    pub throughput: Option<u32>,
}

#[derive(Clone, Debug, Default)]
pub struct Taint {
    pub key: String,
    pub value: String,
    pub effect: String,
}

#[derive(Clone, Debug, Default)]
pub struct StorageClass {
    pub name: String,
    pub cluster: Address,
    pub provisioner: String,
    pub parameters: BTreeMap<String, String>,
    pub reclaim_policy: Option<String>,
    pub volume_binding_mode: Option<String>,
    pub allow_volume_expansion: bool,
    pub mount_options: Vec<String>,
    pub default: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edition {
    #[default]
    Mini,
    Enterprise,
}

impl Edition {
    /// By its name in the configuration.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Mini, Self::Enterprise].into_iter().find(|edition| edition.as_str() == name)
    }

    /// As written in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Edition::Mini => "mini",
            Edition::Enterprise => "enterprise",
        }
    }
}

/// One MLOps platform in one cluster.
#[derive(Clone, Debug)]
pub struct Platform {
    pub name: String,
    /// Its cluster.
    pub cluster: Address,
    pub edition: Edition,
    /// A release, as `1.9.1`.
    pub version: String,
    /// Name of the storage class for all claims; `None` takes the cluster's default.
    pub storage_class: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub admin: Admin,
    pub endpoint: Endpoint,
    pub sign_in: SignIn,
    pub registry: Option<Registry>,
    pub scheduler: Option<Scheduler>,
    pub gpu: Option<Gpu>,
    pub notebook_images: Vec<NotebookImage>,
    pub backup: Option<Backup>,
    pub components: BTreeMap<String, ComponentSettings>,
    /// What is written, with defaults and without secrets, by the names of the schema: for templates.
    pub projection: Value,
}

impl Platform {
    /// Whether Dex asks people for passwords of ours.
    pub fn takes_passwords(&self) -> bool {
        self.sign_in.passwords && self.sign_in.issuer.is_none()
    }
}

/// How people log in, beside connectors.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Whether people with passwords may.
    pub passwords: bool,
    /// An issuer elsewhere, in place of Dex.
    pub issuer: Option<String>,
    /// What is told to the program that asks it; the secret for it among that.
    pub foreign: Foreign,
}

impl Default for SignIn {
    fn default() -> Self {
        Self { passwords: true, issuer: None, foreign: Foreign::default() }
    }
}

/// How a person proves who they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Credential {
    /// Generated once by us and kept in the cluster.
    #[default]
    Generated,
    Password(Secret),
    /// A bcrypt hash.
    Hash(Secret),
    /// Where a connector or an issuer sends them.
    Elsewhere,
}

#[derive(Clone, Debug, Default)]
pub struct Admin {
    /// Lower case.
    pub email: String,
    pub credential: Credential,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EndpointKind {
    #[default]
    NodePort,
    LoadBalancer,
    ClusterIp,
}

impl EndpointKind {
    /// By its name in the configuration.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::NodePort, Self::LoadBalancer, Self::ClusterIp].into_iter().find(|kind| kind.as_str() == name)
    }

    /// As written in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NodePort => "node_port",
            Self::LoadBalancer => "load_balancer",
            Self::ClusterIp => "cluster_ip",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Tls {
    /// Issued by the platform's own issuer.
    SelfSigned,
    /// A Secret in `istio-system` that the user keeps.
    Secret(String),
    None,
}

/// How people reach the dashboard.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub kind: EndpointKind,
    /// For `NodePort`: the node port; else the service port.
    pub port: u16,
    pub tls: Tls,
    /// A host name or address people use, where it is known.
    pub host: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// Prefix that replaces each image's registry.
    pub mirror: Option<String>,
    /// Name of a Secret for pulling.
    pub pull_secret: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Scheduler {
    pub name: String,
    pub policies: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Gpu {
    /// `none`, `time_slicing`, `mps`, `mig`, `vgpu`
    pub sharing: String,
    pub replicas: u32,
    pub monitoring: bool,
    pub rdma: bool,
}

/// Dumps of databases by the clock.
#[derive(Clone, Debug, Default)]
pub struct Backup {
    /// As cron writes it.
    pub schedule: String,
    /// How many dumps of a database are kept.
    pub keep: u32,
    /// Of the claim beside each database: `50Gi`.
    pub size: String,
}

#[derive(Clone, Debug, Default)]
pub struct NotebookImage {
    pub label: String,
    /// Image reference.
    pub name: String,
    /// `jupyter`, `vscode`, `rstudio`
    pub kind: String,
}

/// A `component` block of a platform.
#[derive(Clone, Debug, Default)]
pub struct ComponentSettings {
    /// `None` leaves it to the edition.
    pub enabled: Option<bool>,
    /// Directory of the user's own component, relative to the configuration.
    pub source: Option<String>,
    pub inputs: BTreeMap<String, crate::lang::Value>,
    /// Where the inputs stand in the configuration.
    pub inputs_span: Option<Span>,
    /// Where its label stands.
    pub span: Option<Span>,
}

/// Somebody who logs in, with a namespace of their own unless `profile` is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct User {
    /// Name of the profile and its namespace: an RFC 1123 label.
    pub name: String,
    pub platform: Address,
    /// Lower case.
    pub email: String,
    pub credential: Credential,
    /// Where the configuration gives one; else kept from the cluster or derived from the installation and e-mail.
    pub user_id: Option<String>,
    /// Groups that they are in, beside those that a connector tells.
    pub groups: Vec<String>,
    pub quota: BTreeMap<String, String>,
    /// `false` for a user without a namespace of their own.
    pub has_profile: bool,
    /// What else is written of their namespace.
    pub space: Space,
}

/// What is written of a namespace of people beside its quota, by the names of the schema: for templates. Null where that is
/// nothing.
pub type Space = Value;

/// Whose a shared namespace is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A `user` block.
    User(Address),
    /// Lower case.
    Email(String),
}

impl Default for Owner {
    fn default() -> Self {
        Self::Email(String::new())
    }
}

/// A namespace shared by several users.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub name: String,
    pub platform: Address,
    pub owner: Owner,
    /// Lower-case e-mail to `view`, `edit` or `admin`.
    pub contributors: BTreeMap<String, String>,
    /// The same by group.
    pub contributor_groups: BTreeMap<String, String>,
    pub quota: BTreeMap<String, String>,
    /// What else is written of it.
    pub space: Space,
}

/// Somewhere else that people log in at.
#[derive(Clone, Debug, Default)]
pub struct Connector {
    /// Its id in Dex: an RFC 1123 label.
    pub name: String,
    pub platform: Address,
    /// Its type in the configuration: `active_directory`
    pub variant: String,
    /// Its type in Dex: `ldap`
    pub program_type: String,
    /// Browsers are sent back from it.
    pub calls_back: bool,
    pub title: String,
    pub admin_groups: Vec<String>,
    /// Its settings in Dex.
    pub foreign: Foreign,
}

/// A share of a platform for jobs.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    pub name: String,
    pub platform: Address,
    /// Amounts by resource.
    pub capability: BTreeMap<String, String>,
    pub deserved: BTreeMap<String, String>,
    pub guarantee: BTreeMap<String, String>,
    /// All that is written, by the names of the schema: for templates.
    pub projection: Value,
}

/// A change of rendered objects. What it does not say about them holds for all of them.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    pub platform: Address,
    /// `None` for any; an empty list is none.
    pub objects: Option<Vec<ObjectId>>,
    pub component: Option<String>,
    /// With its group or without.
    pub kind: Option<String>,
    pub labels: BTreeMap<String, String>,
    /// Version constraints of which one must hold; empty for every release.
    pub releases: Vec<String>,
    /// Comes before the operations.
    pub merge: Map<String, Value>,
    pub operations: Vec<Operation>,
}

/// A rule that judges plans.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// May be empty.
    pub description: String,
    /// A plan that breaks it is not refused.
    pub only_warns: bool,
    /// What is judged one by one, as `changes`; `None` for the plan as a whole.
    pub each: Option<String>,
    /// Which of them are judged: all of these must hold.
    pub matches: Vec<Expression>,
    pub condition: Expression,
    /// What to say where it does not hold; at most one of the two.
    pub message: Option<String>,
    pub message_expression: Option<Expression>,
}
