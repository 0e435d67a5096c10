//! A program that gives credentials: client-go's exec plugins (client.authentication.k8s.io).
//!
//! Nothing that the program is given or says stands in an error: its arguments, its environment, its output and its
//! words may all hold secrets. What it says to people reaches them only on a terminal, directly, as with kubectl; an
//! error is kept in logs.

use std::io::IsTerminal;
use std::io::Read;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

use http::HeaderValue;
use jiff::Timestamp;
use kube::config::Cluster;
use kube::config::ExecAuthCluster;
use kube::config::ExecConfig;
use kube::config::ExecInteractiveMode;
use rustls::sign::CertifiedKey;
use serde::Deserialize;
use serde_json::Value;
use serde_json::json;
use tokio::sync::Mutex;

use super::credentials::CredentialError;
use super::credentials::bearer;
use super::identity;
use super::identity::Identity;

/// The forms of question and answer that are spoken.
const VERSIONS: [&str; 2] = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
/// How long a program may take that asks nobody, and one that asks a person to log in.
const ALONE: Duration = Duration::from_secs(60);
const WITH_A_PERSON: Duration = Duration::from_secs(600);
/// A token and a certificate with its key are a hundredth of it.
const LONGEST_OUTPUT: u64 = 1 << 20;
/// Credentials are renewed so long before they end.
const LEEWAY: jiff::SignedDuration = jiff::SignedDuration::from_secs(10);

/// A credential plugin of a user, with what it gave last.
pub(super) struct Plugin {
    invocation: Arc<Invocation>,
    identity: Identity,
    held: Mutex<Option<Given>>,
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin").field("program", &self.invocation.program).finish_non_exhaustive()
    }
}

struct Invocation {
    user: String,
    program: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    version: String,
    mode: ExecInteractiveMode,
    hint: String,
    cluster: Option<Value>,
}

/// What a plugin gave.
#[derive(Clone)]
struct Given {
    header: Option<HeaderValue>,
    certified: Option<Arc<CertifiedKey>>,
    expires: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "apiVersion")]
    version: Option<String>,
    kind: Option<String>,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    expiration_timestamp: Option<String>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

impl Plugin {
    /// # Errors
    /// The kubeconfig does not say enough, or asks for a form that is gone.
    pub fn new(user: &str, exec: &ExecConfig, cluster: &Cluster, identity: Identity) -> Result<Self, String> {
        let program = exec.command.clone().filter(|program| !program.is_empty());
        let program = program.ok_or("its exec plugin names no command")?;
        let version = exec.api_version.clone().unwrap_or_default();
        if !VERSIONS.contains(&version.as_str()) {
            return Err(format!(
                "its exec plugin {program} must have the apiVersion {} (v1alpha1 is gone since Kubernetes 1.24); let the \
                 program that wrote the kubeconfig write it anew",
                VERSIONS.join(" or ")
            ));
        }
        let cluster = match exec.provide_cluster_info {
            true => {
                let told = ExecAuthCluster::try_from(cluster).map_err(|error| error.to_string())?;
                Some(serde_json::to_value(told).map_err(|error| error.to_string())?)
            }
            false => None,
        };
        let pair = |one: &std::collections::HashMap<String, String>| {
            Some((one.get("name")?.clone(), one.get("value").cloned().unwrap_or_default()))
        };
        let invocation = Invocation {
            user: user.to_owned(),
            program,
            arguments: exec.args.clone().unwrap_or_default(),
            environment: exec.env.iter().flatten().filter_map(pair).collect(),
            version,
            mode: exec.interactive_mode.clone().unwrap_or(ExecInteractiveMode::IfAvailable),
            hint: exec.install_hint.clone().unwrap_or_default(),
            cluster,
        };
        Ok(Self { invocation: Arc::new(invocation), identity, held: Mutex::new(None) })
    }

    /// The `Authorization` of the next request; `None` where the plugin gives a certificate, which connections show from
    /// now on.
    pub async fn header(&self) -> Result<Option<HeaderValue>, CredentialError> {
        // Held while the program runs: it may ask a person, and once is enough.
        let mut held = self.held.lock().await;
        let lasts = |given: &Given| given.expires.is_none_or(|end| Timestamp::now() + LEEWAY < end);
        if let Some(given) = held.as_ref().filter(|given| lasts(given)) {
            return Ok(given.header.clone());
        }
        let invocation = self.invocation.clone();
        let given = tokio::task::spawn_blocking(move || invocation.run(std::io::stdin().is_terminal())).await;
        let given = given.map_err(|_| self.invocation.failed("was given up"))??;
        self.identity.set(given.certified.clone());
        Ok(held.insert(given).header.clone())
    }

    /// The server did not accept what was given last: the next request asks again.
    pub async fn refused(&self, sent: Option<&HeaderValue>) {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|given| given.header.as_ref() == sent) {
            *held = None;
        }
    }
}

impl Invocation {
    fn failed(&self, how: &str) -> CredentialError {
        CredentialError(format!("the credential plugin {} of user \"{}\" {how}", self.program, self.user))
    }

    fn run(&self, terminal: bool) -> Result<Given, CredentialError> {
        if self.mode == ExecInteractiveMode::Always && !terminal {
            return Err(self.failed(
                "asks somebody (interactiveMode: Always), and standard input is not a terminal; log in before, or give \
                 it credentials that need nobody",
            ));
        }
        let interactive = terminal && self.mode != ExecInteractiveMode::Never;
        let mut command = self.command(interactive);
        let child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => self.failed(&format!("was not found{}", self.hint())),
            _ => self.failed(&format!("cannot be started: {error}")),
        })?;
        let output = self.finish(child, if interactive { WITH_A_PERSON } else { ALONE })?;
        self.read(&output)
    }

    fn command(&self, interactive: bool) -> Command {
        let mut spec = json!({"interactive": interactive});
        if let Some(cluster) = &self.cluster {
            spec["cluster"] = cluster.clone();
        }
        let question = json!({"apiVersion": self.version, "kind": "ExecCredential", "spec": spec});
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("KUBERNETES_EXEC_INFO", question.to_string()).stdout(Stdio::piped());
        command.stdin(if interactive { Stdio::inherit() } else { Stdio::null() });
        command.stderr(if std::io::stderr().is_terminal() { Stdio::inherit() } else { Stdio::null() });
        command
    }

    /// What the program wrote, once it has ended well and in time.
    fn finish(&self, mut child: Child, patience: Duration) -> Result<Vec<u8>, CredentialError> {
        let (sender, receiver) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                let mut output = Vec::new();
                let read = stdout.take(LONGEST_OUTPUT + 1).read_to_end(&mut output);
                let _nobody_waits = sender.send(read.map(|_| output));
            });
        }
        let begun = Instant::now();
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if begun.elapsed() < patience => std::thread::sleep(Duration::from_millis(5)),
                Ok(None) => {
                    let (_it_may_just_have_ended, _buried) = (child.kill(), child.wait());
                    return Err(self.failed(&format!("did not end within {} s", patience.as_secs())));
                }
                Err(error) => return Err(self.failed(&format!("cannot be waited for: {error}"))),
            }
        };
        if !status.success() {
            // A program that writes on is ended by the system, which is then not the reason.
            if let Ok(Ok(output)) = receiver.recv_timeout(Duration::from_millis(200))
                && output.len() as u64 > LONGEST_OUTPUT
            {
                return Err(self.too_long());
            }
            let how =
                status.code().map_or_else(|| "was ended by a signal".into(), |c| format!("ended with exit code {c}"));
            return Err(self.failed(&format!("{how}; run it by hand to see what it says")));
        }
        // Something it left behind may hold its output open.
        match receiver.recv_timeout(Duration::from_secs(2)) {
            Ok(Ok(output)) if output.len() as u64 > LONGEST_OUTPUT => Err(self.too_long()),
            Ok(Ok(output)) => Ok(output),
            _ => Err(self.failed("ended, and its output did not")),
        }
    }

    fn too_long(&self) -> CredentialError {
        self.failed("wrote more than 1 MiB")
    }

    fn read(&self, output: &[u8]) -> Result<Given, CredentialError> {
        let form = || self.failed("wrote something else than an ExecCredential; nothing else may be on its output");
        // client-go reads YAML too, and some plugins write it.
        let answer: Answer = serde_saphyr::from_slice(output).map_err(|_| form())?;
        if answer.kind.as_deref() != Some("ExecCredential") {
            return Err(form());
        }
        if answer.version.as_deref() != Some(&self.version) {
            return Err(self.failed(&format!("answered in another apiVersion than {}", self.version)));
        }
        let status = answer.status.ok_or_else(|| self.failed("gave no credentials (its answer has no status)"))?;
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (token, chain, key) =
            (filled(status.token), filled(status.client_certificate_data), filled(status.client_key_data));
        let certified = match (chain, key) {
            (Some(chain), Some(key)) => {
                let pair = identity::certified(chain.as_bytes(), key.as_bytes());
                Some(pair.map_err(|reason| self.failed(&format!("gave a certificate that cannot be used: {reason}")))?)
            }
            (None, None) if token.is_none() => {
                return Err(self.failed("gave neither a token nor a certificate"));
            }
            (None, None) => None,
            _ => return Err(self.failed("gave a certificate without its key, or a key without its certificate")),
        };
        let header = token.map(|token| bearer(&token)).transpose();
        let header = header.map_err(|reason| self.failed(&format!("gave a token that {reason}")))?;
        let expires = filled(status.expiration_timestamp).map(|text| text.parse::<Timestamp>()).transpose();
        let expires = expires.map_err(|_| self.failed("gave an expirationTimestamp that is no time"))?;
        Ok(Given { header, certified, expires })
    }

    /// Where to get the program, as who wrote the kubeconfig says.
    fn hint(&self) -> String {
        let clean: String = self.hint.chars().filter(|c| !c.is_control() || *c == '\n').take(600).collect();
        let clean = clean.trim();
        if clean.is_empty() { String::new() } else { format!(". {clean}") }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const CANARY: &str = "canary-5f1c";

    /// A plugin whose program is a shell script, with secrets wherever one can be.
    fn plugin(script: &str, more: Value) -> (tempfile::TempDir, Result<Plugin, String>) {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("login");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        let mut exec = json!({
            "apiVersion": VERSIONS[0], "command": program, "args": [CANARY, "--password", CANARY],
            "env": [{"name": "AWS_SECRET_ACCESS_KEY", "value": CANARY}],
        });
        for (key, value) in more.as_object().unwrap() {
            exec[key] = value.clone();
        }
        let exec: ExecConfig = serde_json::from_value(exec).unwrap();
        let made = Plugin::new("joe", &exec, &Cluster::default(), Identity::default());
        (directory, made)
    }

    fn answer(status: Value) -> String {
        let answer = json!({"apiVersion": VERSIONS[0], "kind": "ExecCredential", "status": status});
        format!("cat <<'END'\n{answer}\nEND")
    }

    #[tokio::test]
    async fn failures_name_the_program_and_nothing_that_it_was_given_or_said() {
        let check = async |script: &str, more: Value, expected: &str| {
            let (directory, made) = plugin(script, more);
            let error = match &made {
                Ok(plugin) => plugin.header().await.unwrap_err().to_string(),
                Err(error) => error.clone(),
            };
            let error = error.replace(&directory.path().display().to_string(), "DIR");
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains(CANARY), "{error}");
            if let Ok(plugin) = &made {
                assert!(!format!("{plugin:?}").contains(CANARY));
            }
        };
        let named = "the credential plugin DIR/login of user \"joe\" ";
        let said = format!("echo {CANARY}; echo {CANARY} $AWS_SECRET_ACCESS_KEY >&2; ");
        check(&format!("{said} exit 7"), json!({}), &format!("{named}ended with exit code 7; run it by hand")).await;
        check(&format!("{said} kill -9 $$"), json!({}), &format!("{named}was ended by a signal")).await;
        check(&said, json!({}), &format!("{named}wrote something else than an ExecCredential")).await;
        let warned = format!("echo warning: {CANARY}; {}", answer(json!({"token": CANARY})));
        check(&warned, json!({}), "wrote something else than an ExecCredential").await;
        check("yes", json!({}), "wrote more than 1 MiB").await;
        check(&answer(json!({})), json!({}), "gave neither a token nor a certificate").await;
        check(&answer(Value::Null), json!({}), "gave no credentials").await;
        check(&answer(json!({"clientKeyData": CANARY})), json!({}), "gave a certificate without its key, or").await;
        let pair = json!({"clientKeyData": CANARY, "clientCertificateData": CANARY});
        check(&answer(pair), json!({}), "gave a certificate that cannot be used").await;
        let broken = json!({"token": format!("a\n{CANARY}")});
        check(&answer(broken), json!({}), "gave a token that holds a line break").await;
        let late = json!({"token": "t", "expirationTimestamp": CANARY});
        check(&answer(late), json!({}), "gave an expirationTimestamp that is no time").await;
        let beta = json!({"apiVersion": VERSIONS[1]});
        check(&answer(json!({"token": "t"})), beta, "answered in another apiVersion than client.").await;
        check("", json!({"apiVersion": "client.authentication.k8s.io/v1alpha1"}), "v1alpha1 is gone since").await;
        check("", json!({"command": ""}), "names no command").await;
        check("", json!({"interactiveMode": "Always"}), "standard input is not a terminal").await;
        let missing =
            json!({"command": "kubelogin-not-here", "installHint": "Get it:\n\u{1b}[2J brew install kubelogin"});
        check("", missing, "kubelogin-not-here of user \"joe\" was not found. Get it:\n[2J brew install kubelogin")
            .await;
        check("", json!({"command": "/"}), "plugin / of user \"joe\" cannot be started: Permission denied").await;
    }

    #[tokio::test]
    async fn a_token_is_used_while_it_lasts_and_asked_for_again_when_it_is_refused() {
        let script = |expires: Option<Timestamp>| {
            format!("echo x >> \"$0.runs\"\n{}", answer(json!({"token": "t1", "expirationTimestamp": expires})))
        };
        let check = async |expires: Option<Timestamp>, refused: bool, runs: usize| {
            let (directory, plugin) = plugin(&script(expires), json!({}));
            let plugin = plugin.unwrap();
            for _ in 0..3 {
                let header = plugin.header().await.unwrap();
                assert_eq!(header.as_ref().map(|h| h.to_str().unwrap()), Some("Bearer t1"));
                assert!(header.as_ref().is_some_and(HeaderValue::is_sensitive));
                if refused {
                    plugin.refused(header.as_ref()).await;
                }
            }
            let ran = std::fs::read_to_string(directory.path().join("login.runs")).unwrap().lines().count();
            assert_eq!(ran, runs, "{expires:?} {refused}");
        };
        let now = Timestamp::now();
        check(None, false, 1).await;
        check(Some(now + jiff::SignedDuration::from_hours(1)), false, 1).await;
        check(Some(now + jiff::SignedDuration::from_secs(5)), false, 3).await;
        check(None, true, 3).await;
    }

    #[tokio::test]
    async fn a_plugin_is_told_what_it_may_ask_and_gives_a_certificate() {
        let signed = rcgen::generate_simple_self_signed(vec!["joe".to_owned()]).unwrap();
        let pair =
            json!({"clientCertificateData": signed.cert.pem(), "clientKeyData": signed.signing_key.serialize_pem()});
        let script = format!("echo \"$KUBERNETES_EXEC_INFO\" > \"$0.asked\"\n{}", answer(pair));
        let (directory, plugin) = plugin(&script, json!({"provideClusterInfo": true}));
        let plugin = plugin.unwrap();
        assert_eq!(plugin.header().await.unwrap(), None);
        assert!(rustls::client::ResolvesClientCert::has_certs(&plugin.identity));
        let asked = std::fs::read_to_string(directory.path().join("login.asked")).unwrap();
        let asked: Value = serde_json::from_str(&asked).unwrap();
        assert_eq!((&asked["kind"], &asked["spec"]["interactive"]), (&json!("ExecCredential"), &json!(false)));
        assert!(asked["spec"]["cluster"].is_object());
    }
}
