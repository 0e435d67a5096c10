//! What expressions of rules do, and where they are wrong.

use serde_json::json;

use super::*;

fn evaluate(text: &str) -> Result<CelResult, String> {
    let expression = CelExpression::parse(text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    let mut scope = CelScope::new();
    scope.set("a", &json!({"b": {"c": [1, 2, 3]}, "text": "Grüße", "port": 80, "none": null}));
    scope.evaluate(&expression, &[("item", json!({"name": "x"}))])
}

#[test]
fn rules_are_evaluated() {
    for text in [
        "a.b.c.all(n, n > 0)",
        "a.b.c.map(n, n * 2) == [2, 4, 6]",
        "a.b.c.filter(n, n > 1).size() == 2",
        "a.b.c.exists_one(n, n == 2)",
        "!has(a.b.d) && has(a.b.c)",
        "a.text.startsWith('Gr') && a.text.matches('^G.*e$') && a.text.size() == 5",
        "a.none == null && a.port == 80 && item.name == 'x'",
        "'name' in item && !('x' in [1, 2])",
        "'A-B'.lowerAscii().split('-') == ['a', 'b']",
        "type(a.port) == int",
    ] {
        assert_eq!(evaluate(text), Ok(CelResult::Bool(true)), "{text}");
    }
    assert_eq!(evaluate("item.name + '!'"), Ok(CelResult::Text("x!".into())));
    assert_eq!(evaluate("1 + 1"), Ok(CelResult::Other("int".into())));
}

#[test]
fn failures_say_why() {
    for (text, reason) in [
        ("a.missing == 1", "there is no field \"missing\" here; ask for it first: has(….missing) && …"),
        ("a.none.x == 1", "it takes a field of null, or calls a function with it; ask first: … != null && …"),
        ("a.port > 'x'", "> cannot be used on int and string"),
        ("a.b.c[7] == 1", "the list has no element at that index"),
        ("a.port / 0 == 1", "it divides by zero"),
    ] {
        assert_eq!(evaluate(text), Err(reason.to_owned()), "{text}");
    }
}

#[test]
fn faults_have_places() {
    for (text, at, reason) in [
        ("a ==", "", "unexpected the end"),
        ("a == 'ü' && && b", "&& b", "unexpected '&&'"),
        ("(a", "", "missing ')' at the end"),
    ] {
        let faults = CelExpression::parse(text).map(|_| ()).expect_err(text);
        let first = faults.first().expect("a fault");
        assert_eq!((&text[first.place.start..], first.reason.as_str()), (at, reason), "{faults:?}");
    }
    assert!(CelExpression::parse(&" ".repeat(LONGEST + 1)).is_err());
    for text in ["", "'", "\u{0}", "a.b(", "[1,", "{", "))", "a ? b", "\"\\q\"", "has(1)"] {
        assert!(CelExpression::parse(text).is_err(), "{text}");
    }
}

#[test]
fn deep_nesting_ends() {
    for (open, close) in [("(", ")"), ("[", "]"), ("{1:", "}"), ("f(", ")")] {
        let text = format!("{}1{}", open.repeat(2_000), close.repeat(2_000));
        assert!(CelExpression::parse(&text).is_err(), "{open}");
    }
    let long = vec!["true"; 500].join(" && ");
    let expression = CelExpression::parse(&long).expect("a long one is not deep");
    assert_eq!(CelScope::new().evaluate(&expression, &[]), Ok(CelResult::Bool(true)));
}

#[test]
fn names_are_found_where_they_stand() {
    let text = "'ä' in changes.map(c, c.name) && has(object.spec) && objects.all(o, o.x == change.address && f(o)) && type(plan) == int";
    let expression = CelExpression::parse(text).expect("it is sound");
    let told: Vec<String> = expression
        .names()
        .iter()
        .map(|name| match name {
            CelName::Variable { place, .. } => text[place.clone()].to_owned(),
            CelName::Field { of, place, .. } => format!("{of}.{}", &text[place.clone()]),
            CelName::Function { place, .. } => format!("{}()", &text[place.clone()]),
        })
        .collect();
    assert_eq!(
        told,
        ["changes", "object", "object.spec", "objects", "change", "change.address", "f()", "type()", "plan"]
    );
    assert!(expression.uses("plan") && !expression.uses("c"));
}

#[test]
fn what_goes_on_and_on_is_ended() {
    let list = format!("[{}]", vec!["1"; 200].join(","));
    let doubled = "'0123456789abcdef'".to_owned() + &".replace('0', '0123456789abcdef0123456789abcdef0')".repeat(100);
    let nested = format!("{list}.all(a, {list}.all(b, {list}.all(c, {list}.all(d, a + b + c + d > 0))))");
    let grown = "[[1, item.name]]".to_owned() + &".map(a, [a, a])".repeat(60);
    for text in [nested, format!("{doubled}.size() > 0"), format!("size({grown}) > 0")] {
        let begun = std::time::Instant::now();
        let reason = evaluate(&text).expect_err("it would not end");
        assert!(reason.starts_with("it takes too long"), "{reason}");
        assert!(begun.elapsed().as_secs() < 60);
    }
}
