//! The formatter: what it lays out must stay as it is when laid out again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stackwright::interface::format;

fuzz_target!(|text: &str| {
    if let Ok(once) = format(text) {
        assert_eq!(format(&once).ok(), Some(once));
    }
});
