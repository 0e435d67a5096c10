//! `policy`: rules that judge plans. Whether their expressions are sound needs the text of the files: `config::policy`.

use crate::config::Policy;
use crate::config::decoder::Decoder;
use crate::config::node::Node;
use crate::config::policy::Expression;
use crate::config::policy::builtin;
use crate::diag::Diagnostic;

pub fn read(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Policy> {
    if !node.is_set("condition") && !node.is_set("builtin") {
        let detail = "policy needs \"condition\" or \"builtin\", which say what must hold.";
        let finding = Diagnostic::error("Missing argument", detail).at(node.span);
        decoder.push(finding.help("Add for example condition = \"plan.counts.delete == 0\"."));
    }
    let mut policy = written(node);
    if let Some(brought) = node.text("builtin").and_then(|name| builtin(&name)) {
        policy.each.clone_from(&brought.each);
        policy.matches.extend(brought.matches.iter().cloned());
        policy.condition.clone_from(&brought.condition);
        if policy.description.is_empty() {
            policy.description.clone_from(&brought.description);
        }
        if policy.message.is_none() && policy.message_expression.is_none() {
            policy.message.clone_from(&brought.message);
            policy.message_expression.clone_from(&brought.message_expression);
        }
    }
    Some(policy)
}

/// What the block itself says.
pub fn written(node: &Node<'_>) -> Policy {
    let expression = |name: &'static str| {
        let place = node.arguments.get(name).and_then(|found| found.place);
        Some(Expression { text: node.text(name)?, argument: name, place })
    };
    Policy {
        description: node.text("description").unwrap_or_default(),
        only_warns: node.text("enforcement").as_deref() == Some("warn"),
        each: node.text("each"),
        matches: expression("match").into_iter().collect(),
        condition: expression("condition").unwrap_or_default(),
        message: node.text("message"),
        message_expression: expression("message_expression"),
    }
}
