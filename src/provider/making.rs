//! Keeps the things of a cloud as the objects of an API server say, and the objects as the things are: the controller
//! behind every [`Maker`]. It looks, compares and asks for one step at a time, so it may be stopped between any two of
//! them and started again.
//!
//! Nothing is made twice: before a thing is made its name is looked up, and the finalizer that will have it deleted again
//! is on the object already.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::kubernetes::Cluster;
use super::kubernetes::ClusterError;
use super::kubernetes::Patience;
use super::kubernetes::Resource;
use super::maker::Made;
use super::maker::MadeKind;
use super::maker::MadeState;
use super::maker::Maker;
use super::maker::MakerError;
use crate::object::BEING_DELETED;
use crate::object::INSTALLATION_LABEL;
use crate::object::MADE_FINALIZER;
use crate::object::Object;
use crate::object::ReadinessRule;
use crate::object::kinds::made_group;

const VERSION: &str = "v1";

/// The definitions to be served for a provider's kinds.
pub fn definitions(provider: &str, kinds: &[MadeKind]) -> Vec<Object> {
    let group = made_group(provider);
    let definition = |MadeKind { kind, plural, .. }: &MadeKind| {
        let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        let version = json!({"name": VERSION, "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}, "subresources": {"status": {}}});
        Object::from_value(json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("{plural}.{group}")},
            "spec": {
                "group": group, "scope": "Cluster", "versions": [version],
                "names": {"kind": kind, "plural": plural, "singular": kind.to_lowercase()},
            },
        }))
        .expect("it has kind, version and name")
    };
    kinds.iter().map(definition).collect()
}

/// How objects of a provider's kinds tell that their things serve.
pub fn readiness(provider: &str, kinds: &[MadeKind]) -> Vec<ReadinessRule> {
    let rule = |kind: &MadeKind| ReadinessRule {
        group: made_group(provider),
        kind: kind.kind.clone(),
        conditions: vec!["Ready".into()],
        failures: vec!["Failed".into()],
        ..ReadinessRule::default()
    };
    kinds.iter().map(rule).collect()
}

/// Objects and things of one provider.
#[derive(Clone, Debug)]
pub struct Making {
    provider: String,
    maker: Arc<dyn Maker>,
    target: Cluster,
}

/// Why objects and things could not be brought together.
#[derive(Debug, thiserror::Error)]
pub enum MakingError {
    #[error("{0}")]
    Maker(#[from] MakerError),
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

impl Making {
    /// `target` serves the objects.
    pub fn new(provider: &str, maker: Arc<dyn Maker>, target: Cluster) -> Self {
        Self { provider: provider.to_owned(), maker, target }
    }

    pub fn maker(&self) -> &Arc<dyn Maker> {
        &self.maker
    }

    /// Brings the objects up to what the cloud has, before a plan is made of them: what differs is drift. A thing that is
    /// gone takes its object along, and one that is marked as the installation's gets its object back.
    ///
    /// # Arguments
    ///
    /// * `wanted`: the objects of the configuration. What the cloud has is told in their words, so that a name in place of
    ///   an id, or another order, is no change.
    ///
    /// # Errors
    /// The cloud cannot be asked.
    pub async fn refresh(&self, installation: &str, wanted: &[Object]) -> Result<(), MakingError> {
        for kind in self.maker.kinds() {
            let things = self.things(&kind).await?;
            let resource = self.resource(&kind);
            let (objects, _) = self.target.list(&resource, "", "").await?;
            for object in &objects {
                match things.get(object.name()) {
                    Some(made) => {
                        let words = wanted.iter().find(|wanted| wanted.id() == object.id());
                        self.tell(object.clone(), made, Some(words)).await?;
                    }
                    // It was there once, or has never been: then it is made of what the configuration says by now. Should
                    // the cloud have begun with it all the same, its mark brings the object back.
                    None => self.let_go(object.clone()).await?,
                }
            }
            let known = |name: &str| objects.iter().any(|object| object.name() == name);
            for made in things.values().filter(|made| made.installation == installation && !known(&made.name)) {
                // Ours by the label that we apply; the rest is as the cloud has it, and not what the configuration said.
                let found = json!({
                    "apiVersion": resource.gvk().api_version(), "kind": kind.kind,
                    "metadata": {"name": made.name, "labels": {INSTALLATION_LABEL: installation}},
                });
                let found = Object::from_value(found).expect("it has kind, version and name");
                let mut stored = self.target.apply(&found, Patience::READ).await?;
                stored.as_map_mut().insert("spec".into(), Value::Object(made.spec.clone()));
                add_finalizer(&mut stored);
                let stored = self.target.replace(&stored, Patience::NONE).await?;
                let words = wanted.iter().find(|wanted| wanted.id() == stored.id());
                self.tell(stored, made, Some(words)).await?;
            }
        }
        Ok(())
    }

    /// Works until it is dropped.
    pub async fn work(&self) {
        loop {
            for kind in self.maker.kinds() {
                // What fails is tried again with the next look; what lasts is told on the objects.
                let _ = self.look(&kind).await;
            }
            tokio::time::sleep(self.maker.interval()).await;
        }
    }

    async fn look(&self, kind: &MadeKind) -> Result<(), MakingError> {
        let (objects, _) = self.target.list(&self.resource(kind), "", "").await?;
        if objects.iter().all(is_settled) {
            return Ok(());
        }
        let things = match self.things(kind).await {
            Ok(things) => things,
            Err(error) => {
                for object in objects.into_iter().filter(|object| !is_settled(object)) {
                    self.say(object, &format!("cannot ask the cloud: {error}"), false).await?;
                }
                return Ok(());
            }
        };
        for object in objects.into_iter().filter(|object| !is_settled(object)) {
            self.step(kind, object, &things).await?;
        }
        Ok(())
    }

    /// One step of one object.
    async fn step(
        &self,
        kind: &MadeKind,
        mut object: Object,
        things: &BTreeMap<String, Made>,
    ) -> Result<(), MakingError> {
        let installation = object.label(INSTALLATION_LABEL).unwrap_or_default().to_owned();
        let name = object.name().to_owned();
        let Some(made) = things.get(&name) else {
            if object.is_deleting() {
                return self.let_go(object).await;
            }
            if !has_finalizer(&object) {
                add_finalizer(&mut object);
                object = self.target.replace(&object, Patience::NONE).await?;
            }
            return match self.maker.create(&kind.kind, &name, &installation, &spec(&object)).await {
                Ok(made) => self.tell(object, &made, None).await,
                // It may have been made all the same: the next look tells.
                Err(MakerError::Unclear(reason)) => self.say(object, &reason, false).await,
                Err(MakerError::Refused(reason)) => self.say(object, &reason, true).await,
            };
        };
        // Whose thing it is decides, not its name.
        if made.installation != installation {
            if object.is_deleting() {
                return self.let_go(object).await;
            }
            return self.say(object, &format!("{name} exists already and is not ours"), true).await;
        }
        let asked = match &made.state {
            MadeState::Half(_) if !object.is_deleting() => {
                self.maker.create(&kind.kind, &name, &installation, &spec(&object)).await.map(|_| ())
            }
            _ if object.is_deleting() && made.state != MadeState::Leaving => self.maker.delete(&kind.kind, made).await,
            MadeState::Ready if !object.is_deleting() && !is_as_wanted(&object, made) => {
                self.maker.update(&kind.kind, made, &spec(&object)).await
            }
            _ => return self.tell(object, made, None).await,
        };
        match asked {
            Ok(()) => self.say(object, "asked for", false).await,
            Err(MakerError::Unclear(reason)) => self.say(object, &reason, false).await,
            Err(MakerError::Refused(reason)) => self.say(object, &reason, true).await,
        }
    }

    /// Writes how a thing is onto its object; with `observed`, what it is too, in the words of the object there.
    async fn tell(&self, object: Object, made: &Made, observed: Option<Option<&Object>>) -> Result<(), MakingError> {
        let (ready, failed, message) = match &made.state {
            MadeState::Ready => (true, false, String::new()),
            MadeState::Busy(word) | MadeState::Half(word) => (false, false, word.clone()),
            MadeState::Failed(reason) => (false, true, reason.clone()),
            MadeState::Leaving => (false, false, BEING_DELETED.into()),
        };
        let object = match observed {
            Some(words) => self.observed(object, made, words).await?,
            None => Some(object),
        };
        let Some(object) = object else { return Ok(()) };
        // Ready is only what is as it should be.
        let told = Told { id: &made.id, ready: ready && is_as_wanted(&object, made), failed, message: &message };
        self.write_status(object, &told).await
    }

    /// Writes why nothing comes of an object.
    async fn say(&self, object: Object, message: &str, failed: bool) -> Result<(), MakingError> {
        let id = object.text("/status/id").to_owned();
        self.write_status(object, &Told { id: &id, ready: false, failed, message }).await
    }

    /// The object with what its thing is, as far as it says anything about that; `None` where somebody writes it now.
    async fn observed(
        &self,
        mut object: Object,
        made: &Made,
        words: Option<&Object>,
    ) -> Result<Option<Object>, MakingError> {
        let before = object.as_map().clone();
        if !has_finalizer(&object) {
            add_finalizer(&mut object);
        }
        if let Some(Value::Object(spec)) = object.as_map_mut().get_mut("spec") {
            let words = words.map(self::spec).unwrap_or_default();
            spec.retain(|key, _| made.spec.contains_key(key));
            for (key, value) in spec.iter_mut() {
                let words = words.get(key).filter(|words| made.agrees(key, words)).unwrap_or(value);
                *value = made.in_words_of(key, Some(words)).unwrap_or(Value::Null);
            }
        }
        if *object.as_map() == before {
            return Ok(Some(object));
        }
        let stored = self.target.replace(&object, Patience::NONE).await;
        stored.map(Some).or_else(|error| if is_news(&error) { Ok(None) } else { Err(error.into()) })
    }

    async fn write_status(&self, mut object: Object, told: &Told<'_>) -> Result<(), MakingError> {
        let status = told.status(&object);
        if object.get("/status") == Some(&status) {
            return Ok(());
        }
        object.as_map_mut().insert("status".into(), status);
        match self.target.replace_part(&self.resource_of(object.kind()), &object, "status").await {
            Err(error) if !is_news(&error) => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The thing is gone: so may the object be.
    async fn let_go(&self, mut object: Object) -> Result<(), MakingError> {
        if let Some(Value::Array(finalizers)) = object.metadata_mut().get_mut("finalizers") {
            finalizers.retain(|finalizer| finalizer != MADE_FINALIZER);
        }
        let (deleting, id) = (object.is_deleting(), object.id());
        let uid = object.uid().to_owned();
        match self.target.replace(&object, Patience::NONE).await {
            Err(error) if !is_news(&error) => return Err(error.into()),
            _ => {}
        }
        if !deleting {
            let resource = self.resource_of(&id.kind);
            let propagation = super::kubernetes::Propagation::Background;
            self.target.delete(&resource, "", &id.name, &uid, propagation, Patience::READ).await?;
        }
        Ok(())
    }

    async fn things(&self, kind: &MadeKind) -> Result<BTreeMap<String, Made>, MakerError> {
        let mut things: BTreeMap<String, Made> = BTreeMap::new();
        for made in self.maker.list(&kind.kind).await? {
            // Of two of one name the one that stays counts.
            let leaves = made.state == MadeState::Leaving;
            if !(leaves && things.contains_key(&made.name)) {
                things.insert(made.name.clone(), made);
            }
        }
        Ok(things)
    }

    fn resource(&self, kind: &MadeKind) -> Resource {
        Resource {
            group: made_group(&self.provider),
            version: VERSION.into(),
            kind: kind.kind.clone(),
            plural: kind.plural.clone(),
            namespaced: false,
            verbs: Vec::new(),
        }
    }

    fn resource_of(&self, kind: &str) -> Resource {
        let kinds = self.maker.kinds();
        let found = kinds.into_iter().find(|known| known.kind == kind);
        self.resource(&found.unwrap_or(MadeKind {
            kind: kind.to_owned(),
            plural: String::new(),
            immutable: Vec::new(),
        }))
    }
}

/// Whether an object says that its thing serves.
pub fn is_ready(object: &Object) -> bool {
    object.get("/status/conditions/0/status").and_then(Value::as_str) == Some("True") && !object.is_deleting()
}

/// Nothing is to be done for it: its thing is ready and as it should be by what was told last.
fn is_settled(object: &Object) -> bool {
    let told = object.get("/status/observedGeneration").and_then(Value::as_i64);
    is_ready(object) && told.is_some() && told == generation(object)
}

fn generation(object: &Object) -> Option<i64> {
    object.get("/metadata/generation").and_then(Value::as_i64)
}

/// What an object's status is to say of its thing.
struct Told<'a> {
    id: &'a str,
    ready: bool,
    failed: bool,
    message: &'a str,
}

impl Told<'_> {
    fn status(&self, object: &Object) -> Value {
        let word = |flag: bool| if flag { "True" } else { "False" };
        json!({
            "id": self.id,
            "observedGeneration": generation(object),
            "conditions": [
                {"type": "Ready", "status": word(self.ready), "reason": "Seen", "message": self.message},
                {"type": "Failed", "status": word(self.failed), "reason": "Seen", "message": self.message},
            ],
        })
    }
}

/// Somebody wrote or deleted the object meanwhile: the next look sees it.
fn is_news(error: &ClusterError) -> bool {
    error.is_conflict() || error.is_not_found()
}

/// Whether a thing is all that its object asks for. What the object does not speak of is the cloud's choice.
fn is_as_wanted(object: &Object, made: &Made) -> bool {
    spec(object).iter().all(|(key, value)| made.agrees(key, value))
}

fn spec(object: &Object) -> Map<String, Value> {
    object.as_map().get("spec").and_then(Value::as_object).cloned().unwrap_or_default()
}

fn has_finalizer(object: &Object) -> bool {
    let finalizers = object.get("/metadata/finalizers").and_then(Value::as_array);
    finalizers.into_iter().flatten().any(|finalizer| finalizer == MADE_FINALIZER)
}

fn add_finalizer(object: &mut Object) {
    let finalizers = object.metadata_mut().entry("finalizers").or_insert_with(|| json!([]));
    if let Value::Array(finalizers) = finalizers {
        finalizers.push(MADE_FINALIZER.into());
    }
}
