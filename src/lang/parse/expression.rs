//! Expressions.

use super::Parsed;
use super::Parser;
use crate::diag::Span;
use crate::lang::Number;
use crate::lang::Value;
use crate::lang::syntax::BinaryOperator;
use crate::lang::syntax::Call;
use crate::lang::syntax::Expression;
use crate::lang::syntax::For;
use crate::lang::syntax::Form;
use crate::lang::syntax::Name;
use crate::lang::syntax::ObjectKey;
use crate::lang::syntax::Step;
use crate::lang::syntax::UnaryOperator;
use crate::lang::token::Kind;
use crate::lang::token::Token;

impl Parser<'_> {
    /// An expression and nothing after it.
    pub(super) fn whole_expression(&mut self) -> Parsed<Expression> {
        let expression = self.nested(|p| p.expression())?;
        let token = self.peek();
        if token.kind != Kind::End {
            let found = self.describe(token);
            return self.fail(
                token,
                "Extra characters after expression",
                format!("Found {found} after the expression."),
            );
        }
        Ok(expression)
    }

    /// An expression; call through `nested`.
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        let mut arms = Vec::new();
        loop {
            let test = self.operation()?;
            if !self.take("?") {
                let Some((first, _)) = arms.first() else { return Ok(test) };
                let first: &Expression = first;
                let span = first.span.to(test.span);
                return Ok(Expression { form: Form::Conditional(arms, Box::new(test)), span });
            }
            let result = self.nested(|p| p.expression())?;
            let token = self.peek();
            if !self.take(":") {
                let found = self.describe(token);
                let detail = format!("A conditional needs a colon (\":\") and the value for false; found {found}.");
                return self.fail(token, "Missing false expression in conditional", detail);
            }
            arms.push((test, result));
        }
    }

    /// Operands joined by binary operators, grouped by precedence.
    fn operation(&mut self) -> Parsed<Expression> {
        let mut operands = vec![self.operand()?];
        let mut operators = Vec::new();
        while let Some(operator) = self.binary_operator()? {
            self.next();
            operators.push(operator);
            operands.push(self.operand()?);
        }
        for level in (1..=6).rev() {
            if !operators.iter().any(|o| precedence(*o) == level) {
                continue;
            }
            let mut grouped: Vec<Expression> = Vec::new();
            let mut kept = Vec::new();
            let mut rest = operands.into_iter();
            grouped.extend(rest.next());
            let mut open = false;
            for (operator, operand) in operators.into_iter().zip(rest) {
                if precedence(operator) != level {
                    kept.push(operator);
                    grouped.push(operand);
                    open = false;
                    continue;
                }
                let Some(left) = grouped.pop() else { continue };
                let span = left.span.to(operand.span);
                let form = match left.form {
                    Form::Binary(first, mut chain) if open => {
                        chain.push((operator, operand));
                        Form::Binary(first, chain)
                    }
                    form => Form::Binary(Box::new(Expression { form, span: left.span }), vec![(operator, operand)]),
                };
                grouped.push(Expression { form, span });
                open = true;
            }
            operands = grouped;
            operators = kept;
        }
        match operands.pop() {
            Some(expression) => Ok(expression),
            None => {
                let token = self.peek();
                self.missing(token)
            }
        }
    }

    fn binary_operator(&mut self) -> Parsed<Option<BinaryOperator>> {
        let token = self.peek();
        if token.kind != Kind::Symbol {
            return Ok(None);
        }
        Ok(Some(match self.text_of(token) {
            "||" => BinaryOperator::Or,
            "&&" => BinaryOperator::And,
            "==" => BinaryOperator::Equal,
            "!=" => BinaryOperator::NotEqual,
            "<" => BinaryOperator::Less,
            "<=" => BinaryOperator::LessOrEqual,
            ">" => BinaryOperator::Greater,
            ">=" => BinaryOperator::GreaterOrEqual,
            "+" => BinaryOperator::Add,
            "-" => BinaryOperator::Subtract,
            "*" => BinaryOperator::Multiply,
            "/" => BinaryOperator::Divide,
            "%" => BinaryOperator::Remainder,
            symbol @ ("&" | "|" | "^") => {
                let detail = if symbol == "^" {
                    "There is no operator \"^\"; use pow() for powers.".to_string()
                } else {
                    format!("There are no bit operators; did you mean \"{symbol}{symbol}\"?")
                };
                return self.fail(token, "Unsupported operator", detail);
            }
            _ => return Ok(None),
        }))
    }

    fn operand(&mut self) -> Parsed<Expression> {
        let mut signs = Vec::new();
        loop {
            let token = self.peek();
            let sign = match (token.kind, self.text_of(token)) {
                (Kind::Symbol, "!") => UnaryOperator::Not,
                (Kind::Symbol, "-") => UnaryOperator::Negate,
                _ => break,
            };
            self.next();
            signs.push((sign, self.span_of(token)));
        }
        let operand = self.nested(|p| p.with_steps())?;
        let Some((_, first)) = signs.first() else { return Ok(operand) };
        let span = first.to(operand.span);
        Ok(Expression { form: Form::Unary(signs, Box::new(operand)), span })
    }

    fn with_steps(&mut self) -> Parsed<Expression> {
        let base = self.primary()?;
        let steps = self.steps(false)?;
        let Some(last) = steps.last() else { return Ok(base) };
        let span = base.span.to(last.span());
        Ok(Expression { form: Form::Traversal(Box::new(base), steps), span })
    }

    /// Steps after an expression; after `.*` only attributes belong to the elements.
    fn steps(&mut self, attributes_only: bool) -> Parsed<Vec<Step>> {
        let mut steps = Vec::new();
        loop {
            let token = self.peek();
            match token.kind {
                Kind::Symbol if self.text_of(token) == "." => {
                    self.next();
                    self.dot_step(token, &mut steps, attributes_only)?;
                }
                Kind::OpenBracket if !attributes_only => {
                    self.next();
                    steps.push(self.bracket_step(token)?);
                }
                _ => return Ok(steps),
            }
        }
    }

    fn dot_step(&mut self, dot: Token, steps: &mut Vec<Step>, attributes_only: bool) -> Parsed<()> {
        let token = self.peek();
        match token.kind {
            Kind::Identifier => {
                self.next();
                let span = self.span_of(dot).to(self.span_of(token));
                steps.push(Step::Attribute(Name { text: self.text_of(token).to_string(), span }));
                Ok(())
            }
            // `a.0`; `a.0.1` scans as the number 0.1, and Terraform has none of it.
            Kind::Number => {
                self.next();
                let span = self.span_of(dot).to(self.span_of(token));
                let text = self.text_of(token);
                let Some(number) = Number::parse(text).filter(|_| text.bytes().all(|b| b.is_ascii_digit())) else {
                    let detail = "An index after a dot is one whole number; several are written in brackets: [0][1].";
                    return self.fail(token, "Invalid legacy index", detail);
                };
                let form = Form::Literal(Value::number(number));
                steps.push(Step::Index(Expression { form, span }));
                Ok(())
            }
            Kind::Symbol if self.text_of(token) == "*" && !attributes_only => {
                self.next();
                let mut span = self.span_of(dot).to(self.span_of(token));
                let inner = self.nested(|p| p.steps(true))?;
                if let Some(last) = inner.last() {
                    span = span.to(last.span());
                }
                steps.push(Step::Splat(inner, span));
                Ok(())
            }
            _ => {
                let detail = "A dot must be followed by an attribute's name.";
                self.fail(token, "Invalid attribute name", detail)
            }
        }
    }

    fn bracket_step(&mut self, open: Token) -> Parsed<Step> {
        if self.peek_is("*") && {
            let second = {
                let saved = std::mem::replace(&mut self.skip_newlines, true);
                let second = self.peek_second();
                self.skip_newlines = saved;
                second
            };
            second.kind == Kind::CloseBracket
        } {
            self.next();
            let close = self.next();
            let mut span = self.span_of(open).to(self.span_of(close));
            let inner = self.nested(|p| p.steps(false))?;
            if let Some(last) = inner.last() {
                span = span.to(last.span());
            }
            return Ok(Step::Splat(inner, span));
        }
        let (index, close) = self.nested(|p| {
            p.skip_newlines = true;
            let index = p.expression()?;
            let close = p.peek();
            if close.kind != Kind::CloseBracket {
                let found = p.describe(close);
                let detail = format!("The index needs a closing bracket (\"]\"); found {found}.");
                return p.fail(close, "Missing close bracket on index", detail);
            }
            p.next();
            Ok((index, close))
        })?;
        let span = self.span_of(open).to(self.span_of(close));
        // The place of an index is that of its brackets, the place of what is in them stays inside.
        Ok(Step::Index(Expression { form: Form::Parentheses(Box::new(index)), span }))
    }

    fn primary(&mut self) -> Parsed<Expression> {
        let token = self.peek();
        let span = self.span_of(token);
        match token.kind {
            Kind::Number => {
                self.next();
                match Number::parse(self.text_of(token)) {
                    Some(number) => Ok(Expression { form: Form::Literal(Value::number(number)), span }),
                    None => self.fail(token, "Invalid number", "The number is too large or too small to compute with."),
                }
            }
            Kind::Identifier => {
                self.next();
                self.word(token)
            }
            Kind::OpenQuote => {
                let parts = self.quoted()?;
                let end = self.tokens[self.at - 1].end;
                Ok(Expression { form: Form::Template(parts), span: Span::new(self.source, token.start..end) })
            }
            Kind::OpenHeredoc => {
                let parts = self.heredoc()?;
                let end = self.tokens[self.at - 1].end;
                Ok(Expression { form: Form::Template(parts), span: Span::new(self.source, token.start..end) })
            }
            Kind::OpenParenthesis => {
                self.next();
                self.skip_in(|p| {
                    let inner = p.expression()?;
                    let close = p.peek();
                    if close.kind != Kind::CloseParenthesis {
                        let found = p.describe(close);
                        let detail = format!("The parenthesis needs its closing one (\")\"); found {found}.");
                        return p.fail(close, "Unbalanced parentheses", detail);
                    }
                    p.next();
                    let span = span.to(p.span_of(close));
                    Ok(Expression { form: Form::Parentheses(Box::new(inner)), span })
                })
            }
            Kind::OpenBracket => {
                self.next();
                self.skip_in(|p| p.tuple(token))
            }
            Kind::OpenBrace => {
                self.next();
                self.nested(|p| p.object(token))
            }
            _ => self.missing(token),
        }
    }

    /// Runs `parse` one level deeper with newlines skipped.
    fn skip_in<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.nested(|p| {
            p.skip_newlines = true;
            parse(p)
        })
    }

    fn missing<T>(&mut self, token: Token) -> Parsed<T> {
        match token.kind {
            Kind::Newline | Kind::End => {
                self.fail(token, "Missing expression", "An expression is expected before the end of the line.")
            }
            _ => {
                let found = self.describe(token);
                self.fail(token, "Invalid expression", format!("A value is expected here, not {found}."))
            }
        }
    }

    fn word(&mut self, token: Token) -> Parsed<Expression> {
        let span = self.span_of(token);
        let mut name = self.text_of(token).to_string();
        let mut name_span = span;
        while self.peek_is("::") {
            self.next();
            let part = self.peek();
            if part.kind != Kind::Identifier {
                return self.fail(part, "Missing function name", "A function's name must follow \"::\".");
            }
            self.next();
            name_span = name_span.to(self.span_of(part));
            name = format!("{name}::{}", self.text_of(part));
        }
        let next = self.peek();
        if next.kind == Kind::OpenParenthesis {
            self.next();
            return self.skip_in(|p| p.call(Name { text: name, span: name_span }));
        }
        if name_span != span {
            return self.fail(next, "Missing open parenthesis", "A function's name must be followed by \"(\".");
        }
        let form = match name.as_str() {
            "true" => Form::Literal(Value::bool(true)),
            "false" => Form::Literal(Value::bool(false)),
            "null" => Form::Literal(Value::null()),
            _ => Form::Variable(name),
        };
        Ok(Expression { form, span })
    }

    fn call(&mut self, name: Name) -> Parsed<Expression> {
        let mut arguments = Vec::new();
        let mut expand = false;
        loop {
            let token = self.peek();
            if token.kind == Kind::CloseParenthesis {
                self.next();
                let span = name.span.to(self.span_of(token));
                return Ok(Expression { form: Form::Call(Box::new(Call { name, arguments, expand })), span });
            }
            arguments.push(self.expression()?);
            if self.take("...") {
                expand = true;
                let close = self.peek();
                if close.kind != Kind::CloseParenthesis {
                    let detail = "Only the last argument of a function may be expanded with \"...\".";
                    return self.fail(close, "Missing closing parenthesis", detail);
                }
                continue;
            }
            let token = self.peek();
            if !self.take(",") && token.kind != Kind::CloseParenthesis {
                let found = self.describe(token);
                let detail = format!("A comma or a closing parenthesis must follow an argument; found {found}.");
                return self.fail(token, "Missing argument separator", detail);
            }
        }
    }

    fn at_for(&mut self) -> bool {
        let token = self.peek();
        token.kind == Kind::Identifier && self.text_of(token) == "for"
    }

    fn tuple(&mut self, open: Token) -> Parsed<Expression> {
        if self.at_for() {
            return self.for_expression(open, false);
        }
        let mut elements = Vec::new();
        loop {
            let token = self.peek();
            if token.kind == Kind::CloseBracket {
                self.next();
                let span = self.span_of(open).to(self.span_of(token));
                return Ok(Expression { form: Form::Tuple(elements), span });
            }
            elements.push(self.expression()?);
            let token = self.peek();
            if !self.take(",") && token.kind != Kind::CloseBracket {
                if token.kind == Kind::End {
                    return self.fail(open, "Unterminated tuple", "The bracket has no closing one (\"]\").");
                }
                let found = self.describe(token);
                let detail = format!("A comma or a closing bracket must follow an element; found {found}.");
                return self.fail(token, "Missing item separator", detail);
            }
        }
    }

    fn object(&mut self, open: Token) -> Parsed<Expression> {
        self.skip_newlines = true;
        if self.at_for() {
            let second = self.peek_second();
            if second.kind == Kind::Identifier {
                return self.for_expression(open, true);
            }
        }
        let mut entries = Vec::new();
        loop {
            self.skip_newlines = true;
            let token = self.peek();
            if token.kind == Kind::CloseBrace {
                self.next();
                let span = self.span_of(open).to(self.span_of(token));
                return Ok(Expression { form: Form::Object(entries), span });
            }
            if token.kind == Kind::End {
                return self.fail(open, "Unterminated object", "The brace has no closing one (\"}\").");
            }
            self.skip_newlines = false;
            let key = self.object_key()?;
            let token = self.peek();
            if !self.take("=") && !self.take(":") {
                let found = self.describe(token);
                let detail = format!("An equals sign (\"=\") or a colon (\":\") must follow a key; found {found}.");
                return self.fail(token, "Missing attribute value", detail);
            }
            let value = self.nested(|p| p.expression())?;
            entries.push((key, value));
            let token = self.peek();
            let separated = self.take(",") || matches!(token.kind, Kind::Newline | Kind::CloseBrace);
            if !separated {
                if token.kind == Kind::End {
                    return self.fail(open, "Unterminated object", "The brace has no closing one (\"}\").");
                }
                let found = self.describe(token);
                let detail = format!("A comma or a newline must follow an object's entry; found {found}.");
                return self.fail(token, "Missing attribute separator", detail);
            }
        }
    }

    fn object_key(&mut self) -> Parsed<ObjectKey> {
        let token = self.peek();
        if token.kind == Kind::Identifier {
            let second = self.peek_second();
            if second.kind == Kind::Symbol && matches!(self.text_of(second), "=" | ":") {
                self.next();
                let name = Name { text: self.text_of(token).to_string(), span: self.span_of(token) };
                return Ok(ObjectKey::Name(name));
            }
        }
        let key = self.nested(|p| p.operation())?;
        if let Form::Traversal(base, _) = &key.form
            && matches!(base.form, Form::Variable(_))
        {
            return Ok(ObjectKey::Ambiguous(key.span));
        }
        Ok(ObjectKey::Expression(key))
    }

    fn for_expression(&mut self, open: Token, object: bool) -> Parsed<Expression> {
        self.skip_newlines = true;
        self.next();
        let (key, value) = self.for_names()?;
        let collection = self.nested(|p| p.expression())?;
        let token = self.peek();
        if !self.take(":") {
            let found = self.describe(token);
            let detail = format!("A colon (\":\") must follow the collection; found {found}.");
            return self.fail(token, "Invalid 'for' expression", detail);
        }
        let first = self.nested(|p| p.expression())?;
        let token = self.peek();
        let (result_key, result) = if self.take("=>") {
            if !object {
                let detail = "A key with \"=>\" makes an object; write it in braces (\"{\").";
                return self.fail(token, "Invalid 'for' expression", detail);
            }
            (Some(first), self.nested(|p| p.expression())?)
        } else if object {
            let detail = "In braces a key, \"=>\" and a value must follow; for a list use brackets (\"[\").";
            return self.fail(token, "Invalid 'for' expression", detail);
        } else {
            (None, first)
        };
        let grouped = object && self.take("...");
        let token = self.peek();
        let condition = if token.kind == Kind::Identifier && self.text_of(token) == "if" {
            self.next();
            Some(self.nested(|p| p.expression())?)
        } else {
            None
        };
        let close = self.peek();
        let wanted = if object { Kind::CloseBrace } else { Kind::CloseBracket };
        if close.kind != wanted {
            let found = self.describe(close);
            let detail = format!("The 'for' expression must end here; found {found}.");
            return self.fail(close, "Invalid 'for' expression", detail);
        }
        self.next();
        let span = self.span_of(open).to(self.span_of(close));
        let body = For { key, value, collection, result_key, result, grouped, condition };
        Ok(Expression { form: Form::For(Box::new(body)), span })
    }

    /// `key, value in`; `for` is already taken.
    pub(super) fn for_names(&mut self) -> Parsed<(Option<Name>, Name)> {
        let mut names = Vec::new();
        loop {
            let token = self.peek();
            if token.kind != Kind::Identifier {
                let found = self.describe(token);
                let detail = format!("One or two names must follow \"for\"; found {found}.");
                return self.fail(token, "Invalid 'for' expression", detail);
            }
            self.next();
            names.push(Name { text: self.text_of(token).to_string(), span: self.span_of(token) });
            if names.len() == 2 || !self.take(",") {
                break;
            }
        }
        let token = self.peek();
        if token.kind != Kind::Identifier || self.text_of(token) != "in" {
            let found = self.describe(token);
            let detail = format!("The word \"in\" must follow the names; found {found}.");
            return self.fail(token, "Invalid 'for' expression", detail);
        }
        self.next();
        let value = names.pop();
        match value {
            Some(value) => Ok((names.pop(), value)),
            None => self.missing(token),
        }
    }
}

fn precedence(operator: BinaryOperator) -> u8 {
    match operator {
        BinaryOperator::Or => 1,
        BinaryOperator::And => 2,
        BinaryOperator::Equal | BinaryOperator::NotEqual => 3,
        BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual => 4,
        BinaryOperator::Add | BinaryOperator::Subtract => 5,
        BinaryOperator::Multiply | BinaryOperator::Divide | BinaryOperator::Remainder => 6,
    }
}
