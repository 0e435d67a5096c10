//! A platform's configuration to everything that should exist for it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value as Json;
use serde_json::json;
use tera::Context;

use crate::config::Declared;
use crate::config::Installation;
use crate::config::Platform;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::object::Address;
use crate::object::Object;
use crate::object::ReadinessRule;

use super::Catalog;
use super::Component;
use super::EnabledComponent;
use super::Rendered;
use super::RenderedObject;
use super::Role;
use super::connectors;
use super::consistency;
use super::decorate::Decorator;
use super::decorate::Scopes;
use super::decorate::yield_replicas;
use super::entry;
use super::entry::Entries;
use super::entry::about;
use super::entry::address;
use super::files::DefinitionFile;
use super::image::ImageTable;
use super::image::visit_images;
use super::names;
use super::names::Names;
use super::names::mirror_of;
use super::needs;
use super::outbound;
use super::own_objects::storage_class_objects;
use super::parallel;
use super::patches;
use super::people;
use super::people::People;
use super::placeholder;
use super::placement;
use super::produce;
use super::produce::Problem;
use super::selection;
use super::template;

/// Renders a platform: its components, users, profiles, queues, and the storage classes of its cluster.
///
/// The same input gives the same output. The definitions used are added to `sources`, so that findings in them can
/// be shown. Where there are errors, the result holds what could be rendered.
pub fn render(
    catalog: &Catalog,
    installation: &Installation,
    platform: &Declared<Platform>,
    sources: &mut Sources,
) -> (Rendered, Diagnostics) {
    let (release, mut diagnostics) = catalog.release(&platform.version, sources);
    let Some(release) = release else { return (Rendered::default(), about(diagnostics, &platform.address)) };
    refuse_forged(installation, platform, &mut diagnostics);
    let mut names = Names::new(installation, platform, &release);

    let mut entries = entry::entries(catalog, platform, &release, sources, &mut diagnostics);
    entry::evaluate(&mut entries, platform, &names, sources);
    let available: BTreeMap<String, Component> =
        entries.iter().map(|(name, entry)| (name.clone(), entry.component.clone())).collect();
    let (selected, findings) = selection::select(platform, &available);
    diagnostics.extend(about(findings, &platform.address));
    let order: Vec<String> = selected.iter().map(|component| component.name.clone()).collect();

    needs::check(installation, platform, &release, &available, &order, &mut diagnostics);

    let users = Role::Users.player(selected.iter().copied());
    let owner = users.map_or_else(|| platform.address.clone(), |users| address(platform, &users.name));
    let login = selected.iter().find_map(|component| component.login.clone());
    let people = People::of(installation, platform, login.as_ref(), &owner);
    names.decide(people.users, &selected);
    entry::keep(&mut entries, &order, &mut diagnostics);
    entry::settle(&mut entries, platform, &mut names, sources, &mut diagnostics);

    let run = Run { catalog, installation, platform, order: &order, entries: &entries, names: &names };
    let (mut rendered, mut images) = run.assemble(sources, &mut diagnostics);
    rendered.objects.extend(people.secrets.into_iter().map(|mut secret| {
        secret.object.set_label(super::INSTALLATION_LABEL, &installation.name);
        if let Some(users) = users {
            secret.object.set_label(super::COMPONENT_LABEL, &users.name);
        }
        secret
    }));
    rendered.credentials = people.credentials;
    rendered.given = connectors::given(installation, platform);
    rendered.login = login;
    for component in available.values() {
        let owned = component.leaves.iter().map(|residue| (address(platform, &component.name), residue.clone()));
        rendered.residues.extend(owned);
        // An object of a component that is off may still be there, and hold what must not be lost.
        add_rules(&mut rendered, component.readiness.iter().filter(|rule| rule.holds.is_some()));
    }
    run.add_blocks(&available, &mut rendered, &mut diagnostics);
    for patched in patches::apply(installation, platform, &mut rendered, &mut diagnostics) {
        let RenderedObject { object, owner, .. } = &mut rendered.objects[patched];
        let place = object.id().to_string();
        visit_images(object, &mut |image| *image = images.add(image, owner.component().unwrap_or_default(), &place));
    }
    rendered.images = images.into_uses();
    if !diagnostics.has_errors() {
        consistency::check(&rendered, installation, platform, &available, &mut diagnostics);
    }
    (rendered, placed(diagnostics, installation))
}

/// Findings without a place of their own stand at the block that they are about.
fn placed(diagnostics: Diagnostics, installation: &Installation) -> Diagnostics {
    diagnostics.map(|finding| {
        let about = finding.address.as_deref().filter(|_| finding.span.is_none());
        let block = about.and_then(|about| about.parse::<Address>().ok()).map(|address| address.of_block());
        let declaration = block.and_then(|block| installation.declaration(&block));
        match declaration.and_then(|declaration| declaration.span) {
            Some(span) => finding.at(span),
            None => finding,
        }
    })
}

impl Catalog {
    /// The rules of all kinds that hold a namespace: for a cluster whose platform is gone from the configuration, and whose
    /// objects are not to be deleted unseen.
    pub fn holding_rules(&self) -> Vec<ReadinessRule> {
        self.readiness_rules().into_iter().filter(|rule| rule.holds.is_some()).collect()
    }

    /// The rules of all kinds, of components in the newest release that has them: where no platform says which hold.
    pub fn readiness_rules(&self) -> Vec<ReadinessRule> {
        let mut rendered = Rendered::default();
        let mut seen = BTreeSet::new();
        for version in self.releases().into_iter().rev() {
            let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
            let Some(mut release) = self.release(&version, &mut sources).0 else { continue };
            release.components.retain(|name, _| seen.insert(name.clone()));
            let installation = Installation::default();
            let platform = Declared::new(Address::default(), Platform { version, ..Platform::default() });
            let mut entries = entry::entries(self, &platform, &release, &mut sources, &mut diagnostics);
            let names = Names::new(&installation, &platform, &release);
            // Once for the variables, which the rest may refer to.
            for _ in 0..2 {
                entry::evaluate(&mut entries, &platform, &names, &sources);
            }
            for entry in entries.values() {
                add_rules(&mut rendered, &entry.component.readiness);
            }
        }
        rendered.readiness
    }
}

/// Nothing that a user sets may hold what marks placeholders.
fn refuse_forged(installation: &Installation, platform: &Declared<Platform>, diagnostics: &mut Diagnostics) {
    let mut refuse = |address: &Address, value: Json| {
        if let Some(place) = placeholder::forged(&value) {
            let detail = format!("{place} holds a character that marks values which are filled in later.");
            let finding = Diagnostic::error("Character not allowed", detail);
            diagnostics.push(finding.about(address).help("Remove U+F8F0 and U+F8F1: nobody sees them anyway."));
        }
    };
    let mut set = names::platform_value(installation, platform);
    // Made of placeholders.
    set["sign_in"]["apart"] = Json::Null;
    refuse(&platform.address, set);
    for (name, settings) in &platform.components {
        let inputs: Json = settings.inputs.iter().map(|(name, value)| (name.clone(), value.to_json())).collect();
        refuse(&address(platform, name), json!({"inputs": inputs}));
    }
    for user in installation.users.iter().filter(|user| user.platform == platform.address) {
        let set = json!({"name": user.name, "email": user.email, "user_id": user.user_id});
        refuse(&user.address, set);
    }
    for (address, written) in connectors::written(installation, platform) {
        refuse(address, written);
    }
    for (address, written) in patches::written(installation, platform) {
        refuse(address, written);
    }
    for profile in people::profiles(installation, platform).into_iter().chain(people::queues(installation, platform)) {
        let address = profile["address"].as_str().and_then(|text| text.parse().ok());
        refuse(address.as_ref().unwrap_or(&platform.address), profile);
    }
}

fn add_rules<'a>(rendered: &mut Rendered, rules: impl IntoIterator<Item = &'a ReadinessRule>) {
    for rule in rules {
        if !rendered.readiness.contains(rule) {
            rendered.readiness.push(rule.clone());
        }
    }
}

/// A piece of work: all templates of a component, or one file of CRDs.
enum Task<'a> {
    Templates(&'a str),
    Definitions(&'a str, &'a DefinitionFile<'a>),
}

/// What all steps of one rendering work with.
struct Run<'a> {
    catalog: &'a Catalog,
    installation: &'a Installation,
    platform: &'a Declared<Platform>,
    order: &'a [String],
    entries: &'a Entries<'a>,
    names: &'a Names,
}

impl Run<'_> {
    /// The objects of all components, decorated, what the components say of themselves, and the images so far.
    fn assemble(&self, sources: &mut Sources, diagnostics: &mut Diagnostics) -> (Rendered, ImageTable) {
        let Run { platform, order, entries, .. } = self;
        let produced = self.produce_all();
        let mut problems: Vec<Problem> = Vec::new();
        let mut objects: Vec<(&String, Vec<Object>)> = Vec::new();
        for (name, (component_objects, component_problems)) in order.iter().zip(produced) {
            objects.push((name, component_objects));
            problems.extend(component_problems);
        }
        for problem in problems {
            let text = |path: &str| {
                self.catalog.file(path).or_else(|| entries.values().find_map(|entry| entry.files.text(path)))
            };
            diagnostics.extend(about(problem.report(text, sources).into(), &platform.address));
        }

        let scopes = Scopes::new(objects.iter().flat_map(|(_, objects)| objects));
        let decorator = Decorator::new(&self.installation.name, platform, scopes);
        let mut images = ImageTable::new(mirror_of(platform));
        if let Some(notebooks) = Role::Notebooks.player(entries.values().map(|entry| &entry.component)) {
            for image in &platform.notebook_images {
                images.add(&image.name, &notebooks.name, &format!("{}.notebooks.{}", platform.address, image.label));
            }
        }
        let mut rendered = Rendered::default();
        for (name, component_objects) in objects {
            let Some(entry) = entries.get(name) else { continue };
            for (key, image) in &entry.release.images {
                images.add(image, name, &format!("image.{key}"));
                images.describe(image, entry.release.replaces.get(key), entry.release.architectures.get(key));
            }
            let component = &entry.component;
            let owner = address(platform, name);
            let first = selection::before(component, |name| entries.contains_key(name));
            let after: Vec<Address> = first.into_iter().map(|name| address(platform, name)).collect();
            let scheduled = platform.backup.iter().zip(&component.kept).flat_map(|(backup, kept)| {
                let image = |key: &str| entry.release.images.get(key).map(String::as_str);
                let text = |path: &str| self.catalog.file(path);
                kept.scheduled(backup, platform.storage_class.as_deref(), image, text)
            });
            for object in component_objects.into_iter().chain(scheduled) {
                let mut object = RenderedObject { object, owner: owner.clone(), after: after.clone() };
                decorator.decorate(&mut object, name, &component.namespace);
                let place = object.object.id().to_string();
                visit_images(&mut object.object, &mut |image| *image = images.add(image, name, &place));
                rendered.objects.push(object);
            }
            add_rules(&mut rendered, &component.readiness);
            if rendered.gateway.is_none() {
                rendered.gateway.clone_from(&component.gateway);
            }
            rendered.secrets.extend(component.secrets.iter().cloned());
            rendered.kept.extend(component.kept.clone());
            rendered.hidden.extend(component.hidden.iter().cloned());
            rendered.components.push(EnabledComponent {
                name: name.clone(),
                title: component.title.clone(),
                version: entry.release.version.clone(),
                namespace: component.namespace.clone(),
                address: owner,
                was: entry.release.was.clone(),
            });
        }
        let components = entries.iter().map(|(name, entry)| (name.as_str(), &entry.component)).collect();
        let domain = self.installation.domain_of(&platform.cluster);
        outbound::apply(platform, domain, &components, &mut rendered.objects);
        placement::apply(platform, &components, &mut rendered.objects, diagnostics);
        yield_replicas(&mut rendered.objects);
        (rendered, images)
    }

    /// The objects of all components, in the given order.
    fn produce_all(&self) -> Vec<(Vec<Object>, Vec<Problem>)> {
        let Run { order, entries, names, .. } = self;
        // No value of the configuration reaches a definition but by a patch.
        let has_definitions = !self.installation.is_disguised || !self.installation.patches.is_empty();
        let mut tasks: Vec<(usize, Task<'_>)> = Vec::new();
        for name in *order {
            let Some(entry) = entries.get(name) else { continue };
            let size = entry.files.templates.iter().map(|(_, text)| text.len()).sum();
            for file in entry.files.definitions.iter().filter(|_| has_definitions) {
                tasks.push((file.text.len(), Task::Definitions(name, file)));
            }
            if entry.is_sound {
                tasks.push((size, Task::Templates(name)));
            }
        }
        // The longest first, so that no core is left alone with one at the end. The sort is stable.
        let mut by_size: Vec<usize> = (0..tasks.len()).collect();
        by_size.sort_by_key(|at| std::cmp::Reverse(tasks[*at].0));
        let shared = template::context(
            &json!({"users": names.users, "profiles": names.profiles, "connectors": names.connectors, "queues": names.queues}),
        );
        let results = parallel::map(&by_size, |at| match tasks[*at].1 {
            Task::Definitions(_, file) => produce::from_notation(file),
            Task::Templates(name) => match entries.get(name) {
                Some(entry) => {
                    let mut context: Context = shared.clone();
                    context.extend(template::context(&names.context(&entry.component, &entry.release)));
                    produce::from_templates(&entry.files, &context)
                }
                None => (Vec::new(), Vec::new()),
            },
        });
        let mut results: Vec<_> = by_size.into_iter().zip(results).collect();
        results.sort_by_key(|(at, _)| *at);
        let mut by_component: BTreeMap<&str, (Vec<Object>, Vec<Problem>)> = BTreeMap::new();
        for (at, (objects, problems)) in results {
            let (Task::Templates(name) | Task::Definitions(name, ..)) = tasks[at].1;
            let entry = by_component.entry(name).or_default();
            entry.0.extend(objects);
            entry.1.extend(problems);
        }
        order.iter().map(|name| by_component.remove(name.as_str()).unwrap_or_default()).collect()
    }

    /// Adds the objects that blocks of the configuration stand for.
    fn add_blocks(
        &self,
        available: &BTreeMap<String, Component>,
        rendered: &mut Rendered,
        diagnostics: &mut Diagnostics,
    ) {
        let Run { installation, platform, order, .. } = self;
        let named = platform.scheduler.as_ref().map_or("default", |scheduler| scheduler.name.as_str());
        if named != "default" && !available.contains_key(named) {
            let detail = format!("The release {} has no scheduler \"{named}\".", platform.version);
            let finding = Diagnostic::error("Not in this release", detail).at(platform.place("scheduler.name").span);
            diagnostics.push(finding.about(&platform.address).help("Choose another scheduler, or a later release."));
            return;
        }
        let scheduler = Role::Queues.player(available.values());
        if let Some(queue) = installation.queues.iter().find(|queue| queue.platform == platform.address)
            && scheduler.is_none_or(|scheduler| !order.contains(&scheduler.name))
        {
            let detail =
                format!("A queue needs a scheduler that serves queues, which {} does not have.", platform.address);
            let finding = Diagnostic::error("Queue without a scheduler", detail)
                .at(queue.place("platform").span)
                .about(&queue.address);
            let help = scheduler
                .map(|scheduler| format!("Add to the platform:\n\nscheduler {{\n  name = \"{}\"\n}}", scheduler.name));
            diagnostics.push(finding.help_option(help));
        }
        let classes = storage_class_objects(installation, &platform.cluster);
        rendered.objects.splice(0..0, classes);
    }
}

#[cfg(test)]
mod tests;
