//! What variables an expression sees, and its evaluation among them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use cel::Context;
use cel::ExecutionError;
use cel::objects::Key;
use cel::objects::Map;
use serde_json::Value as Json;

use super::CelExpression;
use super::LANGUAGE;
use super::meter::SPEND;

/// One evaluation may spend so much: turns of loops, and the values that are put together in them. It takes about a second.
const BUDGET: u64 = 2_000_000;
/// Of what an evaluation says when it fails, so much is told.
const LONGEST_REASON: usize = 300;

/// Variables with their values, for one expression after another.
pub struct CelScope {
    context: Context<'static, 'static>,
    spent: Arc<AtomicU64>,
}

/// What comes of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum CelResult {
    Bool(bool),
    Text(String),
    /// Anything else, by the name of its type.
    Other(String),
}

impl CelScope {
    pub fn new() -> Self {
        let mut context = Context::with_env(LANGUAGE.clone());
        let spent = Arc::new(AtomicU64::new(0));
        let counter = spent.clone();
        let spend = move |value: cel::Value| -> Result<cel::Value, ExecutionError> {
            let cost = size(&value, BUDGET);
            if counter.fetch_add(cost, Ordering::Relaxed) + cost > BUDGET {
                return Err(ExecutionError::function_error(SPEND, "spent"));
            }
            Ok(value)
        };
        // The language has no function of this name: nobody can write it.
        context.add_function(SPEND, spend).expect("the name is free");
        Self { context, spent }
    }

    /// Gives a variable its value.
    pub fn set(&mut self, name: &str, value: &Json) {
        self.context.add_variable_from_value(name, cel_value(value));
    }

    /// Evaluates an expression with further variables.
    ///
    /// # Errors
    /// It fails, or costs too much: why, as the end of a sentence.
    pub fn evaluate(&self, expression: &CelExpression, further: &[(&str, Json)]) -> Result<CelResult, String> {
        self.spent.store(0, Ordering::Relaxed);
        let mut inner = self.context.new_inner_scope();
        for (name, value) in further {
            inner.add_variable_from_value(*name, cel_value(value));
        }
        let result = cel::Value::resolve(&expression.metered, &inner);
        if self.spent.load(Ordering::Relaxed) > BUDGET {
            return Err("it takes too long: it goes through more than two million values".to_owned());
        }
        match result {
            Ok(cel::Value::Bool(value)) => Ok(CelResult::Bool(value)),
            Ok(cel::Value::String(text)) => Ok(CelResult::Text(text.to_string())),
            Ok(other) => Ok(CelResult::Other(other.type_of().to_string())),
            Err(error) => Err(reason(&error)),
        }
    }
}

/// How much a value is, counted no further than to a limit.
fn size(value: &cel::Value, limit: u64) -> u64 {
    let mut cost = 1;
    match value {
        cel::Value::String(text) => cost += text.len() as u64 / 16,
        cel::Value::Bytes(bytes) => cost += bytes.len() as u64 / 16,
        cel::Value::List(items) => {
            for item in items.iter() {
                if cost > limit {
                    break;
                }
                cost += size(item, limit - cost);
            }
        }
        cel::Value::Map(map) => {
            for item in map.map.values() {
                if cost > limit {
                    break;
                }
                cost += size(item, limit - cost);
            }
        }
        _ => {}
    }
    cost
}

fn cel_value(value: &Json) -> cel::Value {
    match value {
        Json::Null => cel::Value::Null,
        Json::Bool(value) => cel::Value::Bool(*value),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => cel::Value::Int(whole),
            (None, Some(number)) => cel::Value::Float(number),
            (None, None) => cel::Value::Null,
        },
        Json::String(text) => cel::Value::String(Arc::new(text.clone())),
        Json::Array(items) => cel::Value::List(Arc::new(items.iter().map(cel_value).collect())),
        Json::Object(fields) => {
            let entry = |(name, value): (&String, &Json)| (Key::String(Arc::new(name.clone())), cel_value(value));
            let map: HashMap<Key, cel::Value> = fields.iter().map(entry).collect();
            cel::Value::Map(Map { map: Arc::new(map) })
        }
    }
}

/// Why an evaluation failed, in words that do not hold whole values.
fn reason(error: &ExecutionError) -> String {
    let text = match error {
        ExecutionError::NoSuchKey(name) => {
            format!("there is no field \"{name}\" here; ask for it first: has(….{name}) && …")
        }
        ExecutionError::NoSuchOverload(call)
            if call.argument_types().first().is_some_and(|first| first == "null_type") =>
        {
            "it takes a field of null, or calls a function with it; ask first: … != null && …".to_owned()
        }
        ExecutionError::NoSuchOverload(call) => {
            format!("{} cannot be used on {}", function(call.function()), call.argument_types().join(" and "))
        }
        ExecutionError::UndeclaredReference(name) => format!("there is nothing called \"{name}\""),
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "it divides by zero".to_owned(),
        ExecutionError::IndexOutOfBounds(_) => "the list has no element at that index".to_owned(),
        ExecutionError::ValuesNotComparable(..) => "it compares values that cannot be compared".to_owned(),
        ExecutionError::UnexpectedType { got, want } => format!("it needs a value of type {want}, not {got}"),
        ExecutionError::FunctionError { function, message } => format!("{function}: {message}"),
        ExecutionError::Overflow(..) => "a number gets too large".to_owned(),
        _ => "it uses a value in a way that its type does not have".to_owned(),
    };
    text.chars().take(LONGEST_REASON).collect()
}

/// An operator as it is written.
fn function(name: &str) -> String {
    match name {
        "_._" => "a field".to_owned(),
        "_[_]" => "an index".to_owned(),
        "@in" => "in".to_owned(),
        _ => name.trim_matches('_').to_owned(),
    }
}
