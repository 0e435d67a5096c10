//! Rules between resources: what must be unique, what must fit together, what a provider allows. What needs a release
//! is the catalog's to say.

use std::collections::BTreeMap;

use super::Cluster;
use super::Declared;
use super::Facts;
use super::Installation;
use super::NodePool;
use super::Place;
use super::Platform;
use super::ProviderFacts;
use super::schema;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::nearest;
use crate::object::Address;

/// Reports everything that single blocks cannot know.
pub(super) fn check(installation: &Installation, facts: &Facts, diagnostics: &mut Diagnostics) {
    let mut rules = Rules { installation, facts, diagnostics };
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
    diagnostics: &'a mut Diagnostics,
}

/// A value that must be unique within a scope.
struct Entry<'a> {
    /// `None` for the whole installation.
    scope: Option<&'a Address>,
    value: &'a str,
    address: &'a Address,
    place: Place,
}

impl<'a> Entry<'a> {
    fn new<T>(scope: Option<&'a Address>, value: &'a str, declared: &'a Declared<T>, argument: &str) -> Self {
        Self { scope, value, address: &declared.address, place: declared.place(argument) }
    }
}

impl Rules<'_> {
    fn clusters(&mut self) {
        for cluster in &self.installation.clusters {
            let Some(provider) = self.facts.providers.get(&cluster.provider) else {
                let known: Vec<&str> = self.facts.providers.keys().map(String::as_str).collect();
                let help = match nearest(&cluster.provider, known.iter().copied()) {
                    Some(near) => format!("Did you mean {near}?"),
                    None => format!("The providers are {}.", known.join(", ")),
                };
                let detail = format!("There is no provider \"{}\".", cluster.provider);
                self.report(cluster, "provider", Diagnostic::error("Unknown provider", detail).help(help));
                continue;
            };
            self.provider_specific("cluster", cluster, &cluster.provider, provider);
            self.templates(cluster, provider);
            self.full_version(cluster, provider);
        }
    }

    fn full_version(&mut self, cluster: &Declared<Cluster>, provider: &ProviderFacts) {
        let Some(version) = cluster.kubernetes_version.as_deref().filter(|_| provider.full_versions) else { return };
        if version.split('.').count() < 3 {
            let shown = cluster.shown("kubernetes_version", version);
            let detail = format!("Images of nodes are named by whole versions; {shown} has no patch.");
            let finding = Diagnostic::error("Incomplete version", detail);
            self.report(cluster, "kubernetes_version", finding.help("Write it as v1.34.0, or name an image."));
        }
    }

    /// What only some providers know must have a meaning, and what they need must be there.
    fn provider_specific<T>(&mut self, kind: &str, declared: &Declared<T>, name: &str, facts: &ProviderFacts) {
        let names: Vec<&str> = schema::block(kind).map(|s| s.provider_specific().collect()).unwrap_or_default();
        let what = kind.replace('_', " ");
        for argument in names {
            let given = declared.is_set(argument);
            if given && !facts.used(kind).iter().any(|used| used == argument) {
                let detail = format!("\"{argument}\" has no meaning for a {what} of provider {name}.");
                let finding = Diagnostic::error("Argument without effect", detail).help("Remove it.");
                self.report(declared, argument, finding);
            }
            if !given && facts.required(kind).iter().any(|required| required == argument) {
                let detail = format!("A {what} of provider {name} needs \"{argument}\".");
                self.report(declared, argument, Diagnostic::error("Missing argument", detail));
            }
        }
    }

    /// Where clusters are made of templates they are named by a class, or one by one.
    fn templates(&mut self, cluster: &Declared<Cluster>, provider: &ProviderFacts) {
        if !provider.used("cluster").iter().any(|used| used == "topology") {
            return;
        }
        let parts = ["control_plane", "infrastructure"];
        if cluster.topology.is_none() {
            if !parts.iter().all(|part| cluster.is_set(part)) {
                let detail = "The cluster needs \"topology\", which names a ClusterClass, or \"control_plane\" and \
                              \"infrastructure\", which name objects.";
                self.report(cluster, "provider", Diagnostic::error("Missing block", detail));
            }
            return;
        }
        for part in parts.iter().filter(|part| cluster.is_set(part)) {
            let detail = format!("\"{part}\" is what the ClusterClass of \"topology\" says.");
            let finding = Diagnostic::error("Conflicting arguments", detail);
            self.report(cluster, part, finding.help("Remove one of the two."));
        }
    }

    fn pool_templates(&mut self, pool: &Declared<NodePool>, cluster: &Cluster, provider: &ProviderFacts) {
        if !provider.used("node_pool").iter().any(|used| used == "machine_class") {
            return;
        }
        let (class, parts): (&[&str], &[&str]) = (&["machine_class"], &["infrastructure", "bootstrap"]);
        let (wanted, others, why) = match cluster.topology.is_some() {
            true => (class, parts, "its cluster has a topology"),
            false => (parts, class, "its cluster has no topology"),
        };
        for name in wanted.iter().filter(|name| !pool.is_set(name)) {
            let detail = format!("The node pool needs \"{name}\": {why}.");
            self.report(pool, name, Diagnostic::error("Missing argument", detail));
        }
        for name in others.iter().filter(|name| pool.is_set(name)) {
            let detail = format!("\"{name}\" has no meaning here: {why}.");
            self.report(pool, name, Diagnostic::error("Argument without effect", detail).help("Remove it."));
        }
    }

    fn node_pools(&mut self) {
        let pools = &self.installation.node_pools;
        for pool in pools {
            let Some(cluster) = self.installation.cluster(&pool.cluster) else { continue };
            if let Some(provider) = self.facts.providers.get(&cluster.provider)
                && !provider.node_pools
            {
                let detail = format!("Provider {} cannot make or change nodes.", cluster.provider);
                let finding = Diagnostic::error("No node pools here", detail)
                    .help("Remove the block; the cluster's nodes are used as they are.");
                self.report(pool, "cluster", finding);
            } else if let Some(provider) = self.facts.providers.get(&cluster.provider) {
                self.provider_specific("node_pool", pool, &cluster.provider, provider);
                self.pool_templates(pool, cluster, provider);
            }
            self.node_os(pool, cluster);
            let cifs = cluster.file_storage.as_deref().is_some_and(|volume| volume.to_lowercase().contains("cifs"));
            if pool.os.as_deref() == Some("windows") && !cifs {
                let detail = "A Windows pool needs a CIFS volume as the cluster's file_storage.";
                self.report(pool, "os", Diagnostic::error("No volume for Windows", detail));
            }
        }
        self.unique("node pool", pools.iter().map(|pool| Entry::new(Some(&pool.cluster), &pool.name, pool, "name")));
    }

    fn node_os(&mut self, pool: &Declared<NodePool>, cluster: &Cluster) {
        let Some(provider) = self.facts.providers.get(&cluster.provider) else { return };
        let Some(os) = pool.os.as_deref().filter(|_| !provider.node_os.is_empty()) else { return };
        let known = |words: Vec<&str>| format!("The choices are {}.", words.join(", "));
        let shown = pool.shown("os", os);
        let Some(versions) = provider.node_os.get(os) else {
            let detail = format!("Provider {} has no nodes with the operating system \"{shown}\".", cluster.provider);
            let help = known(provider.node_os.keys().map(String::as_str).collect());
            self.report(pool, "os", Diagnostic::error("Unknown operating system", detail).help(help));
            return;
        };
        if let Some(version) = &pool.os_version
            && !versions.is_empty()
            && !versions.contains(version)
        {
            let version = pool.shown("os_version", version);
            let detail = format!("Provider {} has no {shown} {version} for nodes.", cluster.provider);
            let help = known(versions.iter().map(String::as_str).collect());
            self.report(pool, "os_version", Diagnostic::error("Unknown operating system", detail).help(help));
        }
    }

    fn storage_classes(&mut self) {
        let classes = &self.installation.storage_classes;
        self.unique(
            "storage class",
            classes.iter().map(|class| Entry::new(Some(&class.cluster), &class.name, class, "name")),
        );
        let mut defaults: BTreeMap<&Address, &Address> = BTreeMap::new();
        for class in classes.iter().filter(|class| class.default) {
            if let Some(first) = defaults.insert(&class.cluster, &class.address) {
                let detail = format!("{first} is the default class of the same cluster already.");
                self.report(class, "default", Diagnostic::error("Two default storage classes", detail));
            }
        }
    }

    fn platforms(&mut self) {
        let platforms = &self.installation.platforms;
        let mut by_cluster: BTreeMap<&Address, &Declared<Platform>> = BTreeMap::new();
        for platform in platforms {
            if let Some(first) = by_cluster.insert(&platform.cluster, platform) {
                let detail =
                    format!("{} runs {} already; a cluster takes one platform.", platform.cluster, first.address);
                self.report(platform, "cluster", Diagnostic::error("Two platforms in one cluster", detail));
            }
        }
        self.unique("platform", platforms.iter().map(|platform| Entry::new(None, &platform.name, platform, "name")));
    }

    fn people(&mut self) {
        let installation = self.installation;
        self.emails();
        let ids = installation.users.iter();
        let ids =
            ids.filter_map(|user| Some(Entry::new(Some(&user.platform), user.user_id.as_deref()?, user, "user_id")));
        self.unique("userID", ids);
        let own = installation.users.iter().filter(|user| user.has_profile);
        let own = own.map(|user| Entry::new(Some(&user.platform), &user.name, user, "name"));
        let shared = installation.profiles.iter();
        let shared = shared.map(|profile| Entry::new(Some(&profile.platform), &profile.name, profile, "name"));
        self.unique("profile", own.chain(shared));
        self.groups();
    }

    /// Kubeflow's pages know nobody by a group: one that no `user` block is in lets nobody in there.
    fn groups(&mut self) {
        let installation = self.installation;
        for profile in &installation.profiles {
            let users = || installation.users.iter().filter(|user| user.platform == profile.platform);
            for group in
                profile.contributor_groups.keys().filter(|group| !users().any(|user| user.groups.contains(group)))
            {
                let place = profile.place("contributor_groups");
                let detail = format!(
                    "No user block is in the group {}: nobody comes to the profile on Kubeflow's pages by it.",
                    shown(place, &format!("\"{group}\""))
                );
                let near = nearest(group, users().flat_map(|user| &user.groups).map(String::as_str));
                let help = match near.filter(|_| !place.sensitive) {
                    Some(near) => format!("Did you mean \"{near}\"?"),
                    None => "Add groups = [\"…\"] to the users who are in it.".to_owned(),
                };
                self.report(
                    profile,
                    "contributor_groups",
                    Diagnostic::warning("Group without members", detail).help(help),
                );
            }
        }
    }

    /// Each e-mail address is one person's, the administrator's too.
    fn emails(&mut self) {
        let installation = self.installation;
        let mut known: BTreeMap<(&Address, &str), (&Address, Place)> = BTreeMap::new();
        for platform in &installation.platforms {
            let place = platform.place("admin.email");
            known.insert((&platform.address, &platform.admin.email), (&platform.address, place));
        }
        for user in &installation.users {
            let place = user.place("email");
            if let Some((first, first_place)) = known.insert((&user.platform, &user.email), (&user.address, place)) {
                let email = shown(place, &user.email);
                let detail = format!("{email} is {first}'s already; capitals make no difference.");
                let finding =
                    Diagnostic::error("Duplicate e-mail", detail).related(first_place.span, "first used here");
                self.report_at(&user.address, place, finding);
            }
        }
    }

    fn queues(&mut self) {
        let queues = &self.installation.queues;
        let connectors = self.installation.connectors.iter();
        let connectors = connectors.map(|one| Entry::new(Some(&one.platform), &one.name, one, "name"));
        self.unique("connector", connectors);
        self.unique("queue", queues.iter().map(|queue| Entry::new(Some(&queue.platform), &queue.name, queue, "name")));
    }

    /// Reports values that stand twice within a scope.
    fn unique<'a>(&mut self, what: &str, entries: impl Iterator<Item = Entry<'a>>) {
        let mut seen: BTreeMap<(Option<&Address>, &str), Entry<'a>> = BTreeMap::new();
        for entry in entries {
            if let Some(first) = seen.get(&(entry.scope, entry.value)) {
                let value = shown(entry.place, entry.value);
                let detail = format!("{} has the {what} \"{value}\" already.", first.address);
                let finding =
                    Diagnostic::error(format!("Duplicate {what}"), detail).related(first.place.span, "first used here");
                self.report_at(entry.address, entry.place, finding);
            } else {
                seen.insert((entry.scope, entry.value), entry);
            }
        }
    }

    fn report<T>(&mut self, declared: &Declared<T>, argument: &str, finding: Diagnostic) {
        self.report_at(&declared.address, declared.place(argument), finding);
    }

    fn report_at(&mut self, address: &Address, place: Place, finding: Diagnostic) {
        let finding = if place.sensitive { finding.hidden() } else { finding };
        self.diagnostics.push(finding.at(place.span).about(address));
    }
}

/// A value as a finding may show it.
fn shown(place: Place, value: &str) -> &str {
    if place.sensitive { "(sensitive value)" } else { value }
}
