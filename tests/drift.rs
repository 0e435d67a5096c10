//! Objects that others made before, and what others did to ours: taken over, repaired, or left alone, and said so.

use crate::served::Served;
use crate::served::installed;
use crate::skip::skip;

/// The documents of a rendered platform that hold all of these lines, without our labels.
fn documents(rendered: &str, wanted: &[&[&str]]) -> String {
    let documents = rendered.split("---\n").filter(|text| {
        let has = |line: &&str| text.lines().any(|other| other == *line);
        wanted.iter().any(|lines| lines.iter().all(has))
    });
    let foreign = |text: &str| -> String {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("stackwright.io/"));
        lines.map(|line| format!("{line}\n")).collect()
    };
    let mut documents: Vec<String> = documents.map(foreign).collect();
    // As people write them: first the namespace.
    documents.sort_by_key(|text| !text.contains("kind: Namespace"));
    documents.join("---\n")
}

#[test]
fn what_kubectl_applied_before_is_adopted() {
    let Some(served) = Served::empty() else { skip!("there is no kubectl") };
    let rendered = served.directory.succeed(&["render"]);
    let before = documents(
        &rendered,
        &[
            &["kind: Namespace", "  name: auth"],
            &["kind: Service", "  name: dex", "  namespace: auth"],
            &["kind: ServiceAccount", "  name: dex", "  namespace: auth"],
        ],
    );
    assert_eq!(before.matches("\nkind: ").count(), 3, "{before}");
    served.write("before.yaml", &before);
    served.kubectl("apply -f before.yaml");

    let plan = served.directory.run(&["plan", "--full"]);
    assert_eq!(plan.code, Some(0), "{}", plan.stderr);
    for expected in ["> Namespace auth", "> Service auth/dex", "> ServiceAccount auth/dex", ", 3 to adopt"] {
        assert!(plan.stdout.contains(expected), "no `{expected}` in\n{}", plan.stdout);
    }
    assert!(plan.stdout.contains("kubectl-client-side-apply"), "whose they are\n{}", plan.stdout);
    served.directory.succeed(&["apply", "--auto-approve"]);
    let again = served.directory.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(again.code, Some(0), "{}", again.stdout);
    // Its managers were taken over: what the configuration no longer says is no longer kept by kubectl.
    let managed = served.kubectl("get svc -n auth dex -o yaml --show-managed-fields");
    assert!(managed.contains("manager: stackwright"), "{managed}");
    assert!(!managed.contains("manager: kubectl-client-side-apply"), "{managed}");
}

/// A release of Helm, of a later version and with another selector.
const RELEASE: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cert-manager
  namespace: cert-manager
  labels: {app.kubernetes.io/managed-by: Helm, helm.sh/chart: cert-manager-v1.16.1}
  annotations: {meta.helm.sh/release-name: cm, meta.helm.sh/release-namespace: cert-manager}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: cert-manager, app.kubernetes.io/instance: cm}}
  template:
    metadata: {labels: {app.kubernetes.io/name: cert-manager, app.kubernetes.io/instance: cm}}
    spec: {containers: [{name: controller, image: "quay.io/jetstack/cert-manager-controller:v1.16.1"}]}
"#;

#[test]
fn a_release_of_helm_is_left_alone() {
    let Some(served) = Served::empty() else { skip!("there is no kubectl") };
    served.kubectl("create ns cert-manager");
    served.write("release.yaml", RELEASE);
    served.kubectl("apply -f release.yaml");
    let uid = || served.kubectl("get deploy -n cert-manager cert-manager -o jsonpath={.metadata.uid}");
    let before = uid();
    let hands = "Deployment.apps cert-manager/cert-manager exists already and is in the hands of the Helm release \"cm\" in \
                 namespace cert-manager (chart cert-manager-v1.16.1).";
    let anew = "would have to be deleted and made anew. spec.selector cannot be changed in place.";
    // Named, it is still not deleted: adopting deletes nothing.
    for (command, expected) in [
        (&["plan"][..], hands),
        (&["apply", "--auto-approve"], hands),
        (&["adopt", "Deployment.apps cert-manager/cert-manager", "--auto-approve"], anew),
    ] {
        let answer = served.directory.run(command);
        assert_eq!(answer.code, Some(1), "{}", answer.stdout);
        assert!(answer.stderr.contains(expected), "{}", answer.stderr);
    }
    assert_eq!(uid(), before);
    assert_eq!(served.kubectl("get ns kubeflow --ignore-not-found -o name"), "", "nothing was applied");
    let replace = ["plan", "--replace", "Deployment.apps cert-manager/cert-manager"];
    let plan = served.directory.succeed(&replace);
    assert!(plan.contains("-/+ Deployment.apps cert-manager/cert-manager"), "{plan}");
}

#[test]
fn what_another_installation_owns_is_refused() {
    let Some(served) = Served::empty() else { skip!("there is no kubectl") };
    served.kubectl("create ns auth");
    served.kubectl("label ns auth stackwright.io/installation=other");
    for command in [&["plan"][..], &["apply", "--auto-approve"][..]] {
        let answer = served.directory.run(command);
        assert_eq!(answer.code, Some(1), "{}", answer.stdout);
        let expected = "Namespace auth exists and belongs to the installation \"other\".";
        assert!(answer.stderr.contains(expected), "{}", answer.stderr);
    }
    assert_eq!(served.kubectl("get ns kubeflow --ignore-not-found -o name"), "", "nothing was applied");
}

#[test]
fn a_settled_platform_plans_empty_in_every_process() {
    let directory = installed();
    for _ in 0..3 {
        let plan = directory.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(plan.code, Some(0), "{}\n{}", plan.stdout, plan.stderr);
        directory.succeed(&["status"]);
    }
}

#[test]
fn somebody_added_to_the_login_by_hand_is_told() {
    let Some(served) = Served::for_kubectl() else { skip!("there is no kubectl") };
    let text = served.kubectl("get cm -n auth dex -o jsonpath={.data.config\\.yaml}");
    let entry = "staticPasswords:\n  - email: Bob@example.com\n    hash: $2y$12$4K/VkmDd1q1Orb3xAt82zu8gk7Ad6ReFR4LCP9UeYE90NLiN9Df72\n    username: bob\n    userID: \"7\"\n";
    assert!(text.contains("staticPasswords:\n"), "{text}");
    let edited = text.replacen("staticPasswords:\n", entry, 1);
    served.write("patch.json", &serde_json::json!({"data": {"config.yaml": edited}}).to_string());
    served.kubectl("patch cm -n auth dex --type merge --patch-file patch.json");
    let plan = served.directory.succeed(&["plan"]);
    let told = "bob@example.com, whom kubectl-patch has let in, is in no user block and is taken out of the login.\nTo keep \
                them, `stackwright user import bob@example.com` writes a user block.\n";
    assert!(plan.contains(told), "{plan}");
    let refresh = served.directory.run(&["plan", "--refresh-only", "--detailed-exitcode"]);
    assert_eq!(refresh.code, Some(2), "{}", refresh.stderr);
    assert!(
        refresh.stdout.starts_with("Changed outside of Stackwright:\n  ~ ConfigMap auth/dex\n"),
        "{}",
        refresh.stdout
    );
    served.directory.append(
        "main.hcl",
        "user \"bob\" {\n  platform = platform.ml\n  email    = \"bob@example.com\"\n  password = \"another long passphrase\"\n}\n",
    );
    let plan = served.directory.succeed(&["plan"]);
    assert!(!plan.contains("taken out of the login"), "{plan}");
}
