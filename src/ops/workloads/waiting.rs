//! Queues and what waits in them, of Volcano and of Kueue. Pure but for being taken from an outpost.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::amounts::Amounts;
use super::scene::text;
use crate::ops::lookout::Outpost;

/// Something in a queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// `Volcano`, `Kueue`
    pub of_scheduler: &'static str,
    pub queue: String,
    pub namespace: String,
    /// Of whom it is.
    pub kind: String,
    pub name: String,
    /// RFC 3339.
    pub since: String,
    /// What it asks for before it begins.
    pub asks: Amounts,
    /// From 1, by age, among those that wait; 0 where it does not wait.
    pub place: usize,
    /// How many wait there.
    pub of: usize,
    /// Why, as its scheduler says.
    pub reason: String,
}

/// `place 2 of 3 in queue training: not enough nvidia.com/gpu`
impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "place {} of {} in queue {}", self.place, self.of, self.queue)?;
        if self.reason.is_empty() { Ok(()) } else { write!(f, ": {}", self.reason) }
    }
}

const VOLCANO: &str = "Volcano";
const KUEUE: &str = "Kueue";

/// What waits, by scheduler and queue.
type Waits = BTreeMap<(&'static str, String), Vec<Waiting>>;

/// A queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    pub name: String,
    /// `Volcano`, `Kueue`
    pub of: &'static str,
    /// Volcano's share against others.
    pub weight: Option<i64>,
    pub state: String,
    pub allocated: Amounts,
    pub capability: Amounts,
    pub running: i64,
    pub waiting: Vec<Waiting>,
}

/// All queues by name, with what waits in each: the oldest first.
pub fn queues(outpost: &Outpost) -> Vec<Queue> {
    let mut waits = Waits::new();
    for one in waiting(outpost).into_iter().filter(|one| one.place > 0) {
        waits.entry((one.of_scheduler, one.queue.clone())).or_default().push(one);
    }
    let mut all: Vec<Queue> = outpost.objects("Queue").iter().map(|queue| volcano(queue, &mut waits)).collect();
    all.extend(outpost.objects("ClusterQueue").iter().map(|queue| kueue(queue, &mut waits)));
    // Those whose queue is not there wait for ever.
    all.extend(waits.into_iter().map(|((of, name), waiting)| Queue {
        state: "there is no such queue".to_owned(),
        name,
        of,
        weight: None,
        allocated: Amounts::default(),
        capability: Amounts::default(),
        running: 0,
        waiting,
    }));
    all
}

fn volcano(queue: &Value, waits: &mut Waits) -> Queue {
    let name = text(queue, "/metadata/name").to_owned();
    Queue {
        of: VOLCANO,
        weight: Some(queue.pointer("/spec/weight").and_then(Value::as_i64).unwrap_or(1)),
        state: text(queue, "/status/state").to_owned(),
        allocated: Amounts::of(queue.pointer("/status/allocated")),
        capability: Amounts::of(queue.pointer("/spec/capability")),
        running: queue.pointer("/status/running").and_then(Value::as_i64).unwrap_or(0),
        waiting: waits.remove(&(VOLCANO, name.clone())).unwrap_or_default(),
        name,
    }
}

fn kueue(queue: &Value, waits: &mut Waits) -> Queue {
    let name = text(queue, "/metadata/name").to_owned();
    let resources = |place: &str, amount: &str| {
        let groups = queue.pointer(place).and_then(Value::as_array).into_iter().flatten();
        let flavors = groups.flat_map(|group| match group.get("flavors") {
            Some(flavors) => flavors.as_array().cloned().unwrap_or_default(),
            None => vec![group.clone()],
        });
        let resources = flavors.flat_map(|flavor| flavor["resources"].as_array().cloned().unwrap_or_default());
        resources.fold(Amounts::default(), |sum, one| {
            let named = serde_json::json!({text(&one, "/name"): one[amount]});
            sum.plus(&Amounts::of(Some(&named)), 1)
        })
    };
    Queue {
        of: KUEUE,
        weight: None,
        state: String::new(),
        allocated: resources("/status/flavorsReservation", "total"),
        capability: resources("/spec/resourceGroups", "nominalQuota"),
        running: queue.pointer("/status/admittedWorkloads").and_then(Value::as_i64).unwrap_or(0),
        waiting: waits.remove(&(KUEUE, name.clone())).unwrap_or_default(),
        name,
    }
}

/// Everything that is in a queue.
pub(super) fn waiting(outpost: &Outpost) -> Vec<Waiting> {
    let mut all: Vec<Waiting> = outpost.objects("PodGroup").iter().map(of_volcano).collect();
    // People name a queue of their namespace, which stands for one of the cluster.
    let local: BTreeMap<(String, String), String> = outpost
        .objects("LocalQueue")
        .iter()
        .map(|queue| {
            let of = |place: &str| text(queue, place).to_owned();
            ((of("/metadata/namespace"), of("/metadata/name")), of("/spec/clusterQueue"))
        })
        .collect();
    all.extend(outpost.objects("Workload").iter().map(|workload| {
        let mut one = of_kueue(workload);
        if let Some(queue) = local.get(&(one.namespace.clone(), one.queue.clone())) {
            one.queue.clone_from(queue);
        }
        one
    }));
    placed(all)
}

/// Gives those that wait (`place` 1 so far) their places by age.
fn placed(mut all: Vec<Waiting>) -> Vec<Waiting> {
    all.sort_by(|a, b| {
        (a.of_scheduler, &a.queue, &a.since, &a.namespace, &a.name).cmp(&(
            b.of_scheduler,
            &b.queue,
            &b.since,
            &b.namespace,
            &b.name,
        ))
    });
    let mut counts: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for one in all.iter_mut().filter(|one| one.place > 0) {
        let count = counts.entry((one.of_scheduler, one.queue.clone())).or_default();
        *count += 1;
        one.place = *count;
    }
    for one in &mut all {
        one.of = counts.get(&(one.of_scheduler, one.queue.clone())).copied().unwrap_or(0);
    }
    all
}

/// Of whom something in a queue is: of its owner, else itself.
fn whose(object: &Value) -> (String, String) {
    let owner = object.pointer("/metadata/ownerReferences/0");
    let of = |key: &str| owner.and_then(|owner| owner.get(key)).and_then(Value::as_str).map(str::to_owned);
    let own = || (text(object, "/kind").to_owned(), text(object, "/metadata/name").to_owned());
    of("kind").zip(of("name")).unwrap_or_else(own)
}

fn condition<'v>(object: &'v Value, kind: &str, status: &str) -> Option<&'v Value> {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array)?;
    conditions.iter().rev().find(|one| one["type"] == kind && one["status"] == status)
}

fn of_volcano(group: &Arc<Value>) -> Waiting {
    let (kind, name) = whose(group);
    let phase = text(group, "/status/phase");
    let waits = matches!(phase, "" | "Pending" | "Inqueue");
    let unschedulable = condition(group, "Unschedulable", "True").filter(|_| waits);
    Waiting {
        of_scheduler: VOLCANO,
        queue: Some(text(group, "/spec/queue")).filter(|queue| !queue.is_empty()).unwrap_or("default").to_owned(),
        namespace: text(group, "/metadata/namespace").to_owned(),
        kind,
        name,
        since: text(group, "/metadata/creationTimestamp").to_owned(),
        asks: Amounts::of(group.pointer("/spec/minResources")),
        place: usize::from(waits),
        of: 0,
        reason: unschedulable.map(|one| text(one, "/message").to_owned()).unwrap_or_default(),
    }
}

fn of_kueue(workload: &Arc<Value>) -> Waiting {
    let (kind, name) = whose(workload);
    let reserved = condition(workload, "QuotaReserved", "True").is_some();
    let waits = !reserved && condition(workload, "Finished", "True").is_none();
    let refused = condition(workload, "QuotaReserved", "False").filter(|_| waits);
    Waiting {
        of_scheduler: KUEUE,
        queue: text(workload, "/spec/queueName").to_owned(),
        namespace: text(workload, "/metadata/namespace").to_owned(),
        kind,
        name,
        since: text(workload, "/metadata/creationTimestamp").to_owned(),
        asks: Amounts::default(),
        place: usize::from(waits),
        of: 0,
        reason: refused.map(|one| text(one, "/message").to_owned()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn places_by_age() {
        let group = |name: &str, born: &str, phase: &str| {
            of_volcano(&Arc::new(json!({"kind": "PodGroup",
                "metadata": {"name": format!("podgroup-{name}"), "namespace": "a", "creationTimestamp": born, "ownerReferences": [{"kind": "Job", "name": name}]},
                "spec": {"queue": "training"},
                "status": {"phase": phase, "conditions": [{"type": "Unschedulable", "status": "True", "message": "0/2 tasks fit"}]}})))
        };
        let all =
            placed(vec![group("young", "3", "Pending"), group("runs", "1", "Running"), group("old", "2", "Inqueue")]);
        let told: Vec<(String, String)> = all.iter().map(|one| (one.name.clone(), one.to_string())).collect();
        let told: Vec<(&str, &str)> = told.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(
            told,
            [
                ("runs", "place 0 of 2 in queue training"),
                ("old", "place 1 of 2 in queue training: 0/2 tasks fit"),
                ("young", "place 2 of 2 in queue training: 0/2 tasks fit"),
            ]
        );
    }
}
