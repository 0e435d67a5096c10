//! The readers of YAML, JSON and CSV behind `yamldecode`, `jsondecode` and `csvdecode`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stackwright::diag::Sources;
use stackwright::lang::AssignedValue;
use stackwright::lang::Assignment;
use stackwright::lang::Configuration;
use stackwright::lang::Environment;
use stackwright::lang::NoFiles;
use stackwright::lang::NothingComputed;
use stackwright::lang::Origin;

const CONFIGURATION: &str = "variable \"t\" { type = string }
output \"o\" { value = [try(yamldecode(var.t), 0), try(jsondecode(var.t), 0), try(csvdecode(var.t), 0)] }
";

fuzz_target!(|text: &str| {
    let mut sources = Sources::new();
    let main = sources.add("main.hcl", CONFIGURATION);
    let (configuration, _) = Configuration::load(&mut sources, &[main], &[], &NoFiles);
    let given = [Assignment {
        name: "t".to_string(),
        value: AssignedValue::Text(text.to_string()),
        origin: Origin::Caller,
    }];
    let environment = Environment {
        assignments: &given,
        computed: &NothingComputed,
        reader: &NoFiles,
        working_directory: "/",
    };
    let (_, found) = configuration.evaluate(&environment);
    assert!(!found.has_errors());
});
