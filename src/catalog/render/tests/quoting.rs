//! Whatever a user sets stays one text: every variable of every component, in every place of its type.

use std::collections::BTreeSet;

use super::*;
use crate::catalog::Release;
use crate::lang::Configuration;
use crate::lang::NoFiles;
use crate::lang::Type;
use crate::lang::Value;
use crate::object::Object;

/// Stands in every text at first, numbered; letters only, so that nothing it stands in is read as something else.
const BENIGN: &str = "benignmarker";

/// What YAML, JSON, shells and templates read as more than a text.
const PAYLOADS: [&str; 7] = [
    "a: b # c",
    "x\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: injected\n",
    "\"quoted\" and 'single'",
    "x\"\nevil: \"true",
    "true",
    "[a, {b: c}] {{ platform.name }}{% for %}",
    "- & * ! | > % @ ` \\ \u{2028}\u{85}\ttab\u{7f}",
];

/// Values for a variable of a type: `text` in every place. `None` for types in which no text stands.
fn filled(kind: &Type, text: &str) -> Option<Json> {
    match kind {
        Type::String | Type::Any => Some(json!(text)),
        Type::Bool | Type::Number => None,
        Type::List(element) | Type::Set(element) => Some(json!([filled(element, text)?])),
        Type::Map(element) => Some(json!({ text: filled(element, text).unwrap_or_else(|| json!(7)) })),
        Type::Tuple(elements) => Some(elements.iter().map(|element| filled(element, text)).collect()),
        Type::Object(attributes) => {
            let values = attributes.iter().filter_map(|(name, attribute)| {
                let plain = if attribute.kind == Type::Bool { json!(true) } else { json!(7) };
                let value = filled(&attribute.kind, text);
                (value.is_some() || !attribute.optional).then(|| (name.clone(), value.unwrap_or(plain)))
            });
            Some(Json::Object(values.collect()))
        }
    }
}

/// The forms in which a variable can hold the text: by its type, and where that is `any`, as maps and lists too. A map whose
/// keys are fixed by a validation is tried with its default's keys.
fn forms(kind: &Type, default: &Json, text: &str) -> Vec<Json> {
    let mut forms: Vec<Json> = filled(kind, text).into_iter().collect();
    if *kind == Type::Any {
        forms.extend([json!({ "k": text, text: [{"k": text}] }), json!([{"k": [text]}])]);
    }
    if let (Type::Map(element), Json::Object(default)) = (kind, default)
        && let Some(value) = filled(element, text)
    {
        forms.push(default.keys().map(|key| (key.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into());
    }
    forms
}

struct Variable {
    component: String,
    name: String,
    kind: Type,
    default: Json,
}

/// Values of variables, by component and name.
type Inputs = BTreeMap<String, BTreeMap<String, Json>>;

/// The newest release with all its components, on platforms that use what they can.
pub(super) struct Everything {
    catalog: Catalog,
    release: Release,
    platform: Declared<Platform>,
    available: BTreeMap<String, Component>,
    /// Every component at least once: those that cannot stand beside each other are apart.
    groups: Vec<BTreeSet<String>>,
}

impl Everything {
    pub fn new() -> Self {
        let catalog = Catalog::embedded();
        let version = catalog.releases().pop().expect("a release");
        let release = catalog.release(&version, &mut Sources::new()).0.expect("a release");
        let platform = platform_with(&format!(
            "version = \"{version}\"\nedition = \"enterprise\"\ngpu {{\n sharing = \"mig\"\n monitoring = true\n rdma = true\n}}\n\
             notebooks {{\n image \"t\" {{ name = \"r.example/t:1\" }}\n}}"
        ));
        let mut everything = Self { catalog, release, platform, available: BTreeMap::new(), groups: Vec::new() };
        let (entries, _) = everything.evaluated(&everything.release, &Inputs::new());
        everything.available = entries.into_iter().map(|(name, entry)| (name, entry.component)).collect();
        everything.groups = everything.grouped();
        everything
    }

    fn grouped(&self) -> Vec<BTreeSet<String>> {
        let clash = |a: &str, b: &str| {
            let named = |one: &str, other: &str| self.available[one].conflicts.contains_key(other);
            named(a, b) || named(b, a)
        };
        let mut groups: Vec<BTreeSet<String>> = Vec::new();
        for name in self.available.keys() {
            let mut with = BTreeSet::from([name.clone()]);
            self.add_required(name, &mut with);
            let fits = |group: &&mut BTreeSet<String>| !with.iter().any(|a| group.iter().any(|b| clash(a, b)));
            match groups.iter_mut().find(fits) {
                Some(group) => group.extend(with),
                None => groups.push(with),
            }
        }
        groups
    }

    fn add_required(&self, name: &str, group: &mut BTreeSet<String>) {
        for required in self.available.get(name).map_or(&[][..], |component| &component.requires) {
            if group.insert(required.clone()) {
                self.add_required(required, group);
            }
        }
    }

    fn platform(&self, group: &BTreeSet<String>, inputs: &Inputs) -> Declared<Platform> {
        let mut platform = self.platform.clone();
        for name in self.release.components.keys() {
            let inputs = inputs.get(name).into_iter().flatten();
            let inputs = inputs.map(|(name, value)| (name.clone(), Value::from_json(value))).collect();
            let enabled = Some(group.contains(name));
            platform.components.insert(name.clone(), ComponentSettings { enabled, inputs, ..Default::default() });
        }
        platform
    }

    /// Whole renderings of all groups, with defaults.
    pub fn rendered(&self) -> Vec<Rendered> {
        let rendered = self.groups.iter().map(|group| {
            let mut sources = Sources::new();
            let platform = self.platform(group, &Inputs::new());
            let (rendered, diagnostics) = render(&self.catalog, &installation(), &platform, &mut sources);
            assert_eq!(texts(&diagnostics, &sources), [""; 0], "{group:?}");
            rendered
        });
        rendered.collect()
    }

    /// The components of a release with their variables' values, as far as can be told before they are chosen.
    fn evaluated(&self, release: &Release, inputs: &Inputs) -> (Entries<'_>, Sources) {
        let (all, mut sources) = (release.components.keys().cloned().collect(), Sources::new());
        let platform = self.platform(&all, inputs);
        let mut entries = entry::entries(&self.catalog, &platform, release, &mut sources, &mut Diagnostics::new());
        let names = Names::new(&installation(), &platform, release);
        for _ in 0..2 {
            entry::evaluate(&mut entries, &platform, &names, &sources);
        }
        (entries, sources)
    }

    /// What the templates of these components render to, by component.
    fn templates(&self, group: &BTreeSet<String>, inputs: &Inputs) -> BTreeMap<String, Vec<Object>> {
        let platform = self.platform(group, inputs);
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        let installation = installation();
        let mut entries = entry::entries(&self.catalog, &platform, &self.release, &mut sources, &mut diagnostics);
        let mut names = Names::new(&installation, &platform, &self.release);
        entry::evaluate(&mut entries, &platform, &names, &sources);
        entries.retain(|name, _| group.contains(name));
        let components: Vec<Component> = entries.values().map(|entry| entry.component.clone()).collect();
        let people = People::of(&installation, &platform, None, &platform.address);
        names.decide(people.users, &components.iter().collect::<Vec<_>>());
        entry::settle(&mut entries, &platform, &mut names, &sources, &mut diagnostics);
        assert_eq!(texts(&diagnostics, &sources), [""; 0]);
        entries.values_mut().for_each(|entry| entry.files.definitions.clear());
        let order: Vec<String> = group.iter().filter(|name| inputs.contains_key(*name)).cloned().collect();
        let run = Run {
            catalog: &self.catalog,
            installation: &installation,
            platform: &platform,
            order: &order,
            entries: &entries,
            names: &names,
        };
        let produced = run.produce_all();
        let objects = order.iter().zip(produced).map(|(name, (objects, problems))| {
            assert_eq!(problems, [], "{name}: {inputs:?}");
            (name.clone(), objects)
        });
        objects.collect()
    }

    /// Whether a component takes the value: its own validations refuse many.
    fn takes(&self, variable: &Variable, value: &Json) -> bool {
        let component = self.release.components[&variable.component].clone();
        let release = Release {
            components: [(variable.component.clone(), component)].into(),
            version: self.release.version.clone(),
            ..Release::default()
        };
        let inputs = [(variable.component.clone(), [(variable.name.clone(), value.clone())].into())].into();
        let (entries, _) = self.evaluated(&release, &inputs);
        entries.values().all(|entry| !entry.diagnostics.has_errors())
    }

    /// The variables of all components.
    fn variables(&self) -> Vec<Variable> {
        let mut all = Vec::new();
        for (name, component) in &self.available {
            let version = &self.release.components[name].version;
            let (path, text) = self.catalog.definition(name, None, version).expect("a definition");
            let mut sources = Sources::new();
            let file = sources.add(path, text);
            // Its blocks are none of a configuration's, which does not matter to the variables.
            let (configuration, _) = Configuration::load(&mut sources, &[file], &[], &NoFiles);
            all.extend(configuration.variables().into_iter().map(|variable| Variable {
                component: name.clone(),
                default: component.inputs.get(&variable.name).cloned().unwrap_or_default(),
                name: variable.name,
                kind: variable.kind,
            }));
        }
        all
    }
}

/// What must be equal in both: `benign` with the marker replaced, and nothing else.
fn compare(benign: &Json, hostile: &Json, payload: &str, path: &str, wrong: &mut Vec<String>) {
    match (benign, hostile) {
        (Json::Object(a), Json::Object(b)) => {
            let mut seen = 0;
            for (key, value) in a {
                match b.get(&key.replace(BENIGN, payload)) {
                    Some(other) => {
                        seen += 1;
                        compare(value, other, payload, &format!("{path}/{key}"), wrong);
                    }
                    None => wrong.push(format!("{path}/{key} is gone")),
                }
            }
            if seen < b.len() {
                wrong.push(format!("{path} has more keys: {:?}", b.keys().collect::<Vec<_>>()));
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            for (at, (value, other)) in a.iter().zip(b).enumerate() {
                compare(value, other, payload, &format!("{path}/{at}"), wrong);
            }
        }
        (Json::String(a), Json::String(b)) => {
            if !is_same_text(a, b, payload, path) {
                wrong.push(format!("{path}: {b:?} for {a:?}"));
            }
        }
        (a, b) if a == b => {}
        (a, b) => wrong.push(format!("{path}: {b} for {a}")),
    }
}

/// A text may be encoded, or hold YAML or JSON itself: then that document must be the same.
fn is_same_text(benign: &str, hostile: &str, payload: &str, path: &str) -> bool {
    use base64::Engine as _;
    if !benign.contains(BENIGN) {
        let decode = |text: &str| base64::engine::general_purpose::STANDARD.decode(text).ok();
        let decoded = |text: &str| decode(text).and_then(|bytes| String::from_utf8(bytes).ok());
        return benign == hostile
            || decoded(benign).zip(decoded(hostile)).is_some_and(|(a, b)| is_same_text(&a, &b, payload, path));
    }
    let parsed = |text: &str| crate::catalog::manifest::parse(text).ok().map(Json::Array);
    let is_text = |document: &Json, text: &str| {
        document.as_array().is_some_and(|all| all.len() == 1 && all[0].as_str().is_some_and(|one| one == text.trim()))
    };
    match (parsed(benign), parsed(hostile)) {
        (Some(a), Some(b))
            if !is_text(&a, benign) || !is_text(&b, hostile) && hostile != benign.replace(BENIGN, payload) =>
        {
            let mut wrong = Vec::new();
            compare(&a, &b, payload, path, &mut wrong);
            wrong.is_empty()
        }
        (Some(a), None) if !is_text(&a, benign) => false,
        _ => hostile == benign.replace(BENIGN, payload),
    }
}

/// The comparison sees what it is there for.
#[test]
fn more_than_a_text_is_found() {
    let document = |yaml: &str| Json::Array(crate::catalog::manifest::parse(yaml).expect("YAML"));
    for (template, payload, is_found) in [
        ("args: [X]\n", "a: b", true),
        ("args:\n- --time=X\n", "a: b", true),
        ("a: X\n", "true", true),
        ("a: X\n", "1\nb: 2", true),
        ("a: X\n---\nb: 1\n", "1\n---\nc: 1", true),
        ("X: 1\n", "a: {b", false),
        ("a: X\n", "a # b", true),
        ("text: |\n  a: X\n", "b # c", true),
        ("a: 'X'\n", "a: b # c", false),
        ("text: |\n  a: 'X'\n", "b # c", false),
        ("text: |\n  plain X\n", "b # c", false),
    ] {
        let hostile = crate::catalog::manifest::parse(&template.replace('X', payload)).map(Json::Array);
        let mut wrong = Vec::new();
        if let Ok(hostile) = hostile {
            compare(&document(&template.replace('X', BENIGN)), &hostile, payload, "", &mut wrong);
        }
        assert_eq!(!wrong.is_empty(), is_found, "{template} with {payload}: {wrong:?}");
    }
}

#[test]
fn what_users_set_stays_a_text() {
    let everything = Everything::new();
    let variables = everything.variables();
    assert!(variables.len() > 80, "{} variables found", variables.len());
    let mut reached = BTreeSet::new();
    let mut wrong = Vec::new();
    // One form a variable in each round.
    for round in 0..3 {
        let form =
            |variable: &Variable, text: &str| forms(&variable.kind, &variable.default, text).into_iter().nth(round);
        let taken: Vec<(&Variable, Json)> = variables
            .iter()
            .filter_map(|variable| Some((variable, form(variable, BENIGN)?)))
            .filter(|(variable, plain)| everything.takes(variable, plain))
            .collect();
        // What is refused with a text in it stands without one on both sides.
        let inputs = |text: &str, refused: &BTreeSet<(&str, &str)>| {
            let mut inputs = Inputs::new();
            for (variable, plain) in &taken {
                let (component, name) = (variable.component.as_str(), variable.name.as_str());
                let of = inputs.entry(component.to_owned()).or_default();
                if !refused.contains(&(component, name)) {
                    of.insert(name.to_owned(), form(variable, text).unwrap_or_else(|| plain.clone()));
                }
            }
            inputs
        };
        for payload in PAYLOADS {
            let refuses = |(variable, _): &&(&Variable, Json)| {
                form(variable, payload).is_none_or(|evil| !everything.takes(variable, &evil))
            };
            let refused: BTreeSet<(&str, &str)> = taken
                .iter()
                .filter(refuses)
                .map(|(variable, _)| (variable.component.as_str(), variable.name.as_str()))
                .collect();
            let reach = taken.iter().map(|(variable, _)| (variable.component.as_str(), variable.name.as_str()));
            reached.extend(
                reach.filter(|one| !refused.contains(one)).map(|(component, name)| format!("{component}.{name}")),
            );
            let (plain, evil) = (inputs(BENIGN, &refused), inputs(payload, &refused));
            for group in &everything.groups {
                let (plain, evil) = (everything.templates(group, &plain), everything.templates(group, &evil));
                for (component, objects) in &plain {
                    let others = &evil[component];
                    if objects.len() != others.len() {
                        wrong.push(format!("{component}: {} objects for {}", others.len(), objects.len()));
                    }
                    for (a, b) in objects.iter().zip(others) {
                        let path = format!("{component}: {}", a.id());
                        compare(&a.to_value(), &b.to_value(), payload, &path, &mut wrong);
                    }
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{} places: {wrong:#?}", wrong.len());
    assert!(reached.len() > 40, "only {reached:?} take texts at all");
}
