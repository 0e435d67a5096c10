//! One model of what is told of a plan, of a run, and of the history: owned values without a secret in them, from which pages
//! and Markdown are drawn. Text for terminals and JSON for programs share its parts: who asked for what (`owners`), the
//! differences of texts, the steps of hops, the rows of outputs. Not how anything looks.

mod chronicle;
mod field;
mod group;
mod object;
mod plan;
mod report;
mod revision;
#[cfg(test)]
pub mod sample;

pub use chronicle::Chronicle;
pub use plan::Occasion;
pub use plan::PlanModel;
pub use plan::veil_of;
pub use report::Ending;
pub use report::ReportModel;
pub use revision::HistoryModel;
pub use revision::counts_text;
pub use revision::release;
pub use revision::result_word;
