//! The pages that a plan and a run are told in beside the terminal: what they are about, and where they are written.

use std::path::Path;
use std::path::PathBuf;
use std::time::Instant;

use jiff::Timestamp;

use super::plan::OutputChanges;
use super::plan::perform;
use super::plan::place;
use super::plan::quoted_text;
use crate::cli::arguments::Global;
use crate::cli::arguments::Plan;
use crate::cli::flags::Carrying;
use crate::cli::flags::Planning;
use crate::cli::terminal::print_data;
use crate::cli::terminal::say;
use crate::cli::view::model::Chronicle;
use crate::cli::view::model::Ending;
use crate::cli::view::model::Occasion;
use crate::cli::view::model::PlanModel;
use crate::cli::view::model::ReportModel;
use crate::cli::view::model::veil_of;
use crate::cli::view::page::GraphModel;
use crate::cli::view::page::Markdown;
use crate::cli::view::page::markdown;
use crate::cli::view::page::plan_page;
use crate::cli::view::page::report_page;
use crate::ops;
use crate::ops::Failure;
use crate::ops::Loaded;
use crate::ops::PlanRequest;
use crate::ops::Planned;
use crate::plan::Mode;
use crate::state::Lock;
use crate::ui::Veil;

/// What `plan` tells beside the terminal, where it is asked to.
pub struct Pages<'a> {
    command: &'a Plan,
    planned: &'a [Planned],
    model: Option<PlanModel>,
}

impl<'a> Pages<'a> {
    pub fn new(
        command: &'a Plan,
        global: &Global,
        loaded: &Loaded,
        request: &PlanRequest,
        (planned, outputs): (&'a [Planned], &OutputChanges),
    ) -> Self {
        let is_wanted = command.html.is_some() || command.markdown.is_some();
        let model = is_wanted.then(|| {
            let deed = command.out.as_deref().map(|plan| perform(global, plan));
            let occasion = Occasion {
                is_exact: deed.is_some(),
                command: deed.unwrap_or_else(|| typed(global, request)),
                ..occasion(loaded, command.planning.full)
            };
            PlanModel::new(planned, outputs, occasion)
        });
        Self { command, planned, model }
    }

    /// Prints Markdown, where that is to be printed; whether it was.
    pub fn print_markdown(&self) -> Result<bool, Failure> {
        let Some(model) = self.model.as_ref().filter(|_| self.command.markdown == Some(None)) else { return Ok(false) };
        print_data(&self.markdown(model)?);
        Ok(true)
    }

    /// Writes the files that are asked for.
    ///
    /// # Errors
    /// One of them cannot be written.
    pub fn write(&self, directory: &Path) -> Result<(), Failure> {
        let Some(model) = &self.model else { return Ok(()) };
        if let Some(path) = &self.command.html {
            write_page(&directory.join(path), &plan_page(model, &GraphModel::new(self.planned), &self.veil())?)?;
        }
        if let Some(path) = self.command.markdown.as_ref().and_then(Option::as_ref) {
            ops::write_private(&directory.join(path), &self.markdown(model)?)?;
        }
        Ok(())
    }

    fn markdown(&self, model: &PlanModel) -> Result<String, Failure> {
        let limit = self.command.markdown_limit;
        let Markdown { text, is_too_long } = markdown(model, &self.veil(), limit)?;
        if is_too_long {
            say(&format!(
                "note: the Markdown is longer than {limit} characters: what is risky is never cut, and takes more.\n"
            ));
        }
        Ok(text)
    }

    fn veil(&self) -> Veil {
        veil_of(self.planned)
    }
}

/// What a run is told in, once it has ended.
pub struct Report {
    path: PathBuf,
    plan: PlanModel,
    graph: GraphModel,
    veil: Veil,
    started: Timestamp,
    begun: Instant,
}

impl Report {
    /// The report of a run that begins now, where one is wanted.
    pub fn wanted(
        loaded: &Loaded,
        request: &PlanRequest,
        planned: &[Planned],
        planning: &Planning,
        carrying: &Carrying,
    ) -> Option<Self> {
        let path = carrying.html.as_ref()?;
        let outputs = ops::output_changes(loaded, planned, request);
        Some(Self {
            path: loaded.files.root().join(path),
            plan: PlanModel::new(planned, &outputs, occasion(loaded, planning.full)),
            graph: GraphModel::new(planned),
            veil: veil_of(planned),
            started: Timestamp::now(),
            begun: Instant::now(),
        })
    }

    /// Writes what happened, however it ended.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(
        self,
        command: &str,
        chronicle: &Chronicle,
        failure: Option<&Failure>,
        notices: Vec<String>,
    ) -> Result<(), Failure> {
        let started = format!("{:.0}", self.started);
        let ending = Ending { command, started, took: self.begun.elapsed(), failure, notices };
        let model = ReportModel::new(self.plan, chronicle, ending);
        write_page(&self.path, &report_page(&model, &self.graph, &self.veil)?)
    }
}

/// Who looks, and when.
fn occasion(loaded: &Loaded, full: bool) -> Occasion {
    Occasion {
        who: Lock::who(),
        when: now(),
        secret_variables: loaded.secret_variables().into_keys().collect(),
        full,
        ..Occasion::default()
    }
}

/// RFC 3339.
pub fn now() -> String {
    format!("{:.0}", Timestamp::now())
}

/// Writes a page as a plan is written: for its owner's eyes, whole or not at all.
pub fn write_page(path: &Path, text: &str) -> Result<(), Failure> {
    ops::write_private(path, text)
}

/// The command that asks for the same and carries it out.
fn typed(global: &Global, request: &PlanRequest) -> String {
    let mut words = match request.mode {
        Mode::Destroy { keep_data: true } => "destroy --keep-data".to_owned(),
        Mode::Destroy { keep_data: false } => "destroy".to_owned(),
        Mode::Drift => "apply --refresh-only".to_owned(),
        Mode::Converge | Mode::Adopt | Mode::Forget => "apply".to_owned(),
    };
    let named = [("target", &request.targets), ("exclude", &request.excludes), ("replace", &request.replace)];
    for (flag, addresses) in named {
        words.extend(addresses.iter().map(|address| format!(" --{flag} {}", quoted_text(&address.to_string()))));
    }
    // Who destroys has consented.
    if request.allow_data_loss && !request.mode.agrees_to_losses() {
        words.push_str(" --allow-data-loss");
    }
    if request.restart {
        words.push_str(" --restart");
    }
    format!("stackwright {}{words}", place(global))
}
