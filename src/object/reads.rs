//! What a pod takes from its namespace to run: the one home of where a pod spec names it. Not what it runs as, nor what
//! places it.

use serde_json::Value;

/// Something a pod names, by the name it has in the pod's namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Read<'a> {
    ConfigMap(&'a str),
    Secret(&'a str),
    /// A Secret that the kubelet pulls images with; the programs in the pod do not see it.
    PullSecret(&'a str),
    Claim(&'a str),
}

/// All that a pod spec names, optional things too, in the order in which they are written.
pub fn reads(spec: &Value) -> Vec<Read<'_>> {
    let mut found = Vec::new();
    for volume in items(spec, "volumes") {
        add(&mut found, volume, "/persistentVolumeClaim/claimName", Read::Claim);
        add(&mut found, volume, "/configMap/name", Read::ConfigMap);
        add(&mut found, volume, "/secret/secretName", Read::Secret);
        for source in volume.get("projected").into_iter().flat_map(|projected| items(projected, "sources")) {
            add(&mut found, source, "/configMap/name", Read::ConfigMap);
            add(&mut found, source, "/secret/name", Read::Secret);
        }
    }
    for secret in items(spec, "imagePullSecrets") {
        add(&mut found, secret, "/name", Read::PullSecret);
    }
    for container in ["initContainers", "containers", "ephemeralContainers"].iter().flat_map(|list| items(spec, list)) {
        for source in items(container, "envFrom") {
            add(&mut found, source, "/configMapRef/name", Read::ConfigMap);
            add(&mut found, source, "/secretRef/name", Read::Secret);
        }
        for variable in items(container, "env") {
            add(&mut found, variable, "/valueFrom/configMapKeyRef/name", Read::ConfigMap);
            add(&mut found, variable, "/valueFrom/secretKeyRef/name", Read::Secret);
        }
    }
    found
}

fn add<'a>(found: &mut Vec<Read<'a>>, value: &'a Value, pointer: &str, read: fn(&'a str) -> Read<'a>) {
    let name = value.pointer(pointer).and_then(Value::as_str).filter(|name| !name.is_empty());
    found.extend(name.map(read));
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_what_a_pod_names() {
        let spec = json!({
            "volumes": [
                {"configMap": {"name": "a"}},
                {"secret": {"secretName": "b"}},
                {"persistentVolumeClaim": {"claimName": "c"}},
                {"projected": {"sources": [{"configMap": {"name": "d"}}, {"secret": {"name": "e"}}]}},
                {"emptyDir": {}},
            ],
            "imagePullSecrets": [{"name": "f"}, {}],
            "initContainers": [{"envFrom": [{"configMapRef": {"name": "g"}}, {"secretRef": {"name": ""}}]}],
            "containers": [{"env": [
                {"valueFrom": {"configMapKeyRef": {"name": "h"}}},
                {"valueFrom": {"secretKeyRef": {"name": "i"}}},
                {"value": "plain"},
            ]}],
        });
        use Read::Claim;
        use Read::ConfigMap;
        use Read::PullSecret;
        use Read::Secret;
        let expected = [
            ConfigMap("a"),
            Secret("b"),
            Claim("c"),
            ConfigMap("d"),
            Secret("e"),
            PullSecret("f"),
            ConfigMap("g"),
            ConfigMap("h"),
            Secret("i"),
        ];
        assert_eq!(reads(&spec), expected);
        assert_eq!(reads(&json!({"volumes": "none", "containers": [1]})), []);
    }
}
