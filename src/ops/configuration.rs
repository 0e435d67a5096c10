//! Reads a configuration directory into a checked installation.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::Failure;
use super::files::Files;
use super::secrets;
use super::variables::Given;
use super::variables::assignments;
use crate::catalog::Catalog;
use crate::config::Facts;
use crate::config::Installation;
use crate::config::ProviderFacts;
use crate::config::RESOURCE_KINDS;
use crate::config::check_policies;
use crate::config::dashboard_url;
use crate::config::decode;
use crate::config::decode_places;
use crate::config::endpoint_of;
use crate::config::rules::bcrypt_hash;
use crate::config::schema;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Severity;
use crate::diag::Sources;
use crate::diag::Span;
use crate::diag::codes::NO_VARIABLE_VALUE;
use crate::diag::codes::VALUE_NOT_KNOWN;
use crate::lang::AssignedValue;
use crate::lang::Assignment;
use crate::lang::Body;
use crate::lang::Computed;
use crate::lang::Configuration;
use crate::lang::DeclaredVariable;
use crate::lang::Environment;
use crate::lang::Evaluated;
use crate::lang::Origin;
use crate::lang::Resource;
use crate::lang::Type;
use crate::lang::Value;
use crate::lang::Written;
use crate::lang::disguise_body;
use crate::lang::value_place;
use crate::object::Address;
use crate::object::Secrets;
use crate::plan::OutputValue;
use crate::provider::maker::Makers;
use crate::state::Content;
use crate::state::KeptConfiguration;

/// What to load, as the command line says it.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The configuration directory.
    pub directory: PathBuf,
    /// In the order in which they were typed: the last one of a name holds.
    pub variables: Vec<Given>,
    /// What was answered to questions, as name and text.
    pub answers: Vec<(String, String)>,
    /// Values that a saved plan brings, by the variable's name.
    pub planned: BTreeMap<String, serde_json::Value>,
    /// The environment's variables; only those of our prefix matter.
    pub environment: Vec<(String, String)>,
    /// A directory whose modules and templates come before the built-in ones.
    pub catalog: Option<PathBuf>,
    /// What can make clusters.
    pub makers: Makers,
    /// Requests in flight at once to each cluster, where the person says it.
    pub parallelism: Option<usize>,
    /// Texts that count in place of what files of the directory hold, by name: an edit that is only tried out.
    pub edited: BTreeMap<String, String>,
    /// The configuration that a revision was made from, which counts in place of the directory's.
    pub returning: Option<Arc<Returning>>,
}

/// A revision that is gone back to.
#[derive(Debug)]
pub struct Returning {
    pub number: u64,
    pub configuration: Arc<KeptConfiguration>,
}

/// What a run has found out, for attributes that the configuration alone does not know.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Host name or address people reach a platform at, by the platform's address.
    pub hosts: BTreeMap<Address, String>,
}

/// A configuration that was read, evaluated and checked without error. What comes later, as the outputs after an apply,
/// is evaluated from this and never read again: somebody may have edited the files meanwhile.
pub struct Loaded {
    pub files: Files,
    pub sources: Sources,
    configuration: Configuration,
    assignments: Vec<Assignment>,
    facts: Facts,
    pub evaluated: Evaluated,
    pub installation: Installation,
    pub catalog: Catalog,
    pub makers: Makers,
    /// As in the [`Request`].
    pub parallelism: Option<usize>,
    /// The revision that its configuration is of, where that is gone back to.
    pub returning: Option<u64>,
    /// Something is wrong in the configuration: only its name, its providers and its clusters were read.
    pub is_broken: bool,
    /// Warnings; all findings where it is broken.
    pub warnings: Diagnostics,
    /// Every value that is secret by its mark or its nature.
    pub secrets: Secrets,
}

/// Variables that must have a value and have none, in the order of their names. Mistakes are left for [`load`] to tell.
pub fn missing_variables(request: &Request) -> Vec<DeclaredVariable> {
    let files = files_of(request);
    let Ok(texts) = files.configuration() else { return Vec::new() };
    let mut sources = Sources::new();
    let ids: Vec<_> = texts.into_iter().map(|(path, text)| sources.add(path, text)).collect();
    let mut ignored = Diagnostics::new();
    let assignments = assignments(&files, &request.variables, &request.environment, &mut sources, &mut ignored);
    let Ok(assignments) = assignments else { return Vec::new() };
    let (configuration, _) = Configuration::load(&mut sources, &ids, &RESOURCE_KINDS, &files);
    let mut variables = configuration.variables();
    variables.retain(|variable| !request.planned.contains_key(&variable.name));
    variables.retain(|variable| variable.required && assignments.iter().all(|given| given.name != variable.name));
    variables.sort_by(|a, b| a.name.cmp(&b.name));
    variables
}

/// Reads and checks everything; contacts nothing.
///
/// # Errors
/// All findings of all files at once where one of them is an error.
pub fn load(request: &Request, known: &Known) -> Result<Loaded, Failure> {
    read(request, known, Purpose::Work)
}

/// As [`load`], to look at what is there: where something is wrong, the installation's name and its clusters are enough.
/// The installation holds nothing else then, and [`Loaded::is_broken`] is set.
///
/// # Errors
/// Name or clusters cannot be told: all findings.
pub fn load_to_look(request: &Request) -> Result<Loaded, Failure> {
    read(request, &Known::default(), Purpose::Look)
}

/// As [`load`], as if some files held other texts. Variables need no values: who edits people need not know the passwords
/// of others.
///
/// # Errors
/// As [`load`], for all but variables without a value.
pub(super) fn load_edited(request: &Request, edits: &BTreeMap<String, String>) -> Result<Loaded, Failure> {
    let request = Request { edited: edits.clone(), ..request.clone() };
    read(&request, &Known::default(), Purpose::Edit)
}

/// As [`load`], of files that are not written yet, by name and text. What expressions read is read from the directory.
///
/// # Errors
/// As [`load`].
pub fn load_texts(request: &Request, texts: Vec<(String, String)>) -> Result<Loaded, Failure> {
    read_texts(request, Files::new(&request.directory), texts, &Known::default(), Purpose::Work)
}

/// What a configuration is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Work,
    Look,
    Edit,
}

fn read(request: &Request, known: &Known, purpose: Purpose) -> Result<Loaded, Failure> {
    let files = files_of(request);
    let texts = files.configuration()?;
    read_texts(request, files, texts, known, purpose)
}

fn files_of(request: &Request) -> Files {
    match &request.returning {
        Some(returning) => Files::kept(&request.directory, returning.configuration.clone()),
        None => Files::edited(&request.directory, &request.edited),
    }
}

fn read_texts(
    request: &Request,
    files: Files,
    texts: Vec<(String, String)>,
    known: &Known,
    purpose: Purpose,
) -> Result<Loaded, Failure> {
    let mut sources = Sources::new();
    let mut diagnostics = Diagnostics::new();
    let mut ids = Vec::new();
    for (path, text) in texts {
        ids.push(sources.add(path, text));
    }
    let catalog = catalog(request)?;
    let (facts, findings) = catalog.facts(&mut sources);
    diagnostics.extend(findings);
    let mut assignments =
        assignments(&files, &request.variables, &request.environment, &mut sources, &mut diagnostics)?;
    assignments.extend(request.answers.iter().map(|(name, text)| Assignment {
        name: name.clone(),
        value: AssignedValue::Text(text.clone()),
        origin: Origin::Prompt,
    }));
    let (configuration, findings) = Configuration::load(&mut sources, &ids, &RESOURCE_KINDS, &files);
    diagnostics.extend(findings);
    take_planned(request, &configuration, &mut assignments, &files)?;
    if let Some(returning) = &request.returning {
        take_kept(returning, &configuration, &mut assignments)?;
    }
    let (evaluated, findings) = evaluate(&configuration, &assignments, &files, known);
    diagnostics.extend(findings);
    let (mut installation, mut findings) = decode(&evaluated, &facts);
    // Where evaluation failed, unknown values stand for what failed: rules about them would only repeat it.
    let consequences = diagnostics.has_errors();
    findings.retain(|finding| !(consequences && finding.code == VALUE_NOT_KNOWN));
    diagnostics.extend(findings);
    let catalog = with_own_components(catalog, &installation, &files, &mut diagnostics);
    diagnostics.extend(catalog.fits(&installation, &mut sources));
    diagnostics.extend(check_policies(&installation, &sources));
    let secrets = secrets::of(&evaluated, &installation);
    secrets::learn(&secrets);
    let own: Vec<_> = sources.ids().filter(|id| catalog.file(sources.path(*id)).is_none()).collect();
    secrets::hide_written(&own, &sources, &facts, &mut diagnostics);
    let mut diagnostics = secrets::hide_in(diagnostics, &secrets);
    let is_wrong = |found: &Diagnostic| {
        found.severity == Severity::Error && (purpose != Purpose::Edit || found.code != NO_VARIABLE_VALUE)
    };
    let is_broken = diagnostics.iter().any(is_wrong);
    if is_broken && purpose == Purpose::Look {
        let (places, findings) = decode_places(&evaluated, &facts);
        if findings.has_errors() || places.clusters.is_empty() {
            return Err(Failure::Input(diagnostics, Box::new(sources)));
        }
        installation = places;
    } else if is_broken {
        if purpose == Purpose::Edit {
            diagnostics.retain(|found| found.code != NO_VARIABLE_VALUE);
        }
        return Err(Failure::Input(diagnostics, Box::new(sources)));
    }
    Ok(Loaded {
        files,
        sources,
        configuration,
        assignments,
        facts,
        evaluated,
        installation,
        catalog,
        makers: request.makers.clone(),
        parallelism: request.parallelism,
        returning: request.returning.as_ref().map(|returning| returning.number),
        is_broken,
        warnings: diagnostics,
        secrets,
    })
}

/// What a saved plan brings counts before all else. Who gives another value by hand wants another plan.
///
/// # Errors
/// A value on the command line is not the plan's.
fn take_planned(
    request: &Request,
    configuration: &Configuration,
    assignments: &mut Vec<Assignment>,
    files: &Files,
) -> Result<(), Failure> {
    if request.planned.is_empty() {
        return Ok(());
    }
    let by_hand = |given: &&Assignment| match &given.origin {
        Origin::CommandLine => true,
        Origin::File(path) => request.variables.iter().any(|given| match given {
            Given::File(file) => file.display().to_string() == *path,
            Given::Value(_) => false,
        }),
        _ => false,
    };
    let (given, _) = evaluate(configuration, assignments, files, &Known::default());
    let mut causes = Vec::new();
    for assignment in assignments.iter().filter(by_hand) {
        let name = &assignment.name;
        let planned = request.planned.get(name);
        if planned.is_some() && planned != given.variable(name).map(Value::to_json).as_ref() {
            causes.push(format!("the variable \"{name}\" is given another value than the plan was made with"));
        }
    }
    causes.sort();
    causes.dedup();
    if !causes.is_empty() {
        return Err(Failure::worlds("The plan is stale", causes)
            .help("Leave the value out: the plan brings it. For another one, plan again."));
    }
    assignments.extend(request.planned.iter().map(|(name, value)| Assignment {
        name: name.clone(),
        value: AssignedValue::Value(Value::from_json(value), None),
        origin: Origin::Plan,
    }));
    Ok(())
}

/// Variables that are no secrets have the values of the revision that is gone back to, whatever files and environment say.
///
/// # Errors
/// One of them is given by hand.
fn take_kept(
    returning: &Returning,
    configuration: &Configuration,
    assignments: &mut Vec<Assignment>,
) -> Result<(), Failure> {
    let declared: BTreeMap<String, bool> =
        configuration.variables().into_iter().map(|variable| (variable.name, variable.sensitive)).collect();
    let kept = returning.configuration.variables.iter().filter(|(name, _)| declared.get(*name) == Some(&false));
    let kept: BTreeMap<&String, &serde_json::Value> = kept.collect();
    let by_hand = |given: &&Assignment| given.origin == Origin::CommandLine && kept.contains_key(&given.name);
    if let Some(given) = assignments.iter().find(by_hand) {
        let cause = format!("going back to revision {} takes the value it had then", returning.number);
        return Err(Failure::world(format!("Cannot set the variable \"{}\" here", given.name), cause)
            .help("Leave it out, or write the configuration with --write DIR and apply that with another value."));
    }
    // What this configuration does not know is of a later one.
    assignments.retain(|given| given.origin == Origin::CommandLine || declared.contains_key(&given.name));
    assignments.extend(kept.into_iter().map(|(name, value)| Assignment {
        name: name.clone(),
        value: AssignedValue::Value(Value::from_json(value), None),
        origin: Origin::Plan,
    }));
    Ok(())
}

fn evaluate(
    configuration: &Configuration,
    assignments: &[Assignment],
    files: &Files,
    known: &Known,
) -> (Evaluated, Diagnostics) {
    let working_directory = files.root().to_string_lossy();
    configuration.evaluate(&Environment {
        assignments,
        computed: &Attributes { known },
        reader: files,
        working_directory: &working_directory,
    })
}

impl Loaded {
    /// What has a meaning at a provider.
    pub fn provider_facts(&self, provider: &str) -> ProviderFacts {
        self.facts.providers.get(provider).cloned().unwrap_or_default()
    }

    /// The configuration's outputs with what is known by now.
    pub fn outputs_to_come(&self, known: &Known) -> BTreeMap<String, OutputValue> {
        let (evaluated, _) = evaluate(&self.configuration, &self.assignments, &self.files, known);
        let outputs = evaluated.outputs.values().map(|output| {
            let sensitive = output.sensitive || output.value.contains_sensitive();
            let value = output.value.is_wholly_known().then(|| output.value.to_json());
            (output.name.clone(), OutputValue { value, sensitive })
        });
        outputs.collect()
    }

    /// The block of a resource as it is written.
    pub fn written(&self, address: &Address) -> Option<Written> {
        self.configuration.written(address, &self.assignments, &self.sources)
    }

    /// Blocks of a kind in the root module, with the places of their heads and of what stands between their braces.
    pub fn blocks_of(&self, kind: &str) -> Vec<(String, Span, Span)> {
        self.configuration.resources_of(kind)
    }

    /// Whether the root module declares a variable.
    pub fn declares(&self, variable: &str) -> bool {
        self.configuration.is_declared(variable)
    }

    /// Where the value of a variable is written, if it comes from a file.
    pub fn assigned_at(&self, variable: &str) -> Option<Span> {
        let last = self.assignments.iter().rev().find(|given| given.name == variable)?;
        let line = last.span().filter(|_| matches!(last.origin, Origin::File(_)))?;
        Some(value_place(&self.sources, line))
    }

    /// For a person to know where something is wrong in the configuration and it was only looked for what is there. To
    /// look needs no variables: that some have no value is nothing wrong.
    pub fn broken_note(&self) -> Option<String> {
        let errors = || self.warnings.iter().filter(|finding| finding.severity == Severity::Error);
        if errors().all(|error| error.code == NO_VARIABLE_VALUE) {
            return None;
        }
        let noun = if errors().count() == 1 { "error" } else { "errors" };
        Some(format!("the configuration has {} {noun}, which `stackwright validate` shows", errors().count()))
    }

    /// Values of the variables that were given from outside and are no secrets.
    pub fn plain_variables(&self) -> BTreeMap<String, serde_json::Value> {
        let given: BTreeSet<&str> = self.assignments.iter().map(|given| given.name.as_str()).collect();
        let plain = self.variables().filter(|(variable, value)| {
            !variable.sensitive && !value.contains_sensitive() && given.contains(variable.name.as_str())
        });
        plain.map(|(variable, value)| (variable.name, value.to_json())).collect()
    }

    /// All that this was read from, and the values of variables that are no secrets, those by default too.
    pub fn kept(&self) -> KeptConfiguration {
        let is_secret =
            |(variable, value): &(DeclaredVariable, &Value)| variable.sensitive || value.contains_sensitive();
        let (secret, plain): (Vec<_>, Vec<_>) = self.variables().partition(is_secret);
        KeptConfiguration {
            variables: plain.into_iter().map(|(variable, value)| (variable.name, value.to_json())).collect(),
            secrets: secret.into_iter().map(|(variable, _)| variable.name).collect(),
            ..self.files.read_so_far()
        }
    }

    /// A file that a secret is written in, if there is one: what is in it is not to be copied. Hashes of passwords lie in the
    /// cluster anyway.
    pub fn file_with_a_secret<'a>(&self, kept: &'a KeptConfiguration) -> Option<&'a str> {
        let texts = secrets::texts(&self.evaluated, &self.installation);
        let secrets = Secrets::of(texts.iter().map(String::as_str).filter(|text| bcrypt_hash(text).is_err()));
        let holds = |content: &Content| {
            let bytes = content.bytes();
            bytes.is_some_and(|bytes| secrets.hide(&String::from_utf8_lossy(&bytes)).is_some())
        };
        kept.files.iter().find(|(_, content)| holds(content)).map(|(path, _)| path.as_str())
    }

    /// Values of the variables that are secrets, as texts.
    pub fn secret_variables(&self) -> BTreeMap<String, String> {
        let secret = self.variables().filter(|(variable, value)| variable.sensitive || value.contains_sensitive());
        secret.map(|(variable, value)| (variable.name, value.to_json().to_string())).collect()
    }

    fn variables(&self) -> impl Iterator<Item = (DeclaredVariable, &Value)> {
        let declared = self.configuration.variables().into_iter();
        declared.filter_map(|variable| {
            let value = self.evaluated.variable(&variable.name)?;
            Some((variable, value))
        })
    }

    /// What the configuration would be if some arguments of some resources were not written, and what is wrong with it
    /// then.
    pub fn without(&self, arguments: &BTreeMap<Address, Vec<String>>) -> (Installation, Diagnostics) {
        let mut evaluated = self.evaluated.clone();
        for resource in &mut evaluated.resources {
            for name in arguments.get(&resource.address).into_iter().flatten() {
                resource.body.remove(name);
            }
        }
        decode(&evaluated, &self.facts)
    }

    /// The installation with others in place of its secrets; `None` where there are none but passwords and hashes, which
    /// reach no object as they are. What would not be valid in disguise stays as it is.
    pub fn disguised(&self, is_needed: bool) -> Option<Installation> {
        if !is_needed && !self.evaluated.resources.iter().any(has_marked) {
            return None;
        }
        let mut plain: BTreeSet<String> = BTreeSet::new();
        // Once more, without those that have not become valid.
        for _ in 0..2 {
            let mut evaluated = self.evaluated.clone();
            let changed = evaluated.resources.iter_mut().filter(|one| !plain.contains(&one.address.to_string()));
            changed.for_each(|resource| disguise_body(&mut resource.body));
            let (installation, findings) = decode(&evaluated, &self.facts);
            if !findings.has_errors() {
                let name = self.installation.name.clone();
                return Some(Installation { name, is_disguised: true, ..installation });
            }
            plain.extend(findings.into_iter().filter_map(|finding| finding.address));
        }
        None
    }
}

/// Whether something of a resource is secret by a mark.
fn has_marked(resource: &Resource) -> bool {
    schema::block(resource.address.kind()).is_some_and(|schema| schema.has_marked(&resource.body))
}

/// Reads the directories of the user's own components.
fn with_own_components(
    mut catalog: Catalog,
    installation: &Installation,
    files: &Files,
    diagnostics: &mut Diagnostics,
) -> Catalog {
    for platform in &installation.platforms {
        for (name, settings) in &platform.components {
            let Some(source) = &settings.source else { continue };
            let reason = match files.tree(source) {
                Ok(tree) => {
                    catalog = catalog.with_source(source.clone(), tree);
                    continue;
                }
                Err(reason) => reason,
            };
            let place = platform.place(&format!("component.{name}.source"));
            let (detail, sensitive) = match place.sensitive {
                true => ("The directory that \"source\" names cannot be read.".to_owned(), true),
                false => (format!("The directory {source} cannot be read: {reason}."), false),
            };
            let finding = Diagnostic::error("Cannot read component", detail)
                .at(place.span)
                .about(&platform.address)
                .help("\"source\" names a directory relative to the configuration, with module.hcl and templates/.");
            diagnostics.push(if sensitive { finding.hidden() } else { finding });
        }
    }
    catalog
}

pub(super) fn catalog(request: &Request) -> Result<Catalog, Failure> {
    let catalog = Catalog::embedded();
    let Some(directory) = &request.catalog else { return Ok(catalog) };
    let tree = Files::new(directory)
        .tree(".")
        .map_err(|reason| Failure::world(format!("Cannot read the catalog in {}", directory.display()), reason))?;
    Ok(catalog.with_overrides(tree))
}

/// Attributes of resources that a run computes.
struct Attributes<'a> {
    known: &'a Known,
}

impl Computed for Attributes<'_> {
    fn mark_secrets(&self, address: &Address, body: &mut Body) {
        if let Some(schema) = schema::block(address.kind()) {
            schema.mark_secrets(body);
        }
    }

    fn attributes(&self, address: &Address, body: &Body) -> Vec<(String, Value)> {
        if address.kind() != "platform" {
            return Vec::new();
        }
        let endpoint = endpoint_of(body);
        let host = endpoint.host.clone().or_else(|| self.known.hosts.get(address).cloned());
        let url = host.map_or(Value::unknown(Type::String), |host| Value::string(dashboard_url(&endpoint, &host)));
        // What is made of a secret is one.
        let mut parts = body.blocks_of("endpoint").flat_map(|block| block.body.attributes.values());
        let is_secret = parts.any(|attribute| attribute.value.contains_sensitive());
        vec![("dashboard_url".to_owned(), url.with_sensitivity(is_secret))]
    }
}
