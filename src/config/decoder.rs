//! Walks a block along its schema: types, what must be there, choices, ranges, rules, what nobody knows. One decoder
//! with one wording for configurations, releases, components and providers.
//!
//! What is secret, by a variable's mark or by the schema, is never repeated in a finding, and its place is hidden in
//! every excerpt.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Secret;
use super::node::Found;
use super::node::Node;
use super::node::Place;
use super::node::Typed;
use super::rules::Check;
use super::rules::Rule;
use super::schema::Argument;
use super::schema::Block;
use super::schema::Kind;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::diag::nearest;
use crate::lang;
use crate::lang::Attribute;
use crate::lang::Body;
use crate::lang::Content;
use crate::lang::Value;
use crate::object::Address;

/// What becomes of values that are not known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unknown {
    /// They are errors: nothing will tell them before they are needed.
    Refused,
    /// They are left out: the block is read again when they are known.
    LeftOut,
}

/// What a block has beside its body.
#[derive(Clone, Debug, Default)]
pub struct Heading {
    /// What arguments get that are the block's label by default.
    pub name: Option<String>,
    pub provider: Option<(String, Span)>,
}

/// Decodes blocks and collects what is wrong with them.
pub struct Decoder<'a> {
    /// The resource, for the heading of findings.
    address: Option<Address>,
    unknown: Unknown,
    /// Every text under a secret value.
    pub secrets: Vec<Secret>,
    pub diagnostics: &'a mut Diagnostics,
}

impl<'a> Decoder<'a> {
    pub fn new(address: Option<Address>, unknown: Unknown, diagnostics: &'a mut Diagnostics) -> Self {
        Self { address, unknown, secrets: Vec::new(), diagnostics }
    }

    /// A block with its label. `None` where that is missing.
    pub fn block<'s>(&mut self, schema: &'s Block, block: &lang::Block) -> Option<Node<'s>> {
        let Some(label) = self.label(schema, block) else {
            self.note_all_secrets(&block.body);
            return None;
        };
        let mut node = self.body(schema, &block.body, block.span, Heading::default());
        node.label = label;
        Some(node)
    }

    /// The inside of a block. `span` is where something missing is reported: the block's first line.
    pub fn body<'s>(&mut self, schema: &'s Block, body: &Body, span: Span, heading: Heading) -> Node<'s> {
        let schema = schema.of(body);
        let mut node = Node { schema, span, label: None, arguments: BTreeMap::new(), blocks: Vec::new() };
        for (name, attribute) in &body.attributes {
            match schema.argument(name).filter(|argument| argument.kind != Kind::Provider) {
                Some(argument) => {
                    let found = self.argument(&schema.name, argument, attribute);
                    node.arguments.insert(&argument.name, found);
                }
                None => self.unknown_argument(schema, name, attribute),
            }
        }
        self.provider(heading.provider, &mut node);
        for argument in &schema.arguments {
            if node.arguments.contains_key(argument.name.as_str()) {
                continue;
            }
            if argument.from_label {
                let value = heading.name.as_deref().map(|name| self.name_from_label(argument, name, span));
                node.arguments.insert(&argument.name, Found { value, place: None });
            } else if argument.required && !node.is_given(&argument.name) {
                self.missing(&schema.name, argument, span);
            }
        }
        self.companions(&node);
        node.fill_defaults();
        for block in &body.blocks {
            match schema.block(&block.kind) {
                Some(nested) => node.blocks.extend(self.block(nested, block)),
                // Which blocks it takes is not known.
                None if !schema.variants.is_empty() => self.note_all_secrets(&block.body),
                None => self.unknown_block(schema, block),
            }
        }
        self.counts(&node, body);
        self.exclusions(&node);
        node
    }

    fn provider(&mut self, given: Option<(String, Span)>, node: &mut Node<'_>) {
        let Some((name, span)) = given else { return };
        match node.schema.arguments.iter().find(|argument| argument.kind == Kind::Provider) {
            Some(argument) => {
                let place = Some(Place { span, sensitive: false });
                node.arguments.insert(&argument.name, Found { value: Some(Typed::Text(name)), place });
            }
            None => {
                let detail = format!("{} has no argument \"provider\".", node.schema.name);
                self.push(Diagnostic::error("Unknown argument", detail).at(span));
            }
        }
    }

    fn label(&mut self, schema: &Block, block: &lang::Block) -> Option<Option<(String, Span)>> {
        if block.labels.len() != usize::from(!schema.label.is_empty()) {
            let detail = match schema.label.as_str() {
                "" => format!("A \"{}\" block takes no label.", block.kind),
                label => format!("A \"{}\" block takes one label: {label}.", block.kind),
            };
            self.push(Diagnostic::error("Wrong labels", detail).at(block.span));
        }
        let Some((label, span)) = block.labels.first() else { return schema.label.is_empty().then_some(None) };
        if let Some(rule) = &schema.label_rule
            && let Err(reason) = rule.text(label)
        {
            let detail = format!("\"{label}\" is not valid: {reason}.");
            self.push(Diagnostic::error(&rule.summary, detail).at(*span));
        }
        Some(Some((label.clone(), *span)))
    }

    /// Blocks that are missing, or there too often.
    fn counts(&mut self, node: &Node<'_>, body: &Body) {
        let schema = node.schema;
        for nested in &schema.blocks {
            let given = body.blocks.iter().filter(|block| block.kind == nested.name).count();
            if given < nested.minimum {
                let article = if nested.name.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
                let detail = format!("{} needs {article} \"{}\" block.", schema.name, nested.name);
                let help = format!("Add a block:\n\n{}", nested.example);
                self.push(Diagnostic::error("Missing block", detail).at(node.span).help(help));
            }
            let mut first: BTreeMap<Option<&str>, Span> = BTreeMap::new();
            for block in node.blocks(&nested.name) {
                let label = block.label.as_ref().map(|(label, _)| label.as_str());
                let span = block.label.as_ref().map_or(block.span, |(_, span)| *span);
                let (detail, key) = match (label, nested.maximum) {
                    (Some(_), _) if nested.label_repeats => continue,
                    (Some(label), _) => (format!("There are two {} blocks \"{label}\".", nested.name), Some(label)),
                    (None, Some(1)) => (format!("{} takes one \"{}\" block.", schema.name, nested.name), None),
                    (None, _) => continue,
                };
                match first.get(&key) {
                    Some(first) => {
                        self.push(
                            Diagnostic::error("Repeated block", detail).at(span).related(*first, "the first one"),
                        );
                    }
                    None => _ = first.insert(key, span),
                }
            }
        }
    }

    /// Arguments that exclude each other. The later one is reported.
    fn exclusions(&mut self, node: &Node<'_>) {
        let place = |name: &str| {
            let block = node.schema.block(name).and_then(|_| node.block(name));
            match block {
                Some(block) => Some(Place { span: block.span, sensitive: false }),
                None => node.arguments.get(name).and_then(|found| found.place),
            }
        };
        let mut told = BTreeSet::new();
        for argument in &node.schema.arguments {
            let stands_for = Some(&argument.instead_of).filter(|name| !name.is_empty());
            for other in argument.exclusive_with.iter().chain(stands_for) {
                let (Some(one), Some(two)) = (place(&argument.name), place(other)) else { continue };
                let (one_name, two_name) = (argument.name.as_str(), other.as_str());
                if told.contains(&(two_name, one_name)) {
                    continue;
                }
                told.insert((one_name, two_name));
                let (first, later) = if one.span.start < two.span.start { (one, two) } else { (two, one) };
                let detail = format!("{} takes \"{one_name}\" or \"{two_name}\", not both.", node.schema.name);
                let finding = Diagnostic::error("Conflicting arguments", detail)
                    .at(later.span)
                    .related(first.span, "set here too");
                self.push_at(later, finding);
            }
        }
    }

    /// Arguments that must stand beside others.
    fn companions(&mut self, node: &Node<'_>) {
        for argument in node.schema.arguments.iter().filter(|argument| node.is_set(&argument.name)) {
            let missing = argument.together.iter().filter(|other| !node.is_given(other));
            for other in missing.filter_map(|other| node.schema.argument(other)) {
                let (name, place) = (&argument.name, node.place(&argument.name));
                let detail = format!("\"{name}\" of {} needs \"{}\" beside it.", node.schema.name, other.name);
                let help = match other.hint.as_str() {
                    "" => format!("Add {} = …", other.name),
                    hint => hint.to_owned(),
                };
                self.push_at(place, Diagnostic::error("Missing argument", detail).at(place.span).help(help));
            }
        }
    }

    fn name_from_label(&mut self, argument: &Argument, name: &str, span: Span) -> Typed {
        if let Some(rule) = &argument.rule
            && let Err(reason) = rule.text(name)
        {
            let finding = Diagnostic::error(&rule.summary, format!("\"{name}\" is not valid: {reason}."))
                .at(span)
                .help(format!("It is the block's label. Give another one with {} = \"…\".", argument.name));
            self.push(finding);
        }
        Typed::Text(name.to_owned())
    }

    fn missing(&mut self, what: &str, argument: &Argument, span: Span) {
        let detail = format!("{what} needs the argument \"{}\".", argument.name);
        let help = match argument.hint.as_str() {
            "" => format!("Add {} = …", argument.name),
            hint => hint.to_owned(),
        };
        self.push(Diagnostic::error("Missing argument", detail).at(span).help(help));
    }

    fn unknown_argument(&mut self, schema: &Block, name: &str, attribute: &Attribute) {
        // What decides is missing or wrong, which is told: nobody knows what else it takes.
        if !schema.variants.is_empty() {
            let sensitive = schema.any_argument(name).is_none_or(|argument| argument.sensitive);
            return self.note_secrets(sensitive, &attribute.value, attribute.value_span);
        }
        let names = schema.arguments.iter().map(|argument| argument.name.as_str());
        let near = nearest(name, names);
        let meant = near.and_then(|near| schema.argument(near));
        self.note_secrets(meant.is_some_and(|meant| meant.sensitive), &attribute.value, attribute.value_span);
        let help = match (schema.block(name), near) {
            (Some(_), _) => Some(format!("\"{name}\" is a block: write {name} {{ … }} without the equals sign.")),
            (None, Some(near)) => Some(format!("Did you mean \"{near}\"?")),
            (None, None) => None,
        };
        let detail = format!("{} has no argument \"{name}\".", schema.name);
        self.push(Diagnostic::error("Unknown argument", detail).at(attribute.name_span).help_option(help));
    }

    fn unknown_block(&mut self, schema: &Block, block: &lang::Block) {
        let name = block.kind.as_str();
        self.note_all_secrets(&block.body);
        let help = match schema.argument(name) {
            Some(_) => Some(format!("\"{name}\" is an argument: write {name} = …")),
            None => {
                let names = schema.blocks.iter().map(|block| block.name.as_str());
                nearest(name, names).map(|near| format!("Did you mean \"{near}\"?"))
            }
        };
        let detail = format!("{} has no block \"{name}\".", schema.name);
        self.push(Diagnostic::error("Unknown block", detail).at(block.kind_span).help_option(help));
    }

    fn argument(&mut self, what: &str, argument: &Argument, attribute: &Attribute) -> Found {
        let (value, span) = (&attribute.value, attribute.value_span);
        let sensitive = argument.sensitive || value.contains_sensitive();
        self.note_secrets(argument.sensitive, value, span);
        // Of an object that is secret as a whole the keys are secret too, where they are no names of something known.
        let has_names = matches!(argument.kind, Kind::Map | Kind::Any | Kind::Objects(_));
        if let (true, Some(map)) = (!has_names && (argument.sensitive || value.is_sensitive()), value.as_entries()) {
            self.secrets.extend(map.keys().map(|key| Secret::new(key.as_str())));
        }
        let place = Place { span, sensitive };
        let found = Found { value: self.typed(what, argument, value, place), place: Some(place) };
        if !argument.warning.is_empty() && found.value == Some(Typed::Bool(true)) {
            let finding = Diagnostic::warning("Insecure setting", &argument.warning).at(span);
            self.push_at(place, finding);
        }
        found
    }

    fn typed(&mut self, what: &str, argument: &Argument, value: &Value, place: Place) -> Option<Typed> {
        if let Kind::Reference(kind) | Kind::ReferenceOrText(kind) = &argument.kind
            && let Some(address) = value.resource_address()
        {
            return self.reference(what, argument, kind, address, place);
        }
        if !value.is_wholly_known() {
            if self.unknown == Unknown::Refused {
                let name = &argument.name;
                let detail = format!("\"{name}\" of {what} depends on a value that is known only after apply.");
                let help = "Give it a value that the configuration itself knows.";
                self.push_at(place, Diagnostic::error("Value not known yet", detail).at(place.span).help(help));
            }
            return None;
        }
        if let Kind::Reference(kind) = &argument.kind {
            let name = &argument.name;
            let detail = format!("\"{name}\" of {what} must name a {kind} block.");
            let help = format!("Write it without quotes, as {name} = {kind}.NAME.");
            self.push_at(place, Diagnostic::error("Not a reference", detail).at(place.span).help(help));
            return None;
        }
        let typed = match &argument.kind {
            Kind::Text | Kind::ReferenceOrText(_) | Kind::Reference(_) | Kind::Provider => {
                text_of(value).map(Typed::Text)
            }
            Kind::Number => value.as_i64().or_else(|| value.as_str()?.parse().ok()).map(Typed::Number),
            Kind::Bool => flag_of(value).map(Typed::Bool),
            Kind::Texts => {
                let texts = value.as_elements().map(|items| items.iter().map(text_of).collect::<Option<Vec<_>>>());
                texts.flatten().map(Typed::Texts)
            }
            Kind::TextMap => {
                let pair = |(key, value): (&String, &Value)| Some((key.clone(), text_of(value)?));
                let map = value.as_entries().map(|entries| entries.iter().map(pair).collect::<Option<_>>());
                map.flatten().map(Typed::TextMap)
            }
            Kind::Changes => {
                let change = |item: &Value| if item.is_null() { Some(None) } else { Some(Some(text_of(item)?)) };
                let pair = |(key, item): (&String, &Value)| Some((key.clone(), change(item)?));
                let map = value.as_entries().map(|entries| entries.iter().map(pair).collect::<Option<_>>());
                map.flatten().map(Typed::Changes)
            }
            Kind::Objects(fields) => {
                let items = value.as_elements().map(|items| items.iter().map(Value::as_entries));
                let items = items.and_then(|items| items.collect::<Option<Vec<_>>>());
                items.map(|items| {
                    let object = |item| self.object(argument, &fields.0, item, place);
                    Typed::Objects(items.into_iter().map(object).collect())
                })
            }
            Kind::Map => {
                // The mark of the whole stays with its parts.
                let marked = |item: &Value| item.clone().with_sensitivity(value.is_sensitive() || argument.sensitive);
                let map =
                    value.as_entries().map(|entries| entries.iter().map(|(key, item)| (key.clone(), marked(item))));
                map.map(|entries| Typed::Map(entries.collect()))
            }
            Kind::Any => Some(Typed::Any(value.clone())),
        };
        match typed {
            Some(typed) => self.checked(what, argument, typed, place),
            None => {
                let (name, wanted, given) = (&argument.name, argument.kind.wanted(), value.kind().friendly());
                let detail = format!("\"{name}\" of {what} must be {wanted}; this is {given}.");
                self.push_at(place, Diagnostic::error("Wrong type", detail).at(place.span));
                None
            }
        }
    }

    fn reference(
        &mut self,
        what: &str,
        argument: &Argument,
        kind: &str,
        address: &Address,
        place: Place,
    ) -> Option<Typed> {
        let given = address.kind();
        if given == kind {
            return Some(Typed::Reference(address.clone()));
        }
        let detail = format!("\"{}\" of {what} must name a {kind}; {address} is a {given}.", argument.name);
        self.push_at(place, Diagnostic::error("Wrong kind of reference", detail).at(place.span));
        None
    }

    /// An element of a list of objects.
    fn object(
        &mut self,
        argument: &Argument,
        fields: &[Argument],
        item: &BTreeMap<String, Value>,
        place: Place,
    ) -> BTreeMap<String, Typed> {
        let what = format!("an element of \"{}\"", argument.name);
        let mut object = BTreeMap::new();
        for field in fields {
            match item.get(&field.name).filter(|value| !value.is_null()) {
                Some(value) => {
                    object.extend(self.typed(&what, field, value, place).map(|typed| (field.name.clone(), typed)));
                }
                None if field.required => {
                    let detail = format!("{what} needs \"{}\".", field.name);
                    self.push_at(place, Diagnostic::error("Missing argument", capital(&detail)).at(place.span));
                }
                None => {
                    let default = field.default.as_ref().and_then(|default| super::node::default_of(field, default));
                    object.extend(default.map(|typed| (field.name.clone(), typed)));
                }
            }
        }
        for name in item.keys().filter(|name| fields.iter().all(|field| field.name != **name)) {
            let help = nearest(name, fields.iter().map(|field| field.name.as_str()));
            let detail = if place.sensitive {
                format!("{what} has a name that is not known.")
            } else {
                format!("{what} has no \"{name}\".")
            };
            let finding = Diagnostic::error("Unknown argument", capital(&detail))
                .at(place.span)
                .help_option(help.map(|near| format!("Did you mean \"{near}\"?")));
            self.push_at(place, finding);
        }
        object
    }

    /// Choices, ranges and rules. A value of the right type that breaks a rule stays: what else is wrong can be told too.
    fn checked(&mut self, what: &str, argument: &Argument, typed: Typed, place: Place) -> Option<Typed> {
        if let Some(rule) = &argument.rule
            && let (Check::Map(check), Typed::TextMap(map)) = (&rule.check, &typed)
            && let Err(reason) = check(map)
        {
            let reason = if place.sensitive { rule.documentation.clone() } else { reason };
            let finding = Diagnostic::error(&rule.summary, format!("The {} are not valid: {reason}.", argument.name));
            self.push_at(place, finding.at(place.span));
        }
        match &typed {
            Typed::Number(number) => return self.in_range(argument, *number, place).then_some(typed),
            Typed::Text(text) => {
                if !self.is_choice(what, argument, text, place) {
                    return None;
                }
                self.follows(argument.rule.as_deref(), argument, text, "", place);
            }
            Typed::Texts(texts) => {
                let before = self.diagnostics.len();
                for text in texts {
                    if self.is_choice(what, argument, text, place) {
                        self.follows(argument.rule.as_deref(), argument, text, "", place);
                    }
                }
                if self.diagnostics.len() > before && !argument.choices.is_empty() {
                    return None;
                }
            }
            Typed::TextMap(map) => {
                for (key, text) in map {
                    self.follows(argument.key_rule.as_deref(), argument, key, "", place);
                    if self.is_choice(what, argument, text, place) {
                        self.follows(argument.rule.as_deref(), argument, text, &format!(" of {key}"), place);
                    }
                }
            }
            _ => {}
        }
        Some(typed)
    }

    fn in_range(&mut self, argument: &Argument, number: i64, place: Place) -> bool {
        let (least, most) = (argument.minimum.unwrap_or(i64::MIN), argument.maximum.unwrap_or(i64::MAX));
        if (least..=most).contains(&number) {
            return true;
        }
        self.out_of_range(&argument.name, number, least, most, place);
        false
    }

    /// Reports a number beyond its limits.
    pub fn out_of_range(&mut self, name: &str, number: i64, least: i64, most: i64, place: Place) {
        let is = if place.sensitive { String::new() } else { format!("is {number}; it ") };
        let limits = match (least, most) {
            (least, i64::MAX) => format!("be at least {least}"),
            (i64::MIN, most) => format!("be at most {most}"),
            (least, most) => format!("lie between {least} and {most}"),
        };
        let detail = format!("\"{name}\" {is}must {limits}.");
        self.push_at(place, Diagnostic::error("Number out of range", detail).at(place.span));
    }

    fn is_choice(&mut self, what: &str, argument: &Argument, text: &str, place: Place) -> bool {
        let choices = &argument.choices;
        if choices.is_empty() || choices.iter().any(|choice| choice == text) {
            return true;
        }
        let list = choices.iter().map(|choice| format!("\"{choice}\"")).collect::<Vec<_>>().join(", ");
        let shown = if place.sensitive { "The value".to_owned() } else { format!("\"{text}\"") };
        // What is near to a secret tells of it.
        let near = nearest(text, choices.iter().map(String::as_str)).filter(|_| !place.sensitive);
        let help = match near {
            Some(near) => format!("Did you mean \"{near}\"? The choices are {list}."),
            None => format!("The choices are {list}."),
        };
        let detail = format!("{shown} is no choice for \"{}\" of {what}.", argument.name);
        self.push_at(place, Diagnostic::error("Unknown choice", detail).at(place.span).help(help));
        false
    }

    fn follows(&mut self, rule: Option<&Rule>, argument: &Argument, text: &str, of: &str, place: Place) {
        let Some(rule) = rule else { return };
        let Err(reason) = rule.text(text) else { return };
        let shown = if place.sensitive { "The value".to_owned() } else { format!("\"{text}\"{of}") };
        let mut finding = Diagnostic::error(&rule.summary, format!("{shown} is not valid: {reason}.")).at(place.span);
        if let Kind::ReferenceOrText(kind) = &argument.kind {
            finding = finding.help(format!("A reference is written without quotes: {} = {kind}.NAME.", argument.name));
        }
        // What is near to a secret tells of it.
        if let Some(near) = nearest(text, rule.known.iter().map(String::as_str)).filter(|_| !place.sensitive) {
            finding = finding.help(format!("Did you mean \"{near}\"?"));
        }
        self.push_at(place, finding);
    }

    /// Reports something about a place, hidden where that is secret.
    pub fn push_at(&mut self, place: Place, finding: Diagnostic) {
        self.push(if place.sensitive { finding.hidden() } else { finding });
    }

    pub fn push(&mut self, finding: Diagnostic) {
        self.diagnostics.push(match &self.address {
            Some(address) => finding.about(address),
            None => finding,
        });
    }

    /// Remembers the secret texts of a value, and hides its place.
    fn note_secrets(&mut self, by_nature: bool, value: &Value, span: Span) {
        if by_nature || value.contains_sensitive() {
            self.diagnostics.hide(span);
            let mut texts = Vec::new();
            value.secret_texts(by_nature, &mut texts);
            self.secrets.extend(texts.into_iter().map(Secret::new));
        }
    }

    /// As if every argument of a body that is not decoded were noted.
    pub fn note_all_secrets(&mut self, body: &Body) {
        for attribute in body.attributes.values() {
            self.note_secrets(false, &attribute.value, attribute.value_span);
        }
        body.blocks.iter().for_each(|block| self.note_all_secrets(&block.body));
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value.content() {
        Content::String(text) => Some(text.to_string()),
        Content::Number(number) => Some(number.to_string()),
        Content::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn flag_of(value: &Value) -> Option<bool> {
    value.as_bool().or(match value.as_str() {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    })
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
