//! Objects that somebody else looks after: taken over by name only, and never cut down.

use serde_json::Value;
use serde_json::json;

use super::comparing::CRD;
use super::comparing::DEPLOYMENT;
use super::comparing::edit_live;
use crate::plan::Mode;
use crate::plan::Observation;
use crate::plan::PlanOptions;
use crate::plan::fixture::actions;
use crate::plan::fixture::desired;
use crate::plan::fixture::installed;

#[test]
fn what_somebody_looks_after_is_taken_over_by_name_only() {
    let desired = desired(&[("platform.ml.dex", DEPLOYMENT)]);
    let mut observation = installed(&desired);
    observation.records.clear();
    let dex = "Deployment.apps auth/dex";
    let check = |observation: &Observation, options: PlanOptions, expected: &str| {
        let told = match crate::plan::fixture::plan(&desired, observation, &options) {
            Ok(plan) => actions(&plan).join(", "),
            Err(error) => error.problems.into_iter().map(|problem| problem.detail).collect(),
        };
        assert_eq!(told, expected);
    };
    let signed = |labels: Value, annotations: Value, manager: &str| {
        let mut observation = observation.clone();
        edit_live(&mut observation, dex, |live| {
            live["metadata"]["labels"] = labels.clone();
            live["metadata"]["annotations"] = annotations.clone();
            live["metadata"]["managedFields"] =
                json!([{"manager": manager, "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]);
        });
        observation
    };
    let adopted = "Adopt Deployment.apps auth/dex";
    let hands = |whose: &str| format!("Deployment.apps auth/dex exists already and is in the hands of {whose}.");
    let none = PlanOptions::default;
    for by_hand in [json!({}), json!({"app.kubernetes.io/managed-by": "kustomize"})] {
        check(&signed(by_hand, json!({}), "kubectl-create"), none(), adopted);
    }
    check(&signed(json!({}), json!({}), "Terraform"), none(), &hands("Terraform"));
    check(&signed(json!({"kapp.k14s.io/app": "7"}), json!({}), "kapp"), none(), &hands("the kapp application \"7\""));
    let label = json!({"app.kubernetes.io/managed-by": "some-operator", "app.kubernetes.io/version": "v2"});
    let said = "\"some-operator\", as its label app.kubernetes.io/managed-by says (version v2)";
    check(&signed(label, json!({}), "operator"), none(), &hands(said));
    let tracked = json!({"argocd.argoproj.io/tracking-id": "ml:apps/Deployment:auth/dex"});
    check(&signed(json!({}), tracked, "argocd-controller"), none(), &hands("the Argo CD application \"ml\""));
    let release = json!({"meta.helm.sh/release-name": "d", "meta.helm.sh/release-namespace": "auth"});
    let chart = json!({"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "dex-0.19.1"});
    let helm = signed(chart, release, "helm");
    check(&helm, none(), &hands("the Helm release \"d\" in namespace auth (chart dex-0.19.1)"));

    // Named in any of the ways there are, it is taken over; to look at drift nobody must be asked.
    let named = |mode: Mode, targets: &[&str]| PlanOptions {
        mode,
        targets: targets.iter().map(|target| (*target).into()).collect(),
        ..none()
    };
    check(&helm, named(Mode::Adopt, &["platform.ml.dex"]), adopted);
    check(&helm, named(Mode::Adopt, &[dex]), adopted);
    check(&helm, PlanOptions { imported: [dex.parse().expect("an id")].into(), ..none() }, adopted);
    check(&helm, PlanOptions { replace: vec![dex.into()], ..none() }, "Replace Deployment.apps auth/dex");
    let whole = "the Helm release \"d\" in namespace auth (chart dex-0.19.1)";
    check(&helm, named(Mode::Adopt, &[]), &hands(whole));
    check(&helm, named(Mode::Converge, &[dex]), &hands(whole));
    assert!(crate::plan::fixture::plan(&desired, &helm, &named(Mode::Drift, &[])).is_ok());
}

#[test]
fn what_is_not_ours_is_not_replaced_unless_that_was_asked_for() {
    let desired = desired(&[("platform.ml.dex", DEPLOYMENT)]);
    let mut observation = installed(&desired);
    observation.records.clear();
    edit_live(&mut observation, "Deployment.apps auth/dex", |live| {
        live["metadata"]["labels"] = json!({});
        live["metadata"]["managedFields"] =
            json!([{"manager": "kubectl-create", "operation": "Update", "fieldsV1": {"f:spec": {"f:selector": {}}}}]);
        live["spec"]["selector"] = json!({"matchLabels": {"app": "another"}});
    });
    let plan = |options: &PlanOptions| crate::plan::fixture::plan(&desired, &observation, options);
    for mode in [Mode::Converge, Mode::Adopt] {
        let error = plan(&PlanOptions { mode, ..PlanOptions::default() }).expect_err("a problem");
        assert_eq!(
            error.problems[0].detail,
            "Deployment.apps auth/dex exists already, belongs to no installation; it was written by kubectl-create, and \
             would have to be deleted and made anew. spec.selector cannot be changed in place."
        );
    }
    let named = PlanOptions { replace: vec!["platform.ml.dex".into()], ..PlanOptions::default() };
    assert_eq!(actions(&plan(&named).expect("a plan")), ["Replace Deployment.apps auth/dex"]);
}

#[test]
fn a_later_definition_is_never_cut_down() {
    let versioned = |version: &str| format!("{}\n", CRD.trim_end()).replace("{name: things.example.com}", version);
    let ours =
        desired(&[("x", &versioned("{name: things.example.com, labels: {app.kubernetes.io/version: v1.14.5}}"))]);
    let observation = installed(&ours);
    let crd = "CustomResourceDefinition.apiextensions.k8s.io things.example.com";
    let check = |edit: fn(&mut Value), expected: Option<&str>| {
        let mut observation = observation.clone();
        observation.records.clear();
        edit_live(&mut observation, crd, |live| {
            drop(live["metadata"]["labels"].as_object_mut().expect("labels").remove("stackwright.io/installation"));
            edit(live);
        });
        // Naming it does not make it ours to cut down.
        let named = PlanOptions { mode: Mode::Adopt, targets: vec![crd.into()], ..PlanOptions::default() };
        for options in [PlanOptions::default(), named] {
            let told = crate::plan::fixture::plan(&ours, &observation, &options)
                .err()
                .map(|error| error.problems[0].detail.clone());
            let expected = expected.map(|why| format!("{crd} exists already and is {why}."));
            assert_eq!(told, expected);
        }
    };
    check(|_| {}, None);
    check(|live| live["metadata"]["labels"]["app.kubernetes.io/version"] = json!("v1.9.0"), None);
    check(
        |live| live["metadata"]["labels"]["app.kubernetes.io/version"] = json!("v1.16.1"),
        Some("of version v1.16.1, which is later than ours, v1.14.5"),
    );
    fn with_version(live: &mut Value, served: bool) {
        let more = json!({"name": "v2", "served": served, "storage": false, "schema": {"openAPIV3Schema": {"type": "object"}}});
        live["spec"]["versions"].as_array_mut().expect("versions").push(more);
    }
    check(
        |live| with_version(live, true),
        Some("serving v2, which ours does not: what is of that version would be cut off"),
    );
    check(|live| with_version(live, false), None);
}
