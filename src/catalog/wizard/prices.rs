//! What a cluster costs a month, from prices that a file gives.

use std::collections::BTreeMap;

use super::answer::Answer;
use super::interview::Answers;
use super::interview::text;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::SourceId;
use crate::diag::Sources;
use crate::diag::nearest;
use crate::lang::AssignedValue;
use crate::lang::parse_assignments;

/// Hours of a month, as clouds count.
const HOURS: f64 = 730.0;

/// Prices as their file gives them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prices {
    pub currency: String,
    /// Of a server and hour.
    server_types: BTreeMap<String, f64>,
    /// Of a GB and month.
    block_storage: BTreeMap<String, f64>,
    /// Of a cluster and hour.
    cluster: f64,
}

/// What a month costs, least and most.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cost {
    pub least: f64,
    pub most: f64,
    /// What has no price.
    pub unknown: Vec<String>,
}

const NAMES: [&str; 4] = ["currency", "server_types", "block_storage", "cluster"];

impl Prices {
    /// Reads a file: `currency`, `server_types` and `cluster` an hour, `block_storage` a GB and month.
    pub fn read(sources: &Sources, file: SourceId) -> (Self, Diagnostics) {
        let (assignments, mut diagnostics) = parse_assignments(sources, file);
        let mut prices = Self::default();
        for assignment in &assignments {
            let AssignedValue::Value(value, span) = &assignment.value else { continue };
            let value = value.to_json();
            let of_each = || {
                let entries = value.as_object()?.iter();
                entries.map(|(name, price)| Some((name.clone(), price.as_f64()?))).collect::<Option<BTreeMap<_, _>>>()
            };
            let wanted = match assignment.name.as_str() {
                "currency" => value.as_str().map(|text| prices.currency = text.to_owned()),
                "cluster" => value.as_f64().map(|price| prices.cluster = price),
                "server_types" => of_each().map(|of_each| prices.server_types = of_each),
                "block_storage" => of_each().map(|of_each| prices.block_storage = of_each),
                other => {
                    let detail = format!("A file of prices has no \"{other}\".");
                    let near = nearest(other, NAMES).map(|near| format!("Did you mean \"{near}\"?"));
                    let help = near.or_else(|| Some(format!("It has {}.", NAMES.join(", "))));
                    diagnostics.push(Diagnostic::error("Unknown argument", detail).at_option(*span).help_option(help));
                    continue;
                }
            };
            if wanted.is_none() {
                let detail = format!("\"{}\" is no price.", assignment.name);
                let help = "Write currency = \"KRW\", cluster = 100, server_types = { s1v2m4 = 61.2 }.";
                diagnostics.push(Diagnostic::error("Invalid value", detail).at_option(*span).help(help));
            }
        }
        (prices, diagnostics)
    }

    /// What the pools of the answers cost a month; `None` where there are none.
    pub fn cost(&self, answers: &Answers) -> Option<Cost> {
        let Some(Answer::Texts(pools)) = answers.get("node_pools") else { return None };
        let mut cost = Cost { least: self.cluster * HOURS, most: self.cluster * HOURS, unknown: Vec::new() };
        for pool in pools {
            let of = |name: &str| answers.get(&format!("node_pools.{pool}.{name}"));
            let number = |name: &str| match of(name) {
                Some(Answer::Number(number)) => Some(*number as f64),
                _ => None,
            };
            let kind = text(answers, &format!("node_pools.{pool}.server_type"));
            let disk = text(answers, &format!("node_pools.{pool}.disk"));
            let mut price = |prices: &BTreeMap<String, f64>, name: &str| {
                let price = prices.get(name).copied();
                if price.is_none() && !name.is_empty() && !cost.unknown.iter().any(|one| one == name) {
                    cost.unknown.push(name.to_owned());
                }
                price.unwrap_or_default()
            };
            let server = price(&self.server_types, kind) * HOURS;
            let node = server + price(&self.block_storage, disk) * number("disk_gb").unwrap_or_default();
            let count = number("node_count");
            cost.least += node * number("min").or(count).unwrap_or_default();
            cost.most += node * number("max").or(count).unwrap_or_default();
        }
        Some(cost)
    }
}

impl Cost {
    /// As a summary says it, `1,234,000 to 2,468,000 KRW a month`.
    pub fn shown(&self, currency: &str) -> String {
        let (least, most) = (grouped(self.least), grouped(self.most));
        let range = if least == most { least } else { format!("{least} to {most}") };
        let unknown = match self.unknown.is_empty() {
            true => String::new(),
            false => format!(", without {}, of which the file has no price", self.unknown.join(" and ")),
        };
        format!("{range} {currency} a month{unknown}").replace("  ", " ")
    }
}

/// Whole, with commas between thousands.
fn grouped(amount: f64) -> String {
    let digits = format!("{amount:.0}");
    let mut out = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_of_pools() {
        let mut sources = Sources::new();
        let text = "currency = \"KRW\"\ncluster = 100\nserver_types = { s1v16m64 = 1000 }\nblock_storage = { SSD = 10 }\nprice = 1\n";
        let file = sources.add("prices.hcl", text);
        let (prices, diagnostics) = Prices::read(&sources, file);
        assert_eq!(
            diagnostics.iter().map(|one| one.detail.as_str()).collect::<Vec<_>>(),
            ["A file of prices has no \"price\"."]
        );
        let text = |text: &str| Answer::Text(text.into());
        let mut answers = Answers::from([
            ("node_pools".to_owned(), Answer::Texts(vec!["cpu".into(), "gpu".into()])),
            ("node_pools.cpu.server_type".to_owned(), text("s1v16m64")),
            ("node_pools.cpu.disk".to_owned(), text("SSD")),
            ("node_pools.cpu.disk_gb".to_owned(), Answer::Number(200)),
            ("node_pools.cpu.min".to_owned(), Answer::Number(2)),
            ("node_pools.cpu.max".to_owned(), Answer::Number(4)),
        ]);
        let shown = |answers: &Answers| prices.cost(answers).map(|cost| cost.shown(&prices.currency));
        assert_eq!(shown(&answers).as_deref(), Some("1,537,000 to 3,001,000 KRW a month"));
        answers.insert("node_pools.gpu.server_type".to_owned(), text("g1v16a1"));
        answers.insert("node_pools.gpu.node_count".to_owned(), Answer::Number(1));
        let shown = shown(&answers).unwrap_or_default();
        assert!(shown.ends_with("a month, without g1v16a1, of which the file has no price"), "{shown}");
        assert_eq!(prices.cost(&Answers::new()), None);
    }
}
