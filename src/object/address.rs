//! Addresses: what names anything of an installation, from a module down to one object.
//!
//! An address is made where a block is declared and carried from there as a value. Its text is written by `Display`
//! alone, and parsed only where text comes in: flags of the command line, and stored records.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::ObjectId;

/// Which instance of a resource or module with `count` or `for_each`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    Index(usize),
    Name(String),
}

/// `["x"]` or `[0]`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Key::Index(index) => return write!(f, "[{index}]"),
            Key::Name(name) => name,
        };
        f.write_str("[\"")?;
        for letter in name.chars() {
            match letter {
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                other => write!(f, "{other}")?,
            }
        }
        f.write_str("\"]")
    }
}

/// One call on the way to a module: `module.a["x"]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Call {
    name: String,
    key: Option<Key>,
}

/// The parts, outermost first. Their order is the order in which lists of addresses are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Parts {
    modules: Vec<Call>,
    /// Type and label of a block; both empty where a module or an object alone is named.
    kind: String,
    name: String,
    key: Option<Key>,
    component: Option<String>,
    object: Option<ObjectId>,
}

/// Names a module (`module.a`), a resource (`user.alice`, `module.a.user.team["x"]`), a component of a platform
/// (`platform.ml.dex`), an object (`Deployment.apps auth/dex`), or an object of an owner
/// (`platform.ml.dex/Deployment.apps auth/dex`). The default names the root module, and with it everything.
///
/// Cheap to clone: who owns an object is told with every change, event and record of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(Arc<Parts>);

/// Text that names nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is neither an address such as \"platform.ml.dex\" nor an object such as \"Deployment.apps auth/dex\"")]
pub struct InvalidAddress(pub String);

impl Address {
    /// A resource of the root module without an instance key.
    pub fn resource(kind: &str, name: &str) -> Self {
        Self::default().block(kind, name, None)
    }

    /// A module called from the module that this address names.
    pub fn module(&self, name: &str, key: Option<Key>) -> Self {
        let mut modules = self.0.modules.clone();
        modules.push(Call { name: name.to_owned(), key });
        Self(Arc::new(Parts { modules, ..Parts::default() }))
    }

    /// A resource of the module that this address names.
    pub fn block(&self, kind: &str, name: &str, key: Option<Key>) -> Self {
        let modules = self.0.modules.clone();
        Self(Arc::new(Parts { modules, kind: kind.to_owned(), name: name.to_owned(), key, ..Parts::default() }))
    }

    /// A component of the platform that this address names.
    pub fn with_component(&self, name: &str) -> Self {
        Self(Arc::new(Parts { component: Some(name.to_owned()), object: None, ..(*self.0).clone() }))
    }

    /// One object of what this address names.
    pub fn with_object(&self, id: &ObjectId) -> Self {
        Self(Arc::new(Parts { object: Some(id.clone()), ..(*self.0).clone() }))
    }

    /// Another module's or block's address that stands for this one inside of the module `self` names: what a module
    /// itself writes is relative to it.
    pub fn join(&self, inner: &Address) -> Self {
        let modules = self.0.modules.iter().chain(&inner.0.modules).cloned().collect();
        Self(Arc::new(Parts { modules, ..(*inner.0).clone() }))
    }

    /// What this names without any instance key: all instances at once.
    pub fn without_keys(&self) -> Self {
        let mut parts = (*self.0).clone();
        parts.modules.iter_mut().for_each(|call| call.key = None);
        Self(Arc::new(Parts { key: None, ..parts }))
    }

    /// The modules it lies in, outermost first, without the root.
    pub fn modules(&self) -> impl Iterator<Item = Address> {
        let calls = &self.0.modules;
        (1..=calls.len()).map(|depth| Self(Arc::new(Parts { modules: calls[..depth].to_vec(), ..Parts::default() })))
    }

    /// What the innermost module is called in the one around it.
    pub fn module_name(&self) -> Option<&str> {
        self.0.modules.last().map(|call| call.name.as_str())
    }

    /// The type of the block: `user`. Empty where none is named.
    pub fn kind(&self) -> &str {
        &self.0.kind
    }

    /// The label of the block: `alice`. Empty where none is named.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The instance of a block with `count` or `for_each`.
    pub fn key(&self) -> Option<&Key> {
        self.0.key.as_ref()
    }

    /// The component of a platform.
    pub fn component(&self) -> Option<&str> {
        self.0.component.as_deref()
    }

    /// The object.
    pub fn object(&self) -> Option<&ObjectId> {
        self.0.object.as_ref()
    }

    /// The block it lies in: the platform of a component, the owner of an object.
    pub fn of_block(&self) -> Self {
        match (&self.0.component, &self.0.object) {
            (None, None) => self.clone(),
            _ => Self(Arc::new(Parts { component: None, object: None, ..(*self.0).clone() })),
        }
    }

    /// The name of the same thing after `from` became `to`; `None` where this lies not under `from`. Keys that `from`
    /// leaves open stay as they are.
    pub fn moved(&self, from: &Address, to: &Address) -> Option<Self> {
        if !from.contains(self) || from.0.object.is_some() {
            return None;
        }
        let (own, from, to) = (&*self.0, &*from.0, &*to.0);
        let mut modules = to.modules.clone();
        if let (Some(last), Some(old)) = (modules.last_mut(), from.modules.last())
            && last.key.is_none()
            && old.key.is_none()
        {
            last.key = own.modules.get(from.modules.len() - 1).and_then(|call| call.key.clone());
        }
        modules.extend(own.modules.iter().skip(from.modules.len()).cloned());
        let parts = if from.kind.is_empty() {
            Parts { modules, ..own.clone() }
        } else {
            let key = if from.key.is_none() && to.key.is_none() { own.key.clone() } else { to.key.clone() };
            let component = if from.component.is_some() { to.component.clone() } else { own.component.clone() };
            let object = own.object.clone();
            Parts { modules, kind: to.kind.clone(), name: to.name.clone(), key, component, object }
        };
        Some(Self(Arc::new(parts)))
    }

    /// Whether it names the root module: everything, so nothing in particular.
    pub fn is_root(&self) -> bool {
        *self.0 == Parts::default()
    }

    /// Whether the object `id` of `owner` is meant.
    pub fn covers(&self, owner: &Address, id: &ObjectId) -> bool {
        self.contains(owner) && self.0.object.as_ref().is_none_or(|object| object == id)
    }

    /// Whether `other` is what this names, or lies under it, objects apart: a platform contains its components, a
    /// resource and a call without a key all their instances, a module all in it.
    pub fn contains(&self, other: &Address) -> bool {
        let (own, other) = (&*self.0, &*other.0);
        let same_key = |own: &Option<Key>, other: &Option<Key>| own.is_none() || own == other;
        let mut calls = own.modules.iter().zip(&other.modules);
        if own.modules.len() > other.modules.len()
            || !calls.all(|(own, other)| own.name == other.name && same_key(&own.key, &other.key))
        {
            return false;
        }
        if own.kind.is_empty() {
            return true;
        }
        own.modules.len() == other.modules.len()
            && (&own.kind, &own.name) == (&other.kind, &other.name)
            && same_key(&own.key, &other.key)
            && (own.component.is_none() || own.component == other.component)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { modules, kind, name, key, component, object } = &*self.0;
        let mut parts = false;
        for Call { name, key } in modules {
            write!(f, "{}module.{name}", if std::mem::replace(&mut parts, true) { "." } else { "" })?;
            key.iter().try_for_each(|key| write!(f, "{key}"))?;
        }
        if !kind.is_empty() {
            write!(f, "{}{kind}.{name}", if std::mem::replace(&mut parts, true) { "." } else { "" })?;
            key.iter().try_for_each(|key| write!(f, "{key}"))?;
        }
        component.iter().try_for_each(|component| write!(f, ".{component}"))?;
        match object {
            Some(object) if parts => write!(f, "/{object}"),
            Some(object) => write!(f, "{object}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidAddress(text.to_owned());
        let trimmed = text.trim();
        let mut reader = Reader { rest: trimmed };
        let owner = reader.owner();
        match (owner, reader.rest) {
            (Some(owner), "") => Ok(owner),
            // Plans of earlier versions write a colon before the object.
            (Some(owner), rest) if rest.starts_with(['/', ':']) => {
                let object: ObjectId = rest[1..].parse().map_err(|_| invalid())?;
                Ok(owner.with_object(&object))
            }
            _ => {
                let object: ObjectId = trimmed.parse().map_err(|_| invalid())?;
                Ok(Self::default().with_object(&object))
            }
        }
    }
}

impl serde::Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Reads an address part by part.
struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    /// The owner at the beginning of the text; what follows it is left. `None` where there is none.
    fn owner(&mut self) -> Option<Address> {
        let mut module = Address::default();
        loop {
            let kind = self.word()?;
            let name = self.after('.')?.word()?;
            let key = self.key()?;
            if kind == "module" {
                module = module.module(name, key);
                match self.after('.') {
                    Some(_) => continue,
                    None => return Some(module),
                }
            }
            let block = module.block(kind, name, key);
            return match self.after('.') {
                Some(reader) => Some(block.with_component(reader.word()?)),
                None => Some(block),
            };
        }
    }

    fn after(&mut self, mark: char) -> Option<&mut Self> {
        self.rest = self.rest.strip_prefix(mark)?;
        Some(self)
    }

    /// An identifier: all up to the next mark.
    fn word(&mut self) -> Option<&'t str> {
        let end = self.rest.find(|c: char| ".[]/:\"".contains(c) || c.is_whitespace()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    /// A key in brackets, or none; `None` for one that is not well formed.
    fn key(&mut self) -> Option<Option<Key>> {
        let Some(inner) = self.rest.strip_prefix('[') else { return Some(None) };
        if let Some(quoted) = inner.strip_prefix('"') {
            let mut name = String::new();
            let mut letters = quoted.char_indices();
            while let Some((at, letter)) = letters.next() {
                match letter {
                    '"' => {
                        self.rest = quoted[at + 1..].strip_prefix(']')?;
                        return Some(Some(Key::Name(name)));
                    }
                    '\\' => name.push(match letters.next()?.1 {
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        other => other,
                    }),
                    other => name.push(other),
                }
            }
            return None;
        }
        let (index, rest) = inner.split_once(']')?;
        self.rest = rest;
        Some(Some(Key::Index(index.parse().ok()?)))
    }
}

/// For tests: an address that must be well formed.
#[cfg(test)]
pub fn address(text: &str) -> Address {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// For tests, where every text is well formed.
#[cfg(test)]
impl From<&str> for Address {
    fn from(text: &str) -> Self {
        address(text)
    }
}

#[cfg(test)]
impl PartialEq<&str> for Address {
    fn eq(&self, text: &&str) -> bool {
        *self == address(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_owners_and_objects() {
        let check = |text: &str, owner: &str, object: &str, expected: bool| {
            let parsed = address(text);
            assert_eq!(parsed.to_string(), text);
            let covers = parsed.covers(&address(owner), &object.parse().expect(object));
            assert_eq!(covers, expected, "{text} {owner} {object}");
        };
        check("platform.ml", "platform.ml.dex", "Service auth/dex", true);
        check("platform.ml.dex", "platform.ml.dex", "Service auth/dex", true);
        check("platform.ml.dex", "platform.ml", "Service auth/dex", false);
        check("platform.ml", "platform.mlx", "Service auth/dex", false);
        check("user.all[\"a b\"]", "user.all[\"a b\"]", "Profile.kubeflow.org a", true);
        check("user.all", "user.all[\"a\"]", "Profile.kubeflow.org a", true);
        check("user.all[1]", "user.all[10]", "Profile.kubeflow.org a", false);
        check("user.all[\"a\"]", "user.all", "Profile.kubeflow.org a", false);
        check("module.a", "module.a[\"x\"].module.b.user.x", "Profile.kubeflow.org a", true);
        check("module.a", "module.ab.user.x", "Profile.kubeflow.org a", false);
        check("module.a.user.x", "user.x", "Profile.kubeflow.org a", false);
        check("user.x", "module.a.user.x", "Profile.kubeflow.org a", false);
        check("module.a.platform.ml", "module.a.platform.ml.dex", "Service auth/dex", true);
        check("Service auth/dex", "platform.ml.dex", "Service auth/dex", true);
        check("Service auth/dex", "platform.ml.dex", "Service auth/other", false);
        check("Deployment.apps auth/dex", "platform.ml.dex", "Deployment.apps auth/dex", true);
        check("platform.ml.dex/Service auth/dex", "platform.ml.dex", "Service auth/dex", true);
        check("platform.ml.istio/Service auth/dex", "platform.ml.dex", "Service auth/dex", false);
    }

    #[test]
    fn what_moves_takes_along_what_lies_under_it() {
        let check = |text: &str, from: &str, to: &str, expected: Option<&str>| {
            let moved = address(text).moved(&address(from), &address(to));
            assert_eq!(moved.map(|moved| moved.to_string()).as_deref(), expected, "{text} {from} {to}");
        };
        check("user.a", "user.a", "user.b", Some("user.b"));
        check("user.a", "user.b", "user.c", None);
        check("platform.a.dex", "platform.a", "platform.b", Some("platform.b.dex"));
        check("user.a[\"x\"]", "user.a", "user.b", Some("user.b[\"x\"]"));
        check("user.a", "user.a", "user.b[\"x\"]", Some("user.b[\"x\"]"));
        check("user.a[0]", "user.a[0]", "user.b", Some("user.b"));
        check("user.a[1]", "user.a[0]", "user.b", None);
        check("user.a", "user.a", "module.m.user.a", Some("module.m.user.a"));
        check("module.m.user.a", "module.m", "module.n", Some("module.n.user.a"));
        check("module.m[\"k\"].user.a", "module.m", "module.n", Some("module.n[\"k\"].user.a"));
        check("module.m.user.a", "module.m", "module.n[\"k\"]", Some("module.n[\"k\"].user.a"));
        check("module.m.module.i.platform.a.dex", "module.m", "module.n", Some("module.n.module.i.platform.a.dex"));
        check("platform.a.old", "platform.a.old", "platform.a.new", Some("platform.a.new"));
    }

    #[test]
    fn reads_what_earlier_versions_wrote() {
        assert_eq!(address("platform.ml.dex:Service auth/dex"), address("platform.ml.dex/Service auth/dex"));
    }

    #[test]
    fn refuses_what_names_nothing() {
        for text in [
            "",
            "platform",
            ".x",
            "x.",
            "Service ",
            "Service a/b/c",
            "a.b.c.d",
            "user.a[",
            "user.a[x]",
            "user.a[\"x]",
            "user.a[\"x\"",
            "user.a[-1]",
            "module.a.",
            "user.a/",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn lists_are_shown_in_the_order_of_their_parts() {
        let mut sorted = ["user.b[10]", "module.a.user.a", "user.b[9]", "platform.ml.dex", "platform.ml"].map(address);
        sorted.sort();
        let texts = sorted.map(|address| address.to_string());
        assert_eq!(texts, ["platform.ml", "platform.ml.dex", "user.b[9]", "user.b[10]", "module.a.user.a"]);
    }

    proptest::proptest! {
        /// Every key survives its text: blanks, dots, brackets, quotes and backslashes too.
        #[test]
        fn text_and_back(keys in proptest::collection::vec(proptest::option::of(".*"), 1..4), component in "[a-z]{0,3}") {
            let key = |key: &Option<String>| key.clone().map(Key::Name);
            let (last, calls) = keys.split_last().expect("at least one");
            let module = calls.iter().fold(Address::default(), |module, call| module.module("m", key(call)));
            let mut made = module.block("user", "u", key(last));
            if !component.is_empty() {
                made = made.with_component(&component);
            }
            let id = ObjectId::new("apps", "Deployment", "a", "b");
            for made in [made.clone(), made.with_object(&id)] {
                proptest::prop_assert_eq!(made.to_string().parse::<Address>(), Ok(made));
            }
        }
    }
}
