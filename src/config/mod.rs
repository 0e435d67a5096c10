//! The typed installation: what the blocks of a configuration mean, with defaults and rules. Pure.

mod installation;

pub use installation::*;
