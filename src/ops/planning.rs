//! Makes the plans of all targets, clusters and what makes clusters: renders, observes, fills secrets in, compares, asks the server, orders.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::Semaphore;

use super::Failure;
use super::Loaded;
use super::care;
use super::cloud;
use super::cloud::Cloud;
use super::course;
use super::hopping::Course;
use super::hopping::Upgrade;
use super::import;
use super::looking;
use super::looking::Found;
use super::passwords::Passwords;
use super::plan_request::PlanRequest;
use super::policies;
use super::policies::Verdict;
use super::rendering::render;
use super::rendering::secrets_of;
use super::renewing;
use super::room;
use super::secrets;
use super::session;
use super::session::Session;
use super::spaces;
use super::taken_out::taken_out;
use super::together::all;
use crate::catalog;
use crate::catalog::EnabledComponent;
use crate::catalog::Fit;
use crate::catalog::ImageUse;
use crate::catalog::Login;
use crate::catalog::Rendered;
use crate::catalog::Renewal;
use crate::catalog::Unhashed;
use crate::config;
use crate::config::Declared;
use crate::config::Secret;
use crate::config::host_of;
use crate::config::is_at_node;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::object::Address;
use crate::object::ObjectId;
use crate::object::Secrets;
use crate::object::kinds;
use crate::plan;
use crate::plan::Desired;
use crate::plan::DesiredObject;
use crate::plan::ImmutableFields;
use crate::plan::Mode;
use crate::plan::Next;
use crate::plan::Observation;
use crate::plan::Plan;
use crate::plan::PlanOptions;
use crate::plan::Planner;
use crate::plan::Problem;
use crate::plan::Room;
use crate::state::Inventory;
use crate::state::Output;
use crate::state::Standing;
use crate::state::Store;

/// The plan of one target, and what it was made from.
pub struct Planned {
    /// `cluster.main`, `provider.scp`
    pub target: Address,
    /// `None` where the target is a cloud.
    pub cluster: Option<Declared<config::Cluster>>,
    pub platform: Option<Declared<config::Platform>>,
    /// The cloud itself, or the one that makes the cluster.
    pub cloud: Option<Arc<Cloud>>,
    /// `None`: the target does not exist yet, and comes with what `cloud` makes.
    pub reach: Option<Reach>,
    /// With what a killed run did not write down.
    pub inventory: Inventory,
    /// The inventory was mended, or holds what a run began and did not end.
    pub is_unsettled: bool,
    /// The hops that its platform has to make. `plan` shows what comes of all of them; each makes one of its own.
    pub upgrade: Option<Upgrade>,
    /// Where its platform stands by the records.
    pub standing: Option<Standing>,
    pub plan: Arc<Plan>,
    /// Passwords whose hashes something stands for in the plan.
    pub unhashed: Vec<Unhashed>,
    /// The other passwords.
    pub fitting: Vec<Fit>,
    pub observation: Observation,
    /// As the last apply recorded them.
    pub outputs: BTreeMap<String, Output>,
    pub observed: Instant,
    pub components: Vec<EnabledComponent>,
    /// Images that stand for some which upstream's registries do not have any more.
    pub replaced: Vec<ImageUse>,
    /// Where people reach the platform, if that is known.
    pub host: Option<String>,
    /// The Service people come through, as a component names it.
    pub gateway: Option<ObjectId>,
    /// People whom somebody else has put into the login component's configuration and whom this plan takes out of it:
    /// e-mail, and who wrote it.
    pub strangers: Vec<(String, String)>,
    /// People whom we let in once and whom this plan takes out of the login: their e-mails.
    pub leaving: Vec<String>,
    /// Where it is kept who may log in.
    pub login: Option<Login>,
    /// Generated values that this plan makes anew.
    pub renewed: Vec<Renewal>,
    /// The objects that keep generated values.
    pub keepers: Vec<ObjectId>,
    /// Where pods are to be made.
    pub room: Option<Room>,
    /// What policies say of it.
    pub judged: Vec<Verdict>,
    /// What rendering gave reason to warn of, with the sources to show it in.
    pub warnings: (Diagnostics, Sources),
}

/// The way to a target, and to the records that lie there.
pub struct Reach {
    pub session: Session,
    pub store: Store,
}

impl Planned {
    /// Requests to the target so far, by verb.
    pub fn requests(&self) -> BTreeMap<&'static str, u64> {
        self.reach.as_ref().map(|reach| reach.session.cluster.requests()).unwrap_or_default()
    }

    /// Which cluster is meant: its address, version and where it is. `None` for what is no cluster, or not there yet.
    pub fn place(&self) -> Option<String> {
        let reach = self.reach.as_ref().filter(|_| !self.is_cloud())?;
        let version = &self.observation.server_version;
        Some(format!("{}  Kubernetes {version}  {}", self.target, reach.session.place()))
    }

    /// Whether the target makes clusters and is none.
    pub fn is_cloud(&self) -> bool {
        self.cluster.is_none()
    }

    /// What its target is called.
    pub fn noun(&self) -> &'static str {
        if self.is_cloud() { CLOUD } else { CLUSTER }
    }
}

/// What targets are called, for people.
pub(super) const CLUSTER: &str = "cluster";
pub(super) const CLOUD: &str = "cloud";

/// So many targets are rendered and compared at once: more would only hold more objects in memory.
fn turns() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// So many targets are on their way at once: while some wait for their servers others compute.
const PLACES: usize = 16;

/// Plans all targets of an installation: first what makes clusters, then all clusters at the same time.
///
/// # Errors
/// What stood in the way of each plan that could not be made.
pub async fn plan_all(loaded: &Arc<Loaded>, request: &PlanRequest) -> Result<Vec<Planned>, Failure> {
    let providers = cloud::providers(loaded);
    if loaded.installation.clusters.is_empty() && providers.is_empty() {
        return Err(Failure::world("Nothing to do", "the configuration has no cluster block")
            .help("Add a block:\n\ncluster \"main\" {\n  provider = kubernetes\n}"));
    }
    policies::check_names(loaded, request)?;
    let shared = Arc::new(Shared::new(loaded, request)?);
    let clouds = providers.into_iter().map(|provider| {
        let shared = shared.clone();
        async move {
            let cloud = cloud::open(&shared.loaded, &provider).await?;
            plan_cloud(&shared, cloud).await
        }
    });
    let clouds = all(clouds).await?;
    let clusters = loaded.installation.clusters.iter().map(|cluster| {
        let (shared, cluster) = (shared.clone(), cluster.clone());
        let maker =
            clouds.iter().find(|one| one.cloud.as_ref().is_some_and(|cloud| cloud.provider == cluster.provider));
        let maker = maker.and_then(|one| {
            let cloud = one.cloud.clone()?;
            let exists = cloud.has(&cluster, &one.plan, one.observation.live.get(&cloud.id(&cluster)));
            Some((cloud, exists))
        });
        async move {
            match maker {
                None => {
                    let opened = cluster.clone();
                    let session = async { session::open(&shared.loaded, &opened).await };
                    plan_cluster(&shared, cluster, None, Some(session.boxed())).await
                }
                Some((cloud, true)) => plan_made(&shared, cluster, cloud).await,
                Some((cloud, false)) => plan_cluster(&shared, cluster, Some(cloud), None).await,
            }
        }
    });
    let clusters = all(clusters).await;
    shared.passwords.write(loaded.files.root());
    let mut planned = clouds;
    planned.extend(clusters?);
    let problems = named_nowhere(&planned);
    if !problems.is_empty() {
        return Err(Failure::of_plan(loaded, &plan::PlanError { problems }));
    }
    Ok(planned)
}

/// The addresses of a request that name nothing at any target, told as the first of them does.
fn named_nowhere(planned: &[Planned]) -> Vec<Problem> {
    let Some((first, others)) = planned.split_first() else { return Vec::new() };
    let is_unnamed = |problem: &&Problem| {
        others.iter().all(|one| one.plan.unnamed.iter().any(|other| other.detail == problem.detail))
    };
    first.plan.unnamed.iter().filter(is_unnamed).cloned().collect()
}

/// Plans a cluster that was made since the plan that was agreed to.
pub async fn plan_again(
    loaded: &Arc<Loaded>,
    request: &PlanRequest,
    cluster: Declared<config::Cluster>,
    cloud: Arc<Cloud>,
) -> Result<Planned, Failure> {
    let shared = Arc::new(Shared::new(loaded, request)?);
    let planned = plan_made(&shared, cluster, cloud).await?;
    shared.passwords.write(loaded.files.root());
    Ok(planned)
}

/// Plans one cluster through a session that is open already, whatever makes the cluster.
pub(super) async fn plan_through(
    loaded: &Arc<Loaded>,
    request: &PlanRequest,
    cluster: Declared<config::Cluster>,
    session: Session,
) -> Result<Planned, Failure> {
    plan_cluster(&Arc::new(Shared::new(loaded, request)?), cluster, None, Some(async { Ok(session) }.boxed())).await
}

/// What the plans of all targets have in common.
pub(super) struct Shared {
    pub loaded: Arc<Loaded>,
    pub request: PlanRequest,
    pub options: PlanOptions,
    pub passwords: Passwords,
    turns: Semaphore,
    places: Semaphore,
}

impl Shared {
    pub fn new(loaded: &Arc<Loaded>, request: &PlanRequest) -> Result<Self, Failure> {
        let targets = cloud::providers(loaded).len() + loaded.installation.clusters.len();
        Ok(Self {
            loaded: loaded.clone(),
            request: request.clone(),
            options: request.options(loaded, care::of(loaded)?, targets > 1),
            passwords: Passwords::read(loaded.files.root()),
            turns: Semaphore::new(turns()),
            places: Semaphore::new(PLACES),
        })
    }

    /// Work that computes, away from the threads that serve requests and no more of it than there are cores.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let _turn = self.turns.acquire().await;
        tokio::task::spawn_blocking(work).await.map_err(|error| Failure::world("Cannot plan", error))?
    }
}

/// What is wanted of a target.
pub(super) struct Wanted {
    rendered: Rendered,
    secrets: Secrets,
    immutable: Vec<ImmutableFields>,
    warnings: (Diagnostics, Sources),
}

async fn plan_cloud(shared: &Arc<Shared>, cloud: Arc<Cloud>) -> Result<Planned, Failure> {
    let loaded = &shared.loaded;
    let mut rendered = Rendered::default();
    let facts = loaded.provider_facts(&cloud.provider);
    rendered.objects =
        catalog::made_objects(&loaded.installation, &facts, &cloud.provider, &kinds::made_group(&cloud.provider));
    rendered.readiness = cloud.readiness();
    let secrets = loaded.secrets.clone();
    let wanted =
        Wanted { rendered, secrets, immutable: cloud.immutable(), warnings: (Diagnostics::new(), Sources::new()) };
    let target = cloud.address.clone();
    let known = looking::known(loaded, &target, Session::of(cloud.target.clone())).await?;
    let site = Site { target, cluster: None, platform: None, cloud: Some(cloud), is_leg: false };
    plan_target(shared, site, wanted, Some(known)).await
}

async fn plan_made(
    shared: &Arc<Shared>,
    cluster: Declared<config::Cluster>,
    cloud: Arc<Cloud>,
) -> Result<Planned, Failure> {
    let entered = (cloud.clone(), cluster.clone());
    let session = async { Ok(Session::of(entered.0.enter(&entered.1).await?)) };
    plan_cluster(shared, cluster, Some(cloud), Some(session.boxed())).await
}

async fn plan_cluster(
    shared: &Arc<Shared>,
    cluster: Declared<config::Cluster>,
    cloud: Option<Arc<Cloud>>,
    session: Option<BoxFuture<'_, Result<Session, Failure>>>,
) -> Result<Planned, Failure> {
    let platform = shared.loaded.installation.platforms.iter().find(|p| p.cluster == cluster.address).cloned();
    let _place = shared.places.acquire().await;
    let target = cluster.address.clone();
    let known = async {
        match session {
            Some(session) => looking::known(&shared.loaded, &target, session.await?).await.map(Some),
            None => Ok(None),
        }
    };
    // What is recorded is listed while it is rendered what is wanted. What is wrong with the configuration is told first.
    let (wanted, known) = futures::join!(wanted(shared, &cluster, platform.as_ref()), known);
    let site = Site { target: cluster.address.clone(), cluster: Some(cluster), platform, cloud, is_leg: false };
    plan_target(shared, site, wanted?, known?).await
}

/// Renders what is wanted of a cluster.
pub(super) async fn wanted(
    shared: &Arc<Shared>,
    cluster: &Declared<config::Cluster>,
    platform: Option<&Declared<config::Platform>>,
) -> Result<Wanted, Failure> {
    let (loaded, cluster, platform) = (shared.loaded.clone(), cluster.clone(), platform.cloned());
    let work = move || {
        let mut sources = loaded.sources.clone();
        let (rendered, findings) = render(&loaded, &cluster, platform.as_ref(), &mut sources)?;
        let secrets = secrets_of(&loaded, &cluster, &rendered);
        let warnings = (secrets::hide_in(findings, &secrets), sources);
        Ok(Wanted { rendered, secrets, immutable: Vec::new(), warnings })
    };
    shared.compute(work).await
}

/// Whose plan it is.
pub(super) struct Site {
    pub target: Address,
    pub cluster: Option<Declared<config::Cluster>>,
    pub platform: Option<Declared<config::Platform>>,
    pub cloud: Option<Arc<Cloud>>,
    /// The platform is on its way to the release its configuration names; this is one on the way.
    pub is_leg: bool,
}

pub(super) async fn plan_target(
    shared: &Arc<Shared>,
    mut site: Site,
    mut wanted: Wanted,
    known: Option<looking::Known>,
) -> Result<Planned, Failure> {
    let Shared { loaded, request, .. } = &**shared;
    let observed = known.as_ref().map_or_else(Instant::now, |known| known.begun);
    let cautions: Vec<String> = known.iter().flat_map(|known| known.session.cluster.cautions()).collect();
    let mut found = match known {
        Some(known) => Some(looking::look(loaded, &site, &wanted.rendered, known).await?),
        None => None,
    };
    let standing = course::standing(loaded, &site, found.as_ref()).await?;
    if let Some(installed) = course::other_release(loaded, request, &site, standing.as_ref())
        && let Some(cluster) = &site.cluster
    {
        wanted = self::wanted(shared, cluster, Some(&installed)).await?;
        site.platform = Some(installed);
        if let Some(before) = found.take() {
            let known = looking::known(loaded, &site.target, before.reach.session).await?;
            found = Some(looking::look(loaded, &site, &wanted.rendered, known).await?);
        }
    }
    let Wanted { mut rendered, mut secrets, immutable, mut warnings } = wanted;
    for caution in cautions {
        warnings.0.push(Diagnostic::warning("Unsafe way to a cluster", caution).about(&site.target));
    }
    // What is not there yet holds nothing, and will be of the version that is asked for.
    let mut observation = match &mut found {
        // The server of a cloud's objects is ours; its version says nothing.
        Some(found) if site.cluster.is_none() => {
            Observation { server_version: String::new(), ..std::mem::take(&mut found.observation) }
        }
        Some(found) => std::mem::take(&mut found.observation),
        None => Observation { server_version: version_to_come(&site), ..Observation::default() },
    };
    let version = &observation.server_version;
    let (course, upgrade) =
        course::choose(shared, &site, standing.as_ref(), found.as_ref(), version, &mut warnings.0).await?;
    let mut live: Vec<_> = rendered.reads().iter().filter_map(|id| observation.live.get(id).cloned()).collect();
    live.extend(observation.live.values().filter(|object| catalog::is_password(object)).cloned());
    if let Some(login) = &rendered.login {
        let configuration = live.iter().find(|object| object.id() == login.configuration);
        let theirs = configuration.map(|configuration| catalog::login_secrets(configuration, &login.key));
        secrets = secrets.with(theirs.iter().flatten().map(Secret::reveal));
    }
    let (renewed, options) = renewing::renew(shared, &mut rendered, &observation, &mut warnings.0)?;
    let mut rendered = {
        let filling = shared.clone();
        let work = move || {
            filling.passwords.fill(&mut rendered, &live)?;
            Ok(rendered)
        };
        shared.compute(work).await?
    };
    // Nothing is to be had of a cluster that is not there: whoever makes it sees to its end.
    let wants_nothing = found.is_none() && request.mode != Mode::Converge;
    let desired = match wants_nothing {
        true => Desired { installation: loaded.installation.name.clone(), ..Desired::default() },
        false => Desired { immutable, ..desired(loaded, &mut rendered, request) },
    };
    let named = desired.objects.iter().map(|wanted| (wanted.object.id(), wanted.owner.clone()));
    let refused = match request.mode.wants_nothing() || site.cluster.is_none() || loaded.evaluated.imports.is_empty() {
        true => Diagnostics::new(),
        false => import::refused(loaded, &named.collect::<Vec<_>>(), &observation),
    };
    if refused.has_errors() {
        return Err(Failure::Refused(refused, Box::new(loaded.sources.clone())));
    }
    let consent = options.consent.without(upgrade.as_ref().map(Upgrade::needed_later).unwrap_or_default());
    let options = PlanOptions { secrets, consent, ..options };
    let mut planner = Planner::new(&desired, &options);
    let plan = loop {
        let next = {
            let _turn = shared.turns.acquire().await;
            planner.next(&observation)
        };
        match next {
            Next::Ask(questions) => {
                // Of a target that is not there nothing is known, so nothing is asked either.
                let Some(Found { reach, .. }) = &found else { continue };
                let selector = looking::selector(loaded);
                let answered = reach.session.cluster.answer(questions, &mut observation, &selector).await;
                answered.map_err(|error| looking::unseen(&site.target, error))?;
                if upgrade.is_some() {
                    let answers = observation.dry_runs.values_mut();
                    answers.for_each(course::refused_as_things_are);
                }
            }
            Next::Done(Ok(plan)) => break plan,
            Next::Done(Err(error)) => return Err(Failure::of_plan(loaded, &error)),
        }
    };
    if let (None, Some(cloud)) = (&site.cluster, &site.cloud) {
        cloud.check(loaded, &plan, &desired).await?;
    }
    for said in found.iter().flat_map(|found| found.reach.session.cluster.take_warnings()) {
        warnings.0.push(Diagnostic::warning("Warning of the server", said).about(&site.target));
    }
    let mut nodes = Vec::new();
    if let Some(Found { reach, .. }) = &found {
        let cluster = &reach.session.cluster;
        room::check_storage(loaded, cluster, &plan, &desired).await?;
        // Who may not list nodes learns neither an address nor the room there is.
        if site.platform.as_ref().is_some_and(|p| is_at_node(p) || plan::makes_pods(&plan)) {
            let seen = cluster.seen("", "v1", "Node").await;
            room::tell(loaded, &site, cluster, (&plan, &desired), &seen, &mut warnings.0).await?;
            if let (Some(platform), Ok(nodes)) = (&site.platform, &seen) {
                plan::tell_of_shares(&loaded.installation, platform, nodes, &mut warnings.0);
            }
            nodes = seen.unwrap_or_default();
        }
        spaces::check(loaded, cluster, &plan, &mut warnings.0).await?;
    }
    let keepers = rendered.keepers();
    let login = rendered.login.take();
    let (strangers, leaving) = login.as_ref().map(|login| taken_out(login, &plan)).unwrap_or_default();
    let gateway = rendered.gateway.take();
    let service = gateway.as_ref().and_then(|id| observation.live.get(id));
    let host = site.platform.as_ref().and_then(|platform| host_of(platform, gateway.as_ref(), service, &nodes));
    let (reach, inventory, is_unsettled, outputs) = match found {
        Some(Found { reach, inventory, is_unsettled, outputs, .. }) => {
            (Some(reach), inventory, is_unsettled || course == Course::Back, outputs)
        }
        None => (None, Inventory::default(), false, BTreeMap::new()),
    };
    let is_judged = !site.is_leg && !request.looks && !loaded.installation.policies.is_empty();
    let images = std::mem::take(&mut rendered.images);
    let Site { target, cluster, platform, cloud, .. } = site;
    let mut planned = Planned {
        target,
        cluster,
        platform,
        cloud,
        reach,
        inventory,
        is_unsettled,
        room: plan::room_of(&plan, &desired, &nodes),
        upgrade,
        standing,
        plan: Arc::new(plan),
        unhashed: rendered.unhashed,
        fitting: rendered.fitting,
        observation,
        outputs,
        observed,
        components: rendered.components,
        replaced: images.iter().filter(|image| image.replaces.is_some()).cloned().collect(),
        host,
        judged: Vec::new(),
        warnings,
        gateway,
        strangers,
        leaving,
        login,
        renewed,
        keepers,
    };
    if is_judged {
        let judging = shared.clone();
        let work = move || {
            planned.judged = policies::judge(&planned, &judging.loaded, &judging.request, &images);
            Ok(planned)
        };
        planned = shared.compute(work).await?;
    }
    Ok(planned)
}

/// The Kubernetes version of a cluster that is to be made, as a server tells its own; empty where it is the cloud's choice.
fn version_to_come(site: &Site) -> String {
    let version = site.cluster.as_ref().and_then(|cluster| cluster.kubernetes_version.clone()).unwrap_or_default();
    if version.is_empty() || version.starts_with('v') { version } else { format!("v{version}") }
}

/// What should be there, with the order that the configuration asks for. Takes the rendered objects: a release's are many
/// megabytes.
fn desired(loaded: &Loaded, rendered: &mut Rendered, request: &PlanRequest) -> Desired {
    let declarations = loaded.installation.declarations();
    let waits: BTreeMap<&Address, &[Address]> = declarations
        .filter(|declaration| !declaration.depends_on.is_empty())
        .map(|declaration| (declaration.address, declaration.depends_on))
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
        immutable: Vec::new(),
        patched: std::mem::take(&mut rendered.patched),
    }
}
