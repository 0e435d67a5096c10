//! Built-in types from `data/types/*.types`, parsed one by one as they are asked for.
//!
//! A type is a line with its name (`atomic` behind it where the whole object is replaced) and one indented line a
//! field: name, `!` where required, `~` where its server leaves it out when empty, then the type (`string/date-time`,
//! `[Item]`, `{Value}` for a map, or another type's name), then `atomic`, `granular`, `set`, `map(keys)` for how appliers share
//! it, `patch(strategy:key)` for strategic merge patches, and `=value` for what a server shows when it is missing.
//! `Name string A|B` names an enumeration.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;

use serde_json::Value;

use super::server_defaults;
use crate::object::schema::ListType;
use crate::object::schema::MapType;
use crate::object::schema::PatchRule;
use crate::object::schema::Quantity;
use crate::object::schema::Schema;
use crate::object::schema::Type;

/// What a type is looked up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Purpose {
    /// As its own server treats it.
    Serve,
    /// As part of a CustomResourceDefinition.
    Embed,
}

/// The schema of a type by its name; the same shared value every time.
pub(super) fn resolve(name: &str, purpose: Purpose) -> Option<Arc<Schema>> {
    let (&name, _) = index().get_key_value(name)?;
    resolve_text(name, purpose)
}

const FILES: [&str; 21] = [
    include_str!("data/types/core.types"),
    include_str!("data/types/meta.types"),
    include_str!("data/types/admissionregistration.types"),
    include_str!("data/types/apiextensions.types"),
    include_str!("data/types/apiregistration.types"),
    include_str!("data/types/apps.types"),
    include_str!("data/types/authentication.types"),
    include_str!("data/types/authorization.types"),
    include_str!("data/types/autoscaling.types"),
    include_str!("data/types/batch.types"),
    include_str!("data/types/certificates.types"),
    include_str!("data/types/coordination.types"),
    include_str!("data/types/discovery.types"),
    include_str!("data/types/events.types"),
    include_str!("data/types/flowcontrol.types"),
    include_str!("data/types/networking.types"),
    include_str!("data/types/node.types"),
    include_str!("data/types/policy.types"),
    include_str!("data/types/rbac.types"),
    include_str!("data/types/scheduling.types"),
    include_str!("data/types/storage.types"),
];

/// Fields of embedded metadata a custom kind keeps; the rest of ObjectMeta is the server's.
const EMBEDDED_METADATA: [&str; 5] = ["annotations", "finalizers", "labels", "name", "namespace"];

/// The lines of every type by its name.
fn index() -> &'static HashMap<&'static str, &'static str> {
    static INDEX: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();
    INDEX.get_or_init(|| FILES.iter().flat_map(|text| blocks(text)).collect())
}

/// Cuts a file before every line that is not indented.
fn blocks(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = rest.len();
        let mut from = 0;
        while let Some(line_end) = rest[from..].find('\n').map(|at| from + at + 1) {
            if !rest[line_end..].starts_with(' ') {
                end = line_end;
                break;
            }
            from = line_end;
        }
        let (block, after) = rest.split_at(end);
        rest = after;
        let name = block.split([' ', '\n']).next().unwrap_or_default();
        Some((name, block))
    })
}

type Cache = Mutex<HashMap<(Purpose, &'static str), Arc<Schema>>>;

/// The schema of a type text (a name, a scalar, `[x]`, `{x}`, or such with flags behind it), from the cache or parsed.
fn resolve_text(text: &'static str, purpose: Purpose) -> Option<Arc<Schema>> {
    static CACHE: OnceLock<Cache> = OnceLock::new();
    let cache = CACHE.get_or_init(Cache::default);
    let lock = || cache.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().get(&(purpose, text)) {
        return Some(Arc::clone(known));
    }
    let schema = Arc::new(parse_text(text, purpose)?);
    // Another thread may have been faster: all share the first.
    Some(Arc::clone(lock().entry((purpose, text)).or_insert(schema)))
}

fn parse_text(text: &'static str, purpose: Purpose) -> Option<Schema> {
    let (omit_empty, rest) = text.strip_prefix("~ ").map_or((false, text), |rest| (true, rest));
    let (base, flags) = rest.split_once(' ').unwrap_or((rest, ""));
    if omit_empty || !flags.is_empty() {
        let mut schema = Schema::clone(&*resolve_text(base, purpose)?);
        schema.omit_empty = omit_empty && purpose == Purpose::Serve;
        for flag in flags.split(' ').filter(|flag| !flag.is_empty()) {
            apply_flag(&mut schema, flag, purpose)?;
        }
        return Some(schema);
    }
    if let Some(item) = base.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let items = Some(resolve_text(item, purpose)?);
        return Some(Schema { value_type: Type::Array, items, ..Schema::default() });
    }
    if let Some(value) = base.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let additional = Some(resolve_text(value, purpose)?);
        return Some(Schema { value_type: Type::Object, additional, ..Schema::default() });
    }
    match index().get(base) {
        Some(block) => parse_block(base, block, purpose),
        None => scalar(base, purpose),
    }
}

fn scalar(text: &str, purpose: Purpose) -> Option<Schema> {
    let (name, format) = text.split_once('/').unwrap_or((text, ""));
    let value_type = match name {
        "any" => Type::Any,
        "object" => Type::Object,
        "string" => Type::String,
        "integer" => Type::Integer,
        "number" => Type::Number,
        "boolean" => Type::Boolean,
        "int-or-string" => Type::IntOrString,
        "quantity" if purpose == Purpose::Serve => Type::Quantity,
        "quantity" => Type::IntOrString,
        _ => return None,
    };
    let pattern = (name == "quantity" && purpose == Purpose::Embed).then(|| Quantity::PATTERN.into());
    let preserve_unknown = value_type == Type::Any;
    Some(Schema { value_type, format: format.into(), pattern, preserve_unknown, ..Schema::default() })
}

fn parse_block(name: &str, block: &'static str, purpose: Purpose) -> Option<Schema> {
    let mut lines = block.lines();
    let header = lines.next()?.strip_prefix(name)?.trim_start();
    if let Some(values) = header.strip_prefix("string ") {
        let mut schema = Schema { value_type: Type::String, ..Schema::default() };
        if purpose == Purpose::Serve {
            schema.enumeration = values.split('|').map(Value::from).collect();
        }
        return Some(schema);
    }
    let mut schema = Schema { value_type: Type::Object, ..Schema::default() };
    if header == "atomic" {
        schema.map_type = Some(MapType::Atomic);
    }
    for line in lines {
        let (field, text) = line.trim_start().split_once(' ')?;
        let required = field.contains('!');
        // The `~` of a field goes with its type, so that equal texts share one schema.
        let text = line.find("~ ").map_or(text, |at| &line[at..]);
        let field = field.trim_end_matches(['~', '!']);
        if purpose == Purpose::Embed && name == "ObjectMeta" && !EMBEDDED_METADATA.contains(&field) {
            continue;
        }
        schema.properties.insert(field.to_owned(), resolve_text(text, purpose)?);
        if required {
            schema.required.push(field.to_owned());
        }
    }
    server_defaults::add_to(name, &mut schema, purpose);
    Some(schema)
}

fn apply_flag(schema: &mut Schema, flag: &str, purpose: Purpose) -> Option<()> {
    let argument = |prefix: &str| flag.strip_prefix(prefix)?.strip_suffix(')');
    match flag {
        "set" => schema.list_type = Some(ListType::Set),
        "granular" => schema.map_type = Some(MapType::Granular),
        "atomic" if schema.value_type == Type::Array => schema.list_type = Some(ListType::Atomic),
        "atomic" => schema.map_type = Some(MapType::Atomic),
        _ if flag.starts_with('=') => {
            if purpose == Purpose::Serve {
                schema.default = Some(serde_json::from_str(&flag[1..]).ok()?);
            }
        }
        _ => {
            if let Some(keys) = argument("map(") {
                schema.list_type = Some(ListType::Map(keys.split(',').map(str::to_owned).collect()));
            } else if purpose == Purpose::Serve {
                schema.patch = Some(Box::new(patch_rule(argument("patch(")?)));
            }
        }
    }
    Some(())
}

/// `merge,retainKeys:name`
fn patch_rule(text: &str) -> PatchRule {
    let (strategies, key) = text.split_once(':').unwrap_or((text, ""));
    let has = |strategy| strategies.split(',').any(|one| one == strategy);
    PatchRule {
        merge: has("merge"),
        retain_keys: has("retainKeys"),
        replace: has("replace"),
        merge_key: key.to_owned(),
    }
}
