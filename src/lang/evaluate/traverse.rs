//! Steps on values: attributes, indexes, splats.

use super::Evaluator;
use super::MAX_WEIGHT;
use crate::diag::Diagnostic;
use crate::diag::Span;
use crate::diag::nearest;
use crate::lang::Content;
use crate::lang::Type;
use crate::lang::Value;
use crate::lang::syntax::Name;
use crate::lang::syntax::Step;

impl Evaluator<'_> {
    pub(super) fn steps(&mut self, value: Value, steps: &[Step]) -> Value {
        let mut value = value;
        self.touch(&value);
        for step in steps {
            value = match step {
                Step::Attribute(name) => self.attribute(&value, name),
                Step::Index(index) => {
                    let key = self.evaluate(index);
                    self.index(&value, &key, index.span)
                }
                Step::Splat(inner, span) => self.splat(&value, inner, *span),
            };
            self.touch(&value);
        }
        value
    }

    fn touch(&mut self, value: &Value) {
        if let Some(address) = value.resource_address() {
            self.touched.insert(address.clone());
        }
    }

    fn attribute(&mut self, value: &Value, name: &Name) -> Value {
        let sensitive = value.is_sensitive();
        let result = match value.content() {
            Content::Object(attributes) => match attributes.get(&name.text) {
                Some(found) => found.clone(),
                None => self.no_attribute(name, attributes.keys().map(String::as_str), sensitive),
            },
            Content::Map(_, entries) => match entries.get(&name.text) {
                Some(found) => found.clone(),
                None => {
                    let detail = format!("The map has no element {:?}.", name.text);
                    self.error(name.span, "Missing map element", detail)
                }
            },
            Content::Unknown(Type::Any) => Value::unknown(Type::Any),
            Content::Unknown(Type::Map(element)) => Value::unknown((**element).clone()),
            Content::Unknown(Type::Object(attributes)) => match attributes.get(&name.text) {
                Some(attribute) => Value::unknown(attribute.kind.clone()),
                None => self.no_attribute(name, attributes.keys().map(String::as_str), sensitive),
            },
            Content::Null(_) => {
                let detail = format!("The value is null, so it has no attribute {:?}.", name.text);
                self.error(name.span, "Attempt to get attribute from null value", detail)
            }
            Content::List(..) | Content::Set(..) | Content::Tuple(_) => {
                let detail = format!(
                    "A {} has no attribute {:?}. For that attribute of every element, write [*].{}.",
                    value.kind().word(),
                    name.text,
                    name.text
                );
                self.error(name.span, "Unsupported attribute", detail)
            }
            _ => {
                let detail = format!("A {} has no attributes.", value.kind().word());
                self.error(name.span, "Unsupported attribute", detail)
            }
        };
        result.with_sensitivity(sensitive)
    }

    fn no_attribute<'n>(&mut self, name: &Name, known: impl Iterator<Item = &'n str>, sensitive: bool) -> Value {
        let help = if sensitive { None } else { nearest(&name.text, known).map(|n| format!("Did you mean \"{n}\"?")) };
        let detail = format!("The object has no attribute {:?}.", name.text);
        self.diagnostics.push(Diagnostic::error("Unsupported attribute", detail).at(name.span).help_option(help));
        Value::unknown(Type::Any)
    }

    /// `value[key]`.
    pub(crate) fn index(&mut self, value: &Value, key: &Value, span: Span) -> Value {
        let sensitive = value.is_sensitive() || key.contains_sensitive();
        if value.is_null() {
            return self.error(span, "Attempt to index null value", "The value is null, so it has no elements.");
        }
        if key.is_null() {
            return self.error(span, "Invalid index", "The key is null.");
        }
        let result = match value.content() {
            Content::List(_, elements) | Content::Tuple(elements) => {
                let Some(number) = self.index_key(key, Type::Number, span) else {
                    return Value::unknown(Type::Any);
                };
                if number.is_unknown() {
                    Value::unknown(match value.content() {
                        Content::List(kind, _) => kind.clone(),
                        _ => Type::Any,
                    })
                } else {
                    let at = number.as_i64().and_then(|at| usize::try_from(at).ok());
                    match at.and_then(|at| elements.get(at)) {
                        Some(element) => element.clone(),
                        None => {
                            let detail = format!(
                                "The index lies outside: the {} has {} elements, counted from 0.",
                                value.kind().word(),
                                elements.len()
                            );
                            self.error(span, "Invalid index", detail)
                        }
                    }
                }
            }
            Content::Map(_, entries) | Content::Object(entries) => {
                let Some(text) = self.index_key(key, Type::String, span) else {
                    return Value::unknown(Type::Any);
                };
                match text.as_str() {
                    None => Value::unknown(match value.content() {
                        Content::Map(kind, _) => kind.clone(),
                        _ => Type::Any,
                    }),
                    Some(name) => match entries.get(name) {
                        Some(found) => found.clone(),
                        None => {
                            let help = if sensitive { None } else { nearest(name, entries.keys().map(String::as_str)) };
                            let help = help.map(|near| format!("Did you mean \"{near}\"?"));
                            let shown = if key.contains_sensitive() { String::new() } else { format!(" {name:?}") };
                            let detail = format!("The {} has no element{shown}.", value.kind().word());
                            let found = Diagnostic::error("Invalid index", detail).at(span).help_option(help);
                            self.diagnostics.push(found);
                            Value::unknown(Type::Any)
                        }
                    },
                }
            }
            Content::Unknown(Type::List(element) | Type::Map(element)) => Value::unknown((**element).clone()),
            Content::Unknown(Type::Any | Type::Tuple(_) | Type::Object(_)) => Value::unknown(Type::Any),
            Content::Set(..) | Content::Unknown(Type::Set(_)) => {
                let detail = "Elements of a set have no index. Make a list of it with tolist(), or use contains().";
                self.error(span, "Invalid index", detail)
            }
            _ => {
                let detail = format!("A {} has no elements.", value.kind().word());
                self.error(span, "Invalid index", detail)
            }
        };
        result.with_sensitivity(sensitive)
    }

    fn index_key(&mut self, key: &Value, wanted: Type, span: Span) -> Option<Value> {
        match key.convert(&wanted) {
            Ok(key) => Some(key),
            Err(_) => {
                self.error(span, "Invalid index", format!("The key must be a {}.", wanted.word()));
                None
            }
        }
    }

    /// `.*` and `[*]`: steps on every element; a value that is no list counts as one element, null as none.
    fn splat(&mut self, value: &Value, inner: &[Step], span: Span) -> Value {
        let sensitive = value.is_sensitive();
        let elements: Vec<Value> = match value.content() {
            Content::List(_, elements) | Content::Set(_, elements) | Content::Tuple(elements) => elements.to_vec(),
            Content::Null(Type::List(_) | Type::Set(_) | Type::Tuple(_)) => {
                return self.error(span, "Splat of null value", "A null list or set has no elements to go through.");
            }
            Content::Null(_) => Vec::new(),
            Content::Unknown(_) => return Value::unknown(Type::Any).with_sensitivity(sensitive),
            _ => vec![value.clone().without_own_mark()],
        };
        let element_kind = match value.content() {
            Content::List(kind, _) | Content::Set(kind, _) => Some(kind.clone()),
            _ => None,
        };
        let mut results = Vec::with_capacity(elements.len());
        let budget = self.budget();
        if !budget.spend_elements(elements.len()) {
            return self.exhausted(span);
        }
        let mut weight = 0_usize;
        for element in elements {
            let failed_before = self.diagnostics.len();
            let element = self.steps(element, inner);
            weight = weight.saturating_add(element.weight());
            if weight > MAX_WEIGHT {
                return self.too_large(span);
            }
            results.push(element);
            if self.diagnostics.len() > failed_before {
                return Value::unknown(Type::Any).with_sensitivity(sensitive);
            }
        }
        let result = Value::tuple(results);
        // Of a list or set comes a list, as far as its elements agree.
        let result = match element_kind {
            Some(_) => result.convert(&Type::list(Type::Any)).unwrap_or(result),
            None => result,
        };
        result.with_sensitivity(sensitive)
    }
}
