//! The marks our objects carry in a cluster, and the field manager that writes them.
//!
//! Marks stand on the metadata of objects only, never on pod templates or selectors: those would restart workloads
//! and make existing ones impossible to adopt.

/// Field manager of every apply of ours.
pub const FIELD_MANAGER: &str = "stackwright";

/// Label of every object we own; its value is the installation's name.
pub const INSTALLATION_LABEL: &str = "stackwright.io/installation";

/// Annotation of CustomResourceDefinitions: checksum of what we sent, so that a metadata-only LIST shows whether they
/// are unchanged.
pub const CHECKSUM_ANNOTATION: &str = "stackwright.io/checksum";
