//! What will be written, for a person to agree to.

use crate::catalog::wizard::Answer;
use crate::catalog::wizard::Files;
use crate::catalog::wizard::Interview;
use crate::catalog::wizard::Prices;

/// Rows of section, title and answer; nothing secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub rows: Vec<(String, String, String)>,
    /// What it costs, where prices are known.
    pub cost: Option<String>,
    pub remarks: Vec<String>,
    /// The text of the configuration.
    pub text: String,
}

impl Summary {
    pub(super) fn new(interview: &Interview<'_>, prices: Option<&Prices>, remarks: &[String], files: &Files) -> Self {
        let asks = interview.all().into_iter();
        let rows = asks.filter_map(|ask| {
            let answer = interview.answers.get(&ask.key);
            let answer = answer.filter(|answer| **answer != Answer::Nothing && !ask.argument.sensitive)?;
            let title = if ask.item.is_empty() { ask.title } else { format!("{}: {}", ask.item, ask.title) };
            Some((ask.section, title, answer.shown()))
        });
        let cost = prices.and_then(|prices| Some(prices.cost(&interview.answers)?.shown(&prices.currency)));
        Self { rows: rows.collect(), cost, remarks: remarks.to_vec(), text: files.main.clone() }
    }
}
