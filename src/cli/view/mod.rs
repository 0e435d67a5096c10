//! What people and programs see: plans, progress, tables. Text in, text out; only `cli` prints it.

mod paint;
mod plan_json;
mod plan_text;
mod progress;
mod table;
mod text_diff;
mod value_text;

pub use paint::Paint;
pub use plan_json::plan_json;
pub use plan_text::PlanText;
pub use plan_text::plan_text;
pub use plan_text::summary;
pub use progress::Progress;
pub use progress::event_json;
pub use table::table;
