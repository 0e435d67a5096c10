//! A throw-away copy of a cluster: a sandbox in memory with players, that holds what the cluster held. Nothing of it is
//! written to disk, and nothing of it reaches the cluster.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use super::session::Session;
use super::snapshot;
use super::snapshot::Snapshot;
use crate::catalog;
use crate::object::FIELD_MANAGER;
use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::stand_in;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Faults;
use crate::provider::kubernetes::Picture;
use crate::sandbox::Sandbox;
use crate::sandbox::SandboxError;
use crate::sandbox::SandboxOptions;
use crate::sandbox::players::PlayerOptions;
use crate::sandbox::players::Players;
use crate::state;

/// The copy, and the players, who end with it.
pub struct Duplicate {
    _players: Players,
    sandbox: Sandbox,
}

/// What was taken into a copy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taken {
    pub objects: usize,
    /// Objects with values that something stands for.
    pub masked: usize,
    /// Kinds that are not in it, with the reason.
    pub missing: BTreeMap<String, String>,
}

/// How people are told of it.
const PLACE: &str = "a copy in memory";
/// So long nobody may have asked or written anything for the copy to be at rest.
const QUIET: Duration = Duration::from_millis(600);
const LOOK: Duration = Duration::from_millis(50);
/// A copy in which players find no rest is taken as it is.
const RESTLESS: Duration = Duration::from_secs(60);

impl Duplicate {
    /// Makes a copy of what was seen. Secret values are replaced by others, but for those a plan of the installation is
    /// made of: `kept`, and what it wrote itself. With another value their checksums on pods and the hashes of passwords
    /// would be others too, and so would the plan.
    ///
    /// # Errors
    /// The sandbox cannot be opened.
    pub fn of(picture: Picture, installation: &str, kept: &BTreeSet<ObjectId>) -> Result<(Self, Taken), SandboxError> {
        let Picture { version, mut objects, unseen } = picture;
        let mut taken = Taken { objects: objects.len(), masked: 0, missing: unseen };
        for object in &mut objects {
            if !kept.contains(&object.id()) && !is_ours(object, installation) && stand_in(object) {
                taken.masked += 1;
            }
        }
        let settled = objects.iter().filter(|object| object.is_of("", "Pod")).map(|pod| pod.uid().to_owned());
        let options = PlayerOptions {
            settled: Arc::new(settled.collect()),
            kubernetes_version: version.clone(),
            routine_events: false,
            ..PlayerOptions::default()
        };
        let sandbox = Sandbox::open(
            None,
            SandboxOptions { kubernetes_version: version, with_namespaces: false, ..SandboxOptions::default() },
        )?;
        let unknown = sandbox.take_in(objects)?;
        taken.objects -= unknown.len();
        for id in unknown {
            taken.missing.entry(id.group_kind()).or_insert_with(|| "the sandbox does not know it".to_owned());
        }
        let players = Players::start_in(&sandbox, options);
        Ok((Self { _players: players, sandbox }, taken))
    }

    /// A way into it, on which faults may strike. Lives in the runtime that it is made in.
    pub fn enter(sandbox: &Sandbox, faults: &Faults) -> Session {
        Session::of_sandbox(Cluster::from_client(faults.around(sandbox.client()), PLACE))
    }

    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Waits until its players have done what there is to do.
    pub async fn rest(&self) {
        let begun = Instant::now();
        let now = || (self.sandbox.revision(), self.sandbox.requests());
        let (mut last, mut since) = (now(), Instant::now());
        while since.elapsed() < QUIET && begun.elapsed() < RESTLESS {
            tokio::time::sleep(LOOK).await;
            let seen = now();
            if seen != last {
                (last, since) = (seen, Instant::now());
            }
        }
    }

    /// How it is now. `recorded` are objects of the installation that may have lost its label.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn snapshot(&self, installation: &str, recorded: &BTreeSet<ObjectId>) -> Result<Snapshot, ClusterError> {
        let session = Self::enter(&self.sandbox, &Faults::default());
        snapshot::of(&session.cluster, installation, recorded).await
    }

    /// What controllers were refused to make since the beginning: pods that a quota or a range does not allow.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn refused_pods(&self) -> Result<BTreeSet<String>, ClusterError> {
        let session = Self::enter(&self.sandbox, &Faults::default());
        let Some(events) = session.cluster.served_kind("", "Event").await? else { return Ok(BTreeSet::new()) };
        let (events, _) = session.cluster.list(&events, "", "").await?;
        let refused = events.iter().filter(|event| event.text("/reason") == "FailedCreate").map(|event| {
            let of = |field: &str| event.text(&format!("/involvedObject/{field}"));
            format!("{} {}/{}: {}", of("kind"), of("namespace"), of("name"), event.text("/message"))
        });
        Ok(refused.collect())
    }
}

/// Whether a plan of the installation is made of what an object holds.
fn is_ours(object: &Object, installation: &str) -> bool {
    let managers = object.get("/metadata/managedFields").and_then(Value::as_array);
    let wrote = || managers.into_iter().flatten().any(|manager| manager["manager"] == FIELD_MANAGER);
    let is_labelled = object.label(INSTALLATION_LABEL) == Some(installation);
    is_labelled && wrote() || state::is_record_of(object, installation) || catalog::is_password(object)
}
