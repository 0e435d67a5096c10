//! People whom somebody has let in by hand become blocks of the configuration.

use std::collections::BTreeSet;

use super::add::block_text;
use super::add::insert_block;
use super::add::label;
use super::edits::Edited;
use super::edits::Edits;
use super::people::Stranger;
use super::people::strangers;
use super::secret_variable;
use crate::config::rules;
use crate::config::schema;
use crate::lang::quoted;
use crate::ops::Failure;
use crate::ops::Request;
use crate::ops::secrets;

/// Where imported hashes go. It is read by itself, and its owner's alone.
const HASHES: &str = "people.auto.hclvars";

/// What was made of people.
#[derive(Debug, Default)]
pub struct Imported {
    pub edited: Edited,
    /// Nobody was found.
    pub is_nobody: bool,
}

/// Writes blocks for people who can log in and are in no user block; for these e-mails only, where some are named.
///
/// A hash is secret, and whose password it is was not asked: it goes to a variable, whose value stands in a file that only
/// its owner may read. The configuration itself may lie in version control.
pub async fn import(request: &Request, only: &[String]) -> Result<Imported, Failure> {
    let (loaded, found) = strangers(request).await?;
    let mut unknown: Vec<String> = Vec::new();
    for email in only {
        if !found.iter().any(|one| one.email.eq_ignore_ascii_case(email)) {
            unknown.push(format!("{email} is not among those who can log in without a user block"));
        }
    }
    if !unknown.is_empty() {
        let known: Vec<&str> = found.iter().map(|one| one.email.as_str()).collect();
        let known = if known.is_empty() { "nobody".to_owned() } else { known.join(", ") };
        return Err(Failure::worlds("Cannot import", unknown).help(format!("Those are: {known}.")));
    }
    let wanted = |one: &&Stranger| only.is_empty() || only.iter().any(|email| email.eq_ignore_ascii_case(&one.email));
    let mut edits = Edits::default();
    let mut edited = Edited::default();
    let mut names: BTreeSet<String> = loaded.installation.users.iter().map(|user| user.name.clone()).collect();
    names.extend(loaded.installation.profiles.iter().map(|profile| profile.name.clone()));
    let mut any = false;
    let mut hashes = Vec::new();
    for stranger in found.iter().filter(wanted) {
        if let Err(reason) =
            rules::email(&stranger.email).and_then(|()| rules::bcrypt_hash(stranger.user.hash.reveal()))
        {
            let email = &stranger.email;
            edited.notes.push(format!(
                "{email} cannot be imported: {reason}. Add them with `stackwright user add NAME --email {email}`, with a new \
                 password."
            ));
            continue;
        }
        any = true;
        let name = name(stranger, &names);
        names.insert(name.clone());
        let label = label(&name);
        let variable = variable(&label, &|name| loaded.declares(name) || hashes.iter().any(|(known, _)| known == name));
        let platform = &stranger.platform;
        let mut lines = vec![("platform", platform.address.to_string()), ("email", quoted(&stranger.email))];
        if label != name {
            lines.insert(0, ("name", quoted(&name)));
        }
        lines.push(("hash", format!("var.{variable}")));
        if !stranger.user.user_id.is_empty() {
            lines.push(("user_id", quoted(&stranger.user.user_id)));
        }
        let text = format!("{}\n{}", block_text(&label, &lines, None), secret_variable(&variable));
        let place = insert_block(&loaded, &mut edits, platform.span, &text);
        edited.done.push(format!("Added user.{label} ({}) to {place}.", stranger.email));
        if let Some(profile) = &stranger.profile {
            edited.notes.push(format!(
                "They own the profile {profile}, which stays as it is; `profile {{}}` in user.{label}{} takes it over.",
                if *profile == name { String::new() } else { format!(", which would have to be called {profile},") }
            ));
        }
        hashes.push((variable, stranger.user.hash.clone()));
    }
    for (variable, hash) in &hashes {
        edits.append(&loaded, HASHES, &format!("{variable} = {}\n", quoted(hash.reveal())))?;
    }
    if any {
        let after = edits.tried(request)?;
        let all: Vec<&str> = hashes.iter().map(|(_, hash)| hash.reveal()).collect();
        let missing = found.iter().filter(wanted).filter(|one| rules::bcrypt_hash(one.user.hash.reveal()).is_ok());
        let missing: Vec<&str> = missing
            .filter(|one| after.installation.users.iter().all(|user| user.email != one.email))
            .map(|one| one.email.as_str())
            .collect();
        if !missing.is_empty() {
            return Err(Failure::world(
                "Cannot import",
                format!("the blocks would not say of {} what is", missing.join(", ")),
            ));
        }
        secrets::learn_more(&all);
        edits.write(&loaded)?;
        edited.done.push(format!("Wrote their hashes to {HASHES}, which only you can read."));
        edited.notes.push(format!(
            "{HASHES} is read by itself. Keep it out of version control; where it is not, give its variables in another way \
             (STACKWRIGHT_VAR_…)."
        ));
    }
    Ok(Imported { edited, is_nobody: found.is_empty() })
}

/// Dex's name for somebody, or that of their e-mail, made one that a user can have and nobody has.
fn name(stranger: &Stranger, taken: &BTreeSet<String>) -> String {
    let local = stranger.email.split('@').next().unwrap_or_default();
    let said = if stranger.user.username.is_empty() { local } else { &stranger.user.username };
    let made = |text: &str| -> String {
        let dashed = text.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        dashed.trim_matches('-').chars().take(50).collect::<String>().trim_end_matches('-').to_owned()
    };
    let rule = schema::block("user").and_then(|user| user.argument("name")?.rule.clone());
    let is_name = |name: &str| rule.as_ref().is_none_or(|rule| rule.text(name).is_ok());
    let base = [made(said), made(local), "user".to_owned()].into_iter().find(|name| is_name(name)).unwrap_or_default();
    let mut numbered = (2..).map(|number| format!("{base}-{number}"));
    if taken.contains(&base) { numbered.find(|name| !taken.contains(name)).unwrap_or(base) } else { base }
}

/// What the variable of a hash is called.
fn variable(label: &str, is_taken: &dyn Fn(&str) -> bool) -> String {
    let base = format!("{}_hash", label.replace('-', "_"));
    let mut numbered = (2..).map(|number| format!("{base}_{number}"));
    if is_taken(&base) { numbered.find(|name| !is_taken(name)).unwrap_or(base) } else { base }
}
