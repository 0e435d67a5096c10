//! The local console as a browser meets it: who is let in, what the pages tell, what hostile texts and many people do, that
//! changes are told, and what happens when a cluster goes away.

mod browser;
mod chromium;
mod kinds;

use std::cell::RefCell;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

use crate::program::Directory;
use crate::program::Process;
use crate::served::installed;
use crate::server::Server;
use crate::skip;
use browser::Console;
use chromium::Browser;
use kinds::HOSTILE;

const JSON: &str = "application/json";
const EMPTY: &str = "stackwright {\n  installation = \"console\"\n}\nprovider \"sandbox\" {}\ncluster \"main\" {\n  provider = sandbox\n}\n";
const PAGES: [&str; 8] = ["/", "/components", "/nodes", "/people", "/queues", "/workloads", "/history", "/drift"];

fn empty() -> Directory {
    let directory = Directory::new();
    directory.append("main.hcl", EMPTY);
    directory
}

/// A configuration whose cluster is a served one.
fn of(server: &Server) -> Directory {
    let directory = Directory::new().environment("KUBECONFIG", &server.kubeconfig().display().to_string());
    let text = EMPTY.replace("\"sandbox\"", "\"kubernetes\"").replace("= sandbox", "= kubernetes");
    directory.append("main.hcl", &text);
    directory
}

#[test]
fn one_browser_is_let_in_once() {
    let directory = empty();
    let console = Console::start(&directory, &[]);
    let host = console.host.clone();
    let get = |path: &str, headers: &[(&str, &str)]| console.send("GET", path, headers);
    assert_eq!(get("/", &[]).status, 403);
    assert_eq!(get("/?token=wrong", &[]).status, 403);
    let entered = get(&console.entrance, &[]);
    assert_eq!(entered.status, 200);
    let cookie = entered.header("set-cookie").expect("a cookie").to_owned();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{cookie}");
    assert_eq!(get(&console.entrance, &[]).status, 403, "a token is good once");
    let cookie = cookie.split(';').next().unwrap_or_default();
    let page = get("/", &[("Cookie", cookie)]);
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(!page.body.contains("style=") && !page.body.contains("<style") && !page.body.contains("onclick"));
    let with =
        |more: &[(&str, &str)], method: &str| console.send(method, "/", &[&[("Cookie", cookie)], more].concat()).status;
    assert_eq!(with(&[("Host", "evil.example")], "GET"), 421);
    assert_eq!(with(&[("Host", &host.replace("127.0.0.1", "localhost"))], "GET"), 200);
    assert_eq!(with(&[("Origin", "http://evil.example")], "POST"), 403);
    assert_eq!(with(&[("Sec-Fetch-Site", "cross-site")], "POST"), 405);
    assert_eq!(with(&[("Sec-Fetch-Site", "same-site")], "GET"), 403);
    assert_eq!(with(&[("Origin", &format!("http://{host}"))], "POST"), 405);
    assert_eq!(with(&[], "DELETE"), 405);
    let head = console.send("HEAD", "/", &[("Cookie", cookie)]);
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(get("/etc/passwd", &[("Cookie", cookie)]).status, 404);
    assert_eq!(get("/../Cargo.toml", &[("Cookie", cookie)]).status, 404);
    assert_eq!(get("/component?cluster=cluster.main&address=platform.x", &[("Cookie", cookie)]).status, 404);
    assert_eq!(get("/revision?cluster=cluster.main&number=7", &[("Cookie", cookie)]).status, 404);
}

#[test]
fn only_this_machine_may_look() {
    let directory = empty();
    let refused = directory.run(&["ui", "--listen", "0.0.0.0:0"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    assert!(refused.stderr.contains("is for this machine only"), "{}", refused.stderr);
    let unknown = directory.run(&["ui", "cluster.mian"]);
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.stderr.contains("There are: cluster.main."), "{}", unknown.stderr);
}

#[test]
fn it_ends_cleanly_and_shares_its_sandbox_until_then() {
    let directory = empty();
    let mut console = Console::start(&directory, &[]);
    let kubeconfig = directory.path().join(".stackwright/sandbox/kubeconfig");
    assert!(kubeconfig.is_file());
    // Others use the same sandbox meanwhile.
    directory.succeed(&["apply", "--auto-approve"]);
    assert_eq!(console.interrupt(), Some(0));
    assert!(!kubeconfig.exists(), "nobody serves it any more");
    directory.succeed(&["status"]);
}

#[test]
fn pages_tell_what_is_installed() {
    let directory = installed();
    let console = Console::enter(&directory);
    for (path, expected) in [
        (
            "/",
            vec![
                "cluster.main",
                "the embedded sandbox",
                "platform.ml, release 1.9.1",
                "Everything that is installed serves",
            ],
        ),
        ("/components", vec!["platform.ml.dex", "ghcr.io/dexidp/dex:v2.39.1", "user.alice", "storage_class.fast"]),
        ("/nodes", vec!["sandbox-1", "sandbox-3", "of 16 CPU", "No node offers any"]),
        ("/people", vec!["alice@example.com", "user.alice", "admin@example.com", "memory 0 of 64Gi", "2 people"]),
        ("/queues", vec!["There are no queues"]),
        ("/workloads", vec!["Notebooks", "Pipeline runs", "None."]),
        ("/history", vec!["Revision 1", "apply", "done"]),
        ("/revision?cluster=cluster.main&number=1", vec!["platform.ml", "1.9.1", "581 created"]),
        ("/drift", vec!["It is as the configuration says"]),
        ("/component?cluster=cluster.main&address=platform.ml.dex", vec!["Deployment", "auth", "Running", "dex-"]),
    ] {
        let page = console.page(path);
        let lacking: Vec<&&str> = expected.iter().filter(|text| !page.contains(**text)).collect();
        assert!(lacking.is_empty(), "{path} lacks {lacking:?}\n{page}");
        assert!(!page.contains("class=\"line\""), "{path}\n{page}");
    }
    // What somebody changes shows, with what an apply would do about it.
    let client = console.client(&directory);
    let path = "/apis/apps/v1/namespaces/auth/deployments/dex";
    client.send("PATCH", path, "application/merge-patch+json", &json!({"spec": {"replicas": 3}}));
    console.wait_for("/drift", "spec.replicas");
    assert!(!console.page("/drift").contains("<form"), "nothing on it can be pressed");
}

#[test]
fn everything_people_run_is_told_and_nothing_they_write_runs() {
    let server = Server::sandbox();
    kinds::make(&server);
    let directory = of(&server);
    let console = Console::enter(&directory);
    console.wait_for("/workloads", "InferenceService");
    for path in PAGES {
        let page = console.page(path);
        assert!(!page.contains("<script>alert"), "{path}\n{page}");
        assert!(!page.contains("javascript:"), "{path}");
    }
    let page = console.page("/workloads");
    assert!(page.contains("&lt;script&gt;alert"), "{page}");
    for kind in kinds::WORK {
        assert!(page.contains(&format!("{} in <bdi>team</bdi>", kind.title)), "{} is missing\n{page}", kind.kind);
    }
    for told in [
        "lead@example.com",
        "2 of 3",
        "nvidia.com/gpu",
        "trial-best",
        "12 trials, from 0 to 11",
        "place 1 of 1 in queue training",
        "place 1 of 1 in queue shared-gpus: no flavor fits",
        "https://model.example/x",
    ] {
        assert!(page.contains(told), "{told} is missing\n{page}");
    }
    let queues = console.page("/queues");
    for told in [
        "training",
        "Place",
        "Volcano",
        "tasks in gang unschedulable",
        "shared-gpus",
        "Kueue",
        "no flavor fits",
        "9 CPU",
    ] {
        assert!(queues.contains(told), "{told} is missing\n{queues}");
    }
    let found = console.page("/workloads?q=PYTORCHJOB");
    assert!(found.contains("PyTorchJob in") && !found.contains("TFJob in"), "{found}");
    assert!(console.page(&format!("/workloads?q={}", "%3Cscript%3Ealert(1)%3C/script%3E")).contains(HOSTILE));
}

#[test]
fn what_changes_is_told_at_once() {
    let server = Server::sandbox();
    kinds::make(&server);
    let directory = of(&server);
    let console = Console::enter(&directory);
    console.wait_for("/workloads", "PyTorchJob");
    let mut events = console.events();
    assert!(events.read_until("retry:", Duration::from_secs(5)), "{}", events.text);
    let path = "/apis/kubeflow.org/v1/namespaces/team/pytorchjobs/a-pytorchjob";
    let failed = json!({"status": {"conditions": [{"type": "Failed", "status": "True", "message": "out of luck"}]}});
    server.done("PATCH", path, "application/merge-patch+json", &failed);
    assert!(events.read_until("data: workloads", Duration::from_secs(10)), "{}", events.text);
    assert!(console.page("/workloads").contains("out of luck"));
    // What no page shows is no change.
    let before = events.text.len();
    server.done("PATCH", path, "application/merge-patch+json", &json!({"spec": {"unheard": "of"}}));
    assert!(
        !events.read_until("data: workloads", Duration::from_secs(2)) || events.text.len() == before,
        "{}",
        events.text
    );
}

#[test]
fn a_cluster_that_goes_away_is_a_line() {
    let server = Server::sandbox();
    let directory = of(&server);
    let console = Console::enter(&directory);
    assert!(console.page("/nodes").contains("sandbox-1"));
    drop(server);
    console.wait_for("/", "away");
    for path in PAGES {
        let page = console.page(path);
        assert!(page.contains("class=\"line\""), "{path}\n{page}");
    }
    assert!(console.page("/nodes").contains("sandbox-1"), "what was last seen stays");
}

#[test]
fn a_cluster_that_is_reached_in_another_way_is_followed_again() {
    let directory = empty();
    let (server, _) = Process::serving(&directory, &[]);
    let console = Console::enter(&directory);
    assert!(console.page("/nodes").contains("sandbox-1"));
    drop(server);
    console.wait_for("/", "away");
    // Nobody has the sandbox any more: it is opened here.
    console.wait_for("/", "nothing installed");
    assert!(!console.page("/nodes").contains("class=\"line\""));
    assert!(directory.path().join(".stackwright/sandbox/kubeconfig").is_file());
}

#[test]
fn nobody_and_thousands_of_people() {
    let directory = Directory::example("quickstart");
    directory.append(
        "many.hcl",
        "variable \"many\" {\n  type    = number\n  default = 0\n}\nuser \"many\" {\n  for_each = toset(flatten([for a in range(var.many) : [for b in range(100) : format(\"u%04d\", a * 100 + b)]]))\n  \
         platform = platform.ml\n  email    = \"${each.key}@example.com\"\n  hash     = \"$2b$12$C6UzMDM.H6dfI/f/IKcEeO5gOwyUoPL1jt0/GwIUHK4Yp3LYwm5aW\"\n}\n",
    );
    let console = Console::enter(&directory);
    assert!(console.page("/people").contains("2 people"), "the administrator, and alice");
    drop(console);
    let console = Console::enter_with(&directory, &["--var", "many=50"]);
    let page = console.page("/people");
    assert!(page.contains("5002 people") && page.contains("Page 1 of 26"), "{page}");
    assert!(page.contains("u0000@example.com") && !page.contains("u4999@example.com"));
    assert!(page.len() < 400_000, "{} bytes", page.len());
    let last = console.page("/people?page=26");
    assert!(last.contains("u4999@example.com"));
    let found = console.page("/people?q=U4998");
    assert!(found.contains("1 found") && found.contains("u4998@example.com"));
}

#[test]
fn a_browser_shows_it_live() {
    let server = Server::sandbox();
    let (directory, rooms) = (of(&server), Directory::new());
    let console = Console::start(&directory, &[]);
    let Some(browser) = Browser::start(rooms.path()) else {
        skip::skip!("there is no chromium");
    };
    let browser = RefCell::new(browser);
    let shows = |expression: &str, text: &str| {
        eventually(&format!("{expression} with {text}"), || {
            browser.borrow_mut().value(expression).as_str().is_some_and(|value| value.contains(text))
        });
    };
    browser.borrow_mut().open(&format!("http://{}{}", console.host, console.entrance));
    shows("document.querySelector('h1')?.textContent", "Overview");
    shows("document.getElementById('liveness')?.textContent", "Live, as of");
    browser.borrow_mut().open(&format!("http://{}/nodes", console.host));
    shows("document.getElementById('liveness')?.textContent", "Live, as of");
    shows("document.getElementById('nodes')?.textContent", "sandbox-1");
    // The part is taken over without the page being loaded again.
    browser.borrow_mut().value("window.still = 'here'");
    let taint = json!({"spec": {"taints": [{"key": "example.com/worn", "value": "out", "effect": "NoSchedule"}]}});
    server.done("PATCH", "/api/v1/nodes/sandbox-1", "application/merge-patch+json", &taint);
    shows("document.getElementById('nodes')?.textContent", "example.com/worn=out:NoSchedule");
    shows("window.still", "here");
    drop(console);
    shows("document.getElementById('liveness')?.textContent", "Not live");
}

#[test]
fn what_may_not_be_seen_is_a_line() {
    let server = Server::sandbox();
    let directory = of(&server).environment("KUBECONFIG", "limited");
    directory.append("limited", &limited(&server));
    let console = Console::enter(&directory);
    let page = console.page("/nodes");
    assert!(page.contains("class=\"line\"") && page.contains("Node is not shown"), "{page}");
    assert!(page.contains("forbidden") || page.contains("cannot list"), "{page}");
    let workloads = console.page("/workloads");
    assert!(workloads.contains("Pipeline runs") && !workloads.contains("Pod is not shown"), "{workloads}");
    // Records are Secrets, which may not be seen either.
    assert!(console.page("/").contains("class=\"line\""));
}

/// A kubeconfig of somebody who may see pods and nothing else.
fn limited(server: &Server) -> String {
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "onlooker"}});
    server.done("POST", "/api/v1/namespaces/default/serviceaccounts", JSON, &account);
    let rbac = "rbac.authorization.k8s.io";
    let role = json!({"apiVersion": format!("{rbac}/v1"), "kind": "ClusterRole", "metadata": {"name": "onlooker"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]}]});
    server.done("POST", &format!("/apis/{rbac}/v1/clusterroles"), JSON, &role);
    let binding = json!({"apiVersion": format!("{rbac}/v1"), "kind": "ClusterRoleBinding", "metadata": {"name": "onlooker"},
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "onlooker"},
        "subjects": [{"kind": "ServiceAccount", "namespace": "default", "name": "onlooker"}]});
    server.done("POST", &format!("/apis/{rbac}/v1/clusterrolebindings"), JSON, &binding);
    let wanted = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
    let path = "/api/v1/namespaces/default/serviceaccounts/onlooker/token";
    let token = server.done("POST", path, JSON, &wanted)["status"]["token"].clone();
    let text = std::fs::read_to_string(server.kubeconfig()).expect("a kubeconfig");
    let mut kubeconfig: Value = serde_saphyr::from_str(&text).expect("YAML");
    kubeconfig["users"][0]["user"] = json!({"token": token});
    kubeconfig.to_string()
}

/// Waits for something that is to become so.
fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < end, "{what} does not become so");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The text at a place of an object.
fn text<'v>(value: &'v Value, place: &str) -> &'v str {
    value.pointer(place).and_then(Value::as_str).unwrap_or_default()
}
