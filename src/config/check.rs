//! Rules between resources: what must be unique, what must fit together, what a release or provider allows.

use std::collections::BTreeMap;

use super::Cluster;
use super::Facts;
use super::Installation;
use super::NodePool;
use super::Platform;
use super::PoolSize;
use super::blocks::Places;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::diag::nearest;
use crate::object::Address;

/// Reports everything that single blocks cannot know.
pub(super) fn check(installation: &Installation, facts: &Facts, places: &Places, diagnostics: &mut Diagnostics) {
    let mut rules = Rules { installation, facts, places, diagnostics };
    rules.clusters();
    rules.node_pools();
    rules.storage_classes();
    rules.platforms();
    rules.people();
    rules.queues();
}

struct Rules<'a> {
    installation: &'a Installation,
    facts: &'a Facts,
    places: &'a Places,
    diagnostics: &'a mut Diagnostics,
}

impl Rules<'_> {
    fn clusters(&mut self) {
        for cluster in &self.installation.clusters {
            if cluster.provider.is_empty() {
                continue;
            }
            let Some(provider) = self.facts.providers.get(&cluster.provider) else {
                let names: Vec<&str> = self.facts.providers.keys().map(String::as_str).collect();
                let help = match nearest(&cluster.provider, names.iter().copied()) {
                    Some(near) => format!("Did you mean {near}?"),
                    None => format!("The providers are {}.", names.join(", ")),
                };
                let detail = format!("There is no provider \"{}\".", cluster.provider);
                self.report(&cluster.address, "provider", Diagnostic::error("Unknown provider", detail).help(help));
                continue;
            };
            for name in super::blocks::CLUSTER_PROVIDER_ARGUMENTS {
                let given = self.places.arguments.contains_key(&(cluster.address.clone(), name));
                let used = provider.cluster_arguments.iter().any(|argument| argument == name);
                if given && !used {
                    let detail = format!("\"{name}\" has no meaning for a cluster of provider {}.", cluster.provider);
                    let finding = Diagnostic::error("Argument without effect", detail).help("Remove it.");
                    self.report(&cluster.address, name, finding);
                }
                if !given && provider.cluster_required.iter().any(|argument| argument == name) {
                    let detail = format!("A cluster of provider {} needs \"{name}\".", cluster.provider);
                    self.report(&cluster.address, name, Diagnostic::error("Missing argument", detail));
                }
            }
        }
    }

    fn node_pools(&mut self) {
        for pool in &self.installation.node_pools {
            let Some(cluster) = self.installation.clusters.iter().find(|c| c.address == pool.cluster) else { continue };
            if let Some(provider) = self.facts.providers.get(&cluster.provider)
                && !provider.node_pools
            {
                let detail = format!("Provider {} cannot make or change nodes.", cluster.provider);
                let finding = Diagnostic::error("No node pools here", detail)
                    .help("Remove the block; the cluster's nodes are used as they are.");
                self.report(&pool.address, "cluster", finding);
            }
            self.node_os(pool, cluster);
            let cifs = cluster.file_storage.as_deref().is_some_and(|volume| volume.to_lowercase().contains("cifs"));
            if pool.os.as_deref() == Some("windows") && !cifs {
                let detail = "A Windows pool needs a CIFS volume as the cluster's file_storage.";
                self.report(&pool.address, "os", Diagnostic::error("No volume for Windows", detail));
            }
        }
        let named = self.installation.node_pools.iter().map(|p| (p.cluster.clone(), p.name.clone(), p.address.clone()));
        self.unique("node pool", "name", named.collect());
    }

    fn node_os(&mut self, pool: &NodePool, cluster: &Cluster) {
        let Some(provider) = self.facts.providers.get(&cluster.provider) else { return };
        let Some(os) = pool.os.as_deref().filter(|_| !provider.node_os.is_empty()) else { return };
        let known = |words: Vec<&str>| format!("The choices are {}.", words.join(", "));
        let Some(versions) = provider.node_os.get(os) else {
            let detail = format!("Provider {} has no nodes with the operating system \"{os}\".", cluster.provider);
            let help = known(provider.node_os.keys().map(String::as_str).collect());
            self.report(&pool.address, "os", Diagnostic::error("Unknown operating system", detail).help(help));
            return;
        };
        if let Some(version) = &pool.os_version
            && !versions.is_empty()
            && !versions.contains(version)
        {
            let detail = format!("Provider {} has no {os} {version} for nodes.", cluster.provider);
            let help = known(versions.iter().map(String::as_str).collect());
            self.report(&pool.address, "os_version", Diagnostic::error("Unknown operating system", detail).help(help));
        }
    }

    /// The product's least size of a cluster, where its node pools tell it.
    fn size(&mut self, platform: &Platform) {
        let pools: Vec<&NodePool> =
            self.installation.node_pools.iter().filter(|pool| pool.cluster == platform.cluster).collect();
        if pools.is_empty() {
            return;
        }
        let least = |pool: &NodePool| match pool.size {
            PoolSize::Fixed(count) => u64::from(count),
            PoolSize::Autoscaling { min, .. } => u64::from(min),
        };
        let nodes: u64 = pools.iter().map(|pool| least(pool)).sum();
        let (edition, (cpu, memory)) = (platform.edition.as_str(), platform.edition.least_size());
        let size = |pool: &&NodePool| server_size(&pool.server_type).map(|(c, m)| (c * least(pool), m * least(pool)));
        let sizes: Option<Vec<(u64, u64)>> = pools.iter().map(size).collect();
        let mut short = Vec::new();
        if nodes < LEAST_NODES {
            short.push(format!("{nodes} of {LEAST_NODES} nodes"));
        }
        if let Some(sizes) = sizes {
            let (has_cpu, has_memory) = sizes.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            if has_cpu < cpu {
                short.push(format!("{has_cpu} of {cpu} vCPU"));
            }
            if has_memory < memory {
                short.push(format!("{has_memory} of {memory} GB of memory"));
            }
        }
        if !short.is_empty() {
            let detail = format!("The {edition} edition needs more: the node pools have {}.", short.join(", "));
            let finding = Diagnostic::error("Cluster too small", detail)
                .help("Raise node_count or autoscaling's min, or choose a larger server_type.");
            self.report(&platform.address, "cluster", finding);
        }
    }

    fn storage_classes(&mut self) {
        let classes = &self.installation.storage_classes;
        let named = classes.iter().map(|class| (class.cluster.clone(), class.name.clone(), class.address.clone()));
        self.unique("storage class", "name", named.collect());
        let mut defaults: BTreeMap<&Address, &Address> = BTreeMap::new();
        for class in classes.iter().filter(|class| class.default) {
            if let Some(first) = defaults.insert(&class.cluster, &class.address) {
                let detail = format!("{first} is the default class of the same cluster already.");
                self.report(&class.address, "default", Diagnostic::error("Two default storage classes", detail));
            }
        }
    }

    fn platforms(&mut self) {
        let platforms = &self.installation.platforms;
        let mut by_cluster: BTreeMap<&Address, &Platform> = BTreeMap::new();
        for platform in platforms {
            if !platform.cluster.is_root()
                && let Some(first) = by_cluster.insert(&platform.cluster, platform)
            {
                let detail =
                    format!("{} runs {} already; a cluster takes one platform.", platform.cluster, first.address);
                self.report(&platform.address, "cluster", Diagnostic::error("Two platforms in one cluster", detail));
            }
            self.version(platform);
            self.size(platform);
        }
        let named = platforms.iter().map(|p| (Address::default(), p.name.clone(), p.address.clone()));
        self.unique("platform", "name", named.collect());
    }

    fn version(&mut self, platform: &Platform) {
        if platform.version.is_empty() {
            return;
        }
        let Some(release) = self.facts.releases.get(&platform.version) else {
            let known: Vec<&str> = self.facts.releases.keys().map(String::as_str).collect();
            let detail = format!("There is no release \"{}\" of the platform.", platform.version);
            let finding =
                Diagnostic::error("Unknown version", detail).help(format!("The releases are {}.", known.join(", ")));
            self.report(&platform.address, "version", finding);
            return;
        };
        let cluster = self.installation.clusters.iter().find(|c| c.address == platform.cluster);
        if let Some(version) = cluster.and_then(|c| c.kubernetes_version.as_deref())
            && !in_window(version, &release.kubernetes)
        {
            let (oldest, newest) = &release.kubernetes;
            let detail =
                format!("Release {} runs on Kubernetes {oldest} to {newest}, not on {version}.", platform.version);
            let address = cluster.map(|cluster| cluster.address.clone()).unwrap_or_default();
            self.report(&address, "kubernetes_version", Diagnostic::error("Unsupported Kubernetes version", detail));
        }
        for (name, settings) in &platform.components {
            if settings.source.is_none() && !release.components.contains(name) {
                let near = nearest(name, release.components.iter().map(String::as_str));
                let help = match near {
                    Some(near) => format!("Did you mean \"{near}\"?"),
                    None => "A component of your own needs source = \"./DIRECTORY\".".to_owned(),
                };
                let detail = format!("Release {} has no component \"{name}\".", platform.version);
                let place = self.places.resources.get(&platform.address.with_component(name)).copied();
                let finding = Diagnostic::error("Unknown component", detail).at_option(place).help(help);
                self.diagnostics.push(finding.about(&platform.address));
            }
        }
    }

    fn people(&mut self) {
        let installation = self.installation;
        let mut emails: BTreeMap<(&Address, &str), &Address> = BTreeMap::new();
        for platform in installation.platforms.iter().filter(|platform| !platform.admin.email.is_empty()) {
            emails.insert((&platform.address, &platform.admin.email), &platform.address);
        }
        for user in installation.users.iter().filter(|user| !user.email.is_empty()) {
            if let Some(first) = emails.insert((&user.platform, &user.email), &user.address) {
                let detail = format!("{} is {first}'s already; capitals make no difference.", user.email);
                let mut finding = Diagnostic::error("Duplicate e-mail", detail);
                if let Some(place) = self.places.argument(first, "email") {
                    finding = finding.related(place, "first used here");
                }
                self.report(&user.address, "email", finding);
            }
        }
        let ids = installation
            .users
            .iter()
            .filter_map(|user| Some((user.platform.clone(), user.user_id.clone()?, user.address.clone())));
        self.unique("userID", "user_id", ids.collect());
        let users = installation.users.iter().filter(|user| user.has_profile);
        let names: Vec<(Address, String, Address)> = users
            .map(|user| (user.platform.clone(), user.name.clone(), user.address.clone()))
            .chain(installation.profiles.iter().map(|p| (p.platform.clone(), p.name.clone(), p.address.clone())))
            .collect();
        self.unique("profile", "name", names);
    }

    fn queues(&mut self) {
        let queues = &self.installation.queues;
        let named = queues.iter().map(|queue| (queue.platform.clone(), queue.name.clone(), queue.address.clone()));
        self.unique("queue", "name", named.collect());
        for queue in queues {
            let Some(platform) = self.installation.platforms.iter().find(|p| p.address == queue.platform) else {
                continue;
            };
            let volcano = platform.scheduler.as_ref().is_some_and(|scheduler| scheduler.name == "volcano")
                || platform.components.get("volcano").is_some_and(|settings| settings.enabled == Some(true));
            if !volcano {
                let detail = format!("{} has no Volcano scheduler, which queues belong to.", platform.address);
                let finding = Diagnostic::error("Queue without scheduler", detail)
                    .help("Add to the platform:\n\nscheduler {\n  name = \"volcano\"\n}");
                self.report(&queue.address, "platform", finding);
            }
        }
    }

    /// Reports values that stand twice within a scope. Entries are scope, value, address.
    fn unique(&mut self, what: &str, argument: &'static str, entries: Vec<(Address, String, Address)>) {
        let mut seen: BTreeMap<(Address, String), Address> = BTreeMap::new();
        for (scope, value, address) in entries {
            if let Some(first) = seen.get(&(scope.clone(), value.clone())) {
                let detail = format!("{first} has the {what} \"{value}\" already.");
                let mut finding = Diagnostic::error(&format!("Duplicate {what}")[..], detail);
                if let Some(place) = self.places.argument(first, argument) {
                    finding = finding.related(place, "first used here");
                }
                self.report(&address, argument, finding);
            } else {
                seen.insert((scope, value), address);
            }
        }
    }

    fn report(&mut self, address: &Address, argument: &'static str, finding: Diagnostic) {
        let place: Option<Span> = self.places.argument(address, argument);
        self.diagnostics.push(finding.at_option(place).about(address));
    }
}

/// Nodes that a platform needs at least (product guide of AI&MLOps Platform).
pub const LEAST_NODES: u64 = 2;

/// vCPU and GB of memory in the name of a server type: `s1v16m64` has 16 and 64. `None` for names that do not tell.
fn server_size(server_type: &str) -> Option<(u64, u64)> {
    let (_, rest) = server_type.split_once('v')?;
    let (cpu, memory) = rest.split_once('m')?;
    Some((cpu.parse().ok()?, memory.parse().ok()?))
}

/// Whether a Kubernetes version lies in a release's window of minor versions.
pub fn in_window(version: &str, window: &(String, String)) -> bool {
    let minor = |text: &str| -> Option<(u32, u32)> {
        let mut parts = text.strip_prefix('v').unwrap_or(text).split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    match (minor(version), minor(&window.0), minor(&window.1)) {
        (Some(version), Some(oldest), Some(newest)) => oldest <= version && version <= newest,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_types_tell_their_size() {
        assert_eq!(server_size("s1v16m64"), Some((16, 64)));
        assert_eq!(server_size("g1v16a1"), None);
        assert_eq!(server_size(""), None);
    }

    #[test]
    fn windows_compare_minor_versions() {
        let window = ("1.29".to_owned(), "1.31".to_owned());
        assert!(in_window("v1.29.0", &window) && in_window("1.31.14", &window));
        assert!(!in_window("v1.28.9", &window) && !in_window("v1.32.0", &window) && !in_window("v2.30", &window));
    }
}
