//! Flags that several commands share: variables, what a plan is made of, how it is carried out. The documentation comments
//! are the help texts.

use std::path::PathBuf;

use clap::ArgMatches;
use clap::Args;
use clap::FromArgMatches;

use super::arguments::parse_duration;
use crate::object::Address;
use crate::ops::Given;

/// Values for variables, in the order in which they are typed.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    pub given: Vec<Given>,
}

/// The flags behind [`Variables`]. Clap keeps those of each name together; which came after which it tells on request.
#[derive(Args)]
struct VariableFlags {
    /// Set a variable; may be repeated
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Configuration")]
    var: Vec<String>,
    /// Read variables from a file; may be repeated
    #[arg(long, value_name = "FILE", help_heading = "Configuration")]
    var_file: Vec<PathBuf>,
}

impl Args for Variables {
    fn augment_args(command: clap::Command) -> clap::Command {
        VariableFlags::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        VariableFlags::augment_args_for_update(command)
    }
}

impl FromArgMatches for Variables {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let VariableFlags { var, var_file } = VariableFlags::from_arg_matches(matches)?;
        let places = |name: &str| matches.indices_of(name).into_iter().flatten();
        let mut given: Vec<(usize, Given)> = places("var").zip(var.into_iter().map(Given::Value)).collect();
        given.extend(places("var_file").zip(var_file.into_iter().map(Given::File)));
        given.sort_by_key(|(place, _)| *place);
        Ok(Self { given: given.into_iter().map(|(_, given)| given).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// What a plan is made of.
#[derive(Clone, Debug, Default, Args)]
pub struct Planning {
    #[command(flatten)]
    pub variables: Variables,
    /// Only this resource, component or object, and what it needs; may be repeated
    #[arg(long, value_name = "ADDRESS", conflicts_with = "exclude")]
    pub target: Vec<Address>,
    /// All but this resource, component or object; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub exclude: Vec<Address>,
    /// Delete and make anew; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub replace: Vec<Address>,
    /// Consent to the loss of data that the plan lists (claims, namespaces, profiles, definitions with objects)
    #[arg(long)]
    pub allow_data_loss: bool,
    /// Go on although this policy refuses the plan; the history records it; may be repeated
    #[arg(long, value_name = "POLICY")]
    pub override_policy: Vec<String>,
    /// Let the hops of an upgrade restart users' workloads too
    #[arg(long)]
    pub restart: bool,
    /// Requests in flight at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub parallelism: u16,
    /// Show every object and field
    #[arg(long)]
    pub full: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// How an apply is carried out.
#[derive(Clone, Debug, Args)]
pub struct Carrying {
    /// Do not ask for approval
    #[arg(long)]
    pub auto_approve: bool,
    /// Wait so long for somebody else's lock, as 30s or 5m
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = parse_duration)]
    pub lock_timeout: std::time::Duration,
    /// Wait so long for anything to serve, as 90s or 15m
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = parse_duration)]
    pub wait_timeout: std::time::Duration,
    /// Leave a report of the run as a page to open in a browser, however the run ends
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}
