//! The decision: which bindings name a user, and whether a rule of their roles allows what he asks.
//!
//! Not decided here: what a user may grant (`escalate` and `bind`); docs/sandbox.md says so.

use serde_json::Value;
use serde_json::json;

use super::Attributes;
use super::born;
use super::rules::allows;
use crate::sandbox::http::Failure;
use crate::sandbox::http::Identity;
use crate::sandbox::http::Target;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;
use crate::sandbox::storage::Key;

const GROUP: &str = "rbac.authorization.k8s.io";
/// Who is in this group may do everything, whatever roles say.
const MASTERS: &str = "system:masters";

/// What came out, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    pub allowed: bool,
    /// Empty where there is nothing to say.
    pub reason: String,
    /// Roles that are bound and missing.
    pub errors: Vec<String>,
}

/// Refuses what the roles of an identity do not allow.
pub fn authorize(server: &Server, identity: &Identity, asked: &Attributes) -> Result<(), Failure> {
    let decision = decide(server, identity, asked);
    if decision.allowed { Ok(()) } else { Err(forbidden(identity, asked, &decision)) }
}

/// The same for an object that an apply or a PUT is about to make.
pub fn authorize_create(
    server: &Server,
    identity: &Identity,
    resource: &Resource,
    target: &Target,
) -> Result<(), Failure> {
    let asked = Attributes {
        verb: "create".into(),
        group: resource.group.clone(),
        resource: resource.plural.clone(),
        namespace: target.namespace.clone(),
        name: target.name.clone(),
        ..Attributes::default()
    };
    authorize(server, identity, &asked)
}

/// Whether the roles of an identity allow what is asked.
pub fn decide(server: &Server, identity: &Identity, asked: &Attributes) -> Decision {
    if identity.groups.iter().any(|group| group == MASTERS) {
        return Decision { allowed: true, ..Decision::default() };
    }
    let mut decision = Decision::default();
    // Paths are no matter of namespaces.
    let namespace = if asked.path.is_empty() { asked.namespace.as_str() } else { "" };
    for grant in grants(server, identity, namespace) {
        match grant.rules {
            Ok(rules) if rules.iter().any(|rule| allows(rule, asked)) => {
                return Decision {
                    allowed: true,
                    reason: format!("RBAC: allowed by {}", grant.source),
                    errors: Vec::new(),
                };
            }
            Ok(_) => {}
            Err(missing) => decision.errors.push(missing),
        }
    }
    if !decision.errors.is_empty() {
        decision.reason = format!("RBAC: {}", joined(&decision.errors));
    }
    decision
}

/// All rules an identity has in a namespace, and which roles are missing.
pub fn rules_of(server: &Server, identity: &Identity, namespace: &str) -> (Vec<Value>, Vec<String>) {
    if identity.groups.iter().any(|group| group == MASTERS) {
        let everything = json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]});
        return (vec![everything, json!({"verbs": ["*"], "nonResourceURLs": ["*"]})], Vec::new());
    }
    let (mut all, mut errors) = (Vec::new(), Vec::new());
    for grant in grants(server, identity, namespace) {
        match grant.rules {
            Ok(rules) => all.extend(rules),
            Err(missing) => errors.push(missing),
        }
    }
    (all, errors)
}

/// Errors as Go joins them.
pub fn joined(errors: &[String]) -> String {
    match errors {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    }
}

/// A role that an identity has, and by which binding.
struct Grant {
    source: String,
    rules: Result<Vec<Value>, String>,
}

/// Everything that is bound to an identity at the cluster scope, and in a namespace where one is given.
fn grants(server: &Server, identity: &Identity, namespace: &str) -> Vec<Grant> {
    let mut grants = Vec::new();
    for (group, role) in born::BINDINGS {
        if identity.groups.iter().any(|own| own == group) {
            let source = format!("ClusterRoleBinding {role:?} of ClusterRole {role:?} to Group {group:?}");
            grants.push(Grant { source, rules: rules(server, "", &json!({"kind": "ClusterRole", "name": role})) });
        }
    }
    let of_namespace = if namespace.is_empty() { None } else { Some("rolebindings") };
    for plural in std::iter::once("clusterrolebindings").chain(of_namespace) {
        for binding in server.store().list(GROUP, plural, if plural == "rolebindings" { namespace } else { "" }, None).0
        {
            let subjects = binding.value["subjects"].as_array().into_iter().flatten();
            let Some(subject) = subjects.into_iter().find(|subject| is_meant(subject, identity, namespace)) else {
                continue;
            };
            let reference = &binding.value["roleRef"];
            let text = |field: &str| reference[field].as_str().unwrap_or_default();
            let (kind, name) = match plural {
                "rolebindings" => ("RoleBinding", format!("{}/{namespace}", binding.key.name)),
                _ => ("ClusterRoleBinding", binding.key.name.clone()),
            };
            let role = format!("{} {:?}", text("kind"), text("name"));
            let source = format!("{kind} {name:?} of {role} to {}", described(subject, namespace));
            grants.push(Grant { source, rules: rules(server, namespace, reference) });
        }
    }
    grants
}

fn is_meant(subject: &Value, identity: &Identity, namespace: &str) -> bool {
    let text = |field: &str| subject[field].as_str().unwrap_or_default();
    match text("kind") {
        "User" => identity.user == text("name"),
        "Group" => identity.groups.iter().any(|group| group == text("name")),
        "ServiceAccount" => {
            let of = if text("namespace").is_empty() { namespace } else { text("namespace") };
            !of.is_empty() && identity.user == format!("system:serviceaccount:{of}:{}", text("name"))
        }
        _ => false,
    }
}

fn described(subject: &Value, namespace: &str) -> String {
    let text = |field: &str| subject[field].as_str().unwrap_or_default();
    if text("kind") != "ServiceAccount" {
        return format!("{} {:?}", text("kind"), text("name"));
    }
    let of = if text("namespace").is_empty() { namespace } else { text("namespace") };
    format!("ServiceAccount {:?}", format!("{}/{of}", text("name")))
}

/// The rules of the role a binding names, or that it is missing.
fn rules(server: &Server, namespace: &str, reference: &Value) -> Result<Vec<Value>, String> {
    let name = reference["name"].as_str().unwrap_or_default();
    let is_cluster = reference["kind"] == "ClusterRole";
    let (plural, within) = if is_cluster { ("clusterroles", "") } else { ("roles", namespace) };
    let key = Key { group: GROUP.into(), plural: plural.into(), namespace: within.into(), name: name.into() };
    if let Some(role) = server.store().get(&key) {
        return Ok(role.value["rules"].as_array().cloned().unwrap_or_default());
    }
    let born = if is_cluster { born_rules(server, name) } else { born::rules(&format!("{within}/{name}")) };
    born.ok_or_else(|| format!("{}.{GROUP} {name:?} not found", plural.trim_end_matches('s')))
}

/// The rules of a ClusterRole that the cluster was born with, with those it gathers.
fn born_rules(server: &Server, name: &str) -> Option<Vec<Value>> {
    let mut all = born::rules(name)?;
    let mut role = name;
    while let Some((_, label, part)) = born::GATHERING.iter().find(|(gathering, _, _)| *gathering == role) {
        for one in server.store().list(GROUP, "clusterroles", "", None).0 {
            if one.value["metadata"]["labels"][*label] == "true" {
                all.extend(one.value["rules"].as_array().into_iter().flatten().cloned());
            }
        }
        role = part;
        all.extend(born::rules(role).unwrap_or_default());
    }
    Some(all)
}

fn forbidden(identity: &Identity, asked: &Attributes, decision: &Decision) -> Failure {
    let (user, verb) = (&identity.user, &asked.verb);
    let because = if decision.reason.is_empty() { String::new() } else { format!(": {}", decision.reason) };
    if !asked.path.is_empty() {
        let text = format!("forbidden: User {user:?} cannot {verb} path {:?}{because}", asked.path);
        return Failure::new(403, "Forbidden", text);
    }
    let scope = match asked.namespace.as_str() {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace {namespace:?}"),
    };
    let resource = asked.whole_resource();
    let why =
        format!("User {user:?} cannot {verb} resource {resource:?} in API group {:?} {scope}{because}", asked.group);
    Failure::forbidden(&asked.group, &asked.resource, &asked.name, &why)
}
