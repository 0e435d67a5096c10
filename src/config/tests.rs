//! Texts in, findings and values out: what every kind of argument says when it is wrong, and what stays hidden.

use super::*;
use crate::config::schema::Argument;
use crate::config::schema::Block;
use crate::config::schema::Kind;
use crate::diag::Severity;
use crate::diag::Style;
use crate::diag::render;
use crate::object::Address;

const BASE: &str = r#"
stackwright { installation = "prod" }
cluster "main" {
  provider = scp
  name     = "prod"
}
"#;

const PLATFORM: &str = r#"
platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "1.9.1"
  admin { email = "admin@example.com" }
}
"#;

/// Findings as `code: detail help`.
fn found(text: &str) -> Vec<String> {
    let (_, diagnostics, _) = fixture::read(text);
    let one = |d: &crate::diag::Diagnostic| format!("{}: {} {}", d.code, d.detail, d.help.clone().unwrap_or_default());
    diagnostics.iter().map(one).collect()
}

fn check(text: &str, expected: &[&str]) {
    let found = found(&format!("{BASE}{PLATFORM}{text}"));
    let as_expected =
        found.len() == expected.len() && found.iter().zip(expected).all(|(found, part)| found.contains(part));
    assert!(as_expected, "{text}\nexpected {expected:#?}\ngot {found:#?}");
}

#[test]
fn schemas_read_without_a_finding() {
    let (blocks, diagnostics) = schema::read(&schema::FILES);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    // Two more files hold variants of a block.
    assert_eq!(blocks.len() + 2, schema::FILES.len());
    fn walk(block: &Block) {
        for argument in &block.arguments {
            let what = format!("{}.{}", block.name, argument.name);
            if let Some(default) = &argument.default {
                assert!(node::default_of(argument, default).is_some(), "the default of {what} has another type");
                assert!(!argument.required && argument.otherwise.is_empty(), "{what}");
            }
            for other in argument.exclusive_with.iter().chain(&argument.together) {
                assert!(block.argument(other).is_some() || block.block(other).is_some(), "{what}: {other}");
            }
        }
        if let Some(identity) = &block.identity {
            assert!(block.argument(identity).is_some(), "{}", block.name);
        }
        block.blocks.iter().chain(&block.variants).for_each(walk);
    }
    blocks.iter().for_each(walk);
}

#[test]
fn wrong_arguments_say_so() {
    check("queue \"a\" { platform = platform.ml }", &[]);
    check(
        "queue \"a\" {\n platform = platform.ml\n wieght = 3\n}",
        &["unknown-argument: queue has no argument \"wieght\". Did you mean \"weight\"?"],
    );
    check("queue \"a\" {}", &["missing-argument: queue needs the argument \"platform\". Add platform = …"]);
    check(
        "queue \"a\" {\n platform = \"ml\"\n}",
        &["not-a-reference: \"platform\" of queue must name a platform block. Write it without quotes"],
    );
    check(
        "queue \"a\" {\n platform = cluster.main\n}",
        &["wrong-kind-of-reference: \"platform\" of queue must name a platform; cluster.main is a cluster."],
    );
    check(
        "queue \"a\" {\n platform = platform.ml\n weight = 0\n}",
        &["number-out-of-range: \"weight\" is 0; it must lie between 1 and 65535."],
    );
    check(
        "queue \"a\" {\n platform = platform.ml\n weight = 1.5\n}",
        &["wrong-type: \"weight\" of queue must be a whole number; this is number."],
    );
    check(
        "queue \"a\" {\n platform = platform.ml\n capability = { cpu = \"lots\" }\n}",
        &["invalid-amount: \"lots\" of cpu is not valid: it is not an amount such as"],
    );
    check(
        "queue \"a\" {\n platform = platform.ml\n weight {}\n}",
        &["unknown-block: queue has no block \"weight\". \"weight\" is an argument: write weight = …"],
    );
    check(
        "queue \"A\" { platform = platform.ml }",
        &[
            "invalid-name: \"A\" is not valid: it may hold a-z, 0-9 and -, and must begin and end with a letter or digit. It is",
        ],
    );
    check(
        "queue \"a\" {\n platform = platform.ml\n provider = scp\n}",
        &["unknown-argument: queue has no argument \"provider\"."],
    );
    check(
        "profile \"a\" {\n platform = platform.ml\n owner = \"nobody\"\n contributors = { \"b@x.org\" = \"edti\" }\n}",
        &[
            "invalid-e-mail: \"nobody\" is not valid: it has no @. A reference is written without quotes: owner = user.NAME.",
            "unknown-choice: \"edti\" is no choice for \"contributors\" of profile. Did you mean \"edit\"?",
        ],
    );
}

#[test]
fn nested_blocks_and_lists_are_checked() {
    let pool =
        |text: &str| format!("node_pool \"p\" {{\n cluster = cluster.main\n server_type = \"s1v99m999\"\n {text}\n}}");
    check(&pool("node_count = 2"), &[]);
    check(&pool(""), &["missing-argument: node_pool needs the number of its nodes."]);
    check(
        &pool("node_count = 2\n autoscaling {\n min = 2\n max = 3\n }"),
        &["conflicting-arguments: node_pool takes \"node_count\" or \"autoscaling\", not both."],
    );
    check(&pool("autoscaling {\n min = 4\n max = 3\n }"), &["invalid-range: min is 4, more than max, which is 3."]);
    check(&pool("autoscaling {\n min = 4\n }"), &["missing-argument: autoscaling needs the argument \"max\"."]);
    check(
        &pool("node_count = 2\n taints = [{ effect = \"NoSchedul\", kye = \"a\" }]"),
        &[
            "missing-argument: An element of \"taints\" needs \"key\".",
            "unknown-choice: \"NoSchedul\" is no choice for \"effect\" of an element of \"taints\". Did you mean \"NoSchedule\"?",
            "unknown-argument: An element of \"taints\" has no \"kye\". Did you mean \"key\"?",
        ],
    );
    check(
        &pool("node_count = 2\n block_storage { size_gb = 50 }"),
        &["small-block-storage: 50 GB is little for the platform's images"],
    );
    let platform = |text: &str| found(&format!("{BASE}{}", PLATFORM.replace("admin {", &format!("{text}\n admin {{"))));
    for (text, expected) in [
        ("endpoint {}\n endpoint {}", "repeated-block: platform takes one \"endpoint\" block."),
        ("endpoint = {}", "unknown-argument: platform has no argument \"endpoint\". \"endpoint\" is a block"),
        ("component \"a\" {}\n component \"a\" {}", "repeated-block: There are two component blocks \"a\"."),
        ("component {}", "wrong-labels: A \"component\" block takes one label: the component's name."),
        ("component \"A_b\" {}", "invalid-name: \"A_b\" is not valid"),
        ("endpoint { port = 80 }", "number-out-of-range: \"port\" is 80; it must lie between 30000 and 32767."),
        ("endpoint { tls = \"none\" }", "no-encryption: "),
        (
            "gpu { replicas = 4 }",
            "conflicting-arguments: \"replicas\" says into how many a GPU is shared; sharing = \"none\"",
        ),
    ] {
        let found = platform(text);
        assert!(found.len() == 1 && found[0].contains(expected), "{text}: {found:#?}");
    }
    let without = PLATFORM.replace("admin { email = \"admin@example.com\" }", "");
    assert!(
        found(&format!("{BASE}{without}"))[0]
            .contains("missing-block: platform needs an \"admin\" block. Add a block:")
    );
}

#[test]
fn blocks_together() {
    let user = |name: &str, more: &str| {
        format!("user \"{name}\" {{\n platform = platform.ml\n hash = \"{HASH}\"\n {more}\n}}\n")
    };
    check(
        &(user("a", "email = \"A@x.org\"") + &user("b", "email = \"a@X.org\"")),
        &["duplicate-e-mail: a@x.org is user.a's already; capitals make no difference."],
    );
    check(
        &user("a", "email = \"admin@example.com\""),
        &["duplicate-e-mail: admin@example.com is platform.ml's already"],
    );
    check(
        &(user("a", "email = \"a@x.org\"\n user_id = \"7\"") + &user("b", "email = \"b@x.org\"\n user_id = \"7\"")),
        &["duplicate-user-id: user.a has the userID \"7\" already."],
    );
    check(
        "queue \"a\" { platform = platform.ml }\nqueue \"b\" {\n platform = platform.ml\n name = \"a\"\n}",
        &["duplicate-queue: queue.a has the queue \"a\" already."],
    );
}

const HASH: &str = "$2y$12$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

#[test]
fn everything_declared_is_carried() {
    let text = r#"
user "a" {
  platform = platform.ml
  email    = "a@x.org"
  hash     = "HASH"
  profile { quota = { cpu = "1" } }
  depends_on = [cluster.main]
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [profile.quota, email]
  }
}
"#;
    let (installation, diagnostics, sources) =
        fixture::read(&format!("{BASE}{PLATFORM}{}", text.replace("HASH", HASH)));
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let user = &installation.users[0];
    assert_eq!(user.address, Address::resource("user", "a"));
    assert!(user.lifecycle.prevent_destroy);
    assert_eq!(user.depends_on, [Address::resource("cluster", "main")]);
    assert_eq!(sources.excerpt(user.place("email").span), "\"a@x.org\"");
    assert_eq!(sources.excerpt(user.place("profile.quota").span), "{ cpu = \"1\" }");
    assert!(user.place("hash").sensitive && !user.place("email").sensitive);
    assert_eq!(sources.excerpt(user.place("user_id").span), "user \"a\"");
    assert_eq!(installation.secrets, [Secret::new(HASH)]);
}

#[test]
fn lifecycles_are_held_against_the_schema() {
    let storage = |text: &str| {
        format!(
            "storage_class \"a\" {{\n cluster = cluster.main\n provisioner = \"x\"\n lifecycle {{\n {text}\n }}\n}}\n"
        )
    };
    check(&storage("ignore_changes = all"), &[]);
    check(&storage("ignore_changes = [parameters[\"a.b\"], provisioner]"), &[]);
    check(
        &storage("ignore_changes = [paramters]"),
        &[
            "unknown-argument: storage_class has no argument or block \"paramters\" whose changes could be ignored. Did you mean \"parameters\"?",
        ],
    );
    check(
        &storage("create_before_destroy = true"),
        &["conflicting-lifecycle: \"name\" is what a storage_class is known by"],
    );
    let pool = "node_pool \"p\" {\n cluster = cluster.main\n server_type = \"s1v99m999\"\n node_count = 2\n \
                lifecycle {\n create_before_destroy = true\n ignore_changes = [block_storage.size_bg]\n }\n}";
    check(pool, &["unknown-argument: node_pool has no argument or block \"block_storage\""].map(|_| {
        "unknown-argument: block_storage has no argument or block \"size_bg\" whose changes could be ignored. Did you mean \"size_gb\"?"
    }));
}

#[test]
fn moves_are_held_against_what_is_declared() {
    let queue = "queue \"a\" { platform = platform.ml }\n";
    let keyed = "queue \"a\" {\n for_each = { x = 1 }\n platform = platform.ml\n}\n";
    let moved = |from: &str, to: &str| format!("moved {{\n from = {from}\n to = {to}\n}}\n");
    let removed = |from: &str| format!("removed {{\n from = {from}\n}}\n");
    for (declared, text, expected) in [
        (queue, moved("queue.old", "queue.a"), None),
        (keyed, moved("queue.a", "queue.a[\"x\"]"), None),
        (keyed, moved("queue.old[\"x\"]", "queue.a[\"x\"]"), None),
        (queue, moved("module.gone", "module.there"), None),
        (queue, removed("queue.old"), None),
        (
            queue,
            moved("queue.a", "queue.b"),
            Some("moved-still-declared: queue.a is still declared, so it has not moved to queue.b."),
        ),
        (keyed, moved("queue.a", "queue.b"), Some("moved-still-declared: queue.a[\"x\"] is still declared")),
        (queue, moved("user.old", "queue.a"), Some("move-between-kinds: user.old is a user and queue.a a queue")),
        (queue, moved("module.gone", "queue.a"), Some("move-between-kinds: ")),
        (
            queue,
            moved("qeue.old", "queue.a"),
            Some("unknown-kind: There is no kind of resource \"qeue\". Did you mean \"queue\"?"),
        ),
        (queue, removed("queue.old\ndelete_data = true\n"), None),
        (
            queue,
            removed("queue.old\ndelete_data = true\nlifecycle {\n destroy = false\n}\n"),
            Some(
                "conflicting-arguments: What is let go is not deleted: \"delete_data\" has no meaning beside destroy = false.",
            ),
        ),
        (
            queue,
            removed("queue.old\ndelete_data = \"yes\"\n"),
            Some("wrong-type: \"delete_data\" of removed must be true or false, written out."),
        ),
        (queue, removed("queue.a"), Some("removed-still-declared: queue.a is still declared.")),
        (queue, removed("secret.a"), Some("unknown-kind: There is no kind of resource \"secret\". The kinds are")),
    ] {
        check(&format!("{declared}{text}"), &expected.into_iter().collect::<Vec<_>>());
    }
}

/// Wrong values of an argument, with something in them that is found again wherever it is repeated.
fn canaries(argument: &Argument) -> Vec<String> {
    match &argument.kind {
        Kind::Texts => vec!["[\"c4narY!\"]".into(), "{ c4narY = 1 }".into()],
        Kind::TextMap | Kind::Changes | Kind::Map => vec!["{ \"c4narY!\" = \"c4narY!\" }".into(), "\"c4narY!\"".into()],
        Kind::Objects(_) => vec!["[{ c4narY = \"c4narY!\", effect = \"c4narY!\" }]".into(), "\"c4narY!\"".into()],
        Kind::Provider => Vec::new(),
        _ => vec!["\"c4narY!\"".into(), "[\"c4narY!\"]".into(), "4711471147114711".into()],
    }
}

/// Every argument of every block, given a value that breaks as much as can be broken: nothing of it is shown, in words
/// or in excerpts, and it is among the secrets.
#[test]
fn no_finding_repeats_a_secret() {
    let mut tried = 0;
    for kind in RESOURCE_KINDS.into_iter().chain(["stackwright"]) {
        let block = schema::block(kind).expect("a schema");
        let label = if block.label.is_empty() { "" } else { "\"a\"" };
        let mut nested: Vec<(Vec<&Block>, &Argument)> = Vec::new();
        fn walk<'a>(path: Vec<&'a Block>, block: &'a Block, all: &mut Vec<(Vec<&'a Block>, &'a Argument)>) {
            all.extend(block.arguments.iter().map(|argument| (path.clone(), argument)));
            for inner in &block.blocks {
                walk(path.iter().copied().chain([inner]).collect(), inner, all);
            }
        }
        block.kinds().for_each(|variant| walk(Vec::new(), variant, &mut nested));
        for (path, argument) in nested {
            // What decides for the variant that has it.
            let has = |variant: &&Block| {
                let mut all = Vec::new();
                walk(Vec::new(), variant, &mut all);
                all.iter().any(|(_, one)| std::ptr::eq(*one, argument))
            };
            let decision = match block.variants.iter().find(has) {
                Some(variant) if argument.name != block.decided_by => {
                    format!("{} = \"{}\"\n", block.decided_by, variant.variant)
                }
                _ => String::new(),
            };
            for value in canaries(argument) {
                let plain = format!("{} = {value}", argument.name);
                let marked = format!("{} = sensitive({value})", argument.name);
                let misspelt = format!("{}x = {value}", argument.name);
                let mut lines = vec![marked];
                if argument.sensitive {
                    lines.extend([plain, misspelt]);
                }
                for line in lines {
                    let open: String = path
                        .iter()
                        .map(|b| format!("{} {} {{ ", b.name, if b.label.is_empty() { "" } else { "\"l\"" }))
                        .collect();
                    let inside =
                        if path.is_empty() { line } else { format!("{open}\n{line}\n{}", "}\n".repeat(path.len())) };
                    let inside = format!("{decision}{inside}");
                    // Twice, so that what must be unique is compared.
                    let second =
                        if label.is_empty() { String::new() } else { format!("{kind} \"b\" {{\n{inside}\n}}\n") };
                    let base = if kind == "stackwright" { "" } else { BASE };
                    let text = format!("{base}{PLATFORM}{kind} {label} {{\n{inside}\n}}\n{second}");
                    let (installation, diagnostics, sources) = fixture::read(&text);
                    let shown = render(&diagnostics, &sources, Style::Plain);
                    assert!(!shown.contains("c4narY") && !shown.contains("471147"), "{text}\n{shown}");
                    let is_secret =
                        |secret: &Secret| secret.reveal().contains("c4narY") || secret.reveal().contains("471147");
                    assert!(installation.secrets.iter().any(is_secret), "{text}\n{:?}", installation.secrets.len());
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 150, "{tried}");
}

/// Secret values that are right, or nearly so, and clash with each other.
#[test]
fn no_clash_repeats_a_secret() {
    let user = |name: &str, more: &str| {
        format!("user \"{name}\" {{\n platform = platform.ml\n hash = \"{HASH}\"\n {more}\n}}\n")
    };
    let same =
        "email = sensitive(\"canary@x.org\")\n user_id = sensitive(\"canary-id\")\n name = sensitive(\"canary\")";
    let profile = "profile \"p\" {\n platform = platform.ml\n owner = sensitive(\"canary@\")\n \
                   contributors = sensitive({ \"canary@x\" = \"canary\", \"CANARY@x\" = \"canary\" })\n}";
    let pool = "node_pool \"p\" {\n cluster = cluster.main\n server_type = \"x\"\n node_count = 1\n os = sensitive(\"canary\")\n}";
    for text in [format!("{}{}", user("a", same), user("b", same)), profile.to_owned(), pool.to_owned()] {
        let (_, diagnostics, sources) = fixture::read(&format!("{BASE}{PLATFORM}{text}"));
        assert!(diagnostics.iter().any(|d| d.severity == Severity::Error), "{text}");
        let shown = render(&diagnostics, &sources, Style::Plain).to_lowercase();
        assert!(!shown.contains("canary"), "{text}\n{shown}");
    }
}

#[test]
fn templates_see_defaults_by_the_names_of_the_schema() {
    let platform = fixture::platform(
        "edition = \"mini\"\nversion = \"1\"\nadmin {\n email = \"a@x.org\"\n password = \"a long passphrase\"\n}\ngpu { sharing = \"mig\" }",
    );
    let seen = &platform.projection;
    assert_eq!(seen["gpu"]["sharing"], "mig");
    assert_eq!(seen["gpu"]["rdma"], false);
    assert_eq!(seen["endpoint"]["type"], "node_port");
    assert_eq!(seen["endpoint"]["host"], "");
    assert_eq!(seen["tags"], serde_json::json!({}));
    assert_eq!(seen["admin"], serde_json::json!({"email": "a@x.org"}));
}

#[test]
fn people_log_in_elsewhere_too() {
    let directory = |more: &str| {
        format!(
            "connector \"d\" {{\n platform = platform.ml\n type = \"ldap\"\n host = \"h\"\n user_search {{ base_dn = \"dc=x\" }}\n \
             {more}\n}}\n"
        )
    };
    let company = "connector \"c\" {\n platform = platform.ml\n type = \"oidc\"\n issuer = \"https://i\"\n client_id = \
                   \"i\"\n client_secret = \"s\"\n}\n";
    let user = "user \"a\" {\n platform = platform.ml\n email = \"a@x.org\"\n}\n";
    check(&directory(""), &[]);
    check(&format!("{}{user}", directory("")), &[]);
    check(user, &["missing-argument: user needs \"password\" or \"hash\""]);
    check(company, &["address-not-known: Browsers come back from it to the address of platform.ml"]);
    check(
        &directory("bind_dn = \"cn=d\""),
        &["missing-argument: \"bind_dn\" of connector of type ldap needs \"bind_pw\""],
    );
    check(
        &directory("issuer = \"https://i\""),
        &["unknown-argument: connector of type ldap has no argument \"issuer\"."],
    );
    check(
        &directory("bind_dn = \"cn=d\"\n bind_pw = \"p\"\n bind_pw_from = \"s/k\""),
        &["conflicting-arguments: connector of type ldap takes \"bind_pw_from\" or \"bind_pw\", not both."],
    );
    check(&directory("insecure_no_ssl = true"), &["insecure-setting: It is talked to without TLS"]);
    check(
        "connector \"c\" {\n platform = platform.ml\n type = \"openid\"\n issuer = 7\n}\n",
        &["unknown-choice: \"openid\" is no choice for \"type\" of connector."],
    );
}

#[test]
fn somebody_can_log_in() {
    let platform = |sign_in: &str| PLATFORM.replace("  admin", &format!("  sign_in {{\n{sign_in}\n}}\n  admin"));
    let elsewhere = "issuer = \"https://i\"\nclient_id = \"i\"\nclient_secret_from = \"s/k\"";
    let directory = "connector \"d\" {\n platform = platform.ml\n type = \"ldap\"\n host = \"h\"\n user_search { base_dn = \"dc=x\" }\n}\n";
    let user = "user \"a\" {\n platform = platform.ml\n email = \"a@x.org\"\n password = \"a long passphrase\"\n}\n";
    for (sign_in, more, expected) in [
        (elsewhere, "", None),
        ("passwords = false", directory, None),
        ("passwords = false", "", Some("nobody-can-log-in: Nobody could log in to platform.ml")),
        (elsewhere, directory, Some("connector-without-effect: platform.ml leaves log-ins to an issuer elsewhere")),
        (elsewhere, user, Some("password-without-effect: platform.ml takes no passwords.")),
        ("client_id = \"i\"", "", Some("missing-argument: \"client_id\" of sign_in needs \"issuer\" beside it.")),
    ] {
        let found = found(&format!("{BASE}{}{more}", platform(sign_in)));
        let is_expected = |text: &String| expected.is_some_and(|part| text.contains(part));
        assert!(
            found.len() == usize::from(expected.is_some()) && found.iter().all(is_expected),
            "{sign_in}{more}\n{found:#?}"
        );
    }
}
