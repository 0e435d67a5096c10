//! Webhooks of admission and conversion, as the server obeys them.

use super::*;

#[tokio::test]
async fn webhooks_are_obeyed() {
    let sandbox = sandbox();
    let client = sandbox.client();
    let hooks = api(
        &client,
        "admissionregistration.k8s.io/v1",
        "MutatingWebhookConfiguration",
        "mutatingwebhookconfigurations",
        "",
    );
    let configuration = |bundle: &str| {
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": {"name": "h"},
            "webhooks": [{
                "name": "h.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
                "clientConfig": {"service": {"namespace": "default", "name": "hook", "path": "/mutate"}, "caBundle": bundle},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}],
            }],
        })
    };
    apply(&hooks, "one", configuration("")).await.expect("applies");
    let maps = config_maps(&client);
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
    let fails = async |expected: &str| {
        let refused = status(apply(&maps, "one", map.clone()).await.expect_err("webhook down"));
        assert_eq!(refused.code, 500);
        assert!(refused.message.starts_with("Internal error occurred: failed calling webhook \"h.example.com\": failed to call webhook: Post \"https://hook.default.svc:443/mutate?timeout=10s\":"), "{}", refused.message);
        assert!(refused.message.ends_with(expected), "{}", refused.message);
    };
    fails("service \"hook\" not found").await;
    let services = api(&client, "v1", "Service", "services", "default");
    apply(&services, "one", json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "hook"}, "spec": {"ports": [{"port": 443}]}})).await.expect("applies");
    fails("connect: connection refused").await;
    sandbox.register_webhook("default", "hook", |path, review: Value| async move {
        assert_eq!(path, "/mutate");
        let patch = json!([{"op": "add", "path": "/data", "value": {"by": "hook"}}]).to_string();
        use base64::Engine;
        let patch = base64::engine::general_purpose::STANDARD.encode(patch);
        json!({"response": {"uid": review["request"]["uid"], "allowed": true, "patchType": "JSONPatch", "patch": patch}})
    });
    fails("connect: connection refused").await;
    let slices = api(&client, "discovery.k8s.io/v1", "EndpointSlice", "endpointslices", "default");
    apply(&slices, "one", json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "hook-1", "labels": {"kubernetes.io/service-name": "hook"}}, "addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}]})).await.expect("applies");
    fails("x509: certificate signed by unknown authority").await;
    apply(&hooks, "one", configuration("Q0E=")).await.expect("applies");
    let made = apply(&maps, "one", map.clone()).await.expect("allowed");
    assert_eq!(made["data"], json!({"by": "hook"}));
    sandbox.register_webhook("default", "hook", |_, review: Value| async move {
        json!({"response": {"uid": review["request"]["uid"], "allowed": false, "status": {"message": "no"}}})
    });
    let mut other = map.clone();
    other["metadata"]["name"] = "b".into();
    let refused = status(apply(&maps, "one", other).await.expect_err("denied"));
    assert_eq!(
        (refused.code, refused.message.as_str()),
        (403, "admission webhook \"h.example.com\" denied the request: no")
    );
}

/// A Service with a ready endpoint, so that webhooks behind it can be reached.
async fn serve_service(client: &Client, name: &str) {
    let services = api(client, "v1", "Service", "services", "default");
    let service =
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": [{"port": 443}]}});
    apply(&services, "one", service).await.expect("applies");
    let slices = api(client, "discovery.k8s.io/v1", "EndpointSlice", "endpointslices", "default");
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": name, "labels": {"kubernetes.io/service-name": name}},
        "endpoints": [{"addresses": ["10.0.0.1"]}],
    });
    apply(&slices, "one", slice).await.expect("applies");
}

#[tokio::test]
async fn versions_are_converted_by_their_webhook() {
    let sandbox = sandbox();
    let client = sandbox.client();
    let crds = api(&client, "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", "");
    let mut crd = crd();
    crd["spec"]["conversion"] = json!({"strategy": "Webhook", "webhook": {
        "conversionReviewVersions": ["v1"],
        "clientConfig": {"caBundle": "Q0E=", "service": {"namespace": "default", "name": "convert", "path": "/convert"}},
    }});
    apply(&crds, "one", crd).await.expect("applies");
    let widgets = api(&client, "example.com/v1", "Widget", "widgets", "default");
    let widget =
        json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 2}});
    apply(&widgets, "one", widget).await.expect("in its storage version");
    let beta = api(&client, "example.com/v1beta1", "Widget", "widgets", "default");
    let down = status(beta.get("w").await.expect_err("nobody converts"));
    assert!(down.message.contains("conversion webhook for example.com/v1, Kind=Widget failed"), "{}", down.message);
    serve_service(&client, "convert").await;
    sandbox.register_webhook("default", "convert", |path, review: Value| async move {
        assert_eq!(path, "/convert");
        let mut object = review["request"]["objects"][0].clone();
        let wanted = review["request"]["desiredAPIVersion"].clone();
        let (from, to) = if wanted == "example.com/v1" { ("width", "size") } else { ("size", "width") };
        let spec = object["spec"].as_object_mut().expect("a spec");
        let value = spec.shift_remove(from).unwrap_or_default();
        spec.insert(to.into(), value);
        object["apiVersion"] = wanted;
        json!({"response": {"uid": review["request"]["uid"], "result": {"status": "Success"}, "convertedObjects": [object]}})
    });
    assert_eq!(beta.get("w").await.expect("converted").data["spec"]["width"], 2);
    assert_eq!(beta.list(&ListParams::default()).await.expect("converted").items[0].data["spec"]["width"], 2);
    beta.patch("w", &PatchParams::default(), &Patch::Merge(json!({"spec": {"width": 3}})))
        .await
        .expect("there and back");
    assert_eq!(widgets.get("w").await.expect("stored").data["spec"]["size"], 3);
}

#[tokio::test]
async fn validating_webhooks_select_and_may_be_ignored() {
    let sandbox = sandbox();
    let client = sandbox.client();
    let hooks = api(
        &client,
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        "validatingwebhookconfigurations",
        "",
    );
    let configuration = |policy: &str, side_effects: &str, labels: Value| {
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "h"},
            "webhooks": [{
                "name": "h.example.com", "admissionReviewVersions": ["v1"], "sideEffects": side_effects, "failurePolicy": policy,
                "clientConfig": {"service": {"namespace": "default", "name": "hook"}, "caBundle": "Q0E="},
                "namespaceSelector": {"matchLabels": labels},
                "rules": [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["configmaps"]}],
            }],
        })
    };
    let maps = config_maps(&client);
    let map = |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
    let here = json!({"kubernetes.io/metadata.name": "default"});
    apply(&hooks, "one", configuration("Ignore", "None", here.clone())).await.expect("applies");
    apply(&maps, "one", map("a")).await.expect("down and ignored");
    apply(&hooks, "one", configuration("Fail", "None", json!({"x": "y"}))).await.expect("applies");
    apply(&maps, "one", map("b")).await.expect("another namespace");
    apply(&hooks, "one", configuration("Fail", "None", here.clone())).await.expect("applies");
    assert_eq!(status(maps.delete("b", &Default::default()).await.expect_err("down")).code, 500);
    serve_service(&client, "hook").await;
    sandbox.register_webhook("default", "hook", |_, review: Value| async move {
        let allowed = review["request"]["operation"] != "DELETE";
        json!({"response": {"uid": review["request"]["uid"], "allowed": allowed, "status": {"code": 409, "reason": "Conflict", "message": "in use"}}})
    });
    apply(&maps, "one", map("c")).await.expect("allowed");
    let denied = status(maps.delete("c", &Default::default()).await.expect_err("denied"));
    assert_eq!(
        (denied.code, denied.message.as_str()),
        (409, "admission webhook \"h.example.com\" denied the request: in use")
    );
    sandbox.unregister_webhook("default", "hook");
    assert_eq!(status(apply(&maps, "one", map("d")).await.expect_err("down")).code, 500);
}
