//! The templates of one component: parsed once, rendered to text.
//!
//! Tera 2 with strict names and without HTML escaping. Errors name the template and the place in it.

use serde_json::Value as Json;
use tera::Context;
use tera::Kwargs;
use tera::State;
use tera::Tera;
use tera::TeraResult;
use tera::Value;

use super::files::SHARED;
use super::version;
use crate::object::schema::Quantity;

/// A template that cannot be parsed or rendered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TemplateError {
    /// Path of the template; empty where it is not known.
    pub template: String,
    /// Line and column in the template, both from 1, where they are known.
    pub place: Option<(usize, usize)>,
    pub message: String,
}

/// Parsed templates that may include one another.
pub(super) struct Templates {
    tera: Tera,
}

impl Templates {
    /// Parses all templates of a component. `folder` is where names in `{% include %}` are looked for first; then come the
    /// pieces that all components share.
    pub fn parse<'a>(folder: &str, files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, TemplateError> {
        let mut tera = Tera::default();
        tera.autoescape_on(Vec::<&str>::new());
        register_filters(&mut tera);
        tera.register_test("since", is_since);
        let failed = |error| template_error("", error);
        let own = format!("{}/", folder.trim_end_matches('/'));
        tera.set_fallback_prefixes([own, SHARED.to_owned()]).map_err(failed)?;
        tera.add_raw_templates(files).map_err(|error| template_error("", error))?;
        Ok(Self { tera })
    }

    /// Renders one of them, by its path.
    pub fn render(&self, template: &str, context: &Context) -> Result<String, TemplateError> {
        self.tera.render(template, context).map_err(|error| template_error(template, error))
    }
}

/// A context of the names at the top of a JSON mapping.
pub(super) fn context(values: &Json) -> Context {
    let mut context = Context::new();
    if let Json::Object(map) = values {
        for (name, value) in map {
            context.insert_value(name.clone(), Value::from_serializable(value));
        }
    }
    context
}

fn register_filters(tera: &mut Tera) {
    tera.register_filter("quote", |value: &Value, _: Kwargs, _: &State| quote(value));
    tera.register_filter("json", |value: &Value, _: Kwargs, _: &State| to_json(value));
    tera.register_filter("yaml", |value: &Value, _: Kwargs, _: &State| to_yaml(value));
    tera.register_filter("minus", minus);
    tera.register_filter("b64encode", |text: String, _: Kwargs, _: &State| -> TeraResult<String> {
        use base64::Engine as _;
        Ok(base64::engine::general_purpose::STANDARD.encode(text))
    });
}

/// `{% if component.version is since(version="1.10") %}`: whether a version is that one or a later one.
fn is_since(version: &str, arguments: Kwargs, _: &State) -> TeraResult<bool> {
    Ok(version::holds_in(arguments.must_get::<&str>("version")?, version))
}

/// `{{ "2" | minus(amount="500m") }}`: what is left of an amount of Kubernetes, at least nothing.
fn minus(value: &Value, arguments: Kwargs, _: &State) -> TeraResult<String> {
    let parse = |text: String| {
        text.parse::<Quantity>().map_err(|_| tera::Error::message(format!("`minus` of \"{text}\", which is no amount")))
    };
    let left = parse(value.to_string())?.minus(parse(arguments.must_get::<String>("amount")?)?);
    Ok(left.max(Quantity::from_nanos(0)).to_string())
}

/// A scalar as a JSON string.
fn quote(value: &Value) -> TeraResult<String> {
    let text = match value.as_str() {
        Some(text) => text.to_owned(),
        None if value.is_map() || value.is_array() || value.is_none() || value.is_undefined() => {
            return Err(tera::Error::message("`quote` wants text, a number or a bool; use `json` for other values"));
        }
        None => value.to_string(),
    };
    Ok(printable(&Json::String(text).to_string()))
}

fn to_json(value: &Value) -> TeraResult<String> {
    if value.is_undefined() {
        return Err(tera::Error::message("`json` of an undefined value"));
    }
    serde_json::to_string(value).map(|text| printable(&text)).map_err(tera::Error::message)
}

/// JSON text with those characters escaped that JSON lets stand and YAML does not (YAML 1.2, section 5.1) or takes for
/// line breaks. They can only be inside of its strings.
fn printable(json: &str) -> String {
    let is_special =
        |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    if !json.contains(is_special) {
        return json.to_owned();
    }
    json.chars().fold(String::with_capacity(json.len() + 16), |mut text, c| {
        if is_special(c) {
            text.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            text.push(c);
        }
        text
    })
}

fn to_yaml(value: &Value) -> TeraResult<String> {
    let value = serde_json::to_value(value).map_err(tera::Error::message)?;
    yaml_text(&value).map_err(tera::Error::message)
}

/// Block YAML with long lines left whole, without a final newline.
pub(super) fn yaml_text(value: &Json) -> Result<String, String> {
    let options = serde_saphyr::ser_options! { folded_wrap_chars: 1_000_000, min_fold_chars: 1_000_000 };
    let mut text = String::new();
    serde_saphyr::to_fmt_writer_with_options(&mut text, value, options).map_err(|error| error.to_string())?;
    text.truncate(text.trim_end_matches('\n').len());
    Ok(text)
}

fn template_error(template: &str, error: tera::Error) -> TemplateError {
    use tera::ErrorKind;
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => TemplateError {
            template: if report.filename().is_empty() { template } else { report.filename() }.to_owned(),
            place: Some((report.span().start_line, report.span().start_col + 1)),
            message: report.message().to_owned(),
        },
        _ => reported(template, &error.to_string()),
    }
}

/// What Tera finds when templates are added comes as a printed report: the message, then ` --> name:line:column`.
fn reported(template: &str, report: &str) -> TemplateError {
    let message = report.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let place = report.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
    let mut parts = place.unwrap_or_default().trim_end().rsplitn(3, ':');
    let mut number = || parts.next()?.parse::<usize>().ok();
    let (column, line) = (number(), number());
    let name = parts.next().unwrap_or(template).to_owned();
    TemplateError { template: name, place: line.zip(column), message }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn render(text: &str, values: Json) -> Result<String, TemplateError> {
        Templates::parse("t", [("t/a.yaml", text), ("t/_b.yaml", "b={{ x }}")])?.render("t/a.yaml", &context(&values))
    }

    #[test]
    fn renders() {
        for (text, expected) in [
            ("{{ x }}", "1 & <2>"),
            ("{{ x | quote }} {{ n | quote }} {{ t | quote }}", r#""1 & <2>" "3" "true""#),
            ("{{ m | json }}", r#"{"z":1,"a":["x\"y",null]}"#),
            ("{{ m | yaml }}", "z: 1\na:\n- x\"y\n- null"),
            ("{{ x | b64encode }}", "MSAmIDwyPg=="),
            ("{{ '2' | minus(amount='500m') }} {{ '1Gi' | minus(amount='2Gi') }}", "1500m 0"),
            ("{% include '_b.yaml' %}", "b=1 & <2>"),
            ("{% for k, v in m %}{{ k }}{% endfor %}", "za"),
            ("{% if 'a' in l %}yes{% endif %}", "yes"),
            ("{% if v is since(version='1.9') %}yes{% endif %}", "yes"),
            ("{% if v is not since(version='1.10.3') %}no{% endif %}", "no"),
        ] {
            let values = json!({"x": "1 & <2>", "n": 3, "t": true, "m": {"z": 1, "a": ["x\"y", null]}, "l": ["a"], "v": "1.10.2"});
            assert_eq!(render(text, values).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn errors_have_places() {
        for (text, place) in [("\n{{ missing }}", (2, 4)), ("{% if %}", (1, 7)), ("{{ x | nofilter }}", (1, 8))] {
            let error = render(text, json!({"x": 1})).expect_err(text);
            assert_eq!((error.template.as_str(), error.place), ("t/a.yaml", Some(place)), "{}", error.message);
        }
    }

    proptest::proptest! {
        /// Whatever a user writes stays one text: nothing breaks out of its place in the YAML.
        #[test]
        fn quoted_text_comes_back(text in ".*", other in "\\PC*") {
            let values = json!({"x": text, "m": {"k": [other]}});
            let template = "a: {{ x | quote }}\nb: {{ m | json }}\nc:\n  {{ m | yaml | indent(width=2) }}\n";
            let rendered = render(template, values.clone()).expect("rendered");
            let parsed = crate::catalog::manifest::parse(&rendered).expect("YAML");
            proptest::prop_assert_eq!(&parsed[0]["a"], &values["x"]);
            proptest::prop_assert_eq!(&parsed[0]["b"], &values["m"]);
            proptest::prop_assert_eq!(&parsed[0]["c"], &values["m"]);
        }
    }
}
