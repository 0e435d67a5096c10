//! Makes the plan of one cluster: renders, observes, fills secrets in, compares, asks the server, orders.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use sha2::Digest;

use super::Failure;
use super::Loaded;
use super::endpoint;
use super::import;
use super::records::unreadable;
use super::room;
use super::room::Room;
use super::session;
use super::session::Session;
use crate::catalog;
use crate::catalog::EnabledComponent;
use crate::catalog::ImageUse;
use crate::catalog::Rendered;
use crate::catalog::VerifiedPasswords;
use crate::config;
use crate::config::Credential;
use crate::diag::Diagnostics;
use crate::object::Address;
use crate::object::INSTALLATION_LABEL;
use crate::object::Secrets;
use crate::object::normalize::hexadecimal;
use crate::plan;
use crate::plan::Consent;
use crate::plan::Desired;
use crate::plan::DesiredObject;
use crate::plan::Observation;
use crate::plan::Plan;
use crate::plan::PlanOptions;
use crate::provider::kubernetes::Question;
use crate::state::Inventory;
use crate::state::Store;

/// What a person asked for, as the command line says it.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct PlanRequest {
    pub destroy: bool,
    pub refresh_only: bool,
    pub targets: Vec<Address>,
    pub excludes: Vec<Address>,
    pub replace: Vec<Address>,
    pub allow_data_loss: bool,
    pub keep_data: bool,
    /// Only take over what exists and belongs to no installation.
    #[serde(default)]
    pub adopt_only: bool,
    /// Let these go without deleting them.
    #[serde(default)]
    pub forget: Vec<Address>,
}

impl PlanRequest {
    /// Takes over existing objects of these addresses, of all where there are none.
    pub fn adopt(addresses: &[Address]) -> Self {
        Self { adopt_only: true, targets: addresses.to_vec(), ..Self::default() }
    }

    /// Objects change hands, and nothing else happens.
    pub fn hands_over(&self) -> bool {
        self.adopt_only || !self.forget.is_empty()
    }

    /// Lets objects of these addresses go: as if they were not wanted any more, but nothing is deleted.
    pub fn forget(addresses: &[Address]) -> Self {
        Self { destroy: true, forget: addresses.to_vec(), targets: addresses.to_vec(), ..Self::default() }
    }
}

/// The plan of one cluster, and what it was made from.
pub struct Planned {
    pub cluster: config::Cluster,
    pub platform: Option<config::Platform>,
    pub session: Session,
    pub store: Store,
    /// With what a killed run did not write down.
    pub inventory: Inventory,
    /// The inventory was mended, or holds what a run began and did not end.
    pub is_unsettled: bool,
    pub plan: Arc<Plan>,
    pub observation: Observation,
    pub observed: Instant,
    pub components: Vec<EnabledComponent>,
    /// Images that stand for some which upstream's registries do not have any more.
    pub replaced: Vec<ImageUse>,
    /// Where people reach the platform, if that is known.
    pub host: Option<String>,
    /// Where pods are to be made.
    pub room: Option<Room>,
}

/// Plans all clusters of an installation, one after the other.
pub async fn plan_all(loaded: &mut Loaded, request: &PlanRequest) -> Result<Vec<Planned>, Failure> {
    if loaded.installation.clusters.is_empty() {
        return Err(Failure::world("Nothing to do", "the configuration has no cluster block")
            .help("Add a block:\n\ncluster \"main\" {\n  provider = kubernetes\n}"));
    }
    let mut planned = Vec::new();
    for cluster in loaded.installation.clusters.clone() {
        planned.push(plan_one(loaded, &cluster, request).await?);
    }
    Ok(planned)
}

async fn plan_one(loaded: &mut Loaded, cluster: &config::Cluster, request: &PlanRequest) -> Result<Planned, Failure> {
    let platform = loaded.installation.platforms.iter().find(|p| p.cluster == cluster.address).cloned();
    let mut rendered = render(loaded, cluster, platform.as_ref())?;
    let session = session::open(loaded, cluster).await?;
    let store = Store::new(&session.cluster, &loaded.installation.name);
    let mut inventory = store.read().await.map_err(unreadable)?;
    let selector = format!("{INSTALLATION_LABEL}={}", loaded.installation.name);
    let mut question = Question::new(&[], inventory.records(), inventory.revision, selector.clone());
    question.wanted.extend(rendered.objects.iter().map(|object| (object.object.id(), object.object.gvk())));
    for id in rendered.reads() {
        question
            .wanted
            .entry(id.clone())
            .or_insert_with(|| crate::object::GroupVersionKind::new(&id.group, "v1", &id.kind));
    }
    let failed = |error: &crate::provider::kubernetes::ClusterError| {
        Failure::from_error(format!("Cannot look at {}", cluster.address), error)
    };
    let observed = Instant::now();
    let mut observation = session.cluster.observe(question).await.map_err(|error| failed(&error))?;
    if let Some(platform) = &platform {
        check_version(loaded, platform, &observation)?;
    }
    let mended = inventory.mend(&observation.live, INSTALLATION_LABEL, &loaded.installation.name, |id| {
        let desired = rendered.objects.iter().find(|object| object.object.id() == *id);
        // What nobody wants any more and nobody recorded goes with the platform.
        let otherwise = || platform.as_ref().map_or(&cluster.address, |platform| &platform.address).clone();
        desired.map_or_else(otherwise, |object| object.owner.clone())
    });
    let is_unsettled = mended || inventory.is_unsettled();
    observation.records = inventory.records();
    fill(&mut rendered, &observation, loaded.files.root())?;
    // Moved, not copied: a release's objects are many megabytes.
    let wanted = std::mem::take(&mut rendered.objects).into_iter().filter(|_| !request.destroy);
    let desired = Desired {
        installation: loaded.installation.name.clone(),
        objects: wanted
            .map(|object| DesiredObject { object: object.object, owner: object.owner, after: object.after })
            .collect(),
        readiness: rendered.readiness.clone(),
        residues: std::mem::take(&mut rendered.residues),
    };
    let named = desired.objects.iter().map(|wanted| (wanted.object.id(), wanted.owner.clone()));
    let refused = match request.destroy || loaded.evaluated.imports.is_empty() {
        true => Diagnostics::new(),
        false => import::refused(loaded, &named.collect::<Vec<_>>(), &observation),
    };
    if refused.has_errors() {
        return Err(Failure::Refused(refused, Box::new(loaded.sources.clone())));
    }
    let options = options(loaded, request);
    let mut comparison = plan::compare(&desired, &observation, &options);
    let unread = plan::to_read(&comparison);
    if !unread.is_empty() {
        let whole = session.cluster.read(&unread, &selector).await.map_err(|error| failed(&error))?;
        observation.live.extend(whole);
        comparison = plan::compare(&desired, &observation, &options);
    }
    let inspected = plan::to_inspect(&comparison);
    observation.holdings = session.cluster.holdings(&inspected, &selector).await.map_err(|error| failed(&error))?;
    let swept = plan::to_sweep(&comparison, &desired, &observation);
    observation.residues = session.cluster.residues(&swept).await.map_err(|error| failed(&error))?;
    let asked: Vec<_> = comparison.dry_runs().map(|(_, object)| object.clone()).collect();
    observation.dry_runs = session.cluster.dry_run(asked).await.map_err(|error| failed(&error))?;
    let plan = plan::plan_compared(comparison, &desired, &observation, &options)
        .map_err(|error| Failure::Refused(error.to_diagnostics(), Box::new(loaded.sources.clone())))?;
    room::check_storage(loaded, &session.cluster, &plan, &desired).await?;
    // Who may not list nodes learns neither an address nor the room there is.
    let nodes = match &platform {
        Some(platform) if endpoint::is_at_node(platform) || room::makes_pods(&plan) => {
            session.cluster.seen("", "v1", "Node").await.unwrap_or_default()
        }
        _ => Vec::new(),
    };
    let host = platform.as_ref().and_then(|platform| endpoint::host(platform, &observation, &nodes));
    Ok(Planned {
        cluster: cluster.clone(),
        platform,
        session,
        store,
        inventory,
        is_unsettled,
        room: room::of_plan(&plan, &desired, &nodes),
        plan: Arc::new(plan),
        observation,
        observed,
        components: rendered.components,
        replaced: rendered.images.into_iter().filter(|image| image.replaces.is_some()).collect(),
        host,
    })
}

/// The desired objects of a cluster, with placeholders for secrets.
pub fn render(
    loaded: &mut Loaded,
    cluster: &config::Cluster,
    platform: Option<&config::Platform>,
) -> Result<Rendered, Failure> {
    let (rendered, findings) = match platform {
        Some(platform) => catalog::render(&loaded.catalog, &loaded.installation, platform, &mut loaded.sources),
        // Without a platform there are only the cluster's own storage classes.
        None => {
            let mut rendered = Rendered::default();
            rendered.objects = catalog::storage_class_objects(&loaded.installation, &cluster.address);
            (rendered, Diagnostics::new())
        }
    };
    if findings.has_errors() {
        return Err(Failure::Input(findings, Box::new(loaded.sources.clone())));
    }
    loaded.warnings.extend(findings);
    Ok(rendered)
}

fn check_version(loaded: &Loaded, platform: &config::Platform, observation: &Observation) -> Result<(), Failure> {
    let mut sources = crate::diag::Sources::new();
    let (release, _) = loaded.catalog.release(&platform.version, &mut sources);
    let Some(release) = release else { return Ok(()) };
    if release.supports_kubernetes(&observation.server_version) != Some(false) {
        return Ok(());
    }
    let cause = format!(
        "release {} runs on Kubernetes {} to {}, and the cluster has {}",
        platform.version, release.kubernetes_min, release.kubernetes_max, observation.server_version
    );
    Err(Failure::world(format!("{} does not fit its cluster", platform.address), cause)
        .help("Choose a version that fits: `stackwright version` lists the releases."))
}

/// Fills generated values and password hashes in: from the cluster where it has them, else made once.
fn fill(rendered: &mut Rendered, observation: &Observation, root: &Path) -> Result<(), Failure> {
    let cache = root.join(session::LOCAL).join("verified-passwords");
    let known = std::fs::read_to_string(&cache).unwrap_or_default();
    let mut verified = VerifiedPasswords::from_text(&known);
    let live: Vec<_> = rendered.reads().iter().filter_map(|id| observation.live.get(id).cloned()).collect();
    rendered
        .fill(&live, &mut verified)
        .map_err(|error| Failure::from_error("Cannot prepare the platform's secrets", &error))?;
    let text = verified.to_text();
    if text != known {
        // Only a cache: without it the next plan takes longer.
        let _ = session::local_directory(root).and_then(|_| write_private(&cache, &text));
    }
    Ok(())
}

/// Writes a file only its owner may read, whole or not at all.
pub fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let new = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(text.as_bytes())?;
        std::fs::rename(&new, path)
    };
    write().map_err(|error| Failure::world(format!("Cannot write {}", path.display()), error))
}

fn options(loaded: &Loaded, request: &PlanRequest) -> PlanOptions {
    PlanOptions {
        destroy: request.destroy,
        refresh_only: request.refresh_only,
        targets: request.targets.clone(),
        excludes: request.excludes.clone(),
        replace: request.replace.clone(),
        prevent_destroy: protected(loaded),
        forget: [forgotten(loaded), request.forget.clone()].concat(),
        adopt_only: request.adopt_only,
        consent: if request.allow_data_loss { Consent::Everything } else { Consent::Nothing },
        keep_data: request.keep_data,
        configuration_digest: digest(loaded),
        secrets: secrets(loaded),
        ..PlanOptions::default()
    }
}

/// Resources whose objects must stay.
fn protected(loaded: &Loaded) -> Vec<Address> {
    let resources = loaded.evaluated.resources.iter().filter(|resource| resource.lifecycle.prevent_destroy);
    resources.map(|resource| resource.address.clone()).collect()
}

/// Resources that are let go without being deleted: `removed` blocks with `destroy = false`.
fn forgotten(loaded: &Loaded) -> Vec<Address> {
    let removed = loaded.evaluated.removed.iter().filter(|removed| !removed.destroy);
    removed.map(|removed| removed.from.0.clone()).collect()
}

/// Digest of the configuration's HCL. Variables files are left out: a digest over a short secret could be tried out.
fn digest(loaded: &Loaded) -> String {
    let mut hash = sha2::Sha256::new();
    for id in loaded.sources.ids().filter(|id| loaded.sources.path(*id).ends_with(".hcl")) {
        let (path, text) = (loaded.sources.path(id), loaded.sources.text(id));
        hash.update(format!("{} {} {path}\n", path.len(), text.len()));
        hash.update(text);
    }
    hexadecimal(&hash.finalize())
}

/// Everything that must never be shown.
fn secrets(loaded: &Loaded) -> Secrets {
    let installation = &loaded.installation;
    let credentials = installation.platforms.iter().map(|p| &p.admin.credential);
    let all = credentials.chain(installation.users.iter().map(|user| &user.credential));
    Secrets::new(all.filter_map(|credential| match credential {
        Credential::Password(secret) | Credential::Hash(secret) => Some(secret.reveal().to_owned()),
        Credential::Generated => None,
    }))
}
