//! Definitions of Cluster API's kinds in the shape of the real ones, as far as they are used: what is written in the words of
//! the other version is refused, as there.

use serde_json::Value;
use serde_json::json;
use stackwright::interface::crd_from_notation;

/// Definitions of a version of Cluster API, with a control plane and templates of an infrastructure provider.
pub fn definitions(version: &str) -> Vec<Value> {
    let is_old = version == "v1beta1";
    let mut all = vec![
        own("clusters", "Cluster", version, &cluster(is_old)),
        own("machinedeployments", "MachineDeployment", version, &deployment(is_old)),
        own("machinehealthchecks", "MachineHealthCheck", version, &health_check(is_old)),
        other(
            "kubeadmcontrolplanes.controlplane.cluster.x-k8s.io",
            "KubeadmControlPlane",
            &json!({"version": "string", "replicas": "integer", "...": "any"}),
        ),
    ];
    for (name, kind) in [
        ("dockerclusters.infrastructure.cluster.x-k8s.io", "DockerCluster"),
        ("dockermachinetemplates.infrastructure.cluster.x-k8s.io", "DockerMachineTemplate"),
        ("kubeadmconfigtemplates.bootstrap.cluster.x-k8s.io", "KubeadmConfigTemplate"),
    ] {
        all.push(other(name, kind, &json!({"...": "any"})));
    }
    all
}

fn own(plural: &str, kind: &str, version: &str, spec: &Value) -> Value {
    definition(&format!("{plural}.cluster.x-k8s.io"), kind, version, spec)
}

fn other(name: &str, kind: &str, spec: &Value) -> Value {
    definition(name, kind, "v1beta7", spec)
}

fn definition(name: &str, kind: &str, version: &str, spec: &Value) -> Value {
    let schema = json!({"spec": spec, "status": {"...": "any"}});
    let notation = json!({
        "crd": name, "kind": kind, "scope": "Namespaced",
        "versions": {version: {"served": true, "storage": true, "subresources": ["status"], "schema": schema}},
    });
    crd_from_notation(&notation).unwrap_or_else(|error| panic!("{name}: {error}")).into_value()
}

fn reference(is_old: bool) -> Value {
    match is_old {
        true => {
            json!({"apiVersion": "string", "kind": "string", "name": "string", "namespace": "string", "uid": "string"})
        }
        false => json!({"apiGroup!": "string", "kind!": "string", "name!": "string"}),
    }
}

/// What is checked of nodes.
fn checks(is_old: bool) -> Value {
    let condition = match is_old {
        true => json!({"type!": "string", "status!": "string", "timeout!": "string"}),
        false => json!({"type!": "string", "status!": "string", "timeoutSeconds!": "integer"}),
    };
    match is_old {
        true => {
            json!({"nodeStartupTimeout": "string", "unhealthyConditions": [condition], "maxUnhealthy": "int-or-string"})
        }
        false => json!({"checks": {"nodeStartupTimeoutSeconds": "integer", "unhealthyNodeConditions": [condition]}}),
    }
}

fn taints() -> Value {
    json!([{"key!": "string", "value": "string ~^.+$", "effect!": "string", "propagation!": "string Always|OnInitialization"}])
}

fn with(mut value: Value, more: &Value) -> Value {
    let (Some(map), Some(more)) = (value.as_object_mut(), more.as_object()) else { return value };
    map.extend(more.clone());
    value
}

fn cluster(is_old: bool) -> Value {
    let ranges = json!({"cidrBlocks": ["string"]});
    let class = match is_old {
        true => json!({"class!": "string", "classNamespace": "string"}),
        false => json!({"classRef!": {"name!": "string", "namespace": "string"}}),
    };
    let (health, switch) = if is_old { ("machineHealthCheck", "enable") } else { ("healthCheck", "enabled") };
    let entry = json!({
        "class!": "string", "name!": "string", "replicas": "integer",
        "metadata": {"labels": {"*": "string"}, "annotations": {"*": "string"}},
        health: with(json!({switch: "boolean"}), &checks(is_old)),
        "taints[key,effect]": taints(),
    });
    let variable = match is_old {
        true => json!({"name!": "string", "definitionFrom": "string", "value!": "any"}),
        false => json!({"name!": "string", "value!": "any"}),
    };
    let topology = with(
        class,
        &json!({
            "version!": "string", "controlPlane": {"replicas": "integer"},
            "variables[name]": [variable], "workers": {"machineDeployments[name]": [entry]},
        }),
    );
    json!({
        "paused": "boolean",
        "clusterNetwork": {"pods": ranges, "services": ranges, "serviceDomain": "string"},
        "controlPlaneEndpoint": {"host": "string", "port": "integer"},
        "controlPlaneRef": reference(is_old), "infrastructureRef": reference(is_old), "topology": topology,
    })
}

fn deployment(is_old: bool) -> Value {
    let reference = reference(is_old);
    json!({
        "clusterName!": "string", "replicas": "integer", "paused": "boolean",
        "selector!": {"matchLabels": {"*": "string"}},
        "template!": {
            "metadata": {"labels": {"*": "string"}, "annotations": {"*": "string"}},
            "spec!": {
                "clusterName!": "string", "version": "string",
                "bootstrap!": {"configRef": reference, "dataSecretName": "string"},
                "infrastructureRef!": reference, "taints[key,effect]": taints(),
            },
        },
    })
}

fn health_check(is_old: bool) -> Value {
    with(json!({"clusterName!": "string", "selector!": {"matchLabels": {"*": "string"}}}), &checks(is_old))
}
