//! What each desired object needs before it can be made, found from the objects themselves.

use std::collections::HashMap;
use std::collections::HashSet;

use serde_json::Value;

use super::Desired;
use super::Observation;
use super::references::Reference;
use super::references::references;
use super::webhooks::Namespaces;
use super::webhooks::Webhook;
use super::webhooks::webhooks_of;
use crate::object::Address;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Selector;
use crate::object::kinds;
use crate::object::kinds::Class;
use crate::object::normalize;

/// Something an object needs first. Numbers are indices into `Desired::objects`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// The other object is there.
    Applied(usize),
    /// As above, but only where that closes no circle.
    Preferred(usize),
    /// The other object serves.
    Ready(usize),
}

/// The relations of all desired objects.
pub struct Needs<'a> {
    desired: &'a Desired,
    pub ids: Vec<ObjectId>,
    by_id: HashMap<ObjectId, usize>,
    /// What holds a namespace, by that namespace.
    holders: HashMap<ObjectId, usize>,
    /// CRDs by group and kind.
    crds: HashMap<(String, String), usize>,
    /// Bindings by namespace and name of a service account they bind.
    bindings: HashMap<(String, String), Vec<usize>>,
    /// Certificates by namespace and name of the Secret they fill.
    certificates: HashMap<(String, String), Vec<usize>>,
    workloads: HashMap<String, Vec<usize>>,
    owners: HashMap<&'a Address, Vec<usize>>,
    pub webhooks: Vec<Webhook>,
    namespaces: Namespaces,
}

impl<'a> Needs<'a> {
    pub fn new(desired: &'a Desired, observation: &Observation) -> Self {
        let ids: Vec<ObjectId> = desired.objects.iter().map(|d| d.object.id()).collect();
        let mut needs = Self {
            desired,
            by_id: HashMap::with_capacity(ids.len()),
            holders: HashMap::new(),
            crds: HashMap::new(),
            bindings: HashMap::new(),
            certificates: HashMap::new(),
            workloads: HashMap::new(),
            owners: HashMap::new(),
            webhooks: Vec::new(),
            namespaces: Namespaces::new(desired, observation),
            ids,
        };
        for (index, wanted) in desired.objects.iter().enumerate() {
            let (object, id) = (&wanted.object, &needs.ids[index]);
            needs.by_id.insert(id.clone(), index);
            if let Some(held) = desired.readiness.iter().find_map(|rule| rule.held_by(id)) {
                needs.holders.insert(held, index);
            }
            needs.owners.entry(&wanted.owner).or_default().push(index);
            let place = |name: &str| (id.namespace.clone(), name.to_owned());
            match (id.group.as_str(), id.kind.as_str()) {
                ("apiextensions.k8s.io", "CustomResourceDefinition") => {
                    let kind = (object.text("/spec/group").to_owned(), object.text("/spec/names/kind").to_owned());
                    needs.crds.insert(kind, index);
                }
                ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
                    for account in bound_accounts(object) {
                        needs.bindings.entry(account).or_default().push(index);
                    }
                }
                ("cert-manager.io", "Certificate") => {
                    let secret = place(object.text("/spec/secretName"));
                    needs.certificates.entry(secret).or_default().push(index);
                }
                _ if kinds::class(id) == Class::Webhook => {
                    let live = observation.live.get(id);
                    needs.webhooks.extend(webhooks_of(index, object, live));
                }
                _ if kinds::class(id) == Class::Workload => {
                    needs.workloads.entry(id.namespace.clone()).or_default().push(index);
                }
                _ => {}
            }
        }
        needs
    }

    pub fn index_of(&self, id: &ObjectId) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The objects of an owner.
    pub fn of_owner(&self, owner: &Address) -> &[usize] {
        self.owners.get(owner).map_or(&[], Vec::as_slice)
    }

    /// Owners that `address` names: itself, or all under it (`platform.ml` stands for all its components).
    pub fn owners_under(&self, address: &Address) -> Vec<&'a Address> {
        if let Some((owner, _)) = self.owners.get_key_value(address) {
            return vec![owner];
        }
        let mut owners: Vec<&Address> = self.owners.keys().copied().filter(|owner| address.contains(owner)).collect();
        owners.sort_unstable();
        owners
    }

    /// What the object at `index` needs, without webhooks and owners.
    pub fn direct(&self, index: usize) -> Vec<Need> {
        let (object, id) = (&self.desired.objects[index].object, &self.ids[index]);
        let mut found = Vec::new();
        if !id.namespace.is_empty() {
            let namespace = ObjectId::new("", "Namespace", "", &id.namespace);
            found.extend(self.index_of(&namespace).map(Need::Applied));
            // A controller makes the namespace, or more in it, so what it makes that of must have served.
            found.extend(self.holders.get(&namespace).copied().map(Need::Ready));
        }
        // One that is there already tells the controller whose it is.
        let held = self.desired.readiness.iter().find_map(|rule| rule.held_by(id));
        found.extend(held.and_then(|held| self.index_of(&held)).map(Need::Applied));
        if let Some(&crd) = self.crds.get(&(id.group.clone(), id.kind.clone())) {
            found.push(Need::Ready(crd));
            found.extend(self.conversion_backends(crd, object).into_iter().map(Need::Ready));
        }
        for reference in references(object) {
            self.resolve(id, reference, &mut found);
        }
        let mut seen = HashSet::new();
        found.retain(|need| {
            let (Need::Applied(other) | Need::Preferred(other) | Need::Ready(other)) = need;
            *other != index && seen.insert(*need)
        });
        found
    }

    /// The workloads behind a Service: those whose pods it selects.
    pub fn backends(&self, service: &ObjectId) -> Vec<usize> {
        let Some(index) = self.index_of(service) else { return Vec::new() };
        let Some(selector) = Selector::of_pods(&self.desired.objects[index].object) else { return Vec::new() };
        let workloads = self.workloads.get(&service.namespace).map_or(&[][..], Vec::as_slice);
        let selected = workloads.iter().filter(|index| {
            let pods = kinds::pod_template(&self.desired.objects[**index].object);
            pods.is_some_and(|pods| selector.selects(pods.labels()))
        });
        selected.copied().collect()
    }

    /// Numbers (into [`Self::webhooks`]) of the webhooks that see the object being made or changed, each with whether
    /// it sees the object itself (else only its pods).
    pub fn intercepting(&self, index: usize, is_update: bool) -> Vec<(usize, bool)> {
        let (object, id) = (&self.desired.objects[index].object, &self.ids[index]);
        let crd = self.crds.get(&(id.group.clone(), id.kind.clone()));
        let declared = crd.map(|crd| self.desired.objects[*crd].object.text("/spec/names/plural"));
        // A custom kind whose CRD is not ours: the usual plural is the best guess.
        let guess = format!("{}s", id.kind.to_lowercase());
        let plural = declared.or_else(|| kinds::plural(&id.group, &id.kind)).unwrap_or(&guess);
        let template = kinds::pod_template(object);
        let found = self.webhooks.iter().enumerate().filter_map(|(number, webhook)| {
            if webhook.sees_object(object, id, plural, is_update, &self.namespaces) {
                return Some((number, true));
            }
            let sees_pods =
                template.is_some_and(|template| webhook.sees_pods(template, &id.namespace, &self.namespaces));
            sees_pods.then_some((number, false))
        });
        found.collect()
    }

    /// Certificates whose issuance the CA bundle of a webhook configuration depends on (`inject-ca-from`).
    pub fn certificates_of(&self, configuration: usize) -> Vec<usize> {
        let object = &self.desired.objects[configuration].object;
        let Some((namespace, name)) =
            object.annotation("cert-manager.io/inject-ca-from").and_then(|v| v.split_once('/'))
        else {
            return Vec::new();
        };
        self.index_of(&ObjectId::new("cert-manager.io", "Certificate", namespace, name)).into_iter().collect()
    }

    /// Every object that must be part of a plan for `index` to be made.
    pub fn all_objects(&self, index: usize) -> Vec<usize> {
        let direct = self.direct(index).into_iter().map(|need| match need {
            Need::Applied(other) | Need::Preferred(other) | Need::Ready(other) => other,
        });
        let mut objects: Vec<usize> = direct.collect();
        for (number, _) in self.intercepting(index, false) {
            let webhook = &self.webhooks[number];
            objects.push(webhook.configuration);
            objects.extend(self.index_of(&webhook.service));
            objects.extend(self.backends(&webhook.service));
            objects.extend(self.certificates_of(webhook.configuration));
        }
        for address in &self.desired.objects[index].after {
            for owner in self.owners_under(address) {
                objects.extend(self.of_owner(owner));
            }
        }
        objects
    }

    fn resolve(&self, id: &ObjectId, reference: Reference, found: &mut Vec<Need>) {
        match reference {
            Reference::Object(target) => found.extend(self.index_of(&target).map(Need::Applied)),
            Reference::Served(target) => {
                found.extend(self.index_of(&target).map(Need::Applied));
                found.extend(self.backends(&target).into_iter().map(Need::Ready));
            }
            Reference::Secret(name) => {
                let secret = ObjectId::new("", "Secret", &id.namespace, &name);
                found.extend(self.index_of(&secret).map(Need::Applied));
                let certificates = self.certificates.get(&(id.namespace.clone(), name));
                found.extend(certificates.into_iter().flatten().copied().map(Need::Preferred));
            }
            Reference::ServiceAccount(name) => {
                let account = ObjectId::new("", "ServiceAccount", &id.namespace, &name);
                found.extend(self.index_of(&account).map(Need::Applied));
                let bindings = self.bindings.get(&(id.namespace.clone(), name));
                found.extend(bindings.into_iter().flatten().copied().map(Need::Applied));
            }
        }
    }

    /// An object written in another version than the stored one passes through the CRD's conversion webhook.
    fn conversion_backends(&self, crd: usize, object: &Object) -> Vec<usize> {
        let crd = &self.desired.objects[crd].object;
        let versions = crd.get("/spec/versions").and_then(Value::as_array);
        let stored = versions.into_iter().flatten().find(|v| v.get("storage").and_then(Value::as_bool) == Some(true));
        let stored = stored.and_then(|version| version.get("name")?.as_str()).unwrap_or_default();
        if !normalize::is_crd(crd)
            || stored == object.gvk().version
            || crd.text("/spec/conversion/strategy") != "Webhook"
        {
            return Vec::new();
        }
        let service = "/spec/conversion/webhook/clientConfig/service";
        let text = |field: &str| crd.text(&format!("{service}/{field}")).to_owned();
        self.backends(&ObjectId::new("", "Service", text("namespace"), text("name")))
    }
}

fn bound_accounts(binding: &Object) -> Vec<(String, String)> {
    let subjects = binding.get("/subjects").and_then(Value::as_array);
    let accounts = subjects.into_iter().flatten().filter_map(|subject| {
        let text = |key: &str| subject.get(key).and_then(Value::as_str);
        let namespace = text("namespace").unwrap_or(binding.namespace());
        (text("kind") == Some("ServiceAccount")).then_some((namespace.to_owned(), text("name")?.to_owned()))
    });
    accounts.collect()
}
