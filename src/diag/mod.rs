//! Diagnostics about what the user wrote: spans, excerpts, suggestions.
//!
//! Pure values. Not for errors of the world (a refused request, a missing file handle): those are error enums of
//! the folder that met them. Functions that check input return a value *and* [`Diagnostics`] and go on, so that one
//! run reports everything.

pub mod codes;
mod diagnostic;
mod excerpt;
mod sources;
mod suggestion;

pub use diagnostic::Diagnostic;
pub use diagnostic::Diagnostics;
pub use diagnostic::Severity;
pub use excerpt::Style;
pub use excerpt::render;
pub use excerpt::without as without_secrets;
pub use sources::SourceId;
pub use sources::Sources;
pub use sources::Span;
pub use suggestion::nearest;
