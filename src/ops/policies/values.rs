//! What rules see of the plan of one target, secrets masked. The fields are documented in `policy_values.hcl`.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::catalog::ImageUse;
use crate::config::Declared;
use crate::config::JUDGED;
use crate::object::MASK;
use crate::object::Object;
use crate::object::mask_object;
use crate::ops::Loaded;
use crate::ops::plan_request::PlanRequest;
use crate::ops::planning::Planned;
use crate::ops::risks::risks;
use crate::plan::Action;
use crate::plan::Change;
use crate::plan::Mode;
use crate::plan::change_json;

/// The values of one plan.
pub struct Values<'a> {
    planned: &'a Planned,
    loaded: &'a Loaded,
    request: &'a PlanRequest,
    images: &'a [ImageUse],
}

/// One that is judged.
pub struct Item<'a> {
    /// What it is called; `None` for the plan as a whole.
    pub about: Option<String>,
    what: What<'a>,
}

enum What<'a> {
    Plan,
    Change(&'a Values<'a>, &'a Change),
    Value(Value),
}

impl Item<'_> {
    /// The variables that stand for it, of those that are asked for.
    pub fn variables(self, singular: &str, is_used: impl Fn(&str) -> bool) -> Vec<(&str, Value)> {
        match self.what {
            What::Plan => Vec::new(),
            What::Value(value) => vec![(singular, value)],
            What::Change(values, change) => {
                let mut variables = Vec::new();
                let mut add = |name, value: &dyn Fn() -> Value| {
                    if is_used(name) {
                        variables.push((name, value()));
                    }
                };
                add("change", &|| values.change(change));
                add("object", &|| values.object(values.after(change)));
                add("oldObject", &|| values.object(values.before(change)));
                variables
            }
        }
    }
}

impl<'a> Values<'a> {
    pub fn new(planned: &'a Planned, loaded: &'a Loaded, request: &'a PlanRequest, images: &'a [ImageUse]) -> Self {
        Self { planned, loaded, request, images }
    }

    /// The variables that do not depend on what is judged, of those that are asked for.
    pub fn shared(&self, is_used: impl Fn(&str) -> bool) -> Vec<(&'static str, Value)> {
        let single: [(&str, &dyn Fn() -> Value); 4] = [
            ("plan", &|| self.plan()),
            ("cluster", &|| self.cluster()),
            ("platform", &|| self.platform()),
            ("release", &|| self.release()),
        ];
        let single = single.into_iter().filter(|(name, _)| is_used(name)).map(|(name, value)| (name, value()));
        let lists = JUDGED.iter().map(|(plural, _)| *plural).filter(|plural| is_used(plural)).map(|plural| {
            let singular = if plural == "objects" { "object" } else { "change" };
            let items = self.items(Some(plural)).into_iter();
            let values = items.flat_map(|item| item.variables(singular, |name| name == singular));
            (plural, values.map(|(_, value)| value).collect())
        });
        single.chain(lists).collect()
    }

    /// Those that are judged one by one; the plan itself where that is nothing.
    pub fn items(&'a self, each: Option<&str>) -> Vec<Item<'a>> {
        let changes = self.planned.plan.changes.iter();
        let of = |change: &'a Change| {
            let about = Some(change.owner.with_object(&change.id).to_string());
            Item { about, what: What::Change(self, change) }
        };
        let named = |field: &'static str, values: Vec<Value>| -> Vec<Item<'a>> {
            let name = move |value: &Value| value[field].as_str().filter(|name| !name.is_empty()).map(str::to_owned);
            values.into_iter().map(|value| Item { about: name(&value), what: What::Value(value) }).collect()
        };
        match each {
            None => vec![Item { about: None, what: What::Plan }],
            Some("changes") => changes.filter(|change| !change.is_nothing()).map(of).collect(),
            Some("objects") => changes.filter(|change| self.after(change).is_some()).map(of).collect(),
            Some("users") => named("address", self.users()),
            Some("profiles") => named("address", self.profiles()),
            Some("queues") => named("address", self.queues()),
            Some("images") => named("image", self.images()),
            Some("components") => named("address", self.components()),
            Some("risks") => named("object", self.risks()),
            Some(_) => Vec::new(),
        }
    }

    fn hidden(&self, value: Value) -> Value {
        self.planned.plan.secrets.hide_in(&value).unwrap_or(value)
    }

    /// The object as it is now.
    fn before(&self, change: &'a Change) -> Option<&'a Object> {
        change.before.as_deref().or_else(|| match change.action {
            Action::Create => None,
            _ => self.planned.observation.live.get(&change.id),
        })
    }

    /// The object as it will be; `None` for what is not there, or not the installation's any more.
    fn after(&self, change: &'a Change) -> Option<&'a Object> {
        match change.action {
            Action::Delete | Action::Forget => None,
            _ => change.after.as_deref().or_else(|| self.planned.observation.live.get(&change.id)),
        }
    }

    fn object(&self, object: Option<&Object>) -> Value {
        object.map_or(Value::Null, |object| mask_object(object, &self.planned.plan.secrets).into_value())
    }

    fn change(&self, change: &'a Change) -> Value {
        let mut value = change_json(change, &self.planned.plan);
        let inner = value.as_object_mut().and_then(|value| value.remove("change")).unwrap_or_default();
        let (before, after) = (self.before(change), self.after(change));
        let labels = after.or(before).and_then(|object| object.as_map().get("metadata")?.get("labels").cloned());
        value["actions"] = inner["actions"].clone();
        value["fields"] = inner["fields"].clone();
        value["before"] = self.object(before);
        value["after"] = self.object(after);
        value["action"] = change.action.as_str().into();
        value["kind"] = change.id.kind.as_str().into();
        value["component"] = change.owner.component().into();
        value["labels"] = self.hidden(labels.filter(Value::is_object).unwrap_or_else(|| json!({})));
        value["restarts"] = change.restarts().into();
        value
    }

    /// What changes, by address.
    pub fn changes_by_address(&self) -> Vec<(String, Value)> {
        let changes = self.planned.plan.changes.iter().filter(|change| !change.is_nothing());
        changes.map(|change| (change.owner.with_object(&change.id).to_string(), self.change(change))).collect()
    }

    /// The objects that are there after the plan, as `Deployment.apps auth/dex`.
    pub fn objects_by_name(&self) -> Vec<(String, Value)> {
        let changes = self.planned.plan.changes.iter();
        let objects =
            changes.filter_map(|change| Some((change.id.to_string(), self.object(Some(self.after(change)?)))));
        objects.collect()
    }

    pub fn plan(&self) -> Value {
        let counts = self.planned.plan.counts();
        let mode = match self.request.mode {
            Mode::Converge => "apply",
            Mode::Drift => "refresh-only",
            Mode::Adopt => "adopt",
            Mode::Destroy { .. } => "destroy",
            Mode::Forget => "forget",
        };
        json!({
            "installation": self.planned.plan.installation,
            "cluster": self.planned.target.to_string(),
            "mode": mode,
            "inventory_revision": self.planned.plan.revision,
            "counts": {
                "create": counts.create,
                "update": counts.update,
                "replace": counts.replace,
                "delete": counts.delete,
                "adopt": counts.adopt,
                "forget": counts.forget,
                "unchanged": counts.unchanged,
            },
        })
    }

    fn cluster(&self) -> Value {
        let Some(cluster) = &self.planned.cluster else { return Value::Null };
        self.hidden(json!({
            "address": cluster.address.to_string(),
            "provider": cluster.provider,
            "name": marked(cluster, "name", json!(cluster.name)),
            "server_version": self.planned.observation.server_version,
            "tags": marked(cluster, "tags", json!(cluster.tags)),
        }))
    }

    fn platform(&self) -> Value {
        let Some(platform) = &self.planned.platform else { return Value::Null };
        let mut value = without_marked(platform, platform.projection.clone());
        value["address"] = platform.address.to_string().into();
        value["installed"] = self.planned.standing.as_ref().map(|standing| standing.version.as_str()).into();
        self.hidden(value)
    }

    fn release(&self) -> Value {
        let Some(upgrade) = &self.planned.upgrade else { return Value::Null };
        json!({
            "from": upgrade.from,
            "to": upgrade.to,
            "hops": upgrade.legs.len(),
            "one_way": upgrade.legs.iter().any(|leg| leg.hop.is_one_way()),
        })
    }

    /// Those of a list that are of the plan's platform; none where everything goes.
    fn of_platform<T>(
        &self,
        all: &'a [Declared<T>],
        platform: impl Fn(&T) -> &crate::object::Address,
    ) -> Vec<&'a Declared<T>> {
        let Some(here) = self.planned.platform.as_ref().filter(|_| !self.request.mode.wants_nothing()) else {
            return Vec::new();
        };
        all.iter().filter(|one| *platform(&one.value) == here.address).collect()
    }

    fn users(&self) -> Vec<Value> {
        let users = self.of_platform(&self.loaded.installation.users, |user| &user.platform).into_iter();
        let value = |user: &Declared<crate::config::User>| {
            self.hidden(json!({
                "address": user.address.to_string(),
                "name": marked(user, "name", json!(user.name)),
                "email": marked(user, "email", json!(user.email)),
                "groups": marked(user, "groups", json!(user.groups)),
                "has_profile": user.has_profile,
            }))
        };
        users.map(value).collect()
    }

    fn profiles(&self) -> Vec<Value> {
        let installation = &self.loaded.installation;
        let own = self.of_platform(&installation.users, |user| &user.platform).into_iter();
        let own = own.filter(|user| user.has_profile).map(|user| {
            let mut value = json!({
                "address": user.address.to_string(),
                "name": marked(user, "name", json!(user.name)),
                "owner": marked(user, "email", json!(user.email)),
                "is_shared": false,
                "contributors": {},
            });
            if !user.quota.is_empty() {
                value["quota"] = marked(user, "profile.quota", json!(user.quota));
            }
            value
        });
        let shared = self.of_platform(&installation.profiles, |profile| &profile.platform).into_iter().map(|profile| {
            let mut value = json!({
                "address": profile.address.to_string(),
                "name": marked(profile, "name", json!(profile.name)),
                "owner": marked(profile, "owner", json!(installation.email_of(&profile.owner).unwrap_or_default())),
                "is_shared": true,
                "contributors": marked(profile, "contributors", json!(profile.contributors)),
            });
            if !profile.quota.is_empty() {
                value["quota"] = marked(profile, "quota", json!(profile.quota));
            }
            value
        });
        own.chain(shared).map(|value| self.hidden(value)).collect()
    }

    fn queues(&self) -> Vec<Value> {
        let queues = self.of_platform(&self.loaded.installation.queues, |queue| &queue.platform).into_iter();
        let value = |queue: &Declared<crate::config::Queue>| {
            let mut value = without_marked(queue, queue.projection.clone());
            value["address"] = queue.address.to_string().into();
            value["name"] = marked(queue, "name", json!(queue.name));
            self.hidden(value)
        };
        queues.map(value).collect()
    }

    fn images(&self) -> Vec<Value> {
        if self.request.mode.wants_nothing() {
            return Vec::new();
        }
        let value = |image: &ImageUse| {
            self.hidden(json!({
                "image": image.image,
                "pulled": image.mirrored,
                "components": image.components,
                "places": image.places,
            }))
        };
        self.images.iter().map(value).collect()
    }

    fn components(&self) -> Vec<Value> {
        if self.request.mode.wants_nothing() {
            return Vec::new();
        }
        let value = |component: &crate::catalog::EnabledComponent| {
            json!({
                "address": component.address.to_string(),
                "name": component.name,
                "version": component.version,
                "namespace": component.namespace,
            })
        };
        self.planned.components.iter().map(value).collect()
    }

    fn risks(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for risk in risks(self.planned) {
            let level = serde_json::to_value(risk.level).unwrap_or_default();
            for item in risk.items {
                let object = item.object.unwrap_or_default();
                all.push(json!({"name": risk.name, "level": level, "object": object, "text": item.text}));
            }
        }
        // Pages tell them among what cannot be undone.
        for (hop, look, loss) in self.planned.upgrade.iter().flat_map(|upgrade| upgrade.losses()) {
            let text = format!("{}  {}: it loses {loss}", hop.to, look.step.title());
            all.push(json!({"name": "data_loss", "level": "danger", "object": "", "text": text}));
        }
        all.into_iter().map(|risk| self.hidden(risk)).collect()
    }
}

/// A value of an argument as a rule may see it.
fn marked<T>(declared: &Declared<T>, path: &str, value: Value) -> Value {
    if declared.is_set(path) && declared.place(path).sensitive { MASK.into() } else { value }
}

/// The projection of a block without what is marked sensitive.
fn without_marked<T>(declared: &Declared<T>, mut projection: Value) -> Value {
    for (path, _) in declared.places.iter().filter(|(_, place)| place.sensitive) {
        if let Some(at) = part(&mut projection, path) {
            *at = MASK.into();
        }
    }
    if !projection.is_object() {
        return Value::Object(Map::new());
    }
    projection
}

/// What a path of places leads to: `endpoint.tls`, `component.mlflow.inputs`.
fn part<'v>(value: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    if path.is_empty() {
        return Some(value);
    }
    match value {
        Value::Object(fields) => {
            let (first, rest) = path.split_once('.').unwrap_or((path, ""));
            part(fields.get_mut(first)?, rest)
        }
        // A label may have dots in it.
        Value::Array(items) => items.iter_mut().find_map(|item| {
            let label = item["label"].as_str()?.to_owned();
            let rest = path.strip_prefix(&label)?;
            part(item, rest.strip_prefix('.').unwrap_or(rest))
        }),
        _ => None,
    }
}
