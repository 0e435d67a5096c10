//! Two objects that want one thing: one gets it, and the cluster comes to rest.

use super::*;

const CERTIFICATES: &str = "/apis/cert-manager.io/v1/namespaces/default/certificates";

fn certificate(name: &str, host: &str) -> Value {
    json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": name, "namespace": "default"},
        "spec": {"secretName": "shared", "dnsNames": [host], "issuerRef": {"name": "own"}}})
}

#[tokio::test]
async fn two_certificates_of_one_secret() {
    let stage = Stage::open();
    for (name, kind, scope) in [
        ("certificates.cert-manager.io", "Certificate", "Namespaced"),
        ("issuers.cert-manager.io", "Issuer", "Namespaced"),
        ("clusterissuers.cert-manager.io", "ClusterIssuer", "Cluster"),
    ] {
        serve_crd(&stage, custom(name, kind, scope)).await;
    }
    let issuer = json!({"apiVersion": "cert-manager.io/v1", "kind": "Issuer",
        "metadata": {"name": "own", "namespace": "default"}, "spec": {"selfSigned": {}}});
    stage.create("/apis/cert-manager.io/v1/namespaces/default/issuers", issuer).await;
    let ready = |one: &Value| look::condition_holds(one, "Ready");
    stage.create(CERTIFICATES, certificate("first", "a.example")).await;
    stage.until(&format!("{CERTIFICATES}/first"), ready).await;
    let secret = "/api/v1/namespaces/default/secrets/shared";
    let issued = stage.get(secret).await.expect("a Secret");
    stage.create(CERTIFICATES, certificate("second", "b.example")).await;
    let refused =
        stage.until(&format!("{CERTIFICATES}/second"), |one| reason(one, "Ready") == "IncorrectCertificate").await;
    let said = look::text(&look::items(&refused, "/status/conditions")[0], "/message");
    assert!(said.starts_with("Secret was issued for \"first\"."), "{said}");
    stage.settle().await;
    assert_eq!(stage.get(secret).await.expect("a Secret")["data"], issued["data"], "the Secret was issued again");
    // The heir takes over.
    stage.delete(&format!("{CERTIFICATES}/first"), json!({})).await;
    stage.until(&format!("{CERTIFICATES}/second"), ready).await;
    let inherited = stage.get(secret).await.expect("a Secret");
    assert_eq!(look::annotation(&inherited, "cert-manager.io/alt-names"), Some("b.example"));
    stage.settle().await;
}

#[tokio::test]
async fn two_autoscalers_of_one_target() {
    let stage = Stage::open();
    stage.create(DEPLOYMENTS, deployment("web", 3, "a:1")).await;
    let scalers = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
    let scaler = |name: &str, least: u32, most: u32| {
        json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": name, "namespace": "default"}, "spec": {"minReplicas": least, "maxReplicas": most,
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}})
    };
    // No number satisfies both.
    stage.create(scalers, scaler("few", 1, 2)).await;
    stage.create(scalers, scaler("many", 5, 6)).await;
    for name in ["few", "many"] {
        let path = format!("{scalers}/{name}");
        stage.until(&path, |one| reason(one, "ScalingActive") == "AmbiguousSelector").await;
    }
    stage.settle().await;
    stage.delete(&format!("{scalers}/few"), json!({})).await;
    stage.until(&format!("{DEPLOYMENTS}/web"), |one| one["spec"]["replicas"] == 5 && is_complete(one)).await;
    stage.settle().await;
}

#[tokio::test]
async fn two_claims_of_one_volume() {
    let stage = Stage::open();
    let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "disk"},
        "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/disk"}}});
    stage.create("/api/v1/persistentvolumes", volume).await;
    let claims = "/api/v1/namespaces/default/persistentvolumeclaims";
    let claim = |name: &str| {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": "default"},
            "spec": {"accessModes": ["ReadWriteOnce"], "volumeName": "disk", "storageClassName": "",
                "resources": {"requests": {"storage": "1Gi"}}}})
    };
    stage.create(claims, claim("one")).await;
    stage.until(&format!("{claims}/one"), |one| one["status"]["phase"] == "Bound").await;
    stage.create(claims, claim("two")).await;
    stage.settle().await;
    let late = stage.get(&format!("{claims}/two")).await.expect("a claim");
    assert_eq!(late["status"]["phase"], "Pending");
    let volume = stage.get("/api/v1/persistentvolumes/disk").await.expect("a volume");
    assert_eq!((&volume["spec"]["claimRef"]["name"], &volume["status"]["phase"]), (&json!("one"), &json!("Bound")));
    let events = stage.list("/api/v1/namespaces/default/events").await;
    let said = "volume \"disk\" already bound to a different claim.";
    assert!(events.iter().any(|event| event["message"] == said), "{events:?}");
}

#[tokio::test]
async fn two_programs_of_one_configuration() {
    let stage = Stage::open();
    for (namespace, name) in [("knative-serving", "webhook"), ("knative-eventing", "eventing-webhook")] {
        stage
            .create(
                "/api/v1/namespaces",
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}),
            )
            .await;
        let mut program = deployment(name, 1, "a:1");
        program["metadata"]["namespace"] = namespace.into();
        stage.create(&format!("/apis/apps/v1/namespaces/{namespace}/deployments"), program).await;
    }
    let webhook = |name: &str, namespace: &str, service: &str| {
        json!({"name": name, "clientConfig": {"service": {"namespace": namespace, "name": service}}, "sideEffects": "None",
            "admissionReviewVersions": ["v1"], "rules": [{"apiGroups": ["none.example"], "apiVersions": ["v1"],
                "resources": ["things"], "operations": ["CREATE"]}]})
    };
    let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    let configuration = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "both"}, "webhooks": [webhook("a.example.com", "knative-serving", "webhook"),
            webhook("b.example.com", "knative-eventing", "eventing-webhook")]});
    stage.create(path, configuration).await;
    let bundle = |one: &Value, index: usize| one["webhooks"][index]["clientConfig"]["caBundle"].clone();
    let filled =
        stage.until(&format!("{path}/both"), |one| bundle(one, 0).is_string() && bundle(one, 1).is_string()).await;
    assert_ne!(bundle(&filled, 0), bundle(&filled, 1), "each program has its own authority");
    stage.settle().await;
}

#[tokio::test]
async fn quotas_are_counted_and_obeyed() {
    let stage = Stage::open();
    let quotas = "/api/v1/namespaces/default/resourcequotas";
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q", "namespace": "default"},
        "spec": {"hard": {"requests.cpu": "1", "limits.memory": "4Gi", "count/secrets": "1"}}});
    stage.create(quotas, quota).await;
    stage.until(&format!("{quotas}/q"), |one| one["status"]["hard"].is_object()).await;
    let pod = |name: &str, resources: Value| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [
            {"name": "b", "image": "i", "resources": resources}, {"name": "a", "image": "i", "resources": resources}]}})
    };
    let refused = async |path: &str, object: Value| {
        let error = stage.send("POST", path, "application/json", object).await.expect_err("refused");
        let kube::Error::Api(status) = error else { panic!("{error}") };
        assert_eq!((status.code, status.reason.as_str()), (403, "Forbidden"));
        status.message.clone()
    };
    let said = refused(PODS, pod("p", json!({"requests": {"cpu": "1"}}))).await;
    assert_eq!(said, "pods \"p\" is forbidden: failed quota: q: must specify limits.memory for: a,b");
    let said = refused(PODS, pod("p", json!({}))).await;
    assert_eq!(
        said,
        "pods \"p\" is forbidden: failed quota: q: must specify limits.memory for: a,b; requests.cpu for: a,b"
    );
    let enough = json!({"requests": {"cpu": "300m"}, "limits": {"memory": "1Gi"}});
    stage.create(PODS, pod("p", enough.clone())).await;
    let said = refused(PODS, pod("q", enough.clone())).await;
    let expected = "pods \"q\" is forbidden: exceeded quota: q, requested: requests.cpu=600m, used: requests.cpu=600m, \
                    limited: requests.cpu=1";
    assert_eq!(said, expected);
    let secret = |name: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}});
    let secrets = "/api/v1/namespaces/default/secrets";
    stage.create(secrets, secret("one")).await;
    let said = refused(secrets, secret("two")).await;
    let expected = "secrets \"two\" is forbidden: exceeded quota: q, requested: count/secrets=1, used: count/secrets=1, \
                    limited: count/secrets=1";
    assert_eq!(said, expected);
    // With a LimitRange nobody need say anything.
    let range = json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "usual", "namespace": "default"},
        "spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}, "default": {"memory": "256Mi"},
            "defaultRequest": {"cpu": "50m"}}]}});
    let made = stage.create("/api/v1/namespaces/default/limitranges", range).await;
    assert_eq!(made["spec"]["limits"][0]["default"], json!({"memory": "256Mi", "cpu": "2"}));
    let made = stage.create(PODS, pod("r", json!({}))).await;
    let resources = json!({"requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"memory": "256Mi", "cpu": "2"}});
    assert_eq!(made["spec"]["containers"][0]["resources"], resources);
    assert_eq!(made["status"]["qosClass"], "Burstable");
    let said = "LimitRanger plugin set: cpu, memory request for container b; cpu, memory limit for container b; \
                cpu, memory request for container a; cpu, memory limit for container a";
    assert_eq!(look::annotation(&made, "kubernetes.io/limit-ranger"), Some(said));
    let said = refused(PODS, pod("s", json!({"limits": {"cpu": "3"}, "requests": {"cpu": "1m"}}))).await;
    let one = "maximum cpu usage per Container is 2, but limit is 3";
    assert_eq!(said, format!("pods \"s\" is forbidden: [{one}, {one}]"));
    stage.until(&format!("{quotas}/q"), |one| one["status"]["used"]["requests.cpu"] == "700m").await;
    // What a quota cannot limit.
    let wrong = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "w"},
        "spec": {"hard": {"gpu": "1"}}});
    let error = stage.send("POST", quotas, "application/json", wrong).await.expect_err("refused");
    assert!(error.to_string().contains("spec.hard[gpu]: Invalid value: gpu: must be a standard resource for quota"));
}
