//! Digests and identifiers. Those that differ on each run are unknown: they are known only after apply.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Digest;

use super::Care;
use super::Context;
use super::Failure;
use super::Function;
use super::Outcome;
use super::Parameter::Number;
use super::Parameter::Text;
use super::files;
use super::function;
use super::text::text;
use crate::lang::Type;
use crate::lang::Value;

const WHOLE: Care = Care::Whole;

pub(super) const FUNCTIONS: &[Function] = &[
    function("base64sha256", &[Text], None, Type::String, WHOLE, |a, _| base64_of(&sha256(bytes(a)))),
    function("base64sha512", &[Text], None, Type::String, WHOLE, |a, _| base64_of(&sha512(bytes(a)))),
    function("bcrypt", &[Text], Some(Number), Type::String, WHOLE, unknown),
    function("filebase64sha256", &[Text], None, Type::String, WHOLE, |a, c| base64_of(&sha256(&files::read(a, c)?))),
    function("filebase64sha512", &[Text], None, Type::String, WHOLE, |a, c| base64_of(&sha512(&files::read(a, c)?))),
    function("filemd5", &[Text], None, Type::String, WHOLE, |a, c| hex(&md5(&files::read(a, c)?))),
    function("filesha1", &[Text], None, Type::String, WHOLE, |a, c| hex(&sha1(&files::read(a, c)?))),
    function("filesha256", &[Text], None, Type::String, WHOLE, |a, c| hex(&sha256(&files::read(a, c)?))),
    function("filesha512", &[Text], None, Type::String, WHOLE, |a, c| hex(&sha512(&files::read(a, c)?))),
    function("md5", &[Text], None, Type::String, WHOLE, |a, _| hex(&md5(bytes(a)))),
    function("sha1", &[Text], None, Type::String, WHOLE, |a, _| hex(&sha1(bytes(a)))),
    function("sha256", &[Text], None, Type::String, WHOLE, |a, _| hex(&sha256(bytes(a)))),
    function("sha512", &[Text], None, Type::String, WHOLE, |a, _| hex(&sha512(bytes(a)))),
    function("uuid", &[], None, Type::String, WHOLE, unknown),
    function("uuidv5", &[Text, Text], None, Type::String, WHOLE, uuidv5),
];

fn bytes(arguments: &[Value]) -> &[u8] {
    text(arguments, 0).as_bytes()
}

fn md5(bytes: &[u8]) -> Vec<u8> {
    md5::Md5::digest(bytes).to_vec()
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    sha1::Sha1::digest(bytes).to_vec()
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    sha2::Sha256::digest(bytes).to_vec()
}

fn sha512(bytes: &[u8]) -> Vec<u8> {
    sha2::Sha512::digest(bytes).to_vec()
}

fn hex(digest: &[u8]) -> Outcome {
    Ok(Value::string(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

fn base64_of(digest: &[u8]) -> Outcome {
    Ok(Value::string(STANDARD.encode(digest)))
}

fn unknown(_: &[Value], _: &Context<'_>) -> Outcome {
    Ok(Value::unknown(Type::String))
}

fn uuidv5(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let namespace = match text(arguments, 0) {
        "dns" => uuid::Uuid::NAMESPACE_DNS,
        "url" => uuid::Uuid::NAMESPACE_URL,
        "oid" => uuid::Uuid::NAMESPACE_OID,
        "x500" => uuid::Uuid::NAMESPACE_X500,
        other => uuid::Uuid::parse_str(other)
            .map_err(|_| Failure::of(0, "the namespace is dns, url, oid, x500 or a UUID"))?,
    };
    Ok(Value::string(uuid::Uuid::new_v5(&namespace, text(arguments, 1).as_bytes()).to_string()))
}
