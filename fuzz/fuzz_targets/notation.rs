//! The reader of the schema notation in which custom kinds are written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stackwright::interface::crd_from_notation;
use stackwright::interface::schema_from_notation;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = serde_json::from_slice(bytes) {
        let _ = schema_from_notation(&value, "");
        let _ = crd_from_notation(&value);
    }
});
