//! The people of a Dex: who is the administrator, who a user, with which hash.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;
use serde_json::json;

use super::Found;
use super::Live;
use crate::catalog::Login;
use crate::catalog::Rendered;
use crate::catalog::credential::DexUser;
use crate::catalog::credential::dex_users;
use crate::catalog::manifest;
use crate::config::rules;
use crate::object::Object;

/// Where a Dex's configuration lies, by upstream's habit, if a file does not say it.
const KEY: &str = "config.yaml";

/// The people of the Dex that runs.
///
/// # Arguments
///
/// * `rendered`: the platform as it would be; tells where its Dex keeps people.
pub fn people(rendered: &Rendered, live: &Live) -> Found {
    let Some(login) = &rendered.login else { return Found::default() };
    let configuration = live.get(&login.configuration);
    let Some(config) = configuration else {
        let mut found = Found::default();
        found.remarks.push(format!("People: there is no {}.", login.configuration));
        return found;
    };
    let is_generated = rendered.credentials.iter().filter_map(|one| one.kept_in.as_ref()).any(|kept| live.has(kept));
    let text = config.get("/data").and_then(|data| data.get(&login.key)).and_then(Value::as_str).unwrap_or_default();
    let users = dex_users(Some(config), &login.key, live.get(&login.passwords));
    let own = own_namespaces(live);
    found(text, users, Some(login), is_generated, &own)
}

/// The people of a Dex configuration in a file: the configuration itself, or manifests with its ConfigMap and Secret.
///
/// # Errors
/// It cannot be read, or is no such thing.
pub fn people_of_file(text: &str) -> Result<Found, String> {
    let documents = manifest::parse(text).map_err(|error| match error.line {
        Some(line) => format!("line {line}: {}", error.message),
        None => error.message,
    })?;
    let of_kind = |kind: &str| {
        let found = documents.iter().find(|document| document["kind"] == kind);
        found.and_then(|document| Object::from_value(document.clone()).ok())
    };
    let inner = of_kind("ConfigMap").and_then(|map| {
        let data = map.get("/data")?.as_object()?.values().filter_map(Value::as_str);
        data.into_iter().find(|text| text.contains("staticPasswords") || text.contains("issuer")).map(str::to_owned)
    });
    let text = inner.as_deref().unwrap_or(text);
    let parsed = manifest::parse(text).unwrap_or_default();
    if !parsed.iter().any(|one| one.get("staticPasswords").is_some() || one.get("issuer").is_some()) {
        return Err("it is no Dex configuration: it has neither issuer nor staticPasswords".into());
    }
    let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "dex"}, "data": {KEY: text}});
    let config = Object::from_value(config).map_err(|error| error.to_string())?;
    let users = dex_users(Some(&config), KEY, of_kind("Secret").as_ref());
    Ok(found(text, users, None, false, &BTreeMap::new()))
}

/// The namespace of each person who owns exactly what a user's own is: by lower-case e-mail, the best first.
fn own_namespaces(live: &Live) -> BTreeMap<String, Vec<&str>> {
    let mut own: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for profile in live.of("Profile") {
        let is_user = profile.annotation("stackwright.io/owner").is_some_and(|owner| owner.starts_with("user."));
        let names = own.entry(profile.text("/spec/owner/name").to_lowercase()).or_default();
        names.insert(if is_user { 0 } else { names.len() }, profile.name());
    }
    own
}

fn found(
    text: &str,
    users: BTreeMap<String, DexUser>,
    login: Option<&Login>,
    is_generated: bool,
    own: &BTreeMap<String, Vec<&str>>,
) -> Found {
    let mut found = Found::default();
    connectors(text, &mut found);
    let order = order(text);
    let is_admin = |(_, env): &&(String, String)| login.is_some_and(|login| *env == login.admin_key);
    let admin = order.iter().find(is_admin).or(order.first()).map(|(email, _)| email.clone());
    let mut names = BTreeSet::new();
    for (email, _) in &order {
        let Some(user) = users.get(email) else { continue };
        if let Err(reason) = rules::email(email) {
            found.remarks.push(format!("Person {email} is left out: {reason}."));
            continue;
        }
        let is_admin = admin.as_ref() == Some(email);
        let name = if is_admin { String::new() } else { name_of(email, user, own, &names) };
        let prefix = if is_admin { String::new() } else { format!("users.{name}.") };
        let key = |question: &str| if is_admin { format!("admin_{question}") } else { format!("{prefix}{question}") };
        found.answer(key("email"), email.as_str());
        match rules::bcrypt_hash(user.hash.reveal()) {
            _ if is_admin && is_generated => found.answer(key("login"), "generated"),
            Ok(()) => {
                found.answer(key("login"), "hash");
                found.answer(key("hash"), user.hash.reveal());
            }
            Err(reason) => {
                found.answer(key("login"), if is_admin { "generated" } else { "variable" });
                let then = if is_admin { "a password is generated" } else { "the password is a variable" };
                found.remarks.push(format!("The hash of {email} is not taken over: {reason}; {then}."));
            }
        }
        if !is_admin {
            found.answer(key("namespace"), own.get(email).is_some_and(|all| all.contains(&name.as_str())));
            if login.is_none() && !user.user_id.is_empty() {
                found.answer(key("user_id"), user.user_id.as_str());
            }
            names.insert(name);
        }
    }
    found
}

/// E-mail in small letters and environment key of each person, in the order of the text.
fn order(text: &str) -> Vec<(String, String)> {
    let documents = manifest::parse(text).unwrap_or_default();
    let lists = documents.iter().filter_map(|one| one.get("staticPasswords")?.as_array());
    let field = |entry: &Value, name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    lists.flatten().map(|entry| (field(entry, "email").to_lowercase(), field(entry, "hashFromEnv"))).collect()
}

/// What somebody is called: as their namespace, as in Dex, or as their e-mail begins.
fn name_of(email: &str, user: &DexUser, own: &BTreeMap<String, Vec<&str>>, taken: &BTreeSet<String>) -> String {
    let local: String = email
        .split('@')
        .next()
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let local = local.trim_matches('-').to_owned();
    let candidates = own.get(email).into_iter().flatten().map(|name| (*name).to_owned());
    let candidates = candidates.chain([user.username.to_lowercase(), local.clone()]);
    let is_free = |name: &String| !taken.contains(name) && is_label(name);
    let found = candidates.into_iter().find(is_free);
    found.or_else(|| (2..).map(|n| format!("{local}-{n}")).find(is_free)).unwrap_or(local)
}

fn is_label(name: &str) -> bool {
    rules::named("label").is_some_and(|rule| rule.text(name).is_ok())
}

/// Other ways to log in are told by name.
fn connectors(text: &str, found: &mut Found) {
    let documents = manifest::parse(text).unwrap_or_default();
    let lists = documents.iter().filter_map(|one| one.get("connectors")?.as_array());
    for connector in lists.flatten() {
        let field = |name: &str| connector.get(name).and_then(Value::as_str).unwrap_or("?").to_owned();
        found.remarks.push(format!(
            "Connector \"{}\" of type {} is not taken over: this version has no connectors.",
            field("name"),
            field("type")
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$2y$12$ruoM7FqXrpVgaol44eRZW.4HWS8SAvg6KYVVSCIwKQPBmTpCm.EeO";

    fn check(text: &str, expected: &[(&str, Value)], remarks: &[&str]) {
        let found = people_of_file(text).unwrap_or_default();
        let answers: Vec<(&str, Value)> =
            found.answers.iter().map(|(name, given)| (name.as_str(), given.value.clone())).collect();
        assert_eq!((answers.as_slice(), found.remarks), (expected, remarks.iter().map(|r| (*r).to_owned()).collect()));
    }

    #[test]
    fn a_dex_configuration_names_people_and_connectors() {
        let text = format!(
            "issuer: http://dex\nstaticPasswords:\n- {{email: Root@Example.com, hash: {HASH}}}\n- {{email: a.b@example.com, \
             hash: {HASH}, userID: 12}}\n- {{email: a-b@example.com, hash: weak, username: A B}}\nconnectors:\n- {{type: ldap, \
             name: Corp, config: {{bindPW: canary}}}}\n"
        );
        check(
            &text,
            &[
                ("admin_email", json!("root@example.com")),
                ("admin_login", json!("hash")),
                ("admin_hash", json!(HASH)),
                ("users.a-b.email", json!("a.b@example.com")),
                ("users.a-b.login", json!("hash")),
                ("users.a-b.hash", json!(HASH)),
                ("users.a-b.namespace", json!(false)),
                ("users.a-b.user_id", json!("12")),
                ("users.a-b-2.email", json!("a-b@example.com")),
                ("users.a-b-2.login", json!("variable")),
                ("users.a-b-2.namespace", json!(false)),
            ],
            &[
                "Connector \"Corp\" of type ldap is not taken over: this version has no connectors.",
                "The hash of a-b@example.com is not taken over: it is not a bcrypt hash, which looks like $2y$12$ and 53 \
                 more characters; the password is a variable.",
            ],
        );
    }

    #[test]
    fn manifests_hold_a_configuration_too() {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: dex}}\ndata:\n  config.yaml: |\n    issuer: a\n    staticPasswords:\n    \
             - {{email: a@example.com, hashFromEnv: K}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {{name: p}}\nstringData:\n  K: {HASH}\n"
        );
        check(
            &text,
            &[("admin_email", json!("a@example.com")), ("admin_login", json!("hash")), ("admin_hash", json!(HASH))],
            &[],
        );
        assert!(people_of_file("a: b\n").is_err() && people_of_file("a: [").is_err());
    }
}
