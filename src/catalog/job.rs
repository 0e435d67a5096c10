//! A program that a step of a hop runs in the cluster: what its Job is made from. Pure; nothing is run here.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use sha2::Digest;
use sha2::Sha256;

use super::INSTALLATION_LABEL;
use super::Release;
use super::image::mirrored;
use super::names::mirror_of;
use crate::config::Node;
use crate::config::Platform;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::object::Object;

/// What a step says of its program.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Job {
    pub namespace: String,
    /// Component and key of the image in a release: `pipelines-database.mysql`.
    pub image: (String, String),
    /// The image is the one of the release that the hop leads to.
    pub of_next: bool,
    pub command: Vec<String>,
    /// The file that the command ends with as a text; empty for none.
    pub file: String,
    pub environment: BTreeMap<String, String>,
    /// Secret and key by the name of the variable.
    pub secrets: BTreeMap<String, (String, String)>,
    pub claims: Vec<Claim>,
    /// Empty for one that may do nothing.
    pub account: String,
    pub user: u32,
    pub group: u32,
    pub deadline_minutes: u32,
    pub retries: u32,
    /// Of its pod.
    pub labels: BTreeMap<String, String>,
    pub annotations: BTreeMap<String, String>,
    /// It runs on the node of a pod with these labels, with which it shares a volume.
    pub beside: BTreeMap<String, String>,
}

/// A volume that a program sees.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claim {
    pub name: String,
    pub path: String,
    pub sub_path: String,
    pub read_only: bool,
    /// It is made where it is not there; empty for one that must be there.
    pub size: String,
    /// What is in it, for whom it is left to.
    pub holds: String,
}

/// A program as it runs on one platform.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    pub job: Job,
    /// As it is pulled.
    pub image: String,
    pull_secret: String,
    storage_class: String,
}

/// Whose run of a hop a Job belongs to: a Job of an earlier one says nothing of today.
pub const HOP: &str = "stackwright.io/hop";
/// Of everything the Job is made from: one of another making is no answer.
pub const TEMPLATE: &str = "stackwright.io/template";
/// The container that is the program.
pub const CONTAINER: &str = "program";
/// Folder of the files that programs are written in.
const FOLDER: &str = "modules/releases/programs/";
/// The longest name of a Job, whose pods carry it as a label.
const LONGEST: usize = 63;
/// How long a Job that failed is kept.
const KEPT_SECONDS: u32 = 7 * 24 * 3600;

impl Job {
    /// Reads a `job` block. The text of its program comes later, with [`Job::fill`].
    pub(super) fn read(node: &Node<'_>, diagnostics: &mut Diagnostics) -> Option<Self> {
        let mut complete = true;
        let mut refuse = |argument: &str, summary: &str, detail: String| {
            diagnostics.push(Diagnostic::error(summary, detail).at(node.place(argument).span));
            complete = false;
        };
        let image = node.text("image")?;
        let parts = image.rsplit_once('.').map(|(component, key)| (component.to_owned(), key.to_owned()));
        if parts.is_none() {
            refuse("image", "Invalid image", format!("\"{image}\" names no component and key, as dex.dex."));
        }
        let mut secrets = BTreeMap::new();
        for (variable, text) in node.text_map("secrets") {
            match text.split_once('/') {
                Some((secret, key)) => _ = secrets.insert(variable, (secret.to_owned(), key.to_owned())),
                None => refuse("secrets", "Invalid secret", format!("\"{text}\" names no Secret and key, as a/b.")),
            }
        }
        let claims = node.blocks("claim").filter_map(read_claim).collect();
        let job = Self {
            namespace: node.text("namespace")?,
            image: parts?,
            of_next: node.text("release").as_deref() == Some("to"),
            command: node.texts("command"),
            file: node.text("program").unwrap_or_default(),
            environment: node.text_map("environment"),
            secrets,
            claims,
            account: node.text("account").unwrap_or_default(),
            user: node.count("user")?,
            group: node.count("group").or_else(|| node.count("user"))?,
            deadline_minutes: node.count("deadline_minutes")?,
            retries: node.count("retries")?,
            labels: node.text_map("labels"),
            annotations: node.text_map("annotations"),
            beside: node.text_map("beside"),
        };
        complete.then_some(job)
    }

    /// Adds the program to the command. `text` gives it by the path of its file.
    pub(super) fn fill<'a>(&mut self, text: impl Fn(&str) -> Option<&'a str>) -> Result<(), String> {
        if self.file.is_empty() {
            return Ok(());
        }
        self.command.push(read(&self.file, text)?);
        Ok(())
    }

    /// Its image as its publisher names it; `None` where neither release has it.
    pub(super) fn published<'r>(&self, from: &'r Release, to: &'r Release) -> Option<&'r str> {
        let (component, key) = &self.image;
        let release = if self.of_next { to } else { from };
        release.components.get(component)?.images.get(key).map(String::as_str)
    }

    /// The command in one line, a program in a file by the file's name.
    pub fn command_text(&self) -> String {
        let mut words = self.command.clone();
        if !self.file.is_empty()
            && let Some(last) = words.last_mut()
        {
            last.clone_from(&self.file);
        }
        words
            .iter()
            .map(|word| if word.contains(' ') { format!("{word:?}") } else { word.clone() })
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// The text of a program.
pub(super) fn read<'a>(file: &str, text: impl Fn(&str) -> Option<&'a str>) -> Result<String, String> {
    let path = format!("{FOLDER}{file}");
    text(&path).map(str::to_owned).ok_or_else(|| format!("there is no file {path}"))
}

fn read_claim(node: &Node<'_>) -> Option<Claim> {
    Some(Claim {
        name: node.label.clone()?.0,
        path: node.text("path")?,
        sub_path: node.text("sub_path").unwrap_or_default(),
        read_only: node.flag("read_only"),
        size: node.text("size").unwrap_or_default(),
        holds: node.text("holds").unwrap_or_default(),
    })
}

impl Program {
    /// The program of a hop between two releases on a platform. `None` where the release has no such image.
    pub fn of(job: &Job, from: &Release, to: &Release, platform: &Platform) -> Option<Self> {
        let registry = platform.registry.as_ref();
        Some(Self {
            image: mirrored(job.published(from, to)?, mirror_of(platform)),
            pull_secret: registry.and_then(|registry| registry.pull_secret.clone()).unwrap_or_default(),
            storage_class: platform.storage_class.clone().unwrap_or_default(),
            job: job.clone(),
        })
    }

    /// A program of what is on a platform, with the image as its publisher names it and nothing of the platform's own: what is
    /// rendered gets those.
    pub(super) fn plain(job: Job, image: &str, storage_class: Option<&str>) -> Self {
        let storage_class = storage_class.unwrap_or_default().to_owned();
        Self { job, image: image.to_owned(), storage_class, ..Self::default() }
    }

    /// The CronJob that runs it by the clock.
    pub(super) fn by_the_clock(&self, name: &str, schedule: &str) -> Option<Object> {
        Object::from_value(json!({
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": {"name": name, "namespace": self.job.namespace},
            "spec": {
                "schedule": schedule,
                "concurrencyPolicy": "Forbid",
                "successfulJobsHistoryLimit": 1,
                "failedJobsHistoryLimit": 3,
                "jobTemplate": {"spec": {
                    "backoffLimit": self.job.retries,
                    "activeDeadlineSeconds": self.job.deadline_minutes * 60,
                    "template": self.template(),
                }},
            },
        }))
        .ok()
    }

    /// The Job of a step. Its name begins with `prefix`, which names both releases of a hop; `run` is the walk of them.
    pub fn manifest(&self, installation: &str, prefix: &str, step: &str, run: &str) -> Option<Object> {
        let template = self.template();
        let spec = json!({
            "backoffLimit": self.job.retries,
            "activeDeadlineSeconds": self.job.deadline_minutes * 60,
            "ttlSecondsAfterFinished": KEPT_SECONDS,
            "template": template,
        });
        let annotations = json!({HOP: run, TEMPLATE: digest(&spec.to_string())});
        Object::from_value(json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": name(prefix, step), "namespace": self.job.namespace,
                "labels": {INSTALLATION_LABEL: installation}, "annotations": annotations,
            },
            "spec": spec,
        }))
        .ok()
    }

    /// The claims that are made where they are not there.
    pub fn claims(&self) -> impl Iterator<Item = (&Claim, Option<Object>)> {
        self.job.claims.iter().map(|claim| {
            let mut spec = json!({
                "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": claim.size}},
            });
            if !self.storage_class.is_empty() {
                spec["storageClassName"] = self.storage_class.as_str().into();
            }
            let object = json!({
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": claim.name, "namespace": self.job.namespace},
                "spec": spec,
            });
            (claim, if claim.size.is_empty() { None } else { Object::from_value(object).ok() })
        })
    }

    /// The pod. What it may do is what the Pod Security level "restricted" allows, but for root, who owns what others left.
    fn template(&self) -> Value {
        let job = &self.job;
        let is_root = job.user == 0;
        let capabilities = match is_root {
            true => json!({"drop": ["ALL"], "add": ["CHOWN", "DAC_OVERRIDE", "FOWNER"]}),
            false => json!({"drop": ["ALL"]}),
        };
        let plain = job.environment.iter().map(|(name, value)| json!({"name": name, "value": value}));
        let secret = job.secrets.iter().map(
            |(name, (secret, key))| json!({"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}),
        );
        let mut mounts = vec![json!({"name": "scratch", "mountPath": "/tmp"})];
        let mut volumes = vec![json!({"name": "scratch", "emptyDir": {}})];
        for (number, claim) in job.claims.iter().enumerate() {
            let name = format!("claim-{number}");
            let mut mount = json!({"name": name, "mountPath": claim.path});
            if !claim.sub_path.is_empty() {
                mount["subPath"] = claim.sub_path.as_str().into();
            }
            if claim.read_only {
                mount["readOnly"] = true.into();
            }
            mounts.push(mount);
            volumes.push(json!({"name": name, "persistentVolumeClaim": {"claimName": claim.name}}));
        }
        let mut security = json!({
            "runAsNonRoot": !is_root, "runAsUser": job.user, "runAsGroup": job.group,
            "seccompProfile": {"type": "RuntimeDefault"},
        });
        if !is_root {
            security["fsGroup"] = job.group.into();
            security["fsGroupChangePolicy"] = "OnRootMismatch".into();
        }
        let mut spec = json!({
            "restartPolicy": "Never",
            "automountServiceAccountToken": !job.account.is_empty(),
            "enableServiceLinks": false,
            "securityContext": security,
            "containers": [{
                "name": CONTAINER,
                "image": self.image,
                "command": job.command,
                "env": plain.chain(secret).collect::<Vec<_>>(),
                "securityContext": {"allowPrivilegeEscalation": false, "capabilities": capabilities},
                "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}},
                "volumeMounts": mounts,
            }],
            "volumes": volumes,
        });
        if !job.account.is_empty() {
            spec["serviceAccountName"] = job.account.as_str().into();
        }
        if !self.pull_secret.is_empty() {
            spec["imagePullSecrets"] = json!([{"name": self.pull_secret}]);
        }
        if !job.beside.is_empty() {
            let term = json!({"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": job.beside}});
            spec["affinity"] = json!({"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}});
        }
        let mut metadata = Map::new();
        for (key, values) in [("labels", &job.labels), ("annotations", &job.annotations)] {
            if !values.is_empty() {
                metadata.insert(key.to_owned(), json!(values));
            }
        }
        json!({"metadata": metadata, "spec": spec})
    }
}

/// `hop-1-9-1-1-10-2-dump`: follows from hop and step, so that a run that goes on finds it.
fn name(prefix: &str, step: &str) -> String {
    let text = format!("{prefix}-{step}").to_lowercase();
    let name: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    if name.len() <= LONGEST {
        return name;
    }
    let digest = digest(&text);
    format!("{}-{}", &name[..LONGEST - digest.len() - 1], digest)
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().take(5).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program() -> Program {
        Program {
            image: "mysql:8".into(),
            storage_class: "nfs".into(),
            job: Job {
                namespace: "kubeflow".into(),
                command: vec!["bash".into(), "-c".into(), "exit 0".into()],
                file: "dump.sh".into(),
                secrets: BTreeMap::from([("MYSQL_PWD".into(), ("mysql-secret".into(), "password".into()))]),
                claims: vec![
                    Claim { name: "dumps".into(), path: "/dumps".into(), size: "1Gi".into(), ..Claim::default() },
                    Claim { name: "data".into(), path: "/data".into(), read_only: true, ..Claim::default() },
                ],
                user: 999,
                group: 999,
                deadline_minutes: 5,
                ..Job::default()
            },
            ..Program::default()
        }
    }

    #[test]
    fn a_job_keeps_to_the_restricted_level_and_names_no_secret() {
        let job = program().manifest("demo", "hop-1.9.1-1.10.2", "dump pipelines", "run-1").expect("an object");
        assert_eq!(job.id().to_string(), "Job.batch kubeflow/hop-1-9-1-1-10-2-dump-pipelines");
        let at = |pointer: &str| job.get(pointer).cloned().unwrap_or_default();
        let pod = "/spec/template/spec";
        assert_eq!(at(&format!("{pod}/securityContext/runAsNonRoot")), true);
        assert_eq!(at(&format!("{pod}/securityContext/seccompProfile/type")), "RuntimeDefault");
        assert_eq!(at(&format!("{pod}/containers/0/securityContext/capabilities")), json!({"drop": ["ALL"]}));
        assert_eq!(at(&format!("{pod}/containers/0/securityContext/allowPrivilegeEscalation")), false);
        let expected = json!([{"name": "MYSQL_PWD",
            "valueFrom": {"secretKeyRef": {"name": "mysql-secret", "key": "password"}}}]);
        assert_eq!(at(&format!("{pod}/containers/0/env")), expected);
        assert_eq!(at("/metadata/annotations/stackwright.io~1hop"), "run-1");
        assert_eq!(program().job.command_text(), "bash -c dump.sh");
        let made: Vec<Option<Object>> = program().claims().map(|(_, object)| object).collect();
        assert_eq!(made[0].as_ref().and_then(|claim| claim.get("/spec/storageClassName")), Some(&json!("nfs")));
        assert_eq!(made[1], None);
    }

    #[test]
    fn what_it_is_made_from_tells_jobs_apart() {
        let template = |program: &Program| {
            let job = program.manifest("demo", "1-2", "a", "run").expect("an object");
            job.annotation(TEMPLATE).map(str::to_owned)
        };
        let mut other = program();
        other.job.command.push("more".into());
        assert_eq!(template(&program()), template(&program()));
        assert_ne!(template(&program()), template(&other));
        let long = name("1.10.2-1.11.0", &"long".repeat(20));
        assert_eq!(long.len(), LONGEST);
        assert_ne!(long, name("1.10.2-1.11.0", &"long".repeat(21)));
    }
}
