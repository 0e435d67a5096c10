//! What kwok makes of pods: they run and are ready at once, but for those whose template asks for a fault, and those
//! whose containers really run (see `containers`), which are left to be made ready.

use serde_json::Value;
use serde_json::json;

/// The annotation of a pod that must fail: `image-pull`, `crash-loop` or `never-ready`, as in the sandbox.
const FAULT: &str = r#".metadata.annotations["sandbox.stackwright.io/fault"]"#;
/// Namespace and ServiceAccount of a pod.
const ACCOUNT: &str = r#".metadata.namespace + "/" + .spec.serviceAccountName"#;

/// The configuration of kwok, a stream of YAML documents. `left` are the pods to leave alone, by
/// `<namespace>/<ServiceAccount>`.
pub fn configuration(left: &[String]) -> String {
    let ours = |operator: &str| match left {
        [] => None,
        left => Some(json!({"key": ACCOUNT, "operator": operator, "values": left})),
    };
    let new = [rule(".metadata.deletionTimestamp", "DoesNotExist", &[]), rule(".status.podIP", "DoesNotExist", &[])];
    let healthy = rule(FAULT, "NotIn", &["image-pull", "crash-loop", "never-ready"]);
    let with = |more: Vec<Value>| new.iter().cloned().chain(more).collect::<Vec<_>>();
    let mut ready = with(vec![healthy]);
    ready.extend(ours("NotIn"));
    let mut stages = vec![
        stage("pod-ready", ready, json!({"statusTemplate": running(true)})),
        stage(
            "pod-complete",
            vec![
                rule(".metadata.deletionTimestamp", "DoesNotExist", &[]),
                rule(".status.phase", "In", &["Running"]),
                rule(".metadata.ownerReferences.[].kind", "In", &["Job"]),
            ],
            json!({"statusTemplate": COMPLETED}),
        ),
        stage(
            "pod-delete",
            vec![rule(".metadata.deletionTimestamp", "Exists", &[])],
            json!({"finalizers": {"empty": true}, "delete": true}),
        ),
        stage(
            "pod-image-pull",
            with(vec![rule(FAULT, "In", &["image-pull"])]),
            json!({"statusTemplate": failed("Pending", IMAGE_PULL), "event": event("Failed", PULL_FAILED)}),
        ),
        stage(
            "pod-crash-loop",
            with(vec![rule(FAULT, "In", &["crash-loop"])]),
            json!({"statusTemplate": failed("Running", CRASH_LOOP), "event": event("BackOff", BACK_OFF)}),
        ),
        stage(
            "pod-never-ready",
            with(vec![rule(FAULT, "In", &["never-ready"])]),
            json!({"statusTemplate": running(false), "event": event("Unhealthy", "Readiness probe failed: connection refused")}),
        ),
    ];
    if let Some(ours) = ours("In") {
        stages.push(stage("pod-running", with(vec![ours]), json!({"statusTemplate": running(false)})));
    }
    stages.iter().map(|stage| format!("---\n{stage}\n")).collect()
}

fn rule(key: &str, operator: &str, values: &[&str]) -> Value {
    match values {
        [] => json!({"key": key, "operator": operator}),
        values => json!({"key": key, "operator": operator, "values": values}),
    }
}

fn stage(name: &str, rules: Vec<Value>, next: Value) -> Value {
    json!({"apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": "Stage", "metadata": {"name": name},
        "spec": {"resourceRef": {"apiGroup": "v1", "kind": "Pod"}, "selector": {"matchExpressions": rules},
            "next": next}})
}

fn event(reason: &str, message: &str) -> Value {
    json!({"type": "Warning", "reason": reason, "message": message})
}

fn conditions(ready: bool) -> String {
    let ready = if ready { "True" } else { "False" };
    let one = |kind: &str, status: &str| {
        format!("- {{lastTransitionTime: {{{{ Now | Quote }}}}, status: \"{status}\", type: {kind}}}\n")
    };
    let all = [one("Initialized", "True"), one("Ready", ready), one("ContainersReady", ready)];
    format!("conditions:\n{}", all.concat())
}

const PLACE: &str = r#"
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
podIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) | Quote }}
startTime: {{ Now | Quote }}
"#;

/// Containers that run; those that are to end before have ended well.
fn running(ready: bool) -> String {
    let containers = r#"
containerStatuses:
{{ range .spec.containers }}
- {image: {{ .image | Quote }}, name: {{ .name | Quote }}, ready: READY, restartCount: 0, state: {running: {startedAt: {{ Now | Quote }}}}}
{{ end }}
initContainerStatuses:
{{ range .spec.initContainers }}
- image: {{ .image | Quote }}
  name: {{ .name | Quote }}
  ready: true
  restartCount: 0
  {{ if eq .restartPolicy "Always" }}
  started: true
  state: {running: {startedAt: {{ Now | Quote }}}}
  {{ else }}
  state: {terminated: {exitCode: 0, finishedAt: {{ Now | Quote }}, reason: Completed, startedAt: {{ Now | Quote }}}}
  {{ end }}
{{ end }}
phase: Running
"#;
    conditions(ready) + &containers.replace("READY", &ready.to_string()) + PLACE
}

const COMPLETED: &str = r#"
{{ $root := . }}
containerStatuses:
{{ range $index, $item := .spec.containers }}
- image: {{ $item.image | Quote }}
  name: {{ $item.name | Quote }}
  ready: false
  restartCount: 0
  started: false
  state: {terminated: {exitCode: 0, finishedAt: {{ Now | Quote }}, reason: Completed, startedAt: {{ Now | Quote }}}}
{{ end }}
phase: Succeeded
"#;

/// Containers in a state that is no good.
fn failed(phase: &str, state: &str) -> String {
    let containers = "containerStatuses:\n{{ range .spec.containers }}\n- image: {{ .image | Quote }}\n  \
                      name: {{ .name | Quote }}\n  ready: false\n";
    format!("{}{containers}{state}{{{{ end }}}}\nphase: {phase}\n{PLACE}", conditions(false))
}

const IMAGE_PULL: &str = "  restartCount: 0
  state: {waiting: {reason: ImagePullBackOff, message: 'Back-off pulling image'}}
";
const PULL_FAILED: &str = "Failed to pull image: not found";
const CRASH_LOOP: &str = "  restartCount: 3
  lastState: {terminated: {exitCode: 1, reason: Error, finishedAt: {{ Now | Quote }}, startedAt: {{ Now | Quote }}}}
  state: {waiting: {reason: CrashLoopBackOff, message: 'back-off 40s restarting failed container'}}
";
const BACK_OFF: &str = "Back-off restarting failed container";
