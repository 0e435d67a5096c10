//! The Pod Security Standards: what of a pod a level forbids, in the words of the server's own admission. Pure.
//!
//! Of the newest version that Kubernetes 1.34 knows; pods of Windows are judged as those of Linux.

use serde_json::Value;

/// Label of a namespace whose pods are refused where they are not as the level says.
pub const ENFORCE: &str = "pod-security.kubernetes.io/enforce";
/// Label with the version of the standards; `latest` without it.
pub const ENFORCE_VERSION: &str = "pod-security.kubernetes.io/enforce-version";

/// A level, the loosest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    #[default]
    Privileged,
    Baseline,
    Restricted,
}

impl Level {
    /// `None` for a text that is no level.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "privileged" => Some(Self::Privileged),
            "baseline" => Some(Self::Baseline),
            "restricted" => Some(Self::Restricted),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// A rule of the standards: the level that has it first, what the server says of a pod that breaks it, and whether one does.
struct Rule {
    level: Level,
    /// Another rule says more in the stricter level.
    until_restricted: bool,
    says: &'static str,
    is_broken: fn(&Pod<'_>) -> bool,
}

const fn rule(level: Level, says: &'static str, is_broken: fn(&Pod<'_>) -> bool) -> Rule {
    Rule { level, until_restricted: false, says, is_broken }
}

const fn looser(says: &'static str, is_broken: fn(&Pod<'_>) -> bool) -> Rule {
    Rule { level: Level::Baseline, until_restricted: true, says, is_broken }
}

/// In the order in which the server tells them: by the looser level first.
const RULES: [Rule; 17] = [
    rule(Level::Baseline, "forbidden AppArmor profile", apparmor),
    looser("non-default capabilities", |pod| pod.any(|container| adds_other_than(container, &DEFAULT_CAPABILITIES))),
    rule(Level::Baseline, "host namespaces", |pod| {
        ["hostNetwork", "hostPID", "hostIPC"].iter().any(|field| pod.spec[*field] == true)
    }),
    looser("hostPath volumes", |pod| items(&pod.spec["volumes"]).any(|volume| !volume["hostPath"].is_null())),
    rule(Level::Baseline, "hostPort", |pod| {
        pod.any(|container| items(&container["ports"]).any(|port| port["hostPort"].as_i64().unwrap_or(0) != 0))
    }),
    rule(Level::Baseline, "privileged", |pod| pod.any(|container| container["securityContext"]["privileged"] == true)),
    rule(Level::Baseline, "procMount", |pod| {
        pod.any(|container| !["", "Default"].contains(&text(&container["securityContext"]["procMount"])))
    }),
    rule(Level::Baseline, "seLinuxOptions", |pod| pod.contexts().any(|context| selinux(&context["seLinuxOptions"]))),
    looser("seccompProfile", |pod| pod.contexts().any(|context| context["seccompProfile"]["type"] == "Unconfined")),
    rule(Level::Baseline, "forbidden sysctls", |pod| {
        items(&pod.spec["securityContext"]["sysctls"]).any(|sysctl| !SYSCTLS.contains(&text(&sysctl["name"])))
    }),
    rule(Level::Baseline, "hostProcess", |pod| {
        pod.contexts().any(|context| context["windowsOptions"]["hostProcess"] == true)
    }),
    rule(Level::Restricted, "allowPrivilegeEscalation != false", |pod| {
        pod.any(|container| container["securityContext"]["allowPrivilegeEscalation"] != false)
    }),
    rule(Level::Restricted, "unrestricted capabilities", |pod| {
        pod.any(|container| !drops_all(container) || adds_other_than(container, &["NET_BIND_SERVICE"]))
    }),
    rule(Level::Restricted, "restricted volume types", |pod| {
        let is_other =
            |volume: &Value| volume.as_object().is_some_and(|volume| volume.keys().any(|key| is_no_volume(key)));
        items(&pod.spec["volumes"]).any(is_other)
    }),
    rule(Level::Restricted, "runAsNonRoot != true", runs_as_root),
    rule(Level::Restricted, "runAsUser=0", |pod| pod.contexts().any(|context| context["runAsUser"] == 0)),
    rule(Level::Restricted, "seccompProfile", unconfined),
];

const DEFAULT_CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];
/// Fields of a volume, `name` beside those of the sorts that the strictest level takes.
const VOLUMES: [&str; 9] = [
    "name",
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
];
const SELINUX_TYPES: [&str; 5] = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
const SYSCTLS: [&str; 12] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];
const APPARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

/// What of a pod a level forbids, each as the server says it.
pub fn violations(pod: &Value, level: Level) -> Vec<&'static str> {
    let pod = Pod { metadata: &pod["metadata"], spec: &pod["spec"] };
    let is_meant = |rule: &&Rule| rule.level <= level && !(rule.until_restricted && level == Level::Restricted);
    let rules = RULES.iter().filter(is_meant).filter(|_| level != Level::Privileged);
    rules.filter(|rule| (rule.is_broken)(&pod)).map(|rule| rule.says).collect()
}

struct Pod<'a> {
    metadata: &'a Value,
    spec: &'a Value,
}

impl<'a> Pod<'a> {
    fn containers(&self) -> impl Iterator<Item = &'a Value> {
        let spec = self.spec;
        ["initContainers", "containers", "ephemeralContainers"].into_iter().flat_map(move |list| items(&spec[list]))
    }

    fn any(&self, is_broken: impl Fn(&Value) -> bool) -> bool {
        self.containers().any(is_broken)
    }

    /// The pod's own security context and those of its containers.
    fn contexts(&self) -> impl Iterator<Item = &'a Value> {
        let own = std::iter::once(&self.spec["securityContext"]);
        own.chain(self.containers().map(|container| &container["securityContext"]))
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn adds_other_than(container: &Value, allowed: &[&str]) -> bool {
    items(&container["securityContext"]["capabilities"]["add"]).any(|added| !allowed.contains(&text(added)))
}

fn drops_all(container: &Value) -> bool {
    items(&container["securityContext"]["capabilities"]["drop"]).any(|dropped| dropped == "ALL")
}

fn is_no_volume(field: &str) -> bool {
    !VOLUMES.contains(&field)
}

fn apparmor(pod: &Pod<'_>) -> bool {
    let is_free = |profile: &Value| profile["type"] == "Unconfined";
    let annotations = pod.metadata["annotations"].as_object().into_iter().flatten();
    let is_other = |value: &str| !["", "runtime/default"].contains(&value) && !value.starts_with("localhost/");
    pod.contexts().any(|context| is_free(&context["appArmorProfile"]))
        || annotations.filter(|(key, _)| key.starts_with(APPARMOR)).any(|(_, value)| is_other(text(value)))
}

fn selinux(options: &Value) -> bool {
    !SELINUX_TYPES.contains(&text(&options["type"]))
        || !text(&options["user"]).is_empty()
        || !text(&options["role"]).is_empty()
}

/// What a container says counts before what its pod says.
fn runs_as_root(pod: &Pod<'_>) -> bool {
    let own = &pod.spec["securityContext"]["runAsNonRoot"];
    let is_root = |container: &Value| match &container["securityContext"]["runAsNonRoot"] {
        Value::Null => *own != true,
        said => *said != true,
    };
    *own == false || pod.any(is_root)
}

fn unconfined(pod: &Pod<'_>) -> bool {
    let is_fine = |profile: &Value| ["RuntimeDefault", "Localhost"].contains(&text(&profile["type"]));
    let own = &pod.spec["securityContext"]["seccompProfile"];
    let is_free = |container: &Value| match &container["securityContext"]["seccompProfile"] {
        Value::Null => own.is_null(),
        said => !is_fine(said),
    };
    !own.is_null() && !is_fine(own) || pod.any(is_free)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(spec: Value, baseline: &[&str], restricted: &[&str]) {
        let pod = json!({"metadata": {"name": "a"}, "spec": spec});
        assert_eq!(violations(&pod, Level::Baseline), baseline, "{pod}");
        assert_eq!(violations(&pod, Level::Restricted), restricted, "{pod}");
        assert!(violations(&pod, Level::Privileged).is_empty());
    }

    #[test]
    fn a_pod_that_says_nothing_is_plain_and_not_restricted() {
        let all = [
            "allowPrivilegeEscalation != false",
            "unrestricted capabilities",
            "runAsNonRoot != true",
            "seccompProfile",
        ];
        check(json!({"containers": [{"name": "a"}]}), &[], &all);
    }

    #[test]
    fn what_a_pod_says_holds_for_its_containers_that_say_nothing() {
        let closed =
            json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}});
        let own = json!({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}});
        check(json!({"securityContext": own, "containers": [{"securityContext": closed}]}), &[], &[]);
        let root = json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": false,
            "runAsUser": 0, "seccompProfile": {"type": "Unconfined"}});
        check(
            json!({"securityContext": own, "containers": [{"securityContext": closed}],
                "initContainers": [{"securityContext": root}]}),
            &["seccompProfile"],
            &["runAsNonRoot != true", "runAsUser=0", "seccompProfile"],
        );
    }

    #[test]
    fn what_reaches_the_node() {
        let own = json!({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"},
            "sysctls": [{"name": "kernel.msgmax"}], "seLinuxOptions": {"role": "x"}});
        let container = json!({"ports": [{"hostPort": 80}], "securityContext": {"privileged": true, "procMount": "Unmasked",
            "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]},
            "appArmorProfile": {"type": "Unconfined"}}});
        let volumes = json!([{"name": "a", "hostPath": {"path": "/"}}, {"name": "b", "emptyDir": {}}]);
        check(
            json!({"hostPID": true, "securityContext": own, "containers": [container], "volumes": volumes}),
            &[
                "forbidden AppArmor profile",
                "non-default capabilities",
                "host namespaces",
                "hostPath volumes",
                "hostPort",
                "privileged",
                "procMount",
                "seLinuxOptions",
                "forbidden sysctls",
            ],
            &[
                "forbidden AppArmor profile",
                "host namespaces",
                "hostPort",
                "privileged",
                "procMount",
                "seLinuxOptions",
                "forbidden sysctls",
                "unrestricted capabilities",
                "restricted volume types",
            ],
        );
    }
}
