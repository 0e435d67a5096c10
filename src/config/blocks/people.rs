//! `user`, `profile` and `queue`: people, shared namespaces, and shares of the cluster.

use std::collections::BTreeMap;

use crate::config::Credential;
use crate::config::Owner;
use crate::config::Profile;
use crate::config::Queue;
use crate::config::Space;
use crate::config::User;
use crate::config::decoder::Decoder;
use crate::config::node::Node;
use crate::config::node::Typed;
use crate::diag::Diagnostic;
use crate::object::schema::Quantity;

/// `is_elsewhere`: people may log in without a password.
pub fn read_user(node: &Node<'_>, is_elsewhere: bool, decoder: &mut Decoder<'_>) -> Option<User> {
    let has_password = node.is_set("password") || node.is_set("hash");
    if !has_password && !is_elsewhere {
        let finding = Diagnostic::error("Missing argument", "user needs \"password\" or \"hash\" to log in with.")
            .at(node.span)
            .help("Add password = var.NAME with a sensitive variable, or hash = \"$2y$12$…\" (a bcrypt hash).");
        decoder.push(finding);
    }
    let profile = node.block("profile");
    Some(User {
        name: node.text("name")?,
        platform: node.reference("platform")?,
        email: email(node)?,
        credential: if has_password { credential(node) } else { Credential::Elsewhere },
        user_id: node.text("user_id").filter(|id| !id.is_empty()),
        groups: node.texts("groups"),
        quota: profile.map(|profile| profile.text_map("quota")).unwrap_or_default(),
        has_profile: profile.is_some(),
        space: profile.map(|profile| space(profile, decoder)).unwrap_or_default(),
    })
}

pub fn read_profile(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Profile> {
    let owner = match node.value("owner")? {
        Typed::Reference(address) => Owner::User(address.clone()),
        _ => Owner::Email(node.text("owner")?.to_ascii_lowercase()),
    };
    let mut contributors = BTreeMap::new();
    let place = node.place("contributors");
    for (email, role) in node.text_map("contributors") {
        if contributors.insert(email.to_ascii_lowercase(), role).is_some() {
            let shown = if place.sensitive { "An e-mail address".to_owned() } else { format!("\"{email}\"") };
            let detail = format!("{shown} is given twice; capitals make no difference.");
            decoder.push_at(place, Diagnostic::error("Duplicate e-mail", detail).at(place.span));
        }
    }
    Some(Profile {
        name: node.text("name")?,
        platform: node.reference("platform")?,
        owner,
        contributors,
        contributor_groups: node.text_map("contributor_groups"),
        quota: node.text_map("quota"),
        space: space(node, decoder),
    })
}

/// Tolerations that a server refuses: what tolerates every key says so, and what looks at no value has none.
pub fn check_tolerations(node: &Node<'_>, decoder: &mut Decoder<'_>) {
    let place = node.place("tolerations");
    for (at, toleration) in node.objects("tolerations").iter().enumerate() {
        let text = |field: &str| match toleration.get(field) {
            Some(Typed::Text(text)) => Some(text.as_str()).filter(|text| !text.is_empty()),
            _ => None,
        };
        let is_equal = text("operator") != Some("Exists");
        let wrong = match (text("key"), text("value")) {
            (None, _) if is_equal => "needs a \"key\", or operator = \"Exists\" for every taint",
            (_, Some(_)) if !is_equal => "has a \"value\", which operator = \"Exists\" does not look at",
            _ => continue,
        };
        let detail = format!("tolerations[{at}] {wrong}.");
        decoder.push_at(place, Diagnostic::error("Conflicting arguments", detail).at(place.span));
    }
}

/// Arguments of a namespace beside its quota.
const OF_SPACES: [&str; 4] = ["queue", "node_selector", "tolerations", "adopt_namespace"];
/// Where the content of a volume comes from.
const SOURCES: [&str; 4] = ["claim", "secret", "config_map", "memory"];

/// What is written of a namespace beside its quota. What is counted by number is looked at here: rules see one text.
fn space(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Space {
    check_tolerations(node, decoder);
    let place = node.place("quota");
    for (name, amount) in node.text_map("quota") {
        let is_whole = amount.parse::<Quantity>().is_ok_and(|amount| amount.nanos() % 1_000_000_000 == 0);
        let is_measured = ["cpu", "memory", "storage", "hugepages-"].iter().any(|part| name.contains(part));
        if !is_whole && !is_measured && amount.parse::<Quantity>().is_ok() {
            let detail = match place.sensitive {
                true => "An amount of something that is counted is no whole number.".to_owned(),
                false => format!("\"{amount}\" of {name} is not valid: it is counted, and takes a whole number."),
            };
            decoder.push_at(place, Diagnostic::error("Invalid amount", detail).at(place.span));
        }
    }
    for volume in node.blocks("pod_default").flat_map(|default| default.blocks("volume")) {
        if SOURCES.iter().all(|source| !volume.is_set(source)) {
            let detail = "volume needs \"claim\", \"secret\", \"config_map\" or \"memory\", which say what it holds.";
            let finding = Diagnostic::error("Missing argument", detail).at(volume.span);
            decoder.push(finding.help("Add for example claim = \"datasets\"."));
        }
    }
    let is_written = OF_SPACES.iter().any(|name| node.is_set(name)) || node.blocks("pod_default").next().is_some();
    if is_written { node.projection() } else { Space::Null }
}

pub fn read_queue(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Queue> {
    let queue = Queue {
        name: node.text("name")?,
        platform: node.reference("platform")?,
        capability: node.text_map("capability"),
        deserved: node.text_map("deserved"),
        guarantee: node.text_map("guarantee"),
        projection: node.projection(),
    };
    let amounts = [("guarantee", &queue.guarantee), ("deserved", &queue.deserved), ("capability", &queue.capability)];
    for (at, (lower, least)) in amounts.iter().enumerate() {
        for (upper, most) in &amounts[at + 1..] {
            let quantity = |text: &String| text.parse::<Quantity>().ok();
            let over = |(name, amount): &(&String, &String)| {
                most.get(*name).is_some_and(|most| quantity(most) < quantity(amount))
            };
            let Some((name, _)) = least.iter().find(over) else { continue };
            let place = node.place(lower);
            let what = if place.sensitive { "a resource" } else { name.as_str() };
            let detail = format!("\"{lower}\" of {what} is more than \"{upper}\" lets the queue have.");
            let finding = Diagnostic::error("Queue beyond its limit", detail).at(place.span);
            decoder.push_at(place, finding.related(node.place(upper).span, "the limit"));
        }
    }
    Some(queue)
}

/// `password`, `hash`, or neither.
pub fn credential(node: &Node<'_>) -> Credential {
    let password = node.secret("password").map(Credential::Password);
    password.or_else(|| node.secret("hash").map(Credential::Hash)).unwrap_or_default()
}

/// An e-mail address, lower-cased: Kubeflow compares them by letter, Dex does not.
pub fn email(node: &Node<'_>) -> Option<String> {
    node.text("email").map(|email| email.to_ascii_lowercase())
}
