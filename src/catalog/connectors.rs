//! What templates see of connectors, and the secrets that the rendered objects still lack for them.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use serde_json::json;

use crate::config::Apart;
use crate::config::Connector;
use crate::config::Declared;
use crate::config::Installation;
use crate::config::Platform;
use crate::config::Secret;
use crate::config::Source;
use crate::config::schema::Encoding;
use crate::object::Address;

use super::placeholder;

/// The connectors of a platform.
fn all<'a>(
    installation: &'a Installation,
    platform: &Declared<Platform>,
) -> impl Iterator<Item = &'a Declared<Connector>> {
    let platform = platform.address.clone();
    installation.connectors.iter().filter(move |connector| connector.platform == platform)
}

/// `connectors` of definitions and templates, in the order of their names: what a person chooses from stays in place.
pub(super) fn connectors(installation: &Installation, platform: &Declared<Platform>) -> Json {
    let mut all: Vec<&Declared<Connector>> = all(installation, platform).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let connector = |connector: &&Declared<Connector>| {
        json!({
            "address": connector.address.to_string(),
            "name": connector.name,
            "title": connector.title,
            "type": connector.program_type,
            "calls_back": connector.calls_back,
            "admin_groups": connector.admin_groups,
            "config": connector.foreign.settings,
            "apart": connector.foreign.apart.iter().map(|one| apart(&connector.address, one)).collect::<Json>(),
        })
    };
    all.iter().map(connector).collect()
}

/// What a user has set on connectors, for findings: by address.
pub(super) fn written<'a>(
    installation: &'a Installation,
    platform: &Declared<Platform>,
) -> impl Iterator<Item = (&'a Address, Json)> {
    all(installation, platform).map(|connector| {
        let Connector { title, admin_groups, foreign, .. } = &connector.value;
        (&connector.address, json!({"title": title, "admin_groups": admin_groups, "config": foreign.settings}))
    })
}

/// One value that stands apart: what stands for it, or whose Secret has it.
pub(super) fn apart(address: &Address, one: &Apart) -> Json {
    let (written, secret, key) = match &one.source {
        Source::Written(_) => (true, "", ""),
        Source::Kept { secret, key } => (false, secret.as_str(), key.as_str()),
    };
    let placeholder = |make: fn(&Address, &str) -> String| {
        if written { make(address, &one.argument) } else { String::new() }
    };
    json!({
        "argument": one.argument,
        "field": one.field,
        "is_file": matches!(one.encoding, Encoding::File | Encoding::Files),
        "is_list": one.encoding == Encoding::Files,
        "value": placeholder(placeholder::given),
        "escaped": placeholder(placeholder::escaped),
        "secret": secret,
        "key": key,
    })
}

/// The values by what stands for them in rendered objects.
pub(super) fn given(installation: &Installation, platform: &Declared<Platform>) -> BTreeMap<String, Secret> {
    let of_connectors = all(installation, platform)
        .flat_map(|connector| connector.foreign.apart.iter().map(|one| (&connector.address, one)));
    let of_platform = platform.sign_in.foreign.apart.iter().map(|one| (&platform.address, one));
    let mut values = BTreeMap::new();
    for (address, one) in of_connectors.chain(of_platform) {
        if let Source::Written(secret) = &one.source {
            let quoted = Json::from(secret.reveal()).to_string();
            let escaped = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
            values.insert(placeholder::escaped(address, &one.argument), Secret::new(escaped));
            values.insert(placeholder::given(address, &one.argument), secret.clone());
        }
    }
    values
}
