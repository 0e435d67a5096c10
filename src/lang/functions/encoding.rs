//! Functions; filled below.
use super::Function;
pub(super) const FUNCTIONS: &[Function] = &[];
