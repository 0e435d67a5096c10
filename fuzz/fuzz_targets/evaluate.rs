//! Parser and evaluator: any text gives values or findings, which can be drawn.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stackwright::interface::Sources;
use stackwright::interface::Style;
use stackwright::interface::render;
use stackwright::interface::Configuration;
use stackwright::interface::Environment;
use stackwright::interface::NoFiles;
use stackwright::interface::NothingComputed;

fuzz_target!(|text: &str| {
    let mut sources = Sources::new();
    let main = sources.add("main.hcl", text);
    let kinds = ["cluster", "platform", "user", "profile"];
    let (configuration, mut diagnostics) = Configuration::load(&mut sources, &[main], &kinds, &NoFiles);
    let environment = Environment {
        assignments: &[],
        computed: &NothingComputed,
        reader: &NoFiles,
        working_directory: "/",
    };
    let (_, found) = configuration.evaluate(&environment);
    diagnostics.extend(found);
    render(&diagnostics, &sources, Style::Plain);
});
