//! The program with one provider more: `pond`, a cloud whose clusters are sandboxes in a directory beside the
//! configuration. It answers late, changes slowly, and can be told to end the process at any of its calls.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::SystemTime;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;
use stackwright::interface::Sandbox;
use stackwright::interface::SandboxOptions;
use stackwright::interface::maker::Made;
use stackwright::interface::maker::MadeKind;
use stackwright::interface::maker::MadeState;
use stackwright::interface::maker::Maker;
use stackwright::interface::maker::MakerError;
use stackwright::interface::maker::Makers;
use stackwright::interface::players::PlayerOptions;
use stackwright::interface::players::Players;

/// What a cluster takes to be made or to go, and a node pool half of it.
const MINUTES: Duration = Duration::from_millis(60);
/// The process ends before its Nth call has an effect (odd) or after it (even).
const KILL_AFTER: &str = "POND_KILL_AFTER";
/// The answer of the Nth call is lost, though it was done.
const LOSE: &str = "POND_LOSE";

fn main() -> ExitCode {
    stackwright::interface::run_with(
        Makers::default().with("pond", Arc::new(|_, root| Ok(Arc::new(Pond::new(root)) as Arc<dyn Maker>))),
    )
}

/// A thing as it is written down.
#[derive(Clone, Serialize, Deserialize)]
struct Thing {
    kind: String,
    name: String,
    id: u64,
    installation: String,
    spec: Map<String, Value>,
    /// Milliseconds since 1970 when it is as it should be, or gone.
    due: u128,
    leaves: bool,
}

impl Thing {
    fn is_due(&self) -> bool {
        self.due <= now()
    }
}

struct Pond {
    directory: PathBuf,
    calls: AtomicU64,
    looks: AtomicU64,
    /// Clusters that run in this process.
    running: Mutex<BTreeMap<String, (Sandbox, Players)>>,
    /// One call at a time.
    guard: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Pond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pond")
    }
}

fn now() -> u128 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is later").as_millis()
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

impl Pond {
    fn new(root: &Path) -> Self {
        let directory = root.join("pond");
        std::fs::create_dir_all(&directory).expect("the folder can be made");
        Self {
            directory,
            calls: AtomicU64::new(0),
            looks: AtomicU64::new(0),
            running: Mutex::default(),
            guard: tokio::sync::Mutex::new(()),
        }
    }

    fn read(&self) -> Vec<Thing> {
        let text = std::fs::read(self.directory.join("things.json")).unwrap_or_else(|_| b"[]".to_vec());
        let mut things: Vec<Thing> = serde_json::from_slice(&text).expect("it was written whole");
        things.retain(|thing| !(thing.leaves && thing.is_due()));
        things
    }

    fn write(&self, things: &[Thing]) {
        let new = self.directory.join("things.new");
        std::fs::write(&new, serde_json::to_vec(things).expect("things are JSON")).expect("the file can be written");
        std::fs::rename(new, self.directory.join("things.json")).expect("the file can be moved");
    }

    /// One call: may end the process before or after what it does, and may lose its answer.
    /// Only the first looks count: how many there are depends on the machine.
    async fn call<T>(&self, is_look: bool, work: impl FnOnce() -> Result<T, MakerError>) -> Result<T, MakerError> {
        let _guard = self.guard.lock().await;
        let counts = !is_look || self.looks.fetch_add(1, Ordering::SeqCst) < 2;
        let call = if counts { self.calls.fetch_add(1, Ordering::SeqCst) + 1 } else { u64::MAX / 2 };
        let dies = |moment: u64| {
            if number(KILL_AFTER) == Some(moment) {
                std::process::abort();
            }
        };
        dies(2 * call - 1);
        tokio::time::sleep(Duration::from_millis(1)).await;
        let done = work();
        dies(2 * call);
        if number(LOSE) == Some(call) {
            return Err(MakerError::Unclear("the answer was lost".into()));
        }
        done
    }
}

fn made(thing: &Thing) -> Made {
    let state = match (thing.leaves, thing.is_due()) {
        (true, _) => MadeState::Leaving,
        (false, true) => MadeState::Ready,
        (false, false) => MadeState::Busy("CREATING".into()),
    };
    Made {
        name: thing.name.clone(),
        id: thing.id.to_string(),
        installation: thing.installation.clone(),
        spec: thing.spec.clone(),
        aliases: Map::new(),
        state,
    }
}

fn takes(kind: &str) -> u128 {
    if kind == "Cluster" { MINUTES.as_millis() } else { MINUTES.as_millis() / 2 }
}

impl Maker for Pond {
    fn kinds(&self) -> Vec<MadeKind> {
        vec![
            MadeKind { kind: "Cluster".into(), plural: "clusters".into(), immutable: vec!["spec.network".into()] },
            MadeKind {
                kind: "NodePool".into(),
                plural: "nodepools".into(),
                immutable: vec!["spec.server_type".into()],
            },
        ]
    }

    fn interval(&self) -> Duration {
        Duration::from_millis(5)
    }

    fn list(&self, kind: &str) -> BoxFuture<'_, Result<Vec<Made>, MakerError>> {
        let kind = kind.to_owned();
        let list = move || Ok(self.read().iter().filter(|thing| thing.kind == kind).map(made).collect());
        self.call(true, list).boxed()
    }

    fn create<'a>(
        &'a self,
        kind: &'a str,
        name: &'a str,
        installation: &'a str,
        spec: &'a Map<String, Value>,
    ) -> BoxFuture<'a, Result<Made, MakerError>> {
        let create = move || {
            let mut things = self.read();
            if things.iter().any(|thing| thing.kind == kind && thing.name == name) {
                return Err(MakerError::Refused(format!("{name} exists")));
            }
            let is_cluster = |name: &Value| {
                things.iter().any(|thing| thing.kind == "Cluster" && *name == thing.name && thing.is_due())
            };
            if spec.get("cluster").is_some_and(|cluster| !is_cluster(cluster)) {
                return Err(MakerError::Refused("its cluster is not ready".into()));
            }
            // A cloud adds what it was not told.
            let mut spec = spec.clone();
            spec.insert("zone".into(), "deep".into());
            let id = things.iter().map(|thing| thing.id).max().unwrap_or(0) + 1;
            let (kind, name, installation) = (kind.to_owned(), name.to_owned(), installation.to_owned());
            let due = now() + takes(&kind);
            let thing = Thing { kind, name, id, installation, spec, due, leaves: false };
            things.push(thing.clone());
            self.write(&things);
            Ok(made(&thing))
        };
        self.call(false, create).boxed()
    }

    fn update<'a>(
        &'a self,
        kind: &'a str,
        made: &'a Made,
        spec: &'a Map<String, Value>,
    ) -> BoxFuture<'a, Result<(), MakerError>> {
        let update = move || {
            let mut things = self.read();
            let thing = things.iter_mut().find(|thing| thing.kind == kind && thing.id.to_string() == made.id);
            let Some(thing) = thing else { return Err(MakerError::Refused("it is gone".into())) };
            let fixed = if kind == "Cluster" { "network" } else { "server_type" };
            if thing.spec.get(fixed) != spec.get(fixed) {
                return Err(MakerError::Refused(format!("{fixed} cannot be changed")));
            }
            thing.spec.extend(spec.clone());
            thing.due = now() + takes(kind);
            self.write(&things);
            Ok(())
        };
        self.call(false, update).boxed()
    }

    fn delete<'a>(&'a self, kind: &'a str, made: &'a Made) -> BoxFuture<'a, Result<(), MakerError>> {
        let delete = move || {
            let mut things = self.read();
            let has_pools = |thing: &Thing| thing.spec.get("cluster").is_some_and(|cluster| *cluster == made.name);
            if kind == "Cluster" && things.iter().any(has_pools) {
                return Err(MakerError::Refused("it has node pools".into()));
            }
            for thing in things.iter_mut().filter(|thing| thing.kind == kind && thing.id.to_string() == made.id) {
                (thing.leaves, thing.due) = (true, now() + takes(kind));
            }
            self.write(&things);
            if kind == "Cluster" {
                self.running.lock().expect("nobody panics").remove(&made.id);
                let _ = std::fs::remove_dir_all(self.directory.join(&made.id));
            }
            Ok(())
        };
        self.call(false, delete).boxed()
    }

    fn connect<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(kube::Client, String), MakerError>> {
        let connect = move || {
            let things = self.read();
            let found = things.iter().find(|thing| thing.kind == "Cluster" && thing.name == name && thing.is_due());
            let Some(thing) = found else { return Err(MakerError::Refused(format!("there is no cluster {name}"))) };
            let id = thing.id.to_string();
            let mut running = self.running.lock().expect("nobody panics");
            if !running.contains_key(&id) {
                let sandbox = Sandbox::open(Some(&self.directory.join(&id)), SandboxOptions::default());
                let sandbox = sandbox.map_err(|error| MakerError::Unclear(error.to_string()))?;
                let players = Players::start_in(&sandbox, PlayerOptions::default());
                running.insert(id.clone(), (sandbox, players));
            }
            Ok((running[&id].0.client(), format!("pond's {name}")))
        };
        self.call(false, connect).boxed()
    }
}
