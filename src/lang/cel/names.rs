//! The names in an expression: variables that it does not bind itself, the first field that is taken of each, functions.

use std::ops::Range;

use cel::IdedExpr;
use cel::Program;
use cel::common::ast::EntryExpr;
use cel::common::ast::Expr;

/// A name, and where it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub enum CelName {
    Variable { name: String, place: Range<usize> },
    Field { of: String, name: String, place: Range<usize> },
    Function { name: String, place: Range<usize> },
}

/// The names of a program, in the order of its text.
pub fn of(program: &Program, text: &str) -> Vec<CelName> {
    let mut walk = Walk { program, text, bound: Vec::new(), names: Vec::new() };
    walk.enter(program.expression());
    let mut names = walk.names;
    names.sort_by_key(|name| name.place().start);
    names.dedup();
    names
}

impl CelName {
    pub fn place(&self) -> &Range<usize> {
        match self {
            Self::Variable { place, .. } | Self::Field { place, .. } | Self::Function { place, .. } => place,
        }
    }
}

struct Walk<'a> {
    program: &'a Program,
    text: &'a str,
    /// What macros around bind.
    bound: Vec<&'a str>,
    names: Vec<CelName>,
}

/// Names of types, which stand for themselves.
const TYPES: [&str; 10] = ["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"];

impl<'a> Walk<'a> {
    fn enter(&mut self, expression: &'a IdedExpr) {
        match &expression.expr {
            Expr::Unspecified | Expr::Literal(_) => {}
            Expr::Ident(name) => self.variable(expression, name),
            Expr::Select(select) => {
                if let Expr::Ident(of) = &select.operand.expr
                    && self.is_free(of)
                {
                    let behind = self.place(&select.operand, of).end;
                    let place = self.find(behind, &select.field);
                    self.names.push(CelName::Field { of: of.clone(), name: select.field.clone(), place });
                }
                self.enter(&select.operand);
            }
            Expr::Call(call) => {
                let is_word = call.func_name.starts_with(|c: char| c.is_alphabetic());
                if is_word {
                    let from = call.target.as_deref().map_or(0, |target| self.start(target));
                    let place = self.find(from, &format!("{}(", call.func_name));
                    let place = place.start..place.start + call.func_name.len().min(place.len());
                    self.names.push(CelName::Function { name: call.func_name.clone(), place });
                }
                call.target.iter().for_each(|target| self.enter(target));
                call.args.iter().for_each(|argument| self.enter(argument));
            }
            Expr::Comprehension(all) => {
                self.enter(&all.iter_range);
                self.enter(&all.accu_init);
                let before = self.bound.len();
                self.bound.extend([all.iter_var.as_str(), all.accu_var.as_str()]);
                self.bound.extend(all.iter_var2.as_deref());
                [&all.loop_cond, &all.loop_step, &all.result].into_iter().for_each(|part| self.enter(part));
                self.bound.truncate(before);
            }
            Expr::List(list) => list.elements.iter().for_each(|element| self.enter(element)),
            Expr::Map(map) => map.entries.iter().for_each(|entry| self.entry(&entry.expr)),
            Expr::Struct(made) => made.entries.iter().for_each(|entry| self.entry(&entry.expr)),
        }
    }

    fn entry(&mut self, entry: &'a EntryExpr) {
        match entry {
            EntryExpr::StructField(field) => self.enter(&field.value),
            EntryExpr::MapEntry(entry) => {
                self.enter(&entry.key);
                self.enter(&entry.value);
            }
        }
    }

    fn variable(&mut self, expression: &IdedExpr, name: &str) {
        if self.is_free(name) && !TYPES.contains(&name) {
            let place = self.place(expression, name);
            self.names.push(CelName::Variable { name: name.to_owned(), place });
        }
    }

    /// Whether it is neither bound by a macro nor one of the language's own.
    fn is_free(&self, name: &str) -> bool {
        !name.starts_with('@') && !self.bound.contains(&name)
    }

    /// Where an expression begins.
    fn start(&self, expression: &IdedExpr) -> usize {
        self.program.source_info().offset_for(expression.id).map_or(0, |(start, _)| start as usize)
    }

    fn place(&self, expression: &IdedExpr, name: &str) -> Range<usize> {
        self.find(self.start(expression), name)
    }

    /// The first place of a word behind another; an empty one where it is written in another way.
    fn find(&self, from: usize, word: &str) -> Range<usize> {
        let found = self.text.get(from..).and_then(|rest| rest.find(word)).map(|at| from + at);
        found.map_or(from..from, |start| start..start + word.len())
    }
}
