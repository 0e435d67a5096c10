//! Versions that custom resources are stored in: when one may be dropped, what brings objects into another one, and what
//! becomes of those that were forgotten.

use kube::api::ListParams;
use kube::api::Patch;
use kube::api::PatchParams;
use kube::api::PostParams;
use serde_json::Value;
use serde_json::json;

use super::api;
use super::apply;
use super::sandbox;
use super::status;

/// Versions with whether each is the stored one.
fn definition(versions: &[(&str, bool)]) -> Value {
    let version = |(name, storage): &(&str, bool)| {
        json!({"name": name, "served": true, "storage": storage, "schema": {"openAPIV3Schema": {
            "type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}}})
    };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "gears.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced", "names": {"plural": "gears", "kind": "Gear"},
            "versions": versions.iter().map(version).collect::<Vec<_>>(),
        },
    })
}

#[tokio::test]
async fn a_stored_version_goes_only_with_what_is_stored_in_it() {
    let sandbox = sandbox();
    let client = sandbox.client();
    let crds = api(&client, "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", "");
    apply(&crds, "one", definition(&[("v1", true), ("v2", false)])).await.expect("applies");
    let gears = api(&client, "example.com/v2", "Gear", "gears", "default");
    for name in ["moved", "forgotten"] {
        let gear =
            json!({"apiVersion": "example.com/v2", "kind": "Gear", "metadata": {"name": name}, "spec": {"size": 1}});
        apply(&gears, "one", gear).await.expect("applies");
    }
    let changed = apply(&crds, "one", definition(&[("v1", false), ("v2", true)])).await.expect("applies");
    assert_eq!(changed["status"]["storedVersions"], json!(["v1", "v2"]));
    let refused = status(apply(&crds, "one", definition(&[("v2", true)])).await.expect_err("still stored"));
    assert_eq!(refused.code, 422);
    let reason = "status.storedVersions[0]: Invalid value: \"v1\": must appear in spec.versions";
    assert!(refused.message.contains(reason), "{}", refused.message);

    // As it is: a write where it lies in another version than it would now, and none the second time.
    let before = gears.get("moved").await.expect("reads");
    let version = |object: &kube::api::DynamicObject| object.metadata.resource_version.clone();
    let written = gears.replace("moved", &PostParams::default(), &before).await.expect("writes");
    assert_ne!(version(&written), version(&before));
    let again = gears.replace("moved", &PostParams::default(), &written).await.expect("writes");
    assert_eq!(version(&again), version(&written));

    // The list may be cut down by force; what was forgotten cannot be read then.
    let cut = Patch::Merge(json!({"status": {"storedVersions": ["v2"]}}));
    crds.patch_status("gears.example.com", &PatchParams::default(), &cut).await.expect("patches");
    apply(&crds, "one", definition(&[("v2", true)])).await.expect("applies");
    gears.get("moved").await.expect("reads");
    let lost = status(gears.get("forgotten").await.expect_err("unreadable"));
    let reason = "request to convert CR from an invalid group/version: example.com/v1";
    assert!(lost.code == 500 && lost.message.contains(reason), "{} {}", lost.code, lost.message);
    for listed in [
        gears.list(&ListParams::default()).await.map(drop).expect_err("unreadable"),
        gears.list_metadata(&ListParams::default()).await.map(drop).expect_err("unreadable"),
    ] {
        assert_eq!(status(listed).code, 500);
    }
}
