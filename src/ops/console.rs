//! Evaluates expressions among the names of a configuration.

use super::Failure;
use super::Known;
use super::Loaded;
use super::Request;
use super::load;
use crate::lang;

/// An evaluated configuration that answers expressions.
pub struct Console {
    loaded: Loaded,
}

impl Console {
    /// Loads the configuration; it must be valid.
    pub fn open(request: &Request) -> Result<Self, Failure> {
        Ok(Self { loaded: load(request, &Known::default())? })
    }

    /// Whether an expression is not at its end yet: brackets are open, or a text behind `<<`.
    pub fn goes_on(&self, expression: &str) -> bool {
        lang::goes_on(expression)
    }

    /// The value of one expression, as `terraform console` prints it.
    pub fn evaluate(&mut self, expression: &str) -> Result<String, Failure> {
        let loaded = &mut self.loaded;
        let source = loaded.sources.add("<console>", expression.trim());
        lang::console(&loaded.evaluated, &loaded.sources, source, &loaded.files)
            .map_err(|findings| Failure::Input(findings, Box::new(loaded.sources.clone())))
    }
}
