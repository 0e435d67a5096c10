//! Rows of a preflight, as a table of clusters and what is said of them.

use std::sync::LazyLock;

use serde_json::Value;
use serde_json::json;

use super::*;

fn objects(values: &[Value]) -> Vec<Object> {
    values.iter().map(|value| Object::from_value(value.clone()).expect("an object")).collect()
}

fn node(name: &str, cpu: &str, memory: &str, more: Value) -> Value {
    let mut node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": {}, "status": {
        "capacity": {"cpu": cpu, "memory": memory}, "allocatable": {"cpu": cpu, "memory": memory},
        "conditions": [{"type": "Ready", "status": "True"}],
        "nodeInfo": {"operatingSystem": "linux", "architecture": "amd64", "osImage": "Ubuntu 22.04.4 LTS"}}});
    merge(&mut node, more);
    node
}

fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            more.into_iter().for_each(|(key, value)| merge(into.entry(key).or_insert(Value::Null), value));
        }
        (into, more) => *into = more,
    }
}

fn class(name: &str, provisioner: &str, more: Value) -> Value {
    let mut class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name},
        "provisioner": provisioner});
    merge(&mut class, more);
    class
}

fn claim(class: Option<&str>) -> Value {
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "n"},
        "spec": class.map_or(json!({}), |class| json!({"storageClassName": class}))})
}

fn survey() -> Survey {
    Survey {
        server_version: "v1.31.4".into(),
        nodes: Ok(objects(&[node("a", "16", "64G", json!({})), node("b", "16", "64G", json!({}))])),
        pods: Ok(Vec::new()),
        namespaces: Ok(Vec::new()),
        services: Ok(Vec::new()),
        definitions: Ok(Vec::new()),
        classes: Ok(Vec::new()),
        volumes: Ok(Vec::new()),
        drivers: Ok(Vec::new()),
        domain: String::new(),
        denied: Ok(Vec::new()),
    }
}

fn demand(objects: &[Object]) -> Demand<'_> {
    Demand {
        installation: "prod",
        edition: Some(("mini", Size::new(24, 96))),
        least_nodes: 2,
        kubernetes: ("1.29", "1.32"),
        fits_kubernetes: Some(true),
        node_port: Some(31390),
        domain: "cluster.local",
        wants_gpus: false,
        objects: objects.iter().collect(),
        rules: rules(),
    }
}

/// Tenants hold namespaces, with a label that their controller puts on them.
fn rules() -> &'static [ReadinessRule] {
    static RULES: LazyLock<Vec<ReadinessRule>> = LazyLock::new(|| {
        vec![ReadinessRule {
            group: "example.com".into(),
            kind: "Tenant".into(),
            holds: Some("Namespace {name}".into()),
            held_labels: [("part-of".to_owned(), "tenant".to_owned()), ("off".to_owned(), String::new())].into(),
            ..ReadinessRule::default()
        }]
    });
    &RULES
}

/// `fail storage: …` of the rows about a subject.
fn said(checks: &[Check], subject: &str) -> String {
    let word = |verdict| match verdict {
        Verdict::Pass => "pass",
        Verdict::Warn => "warn",
        Verdict::Fail => "fail",
    };
    let rows = checks.iter().filter(|check| check.subject == subject);
    rows.map(|check| format!("{}: {}", word(check.verdict), check.found)).collect::<Vec<_>>().join("\n")
}

fn check(wanted: &[Value], change: impl FnOnce(&mut Survey), subject: &str, expected: &str) {
    let wanted = objects(wanted);
    let mut found = survey();
    change(&mut found);
    let checks = preflight(&demand(&wanted), &found);
    assert_eq!(said(&checks, subject), expected);
    for check in checks {
        assert_eq!(check.remedy.is_empty(), check.verdict == Verdict::Pass, "every trouble has a remedy: {check:?}");
    }
}

#[test]
fn versions() {
    let check = |fits: Option<bool>, kubernetes: (&str, &str), expected: &str| {
        let demand = Demand { kubernetes, fits_kubernetes: fits, ..demand(&[]) };
        assert_eq!(said(&preflight(&demand, &survey()), "Kubernetes version"), expected);
    };
    let both = ("1.29", "1.32");
    check(Some(true), both, "pass: v1.31.4; the release runs on 1.29 to 1.32");
    check(Some(false), both, "fail: v1.31.4, and the release runs on 1.29 to 1.32");
    check(None, both, "warn: \"v1.31.4\" cannot be compared with 1.29 to 1.32");
    check(Some(true), ("1.29", ""), "pass: v1.31.4; the release runs on 1.29 or newer");
    check(Some(true), ("", ""), "pass: v1.31.4");
}

#[test]
fn nodes_and_their_size() {
    check(&[], |_| (), "nodes", "pass: 2 ready");
    check(&[], |_| (), "size", "pass: 32 vCPU and 128 GB; the mini edition needs 24 vCPU and 96 GB");
    check(&[], |_| (), "node OS", "pass: Ubuntu 22.04.4 LTS");
    let one = |more: Value| move |s: &mut Survey| s.nodes = Ok(objects(&[node("a", "16", "64G", more)]));
    check(&[], one(json!({})), "nodes", "fail: 1 ready");
    check(&[], one(json!({})), "size", "fail: 16 vCPU and 64 GB; the mini edition needs 24 vCPU and 96 GB");
    let taint = json!({"spec": {"taints": [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]}});
    check(&[], one(taint), "nodes", "fail: 0 ready, not a (taint node-role.kubernetes.io/control-plane:NoSchedule)");
    let mixed = |s: &mut Survey| {
        let windows = json!({"status": {"nodeInfo": {"operatingSystem": "windows", "osImage": "Windows Server 2022"}}});
        s.nodes = Ok(objects(&[
            node("a", "16", "64G", json!({})),
            node("w", "16", "64G", windows),
            node("x", "16", "64G", json!({"spec": {"unschedulable": true}})),
        ]));
    };
    check(&[], mixed, "nodes", "warn: 2 ready, not x (cordoned)");
    check(&[], mixed, "node OS", "warn: Ubuntu 22.04.4 LTS, Windows Server 2022; not Linux on amd64: w");
    let arm = json!({"status": {"nodeInfo": {"architecture": "arm64"}}});
    check(&[], one(arm), "node OS", "fail: Ubuntu 22.04.4 LTS, none of them Linux on amd64");
    check(&[], |s| s.nodes = Err("forbidden".into()), "nodes", "warn: could not be looked at: forbidden");
}

#[test]
fn room_for_the_pods() {
    let deployment = |cpu: &str| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "n"}, "spec": {
            "template": {"spec": {"containers": [{"resources": {"requests": {"cpu": cpu}}}]}}}})
    };
    let free = "32 CPU and 119.2 GiB of memory are free";
    let request = |cpu: &str| format!("pods will request {cpu} CPU and 0 GiB of memory, and {free}");
    check(&[deployment("2")], |_| (), "room", &format!("pass: {}", request("2")));
    check(&[deployment("30")], |_| (), "room", &format!("warn: {}", request("30")));
    check(&[deployment("33")], |_| (), "room", &format!("fail: {}", request("33")));
    let busy = |s: &mut Survey| {
        let pod = |name: &str, phase: &str| {
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "m"},
                "spec": {"containers": [{"resources": {"requests": {"cpu": "10"}}}]}, "status": {"phase": phase}})
        };
        s.pods = Ok(objects(&[pod("a", "Running"), pod("b", "Succeeded")]));
    };
    let found = "pods will request 2 CPU and 0 GiB of memory, and 22 CPU and 119.2 GiB of memory are free";
    check(&[deployment("2")], busy, "room", &format!("pass: {found}"));
    // Where the pods are the platform's own, nothing is taken by others.
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "m"}});
    check(&[deployment("2"), namespace], busy, "room", &format!("pass: {}", request("2")));
}

#[test]
fn storage_classes() {
    let with = |classes: Vec<Value>| move |s: &mut Survey| s.classes = Ok(objects(&classes));
    let default = || json!({"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}});
    let none = claim(None);
    let named = claim(Some("fast"));
    let storage = |wanted: &Value, classes: Vec<Value>, expected: &str| {
        check(std::slice::from_ref(wanted), with(classes), "storage", expected);
    };
    let claimed = "PersistentVolumeClaim n/data";
    check(&[], |_| (), "storage", "");
    storage(&none, vec![], &format!("fail: no storage class is the default, and {claimed} name none"));
    storage(
        &named,
        vec![class("slow", "x", default())],
        &format!("fail: there is no storage class \"fast\", which {claimed} name"),
    );
    storage(&none, vec![class("slow", "ebs", default())], "pass: class slow by ebs for 1 claim");
    let newer = || {
        let mut newer = class("newer", "disk", default());
        newer["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z".into();
        newer
    };
    storage(&none, vec![newer(), class("slow", "ebs", default())], "pass: class newer by disk for 1 claim");
    storage(&named, vec![class("fast", "ebs", json!({}))], "pass: class fast by ebs for 1 claim");
    storage(
        &named,
        vec![class("fast", "nfs.csi.k8s.io", json!({}))],
        "warn: class fast by nfs.csi.k8s.io for 1 claim, of which no CSIDriver tells",
    );
    storage(
        &named,
        vec![class("fast", "cluster.local/nfs-client", json!({}))],
        "warn: class fast by cluster.local/nfs-client for 1 claim, on NFS",
    );
    storage(
        &named,
        vec![class("fast", "smb.csi.k8s.io", json!({}))],
        "fail: class fast by smb.csi.k8s.io has files whose owner cannot be changed",
    );
    storage(
        &named,
        vec![class("fast", "ebs", json!({"mountOptions": ["hard", "ro"]}))],
        "fail: class fast mounts volumes read-only",
    );
    storage(
        &named,
        vec![class("fast", "kubernetes.io/glusterfs", json!({}))],
        "fail: class fast is made by kubernetes.io/glusterfs, which Kubernetes does not have any more",
    );
    storage(
        &named,
        vec![class("fast", "kubernetes.io/no-provisioner", json!({}))],
        "fail: volumes of class fast are made by hand: 0 free for 1 claim",
    );
    // A class that the installation itself makes counts.
    check(&[named.clone(), class("fast", "ebs", json!({}))], |_| (), "storage", "pass: class fast by ebs for 1 claim");
    let volumes = |s: &mut Survey| {
        s.classes = Ok(objects(&[class("fast", "kubernetes.io/no-provisioner", json!({}))]));
        s.volumes = Ok(objects(&[json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "v"},
            "spec": {"storageClassName": "fast"}, "status": {"phase": "Available"}})]));
    };
    check(&[named], volumes, "storage", "pass: volumes of class fast are made by hand: 1 free for 1 claim");
}

#[test]
fn stateful_sets_claim_for_each_replica() {
    let set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "s", "namespace": "n"}, "spec": {
        "replicas": 3, "volumeClaimTemplates": [{"spec": {"storageClassName": "fast"}}]}});
    let classes = |s: &mut Survey| s.classes = Ok(objects(&[class("fast", "ebs", json!({}))]));
    check(&[set], classes, "storage", "pass: class fast by ebs for 3 claims");
}

#[test]
fn others_in_the_cluster() {
    let namespace = |name: &str, labels: Value| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
    let pod =
        |namespace: &str| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": namespace}});
    let shop = |s: &mut Survey| {
        s.namespaces = Ok(objects(&[
            namespace("kube-system", json!({})),
            namespace("shop", json!({})),
            namespace("empty", json!({})),
            namespace("auth", json!({})),
            namespace("alice", json!({"part-of": "tenant"})),
            namespace("bob", json!({})),
        ]));
        s.pods = Ok(objects(&["kube-system", "shop", "auth", "alice", "bob"].map(pod)));
    };
    let tenant = json!({"apiVersion": "example.com/v1", "kind": "Tenant", "metadata": {"name": "bob"}});
    let ours = [namespace("auth", json!({})), tenant];
    check(&ours, |_| (), "other tenants", "pass: nobody else runs pods here");
    check(&ours, shop, "other tenants", "warn: pods of others run in shop");

    let definition = |labels: Value| {
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "gateways.istio.io", "labels": labels}})
    };
    let there = |labels: Value| move |s: &mut Survey| s.definitions = Ok(objects(&[definition(labels)]));
    let wanted = [definition(json!({}))];
    check(&wanted, |_| (), "existing parts", "");
    check(&wanted, there(json!({"stackwright.io/installation": "prod"})), "existing parts", "");
    check(&wanted, there(json!({})), "existing parts", "warn: 1 definition is there already (istio.io)");
    let other = there(json!({"stackwright.io/installation": "test"}));
    check(&wanted, other, "existing parts", "fail: another installation owns gateways.istio.io");
}

#[test]
fn ports_and_permissions() {
    let service = |labels: Value| {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "n", "labels": labels},
            "spec": {"ports": [{"port": 443, "nodePort": 31390}]}})
    };
    let there = |labels: Value| move |s: &mut Survey| s.services = Ok(objects(&[service(labels)]));
    check(&[], |_| (), "ports", "pass: node port 31390 is free");
    check(&[], there(json!({})), "ports", "fail: node port 31390 belongs to Service n/s");
    check(&[], there(json!({"stackwright.io/installation": "prod"})), "ports", "pass: node port 31390 is free");
    check(&[], |_| (), "permissions", "pass: everything an apply does is allowed");
    let denied = |s: &mut Survey| s.denied = Ok(vec!["create namespaces".into(), "patch deployments.apps".into()]);
    check(&[], denied, "permissions", "fail: you may not create namespaces, patch deployments.apps");
}

#[test]
fn gpus() {
    let policy = |driver: bool| {
        json!({"apiVersion": "nvidia.com/v1", "kind": "ClusterPolicy", "metadata": {"name": "p"},
            "spec": {"driver": {"enabled": driver}}})
    };
    let said_of = |node: Value, driver: bool| {
        let wanted = objects(&[policy(driver)]);
        let found = Survey { nodes: Ok(objects(&[node])), ..survey() };
        said(&preflight(&Demand { wants_gpus: true, ..demand(&wanted) }, &found), "GPU")
    };
    let labelled = |labels: Value, gpus: Value| {
        node("g", "16", "64G", json!({"metadata": {"labels": labels}, "status": {"allocatable": gpus}}))
    };
    assert_eq!(said_of(labelled(json!({}), json!({})), true), "warn: no node tells of an NVIDIA GPU yet");
    let card = json!({"feature.node.kubernetes.io/pci-10de.present": "true"});
    assert_eq!(said_of(labelled(card.clone(), json!({})), true), "pass: g; the driver does not tell its version yet");
    assert_eq!(
        said_of(labelled(card, json!({})), false),
        "warn: g; the driver does not tell its version yet; no GPU is offered to pods"
    );
    let versions = json!({"nvidia.com/gpu.present": "true", "nvidia.com/cuda.driver-version.full": "550.90.07",
        "nvidia.com/cuda.runtime-version.full": "12.4"});
    assert_eq!(
        said_of(labelled(versions, json!({"nvidia.com/gpu": "2"})), true),
        "pass: g with driver 550.90.07, CUDA 12.4"
    );
    assert_eq!(
        said_of(labelled(json!({}), json!({"nvidia.com/gpu": "2"})), true),
        "warn: g; the driver does not tell its version yet; GPUs are offered to pods already"
    );
}

#[test]
fn only_nodes_that_take_pods_count() {
    let dedicated = json!({"spec": {"taints": [{"key": "dedicated", "value": "x", "effect": "NoSchedule"}]}});
    let tainted = |s: &mut Survey| {
        s.nodes = Ok(objects(&[node("a", "16", "64G", json!({})), node("b", "16", "64G", dedicated.clone())]));
        // What fills a node that takes no pods of ours is not in their way.
        s.pods = Ok(objects(&[
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "m"}, "spec":
            {"nodeName": "b", "containers": [{"resources": {"requests": {"cpu": "16"}}}]}, "status": {"phase": "Running"}}),
        ]));
    };
    check(&[], tainted, "nodes", "fail: 1 ready, not b (taint dedicated=x:NoSchedule)");
    check(&[], tainted, "size", "fail: 16 vCPU and 64 GB; the mini edition needs 24 vCPU and 96 GB");
    let deployment = |more: Value| {
        let mut spec = json!({"containers": [{"resources": {"requests": {"cpu": "12"}}}]});
        merge(&mut spec, more);
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "n"}, "spec": {
            "template": {"spec": spec}}})
    };
    let plain = [deployment(json!({}))];
    let found = "pods will request 12 CPU and 0 GiB of memory, and 16 CPU and 59.6 GiB of memory are free";
    check(&plain, tainted, "room", &format!("pass: {found}"));
    let tolerating = [deployment(json!({"tolerations": [{"key": "dedicated", "operator": "Exists"}]}))];
    check(&tolerating, tainted, "nodes", "pass: 2 ready");
}

#[test]
fn cluster_domains() {
    let domain = |name: &'static str| move |s: &mut Survey| s.domain = name.into();
    check(&[], domain(""), "cluster domain", "pass: cluster.local is assumed; no CoreDNS tells another");
    check(&[], domain("cluster.local"), "cluster domain", "pass: cluster.local");
    let other = "fail: the cluster's DNS serves corp.example, and the platform is made for cluster.local";
    check(&[], domain("corp.example"), "cluster domain", other);
}
