//! The real kubectl against `stackwright sandbox serve`, and what `plan` and `apply` say to what it did.

use crate::served::Served;
use crate::skip::skip;

/// The words of the lines of a table, without its head and without ages.
fn rows(table: &str) -> Vec<Vec<String>> {
    let rows = table.lines().skip(1);
    rows.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

fn has_line(text: &str, words: &str) -> bool {
    text.lines().any(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") == words)
}

#[track_caller]
fn check_lines(text: &str, expected: &[&str]) {
    for words in expected {
        assert!(has_line(text, words), "no line `{words}` in\n{text}");
    }
}

#[track_caller]
fn check_head(table: &str, expected: &str) {
    let head = table.lines().next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(head, expected, "{table}");
}

const WEB: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: team}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: team}
data: {a: '1', b: '2'}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: team}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'web:1'}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: team}
spec: {selector: {app: web}, ports: [{port: 80}]}
";

#[test]
fn looks_around() {
    let Some(served) = Served::for_kubectl() else { skip!("there is no kubectl") };
    let kubectl = |line: &str| served.kubectl(line);

    check_lines(&kubectl("version"), &["Server Version: v1.31.4+stackwright-sandbox"]);
    assert_eq!(kubectl("get --raw /readyz"), "ok");
    let resources = kubectl("api-resources");
    check_lines(
        &resources,
        &[
            "pods po v1 true Pod",
            "deployments deploy apps/v1 true Deployment",
            "customresourcedefinitions crd,crds apiextensions.k8s.io/v1 false CustomResourceDefinition",
            "notebooks kubeflow.org/v1 true Notebook",
            "virtualservices vs networking.istio.io/v1 true VirtualService",
        ],
    );

    // Tables, with the columns of a real server.
    let nodes = kubectl("get nodes -o wide");
    check_head(
        &nodes,
        "NAME STATUS ROLES AGE VERSION INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME",
    );
    let nodes = rows(&nodes);
    let names: Vec<&str> = nodes.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(names, ["sandbox-1", "sandbox-2", "sandbox-3"]);
    assert!(nodes.iter().all(|row| row[1] == "Ready" && row[2] == "<none>"), "{nodes:?}");
    let pods = kubectl("get pods -A");
    check_head(&pods, "NAMESPACE NAME READY STATUS RESTARTS AGE");
    let pods = rows(&pods);
    assert!(pods.len() > 20, "{pods:?}");
    for row in &pods {
        let (ready, wanted) = row[2].split_once('/').expect("a ratio");
        assert!(ready == wanted && row[3] == "Running" && row[4] == "0", "{row:?}");
    }
    for (line, head) in [
        ("get pods -n auth -o wide", "NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES"),
        ("get deploy -n auth -o wide", "NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR"),
        ("get svc -n auth -o wide", "NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE SELECTOR"),
        ("get rs -n auth", "NAME DESIRED CURRENT READY AGE"),
        ("get hpa -A", "NAMESPACE NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS AGE"),
        ("get events -n auth", "LAST SEEN TYPE REASON OBJECT MESSAGE"),
        ("get crd", "NAME CREATED AT"),
        ("get certificates.cert-manager.io -A", "NAMESPACE NAME READY SECRET ISSUER STATUS AGE"),
        ("get clusterrolebindings -o wide", "NAME ROLE AGE USERS GROUPS SERVICEACCOUNTS"),
        ("get pvc -n kubeflow", "NAME STATUS VOLUME CAPACITY ACCESS MODES STORAGECLASS VOLUMEATTRIBUTESCLASS AGE"),
        ("get sc", "NAME PROVISIONER RECLAIMPOLICY VOLUMEBINDINGMODE ALLOWVOLUMEEXPANSION AGE"),
        ("get quota -n alice", "NAME AGE REQUEST LIMIT"),
        ("get all -n auth", "NAME READY STATUS RESTARTS AGE"),
    ] {
        check_head(&kubectl(line), head);
    }
    let classes = kubectl("get sc");
    assert!(classes.lines().any(|line| line.starts_with("fast (default) ")), "{classes}");
    let quota = kubectl("get quota -n alice");
    assert!(quota.contains("cpu: 0/16, memory: 0/64Gi"), "{quota}");

    // Other forms, and selections.
    assert_eq!(kubectl("get deploy -n auth dex -o jsonpath={.spec.template.spec.containers[0].name}"), "dex");
    assert_eq!(kubectl("get deploy -n auth dex -o name"), "deployment.apps/dex\n");
    let json: serde_json::Value = serde_json::from_str(&kubectl("get deploy -A -o json")).expect("JSON");
    assert_eq!(json["kind"], "List");
    assert!(json["items"].as_array().is_some_and(|items| items.len() > 15));
    let yaml = kubectl("get svc -n auth dex -o yaml");
    check_lines(&yaml, &["kind: Service", "name: dex", "type: ClusterIP"]);
    assert!(!yaml.contains("managedFields"), "{yaml}");
    assert!(kubectl("get svc -n auth dex -o yaml --show-managed-fields").contains("manager: stackwright"));
    let selected = kubectl("get deploy -A -l stackwright.io/component=katib -o name");
    assert_eq!(rows(&format!("\n{selected}")).len(), 3, "{selected}");
    assert_eq!(kubectl("get deploy -A -l stackwright.io/component=none -o name"), "");
    let running = kubectl("get pods -n auth --field-selector status.phase=Running -o name");
    assert_eq!(running.lines().count(), 1, "{running}");
    assert_eq!(kubectl("get pods -n auth --field-selector status.phase=Failed -o name"), "");
    let custom = kubectl("get profiles -o custom-columns=NAME:.metadata.name,OWNER:.spec.owner.name");
    check_lines(&custom, &["alice alice@example.com"]);
    assert_eq!(
        served.refused("get pods -n auth nothing"),
        "Error from server (NotFound): pods \"nothing\" not found\n"
    );
    let unknown = served.refused("get nothings");
    assert_eq!(unknown, "error: the server doesn't have a resource type \"nothings\"\n");

    // Described.
    let pod = kubectl("describe pod -n auth -l app=dex");
    check_lines(&pod, &["Status: Running", "Ready: True", "QoS Class: BestEffort"]);
    assert!(pod.contains("Successfully assigned auth/dex-"), "{pod}");
    let deployment = kubectl("describe deploy -n auth dex");
    check_lines(
        &deployment,
        &[
            "Replicas: 1 desired | 1 updated | 1 total | 1 available | 0 unavailable",
            "Available True MinimumReplicasAvailable",
            "Progressing True NewReplicaSetAvailable",
        ],
    );
    check_lines(&kubectl("describe node sandbox-1"), &["Hostname: sandbox-1", "pods: 110"]);
    check_lines(&kubectl("describe profile alice"), &["Name: alice@example.com", "Cpu: 16"]);
    check_lines(&kubectl("describe quota -n alice"), &["cpu 0 16", "memory 0 64Gi"]);
    let service = kubectl("describe svc -n auth dex");
    assert!(service.lines().any(|line| line.starts_with("Endpoints:") && line.ends_with(":5556")), "{service}");

    // Explained, asked, told.
    check_lines(&kubectl("explain deployment.spec.replicas"), &["FIELD: replicas <integer>"]);
    check_lines(&kubectl("explain profile.spec"), &["owner <Object>", "resourceQuotaSpec <Object>"]);
    assert_eq!(kubectl("auth can-i create pods"), "yes\n");
    assert!(kubectl("auth whoami").contains("kubernetes-admin"));
    let token = kubectl("create token default -n alice");
    assert_eq!(token.trim().split('.').count(), 3, "{token}");
    let missing = served.refused("create token nobody -n alice");
    assert_eq!(missing, "error: failed to create token: serviceaccounts \"nobody\" not found\n");
    assert!(kubectl("events -n auth").contains("Started container dex"));
    kubectl("logs -n auth deploy/dex");
    let watched = served.run(&["get", "deploy", "-n", "auth", "-w", "--request-timeout=2s"]);
    assert!(watched.stdout.contains("dex"), "{}", watched.stdout);
}

#[test]
fn applies_and_changes() {
    let Some(served) = Served::for_kubectl() else { skip!("there is no kubectl") };
    let kubectl = |line: &str| served.kubectl(line);

    served.write("web.yaml", WEB);
    let created =
        "namespace/team created\nconfigmap/settings created\ndeployment.apps/web created\nservice/web created\n";
    assert_eq!(kubectl("apply -f web.yaml"), created);
    assert_eq!(kubectl("apply -f web.yaml"), created.replace("created", "unchanged"));
    assert!(kubectl("rollout status -n team deploy/web --timeout=20s").contains("successfully rolled out"));
    assert_eq!(served.run(&["diff", "-f", "web.yaml"]).code, Some(0));
    served.write("web.yaml", &WEB.replace("web:1", "web:2"));
    let difference = served.run(&["diff", "-f", "web.yaml"]);
    assert_eq!(difference.code, Some(1), "{}", difference.stderr);
    check_lines(&difference.stdout, &["- - image: web:1", "+ - image: web:2", "- generation: 1", "+ generation: 2"]);
    assert!(kubectl("apply -f web.yaml").contains("deployment.apps/web configured"));
    kubectl("rollout status -n team deploy/web --timeout=20s");
    let history = kubectl("rollout history -n team deploy/web");
    check_lines(&history, &["1 <none>", "2 <none>"]);
    kubectl("rollout undo -n team deploy/web");
    kubectl("rollout status -n team deploy/web --timeout=20s");
    assert_eq!(kubectl("get deploy -n team web -o jsonpath={..image}"), "web:1");
    kubectl("rollout restart -n team deploy/web");
    kubectl("rollout status -n team deploy/web --timeout=20s");
    let pods = kubectl("get pods -n team -l app=web -o jsonpath={.items[*].metadata.annotations}");
    assert!(pods.contains("kubectl.kubernetes.io/restartedAt"), "{pods}");

    assert_eq!(kubectl("scale -n team deploy/web --replicas=4"), "deployment.apps/web scaled\n");
    kubectl("wait -n team deploy/web --for=jsonpath={.status.readyReplicas}=4 --timeout=20s");
    let late = served.refused("wait -n team deploy/web --for=jsonpath={.status.readyReplicas}=5 --timeout=1s");
    assert!(late.contains("timed out waiting for the condition on deployments/web"), "{late}");
    kubectl("autoscale -n team deploy/web --min=2 --max=3");
    kubectl("wait -n team deploy/web --for=jsonpath={.spec.replicas}=3 --timeout=20s");
    check_lines(&kubectl("get deploy -n team web -o jsonpath={.spec.replicas}"), &["3"]);

    served.editor("s/replicas: 3/replicas: 2/");
    assert_eq!(kubectl("edit -n team deploy/web"), "deployment.apps/web edited\n");
    assert_eq!(kubectl("get deploy -n team web -o jsonpath={.spec.replicas}"), "2");
    served.editor("s/cpu: \"16\"/cpu: \"8\"/");
    assert_eq!(kubectl("edit profile alice"), "profile.kubeflow.org/alice edited\n");
    kubectl("wait -n alice quota/kf-resource-quota --for=jsonpath={.status.hard.cpu}=8 --timeout=20s");
    served.editor("s/nothing/to do/");
    assert_eq!(served.run(&["edit", "-n", "team", "cm/settings"]).stderr, "Edit cancelled, no changes made.\n");
    // What the schema refuses comes back to the editor with the reason; left as it is, it is given up.
    served.editor("s/replicas: 2/replicas: two/");
    assert!(served.refused("edit -n team deploy/web").contains("error: Edit cancelled"), "not refused");

    kubectl("patch -n team cm settings --type=merge -p {\"data\":{\"c\":\"3\",\"b\":null}}");
    assert_eq!(kubectl("get cm -n team settings -o jsonpath={.data}"), r#"{"a":"1","c":"3"}"#);
    kubectl(r#"patch -n team cm settings --type=json -p [{"op":"remove","path":"/data/c"}]"#);
    assert_eq!(kubectl("get cm -n team settings -o jsonpath={.data}"), r#"{"a":"1"}"#);
    let environment =
        r#"{"spec":{"template":{"spec":{"containers":[{"name":"web","env":[{"name":"A","value":"1"}]}]}}}}"#;
    kubectl(&format!("patch -n team deploy web --type=strategic -p {environment}"));
    let container = kubectl("get deploy -n team web -o jsonpath={.spec.template.spec.containers[0]['image','env']}");
    assert_eq!(container, r#"web:1 [{"name":"A","value":"1"}]"#);
    kubectl("label -n team cm/settings x=y");
    kubectl("annotate -n team cm/settings note=kept");
    assert_eq!(kubectl("get cm -n team -l x=y -o name"), "configmap/settings\n");
    let taken = served.refused("label -n team cm/settings x=z");
    assert!(taken.contains("'x' already has a value (y), and --overwrite is false"), "{taken}");
    kubectl("set image -n team deploy/web web=web:3");
    kubectl("expose -n team deploy/web --name=other --port=80");

    // Server-side apply against the fields of the platform.
    let dex = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: dex, namespace: auth}\n\
               spec: {template: {spec: {containers: [{name: dex, image: 'dex:mine'}]}}}\n";
    served.write("dex.yaml", dex);
    let conflict = served.refused("apply --server-side -f dex.yaml");
    let expected = "error: Apply failed with 1 conflict: conflict with \"stackwright\": \
                    .spec.template.spec.containers[name=\"dex\"].image\n";
    assert!(conflict.starts_with(expected), "{conflict}");
    let dry = kubectl("apply --server-side --force-conflicts --dry-run=server -f dex.yaml");
    assert_eq!(dry, "deployment.apps/dex serverside-applied (server dry run)\n");
    assert_ne!(kubectl("get deploy -n auth dex -o jsonpath={..image}"), "dex:mine");
    assert_eq!(
        kubectl("apply --server-side --force-conflicts -f dex.yaml"),
        "deployment.apps/dex serverside-applied\n"
    );
    assert_eq!(kubectl("get deploy -n auth dex -o jsonpath={..image}"), "dex:mine");
    let invalid = WEB.replace("replicas: 2", "replicas: two");
    served.write("web.yaml", &invalid);
    let refused = served.refused("apply --server-side -f web.yaml");
    assert!(refused.contains("spec.replicas"), "{refused}");
}

#[test]
fn deletes_and_waits() {
    let Some(served) = Served::for_kubectl() else { skip!("there is no kubectl") };
    let kubectl = |line: &str| served.kubectl(line);

    served.write("web.yaml", WEB);
    kubectl("apply -f web.yaml");
    kubectl("wait -n team deploy/web --for=condition=Available --timeout=20s");
    kubectl("run one -n team --image=one:1");
    kubectl("wait -n team pod/one --for=condition=Ready --timeout=20s");
    assert_eq!(kubectl("delete -n team pod/one --wait=false"), "pod \"one\" deleted\n");
    kubectl("wait -n team pod/one --for=delete --timeout=20s");
    assert_eq!(kubectl("delete -n team deploy web --cascade=foreground"), "deployment.apps \"web\" deleted\n");
    let left = served.run(&["get", "pods,rs", "-n", "team"]);
    assert_eq!(left.stderr, "No resources found in team namespace.\n");
    kubectl("create deploy kept -n team --image=kept:1");
    kubectl("wait -n team deploy/kept --for=condition=Available --timeout=20s");
    kubectl("delete -n team deploy kept --cascade=orphan");
    assert_eq!(kubectl("get rs -n team -o name").lines().count(), 1, "an orphaned ReplicaSet stays");
    kubectl("create job -n team once --image=once:1");
    kubectl("wait -n team job/once --for=condition=complete --timeout=20s");
    let jobs = rows(&kubectl("get jobs -n team"));
    assert_eq!(jobs[0][..3], ["once", "Complete", "1/1"]);

    // A namespace empties before it goes; one thing in it holds on for a while.
    kubectl("create cm held -n team");
    kubectl(r#"patch cm held -n team --type=merge -p {"metadata":{"finalizers":["a.b/c"]}}"#);
    kubectl("delete ns team --wait=false");
    kubectl("wait ns/team --for=condition=NamespaceFinalizersRemaining --timeout=20s");
    check_lines(&kubectl("get ns team -o jsonpath={.status.phase}"), &["Terminating"]);
    assert!(served.refused("create cm late -n team").contains("because it is being terminated"), "created");
    kubectl(r#"patch cm held -n team --type=merge -p {"metadata":{"finalizers":null}}"#);
    kubectl("wait ns/team --for=delete --timeout=20s");

    assert_eq!(kubectl("delete profile alice --timeout=20s"), "profile.kubeflow.org \"alice\" deleted\n");
    kubectl("wait ns/alice --for=delete --timeout=20s");
    // With a CRD its objects go, and nobody serves them any more.
    kubectl("delete crd profiles.kubeflow.org --timeout=20s");
    let unknown = served.refused("get profiles");
    assert!(unknown.contains("the server could not find the requested resource"), "{unknown}");

    kubectl("cordon sandbox-3");
    assert!(has_line(&kubectl("get node sandbox-3 -o jsonpath={.spec.unschedulable}"), "true"));
    kubectl("drain sandbox-3 --ignore-daemonsets --delete-emptydir-data --force --timeout=30s");
    assert_eq!(kubectl("get pods -A --field-selector spec.nodeName=sandbox-3 -o name"), "");
    kubectl("uncordon sandbox-3");
}

#[test]
fn plan_shows_and_apply_repairs_what_was_changed() {
    let Some(served) = Served::for_kubectl() else { skip!("there is no kubectl") };
    let kubectl = |line: &str| served.kubectl(line);
    let program = |arguments: &[&str]| served.directory.succeed(arguments);

    let nothing = "No changes. The cluster matches the configuration.\n";
    assert_eq!(program(&["plan", "--detailed-exitcode"]), nothing);
    // An autoscaler's Deployment is the autoscaler's; other fields, labels and objects are whose they are.
    kubectl("scale -n istio-system deploy/istiod --replicas=3");
    kubectl("label -n kubeflow svc katib-ui extra=yes");
    kubectl("annotate -n kubeflow svc katib-ui note=mine");
    kubectl("create cm mine -n kubeflow");
    assert_eq!(program(&["plan", "--detailed-exitcode"]), nothing);

    kubectl("set image -n kubeflow deploy/volumes-web-app-deployment volumes-web-app=other:1");
    kubectl("delete svc -n kubeflow centraldashboard");
    kubectl("scale -n kubeflow deploy/katib-ui --replicas=3");
    kubectl("label -n kubeflow svc katib-ui stackwright.io/component=other --overwrite");
    let plan = served.directory.run(&["plan", "--detailed-exitcode", "--full"]);
    assert_eq!(plan.code, Some(2), "{}", plan.stderr);
    check_lines(
        &plan.stdout,
        &[
            "+ Service kubeflow/centraldashboard",
            "~ spec.replicas = 3 -> 1 # set by kubectl",
            "~ metadata.labels[stackwright.io/component] = \"other\" -> \"katib\" # set by kubectl-label",
            "Plan: 1 to add, 3 to change, 0 to destroy.",
        ],
    );
    assert!(plan.stdout.contains("containers[name=volumes-web-app].image = \"other:1\" -> "), "{}", plan.stdout);
    program(&["apply", "--auto-approve"]);
    assert_eq!(program(&["plan", "--detailed-exitcode"]), nothing);
    assert_eq!(kubectl("get deploy -n istio-system istiod -o jsonpath={.spec.replicas}"), "3");
    assert_eq!(kubectl("get svc -n kubeflow katib-ui -o jsonpath={.metadata.labels.extra}"), "yes");
    assert_eq!(kubectl("get svc -n kubeflow katib-ui -o jsonpath={.metadata.annotations.note}"), "mine");
    assert_eq!(kubectl("get cm -n kubeflow mine -o name"), "configmap/mine\n");

    // Larger harm: a whole namespace and a kind.
    kubectl("delete ns oauth2-proxy --timeout=30s");
    kubectl("delete crd notebooks.kubeflow.org --timeout=30s");
    program(&["apply", "--auto-approve"]);
    assert_eq!(program(&["plan", "--detailed-exitcode"]), nothing);
    program(&["status"]);
    program(&["verify"]);
}

#[test]
fn applies_lists_and_nodes() {
    let Some(served) = Served::for_kubectl() else { skip!("there is no kubectl") };
    let kubectl = |line: &str| served.kubectl(line);

    // kubectl checks the items of a List itself, against the schemas of the second version of OpenAPI.
    let list = "\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: one, namespace: default}
  data: {a: '1'}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: two, namespace: default}
  spec:
    selector: {matchLabels: {app: two}}
    template:
      metadata: {labels: {app: two}}
      spec:
        containers:
        - name: two
          image: two:1
          ports: [{containerPort: 80}]
          resources: {limits: {cpu: '1', memory: 1Gi}}
          livenessProbe: {httpGet: {port: 80, path: /}}
- apiVersion: kubeflow.org/v1
  kind: Profile
  metadata: {name: bob}
  spec: {owner: {kind: User, name: bob@example.com}}
";
    served.write("list.yaml", list);
    let made = "configmap/one created\ndeployment.apps/two created\nprofile.kubeflow.org/bob created\n";
    assert_eq!(kubectl("apply -f list.yaml"), made);
    assert_eq!(kubectl("apply -f list.yaml"), made.replace("created", "unchanged"));
    served.write("list.yaml", &list.replace("image: two:1", "imagine: two:1"));
    let refused = served.refused("apply -f list.yaml");
    assert!(refused.contains("unknown field \"imagine\""), "{refused}");
    kubectl("delete cm one");
    let maps = kubectl("get cm,deploy -o yaml");
    served.write("all.yaml", &maps);
    assert!(kubectl("apply -f all.yaml").contains("deployment.apps/two configured"));

    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: sandbox-1, labels: {rack: a}}\nspec: {taints: [{key: a, value: b, effect: NoSchedule}]}\n";
    served.write("node.yaml", node);
    assert_eq!(kubectl("apply --server-side -f node.yaml"), "node/sandbox-1 serverside-applied\n");
    assert_eq!(kubectl("get node sandbox-1 -o jsonpath={.metadata.labels.rack}"), "a");
    let new = "apiVersion: v1\nkind: Node\nmetadata: {name: gpu-1, labels: {rack: a}}\nspec: {podCIDR: 10.0.0.0/24}\n\
               status: {capacity: {cpu: '8', nvidia.com/gpu: '2'}, nodeInfo: {architecture: amd64}}\n";
    served.write("node.yaml", new);
    assert_eq!(kubectl("apply --server-side -f node.yaml"), "node/gpu-1 serverside-applied\n");
    assert_eq!(kubectl("get node gpu-1 -o jsonpath={.spec.podCIDR}"), "10.0.0.0/24");
    let whole = kubectl("get node sandbox-2 -o yaml");
    served.write("node.yaml", &whole.replace("  resourceVersion:", "  # resourceVersion:"));
    assert_eq!(kubectl("apply --server-side --force-conflicts -f node.yaml"), "node/sandbox-2 serverside-applied\n");
}

#[test]
fn acts_as_others_and_with_tokens() {
    let Some(served) = Served::for_kubectl() else { skip!("there is no kubectl") };
    let kubectl = |line: &str| served.kubectl(line);

    let editor = "--as system:serviceaccount:alice:default-editor";
    assert_eq!(served.run(&["auth", "can-i", "list", "nodes", "--as", "anna"]).stdout, "no\n");
    assert_eq!(kubectl("auth can-i list nodes"), "yes\n");
    assert!(kubectl("auth can-i --list --as anna").contains("selfsubjectaccessreviews.authorization.k8s.io"));
    let refused = served.refused("get secrets -n kube-system --as anna");
    let expected = "Error from server (Forbidden): secrets is forbidden: User \"anna\" cannot list resource \"secrets\" in \
                    API group \"\" in the namespace \"kube-system\"\n";
    assert_eq!(refused, expected);
    kubectl("create role looks -n default --verb=get,list --resource=pods");
    kubectl("create rolebinding looks -n default --role=looks --serviceaccount=alice:default-editor");
    kubectl(&format!("get pods -n default {editor}"));
    served.refused(&format!("get pods -n kubeflow {editor}"));
    assert_eq!(kubectl(&format!("auth can-i get pods -n default {editor}")), "yes\n");

    // With a token instead of the certificate.
    let token = kubectl("create token default-editor -n alice");
    let audience = kubectl("create token default-editor -n alice --audience vault");
    let text = std::fs::read_to_string(served.directory.path().join("kubeconfig")).expect("a kubeconfig");
    let with = |token: &str| {
        let mut lines: Vec<String> = text
            .lines()
            .filter(|line| !line.contains("client-certificate-data") && !line.contains("client-key-data"))
            .map(str::to_owned)
            .collect();
        let place = lines.iter().position(|line| line.trim() == "user:").expect("a user");
        lines.insert(place + 1, format!("    token: {}", token.trim()));
        served.write("token", &lines.join("\n"));
    };
    with(&token);
    kubectl("--kubeconfig token get pods -n default");
    assert!(served.refused("--kubeconfig token get secrets -n default").contains("cannot list resource \"secrets\""));
    assert!(kubectl("--kubeconfig token auth whoami").contains("system:serviceaccount:alice:default-editor"));
    with(&audience);
    assert!(served.refused("--kubeconfig token get pods -n default").contains("Unauthorized"));
}

#[test]
fn quotas_refuse_as_they_do_on_a_real_server() {
    let Some(served) = Served::for_kubectl() else { skip!("there is no kubectl") };
    let kubectl = |line: &str| served.kubectl(line);

    let refused = served.refused("create quota q -n default --hard=gpu=1");
    assert!(refused.contains("spec.hard[gpu]: Invalid value: gpu: must be a standard resource for quota"), "{refused}");
    // alice has a quota of processors and memory, and defaults, which are taken away here.
    kubectl("delete limitrange quota-defaults -n alice");
    let refused = served.refused("run one -n alice --image=one:1");
    let expected = "Error from server (Forbidden): pods \"one\" is forbidden: failed quota: kf-resource-quota: must specify \
                    cpu for: one; memory for: one\n";
    assert_eq!(refused, expected);
    let range = "apiVersion: v1\nkind: LimitRange\nmetadata: {name: usual, namespace: alice}\n\
                 spec: {limits: [{type: Container, defaultRequest: {cpu: 100m, memory: 64Mi}}]}\n";
    served.write("range.yaml", range);
    kubectl("apply -f range.yaml");
    kubectl("run one -n alice --image=one:1");
    kubectl("wait -n alice pod/one --for=condition=Ready --timeout=20s");
    assert_eq!(kubectl("get pod one -n alice -o jsonpath={.status.qosClass}"), "Burstable");
    assert!(kubectl("get quota -n alice").contains("cpu: 100m/16"));
}
