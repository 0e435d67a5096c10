//! What can be typed after `graph`. The documentation comments are the help texts.

use clap::Args;
use clap::ValueEnum;

use super::flags::Variables;
use crate::object::Address;

/// Draw what needs what: blocks of the configuration, or what an apply does.
#[derive(Debug, Args)]
pub struct Graph {
    #[command(flatten)]
    pub variables: Variables,
    /// What to draw: the blocks of the configuration, which needs no cluster and no variables, or what an apply would do
    #[arg(long = "type", value_name = "TYPE", default_value = "config")]
    pub content: GraphContent,
    /// How to draw it: for graphviz, for a Markdown page, or as a picture
    #[arg(long, value_name = "FORMAT", default_value = "dot")]
    pub format: GraphFormat,
    /// Only this resource, component or module, and what it needs; may be repeated
    #[arg(long, visible_alias = "component", value_name = "ADDRESS")]
    pub target: Vec<Address>,
    /// Draw each object of an apply, and also arrows that others imply
    #[arg(long)]
    pub full: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphContent {
    Config,
    // Terraform's word.
    #[value(alias = "plan")]
    Apply,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    Dot,
    Mermaid,
    Svg,
}
