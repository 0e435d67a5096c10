//! Secrets stay secret wherever they stand: every argument of every block and every variable of every component is given
//! a sensitive canary, in the right type and in wrong ones, and all that the program says and writes is searched for it. The
//! arguments come from the schemas and the variables from the definitions: what is added there is tried here by itself.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use stackwright::interface;
use stackwright::interface::Argument;
use stackwright::interface::Block;
use stackwright::interface::Failure;
use stackwright::interface::Kind;
use stackwright::interface::Known;
use stackwright::interface::Loaded;
use stackwright::interface::Request;
use stackwright::interface::Style;
use stackwright::interface::blocks;
use stackwright::interface::render;

use crate::program::Answer;
use crate::program::Directory;
use crate::server::Server;

/// What a configuration needs beside the canaries, by path.
const BASE: [(&str, &str); 59] = [
    ("stackwright.installation", "\"canaries\""),
    ("cluster.provider", "PROVIDER"),
    ("cluster.name", "\"the-cluster\""),
    ("cluster.kubernetes_version", "\"v1.31.8\""),
    ("cluster.network.vpc", "\"vpc\""),
    ("cluster.network.subnet", "\"subnet\""),
    ("cluster.network.security_groups", "[\"group\"]"),
    ("cluster.file_storage", "\"nfs\""),
    ("cluster.topology.class", "\"a-class\""),
    ("cluster.control_plane.api_version", "\"a.b/v1\""),
    ("cluster.control_plane.kind", "\"Kind\""),
    ("cluster.control_plane.name", "\"a-name\""),
    ("cluster.infrastructure.api_version", "\"a.b/v1\""),
    ("cluster.infrastructure.kind", "\"Kind\""),
    ("cluster.infrastructure.name", "\"a-name\""),
    ("node_pool.cluster", "cluster.x"),
    ("node_pool.server_type", "\"s1v16m64\""),
    ("node_pool.node_count", "3"),
    ("node_pool.autoscaling.min", "2"),
    ("node_pool.autoscaling.max", "3"),
    ("node_pool.block_storage.size_gb", "200"),
    ("node_pool.infrastructure.api_version", "\"a.b/v1\""),
    ("node_pool.infrastructure.kind", "\"Kind\""),
    ("node_pool.infrastructure.name", "\"a-name\""),
    ("node_pool.bootstrap.api_version", "\"a.b/v1\""),
    ("node_pool.bootstrap.kind", "\"Kind\""),
    ("node_pool.bootstrap.name", "\"a-name\""),
    ("storage_class.cluster", "cluster.x"),
    ("storage_class.provisioner", "\"a.b/c\""),
    ("platform.cluster", "cluster.x"),
    ("platform.edition", "\"mini\""),
    ("platform.version", "\"1.9.1\""),
    ("platform.admin.email", "\"admin@example.com\""),
    ("platform.endpoint.acme.email", "\"admin@example.com\""),
    ("platform.endpoint.acme.dns01", "{ webhook = { x = \"y\" } }"),
    ("platform.backup.schedule", "\"0 3 * * *\""),
    ("platform.notebooks.image.name", "\"a/b:c\""),
    ("user.platform", "platform.x"),
    ("user.email", "\"somebody@example.com\""),
    ("user.hash", "\"$2y$12$ruoM7FqXrpVgaol44eRZW.4HWS8SAvg6KYVVSCIwKQPBmTpCm.EeO\""),
    ("user.profile.pod_default.volume.path", "\"/data\""),
    ("profile.platform", "platform.x"),
    ("profile.pod_default.volume.path", "\"/data\""),
    ("profile.owner", "user.x"),
    ("queue.platform", "platform.x"),
    ("connector.platform", "platform.x"),
    ("patch.platform", "platform.x"),
    ("patch.kind", "\"Nothing\""),
    ("patch.merge", "{ x = 1 }"),
    ("policy.condition", "\"true\""),
    ("connector.host", "\"ldap.example.com\""),
    ("connector.issuer", "\"https://login.example.com\""),
    ("connector.sso_url", "\"https://login.example.com\""),
    ("connector.client_id", "\"an-id\""),
    ("connector.client_secret", "\"a-secret\""),
    ("connector.username_attr", "\"name\""),
    ("connector.email_attr", "\"mail\""),
    ("connector.ca", "\"-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\""),
    ("connector.*", "\"x\""),
];

/// Arguments that name what no cluster here has: nodes, classes, issuers. They are planned; an apply would wait for ever.
const NOWHERE: [&str; 5] = [
    "platform.placement.",
    "platform.component.placement.",
    "platform.endpoint.issuer",
    "platform.endpoint.acme.",
    "platform.endpoint.load_balancer_class",
];

/// A secret, and the number of its place: names and addresses must differ.
fn secrets(number: usize) -> [String; 3] {
    [format!("canary-8d3f-{number}-end"), format!("canary-8d3f-{number}@example.com"), format!("7391846{number:03}")]
}

fn assert_silent(answer: &Answer, what: &str) {
    silent(&answer.stdout, what);
    silent(&answer.stderr, what);
}

fn silent(text: &str, what: &str) {
    for secret in ["canary-8d3f-", "7391846"] {
        assert!(!text.contains(secret), "{what} tells {secret}:\n{:#?}", around(text, secret));
        for before in 0..3 {
            let encoded = STANDARD_NO_PAD.encode([&b"\0\0\0"[..before], secret.as_bytes()].concat());
            let sure = &encoded[[0, 2, 3][before]..encoded.len() - 1];
            assert!(!text.contains(sure), "{what} tells {secret} in base64:\n{:#?}", around(text, sure));
        }
    }
}

fn around<'t>(text: &'t str, part: &str) -> Vec<&'t str> {
    text.lines().filter(|line| line.contains(part)).take(5).collect()
}

/// What is written for one argument.
type Written = BTreeMap<String, String>;

/// The configuration of all blocks, with these expressions in place of the base's.
fn configuration(provider: &str, written: &Written, inputs: &Written) -> String {
    let mut text = String::from("provider \"PROVIDER\" {}\n");
    for block in blocks().iter().filter(|block| block.name != "provider").flat_map(Block::kinds) {
        // Of what only another provider makes there is nothing.
        if block.name == "node_pool" && provider == "sandbox" {
            continue;
        }
        // A queue needs a scheduler, and people log in without connectors too.
        let is_written = written.keys().any(|path| path.starts_with(&format!("{}.", path_of(block))));
        if block.name != "queue" && block.variant.is_empty() || is_written {
            add_block(block, "", written, &mut text);
        }
    }
    if written.keys().any(|path| path.starts_with("queue.")) {
        text = text.replace("edition = \"mini\"\n", "edition = \"mini\"\n scheduler {\n }\n");
    }
    let mut by_component: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, expression) in inputs {
        let (component, input) = path.split_once('.').expect("component.input");
        by_component.entry(component).or_default().push(format!("{input} = {expression}"));
    }
    for (component, inputs) in by_component {
        let block =
            format!(" component \"{component}\" {{\n enabled = true\n inputs = {{ {} }}\n }}\n", inputs.join(", "));
        text = text.replace("edition = \"mini\"\n", &format!("edition = \"mini\"\n{block}"));
    }
    text.replace("PROVIDER", provider)
}

/// `connector/ldap` of a variant.
fn path_of(block: &Block) -> String {
    let name = block.name.split(' ').next().unwrap_or_default();
    if block.variant.is_empty() { name.to_owned() } else { format!("{name}/{}", block.variant) }
}

/// What an argument has where nothing is tried.
fn base_of(block: &Block, path: &str, argument: &Argument) -> Option<String> {
    let of = |path: &str| BASE.iter().find(|(base, _)| *base == path).map(|(_, text)| (*text).to_owned());
    let Some((name, inside)) = path.split_once('/') else { return of(path) };
    if argument.name == "type" && !block.variant.is_empty() {
        return Some(format!("\"{}\"", block.variant));
    }
    let known = (inside.split('.').count() == 2).then(|| of(&format!("{name}.{}", argument.name))).flatten();
    known.filter(|_| argument.required).or_else(|| {
        let any = of(&format!("{name}.*")).filter(|_| argument.required)?;
        Some(if argument.kind == Kind::Texts { format!("[{any}]") } else { any })
    })
}

fn add_block(block: &Block, above: &str, written: &Written, text: &mut String) {
    let path = format!("{above}{}", path_of(block));
    let label = match (block.label.as_str(), block.variant.as_str()) {
        ("", _) => String::new(),
        (_, "") => "\"x\" ".to_owned(),
        (_, variant) => format!("\"{variant}\" "),
    };
    writeln!(text, "{} {label}{{", block.name.split(' ').next().unwrap_or_default()).expect("a text");
    for argument in &block.arguments {
        let path = format!("{path}.{}", argument.name);
        let others = block.arguments.iter().filter(|other| other.instead_of == argument.name).map(|other| &other.name);
        let excluded = argument.exclusive_with.iter().chain(others).any(|other| {
            let other = format!("{}.{other}", path.rsplit_once('.').expect("a path").0);
            written.keys().any(|path| *path == other || path.starts_with(&format!("{other}.")))
        });
        let base = base_of(block, &path, argument).filter(|_| !excluded);
        // Clusters of the sandbox have no such things.
        let base = base.filter(|_| !argument.provider_specific || path.ends_with(".provider"));
        match written.get(&path).or(base.as_ref()) {
            Some(expression) => writeln!(text, "{} = {expression}", argument.name).expect("a text"),
            None => assert!(!argument.required || argument.provider_specific || excluded, "{path} must be in BASE"),
        }
    }
    for nested in &block.blocks {
        let inside = format!("{path}.{}.", nested.name);
        if nested.minimum > 0 || written.keys().any(|path| path.starts_with(&inside)) {
            add_block(nested, &format!("{path}."), written, text);
        }
    }
    text.push_str("}\n");
}

/// All arguments by path.
fn arguments() -> Vec<(String, &'static Argument)> {
    fn add(block: &'static Block, above: &str, found: &mut Vec<(String, &'static Argument)>) {
        let path = format!("{above}{}", path_of(block));
        found.extend(block.arguments.iter().map(|argument| (format!("{path}.{}", argument.name), argument)));
        block.blocks.iter().for_each(|nested| add(nested, &format!("{path}."), found));
    }
    let mut found = Vec::new();
    let blocks = blocks().iter().filter(|block| block.name != "provider").flat_map(Block::kinds);
    blocks.for_each(|block| add(block, "", &mut found));
    found
}

/// How a secret can be written for an argument: in its type, with each of the values that rules may want.
fn right(kind: &Kind, number: usize) -> Vec<String> {
    let names = ["text", "mail", "number"].map(|kind| format!("var.{kind}[{number}]"));
    let with = |make: &dyn Fn(&String) -> String| names.iter().map(make).collect::<Vec<_>>();
    match kind {
        Kind::Texts => with(&|name| format!("[{name}]")),
        Kind::TextMap | Kind::Changes => {
            let mut all = with(&|name| format!("sensitive({{ (nonsensitive(var.text[{number}])) = {name} }})"));
            all.extend(with(&|name| format!("{{ cpu = {name} }}")));
            all.extend(with(&|name| format!("sensitive({{ (nonsensitive({name})) = \"edit\" }})")));
            all
        }
        Kind::Objects(fields) => {
            let field = |field: &Argument, name: &str| match field.choices.first() {
                Some(choice) => format!("{} = \"{choice}\"", field.name),
                None => format!("{} = {name}", field.name),
            };
            let object = |name: &String| {
                format!("[{{ {} }}]", fields.0.iter().map(|one| field(one, name)).collect::<Vec<_>>().join(", "))
            };
            with(&object)
        }
        Kind::Map => with(&|name| format!("{{ x = {name} }}")),
        _ => names.to_vec(),
    }
}

/// … and in wrong ones.
fn wrong(number: usize) -> [String; 4] {
    let text = format!("var.text[{number}]");
    let nested = format!("sensitive({{ (nonsensitive({text})) = {{ (nonsensitive({text})) = {text} }} }})");
    [format!("[[{text}]]"), format!("{{ a = {{ b = {text} }} }}"), nested, format!("\"x ${{{text}}} \\n\"")]
}

/// A directory whose variables hold as many canaries as are wanted.
fn directory(number: usize) -> Directory {
    let directory = Directory::new();
    let mut values = String::new();
    for (at, name) in ["text", "mail", "number"].iter().enumerate() {
        let all: Vec<String> = (0..number).map(|number| format!("\"{}\"", secrets(number)[at])).collect();
        writeln!(values, "{name} = [{}]", all.join(", ")).expect("a text");
        directory
            .append("variables.hcl", &format!("variable \"{name}\" {{\n type = list(string)\n sensitive = true\n}}\n"));
    }
    directory.append("stackwright.hclvars", &values);
    directory
}

fn write(directory: &Directory, text: &str) {
    std::fs::write(directory.path().join("main.hcl"), text).expect("the file can be written");
}

fn load(request: &Request) -> Result<Loaded, Failure> {
    interface::load(request, &Known::default())
}

/// Tries every way for every path, keeps the first that is valid beside those before, and searches all that is said. All
/// paths are tried in one configuration, without those that its findings point at, until the rest is valid; where they
/// point at none and `apart` is set, one half is tried after the other.
fn try_all(
    directory: &Directory,
    ways: &[(String, Vec<String>)],
    make: &dyn Fn(&Written) -> String,
    apart: bool,
) -> Written {
    let request = Request { directory: directory.path().to_owned(), ..Request::default() };
    let mut kept = Written::new();
    for round in 0..ways.iter().map(|(_, ways)| ways.len()).max().unwrap_or_default() {
        let open = ways.iter().filter(|(path, _)| !kept.contains_key(path));
        let tried = open.filter_map(|(path, ways)| Some((path.clone(), ways.get(round)?.clone())));
        let mut waiting: Vec<Written> = vec![tried.collect()];
        while let Some(mut tried) = waiting.pop() {
            if tried.is_empty() {
                continue;
            }
            let all: Written = kept.iter().chain(&tried).map(|(path, way)| (path.clone(), way.clone())).collect();
            write(directory, &make(&all));
            let (findings, sources) = match load(&request) {
                Ok(_) => {
                    kept = all;
                    continue;
                }
                Err(Failure::Input(findings, sources)) => (findings, sources),
                Err(failure) => panic!("{all:?}: {failure:?}"),
            };
            silent(&render(&findings, &sources, Style::Plain), &format!("{tried:?}"));
            let pointed: Vec<Vec<String>> = findings
                .iter()
                .filter_map(|finding| finding.span)
                .map(|span| sources.excerpt(span))
                .map(|text| tried.iter().filter(|(_, way)| text.contains(*way)).map(|(path, _)| path.clone()).collect())
                .collect();
            let before = tried.len();
            pointed.iter().filter(|paths| paths.len() == 1).for_each(|paths| tried.retain(|path, _| *path != paths[0]));
            if tried.len() < before {
                waiting.push(tried);
            } else if apart && before > 1 {
                // They do not tell by themselves what does not fit beside what.
                let second = tried.split_off(&tried.keys().nth(before / 2).expect("one in the middle").clone());
                waiting.extend([second, tried]);
            }
        }
    }
    write(directory, &make(&kept));
    kept
}

/// All commands that show a plan.
const PLANS: [&[&str]; 4] =
    [&["render"], &["plan", "--full", "--out", "saved"], &["show", "saved"], &["show", "saved", "--json"]];

/// All commands that show what was applied, and others.
const OTHERS: [&[&str]; 14] = [
    &["validate", "--json"],
    &["images", "--json"],
    &["permissions"],
    &["plan", "--full", "--json"],
    &["apply", "--log", "debug", "saved"],
    &["plan", "--destroy", "--full"],
    &["status"],
    &["status", "--json"],
    &["show"],
    &["show", "--json"],
    &["history"],
    &["history", "--json"],
    &["output", "--json"],
    &["verify"],
];

/// Everything that is said and written of a valid configuration.
fn search(directory: &Directory, commands: &[&[&str]], what: &str) {
    for arguments in commands {
        let answer = directory.run(arguments);
        let is_done = answer.code == Some(0) || arguments[0] == "status";
        assert!(is_done, "{what}: {arguments:?}\n{}\n{}", answer.stdout, answer.stderr);
        assert_silent(&answer, &format!("{what}: {arguments:?}"));
    }
    let is_ours = |path: &Path| {
        // The sandbox is the cluster; the rest is what somebody wrote.
        let text = path.to_string_lossy();
        !text.contains(".stackwright/sandbox/") && !text.ends_with(".hclvars")
    };
    for file in directory.files().iter().filter(|file| is_ours(file)) {
        let bytes = std::fs::read(file).expect("a readable file");
        silent(&String::from_utf8_lossy(&bytes), &format!("{what}: {}", file.display()));
    }
}

#[test]
fn no_argument_tells_a_secret() {
    let all = arguments();
    let directory = directory(all.len());
    let ways: Vec<(String, Vec<String>)> =
        all.iter().enumerate().map(|(n, (path, argument))| (path.clone(), right(&argument.kind, n))).collect();
    let nothing = Written::new();
    // Such clusters lack what only that provider wants: nothing is valid, and every finding is told.
    try_all(&directory, &ways, &|written| configuration("scp", written, &nothing), false);
    // A plan asks for the class of that name, and no release has each version of every component.
    let is_known =
        |path: &str| all.iter().any(|(one, argument)| one == path && argument.needs.values().all(String::is_empty));
    // … and what is secret is no condition that holds.
    let stops = |path: &str| ["platform.storage_class", "policy.condition", "policy.match"].contains(&path);
    let ways: Vec<_> = ways.into_iter().filter(|(path, _)| !stops(path) && is_known(path)).collect();
    let mut kept = try_all(&directory, &ways, &|written| configuration("sandbox", written, &nothing), true);
    for path in [
        "user.name",
        "platform.endpoint.host",
        "storage_class.parameters",
        "profile.quota",
        "platform.registry.mirror",
        "connector/oidc.client_secret",
        "connector/ldap.host",
        "connector/github.organization.teams",
    ] {
        assert!(kept.contains_key(path), "{path} takes no secret any more: {:?}", kept.keys());
    }
    search(&directory, &PLANS, "planned arguments");
    for (number, (path, _)) in
        all.iter().enumerate().filter(|(_, (path, _))| path.starts_with("policy.") && stops(path))
    {
        let mut refused = kept.clone();
        refused.insert(path.clone(), format!("var.text[{number}]"));
        write(&directory, &configuration("sandbox", &refused, &nothing));
        for arguments in [&["plan"][..], &["plan", "--json"], &["plan", "--markdown"]] {
            let answer = directory.run(arguments);
            assert_eq!(answer.code, Some(1), "{path}: {}", answer.stdout);
            assert_silent(&answer, &format!("{path}: {arguments:?}"));
        }
    }
    kept.retain(|path, _| !NOWHERE.iter().any(|start| path.starts_with(start)));
    write(&directory, &configuration("sandbox", &kept, &nothing));
    search(&directory, &[&PLANS[..], &OTHERS[..]].concat(), "arguments");
    // All at once in each wrong way: every finding of every argument is told.
    for at in 0..4 {
        let all = all.iter().enumerate().map(|(number, (path, _))| (path.clone(), wrong(number)[at].clone())).collect();
        write(&directory, &configuration("scp", &all, &nothing));
        let answer = directory.run(&["validate"]);
        assert_eq!(answer.code, Some(1));
        assert_silent(&answer, &format!("wrong way {at}"));
        assert_silent(&directory.run(&["validate", "--json"]), &format!("wrong way {at}"));
    }
}

#[test]
fn no_variable_of_a_component_tells_a_secret() {
    let mut inputs: Vec<String> = Vec::new();
    for folder in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("modules")).expect("the modules") {
        let folder = folder.expect("an entry");
        let Ok(text) = std::fs::read_to_string(folder.path().join("module.hcl")) else { continue };
        let names = text.lines().filter_map(|line| line.strip_prefix("variable \"")?.split_once('"'));
        inputs.extend(names.map(|(name, _)| format!("{}.{name}", folder.file_name().to_string_lossy())));
    }
    inputs.sort();
    assert!(inputs.len() > 50, "{inputs:?}");
    let directory = directory(inputs.len());
    let nothing = Written::new();
    let make = |inputs: &Written| configuration("sandbox", &nothing, inputs);
    // All at once in each way: every finding of every component is told.
    for way in 0..10 {
        let way = |number: usize| {
            let ways = [right(&Kind::Text, number), right(&Kind::Texts, number), wrong(number).to_vec()].concat();
            ways[way].clone()
        };
        let all = inputs.iter().enumerate().map(|(number, path)| (path.clone(), way(number))).collect();
        write(&directory, &make(&all));
        assert_silent(&directory.run(&["validate"]), "inputs");
    }
    // What is refused goes, until the rest is valid.
    let all = inputs.iter().enumerate();
    let mut kept: Written = all.map(|(number, path)| (path.clone(), right(&Kind::Text, number)[0].clone())).collect();
    let request = Request { directory: directory.path().to_owned(), ..Request::default() };
    loop {
        write(&directory, &make(&kept));
        let findings = match interface::validate(&request) {
            Ok(_) => break,
            Err(Failure::Input(findings, sources)) => (findings, sources),
            Err(failure) => panic!("{failure:?}"),
        };
        let (findings, sources) = findings;
        let before = kept.len();
        let told: Vec<String> = findings.iter().map(|one| format!("{:?}: {}", one.address, one.detail)).collect();
        for finding in findings {
            let address = finding.address.unwrap_or_default();
            if address == "platform.x" {
                // Components that cannot stand beside each other.
                let name = finding.detail.split('"').nth(1).unwrap_or_default();
                kept.retain(|path, _| !path.starts_with(&format!("{name}.")));
                continue;
            }
            // The inputs of the component stand there, each with a number of its own.
            let written = finding.span.map_or("", |span| sources.excerpt(span));
            let prefix = format!("{}.", address.trim_start_matches("platform.x."));
            let of_component: Vec<String> = kept
                .iter()
                .filter(|(path, way)| written.contains(way.as_str()) || path.starts_with(&prefix))
                .map(|(path, _)| path.clone())
                .collect();
            let is_named = |path: &str| {
                let (_, name) = path.split_once('.').expect("component.input");
                finding.detail.contains(&format!("\"{name}\""))
            };
            let named = of_component.iter().any(|path| is_named(path));
            for path in of_component.iter().filter(|path| !named || is_named(path)) {
                kept.remove(path);
            }
        }
        assert!(kept.len() < before, "{told:#?}");
    }
    assert!(kept.len() > 10, "{:?}", kept.keys());
    search(&directory, &PLANS, "inputs");
}

/// A number of few digits is no text to be looked for: the fields it reaches are hidden, and nothing else.
#[test]
fn a_short_secret_hides_the_fields_it_reaches_and_nothing_else() {
    for (declared, inputs) in
        [("", "pin = var.pin, door = var.door"), ("\n  sensitive = true", "pin = \"4711\", door = 815")]
    {
        let server = Server::sandbox();
        let directory = server.small("pins");
        let variables = "variable \"pin\" {\n  default = \"4711\"\n  sensitive = true\n}\nvariable \"door\" {\n  default = 815\n  \
                         sensitive = true\n}\n";
        directory.append("main.hcl", variables);
        let source = "source = \"./x\"\n";
        directory.replace("main.hcl", source, &format!("{source}    inputs = {{ {inputs} }}\n"));
        let module = format!(
            "variable \"pin\" {{\n  type = string{declared}\n}}\nvariable \"door\" {{\n  type = number{declared}\n}}\nlocals {{\n  \
             both = \"${{var.pin}}/${{var.door}}\"\n}}\n"
        );
        directory.append("x/module.hcl", &module);
        let template = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: pins\ndata:\n  pin: {{ var.pin | quote }}\n  \
                        file: |\n    door={{ var.door }}\n  both: {{ local.both | b64encode | quote }}\n  other: \"port 4711\"\n";
        directory.append("x/templates/pins.yaml", template);
        let check = |text: &str, what: &str| {
            let masked = text.matches("(sensitive value)").count();
            assert!(text.contains("port 4711"), "{what}: {text}");
            assert!(masked >= 3, "{what}: {text}");
            for secret in ["\"4711\"", ": 4711", "door=815", "NDcxMS84MTU"] {
                assert!(!text.contains(secret), "{what}: {secret}\n{text}");
            }
        };
        check(&directory.succeed(&["render"]), "render");
        check(&directory.succeed(&["plan", "--json"]), "plan --json");
        directory.succeed(&["apply", "--auto-approve"]);
        directory.replace(
            "x/templates/pins.yaml",
            "{{ var.pin | quote }}",
            "{{ var.pin | quote }}\n  more: {{ var.pin }}-x",
        );
        let text = directory.succeed(&["plan", "--full"]);
        assert!(text.contains("+ data.more = (sensitive value)"), "{text}");
        assert!(directory.succeed(&["render", "--show-secrets"]).contains("4711-x"));
    }
}
