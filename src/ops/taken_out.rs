//! Whom a plan takes out of the login, and who had let them in.

use std::collections::BTreeSet;

use crate::catalog;
use crate::catalog::Login;
use crate::plan::Action;
use crate::plan::Change;
use crate::plan::Plan;

/// People who are in the login's configuration and not in what the plan writes: those whom somebody else has put there, with
/// who that was, and those whom we have.
pub(super) fn taken_out(login: &Login, plan: &Plan) -> (Vec<(String, String)>, Vec<String>) {
    let is_gone = |change: &&Change| matches!(change.action, Action::Delete | Action::Forget);
    let passwords = || plan.changes.iter().filter(|change| catalog::is_password_id(&change.id));
    let gone = passwords().filter(is_gone).filter_map(|change| catalog::password_user(change.before.as_ref()?));
    let objects: BTreeSet<&str> =
        passwords().filter(|change| !is_gone(change)).map(|change| change.id.name.as_str()).collect();
    let mut taken_out = (Vec::new(), gone.map(|(person, _)| person).collect());
    let Some(change) = plan.changes.iter().find(|change| change.id == login.configuration) else { return taken_out };
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return taken_out };
    let writer = change.fields.iter().find_map(|field| field.taken_from.clone());
    let writer = writer.or_else(|| change.take_over.first().cloned()).unwrap_or_else(|| "somebody".to_owned());
    let is_ours = |user: &catalog::DexUser| {
        let is_admin = user.env == login.admin_key && change.action != Action::Adopt;
        is_admin || !user.env.is_empty() && user.env == login.key_of(&user.username)
    };
    let wanted = catalog::dex_users(Some(after), &login.key, None);
    taken_out.1.retain(|person| !wanted.contains_key(person));
    // Many people move to objects of their own.
    let is_wanted = |person: &str| {
        wanted.contains_key(person)
            || catalog::password_name(person).is_some_and(|name| objects.contains(name.as_str()))
    };
    for (person, user) in catalog::dex_users(Some(before), &login.key, None) {
        match is_ours(&user) {
            _ if is_wanted(&person) || taken_out.1.contains(&person) => {}
            true => taken_out.1.push(person),
            false => taken_out.0.push((person, writer.clone())),
        }
    }
    taken_out
}
