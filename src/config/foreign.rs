//! What a block is in the configuration of the program that reads it: as the `field`s of its schema say.
//!
//! Not here: what templates see of every block (`node`), and where the program finds what stands apart (the templates).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Map;
use serde_json::Value as Json;

use super::Secret;
use super::node::Node;
use super::node::Typed;
use super::node::json;
use super::schema::Encoding;

/// The settings of a program, and what stands apart from them.
#[derive(Clone, Debug, Default)]
pub struct Foreign {
    pub settings: Map<String, Json>,
    pub apart: Vec<Apart>,
}

/// A setting that is secret or a file: the program is told where it is.
#[derive(Clone, Debug)]
pub struct Apart {
    pub argument: String,
    pub field: String,
    pub encoding: Encoding,
    pub source: Source,
}

/// Where its text comes from.
#[derive(Clone, Debug)]
pub enum Source {
    Written(Secret),
    /// A Secret of the user's, and the key in it.
    Kept {
        secret: String,
        key: String,
    },
}

impl Node<'_> {
    /// All of it that its schema names for another program. What is not written and has no default is left to that
    /// program, and so is a switch that is off because nobody said anything.
    pub fn foreign(&self) -> Foreign {
        let mut foreign = Foreign { settings: self.settings(), apart: Vec::new() };
        for argument in self.schema.arguments.iter().filter(|argument| argument.stands_apart()) {
            let written = self.text(&argument.name).map(|text| Source::Written(Secret::new(text)));
            let others = self.schema.arguments.iter().filter(|other| other.instead_of == argument.name);
            let kept = others.filter_map(|other| {
                let text = self.text(&other.name)?;
                let (secret, key) = text.split_once('/')?;
                Some(Source::Kept { secret: secret.to_owned(), key: key.to_owned() })
            });
            foreign.apart.extend(written.into_iter().chain(kept).next().map(|source| Apart {
                argument: argument.name.clone(),
                field: argument.field.clone(),
                encoding: argument.encoding,
                source,
            }));
        }
        foreign
    }

    fn settings(&self) -> Map<String, Json> {
        let mut settings = Map::new();
        let named = self.schema.arguments.iter().filter(|argument| !argument.field.is_empty());
        for argument in named.filter(|argument| !argument.stands_apart()) {
            let Some(found) = self.arguments.get(argument.name.as_str()) else { continue };
            match (&found.value, found.place) {
                (None, _) | (Some(Typed::Bool(false)), None) => {}
                (Some(Typed::Text(text)), _) if argument.encoding == Encoding::Base64 => {
                    put(&mut settings, &argument.field, STANDARD.encode(text).into());
                }
                (Some(value), _) => put(&mut settings, &argument.field, json(value)),
            }
        }
        for block in self.schema.blocks.iter().filter(|block| !block.field.is_empty()) {
            let mut all = self.blocks(&block.name).map(|node| Json::Object(node.settings())).peekable();
            if all.peek().is_none() {
                continue;
            }
            let value = if block.maximum == Some(1) { all.next().unwrap_or_default() } else { all.collect() };
            put(&mut settings, &block.field, value);
        }
        settings
    }
}

/// Puts a value at a path with dots.
fn put(settings: &mut Map<String, Json>, path: &str, value: Json) {
    match path.split_once('.') {
        None => _ = settings.insert(path.to_owned(), value),
        Some((first, rest)) => {
            let below = settings.entry(first).or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(below) = below {
                put(below, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::fixture;

    fn read(text: &str) -> Foreign {
        let base = "cluster \"main\" { provider = kubernetes }\nplatform \"ml\" {\n cluster = cluster.main\n edition = \"mini\"\n version = \
                    \"1\"\n admin { email = \"a@x.org\" }\n endpoint { host = \"x.org\" }\n}\n";
        let text = format!("{base}connector \"c\" {{\n platform = platform.ml\n {text}\n}}\n");
        let (mut installation, diagnostics, _) = fixture::read(&text);
        let connector = installation.connectors.pop().unwrap_or_else(|| panic!("{diagnostics:?}"));
        connector.value.foreign
    }

    #[test]
    fn a_block_is_written_as_its_program_reads_it() {
        let foreign = read(
            "type = \"oidc\"\n issuer = \"https://i\"\n client_id = \"id\"\n client_secret = \"s\"\n \
             insecure_enable_groups = false\n root_ca = \"-----BEGIN CERTIFICATE-----\\nAA\\n-----END CERTIFICATE-----\"\n \
             claim_modifications {\n groups_filter = \"^a$\"\n prefix = \"p\"\n new_group_from_claims { claims = [\"x\"] }\n \
             new_group_from_claims {\n claims = [\"y\"]\n clear_delimiter = true\n }\n }",
        );
        assert_eq!(
            Json::Object(foreign.settings),
            json!({"issuer": "https://i", "insecureEnableGroups": false, "clientID": "id", "claimModifications": {
                "filterGroupClaims": {"groupsFilter": "^a$"}, "modifyGroupNames": {"prefix": "p"},
                "newGroupFromClaims": [{"claims": ["x"]}, {"claims": ["y"], "clearDelimiter": true}]}})
        );
        let apart: Vec<_> = foreign.apart.iter().map(|one| (one.field.as_str(), one.encoding)).collect();
        assert_eq!(apart, [("rootCAs", Encoding::Files), ("clientSecret", Encoding::Plain)]);
    }

    #[test]
    fn a_secret_may_be_kept_elsewhere() {
        let foreign = read(
            "type = \"active_directory\"\n host = \"h\"\n bind_dn = \"cn=d\"\n bind_pw_from = \"s/k\"\n \
             root_ca = \"-----BEGIN CERTIFICATE-----\\nAA\\n-----END CERTIFICATE-----\"\n user_search { base_dn = \"dc=x\" }",
        );
        assert_eq!(foreign.settings["userSearch"]["idAttr"], "DN");
        assert_eq!(
            foreign.settings["rootCAData"],
            STANDARD.encode("-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----")
        );
        assert!(!foreign.settings.contains_key("groupSearch") && !foreign.settings.contains_key("insecureNoSSL"));
        let [Apart { field, source: Source::Kept { secret, key }, .. }] = &foreign.apart[..] else {
            panic!("{:?}", foreign.apart)
        };
        assert_eq!((field.as_str(), secret.as_str(), key.as_str()), ("bindPW", "s", "k"));
    }
}
