//! Somebody more: a block of their own, or a row of the list that a block makes people of.

use std::collections::BTreeMap;

use super::edits::Difference;
use super::edits::Edited;
use super::edits::Edits;
use super::edits::List;
use super::platform;
use super::secret_variable;
use crate::catalog;
use crate::config;
use crate::config::Declared;
use crate::config::Platform;
use crate::config::Secret;
use crate::config::User;
use crate::config::rules;
use crate::diag::Span;
use crate::lang;
use crate::lang::Column;
use crate::lang::Repeated;
use crate::lang::Row;
use crate::lang::RowContent;
use crate::lang::Written;
use crate::lang::WrittenForm;
use crate::lang::quoted;
use crate::object::Address;
use crate::ops::Failure;
use crate::ops::Loaded;
use crate::ops::Request;
use crate::ops::configuration::load_edited;
use crate::ops::secrets;

/// Somebody to be added.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    pub name: String,
    /// Arguments of the block by the names of the schema: `email`, `user_id`.
    pub arguments: BTreeMap<String, String>,
    /// `None` without a namespace of their own.
    pub quota: Option<BTreeMap<String, String>>,
    /// Roles in projects, by the project's name.
    pub contributes: BTreeMap<String, String>,
    pub platform: Option<Address>,
    /// The block to whose list they are added.
    pub within: Option<Address>,
    /// A block of their own, whatever there is.
    pub own_block: bool,
}

/// How they log in.
pub enum Credential {
    /// Only its hash is written.
    Password(Secret),
    /// A variable that has, or will have, their password.
    Variable(String),
}

/// Adds somebody. The credential is asked for when all else is right.
///
/// # Errors
/// What is wrong with it, all at once. Nothing is written then.
pub fn add(
    request: &Request,
    new: &NewUser,
    credential: impl FnOnce() -> Result<Credential, Failure>,
) -> Result<Edited, Failure> {
    let before = load_edited(request, &BTreeMap::new())?;
    let platform = platform(&before, new.platform.as_ref())?;
    check(&before, platform, new)?;
    let list = if new.own_block { None } else { list_block(&before, platform, new)? };
    let credential = credential()?;
    let secret = Proof::of(credential)?;
    let mut edits = Edits::default();
    let done = match &list {
        Some(list) => row(&before, &mut edits, list, new, &secret)?,
        None => block(&before, &mut edits, platform, new, &secret),
    };
    let mut done = vec![done];
    if let Some(variable) = secret.new_variable(&before) {
        let place = platform.span;
        let path = before.sources.path(place.source).to_owned();
        edits.append(&before, &path, &format!("\n{}", secret_variable(variable)))?;
        done.push(format!("Declared variable \"{variable}\" in {path}."));
    }
    done.extend(contribute(&before, &mut edits, new)?);
    let after = edits.tried(request)?;
    let difference = Difference::between(&before.installation, &after.installation);
    let is_new =
        |address: &Address| difference.added.iter().any(|user| user.address == *address && user.name == new.name);
    let cannot = |cause: String| by_hand(&before, new, list.as_ref(), cause);
    if let Some(others) = difference.others(is_new) {
        return Err(cannot(others));
    }
    let [added] = difference.added.as_slice() else {
        return Err(cannot("the row would make nobody of that name".to_owned()));
    };
    if let Some(wrong) = wrong(added, new, platform, &secret) {
        return Err(cannot(wrong));
    }
    secret.learn();
    edits.write(&before)?;
    let mut notes = Vec::new();
    if let Proof::Variable(variable) = &secret {
        notes.push(format!(
            "Their password is the value of the variable \"{variable}\": give it as STACKWRIGHT_VAR_{variable} or in a \
             variables file that stays out of version control."
        ));
    }
    Ok(Edited { done, notes })
}

/// What is written of a credential.
enum Proof {
    Hash(Secret),
    Variable(String),
}

impl Proof {
    fn of(credential: Credential) -> Result<Self, Failure> {
        match credential {
            Credential::Variable(name) => Ok(Self::Variable(name)),
            Credential::Password(password) => hashed(&password).map(Self::Hash),
        }
    }

    fn new_variable<'a>(&'a self, loaded: &Loaded) -> Option<&'a str> {
        match self {
            Self::Variable(name) if !loaded.declares(name) => Some(name),
            _ => None,
        }
    }

    /// Loading forgot what an earlier one had learnt.
    fn learn(&self) {
        if let Self::Hash(hash) = self {
            secrets::learn_more(&[hash.reveal()]);
        }
    }
}

/// The hash of a password that may be one.
pub(super) fn hashed(password: &Secret) -> Result<Secret, Failure> {
    secrets::learn_more(&[password.reveal()]);
    let cannot = |reason: String| Failure::world("The password cannot be used", reason);
    rules::password(password.reveal()).map_err(cannot)?;
    catalog::hash(password).map_err(cannot)
}

/// What is wrong before anything is edited.
fn check(loaded: &Loaded, platform: &Declared<Platform>, new: &NewUser) -> Result<(), Failure> {
    let mut wrong = Vec::new();
    let schema = config::schema::block("user");
    let mut texts: Vec<(&str, &str)> = vec![("name", &new.name)];
    texts.extend(new.arguments.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    for (name, text) in texts {
        let rule = schema.and_then(|schema| schema.argument(name)?.rule.clone());
        if let Some(Err(reason)) = rule.map(|rule| rule.text(text)) {
            wrong.push(format!("\"{text}\" is no {name}: {reason}"));
        }
    }
    let email = new.arguments.get("email").map(|email| email.to_ascii_lowercase()).unwrap_or_default();
    let users = loaded.installation.users.iter().filter(|user| user.platform == platform.address);
    for user in users {
        let at = loaded.sources.locate(user.span);
        if user.name == new.name {
            wrong.push(format!("{} is called that already ({at})", user.address));
        }
        if user.email == email {
            wrong.push(format!("{} has the e-mail {email} already ({at})", user.address));
        }
    }
    let profiles = loaded.installation.profiles.iter();
    let projects: Vec<&str> = profiles.clone().map(|profile| profile.name.as_str()).collect();
    for name in new.contributes.keys().filter(|name| !projects.contains(&name.as_str())) {
        let near = crate::diag::nearest(name, projects.iter().copied());
        let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        wrong.push(format!("there is no project \"{name}\" to contribute to{near}"));
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Failure::worlds(format!("Cannot add {}", new.name), wrong)
            .help("Nothing was changed. Another password is set by `stackwright user passwd NAME`.")),
    }
}

/// A block that makes people of a list.
struct ListBlock {
    address: Address,
    written: Written,
    repeated: Repeated,
}

/// The block that somebody is added to: the one that is named, else the only one there is where everybody comes from it.
fn list_block(loaded: &Loaded, platform: &Declared<Platform>, new: &NewUser) -> Result<Option<ListBlock>, Failure> {
    let users = || loaded.installation.users.iter().filter(|user| user.platform == platform.address);
    let address = match &new.within {
        Some(within) => within.without_keys(),
        None => {
            let mut blocks: Vec<Address> = users().map(|user| user.address.without_keys()).collect();
            blocks.dedup();
            let is_list = users().all(|user| user.address.key().is_some());
            match (blocks.as_slice(), is_list) {
                ([one], true) => one.clone(),
                _ => return Ok(None),
            }
        }
    };
    let Some(written) = loaded.written(&address).filter(|_| address.kind() == "user") else {
        let mut known: Vec<String> = users().map(|user| user.address.without_keys().to_string()).collect();
        known.dedup();
        let failure = Failure::world(format!("Cannot add anybody to {address}"), "there is no such user block");
        return Err(match crate::diag::nearest(&address.to_string(), known.iter().map(String::as_str)) {
            Some(near) => failure.help(format!("Did you mean {near}?")),
            None => failure.help("--in names a user block with for_each; --own-block writes another."),
        });
    };
    match written.repeated.clone() {
        Some(Ok(repeated)) => Ok(Some(ListBlock { address, written, repeated })),
        Some(Err(unclear)) => {
            let at = loaded.sources.locate(unclear.span);
            Err(Failure::world(format!("Cannot add anybody to {address}"), format!("{} ({at})", unclear.reason)).help(
                format!(
                    "Write them yourself where its rows come from ({at}): {}.\nOr give them a block of their own with --own-block.",
                    described(new)
                ),
            ))
        }
        None => Err(Failure::world(format!("Cannot add anybody to {address}"), "it has no for_each")
            .help("Without --in they get a block of their own.")),
    }
}

/// What somebody needs, in words.
fn described(new: &NewUser) -> String {
    let mut parts = vec![format!("name {}", quoted(&new.name))];
    parts.extend(new.arguments.iter().map(|(name, text)| format!("{name} {}", quoted(text))));
    if let Some(quota) = new.quota.as_ref().filter(|quota| !quota.is_empty()) {
        parts.push(format!("quota {}", lang_map(quota)));
    }
    parts.push("hash, the bcrypt hash of the password (`htpasswd -nBC 12 \"\"` makes one)".to_owned());
    parts.join(", ")
}

fn by_hand(loaded: &Loaded, new: &NewUser, list: Option<&ListBlock>, cause: String) -> Failure {
    let (what, place) = match list {
        Some(list) => {
            let place = List::of(loaded, &list.repeated.place).path;
            (format!("Cannot add {} to {}", new.name, list.address), place)
        }
        None => (format!("Cannot add {}", new.name), "the configuration".to_owned()),
    };
    let own = if list.is_some() { "\nOr give them a block of their own with --own-block." } else { "" };
    Failure::world(what, cause).help(format!("Nothing was changed. Write into {place}: {}.{own}", described(new)))
}

fn row(loaded: &Loaded, edits: &mut Edits, list: &ListBlock, new: &NewUser, secret: &Proof) -> Result<String, Failure> {
    let refuse = |cause: String| by_hand(loaded, new, Some(list), cause);
    let mut values: Vec<(String, RowContent)> = vec![("name".to_owned(), RowContent::Text(new.name.clone()))];
    values.extend(new.arguments.iter().map(|(name, text)| (name.clone(), RowContent::Text(text.clone()))));
    match secret {
        Proof::Hash(hash) => values.push(("hash".to_owned(), RowContent::Text(hash.reveal().to_owned()))),
        Proof::Variable(_) => {
            let cause = "people of a list have no variables of their own".to_owned();
            return Err(refuse(cause));
        }
    }
    let quota = new.quota.iter().flatten();
    if list.written.arguments.contains_key("profile.quota")
        && matches!(form(list, "profile.quota"), WrittenForm::Column(_))
        && new.quota.as_ref().is_some_and(|quota| !quota.is_empty())
    {
        let amounts = quota.map(|(name, amount)| (name.clone(), RowContent::Text(amount.clone()))).collect();
        values.push(("profile.quota".to_owned(), RowContent::Map(amounts)));
    } else {
        values.extend(quota.map(|(name, amount)| (format!("profile.quota.{name}"), RowContent::Text(amount.clone()))));
    }
    let mut key = None;
    let mut itself = None;
    let mut fields: Vec<(Vec<String>, RowContent)> = Vec::new();
    let mut put = |column: &Column, value: RowContent| match (column, value) {
        (Column::Key, RowContent::Text(text)) => key = Some(text),
        (Column::Itself, value) => itself = Some(value),
        (Column::Field(path), value) if fields.iter().all(|(known, _)| known != path) => {
            fields.push((path.clone(), value));
        }
        _ => {}
    };
    for (argument, value) in values {
        match form(list, &argument) {
            WrittenForm::Column(column) => put(&column, value),
            WrittenForm::Variable(variable, rest) if argument == "password" => {
                return Err(refuse(format!("passwords come from var.{variable}{rest}")));
            }
            _ if argument == "hash" => {
                return Err(refuse(match form(list, "password") {
                    WrittenForm::Column(_) => {
                        "its rows hold passwords in clear, and none is written; hash = each.value.hash takes hashes"
                            .to_owned()
                    }
                    WrittenForm::Variable(variable, _) => {
                        format!("passwords come from var.{variable}, which needs a value for them too")
                    }
                    _ => "it takes no hash from its rows".to_owned(),
                }));
            }
            // Whether it is said in another way, the configuration tells when it is tried.
            _ => {}
        }
    }
    put(&list.repeated.key, RowContent::Text(new.name.clone()));
    let content = match itself {
        Some(content) => content,
        None => tree(fields),
    };
    let place = List::of(loaded, &list.repeated.place);
    edits
        .list(loaded, &place, |rows| rows.add(&Row { key, content }))
        .map_err(|reason| refuse(format!("{reason} ({})", place.path)))?;
    Ok(format!("Added {} to {}: a row in {}.", new.name, list.address, place.path))
}

fn form(list: &ListBlock, argument: &str) -> WrittenForm {
    list.written.arguments.get(argument).map_or(WrittenForm::Other, |argument| argument.form.clone())
}

/// Fields by paths as nested ones.
fn tree(fields: Vec<(Vec<String>, RowContent)>) -> RowContent {
    let mut map: Vec<(String, RowContent)> = Vec::new();
    for (path, value) in fields {
        let Some((first, rest)) = path.split_first() else { continue };
        if rest.is_empty() {
            map.push((first.clone(), value));
            continue;
        }
        let inner = tree(vec![(rest.to_vec(), value)]);
        match (map.iter_mut().find(|(name, _)| name == first), inner) {
            (Some((_, RowContent::Map(known))), RowContent::Map(more)) => known.extend(more),
            (_, inner) => map.push((first.clone(), inner)),
        }
    }
    RowContent::Map(map)
}

/// A map as the language writes it.
pub(super) fn lang_map(map: &BTreeMap<String, String>) -> String {
    let entry = |(name, value): (&String, &String)| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(plain);
        format!("{} = {}", if is_name { name.clone() } else { quoted(name) }, quoted(value))
    };
    let entries: Vec<String> = map.iter().map(entry).collect();
    if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
}

fn block(loaded: &Loaded, edits: &mut Edits, platform: &Declared<Platform>, new: &NewUser, secret: &Proof) -> String {
    let mut lines = vec![("platform", platform.address.to_string())];
    let label = label(&new.name);
    if label != new.name {
        lines.insert(0, ("name", quoted(&new.name)));
    }
    lines.extend(new.arguments.iter().map(|(name, text)| (name.as_str(), quoted(text))));
    lines.push(match secret {
        Proof::Hash(hash) => ("hash", quoted(hash.reveal())),
        Proof::Variable(variable) => ("password", format!("var.{variable}")),
    });
    let text = block_text(&label, &lines, new.quota.as_ref());
    let place = insert_block(loaded, edits, platform.span, &text);
    format!("Added user.{label} to {place}.")
}

/// A name as a block can be called.
pub(super) fn label(name: &str) -> String {
    if name.starts_with(|c: char| c.is_alphabetic() || c == '_') { name.to_owned() } else { format!("user-{name}") }
}

/// A user's block in the canonical layout.
pub(super) fn block_text(label: &str, lines: &[(&str, String)], quota: Option<&BTreeMap<String, String>>) -> String {
    let mut text = format!("user {} {{\n", quoted(label));
    lines.iter().for_each(|(name, value)| text.push_str(&format!("{name} = {value}\n")));
    match quota {
        Some(quota) if quota.is_empty() => text.push_str("\nprofile {}\n"),
        Some(quota) => text.push_str(&format!("\nprofile {{\nquota = {}\n}}\n", lang_map(quota))),
        None => {}
    }
    text.push_str("}\n");
    // What we write is always right; as it stands it would only be laid out worse.
    lang::format(&text).unwrap_or(text)
}

/// Puts a block behind the last user's, or at the end of the file of the platform. Gives the file.
pub(super) fn insert_block(loaded: &Loaded, edits: &mut Edits, otherwise: Span, text: &str) -> String {
    let last = loaded.blocks_of("user").pop();
    let (source, at) = match last {
        Some((_, head, body)) => {
            let file = loaded.sources.text(head.source);
            // Behind the brace, and a comment beside it.
            let at = file[body.end..].find('\n').map_or(file.len(), |length| body.end + length + 1);
            (head.source, at)
        }
        None => (otherwise.source, loaded.sources.text(otherwise.source).len()),
    };
    let file = loaded.sources.text(source);
    let end = if file.contains("\r\n") { "\r\n" } else { "\n" };
    let before = if file[..at].is_empty() || file[..at].ends_with('\n') { "" } else { end };
    let text = format!("{before}{end}{}", text.replace('\n', end));
    edits.splice(loaded, Span::new(source, at..at), &text);
    loaded.sources.path(source).to_owned()
}

/// Makes them a contributor of projects.
fn contribute(loaded: &Loaded, edits: &mut Edits, new: &NewUser) -> Result<Vec<String>, Failure> {
    let mut done = Vec::new();
    let email = new.arguments.get("email").map(|email| email.to_ascii_lowercase()).unwrap_or_default();
    for (project, role) in &new.contributes {
        let Some(profile) = loaded.installation.profiles.iter().find(|one| one.name == *project) else { continue };
        let by_hand = |reason: &str| {
            let at = loaded.sources.locate(profile.place("contributors").span);
            Failure::world(format!("Cannot make {} a contributor of {}", new.name, profile.address), reason).help(
                format!("Nothing was changed. Write into contributors at {at}: {} = {}.", quoted(&email), quoted(role)),
            )
        };
        let written = loaded.written(&profile.address).ok_or_else(|| by_hand("it is not written in a block"))?;
        if written.repeated.is_some() || profile.address.modules().next().is_some() {
            return Err(by_hand("several projects come from its block"));
        }
        let entry = || RowContent::Text(role.clone());
        match written.arguments.get("contributors") {
            Some(there) => {
                let place = lang::RowsPlace::Expression { span: there.value, steps: Vec::new() };
                let list = List::of(loaded, &place);
                let row = Row { key: Some(email.clone()), content: entry() };
                edits.list(loaded, &list, |rows| rows.add(&row)).map_err(|reason| by_hand(&reason))?;
            }
            None => {
                let place = Span::new(written.body.source, written.body.end..written.body.end);
                let file = loaded.sources.text(place.source);
                let end = if file.contains("\r\n") { "\r\n" } else { "\n" };
                let map = lang_map(&BTreeMap::from([(email.clone(), role.clone())]));
                edits.splice(loaded, place, &format!("  contributors = {map}{end}"));
            }
        }
        done.push(format!("Made {email} a contributor of {} ({role}).", profile.address));
    }
    Ok(done)
}

/// What of somebody would be otherwise than it was asked for, as the end of a sentence.
fn wrong(added: &User, new: &NewUser, platform: &Declared<Platform>, secret: &Proof) -> Option<String> {
    let text = |name: &str| new.arguments.get(name).cloned().unwrap_or_default();
    let mut wrong = Vec::new();
    if added.platform != platform.address {
        wrong.push(format!("platform {}", added.platform));
    }
    if !added.email.eq_ignore_ascii_case(&text("email")) {
        wrong.push(format!("e-mail {}", added.email));
    }
    if new.arguments.contains_key("user_id") && added.user_id.as_ref() != new.arguments.get("user_id") {
        wrong.push("another user id".to_owned());
    }
    let quota = new.quota.clone();
    if quota.is_some() != added.has_profile {
        wrong.push(if added.has_profile { "a profile" } else { "no profile" }.to_owned());
    } else if let Some(quota) = quota.filter(|quota| *quota != added.quota && !quota.is_empty()) {
        let _ = quota;
        wrong.push(format!("quota {}", lang_map(&added.quota)));
    }
    if let (Proof::Hash(hash), config::Credential::Hash(found)) = (secret, &added.credential)
        && hash != found
    {
        wrong.push("another hash".to_owned());
    }
    (!wrong.is_empty()).then(|| format!("the block says otherwise of them: {}", wrong.join(", ")))
}
