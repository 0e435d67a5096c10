//! Brings a typed command line into the form the argument parser expects. Knows no flag by name: it asks the definition.
//!
//! Terraform's habits: long flags with a single dash (`-auto-approve`, `-var-file=x`), and flags before the command.

use std::ffi::OsString;

use clap::Command;

/// The same command line with double dashes, the command first.
///
/// Arguments after `--` stay as they are.
pub fn normalise(arguments: Vec<OsString>, definition: &Command) -> Vec<OsString> {
    let mut arguments = arguments.into_iter();
    let mut result: Vec<OsString> = arguments.next().into_iter().collect();
    let rest: Vec<OsString> = double_dashes(arguments.collect(), definition);
    let (leading, following) = split_at_command(rest, definition);
    let Some((command, following)) = following.split_first() else {
        result.extend(leading);
        return result;
    };
    result.push(command.clone());
    // A command of commands (`sandbox serve`) keeps its second word first.
    let nested = definition
        .find_subcommand(command)
        .is_some_and(|found| following.first().is_some_and(|word| found.find_subcommand(word).is_some()));
    let (words, following) = following.split_at(usize::from(nested));
    result.extend_from_slice(words);
    result.extend(leading);
    result.extend_from_slice(following);
    result
}

fn double_dashes(arguments: Vec<OsString>, definition: &Command) -> Vec<OsString> {
    let (mut literal, mut is_value) = (false, false);
    arguments
        .into_iter()
        .map(|argument| {
            literal |= argument == "--";
            let Some(text) = argument.to_str().filter(|_| !literal && !is_value) else {
                is_value = false;
                return argument;
            };
            let text = if is_single_dash_flag(text) { format!("-{text}") } else { text.to_owned() };
            is_value = text.strip_prefix("--").is_some_and(|name| takes_value(name, definition) == Some(true));
            text.into()
        })
        .collect()
}

/// Whether it can only be meant as a long flag, known or not: no short flag of ours is followed by anything.
fn is_single_dash_flag(text: &str) -> bool {
    let name = text.strip_prefix('-').unwrap_or_default();
    let name = name.split_once('=').map_or(name, |(name, _)| name);
    name.chars().count() > 1 && name.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Whether the long flag `name` of any command needs a value; `None` where no command has it.
fn takes_value(name: &str, definition: &Command) -> Option<bool> {
    let needs = |argument: &clap::Arg| {
        argument.get_action().takes_values() && argument.get_num_args().is_none_or(|range| range.min_values() > 0)
    };
    let own = definition.get_arguments().find(|a| a.get_long() == Some(name)).map(needs);
    own.or_else(|| definition.get_subcommands().find_map(|command| takes_value(name, command)))
}

fn split_at_command(arguments: Vec<OsString>, definition: &Command) -> (Vec<OsString>, Vec<OsString>) {
    let mut at = 0;
    while at < arguments.len() {
        let Some(text) = arguments[at].to_str() else { break };
        let Some(flag) = text.strip_prefix("--").filter(|flag| !flag.is_empty()) else { break };
        let separate_value = !flag.contains('=') && takes_value(flag, definition) == Some(true);
        at += 1 + usize::from(separate_value);
    }
    let mut leading = arguments;
    let following = leading.split_off(at.min(leading.len()));
    (leading, following)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::arguments::Arguments;

    fn check(typed: &str, expected: &str) {
        let arguments = std::iter::once("stackwright").chain(typed.split_whitespace()).map(OsString::from).collect();
        let result = normalise(arguments, &Arguments::command());
        let text: Vec<&str> = result.iter().skip(1).filter_map(|a| a.to_str()).collect();
        assert_eq!(text.join(" "), expected, "{typed}");
    }

    #[test]
    fn terraform_habits() {
        check("apply -auto-approve", "apply --auto-approve");
        check("-chdir=x plan -var a=b", "plan --chdir=x --var a=b");
        check("--chdir x plan", "plan --chdir x");
        check("-chdir x -no-color plan -out=p", "plan --chdir x --no-color --out=p");
        check("-auto-approve apply", "apply --auto-approve");
        check("--chdir x sandbox serve --listen 127.0.0.1:1", "sandbox serve --chdir x --listen 127.0.0.1:1");
        check("fmt -", "fmt -");
        check("fmt -check -list=false a.hcl", "fmt --check --list=false a.hcl");
        check("plan -- -out=x", "plan -- -out=x");
        check("-help", "--help");
        check("-version", "--version");
        check("plan -markdown -json", "plan --markdown --json");
        check("plan -frob", "plan --frob");
        check("plan -out -frob -frob", "plan --out -frob --frob");
        check("forget -1", "forget -1");
        check("", "");
    }
}
