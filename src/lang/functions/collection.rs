//! Lists, maps and conversions. Most work on parts: unknown and sensitive elements stay what they are.

use std::collections::BTreeMap;

use super::Care;
use super::Context;
use super::Failure;
use super::Function;
use super::Outcome;
use super::Parameter::Any;
use super::Parameter::AnyOrNull;
use super::Parameter::List;
use super::Parameter::Number;
use super::Parameter::Text;
use super::Parameter::Texts;
use super::function;
use crate::lang::Content;
use crate::lang::Type;
use crate::lang::Value;
use crate::lang::convert::unify;

const WHOLE: Care = Care::Whole;
const PARTS: Care = Care::Parts;

pub(super) const FUNCTIONS: &[Function] = &[
    function("alltrue", &[Any], None, Type::Bool, PARTS, alltrue),
    function("anytrue", &[Any], None, Type::Bool, PARTS, anytrue),
    function("chunklist", &[List, Number], None, Type::Any, PARTS, chunklist),
    function("coalesce", &[], Some(AnyOrNull), Type::Any, PARTS, coalesce),
    function("coalescelist", &[], Some(AnyOrNull), Type::Any, PARTS, coalescelist),
    function("compact", &[Texts], None, Type::Any, WHOLE, compact),
    function("concat", &[], Some(Any), Type::Any, PARTS, concat),
    function("contains", &[Any, Any], None, Type::Bool, WHOLE, contains),
    function("distinct", &[List], None, Type::Any, WHOLE, distinct),
    function("element", &[Any, Number], None, Type::Any, PARTS, element),
    function("ephemeralasnull", &[AnyOrNull], None, Type::Any, PARTS, same),
    function("flatten", &[Any], None, Type::Any, PARTS, flatten),
    function("index", &[Any, Any], None, Type::Number, WHOLE, index),
    function("issensitive", &[AnyOrNull], None, Type::Bool, PARTS, issensitive),
    function("keys", &[Any], None, Type::Any, PARTS, keys),
    function("length", &[Any], None, Type::Number, PARTS, length),
    function("lookup", &[Any, Text], Some(AnyOrNull), Type::Any, PARTS, lookup),
    function("matchkeys", &[List, List, List], None, Type::Any, WHOLE, matchkeys),
    function("merge", &[], Some(AnyOrNull), Type::Any, PARTS, merge),
    function("nonsensitive", &[AnyOrNull], None, Type::Any, PARTS, nonsensitive),
    function("one", &[Any], None, Type::Any, PARTS, one),
    function("range", &[Number], Some(Number), Type::Any, WHOLE, range),
    function("reverse", &[Any], None, Type::Any, PARTS, reverse),
    function("sensitive", &[AnyOrNull], None, Type::Any, PARTS, sensitive),
    function("slice", &[Any, Number, Number], None, Type::Any, WHOLE, slice),
    function("sort", &[Texts], None, Type::Any, WHOLE, sort),
    function("tobool", &[AnyOrNull], None, Type::Bool, PARTS, |a, _| convert(a, Type::Bool)),
    function("tolist", &[AnyOrNull], None, Type::Any, PARTS, |a, _| convert(a, Type::list(Type::Any))),
    function("tomap", &[AnyOrNull], None, Type::Any, PARTS, |a, _| convert(a, Type::map(Type::Any))),
    function("tonumber", &[AnyOrNull], None, Type::Number, PARTS, |a, _| convert(a, Type::Number)),
    function("toset", &[AnyOrNull], None, Type::Any, PARTS, |a, _| convert(a, Type::set(Type::Any))),
    function("tostring", &[AnyOrNull], None, Type::String, PARTS, |a, _| convert(a, Type::String)),
    function("transpose", &[Any], None, Type::Any, WHOLE, transpose),
    function("values", &[Any], None, Type::Any, PARTS, values),
    function("zipmap", &[Texts, Any], None, Type::Any, PARTS, zipmap),
];

/// The only argument's elements, or the result for an unknown one.
fn elements(arguments: &[Value], at: usize) -> Result<Option<&[Value]>, Failure> {
    match (arguments[at].as_elements(), arguments[at].content()) {
        (Some(elements), _) => Ok(Some(elements)),
        (None, Content::Unknown(_)) => Ok(None),
        _ => Err(Failure::of(at, "a list, set or tuple is required")),
    }
}

fn entries(arguments: &[Value], at: usize) -> Result<Option<&BTreeMap<String, Value>>, Failure> {
    match (arguments[at].as_entries(), arguments[at].content()) {
        (Some(entries), _) => Ok(Some(entries)),
        (None, Content::Unknown(_)) => Ok(None),
        _ => Err(Failure::of(at, "a map or object is required")),
    }
}

fn whole(arguments: &[Value], at: usize) -> Result<i64, Failure> {
    arguments[at].as_i64().ok_or_else(|| Failure::of(at, "a whole number is required"))
}

fn common(kinds: impl Iterator<Item = Type>, reason: &str) -> Result<Type, Failure> {
    unify(kinds).ok_or_else(|| Failure::new(reason))
}

fn truths(arguments: &[Value], decided: bool) -> Outcome {
    let mark = arguments[0].contains_sensitive();
    let Some(elements) = elements(arguments, 0)? else { return Ok(Value::unknown(Type::Bool).with_sensitivity(mark)) };
    let mut unknown = false;
    for element in elements {
        let truth = element.convert(&Type::Bool).map_err(|_| Failure::of(0, "all elements must be bools"))?;
        unknown |= truth.is_unknown();
        if truth.is_null() && !decided || truth.as_bool() == Some(decided) {
            return Ok(Value::bool(decided).with_sensitivity(mark));
        }
    }
    let value = if unknown { Value::unknown(Type::Bool) } else { Value::bool(!decided) };
    Ok(value.with_sensitivity(mark))
}

fn alltrue(arguments: &[Value], _: &Context<'_>) -> Outcome {
    truths(arguments, false)
}

fn anytrue(arguments: &[Value], _: &Context<'_>) -> Outcome {
    truths(arguments, true)
}

fn chunklist(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let mark = arguments.iter().any(Value::is_sensitive);
    if arguments.iter().any(Value::is_unknown) {
        return Ok(Value::unknown(Type::Any).with_sensitivity(mark));
    }
    let size = usize::try_from(whole(arguments, 1)?).map_err(|_| Failure::of(1, "the size must not be negative"))?;
    let Content::List(kind, elements) = arguments[0].content() else { return Ok(Value::unknown(Type::Any)) };
    let size = if size == 0 { elements.len().max(1) } else { size };
    let chunks = elements.chunks(size).map(|chunk| Value::list(kind.clone(), chunk.to_vec()));
    Ok(Value::list(Type::list(kind.clone()), chunks.collect()).with_sensitivity(mark))
}

fn coalesce(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let kind = common(arguments.iter().map(Value::kind), "all arguments must have the same type")?;
    for argument in arguments {
        let value = argument.convert(&kind).map_err(|m| Failure::new(m.to_string()))?;
        if value.is_unknown() {
            return Ok(Value::unknown(kind));
        }
        if !value.is_null() && value.as_str() != Some("") {
            return Ok(value);
        }
    }
    Err(Failure::new("there is no argument that is neither null nor an empty text"))
}

fn coalescelist(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let fits = |kind: Type| matches!(kind, Type::List(_) | Type::Tuple(_) | Type::Any);
    if let Some(at) = arguments.iter().position(|argument| !fits(argument.kind())) {
        return Err(Failure::of(at, "a list or tuple is required"));
    }
    for (at, argument) in arguments.iter().enumerate() {
        if argument.is_null() {
            continue;
        }
        match elements(arguments, at)? {
            None => return Ok(Value::unknown(Type::Any)),
            Some([]) => {}
            Some(_) => return Ok(argument.clone()),
        }
    }
    Err(Failure::new("there is no list that is not empty"))
}

fn compact(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let kept = arguments[0].as_elements().unwrap_or(&[]).iter().filter(|e| e.as_str().is_some_and(|s| !s.is_empty()));
    Ok(Value::list(Type::String, kept.cloned().collect()))
}

fn concat(arguments: &[Value], _: &Context<'_>) -> Outcome {
    if arguments.is_empty() {
        return Err(Failure::new("at least one argument is required"));
    }
    let mut all = Vec::new();
    let mut mark = false;
    let mut lists = true;
    for (at, argument) in arguments.iter().enumerate() {
        mark |= argument.is_sensitive();
        if matches!(argument.content(), Content::Set(..)) {
            return Err(Failure::of(at, "a list or tuple is required, not a set"));
        }
        lists &= matches!(argument.content(), Content::List(..));
        let Some(elements) = elements(arguments, at)? else {
            return Ok(Value::unknown(Type::Any).with_sensitivity(mark));
        };
        all.extend(elements.iter().cloned());
    }
    let result = Value::tuple(all);
    let result = if lists { result.convert(&Type::list(Type::Any)).unwrap_or(result) } else { result };
    Ok(result.with_sensitivity(mark))
}

fn contains(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let Some(elements) = elements(arguments, 0)? else { return Ok(Value::unknown(Type::Bool)) };
    Ok(elements.iter().any(|element| element.same(&arguments[1])).into())
}

fn distinct(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let Content::List(kind, elements) = arguments[0].content() else { return Ok(arguments[0].clone()) };
    let mut seen: std::collections::BTreeSet<Ordered> = std::collections::BTreeSet::new();
    let kept = elements.iter().filter(|element| seen.insert(Ordered((*element).clone()))).cloned();
    Ok(Value::list(kind.clone(), kept.collect()))
}

struct Ordered(Value);

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.0.order(&other.0).is_eq()
    }
}

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.order(&other.0)
    }
}

fn element(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let mark = arguments[0].is_sensitive() || arguments[1].contains_sensitive();
    if matches!(arguments[0].content(), Content::Set(..)) {
        return Err(Failure::of(0, "a list or tuple is required, not a set"));
    }
    let Some(elements) = elements(arguments, 0)? else { return Ok(Value::unknown(Type::Any).with_sensitivity(mark)) };
    if arguments[1].is_unknown() {
        return Ok(Value::unknown(Type::Any).with_sensitivity(mark));
    }
    let at = whole(arguments, 1)?;
    if elements.is_empty() {
        return Err(Failure::of(0, "an empty list has no elements"));
    }
    // Negative ones count from the end.
    let at = usize::try_from(at.rem_euclid(elements.len() as i64)).unwrap_or(0);
    Ok(elements[at].clone().with_sensitivity(mark))
}

fn same(arguments: &[Value], _: &Context<'_>) -> Outcome {
    Ok(arguments[0].clone())
}

fn flatten(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let mut mark = arguments[0].is_sensitive();
    let Some(start) = elements(arguments, 0)? else { return Ok(Value::unknown(Type::Any).with_sensitivity(mark)) };
    let mut result = Vec::new();
    let mut pending: Vec<&Value> = start.iter().rev().collect();
    while let Some(value) = pending.pop() {
        match value.content() {
            Content::List(_, inner) | Content::Set(_, inner) | Content::Tuple(inner) => {
                mark |= value.is_sensitive();
                pending.extend(inner.iter().rev());
            }
            Content::Unknown(kind) if !kind.is_primitive() && !matches!(kind, Type::Map(_) | Type::Object(_)) => {
                return Ok(Value::unknown(Type::Any).with_sensitivity(mark));
            }
            _ => result.push(value.clone()),
        }
    }
    Ok(Value::tuple(result).with_sensitivity(mark))
}

fn index(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let Some(elements) = elements(arguments, 0)? else { return Ok(Value::unknown(Type::Number)) };
    match elements.iter().position(|element| element.same(&arguments[1])) {
        Some(at) => Ok(Value::number(at)),
        None => Err(Failure::new("the list does not hold the value")),
    }
}

fn issensitive(arguments: &[Value], _: &Context<'_>) -> Outcome {
    Ok(arguments[0].is_sensitive().into())
}

fn keys(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let mark = arguments[0].is_sensitive();
    let Some(entries) = entries(arguments, 0)? else {
        return Ok(Value::unknown(Type::list(Type::String)).with_sensitivity(mark));
    };
    let names = entries.keys().map(|name| Value::string(name.as_str())).collect();
    let value = match arguments[0].content() {
        Content::Object(_) => Value::tuple(names),
        _ => Value::list(Type::String, names),
    };
    Ok(value.with_sensitivity(mark))
}

fn length(arguments: &[Value], _: &Context<'_>) -> Outcome {
    use unicode_segmentation::UnicodeSegmentation;
    let mark = arguments[0].is_sensitive();
    let count = match arguments[0].content() {
        Content::String(text) => text.graphemes(true).count(),
        Content::List(_, elements) | Content::Tuple(elements) => elements.len(),
        Content::Set(..) if !arguments[0].is_wholly_known() => {
            return Ok(Value::unknown(Type::Number).with_sensitivity(mark));
        }
        Content::Set(_, elements) => elements.len(),
        Content::Map(_, entries) | Content::Object(entries) => entries.len(),
        Content::Unknown(Type::Tuple(kinds)) => kinds.len(),
        Content::Unknown(Type::Object(attributes)) => attributes.len(),
        Content::Unknown(Type::Bool | Type::Number) | Content::Bool(_) | Content::Number(_) | Content::Null(_) => {
            return Err(Failure::of(0, "a text or a collection is required"));
        }
        Content::Unknown(_) => return Ok(Value::unknown(Type::Number).with_sensitivity(mark)),
    };
    Ok(Value::number(count).with_sensitivity(mark))
}

fn lookup(arguments: &[Value], _: &Context<'_>) -> Outcome {
    if arguments.len() > 3 {
        return Err(Failure::new("at most 3 arguments are taken"));
    }
    let mark = arguments[0].is_sensitive() || arguments[1].contains_sensitive();
    let unknown = || Ok(Value::unknown(Type::Any).with_sensitivity(mark));
    let Some(entries) = entries(arguments, 0)? else { return unknown() };
    let Some(name) = arguments[1].as_str() else { return unknown() };
    match (entries.get(name), arguments.get(2)) {
        (Some(found), _) => Ok(found.clone().with_sensitivity(mark)),
        (None, Some(default)) => match arguments[0].content() {
            Content::Map(kind, _) => default
                .convert(kind)
                .map(|default| default.with_sensitivity(mark))
                .map_err(|_| Failure::of(2, "the default must have the type of the map's elements")),
            _ => Ok(default.clone().with_sensitivity(mark)),
        },
        (None, None) => Err(Failure::new("the map has no element of this name, and no default is given")),
    }
}

fn matchkeys(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let list = |at: usize| arguments[at].as_elements().unwrap_or(&[]);
    if list(0).len() != list(1).len() {
        return Err(Failure::of(1, "there must be as many keys as values"));
    }
    let Content::List(kind, _) = arguments[0].content() else { return Ok(arguments[0].clone()) };
    let text = |value: &Value| value.convert(&Type::String).unwrap_or_else(|_| value.clone());
    let wanted = list(0).iter().zip(list(1)).filter(|(_, key)| list(2).iter().any(|w| text(w).same(&text(key))));
    Ok(Value::list(kind.clone(), wanted.map(|(value, _)| value.clone()).collect()))
}

fn merge(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let mut merged = BTreeMap::new();
    let mut mark = false;
    // Only of maps of one type it is a map again.
    let kind = arguments.first().map(Value::kind);
    for (at, argument) in arguments.iter().enumerate() {
        mark |= argument.is_sensitive();
        if argument.is_null() {
            continue;
        }
        let Some(entries) = entries(arguments, at)? else {
            return Ok(Value::unknown(Type::Any).with_sensitivity(mark));
        };
        merged.extend(entries.iter().map(|(k, v)| (k.clone(), v.clone())));
    }
    let result = match kind {
        Some(Type::Map(element)) if arguments.iter().all(|argument| argument.kind() == Type::Map(element.clone())) => {
            Value::map(*element, merged)
        }
        _ => Value::object(merged),
    };
    Ok(result.with_sensitivity(mark))
}

fn nonsensitive(arguments: &[Value], _: &Context<'_>) -> Outcome {
    Ok(arguments[0].clone().without_own_mark())
}

fn sensitive(arguments: &[Value], _: &Context<'_>) -> Outcome {
    Ok(arguments[0].clone().with_sensitivity(true))
}

fn one(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let mark = arguments[0].is_sensitive();
    let Some(elements) = elements(arguments, 0)? else { return Ok(Value::unknown(Type::Any).with_sensitivity(mark)) };
    match elements {
        [] => {
            let kind = match arguments[0].content() {
                Content::List(kind, _) | Content::Set(kind, _) => kind.clone(),
                _ => Type::Any,
            };
            Ok(Value::new(Content::Null(kind)).with_sensitivity(mark))
        }
        [only] => Ok(only.clone().with_sensitivity(mark)),
        _ => Err(Failure::of(0, "must be a list, set or tuple with either zero or one elements")),
    }
}

/// At most 1024 elements, as Terraform's.
fn range(arguments: &[Value], _: &Context<'_>) -> Outcome {
    use crate::lang::Number;
    let number = |at: usize| arguments[at].as_number().cloned().unwrap_or(Number::ZERO);
    let (start, end, step) = match arguments.len() {
        1 => (Number::ZERO, number(0), None),
        2 => (number(0), number(1), None),
        3 => (number(0), number(1), Some(number(2))),
        _ => return Err(Failure::new("at most 3 arguments are taken")),
    };
    let step = step.unwrap_or_else(|| Number::from(if end < start { -1 } else { 1 }));
    if step.is_zero() {
        return Err(Failure::of(2, "the step must not be zero"));
    }
    if step.is_negative() && end > start || !step.is_negative() && end < start {
        return Err(Failure::new("the step leads away from the end"));
    }
    let mut numbers = Vec::new();
    let mut at = start;
    while if step.is_negative() { at > end } else { at < end } {
        if numbers.len() == 1024 {
            return Err(Failure::new("more than 1024 values were generated; reduce the difference or the steps"));
        }
        numbers.push(Value::number(at.clone()));
        at = at.add(&step).ok_or_else(|| Failure::new("the range has no end"))?;
    }
    Ok(Value::list(Type::Number, numbers))
}

fn reverse(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let mark = arguments[0].is_sensitive();
    let Some(elements) = elements(arguments, 0)? else { return Ok(arguments[0].clone()) };
    let reversed: Vec<Value> = elements.iter().rev().cloned().collect();
    let value = match arguments[0].content() {
        Content::List(kind, _) | Content::Set(kind, _) => Value::list(kind.clone(), reversed),
        _ => Value::tuple(reversed),
    };
    Ok(value.with_sensitivity(mark))
}

fn slice(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let Some(elements) = elements(arguments, 0)? else { return Ok(Value::unknown(Type::Any)) };
    let (start, end) = (whole(arguments, 1)?, whole(arguments, 2)?);
    let count = elements.len() as i64;
    if start < 0 {
        return Err(Failure::of(1, "the start index must not be negative"));
    }
    if end < 0 || end > count {
        return Err(Failure::of(2, format!("the end index must lie between 0 and the length, {count}")));
    }
    if start > end {
        return Err(Failure::of(1, "the start index must not be greater than the end index"));
    }
    let part = elements[start as usize..end as usize].to_vec();
    Ok(match arguments[0].content() {
        Content::List(kind, _) => Value::list(kind.clone(), part),
        Content::Set(..) => return Err(Failure::of(0, "cannot slice a set, because its elements have no order")),
        _ => Value::tuple(part),
    })
}

fn sort(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let mut elements = arguments[0].as_elements().unwrap_or(&[]).to_vec();
    if elements.iter().any(Value::is_null) {
        return Err(Failure::of(0, "elements must not be null"));
    }
    elements.sort_by(Value::order);
    Ok(Value::list(Type::String, elements))
}

fn convert(arguments: &[Value], kind: Type) -> Outcome {
    arguments[0].convert(&kind).map_err(|mismatch| Failure::of(0, mismatch.to_string()))
}

fn transpose(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let Some(entries) = entries(arguments, 0)? else { return Ok(Value::unknown(Type::Any)) };
    let mut result: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, list) in entries {
        let texts = list.convert(&Type::list(Type::String)).map_err(|m| Failure::of(0, m.to_string()))?;
        for text in texts.as_elements().unwrap_or(&[]) {
            let text = text.as_str().ok_or_else(|| Failure::of(0, "elements must not be null"))?;
            result.entry(text.to_string()).or_default().push(Value::string(name.as_str()));
        }
    }
    let lists = result.into_iter().map(|(k, v)| (k, Value::list(Type::String, v))).collect();
    Ok(Value::map(Type::list(Type::String), lists))
}

fn values(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let mark = arguments[0].is_sensitive();
    let Some(entries) = entries(arguments, 0)? else { return Ok(Value::unknown(Type::Any).with_sensitivity(mark)) };
    let all: Vec<Value> = entries.values().cloned().collect();
    let value = match arguments[0].content() {
        Content::Map(kind, _) => Value::list(kind.clone(), all),
        _ => Value::tuple(all),
    };
    Ok(value.with_sensitivity(mark))
}

fn zipmap(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let mark = arguments.iter().any(Value::is_sensitive);
    let (Some(names), Some(values)) = (elements(arguments, 0)?, elements(arguments, 1)?) else {
        return Ok(Value::unknown(Type::Any).with_sensitivity(mark));
    };
    if names.len() != values.len() {
        return Err(Failure::new(format!("there are {} keys but {} values", names.len(), values.len())));
    }
    if names.iter().any(|name| !name.is_wholly_known()) {
        return Ok(Value::unknown(Type::Any).with_sensitivity(mark));
    }
    let mut entries = BTreeMap::new();
    for (name, value) in names.iter().zip(values) {
        let name = name.as_str().ok_or_else(|| Failure::of(0, "a key must not be null"))?;
        entries.insert(name.to_string(), value.clone());
    }
    let mark = mark || names.iter().any(Value::contains_sensitive);
    let value = match arguments[1].content() {
        Content::List(kind, _) => Value::map(kind.clone(), entries),
        _ => Value::object(entries),
    };
    Ok(value.with_sensitivity(mark))
}
