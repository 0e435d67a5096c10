//! What there is to choose from, asked of the catalog, the kubeconfig, the cluster and the cloud; and whether they take
//! what was chosen.

use std::collections::BTreeMap;

use super::Run;
use crate::catalog::wizard;
use crate::catalog::wizard::Answer;
use crate::catalog::wizard::Ask;
use crate::catalog::wizard::Offer;
use crate::catalog::wizard::fits;
use crate::diag::Sources;
use crate::object::Object;
use crate::ops::Failure;
use crate::ops::configuration::load_texts;
use crate::ops::session;
use crate::provider::kubernetes::contexts;
use crate::sandbox::KUBERNETES_VERSION;

/// Marks the class that claims get which name none.
const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";

/// What was asked of the world already.
#[derive(Debug, Default)]
pub struct World {
    /// Lists of a cloud, by provider settings and name.
    asked: BTreeMap<(String, String), Vec<(String, String)>>,
    /// Storage classes of the cluster that was reached, with a word about each.
    classes: Vec<(String, String)>,
    /// The cloud could not be asked; that is told once.
    is_silent: bool,
}

fn closed(choices: Vec<(String, String)>, preferred: Option<String>) -> Offer {
    Offer { is_closed: !choices.is_empty(), choices, preferred }
}

impl Run<'_> {
    /// What a question offers.
    pub(super) async fn offer(&mut self, ask: &Ask) -> Result<Offer, Failure> {
        Ok(match ask.offers.as_str() {
            "" => Offer::default(),
            "releases" => self.releases(),
            "providers" => self.providers(),
            "contexts" => self.contexts(),
            "directory" => Offer { preferred: Some(self.directory_name()), ..Offer::default() },
            "storage_classes" => closed(self.world.classes.clone(), None),
            "os" => closed(self.node_os().keys().map(|os| (os.clone(), String::new())).collect(), None),
            "os_version" => {
                let pool = ask.key.rsplit_once('.').map_or("", |(pool, _)| pool);
                let os = self.interview.text(&format!("{pool}.os"));
                let versions = self.node_os().get(os).cloned().unwrap_or_default();
                let preferred = versions.last().cloned();
                closed(versions.into_iter().map(|version| (version, String::new())).collect(), preferred)
            }
            "kubernetes_versions" => self.kubernetes_versions().await,
            other => closed(self.of_cloud(other).await, None),
        })
    }

    fn releases(&self) -> Offer {
        let versions: Vec<String> = self.catalog.releases().into_iter().rev().collect();
        let window = |version: &String| {
            let release = self.catalog.release(version, &mut Sources::new()).0.unwrap_or_default();
            format!("Kubernetes {} to {}", release.kubernetes_min, release.kubernetes_max)
        };
        let preferred = versions.first().cloned();
        closed(versions.iter().map(|version| (version.clone(), window(version))).collect(), preferred)
    }

    fn providers(&self) -> Offer {
        let makers: Vec<&str> = self.init.request.makers.names().collect();
        let can_be_used = |name: &str| ["kubernetes", "sandbox"].contains(&name) || makers.contains(&name);
        let providers = self.facts.providers.iter().filter(|(name, one)| can_be_used(name) && !one.only_by_hand);
        let sentence =
            |text: &str| text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.').to_owned();
        closed(providers.map(|(name, one)| (name.clone(), sentence(&one.schema.documentation))).collect(), None)
    }

    fn contexts(&self) -> Offer {
        let named = self.interview.text("kubeconfig");
        let named: Vec<_> = (!named.is_empty()).then(|| self.init.request.directory.join(named)).into_iter().collect();
        match contexts(&named) {
            Ok(contexts) => closed(contexts.all, contexts.current),
            Err(_) => Offer::default(),
        }
    }

    /// The directory's name as a label.
    fn directory_name(&self) -> String {
        let directory = &self.init.request.directory;
        let name = std::path::absolute(directory).unwrap_or_else(|_| directory.clone());
        let name = name.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(63).collect();
        match plain.trim_matches('-') {
            "" => "mlops".to_owned(),
            plain => plain.to_owned(),
        }
    }

    fn node_os(&self) -> BTreeMap<String, Vec<String>> {
        let provider = self.facts.providers.get(self.interview.text("provider"));
        provider.map(|provider| provider.node_os.clone()).unwrap_or_default()
    }

    /// The versions that fit the release: a cloud's, or any in the window.
    async fn kubernetes_versions(&mut self) -> Offer {
        let cloud = self.of_cloud("kubernetes_versions").await;
        let Some(release) = self.interview.release() else { return closed(cloud, None) };
        if !cloud.is_empty() {
            let fitting: Vec<_> = cloud.into_iter().filter(|(version, _)| fits(release, version).is_ok()).collect();
            let preferred = fitting.first().map(|(version, _)| version.clone());
            return closed(fitting, preferred);
        }
        // The sandbox plays any; its own needs not be written.
        let is_sandbox = self.interview.text("provider") == "sandbox";
        let is_needed = is_sandbox && fits(release, KUBERNETES_VERSION).is_err();
        Offer { preferred: is_needed.then(|| release.kubernetes_max.clone()), ..Offer::default() }
    }

    /// A list of what the cloud has; empty where it has no such list, or cannot be asked, which is told once.
    async fn of_cloud(&mut self, list: &str) -> Vec<(String, String)> {
        let provider = self.interview.text("provider").to_owned();
        if self.init.offline || self.world.is_silent || self.init.request.makers.get(&provider).is_none() {
            return Vec::new();
        }
        let place = wizard::place_text(&self.interview, false);
        let key = (place.clone(), list.to_owned());
        if let Some(known) = self.world.asked.get(&key) {
            return known.clone();
        }
        let asked: Result<Vec<(String, String)>, Failure> = async {
            let loaded = load_texts(&self.init.request, vec![(super::saving::MAIN.to_owned(), place)])?;
            let maker = session::maker(&loaded, &provider)?;
            maker.offers(list).await.map_err(|error| Failure::world(format!("Cannot ask {provider}"), error))
        }
        .await;
        match asked {
            Ok(list) => {
                self.world.asked.insert(key, list.clone());
                list
            }
            Err(failure) => {
                self.world.is_silent = true;
                self.tell(&format!(
                    "{provider} cannot be asked what it has: {}. Answers are taken unchecked.",
                    said(&failure)
                ));
                Vec::new()
            }
        }
    }

    pub(super) fn tell(&mut self, text: &str) {
        match &mut self.asker {
            Some(asker) => asker.tell(text),
            None => self.remarks.push(text.to_owned()),
        }
    }

    /// Whether the world takes an answer.
    ///
    /// # Errors
    /// Why not.
    pub(super) async fn accept(&mut self, ask: &Ask, answer: &Answer) -> Result<(), String> {
        let is_existing = self.interview.text("provider") == "kubernetes";
        if ask.key != "context" || !is_existing || self.init.offline || self.diagnostics.has_errors() {
            return Ok(());
        }
        // Reached as it will be: with the answer.
        let before = self.interview.answers.insert(ask.key.clone(), answer.clone());
        let reached = self.reach().await;
        match before {
            Some(before) => self.interview.answers.insert(ask.key.clone(), before),
            None => self.interview.answers.remove(&ask.key),
        };
        let session = reached.map_err(|failure| said(&failure))?;
        if let Some(release) = self.interview.release() {
            let version = session.cluster.version().await.map_err(|error| error.to_string())?;
            fits(release, &version)?;
        }
        let classes = session.cluster.seen("storage.k8s.io", "v1", "StorageClass").await.unwrap_or_default();
        let word = |class: &Object| match class.annotation(DEFAULT_CLASS) {
            Some("true") => format!("{}, the cluster's default", class.text("/provisioner")),
            _ => class.text("/provisioner").to_owned(),
        };
        self.world.classes = classes.iter().map(|class| (class.name().to_owned(), word(class))).collect();
        Ok(())
    }

    /// Enters the cluster that was answered.
    pub(super) async fn reach(&self) -> Result<session::Session, Failure> {
        let place = wizard::place_text(&self.interview, true);
        let loaded = load_texts(&self.init.request, vec![(super::saving::MAIN.to_owned(), place)])?;
        match loaded.installation.clusters.first() {
            Some(cluster) => session::open(&loaded, cluster).await,
            None => Err(Failure::world("Cannot reach the cluster", "none was named")),
        }
    }
}

/// A failure in one sentence without its last dot.
pub(super) fn said(failure: &Failure) -> String {
    let text = match failure {
        Failure::World(world) => world.reasons().join(": "),
        Failure::Input(diagnostics, _) => {
            diagnostics.iter().map(|one| one.detail.clone()).collect::<Vec<_>>().join(" ")
        }
        _ => "it failed".to_owned(),
    };
    text.trim_end_matches('.').to_owned()
}
