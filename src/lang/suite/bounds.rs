//! Configurations that ask for more than any machine has: each ends soon, with a finding.

use std::fmt::Write;
use std::time::Duration;
use std::time::Instant;

use super::evaluate;

/// Locals `l1` … `l28`, each made of the one before.
fn doubled(first: &str, next: impl Fn(&str) -> String) -> String {
    let mut text = format!("locals {{\n  l0 = {first}\n");
    for at in 1..=28 {
        writeln!(text, "  l{at} = {}", next(&format!("local.l{}", at - 1))).expect("text");
    }
    text + "}\n"
}

fn check(text: &str, expected: &[&str]) {
    let begun = Instant::now();
    let (_, found) = evaluate(text, &[], &[]);
    for expected in expected {
        assert!(found.contains(expected), "{expected} is not in\n{}\nof\n{}", cut(&found), cut(text));
    }
    assert_eq!(found.lines().count(), expected.len(), "{}", cut(&found));
    // Thirty times what an optimised program takes.
    assert!(begun.elapsed() < Duration::from_secs(90), "{:?} for\n{}", begun.elapsed(), cut(text));
}

fn cut(text: &str) -> String {
    text.chars().take(600).collect()
}

const LARGE: &str = "Value too large: Written out it holds more than 2 million values";
const MUCH: &str = "Too much to evaluate: Evaluating the configuration takes more than 30 million steps";

fn of_range(body: &str) -> String {
    format!("locals {{\n  r = range(1000)\n}}\noutput \"o\" {{ value = {body} }}\n")
}

#[test]
fn what_grows_without_bounds_is_too_large() {
    check(&of_range("[for x in local.r : [for y in local.r : [for z in local.r : z]]]"), &[LARGE]);
    check(&doubled("[1, 2]", |before| format!("concat({before}, {before})")), &[LARGE]);
    check(&doubled("{ a = 1 }", |before| format!("{{ a = {before}, b = {before} }}")), &[LARGE]);
    check(&doubled("[1]", |before| format!("[{before}, {before}]")), &[LARGE]);
    check(&doubled("[1]", |before| format!("[for x in [1, 2] : {before}]")), &[LARGE]);
    let text = doubled("\"0123456789abcdef\"", |before| format!("\"${{{before}}}${{{before}}}\""));
    check(&text, &["Text too long"]);
}

#[test]
fn what_takes_for_ever_is_stopped() {
    let empty = "\"%{ for x in local.r }%{ for y in local.r }%{ for z in local.r }%{ endfor }%{ endfor }%{ endfor }\"";
    check(&of_range(empty), &[MUCH]);
    // What is tried is not tried for ever, nor is it forgotten.
    check(&of_range("[for x in local.r : try([for y in local.r : [for z in local.r : z if false]], 1)]"), &[MUCH]);
}

#[test]
fn functions_make_no_text_or_list_without_bounds() {
    let text = "locals {\n  r = range(1000)\n  t = join(\"\", [for x in local.r : format(\"%01000d\", x)])\n}\n\
                output \"a\" { value = length(replace(local.t, \"0\", local.t)) }\n\
                output \"b\" { value = length(replace(local.t, \"/0/\", local.t)) }\n\
                output \"c\" { value = length(join(local.t, [for x in local.r : \"x\"])) }\n\
                output \"d\" { value = [for x in local.r : \"${local.t}${x}\"] }\n\
                output \"e\" { value = length(jsondecode(\"[${replace(join(\",\", [local.t, local.t, local.t]), \"0\", \"0,\")}0]\")) }\n\
                output \"f\" { value = length(split(\"\", join(\"\", [local.t, local.t, local.t]))) }\n";
    let long = "the result is too long";
    check(text, &[long, long, long, LARGE, "may hold more than 2 million values", "more than 2 million parts"]);
}

#[test]
fn shared_values_cost_what_they_are_and_not_what_they_would_be() {
    // 2^20 values written out, 40 in memory: allowed, and none of these goes through them again and again.
    let mut text = "locals {\n  l0 = { a = 1 }\n".to_owned();
    for at in 1..20 {
        writeln!(text, "  l{at} = {{ a = local.l{before}, b = local.l{before} }}", before = at - 1).expect("text");
    }
    text.push_str("  n = [for x in range(1000) : length(local.l19)]\n}\noutput \"n\" { value = sum(local.n) }\n");
    let begun = Instant::now();
    let (evaluated, found) = evaluate(&text, &[], &[]);
    assert_eq!(found, "");
    assert_eq!(evaluated.outputs["n"].value.as_i64(), Some(2000));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn what_people_write_is_far_below_the_bounds() {
    let text = "locals {\n  rows = [for a in range(200) : [for b in range(500) : { name = \"u${a}-${b}\", email = \"u${a}-${b}@example.com\" }]]\n\
                  users = { for row in flatten(local.rows) : row.name => row }\n}\n\
                  output \"n\" { value = length([for name, user in local.users : upper(user.email) if length(name) > 0]) }\n";
    let (evaluated, found) = evaluate(text, &[], &[]);
    assert_eq!(found, "");
    assert_eq!(evaluated.outputs["n"].value.as_i64(), Some(100_000));
}
