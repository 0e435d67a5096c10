//! Sets.

use super::Care;
use super::Context;
use super::Failure;
use super::Function;
use super::Outcome;
use super::Parameter::Any;
use super::Parameter::Set;
use super::function;
use crate::lang::Content;
use crate::lang::Type;
use crate::lang::Value;
use crate::lang::convert::unify;

pub(super) const FUNCTIONS: &[Function] = &[
    function("setintersection", &[Set], Some(Set), Type::Any, Care::Whole, intersection),
    function("setproduct", &[Any, Any], Some(Any), Type::Any, Care::Whole, product),
    function("setsubtract", &[Set, Set], None, Type::Any, Care::Whole, subtract),
    function("setunion", &[Set], Some(Set), Type::Any, Care::Whole, union),
];

/// Combinations beyond are mistakes.
const MAX_PRODUCT: usize = 1_000_000;

/// All sets with one element type.
fn alike(arguments: &[Value]) -> Result<Vec<Value>, Failure> {
    let kind = unify(arguments.iter().map(Value::kind))
        .ok_or_else(|| Failure::new("all sets must have elements of the same type"))?;
    arguments.iter().map(|set| set.convert(&kind).map_err(|m| Failure::new(m.to_string()))).collect()
}

fn element_kind(set: &Value) -> Type {
    match set.content() {
        Content::Set(kind, _) => kind.clone(),
        _ => Type::Any,
    }
}

fn has(set: &Value, element: &Value) -> bool {
    set.as_elements().is_some_and(|elements| elements.binary_search_by(|e| e.order(element)).is_ok())
}

fn intersection(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let sets = alike(arguments)?;
    let first = sets[0].as_elements().unwrap_or(&[]);
    let kept = first.iter().filter(|e| sets[1..].iter().all(|set| has(set, e))).cloned().collect();
    Ok(Value::set(element_kind(&sets[0]), kept))
}

fn subtract(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let sets = alike(arguments)?;
    let kept = sets[0].as_elements().unwrap_or(&[]).iter().filter(|e| !has(&sets[1], e)).cloned().collect();
    Ok(Value::set(element_kind(&sets[0]), kept))
}

fn union(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let sets = alike(arguments)?;
    let all = sets.iter().flat_map(|set| set.as_elements().unwrap_or(&[])).cloned().collect();
    Ok(Value::set(element_kind(&sets[0]), all))
}

fn product(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    let mut all_sets = true;
    for (at, argument) in arguments.iter().enumerate() {
        all_sets &= matches!(argument.content(), Content::Set(..));
        let elements = argument.as_elements().ok_or_else(|| Failure::of(at, "a list, set or tuple is required"))?;
        if rows.len().saturating_mul(elements.len()) > MAX_PRODUCT {
            return Err(Failure::new("there are more than a million combinations"));
        }
        rows = rows
            .iter()
            .flat_map(|row| elements.iter().map(|e| row.iter().chain([e]).cloned().collect::<Vec<_>>()))
            .collect();
    }
    let tuples = Value::tuple(rows.into_iter().map(Value::tuple).collect());
    let kind = if all_sets { Type::set(Type::Any) } else { Type::list(Type::Any) };
    tuples.convert(&kind).map_err(|m| Failure::new(m.to_string()))
}
