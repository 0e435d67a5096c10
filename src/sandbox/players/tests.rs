//! The players on the sandbox, in process.

use std::time::Duration;
use std::time::Instant;

use kube::Client;
use serde_json::Value;
use serde_json::json;

use super::PlayerOptions;
use super::PlayerSet;
use super::Players;
use super::look;
use crate::object::schema::crd_from_notation;
use crate::sandbox::Sandbox;
use crate::sandbox::SandboxOptions;

mod rivals;

/// A sandbox with players, and short ways to write and to wait.
struct Stage {
    sandbox: Sandbox,
    client: Client,
    _players: Players,
}

impl Stage {
    fn open() -> Self {
        Self::open_with(PlayerOptions::default())
    }

    fn open_with(options: PlayerOptions) -> Self {
        let sandbox = Sandbox::open(None, SandboxOptions::default()).expect("a sandbox in memory");
        let players = Players::start_in(&sandbox, options);
        let client = sandbox.client();
        Self { sandbox, client, _players: players }
    }

    async fn send(&self, verb: &str, path: &str, content_type: &str, body: Value) -> Result<Value, kube::Error> {
        let request = http::Request::builder().method(verb).uri(path).header("content-type", content_type);
        self.client.request(request.body(body.to_string().into_bytes()).expect("a request")).await
    }

    async fn create(&self, path: &str, object: Value) -> Value {
        self.send("POST", path, "application/json", object).await.unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }

    async fn patch(&self, path: &str, patch: Value) -> Value {
        let sent = self.send("PATCH", path, "application/merge-patch+json", patch).await;
        sent.unwrap_or_else(|error| panic!("PATCH {path}: {error}"))
    }

    async fn delete(&self, path: &str, options: Value) {
        self.send("DELETE", path, "application/json", options)
            .await
            .unwrap_or_else(|error| panic!("DELETE {path}: {error}"));
    }

    async fn get(&self, path: &str) -> Option<Value> {
        self.send("GET", path, "application/json", json!({})).await.ok()
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        let list = self.get(path).await.unwrap_or_default();
        look::items(&list, "/items").to_vec()
    }

    /// Waits until an object is as wanted.
    async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let found = self.get(path).await;
            if let Some(object) = found.as_ref().filter(|object| wanted(object)) {
                return object.clone();
            }
            assert!(Instant::now() < end, "{path} did not become as wanted: {found:#?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn until_gone(&self, path: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        while let Some(object) = self.get(path).await {
            assert!(Instant::now() < end, "{path} is still there: {object:#?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn writes(&self) -> u64 {
        let kinds = self.sandbox.requests_by_kind();
        let is_write = |key: &str| ["create", "update", "patch", "delete"].iter().any(|verb| key.starts_with(verb));
        kinds.iter().filter(|(key, _)| is_write(key)).map(|(_, count)| count).sum()
    }

    /// Waits until nobody writes any more for half a second, and proves that it stays so.
    async fn settle(&self) {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let before = self.sandbox.requests_by_kind();
            let count = self.writes();
            tokio::time::sleep(Duration::from_millis(500)).await;
            if self.writes() == count {
                return;
            }
            let after = self.sandbox.requests_by_kind();
            let busy: Vec<_> = after.iter().filter(|(key, count)| before.get(*key) != Some(count)).collect();
            assert!(Instant::now() < end, "the cluster does not settle: {busy:?}");
        }
    }
}

fn deployment(name: &str, replicas: u32, image: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "default"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "main", "image": image, "ports": [{"containerPort": 80, "name": "http"}]}]}}}})
}

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";
const PODS: &str = "/api/v1/namespaces/default/pods";

fn is_complete(deployment: &Value) -> bool {
    let status = &deployment["status"];
    let wanted = &deployment["spec"]["replicas"];
    let counts = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"];
    status["observedGeneration"] == deployment["metadata"]["generation"]
        && counts.iter().all(|count| status[count] == *wanted)
}

fn reason(object: &Value, kind: &str) -> String {
    let conditions = look::items(object, "/status/conditions");
    conditions.iter().find(|one| one["type"] == kind).map_or("", |one| look::text(one, "/reason")).to_owned()
}

#[tokio::test]
async fn a_deployment_rolls_out_and_over() {
    let stage = Stage::open();
    stage.create(DEPLOYMENTS, deployment("web", 3, "web:1")).await;
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}});
    stage.create("/api/v1/namespaces/default/services", service).await;
    let path = format!("{DEPLOYMENTS}/web");
    let done =
        stage.until(&path, |one| is_complete(one) && reason(one, "Progressing") == "NewReplicaSetAvailable").await;
    assert_eq!(reason(&done, "Available"), "MinimumReplicasAvailable");
    assert_eq!(done["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "1");
    let slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
    let end = Instant::now() + Duration::from_secs(10);
    let ready = |slice: &Value| {
        look::items(slice, "/endpoints").iter().filter(|one| one["conditions"]["ready"] == true).count()
    };
    while stage.list(slices).await.iter().map(ready).sum::<usize>() != 3 {
        assert!(Instant::now() < end, "no three ready addresses");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "web:2"}]}}}});
    stage.patch(&path, image).await;
    stage
        .until(&path, |one| {
            is_complete(one) && one["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
        })
        .await;
    stage.settle().await;
    let pods = stage.list(PODS).await;
    assert_eq!(pods.len(), 3);
    assert!(pods.iter().all(|pod| pod["spec"]["containers"][0]["image"] == "web:2"));
    let sets = stage.list("/apis/apps/v1/namespaces/default/replicasets").await;
    let mut sizes: Vec<_> = sets.iter().map(|set| set["spec"]["replicas"].as_i64()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [Some(0), Some(3)]);
    stage.patch(&path, json!({"spec": {"replicas": 1}})).await;
    stage.until(&path, is_complete).await;
    stage.delete(&path, json!({"propagationPolicy": "Foreground"})).await;
    stage.until_gone(&path).await;
    stage.settle().await;
    assert_eq!(stage.list(PODS).await.len(), 0);
}

#[tokio::test]
async fn rollouts_that_stand_still() {
    let stage = Stage::open();
    let mut web = deployment("web", 3, "web:1");
    web["spec"]["progressDeadlineSeconds"] = 1.into();
    stage.create(DEPLOYMENTS, web).await;
    let mut data = deployment("data", 1, "data:1");
    data["spec"]["strategy"] = json!({"type": "Recreate"});
    stage.create(DEPLOYMENTS, data).await;
    let (web, data) = (format!("{DEPLOYMENTS}/web"), format!("{DEPLOYMENTS}/data"));
    stage.until(&web, is_complete).await;
    stage.until(&data, is_complete).await;
    let fault = |fault: Value| json!({"spec": {"template": {"metadata": {"annotations": {"sandbox.stackwright.io/fault": fault}}}}});
    stage.patch(&web, fault("image-pull".into())).await;
    let stuck = stage.until(&web, |one| reason(one, "Progressing") == "ProgressDeadlineExceeded").await;
    assert_eq!((&stuck["status"]["availableReplicas"], &stuck["status"]["updatedReplicas"]), (&json!(3), &json!(1)));
    stage.settle().await;
    stage.patch(&web, fault(Value::Null)).await;
    stage.until(&web, |one| is_complete(one) && reason(one, "Progressing") == "NewReplicaSetAvailable").await;
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "data:2"}]}}}});
    stage.patch(&data, image).await;
    stage
        .until(&data, |one| {
            is_complete(one) && one["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
        })
        .await;
    let mut job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "broken", "namespace": "default"},
        "spec": {"backoffLimit": 2, "template": {"metadata": {"annotations": {"sandbox.stackwright.io/exit-code": "3"}}}}});
    job["spec"]["template"]["spec"] =
        json!({"restartPolicy": "Never", "containers": [{"name": "main", "image": "a:1"}]});
    stage.create("/apis/batch/v1/namespaces/default/jobs", job).await;
    let failed =
        stage.until("/apis/batch/v1/namespaces/default/jobs/broken", |one| look::condition_holds(one, "Failed")).await;
    assert_eq!((reason(&failed, "Failed").as_str(), &failed["status"]["failed"]), ("BackoffLimitExceeded", &json!(3)));
    stage.settle().await;
}

#[tokio::test]
async fn pods_wait_for_what_they_miss() {
    let stage = Stage::open();
    let mut waiting = deployment("waiting", 1, "a:1");
    waiting["spec"]["template"]["spec"]["volumes"] = json!([{"name": "s", "secret": {"secretName": "late"}}]);
    stage.create(DEPLOYMENTS, waiting).await;
    let mut nobody = deployment("nobody", 1, "a:1");
    nobody["spec"]["template"]["spec"]["serviceAccountName"] = "robot".into();
    stage.create(DEPLOYMENTS, nobody).await;
    let stuck =
        stage.until(&format!("{DEPLOYMENTS}/nobody"), |one| reason(one, "ReplicaFailure") == "FailedCreate").await;
    assert!(stuck.to_string().contains("serviceaccount \\\"robot\\\" not found"), "{stuck}");
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let events = stage.list("/api/v1/namespaces/default/events").await;
        let told = |event: &Value| {
            event["reason"] == "FailedMount" && look::text(event, "/message").contains("secret \"late\" not found")
        };
        if events.iter().any(told) {
            break;
        }
        assert!(Instant::now() < end, "no FailedMount among {events:#?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stage.settle().await;
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "late", "namespace": "default"}});
    stage.create("/api/v1/namespaces/default/secrets", secret).await;
    stage.until(&format!("{DEPLOYMENTS}/waiting"), is_complete).await;
    let account =
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot", "namespace": "default"}});
    stage.create("/api/v1/namespaces/default/serviceaccounts", account).await;
    stage.until(&format!("{DEPLOYMENTS}/nobody"), is_complete).await;
}

#[tokio::test]
async fn pods_fail_when_asked_to() {
    let stage = Stage::open();
    for fault in ["image-pull", "crash-loop", "unschedulable", "never-ready"] {
        let mut object = deployment(fault, 1, "a:1");
        object["spec"]["template"]["metadata"]["annotations"] =
            json!({"sandbox.stackwright.io/fault": fault, "sandbox.stackwright.io/log": "it broke"});
        stage.create(DEPLOYMENTS, object).await;
    }
    stage.settle().await;
    let pods = stage.list(PODS).await;
    let state = |fault: &str| {
        let pod = pods.iter().find(|pod| look::label(pod, "app") == Some(fault)).expect("a pod");
        let waiting = look::text(pod, "/status/containerStatuses/0/state/waiting/reason").to_owned();
        (look::text(pod, "/status/phase").to_owned(), waiting, reason(pod, "PodScheduled"), reason(pod, "Ready"))
    };
    let texts = |a: &str, b: &str, c: &str, d: &str| (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned());
    assert_eq!(state("image-pull"), texts("Pending", "ImagePullBackOff", "", "ContainersNotReady"));
    assert_eq!(state("crash-loop"), texts("Running", "CrashLoopBackOff", "", "ContainersNotReady"));
    assert_eq!(state("unschedulable"), texts("Pending", "", "Unschedulable", ""));
    assert_eq!(state("never-ready"), texts("Running", "", "", "ContainersNotReady"));
    assert!(
        pods.iter()
            .any(|pod| look::text(pod, "/status/containerStatuses/0/lastState/terminated/message") == "it broke")
    );
}

#[tokio::test]
async fn stateful_sets_daemons_and_jobs() {
    let stage = Stage::open();
    let template = |name: &str| json!({"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "main", "image": "a:1"}]}});
    let set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "namespace": "default"},
        "spec": {"replicas": 2, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}}, "template": template("db"),
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "10Gi"}}}}]}});
    let daemons = json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent", "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": "agent"}}, "template": template("agent")}});
    let mut job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once", "namespace": "default"},
        "spec": {"template": template("once")}});
    job["spec"]["template"]["spec"]["restartPolicy"] = "Never".into();
    let (sets, agents) =
        ("/apis/apps/v1/namespaces/default/statefulsets", "/apis/apps/v1/namespaces/default/daemonsets");
    stage.create(sets, set).await;
    stage.create(agents, daemons).await;
    stage.create("/apis/batch/v1/namespaces/default/jobs", job).await;
    let set = stage.until(&format!("{sets}/db"), |one| one["status"]["availableReplicas"] == 2).await;
    assert_eq!(set["status"]["currentRevision"], set["status"]["updateRevision"]);
    let claim = stage.get("/api/v1/namespaces/default/persistentvolumeclaims/data-db-1").await.expect("a claim");
    assert_eq!((&claim["status"]["phase"], &claim["spec"]["storageClassName"]), (&json!("Bound"), &json!("standard")));
    stage.until(&format!("{agents}/agent"), |one| one["status"]["numberReady"] == 3).await;
    let job =
        stage.until("/apis/batch/v1/namespaces/default/jobs/once", |one| look::condition_holds(one, "Complete")).await;
    assert_eq!(job["status"]["succeeded"], 1);
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "a:2"}]}}}});
    stage.patch(&format!("{sets}/db"), image.clone()).await;
    stage.patch(&format!("{agents}/agent"), image).await;
    stage
        .until(&format!("{sets}/db"), |one| {
            one["status"]["updatedReplicas"] == 2
                && one["status"]["readyReplicas"] == 2
                && one["status"]["observedGeneration"] == one["metadata"]["generation"]
                && one["status"]["currentRevision"] == one["status"]["updateRevision"]
        })
        .await;
    stage
        .until(&format!("{agents}/agent"), |one| {
            one["status"]["updatedNumberScheduled"] == 3 && one["status"]["numberReady"] == 3
        })
        .await;
    stage.settle().await;
}

#[tokio::test]
async fn namespaces_are_furnished_and_drained() {
    let stage = Stage::open();
    stage
        .create("/api/v1/namespaces", json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}))
        .await;
    stage.until("/api/v1/namespaces/team/serviceaccounts/default", |_| true).await;
    let map = stage.until("/api/v1/namespaces/team/configmaps/kube-root-ca.crt", |_| true).await;
    assert!(look::text(&map, "/data/ca.crt").starts_with("-----BEGIN CERTIFICATE-----"));
    let mut object = deployment("web", 2, "a:1");
    object["metadata"]["namespace"] = "team".into();
    let path = "/apis/apps/v1/namespaces/team/deployments";
    stage.create(path, object).await;
    stage.until(&format!("{path}/web"), is_complete).await;
    stage.delete("/api/v1/namespaces/team", json!({})).await;
    stage.until_gone("/api/v1/namespaces/team").await;
    stage.settle().await;
    assert_eq!(stage.list("/api/v1/pods").await.len(), 0);
}

async fn serve_crd(stage: &Stage, notation: Value) {
    let name = look::text(&notation, "/crd").to_owned();
    let crd = crd_from_notation(&notation).expect("a CRD");
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    stage.create(path, crd.into_value()).await;
    stage.until(&format!("{path}/{name}"), |crd| look::condition_holds(crd, "Established")).await;
}

fn custom(name: &str, kind: &str, scope: &str) -> Value {
    json!({"crd": name, "kind": kind, "scope": scope, "versions": {"v1": {"storage": true, "subresources": ["status"],
        "schema": {"spec": "any", "status": "any"}}}})
}

#[tokio::test]
async fn certificates_are_issued_and_injected() {
    let stage = Stage::open();
    for (name, kind, scope) in [
        ("certificates.cert-manager.io", "Certificate", "Namespaced"),
        ("issuers.cert-manager.io", "Issuer", "Namespaced"),
        ("clusterissuers.cert-manager.io", "ClusterIssuer", "Cluster"),
    ] {
        serve_crd(&stage, custom(name, kind, scope)).await;
    }
    let webhook = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "hook", "annotations": {"cert-manager.io/inject-ca-from": "default/serving"}},
        "webhooks": [{"name": "a.b.c", "admissionReviewVersions": ["v1"], "sideEffects": "None",
            "clientConfig": {"service": {"namespace": "default", "name": "hook"}}}]});
    let hooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    stage.create(hooks, webhook).await;
    let group = "/apis/cert-manager.io/v1/namespaces/default";
    let certificate = |name: &str, issuer: &str, secret: &str, is_authority: bool| {
        json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": name, "namespace": "default"},
            "spec": {"secretName": secret, "dnsNames": ["hook.default.svc"], "commonName": name, "isCA": is_authority,
                "issuerRef": {"kind": "Issuer", "name": issuer}}})
    };
    let issuer = |name: &str, spec: Value| {
        json!({"apiVersion": "cert-manager.io/v1", "kind": "Issuer",
            "metadata": {"name": name, "namespace": "default"}, "spec": spec})
    };
    stage.create(&format!("{group}/certificates"), certificate("serving", "ca", "serving-tls", false)).await;
    stage.until(&format!("{group}/certificates/serving"), |one| reason(one, "Ready") == "DoesNotExist").await;
    stage.create(&format!("{group}/issuers"), issuer("ca", json!({"ca": {"secretName": "root"}}))).await;
    stage.create(&format!("{group}/issuers"), issuer("self", json!({"selfSigned": {}}))).await;
    stage.create(&format!("{group}/certificates"), certificate("root", "self", "root", true)).await;
    stage.until(&format!("{group}/certificates/serving"), |one| look::condition_holds(one, "Ready")).await;
    let secrets = "/api/v1/namespaces/default/secrets";
    let (serving, root) =
        (stage.get(&format!("{secrets}/serving-tls")).await, stage.get(&format!("{secrets}/root")).await);
    let (serving, root) = (serving.expect("a Secret"), root.expect("a Secret"));
    assert_eq!(serving["data"]["ca.crt"], root["data"]["tls.crt"]);
    assert_eq!(serving["type"], "kubernetes.io/tls");
    let bundle = serving["data"]["ca.crt"].clone();
    stage.until(&format!("{hooks}/hook"), |one| one["webhooks"][0]["clientConfig"]["caBundle"] == bundle).await;
    stage.settle().await;
}

#[tokio::test]
async fn profiles_get_their_namespaces() {
    let stage = Stage::open();
    serve_crd(&stage, custom("profiles.kubeflow.org", "Profile", "Cluster")).await;
    serve_crd(&stage, custom("notebooks.kubeflow.org", "Notebook", "Namespaced")).await;
    serve_crd(&stage, custom("authorizationpolicies.security.istio.io", "AuthorizationPolicy", "Namespaced")).await;
    let profile = json!({"apiVersion": "kubeflow.org/v1", "kind": "Profile", "metadata": {"name": "alice"},
        "spec": {"owner": {"kind": "User", "name": "alice@example.com"},
            "resourceQuotaSpec": {"hard": {"cpu": "2000m"}}}});
    stage.create("/apis/kubeflow.org/v1/profiles", profile).await;
    let bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/alice/rolebindings";
    for path in [
        &format!("{bindings}/namespaceAdmin"),
        &format!("{bindings}/default-editor"),
        "/api/v1/namespaces/alice/serviceaccounts/default-viewer",
        "/api/v1/namespaces/alice/resourcequotas/kf-resource-quota",
        "/apis/security.istio.io/v1/namespaces/alice/authorizationpolicies/ns-owner-access-istio",
    ] {
        stage.until(path, |_| true).await;
    }
    let namespace = stage.get("/api/v1/namespaces/alice").await.expect("a namespace");
    assert_eq!(look::annotation(&namespace, "owner"), Some("alice@example.com"));
    assert_eq!(look::label(&namespace, "istio-injection"), Some("enabled"));
    let notebook = json!({"apiVersion": "kubeflow.org/v1", "kind": "Notebook", "metadata": {"name": "lab", "namespace": "alice"},
        // The profile has a quota: who says nothing of what he needs gets nothing.
        "spec": {"template": {"spec": {"containers": [{"name": "lab", "image": "jupyter:1",
            "resources": {"requests": {"cpu": "1"}}}]}}}});
    let notebooks = "/apis/kubeflow.org/v1/namespaces/alice/notebooks";
    stage.create(notebooks, notebook).await;
    stage.until(&format!("{notebooks}/lab"), |one| one["status"]["readyReplicas"] == 1).await;
    stage.settle().await;
    stage.delete("/apis/kubeflow.org/v1/profiles/alice", json!({})).await;
    stage.until_gone("/api/v1/namespaces/alice").await;
    stage.settle().await;
}

#[tokio::test]
async fn roles_are_aggregated_and_replicas_bounded() {
    let stage = Stage::open();
    let roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    let role = |name: &str, label: &str, rules: Value, from: Option<&str>| {
        let mut role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": name, "labels": {label: "true"}}, "rules": rules});
        if let Some(from) = from {
            role["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": {from: "true"}}]});
        }
        role
    };
    let rule = json!([{"apiGroups": ["a"], "resources": ["b"], "verbs": ["get"]}]);
    stage.create(roles, role("top", "none", json!([]), Some("middle"))).await;
    stage.create(roles, role("middle", "middle", json!([]), Some("leaf"))).await;
    stage.create(roles, role("leaf", "leaf", rule.clone(), None)).await;
    stage.until(&format!("{roles}/top"), |one| one["rules"] == rule).await;
    stage.create(DEPLOYMENTS, deployment("web", 1, "a:1")).await;
    let scaler = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "default"}, "spec": {"minReplicas": 2, "maxReplicas": 5,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}});
    stage.create("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers", scaler).await;
    stage.until(&format!("{DEPLOYMENTS}/web"), |one| one["spec"]["replicas"] == 2 && is_complete(one)).await;
    stage.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_cost_few_writes_each() {
    let stage = Stage::open();
    stage.settle().await;
    let (before, count) = (stage.writes(), 40);
    futures::future::join_all((0..count).map(|number| {
        let stage = &stage;
        async move {
            let name = format!("web{number}");
            stage.create(DEPLOYMENTS, deployment(&name, 1, "web:1")).await;
            let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"},
                "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": "http"}]}});
            stage.create("/api/v1/namespaces/default/services", service).await;
        }
    }))
    .await;
    for number in 0..count {
        stage.until(&format!("{DEPLOYMENTS}/web{number}"), is_complete).await;
    }
    stage.settle().await;
    // Two of the test itself; ReplicaSet, pod, two sets of addresses, five events, and each status a few times.
    assert!(
        stage.writes() - before <= 26 * count,
        "{} writes: {:#?}",
        stage.writes() - before,
        stage.sandbox.requests_by_kind()
    );
}

#[tokio::test]
async fn istiod_certifies_its_webhooks() {
    let stage = Stage::open();
    let namespaces = "/api/v1/namespaces";
    stage
        .create(namespaces, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system"}}))
        .await;
    let hooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    let webhook = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "istio-validator-istio-system"},
        "webhooks": [{"name": "rev.validation.istio.io", "admissionReviewVersions": ["v1"], "sideEffects": "None",
            "failurePolicy": "Ignore", "clientConfig": {"service": {"namespace": "istio-system", "name": "istiod"}}}]});
    stage.create(hooks, webhook).await;
    stage.settle().await;
    let mut istiod = deployment("istiod", 1, "pilot:1");
    istiod["metadata"]["namespace"] = "istio-system".into();
    stage.create("/apis/apps/v1/namespaces/istio-system/deployments", istiod).await;
    stage
        .until(&format!("{hooks}/istio-validator-istio-system"), |one| {
            let webhook = &one["webhooks"][0];
            webhook["failurePolicy"] == "Fail" && !look::text(webhook, "/clientConfig/caBundle").is_empty()
        })
        .await;
    stage.until("/api/v1/namespaces/default/configmaps/istio-ca-root-cert", |_| true).await;
    stage.settle().await;
}

#[tokio::test]
async fn claims_take_the_class_and_volumes_follow() {
    let stage = Stage::open();
    stage.settle().await;
    let claims = "/api/v1/namespaces/default/persistentvolumeclaims";
    let claim = |name: &str, class: Option<&str>| {
        let mut claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
        if let Some(class) = class {
            claim["spec"]["storageClassName"] = class.into();
        }
        claim
    };
    let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "fast"},
        "provisioner": "p", "volumeBindingMode": "Immediate", "reclaimPolicy": "Delete"});
    stage.create(claims, claim("lazy", None)).await;
    stage.create(claims, claim("early", Some("fast"))).await;
    stage.settle().await;
    let phase = |one: &Value| look::text(one, "/status/phase").to_owned();
    let lazy = stage.get(&format!("{claims}/lazy")).await.expect("a claim");
    assert_eq!((phase(&lazy).as_str(), &lazy["spec"]["storageClassName"]), ("Pending", &json!("standard")));
    stage.create("/apis/storage.k8s.io/v1/storageclasses", class).await;
    stage.until(&format!("{claims}/early"), |one| phase(one) == "Bound").await;
    let mut user = deployment("user", 1, "a:1");
    user["spec"]["template"]["spec"]["volumes"] =
        json!([{"name": "v", "persistentVolumeClaim": {"claimName": "lazy"}}]);
    stage.create(DEPLOYMENTS, user).await;
    stage.until(&format!("{DEPLOYMENTS}/user"), is_complete).await;
    stage.until(&format!("{claims}/lazy"), |one| phase(one) == "Bound").await;
    assert_eq!(stage.list("/api/v1/persistentvolumes").await.len(), 2);
    stage.delete(&format!("{claims}/early"), json!({})).await;
    stage.until_gone(&format!("{claims}/early")).await;
    stage.settle().await;
    assert_eq!(stage.list("/api/v1/persistentvolumes").await.len(), 1);
}

#[test]
fn a_real_control_plane_needs_only_some() {
    let outside: Vec<_> = PlayerSet::outside_cluster().names().collect();
    assert_eq!(outside, ["certificates", "injector", "notebooks", "profiles", "statuses", "webhooks"]);
    let without = PlayerSet::outside_cluster().without(&["certificates", "injector"]);
    assert!(!without.contains("certificates") && without.contains("profiles"));
    assert!(PlayerSet::all().contains("kubelet"));
}
