//! What people and programs see: plans, progress, tables. Text in, text out; only `cli` prints it.

mod diagnostics_json;
mod outputs;
mod paint;
mod plan_json;
mod plan_notes;
mod plan_text;
mod progress;
mod reference_text;
mod table;
mod text_diff;
mod upgrade_text;
mod value_text;
mod yaml;

pub use diagnostics_json::diagnostics_json;
pub use outputs::hcl;
pub use outputs::outputs_text;
pub use outputs::shown;
pub use paint::Paint;
pub use plan_json::plan_json;
pub use plan_notes::plan_notes;
pub use plan_text::PlanText;
pub use plan_text::plan_text;
pub use plan_text::summary;
pub use progress::Progress;
pub use progress::event_json;
pub use reference_text::reference_list;
pub use reference_text::reference_page;
pub use table::table;
pub use text_diff::text_diff;
pub use upgrade_text::step_json;
pub use upgrade_text::upgrade_json;
pub use upgrade_text::upgrade_text;
pub use yaml::yaml_stream;
