//! What people type who come from other tools and what is not taken here, with what to do instead. Not what we take: that
//! is in `arguments`.

use std::ffi::OsString;

/// Commands of Terraform, kubectl, Helm and kapp, as they are typed.
const COMMANDS: &[(&str, &str)] = &[
    ("init", "There is nothing to initialise: write the configuration and run `stackwright plan`."),
    ("get", "Modules are local directories and need not be fetched. What runs is shown by `stackwright status`."),
    ("state list", "`stackwright show` lists what is installed."),
    ("state show", "`stackwright show --json` prints what is recorded; `kubectl get -o yaml` the object itself."),
    ("state mv", "Write a `moved` block; the next apply follows it."),
    (
        "state rm",
        "`stackwright forget ADDRESS` lets go without deleting; a `removed` block does it in the configuration.",
    ),
    (
        "state pull",
        "The records are Secrets of the namespace stackwright-system; `stackwright show --json` prints them.",
    ),
    ("state push", "Records are never written by hand: `stackwright plan` compares them with what runs."),
    ("state", "The records lie in the cluster: `stackwright show`, `verify`, `forget`, and `moved` blocks."),
    ("force-unlock", "`stackwright unlock` shows who holds the lock, and breaks it."),
    ("refresh", "Every plan looks at what runs. `stackwright plan --refresh-only` shows what others changed."),
    ("taint", "`stackwright apply --replace ADDRESS` makes it anew."),
    ("untaint", "Nothing is marked: `--replace ADDRESS` holds for one run."),
    ("workspace", "Each configuration directory is an installation of its own."),
    ("providers", "`stackwright docs provider` describes the providers."),
    ("diff", "`stackwright plan` shows what an apply would change."),
    ("deploy", "`stackwright apply` brings everything there."),
    ("install", "`stackwright apply` installs and changes."),
    ("delete", "`stackwright destroy` removes everything; a block that is taken out removes what it made."),
    ("uninstall", "`stackwright destroy` removes everything."),
    ("template", "`stackwright render` prints the objects."),
    ("list", "`stackwright show` lists what is installed."),
    ("lint", "`stackwright validate` checks the configuration."),
    ("build", "`stackwright render` prints the objects."),
    ("login", "Who may enter a cluster stands in its kubeconfig."),
];

/// Flags, without their dashes.
const FLAGS: &[(&str, &str)] = &[
    (
        "input",
        "Only a terminal is asked for variables; elsewhere one without a value is an error. For approval give \
         --auto-approve, or apply a saved plan.",
    ),
    (
        "lock",
        "Whoever changes something takes the lock. Wait for another run with --lock-timeout 10m; `stackwright unlock` \
         breaks the lock of one that is dead.",
    ),
    ("refresh", "A plan is always made from what runs. --refresh-only shows only what others changed."),
    ("compact-warnings", "A warning is one line already, with its place."),
    ("generate-config-out", "Write the block, then `stackwright import ADDRESS OBJECT` takes the object over."),
    ("destroy", "`stackwright destroy` removes everything; `stackwright plan --destroy` shows it."),
    ("state", "The records lie in the cluster, in the namespace stackwright-system."),
    ("state-out", "The records lie in the cluster, in the namespace stackwright-system."),
    ("backend-config", "The records lie in the cluster; there is no backend to configure."),
    ("upgrade", "Nothing is fetched: the releases are in the program. `stackwright upgrade` moves to another one."),
    ("context", "Write it where it cannot be forgotten:\n\nprovider \"kubernetes\" {\n  context = \"NAME\"\n}"),
    ("kubeconfig", "Set KUBECONFIG, or write:\n\nprovider \"kubernetes\" {\n  kubeconfig = \"FILE\"\n}"),
    ("namespace", "Components know their namespaces; people's are `profile` blocks."),
    ("n", "Components know their namespaces; people's are `profile` blocks."),
    ("values", "Give variables: --var NAME=VALUE, --var-file FILE."),
    ("f", "Give the directory with --chdir DIR, and variables with --var-file FILE."),
    ("set", "Give variables: --var NAME=VALUE."),
    ("dry-run", "`stackwright plan` changes nothing, and asks the server whether it would take each change."),
    ("wait", "An apply always waits until everything serves; --wait-timeout says how long."),
    ("timeout", "--wait-timeout says how long an apply waits for what it made, --lock-timeout for another run."),
    ("y", "--auto-approve answers the question."),
    ("yes", "--auto-approve answers the question."),
    ("force", "Nothing is forced: --allow-data-loss agrees to what the plan says is lost."),
    ("q", "--log error says only what went wrong."),
    ("quiet", "--log error says only what went wrong."),
    ("v", "--log info says more, --log debug everything."),
    ("verbose", "--log info says more, --log debug everything."),
    ("color", "--no-color or NO_COLOR=1 prints without colour; a pipe never has any."),
    ("o", "--json prints what programs read."),
    ("output", "--json prints what programs read."),
];

/// What to do instead of what was typed, where that is a habit of another tool.
///
/// # Arguments
///
/// * `typed`: the words after the program's name, the command first and flags with two dashes.
/// * `culprit`: the word that was not understood.
pub fn instead(typed: &[OsString], culprit: &str) -> Option<&'static str> {
    if let Some(flag) = culprit.strip_prefix('-') {
        let name = flag.trim_start_matches('-').split('=').next().unwrap_or_default();
        return find(FLAGS, name);
    }
    let words = typed.iter().filter_map(|word| word.to_str()).skip_while(|word| *word != culprit);
    let words: Vec<&str> = words.take(2).collect();
    find(COMMANDS, &words.join(" ")).or_else(|| find(COMMANDS, culprit))
}

fn find(habits: &'static [(&str, &str)], typed: &str) -> Option<&'static str> {
    habits.iter().find(|(habit, _)| *habit == typed).map(|(_, instead)| *instead)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::arguments::Arguments;

    /// A habit that we have learnt is to be taken out here.
    #[test]
    fn no_habit_is_a_command_of_ours() {
        let definition = Arguments::command();
        for (habit, _) in COMMANDS {
            assert!(definition.find_subcommand(habit).is_none(), "{habit}");
        }
    }

    #[test]
    fn finds_what_to_do() {
        let typed: Vec<OsString> = ["state", "list"].map(OsString::from).into();
        assert!(instead(&typed, "state").is_some_and(|answer| answer.contains("show")));
        let typed: Vec<OsString> = ["state", "frobnicate"].map(OsString::from).into();
        assert!(instead(&typed, "state").is_some_and(|answer| answer.contains("moved")));
        assert!(instead(&[], "--lock=false").is_some_and(|answer| answer.contains("--lock-timeout")));
        assert_eq!(instead(&[], "--frob"), None);
    }
}
