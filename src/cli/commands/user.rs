//! `user`

use std::process::ExitCode;

use serde_json::Value;
use serde_json::json;

use super::block_on;
use super::patiently;
use super::plan::quoted;
use super::request;
use crate::cli::arguments::Global;
use crate::cli::error;
use crate::cli::hidden::ask_hidden;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::terminal::say;
use crate::cli::user_arguments::User;
use crate::cli::user_arguments::UserAdd;
use crate::cli::user_arguments::UserImport;
use crate::cli::user_arguments::UserList;
use crate::cli::user_arguments::UserPasswd;
use crate::cli::user_arguments::UserRemove;
use crate::cli::user_arguments::pair;
use crate::cli::view::table;
use crate::config::Secret;
use crate::ops;
use crate::ops::Edited;
use crate::ops::Failure;
use crate::ops::LastLogin;
use crate::ops::Listed;
use crate::ops::NewCredential;
use crate::ops::NewUser;

pub fn run(command: &User, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    match command {
        User::Add(command) => add(command, global, terminal),
        User::Passwd(command) => passwd(command, global, terminal),
        User::Remove(command) => remove(command, global, terminal),
        User::List(command) => list(command, global, terminal),
        User::Import(command) => import(command, global, terminal),
    }
}

fn add(command: &UserAdd, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let roles = command.contributor.iter().map(|text| pair(text));
    let contributes =
        roles.collect::<Result<_, _>>().map_err(|reason| Failure::world("Cannot use --contributor", reason))?;
    let new = NewUser {
        name: command.name.clone(),
        arguments: command.particulars.arguments.clone(),
        quota: command.particulars.quota.clone(),
        contributes,
        platform: command.platform.clone(),
        within: command.r#in.clone(),
        own_block: command.own_block,
    };
    let credential = || match &command.variable {
        Some(variable) => Ok(NewCredential::Variable(variable.clone())),
        None => password(&command.name, command.password_stdin, terminal).map(NewCredential::Password),
    };
    let edited = ops::add_user(&request(global, &command.variables), &new, credential)?;
    Ok(told(&edited, global, true))
}

fn passwd(command: &UserPasswd, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let password = || password(&command.user, command.password_stdin, terminal);
    let edited = ops::set_password(&request(global, &command.variables), &command.user, password)?;
    Ok(told(&edited, global, true))
}

fn remove(command: &UserRemove, global: &Global, _: Terminal) -> Result<ExitCode, Failure> {
    let edited = ops::remove_user(&request(global, &command.variables), &command.user, command.delete_data)?;
    Ok(told(&edited, global, true))
}

fn import(command: &UserImport, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let request = request(global, &command.variables);
    let imported = block_on(patiently(terminal, ops::import_users(&request, &command.emails)))?;
    if imported.is_nobody {
        say("Everybody who can log in is in the configuration.\n");
        return Ok(error::DONE.into());
    }
    let any = !imported.edited.done.is_empty();
    told(&imported.edited, global, any);
    Ok(if any { error::DONE } else { error::FAILED }.into())
}

/// Says what was done, what there is to know, and what comes next.
fn told(edited: &Edited, global: &Global, has_next: bool) -> ExitCode {
    edited.done.iter().for_each(|done| say(&format!("{done}\n")));
    edited.notes.iter().for_each(|note| say(&format!("\n{note}\n")));
    if has_next {
        let place: String = global.chdir.iter().map(|path| format!("--chdir {} ", quoted(path))).collect();
        say(&format!(
            "\nTo see what that changes, and to do it:\n\n  stackwright {place}plan\n  stackwright {place}apply\n"
        ));
    }
    error::DONE.into()
}

/// A password from the terminal, typed twice and not shown, or from stdin.
fn password(whose: &str, from_stdin: bool, terminal: Terminal) -> Result<Secret, Failure> {
    let cannot = |cause: &str| Failure::world(format!("There is no password for {whose}"), cause);
    if terminal.can_ask {
        let typed = ask_hidden(&format!("New password for {whose}: ")).map(Secret::new);
        let typed = typed.filter(|typed| !typed.reveal().is_empty()).ok_or_else(|| cannot("nothing was typed"))?;
        let again = ask_hidden("Once more: ").map(Secret::new);
        return match again == Some(typed.clone()) {
            true => Ok(typed),
            false => Err(cannot("the two are not the same").help("Nothing was changed.")),
        };
    }
    if !from_stdin {
        return Err(cannot("nobody can be asked: this is no terminal")
            .help("Give it on stdin: `… --password-stdin < FILE`. It is never an argument, which others could see."));
    }
    let text = Secret::new(ops::read_standard_input()?);
    let line = text.reveal().strip_suffix('\n').unwrap_or(text.reveal());
    let line = line.strip_suffix('\r').unwrap_or(line);
    match line {
        "" => Err(cannot("stdin is empty")),
        line if line.contains('\n') => Err(cannot("stdin has more than one line")),
        line => Ok(Secret::new(line)),
    }
}

fn list(command: &UserList, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let request = request(global, &command.variables);
    let all = block_on(patiently(terminal, ops::list_users(&request)))?;
    if command.json {
        let users: Vec<Value> = all.iter().map(listed_json).collect();
        print(&format!("{:#}\n", json!({"format_version": "1.0", "users": users})));
        return Ok(error::DONE.into());
    }
    let rows: Vec<Vec<String>> = all.iter().map(|one| row(one, terminal)).collect();
    print(&table(&["NAME", "EMAIL", "ADDRESS", "LOG-IN", "PROFILE", "USED", "CONTRIBUTORS", "LAST LOG-IN"], &rows));
    if all.iter().any(|one| one.last_login == LastLogin::Unknown) {
        say(
            "\nLAST LOG-IN is unknown where Dex has kept nothing of it: it keeps only tokens that outlive a session.\n",
        );
    }
    if all.iter().any(|one| one.address.is_none()) {
        let place: String = global.chdir.iter().map(|path| format!("--chdir {} ", quoted(path))).collect();
        say(&format!(
            "\nWho has no address is in no user block, and is taken out by the next apply. To keep them:\n\n  stackwright \
             {place}user import\n"
        ));
    }
    Ok(error::DONE.into())
}

fn row(one: &Listed, terminal: Terminal) -> Vec<String> {
    let paint = terminal.paint;
    let login = match (one.can_log_in, one.has_other_hash) {
        (None, _) => "unknown".to_owned(),
        (Some(false), _) => paint.yellow("not yet"),
        (Some(true), true) => paint.yellow("other password"),
        (Some(true), false) => "yes".to_owned(),
    };
    let profile = one.profile.as_ref().map_or("-".to_owned(), |profile| match profile.is_there {
        Some(true) => profile.name.clone(),
        Some(false) => format!("{} (not yet)", profile.name),
        None => format!("{} (unknown)", profile.name),
    });
    let quota = one.profile.iter().flat_map(|profile| &profile.quota);
    let quota: Vec<String> = quota.map(|(name, (used, hard))| format!("{name} {used}/{hard}")).collect();
    let contributors = one.profile.iter().flat_map(|profile| &profile.contributors);
    let mut roles: Vec<String> = contributors.map(|(email, role)| format!("{email} ({role})")).collect();
    roles.extend(one.contributes.iter().map(|(project, role)| format!("{role} in {project}")));
    let address = one.address.as_ref().map_or_else(|| paint.yellow("none"), ToString::to_string);
    let last = match &one.last_login {
        LastLogin::Unknown => "unknown".to_owned(),
        LastLogin::At(at) => at.clone(),
    };
    let or_none = |list: Vec<String>| if list.is_empty() { "-".to_owned() } else { list.join(", ") };
    vec![one.name.clone(), one.email.clone(), address, login, profile, or_none(quota), or_none(roles), last]
}

fn listed_json(one: &Listed) -> Value {
    let profile = one.profile.as_ref().map(|profile| {
        let quota: serde_json::Map<String, Value> = profile
            .quota
            .iter()
            .map(|(name, (used, hard))| (name.clone(), json!({"used": used, "hard": hard})))
            .collect();
        json!({"name": profile.name, "exists": profile.is_there, "quota": quota, "contributors": profile.contributors})
    });
    let last = match &one.last_login {
        LastLogin::Unknown => Value::Null,
        LastLogin::At(at) => Value::from(at.clone()),
    };
    json!({
        "platform": one.platform.to_string(),
        "address": one.address.as_ref().map(ToString::to_string),
        "name": one.name,
        "email": one.email,
        "can_log_in": one.can_log_in,
        "password_differs": one.has_other_hash,
        "profile": profile,
        "contributes_to": one.contributes,
        "last_login": last,
    })
}
