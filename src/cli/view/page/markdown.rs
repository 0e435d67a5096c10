//! A plan as Markdown, for comments on change requests: as much of it as a host takes. What is left out is counted and told;
//! what is risky never is.

use std::collections::HashMap;

use serde_json::Value;
use tera::Context;
use tera::Kwargs;
use tera::State;
use tera::Tera;

use super::templates;
use super::unfit;
use super::value;
use crate::cli::view::model::PlanModel;
use crate::ops::Failure;
use crate::ui::Veil;

/// Kept free for saying what was left out.
const LAST_WORDS: usize = 400;

/// A plan as Markdown.
#[derive(Debug)]
pub struct Markdown {
    pub text: String,
    /// It is longer than was allowed: what must be told needs that much.
    pub is_too_long: bool,
}

/// The plan in at most `limit` characters, as hosts count them.
///
/// # Errors
/// None that a user could bring about: a template does not fit.
pub fn markdown(model: &PlanModel, veil: &Veil, limit: usize) -> Result<Markdown, Failure> {
    let plan = value(model, veil)?;
    let tera = templates()?;
    let render = |template: &str, values: &[(&'static str, &Value)], is_folded: bool| {
        let mut context = Context::new();
        values.iter().for_each(|(name, value)| context.insert_value(*name, tera::Value::from_serializable(*value)));
        context.insert("is_folded", &is_folded);
        let text = tera.render(template, &context).map_err(unfit)?;
        Ok::<String, Failure>(squeezed(&text))
    };
    let mut text = render("head.md", &[("plan", &plan)], false)?;
    let room = limit.saturating_sub(LAST_WORDS);
    let mut used = letters(&text);
    let targets = plan["targets"].as_array();
    let mut owners: Vec<Owner> = Vec::new();
    for (at, target) in targets.into_iter().flatten().enumerate() {
        for owner in target["owners"].as_array().into_iter().flatten() {
            let whole = render("owner.md", &[("owner", owner)], false)?;
            let folded = render("owner.md", &[("owner", owner)], true)?;
            let objects = owner["objects"].as_array().map_or(0, Vec::len);
            owners.push(Owner { target: at, objects, cost: letters(&folded), whole, folded, told: Told::Not });
        }
    }
    // First a line for as many as there is room for, then their fields.
    for owner in &mut owners {
        if used + owner.cost <= room {
            (used, owner.told) = (used + owner.cost, Told::Folded);
        }
    }
    for owner in owners.iter_mut().filter(|owner| owner.told == Told::Folded) {
        let more = letters(&owner.whole).saturating_sub(owner.cost);
        if used + more <= room {
            (used, owner.told) = (used + more, Told::Whole);
        }
    }
    let headings: HashMap<usize, String> = match targets {
        Some(targets) if targets.len() > 1 => {
            let heading =
                |(at, target): (usize, &Value)| (at, format!("### {}\n\n", code(&string(&target["address"]))));
            targets.iter().enumerate().map(heading).collect()
        }
        _ => HashMap::new(),
    };
    let mut last = None;
    for owner in owners.iter().filter(|owner| owner.told != Told::Not) {
        if last != Some(owner.target) {
            text.extend(headings.get(&owner.target).map(String::as_str));
            last = Some(owner.target);
        }
        text.push_str(if owner.told == Told::Whole { &owner.whole } else { &owner.folded });
    }
    text.push_str(&last_words(&owners, limit));
    Ok(Markdown { is_too_long: letters(&text) > limit, text })
}

struct Owner {
    target: usize,
    objects: usize,
    cost: usize,
    whole: String,
    folded: String,
    told: Told,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Not,
    /// By its counts only.
    Folded,
    Whole,
}

fn last_words(owners: &[Owner], limit: usize) -> String {
    let told = |told: Told| owners.iter().filter(move |owner| owner.told == told && owner.whole != owner.folded);
    let folded = told(Told::Folded).count();
    let absent: Vec<&Owner> = owners.iter().filter(|owner| owner.told == Told::Not).collect();
    let mut words = Vec::new();
    if folded > 0 {
        let objects: usize = told(Told::Folded).map(|owner| owner.objects).sum();
        words.push(format!("{objects} objects of {} are only counted", parts(folded)));
    }
    if !absent.is_empty() {
        let objects: usize = absent.iter().map(|owner| owner.objects).sum();
        words.push(format!("{} with {objects} objects are not shown", parts(absent.len())));
    }
    match words.is_empty() {
        true => String::new(),
        false => format!("\n**Cut to {limit} characters:** {}. `stackwright plan` shows all.\n", words.join("; ")),
    }
}

fn parts(number: usize) -> String {
    if number == 1 { "1 resource or component".to_owned() } else { format!("{number} resources and components") }
}

/// As hosts count them: in UTF-16, as their databases and scripts do, so never too few.
fn letters(text: &str) -> usize {
    text.encode_utf16().count()
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(super) fn register(tera: &mut Tera) {
    tera.register_filter("line", |text: String, _: Kwargs, _: &State| on_one_line(&text));
    tera.register_filter("code", |text: String, _: Kwargs, _: &State| code(&text));
    tera.register_filter("fenced", |text: String, _: Kwargs, _: &State| fenced(&text, "text"));
    tera.register_filter("fenced_shell", |text: String, _: Kwargs, _: &State| fenced(&text, "shell"));
    tera.register_filter("fenced_diff", |fields: &tera::Value, _: Kwargs, _: &State| {
        let fields = serde_json::to_value(fields).map_err(tera::Error::message)?;
        Ok::<String, tera::Error>(fenced(&difference(&fields), "diff"))
    });
}

/// Fields as the difference of two texts, each under its path.
fn difference(fields: &Value) -> String {
    let mut text = String::new();
    let mut add = |mark: &str, lines: &str| {
        for line in lines.split('\n') {
            text.push_str(format!("{mark}{line}").trim_end());
            text.push('\n');
        }
    };
    for field in fields.as_array().into_iter().flatten() {
        let forced = if field["forces_replacement"] == true { " forces replacement" } else { "" };
        add("", &format!("@@ {} @@{forced}", string(&field["path"])));
        field["before"].as_str().into_iter().for_each(|before| add("- ", before));
        field["after"].as_str().into_iter().for_each(|after| add("+ ", after));
        for line in field["lines"].as_array().into_iter().flatten() {
            let mark = match line["mark"].as_str() {
                Some("add") => "+ ",
                Some("remove") => "- ",
                Some("hidden") => "# ",
                _ => "  ",
            };
            add(mark, &string(&line["text"]));
        }
    }
    text
}

/// Without empty lines after others, but in what stands for itself.
fn squeezed(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    let mut fence: Option<&str> = None;
    let mut is_after_empty = true;
    for line in text.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if line == open => fence = None,
            None if ticks.len() >= 3 => fence = Some(ticks),
            _ => {}
        }
        if line.is_empty() && is_after_empty && fence.is_none() {
            continue;
        }
        is_after_empty = line.is_empty();
        squeezed.push_str(line);
        squeezed.push('\n');
    }
    squeezed
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text on one line that stands for itself: nothing in it is Markdown, HTML, or calls a person.
fn code(text: &str) -> String {
    let line = on_one_line(text);
    if line.is_empty() {
        return String::new();
    }
    let ticks = "`".repeat(longest_run(&line, '`') + 1);
    let space = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{ticks}{space}{line}{space}{ticks}")
}

/// Text of several lines that stands for itself.
fn fenced(text: &str, language: &str) -> String {
    let fence = "`".repeat((longest_run(text, '`') + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n'))
}

fn longest_run(text: &str, wanted: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}
