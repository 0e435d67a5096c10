//! Manual pages, one for each command, made of the same definitions as the help.

use std::io;

use clap::Command;
use clap_mangen::Man;

/// Names of files and their text (roff), the program's own page first.
///
/// # Errors
/// None that can be met: the pages are written into memory.
pub fn pages(mut definition: Command) -> io::Result<Vec<(String, String)>> {
    definition.build();
    let mut pages = Vec::new();
    add(&definition, &mut pages)?;
    Ok(pages)
}

fn add(command: &Command, pages: &mut Vec<(String, String)>) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let mut text = Vec::new();
    Man::new(command.clone()).title(name.to_uppercase()).manual("Stackwright").render(&mut text)?;
    pages.push((format!("{name}.1"), String::from_utf8_lossy(&text).into_owned()));
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help") {
        add(inner, pages)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::arguments::Arguments;

    fn names(command: &Command, before: &str, found: &mut Vec<String>) {
        let name = format!("{before}{}", command.get_name());
        found.push(format!("{name}.1"));
        for inner in command.get_subcommands() {
            names(inner, &format!("{name}-"), found);
        }
    }

    #[test]
    fn every_command_has_a_page() {
        let mut expected = Vec::new();
        names(&Arguments::command(), "", &mut expected);
        let pages = pages(Arguments::command()).unwrap();
        let found: Vec<&String> = pages.iter().map(|(file, _)| file).collect();
        assert_eq!(found, expected.iter().collect::<Vec<_>>());
        assert!(found.iter().any(|file| *file == "stackwright-sandbox-serve.1"), "{found:?}");
    }

    #[test]
    fn pages_tell_what_the_help_tells() {
        let pages = pages(Arguments::command()).unwrap();
        let page = |file: &str| pages.iter().find(|(name, _)| name == file).map(|(_, text)| text.replace("\\-", "-"));
        let plan = page("stackwright-plan.1").unwrap();
        for part in [".TH STACKWRIGHT-PLAN 1", "Show what apply would change", "--detailed-exitcode", "--chdir"] {
            assert!(plan.contains(part), "{part}: {plan}");
        }
        assert!(page("stackwright.1").unwrap().contains("stackwright-apply(1)"));
    }
}
