//! The readers of YAML, JSON and CSV behind `yamldecode`, `jsondecode` and `csvdecode`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stackwright::interface::Sources;
use stackwright::interface::AssignedValue;
use stackwright::interface::Assignment;
use stackwright::interface::Configuration;
use stackwright::interface::Environment;
use stackwright::interface::NoFiles;
use stackwright::interface::NothingComputed;
use stackwright::interface::Origin;

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
