//! Runs one player: changes become keys, each key is worked on by one task at a time, many keys at once.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::PlayerOptions;
use super::api::Api;
use super::error::PlayerError;
use super::world::Change;
use super::world::Key;
use super::world::Kind;
use super::world::World;

/// One stand-in for a controller.
pub(super) trait Player: Send + Sync + 'static {
    /// The kinds whose changes it hears of; empty for all that are watched.
    fn watches(&self) -> &'static [&'static str];

    /// What it looks at first, before anything has changed.
    fn start(&self) -> Vec<Key> {
        Vec::new()
    }

    /// What has to be looked at after a change.
    fn keys(&self, world: &World, change: &Change) -> Vec<Key>;

    /// Brings the cluster closer to what the key wants; how long until it must be looked at again without a change.
    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>>;
}

/// When a key must be looked at again although nothing changes; `None` means never.
pub(super) type Next = Option<Duration>;

/// What a player acts with.
pub(super) struct Stage {
    pub api: Api,
    pub world: Arc<World>,
    pub options: Arc<PlayerOptions>,
    pub events: super::events::Recorder,
}

impl Stage {
    /// Whether the program a player stands in for would act: its Deployment is available, or there is none to tell.
    pub fn serves(&self, namespace: &str, deployment: &str) -> bool {
        let found = self.world.get("deployments.apps", namespace, deployment);
        found.is_none_or(|deployment| super::look::condition_holds(&deployment, "Available"))
    }
}

/// How many keys of one player are worked on at once.
const WIDTH: usize = 64;
const FIRST_RETRY: Duration = Duration::from_millis(10);
const LONGEST_RETRY: Duration = Duration::from_secs(10);

/// Runs a player until its task is ended or the world is gone. It acts on a complete copy of the cluster only, and
/// after it has heard of all that is in it.
pub(super) async fn run(player: Arc<dyn Player>, stage: Arc<Stage>, mut changes: UnboundedReceiver<Arc<Change>>) {
    let mut queue = Queue::default();
    for key in player.start() {
        queue.add(key);
    }
    stage.world.synced().await;
    while let Ok(change) = changes.try_recv() {
        for key in player.keys(&stage.world, &change) {
            queue.add(key);
        }
    }
    let mut tasks: JoinSet<(Key, Result<Next, PlayerError>)> = JoinSet::new();
    loop {
        while tasks.len() < WIDTH
            && let Some(key) = queue.start()
        {
            let (player, stage) = (Arc::clone(&player), Arc::clone(&stage));
            tasks.spawn(async move {
                let result = player.act(&stage, &key).await;
                (key, result)
            });
        }
        let due = queue.next_due();
        tokio::select! {
            change = changes.recv() => {
                let Some(change) = change else { return };
                for key in player.keys(&stage.world, &change) {
                    queue.add(key);
                }
            }
            Some(finished) = tasks.join_next() => {
                // A task that panicked or was ended leaves its key; the next change brings it back.
                if let Ok((key, result)) = finished {
                    queue.finish(key, result);
                }
            }
            () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => queue.wake(),
        }
    }
}

/// Keys that wait, are worked on, or come back later.
#[derive(Default)]
struct Queue {
    waiting: VecDeque<Key>,
    is_waiting: HashSet<Key>,
    running: HashSet<Key>,
    /// Changed while they were worked on.
    again: HashSet<Key>,
    later: BTreeSet<(Instant, Key)>,
    due: BTreeMap<Key, Instant>,
    failures: HashMap<Key, u32>,
}

impl Queue {
    fn add(&mut self, key: Key) {
        if self.running.contains(&key) {
            self.again.insert(key);
        } else if self.is_waiting.insert(key.clone()) {
            self.waiting.push_back(key);
        }
    }

    fn start(&mut self) -> Option<Key> {
        let key = self.waiting.pop_front()?;
        self.is_waiting.remove(&key);
        self.running.insert(key.clone());
        if let Some(due) = self.due.remove(&key) {
            self.later.remove(&(due, key.clone()));
        }
        Some(key)
    }

    fn finish(&mut self, key: Key, result: Result<Next, PlayerError>) {
        self.running.remove(&key);
        let next = match result {
            Ok(next) => {
                self.failures.remove(&key);
                next
            }
            Err(_) => {
                let failures = self.failures.entry(key.clone()).or_default();
                *failures = (*failures + 1).min(16);
                Some((FIRST_RETRY * 2_u32.pow(*failures - 1)).min(LONGEST_RETRY))
            }
        };
        if self.again.remove(&key) {
            self.add(key);
        } else if let Some(next) = next {
            let due = Instant::now() + next;
            self.due.insert(key.clone(), due);
            self.later.insert((due, key));
        }
    }

    fn next_due(&self) -> Option<Instant> {
        self.later.first().map(|(due, _)| *due)
    }

    fn wake(&mut self) {
        let now = Instant::now();
        while self.next_due().is_some_and(|due| due <= now) {
            if let Some((_, key)) = self.later.pop_first() {
                self.due.remove(&key);
                self.add(key);
            }
        }
    }
}

/// The keys of kinds by their names.
pub(super) fn kinds(names: &[&str]) -> Vec<Kind> {
    names.iter().map(|&name| name.into()).collect()
}
