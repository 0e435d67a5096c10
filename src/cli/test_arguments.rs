//! What can be typed behind `test`. The documentation comments are the help texts.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::arguments::parse_duration;
use super::flags::Variables;

#[derive(Debug, Args)]
pub struct Test {
    #[command(flatten)]
    pub variables: Variables,
    /// Only this file, as tests/quotas.test.hcl; may be repeated
    #[arg(long, value_name = "FILE")]
    pub filter: Vec<PathBuf>,
    /// Only runs of this name; may be repeated
    #[arg(long, value_name = "NAME")]
    pub run: Vec<String>,
    /// Files at once; as many as there are cores where nothing is said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub parallelism: Option<u16>,
    /// Wait so long for anything to serve, as 90s or 15m
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_duration)]
    pub wait_timeout: Duration,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Write the results for a continuous integration server, as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}
