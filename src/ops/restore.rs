//! Brings a backup back: first says what would be done, then does it step by step. Nothing that is there is overwritten, but
//! for databases where that is asked for.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use sha2::Digest;
use sha2::Sha256;
use tokio::time::Instant;

use super::Failure;
use super::Request;
use super::backup;
use super::backup::Dump;
use super::backup::KEYS;
use super::backup::MANIFEST;
use super::backup::Manifest;
use super::backup::OBJECTS;
use super::backup::Scene;
use super::records::unreadable;
use crate::apply::Events;
use crate::apply::Interrupt;
use crate::object::Address;
use crate::object::GroupVersionKind;
use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::normalize::hexadecimal;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Patience;
use crate::state::Lock;
use crate::state::LockOptions;

/// What is to be brought back, and what of it is there.
pub struct Restoring {
    pub manifest: Manifest,
    /// The platform's own objects are not there yet: only keys come back, before it is installed.
    pub is_empty: bool,
    /// In the order in which they are made.
    pub missing: Vec<Object>,
    pub there: usize,
    /// Dumps to load, by component.
    pub databases: Vec<(String, Dump)>,
    scene: Scene,
}

/// What was brought back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restored {
    pub made: Vec<ObjectId>,
    /// What was refused, and why; the rest was made all the same.
    pub refused: Vec<(ObjectId, String)>,
    /// What the programs that loaded databases said, by component.
    pub loaded: Vec<(String, String)>,
}

/// Under which users' objects are made again.
const MANAGER: &str = "stackwright-restore";
/// The largest file of a backup that is read.
const LARGEST: u64 = 1 << 30;
/// How long what holds a namespace may take to make it.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(500);

/// Reads a backup and compares it with the cluster. Changes nothing.
///
/// # Errors
/// It cannot be read, was changed, or is of another platform or release.
pub async fn look_at_backup(
    request: &Request,
    address: Option<&Address>,
    from: &Path,
    with_databases: bool,
) -> Result<Restoring, Failure> {
    let manifest = read_manifest(from)?;
    let (keys, objects) = (read_objects(from, KEYS, &manifest)?, read_objects(from, OBJECTS, &manifest)?);
    let scene = backup::scene(request, address).await?;
    let refuse = |cause: String, help: &str| {
        Err(Failure::world(format!("Cannot restore {}", from.display()), cause).help(help.to_owned()))
    };
    let (installation, platform) = (&scene.loaded.installation.name, scene.platform.address.to_string());
    if (&manifest.installation, &manifest.platform) != (installation, &platform) {
        let (of, own) = (&manifest.platform, &manifest.installation);
        return refuse(
            format!("it is of {of} in the installation {own}, not of {platform} in {installation}"),
            "Name the platform with --platform, or work in the directory of that installation.",
        );
    }
    if manifest.release != scene.release.version {
        return refuse(
            format!("it is of release {}, and the platform is of {}", manifest.release, scene.release.version),
            "Put that version into the configuration of a platform that is not installed yet; one that is stands where it is.",
        );
    }
    let is_empty = scene.version.is_empty();
    let wanted = if is_empty { keys } else { [keys, objects].concat() };
    let unseen = |error: ClusterError| Failure::world("Cannot look at the cluster", error);
    let cluster = &scene.records.session.cluster;
    let (mut missing, mut there) = (Vec::new(), 0);
    for object in wanted {
        match backup::there(cluster, &object.id()).await.map_err(unseen)? {
            Some(_) => there += 1,
            None => missing.push(object),
        }
    }
    let databases = match is_empty || !with_databases {
        true => Vec::new(),
        false => manifest.databases.clone().into_iter().collect(),
    };
    Ok(Restoring { manifest, is_empty, missing, there, databases, scene })
}

fn read_manifest(from: &Path) -> Result<Manifest, Failure> {
    let text = read(from, MANIFEST)?;
    let damaged = |cause: String| Failure::world(format!("Cannot read {}", from.join(MANIFEST).display()), cause);
    let manifest: Manifest = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
    if manifest.format != backup::FORMAT {
        return Err(damaged(format!("it has the form {}, and this program knows {}", manifest.format, backup::FORMAT)));
    }
    Ok(manifest)
}

fn read(from: &Path, name: &str) -> Result<String, Failure> {
    let path = from.join(name);
    let failed = |cause: String| Failure::world(format!("Cannot read {}", path.display()), cause);
    let length = std::fs::metadata(&path).map_err(|error| failed(error.to_string()))?.len();
    if length > LARGEST {
        return Err(failed(format!("it has {length} bytes, more than any backup")));
    }
    std::fs::read_to_string(&path).map_err(|error| failed(error.to_string()))
}

fn read_objects(from: &Path, name: &str, manifest: &Manifest) -> Result<Vec<Object>, Failure> {
    let text = read(from, name)?;
    let failed = |cause: String| Failure::world(format!("Cannot use {}", from.join(name).display()), cause);
    if manifest.files.get(name) != Some(&hexadecimal(&Sha256::digest(&text))) {
        return Err(failed("its checksum is not the one in backup.json: it was changed or is damaged".into()));
    }
    let values: Vec<Value> = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    values.into_iter().map(|value| Object::from_value(value).map_err(|error| failed(error.to_string()))).collect()
}

impl Restoring {
    /// The server and its address, for people to see before anything happens there.
    pub fn place(&self) -> String {
        self.scene.records.session.place()
    }

    /// Does what [`look_at_backup`] found to be done, under the installation's lock.
    ///
    /// # Errors
    /// The lock is held, a program fails, or the cluster cannot be reached.
    pub async fn carry_out(&self, events: &Events, interrupt: &Interrupt) -> Result<Restored, Failure> {
        let store = &self.scene.records.store;
        let lock = Lock::acquire(store, &LockOptions::default(), |_| {}).await.map_err(unreadable)?;
        let done = self.steps(events, interrupt).await;
        let released = lock.release().await;
        let done = done?;
        released.map_err(unreadable)?;
        Ok(done)
    }

    async fn steps(&self, events: &Events, interrupt: &Interrupt) -> Result<Restored, Failure> {
        let mut restored = Restored::default();
        let around = backup::surroundings(&self.scene, &self.manifest.name, "restore", events, interrupt);
        for (component, _) in &self.databases {
            let kept = self.scene.rendered.kept.iter().find(|kept| kept.component == *component);
            let Some(step) = kept.and_then(|kept| kept.load(&self.manifest.name)) else {
                return Err(Failure::world(format!("Cannot load the database of {component}"), "the component is off"));
            };
            let said = backup::run_program(&self.scene, &around, &step).await?;
            restored.loaded.push((component.clone(), said));
        }
        let mut ready = BTreeSet::new();
        for object in &self.missing {
            if interrupt.is_interrupted() {
                return Err(Failure::Interrupted);
            }
            match self.make(object, &mut ready).await {
                Ok(()) => restored.made.push(object.id()),
                Err(error @ ClusterError::Refused { .. }) => restored.refused.push((object.id(), error.to_string())),
                Err(error) => return Err(Failure::world(format!("Cannot make {}", object.id()), error)),
            }
        }
        Ok(restored)
    }

    /// Makes one object, once its namespace is there.
    async fn make(&self, object: &Object, ready: &mut BTreeSet<String>) -> Result<(), ClusterError> {
        let cluster = &self.scene.records.session.cluster;
        let name = object.namespace();
        if !name.is_empty() && !ready.contains(name) {
            let namespaces = cluster.resource(&GroupVersionKind::new("", "v1", "Namespace")).await?;
            let begun = Instant::now();
            // Before the platform is installed nobody else makes it; later what holds it does.
            while cluster.get(&namespaces, "", name).await?.is_none() {
                if self.is_empty {
                    let value =
                        serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
                    let mut namespace = Object::from_value(value).expect("it has kind, version and name");
                    // The platform takes it over.
                    namespace.set_label(INSTALLATION_LABEL, &self.scene.loaded.installation.name);
                    cluster.create(&namespace, Patience::write(PATIENCE)).await?;
                } else if begun.elapsed() > PATIENCE {
                    break;
                } else {
                    tokio::time::sleep(PAUSE).await;
                }
            }
            ready.insert(name.to_owned());
        }
        // What users made stays theirs.
        let made = match object.label(INSTALLATION_LABEL) {
            Some(_) => cluster.create(object, Patience::write(PATIENCE)).await,
            None => cluster.create_as(object, MANAGER).await,
        };
        match made {
            // Somebody made it meanwhile.
            Err(error) if error.is_conflict() => Ok(()),
            made => made.map(drop),
        }
    }
}
