//! `connector`: where people log in beside passwords.

use crate::config::Connector;
use crate::config::node::Node;

pub fn read(node: &Node<'_>) -> Option<Connector> {
    let name = node.text("name")?;
    Some(Connector {
        platform: node.reference("platform")?,
        // A variant of its own only where the type is a known one.
        program_type: Some(node.schema.field.clone()).filter(|field| !field.is_empty())?,
        calls_back: node.schema.calls_back,
        variant: node.schema.variant.clone(),
        title: node.text("title").unwrap_or_else(|| name.clone()),
        admin_groups: node.texts("admin_groups"),
        foreign: node.foreign(),
        name,
    })
}
