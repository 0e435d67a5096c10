//! The gates before webhooks, on programs that do not answer yet although their pods are ready: apply waits, says for
//! what, and sends what stands behind once.

use std::io::BufRead;
use std::io::BufReader;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::component;
use super::mini;
use super::modules;
use super::plans_empty;
use crate::control_plane::Call;
use crate::control_plane::ControlPlane;
use crate::control_plane::Manner;
use crate::control_plane::certificates::Authority;
use crate::control_plane::request;
use crate::program::Directory;
use crate::program::Process;

/// A guard by its name, how it answers at first, and what apply says then.
const GUARDS: &[(&str, Manner, &str)] = &[
    ("late", Manner::After(Duration::from_secs(3)), "context deadline exceeded"),
    ("broken", Manner::Fails(500), "an error on the server"),
    ("deaf", Manner::Deaf, "EOF"),
    ("bare", Manner::Agrees, "no CA bundle for webhook bare.example.com yet"),
];

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn apply_waits_until_webhooks_answer() {
    let cluster = ControlPlane::start(1);
    let authority = Authority::new();
    let directory = mini(&cluster);
    guards(&directory, &authority);
    for (name, manner, _) in GUARDS {
        cluster.answers(&host(name), manner.clone());
    }
    let targets = GUARDS.iter().map(|(name, ..)| format!("--target=platform.ml.{name}"));
    let targets: Vec<String> = targets.collect();
    let mut arguments = vec!["apply", "--auto-approve"];
    arguments.extend(targets.iter().map(String::as_str));

    let mut apply = Apply::start(&directory, &arguments);
    apply.until(|said| GUARDS.iter().all(|(name, _, reason)| is_said(said, name, reason)));
    for (name, ..) in GUARDS {
        assert!(cluster.get(&behind(name))["data"].is_null(), "{name} is passed");
    }
    assert!(calls(&cluster, "bare").is_empty(), "called without a CA bundle");
    for (name, ..) in GUARDS {
        cluster.answers(&host(name), Manner::Agrees);
    }
    fill_authority(&cluster, "bare", &authority);
    apply.succeeds();

    for (name, ..) in GUARDS {
        assert_eq!(sent(&cluster, name), ["CREATE ConfigMap behind"], "{name}");
        assert_eq!(cluster.get(&behind(name))["data"]["a"], "b", "{name}");
    }
    plans_empty(&directory, &targets);

    // One that served falls silent, while what stands behind it is to be changed: the plan says that it could not ask,
    // and apply waits.
    let (name, manner, reason) = &GUARDS[1];
    let only = targets[1].as_str();
    cluster.answers(&host(name), manner.clone());
    directory.replace("main.hcl", "    name = \"broken\"\n", "    name = \"broken\"\n    content = \"c\"\n");
    let plan = directory.succeed(&["plan", "--full", only]);
    assert!(
        plan.contains("a webhook does not answer") && plan.contains("0 to add, 1 to change, 0 to destroy"),
        "{plan}"
    );
    let mut apply = Apply::start(&directory, &["apply", "--auto-approve", only]);
    apply.until(|said| is_said(said, name, reason));
    cluster.answers(&host(name), Manner::Agrees);
    apply.succeeds();
    assert_eq!(sent(&cluster, name), ["CREATE ConfigMap behind", "UPDATE ConfigMap behind"]);
    assert_eq!(cluster.get(&behind(name))["data"]["a"], "c");
    plans_empty(&directory, &targets);
}

/// An apply that runs, and what it has said so far.
struct Apply {
    process: Process,
    said: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Apply {
    fn start(directory: &Directory, arguments: &[&str]) -> Self {
        let mut command = directory.command(arguments);
        let mut process = Process::start(command.stdout(Stdio::null()).stderr(Stdio::piped()));
        let said = Arc::new(Mutex::new(String::new()));
        let (stderr, hears) = (BufReader::new(process.stderr.take().expect("piped")), Arc::clone(&said));
        let reader = std::thread::spawn(move || {
            for line in stderr.lines() {
                hears.lock().expect("no panic").push_str(&(line.expect("text") + "\n"));
            }
        });
        Self { process, said, reader }
    }

    /// Waits until it has said something, and still runs.
    fn until(&mut self, holds: impl Fn(&str) -> bool) {
        let started = Instant::now();
        let heard = || self.said.lock().expect("no panic").clone();
        while !holds(&heard()) {
            let ended = self.process.try_wait().expect("it can be looked at");
            assert!(ended.is_none() && started.elapsed() < Duration::from_secs(100), "{ended:?}\n{}", heard());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn succeeds(mut self) {
        let status = self.process.wait().expect("it ends");
        self.reader.join().expect("a thread");
        assert!(status.success(), "{}", self.said.lock().expect("no panic"));
    }
}

/// What a guard was asked about in earnest.
fn sent(cluster: &ControlPlane, name: &str) -> Vec<String> {
    let calls = calls(cluster, name).into_iter().filter(|call| !call.dry_run);
    calls.filter_map(|call| call.about.ok()).collect()
}

/// Components that are guarded, each with a certificate of `authority`; all but the last know who checks it.
fn guards(directory: &Directory, authority: &Authority) {
    modules(directory);
    for (name, ..) in GUARDS {
        guard(directory, name, authority, *name != "bare");
    }
}

/// Adds the component `platform.ml.<name>`: a webhook, its program, and a ConfigMap that it is asked about.
pub fn guard(directory: &Directory, name: &str, authority: &Authority, knows_authority: bool) {
    let (certificate, key) = authority.issue(name, "", &[&host(name)]);
    let mut inputs = format!("    name = \"{name}\"\n");
    let mut text = |name: &str, text: &str| inputs.push_str(&format!("    {name} = <<EOT\n{text}EOT\n"));
    text("certificate", &certificate);
    text("key", &key);
    if knows_authority {
        text("authority", &authority.certificate());
    }
    component(directory, name, "guard", &inputs);
}

pub fn host(name: &str) -> String {
    format!("guard.{name}.svc")
}

fn behind(name: &str) -> String {
    format!("/api/v1/namespaces/{name}-guarded/configmaps/behind")
}

fn is_said(said: &str, name: &str, reason: &str) -> bool {
    let wait = format!("webhooks of ValidatingWebhookConfiguration.admissionregistration.k8s.io {name} answer");
    said.lines().any(|line| line.contains(&wait) && line.contains(reason))
}

fn calls(cluster: &ControlPlane, name: &str) -> Vec<Call> {
    cluster.calls().into_iter().filter(|call| call.host == host(name)).collect()
}

/// Does what an injector of CA bundles would.
fn fill_authority(cluster: &ControlPlane, name: &str, authority: &Authority) {
    let path = format!("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/{name}");
    let bundle = STANDARD.encode(authority.certificate());
    let patch = json!([{"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": bundle}]);
    let body = patch.to_string().into_bytes();
    let (client, kind) = (cluster.client(), "application/json-patch+json");
    let (code, answer) = cluster.block_on(request(&client, "PATCH", &path, kind, body));
    assert_eq!(code, 200, "{answer}");
}
