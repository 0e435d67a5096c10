//! Makes the plan of one cluster: renders, observes, fills secrets in, compares, asks the server, orders.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Instant;

use sha2::Digest;
use tokio::sync::Semaphore;

use super::Failure;
use super::Loaded;
use super::care;
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
use crate::diag::Sources;
use crate::object::Address;
use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::object::Secrets;
use crate::object::normalize::hexadecimal;
use crate::plan;
use crate::plan::Care;
use crate::plan::Consent;
use crate::plan::Desired;
use crate::plan::DesiredObject;
use crate::plan::Mode;
use crate::plan::Next;
use crate::plan::Observation;
use crate::plan::Plan;
use crate::plan::PlanOptions;
use crate::plan::Planner;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Question;
use crate::state::Inventory;
use crate::state::Store;

/// What a person asked for, as the command line says it.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct PlanRequest {
    pub mode: Mode,
    pub targets: Vec<Address>,
    pub excludes: Vec<Address>,
    pub replace: Vec<Address>,
    pub allow_data_loss: bool,
}

impl PlanRequest {
    /// Takes over existing objects of these addresses, of all where there are none.
    pub fn adopt(addresses: &[Address]) -> Self {
        Self { mode: Mode::Adopt, targets: addresses.to_vec(), ..Self::default() }
    }

    /// Lets objects of these addresses go: as if they were not wanted any more, but nothing is deleted.
    pub fn forget(addresses: &[Address]) -> Self {
        Self { mode: Mode::Forget, targets: addresses.to_vec(), ..Self::default() }
    }

    /// Whether everything goes, so that the records go last.
    pub fn erases(&self) -> bool {
        self.mode.is_destroy() && self.targets.is_empty() && self.excludes.is_empty()
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
    /// What rendering gave reason to warn of, with the sources to show it in.
    pub warnings: (Diagnostics, Sources),
}

/// So many clusters are rendered and compared at once: more would only hold more objects in memory.
fn turns() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Plans all clusters of an installation at the same time.
///
/// # Errors
/// What stood in the way of each plan that could not be made.
pub async fn plan_all(loaded: &Arc<Loaded>, request: &PlanRequest) -> Result<Vec<Planned>, Failure> {
    if loaded.installation.clusters.is_empty() {
        return Err(Failure::world("Nothing to do", "the configuration has no cluster block")
            .help("Add a block:\n\ncluster \"main\" {\n  provider = kubernetes\n}"));
    }
    let passwords = Passwords::read(loaded.files.root());
    let care = care::of(loaded)?;
    let shared = Arc::new(Shared { care, passwords, turns: Semaphore::new(turns()) });
    let tasks: Vec<_> = loaded
        .installation
        .clusters
        .iter()
        .map(|cluster| {
            let (loaded, cluster, request, shared) = (loaded.clone(), cluster.clone(), request.clone(), shared.clone());
            tokio::spawn(async move { plan_one(&loaded, &cluster, &request, &shared).await })
        })
        .collect();
    let mut planned = Vec::new();
    let mut failures = Vec::new();
    for task in tasks {
        match task.await {
            Ok(Ok(one)) => planned.push(one),
            Ok(Err(failure)) => failures.push(failure),
            Err(error) => failures.push(Failure::world("Cannot plan", error)),
        }
    }
    shared.passwords.write(loaded.files.root());
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None => Ok(planned),
    }
}

/// What the plans of all clusters have in common.
struct Shared {
    care: BTreeMap<Address, Care>,
    passwords: Passwords,
    turns: Semaphore,
}

async fn plan_one(
    loaded: &Arc<Loaded>,
    cluster: &config::Cluster,
    request: &PlanRequest,
    shared: &Arc<Shared>,
) -> Result<Planned, Failure> {
    let platform = loaded.installation.platforms.iter().find(|p| p.cluster == cluster.address).cloned();
    // A turn is held from rendering to the plan: what lies between is what fills the memory.
    let _turn = shared.turns.acquire().await;
    let session = session::open(loaded, cluster).await?;
    let (mut rendered, warnings) = {
        let (loaded, cluster, platform) = (loaded.clone(), cluster.clone(), platform.clone());
        off_the_runtime(move || {
            let mut sources = loaded.sources.clone();
            let (rendered, findings) = render(&loaded, &cluster, platform.as_ref(), &mut sources)?;
            Ok((rendered, (findings, sources)))
        })
        .await?
    };
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
    let failed = |error: ClusterError| Failure::from_error(format!("Cannot look at {}", cluster.address), &error);
    let observed = Instant::now();
    let mut observation = session.cluster.observe(question).await.map_err(failed)?;
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
    plan::follow_moves(&mut observation.records, &moves(loaded));
    let live: Vec<_> = rendered.reads().iter().filter_map(|id| observation.live.get(id).cloned()).collect();
    let mut rendered = {
        let shared = shared.clone();
        off_the_runtime(move || {
            shared.passwords.fill(&mut rendered, &live)?;
            Ok(rendered)
        })
        .await?
    };
    let desired = desired(loaded, &mut rendered, request);
    let named = desired.objects.iter().map(|wanted| (wanted.object.id(), wanted.owner.clone()));
    let refused = match request.mode.wants_nothing() || loaded.evaluated.imports.is_empty() {
        true => Diagnostics::new(),
        false => import::refused(loaded, &named.collect::<Vec<_>>(), &observation),
    };
    if refused.has_errors() {
        return Err(Failure::Refused(refused, Box::new(loaded.sources.clone())));
    }
    let options = options(loaded, request, &shared.care);
    let mut planner = Planner::new(&desired, &options);
    let plan = loop {
        match planner.next(&observation) {
            Next::Ask(questions) => {
                session.cluster.answer(questions, &mut observation, &selector).await.map_err(failed)?;
            }
            Next::Done(Ok(plan)) => break plan,
            Next::Done(Err(error)) => {
                return Err(Failure::Refused(error.to_diagnostics(), Box::new(loaded.sources.clone())));
            }
        }
    };
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
        warnings,
    })
}

/// Work that computes, away from the threads that serve requests.
async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::world("Cannot plan", error))?
}

/// What should be there, with the order that the configuration asks for. Takes the rendered objects: a release's are many
/// megabytes.
fn desired(loaded: &Loaded, rendered: &mut Rendered, request: &PlanRequest) -> Desired {
    let waits: BTreeMap<&Address, &Vec<Address>> = loaded
        .evaluated
        .resources
        .iter()
        .filter(|resource| !resource.depends_on.is_empty())
        .map(|resource| (&resource.address, &resource.depends_on))
        .collect();
    let wanted = std::mem::take(&mut rendered.objects).into_iter().filter(|_| !request.mode.wants_nothing());
    let objects = wanted.map(|made| {
        let mut after = made.after;
        if let Some(others) = waits.get(&made.owner.of_block()) {
            after.extend(others.iter().cloned());
        }
        DesiredObject { object: made.object, owner: made.owner, after }
    });
    Desired {
        installation: loaded.installation.name.clone(),
        objects: objects.collect(),
        readiness: rendered.readiness.clone(),
        residues: std::mem::take(&mut rendered.residues),
    }
}

/// The desired objects of a cluster, with placeholders for secrets, and what there is to warn of.
pub fn render(
    loaded: &Loaded,
    cluster: &config::Cluster,
    platform: Option<&config::Platform>,
    sources: &mut Sources,
) -> Result<(Rendered, Diagnostics), Failure> {
    render_of(loaded, &loaded.installation, cluster, platform, sources)
}

/// As [`render`], of another installation than the one that was loaded.
pub fn render_of(
    loaded: &Loaded,
    installation: &config::Installation,
    cluster: &config::Cluster,
    platform: Option<&config::Platform>,
    sources: &mut Sources,
) -> Result<(Rendered, Diagnostics), Failure> {
    let (rendered, findings) = match platform {
        Some(platform) => catalog::render(&loaded.catalog, installation, platform, sources),
        // Without a platform there are only the cluster's own storage classes.
        None => {
            let mut rendered = Rendered::default();
            rendered.objects = catalog::storage_class_objects(installation, &cluster.address);
            (rendered, Diagnostics::new())
        }
    };
    if findings.has_errors() {
        return Err(Failure::Input(findings, Box::new(sources.clone())));
    }
    Ok((rendered, findings))
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

/// Passwords and hashes that were seen to fit, for all plans of a run.
struct Passwords {
    known: String,
    verified: Mutex<VerifiedPasswords>,
}

impl Passwords {
    fn read(root: &Path) -> Self {
        let known = std::fs::read_to_string(Self::cache(root)).unwrap_or_default();
        let verified = Mutex::new(VerifiedPasswords::from_text(&known));
        Self { known, verified }
    }

    fn cache(root: &Path) -> PathBuf {
        root.join(session::LOCAL).join("verified-passwords")
    }

    /// Fills generated values and password hashes in: from the cluster where it has them, else made once.
    fn fill(&self, rendered: &mut Rendered, live: &[Object]) -> Result<(), Failure> {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        rendered
            .fill(live, &mut verified)
            .map_err(|error| Failure::from_error("Cannot prepare the platform's secrets", &error))
    }

    /// Only a cache: without it the next plan takes longer.
    fn write(&self, root: &Path) {
        let text = self.verified.lock().unwrap_or_else(PoisonError::into_inner).to_text();
        if text != self.known {
            let _ = session::local_directory(root).and_then(|_| write_private(&Self::cache(root), &text));
        }
    }
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

fn options(loaded: &Loaded, request: &PlanRequest, care: &BTreeMap<Address, Care>) -> PlanOptions {
    PlanOptions {
        mode: request.mode,
        targets: request.targets.clone(),
        excludes: request.excludes.clone(),
        replace: request.replace.clone(),
        released: released(loaded),
        care: care.clone(),
        consent: if request.allow_data_loss { Consent::Everything } else { Consent::Nothing },
        configuration_digest: digest(loaded),
        secrets: secrets(loaded),
    }
}

/// What has another name than before.
fn moves(loaded: &Loaded) -> Vec<(Address, Address)> {
    loaded.evaluated.moved.iter().map(|moved| (moved.from.0.clone(), moved.to.0.clone())).collect()
}

/// Resources that are let go without being deleted: `removed` blocks with `destroy = false`.
fn released(loaded: &Loaded) -> Vec<Address> {
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
