//! `version`

use std::process::ExitCode;

use serde_json::json;

use crate::catalog::Catalog;
use crate::cli::arguments::Version;
use crate::cli::error;
use crate::cli::terminal::print;

pub fn run(command: &Version) -> ExitCode {
    let version = env!("CARGO_PKG_VERSION");
    let releases = Catalog::embedded().releases();
    if command.json {
        print(&format!("{:#}\n", json!({"stackwright_version": version, "releases": releases})));
    } else {
        print(&format!("stackwright {version}\nplatform releases {}\n", releases.join(", ")));
    }
    error::DONE.into()
}
