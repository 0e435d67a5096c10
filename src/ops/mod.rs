//! The use cases, one a file; only wiring. What is decided is decided in the folders above.

mod configuration;
mod console;
mod failure;
mod files;
mod format;
mod render;
mod variables;

pub use configuration::Known;
pub use configuration::Loaded;
pub use configuration::Request;
pub use configuration::dashboard_url;
pub use configuration::load;
pub use console::Console;
pub use failure::Failure;
pub use format::Reformatted;
pub use format::format;
pub use format::format_text;
pub use render::Rendering;
pub use render::render;
pub use render::validate;
