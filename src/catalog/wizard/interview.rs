//! The course of the questions: which is next after what was answered, whether an answer is taken, and the way back.

use std::collections::BTreeMap;

use super::answer::Answer;
use super::given::Given;
use super::given::flatten;
use super::given::is_only_given;
use super::question::Asked;
use super::question::Question;
use super::question::Section;
use super::question::sections;
use crate::catalog::Release;
use crate::config::Facts;
use crate::config::ProviderFacts;
use crate::config::schema::Argument;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::nearest;

/// Answers by the names of their questions, those about somebody as `users.alice.email`.
pub type Answers = BTreeMap<String, Answer>;

/// What there is to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Values, each with a word about it, which may be empty.
    pub choices: Vec<(String, String)>,
    /// What holds where nobody chooses.
    pub preferred: Option<String>,
    /// Nothing else is possible.
    pub is_closed: bool,
}

/// A question as it stands now.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The name of its answer.
    pub key: String,
    pub title: String,
    pub section: String,
    /// Whom or what it is about, where the section's questions repeat.
    pub item: String,
    pub argument: Argument,
    pub default: Option<String>,
    pub offers: String,
    pub required: bool,
    /// Nobody is asked: only what was given counts.
    pub is_only_given: bool,
    /// Nor where there is nothing to choose from.
    pub wants_offer: bool,
}

/// Questions, and what was answered so far.
#[derive(Debug)]
pub struct Interview<'a> {
    facts: &'a Facts,
    release: Option<Release>,
    /// The section that comes before all others.
    first: &'static str,
    pub answers: Answers,
    given: BTreeMap<String, Given>,
    /// Which answers a person was asked for, in that order.
    asked: Vec<String>,
}

impl<'a> Interview<'a> {
    /// # Arguments
    ///
    /// * `given`: answers by name; unknown names are told.
    /// * `cluster_first`: the cluster is asked for before all else, since it will be looked at.
    pub fn new(facts: &'a Facts, given: Vec<(String, Given)>, cluster_first: bool) -> (Self, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let given = flatten(given, &mut diagnostics);
        let first = if cluster_first { "cluster" } else { "" };
        let interview = Self { facts, release: None, first, answers: Answers::new(), given, asked: Vec::new() };
        (interview, diagnostics)
    }

    /// Adds answers that were found out; those that a person gave stay.
    pub fn find(&mut self, found: Vec<(String, Given)>) {
        for (name, one) in flatten(found, &mut Diagnostics::new()) {
            self.given.entry(name).or_insert(one);
        }
    }

    /// Of the release that was chosen: its window and its editions.
    pub fn set_release(&mut self, release: Option<Release>) {
        self.release = release;
    }

    pub fn release(&self) -> Option<&Release> {
        self.release.as_ref()
    }

    /// A text among the answers; empty where there is none.
    pub fn text(&self, key: &str) -> &str {
        text(&self.answers, key)
    }

    fn provider(&self) -> Option<(&str, &ProviderFacts)> {
        let name = self.text("provider");
        Some((name, self.facts.providers.get(name)?))
    }

    /// The next question without an answer; `None` where all are answered.
    pub fn next(&self) -> Option<Ask> {
        self.all().into_iter().find(|ask| !self.answers.contains_key(&ask.key))
    }

    /// All questions that have a meaning after what was answered so far, in their order.
    pub fn all(&self) -> Vec<Ask> {
        let (first, rest): (Vec<&Section>, Vec<&Section>) =
            sections().iter().partition(|section| section.name == self.first);
        let mut all = Vec::new();
        for section in first.into_iter().chain(rest) {
            let Some(names) = &section.names else {
                all.extend(section.questions.iter().filter_map(|question| self.ask(section, question, "")));
                continue;
            };
            if !section.questions.first().is_some_and(|question| self.has_meaning(question, "")) {
                continue;
            }
            all.extend(self.ask(section, names, ""));
            let Some(Answer::Texts(items)) = self.answers.get(&names.name) else { continue };
            for item in items {
                let questions = section.questions.iter();
                all.extend(questions.filter_map(|question| self.ask(section, question, item)));
            }
        }
        all
    }

    fn ask(&self, section: &Section, question: &Question, item: &str) -> Option<Ask> {
        let prefix = if item.is_empty() { String::new() } else { format!("{}.{item}.", section.name) };
        if !self.has_meaning(question, &prefix) {
            return None;
        }
        let provider = self.provider();
        let facts = provider.map(|(_, facts)| facts);
        let required = question.is_required(facts);
        let holds = question.default_for.is_empty()
            || provider.is_some_and(|(name, _)| question.default_for.iter().any(|one| one == name));
        let is_left_out = question.asked == Asked::Required && !required;
        Some(Ask {
            key: format!("{prefix}{}", question.name),
            title: question.title.clone(),
            section: section.title.clone(),
            item: item.to_owned(),
            argument: question.argument(facts),
            default: question.default.clone().filter(|_| holds),
            offers: question.offers.clone(),
            required,
            wants_offer: question.asked == Asked::Offered,
            is_only_given: is_left_out || is_only_given(section, question.asked),
        })
    }

    fn has_meaning(&self, question: &Question, prefix: &str) -> bool {
        let is_known = match self.provider() {
            Some((_, facts)) => question.is_known_to(facts),
            // Before a provider is chosen.
            None => question.writes.first().is_none_or(|first| first != "provider"),
        };
        let answered = |(name, wanted): &(String, String)| {
            let answer = self.answers.get(&format!("{prefix}{name}")).or_else(|| self.answers.get(name));
            answer.is_some_and(|answer| answer.shown() == *wanted)
        };
        is_known && question.when.iter().all(answered)
    }

    /// What holds where nobody answers, of the question and of what there is.
    pub fn default(&self, ask: &Ask, offer: &Offer) -> Option<String> {
        let of_schema = || ask.argument.default.as_ref().and_then(plain);
        ask.default.clone().or_else(|| offer.preferred.clone()).or_else(of_schema)
    }

    /// Reads and checks an answer.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn read(&self, ask: &Ask, typed: &str, offer: &Offer) -> Result<Answer, String> {
        let answer = Answer::typed(&ask.argument, typed)?;
        self.check(ask, answer, offer)
    }

    /// What was given for a question before it was asked, read and checked.
    pub fn given(&self, ask: &Ask, offer: &Offer) -> Option<Result<Answer, Diagnostic>> {
        let given = self.given.get(&ask.key)?;
        let invalid = |reason: String| {
            let found = Diagnostic::error("Invalid answer", sentence(&ask.key, &reason));
            let found = found.at_option(given.span).help_option(help(ask, offer));
            if ask.argument.sensitive { found.hidden() } else { found }
        };
        if ask.argument.sensitive && given.is_typed {
            let reason = "it is secret, and other people on this machine can see what is typed as a flag".to_owned();
            return Some(Err(invalid(reason).help("Give it in the file of --answers, or answer on a terminal.")));
        }
        let answer = match (&given.value, given.is_typed) {
            (serde_json::Value::String(text), true) => Answer::typed(&ask.argument, text),
            (value, _) => Answer::written(&ask.argument, value),
        };
        Some(answer.and_then(|answer| self.check(ask, answer, offer)).map_err(invalid))
    }

    /// Where a given answer is written.
    pub fn place_of(&self, key: &str) -> Option<crate::diag::Span> {
        self.given.get(key)?.span
    }

    fn check(&self, ask: &Ask, answer: Answer, offer: &Offer) -> Result<Answer, String> {
        if answer == Answer::Nothing && ask.required {
            return Err("an answer is needed".into());
        }
        answer.check(&ask.argument)?;
        if let Answer::Texts(texts) = &answer
            && let Some(twice) = texts.iter().enumerate().find(|(n, text)| texts[..*n].contains(text))
        {
            return Err(format!("\"{}\" is there twice", twice.1));
        }
        if ask.required && answer == Answer::Texts(Vec::new()) {
            return Err("an answer is needed".into());
        }
        let chosen: Vec<&str> = match &answer {
            Answer::Text(text) => vec![text],
            Answer::Texts(texts) => texts.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        let names = || offer.choices.iter().map(|(name, _)| name.as_str());
        if let Some(other) = chosen.iter().find(|chosen| offer.is_closed && !names().any(|name| name == **chosen)) {
            let listed: Vec<&str> = names().take(20).collect();
            let near = nearest(other, names()).map_or(String::new(), |near| format!(". Did you mean \"{near}\"?"));
            return Err(format!("there is no \"{other}\", only {}{near}", listed.join(", ")));
        }
        self.check_window(ask, &answer)?;
        self.check_unique(ask, &answer)?;
        Ok(answer)
    }

    /// A version of Kubernetes must fit the release.
    fn check_window(&self, ask: &Ask, answer: &Answer) -> Result<(), String> {
        match (&self.release, answer) {
            (Some(release), Answer::Text(version)) if ask.key == "kubernetes_version" => fits(release, version),
            _ => Ok(()),
        }
    }

    /// Two people have two addresses.
    fn check_unique(&self, ask: &Ask, answer: &Answer) -> Result<(), String> {
        let is_email = |key: &str| key == "admin_email" || key.starts_with("users.") && key.ends_with(".email");
        let Answer::Text(email) = answer else { return Ok(()) };
        let other = self
            .answers
            .iter()
            .find(|(key, other)| is_email(key) && **key != ask.key && other.shown().eq_ignore_ascii_case(email));
        match other.filter(|_| is_email(&ask.key)) {
            Some((key, _)) => Err(format!("{key} is the same address")),
            None => Ok(()),
        }
    }

    /// Takes an answer.
    ///
    /// # Arguments
    ///
    /// * `is_asked`: a person was asked, and may come back to it.
    pub fn take(&mut self, ask: &Ask, answer: Answer, is_asked: bool) {
        self.answers.insert(ask.key.clone(), answer);
        if is_asked {
            self.asked.push(ask.key.clone());
        }
    }

    /// Goes back to the question that was asked last: it and all after it are open again. False at the first one.
    pub fn back(&mut self) -> bool {
        let Some(last) = self.asked.pop() else { return false };
        let all: Vec<String> = self.all().into_iter().map(|ask| ask.key).collect();
        let place = all.iter().position(|key| *key == last).unwrap_or(0);
        let before = &all[..place];
        self.answers.retain(|key, _| before.contains(key));
        true
    }

    /// Of a question that nobody answered and that has no default.
    pub fn missing(&self, ask: &Ask, offer: &Offer) -> Diagnostic {
        let documentation =
            ask.argument.documentation.split_once(". ").map_or(ask.argument.documentation.as_str(), |(first, _)| first);
        let documentation = documentation.trim_end_matches('.');
        let detail = format!("{}: {documentation}.", ask.key);
        let flag = match ask.argument.sensitive {
            true => format!("Give {} = \"…\" in the file of --answers, or answer on a terminal.", ask.key),
            false => format!("Add --set {}=VALUE, or give it in the file of --answers.", ask.key),
        };
        let offered = help(ask, offer).map_or(flag.clone(), |help| format!("{flag}\n{help}"));
        Diagnostic::error("Missing answer", detail).help(offered)
    }

    /// Answers that were given and to which no question came.
    ///
    /// # Arguments
    ///
    /// * `failed`: questions whose answers were not taken: what hangs on them is not told too.
    pub fn unused(&self, failed: &[String]) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let all = self.all();
        let Some((provider, _)) = self.provider() else { return diagnostics };
        let is_asked = |key: &str| all.iter().any(|ask| ask.key == key);
        let hangs = |key: &str| failed.iter().any(|failed| key.starts_with(&format!("{failed}.")));
        for (key, given) in self.given.iter().filter(|(_, given)| given.span.is_some()) {
            if !is_asked(key) && !hangs(key) {
                let detail = format!("{key} has no meaning with provider {provider} and the other answers.");
                let found = Diagnostic::error("Answer to no question", detail).at_option(given.span);
                diagnostics.push(found.help("Leave it out."));
            }
        }
        diagnostics
    }
}

/// Whether a version of Kubernetes lies in a release's window.
///
/// # Errors
/// The window.
pub fn fits(release: &Release, version: &str) -> Result<(), String> {
    match release.supports_kubernetes(version) {
        Some(true) => Ok(()),
        _ => Err(format!(
            "release {} needs Kubernetes {} to {}, and this is {version}",
            release.version, release.kubernetes_min, release.kubernetes_max
        )),
    }
}

/// Why an answer is not taken, as a finding says it.
pub fn sentence(key: &str, reason: &str) -> String {
    let end = if reason.ends_with(['.', '?']) { "" } else { "." };
    format!("{key}: {reason}{end}")
}

/// A text among answers; empty where there is none.
pub(super) fn text<'a>(answers: &'a Answers, key: &str) -> &'a str {
    match answers.get(key) {
        Some(Answer::Text(text)) => text,
        _ => "",
    }
}

fn plain(value: &crate::lang::Value) -> Option<String> {
    match value.to_json() {
        serde_json::Value::String(text) if text.is_empty() => None,
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Bool(truth) => Some(if truth { "yes" } else { "no" }.into()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn help(ask: &Ask, offer: &Offer) -> Option<String> {
    let choices: Vec<&str> = match offer.choices.is_empty() {
        true => ask.argument.choices.iter().map(String::as_str).collect(),
        false => offer.choices.iter().map(|(name, _)| name.as_str()).take(20).collect(),
    };
    (!choices.is_empty()).then(|| format!("Choose from: {}.", choices.join(", ")))
}
