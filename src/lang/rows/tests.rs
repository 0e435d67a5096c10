//! Texts in, edited texts out; what cannot be edited says why.

use super::*;

fn text(value: &str) -> Content {
    Content::Text(value.to_owned())
}

fn row(key: Option<&str>, fields: &[(&str, &str)]) -> Row {
    let content = Content::Map(fields.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect());
    Row { key: key.map(str::to_owned), content }
}

fn added(format: Format, before: &str, row: &Row) -> Result<String, String> {
    Rows { text: before, format, path: &[] }.add(row)
}

fn removed(format: Format, before: &str, name: &str) -> Result<String, String> {
    let rows = Rows { text: before, format, path: &[] };
    rows.remove(&Which::Field("name".into(), name.into())).or_else(|_| rows.remove(&Which::Key(name.into())))
}

#[test]
fn a_row_more() {
    let plain = row(None, &[("name", "b"), ("hash", "$2b$x, \"y\"")]);
    let named = row(Some("b"), &[("hash", "x")]);
    for (format, before, row, after) in [
        (Format::Csv, "name,hash\n", &plain, "name,hash\nb,\"$2b$x, \"\"y\"\"\"\n"),
        (Format::Csv, "name,hash", &plain, "name,hash\nb,\"$2b$x, \"\"y\"\"\""),
        (
            Format::Csv,
            "hash,more,name\r\n1,\"2\n3\",4\r\n\r\n",
            &plain,
            "hash,more,name\r\n1,\"2\n3\",4\r\n\"$2b$x, \"\"y\"\"\",,b\r\n\r\n",
        ),
        (Format::Json, "[]", &plain, r#"[ {"name": "b", "hash": "$2b$x, \"y\""} ]"#),
        (Format::Json, r#"[{"name":"a"}]"#, &plain, r#"[{"name":"a"}, {"name": "b", "hash": "$2b$x, \"y\""}]"#),
        (
            Format::Json,
            "{\n\t\"a\": {\"hash\": \"\"}\n}\n",
            &named,
            "{\n\t\"a\": {\"hash\": \"\"},\n\t\"b\": {\"hash\": \"x\"}\n}\n",
        ),
        (Format::Hcl, "{}", &named, "{ b = { hash = \"x\" } }"),
        (Format::Hcl, "{\n  # nobody yet\n}", &named, "{\n  # nobody yet\n  b = { hash = \"x\" }\n}"),
        (Format::Hcl, "{ a = { hash = \"\" } }", &named, "{ a = { hash = \"\" }, b = { hash = \"x\" } }"),
        (
            Format::Hcl,
            "[\n  { name = \"a\" } # first\n]",
            &plain,
            "[\n  { name = \"a\" }, # first\n  { name = \"b\", hash = \"$2b$x, \\\"y\\\"\" }\n]",
        ),
        (Format::Hcl, "{\r\n  a = { },\r\n}", &named, "{\r\n  a = { },\r\n  b = { hash = \"x\" },\r\n}"),
        (Format::Yaml, "- name: a\n", &plain, "- name: a\n- name: b\n  hash: \"$2b$x, \\\"y\\\"\"\n"),
        (
            Format::Yaml,
            "-   name: a\n    hash: x\n# end\n",
            &plain,
            "-   name: a\n    hash: x\n-   name: b\n    hash: \"$2b$x, \\\"y\\\"\"\n# end\n",
        ),
        (Format::Yaml, "a:\r\n    hash: y", &named, "a:\r\n    hash: y\r\nb:\r\n    hash: x"),
    ] {
        assert_eq!(added(format, before, row).as_deref(), Ok(after), "{before}");
    }
    for (format, before, row, reason) in [
        (Format::Csv, "name\n", &plain, "it has no column \"hash\""),
        (Format::Csv, "", &plain, "it has no line with the names of its columns"),
        (Format::Json, "[]", &named, "rows have no names there"),
        (Format::Json, "{}", &plain, "rows stand by names there"),
        (Format::Json, "7", &plain, "it is computed there"),
        (Format::Json, "[", &plain, "it is written in a way that only a person should edit"),
        (Format::Hcl, "[for x in y : x]", &plain, "it is computed there"),
        (Format::Yaml, "[{name: a}]\n", &plain, "it is YAML written in a way that only a person should edit"),
        (Format::Yaml, "- &a {name: a}\n", &plain, "it is YAML written in a way that only a person should edit"),
        (Format::Yaml, "[]\n", &plain, "it is empty, so that nothing shows how rows are written there"),
    ] {
        assert_eq!(added(format, before, row), Err(reason.to_owned()), "{before}");
    }
}

#[test]
fn a_row_less() {
    for (format, before, name, after) in [
        (Format::Csv, "name,x\na,1\nb,2\nc,3", "b", "name,x\na,1\nc,3"),
        (Format::Csv, "name,x\r\na,\"1\r\n2\"\r\nb,2\r\n", "a", "name,x\r\nb,2\r\n"),
        (Format::Json, r#"[{"name": "a"}, {"name": "b"}]"#, "a", r#"[{"name": "b"}]"#),
        (Format::Json, r#"[{"name": "a"}, {"name": "b"}]"#, "b", r#"[{"name": "a"}]"#),
        (
            Format::Json,
            "[\n  {\"name\": \"a\"},\n  {\n    \"name\": \"b\"\n  }\n]\n",
            "b",
            "[\n  {\"name\": \"a\"}\n]\n",
        ),
        (Format::Json, "{\n  \"a\": {},\n  \"b\": {}\n}\n", "a", "{\n  \"b\": {}\n}\n"),
        (
            Format::Hcl,
            "{\n  # a\n  a = {}\n  # b\n  b = {} # beside\n  c = {}\n}",
            "b",
            "{\n  # a\n  a = {}\n  # b\n  c = {}\n}",
        ),
        (Format::Hcl, "{ a = {} }", "a", "{  }"),
        (Format::Yaml, "- name: a\n  x: |\n    text\n\n# b\n- name: b\n", "a", "# b\n- name: b\n"),
        (Format::Yaml, "a:\n  x: 1\nb:\n  x: 2\n", "b", "a:\n  x: 1\n"),
    ] {
        assert_eq!(removed(format, before, name).as_deref(), Ok(after), "{before}");
    }
    assert_eq!(removed(Format::Csv, "name\na\na\n", "a"), Err("no row there says it by itself".to_owned()));
    let twice = Rows { text: "name\na\na\n", format: Format::Csv, path: &[] };
    let both = twice.remove(&Which::Field("name".into(), "a".into()));
    assert_eq!(both, Err("several rows there say the same".to_owned()));
}

#[test]
fn another_value() {
    let field = |name: &str| Which::Field("name".into(), name.into());
    for (format, before, which, after) in [
        (Format::Csv, "name,hash\na,1\nb,2\n", field("b"), "name,hash\na,1\nb,$2\n"),
        (Format::Csv, "name,x,hash\nb\n", field("b"), "name,x,hash\nb,,$2\n"),
        (Format::Json, "[{\"name\":\"b\",\"hash\":\"1\"}]", field("b"), "[{\"name\":\"b\",\"hash\":\"$2\"}]"),
        (Format::Json, "{\"b\": {\"x\": 1}}", Which::Key("b".into()), "{\"b\": {\"x\": 1, \"hash\": \"$2\"}}"),
        (Format::Hcl, "{ b = { hash = \"1\" } }", Which::Key("b".into()), "{ b = { hash = \"$2\" } }"),
        (Format::Yaml, "- name: b\n  hash: 'x' # why\n", field("b"), "- name: b\n  hash: \"$2\" # why\n"),
        (Format::Yaml, "- name: b\n- name: c\n", field("b"), "- name: b\n  hash: \"$2\"\n- name: c\n"),
    ] {
        let rows = Rows { text: before, format, path: &[] };
        assert_eq!(rows.set(&which, "hash", "$2").as_deref(), Ok(after), "{before}");
    }
}

#[test]
fn a_list_deeper_in_a_text() {
    let path = ["people".to_owned(), "team".to_owned()];
    let json = Rows { text: "{\"people\": {\"team\": []}}", format: Format::Json, path: &path };
    let made = json.add(&row(None, &[("name", "b")]));
    assert_eq!(made.as_deref(), Ok("{\"people\": {\"team\": [ {\"name\": \"b\"} ]}}"));
    let yaml = Rows { text: "people:\n  team:\n    - name: a\n  more: x\n", format: Format::Yaml, path: &path };
    let made = yaml.add(&row(None, &[("name", "b")]));
    assert_eq!(made.as_deref(), Ok("people:\n  team:\n    - name: a\n    - name: b\n  more: x\n"));
    let none = Rows { text: "people: 1\n", format: Format::Yaml, path: &path };
    assert_eq!(none.add(&row(None, &[])), Err("it has no \"team\"".to_owned()));
}
