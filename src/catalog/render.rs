//! A platform's configuration to everything that should exist for it.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value as Json;
use tera::Context;

use crate::config::Installation;
use crate::config::Platform;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::SourceId;
use crate::diag::Sources;
use crate::diag::Span;
use crate::lang;
use crate::lang::AssignedValue;
use crate::lang::Assignment;
use crate::lang::Origin;
use crate::object::Address;
use crate::object::Object;

use super::Catalog;
use super::Component;
use super::EnabledComponent;
use super::Rendered;
use super::RenderedObject;
use super::component;
use super::consistency;
use super::decorate::Decorator;
use super::decorate::Scopes;
use super::decorate::yield_replicas;
use super::files::ComponentFiles;
use super::image::ImageTable;
use super::image::visit_images;
use super::names::Names;
use super::names::mirror_of;
use super::own_objects::queue_objects;
use super::own_objects::storage_class_objects;
use super::parallel;
use super::people::People;
use super::produce;
use super::produce::Problem;
use super::release::Release;
use super::release::ReleaseComponent;
use super::selection;
use super::template;

/// The component that makes users' objects, and the one that serves queues.
const USERS: &str = "users";
const QUEUES: &str = "volcano";
/// The component that offers notebook images.
const NOTEBOOKS: &str = "jupyter";

/// Renders a platform: its components, users, profiles, queues, and the storage classes of its cluster.
///
/// The same input gives the same output. The definitions used are added to `sources`, so that findings in them can
/// be shown. Where there are errors, the result holds what could be rendered.
pub fn render(
    catalog: &Catalog,
    installation: &Installation,
    platform: &Platform,
    sources: &mut Sources,
) -> (Rendered, Diagnostics) {
    let (release, mut diagnostics) = catalog.release(&platform.version, sources);
    let Some(release) = release else { return (Rendered::default(), about(diagnostics, &platform.address)) };
    let people = People::of(installation, platform, &address(platform, USERS));
    let mut names = Names::new(&installation.name, platform, &release, &people);

    let mut entries = entries(catalog, platform, &release, sources, &mut diagnostics);
    evaluate(&mut entries, platform, &names, sources);
    let available: BTreeMap<String, Component> =
        entries.iter().map(|(name, entry)| (name.clone(), entry.component.clone())).collect();
    let (selected, findings) = selection::select(platform, &available, &catalog.components());
    diagnostics.extend(about(findings, &platform.address));
    let order: Vec<String> = selected.iter().map(|component| component.name.clone()).collect();

    names.enabled = Some(Json::from(order.clone()));
    names.generated = Some(placeholders(&selected));
    entries.retain(|name, entry| {
        // A definition that cannot be read might have been wanted.
        let is_wanted = order.contains(name) || entry.component.span.is_none();
        if is_wanted && (entry.is_known || entry.component.span.is_none()) {
            entry.is_sound = !entry.diagnostics.has_errors();
            diagnostics.extend(std::mem::take(&mut entry.diagnostics));
        }
        order.contains(name)
    });
    evaluate(&mut entries, platform, &names, sources);
    for entry in entries.values_mut() {
        entry.is_sound &= !entry.diagnostics.has_errors();
        diagnostics.extend(std::mem::take(&mut entry.diagnostics));
    }
    let mut rendered = assemble(catalog, installation, platform, &order, &entries, &names, sources, &mut diagnostics);
    rendered.objects.extend(people.secrets.into_iter().map(|mut secret| {
        secret.object.set_label(super::INSTALLATION_LABEL, &installation.name);
        secret.object.set_label(super::COMPONENT_LABEL, USERS);
        secret
    }));
    rendered.credentials = people.credentials;
    for component in available.values() {
        let owned = component.leaves.iter().map(|residue| (address(platform, &component.name), residue.clone()));
        rendered.residues.extend(owned);
    }
    add_blocks(installation, platform, &order, &mut rendered, &mut diagnostics);
    if !diagnostics.has_errors() {
        consistency::check(&rendered, platform, &mut diagnostics);
    }
    (rendered, diagnostics)
}

/// One component on its way.
struct Entry<'a> {
    release: ReleaseComponent,
    file: SourceId,
    inputs: Vec<Assignment>,
    component: Component,
    files: ComponentFiles<'a>,
    /// Nothing of the definition waits for names that are not decided.
    is_known: bool,
    /// The definition has no errors; else its templates would only repeat them.
    is_sound: bool,
    diagnostics: Diagnostics,
}

fn address(platform: &Platform, component: &str) -> Address {
    platform.address.with_component(component)
}

/// Findings without a place are about what the address names.
fn about(diagnostics: Diagnostics, address: &Address) -> Diagnostics {
    let mut placed = Diagnostics::new();
    for diagnostic in diagnostics {
        let has_place = diagnostic.span.is_some() || diagnostic.address.is_some();
        placed.push(if has_place { diagnostic } else { diagnostic.about(address) });
    }
    placed
}

/// The components that could be enabled: those of the release, and the platform's own.
fn entries<'a>(
    catalog: &'a Catalog,
    platform: &Platform,
    release: &Release,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Entry<'a>> {
    let own = platform.components.iter().filter(|(_, settings)| settings.source.is_some()).map(|(name, _)| name);
    let mut entries = BTreeMap::new();
    for name in release.components.keys().chain(own) {
        let settings = platform.components.get(name);
        let Some((path, text)) = catalog.definition(name, settings) else {
            let (what, help) = match settings.and_then(|settings| settings.source.as_deref()) {
                Some(source) => (
                    format!("Component \"{name}\" has no file \"module.hcl\" in \"{source}\"."),
                    Some("The source of a component is a directory with module.hcl and a folder templates.".to_owned()),
                ),
                None => {
                    (format!("Release {} names component \"{name}\", which has no definition.", release.version), None)
                }
            };
            diagnostics.push(Diagnostic::error("Missing component", what).about(&platform.address).help_option(help));
            continue;
        };
        let version = release.components.get(name).filter(|_| settings.is_none_or(|s| s.source.is_none()));
        let version = version.cloned().unwrap_or_default();
        let given = version.inputs.iter().map(|(input, value)| (input.clone(), (value.clone(), None)));
        let mut inputs: BTreeMap<String, (lang::Value, Option<Span>)> = given.collect();
        if let Some(settings) = settings {
            // What is wrong with a value is shown where the user wrote it.
            let own = settings.inputs.iter();
            inputs.extend(
                own.map(|(input, value)| (input.clone(), (lang::Value::from_json(value), settings.inputs_span))),
            );
        }
        let assignment = |(name, (value, span))| Assignment {
            name,
            value: AssignedValue::Value(value, span),
            origin: Origin::Caller,
        };
        entries.insert(
            name.clone(),
            Entry {
                files: catalog.component_files(name, settings, &version.version),
                release: version,
                file: Catalog::add_source(sources, &path, text),
                inputs: inputs.into_iter().map(assignment).collect(),
                component: Component::default(),
                is_known: false,
                is_sound: true,
                diagnostics: Diagnostics::new(),
            },
        );
    }
    entries
}

/// Evaluates the definitions that are not wholly known yet: variables, which all else may refer to, then the rest.
fn evaluate(entries: &mut BTreeMap<String, Entry<'_>>, platform: &Platform, names: &Names, sources: &Sources) {
    let open: Vec<(&String, &Entry<'_>)> = entries.iter().filter(|(_, entry)| !entry.is_known).collect();
    let results = parallel::map(&open, |(name, entry)| {
        let scope = |known: Option<&Component>| names.scope(known, name, &entry.release);
        let known = (!entry.component.name.is_empty()).then_some(&entry.component);
        component::evaluate(name, entry.file, sources, &scope(known), &entry.inputs)
    });
    let open = entries.iter_mut().filter(|(_, entry)| !entry.is_known);
    for ((name, entry), (component, is_known, diagnostics)) in open.zip(results) {
        entry.component = component;
        entry.is_known = is_known;
        entry.diagnostics = about(diagnostics, &address(platform, name));
    }
}

/// `generated` of templates: by component and name.
fn placeholders(components: &[&Component]) -> Json {
    let of = |component: &Component| {
        let secrets = component.secrets.iter();
        Json::Object(secrets.map(|needed| (needed.name.clone(), needed.placeholder().into())).collect::<Map<_, _>>())
    };
    Json::Object(components.iter().map(|component| (component.name.clone(), of(component))).collect())
}

/// A piece of work: all templates of a component, or one file of CRDs.
enum Task<'a> {
    Templates(&'a str),
    Definitions(&'a str, &'a str, &'a str),
}

#[expect(clippy::too_many_arguments, reason = "the parts of one run, used together only here")]
fn assemble(
    catalog: &Catalog,
    installation: &Installation,
    platform: &Platform,
    order: &[String],
    entries: &BTreeMap<String, Entry<'_>>,
    names: &Names,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Rendered {
    let produced = produce_all(order, entries, names);
    let mut problems: Vec<Problem> = Vec::new();
    let mut objects: Vec<(&String, Vec<Object>)> = Vec::new();
    for (name, (component_objects, component_problems)) in order.iter().zip(produced) {
        objects.push((name, component_objects));
        problems.extend(component_problems);
    }
    for problem in problems {
        let text = |path: &str| {
            let own = entries.values().flat_map(|entry| {
                entry.files.templates.iter().chain(&entry.files.partials).chain(&entry.files.definitions)
            });
            catalog.file(path).or_else(|| own.into_iter().find(|(name, _)| name == path).map(|(_, text)| *text))
        };
        diagnostics.extend(about(problem.report(text, sources).into(), &platform.address));
    }

    let scopes = Scopes::new(objects.iter().flat_map(|(_, objects)| objects));
    let decorator = Decorator::new(&installation.name, platform, scopes);
    let mut images = ImageTable::new(mirror_of(platform));
    for image in &platform.notebook_images {
        images.add(&image.name, NOTEBOOKS, &format!("{}.notebooks.{}", platform.address, image.label));
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
        for object in component_objects {
            let mut object = RenderedObject { object, owner: owner.clone(), after: after.clone() };
            decorator.decorate(&mut object, name, &component.namespace);
            let place = object.object.id().to_string();
            visit_images(&mut object.object, &mut |image| *image = images.add(image, name, &place));
            rendered.objects.push(object);
        }
        for rule in &component.readiness {
            if !rendered.readiness.contains(rule) {
                rendered.readiness.push(rule.clone());
            }
        }
        rendered.secrets.extend(component.secrets.iter().cloned());
        rendered.components.push(EnabledComponent {
            name: name.clone(),
            title: component.title.clone(),
            version: entry.release.version.clone(),
            namespace: component.namespace.clone(),
            address: owner,
        });
    }
    rendered.images = images.into_uses();
    yield_replicas(&mut rendered.objects);
    rendered
}

/// The objects of all components, in the given order.
fn produce_all(
    order: &[String],
    entries: &BTreeMap<String, Entry<'_>>,
    names: &Names,
) -> Vec<(Vec<Object>, Vec<Problem>)> {
    let mut tasks: Vec<(usize, Task<'_>)> = Vec::new();
    for name in order {
        let Some(entry) = entries.get(name) else { continue };
        let size = entry.files.templates.iter().map(|(_, text)| text.len()).sum();
        for (path, text) in &entry.files.definitions {
            tasks.push((text.len(), Task::Definitions(name, path, text)));
        }
        if entry.is_sound {
            tasks.push((size, Task::Templates(name)));
        }
    }
    // The longest first, so that no core is left alone with one at the end. The sort is stable.
    let mut by_size: Vec<usize> = (0..tasks.len()).collect();
    by_size.sort_by_key(|at| std::cmp::Reverse(tasks[*at].0));
    let shared = template::context(&serde_json::json!({"users": names.users, "profiles": names.profiles}));
    let results = parallel::map(&by_size, |at| match tasks[*at].1 {
        Task::Definitions(_, path, text) => produce::from_notation(path, text),
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
    installation: &Installation,
    platform: &Platform,
    order: &[String],
    rendered: &mut Rendered,
    diagnostics: &mut Diagnostics,
) {
    let queues = queue_objects(installation, platform, &address(platform, QUEUES));
    if let Some(queue) = queues.first()
        && !order.iter().any(|name| name == QUEUES)
    {
        let detail = format!("A queue needs the component \"{QUEUES}\", which {} does not have.", platform.address);
        let help = format!("Choose it: scheduler {{ name = \"{QUEUES}\" }}.");
        diagnostics.push(Diagnostic::error("Queue without a scheduler", detail).about(&queue.owner).help(help));
    }
    rendered.objects.extend(queues);
    let classes = storage_class_objects(installation, &platform.cluster);
    rendered.objects.splice(0..0, classes);
}

#[cfg(test)]
mod tests;
