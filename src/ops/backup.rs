//! Makes a backup of a platform: users' objects, people, keys and records into a directory, databases into a claim of the
//! cluster. Changes nothing of the platform.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use sha2::Digest;
use sha2::Sha256;

use super::Failure;
use super::Known;
use super::Loaded;
use super::Request;
use super::hopping;
use super::load;
use super::records;
use super::records::Records;
use super::records::unreadable;
use super::rendering;
use super::upgrade::platform;
use super::writing::write_private;
use crate::apply::Events;
use crate::apply::Interrupt;
use crate::apply::StepTrouble;
use crate::apply::Surroundings;
use crate::apply::perform_step;
use crate::catalog::HopStep;
use crate::catalog::Program;
use crate::catalog::Release;
use crate::catalog::Rendered;
use crate::config;
use crate::config::Declared;
use crate::object::Address;
use crate::object::GroupVersionKind;
use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::normalize;
use crate::object::normalize::hexadecimal;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::ClusterError;
use crate::state;

/// What lies in the directory, and what belongs to it elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u64,
    /// Names it: the moment it was made.
    pub name: String,
    pub installation: String,
    pub platform: String,
    pub release: String,
    pub server: String,
    /// Objects by group and kind.
    pub counts: BTreeMap<String, usize>,
    /// SHA-256 of each file.
    pub files: BTreeMap<String, String>,
    /// What is dumped, by component: claim and file, and what its program said.
    pub databases: BTreeMap<String, Dump>,
}

/// A dump of a database.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dump {
    pub claim: String,
    pub file: String,
    pub said: String,
}

/// The form that this program writes.
pub const FORMAT: u64 = 1;
pub const MANIFEST: &str = "backup.json";
/// Generated values, who may log in, and the keys of programs.
pub const KEYS: &str = "keys.json";
/// Users' objects, those that hold namespaces first.
pub const OBJECTS: &str = "objects.json";
/// The installation's records, to read and not to bring back.
pub const RECORDS: &str = "records.json";

/// A platform that is there, and what it is made from.
pub(super) struct Scene {
    pub loaded: Loaded,
    pub platform: Declared<config::Platform>,
    pub release: Release,
    pub rendered: Rendered,
    pub records: Records,
    /// The release that is recorded; empty where nothing is.
    pub version: String,
}

/// Looks up a platform and where it stands. Of one that is not there the configured release counts.
pub(super) async fn scene(request: &Request, address: Option<&Address>) -> Result<Scene, Failure> {
    let loaded = load(request, &Known::default())?;
    let meant = platform(&loaded, address)?.clone();
    let opened = records::of(&loaded).await?;
    let not_there =
        || Failure::world(format!("Cannot reach {}", meant.address), format!("{} is not there yet", meant.cluster));
    let records = opened.into_iter().find(|record| record.target == meant.cluster).ok_or_else(not_there)?;
    let inventory = records.store.read().await.map_err(unreadable)?;
    let standing = hopping::recorded(&loaded, &records.store, &inventory, &meant.address).await?.unwrap_or_default();
    if let Some(underway) = &standing.hop {
        let cause = format!("it is on its way from {} to {}", underway.from, underway.to);
        return Err(Failure::world(format!("{} is half-way between two releases", meant.address), cause)
            .help("Bring the upgrade to its end, or go back, with `stackwright apply`."));
    }
    let version = if standing.version.is_empty() { meant.version.clone() } else { standing.version.clone() };
    let at = hopping::platform_at(&loaded, &meant, &version);
    let mut sources = loaded.sources.clone();
    let cluster = loaded.installation.cluster(&meant.cluster).ok_or_else(not_there)?;
    let (rendered, _) = rendering::render(&loaded, cluster, Some(&at), &mut sources)?;
    let release = loaded.catalog.release(&version, &mut sources).0.unwrap_or_default();
    Ok(Scene { platform: at, release, rendered, records, version: standing.version, loaded })
}

/// What a program in the cluster needs to run.
pub(super) fn surroundings(
    scene: &Scene,
    backup: &str,
    verb: &str,
    events: &Events,
    interrupt: &Interrupt,
) -> Surroundings {
    Surroundings {
        cluster: scene.records.session.cluster.clone(),
        installation: scene.loaded.installation.name.clone(),
        mark: backup.to_owned(),
        jobs: format!("{verb}-{backup}"),
        run: backup.to_owned(),
        restart: false,
        wait_timeout: START,
        events: events.clone(),
        interrupt: interrupt.clone(),
    }
}

/// How long a program may take to start.
const START: Duration = Duration::from_secs(600);

/// Runs the program of a step; gives the last line it said.
pub(super) async fn run_program(scene: &Scene, around: &Surroundings, step: &HopStep) -> Result<String, Failure> {
    let mut step = step.clone();
    scene.loaded.catalog.fill_program(&mut step).map_err(|reason| Failure::world("Cannot run a program", reason))?;
    let program = step.job().and_then(|job| Program::of(job, &scene.release, &scene.release, &scene.platform));
    let failed = |cause: String| Failure::world(format!("{} did not come to its end", step.name), cause);
    match perform_step(around, &step, program.as_ref()).await {
        Ok(done) => Ok(done.what),
        Err(StepTrouble::Interrupted) => Err(Failure::Interrupted),
        Err(StepTrouble::World(error)) => Err(Failure::world(format!("Cannot run {}", step.name), error)),
        Err(StepTrouble::Failed(reason)) => Err(failed(reason)),
        Err(StepTrouble::Program { reason, log }) => Err(failed(reason).help(format!("It said: {}", log.join(" / ")))),
    }
}

/// Makes a backup in a directory that is not there yet or is empty.
///
/// # Errors
/// Something cannot be read, dumped or written. What was written before lies there still, without a manifest.
pub async fn backup(
    request: &Request,
    address: Option<&Address>,
    to: &Path,
    events: &Events,
    interrupt: &Interrupt,
) -> Result<Manifest, Failure> {
    let scene = scene(request, address).await?;
    if scene.version.is_empty() {
        return Err(Failure::world(format!("Cannot back up {}", scene.platform.address), "nothing is recorded of it"));
    }
    let unwritable = |error| Failure::world(format!("Cannot write into {}", to.display()), error);
    if std::fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::world(format!("Cannot write into {}", to.display()), "it is not empty"));
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(to).map_err(unwritable)?;
    let cluster = &scene.records.session.cluster;
    let unseen = |error: ClusterError| Failure::world("Cannot read what is to be backed up", error);
    let mut manifest = Manifest {
        format: FORMAT,
        name: jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string(),
        installation: scene.loaded.installation.name.clone(),
        platform: scene.platform.address.to_string(),
        release: scene.version.clone(),
        server: cluster.version().await.map_err(unseen)?,
        ..Manifest::default()
    };
    let keys = keys(&scene, cluster).await.map_err(unseen)?;
    let objects = users_objects(&scene, cluster).await.map_err(unseen)?;
    let records = records_of(&scene, cluster).await.map_err(unseen)?;
    for object in keys.iter().chain(&objects) {
        *manifest.counts.entry(object.id().group_kind()).or_default() += 1;
    }
    let around = surroundings(&scene, &manifest.name, "backup", events, interrupt);
    for kept in &scene.rendered.kept {
        let Some(step) = kept.dump(&manifest.name) else { continue };
        let said = run_program(&scene, &around, &step).await?;
        let claim = format!("{}/{}", kept.namespace, crate::catalog::BACKUP_CLAIM);
        let file = kept.file(&manifest.name);
        manifest.databases.insert(kept.component.clone(), Dump { claim, file, said });
    }
    for (name, objects) in [(KEYS, keys), (OBJECTS, objects), (RECORDS, records)] {
        let values: Vec<Value> = objects.iter().map(Object::to_value).collect();
        let text = format!("{:#}\n", Value::from(values));
        manifest.files.insert(name.to_owned(), hexadecimal(&Sha256::digest(&text)));
        write_private(&to.join(name), &text)?;
    }
    let text = serde_json::to_string_pretty(&manifest).map_err(|error| Failure::world("Cannot write", error))?;
    write_private(&to.join(MANIFEST), &format!("{text}\n"))?;
    Ok(manifest)
}

/// What keeps generated values and people, and what programs keep as objects of their own.
async fn keys(scene: &Scene, cluster: &Cluster) -> Result<Vec<Object>, ClusterError> {
    let mut found = Vec::new();
    for id in scene.rendered.keepers() {
        if let Some(resource) = cluster.served_kind(&id.group, &id.kind).await? {
            found.extend(cluster.get(&resource, &id.namespace, &id.name).await?);
        }
    }
    for kept in &scene.rendered.kept {
        for (group, kind) in &kept.kinds {
            if let Some(resource) = cluster.served_kind(group, kind).await? {
                found.extend(cluster.list(&resource, &kept.namespace, "").await?.0);
            }
        }
    }
    Ok(found.iter().map(bare).collect())
}

/// What users have made of the platform's kinds: what holds namespaces, and in those all that nothing else owns.
async fn users_objects(scene: &Scene, cluster: &Cluster) -> Result<Vec<Object>, ClusterError> {
    let definitions = scene.rendered.objects.iter().map(|wanted| &wanted.object);
    let mut kinds: BTreeSet<(String, String)> = definitions
        .filter(|object| normalize::is_crd(object))
        .map(|crd| (crd.text("/spec/group").to_owned(), crd.text("/spec/names/kind").to_owned()))
        .collect();
    kinds.insert((String::new(), "PersistentVolumeClaim".to_owned()));
    let mut all = Vec::new();
    for (group, kind) in &kinds {
        if let Some(resource) = cluster.served_kind(group, kind).await? {
            all.extend(cluster.list(&resource, "", "").await?.0);
        }
    }
    let rules = &scene.rendered.readiness;
    let held = |object: &Object| rules.iter().find_map(|rule| rule.held_by(&object.id()));
    let namespaces: BTreeSet<String> = all.iter().filter_map(held).map(|namespace| namespace.name).collect();
    let is_users = |object: &&Object| held(object).is_some() || namespaces.contains(object.namespace());
    // What the configuration makes comes with it.
    let is_ours = |object: &Object| object.label(INSTALLATION_LABEL).is_some();
    let mut found: Vec<&Object> =
        all.iter().filter(is_users).filter(|object| !object.is_controlled() && !is_ours(object)).collect();
    found.sort_by_key(|object| (held(object).is_none(), object.id()));
    Ok(found.into_iter().map(bare).collect())
}

async fn records_of(scene: &Scene, cluster: &Cluster) -> Result<Vec<Object>, ClusterError> {
    let resource = cluster.resource(&GroupVersionKind::new("", "v1", "Secret")).await?;
    let selector = format!("{INSTALLATION_LABEL}={}", scene.loaded.installation.name);
    Ok(cluster.list(&resource, state::NAMESPACE, &selector).await?.0)
}

/// An object as it can be made anew: without what the server and other controllers filled in.
fn bare(object: &Object) -> Object {
    let mut bare = object.clone();
    for field in normalize::SERVER_METADATA.iter().chain(&["ownerReferences"]) {
        bare.metadata_mut().remove(*field);
    }
    bare.as_map_mut().remove("status");
    if object.kind() == "PersistentVolumeClaim" && object.api_version() == "v1" {
        // The volume is not kept, only what was asked for.
        if let Some(Value::Object(spec)) = bare.as_map_mut().get_mut("spec") {
            spec.remove("volumeName");
        }
        if let Some(Value::Object(annotations)) = bare.metadata_mut().get_mut("annotations") {
            annotations.retain(|key, _| !key.contains("kubernetes.io/"));
        }
    }
    bare
}

/// Which objects a text is about, for a person.
pub fn counted(counts: &BTreeMap<String, usize>) -> String {
    let words = counts.iter().map(|(kind, number)| format!("{number} {kind}"));
    words.collect::<Vec<_>>().join(", ")
}

/// What is there already of objects to be made.
pub(super) async fn there(cluster: &Cluster, id: &ObjectId) -> Result<Option<Object>, ClusterError> {
    match cluster.served_kind(&id.group, &id.kind).await? {
        Some(resource) => cluster.get(&resource, &id.namespace, &id.name).await,
        None => Ok(None),
    }
}
