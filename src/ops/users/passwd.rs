//! Another password for somebody: its hash, where that is written, and else the word where it is.

use std::collections::BTreeMap;

use super::add::hashed;
use super::edits::Difference;
use super::edits::Edited;
use super::edits::Edits;
use super::edits::List;
use super::find;
use crate::config;
use crate::config::Declared;
use crate::config::Secret;
use crate::config::User;
use crate::diag::Span;
use crate::lang::Column;
use crate::lang::Repeated;
use crate::lang::Which;
use crate::lang::WrittenArgument;
use crate::lang::WrittenForm;
use crate::lang::quoted;
use crate::object::Key;
use crate::ops::Failure;
use crate::ops::Loaded;
use crate::ops::Request;
use crate::ops::configuration::load_edited;
use crate::ops::secrets;

/// Where the hash goes.
enum Place {
    /// In place of an expression.
    Value(Span),
    /// In place of a password in clear: its name, and its value.
    Password(Span, Span),
    Row {
        list: List,
        which: Which,
        field: String,
    },
}

/// Gives somebody another password. It is asked for when there is a place for its hash.
///
/// # Errors
/// There is no such person, or their password is not the configuration's to say: then it is told whose.
pub fn passwd(
    request: &Request,
    who: &str,
    password: impl FnOnce() -> Result<Secret, Failure>,
) -> Result<Edited, Failure> {
    let before = load_edited(request, &BTreeMap::new())?;
    let user = find(&before, who)?;
    let (place, at) = place(&before, user)?;
    let hash = hashed(&password()?)?;
    let mut edits = Edits::default();
    let by_hand = |cause: String| cannot(user, cause, format!("Set the hash yourself, at {at}."));
    match &place {
        Place::Value(span) => edits.splice(&before, *span, &quoted(hash.reveal())),
        Place::Password(name, value) => {
            // As wide as before, so that the equals signs stay in their column.
            edits.splice(&before, *name, "hash    ");
            edits.splice(&before, *value, &quoted(hash.reveal()));
        }
        Place::Row { list, which, field } => edits
            .list(&before, list, |rows| rows.set(which, field, hash.reveal()))
            .map_err(|reason| by_hand(format!("{reason} ({})", list.path)))?,
    }
    let after = edits.tried(request)?;
    let difference = Difference::between(&before.installation, &after.installation);
    if let Some(others) = difference.others(|address| *address == user.address) {
        return Err(by_hand(others));
    }
    let is_set = |user: &Declared<User>| user.credential == config::Credential::Hash(hash.clone());
    if !after.installation.users.iter().any(|one| one.address == user.address && is_set(one)) {
        return Err(by_hand("its value is not taken as it is written there".to_owned()));
    }
    secrets::learn_more(&[hash.reveal()]);
    edits.write(&before)?;
    let done = vec![format!("Set the hash of {}'s new password in {at}.", user.address)];
    Ok(Edited { done, notes: Vec::new() })
}

fn cannot(user: &Declared<User>, cause: impl Into<String>, help: impl Into<String>) -> Failure {
    let cause: String = cause.into();
    Failure::world(format!("Cannot set the password of {}", user.address), cause)
        .help(format!("Nothing was changed. {}", help.into()))
}

fn place(loaded: &Loaded, user: &Declared<User>) -> Result<(Place, String), Failure> {
    let written = loaded.written(&user.address);
    let Some(written) = written else { return Err(cannot(user, "it is not written in a block", "")) };
    let located = |span: Span| loaded.sources.locate(span);
    if let Some(hash) = written.arguments.get("hash").filter(|_| !takes_password(loaded, user)) {
        return match &hash.form {
            WrittenForm::Text => Ok((Place::Value(hash.value), located(hash.value))),
            WrittenForm::Column(column) => row(loaded, user, &written.repeated, column, hash),
            WrittenForm::Variable(name, rest) => variable(loaded, user, name, rest, hash.value, "hash"),
            WrittenForm::Other => Err(computed(loaded, user, hash.value)),
        };
    }
    let Some(password) = written.arguments.get("password") else {
        return Err(cannot(user, "nothing says one", "Give it a hash."));
    };
    match &password.form {
        WrittenForm::Text => Ok((Place::Password(password.name, password.value), located(password.value))),
        WrittenForm::Variable(name, rest) => variable(loaded, user, name, rest, password.value, "password"),
        WrittenForm::Column(_) => {
            let list = match &written.repeated {
                Some(Ok(repeated)) => List::of(loaded, &repeated.place).path,
                _ => located(password.value),
            };
            Err(cannot(
                user,
                format!("it stands in clear in {list}, and none is written so"),
                format!(
                    "Set it there, or give the rows a column hash and the block hash = each.value.hash ({}).",
                    located(password.value)
                ),
            ))
        }
        WrittenForm::Other => Err(computed(loaded, user, password.value)),
    }
}

/// Whether the one of both arguments that holds is the password.
fn takes_password(loaded: &Loaded, user: &Declared<User>) -> bool {
    let is_written = loaded.written(&user.address).is_some_and(|written| written.arguments.contains_key("password"));
    is_written && matches!(user.credential, config::Credential::Password(_))
}

fn computed(loaded: &Loaded, user: &Declared<User>, span: Span) -> Failure {
    let at = loaded.sources.locate(span);
    cannot(
        user,
        format!("it is computed, at {at}"),
        "Set it where its parts come from, or write hash = \"…\" in its place.",
    )
}

fn row(
    loaded: &Loaded,
    user: &Declared<User>,
    repeated: &Option<Result<Repeated, crate::lang::Unclear>>,
    column: &Column,
    argument: &WrittenArgument,
) -> Result<(Place, String), Failure> {
    let repeated = match repeated {
        Some(Ok(repeated)) => repeated,
        Some(Err(unclear)) => {
            let at = loaded.sources.locate(unclear.span);
            return Err(cannot(
                user,
                format!("{} ({at})", unclear.reason),
                format!("Set the hash where its rows come from ({at})."),
            ));
        }
        None => return Err(computed(loaded, user, argument.value)),
    };
    let (Some(which), Column::Field(field)) = (which(user, &repeated.key), column) else {
        return Err(computed(loaded, user, argument.value));
    };
    let [field] = field.as_slice() else { return Err(computed(loaded, user, argument.value)) };
    let list = List::of(loaded, &repeated.place);
    let at = list.path.clone();
    Ok((Place::Row { list, which, field: field.clone() }, at))
}

/// How the row of somebody is recognised.
pub(super) fn which(user: &Declared<User>, key: &Column) -> Option<Which> {
    let Some(Key::Name(name)) = user.address.key() else { return None };
    Some(match key {
        Column::Key => Which::Key(name.clone()),
        Column::Itself => Which::Itself(name.clone()),
        Column::Field(field) => match field.as_slice() {
            [field] => Which::Field(field.clone(), name.clone()),
            _ => return None,
        },
    })
}

/// A variable holds it. A hash in a file can be set there.
fn variable(
    loaded: &Loaded,
    user: &Declared<User>,
    name: &str,
    rest: &str,
    at: Span,
    what: &str,
) -> Result<(Place, String), Failure> {
    let place = loaded.assigned_at(name);
    if let Some(span) = place.filter(|_| what == "hash" && rest.is_empty()) {
        return Ok((Place::Value(span), loaded.sources.locate(span)));
    }
    let at = loaded.sources.locate(at);
    let whence = match place {
        Some(span) => format!("at {}", loaded.sources.locate(span)),
        None => format!("as STACKWRIGHT_VAR_{name}, or however it is given"),
    };
    Err(cannot(
        user,
        format!("it is the value of var.{name}{rest} ({at})"),
        format!("Give the variable the new {what} {whence}, or write hash = \"…\" in its place."),
    ))
}
