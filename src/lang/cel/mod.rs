//! Expressions of the Common Expression Language (CEL), in which rules about JSON values are written: parsed, looked over for
//! the names in them, evaluated within a budget. Not which names there are, nor what follows from a result.

mod meter;
mod names;
mod scope;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;
use std::sync::LazyLock;

use cel::Env;
use cel::extensions;

pub use names::CelName;
pub use scope::CelResult;
pub use scope::CelScope;

/// Longer expressions are refused: rules are read by people.
const LONGEST: usize = 10_000;

/// A parsed expression, with what it spends while it is evaluated.
#[derive(Debug)]
pub struct CelExpression {
    metered: cel::IdedExpr,
    names: Vec<CelName>,
}

/// What is wrong with an expression, and where in its text.
#[derive(Clone, Debug, PartialEq)]
pub struct CelFault {
    pub place: Range<usize>,
    pub reason: String,
}

/// The functions and macros of the language, and those that work on strings.
static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut language = Env::stdlib();
    language.add_extension(extensions::strings).expect("the library declares every function once");
    Arc::new(language)
});

impl CelExpression {
    /// Reads an expression.
    ///
    /// # Errors
    /// It is none; every place where it goes wrong, in their order.
    pub fn parse(text: &str) -> Result<Self, Vec<CelFault>> {
        if text.len() > LONGEST {
            let reason = format!("it is longer than {LONGEST} characters");
            return Err(vec![CelFault { place: 0..0, reason }]);
        }
        let program = LANGUAGE.compile(text).map_err(|errors| faults(text, &errors))?;
        let names = names::of(&program, text);
        Ok(Self { metered: meter::metered(program.expression()), names })
    }

    /// Variables, their fields and functions, in the order in which they stand there.
    pub fn names(&self) -> &[CelName] {
        &self.names
    }

    /// Whether it names a variable.
    pub fn uses(&self, variable: &str) -> bool {
        self.names.iter().any(|name| matches!(name, CelName::Variable { name, .. } if name == variable))
    }
}

fn faults(text: &str, errors: &cel::ParseErrors) -> Vec<CelFault> {
    let mut faults: Vec<CelFault> = Vec::new();
    for error in &errors.errors {
        let place = word_at(text, offset(text, error.pos));
        // What follows from a mistake is told at the same place, or behind it by the same words.
        if faults.iter().all(|known| known.place.start != place.start) {
            faults.push(CelFault { place, reason: reason(&error.msg) });
        }
    }
    faults
}

/// The parser speaks of tokens by their names in its grammar.
fn reason(message: &str) -> String {
    let plain = message.strip_prefix("Syntax error: ").unwrap_or(message);
    let plain =
        plain.split(" expecting {").next().unwrap_or(plain).replace("'<EOF>'", "the end").replace("<EOF>", "the end");
    let mut plain = plain.lines().next().unwrap_or_default().to_owned();
    for (theirs, ours) in [
        ("mismatched input ", "unexpected "),
        ("extraneous input ", "unexpected "),
        ("no viable alternative at input ", "unexpected "),
        ("token recognition error at: ", "unexpected "),
        (" expecting ", ", where this should stand: "),
    ] {
        plain = plain.replace(theirs, ours);
    }
    plain
}

/// A line and a column, both from 1, as a place in the text.
fn offset(text: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line - 1).unwrap_or(0);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let column = usize::try_from(column - 1).unwrap_or(0);
    let rest = text.get(start..).unwrap_or_default();
    start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
}

/// The word that begins at a place, or the character there.
fn word_at(text: &str, start: usize) -> Range<usize> {
    let rest = text.get(start..).unwrap_or_default();
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let length = if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) };
    start..start + length
}
