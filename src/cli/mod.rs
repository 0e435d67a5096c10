//! Arguments, views and exit codes: the only folder that knows of a terminal.

pub mod arguments;
mod argv;
pub mod view;
