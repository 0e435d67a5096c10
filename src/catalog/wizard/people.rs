//! How people prove who they are, as it is written: a variable that each run is given, or a hash in a file of its own.

use super::answer::Answer;
use super::interview::Answers;
use super::interview::text;
use crate::config::Secret;

/// The file with the values of hashes, that version control ignores.
pub const SECRETS: &str = "secrets.auto.hclvars";

/// One who logs in.
pub(super) struct Person {
    /// Name of the block: empty for the administrator.
    pub name: String,
    pub email: String,
    pub login: Login,
}

pub(super) enum Login {
    Generated,
    /// A variable of this name.
    Variable(String),
    /// A variable of this name, and its value.
    Hash(String, Secret),
}

/// Everybody, the administrator first.
pub(super) fn persons(answers: &Answers) -> Vec<Person> {
    let mut persons = vec![Person {
        name: String::new(),
        email: text(answers, "admin_email").to_owned(),
        login: match (text(answers, "admin_login"), text(answers, "admin_hash")) {
            ("variable", _) => Login::Variable("admin_password".into()),
            ("hash", hash) => Login::Hash("admin_hash".into(), Secret::new(hash)),
            _ => Login::Generated,
        },
    }];
    let names = match answers.get("users") {
        Some(Answer::Texts(names)) => names.as_slice(),
        _ => &[],
    };
    for name in names {
        let of = |question: &str| text(answers, &format!("users.{name}.{question}")).to_owned();
        let login = match of("login").as_str() {
            "hash" => Login::Hash(variable(name, "hash"), Secret::new(of("hash"))),
            _ => Login::Variable(variable(name, "password")),
        };
        persons.push(Person { name: name.clone(), email: of("email"), login });
    }
    persons
}

/// The name of a user's variable. The administrator has the plain name.
fn variable(name: &str, what: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name != "admin";
    format!("{}{}_{what}", if is_plain { "" } else { "user_" }, name.replace('-', "_"))
}
