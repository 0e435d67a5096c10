//! Somebody less: their block or row goes. Their profile and what it holds are not the configuration's to drop without a word.

use std::collections::BTreeMap;

use super::edits::Difference;
use super::edits::Edited;
use super::edits::Edits;
use super::edits::List;
use super::find;
use super::passwd::which;
use crate::config::Declared;
use crate::config::Owner;
use crate::config::User;
use crate::diag::Span;
use crate::lang::Written;
use crate::ops::Failure;
use crate::ops::Loaded;
use crate::ops::Request;
use crate::ops::configuration::load_edited;

/// Removes somebody. With `deletes_data` a `removed` block says that what they have may go too.
///
/// # Errors
/// There is no such person, something still needs them, or their block makes others too.
pub fn remove(request: &Request, who: &str, deletes_data: bool) -> Result<Edited, Failure> {
    let before = load_edited(request, &BTreeMap::new())?;
    let user = find(&before, who)?;
    let cannot = |cause: String, place: &str| {
        Failure::world(format!("Cannot remove {}", user.address), cause)
            .help(format!("Nothing was changed. Take them out yourself, in {place}."))
    };
    // Without a profile they hold nothing.
    let deletes_data = deletes_data && user.has_profile;
    let written = before.written(&user.address);
    let Some(written) = written else { return Err(cannot("it is not written in a block".into(), "the configuration")) };
    let mut edits = Edits::default();
    let removed =
        deletes_data.then(|| format!("removed {{\n  from        = {}\n  delete_data = true\n}}\n", user.address));
    let place = match &written.repeated {
        None => block(&before, &mut edits, &written, removed),
        Some(Err(unclear)) => {
            let at = before.sources.locate(unclear.span);
            return Err(cannot(unclear.reason.clone(), &at));
        }
        Some(Ok(repeated)) => {
            let list = List::of(&before, &repeated.place);
            let path = list.path.clone();
            let row = which(user, &repeated.key)
                .ok_or_else(|| cannot("which row is theirs is computed".to_owned(), &path))?;
            edits.list(&before, &list, |rows| rows.remove(&row)).map_err(|reason| cannot(reason, &path))?;
            if let Some(removed) = removed {
                let file = root_file(&before, user);
                edits.append(&before, &file, &format!("\n{removed}"))?;
            }
            path
        }
    };
    let after = edits.tried(request)?;
    let difference = Difference::between(&before.installation, &after.installation);
    if let Some(others) = difference.others(|address| *address == user.address) {
        return Err(cannot(others, &place));
    }
    if !difference.removed.contains(&user.address) {
        return Err(cannot("they would still be there".to_owned(), &place));
    }
    edits.write(&before)?;
    let mut done = vec![format!("Removed {} from {place}.", user.address)];
    if deletes_data {
        done.push(format!("Wrote a removed block that lets the profile of {} go with all it holds.", user.address));
    }
    Ok(Edited { done, notes: notes(&after, user, deletes_data) })
}

/// What stays of them, and what still names them.
fn notes(loaded: &Loaded, user: &Declared<User>, deletes_data: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if user.has_profile && !deletes_data {
        notes.push(format!(
            "Their profile {} stays while it holds anything: `stackwright plan` and `status` say what. To let it go, write\n\n\
             \x20 removed {{\n    from        = {}\n    delete_data = true\n  }}\n\nor apply with --allow-data-loss.",
            user.name, user.address
        ));
    }
    let others = loaded.installation.profiles.iter();
    for profile in others {
        let at = |path: &str| loaded.sources.locate(profile.place(path).span);
        if profile.contributors.contains_key(&user.email) {
            notes.push(format!(
                "{} is still a contributor of {} ({}).",
                user.email,
                profile.address,
                at("contributors")
            ));
        }
        if profile.owner == Owner::Email(user.email.clone()) {
            notes.push(format!("{} is still the owner of {} ({}).", user.email, profile.address, at("owner")));
        }
    }
    notes.push(
        "Whoever is logged in stays so until the session ends: the plan says how long that is, and how to end all at once."
            .to_owned(),
    );
    notes
}

/// Takes a block out with its lines, and one of the empty lines around it. Gives its file.
fn block(loaded: &Loaded, edits: &mut Edits, written: &Written, removed: Option<String>) -> String {
    let source = written.head.source;
    let text = loaded.sources.text(source);
    let mut start = text[..written.head.start].rfind('\n').map_or(0, |newline| newline + 1);
    let mut end = text[written.body.end..].find('\n').map_or(text.len(), |length| written.body.end + length + 1);
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let with = removed.map(|removed| removed.replace('\n', newline)).unwrap_or_default();
    if with.is_empty() {
        let is_empty = |line: &str| line.trim().is_empty();
        let next = text[end..].split_inclusive('\n').next();
        let before = text[..start].split_inclusive('\n').next_back();
        match (before, next) {
            (None, Some(line)) if is_empty(line) => end += line.len(),
            (Some(line), None) if is_empty(line) => start -= line.len(),
            (Some(line), Some(next)) if is_empty(line) && is_empty(next) => start -= line.len(),
            _ => {}
        }
    }
    edits.splice(loaded, Span::new(source, start..end), &with);
    loaded.sources.path(source).to_owned()
}

/// The file of the root module that a block about somebody belongs in.
fn root_file(loaded: &Loaded, user: &Declared<User>) -> String {
    let is_root = user.address.modules().next().is_none();
    let platform = loaded.installation.platforms.iter().find(|platform| platform.address == user.platform);
    let span = if is_root { user.span } else { platform.map_or(user.span, |platform| platform.span) };
    loaded.sources.path(span.source).to_owned()
}
