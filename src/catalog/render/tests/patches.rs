//! What `patch` blocks make of a small platform.

use serde_json::json;

use super::*;
use crate::config::Patch;
use crate::object::patch::Operation;
use crate::object::patch::Verb;

/// One patch after the other, by their names; images come from the mirror whoever names them.
#[test]
fn patches_change_what_is_rendered() {
    let patch = |name: &str, patch: Patch| Declared::new(name, Patch { platform: "platform.ml".into(), ..patch });
    let merge = |value: Json| value.as_object().cloned().expect("an object");
    let image =
        json!({"spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "app", "image": "y/app:9"}]}}}});
    let mut installation = installation();
    installation.patches = vec![
        patch(
            "patch.b",
            Patch {
                kind: Some("Deployment".into()),
                merge: merge(json!({"spec": {"replicas": 3}})),
                ..Patch::default()
            },
        ),
        patch(
            "patch.a",
            Patch {
                objects: Some(vec!["Deployment apps/app".parse().expect("an id")]),
                merge: merge(image),
                ..Patch::default()
            },
        ),
        patch(
            "patch.later",
            Patch {
                kind: Some("Deployment".into()),
                releases: vec!["> 1.0".into()],
                merge: merge(json!({"spec": {"replicas": 4}})),
                ..Patch::default()
            },
        ),
    ];
    let (rendered, diagnostics) = render(&catalog(&[]), &installation, &platform(), &mut Sources::new());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let deployment = &find(&rendered, "Deployment.apps apps/app").object;
    assert_eq!(deployment.get("/spec/replicas"), Some(&json!(3)));
    assert_eq!(deployment.text("/spec/template/spec/containers/0/image"), "mirror.example/m/y/app:9");
    assert!(rendered.images.iter().any(|used| used.image == "y/app:9" && used.components == ["app"]));
    let by = [(deployment.id(), ["patch.a", "patch.b"].map(Address::from).to_vec())];
    assert_eq!(rendered.patched, BTreeMap::from(by));
    // What secrets reach is seen by others in their place, which need not fit.
    installation.patches.truncate(1);
    installation.patches[0].merge = merge(json!({"spec": {"replicas": "x"}}));
    let (_, diagnostics) = render(&catalog(&[]), &installation, &platform(), &mut Sources::new());
    assert_eq!(diagnostics.iter().map(|found| found.code).collect::<Vec<_>>(), ["patch-unfit"]);
    installation.is_disguised = true;
    let (rendered, diagnostics) = render(&catalog(&[]), &installation, &platform(), &mut Sources::new());
    assert!(!diagnostics.has_errors(), "{diagnostics:?}");
    assert_eq!(find(&rendered, "Deployment.apps apps/app").object.get("/spec/replicas"), Some(&json!("x")));
}

/// What a component keeps of its own is held against a patch too.
#[test]
fn patches_take_no_secret_out() {
    let operation =
        |verb, path: &str, from: &str| Operation { verb, path: path.into(), from: from.into(), value: Json::Null };
    let mut installation = installation();
    let patch = Patch {
        platform: "platform.ml".into(),
        objects: Some(vec!["Secret apps/app".parse().expect("an id")]),
        operations: vec![operation(Verb::Copy, "/metadata/annotations", "/stringData")],
        ..Patch::default()
    };
    installation.patches = vec![Declared::new("patch.copy", patch)];
    let (rendered, diagnostics) = render(&catalog(&[]), &installation, &platform(), &mut Sources::new());
    let told = texts(&diagnostics, &Sources::new());
    assert!(diagnostics.has_errors(), "{told:?} {:?}", find(&rendered, "Secret apps/app"));
}
