//! Puts one cluster into a kubeconfig that may hold others: the others stay as they are.

use std::path::Path;

use serde_json::Map;
use serde_json::Value;

use super::Failure;
use super::writing::write_private;
use crate::provider::regular;
use crate::provider::regular::LONGEST_CREDENTIAL;

/// The lists of a kubeconfig whose entries have names.
const LISTS: [&str; 3] = ["clusters", "contexts", "users"];

/// Writes a kubeconfig's entries into another file, as `kind` and `minikube` do: entries of the same names are replaced,
/// and its context becomes the current one.
///
/// # Errors
/// The file is there and is no kubeconfig, or cannot be written.
pub fn merge_into(path: &Path, kubeconfig: &str) -> Result<(), Failure> {
    let summary = || format!("Cannot write {}", path.display());
    let before = match regular::metadata(path) {
        Ok(found) if found.is_file() => {
            regular::read_text(path, LONGEST_CREDENTIAL).map_err(|error| Failure::world(summary(), error))?
        }
        // There is none yet, or it goes on to somebody.
        _ => String::new(),
    };
    let text = merged(&before, kubeconfig).map_err(|reason| {
        Failure::world(summary(), format!("it is there and is no kubeconfig: {reason}")).help("Name another file.")
    })?;
    write_private(path, &text)
}

/// Both in one. Err: what is wrong with the first.
fn merged(before: &str, kubeconfig: &str) -> Result<String, String> {
    let read = |text: &str| serde_saphyr::from_str::<Value>(text).map_err(|error| error.to_string());
    let mut all = match before.trim() {
        "" => return Ok(kubeconfig.to_owned()),
        text => match read(text)? {
            Value::Object(all) => all,
            _ => return Err("it is no mapping".into()),
        },
    };
    if all.get("kind").is_some_and(|kind| kind != "Config" && kind != "") {
        return Err("its kind is another one".into());
    }
    let Value::Object(mut ours) = read(kubeconfig)? else { return Err("there is nothing to add".into()) };
    for list in LISTS {
        let added = ours.remove(list).and_then(|list| list.as_array().cloned()).unwrap_or_default();
        let entries = all.entry(list).or_insert(Value::Null);
        if entries.is_null() {
            *entries = Value::Array(Vec::new());
        }
        let Value::Array(entries) = entries else { return Err(format!("its {list} are no list")) };
        entries.retain(|entry| added.iter().all(|added| added["name"] != entry["name"]));
        entries.extend(added);
    }
    // What is left is its version, its kind, and the current context.
    let rest: Map<String, Value> = ours;
    all.extend(rest);
    // Certificates are long, and nobody may fold them.
    let options = serde_saphyr::ser_options! { folded_wrap_chars: 1_000_000, min_fold_chars: 1_000_000 };
    serde_saphyr::to_string_with_options(&all, options).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OURS: &str = "apiVersion: v1\nkind: Config\ncurrent-context: sandbox\nclusters:\n- name: sandbox\n  cluster: {server: 'https://127.0.0.1:1'}\n\
                        users:\n- name: admin\n  user: {}\ncontexts:\n- name: sandbox\n  context: {cluster: sandbox, user: admin}\n";

    fn check(before: &str, expected: Result<Value, &str>) {
        let found = merged(before, OURS).map(|text| serde_saphyr::from_str::<Value>(&text).unwrap());
        assert_eq!(found, expected.map_err(str::to_owned), "{before}");
    }

    #[test]
    fn other_contexts_stay() {
        let ours: Value = serde_saphyr::from_str(OURS).unwrap();
        check("", Ok(ours.clone()));
        let prod = "apiVersion: v1\nkind: Config\npreferences: {colors: true}\ncurrent-context: prod\nclusters:\n- name: prod\n  cluster: {server: 'https://prod'}\n\
                    - name: sandbox\n  cluster: {server: 'https://old'}\nusers: null\ncontexts:\n- name: prod\n  context: {cluster: prod, user: p}\n";
        check(
            prod,
            Ok(json!({
                "apiVersion": "v1", "kind": "Config", "preferences": {"colors": true}, "current-context": "sandbox",
                "clusters": [{"name": "prod", "cluster": {"server": "https://prod"}}, ours["clusters"][0]],
                "users": ours["users"],
                "contexts": [{"name": "prod", "context": {"cluster": "prod", "user": "p"}}, ours["contexts"][0]],
            })),
        );
    }

    #[test]
    fn what_is_no_kubeconfig_is_left_alone() {
        check("kind: Pod", Err("its kind is another one"));
        check("[a]", Err("it is no mapping"));
        check("clusters: {a: b}", Err("its clusters are no list"));
        assert!(merged("a: [", OURS).is_err());
    }
}
