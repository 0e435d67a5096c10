//! What people type who come from other tools and what is not taken here, with what to do instead. Not what we take: that
//! is in `arguments`.

use std::ffi::OsString;

/// Commands of Terraform, kubectl, Helm and kapp, as they are typed.
const COMMANDS: &[(&str, &str)] = &[
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
    ("state identities", "`stackwright show --json` prints what is recorded."),
    ("state replace-provider", "A resource names its provider itself: change `provider` in its block, and plan."),
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
    ("logout", "Who may enter a cluster stands in its kubeconfig."),
    ("env", "Each configuration directory is an installation of its own."),
    ("modules", "`stackwright graph` draws which module calls which, and what they declare."),
    ("metadata", "docs/language.md lists the functions; `stackwright docs` prints the blocks."),
    ("query", "`stackwright adopt` takes over what is there and the configuration describes."),
    ("explain", "`stackwright docs BLOCK` describes a block and its arguments."),
    (
        "describe",
        "`stackwright status ADDRESS` says what stands in its way; `stackwright docs BLOCK` describes a block.",
    ),
    ("logs", "`kubectl logs` prints them. `stackwright status ADDRESS` says which pod fails, and why."),
    ("create", "Write a block, as `stackwright docs` describes it, and `stackwright apply`."),
    ("edit", "Change the block, and `stackwright apply`: what is edited in the cluster is drift."),
    ("scale", "Change the block, and `stackwright apply`: what is scaled in the cluster is drift."),
    ("undo", "`stackwright rollback [REVISION]` goes back to a revision of `stackwright history`."),
    ("rollout", "`stackwright apply --replace ADDRESS` makes it anew; `stackwright status` shows whether it serves."),
    ("wait", "An apply waits until everything serves; `stackwright status --watch` shows it."),
    ("top", "`stackwright plan` says what pods request and nodes offer; `kubectl top` what they use."),
    ("up", "`stackwright apply` brings everything there."),
    ("down", "`stackwright destroy` removes everything."),
    ("ls", "`stackwright show` lists what is installed."),
    ("inspect", "`stackwright show` lists what is installed, `stackwright status` its health."),
    ("pull", "Nothing is fetched: the releases are in the program. `stackwright images` lists what nodes pull."),
    ("repo", "Nothing is fetched: the releases are in the program; `stackwright upgrade --list` lists them."),
    ("dependency", "`stackwright graph` draws what needs what."),
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
    ("all-namespaces", "An installation is looked at as a whole, in all its namespaces."),
    ("A", "An installation is looked at as a whole, in all its namespaces."),
    ("n", "Components know their namespaces; people's are `profile` blocks."),
    ("values", "Give variables: --var NAME=VALUE, --var-file FILE."),
    ("filename", "Give the directory with --chdir DIR, and variables with --var-file FILE."),
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
    ("colour", "--no-color or NO_COLOR=1 prints without colour; a pipe never has any."),
    ("color", "--no-color or NO_COLOR=1 prints without colour; a pipe never has any."),
    (
        "lock-timeout",
        "Only what changes something takes the lock, and waits for it: apply, destroy, upgrade, adopt, forget.",
    ),
    ("auto-approve", "Only what changes something asks: apply, destroy, upgrade, adopt, import, forget, restore."),
    (
        "target",
        "Addresses stand behind the command as they are, where it takes any: `stackwright status platform.ml.dex`.",
    ),
    ("l", "Name addresses, not labels: `stackwright status platform.ml.dex`, `stackwright plan --target user.alice`."),
    (
        "selector",
        "Name addresses, not labels: `stackwright status platform.ml.dex`, `stackwright plan --target user.alice`.",
    ),
    ("w", "`stackwright status --watch` shows it again every few seconds."),
    ("watch", "`stackwright status --watch` shows it again every few seconds."),
    ("draw-cycles", "A cycle is an error that names all that take part; there is no graph of one."),
    ("module-depth", "All modules are drawn; --target module.NAME draws one."),
    (
        "plan",
        "`stackwright show FILE` shows a saved plan; `stackwright graph --type apply` draws what one made now would do.",
    ),
    ("reconfigure", "The records lie in the cluster; there is no backend to configure."),
    ("migrate-state", "The records lie in the cluster; there is no backend to configure."),
    ("backend", "The records lie in the cluster; there is no backend to configure."),
    (
        "backup",
        "Each apply records a revision in the cluster: `stackwright history`. `stackwright backup` keeps data too.",
    ),
    ("plugin-dir", "Providers are in the program; there is nothing to install."),
    ("lockfile", "Providers and releases are in the program; there is nothing to lock."),
    ("from-module", "`stackwright init` writes a first configuration; --from takes over what is there."),
    ("allow-missing-config", "Write the block first: what is not in the configuration is not taken over."),
    ("config", "Give the directory with --chdir DIR."),
    ("concise", "What is unchanged is left out already; --full shows everything."),
    (
        "show-sensitive",
        "`stackwright output --raw NAME` prints one secret output, `render --show-secrets` objects with theirs.",
    ),
    ("create-namespace", "Components and profiles make their namespaces."),
    ("atomic", "A run that failed is gone on with by the next `stackwright apply`; nothing is rolled back."),
    ("server-side", "Every change is applied on the server's side, field by field."),
    ("force-conflicts", "The plan shows whose fields are taken over, before anything happens."),
    ("prune", "What is taken out of the configuration goes with the next apply."),
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
    fn no_habit_is_told_twice() {
        for habits in [COMMANDS, FLAGS] {
            let names: std::collections::BTreeSet<&str> = habits.iter().map(|(habit, _)| *habit).collect();
            assert_eq!(names.len(), habits.len());
        }
    }

    /// What is advised is something that can be typed: commands and long flags that the definition knows.
    #[test]
    fn what_is_advised_is_there() {
        let definition = Arguments::command();
        let mut flags: Vec<String> = vec!["help".into(), "version".into()];
        let mut open = vec![&definition];
        while let Some(command) = open.pop() {
            flags.extend(command.get_arguments().filter_map(|flag| flag.get_long().map(str::to_owned)));
            open.extend(command.get_subcommands());
        }
        let commands = regex::Regex::new("`stackwright ([a-z]+)").unwrap();
        let long = regex::Regex::new("(?:^|[^-a-z])--([a-z][a-z-]*)").unwrap();
        for (habit, instead) in COMMANDS.iter().chain(FLAGS) {
            for found in commands.captures_iter(instead) {
                assert!(definition.find_subcommand(&found[1]).is_some(), "{habit}: {instead}");
            }
            for found in long.captures_iter(instead) {
                assert!(flags.iter().any(|flag| *flag == found[1]), "{habit}: {instead}");
            }
        }
    }

    /// What Terraform and kubectl users type, as they type it, is there or answered.
    #[test]
    fn what_others_type_is_there_or_answered() {
        for typed in [
            "plan -input=false",
            "plan -lock=false",
            "plan -refresh=false",
            "plan -compact-warnings",
            "plan -generate-config-out=x.tf",
            "plan -lock-timeout=10s",
            "plan -destroy",
            "plan -concise",
            "apply -destroy",
            "apply -input=false",
            "apply -lock-timeout=10s",
            "apply -state=x",
            "apply -refresh-only",
            "state list",
            "state rm user.alice",
            "force-unlock 123",
            "init -upgrade",
            "init -reconfigure",
            "init -backend-config=x",
            "plan -q",
            "plan -v",
            "plan --color=always",
            "status --context=prod",
            "status --kubeconfig x",
            "status -n kubeflow",
            "status -A",
            "status -w",
            "show -o yaml",
            "graph -draw-cycles",
            "graph -type=plan",
            "validate -json",
            "logs dex",
            "explain platform",
        ] {
            let words: Vec<OsString> =
                std::iter::once("stackwright").chain(typed.split(' ')).map(OsString::from).collect();
            let words = crate::cli::argv::normalise(words, &Arguments::command());
            let Err(error) = Arguments::command().try_get_matches_from(&words) else { continue };
            let answer = crate::cli::with_habits(error, &words[1..]).to_string();
            let is_told = COMMANDS.iter().chain(FLAGS).any(|(_, instead)| {
                let word = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
                word(&answer).contains(&word(instead))
            });
            assert!(is_told, "{typed}: {answer}");
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
