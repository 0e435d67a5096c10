//! Makes an expression pay for what it does: every turn of a loop, and whatever it puts together, goes through a function that
//! counts. The evaluator itself knows no end.

use cel::IdedExpr;
use cel::common::ast::CallExpr;
use cel::common::ast::EntryExpr;
use cel::common::ast::Expr;
use cel::common::ast::operators;

/// Gives back its argument, and counts it. No expression can write the name.
pub const SPEND: &str = "@spend";

/// Functions whose results may be larger than what they are given.
const GROWING: [&str; 6] = [operators::ADD, "format", "join", "replace", "reverse", "split"];

/// The same expression, paying.
pub fn metered(expression: &IdedExpr) -> IdedExpr {
    let mut paying = expression.clone();
    meter(&mut paying);
    paying
}

fn meter(expression: &mut IdedExpr) {
    let pays = match &mut expression.expr {
        Expr::Unspecified | Expr::Literal(_) | Expr::Ident(_) => false,
        Expr::Select(select) => {
            meter(&mut select.operand);
            false
        }
        Expr::Call(call) => {
            call.target.iter_mut().for_each(|target| meter(target));
            call.args.iter_mut().for_each(meter);
            GROWING.contains(&call.func_name.as_str())
        }
        Expr::Comprehension(all) => {
            meter(&mut all.iter_range);
            // Errors of turns may be absorbed by what another turn gives; one of this ends the loop.
            pay(&mut all.loop_cond);
            turn(&mut all.loop_step);
            false
        }
        Expr::List(list) => {
            list.elements.iter_mut().for_each(meter);
            !list.elements.iter().all(is_literal)
        }
        Expr::Map(map) => {
            map.entries.iter_mut().for_each(|entry| meter_entry(&mut entry.expr));
            !map.entries.is_empty()
        }
        Expr::Struct(made) => {
            made.entries.iter_mut().for_each(|entry| meter_entry(&mut entry.expr));
            true
        }
    };
    if pays {
        pay(expression);
    }
}

fn meter_entry(entry: &mut EntryExpr) {
    match entry {
        EntryExpr::StructField(field) => meter(&mut field.value),
        EntryExpr::MapEntry(entry) => {
            meter(&mut entry.key);
            meter(&mut entry.value);
        }
    }
}

fn is_literal(expression: &IdedExpr) -> bool {
    matches!(expression.expr, Expr::Literal(_))
}

/// What is done in each turn of a loop pays; what the macro has put around it stays as the evaluator knows it.
fn turn(step: &mut IdedExpr) {
    match &mut step.expr {
        Expr::Ident(name) if name.starts_with('@') => return,
        Expr::Call(call) if call.args.iter().any(is_result) => return call.args.iter_mut().for_each(turn),
        Expr::Call(call) if call.func_name == operators::CONDITIONAL && call.args.iter().any(holds_result) => {
            return call.args.iter_mut().for_each(turn);
        }
        Expr::List(list) => return list.elements.iter_mut().for_each(turn),
        _ => {}
    }
    meter(step);
    pay(step);
}

fn is_result(expression: &IdedExpr) -> bool {
    matches!(&expression.expr, Expr::Ident(name) if name.starts_with('@'))
}

fn holds_result(expression: &IdedExpr) -> bool {
    is_result(expression) || matches!(&expression.expr, Expr::Call(call) if call.args.iter().any(is_result))
}

fn pay(expression: &mut IdedExpr) {
    let id = expression.id;
    let inner = std::mem::take(expression);
    let call = CallExpr { func_name: SPEND.to_owned(), target: None, args: vec![inner] };
    *expression = IdedExpr { id, expr: Expr::Call(call) };
}
