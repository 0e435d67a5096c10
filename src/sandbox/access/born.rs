//! The roles and bindings that a cluster is born with. They are in a table and not among the objects: a sandbox shows
//! what its users made.

use std::sync::LazyLock;

use serde_json::Value;
use serde_json::json;

/// What a role of the table may do.
struct Row {
    /// With its namespace before it for a Role.
    role: &'static str,
    rule: Value,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let lines = include_str!("data/roles.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(row).collect()
});

/// Which ClusterRoles of the table everybody of a group has.
pub const BINDINGS: [(&str, &str); 4] = [
    ("system:authenticated", "system:basic-user"),
    ("system:authenticated", "system:discovery"),
    ("system:authenticated", "system:public-info-viewer"),
    ("system:serviceaccounts", "system:service-account-issuer-discovery"),
];

/// Roles that gather others by label: themselves, the label, and the role that is part of them.
pub const GATHERING: [(&str, &str, &str); 3] = [
    ("admin", "rbac.authorization.k8s.io/aggregate-to-admin", "edit"),
    ("edit", "rbac.authorization.k8s.io/aggregate-to-edit", "view"),
    ("view", "rbac.authorization.k8s.io/aggregate-to-view", ""),
];

/// The rules of a role of the table; `None` where it has no such role.
pub fn rules(role: &str) -> Option<Vec<Value>> {
    let rules: Vec<Value> = ROWS.iter().filter(|row| row.role == role).map(|row| row.rule.clone()).collect();
    (!rules.is_empty()).then_some(rules)
}

fn row(line: &'static str) -> Option<Row> {
    let mut words = line.split(' ');
    let role = words.next()?;
    let verbs: Vec<&str> = words.next()?.split(',').flat_map(verbs).copied().collect();
    let list = |word: &'static str| word.split(',').map(|one| if one == "-" { "" } else { one }).collect::<Vec<_>>();
    let third = words.next()?;
    if third.starts_with('/') {
        return Some(Row { role, rule: json!({"verbs": verbs, "nonResourceURLs": list(third)}) });
    }
    let mut rule = json!({"verbs": verbs, "apiGroups": list(third), "resources": list(words.next()?)});
    if let Some(names) = words.next() {
        rule["resourceNames"] = json!(list(names));
    }
    Some(Row { role, rule })
}

fn verbs(word: &'static str) -> &'static [&'static str] {
    const READ: &[&str] = &["get", "list", "watch"];
    const WRITE: &[&str] = &["create", "delete", "deletecollection", "patch", "update"];
    match word {
        "read" => READ,
        "write" => WRITE,
        _ => ALONE.iter().find(|one| one[0] == word).map_or(&[], |one| one),
    }
}

/// Verbs that stand for themselves.
const ALONE: [[&str; 1]; 7] = [["*"], ["get"], ["list"], ["watch"], ["create"], ["update"], ["impersonate"]];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_whole() {
        let lines = include_str!("data/roles.txt").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(ROWS.len(), lines);
        assert!(ROWS.iter().all(|row| row.rule["verbs"].as_array().is_some_and(|verbs| !verbs.is_empty())));
        for role in BINDINGS.iter().map(|(_, role)| role).chain(GATHERING.iter().map(|(role, _, _)| role)) {
            assert!(rules(role).is_some(), "{role}");
        }
    }
}
