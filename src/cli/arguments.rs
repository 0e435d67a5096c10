//! What can be typed: commands and their flags. The documentation comments are the help texts.
//!
//! Names and meanings follow Terraform's and kubectl's where those have them.

use std::path::PathBuf;

use clap::Args;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;

use super::flags::Carrying;
use super::flags::Planning;
use super::flags::Variables;
use super::graph_arguments::Graph;
use super::rollback_arguments::Rollback;
use super::test_arguments::Test;
use super::ui_arguments::Ui;
use super::user_arguments::User;
use crate::object::Address;
use crate::object::ObjectId;
use crate::plan::Mode;
use crate::provider::maker::Makers;

/// Installs, changes and upgrades a Kubeflow-based MLOps platform from HCL.
#[derive(Debug, Parser)]
#[command(name = "stackwright", version)]
#[command(after_help = "Flags may stand before or after the command; long flags also take Terraform's single dash.")]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Work as if started in this directory
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global flags")]
    pub chdir: Option<PathBuf>,
    /// Print without colour
    #[arg(long, global = true, help_heading = "Global flags")]
    pub no_color: bool,
    /// Say more on stderr: error, warn, info, debug
    #[arg(long, global = true, value_name = "LEVEL", env = "STACKWRIGHT_LOG", help_heading = "Global flags")]
    pub log: Option<LogLevel>,
    /// Use the modules and templates in this directory before the built-in ones
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global flags")]
    pub catalog: Option<PathBuf>,
    /// What the program can make clusters with; no argument.
    #[arg(skip)]
    pub makers: Makers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a first configuration: ask, check each answer at once, and write it
    Init(Init),
    /// Check the configuration without contacting anything
    Validate(Validate),
    /// Carry out the tests of the configuration in throw-away sandboxes; no cluster is contacted
    Test(Test),
    /// Rewrite configuration files in the canonical layout
    Fmt(Fmt),
    /// Evaluate expressions of the configuration, one a line
    Console(Console),
    /// Draw what needs what, for graphviz, Markdown pages, or as a picture
    Graph(Graph),
    /// Check whether the cluster can carry the platform, before anything is changed
    Preflight(Preflight),
    /// Show what apply would change
    Plan(Plan),
    /// Make the cluster what the configuration says, and wait until it serves
    Apply(Apply),
    /// Bring a platform to another release: edit its version, show the way, and go it
    Upgrade(Upgrade),
    /// Go back to a recorded revision where that is safe, or write its configuration
    Rollback(Rollback),
    /// Back up users' objects, people, keys, records and databases
    Backup(Backup),
    /// Bring a backup back, without overwriting anything
    Restore(Restore),
    /// Remove everything the installation made
    Destroy(Destroy),
    /// Show what is installed, or a saved plan
    Show(Show),
    /// Print output values
    Output(Output),
    /// Print the desired objects as YAML
    Render(Render),
    /// List every image the platform pulls
    Images(Images),
    /// Print the roles that a run of this configuration needs, as YAML
    Permissions(Permissions),
    /// Show the health of the platform and of each component
    Status(Status),
    /// List recorded revisions
    History(History),
    /// Compare the inventory with the cluster
    Verify(Verify),
    /// Take over objects that exist already, and change nothing else
    Adopt(Adopt),
    /// Take over one existing object as a part of a resource
    Import(Import),
    /// Let objects go without deleting them
    Forget(Forget),
    /// Break a stale lock
    Unlock(Unlock),
    /// Add, change, remove, list and import people, by editing the configuration
    #[command(subcommand)]
    User(User),
    /// Show the installation in a browser, live: a console on this machine that only reads
    Ui(Ui),
    /// Serve or reset the embedded sandbox cluster
    #[command(subcommand)]
    Sandbox(Sandbox),
    /// Print the reference of a block of the configuration
    Docs(Docs),
    /// Print a shell completion script
    Completions(Completions),
    /// Print or write manual pages
    Man(Man),
    /// Print versions
    Version(Version),
}

#[derive(Debug, Args)]
pub struct Init {
    /// Where to write; without it, here
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Answer a question, as edition=mini or users.alice.email=alice@example.com; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Answer questions from a file with lines of the form NAME = VALUE
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Take over what is there: `cluster` for what runs in it, or a file with a Dex configuration
    #[arg(long, value_name = "cluster|FILE")]
    pub from: Option<PathBuf>,
    /// Ask only for what has no default
    #[arg(long)]
    pub defaults: bool,
    /// Show what the node pools cost, by the prices in a file
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// Ask neither cluster nor cloud what they have
    #[arg(long)]
    pub offline: bool,
    /// Overwrite a configuration that is there
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct Validate {
    #[command(flatten)]
    pub variables: Variables,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Fmt {
    /// Files or directories; `-` reads stdin and writes stdout
    pub paths: Vec<PathBuf>,
    /// Change nothing; exit 3 where a file is not formatted
    #[arg(long)]
    pub check: bool,
    /// Show the differences
    #[arg(long)]
    pub diff: bool,
    /// Also go into subdirectories
    #[arg(long)]
    pub recursive: bool,
    /// List the files that change
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set, num_args = 1)]
    pub list: bool,
    /// Write the files
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set, num_args = 1)]
    pub write: bool,
}

#[derive(Debug, Args)]
pub struct Console {
    #[command(flatten)]
    pub variables: Variables,
}

#[derive(Debug, Args)]
pub struct Preflight {
    #[command(flatten)]
    pub variables: Variables,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    pub planning: Planning,
    /// Save the plan for `stackwright apply FILE`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Also write the plan as a page to open in a browser: a single file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Also write the plan as Markdown, for a comment on a change request; without FILE, print that instead
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub markdown: Option<Option<PathBuf>>,
    /// With --markdown: the most characters that the host takes; GitHub takes 65536, GitLab 1000000
    #[arg(long, value_name = "N", default_value_t = 65_536, requires = "markdown")]
    pub markdown_limit: usize,
    /// Exit 0 for no changes, 2 for changes
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Plan the removal of everything, as `destroy` would carry it out
    #[arg(long, conflicts_with = "refresh_only")]
    pub destroy: bool,
    /// With --destroy: leave claims, users' namespaces and definitions that hold objects
    #[arg(long, requires = "destroy")]
    pub keep_data: bool,
    /// Carry the plan out in a copy of what the cluster holds, cut off once and gone on with, and tell what came of it;
    /// the cluster is only read
    #[arg(long, conflicts_with_all = ["out", "html", "markdown", "detailed_exitcode", "refresh_only"])]
    pub rehearse: bool,
    #[command(flatten)]
    pub drift: Drift,
}

impl Plan {
    /// What the plan is for.
    pub fn mode(&self) -> Mode {
        match self.destroy {
            true => Mode::Destroy { keep_data: self.keep_data },
            false => self.drift.mode(),
        }
    }
}

/// Whether to look only.
#[derive(Clone, Debug, Default, Args)]
pub struct Drift {
    /// Only look for drift: change nothing but the records
    #[arg(long)]
    pub refresh_only: bool,
}

impl Drift {
    pub fn mode(&self) -> Mode {
        if self.refresh_only { Mode::Drift } else { Mode::Converge }
    }
}

#[derive(Debug, Args)]
pub struct Apply {
    /// A plan saved by `stackwright plan --out`
    pub plan: Option<PathBuf>,
    #[command(flatten)]
    pub planning: Planning,
    #[command(flatten)]
    pub drift: Drift,
    #[command(flatten)]
    pub carrying: Carrying,
}

#[derive(Debug, Args)]
pub struct Upgrade {
    /// The release, as 1.10.2; without it, the newest there is a way to
    #[arg(conflicts_with = "list")]
    pub version: Option<String>,
    /// The platform, where there are several
    #[arg(long, value_name = "ADDRESS")]
    pub platform: Option<Address>,
    /// List the releases, what they consist of, and the ways between them
    #[arg(long, conflicts_with = "check")]
    pub list: bool,
    /// Only look whether anything stands in the way; change nothing
    #[arg(long)]
    pub check: bool,
    /// Go the way in a copy of what the cluster holds, cut off once and gone on with, and tell what came of it; the
    /// cluster is only read
    #[arg(long, conflicts_with_all = ["list", "check", "html"])]
    pub rehearse: bool,
    #[command(flatten)]
    pub planning: Planning,
    #[command(flatten)]
    pub carrying: Carrying,
}

#[derive(Debug, Args)]
pub struct Destroy {
    #[command(flatten)]
    pub planning: Planning,
    #[command(flatten)]
    pub carrying: Carrying,
    /// Leave claims, users' namespaces and definitions that hold objects
    #[arg(long)]
    pub keep_data: bool,
}

#[derive(Debug, Args)]
pub struct Show {
    /// A plan saved by `stackwright plan --out`, or an address, of which the live objects are shown; without it, what
    /// is installed
    #[arg(value_name = "PLAN|ADDRESS")]
    pub what: Option<PathBuf>,
    #[command(flatten)]
    pub variables: Variables,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Output {
    /// One output; without it, all
    pub name: Option<String>,
    #[command(flatten)]
    pub variables: Variables,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Print one value without quotes; a sensitive one too
    #[arg(long, requires = "name", conflicts_with = "json")]
    pub raw: bool,
}

#[derive(Debug, Args)]
pub struct Render {
    #[command(flatten)]
    pub variables: Variables,
    /// Only these components; may be repeated
    #[arg(long, value_name = "NAME")]
    pub component: Vec<String>,
    /// Print secret values of the configuration in clear
    #[arg(long)]
    pub show_secrets: bool,
}

#[derive(Debug, Args)]
pub struct Images {
    #[command(flatten)]
    pub variables: Variables,
    /// Print JSON
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// How to print: a table, JSON, or pairs to copy: `… | xargs -n2 skopeo copy --all`, `… | xargs -n2 crane copy`
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ImageFormat,
    /// Name the images in this mirror, instead of the one in the configuration
    #[arg(long, value_name = "PREFIX")]
    pub mirror: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImageFormat {
    Text,
    Json,
    Skopeo,
    Crane,
}

#[derive(Debug, Args)]
pub struct Permissions {
    #[command(flatten)]
    pub variables: Variables,
    /// Only what `plan` and `status` need
    #[arg(long)]
    pub read_only: bool,
    /// Add what the upgrade from this release to the configured one needs
    #[arg(long, value_name = "RELEASE")]
    pub from: Option<String>,
}

#[derive(Debug, Args)]
pub struct Backup {
    #[command(flatten)]
    pub variables: Variables,
    /// Write into this directory, which is made; its default has the time in its name
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// The platform, where there are several
    #[arg(long, value_name = "ADDRESS")]
    pub platform: Option<Address>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Restore {
    #[command(flatten)]
    pub variables: Variables,
    /// The directory of a backup
    #[arg(value_name = "DIR")]
    pub from: PathBuf,
    /// Load the dumps of databases too: what they hold now is replaced
    #[arg(long)]
    pub databases: bool,
    /// The platform, where there are several
    #[arg(long, value_name = "ADDRESS")]
    pub platform: Option<Address>,
    /// Do not ask
    #[arg(long)]
    pub auto_approve: bool,
}

#[derive(Debug, Args)]
pub struct Status {
    /// Blocks, components or objects; without any, all
    #[arg(value_name = "ADDRESS")]
    pub addresses: Vec<Address>,
    #[command(flatten)]
    pub variables: Variables,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Show it again every few seconds
    #[arg(long)]
    pub watch: bool,
}

#[derive(Debug, Args)]
pub struct History {
    /// Only the runs of this number
    pub revision: Option<u64>,
    #[command(flatten)]
    pub variables: Variables,
    /// Also write a page to open in a browser: a single file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Verify {
    #[command(flatten)]
    pub variables: Variables,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// How objects change hands.
#[derive(Debug, Args)]
pub struct Handover {
    #[command(flatten)]
    pub variables: Variables,
    #[command(flatten)]
    pub carrying: Carrying,
    /// Show every object and field
    #[arg(long)]
    pub full: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Adopt {
    /// Resources, components or objects, as platform.ml.dex; without any, all that the configuration wants
    #[arg(value_name = "ADDRESS")]
    pub addresses: Vec<Address>,
    #[command(flatten)]
    pub handover: Handover,
}

#[derive(Debug, Args)]
pub struct Import {
    /// The resource or component it becomes a part of, as user.alice
    pub address: Address,
    /// The object, as "Profile.kubeflow.org alice" or "Deployment.apps auth/dex"
    pub object: ObjectId,
    #[command(flatten)]
    pub handover: Handover,
}

#[derive(Debug, Args)]
pub struct Forget {
    /// Resources, components or objects, as storage_class.nfs
    #[arg(value_name = "ADDRESS", required = true)]
    pub addresses: Vec<Address>,
    #[command(flatten)]
    pub handover: Handover,
}

#[derive(Debug, Args)]
pub struct Unlock {
    #[command(flatten)]
    pub variables: Variables,
    /// Do not ask
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Subcommand)]
pub enum Sandbox {
    /// Serve the sandbox cluster on loopback, for kubectl
    Serve(SandboxServe),
    /// Delete the sandbox cluster and all in it
    Reset(SandboxReset),
}

#[derive(Debug, Args)]
pub struct SandboxServe {
    /// Address to listen on; loopback only. Port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: std::net::SocketAddr,
    /// Write a kubeconfig with client credentials here
    #[arg(long, value_name = "FILE", conflicts_with = "cloud")]
    pub kubeconfig: Option<PathBuf>,
    /// Play Samsung Cloud Platform in place of a cluster: its API, with clusters behind it
    #[arg(long)]
    pub cloud: bool,
    /// What a minute of the cloud takes, as 100ms or 1s: its clusters are there after fifteen, node pools after seven
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = parse_duration, requires = "cloud")]
    pub minute: std::time::Duration,
}

#[derive(Debug, Args)]
pub struct SandboxReset {
    /// Do not ask
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct Completions {
    pub shell: clap_complete::Shell,
}

/// Manual pages.
#[derive(Debug, Args)]
pub struct Man {
    /// Write a page for each command here, as ~/.local/share/man/man1; without it, the program's own is printed
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,
}

/// A page of the reference.
#[derive(Debug, Args)]
pub struct Docs {
    /// A block, as platform or platform.endpoint; all are listed without
    #[arg(value_name = "BLOCK")]
    pub block: Option<String>,
}

#[derive(Debug, Args)]
pub struct Version {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `90s`, `15m`, `1h30m`; a bare number counts seconds.
pub(super) fn parse_duration(text: &str) -> Result<std::time::Duration, String> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(std::time::Duration::from_secs(seconds));
    }
    let invalid = || format!("\"{text}\" is not a length of time; write it as 30s, 5m or 1h30m");
    let duration: jiff::SignedDuration = text.parse().map_err(|_| invalid())?;
    duration.try_into().map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn lengths_of_time() {
        let seconds = |text| parse_duration(text).map(|d| d.as_secs()).ok();
        assert_eq!(seconds("30s"), Some(30));
        assert_eq!(seconds("1h30m"), Some(5400));
        assert_eq!(seconds("45"), Some(45));
        assert_eq!(seconds("-3s"), None);
        assert_eq!(seconds("soon"), None);
    }
}
