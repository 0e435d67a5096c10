//! What can be typed behind `user`. Flags for what is written of somebody come from the schema of their block, with its words.

use std::collections::BTreeMap;

use clap::Arg;
use clap::ArgAction;
use clap::ArgMatches;
use clap::Args;
use clap::FromArgMatches;
use clap::Subcommand;

use super::flags::Variables;
use crate::config::schema;
use crate::config::schema::Argument;
use crate::config::schema::Kind;
use crate::object::Address;

#[derive(Debug, Subcommand)]
pub enum User {
    /// Add somebody: write their block, or their row in the list that people come from
    Add(UserAdd),
    /// Set somebody's password: write its hash
    Passwd(UserPasswd),
    /// Remove somebody: take out their block or row
    Remove(UserRemove),
    /// List who can log in, their profiles, quotas and roles
    List(UserList),
    /// Write blocks for people who were let in by hand
    Import(UserImport),
}

#[derive(Debug, Args)]
pub struct UserAdd {
    /// The name of the user, their profile and its namespace
    pub name: String,
    #[command(flatten)]
    pub particulars: Particulars,
    /// Make them a contributor of a project: view, edit or admin; may be repeated
    #[arg(long, value_name = "PROJECT=ROLE")]
    pub contributor: Vec<String>,
    /// The platform, where there are several
    #[arg(long, value_name = "ADDRESS")]
    pub platform: Option<Address>,
    /// Read the password from stdin; without it, a terminal is asked
    #[arg(long)]
    pub password_stdin: bool,
    /// Write password = var.NAME in place of a hash, and declare the variable; no password is asked for
    #[arg(long, value_name = "NAME", conflicts_with = "password_stdin")]
    pub variable: Option<String>,
    /// Add them to what the for_each of this block reads, as user.team
    #[arg(long, value_name = "ADDRESS")]
    pub r#in: Option<Address>,
    /// Write a block of their own, whatever others come from
    #[arg(long, conflicts_with = "in")]
    pub own_block: bool,
    #[command(flatten)]
    pub variables: Variables,
}

#[derive(Debug, Args)]
pub struct UserPasswd {
    /// Their name, e-mail or address
    pub user: String,
    /// Read the password from stdin; without it, a terminal is asked
    #[arg(long)]
    pub password_stdin: bool,
    #[command(flatten)]
    pub variables: Variables,
}

#[derive(Debug, Args)]
pub struct UserRemove {
    /// Their name, e-mail or address
    pub user: String,
    /// Let their profile go with all it holds: write a removed block that says so
    #[arg(long)]
    pub delete_data: bool,
    #[command(flatten)]
    pub variables: Variables,
}

#[derive(Debug, Args)]
pub struct UserList {
    #[command(flatten)]
    pub variables: Variables,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct UserImport {
    /// Only these; without any, all who can log in and are in no user block
    #[arg(value_name = "EMAIL")]
    pub emails: Vec<String>,
    #[command(flatten)]
    pub variables: Variables,
}

/// What is written of somebody, by the names of the schema.
#[derive(Clone, Debug, Default)]
pub struct Particulars {
    pub arguments: BTreeMap<String, String>,
    /// `None` without a profile.
    pub quota: Option<BTreeMap<String, String>>,
}

const WITHOUT_PROFILE: &str = "no-profile";
const PROFILE: &str = "profile";

/// The arguments of a user's block that are plain texts and no secrets.
fn texts() -> impl Iterator<Item = &'static Argument> {
    let arguments = schema::block("user").into_iter().flat_map(|user| &user.arguments);
    arguments.filter(|argument| argument.kind == Kind::Text && !argument.sensitive && !argument.from_label)
}

/// Those of its profile, each a text by name.
fn maps() -> impl Iterator<Item = &'static Argument> {
    let profile = schema::block("user").and_then(|user| user.block(PROFILE));
    profile.into_iter().flat_map(|profile| &profile.arguments).filter(|argument| argument.kind == Kind::TextMap)
}

fn help(argument: &Argument) -> String {
    argument.documentation.trim_end_matches('.').replace('`', "")
}

impl Args for Particulars {
    fn augment_args(mut command: clap::Command) -> clap::Command {
        for argument in texts() {
            let flag = Arg::new(argument.name.as_str())
                .long(argument.name.replace('_', "-"))
                .value_name(argument.name.to_uppercase())
                .required(argument.required)
                .help(help(argument));
            command = command.arg(flag);
        }
        for argument in maps() {
            let flag = Arg::new(argument.name.as_str())
                .long(argument.name.replace('_', "-"))
                .value_name("NAME=AMOUNT")
                .action(ArgAction::Append)
                .value_parser(pair)
                .help(format!("{}; may be repeated", help(argument)));
            command = command.arg(flag);
        }
        let without = Arg::new(WITHOUT_PROFILE)
            .long(WITHOUT_PROFILE)
            .action(ArgAction::SetTrue)
            .conflicts_with_all(maps().map(|argument| argument.name.as_str()))
            .help("Write no profile: they get no namespace of their own");
        command.arg(without)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Particulars {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |argument: &Argument| {
            let text = matches.get_one::<String>(&argument.name)?;
            Some((argument.name.clone(), text.clone()))
        };
        let arguments = texts().filter_map(given).collect();
        let pairs =
            maps().flat_map(|argument| matches.get_many::<(String, String)>(&argument.name).into_iter().flatten());
        let quota = (!matches.get_flag(WITHOUT_PROFILE)).then(|| pairs.cloned().collect());
        Ok(Self { arguments, quota })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// `cpu=16`
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("\"{text}\" is not of the form NAME=VALUE")),
    }
}
