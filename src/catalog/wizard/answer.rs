//! One answer: read from what was typed or written, and checked by what its argument takes.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::config::rules::Check;
use crate::config::schema::Argument;
use crate::config::schema::Kind;
use crate::diag::nearest;

/// What was answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Left open.
    Nothing,
    Text(String),
    Number(i64),
    Bool(bool),
    Texts(Vec<String>),
    Map(BTreeMap<String, String>),
}

impl Answer {
    /// Reads what was typed: lists with commas, maps as `key=value` with commas, `yes` and `no`.
    ///
    /// # Errors
    /// What is wanted instead.
    pub fn typed(argument: &Argument, typed: &str) -> Result<Self, String> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Ok(Self::Nothing);
        }
        let parts = || typed.split(',').map(str::trim).filter(|part| !part.is_empty());
        match argument.kind {
            Kind::Number => match typed.parse() {
                Ok(number) => Ok(Self::Number(number)),
                Err(_) => Err("it is no whole number".into()),
            },
            Kind::Bool => match typed.to_lowercase().as_str() {
                "yes" | "y" | "true" => Ok(Self::Bool(true)),
                "no" | "n" | "false" => Ok(Self::Bool(false)),
                _ => Err("it is neither yes nor no".into()),
            },
            Kind::Texts => Ok(Self::Texts(parts().map(str::to_owned).collect())),
            Kind::TextMap => {
                let mut map = BTreeMap::new();
                for part in parts() {
                    let Some((key, value)) = part.split_once('=') else {
                        return Err(format!("\"{part}\" is not of the form key=value"));
                    };
                    map.insert(key.trim().to_owned(), value.trim().to_owned());
                }
                Ok(Self::Map(map))
            }
            _ => Ok(Self::Text(typed.to_owned())),
        }
    }

    /// Reads what stands in a file.
    ///
    /// # Errors
    /// What is wanted instead.
    pub fn written(argument: &Argument, value: &Value) -> Result<Self, String> {
        let text = |value: &Value| match value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
            _ => Err("it must be a text".to_owned()),
        };
        match (&argument.kind, value) {
            (_, Value::Null) => Ok(Self::Nothing),
            (Kind::Texts, Value::Array(elements)) => {
                elements.iter().map(text).collect::<Result<_, _>>().map(Self::Texts)
            }
            (Kind::TextMap, Value::Object(entries)) => {
                let entries = entries.iter().map(|(key, value)| Ok((key.clone(), text(value)?)));
                entries.collect::<Result<_, String>>().map(Self::Map)
            }
            (_, value) => Self::typed(argument, &text(value).map_err(|_| format!("it must be {}", wanted(argument)))?),
        }
    }

    /// Whether an argument takes it.
    ///
    /// # Errors
    /// Why not. Says nothing of the answer where that may be secret.
    pub fn check(&self, argument: &Argument) -> Result<(), String> {
        match self {
            Self::Nothing | Self::Bool(_) => Ok(()),
            Self::Text(text) => check_text(argument, text),
            Self::Number(number) => check_number(argument, *number),
            Self::Texts(texts) => texts.iter().try_for_each(|text| {
                check_text(argument, text).map_err(|reason| {
                    if reason.contains(&format!("\"{text}\"")) { reason } else { format!("\"{text}\": {reason}") }
                })
            }),
            Self::Map(map) => {
                for (key, value) in map {
                    if let Some(rule) = &argument.key_rule {
                        rule.text(key).map_err(|reason| format!("\"{key}\": {reason}"))?;
                    }
                    check_text(argument, value).map_err(|reason| format!("\"{key}\": {reason}"))?;
                }
                match argument.rule.as_ref().map(|rule| &rule.check) {
                    Some(Check::Map(check)) => check(map),
                    _ => Ok(()),
                }
            }
        }
    }

    /// As a person types it.
    pub fn shown(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Bool(truth) => if *truth { "yes" } else { "no" }.to_owned(),
            Self::Texts(texts) => texts.join(", "),
            Self::Map(map) => map.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", "),
        }
    }
}

fn check_text(argument: &Argument, text: &str) -> Result<(), String> {
    if !argument.choices.is_empty() && !argument.choices.iter().any(|choice| choice == text) {
        let near = nearest(text, argument.choices.iter().map(String::as_str));
        let near = near.map_or(String::new(), |near| format!(". Did you mean \"{near}\"?"));
        return Err(format!("\"{text}\" is none of {}{near}", argument.choices.join(", ")));
    }
    match &argument.rule {
        Some(rule) => rule.text(text),
        None => Ok(()),
    }
}

fn check_number(argument: &Argument, number: i64) -> Result<(), String> {
    match (argument.minimum, argument.maximum) {
        (Some(least), _) if number < least => Err(format!("it must be at least {least}")),
        (_, Some(most)) if number > most => Err(format!("it must be at most {most}")),
        _ => Ok(()),
    }
}

fn wanted(argument: &Argument) -> &'static str {
    match argument.kind {
        Kind::Number => "a whole number",
        Kind::Bool => "true or false",
        Kind::Texts => "a list of texts",
        Kind::TextMap => "a map of texts",
        _ => "a text",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::schema::block;

    fn argument(block_name: &str, name: &str) -> Argument {
        block(block_name).and_then(|block| block.argument(name)).cloned().expect("an argument")
    }

    fn check(block: &str, name: &str, typed: &str, expected: Result<&str, &str>) {
        let argument = argument(block, name);
        let answer = Answer::typed(&argument, typed);
        let found = answer.and_then(|answer| answer.check(&argument).map(|()| answer.shown()));
        assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{typed}");
    }

    #[test]
    fn what_is_typed_is_checked_by_the_schema() {
        check("platform", "edition", " mini ", Ok("mini"));
        check("platform", "edition", "minni", Err("\"minni\" is none of mini, enterprise. Did you mean \"mini\"?"));
        check("platform", "tags", "env=prod, team=ml", Ok("env=prod, team=ml"));
        check("platform", "tags", "env", Err("\"env\" is not of the form key=value"));
        check("platform", "tags", "=x", Err("the key \"…\" must have 1 to 128 characters"));
        check("user", "email", "alice", Err("it has no @"));
        check("node_pool", "node_count", "-1", Err("it must be at least 0"));
        check("node_pool", "node_count", "three", Err("it is no whole number"));
        check("node_pool", "auto_recovery", "maybe", Err("it is neither yes nor no"));
        check("profile", "contributors", "bob=edit", Err("\"bob\": it has no @"));
        check("cluster", "name", "", Ok(""));
    }

    #[test]
    fn what_is_written_may_be_of_another_type_that_says_the_same() {
        let written = |block: &str, name: &str, value: Value| Answer::written(&argument(block, name), &value);
        assert_eq!(written("node_pool", "node_count", json!("3")), Ok(Answer::Number(3)));
        assert_eq!(written("platform", "version", json!(26.03)), Ok(Answer::Text("26.03".into())));
        let quota = Answer::Map([("cpu".to_owned(), "16".to_owned())].into());
        assert_eq!(written("profile", "quota", json!({"cpu": 16})), Ok(quota));
        assert_eq!(written("user", "email", json!(["a"])), Err("it must be a text".into()));
    }
}
