//! Whether the claims to come can be bound: a class for each, somebody who makes volumes for it, and files whose owner
//! may be changed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Check;
use super::Demand;
use super::Seen;
use super::Survey;
use super::listed;
use crate::object::Object;

const SUBJECT: &str = "storage";
const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";
/// Volumes of such a class are made by hand.
const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";
/// Provisioners that were part of Kubernetes and are in none of its supported versions any more (release notes of 1.26 to
/// 1.31: "Removed in-tree").
const REMOVED: &[&str] = &[
    "kubernetes.io/cephfs",
    "kubernetes.io/flocker",
    "kubernetes.io/glusterfs",
    "kubernetes.io/quobyte",
    "kubernetes.io/rbd",
    "kubernetes.io/scaleio",
    "kubernetes.io/storageos",
];

/// The claims to come: names, by the class they name. Without one, by the empty text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims(BTreeMap<String, Vec<String>>);

impl Claims {
    /// Of objects that are to be made: claims, and what StatefulSets claim for each replica.
    pub fn of<'a>(objects: impl IntoIterator<Item = &'a Object>) -> Self {
        let mut claims = Self::default();
        for object in objects {
            match object.kind() {
                "PersistentVolumeClaim" => claims.add(object.get("/spec"), object.id().to_string(), 1),
                "StatefulSet" => {
                    let replicas = object.get("/spec/replicas").and_then(Value::as_u64).unwrap_or(1);
                    let templates = object.get("/spec/volumeClaimTemplates").and_then(Value::as_array);
                    for template in templates.into_iter().flatten() {
                        claims.add(template.get("spec"), object.id().to_string(), replicas);
                    }
                }
                _ => {}
            }
        }
        claims
    }

    /// Nothing is claimed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, spec: Option<&Value>, name: String, number: u64) {
        // A claim that names its volume needs nobody who makes one.
        if spec.is_some_and(|spec| spec.get("volumeName").is_some()) {
            return;
        }
        let class = spec.and_then(|spec| spec.get("storageClassName")).and_then(Value::as_str).unwrap_or_default();
        let names = self.0.entry(class.to_owned()).or_default();
        (0..number).for_each(|_| names.push(name.clone()));
    }
}

pub fn rows(demand: &Demand<'_>, survey: &Survey) -> Vec<Check> {
    let claims = Claims::of(demand.objects.iter().copied());
    let to_come: Vec<&Object> =
        demand.objects.iter().copied().filter(|object| object.kind() == "StorageClass").collect();
    check(&claims, &to_come, &survey.classes, &survey.volumes, &survey.drivers)
}

/// A row for each class that is claimed from. `to_come` are classes the installation makes.
pub fn check(claims: &Claims, to_come: &[&Object], classes: &Seen, volumes: &Seen, drivers: &Seen) -> Vec<Check> {
    if claims.is_empty() {
        return Vec::new();
    }
    let live = match classes {
        Ok(classes) => classes,
        Err(reason) => return vec![Check::unseen(SUBJECT, reason)],
    };
    let known: BTreeMap<&str, &Object> =
        live.iter().chain(to_come.iter().copied()).map(|class| (class.name(), class)).collect();
    let default = default_class(live, to_come);
    let row = |(name, claims): (&String, &Vec<String>)| {
        let class = if name.is_empty() { default } else { known.get(name.as_str()).copied() };
        of_class(name, class, claims, &known, volumes, drivers)
    };
    claims.0.iter().map(row).collect()
}

/// Of several default classes the server takes the newest (Kubernetes 1.26 and later); one to come is newer than all.
fn default_class<'a>(live: &'a [Object], to_come: &[&'a Object]) -> Option<&'a Object> {
    let is_default = |class: &&Object| class.annotation(DEFAULT_CLASS) == Some("true");
    let comes = to_come.iter().copied().find(is_default);
    comes.or_else(|| live.iter().filter(is_default).max_by_key(|class| class.text("/metadata/creationTimestamp")))
}

fn of_class(
    name: &str,
    class: Option<&Object>,
    claims: &[String],
    known: &BTreeMap<&str, &Object>,
    volumes: &Seen,
    drivers: &Seen,
) -> Check {
    let choose = match known.len() {
        0 => "Add a storage_class block, and name it in the platform.".to_owned(),
        _ => format!(
            "Name one that exists in the platform, as storage_class = \"…\": {}.",
            listed(known.keys().copied())
        ),
    };
    let claimed = listed(claims.iter().map(String::as_str));
    let Some(class) = class else {
        let found = match name {
            "" => format!("no storage class is the default, and {claimed} name none"),
            name => format!("there is no storage class \"{name}\", which {claimed} name"),
        };
        return Check::fail(SUBJECT, found, choose);
    };
    let (name, provisioner) = (class.name(), class.text("/provisioner"));
    let found = format!("class {name} by {provisioner} for {}", counted(claims.len()));
    if provisioner == NO_PROVISIONER {
        return by_hand(name, claims.len(), volumes, choose);
    }
    if REMOVED.contains(&provisioner) {
        return Check::fail(
            SUBJECT,
            format!("class {name} is made by {provisioner}, which Kubernetes does not have any more"),
            choose,
        );
    }
    if let Some(why) = ownership(class) {
        return why;
    }
    // Only drivers of this interface register themselves; others cannot be seen.
    let is_driver = provisioner.contains(".csi.");
    if is_driver
        && let Ok(drivers) = drivers
        && !drivers.iter().any(|driver| driver.name() == provisioner)
    {
        let remedy = format!("Install the driver {provisioner}, unless it is one that does not register itself.");
        return Check::warn(SUBJECT, format!("{found}, of which no CSIDriver tells"), remedy);
    }
    if provisioner.contains("nfs") {
        let remedy = "MySQL and the object store take ownership of their files: export with no_root_squash.";
        return Check::warn(SUBJECT, format!("{found}, on NFS"), remedy);
    }
    Check::pass(SUBJECT, found)
}

fn counted(claims: usize) -> String {
    if claims == 1 { "1 claim".to_owned() } else { format!("{claims} claims") }
}

/// Volumes made by hand must be there in advance.
fn by_hand(name: &str, claims: usize, volumes: &Seen, choose: String) -> Check {
    let Ok(volumes) = volumes else {
        return Check::warn(SUBJECT, format!("volumes of class {name} are made by hand"), "See that there are enough.");
    };
    let free = volumes
        .iter()
        .filter(|volume| volume.text("/spec/storageClassName") == name && volume.text("/status/phase") == "Available");
    let free = free.count();
    let found = format!("volumes of class {name} are made by hand: {free} free for {}", counted(claims));
    if free >= claims {
        return Check::pass(SUBJECT, found);
    }
    Check::fail(SUBJECT, found, format!("Make more PersistentVolumes of the class, or choose another class. {choose}"))
}

/// A class on whose volumes the databases could not own their files, as its parameters say.
fn ownership(class: &Object) -> Option<Check> {
    let options = class.get("/mountOptions").and_then(Value::as_array);
    let has = |wanted: &str| options.into_iter().flatten().any(|option| option.as_str() == Some(wanted));
    let name = class.name();
    if has("ro") {
        let remedy = "Take \"ro\" out of its mount options, or choose another class.";
        return Some(Check::fail(SUBJECT, format!("class {name} mounts volumes read-only"), remedy));
    }
    // SMB maps every owner to the one of the mount; a chown fails there.
    let provisioner = class.text("/provisioner");
    if provisioner.contains("smb") || provisioner.contains("cifs") || provisioner == "file.csi.azure.com" {
        let found = format!("class {name} by {provisioner} has files whose owner cannot be changed");
        let remedy =
            "MySQL and the object store take ownership of their files: choose a class of block storage or NFS.";
        return Some(Check::fail(SUBJECT, found, remedy));
    }
    None
}
