//! Answers as the files of a configuration.

use super::answer::Answer;
use super::interview::Ask;
use super::interview::Interview;
use super::interview::text;
use super::outline::Outline;
use super::outline::expression;
use super::outline::nested;
use super::people::Login;
use super::people::Person;
use super::people::SECRETS;
use super::people::persons;
use super::question::Question;
use super::question::block_of;
use super::question::sections;
use crate::config::Secret;
use crate::config::schema;
use crate::config::schema::Kind;
use crate::lang;
use crate::lang::is_identifier;
use crate::lang::quoted;

/// What a person calls the only cluster of a configuration.
const CLUSTER: &str = "main";

/// The files, and what is to be known of them.
#[derive(Clone, Debug)]
pub struct Files {
    /// `main.hcl`
    pub main: String,
    /// Variables that hold hashes, with their values.
    pub hashes: Vec<(String, Secret)>,
    /// Lines of `.gitignore`.
    pub ignored: Vec<String>,
    /// Secret variables that each run is to be given.
    pub variables: Vec<String>,
}

/// The files of a configuration.
///
/// # Arguments
///
/// * `remarks`: lines for the top of the file, as of what was not recognised.
pub fn files(interview: &Interview<'_>, remarks: &[String]) -> Files {
    let answers = &interview.answers;
    let persons = persons(answers);
    let mut blocks = Vec::new();
    for ask in interview.all() {
        let Some((question, each)) = of_key(&ask.key) else { continue };
        match answers.get(&ask.key) {
            Some(Answer::Texts(items)) if question.writes.is_empty() => {
                for item in items {
                    root(&mut blocks, each, each, item, interview);
                }
            }
            Some(answer) => place(&mut blocks, question, each, &ask, answer, interview),
            None => {}
        }
    }
    log_in(&mut blocks, &persons, interview);
    refer(&mut blocks);
    blocks.iter_mut().for_each(sort);
    let variables: Vec<Outline> = persons.iter().filter_map(variable).collect();
    let mut main = String::from(
        "# Written by `stackwright init`; from here on it is yours to edit. `stackwright plan` shows what a change means.\n",
    );
    for remark in remarks {
        main.push_str(&format!("# {}\n", remark.replace(['\n', '\r'], " ")));
    }
    let mut settings: Vec<Outline> = Vec::new();
    let mut rest = Vec::new();
    for block in blocks {
        if block.kind == "stackwright" { settings.push(block) } else { rest.push(block) }
    }
    rest.sort_by_key(|block| schema::FILES.iter().position(|(file, _)| file.trim_end_matches(".hcl") == block.kind));
    rest.retain(|block| block.kind != "provider" || !block.arguments.is_empty());
    let platform = label(text(answers, "name"));
    let output = Outline::new("output", "dashboard").with("value", format!("platform.{platform}.dashboard_url"));
    for block in settings.iter().chain(&variables).chain(&rest).chain([&output]) {
        main.push('\n');
        block.write(&mut main);
    }
    let hash = |person: &Person| match &person.login {
        Login::Hash(name, hash) => Some((name.clone(), hash.clone())),
        _ => None,
    };
    let hashes: Vec<(String, Secret)> = persons.iter().filter_map(hash).collect();
    let variable = |person: &Person| match &person.login {
        Login::Variable(name) => Some(name.clone()),
        _ => None,
    };
    let has_hashes = !hashes.is_empty();
    Files {
        main: laid_out(&main),
        ignored: [".stackwright/"].into_iter().chain(has_hashes.then_some(SECRETS)).map(str::to_owned).collect(),
        hashes,
        variables: persons.iter().filter_map(variable).collect(),
    }
}

impl Files {
    /// The text of the file of hashes; `None` where there are none.
    pub fn secrets(&self) -> Option<Secret> {
        let lines = self.hashes.iter().map(|(name, hash)| format!("{name} = {}\n", quoted(hash.reveal())));
        let text: String = lines.collect();
        let heading = "# bcrypt hashes of passwords: nothing for version control.\n";
        (!text.is_empty()).then(|| Secret::new(laid_out(&format!("{heading}{text}"))))
    }
}

/// Only where the installation is, or will be: its name, provider and cluster, as far as they are answered.
pub fn place_text(interview: &Interview<'_>, with_cluster: bool) -> String {
    let mut blocks = vec![Outline::new("stackwright", "").with("installation", quoted("looking"))];
    let kinds = if with_cluster { ["provider", "cluster"].as_slice() } else { &["provider"] };
    for ask in interview.all() {
        let Some((question, each)) = of_key(&ask.key) else { continue };
        let is_meant = question.writes.first().is_some_and(|kind| kinds.contains(&kind.as_str()));
        if let Some(answer) = interview.answers.get(&ask.key).filter(|_| is_meant) {
            place(&mut blocks, question, each, &ask, answer, interview);
        }
    }
    blocks.retain(|block| block.kind != "provider" || !block.arguments.is_empty());
    let mut text = String::new();
    blocks.iter().for_each(|block| block.write(&mut text));
    text
}

/// A platform of a version and edition in the cluster, and nothing else of the answers.
pub fn platform_text(interview: &Interview<'_>, version: &str, edition: &str, off_and_on: &[(String, bool)]) -> String {
    let mut platform = Outline::new("platform", "ml")
        .with("cluster", format!("cluster.{CLUSTER}"))
        .with("edition", quoted(edition))
        .with("version", quoted(version));
    platform.blocks.push(Outline::new("admin", "").with("email", quoted("admin@example.com")));
    for (name, is_on) in off_and_on {
        platform.blocks.push(Outline::new("component", name).with("enabled", is_on.to_string()));
    }
    let mut text = place_text(interview, true);
    platform.write(&mut text);
    text
}

/// Laid out as the formatter has it.
fn laid_out(text: &str) -> String {
    lang::format(text).unwrap_or_else(|_| text.to_owned())
}

/// The question of an answer's name, and the block that its section repeats.
fn of_key(key: &str) -> Option<(&'static Question, &'static [String])> {
    let (section, name) = match key.split('.').collect::<Vec<_>>()[..] {
        [section, _, name] => (section, name),
        _ => ("", key),
    };
    sections().iter().find_map(|one| {
        let names = one.names.as_ref().filter(|names| section.is_empty() && names.name == name);
        let fits = if section.is_empty() { one.names.is_none() } else { one.name == section };
        let mut questions = one.questions.iter().filter(|_| fits);
        let question = names.or_else(|| questions.find(|question| question.name == name))?;
        Some((question, one.each.as_slice()))
    })
}

/// The block at a path, made with all that it lies in. `each` is the path of the block that belongs to `item`.
fn root<'a>(
    blocks: &'a mut Vec<Outline>,
    path: &[String],
    each: &[String],
    item: &str,
    interview: &Interview<'_>,
) -> Option<&'a mut Outline> {
    let (first, rest) = path.split_first()?;
    let label_of = |depth: usize, kind: &str| match kind {
        _ if !each.is_empty() && path.len() >= each.len() && depth + 1 == each.len() => match depth {
            0 => label(item),
            _ => item.to_owned(),
        },
        "cluster" if depth == 0 => CLUSTER.to_owned(),
        "platform" if depth == 0 => label(interview.text("name")),
        "provider" if depth == 0 => interview.text("provider").to_owned(),
        _ => String::new(),
    };
    let mut block = nested(blocks, first, &label_of(0, first));
    if each.len() == 1 && block.label != item && !item.is_empty() && block.arguments.is_empty() {
        block.arguments.push(("name".into(), quoted(item)));
    }
    for (n, kind) in rest.iter().enumerate() {
        block = block.nested(kind, &label_of(n + 1, kind));
    }
    Some(block)
}

/// A name as the label of a block that can be referred to.
fn label(name: &str) -> String {
    if is_identifier(name) { name.to_owned() } else { format!("n-{name}") }
}

fn place(
    blocks: &mut Vec<Outline>,
    question: &Question,
    each: &[String],
    ask: &Ask,
    answer: &Answer,
    interview: &Interview<'_>,
) {
    let Some((last, path)) = question.writes.split_last() else { return };
    let is_block = block_of(&question.writes).is_some();
    match answer {
        Answer::Bool(true) if is_block => {
            root(blocks, &question.writes, each, &ask.item, interview);
        }
        Answer::Bool(_) if is_block => {}
        // The label says it, where it can be one.
        _ if ask.argument.from_label && label(&answer.shown()) == answer.shown() => {
            root(blocks, path, each, &ask.item, interview);
        }
        // What is secret stands elsewhere.
        _ if ask.argument.sensitive => {}
        answer => {
            let is_default = ask.argument.default.as_ref().is_some_and(|default| {
                !ask.required && Answer::written(&ask.argument, &default.to_json()).as_ref() == Ok(answer)
            });
            let expression = match (&ask.argument.kind, answer) {
                (Kind::Provider, Answer::Text(name)) => Some(name.clone()),
                (Kind::ReferenceOrText(kind), Answer::Text(text)) if kind == "user" => Some(owner(interview, text)),
                _ => expression(answer),
            };
            if let Some(expression) = expression.filter(|_| !is_default)
                && let Some(block) = root(blocks, path, each, &ask.item, interview)
            {
                block.arguments.push((last.clone(), expression));
            }
        }
    }
}

/// The block of a user by e-mail, else the address.
fn owner(interview: &Interview<'_>, email: &str) -> String {
    let is_theirs = |person: &&Person| !person.name.is_empty() && person.email.eq_ignore_ascii_case(email);
    let persons = persons(&interview.answers);
    persons.iter().find(is_theirs).map_or_else(|| quoted(email), |person| format!("user.{}", label(&person.name)))
}

/// The block of a person's secret variable.
fn variable(person: &Person) -> Option<Outline> {
    let (name, what) = match &person.login {
        Login::Generated => return None,
        Login::Variable(name) => (name, "Log-in password".to_owned()),
        Login::Hash(name, _) => (name, format!("In {SECRETS}: bcrypt hash of the password")),
    };
    let whose = if person.name.is_empty() { "the administrator" } else { &person.name };
    Some(
        Outline::new("variable", name)
            .with("description", quoted(&format!("{what} of {whose}.")))
            .with("type", "string")
            .with("sensitive", "true"),
    )
}

/// Writes how each person proves who they are.
fn log_in(blocks: &mut Vec<Outline>, persons: &[Person], interview: &Interview<'_>) {
    for person in persons {
        let platform = nested(blocks, "platform", &label(interview.text("name")));
        let block = match person.name.is_empty() {
            true => platform.nested("admin", ""),
            false => nested(blocks, "user", &label(&person.name)),
        };
        match &person.login {
            Login::Generated => {
                block.comment = vec!["One password is generated: `stackwright output --raw admin_password`.".into()];
            }
            Login::Variable(name) => block.arguments.push(("password".into(), format!("var.{name}"))),
            Login::Hash(name, _) => block.arguments.push(("hash".into(), format!("var.{name}"))),
        }
    }
}

/// Adds the references that blocks must have: to the one platform, to the one cluster.
fn refer(blocks: &mut [Outline]) {
    let labels: Vec<(String, String)> = blocks.iter().map(|block| (block.kind.clone(), block.label.clone())).collect();
    for block in blocks {
        let Some(schema) = schema::block(&block.kind) else { continue };
        for argument in schema.arguments.iter().filter(|argument| argument.required) {
            let Kind::Reference(kind) = &argument.kind else { continue };
            let is_written = block.arguments.iter().any(|(name, _)| *name == argument.name);
            let target = labels.iter().find(|(known, _)| known == kind).filter(|_| !is_written);
            if let Some((kind, label)) = target {
                block.arguments.push((argument.name.clone(), format!("{kind}.{label}")));
            }
        }
    }
}

/// Arguments and blocks in the order of the schema.
fn sort(block: &mut Outline) {
    sort_by(block, schema::block(&block.kind.clone()));
}

fn sort_by(block: &mut Outline, schema: Option<&schema::Block>) {
    let Some(schema) = schema else { return };
    block.arguments.sort_by_key(|(name, _)| schema.arguments.iter().position(|argument| argument.name == *name));
    block.blocks.sort_by_key(|nested| schema.blocks.iter().position(|known| known.name == nested.kind));
    for nested in &mut block.blocks {
        sort_by(nested, schema.block(&nested.kind.clone()));
    }
}
