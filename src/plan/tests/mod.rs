//! Tests of whole plans, one file a subject.

mod comparing;
mod ordering;
mod properties;
mod removing;
mod strangers;
