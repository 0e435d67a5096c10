//! `init`: asks on a terminal; elsewhere answers come from flags and a file.

use std::path::Path;
use std::process::ExitCode;

use rustyline::Behavior;
use rustyline::CompletionType;
use rustyline::Context;
use rustyline::Editor;
use rustyline::Helper;
use rustyline::completion::Completer;
use rustyline::completion::Pair;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;

use super::block_on;
use super::request;
use crate::catalog::wizard::Ask;
use crate::catalog::wizard::Offer;
use crate::cli::arguments::Global;
use crate::cli::arguments::Init;
use crate::cli::error;
use crate::cli::flags::Variables;
use crate::cli::hidden::ask_hidden;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::terminal::say;
use crate::cli::view::questions;
use crate::ops;
use crate::ops::Asker;
use crate::ops::Failure;
use crate::ops::InitRequest;
use crate::ops::Origin;
use crate::ops::Reply;
use crate::ops::Summary;
use crate::ops::Written;

/// Typed to go back, and for more about a question.
const BACK: &str = "<";
const HELP: &str = "?";
const CLUSTER: &str = "cluster";

pub fn run(command: &Init, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let mut request = request(global, &Variables::default());
    // Files that are named are found from where the program is.
    let here = request.directory.clone();
    let named = |path: &Path| if here == Path::new(".") { path.to_owned() } else { here.join(path) };
    if let Some(directory) = &command.directory {
        request.directory = named(directory);
    }
    let from = command.from.as_deref().map(|from| match from == Path::new(CLUSTER) {
        true => Origin::Cluster,
        false => Origin::File(named(from)),
    });
    let init = InitRequest {
        request,
        set: command.set.clone(),
        answers: command.answers.as_deref().map(named),
        prices: command.prices.as_deref().map(named),
        from,
        defaults: command.defaults,
        offline: command.offline,
        force: command.force,
    };
    let asker: Option<Box<dyn Asker>> = match terminal.can_ask {
        true => Some(Box::new(Person::new(terminal)?)),
        false => None,
    };
    let written = block_on(ops::init(&init, asker))?;
    report(&written, &init, command, global, terminal);
    Ok(error::DONE.into())
}

/// What was written to stdout, what comes next to stderr.
fn report(written: &Written, init: &InitRequest, command: &Init, global: &Global, terminal: Terminal) {
    for file in &written.files {
        print(&format!("{}\n", tidy(&init.request.directory.join(file))));
    }
    if !terminal.can_ask {
        written.remarks.iter().for_each(|remark| say(&format!("note: {remark}\n")));
    }
    let directory = command.directory.as_deref().map(|directory| match &global.chdir {
        Some(chdir) => chdir.join(directory),
        None => directory.to_owned(),
    });
    let chdir = directory.or_else(|| global.chdir.clone()).map(|directory| tidy(&directory)).filter(|text| text != ".");
    say(&questions::next_commands(&written.variables, chdir.as_deref(), &written.provider, terminal.talk));
}

/// Without the `./` that a join leaves.
fn tidy(path: &Path) -> String {
    let text = path.display().to_string();
    text.strip_prefix("./").map(str::to_owned).unwrap_or(text)
}

/// A person on a terminal.
struct Person {
    editor: Editor<Choices, MemHistory>,
    terminal: Terminal,
    /// The heading that was shown last.
    heading: String,
    /// The question that was asked last: after a refusal it needs not be explained again.
    last: String,
}

impl Person {
    fn new(terminal: Terminal) -> Result<Self, Failure> {
        let cannot = |error: ReadlineError| Failure::world("Cannot read standard input", error.to_string());
        let config =
            rustyline::Config::builder().behavior(Behavior::PreferTerm).completion_type(CompletionType::List).build();
        let editor = Editor::with_history(config, MemHistory::new()).map_err(cannot)?;
        say(questions::WELCOME);
        Ok(Self { editor, terminal, heading: String::new(), last: String::new() })
    }

    fn line(&mut self, prompt: &str, choices: Vec<String>) -> Reply {
        self.editor.set_helper(Some(Choices(choices)));
        match self.editor.readline(prompt) {
            Ok(text) if text.trim() == BACK => {
                self.last.clear();
                Reply::Back
            }
            Ok(text) => Reply::Text(text),
            Err(_) => {
                say("\n");
                Reply::End
            }
        }
    }

    /// What comes before a question that was not asked just now. Whether it is such a one.
    fn head(&mut self, ask: &Ask) -> bool {
        if self.last == ask.key {
            return false;
        }
        self.last.clone_from(&ask.key);
        let heading = questions::heading(ask);
        say("\n");
        if heading != self.heading {
            say(&format!("{}\n", self.terminal.talk.bold(&heading)));
            self.heading = heading;
        }
        true
    }
}

impl Asker for Person {
    fn ask(&mut self, ask: &Ask, offer: &Offer, default: Option<&str>) -> Reply {
        let choices = questions::choices(ask, offer);
        if self.head(ask) {
            say(&questions::question(ask, &choices, self.terminal.talk));
        }
        let prompt = questions::prompt(ask, default);
        loop {
            let names = choices.iter().map(|(name, _)| name.clone()).collect();
            match self.line(&prompt, names) {
                Reply::Text(text) if text.trim() == HELP => say(&questions::help(ask, &choices)),
                Reply::Text(text) => return Reply::Text(questions::chosen(&text, &choices)),
                other => return other,
            }
        }
    }

    fn ask_secret(&mut self, ask: &Ask) -> Reply {
        self.head(ask);
        loop {
            let Some(first) = ask_hidden(&format!("{} (unseen): ", ask.title)) else { return Reply::End };
            if first == BACK {
                return Reply::Back;
            }
            let Some(second) = ask_hidden("The same once more: ") else { return Reply::End };
            if first == second {
                return Reply::Text(first);
            }
            self.refuse("the two are not the same");
        }
    }

    fn refuse(&mut self, reason: &str) {
        say(&format!(
            "{}\n",
            self.terminal.talk.red(&questions::wrapped(&format!("No: {}.", reason.trim_end_matches('.')), ""))
        ));
    }

    fn tell(&mut self, text: &str) {
        say(&format!("{}\n", questions::wrapped(text, "")));
    }

    fn confirm(&mut self, summary: &Summary) -> Reply {
        self.heading.clear();
        say(&questions::summary(summary, self.terminal.talk));
        self.line("Write this? [yes]: ", vec!["yes".into(), "no".into()])
    }
}

/// What Tab completes to.
struct Choices(Vec<String>);

impl Completer for Choices {
    type Candidate = Pair;

    fn complete(&self, line: &str, place: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let typed = line.get(..place).unwrap_or_default();
        // Of a list, the last part.
        let start = typed.rfind(',').map_or(0, |comma| comma + 1);
        let start = start + typed[start..].len() - typed[start..].trim_start().len();
        let fitting = self.0.iter().filter(|choice| choice.starts_with(&typed[start..]));
        Ok((start, fitting.map(|choice| Pair { display: choice.clone(), replacement: choice.clone() }).collect()))
    }
}

impl Hinter for Choices {
    type Hint = String;
}

impl Highlighter for Choices {}
impl Validator for Choices {}
impl Helper for Choices {}
