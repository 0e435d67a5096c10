//! A source file as its tokens: the paths and calls in it, apart from what is compiled for tests only. Comments and texts
//! in quotes are none of them. Judges nothing.

use std::path::PathBuf;

use proc_macro2::Delimiter;
use proc_macro2::TokenStream;
use proc_macro2::TokenTree;

/// A file of the crate.
#[derive(Debug, Default)]
pub struct Source {
    /// From the root of the project.
    pub path: PathBuf,
    /// `crate::plan::merge`: where the file hangs in the crate.
    pub module: String,
    /// It hangs below something that is compiled for tests only.
    pub is_test: bool,
    /// What the code that is not for tests names: `std::fs::read`, `crate::plan::Plan`, `println!`, `.unwrap()`. Paths from
    /// `self` and `super` are written from the crate; groups are written out.
    pub names: Vec<Name>,
    /// The modules it declares that are files of their own, and whether they are for tests only.
    pub children: Vec<(String, bool)>,
}

/// One path or call in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    pub line: usize,
}

impl Source {
    /// Reads a file that hangs at `module`.
    pub fn read(path: PathBuf, text: &str, module: &str, is_test: bool) -> Self {
        let tokens: TokenStream =
            text.parse().unwrap_or_else(|error| panic!("{} is not Rust: {error}", path.display()));
        let mut source = Self { path, module: module.to_owned(), is_test, ..Self::default() };
        source.walk(tokens, is_test);
        source
    }

    fn walk(&mut self, tokens: TokenStream, is_test: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            if let Some(attribute) = attribute(&tokens[at..]) {
                at += 2;
                if is_for_tests(&attribute) {
                    let end = at + item(&tokens[at..]);
                    self.modules(&tokens[at..end], true);
                    at = end;
                } else {
                    self.walk(attribute, is_test);
                }
                continue;
            }
            at += match &tokens[at] {
                TokenTree::Ident(word) if word == "mod" => {
                    self.modules(&tokens[at..(at + 3).min(tokens.len())], is_test);
                    1
                }
                TokenTree::Ident(_) => self.path("", &tokens[at..]),
                TokenTree::Punct(dot) if dot.as_char() == '.' => self.call(&tokens[at..]),
                TokenTree::Group(group) => {
                    self.walk(group.stream(), is_test);
                    1
                }
                _ => 1,
            };
        }
    }

    /// Notes `mod name;` where it stands in an item.
    fn modules(&mut self, item: &[TokenTree], is_test: bool) {
        for window in item.windows(3) {
            if let [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Punct(end)] = window
                && word == "mod"
                && end.as_char() == ';'
            {
                self.children.push((name.to_string(), is_test));
            }
        }
    }

    /// Notes the path that begins here; gives how many tokens it takes.
    fn path(&mut self, prefix: &str, tokens: &[TokenTree]) -> usize {
        let mut path = prefix.to_owned();
        let mut at = 0;
        let mut line = 0;
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(word)) => {
                    line = word.span().start().line;
                    path.push_str(&word.to_string());
                    at += 1;
                }
                // `use a::{b, c}`
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace && path.ends_with("::") => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    for part in inner.split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ','))
                    {
                        if !part.is_empty() {
                            self.path(&path, part);
                        }
                    }
                    return at + 1;
                }
                _ => break,
            }
            match (tokens.get(at), tokens.get(at + 1)) {
                (Some(TokenTree::Punct(one)), Some(TokenTree::Punct(two)))
                    if one.as_char() == ':' && two.as_char() == ':' =>
                {
                    path.push_str("::");
                    at += 2;
                }
                (Some(TokenTree::Punct(bang)), Some(TokenTree::Group(_))) if bang.as_char() == '!' => {
                    path.push('!');
                    break;
                }
                _ => break,
            }
        }
        let text = self.written_out(path.trim_end_matches("::"));
        self.names.push(Name { text, line });
        at.max(1)
    }

    /// Notes `.unwrap()`, a call without arguments; gives how many tokens were read.
    fn call(&mut self, tokens: &[TokenTree]) -> usize {
        if let [_, TokenTree::Ident(word), TokenTree::Group(group), ..] = tokens
            && group.delimiter() == Delimiter::Parenthesis
            && group.stream().is_empty()
        {
            self.names.push(Name { text: format!(".{word}()"), line: word.span().start().line });
            return 3;
        }
        1
    }

    fn written_out(&self, path: &str) -> String {
        let mut module = self.module.as_str();
        let mut rest = path;
        if let Some(after) = rest.strip_prefix("self::") {
            rest = after;
        } else if !rest.starts_with("super::") {
            return path.to_owned();
        }
        while let Some(after) = rest.strip_prefix("super::") {
            module = module.rsplit_once("::").map_or(module, |(parent, _)| parent);
            rest = after;
        }
        format!("{module}::{rest}")
    }
}

/// The inside of the attribute that begins here.
fn attribute(tokens: &[TokenTree]) -> Option<TokenStream> {
    match tokens {
        [TokenTree::Punct(hash), TokenTree::Group(group), ..]
            if hash.as_char() == '#' && group.delimiter() == Delimiter::Bracket =>
        {
            Some(group.stream())
        }
        _ => None,
    }
}

/// Whether an attribute leaves its item to tests: `test`, `tokio::test`, `cfg(test)`, `cfg(all(test, …))`.
fn is_for_tests(attribute: &TokenStream) -> bool {
    let text = attribute.to_string().replace(' ', "");
    let name = text.split('(').next().unwrap_or_default();
    match name {
        "cfg" => !text.contains("not(") && !text.contains("any(") && words(&text).any(|word| word == "test"),
        _ => name == "test" || name.ends_with("::test"),
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// How many tokens the item takes that begins here, further attributes included.
fn item(tokens: &[TokenTree]) -> usize {
    const KEYWORDS: [&str; 11] =
        ["fn", "struct", "enum", "impl", "mod", "use", "const", "static", "type", "trait", "macro_rules"];
    let mut keyword = String::new();
    let mut at = 0;
    while at < tokens.len() {
        if attribute(&tokens[at..]).is_some() {
            at += 2;
            continue;
        }
        match &tokens[at] {
            TokenTree::Ident(word) if keyword.is_empty() && KEYWORDS.iter().any(|one| word == one) => {
                keyword = word.to_string();
            }
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => {
                let ends_otherwise = ["use", "const", "static", "type"].contains(&keyword.as_str());
                if !ends_otherwise {
                    return at + 1;
                }
            }
            TokenTree::Punct(end) if end.as_char() == ';' => return at + 1,
            // A field, a variant, an arm.
            TokenTree::Punct(end) if end.as_char() == ',' && keyword.is_empty() => return at + 1,
            _ => {}
        }
        at += 1;
    }
    at
}

fn names(text: &str) -> Vec<String> {
    let source = Source::read("x.rs".into(), text, "crate::a::b", false);
    source.names.into_iter().map(|name| name.text).collect()
}

#[test]
fn paths_are_written_out() {
    assert_eq!(names("use std::{fs, io::{self, Read}};"), ["use", "std::fs", "std::io::self", "std::io::Read"]);
    assert_eq!(names("use super::super::c::D; use self::e::F;"), ["use", "crate::c::D", "use", "crate::a::b::e::F"]);
    assert_eq!(names("println!(\"std::fs\"); // std::fs\n/* .unwrap() */"), ["println!"]);
    assert_eq!(names("a::<std::net::B>(1).unwrap()"), ["a", "std::net::B", ".unwrap()"]);
}

#[test]
fn only_what_is_for_tests_is_left_out() {
    let text = "
        #[cfg(test)] mod tests { fn a() { x::one(); } }
        #[cfg(test)] #[allow(unused)] use x::{two, three};
        #[cfg(test)] const A: &[B] = &[B { c: x::four() }];
        struct S { #[cfg(test)] field: x::Five, other: y::A }
        #[cfg(test)] fn f<A, B>(a: A) -> x::Six where B: x::Seven { x::eight() }
        #[tokio::test] async fn g() { x::nine() }
        #[cfg(not(test))] fn h() { y::b() }
        fn i() { y::c() }";
    let kept: Vec<String> = names(text).into_iter().filter(|name| name.contains("::")).collect();
    assert_eq!(kept, ["y::A", "y::b", "y::c"]);
}

#[test]
fn modules_are_found() {
    let text = "mod a; pub(crate) mod b; mod inside { } #[cfg(test)] mod c; #[cfg(test)] mod tests { }";
    let source = Source::read("x.rs".into(), text, "crate", false);
    let expected = [("a", false), ("b", false), ("c", true)].map(|(name, is_test)| (name.to_owned(), is_test));
    assert_eq!(source.children, expected);
}
