//! Pages of models whose every text is as hostile as can be, and of ones that are large.

use std::collections::BTreeSet;

use super::*;
use crate::cli::view::difference::Line;
use crate::cli::view::difference::Mark;
use crate::cli::view::model::Occasion;
use crate::cli::view::model::sample;
use crate::object::Secrets;
use crate::ops::RiskLevel as Level;

/// Ends every context that a text could stand in, turns the line's direction, moves a cursor.
const HOSTILE: &str = "\"'>--></script></style></pre></details><script>alert(1)</script><img src=x onerror=alert(2)>\
                       {{ 7 * 7 }}{% raw %}`````@everyone\u{202e}\u{1b}[2J\u{0}&amp;";
/// Elements that have no end.
const VOID: [&str; 4] = ["meta", "input", "br", "img"];

fn hostile_graph() -> GraphModel {
    GraphModel::drawn(vec![crate::cli::view::drawing::Node {
        name: Veil::new([]).text(HOSTILE),
        note: "1 to add".into(),
        look: crate::cli::view::drawing::Look::Gate,
        groups: Vec::new(),
        needs: Vec::new(),
    }])
}

/// The page without its style and script, after a look at what they and the policy are.
#[track_caller]
fn body(page: &str) -> String {
    let style = format!("<style>{STYLE}</style>");
    let script = format!("<script>{SCRIPT}</script>");
    assert_eq!((page.matches(&style).count(), page.matches(&script).count()), (1, 1));
    for text in [STYLE, SCRIPT] {
        assert!(page.contains(&STANDARD.encode(sha2::Sha256::digest(text))), "the policy allows it");
    }
    page.replace(&style, "").replace(&script, "")
}

/// Whether elements are closed in their order, attributes quoted, names used once, and labels there.
#[track_caller]
fn assert_well_formed(page: &str) {
    let (mut open, mut ids, mut labels) = (Vec::new(), BTreeSet::new(), Vec::new());
    let mut rest = page.strip_prefix("<!doctype html>").expect("a doctype");
    while let Some(at) = rest.find('<') {
        let end = rest[at..].find('>').unwrap_or_else(|| panic!("no end: {}", &rest[at..])) + at;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "before {}", rest.chars().take(200).collect::<String>());
            continue;
        }
        let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        let name = name.trim_end_matches('/');
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "<{tag}>");
        assert!(attributes.matches('"').count() % 2 == 0, "<{tag}>");
        for (at, part) in attributes.split('"').enumerate() {
            let word = part.trim();
            let is_name = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || "-=: /".contains(c));
            assert!(at % 2 == 1 || is_name(word) && !word.starts_with("on"), "<{tag}>");
            if at % 2 == 1 && attributes.split('"').nth(at - 1).is_some_and(|before| before.trim() == "id=") {
                assert!(ids.insert(part.to_owned()), "two elements are {part}");
            }
            if at % 2 == 1 && attributes.split('"').nth(at - 1).is_some_and(|before| before.ends_with("labelledby=")) {
                labels.push(part.to_owned());
            }
        }
        let names: String = attributes.split('"').step_by(2).collect();
        assert!(!["style=", "src=", "srcdoc=", "action="].iter().any(|name| names.contains(name)), "<{tag}>");
        if !VOID.contains(&name) && !tag.ends_with('/') {
            open.push(name.to_owned());
        }
    }
    assert_eq!(open, Vec::<String>::new());
    let lost: Vec<&String> = labels.iter().filter(|label| !ids.contains(*label)).collect();
    assert!(lost.is_empty(), "nothing is {lost:?}");
}

#[track_caller]
fn assert_harmless(page: &str) {
    let body = body(page);
    assert_well_formed(&body);
    for bad in ["<script", "<img", "onerror=alert(2)>", "\u{202e}", "\u{1b}", "\u{0}", "--></"] {
        assert!(!body.contains(bad), "{bad}: {:?}", body.find(bad).map(|at| &body[at.saturating_sub(99)..at + 50]));
    }
    assert!(body.contains("&lt;script&gt;alert(1)"), "the text itself is shown");
    assert!(body.contains("\\u202e"), "what turns a line is written out");
    assert!(body.contains("{{ 7 * 7 }}{% raw %}"), "nothing of a text is a template");
}

#[test]
fn nothing_from_a_cluster_or_a_configuration_acts() {
    let veil = Veil::new([]);
    let plan = sample::plan(HOSTILE);
    assert_harmless(&plan_page(&plan, &hostile_graph(), &veil).expect("a page"));
    let large = PlanModel { is_large: true, ..plan.clone() };
    let large = plan_page(&large, &hostile_graph(), &veil).expect("a page");
    assert_eq!(large.matches("<script").count(), 3, "those that hold rows, and the page's own");
    assert_harmless(&large.replace("<script type=\"text/html\">", "<div>").replace("</script>\n<ul>", "</div>\n<ul>"));
    assert_harmless(&report_page(&sample::report(HOSTILE), &hostile_graph(), &veil).expect("a page"));
    assert_harmless(&history_page(&sample::history(HOSTILE)).expect("a page"));
}

#[test]
fn no_secret_is_in_a_page() {
    for secret in ["hunter2-long", "a<b>&\"c\"-long"] {
        let veil = Veil::new([Secrets::of([secret])]);
        let plan = sample::plan(&format!("x {secret} y"));
        let page = plan_page(&plan, &GraphModel::default(), &veil).expect("a page");
        let report = report_page(&sample::report(secret), &GraphModel::default(), &veil).expect("a page");
        let comment = markdown(&plan, &veil, 100_000).expect("Markdown").text;
        for text in [page, report, comment] {
            let escaped = secret.replace('&', "&amp;").replace('<', "&lt;");
            assert!(!text.contains(secret) && !text.contains(&escaped) && !text.contains("hunter2"), "{text}");
            assert!(text.contains("(sensitive value)"));
        }
    }
}

#[test]
fn markdown_lets_nothing_act() {
    let text = markdown(&sample::plan(HOSTILE), &Veil::new([]), 1_000_000).expect("Markdown").text;
    let mut fence: Option<String> = None;
    for line in text.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match &fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if ticks >= 3 && !line[ticks..].contains('`') => fence = Some("`".repeat(ticks)),
            // Between runs of as many backticks nothing means anything.
            None => {
                let outside = outside_of_code(line);
                for bad in ["<script", "<img", "@everyone", "alert", "</details><"] {
                    assert!(!outside.contains(bad), "{bad}: {line}");
                }
            }
        }
    }
    assert_eq!(fence, None, "{text}");
    assert!(!text.contains('\u{202e}') && text.contains("\\u202e"));
}

/// What of a line is Markdown and HTML: not in code, not in a summary, whose text is escaped.
fn outside_of_code(line: &str) -> String {
    if let Some(summary) = line.strip_prefix("<details><summary>") {
        let inside = summary.replace("</summary>", "");
        return regex::Regex::new("<code>[^<]*</code>|: [^<]*$")
            .expect("a pattern")
            .replace_all(&inside, "")
            .into_owned();
    }
    let mut outside = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        outside.push_str(&rest[..at]);
        let ticks = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let inside = &rest[at + ticks..];
        let run = "`".repeat(ticks);
        let mut from = 0;
        let end = loop {
            let found = inside[from..].find(&run).map(|found| found + from);
            let Some(found) = found else { panic!("code without an end: {line}") };
            let length = inside[found..].len() - inside[found..].trim_start_matches('`').len();
            if length == ticks {
                break found;
            }
            from = found + length;
        };
        rest = &inside[end + ticks..];
    }
    outside + rest
}

#[test]
fn markdown_is_cut_and_says_so_but_for_what_is_risky() {
    let mut plan = sample::plan("x");
    plan.targets.truncate(1);
    let owner = plan.targets[0].owners[0].clone();
    plan.targets[0].owners = (0..400)
        .map(|number| {
            let mut owner = owner.clone();
            owner.address = format!("user.number-{number}");
            owner.objects[0].fields[0].lines = vec![Line { mark: Mark::Add, text: "line ".repeat(40) }; 10];
            owner
        })
        .collect();
    let veil = Veil::new([]);
    let whole = markdown(&plan, &veil, 10_000_000).expect("Markdown").text;
    assert!(!whole.contains("Cut to") && whole.len() > 400_000);
    let absent_words = regex::Regex::new(r"(\d+) resources and components with").expect("a pattern");
    for limit in [100_000, 65_536, 20_000, 5_000] {
        let cut = markdown(&plan, &veil, limit).expect("Markdown");
        assert!(!cut.is_too_long && cut.text.encode_utf16().count() <= limit, "{limit}");
        assert!(cut.text.contains(&format!("**Cut to {limit} characters:**")), "{limit}");
        for risk in plan.targets.iter().flat_map(|target| &target.risks) {
            assert!(cut.text.contains(risk.title), "{limit}: {}", risk.title);
        }
        let told = (0..400).filter(|n| cut.text.contains(&format!("user.number-{n}`"))).count()
            + (0..400).filter(|n| cut.text.contains(&format!("user.number-{n}<"))).count();
        let absent = absent_words.captures(&cut.text).map_or(0, |found| found[1].parse::<usize>().expect("a number"));
        assert_eq!(told + absent, 400, "{limit}: what is not told is counted");
    }
    let risky = markdown(&plan, &veil, 300).expect("Markdown");
    assert!(risky.is_too_long, "{}", risky.text);
    assert!(plan.targets[0].risks.iter().all(|risk| risky.text.contains(risk.title)));
}

#[test]
fn a_page_of_20000_objects_holds_them_all_in_little_room() {
    let mut plan = sample::plan("x");
    plan.targets.truncate(1);
    let mut owner = plan.targets[0].owners[0].clone();
    let mut object = owner.objects[0].clone();
    (object.fields, object.manifest, object.notes, object.loss) = (Vec::new(), None, Vec::new(), None);
    plan.targets[0].owners = (0..400)
        .map(|number| {
            owner.address = format!("platform.ml.part-{number}");
            owner.objects = (0..50)
                .map(|n| {
                    object.id = format!("ConfigMap namespace-{number}/object-of-some-length-{n}");
                    object.clone()
                })
                .collect();
            owner.clone()
        })
        .collect();
    (plan.objects, plan.is_large) = (20_000, true);
    let page = plan_page(&plan, &GraphModel::default(), &Veil::new([])).expect("a page");
    assert_well_formed(&body(&page));
    assert_eq!(page.matches("<li data-a=").count(), 20_000);
    println!("20,000 objects: {} bytes", page.len());
    assert!(page.len() < 20_000 * 250, "{} bytes", page.len());
    assert_eq!(page.matches("<script type=\"text/html\">").count(), 400, "rows are text until somebody looks");
}

#[test]
fn a_plan_without_changes_is_a_page_too() {
    let plan = PlanModel::new(&[], &Default::default(), Occasion::default());
    let page = plan_page(&plan, &GraphModel::default(), &Veil::new([])).expect("a page");
    let body = body(&page);
    assert_well_formed(&body);
    assert!(body.contains("No changes.") && body.contains("There is nothing to apply."), "{body}");
    assert_eq!(
        markdown(&plan, &Veil::new([]), 1_000).expect("Markdown").text.lines().next(),
        Some("## No changes. Everything matches the configuration.")
    );
    assert_eq!(Level::Danger.min(Level::Note), Level::Danger);
}
