//! The rights a run needs in a cluster, found from what the configuration renders. No right that is not used: a test
//! installs with exactly these. Not here: whether somebody has them (`preflight`).

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;
use serde_json::json;

use super::step_rights::grant_steps;
use crate::catalog::Hop;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::kinds;
use crate::object::normalize;

/// For whom the rights are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// plan, apply, destroy and everything else.
    Install,
    /// plan and status, and what else changes nothing.
    Look,
}

/// Resources that are only looked at: group, resource, verbs, whether for looking alone too.
const LOOKED_AT: &[(&str, &str, &[&str], bool)] = &[
    // The address people reach a node port at.
    ("", "nodes", &["list"], true),
    // Why something does not become ready.
    ("", "pods", &["get", "list", "watch"], true),
    ("", "pods/log", &["get"], false),
    ("", "events", &["list"], true),
    // Whether the program behind a webhook serves.
    ("discovery.k8s.io", "endpointslices", &["get", "list", "watch"], false),
    // What would be lost with a namespace.
    ("", "persistentvolumeclaims", &["list"], true),
    ("apps", "daemonsets", &["list"], true),
    ("apps", "deployments", &["list"], true),
    ("apps", "statefulsets", &["list"], true),
    ("batch", "cronjobs", &["list"], true),
    ("batch", "jobs", &["list"], true),
];
const SEES: &[&str] = &["get", "list", "watch"];
const WRITES: &[&str] = &["create", "delete", "get", "list", "patch", "watch"];
/// Of the records: most are replaced as wholes.
const RECORDS: &[&str] = &["create", "delete", "get", "list", "patch", "update"];

pub(super) type Rights = BTreeMap<(String, String), BTreeSet<&'static str>>;

/// What a run makes, reads and keeps.
#[derive(Clone, Debug, Default)]
pub struct RunNeeds<'a> {
    pub installation: &'a str,
    /// Everything that is made.
    pub objects: Vec<&'a Object>,
    /// What is read before that.
    pub reads: Vec<ObjectId>,
    /// The hops that an upgrade walks; empty where none is meant.
    pub hops: Vec<Hop>,
    /// Whether the configuration has storage classes.
    pub has_classes: bool,
    /// The namespace of the records.
    pub records: &'a str,
}

/// The namespace of the records and the roles to bind, as objects for kubectl.
pub fn permissions(needs: &RunNeeds<'_>, purpose: Purpose) -> Vec<Object> {
    let name = match purpose {
        Purpose::Install => format!("stackwright-{}", needs.installation),
        Purpose::Look => format!("stackwright-{}-viewer", needs.installation),
    };
    let mut rights = rights(&needs.objects, purpose);
    if needs.has_classes {
        let verbs = if purpose == Purpose::Install { WRITES } else { SEES };
        grant(&mut rights, "storage.k8s.io", "storageclasses", verbs);
    }
    for id in &needs.reads {
        if let Some(plural) = kinds::plural(&id.group, &id.kind) {
            grant(&mut rights, &id.group, plural, &["get", "list"]);
        }
    }
    grant_steps(&needs.hops, purpose, &definitions(&needs.objects), &mut rights);
    let mut records = Rights::new();
    let verbs = if purpose == Purpose::Install { RECORDS } else { &["get", "list"] };
    grant(&mut records, "", "secrets", verbs);
    grant(&mut records, "coordination.k8s.io", "leases", verbs);
    let made = [
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": needs.records}}),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name},
            "rules": rules(&rights)}),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": {"name": name, "namespace": needs.records}, "rules": rules(&records)}),
    ];
    made.into_iter().map(|object| Object::from_value(object).expect("it has kind, version and name")).collect()
}

fn rights(objects: &[&Object], purpose: Purpose) -> Rights {
    let installs = purpose == Purpose::Install;
    let mut rights = Rights::new();
    let defined = definitions(objects);
    for object in objects {
        let gvk = object.gvk();
        let by_crd = defined.get(&(gvk.group.clone(), gvk.kind.clone()));
        // A kind that comes with somebody else's definition: the usual plural is the best guess.
        let guess = format!("{}s", gvk.kind.to_lowercase());
        let plural = by_crd.map(String::as_str).or_else(|| kinds::plural(&gvk.group, &gvk.kind)).unwrap_or(&guess);
        grant(&mut rights, &gvk.group, plural, if installs { WRITES } else { SEES });
        if installs && gvk.group == "rbac.authorization.k8s.io" {
            // A server lets nobody give away rights he has not, but for who may do so.
            let beyond = match gvk.kind.as_str() {
                "Role" | "ClusterRole" => Some((plural, "escalate")),
                "RoleBinding" | "ClusterRoleBinding" => match object.text("/roleRef/kind") {
                    "Role" => Some(("roles", "bind")),
                    _ => Some(("clusterroles", "bind")),
                },
                _ => None,
            };
            if let Some((plural, verb)) = beyond {
                grant(&mut rights, &gvk.group, plural, &[verb]);
            }
        }
    }
    for ((group, _), plural) in &defined {
        grant(&mut rights, group, plural, SEES);
    }
    for (group, resource, verbs, _) in LOOKED_AT.iter().filter(|(.., always)| installs || *always) {
        grant(&mut rights, group, resource, verbs);
    }
    // The records' namespace is made, and taken away again where it was made.
    grant(&mut rights, "", "namespaces", if installs { WRITES } else { SEES });
    rights
}

/// The kinds that CRDs among the objects define, with their plural names.
fn definitions(objects: &[&Object]) -> BTreeMap<(String, String), String> {
    let crds = objects.iter().filter(|object| normalize::is_crd(object));
    let defined = crds.map(|crd| {
        let text = |pointer| crd.text(pointer).to_owned();
        ((text("/spec/group"), text("/spec/names/kind")), text("/spec/names/plural"))
    });
    defined.collect()
}

pub(super) fn grant(rights: &mut Rights, group: &str, resource: &str, verbs: &[&'static str]) {
    rights.entry((group.to_owned(), resource.to_owned())).or_default().extend(verbs);
}

/// As few rules as there are different pairs of a group and its verbs.
fn rules(rights: &Rights) -> Vec<Value> {
    let mut merged: BTreeMap<(&str, &BTreeSet<&str>), Vec<&str>> = BTreeMap::new();
    for ((group, resource), verbs) in rights {
        merged.entry((group, verbs)).or_default().push(resource);
    }
    let rule = |((group, verbs), resources): (&(&str, &BTreeSet<&str>), &Vec<&str>)| {
        json!({"apiGroups": [group],
        "resources": resources, "verbs": verbs})
    };
    merged.iter().map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_follow_from_the_objects() {
        let object = |value: Value| Object::from_value(value).expect("an object");
        let objects = [
            object(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "namespace": "n"}})),
            object(json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                "metadata": {"name": "a", "namespace": "n"}, "roleRef": {"kind": "ClusterRole", "name": "x"}})),
            object(json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": {"name": "geese.a.b"},
                "spec": {"group": "a.b", "names": {"kind": "Goose", "plural": "geese"}}})),
            object(json!({"apiVersion": "a.b/v1", "kind": "Goose", "metadata": {"name": "a", "namespace": "n"}})),
        ];
        let objects: Vec<&Object> = objects.iter().collect();
        let check = |purpose, group: &str, resource: &str, expected: &str| {
            let rights = rights(&objects, purpose);
            let verbs = rights.get(&(group.to_owned(), resource.to_owned()));
            let text = verbs.map(|verbs| verbs.iter().copied().collect::<Vec<_>>().join(" ")).unwrap_or_default();
            assert_eq!(text, expected, "{purpose:?} {group} {resource}");
        };
        check(Purpose::Install, "", "services", "create delete get list patch watch");
        check(Purpose::Look, "", "services", "get list watch");
        check(Purpose::Install, "a.b", "geese", "create delete get list patch watch");
        check(Purpose::Install, "rbac.authorization.k8s.io", "clusterroles", "bind");
        check(Purpose::Install, "", "secrets", "");
        check(Purpose::Look, "", "pods/log", "");
    }
}
