//! Writes a first configuration: asks or takes answers, checks each at once with what cluster and cloud have, and writes.
//!
//! What is asked and what text comes of it is decided in [`wizard`]; what an installation that runs is, in
//! [`recognise`](crate::catalog::recognise). Who asks is the caller's: nobody, or a terminal.

mod answers;
mod finding;
mod offers;
mod saving;
mod summary;

use std::path::PathBuf;

use super::Failure;
use super::Request;
use super::configuration::catalog;
use super::configuration::load_texts;
use crate::catalog::Catalog;
use crate::catalog::wizard;
use crate::catalog::wizard::Answer;
use crate::catalog::wizard::Ask;
use crate::catalog::wizard::Files;
use crate::catalog::wizard::Interview;
use crate::catalog::wizard::Offer;
use crate::catalog::wizard::Prices;
use crate::config::Facts;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use offers::World;

pub use summary::Summary;

/// The cost of a hash that is made here, as of those that an apply makes.
const COST: u32 = 12;

/// What to write.
#[derive(Clone, Debug, Default)]
pub struct InitRequest {
    /// Its directory is the one to write into.
    pub request: Request,
    /// `NAME=VALUE`, in the order in which they were typed.
    pub set: Vec<String>,
    pub answers: Option<PathBuf>,
    pub prices: Option<PathBuf>,
    pub from: Option<Origin>,
    /// Take what holds where nobody answers, and ask only for what has no such thing.
    pub defaults: bool,
    /// Neither a cluster nor a cloud is asked.
    pub offline: bool,
    /// Overwrite what is there.
    pub force: bool,
}

/// What an installation is taken over from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// What runs in the cluster.
    Cluster,
    /// A Dex configuration.
    File(PathBuf),
}

/// A reply to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Empty for what holds where nobody answers.
    Text(String),
    Back,
    /// Ctrl-C, or the end of input.
    End,
}

/// Who asks a person.
pub trait Asker {
    /// Asks one question.
    fn ask(&mut self, ask: &Ask, offer: &Offer, default: Option<&str>) -> Reply;

    /// Asks for a secret, unseen.
    fn ask_secret(&mut self, ask: &Ask) -> Reply;

    /// Says why an answer is not taken.
    fn refuse(&mut self, reason: &str);

    /// Says what was found out.
    fn tell(&mut self, text: &str);

    /// Shows what will be written and asks whether it shall be. An empty text is yes.
    fn confirm(&mut self, summary: &Summary) -> Reply;
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Names of files, in the directory.
    pub files: Vec<String>,
    /// Secret variables that each run is to be given.
    pub variables: Vec<String>,
    pub remarks: Vec<String>,
    pub provider: String,
}

/// Asks, checks and writes.
///
/// # Errors
/// Answers are missing or wrong (all of them at once where nobody can be asked), files are in the way, or the person
/// ends it. Nothing was written then.
pub async fn init(init: &InitRequest, asker: Option<Box<dyn Asker>>) -> Result<Written, Failure> {
    saving::check_free(init)?;
    let catalog = catalog(&init.request)?;
    let mut sources = Sources::new();
    let (facts, _) = catalog.facts(&mut Sources::new());
    let (given, mut diagnostics) = answers::given(init, &mut sources)?;
    let prices = answers::prices(init, &mut sources, &mut diagnostics)?;
    let is_from_cluster = init.from == Some(Origin::Cluster);
    let (interview, findings) = Interview::new(&facts, given, is_from_cluster);
    diagnostics.extend(findings);
    if diagnostics.has_errors() {
        return Err(Failure::Answers(diagnostics, Box::new(sources)));
    }
    let mut run = Run {
        init,
        catalog: &catalog,
        facts: &facts,
        interview,
        world: World::default(),
        asker,
        diagnostics,
        sources,
        failed: Vec::new(),
        remarks: Vec::new(),
        is_looked_at: !is_from_cluster,
        prices,
    };
    run.take_file()?;
    let files = loop {
        run.converse().await?;
        let files = run.checked()?;
        match run.confirm(&files)? {
            true => break files,
            false => continue,
        }
    };
    let written = saving::write(init, &files)?;
    let provider = run.interview.text("provider").to_owned();
    Ok(Written { files: written, variables: files.variables, remarks: run.remarks, provider })
}

struct Run<'a> {
    init: &'a InitRequest,
    catalog: &'a Catalog,
    facts: &'a Facts,
    interview: Interview<'a>,
    world: World,
    asker: Option<Box<dyn Asker>>,
    diagnostics: Diagnostics,
    sources: Sources,
    /// Questions whose answers were not taken.
    failed: Vec<String>,
    remarks: Vec<String>,
    is_looked_at: bool,
    prices: Option<Prices>,
}

impl Run<'_> {
    /// Until there is no question without an answer.
    async fn converse(&mut self) -> Result<(), Failure> {
        while let Some(ask) = self.interview.next() {
            if !self.is_looked_at && !ask.section.is_empty() && !is_of_cluster(&ask) {
                self.is_looked_at = true;
                if self.diagnostics.has_errors() {
                    break;
                }
                self.look().await?;
                continue;
            }
            let offer = self.offer(&ask).await?;
            if let Some(given) = self.interview.given(&ask, &offer) {
                let refused = match given {
                    Ok(answer) => match self.accept(&ask, &answer).await {
                        Ok(()) => {
                            self.take(&ask, answer, false);
                            continue;
                        }
                        Err(reason) => self.refused(&ask, &reason),
                    },
                    Err(finding) => finding,
                };
                match &mut self.asker {
                    Some(asker) => asker.refuse(&refused.detail),
                    None => {
                        self.diagnostics.push(refused);
                        self.failed.push(ask.key.clone());
                        self.interview.take(&ask, Answer::Nothing, false);
                        continue;
                    }
                }
            } else if self.is_left_alone(&ask, &offer) {
                self.take_default(&ask, &offer).await;
                continue;
            }
            self.ask(&ask, &offer).await?;
        }
        self.diagnostics.extend(self.interview.unused(&self.failed));
        match self.diagnostics.has_errors() {
            true => Err(Failure::Answers(std::mem::take(&mut self.diagnostics), Box::new(self.sources.clone()))),
            false => Ok(()),
        }
    }

    /// Whether nobody is asked.
    fn is_left_alone(&self, ask: &Ask, offer: &Offer) -> bool {
        let has_default = !ask.required || self.interview.default(ask, offer).is_some();
        let has_nothing = ask.wants_offer && offer.choices.is_empty();
        ask.is_only_given || has_nothing || self.asker.is_none() || self.init.defaults && has_default
    }

    /// Where nobody is asked: what holds then, or what is missing.
    async fn take_default(&mut self, ask: &Ask, offer: &Offer) {
        let default = self.interview.default(ask, offer);
        let answer = match &default {
            None if ask.required => {
                self.diagnostics.push(self.interview.missing(ask, offer));
                Ok(Answer::Nothing)
            }
            None => Ok(Answer::Nothing),
            Some(default) => self.interview.read(ask, default, offer),
        };
        let answer = match answer {
            Ok(answer) => match self.accept(ask, &answer).await {
                Ok(()) => Ok(answer),
                Err(reason) => Err(reason),
            },
            Err(reason) => Err(reason),
        };
        let answer = answer.unwrap_or_else(|reason| {
            self.diagnostics.push(self.refused(ask, &reason));
            Answer::Nothing
        });
        self.take(ask, answer, false);
    }

    /// Asks until an answer is taken, or until the person goes back.
    async fn ask(&mut self, ask: &Ask, offer: &Offer) -> Result<(), Failure> {
        let default = self.interview.default(ask, offer);
        loop {
            let Some(asker) = &mut self.asker else { return Ok(()) };
            let reply = match ask.argument.sensitive {
                true => asker.ask_secret(ask),
                false => asker.ask(ask, offer, default.as_deref()),
            };
            let typed = match reply {
                Reply::End => return Err(Failure::Interrupted),
                Reply::Back if self.interview.back() => return Ok(()),
                Reply::Back => {
                    asker.refuse("this is the first question");
                    continue;
                }
                Reply::Text(text) => text,
            };
            let read = match ask.argument.sensitive {
                true => hashed(&typed).map(Answer::Text),
                false if typed.trim().is_empty() => {
                    self.interview.read(ask, default.as_deref().unwrap_or_default(), offer)
                }
                false => self.interview.read(ask, &typed, offer),
            };
            let taken = match read {
                Ok(answer) => self.accept(ask, &answer).await.map(|()| answer),
                Err(reason) => Err(reason),
            };
            match taken {
                Ok(answer) => {
                    self.take(ask, answer, true);
                    return Ok(());
                }
                Err(reason) => {
                    if let Some(asker) = &mut self.asker {
                        asker.refuse(&reason);
                    }
                }
            }
        }
    }

    fn take(&mut self, ask: &Ask, answer: Answer, is_asked: bool) {
        if ask.key == "version" {
            let release = self.catalog.release(&answer.shown(), &mut Sources::new()).0;
            self.interview.set_release(release);
        }
        self.interview.take(ask, answer, is_asked);
    }

    /// A finding about an answer that the world refuses.
    fn refused(&self, ask: &Ask, reason: &str) -> Diagnostic {
        let found = Diagnostic::error("Invalid answer", wizard::sentence(&ask.key, reason));
        found.at_option(self.interview.place_of(&ask.key))
    }

    /// The files of the answers, which must be a valid configuration.
    fn checked(&mut self) -> Result<Files, Failure> {
        let files = wizard::files(&self.interview, &self.remarks);
        let mut request = self.init.request.clone();
        request.answers =
            files.variables.iter().map(|name| (name.clone(), "chosen for this check only".into())).collect();
        request.answers.extend(files.hashes.iter().map(|(name, hash)| (name.clone(), hash.reveal().to_owned())));
        load_texts(&request, vec![(saving::MAIN.to_owned(), files.main.clone())])?;
        Ok(files)
    }

    /// Whether to write. A person may go back.
    fn confirm(&mut self, files: &Files) -> Result<bool, Failure> {
        let summary = Summary::new(&self.interview, self.prices.as_ref(), &self.remarks, files);
        let Some(asker) = &mut self.asker else { return Ok(true) };
        loop {
            match asker.confirm(&summary) {
                Reply::End => return Err(Failure::Interrupted),
                Reply::Back if self.interview.back() => return Ok(false),
                Reply::Back => asker.refuse("nothing was asked to which one could go back"),
                Reply::Text(text) => match text.trim().to_lowercase().as_str() {
                    "" | "y" | "yes" => return Ok(true),
                    "n" | "no" => return Err(Failure::Declined),
                    _ => asker.refuse("it is neither yes nor no"),
                },
            }
        }
    }
}

fn is_of_cluster(ask: &Ask) -> bool {
    wizard::sections().iter().any(|section| section.name == "cluster" && section.title == ask.section)
}

/// A password as its hash.
fn hashed(password: &str) -> Result<String, String> {
    if let Some(rule) = crate::config::rules::named("password") {
        rule.text(password)?;
    }
    bcrypt::hash(password, COST).map_err(|error| format!("it cannot be hashed: {error}"))
}
