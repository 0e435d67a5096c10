//! What a company asks of a platform, on the sandbox: people's namespaces with all they may have, queues, where the platform's
//! own pods run and how often, the way in, a proxy. Applied, it is as it was asked for and the next plan is empty.

use serde_json::Value;

use crate::program::Directory;
use crate::served::Served;
use crate::skip::skip;

const BASE: &str = r#"
stackwright { installation = "company" }
provider "sandbox" { nodes = 4 }
cluster "main" { provider = sandbox }
platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "RELEASE"
  admin {
    email    = "admin@example.com"
    password = "only for the sandbox 4711"
  }
  PLATFORM
}
"#;

const PEOPLE: &str = r#"
user "alice" {
  platform = platform.ml
  email    = "alice@example.com"
  password = "only for the sandbox 4711"
  groups   = ["vision-team"]
  profile {
    quota = { cpu = "16", memory = "64Gi", "nvidia.com/gpu" = 1, pods = 50 }
  }
}
user "bob" {
  platform = platform.ml
  email    = "bob@example.com"
  password = "only for the sandbox 4711"
  groups   = ["vision-team"]
}
profile "vision" {
  platform           = platform.ml
  owner              = user.alice
  contributor_groups = { "vision-team" = "edit" }
  queue              = queue.training
  node_selector      = { "nvidia.com/gpu.product" = "A100", zone = "a" }
  tolerations        = [{ key = "nvidia.com/gpu", operator = "Exists" }]
  pod_default "datasets" {
    env_from = { STORE_KEY = "store/key" }
    volume "datasets" {
      claim = "datasets"
      path  = "/data"
    }
  }
}
queue "all" {
  platform   = platform.ml
  capability = { cpu = "96", memory = "512Gi" }
}
queue "training" {
  platform   = platform.ml
  parent     = queue.all
  weight     = 4
  capability = { cpu = "64", memory = "256Gi" }
  deserved   = { cpu = "32" }
  guarantee  = { cpu = "4" }
}
"#;

/// The rendered objects.
fn rendered(directory: &Directory) -> Vec<Value> {
    let text = directory.succeed(&["render"]);
    let documents = text.split("\n---\n").map(|text| text.trim_start_matches("---\n"));
    documents.map(|text| serde_saphyr::from_str(text).expect("YAML")).collect()
}

fn find<'a>(objects: &'a [Value], kind: &str, namespace: &str, name: &str) -> &'a Value {
    let is_it = |object: &&Value| {
        object["kind"] == kind
            && object["metadata"]["name"] == name
            && object["metadata"]["namespace"].as_str().unwrap_or_default() == namespace
    };
    objects.iter().find(is_it).unwrap_or_else(|| panic!("no {kind} {namespace}/{name}"))
}

fn directory(release: &str, platform: &str, more: &str) -> Directory {
    let text = BASE.replace("RELEASE", release).replace("PLATFORM", platform) + more;
    let directory = Directory::new();
    directory.append("main.hcl", &text);
    directory
}

/// Applied, the next plan is empty.
fn holds(directory: &Directory) {
    directory.succeed(&["apply", "--auto-approve"]);
    let plan = directory.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(plan.code, Some(0), "{}{}", plan.stdout, plan.stderr);
}

#[test]
fn people_have_namespaces_with_queues_and_defaults() {
    let directory = directory("1.9.1", "scheduler { name = \"volcano\" }", PEOPLE);
    let objects = rendered(&directory);
    let annotations = &find(&objects, "Namespace", "", "vision")["metadata"]["annotations"];
    assert_eq!(annotations["scheduling.volcano.sh/queue-name"], "training");
    assert_eq!(annotations["scheduler.alpha.kubernetes.io/node-selector"], "nvidia.com/gpu.product=A100,zone=a");
    assert_eq!(annotations["owner"], "alice@example.com");
    assert!(!objects.iter().any(|one| one["kind"] == "Namespace" && one["metadata"]["name"] == "alice"));
    let queue = &find(&objects, "Queue", "", "training")["spec"];
    assert_eq!((&queue["parent"], &queue["guarantee"]["resource"]["cpu"]), (&"all".into(), &"4".into()));
    let scheduler = find(&objects, "ConfigMap", "volcano-system", "volcano-scheduler-configmap");
    let scheduler = scheduler["data"]["volcano-scheduler.conf"].as_str().expect("a text");
    assert!(scheduler.contains("name: capacity") && !scheduler.contains("proportion"), "{scheduler}");
    let bob = find(&objects, "RoleBinding", "vision", "user-bob-example-com-clusterrole-edit");
    assert_eq!(bob["subjects"][0]["name"], "bob@example.com");
    let group = find(&objects, "RoleBinding", "vision", "group-vision-team-clusterrole-edit");
    assert_eq!(group["subjects"][0]["kind"], "Group");
    let default = &find(&objects, "PodDefault", "vision", "datasets")["spec"];
    assert_eq!(default["env"][0]["valueFrom"]["secretKeyRef"]["key"], "key");
    assert_eq!(default["selector"]["matchLabels"]["datasets"], "true");
    holds(&directory);

    // Without a need of its own the namespace is the controller's again, with all that is in it.
    let main = std::fs::read_to_string(directory.path().join("main.hcl")).expect("readable");
    let main: String = main
        .lines()
        .filter(|line| !line.contains("= queue.training") && !line.contains("node_selector"))
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(directory.path().join("main.hcl"), main).expect("writable");
    let plan = directory.succeed(&["plan", "--full"]);
    assert!(plan.contains("Namespace vision") && plan.contains("What holds this namespace stays"), "{plan}");
    holds(&directory);
    assert!(directory.succeed(&["show", "profile.vision"]).contains("name: vision"));
}

#[test]
fn kueue_serves_the_same_queues() {
    let directory = directory("26.03.1", "scheduler { name = \"kueue\" }", PEOPLE);
    let objects = rendered(&directory);
    assert_eq!(find(&objects, "Cohort", "", "all")["spec"]["parentName"], "ml");
    directory.replace(
        "main.hcl",
        "provider = sandbox }",
        "\n  provider           = sandbox\n  kubernetes_version = \"v1.34.0\"\n}",
    );
    let queue = &find(&objects, "ClusterQueue", "", "training")["spec"];
    assert_eq!((&queue["cohortName"], &queue["fairSharing"]["weight"]), (&"all".into(), &4.into()));
    let cpu = &queue["resourceGroups"][0]["flavors"][0]["resources"][0];
    let amounts = ["name", "nominalQuota", "borrowingLimit", "lendingLimit"].map(|field| cpu[field].as_str());
    assert_eq!(amounts, [Some("cpu"), Some("32"), Some("32"), Some("28")]);
    assert_eq!(find(&objects, "LocalQueue", "vision", "default")["spec"]["clusterQueue"], "training");
    holds(&directory);
}

const PLACED: &str = r#"
  availability = "high"
  placement {
    node_selector  = { "kubernetes.io/os" = "linux" }
    tolerations    = [{ key = "platform", operator = "Exists" }]
    priority_class = "system-cluster-critical"
    spread_over    = ["topology.kubernetes.io/zone"]
  }
  component "dex" {
    placement {
      tolerations = [{ key = "logins", operator = "Exists" }]
    }
    resources "dex" {
      requests = { memory = "300Mi" }
    }
  }
"#;

#[test]
fn the_platform_runs_where_and_as_often_as_asked() {
    let directory = directory("1.9.1", PLACED, "");
    let objects = rendered(&directory);
    let dex = &find(&objects, "Deployment", "auth", "dex")["spec"];
    let pod = &dex["template"]["spec"];
    assert_eq!((&dex["replicas"], &pod["priorityClassName"]), (&2.into(), &"system-cluster-critical".into()));
    assert_eq!(pod["nodeSelector"]["kubernetes.io/os"], "linux");
    assert_eq!(pod["tolerations"].as_array().map(Vec::len), Some(2));
    let keys: Vec<&str> = pod["topologySpreadConstraints"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["topologyKey"].as_str())
        .collect();
    assert_eq!(keys, ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]);
    assert_eq!(pod["containers"][0]["resources"]["requests"]["memory"], "300Mi");
    assert_eq!(find(&objects, "PodDisruptionBudget", "auth", "dex")["spec"]["maxUnavailable"], 1);
    assert_eq!(find(&objects, "HorizontalPodAutoscaler", "istio-system", "istiod")["spec"]["minReplicas"], 2);
    let database = &find(&objects, "Deployment", "kubeflow", "mysql")["spec"];
    assert!(database["replicas"].as_u64().unwrap_or(1) == 1, "{database}");
    assert_eq!(database["template"]["spec"]["nodeSelector"]["kubernetes.io/os"], "linux");
    // No budget stands in the way of a node that is emptied.
    for budget in objects.iter().filter(|one| one["kind"] == "PodDisruptionBudget") {
        assert_eq!(budget["spec"]["maxUnavailable"], 1, "{budget}");
    }
    let told = directory.run(&["validate"]);
    assert!(told.stderr.contains("kubeflow/mysql: one program on one volume"), "{}", told.stderr);
    holds(&directory);
}

const WAY_IN: &str = r#"
  endpoint {
    type                    = "load_balancer"
    host                    = "ml.example.com"
    more_hosts              = ["models.example.com"]
    redirect_http           = true
    annotations             = { "cloud.example.com/balancer" = "internal" }
    source_ranges           = ["10.0.0.0/8"]
    load_balancer_class     = "example.com/lb"
    external_traffic_policy = "Local"
    acme {
      email = "admin@example.com"
      dns01 = { route53 = { region = "eu-central-1" } }
    }
    ingress {
      class = "nginx"
    }
  }
  proxy {
    https     = "http://proxy.corp.example:3128"
    no_proxy  = [".corp.example"]
    ca_bundle = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
  }
"#;

#[test]
fn people_come_in_and_programs_go_out_as_said() {
    let directory = directory("1.11.0", WAY_IN, PEOPLE.split("profile \"vision\"").next().expect("users"));
    let objects = rendered(&directory);
    let service = find(&objects, "Service", "istio-system", "istio-ingressgateway");
    assert_eq!(service["spec"]["loadBalancerSourceRanges"][0], "10.0.0.0/8");
    assert_eq!(service["metadata"]["annotations"]["cloud.example.com/balancer"], "internal");
    let gateway = find(&objects, "Gateway", "kubeflow", "kubeflow-gateway");
    assert_eq!(gateway["spec"]["servers"][0]["tls"]["httpsRedirect"], true);
    let certificate = &find(&objects, "Certificate", "istio-system", "kubeflow-gateway")["spec"];
    assert_eq!(certificate["issuerRef"]["name"], "kubeflow-acme");
    assert_eq!(certificate["dnsNames"][1], "models.example.com");
    let ingress = &find(&objects, "Ingress", "istio-system", "kubeflow-gateway")["spec"];
    assert_eq!(ingress["rules"][0]["http"]["paths"][0]["backend"]["service"]["port"]["number"], 443);
    let dex = &find(&objects, "Deployment", "auth", "dex")["spec"]["template"]["spec"]["containers"][0];
    let value = |name: &str| {
        let all = dex["env"].as_array().expect("a list").iter();
        all.filter(|one| one["name"] == name).find_map(|one| one["value"].as_str()).unwrap_or_default().to_owned()
    };
    assert_eq!(value("HTTPS_PROXY"), "http://proxy.corp.example:3128");
    assert!(value("NO_PROXY").ends_with(".cluster.local,.corp.example"), "{}", value("NO_PROXY"));
    assert!(value("SSL_CERT_DIR").contains("/etc/stackwright/authorities"));
    find(&objects, "ConfigMap", "auth", "dex-authorities");
    let default = &find(&objects, "PodDefault", "alice", "platform-proxy")["spec"];
    assert_eq!(default["volumes"][0]["configMap"]["name"], "platform-authorities");
    holds(&directory);
}

const WATCHED: &str =
    "availability = \"high\"\n  gpu {\n    monitoring = true\n    rdma = true\n    sharing = \"time_slicing\"\n  }";

/// Whoever adds a workload says whether it may run several times, or why not.
#[test]
fn what_runs_once_has_a_reason_in_every_release() {
    for release in ["1.8.1", "1.9.1", "1.10.2", "1.11.0", "26.03", "26.03.1"] {
        let directory = directory(release, WATCHED, "");
        directory.replace("main.hcl", "\"mini\"", "\"enterprise\"");
        let told = directory.run(&["validate"]).stderr;
        let (_, told) = told.split_once("run once").expect(release);
        let lines: Vec<&str> = told.lines().skip(1).take_while(|line| !line.contains("= help:")).collect();
        assert!(lines.len() > 10, "{release}: {lines:?}");
        let silent: Vec<&&str> = lines.iter().filter(|line| !line.contains(": ")).collect();
        assert!(silent.is_empty(), "{release}: {silent:?}");
    }
}

const TAKEN: &str = "\nprofile \"taken\" {\n  platform = platform.ml\n  owner    = \"carol@example.com\"\n}\n";

#[test]
fn a_namespace_that_is_there_is_adopted_on_request() {
    let Some(served) = Served::for_kubectl() else { skip!("there is no kubectl") };
    served.kubectl("create namespace taken");
    served.kubectl("create configmap -n taken kept");
    let directory = &served.directory;
    directory.append("main.hcl", TAKEN);
    let refused = directory.run(&["plan"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert!(refused.stderr.contains("`adopt_namespace = true` in the profile"), "{}", refused.stderr);
    directory.replace("main.hcl", "\"carol@example.com\"\n", "\"carol@example.com\"\n  adopt_namespace = true\n");
    let plan = directory.succeed(&["plan", "--full"]);
    assert!(plan.contains("Namespace taken"), "{plan}");
    holds(directory);
    assert_eq!(served.kubectl("get namespace taken -o jsonpath={.metadata.annotations.owner}"), "carol@example.com");
    assert_eq!(served.kubectl("get configmap -n taken kept -o name"), "configmap/kept\n");
    assert_eq!(
        served.kubectl("get rolebinding -n taken namespaceAdmin -o name"),
        "rolebinding.rbac.authorization.k8s.io/namespaceAdmin\n"
    );
}
