//! What a write is asked to heed, and what comes out of it.

use std::sync::Arc;

use http::HeaderMap;
use http::header;
use serde_json::Value;

use crate::sandbox::http::Failure;
use crate::sandbox::http::Identity;
use crate::sandbox::http::Query;

/// How unknown fields are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldValidation {
    Ignore,
    Warn,
    Strict,
}

/// The options of a write, from its query, its headers and its identity.
#[derive(Clone, Debug)]
pub struct WriteOptions {
    pub dry_run: bool,
    pub field_validation: FieldValidation,
    pub manager: String,
    pub force: bool,
    pub identity: Identity,
}

/// A written object in the version it was asked in.
#[derive(Debug)]
pub struct Outcome {
    pub code: u16,
    pub object: Arc<Value>,
    pub warnings: Vec<String>,
}

impl WriteOptions {
    pub fn read(query: &Query, headers: &HeaderMap, identity: Identity) -> Result<Self, Failure> {
        let dry_run = match query.text("dryRun") {
            "" => false,
            "All" => true,
            other => {
                return Err(Failure::bad_request(format!(
                    "dryRun: Unsupported value: {other:?}: supported values: \"All\""
                )));
            }
        };
        let field_validation = match query.text("fieldValidation") {
            "" | "Warn" => FieldValidation::Warn,
            "Ignore" => FieldValidation::Ignore,
            "Strict" => FieldValidation::Strict,
            other => {
                return Err(Failure::bad_request(format!(
                    "fieldValidation: Unsupported value: {other:?}: supported values: \"Ignore\", \"Strict\", \"Warn\""
                )));
            }
        };
        let mut manager = query.text("fieldManager").to_owned();
        if manager.is_empty() {
            // As the server does: the program's name out of its User-Agent.
            let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("unknown");
            manager = agent.split('/').next().unwrap_or("unknown").chars().take(128).collect();
        }
        if manager.chars().count() > 128 {
            return Err(Failure::bad_request("fieldManager: Too long: may not be more than 128 bytes"));
        }
        Ok(Self { dry_run, field_validation, manager, force: query.flag("force"), identity })
    }
}
