//! Loads a root module and all modules it calls.

use std::collections::BTreeMap;

use super::Reader;
use super::declaration::Module;
use super::declaration::Vocabulary;
use super::overrides;
use super::parse;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::SourceId;
use crate::diag::Sources;

/// Modules called within modules, at most so deep; also ends a module that calls itself.
const MAX_DEPTH: usize = 32;
/// All calls together: each call of a module that calls others twice doubles them.
const MAX_MODULES: usize = 10_000;

/// A parsed configuration: the root module and the modules it calls.
#[derive(Debug)]
pub struct Configuration {
    /// The root module first, every module after the one that calls it.
    pub(super) modules: Vec<Loaded>,
    pub(super) kinds: Vec<String>,
}

/// A module at one place of the tree of calls.
#[derive(Debug)]
pub(super) struct Loaded {
    pub module: Module,
    /// Relative to the root module: `.` or `modules/team`.
    pub directory: String,
    /// Index of the calling module and the call's name.
    pub parent: Option<(usize, String)>,
    /// Indexes of the called modules by the calls' names; a call whose module could not be read has none.
    pub children: BTreeMap<String, usize>,
    depth: usize,
}

impl Configuration {
    /// Parses the root module's files (added to `sources` by the caller) and every module they call (read through
    /// `reader` and added). `kinds` are the block types that are resources, each with one label.
    pub fn load(
        sources: &mut Sources,
        files: &[SourceId],
        kinds: &[&str],
        reader: &dyn Reader,
    ) -> (Configuration, Diagnostics) {
        let kinds: Vec<String> = kinds.iter().map(|kind| kind.to_string()).collect();
        let mut diagnostics = Diagnostics::new();
        let vocabulary = Vocabulary::Configuration(&kinds);
        let root = parse_module(sources, files, &vocabulary, &mut diagnostics);
        let root =
            Loaded { module: root, directory: ".".to_string(), parent: None, children: BTreeMap::new(), depth: 0 };
        let mut modules = vec![root];
        let mut at = 0;
        while at < modules.len() {
            let calls: Vec<_> = modules[at]
                .module
                .calls
                .values()
                .filter_map(|call| call.source.clone().map(|source| (call.name.text.clone(), source)))
                .collect();
            for (name, (source, span)) in calls {
                let problem = |detail: String| Diagnostic::error("Cannot read module", detail).at(span);
                if !(source.starts_with("./") || source.starts_with("../") || source == "." || source == "..") {
                    let detail =
                        format!("Modules are local directories; {source:?} must begin with \"./\" or \"../\".");
                    diagnostics.push(Diagnostic::error("Invalid module source", detail).at(span));
                    continue;
                }
                if modules[at].depth >= MAX_DEPTH || modules.len() >= MAX_MODULES {
                    diagnostics.push(problem("Modules call each other too deeply; does one call itself?".to_string()));
                    continue;
                }
                let directory = join(&modules[at].directory, &source);
                let texts = match reader.module(&directory) {
                    Ok(texts) if texts.is_empty() => {
                        diagnostics.push(problem(format!("The directory {directory} holds no *.hcl files.")));
                        continue;
                    }
                    Ok(texts) => texts,
                    Err(reason) => {
                        diagnostics.push(problem(format!("The directory {directory} cannot be read: {reason}.")));
                        continue;
                    }
                };
                let known: Vec<(SourceId, String)> =
                    sources.ids().map(|id| (id, sources.path(id).to_string())).collect();
                let mut files = Vec::new();
                for (path, text) in texts {
                    // A module called twice has its files once.
                    let same = known.iter().find(|(id, p)| *p == path && sources.text(*id) == text);
                    files.push(same.map_or_else(|| sources.add(path, text), |(id, _)| *id));
                }
                let module = parse_module(sources, &files, &vocabulary, &mut diagnostics);
                let index = modules.len();
                let depth = modules[at].depth + 1;
                modules[at].children.insert(name.clone(), index);
                modules.push(Loaded { module, directory, parent: Some((at, name)), children: BTreeMap::new(), depth });
            }
            at += 1;
        }
        for loaded in &modules[1..] {
            for block in &loaded.module.settings {
                let detail = format!("Blocks of type \"{}\" belong to the root module.", block.kind.text);
                diagnostics.push(Diagnostic::error("Unsupported block in a module", detail).at(block.span));
            }
        }
        (Configuration { modules, kinds }, diagnostics)
    }

    /// Variables of the root module.
    pub fn variables(&self) -> Vec<DeclaredVariable> {
        let declared = self.modules[0].module.variables.values();
        declared
            .map(|variable| DeclaredVariable {
                name: variable.name.text.clone(),
                kind: variable.kind.clone(),
                description: variable.description.clone(),
                sensitive: variable.sensitive,
                required: variable.default.is_none(),
            })
            .collect()
    }
}

/// A variable declared in the root module.
#[derive(Clone, Debug)]
pub struct DeclaredVariable {
    pub name: String,
    pub kind: super::Type,
    pub description: Option<String>,
    pub sensitive: bool,
    /// Has no default, so a value must come from outside.
    pub required: bool,
}

/// Parses files into one module. Override files of a configuration change what the others declare, in the files' order.
pub(super) fn parse_module(
    sources: &Sources,
    files: &[SourceId],
    vocabulary: &Vocabulary<'_>,
    diagnostics: &mut Diagnostics,
) -> Module {
    let mut bodies = Vec::new();
    let mut changes = Vec::new();
    for file in files {
        let (body, found) = parse::body(sources, *file);
        diagnostics.extend(found);
        match vocabulary {
            Vocabulary::Configuration(_) if overrides::is_override(sources.path(*file)) => changes.push(body),
            _ => bodies.push(body),
        }
    }
    for change in changes {
        let rest = overrides::override_by(&mut bodies, change, diagnostics);
        bodies.push(rest);
    }
    let mut module = Module::default();
    for body in bodies {
        module.add(body, vocabulary, diagnostics);
    }
    module
}

/// `./x` seen from a directory, without `.` and as few `..` as can be.
fn join(directory: &str, source: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(source.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() { ".".to_string() } else { parts.join("/") }
}
