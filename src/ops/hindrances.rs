//! Looks at what of a cluster would hold the hops of an upgrade. Changes nothing; what may not be seen is told.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::catalog::Deed;
use crate::catalog::Hop;
use crate::catalog::Rendered;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::normalize;
use crate::object::pod_security;
use crate::object::pod_security::Level;
use crate::plan::Desired;
use crate::plan::DesiredObject;
use crate::plan::hindrance;
use crate::plan::hindrance::Caller;
use crate::plan::hindrance::Hindrance;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::ClusterError;

/// Looks for all of it.
///
/// # Arguments
///
/// * `before`: the objects of the release that is left, none where that is not known.
/// * `hops`: one after the other, with the objects of the release each leads to.
///
/// # Errors
/// The cluster cannot be reached.
pub(super) async fn look(
    cluster: &Cluster,
    before: &[Object],
    hops: &[(&Hop, Rendered)],
) -> Result<Vec<Hindrance>, ClusterError> {
    let mut found = Vec::new();
    let (budgets, nodes, pods, namespaces) = futures::join!(
        cluster.seen("policy", "v1", "PodDisruptionBudget"),
        cluster.seen("", "v1", "Node"),
        cluster.seen("", "v1", "Pod"),
        cluster.seen("", "v1", "Namespace"),
    );
    match budgets {
        Ok(budgets) => found.extend(hindrance::budgets(&budgets)),
        Err(reason) => found.push(unseen("disruption-budgets", &reason)),
    }
    let mut own: BTreeSet<ObjectId> = before.iter().map(Object::id).collect();
    own.extend(hops.iter().flat_map(|(_, rendered)| &rendered.objects).map(|wanted| wanted.object.id()));
    match (&namespaces, &pods) {
        (Ok(namespaces), Ok(pods)) => found.extend(levels(cluster, &own, hops, namespaces, pods).await?),
        (Err(reason), _) | (_, Err(reason)) => found.push(unseen("pod-security", reason)),
    }
    match (nodes, pods) {
        (Ok(nodes), Ok(pods)) => {
            let rooms = hops.iter().filter_map(|(_, rendered)| {
                let desired: Vec<&Object> = rendered.objects.iter().map(|wanted| &wanted.object).collect();
                hindrance::room(&desired, &nodes, &pods)
            });
            // The first that is short of it tells enough.
            found.extend(rooms.take(1));
        }
        (Err(reason), _) | (_, Err(reason)) => found.push(unseen("room", &reason)),
    }
    found.extend(webhooks(cluster, &own, hops, namespaces).await?);
    let mut earlier: Vec<&Object> = before.iter().filter(|object| normalize::is_crd(object)).collect();
    for (hop, rendered) in hops {
        let later = rendered.objects.iter().map(|wanted| &wanted.object).filter(|object| normalize::is_crd(object));
        let later: Vec<&Object> = later.collect();
        for after in &later {
            let Some(before) = earlier.iter().find(|before| before.name() == after.name()) else { continue };
            found.extend(versions(cluster, hop, before, after).await?);
        }
        earlier = later;
    }
    Ok(found)
}

/// What may not be looked at is no reason to refuse, and none to be silent.
fn unseen(name: &'static str, reason: &str) -> Hindrance {
    Hindrance {
        name,
        refuses: false,
        found: Vec::new(),
        detail: format!("This could not be looked at: {reason}."),
        remedy: "`stackwright permissions --from RELEASE` prints the rights it needs.".into(),
    }
}

/// Pods that would be refused where a release raises the Pod Security level of a namespace: the server says whether there are
/// any.
async fn levels(
    cluster: &Cluster,
    own: &BTreeSet<ObjectId>,
    hops: &[(&Hop, Rendered)],
    namespaces: &[Object],
    pods: &[Object],
) -> Result<Vec<Hindrance>, ClusterError> {
    let mut strictest: BTreeMap<ObjectId, (Level, &Object)> = BTreeMap::new();
    for wanted in hops.iter().flat_map(|(_, rendered)| &rendered.objects).map(|wanted| &wanted.object) {
        let level = wanted.label(pod_security::ENFORCE).and_then(Level::from_name).unwrap_or_default();
        let known = strictest.get(&wanted.id()).map(|(level, _)| *level).unwrap_or_default();
        if wanted.is_of("", "Namespace") && level > known {
            strictest.insert(wanted.id(), (level, wanted));
        }
    }
    let mut found = Vec::new();
    for (id, (level, wanted)) in strictest {
        let Some(live) = namespaces.iter().find(|live| live.name() == id.name) else { continue };
        let now = live.label(pod_security::ENFORCE).and_then(Level::from_name).unwrap_or_default();
        if level <= now {
            continue;
        }
        let labels = [pod_security::ENFORCE, pod_security::ENFORCE_VERSION];
        let labels = labels.into_iter().filter_map(|label| Some((label, wanted.label(label)?))).collect();
        match cluster.warned_of_labels(&id, &labels).await {
            Ok(warnings) if warnings.is_empty() => {}
            Ok(_) => found.extend(hindrance::pod_security(&id.name, level, own, pods)),
            Err(error @ ClusterError::Refused { .. }) => found.push(unseen("pod-security", &error.to_string())),
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

async fn webhooks(
    cluster: &Cluster,
    own: &BTreeSet<ObjectId>,
    hops: &[(&Hop, Rendered)],
    namespaces: Result<Vec<Object>, String>,
) -> Result<Vec<Hindrance>, ClusterError> {
    const GROUP: &str = "admissionregistration.k8s.io";
    let (mutating, validating) = futures::join!(
        cluster.seen(GROUP, "v1", "MutatingWebhookConfiguration"),
        cluster.seen(GROUP, "v1", "ValidatingWebhookConfiguration"),
    );
    let (configurations, namespaces) = match (mutating, validating, namespaces) {
        (Ok(mutating), Ok(validating), Ok(namespaces)) => ([mutating, validating].concat(), namespaces),
        (Err(reason), ..) | (_, Err(reason), _) | (.., Err(reason)) => return Ok(vec![unseen("webhooks", &reason)]),
    };
    let mut callers: Vec<Caller> = Vec::new();
    for (_, rendered) in hops {
        let objects = rendered.objects.iter().map(|wanted| DesiredObject {
            object: wanted.object.clone(),
            owner: wanted.owner.clone(),
            after: Vec::new(),
        });
        let desired =
            Desired { objects: objects.collect(), readiness: rendered.readiness.clone(), ..Desired::default() };
        for caller in hindrance::callers(&desired, own, &configurations, &namespaces) {
            let is_known =
                |known: &Caller| (&known.configuration, &known.service) == (&caller.configuration, &caller.service);
            if !callers.iter().any(is_known) {
                callers.push(caller);
            }
        }
    }
    let mut found = Vec::new();
    for caller in callers {
        if !answers(cluster, &caller.service).await? {
            found.push(hindrance::unanswered(caller));
        }
    }
    Ok(found)
}

/// Whether a Service has an endpoint that is ready.
async fn answers(cluster: &Cluster, service: &ObjectId) -> Result<bool, ClusterError> {
    let slices = cluster.resource(&GroupVersionKind::new("discovery.k8s.io", "v1", "EndpointSlice")).await?;
    let selector = format!("kubernetes.io/service-name={}", service.name);
    let (slices, _) = cluster.list(&slices, &service.namespace, &selector).await?;
    let mut endpoints = slices.iter().filter_map(|slice| slice.get("/endpoints")?.as_array()).flatten();
    Ok(endpoints.any(|endpoint| endpoint["conditions"]["ready"] != false))
}

async fn versions(
    cluster: &Cluster,
    hop: &Hop,
    before: &Object,
    after: &Object,
) -> Result<Vec<Hindrance>, ClusterError> {
    let gone = hindrance::gone_versions(before, after);
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let definitions = cluster.resource(&before.gvk()).await?;
    let Some(live) = cluster.get(&definitions, "", before.name()).await? else { return Ok(Vec::new()) };
    let kind = cluster.served_kind(live.text("/spec/group"), live.text("/spec/names/kind")).await?;
    let objects = match &kind {
        Some(kind) => cluster.list_metadata(kind, "", "").await?.0,
        None => Vec::new(),
    };
    let is_brought = hop.steps.iter().any(|step| matches!(step.deed, Deed::Store { .. }) && step.name == live.name());
    Ok(hindrance::versions(&live, &gone, is_brought, &objects))
}
