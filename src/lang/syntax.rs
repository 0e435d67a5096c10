//! The syntax tree: bodies, blocks and expressions, each with its place. Built by `parse`, read by everything else.
//!
//! Chains (binary operators, conditionals, traversals, signs) are flat lists, so that only true nesting is deep; the
//! parser bounds that.

use std::sync::Arc;

use super::Value;
use crate::diag::Span;

/// A name as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Name {
    pub text: String,
    pub span: Span,
}

/// What stands between the braces of a block, or in a file.
#[derive(Clone, Debug)]
pub(crate) struct SyntaxBody {
    pub attributes: Vec<SyntaxAttribute>,
    pub blocks: Vec<SyntaxBlock>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub(crate) struct SyntaxAttribute {
    pub name: Name,
    pub value: Arc<Expression>,
}

#[derive(Clone, Debug)]
pub(crate) struct SyntaxBlock {
    pub kind: Name,
    pub labels: Vec<Name>,
    pub body: SyntaxBody,
    /// Type and labels.
    pub span: Span,
}

#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub form: Form,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum Form {
    Literal(Value),
    /// A quoted string or heredoc.
    Template(Vec<Part>),
    Tuple(Vec<Expression>),
    Object(Vec<(ObjectKey, Expression)>),
    For(Box<For>),
    /// The first name of a reference.
    Variable(String),
    /// Steps on from an expression; the span of the whole ends after the last.
    Traversal(Box<Expression>, Vec<Step>),
    Call(Box<Call>),
    Parentheses(Box<Expression>),
    /// Signs from the outermost inwards.
    Unary(Vec<(UnaryOperator, Span)>, Box<Expression>),
    /// Operators of one precedence, from left to right.
    Binary(Box<Expression>, Vec<(BinaryOperator, Expression)>),
    /// `a ? b : c ? d : e`: tests with their results, then what remains.
    Conditional(Vec<(Expression, Expression)>, Box<Expression>),
    /// What could not be parsed; the finding is reported already.
    Broken,
}

#[derive(Clone, Debug)]
pub(crate) enum Part {
    Text(String),
    Interpolation(Expression),
    /// Tests with their parts; the last may have none: `%{else}`.
    If(Box<Expression>, Vec<Part>, Vec<Part>),
    For {
        key: Option<Name>,
        value: Name,
        collection: Box<Expression>,
        body: Vec<Part>,
    },
}

#[derive(Clone, Debug)]
pub(crate) enum ObjectKey {
    /// `name =`
    Name(Name),
    /// A reference without parentheses, which could be meant as text; an error where it is evaluated.
    Ambiguous(Span),
    /// Any other expression.
    Expression(Expression),
}

#[derive(Clone, Debug)]
pub(crate) struct For {
    pub key: Option<Name>,
    pub value: Name,
    pub collection: Expression,
    /// Of an object: the expression before `=>`.
    pub result_key: Option<Expression>,
    pub result: Expression,
    /// `...`: values of equal keys are collected.
    pub grouped: bool,
    pub condition: Option<Expression>,
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub name: Name,
    pub arguments: Vec<Expression>,
    /// `...` after the last.
    pub expand: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Attribute(Name),
    /// `[key]`, or `.0`.
    Index(Expression),
    /// `.*` or `[*]` with the steps that apply to each element.
    Splat(Vec<Step>, Span),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnaryOperator {
    Not,
    Negate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BinaryOperator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Step {
    pub(crate) fn span(&self) -> Span {
        match self {
            Step::Attribute(name) => name.span,
            Step::Index(index) => index.span,
            Step::Splat(_, span) => *span,
        }
    }
}

impl Expression {
    /// The keyword or bare name the expression consists of.
    pub(crate) fn as_name(&self) -> Option<&str> {
        match &self.form {
            Form::Variable(name) => Some(name),
            _ => None,
        }
    }

    /// The text of a string literal without interpolations.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.form {
            Form::Template(parts) => match parts.as_slice() {
                [] => Some(""),
                [Part::Text(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// Calls `visit` with this expression and all inside it. Recursion is bounded by the parser's nesting limit.
    pub(crate) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expression, &[&'a Name]), bound: &mut Vec<&'a Name>) {
        visit(self, bound);
        match &self.form {
            Form::Literal(_) | Form::Variable(_) | Form::Broken => {}
            Form::Template(parts) => walk_parts(parts, visit, bound),
            Form::Tuple(elements) => elements.iter().for_each(|e| e.walk(visit, bound)),
            Form::Object(entries) => {
                for (key, value) in entries {
                    if let ObjectKey::Expression(key) = key {
                        key.walk(visit, bound);
                    }
                    value.walk(visit, bound);
                }
            }
            Form::For(body) => {
                body.collection.walk(visit, bound);
                let depth = bound.len();
                bound.extend(&body.key);
                bound.push(&body.value);
                for part in body.result_key.iter().chain([&body.result]).chain(&body.condition) {
                    part.walk(visit, bound);
                }
                bound.truncate(depth);
            }
            Form::Traversal(base, steps) => {
                base.walk(visit, bound);
                walk_steps(steps, visit, bound);
            }
            Form::Call(call) => call.arguments.iter().for_each(|a| a.walk(visit, bound)),
            Form::Parentheses(inner) | Form::Unary(_, inner) => inner.walk(visit, bound),
            Form::Binary(first, rest) => {
                first.walk(visit, bound);
                rest.iter().for_each(|(_, e)| e.walk(visit, bound));
            }
            Form::Conditional(arms, last) => {
                for (test, result) in arms {
                    test.walk(visit, bound);
                    result.walk(visit, bound);
                }
                last.walk(visit, bound);
            }
        }
    }
}

fn walk_parts<'a>(parts: &'a [Part], visit: &mut dyn FnMut(&'a Expression, &[&'a Name]), bound: &mut Vec<&'a Name>) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Interpolation(expression) => expression.walk(visit, bound),
            Part::If(test, then, otherwise) => {
                test.walk(visit, bound);
                walk_parts(then, visit, bound);
                walk_parts(otherwise, visit, bound);
            }
            Part::For { key, value, collection, body } => {
                collection.walk(visit, bound);
                let depth = bound.len();
                bound.extend(key);
                bound.push(value);
                walk_parts(body, visit, bound);
                bound.truncate(depth);
            }
        }
    }
}

fn walk_steps<'a>(steps: &'a [Step], visit: &mut dyn FnMut(&'a Expression, &[&'a Name]), bound: &mut Vec<&'a Name>) {
    for step in steps {
        match step {
            Step::Attribute(_) => {}
            Step::Index(index) => index.walk(visit, bound),
            Step::Splat(inner, _) => walk_steps(inner, visit, bound),
        }
    }
}
