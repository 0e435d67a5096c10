//! What goes, what stays, and in which order.

use std::collections::BTreeSet;

use crate::object::Address;
use crate::object::Object;
use crate::object::Residue;
use crate::plan::Action;
use crate::plan::Consent;
use crate::plan::Desired;
use crate::plan::Mode;
use crate::plan::Observation;
use crate::plan::Plan;
use crate::plan::PlanOptions;
use crate::plan::Record;
use crate::plan::compare::compare;
use crate::plan::compare::to_inspect;
use crate::plan::compare::to_sweep;
use crate::plan::fixture::actions;
use crate::plan::fixture::applied;
use crate::plan::fixture::desired;
use crate::plan::fixture::id;
use crate::plan::fixture::installed;
use crate::plan::fixture::objects;
use crate::plan::fixture::performed;
use crate::plan::fixture::planned;
use crate::plan::fixture::protected;
use crate::plan::fixture::steps;

const PLATFORM: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: kubeflow}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec: {group: example.com, names: {kind: Thing, plural: things}, versions: [{name: v1, storage: true}]}
---
apiVersion: example.com/v1
kind: Thing
metadata: {name: t, namespace: kubeflow}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: mysql, namespace: kubeflow}
spec: {resources: {requests: {storage: 20Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: kubeflow}
spec: {template: {spec: {containers: []}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: kubeflow}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hook}
";

const USER: &str = "
apiVersion: kubeflow.org/v1
kind: Profile
metadata: {name: alice}
";

fn platform() -> (Desired, Observation) {
    let desired = desired(&[("platform.ml.x", PLATFORM), ("user.alice", USER)]);
    let observation = installed(&desired);
    (desired, observation)
}

fn destroy(consent: Consent, keep_data: bool, edit: impl Fn(&mut Observation)) -> Plan {
    let (desired, mut observation) = platform();
    edit(&mut observation);
    planned(
        &desired,
        &observation,
        &PlanOptions { mode: Mode::Destroy { keep_data }, consent, ..PlanOptions::default() },
    )
}

fn kept(plan: &Plan) -> Vec<String> {
    let kept = plan.changes.iter().filter(|change| change.action == Action::NoOp);
    kept.map(|change| format!("{}: {}", change.id, change.reason)).collect()
}

#[test]
fn what_is_no_longer_wanted_goes() {
    let (mut desired, observation) = platform();
    desired.objects.retain(|wanted| wanted.object.kind() != "ConfigMap");
    let plan = planned(&desired, &observation, &PlanOptions::default());
    assert_eq!(actions(&plan), ["Delete ConfigMap kubeflow/c"]);
    assert_eq!(steps(&plan), ["remove ConfigMap kubeflow/c"]);
    let after = applied(&plan, &desired, &observation);
    assert!(planned(&desired, &after, &PlanOptions::default()).is_empty());
}

#[test]
fn only_what_is_surely_ours_is_deleted() {
    let check = |edit: fn(&mut Observation), expected: &str, reason: &str| {
        let (mut desired, mut observation) = platform();
        desired.objects.retain(|wanted| wanted.object.kind() != "ConfigMap");
        edit(&mut observation);
        let plan = planned(&desired, &observation, &PlanOptions::default());
        let found = plan.changes.iter().find(|change| change.id.kind == "ConfigMap");
        assert_eq!(
            found.map(|c| format!("{:?}: {}", c.action, c.reason)).unwrap_or_default(),
            format!("{expected}: {reason}")
        );
    };
    fn edit(observation: &mut Observation, change: impl Fn(&mut Object)) {
        change(observation.live.get_mut(&id("ConfigMap kubeflow/c")).expect("live"));
    }
    let label = "stackwright.io/installation";
    check(|_| {}, "Delete", "");
    check(
        |o| edit(o, |live| live.set_label("stackwright.io/installation", "other")),
        "Forget",
        "It belongs to the installation \"other\" now.",
    );
    assert_eq!(label, crate::object::INSTALLATION_LABEL);
    check(
        |o| edit(o, |live| drop(live.metadata_mut().shift_remove("labels"))),
        "Forget",
        "It no longer carries our label, so it is somebody else's now.",
    );
    check(
        |o| edit(o, |live| drop(live.metadata_mut().insert("uid".into(), "new".into()))),
        "Forget",
        "Somebody deleted it and made another of the same name.",
    );
    check(|o| drop(o.live.remove(&id("ConfigMap kubeflow/c"))), "Forget", "It is gone already.");
    check(|o| o.records.get_mut(&id("ConfigMap kubeflow/c")).expect("a record").uid.clear(), "Delete", "");
    check(
        |o| {
            o.records.get_mut(&id("ConfigMap kubeflow/c")).expect("a record").uid.clear();
            edit(o, |live| drop(live.metadata_mut().shift_remove("managedFields")));
        },
        "Forget",
        "The inventory does not know it by its UID, and we did not write it.",
    );
}

/// A ConfigMap that a program of `platform.ml.x` makes wherever it can.
fn residue() -> (Address, Residue) {
    let labels = [("by".to_owned(), "x".to_owned())].into();
    let residue = Residue { kind: "ConfigMap".into(), name: "root".into(), namespace: String::new(), labels };
    ("platform.ml.x".into(), residue)
}

#[test]
fn what_programs_left_goes_with_their_owner_and_last() {
    let left = |namespace: &str, label: &str| {
        let yaml = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: root, namespace: {namespace}, uid: u-{namespace}, labels: {{by: {label}}}}}"
        );
        objects(&yaml).pop().expect("one object")
    };
    let (mut desired, mut observation) = platform();
    desired.residues.push(residue());
    for object in [left("default", "x"), left("kubeflow", "x"), left("team", "y")] {
        observation.residues.insert(object.id(), object);
    }
    let options = |destroy| PlanOptions {
        mode: if destroy { Mode::Destroy { keep_data: false } } else { Mode::Converge },
        consent: Consent::Everything,
        ..PlanOptions::default()
    };
    // As long as the owner stays nothing is looked for, and nothing goes.
    assert_eq!(to_sweep(&compare(&desired, &observation, &options(false)), &desired, &observation), []);
    assert!(planned(&desired, &observation, &options(false)).is_empty());

    let comparison = compare(&desired, &observation, &options(true));
    assert_eq!(to_sweep(&comparison, &desired, &observation), [residue().1]);
    let plan = planned(&desired, &observation, &options(true));
    // The one in a namespace that goes goes with it; one that another made is nobody's business.
    let swept: Vec<_> = plan.changes.iter().filter(|change| change.id.name == "root").collect();
    assert_eq!(swept.len(), 1);
    assert_eq!((swept[0].id.to_string().as_str(), swept[0].action), ("ConfigMap default/root", Action::Delete));
    assert_eq!(swept[0].precondition.as_ref().map(|p| p.uid.as_str()), Some("u-default"));
    let steps = steps(&plan);
    let last = steps.last().map(String::as_str).unwrap_or_default();
    let after = last.strip_prefix("remove ConfigMap default/root < gone ").unwrap_or_else(|| panic!("{steps:#?}"));
    // A wait for the end of all that went before.
    let wait = format!("gone {after} < ");
    let waited_for = steps.iter().rev().find_map(|step| step.strip_prefix(&wait)).unwrap_or_default();
    assert!(waited_for.contains("gone Namespace kubeflow"), "{steps:#?}");

    // A run that was killed before the end had written it down: the next one takes it as recorded, of that life only.
    let id = swept[0].id.clone();
    let check = |uid: &str, expected: Action| {
        let mut observation =
            Observation { live: [(id.clone(), left("default", "x"))].into(), ..Observation::default() };
        let record =
            Record { uid: uid.into(), api_version: "v1".into(), owner: "platform.ml.x".into(), moved_from: None };
        observation.records.insert(id.clone(), record);
        let plan = planned(&desired, &observation, &options(true));
        assert_eq!(plan.changes.iter().map(|change| change.action).collect::<Vec<_>>(), [expected], "{uid}");
    };
    check("u-default", Action::Delete);
    check("another", Action::Forget);
}

#[test]
fn data_stay_without_consent_and_with_them_what_holds_them() {
    let plan = destroy(Consent::Nothing, false, |_| {});
    assert_eq!(
        kept(&plan),
        [
            "Namespace kubeflow: It is no longer wanted and stays, because deleting it would lose everything in namespace kubeflow.",
            "PersistentVolumeClaim kubeflow/mysql: It is no longer wanted and stays, because deleting it would lose 20Gi of data in claim kubeflow/mysql.",
            "CustomResourceDefinition.apiextensions.k8s.io things.example.com: It is no longer wanted and stays, because deleting it would lose all objects in kind things.example.com.",
            "Profile.kubeflow.org alice: It is no longer wanted and stays, because deleting it would lose everything in the namespace of profile alice.",
        ]
    );
    assert_eq!(plan.losses().count(), 4);

    let looked_up = |observation: &mut Observation| {
        observation.holdings.insert(id("Namespace kubeflow"), Vec::new());
        observation.holdings.insert(id("CustomResourceDefinition.apiextensions.k8s.io things.example.com"), Vec::new());
        observation.holdings.insert(id("Namespace alice"), vec!["2 Notebooks".into()]);
    };
    let plan = destroy(Consent::Nothing, false, looked_up);
    assert_eq!(
        kept(&plan),
        [
            "Namespace kubeflow: It holds objects that stay. It is no longer wanted and stays, because deleting it would lose objects that stay.",
            "PersistentVolumeClaim kubeflow/mysql: It is no longer wanted and stays, because deleting it would lose 20Gi of data in claim kubeflow/mysql.",
            "Profile.kubeflow.org alice: It is no longer wanted and stays, because deleting it would lose 2 Notebooks in the namespace of profile alice.",
        ]
    );
    let claim: BTreeSet<_> = [id("PersistentVolumeClaim kubeflow/mysql")].into();
    assert_eq!(kept(&destroy(Consent::Objects(claim), false, looked_up)).len(), 1);
}

#[test]
fn what_a_removed_block_says_goes_with_its_data_and_nothing_else() {
    let without_alice = |expendable: &[&str]| {
        let (mut desired, observation) = platform();
        desired.objects.retain(|wanted| !["Profile", "PersistentVolumeClaim"].contains(&wanted.object.kind()));
        let expendable = expendable.iter().map(|address| (*address).into()).collect();
        let plan = planned(&desired, &observation, &PlanOptions { expendable, ..PlanOptions::default() });
        let deleted = plan.changes.iter().filter(|change| change.action == Action::Delete);
        let deleted: Vec<String> = deleted.map(|change| change.id.to_string()).collect();
        let stays: Vec<String> = plan.kept().map(|change| change.id.to_string()).collect();
        (deleted, stays)
    };
    let (profile, claim) = ("Profile.kubeflow.org alice", "PersistentVolumeClaim kubeflow/mysql");
    assert_eq!(without_alice(&[]), (vec![], vec![claim.to_owned(), profile.to_owned()]));
    assert_eq!(without_alice(&["user.alice"]), (vec![profile.to_owned()], vec![claim.to_owned()]));
    assert_eq!(without_alice(&["user.bob"]), (vec![], vec![claim.to_owned(), profile.to_owned()]));
}

#[test]
fn destroy_asks_what_holders_hold() {
    let (desired, observation) = platform();
    let options = PlanOptions { mode: Mode::Destroy { keep_data: false }, ..PlanOptions::default() };
    let inspected = to_inspect(&compare(&desired, &observation, &options), &desired);
    let names: Vec<String> = inspected.iter().map(ToString::to_string).collect();
    assert_eq!(
        names,
        ["Namespace alice", "Namespace kubeflow", "CustomResourceDefinition.apiextensions.k8s.io things.example.com",]
    );
}

#[test]
fn everything_goes_in_reverse() {
    let plan = destroy(Consent::Everything, false, |_| {});
    assert_eq!(plan.counts().delete, 8);
    let order: Vec<String> =
        steps(&plan).into_iter().map(|line| line.split(" < ").next().unwrap_or_default().to_owned()).collect();
    let place =
        |text: &str| order.iter().position(|step| step == text).unwrap_or_else(|| panic!("{text} in {order:#?}"));
    let expected = [
        "remove Profile.kubeflow.org alice",
        "gone Profile.kubeflow.org alice",
        "gone Namespace alice",
        "remove Thing.example.com kubeflow/t",
        "gone Thing.example.com kubeflow/t",
        "remove ValidatingWebhookConfiguration.admissionregistration.k8s.io hook",
        "remove Deployment.apps kubeflow/app",
        "remove ConfigMap kubeflow/c",
        "remove Namespace kubeflow",
        "gone Namespace kubeflow",
    ];
    assert!(expected.windows(2).all(|pair| place(pair[0]) < place(pair[1])), "{order:#?}");
    let definition = place("remove CustomResourceDefinition.apiextensions.k8s.io things.example.com");
    assert!(place("remove ConfigMap kubeflow/c") < definition, "{order:#?}");
    // The server lets both go in the same seconds.
    let grounds =
        ["remove Namespace kubeflow", "remove CustomResourceDefinition.apiextensions.k8s.io things.example.com"];
    for line in steps(&plan).iter().filter(|line| grounds.iter().any(|ground| line.starts_with(ground))) {
        let (_, after) = line.split_once(" < ").expect("they wait for something");
        assert!(grounds.iter().all(|ground| !after.contains(&ground.replace("remove", "gone"))), "{line}");
    }
    let (desired, observation) = platform();
    let after = applied(&plan, &desired, &observation);
    assert!(after.live.is_empty() && after.records.is_empty());
}

/// A new log-in must serve before the old one goes: in between everybody could come in unasked.
#[test]
fn a_component_that_goes_as_a_whole_waits_for_what_comes() {
    let config =
        |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: kubeflow}}\n");
    let observation = installed(&desired(&[("platform.ml.old", &config("old")), ("platform.two.old", &config("two"))]));
    let plan = planned(&desired(&[("platform.ml.new", &config("new"))]), &observation, &PlanOptions::default());
    let steps = steps(&plan);
    let waits = |name: &str| {
        let step = format!("remove ConfigMap kubeflow/{name}");
        let line = steps.iter().find(|line| line.starts_with(&step)).unwrap_or_else(|| panic!("{step} in {steps:#?}"));
        line.contains("platform.ml.new")
    };
    assert!(waits("old") && !waits("two"), "{steps:#?}");
}

#[test]
fn destroy_can_leave_data() {
    let plan = destroy(Consent::Everything, true, |observation| {
        observation.holdings.insert(id("CustomResourceDefinition.apiextensions.k8s.io things.example.com"), Vec::new());
    });
    let forgotten: Vec<String> = actions(&plan).into_iter().filter(|action| action.starts_with("Forget")).collect();
    assert_eq!(
        forgotten,
        [
            "Forget Namespace kubeflow",
            "Forget PersistentVolumeClaim kubeflow/mysql",
            "Forget Profile.kubeflow.org alice",
        ]
    );
    assert_eq!(plan.counts().delete, 5);
}

/// A database with its password, another owner's Secret, and a StatefulSet that makes its claims itself.
const DATABASES: &str = "
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: files, namespace: kubeflow}
spec: {resources: {requests: {storage: 20Gi}}}
---
apiVersion: v1
kind: Secret
metadata: {name: password, namespace: other}
";
const OTHER: &str = "
apiVersion: v1
kind: Secret
metadata: {name: token, namespace: kubeflow}
";
const SET: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: set, namespace: kubeflow}
spec: {volumeClaimTemplates: [{metadata: {name: files}}], persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain}}
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: kubeflow}
";

#[test]
fn what_opens_data_stays_with_them() {
    let parts: &[(&str, &str)] = &[("platform.ml.db", DATABASES), ("platform.ml.set", SET), ("platform.ml.web", OTHER)];
    let before = desired(parts);
    let observation = installed(&before);
    let key = "Secret kubeflow/key: It is no longer wanted and stays, because deleting it would lose what opens the data in \
               the claims of StatefulSet.apps kubeflow/set.";
    let claim = "PersistentVolumeClaim kubeflow/files: It is no longer wanted and stays, because deleting it would lose \
                 20Gi of data in claim kubeflow/files.";
    let password = "Secret other/password: It is no longer wanted and stays, because deleting it would lose what opens \
                    20Gi of data in claim kubeflow/files.";
    // Switched off, and removed as a whole.
    for mode in [Mode::Converge, Mode::Destroy { keep_data: false }] {
        let plan = planned(&desired(&[]), &observation, &PlanOptions { mode, ..PlanOptions::default() });
        assert_eq!(kept(&plan), [claim, password, key]);
        assert_eq!(actions(&plan), ["Delete StatefulSet.apps kubeflow/set", "Delete Secret kubeflow/token"]);
        // Wanted again, all is as it was.
        let after = applied(&plan, &desired(&[]), &observation);
        let again = planned(&before, &after, &PlanOptions::default());
        assert_eq!(actions(&again), ["Create StatefulSet.apps kubeflow/set", "Create Secret kubeflow/token"]);
    }
    let lets_go = PlanOptions { mode: Mode::Destroy { keep_data: true }, ..PlanOptions::default() };
    let plan = planned(&desired(&[]), &observation, &lets_go);
    assert_eq!(
        actions(&plan),
        [
            "Forget PersistentVolumeClaim kubeflow/files",
            "Forget Secret other/password",
            "Forget Secret kubeflow/key",
            "Delete StatefulSet.apps kubeflow/set",
            "Delete Secret kubeflow/token",
        ]
    );
    // Who agrees to lose the data needs no key to them; a set whose claims go with it leaves nothing to open.
    let agreed = PlanOptions { consent: Consent::Everything, ..PlanOptions::default() };
    assert_eq!(kept(&planned(&desired(&[]), &observation, &agreed)), [] as [&str; 0]);
    let owned = desired(&[("platform.ml.set", &SET.replace("Retain", "Delete"))]);
    assert_eq!(kept(&planned(&desired(&[]), &installed(&owned), &PlanOptions::default())), [] as [&str; 0]);
}

#[test]
fn new_objects_serve_before_old_ones_go() {
    let (_, observation) = platform();
    let renamed = desired(&[("platform.ml.x", &PLATFORM.replace("name: c,", "name: c2,")), ("user.alice", USER)]);
    let plan = planned(&renamed, &observation, &PlanOptions::default());
    assert_eq!(
        steps(&plan),
        [
            "apply ConfigMap kubeflow/c2",
            "owner platform.ml.x < apply ConfigMap kubeflow/c2",
            "remove ConfigMap kubeflow/c < owner platform.ml.x",
        ]
    );
}

#[test]
fn objects_can_be_let_go_and_protected() {
    let (mut desired, observation) = platform();
    desired.objects.retain(|wanted| wanted.object.kind() != "ConfigMap");
    let forget = PlanOptions { released: vec!["platform.ml.x".into()], ..PlanOptions::default() };
    assert_eq!(actions(&planned(&desired, &observation, &forget)), ["Forget ConfigMap kubeflow/c"]);
    let protect = PlanOptions { care: protected("platform.ml.x"), ..PlanOptions::default() };
    let error = crate::plan::fixture::plan(&desired, &observation, &protect).expect_err("a problem");
    assert_eq!(
        error.problems[0].detail,
        "ConfigMap kubeflow/c would be deleted, but platform.ml.x has prevent_destroy."
    );
}

#[test]
fn namespaces_of_the_cluster_stay() {
    let before = desired(&[("platform.ml.x", "apiVersion: v1\nkind: Namespace\nmetadata: {name: default}")]);
    let observation = installed(&before);
    let options = PlanOptions { consent: Consent::Everything, ..PlanOptions::default() };
    assert_eq!(actions(&planned(&desired(&[]), &observation, &options)), ["Forget Namespace default"]);
}

#[test]
fn graphs_of_many_removals_stay_small() {
    let many: String =
        (0..200).map(|n| format!("---\n{}", USER.trim_start().replace("alice", &format!("user{n}")))).collect();
    let many = format!("{PLATFORM}{many}");
    let all = desired(&[("platform.ml.x", &many)]);
    let observation = installed(&all);
    let options = PlanOptions {
        mode: Mode::Destroy { keep_data: false },
        consent: Consent::Everything,
        ..PlanOptions::default()
    };
    let plan = planned(&all, &observation, &options);
    assert_eq!(performed(&plan).len(), plan.graph.steps.len());
    assert!(plan.graph.depends_on.iter().map(Vec::len).sum::<usize>() < 5 * plan.graph.steps.len());
}

#[test]
fn what_a_replaced_namespace_held_is_made_again() {
    let (desired, observation) = platform();
    let replace = vec!["Namespace kubeflow".into()];
    let options = PlanOptions { replace, consent: Consent::Everything, ..PlanOptions::default() };
    let plan = planned(&desired, &observation, &options);
    assert_eq!(
        actions(&plan),
        [
            "Create ConfigMap kubeflow/c",
            "Replace Namespace kubeflow",
            "Create PersistentVolumeClaim kubeflow/mysql",
            "Create Deployment.apps kubeflow/app",
            "Create Thing.example.com kubeflow/t",
        ]
    );
    let order = steps(&plan);
    assert!(order.contains(&"apply ConfigMap kubeflow/c < apply Namespace kubeflow".to_owned()), "{order:#?}");
}
