//! How a cluster's installation is, for who looks at it for long: the health of what is recorded, the components with their
//! versions, objects, images and pods, and how to come in. Without a plan: what an apply would change is not in it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::Failure;
use super::endpoint::host_now;
use super::lookout::Outpost;
use super::rendering::render;
use super::status::login;
use super::status::made;
use crate::apply::OwnerHealth;
use crate::apply::Unready;
use crate::apply::health;
use crate::catalog::EnabledComponent;
use crate::config::Access;
use crate::config::access;
use crate::object::Address;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Selector;
use crate::object::kinds;
use crate::object::pod_trouble;

/// One cluster's.
pub struct Survey {
    /// The release that its platform is at, by the records.
    pub release: Option<String>,
    /// Another one that the configuration wants.
    pub wanted: Option<String>,
    pub access: Access,
    pub login: Vec<String>,
    /// Components, then resources, each with what it consists of.
    pub parts: Vec<Part>,
    /// A run that is going on, or did not come to its end.
    pub unfinished: Option<String>,
    /// What was found amiss in the records.
    pub warnings: Vec<String>,
}

/// A component, or a resource of the configuration.
pub struct Part {
    pub health: OwnerHealth,
    /// Empty where it is not known.
    pub title: String,
    pub version: String,
    pub is_component: bool,
    /// All objects, with why each that does not serve does not.
    pub objects: Vec<(ObjectId, Option<Unready>)>,
    pub images: BTreeSet<String>,
    /// What makes pods, and which are its.
    makers: Vec<(ObjectId, Selector)>,
}

impl Part {
    pub fn address(&self) -> &Address {
        &self.health.owner
    }

    /// Its pods, as the lookout sees them.
    pub fn pods(&self, all: &[Arc<Value>]) -> Vec<Arc<Value>> {
        let is_its = |pod: &&Arc<Value>| {
            let (namespace, labels) = (&pod["metadata"]["namespace"], pod["metadata"]["labels"].as_object());
            self.makers.iter().any(|(id, selector)| *namespace == id.namespace.as_str() && selector.selects(labels))
        };
        all.iter().filter(is_its).cloned().collect()
    }

    /// Whether something is told of it, or of what it makes: by namespace and the beginning of the name.
    pub fn is_about(&self, namespace: &str, name: &str) -> bool {
        self.objects.iter().any(|(id, _)| id.namespace == namespace && id.name == name)
            || self.makers.iter().any(|(id, _)| {
                let begins = name.strip_prefix(id.name.as_str()).is_some_and(|rest| rest.starts_with('-'));
                id.namespace == namespace && begins
            })
    }
}

/// What the configuration alone tells of a platform; made once, for rendering takes a while.
#[derive(Default)]
pub struct Rendering {
    gateway: Option<ObjectId>,
    components: Vec<EnabledComponent>,
}

/// Looks at what is recorded. Costs one LIST for each kind that the installation has objects of.
///
/// # Errors
/// The cluster has not been entered yet, or cannot be asked.
pub async fn survey(outpost: &Outpost) -> Result<Survey, Failure> {
    let summary = || format!("Cannot look at {}", outpost.address());
    let Some(records) = outpost.records() else {
        return Err(Failure::world(summary(), outpost.away().unwrap_or_else(|| "it has not answered yet".to_owned())));
    };
    let loaded = &outpost.loaded;
    let rules = loaded.catalog.readiness_rules();
    let (inventory, observation) = records.observe(&loaded.installation.name, BTreeSet::new()).await?;
    let objects = || inventory.entries.iter().map(|(id, entry)| (id, &entry.owner));
    let made = made(Some(&records.session.cluster), objects().map(|(id, _)| id), &rules).await;
    let owners = health(objects(), &observation.live, &observation.served, &rules, made.as_ref());
    let rendering = outpost.rendering(|| rendering(outpost)).await;
    let pods = outpost.objects("Pod");
    let mut ids: BTreeMap<&Address, Vec<&ObjectId>> = BTreeMap::new();
    objects().for_each(|(id, owner)| ids.entry(owner).or_default().push(id));
    let standing = outpost.platform.as_ref().and_then(|platform| inventory.standings.get(&platform.address));
    let release = standing.map(|standing| standing.version.clone());
    let wanted = outpost.platform.as_ref().map(|platform| platform.version.clone());
    let is_current = release.is_none() || release == wanted;
    let mut parts: Vec<Part> = owners
        .into_iter()
        .map(|mut health| {
            let ids = ids.remove(&health.owner).unwrap_or_default();
            explain(&mut health, &observation.live, &pods);
            let known = rendering.components.iter().find(|one| one.address == health.owner);
            part(health, ids, &observation.live, known, is_current)
        })
        .collect();
    parts.sort_by_key(|part| (!part.is_component, part.address().to_string()));
    let has_gateway = rendering.gateway.is_some();
    Ok(Survey {
        access: match &outpost.platform {
            Some(platform) => {
                let host = host_now(&records.session.cluster, platform, rendering.gateway.as_ref()).await;
                access(platform, rendering.gateway.as_ref(), host.as_deref())
            }
            None => Access::default(),
        },
        login: outpost.platform.as_ref().filter(|_| has_gateway).map(|one| login(loaded, one)).unwrap_or_default(),
        wanted: wanted.filter(|wanted| release.as_ref().is_some_and(|release| release != wanted)),
        release,
        parts,
        unfinished: records.unfinished().await?,
        warnings: records.warnings(),
    })
}

async fn rendering(outpost: &Outpost) -> Rendering {
    let (loaded, cluster) = (outpost.loaded.clone(), outpost.cluster.clone());
    let platform = outpost.platform.clone();
    let rendered = tokio::task::spawn_blocking(move || {
        // What cannot be rendered is told by `plan`, and the rest of the page does without.
        let (rendered, _) = render(&loaded, &cluster, platform.as_ref(), &mut loaded.sources.clone()).ok()?;
        Some(Rendering { gateway: rendered.gateway, components: rendered.components })
    });
    rendered.await.ok().flatten().unwrap_or_default()
}

/// Adds to what does not serve what its pods say.
fn explain(health: &mut OwnerHealth, live: &BTreeMap<ObjectId, Object>, pods: &[Arc<Value>]) {
    for unready in &mut health.unready {
        let Some(selector) = live.get(&unready.id).and_then(Selector::of_pods) else { continue };
        let own = pods.iter().filter(|pod| {
            let labels = pod["metadata"]["labels"].as_object();
            pod["metadata"]["namespace"] == unready.id.namespace.as_str() && selector.selects(labels)
        });
        let troubles = own.filter_map(|pod| pod_trouble(&Object::from_value(Value::clone(pod)).ok()?));
        let worst = troubles.max_by_key(|(_, is_fatal)| *is_fatal);
        unready.detail.extend(worst.map(|(text, _)| text));
    }
}

fn part(
    health: OwnerHealth,
    ids: Vec<&ObjectId>,
    live: &BTreeMap<ObjectId, Object>,
    known: Option<&EnabledComponent>,
    is_current: bool,
) -> Part {
    let objects = || ids.iter().filter_map(|id| live.get(id));
    let templates = objects().filter_map(kinds::pod_template);
    let images = templates.flat_map(|template| images(template.spec));
    Part {
        title: known.map(|known| known.title.clone()).unwrap_or_default(),
        version: known.filter(|_| is_current).map(|known| known.version.clone()).unwrap_or_default(),
        is_component: health.owner.component().is_some(),
        images: images.collect(),
        makers: objects().filter_map(|object| Some((object.id(), Selector::of_pods(object)?))).collect(),
        objects: ids
            .iter()
            .map(|id| ((*id).clone(), health.unready.iter().find(|unready| unready.id == **id).cloned()))
            .collect(),
        health,
    }
}

fn images(spec: &Value) -> Vec<String> {
    let all = ["initContainers", "containers"].into_iter().filter_map(|list| spec.get(list)?.as_array());
    all.flatten().filter_map(|container| container.get("image")?.as_str()).map(str::to_owned).collect()
}
