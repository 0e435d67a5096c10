//! Looks at what runs already, or at a Dex configuration, and takes from it what can be answered.

use super::InitRequest;
use super::Origin;
use super::Run;
use super::saving::MAIN;
use crate::catalog::recognise;
use crate::catalog::recognise::Candidate;
use crate::catalog::recognise::Found;
use crate::catalog::recognise::Live;
use crate::catalog::wizard;
use crate::config::schema;
use crate::diag::Sources;
use crate::object::GroupVersionKind;
use crate::ops::Failure;
use crate::ops::configuration::load_texts;
use crate::ops::rendering;
use crate::ops::session::Session;
use crate::provider::regular;
use crate::provider::regular::LONGEST_TEXT;

impl Run<'_> {
    /// Takes people from the file that is named.
    ///
    /// # Errors
    /// It cannot be read, or is no Dex configuration.
    pub(super) fn take_file(&mut self) -> Result<(), Failure> {
        let InitRequest { from: Some(Origin::File(path)), .. } = self.init else { return Ok(()) };
        let failed = format!("Cannot take people over from {}", path.display());
        let text = regular::read_named(path, LONGEST_TEXT).map_err(|error| Failure::world(failed.as_str(), error))?;
        let found = recognise::people_of_file(&text).map_err(|reason| {
            Failure::world(failed.as_str(), reason)
                .help("It takes Dex's configuration as YAML, or manifests of its ConfigMap and Secret. What runs: --from cluster")
        })?;
        self.learn(found);
        Ok(())
    }

    fn learn(&mut self, found: Found) {
        for remark in found.remarks {
            if let Some(asker) = &mut self.asker {
                asker.tell(&remark);
            }
            self.remarks.push(remark);
        }
        self.interview.find(found.answers);
    }

    /// Looks at the cluster that was answered.
    ///
    /// # Errors
    /// It cannot be reached.
    pub(super) async fn look(&mut self) -> Result<(), Failure> {
        if self.init.offline {
            let reason = "--offline says that no cluster is asked";
            return Err(Failure::world("Cannot look at what runs", reason));
        }
        let session = self.reach().await?;
        let mut live = self.live(&session).await?;
        let release = recognise::release(self.catalog, &live, &mut Sources::new());
        self.learn(release.clone());
        let version =
            release.answers.iter().find(|(name, _)| name == "version").and_then(|(_, given)| given.value.as_str());
        let Some(version) = version else { return Ok(()) };
        let mut candidates = Vec::new();
        let editions = schema::block("platform").and_then(|platform| platform.argument("edition"));
        for edition in editions.into_iter().flat_map(|argument| &argument.choices) {
            candidates.extend(self.candidate(version, edition, &[]).ok());
        }
        let Some((best, edition)) = recognise::edition(&candidates, &live) else { return Ok(()) };
        let name = best.edition.clone();
        self.learn(edition);
        let Some(release) = self.catalog.release(version, &mut Sources::new()).0 else { return Ok(()) };
        let components = recognise::components(&release, &best.rendered, &live);
        let settled = self.settle(version, &name, components)?;
        for id in settled.rendered.keepers() {
            let kind = GroupVersionKind::new("", "v1", &id.kind);
            let Ok(resource) = session.cluster.resource(&kind).await else { continue };
            match session.cluster.get(&resource, &id.namespace, &id.name).await {
                Ok(Some(object)) => live.add(object),
                Ok(None) => {}
                Err(error) => {
                    self.learn(Found { remarks: vec![format!("{id} cannot be read: {error}.")], ..Found::default() })
                }
            }
        }
        self.learn(recognise::service(&settled.rendered, &live));
        let people = recognise::people(&settled.rendered, &live);
        let projects = recognise::projects(&people, &live);
        // What is known of projects counts more: a namespace with contributors is a project.
        self.interview.find(projects.answers.clone());
        self.learn(people);
        self.learn(Found { remarks: projects.remarks, ..Found::default() });
        let strangers = recognise::strangers(&settled.rendered, &live);
        self.learn(Found { remarks: strangers, ..Found::default() });
        Ok(())
    }

    /// All objects that say something.
    async fn live(&mut self, session: &Session) -> Result<Live, Failure> {
        let mut objects = Vec::new();
        for (group, version, kind) in recognise::KINDS {
            let served = session.cluster.served_kind(group, kind).await;
            let failed = |error| Failure::world("Cannot look at what runs", error);
            let Some(resource) = served.map_err(failed)? else { continue };
            match session.cluster.list(&resource, "", "").await {
                Ok((found, _)) => objects.extend(found),
                Err(error) if error.is_forbidden() => {
                    let remark =
                        format!("{kind} of group \"{group}\" {version} may not be listed: what they say is left out.");
                    self.learn(Found { remarks: vec![remark], ..Found::default() });
                }
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(Live::new(objects))
    }

    /// A platform in the cluster, rendered.
    fn candidate(&self, version: &str, edition: &str, components: &[(String, bool)]) -> Result<Candidate, Failure> {
        let text = wizard::platform_text(&self.interview, version, edition, components);
        let loaded = load_texts(&self.init.request, vec![(MAIN.to_owned(), text)])?;
        let installation = &loaded.installation;
        let (Some(cluster), platform) = (installation.clusters.first(), installation.platforms.first()) else {
            return Err(Failure::world("Cannot look at what runs", "no cluster was named"));
        };
        let (rendered, _) = rendering::render(&loaded, cluster, platform, &mut loaded.sources.clone())?;
        Ok(Candidate { edition: edition.to_owned(), rendered })
    }

    /// The platform with the components that differ from its edition. What others need cannot be off, and what cannot
    /// stand beside others cannot be on: that is told.
    fn settle(&mut self, version: &str, edition: &str, components: Found) -> Result<Candidate, Failure> {
        let mut wanted: Vec<(String, bool)> = components
            .answers
            .iter()
            .filter_map(|(key, given)| Some((key.split('.').nth(1)?.to_owned(), given.value.as_bool()?)))
            .collect();
        loop {
            let failure = match self.candidate(version, edition, &wanted) {
                Ok(candidate) => {
                    let answers = wanted
                        .iter()
                        .map(|(name, is_on)| (format!("components.{name}.enabled"), wizard::Given::found(*is_on)));
                    self.interview.find(answers.collect());
                    return Ok(candidate);
                }
                Err(failure) => failure,
            };
            let details = super::offers::said(&failure);
            let named = wanted.iter().position(|(name, _)| details.contains(&format!("\"{name}\"")));
            let Some(place) = named.or_else(|| wanted.len().checked_sub(1)) else { return Err(failure) };
            let (name, is_on) = wanted.remove(place);
            let remark = match is_on {
                true => format!("Component {name} seems to run and is not taken over: {details}."),
                false => format!("Component {name} does not run, and an apply would make it: {details}."),
            };
            self.learn(Found { remarks: vec![remark], ..Found::default() });
        }
    }
}
