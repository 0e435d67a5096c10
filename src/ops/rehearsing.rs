//! Rehearses a change or an upgrade: copies what a cluster holds into a sandbox, carries the plan out there, cut off once
//! and gone on with, and tells what came of it. The cluster itself is only read.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use super::Failure;
use super::Known;
use super::Loaded;
use super::Request;
use super::applying;
use super::applying::Applied;
use super::applying::Carriage;
use super::diary::Diary;
use super::duplicate::Duplicate;
use super::hopping;
use super::load;
use super::looking;
use super::plan_request::PlanRequest;
use super::planning;
use super::planning::Planned;
use super::records;
use super::records::unreadable;
use super::rehearsal::Rehearsal;
use super::rendering;
use super::unrehearsed;
use super::upgrade::platform;
use crate::apply;
use crate::apply::Interrupt;
use crate::apply::Subject;
use crate::config;
use crate::config::Declared;
use crate::object::Address;
use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::object::ObjectId;
use crate::plan::Action;
use crate::plan::fates;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Fault;
use crate::provider::kubernetes::FaultRule;
use crate::provider::kubernetes::Faults;
use crate::sandbox::SandboxError;
use crate::state;
use crate::state::Inventory;
use crate::state::Store;

/// Rehearses what a configuration asks for, in a copy of every cluster it names, or of the one of `only`.
///
/// # Errors
/// A cluster cannot be read, or what is asked for is refused before anything happens.
pub async fn rehearse(
    request: &Request,
    plan_request: &PlanRequest,
    only: Option<&Address>,
    carriage: &Carriage,
) -> Result<Vec<Rehearsal>, Failure> {
    let loaded = Arc::new(load(request, &Known::default())?);
    let meant = only.map(|address| platform(&loaded, Some(address)).map(|one| one.cluster.clone())).transpose()?;
    let opened = records::of(&loaded).await?;
    let mut rehearsals = Vec::new();
    for record in opened.iter().filter(|record| meant.as_ref().is_none_or(|target| record.target == *target)) {
        let Some(cluster) = loaded.installation.cluster(&record.target) else { continue };
        let scene = Scene { loaded: &loaded, request: plan_request, carriage, cluster };
        let rehearsal = scene.rehearse(&record.session.cluster).await?;
        rehearsals.push(Rehearsal { place: record.session.place(), ..rehearsal });
    }
    if rehearsals.is_empty() {
        return Err(Failure::world("Nothing to rehearse", "no cluster of the configuration is there yet")
            .help("A rehearsal begins with what a cluster holds; `stackwright plan` shows what a new one gets."));
    }
    Ok(rehearsals)
}

/// What is rehearsed.
struct Scene<'a> {
    loaded: &'a Arc<Loaded>,
    request: &'a PlanRequest,
    carriage: &'a Carriage,
    cluster: &'a Declared<config::Cluster>,
}

impl Scene<'_> {
    async fn rehearse(&self, live: &Cluster) -> Result<Rehearsal, Failure> {
        let begun = Instant::now();
        let (copy, found) = self.copy(live).await?;
        let found = self.rehearse_in(&copy, found).await?;
        Ok(Rehearsal { took: begun.elapsed(), ..found })
    }

    /// Copies what a cluster holds, and waits until nobody in the copy has anything to do.
    async fn copy(&self, live: &Cluster) -> Result<(Duplicate, Rehearsal), Failure> {
        let installation = &self.loaded.installation.name;
        let picture = live.picture().await.map_err(|error| looking::unseen(&self.cluster.address, error))?;
        let (kinds, kept) = self.needed()?;
        let blind: Vec<String> =
            picture.unseen.iter().filter(|(kind, _)| kinds.contains(*kind)).map(|(_, reason)| reason.clone()).collect();
        if !blind.is_empty() {
            return Err(Failure::worlds(format!("Cannot copy {}", self.cluster.address), blind)
                .help("A rehearsal lists every kind: it needs the right to, also of Secrets."));
        }
        let (copy, taken) = Duplicate::of(picture, installation, &kept).map_err(not_copied)?;
        copy.rest().await;
        let (target, requests) = (self.cluster.address.clone(), live.requests());
        Ok((copy, Rehearsal { target, taken, requests, ..Rehearsal::default() }))
    }

    /// Plans, carries out and judges.
    async fn rehearse_in(&self, copy: &Duplicate, mut found: Rehearsal) -> Result<Rehearsal, Failure> {
        let installation = &self.loaded.installation.name;
        let foreseen = self.plan(copy).await?;
        let plan = &foreseen.plan;
        found.counts = plan.counts();
        let changes = plan.changes.iter().filter(|change| !change.is_nothing());
        found.changes = changes.map(|change| (change.id.clone(), change.action)).collect();
        found.upgrade.clone_from(&foreseen.upgrade);
        let is_agreed = self.request.allow_data_loss;
        found.losses = found.upgrade.iter().filter(|_| !is_agreed).flat_map(hopping::losses).collect();
        let planned = std::slice::from_ref(&foreseen);
        found.is_empty = applying::is_empty(planned) && !applying::is_unfinished(planned).await?;
        if found.is_empty {
            return Ok(found);
        }
        let recorded = self.inventory(&foreseen).await?;
        let known: BTreeSet<ObjectId> = recorded.entries.keys().cloned().collect();
        let before = copy.snapshot(installation, &known).await.map_err(unread)?;
        found.unknown = unrehearsed::of(&foreseen, &before.told, &found.taken);
        let users = before.users;
        let refused_before = copy.refused_pods().await.map_err(unread)?;
        drop(foreseen);
        self.runs(copy, &mut found).await?;
        copy.rest().await;
        let after = copy.snapshot(installation, &known).await.map_err(unread)?;
        let refused = copy.refused_pods().await.map_err(unread)?;
        found.refused.extend(refused.difference(&refused_before).cloned());
        self.judge(copy, &recorded, &after.ours, &mut found).await?;
        found.users = fates(&users, &after.users);
        Ok(found)
    }

    /// What a plan cannot do without: kinds, and the objects with secrets that it is made of.
    fn needed(&self) -> Result<(BTreeSet<String>, BTreeSet<ObjectId>), Failure> {
        let platform = self.loaded.installation.platforms.iter().find(|one| one.cluster == self.cluster.address);
        let mut sources = self.loaded.sources.clone();
        let (rendered, _) = rendering::render(self.loaded, self.cluster, platform, &mut sources)?;
        let read: BTreeSet<ObjectId> = rendered.reads().into_iter().collect();
        let wanted = rendered.objects.iter().map(|wanted| wanted.object.id());
        let kinds = wanted.chain(read.iter().cloned()).map(|id| id.group_kind());
        // Records are Secrets.
        Ok((kinds.chain(["Secret".to_owned()]).collect(), read))
    }

    async fn plan(&self, copy: &Duplicate) -> Result<Planned, Failure> {
        let session = Duplicate::enter(copy.sandbox(), &Faults::default());
        planning::plan_through(self.loaded, self.request, self.cluster.clone(), session).await
    }

    async fn inventory(&self, planned: &Planned) -> Result<Inventory, Failure> {
        match &planned.reach {
            Some(reach) => reach.store.read().await.map_err(unreadable),
            None => Ok(Inventory::default()),
        }
    }

    /// Carries the plan out: a first run that is cut off in the middle, and one that goes on.
    async fn runs(&self, copy: &Duplicate, found: &mut Rehearsal) -> Result<(), Failure> {
        let mut diary = Diary::default();
        let first = self.first_run(copy, &mut diary).await?;
        let applied = match first {
            Some(applied) => applied,
            None => {
                found.cut = Some(diary.cut());
                self.release_lock(copy).await?;
                self.second_run(copy, &mut diary).await?
            }
        };
        found.steps = diary.steps;
        for outcome in &applied.outcomes {
            for failure in &outcome.failures {
                let detail = if failure.detail.is_empty() { "" } else { ": " };
                let text = format!("{failure}{detail}{}", failure.detail.join("; "));
                // An object that could not be sent was refused; what was waited for in vain was not.
                match &failure.subject {
                    Some(Subject::Object(_)) => found.refused.push(text),
                    _ => found.failures.push(text),
                }
            }
            found.failures.extend(outcome.unrecorded.clone());
        }
        found.left.extend(applied.notices);
        Ok(())
    }

    /// The run that is cut off; what it did where it came to its end before. It has a runtime of its own, so that no task
    /// of it outlives the cut.
    async fn first_run(&self, copy: &Duplicate, diary: &mut Diary) -> Result<Option<Applied>, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| Failure::world("Cannot start the rehearsal", error))?;
        let lost = FaultRule::always(Fault::Reset { after_the_write: false });
        let faults = Faults::default();
        faults.add(FaultRule { rate: 0.0, ..lost.clone() });
        let (events, mut listener) = apply::events();
        let run = Run::of(self, copy, &faults);
        let mut running = runtime.spawn(run.carry_out(events));
        let is_cut = diary.listen(&mut listener, true).await;
        let ended = match is_cut {
            true => {
                // What is on its way may still be answered; nothing more is taken.
                faults.add(lost);
                running.abort();
                None
            }
            false => Some((&mut running).await),
        };
        runtime.shutdown_background();
        match ended {
            None => Ok(None),
            Some(Ok(applied)) => applied.map(Some),
            Some(Err(error)) => Err(Failure::world("The rehearsal broke off", error)),
        }
    }

    async fn second_run(&self, copy: &Duplicate, diary: &mut Diary) -> Result<Applied, Failure> {
        let (events, mut listener) = apply::events();
        let running = tokio::spawn(Run::of(self, copy, &Faults::default()).carry_out(events));
        diary.is_resumed = true;
        diary.listen(&mut listener, false).await;
        running.await.map_err(|error| Failure::world("The rehearsal broke off", error))?
    }

    /// What died with the first run holds the lock still, and its process, this one, lives: as `unlock` does.
    async fn release_lock(&self, copy: &Duplicate) -> Result<(), Failure> {
        let session = Duplicate::enter(copy.sandbox(), &Faults::default());
        let store = Store::new(&session.cluster, &self.loaded.installation.name);
        store.unlock().await.map_err(unreadable)?;
        Ok(())
    }

    /// How it is at the end: what a plan still finds, what does not serve, and what is left over.
    async fn judge(
        &self,
        copy: &Duplicate,
        recorded: &Inventory,
        after: &BTreeMap<ObjectId, Object>,
        found: &mut Rehearsal,
    ) -> Result<(), Failure> {
        match self.plan(copy).await {
            Ok(planned) => {
                let open = planned.plan.changes.iter().filter(|change| !change.is_nothing());
                found.open = open.map(|change| (change.id.clone(), change.action)).collect();
                let health = applying::not_ready(std::slice::from_ref(&planned)).await;
                let unready = health.iter().flat_map(|owner| &owner.unready);
                found.unready = unready.map(|one| format!("{}: {}", one.id, one.reason)).collect();
                let kept = planned.plan.losses().filter(|change| change.action == Action::NoOp);
                let kept = kept.filter_map(|change| Some(format!("{} stays: {}", change.id, change.loss.as_ref()?)));
                found.left.extend(kept);
                let inventory = self.inventory(&planned).await?;
                found.left.extend(self.left_over(recorded, &inventory, after));
            }
            // A hop that stands in the middle is told by why it does.
            Err(failure) if found.failures.is_empty() && found.refused.is_empty() => return Err(failure),
            Err(_) => {}
        }
        found.left.sort();
        found.left.dedup();
        Ok(())
    }

    /// What was the installation's before and is not any more, but there; and where records and objects disagree.
    fn left_over(&self, before: &Inventory, now: &Inventory, live: &BTreeMap<ObjectId, Object>) -> Vec<String> {
        let is_left = |id: &&ObjectId| !now.entries.contains_key(*id) && live.contains_key(*id);
        let mut left: Vec<String> = before.entries.keys().filter(is_left).map(|id| format!("{id} is left")).collect();
        let differences = state::verify(now, live, INSTALLATION_LABEL, &self.loaded.installation.name);
        left.extend(differences.iter().map(ToString::to_string));
        left
    }
}

/// What one run needs, without ties to whoever starts it.
struct Run {
    loaded: Arc<Loaded>,
    request: PlanRequest,
    carriage: Carriage,
    cluster: Declared<config::Cluster>,
    sandbox: crate::sandbox::Sandbox,
    faults: Faults,
}

impl Run {
    fn of(scene: &Scene<'_>, copy: &Duplicate, faults: &Faults) -> Self {
        Self {
            loaded: scene.loaded.clone(),
            request: scene.request.clone(),
            carriage: scene.carriage.clone(),
            cluster: scene.cluster.clone(),
            sandbox: copy.sandbox().clone(),
            faults: faults.clone(),
        }
    }

    /// Plans anew, as whoever types the command does, and carries it out.
    async fn carry_out(self, events: apply::Events) -> Result<Applied, Failure> {
        let session = Duplicate::enter(&self.sandbox, &self.faults);
        let planned = planning::plan_through(&self.loaded, &self.request, self.cluster, session).await?;
        let interrupt = Interrupt::new();
        applying::apply_agreed(&self.loaded, &self.request, vec![planned], &self.carriage, &events, &interrupt).await
    }
}

fn unread(error: ClusterError) -> Failure {
    Failure::world("Cannot read the copy", error)
}

fn not_copied(error: SandboxError) -> Failure {
    Failure::world("Cannot copy the cluster", error)
}

/// In a copy nothing takes long: what is not ready by then is stuck.
pub const PATIENCE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::*;
    use crate::ops::session::Session;
    use crate::ops::snapshot;
    use crate::provider::kubernetes::Patience;
    use crate::sandbox::Identity;
    use crate::sandbox::Sandbox;
    use crate::sandbox::SandboxOptions;
    use crate::sandbox::players::PlayerOptions;
    use crate::sandbox::players::Players;

    const CATALOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hops/in/catalog");
    const MAIN: &str = include_str!("../../tests/hops/in/main.hcl");

    /// The made-up platform of `tests/hops` at a release.
    fn loaded(directory: &std::path::Path, version: &str) -> Arc<Loaded> {
        let request = Request {
            directory: directory.to_owned(),
            catalog: Some(CATALOG.into()),
            edited: [("main.hcl".to_owned(), MAIN.replace("version = \"1.0\"", &format!("version = \"{version}\"")))]
                .into(),
            ..Request::default()
        };
        Arc::new(load(&request, &Known::default()).expect("a configuration"))
    }

    fn carriage() -> Carriage {
        Carriage { parallelism: 8, lock_timeout: Duration::ZERO, wait_timeout: PATIENCE, command: "apply".into() }
    }

    async fn apply(loaded: &Arc<Loaded>, cluster: &Cluster) {
        let (events, _listener) = apply::events();
        let request = PlanRequest::default();
        let block = loaded.installation.clusters[0].clone();
        let session = Session::of_sandbox(cluster.clone());
        let planned = planning::plan_through(loaded, &request, block, session).await.expect("a plan");
        let interrupt = Interrupt::new();
        let applied = applying::apply_agreed(loaded, &request, vec![planned], &carriage(), &events, &interrupt).await;
        let applied = applied.expect("an apply");
        assert!(applied.outcomes.iter().all(apply::Outcome::is_success), "{:?}", applied.outcomes);
    }

    /// What is wanted of each object, by installation and users: not who it is, and not what is generated.
    async fn wanted(cluster: &Cluster) -> BTreeMap<ObjectId, Value> {
        let users = snapshot::of(cluster, "demo", &BTreeSet::new()).await.expect("a snapshot").users;
        let objects = cluster.picture().await.expect("objects").objects.into_iter();
        let meant = objects.filter(|object| {
            let ours = object.label(INSTALLATION_LABEL).is_some() && !object.is_controlled();
            ours || users.contains_key(&object.id())
        });
        let plain = |object: Object| {
            let id = object.id();
            let mut value = object.into_value();
            let metadata =
                json!({"labels": value["metadata"]["labels"], "annotations": value["metadata"]["annotations"]});
            let map = value.as_object_mut().expect("a mapping");
            map.insert("metadata".into(), metadata);
            map.retain(|field, _| field != "status" && (field != "data" || id.kind != "Secret"));
            if let Some(spec) = map.get_mut("spec").and_then(Value::as_object_mut) {
                spec.retain(|field, _| !field.starts_with("clusterIP") && field != "volumeName");
            }
            (id, value)
        };
        meant.map(plain).collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_copy_ends_as_the_cluster_does_and_the_cluster_sees_reads_only() {
        let directory = tempfile::tempdir().expect("a folder");
        std::fs::write(directory.path().join("main.hcl"), MAIN).expect("a file");
        let sandbox = Sandbox::open(None, SandboxOptions::default()).expect("a sandbox");
        let players = Players::start_in(&sandbox, PlayerOptions::default());
        let cluster = Cluster::from_client(sandbox.client(), "live");
        apply(&loaded(directory.path(), "1.0"), &cluster).await;
        let make = |value: Value| Object::from_value(value).expect("an object");
        for object in [
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "users", "labels": {"team": "yes"}}}),
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "leftover", "namespace": "users"}}),
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "own", "namespace": "users"},
                "data": {"a": "Y2FuYXJ5LTEyMw=="}}),
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "door", "namespace": "widgets"},
                "data": {"password": "b3Blbg=="}}),
            json!({"apiVersion": "example.com/v1beta1", "kind": "Widget", "spec": {"size": 1},
                "metadata": {"name": "small", "namespace": "users"}}),
        ] {
            let seen = cluster.kinds().await.expect("kinds");
            cluster.refresh_kinds(&seen).await.expect("kinds");
            cluster.create(&make(object), Patience::write(PATIENCE)).await.expect("it is made");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        players.stop().await;

        let (next, request, carriage) = (loaded(directory.path(), "2.0"), PlanRequest::default(), carriage());
        let block = &next.installation.clusters[0];
        let scene = Scene { loaded: &next, request: &request, carriage: &carriage, cluster: block };
        let (requests, revision) = (sandbox.requests_by_kind(), sandbox.revision());
        let live = Cluster::from_client(sandbox.client(), "live");
        let (copy, found) = scene.copy(&live).await.expect("a copy");
        let found = scene.rehearse_in(&copy, found).await.expect("a rehearsal");
        assert_eq!(sandbox.revision(), revision);
        let mut seen = sandbox.requests_by_kind();
        seen.retain(|what, number| requests.get(what) != Some(number));
        assert!(!seen.is_empty());
        let others: Vec<&String> =
            seen.keys().filter(|what| !what.starts_with("get ") && !what.starts_with("list ")).collect();
        assert!(others.is_empty(), "asked of the cluster: {others:?}");
        assert!(found.is_success() && found.cut.is_some() && found.taken.masked > 0, "{found:#?}");

        let session = Duplicate::enter(copy.sandbox(), &Faults::default());
        let own =
            make(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "own", "namespace": "users"}}));
        let secrets = session.cluster.resource(&own.gvk()).await.expect("Secrets");
        // Who may not see Secrets would plan without them.
        let may = |kind: &str, rest: Value| {
            let mut object =
                json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": "look"}});
            object.as_object_mut().expect("a mapping").extend(rest.as_object().expect("a mapping").clone());
            make(object)
        };
        let rules =
            json!({"rules": [{"apiGroups": ["apiextensions.k8s.io", "apps"], "resources": ["*"], "verbs": ["list"]}]});
        let binding = json!({"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "look"},
            "subjects": [{"kind": "ServiceAccount", "namespace": "default", "name": "looker"}]});
        for object in [may("ClusterRole", rules), may("ClusterRoleBinding", binding)] {
            cluster.create(&object, Patience::write(PATIENCE)).await.expect("it is made");
        }
        let looker = sandbox.client_as(Identity::service_account("default", "looker"));
        let refused = scene.copy(&Cluster::from_client(looker, "live")).await.err().expect("a refusal");
        let Failure::World(refused) = refused else { panic!("{refused:?}") };
        assert!(refused.to_string().starts_with("Cannot copy cluster.main: "), "{refused}");
        assert!(refused.reasons().iter().any(|reason| reason.contains("secrets")), "{refused}");

        let own = session.cluster.get(&secrets, "users", "own").await.expect("an answer").expect("the Secret");
        assert_eq!(own.text("/data/a"), "eHh4eHh4eHh4eA==", "ten letters that stand for those of the value");

        let _players = Players::start_in(&sandbox, PlayerOptions::default());
        apply(&next, &cluster).await;
        let live = Cluster::from_client(sandbox.client(), "live");
        let (expected, seen) = (wanted(&live).await, wanted(&session.cluster).await);
        assert!(expected.len() > 8, "{:?}", expected.keys());
        for (id, value) in &expected {
            assert_eq!(seen.get(id), Some(value), "{id}");
        }
        assert_eq!(seen.len(), expected.len());
        let gone = ObjectId::new("", "ConfigMap", "users", "leftover");
        assert_eq!(found.users.gone, [gone]);
    }
}
