//! Clusters and node pools of Samsung Cloud Platform, against the cloud that the program plays: a process of its own, asked
//! over HTTP with signed requests, whose minutes are milliseconds.

mod cloud;

use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

use crate::program::Directory;
use crate::program::Process;
use cloud::Cloud;
use cloud::Work;

const APPLY: [&str; 2] = ["apply", "--auto-approve"];
const DESTROY: [&str; 2] = ["destroy", "--auto-approve"];
const UNCHANGED: [&str; 2] = ["plan", "--detailed-exitcode"];

#[test]
fn from_nothing_to_a_running_platform_upgraded_and_back() {
    let cloud = Cloud::start();
    let work = Work::of(&cloud, Directory::example("scp"));
    work.succeed(&["fmt", "--check"]);
    work.succeed(&["validate"]);
    let plan = work.succeed(&["plan"]);
    assert!(plan.contains("cluster.main does not exist yet"), "{plan}");
    cloud.requests();
    let applied = work.succeed(&APPLY);
    assert!(applied.contains("dashboard = \"https://"), "{applied}");
    assert_eq!(cloud.names(), ["mlops-prod", "cpu", "gpu"]);
    let gpu = &cloud.things("nodepools")[1];
    assert_eq!(
        (&gpu["volume_type"]["name"], &gpu["image"]["scp_gpu_driver"]),
        (&json!("SSD_KMS"), &json!("ND_570.195.03"))
    );
    cloud.requests();
    let answer = work.run(&UNCHANGED);
    assert_eq!(answer.code, Some(0), "{}\n{}", answer.stdout, answer.stderr);
    let requests = cloud.requests();
    assert!(requests["total"].as_u64() <= Some(12), "a plan of one cluster with two pools: {requests}");
    work.succeed(&["status"]);
    // Grown and upgraded: the control plane first, then the nodes.
    let upgrade = [APPLY[0], APPLY[1], "--var", "kubernetes_version=v1.32.8", "--var", "most_nodes=6"];
    work.succeed(&upgrade);
    let versions: Vec<Value> =
        cloud.things("nodepools").iter().map(|pool| pool["kubernetes_version"].clone()).collect();
    assert_eq!(cloud.cluster()["kubernetes_version"], "v1.32.8");
    assert_eq!(versions, ["v1.32.8", "v1.32.8"]);
    assert_eq!(cloud.things("nodepools")[0]["max_node_count"], 6);
    let answer =
        work.run(&[UNCHANGED[0], UNCHANGED[1], "--var", "kubernetes_version=v1.32.8", "--var", "most_nodes=6"]);
    assert_eq!(answer.code, Some(0), "{}\n{}", answer.stdout, answer.stderr);
    // What is kept of the way in is for its owner only.
    let kept: Vec<_> =
        work.directory.files().into_iter().filter(|path| path.to_string_lossy().contains("kubeconfigs/scp")).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(std::fs::metadata(&kept[0]).expect("a file").permissions().mode() & 0o777, 0o600);
    work.succeed(&[DESTROY[0], DESTROY[1], "--var", "kubernetes_version=v1.32.8"]);
    assert_eq!(cloud.names(), Vec::<String>::new());
    // The secret key lies nowhere.
    let secret = cloud.key("SCP_TF_SECRET_KEY").as_bytes().to_vec();
    for file in work.directory.files() {
        let bytes = std::fs::read(&file).expect("a file");
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{} holds it", file.display());
    }
}

#[test]
fn pools_scale_and_every_argument_changes_in_place_that_can() {
    let cloud = Cloud::start();
    let work = Work::applied(&cloud);
    work.assert_whole("after the apply");
    let id = cloud.pool()["id"].clone();
    for (from, to) in [
        ("node_count  = 2", "node_count  = 4"),
        ("{ pool = \"workers\" }", "{ pool = \"workers\", tier = \"one\" }"),
        ("taints      = [{ key = \"a\", effect = \"NoSchedule\" }, ", "taints      = ["),
        (
            "node_count  = 4",
            "auto_recovery = false\n  linked_resources = [{ type = \"fs\", name = \"nfs_02\" }]\n  autoscaling {\n    min = 1\n    max = 5\n  }",
        ),
        ("[\"mlops-sg\", \"admin-sg\"]", "[\"admin-sg\"]"),
        ("\"203.0.113.7\"", "\"203.0.113.8\""),
        ("{ team = \"ml\" }", "{ team = \"ml\", env = \"prod\" }"),
        (
            "file_storage                 = \"nfs_01\"",
            "file_storage = \"nfs_01\"\n  control_plane_logging = true\n  service_watch_logging = true\n  private_endpoint_access = [{ type = \"vm\", name = \"bastion\", id = \"b1\" }]",
        ),
    ] {
        work.replace(from, to);
        let plan = work.run(&UNCHANGED);
        assert_eq!(plan.code, Some(2), "{to}: {}", plan.stderr);
        assert!(!plan.stdout.contains("forces replacement"), "{to}: {}", plan.stdout);
        work.succeed(&APPLY);
        work.assert_whole(to);
    }
    let (pool, cluster) = (cloud.pool(), cloud.cluster());
    assert_eq!(pool["id"], id, "the same pool");
    assert_eq!((&pool["max_node_count"], &pool["auto_recovery_enabled"]), (&json!(5), &json!(false)));
    assert_eq!(pool["linked_resources"][0]["name"], "nfs_02");
    assert_eq!(pool["taints"].as_array().map(Vec::len), Some(1));
    assert_eq!(cluster["public_endpoint_access_control_ip"], "203.0.113.8");
    assert_eq!(cluster["security_group_list"].as_array().map(Vec::len), Some(1));
    assert_eq!(cluster["private_endpoint_access_control_resources"][0]["name"], "bastion");
    assert_eq!(
        (&cluster["cloud_logging_enabled"], &cluster["service_watch_logging_enabled"]),
        (&json!(true), &json!(true))
    );
    // What is no longer written is closed, and does not stay open.
    work.replace("  public_endpoint_access_allow = \"203.0.113.8\"\n", "");
    work.run(&APPLY);
    assert_eq!(cloud.cluster()["public_endpoint_access_control_ip"], Value::Null);
}

#[test]
fn ids_in_place_of_names_and_another_order_are_no_change() {
    let cloud = Cloud::start();
    let work = Work::applied(&cloud);
    for (from, to) in [
        ("\"vpc1\"", "\"7df8e5a1b3c94d60a2f1c08e9b7d4a11\""),
        ("\"nfs_01\"", "\"bfdb4e2a-6c1d-4f8e-9a3b-5d7c8e9f0a1b\""),
        ("[\"mlops-sg\", \"admin-sg\"]", "[\"admin-sg\", \"852e0f1d7c6b4a59b8e3d2c1f0a94766\"]"),
    ] {
        work.replace(from, to);
        let plan = work.run(&["plan"]);
        assert!(
            !plan.stdout.contains("replace") && !plan.stdout.contains("lose"),
            "{to}: {}\n{}",
            plan.stdout,
            plan.stderr
        );
        work.succeed(&APPLY);
        work.assert_whole(to);
    }
}

#[test]
fn what_somebody_changes_in_the_console_is_drift() {
    let cloud = Cloud::start();
    let work = Work::applied(&cloud);
    for (kind, name, change, shown) in [
        ("nodepools", "workers", json!({"desired_node_count": 5}), "~ spec.node_count = 5 -> 2"),
        ("nodepools", "workers", json!({"labels": []}), "spec.labels"),
        ("nodepools", "workers", json!({"taints": []}), "spec.taints"),
        ("nodepools", "workers", json!({"auto_recovery_enabled": false}), "~ spec.auto_recovery = false -> true"),
        ("clusters", "main", json!({"cloud_logging_enabled": true}), "~ spec.control_plane_logging = true -> false"),
        (
            "clusters",
            "main",
            json!({"service_watch_logging_enabled": true}),
            "~ spec.service_watch_logging = true -> false",
        ),
        (
            "clusters",
            "main",
            json!({"public_endpoint_access_control_ip": "0.0.0.0/0"}),
            "spec.public_endpoint_access_allow",
        ),
        (
            "clusters",
            "main",
            json!({"security_group_list": [{"id": "852e0f1d7c6b4a59b8e3d2c1f0a94766", "name": "mlops-sg"}]}),
            "spec.network.security_groups",
        ),
    ] {
        // Without its labels a pool has no mark: put back by hand below.
        if change == json!({"labels": []}) {
            let mark = json!([{"key": "stackwright.io/installation", "value": "small"}]);
            cloud.change(kind, name, &json!({"labels": mark}));
        } else {
            cloud.change(kind, name, &change);
        }
        let plan = work.succeed(&["plan"]);
        assert!(plan.contains(shown), "{change}: {plan}");
        work.succeed(&APPLY);
        work.assert_whole(&change.to_string());
    }
    let mark = json!({"key": "stackwright.io/installation", "value": "small"});
    cloud.control("PUT", "tags/main", &json!([mark, {"key": "team", "value": "other"}]));
    assert!(work.succeed(&["plan"]).contains("~ spec.tags.team = \"other\" -> \"ml\""));
    work.succeed(&APPLY);
    work.assert_whole("tags");
    cloud.control("DELETE", "nodepools/workers", &Value::Null);
    assert!(work.succeed(&["plan"]).contains("+ node_pool.workers"));
    work.succeed(&APPLY);
    work.assert_whole("made again");
}

#[test]
fn what_cannot_change_in_place_is_replaced_and_a_cluster_only_by_consent() {
    let cloud = Cloud::start();
    let work = Work::applied(&cloud);
    let id = cloud.pool()["id"].clone();
    work.replace("\"s1v8m32\"", "\"s1v16m64\"");
    let plan = work.succeed(&["plan"]);
    assert!(plan.contains("~ spec.server_type = \"s1v8m32\" -> \"s1v16m64\" # forces replacement"), "{plan}");
    work.succeed(&APPLY);
    assert_ne!(cloud.pool()["id"], id);
    assert_eq!(cloud.pool()["server_type"]["id"], "s1v16m64");
    work.replace("\"sub1\"", "\"sub2\"");
    let refused = work.fail(&["plan"]);
    assert!(refused.contains("that would lose everything in cluster main"), "{refused}");
    let plan = work.succeed(&["plan", "--allow-data-loss"]);
    assert!(plan.contains("# The cluster it is in is replaced."), "{plan}");
    let (cluster, pool) = (cloud.cluster()["id"].clone(), cloud.pool()["id"].clone());
    work.succeed(&["apply", "--auto-approve", "--allow-data-loss"]);
    work.assert_whole("after the cluster was made anew");
    assert_ne!((cloud.cluster()["id"].clone(), cloud.pool()["id"].clone()), (cluster, pool));
}

#[test]
fn upgrades_go_one_minor_at_a_time_and_nodes_follow() {
    let cloud = Cloud::start();
    let work = Work::applied(&cloud);
    cloud.requests();
    work.replace("\"v1.31.8\"", "\"v1.33.5\"");
    work.succeed(&APPLY);
    work.assert_whole("two minors up");
    assert_eq!(cloud.pool()["kubernetes_version"], "v1.33.5");
    let upgrades = |requests: &Value| -> u64 {
        let kinds = requests["by_kind"].as_object().cloned().unwrap_or_default();
        kinds.iter().filter(|(kind, _)| kind.ends_with("/upgrade")).filter_map(|(_, count)| count.as_u64()).sum()
    };
    let requests = cloud.requests();
    assert_eq!(upgrades(&requests), 4, "cluster, pool, cluster, pool: {requests}");
    work.replace("\"v1.33.5\"", "\"v1.32.8\"");
    let text = work.fail(&APPLY);
    assert!(text.contains("Kubernetes does not go back to v1.32.8"), "{text}");
}

#[test]
fn names_that_are_not_there_are_told_with_what_may_be_meant() {
    let cloud = Cloud::start();
    let work = Work::small(&cloud);
    let before = work.text();
    let vpc = "There is no VPC \"vpc11\", by name or id. Did you mean vpc1?";
    for (from, to, expected) in [
        ("\"vpc1\"", "\"vpc11\"", vpc),
        ("\"admin-sg\"", "\"twice\"", "There are 2 security groups of the name twice: write the id"),
        ("\"nfs_01\"", "\"nfs01\"", "Did you mean nfs_01?"),
        ("\"v1.31.8\"", "\"v1.31.9\"", "The cloud does not offer Kubernetes v1.31.9; it offers v1.34.3"),
        ("\"mlops-key\"", "\"other-key\"", "There is no key pair \"other-key\""),
        ("\"s1v8m32\"", "\"s1v8m33\"", "Did you mean s1v8m32?"),
    ] {
        work.replace(from, to);
        for arguments in [&["plan"][..], &APPLY] {
            let text = work.fail(arguments);
            assert!(text.contains("Not to be had") && text.contains(expected) && text.contains(to), "{to}: {text}");
        }
        assert_eq!(cloud.names(), Vec::<String>::new());
        work.write(&before);
    }
    // All at once, each at its place.
    work.replace("\"vpc1\"", "\"vpc11\"");
    work.replace("\"s1v8m32\"", "\"s1v8m33\"");
    let text = work.fail(&["plan"]);
    assert!(text.contains("main.hcl:18:") && text.contains("main.hcl:26:") && text.contains("2 errors"), "{text}");
    work.write(&before);
    work.succeed(&APPLY);
}

/// What was never made is no thing that must be replaced: the next run makes what the configuration says then.
#[test]
fn a_cluster_that_was_refused_is_made_otherwise() {
    let cloud = Cloud::start();
    let work = Work::small(&cloud);
    cloud.faults(&json!([{"method": "POST", "times": 1000, "kind": "quota"}]));
    let text = work.fail(&["apply", "--auto-approve", "--wait-timeout=1s"]);
    assert!(text.contains("failed; what does not depend on them was done"), "{text}");
    cloud.faults(&json!([]));
    work.replace("\"vpc1\"", "\"vpc2\"");
    work.succeed(&APPLY);
    assert_eq!(cloud.cluster()["vpc"]["name"], "vpc2", "{}", cloud.cluster());
}

/// Runs until the cloud has swallowed a request, and kills the run then.
fn killed(work: &Work<'_>, arguments: &[&str]) -> bool {
    let mut command: Command = work.directory.command(arguments);
    let mut child = Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    let begun = Instant::now();
    loop {
        let hung = work.cloud.control("GET", "requests", &Value::Null)["hung"].as_u64().unwrap_or(0);
        if hung > 0 {
            return true;
        }
        if let Some(status) = child.try_wait().expect("it can be asked") {
            assert!(status.success(), "{arguments:?} ended with {status}");
            return false;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{arguments:?} does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Every request that changes something, killed before it is done and after, and requests that look, spread.
fn killed_everywhere(
    arguments: &[&str],
    begin: impl for<'a> Fn(&'a Cloud) -> Work<'a>,
    end: impl for<'a> Fn(&Work<'a>, &str),
) {
    let mut kills = 0;
    for (method, every) in [("POST", 1), ("DELETE", 1), ("GET", 9)] {
        for kind in ["hang_before", "hang_after"] {
            for moment in (0..).step_by(every) {
                if method == "GET" && (kind == "hang_after" || moment > 60) {
                    break;
                }
                let cloud = Cloud::start();
                let work = begin(&cloud);
                cloud.requests();
                cloud.faults(&json!([{"method": method, "skip": moment, "times": 1, "kind": kind}]));
                let was_killed = killed(&work, arguments);
                cloud.faults(&json!([]));
                if !was_killed {
                    break;
                }
                kills += 1;
                let when = format!("{arguments:?} killed at {method} {moment}, {kind}");
                work.succeed(arguments);
                end(&work, &when);
            }
        }
    }
    assert!(kills >= 6, "only {kills} runs were killed");
}

#[test]
fn an_apply_killed_at_requests_is_resumed_without_doubles() {
    killed_everywhere(&APPLY, |cloud| Work::small(cloud), |work, when| work.assert_whole(when));
}

#[test]
fn a_destroy_killed_at_requests_is_resumed() {
    killed_everywhere(
        &DESTROY,
        |cloud| Work::applied(cloud),
        |work, when| {
            assert_eq!(work.cloud.names(), Vec::<String>::new(), "{when}");
        },
    );
}

#[test]
fn an_unclear_answer_makes_nothing_twice() {
    for kind in ["lost", "failed", "unavailable", "firewall"] {
        for path in ["/v1/clusters", "/v1/nodepools"] {
            let cloud = Cloud::start();
            cloud.faults(&json!([{"method": "POST", "path": path, "times": 1, "kind": kind}]));
            let work = Work::small(&cloud);
            work.succeed(&APPLY);
            work.assert_whole(&format!("{kind} at {path}"));
        }
    }
}

#[test]
fn looks_that_fail_are_taken_again() {
    let cloud = Cloud::start();
    cloud.faults(&json!([
        {"method": "GET", "skip": 1, "times": 2, "kind": "unavailable"},
        {"method": "GET", "path": "/v1/images", "times": 1, "kind": "lost"},
    ]));
    let work = Work::small(&cloud);
    work.succeed(&APPLY);
    cloud.faults(&json!([]));
    work.assert_whole("after the faults");
}

#[test]
fn what_the_cloud_refuses_is_a_sentence_that_says_what_to_do() {
    let cloud = Cloud::start();
    let work = Work::small(&cloud);
    for (faults, expected) in [
        (
            json!([{"method": "POST", "kind": "quota"}]),
            "a quota of the account is used up (403): The quota of clusters is used up (quota.value.exceeded)",
        ),
        (json!([{"kind": "gateway"}]), "the gateway knows neither the path nor who asks (404 without a reason)"),
        (json!([{"path": "/v1/clusters", "kind": "version"}]), "ske 1.4 is needed"),
        (
            json!([{"path": "/v1/clusters", "kind": "firewall"}]),
            "the cloud's firewall turned the request away (417 with a page of HTML)",
        ),
    ] {
        cloud.faults(&faults);
        let text = work.fail(&APPLY);
        assert!(text.contains(expected) && !text.contains("<html"), "{faults}: {text}");
        assert_eq!(cloud.names(), Vec::<String>::new());
    }
    cloud.faults(&json!([]));
    work.succeed(&APPLY);
}

#[test]
fn bad_keys_and_clocks_that_differ_are_told_apart() {
    let cloud = Cloud::start();
    let mut work = Work::small(&cloud);
    cloud.control("PUT", "clock", &json!({"ahead_seconds": 900}));
    let text = work.fail(&["plan"]);
    assert!(
        text.contains("This machine's clock is 900 s behind the cloud's") || text.contains("s behind the cloud's"),
        "{text}"
    );
    cloud.control("PUT", "clock", &json!({"ahead_seconds": 0}));
    work.directory = work.directory.environment("SCP_TF_SECRET_KEY", "wrong-canary-4711");
    let text = work.fail(&["plan"]);
    assert!(text.contains("the cloud does not accept the signature (401). Check access_key and secret_key"), "{text}");
    assert!(!text.contains("canary"), "{text}");
    work.directory = work.directory.environment("SCP_TF_SECRET_KEY", "");
    let text = work.fail(&["plan"]);
    assert!(text.contains("secret_key is not given: neither as an argument, nor as SCP_TF_SECRET_KEY"), "{text}");
}

#[test]
fn a_cluster_in_error_is_told_with_the_way_out() {
    let cloud = Cloud::start();
    let work = Work::applied(&cloud);
    cloud.change("clusters", "main", &json!({"status": "ERROR"}));
    work.replace("{ team = \"ml\" }", "{ team = \"other\" }");
    let text = work.fail(&APPLY);
    assert!(text.contains("the cloud says ERROR, which does not pass by itself"), "{text}");
    assert!(text.contains("--replace"), "{text}");
}

#[test]
fn a_kubeconfig_that_was_lost_is_told_with_the_way_out() {
    let cloud = Cloud::start();
    let work = Work::small(&cloud);
    work.directory.append(
        "main.hcl",
        "\nstorage_class \"fast\" {\n  cluster     = cluster.main\n  provisioner = \"example.com/disk\"\n}\n",
    );
    work.succeed(&APPLY);
    std::fs::remove_dir_all(work.directory.path().join(".stackwright/kubeconfigs")).expect("a folder");
    let text = work.fail(&["plan"]);
    assert!(text.contains("was taken already (public endpoint), and the cloud gives it once"), "{text}");
    assert!(text.contains("user-kubeconfig?kubeconfig_type=public"), "{text}");
}

#[test]
fn two_runs_that_create_one_name_make_one_cluster() {
    let cloud = Cloud::start();
    let (one, other) = (Work::small(&cloud), Work::small(&cloud));
    other.replace("installation = \"small\"", "installation = \"other\"");
    let run = |work: &Work<'_>| {
        let mut command = work.directory.command(&APPLY);
        Process::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))
    };
    let running = [run(&one), run(&other)];
    let ended = running.map(Process::end);
    let [text] =
        &*ended.iter().filter(|answer| answer.code != Some(0)).map(|answer| &answer.stderr).collect::<Vec<_>>()
    else {
        panic!("one must fail: {:?}", ended.map(|answer| answer.stderr))
    };
    assert!(text.contains("main exists already and is not ours") || text.contains("duplicated-name"), "{text}");
    assert_eq!(cloud.names(), ["main", "workers"]);
}

#[test]
fn somebody_elses_pool_keeps_a_cluster() {
    let cloud = Cloud::start();
    let work = Work::applied(&cloud);
    cloud.change("nodepools", "workers", &json!({"labels": []}));
    let text = work.fail(&[DESTROY[0], DESTROY[1], "--wait-timeout", "2s"]);
    assert!(text.contains("Cluster.scp.stackwright.io main: being deleted"), "{text}");
    assert_eq!(cloud.names(), ["main", "workers"]);
}
