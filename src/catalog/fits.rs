//! Whether what a configuration asks for is in the releases it names. Rendering need not be tried for that, so that it
//! is told together with all other mistakes.

use crate::config::Declared;
use crate::config::Installation;
use crate::config::NodePool;
use crate::config::Platform;
use crate::config::PoolSize;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::diag::nearest;

use super::Catalog;
use super::Release;

impl Catalog {
    /// Reports releases, versions of Kubernetes and components that are not there.
    pub fn fits(&self, installation: &Installation, sources: &mut Sources) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for platform in &installation.platforms {
            let known = self.releases();
            if !known.contains(&platform.version) {
                let detail = format!("There is no release \"{}\".", platform.shown("version", &platform.version));
                let finding = Diagnostic::error("Unknown release", detail);
                push(
                    &mut diagnostics,
                    platform,
                    "version",
                    finding.help(format!("Known releases: {}.", known.join(", "))),
                );
                continue;
            }
            let (release, findings) = self.release(&platform.version, sources);
            diagnostics.extend(findings);
            let Some(release) = release else { continue };
            kubernetes(installation, platform, &release, &mut diagnostics);
            size(installation, platform, &release, &mut diagnostics);
            self.components_fit(platform, &release, &mut diagnostics);
        }
        diagnostics
    }

    fn components_fit(&self, platform: &Declared<Platform>, release: &Release, diagnostics: &mut Diagnostics) {
        for (name, settings) in &platform.components {
            // What is switched off need not be there.
            let is_known = release.components.contains_key(name) || settings.source.is_some();
            if is_known || settings.enabled == Some(false) && self.components().contains(&name.as_str()) {
                continue;
            }
            let finding = if self.components().contains(&name.as_str()) {
                let detail = format!("Component \"{name}\" is not part of release {}.", platform.version);
                Diagnostic::error("Component not in this release", detail)
            } else {
                let successors = release.successors();
                let near = nearest(name, release.components.keys().map(String::as_str));
                let help = match (successors.get(name.as_str()), near) {
                    (Some(names), _) => format!("Its name is {} now.", names.join(", ")),
                    (None, Some(near)) => format!("Did you mean \"{near}\"?"),
                    (None, None) => "A component of your own needs source = \"./DIRECTORY\".".to_owned(),
                };
                let detail = format!("Release {} has no component \"{name}\".", platform.version);
                Diagnostic::error("Unknown component", detail).help(help)
            };
            push(diagnostics, platform, &format!("component.{name}"), finding);
        }
    }
}

fn kubernetes(
    installation: &Installation,
    platform: &Declared<Platform>,
    release: &Release,
    diagnostics: &mut Diagnostics,
) {
    let Some(cluster) = installation.cluster(&platform.cluster) else { return };
    let Some(version) = &cluster.kubernetes_version else { return };
    if release.supports_kubernetes(version) == Some(false) {
        let version = cluster.shown("kubernetes_version", version);
        let (oldest, newest) = (&release.kubernetes_min, &release.kubernetes_max);
        let detail = format!("Release {} runs on Kubernetes {oldest} to {newest}, not on {version}.", release.version);
        // What runs must stay to be seen, repaired and removed; a plan refuses only to install or to hop there.
        let finding = Diagnostic::warning("Unsupported Kubernetes version", detail);
        push(diagnostics, cluster, "kubernetes_version", finding);
    }
}

/// What the edition asks of a cluster, where its node pools tell how large it is.
fn size(installation: &Installation, platform: &Declared<Platform>, release: &Release, diagnostics: &mut Diagnostics) {
    let Some(wanted) = release.editions.get(platform.edition.as_str()) else { return };
    let pools = installation.node_pools.iter().filter(|pool| pool.cluster == platform.cluster);
    let pools: Vec<&NodePool> = pools.map(|pool| &pool.value).collect();
    if pools.is_empty() {
        return;
    }
    let least = |pool: &NodePool| match pool.size {
        PoolSize::Fixed(count) => u64::from(count),
        PoolSize::Autoscaling { min, .. } => u64::from(min),
    };
    let nodes: u64 = pools.iter().map(|pool| least(pool)).sum();
    let size = |pool: &&NodePool| server_size(&pool.server_type).map(|(c, m)| (c * least(pool), m * least(pool)));
    let sizes: Option<Vec<(u64, u64)>> = pools.iter().map(size).collect();
    let mut short = Vec::new();
    if nodes < wanted.nodes {
        short.push(format!("{nodes} of {} nodes", wanted.nodes));
    }
    if let Some(sizes) = sizes {
        let (cpu, memory) = sizes.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        if cpu < wanted.cpu {
            short.push(format!("{cpu} of {} vCPU", wanted.cpu));
        }
        if memory < wanted.memory_gb {
            short.push(format!("{memory} of {} GB of memory", wanted.memory_gb));
        }
    }
    if !short.is_empty() {
        let edition = platform.edition.as_str();
        let detail = format!("The {edition} edition needs more: the node pools have {}.", short.join(", "));
        let finding = Diagnostic::error("Cluster too small", detail)
            .help("Raise node_count or autoscaling's min, or choose a larger server_type.");
        push(diagnostics, platform, "cluster", finding);
    }
}

/// vCPU and GB of memory in the name of a server type: `s1v16m64` has 16 and 64. `None` for names that do not tell.
fn server_size(server_type: &str) -> Option<(u64, u64)> {
    let (_, rest) = server_type.split_once('v')?;
    let (cpu, memory) = rest.split_once('m')?;
    Some((cpu.parse().ok()?, memory.parse().ok()?))
}

fn push<T>(diagnostics: &mut Diagnostics, declared: &Declared<T>, path: &str, finding: Diagnostic) {
    let place = declared.place(path);
    let finding = finding.at(place.span).about(&declared.address);
    diagnostics.push(if place.sensitive { finding.hidden() } else { finding });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Cluster;
    use crate::config::ComponentSettings;

    fn found(version: &str, kubernetes: &str, component: &str, settings: ComponentSettings) -> Vec<String> {
        let release = |version: &str, component: &str| {
            let text = format!(
                "release \"{version}\" {{\n  kubernetes = {{ min = \"1.29\", max = \"1.32\" }}\n  \
                 component \"{component}\" {{\n    version = \"1\"\n  }}\n}}\n"
            );
            (format!("modules/releases/{version}.hcl"), text)
        };
        let definition = |name: &str| (format!("modules/{name}/module.hcl"), "component {}\n".to_owned());
        let files = [release("1", "kserve"), release("2", "later"), definition("kserve"), definition("later")];
        let platform = Platform {
            version: version.into(),
            cluster: "cluster.main".into(),
            components: [(component.to_owned(), settings)].into(),
            ..Platform::default()
        };
        let cluster = Cluster { kubernetes_version: Some(kubernetes.into()), ..Cluster::default() };
        let installation = Installation {
            clusters: vec![Declared::new("cluster.main", cluster)],
            platforms: vec![Declared::new("platform.ml", platform)],
            ..Installation::default()
        };
        let found = Catalog::from_files(files).fits(&installation, &mut Sources::new());
        found.iter().map(|d| format!("{} {} {}", d.summary, d.detail, d.help.clone().unwrap_or_default())).collect()
    }

    #[test]
    fn server_types_tell_their_size() {
        assert_eq!(server_size("s1v16m64"), Some((16, 64)));
        assert_eq!(server_size("g1v16a1"), None);
        assert_eq!(server_size(""), None);
    }

    #[test]
    fn says_what_is_not_there() {
        let on = || ComponentSettings { enabled: Some(true), ..ComponentSettings::default() };
        let off = || ComponentSettings { enabled: Some(false), ..ComponentSettings::default() };
        let own = || ComponentSettings { source: Some("./own".into()), ..ComponentSettings::default() };
        for (version, kubernetes, component, settings, expected) in [
            ("1", "v1.31.8", "kserve", on(), ""),
            ("1", "v1.31.8", "own", own(), ""),
            ("1", "v1.31.8", "later", off(), ""),
            ("1", "v1.31.8", "kserv", on(), "Release 1 has no component \"kserv\". Did you mean \"kserve\"?"),
            ("1", "v1.31.8", "kserv", off(), "Release 1 has no component \"kserv\". Did you mean \"kserve\"?"),
            ("1", "v1.31.8", "later", on(), "Component \"later\" is not part of release 1."),
            ("1", "v1.28.0", "kserve", on(), "Release 1 runs on Kubernetes 1.29 to 1.32, not on v1.28.0."),
            ("3", "v1.31.8", "kserve", on(), "There is no release \"3\". Known releases: 1, 2."),
        ] {
            let found = found(version, kubernetes, component, settings);
            assert_eq!(found.len(), usize::from(!expected.is_empty()), "{found:?}");
            assert!(found.iter().all(|text| text.contains(expected)), "{found:?}");
        }
    }
}
