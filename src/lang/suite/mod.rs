//! Tests of whole configurations: what evaluates to what, and which findings come.

mod bounds;

use std::collections::BTreeMap;

use super::*;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::diag::Style;
use crate::diag::render;
use crate::object::Address;

const KINDS: [&str; 4] = ["cluster", "platform", "user", "profile"];

struct Files(BTreeMap<&'static str, &'static str>);

impl Reader for Files {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.0
            .get(path.trim_start_matches("./"))
            .map(|text| text.as_bytes().to_vec())
            .ok_or_else(|| "no such file".to_string())
    }

    fn exists(&self, path: &str) -> Result<bool, String> {
        Ok(self.0.contains_key(path.trim_start_matches("./")))
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        let prefix = if directory == "." { String::new() } else { format!("{directory}/") };
        Ok(self.0.keys().filter_map(|path| path.strip_prefix(&prefix).map(str::to_string)).collect())
    }

    fn module(&self, directory: &str) -> Result<Vec<(String, String)>, String> {
        let prefix = format!("{directory}/");
        let files = self.0.iter().filter(|(path, _)| path.starts_with(&prefix) && path.ends_with(".hcl"));
        Ok(files.map(|(path, text)| (path.to_string(), text.to_string())).collect())
    }
}

struct Dashboard;

impl Computed for Dashboard {
    fn attributes(&self, address: &Address, _body: &Body) -> Vec<(String, Value)> {
        if address.kind() == "platform" {
            vec![
                ("dashboard_url".to_string(), Value::unknown(Type::String)),
                ("domain".to_string(), "cluster.local".into()),
            ]
        } else {
            Vec::new()
        }
    }
}

fn evaluate(text: &str, files: &[(&'static str, &'static str)], assignments: &[Assignment]) -> (Evaluated, String) {
    let mut sources = Sources::new();
    let main = sources.add("main.hcl", text);
    let reader = Files(files.iter().map(|(path, text)| (path.trim_start_matches("./"), *text)).collect());
    let (configuration, mut diagnostics) = Configuration::load(&mut sources, &[main], &KINDS, &reader);
    let environment = Environment { assignments, computed: &Dashboard, reader: &reader, working_directory: "/work" };
    let (evaluated, found) = configuration.evaluate(&environment);
    diagnostics.extend(found);
    (evaluated, findings(&diagnostics, &sources))
}

/// One line for each finding: place, summary.
fn findings(diagnostics: &Diagnostics, sources: &Sources) -> String {
    // Drawing them must not fail either.
    render(diagnostics, sources, Style::Plain);
    let mut sorted = diagnostics.clone();
    sorted.sort();
    let line = |d: &crate::diag::Diagnostic| {
        let place = d.span.map_or(String::new(), |span| sources.locate(span));
        format!("{place} {}: {} {}", d.summary, d.detail, d.help.clone().unwrap_or_default()).trim().to_string()
    };
    sorted.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Everything a configuration came to, a line each: findings, resources with their arguments, outputs, the rest.
fn shown(evaluated: &Evaluated, found: &str) -> String {
    let mut lines: Vec<String> = found.lines().map(str::to_string).collect();
    for block in &evaluated.settings {
        show_block(block, "", &mut lines);
    }
    for resource in &evaluated.resources {
        let joined = |word: &str, names: &[Address]| match names {
            [] => String::new(),
            names => format!(" {word} {}", texts(names).join(", ")),
        };
        let provider = resource.provider.as_ref().map_or(String::new(), |(name, _)| format!(" by {name}"));
        let references = joined("from", &resource.references);
        let after = joined("after", &resource.depends_on);
        lines.push(format!("{}{provider}{references}{after}", resource.address));
        show_body(&resource.body, "  ", &mut lines);
        if resource.lifecycle != Lifecycle::default() {
            lines.push(format!("  {:?}", resource.lifecycle));
        }
    }
    lines.extend(evaluated.outputs.values().map(|output| format!("{} = {:?}", output.name, output.value)));
    lines.extend(evaluated.checks.iter().map(|check| format!("{}: {:?} {}", check.name, check.passed, check.message)));
    lines.extend(evaluated.moved.iter().map(|moved| format!("moved {} -> {}", moved.from.0, moved.to.0)));
    lines.extend(evaluated.removed.iter().map(|removed| format!("removed {} {}", removed.from.0, removed.destroy)));
    lines.extend(evaluated.imports.iter().map(|import| format!("import {} <- {}", import.to.0, import.id.0)));
    lines.join("\n")
}

fn texts(addresses: &[Address]) -> Vec<String> {
    addresses.iter().map(Address::to_string).collect()
}

fn show_block(block: &Block, indent: &str, lines: &mut Vec<String>) {
    let labels: String = block.labels.iter().map(|(label, _)| format!(" {label}")).collect();
    lines.push(format!("{indent}{}{labels}", block.kind));
    show_body(&block.body, &format!("{indent}  "), lines);
}

fn show_body(body: &Body, indent: &str, lines: &mut Vec<String>) {
    lines.extend(body.attributes.iter().map(|(name, attribute)| format!("{indent}{name} = {:?}", attribute.value)));
    body.blocks.iter().for_each(|block| show_block(block, indent, lines));
}

/// Each case of `cases/*.txt`: `=== what`, the configuration, `--- path` with further files, and after `>>>` what
/// [`shown`] must give. Values and errors were compared with Terraform 1.11.4 where its own resources allow it.
#[test]
fn configurations_come_to_what_they_should() {
    let mut wrong = String::new();
    for (theme, cases) in [
        ("bodies", include_str!("cases/bodies.txt")),
        ("files", include_str!("cases/files.txt")),
        ("modules", include_str!("cases/modules.txt")),
        ("variables", include_str!("cases/variables.txt")),
    ] {
        for case in cases.split("=== ").filter(|case| !case.is_empty()) {
            let (title, rest) = case.split_once('\n').unwrap_or((case, ""));
            let (input, expected) = rest.split_once(">>>\n").unwrap_or((rest, ""));
            let mut parts = input.split("--- ");
            let text = parts.next().unwrap_or_default();
            let files: Vec<(&str, &str)> = parts.filter_map(|part| part.split_once('\n')).collect();
            let (evaluated, found) = evaluate(text, &files, &[]);
            let shown = shown(&evaluated, &found);
            if shown != expected.trim_end_matches('\n') {
                wrong.push_str(&format!("{theme}: {title}\n{shown}\n"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Resources as `address <- references | depends_on`, then outputs.
fn check(text: &str, files: &[(&'static str, &'static str)], expected: &[&str]) {
    let (evaluated, found) = evaluate(text, files, &[]);
    let mut lines: Vec<String> = found.lines().map(str::to_string).collect();
    for resource in &evaluated.resources {
        lines.push(format!(
            "{} <- {} | {}",
            resource.address,
            texts(&resource.references).join(","),
            texts(&resource.depends_on).join(",")
        ));
    }
    for output in evaluated.outputs.values() {
        lines.push(format!("{} = {:?}", output.name, output.value));
    }
    assert_eq!(lines, expected, "{text}");
}

#[test]
fn resources_refer_to_each_other() {
    check(
        r#"
        cluster "main" { provider = scp }
        platform "ml" {
          cluster = cluster.main
          admin { email = "a@b.c" }
        }
        locals { names = ["x", "y"] }
        user "team" {
          for_each = toset(local.names)
          platform = platform.ml
          email    = "${each.key}@example.com"
        }
        profile "p" {
          owner = user.team["x"]
          url   = local.url
        }
        locals { url = platform.ml.dashboard_url }
        user "all" {
          depends_on = [user.team, cluster.main]
          emails = [for u in user.team : u.email]
        }
        output "emails" { value = user.all.emails }
        output "url" { value = platform.ml.dashboard_url }
        output "mail" { value = platform.ml.admin.email }
        "#,
        &[],
        &[
            "cluster.main <-  | ",
            "platform.ml <- cluster.main | ",
            "user.team[\"x\"] <- platform.ml | ",
            "user.team[\"y\"] <- platform.ml | ",
            "profile.p <- platform.ml,user.team[\"x\"] | ",
            "user.all <- user.team[\"x\"],user.team[\"y\"] | cluster.main,user.team[\"x\"],user.team[\"y\"]",
            "emails = [\"x@example.com\", \"y@example.com\"]",
            "url = (unknown string)",
            "mail = \"a@b.c\"",
        ],
    );
}

#[test]
fn modules_repeat_and_publish() {
    let files = [(
        "modules/team/main.hcl",
        r#"
        variable "name" {
          type = string
          validation {
            condition     = length(var.name) < 10
            error_message = "Too long: ${var.name}"
          }
        }
        variable "platform" {}
        user "bob" {
          platform = var.platform
          name     = var.name
        }
        output "user" { value = user.bob }
        "#,
    )];
    check(
        r#"
        platform "ml" {}
        module "a" {
          source   = "./modules/team"
          for_each = { x = "one", y = "two" }
          name     = each.value
          platform = platform.ml
        }
        profile "p" { owner = module.a["x"].user }
        moved {
          from = user.old
          to   = module.a["x"].user.bob
        }
        "#,
        &files,
        &[
            "platform.ml <-  | ",
            "module.a[\"x\"].user.bob <- platform.ml | ",
            "module.a[\"y\"].user.bob <- platform.ml | ",
            "profile.p <- module.a[\"x\"].user.bob,module.a[\"y\"].user.bob | ",
        ],
    );
}

#[test]
fn findings_are_collected_and_suggest() {
    for (text, expected) in [
        (
            "locals {\n  a = local.b\n  b = local.a\n}\n",
            "main.hcl:2:3 Cycle: Each of these needs the next: local.a, local.b, local.a.",
        ),
        (
            "variable \"region\" { default = 1 }\nuser \"a\" { x = var.regoin }\nusr \"b\" {}\n",
            "main.hcl:2:19 Reference to undeclared input variable: No input variable \"regoin\" is declared in this \
             module. Did you mean \"var.region\"?\n\
             main.hcl:3:1 Unknown block: Blocks of type \"usr\" are not expected here. Did you mean \"user\"?",
        ),
        (
            "variable \"p\" {\n  type = number\n  default = \"x\"\n}\n",
            "main.hcl:3:13 Invalid default value for variable: The default does not fit the type number: a number is \
             required.",
        ),
        (
            "user \"a\" { x = [1, }\nuser \"b\" { y = 1 + }\nlocals { zed = 1 }\noutput \"o\" { value = local.y }\n",
            "main.hcl:1:20 Invalid expression: A value is expected here, not \"}\".\n\
             main.hcl:2:20 Invalid expression: A value is expected here, not \"}\".\n\
             main.hcl:4:27 Reference to undeclared local value: No local value \"y\" is declared in this module. \
             Declared are: zed.",
        ),
        (
            "variable \"s\" {\n  default = \"hush\"\n  sensitive = true\n}\nlocals { n = tonumber(var.s) }\n",
            "main.hcl:5:23 Error in function call: The call of \"tonumber\" failed; why is not shown because an \
             argument is sensitive.",
        ),
        (
            "output \"x\" { value = sensitive(1) }\n",
            "main.hcl:1:22 Output refers to sensitive values: The value of the \
          output \"x\" is sensitive or made from sensitive values. If it shall be an output all the same, add: \
          sensitive = true",
        ),
    ] {
        let (_, found) = evaluate(text, &[], &[]);
        assert_eq!(found, expected, "{text}");
        assert!(!found.contains("hush"));
    }
}

#[test]
fn variables_come_from_outside() {
    let give = |name: &str, text: &str, origin: Origin| Assignment {
        name: name.to_string(),
        value: AssignedValue::Text(text.to_string()),
        origin,
    };
    let text = "variable \"n\" { type = list(number) }\nvariable \"s\" { type = string }\noutput \"o\" { value = [var.n, var.s] }\n";
    let given = [
        give("n", "[1]", Origin::Environment),
        give("n", "[1, \"2\"]", Origin::CommandLine),
        give("s", "plain [", Origin::CommandLine),
        give("gone", "x", Origin::Environment),
    ];
    let (evaluated, found) = evaluate(text, &[], &given);
    assert_eq!(found, "");
    assert_eq!(format!("{:?}", evaluated.outputs["o"].value), "[[1, 2], \"plain [\"]");
    let (_, found) = evaluate(text, &[], &[give("nn", "1", Origin::CommandLine)]);
    assert!(found.contains("No value for required variable") && found.contains("undeclared variable"), "{found}");
}

#[test]
fn depth_and_oddities_end_in_findings() {
    for text in [
        format!("locals {{ a = {}1{} }}", "(".repeat(5000), ")".repeat(5000)),
        format!("locals {{ a = {}1{} }}", "[".repeat(60), "]".repeat(60)),
        format!("locals {{ a = {}true }}", "(true || true && 1 == 1 < 2 + 3 * -".repeat(60)),
        format!("locals {{ a = {}1 }}", "- ".repeat(100_000)),
        format!("locals {{ a = 1{} }}", " + 1".repeat(100_000)),
        format!("locals {{ a = {}1 }}", "true ? 1 : ".repeat(5_000)),
        "a {\n".repeat(10_000),
        "locals { a = \"${\"${\"${1".to_string(),
        format!(
            "locals {{\n{} a0 = 1\n}}",
            (1..2000).rev().map(|i| format!("a{i} = [local.a{}]\n", i - 1)).collect::<String>()
        ),
        "\u{feff}locals { a = 1 }\r\n\0".to_string(),
    ] {
        evaluate(&text, &[], &[]);
    }
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "[a-c0-9 \"${}%~\\[\\]().,=:?!<>\\-+*/&|\n]{0,60}") {
        evaluate(&format!("locals {{ a = {text}\n}}"), &[], &[]);
        evaluate(&text, &[], &[]);
    }

    #[test]
    fn any_characters_do(text in "\\PC{0,40}") {
        evaluate(&text, &[], &[]);
    }
}

/// Each expression of `expressions.txt` (`> expression`, then what Terraform 1.11.4's console prints for it).
#[test]
fn expressions_print_as_terraform_prints_them() {
    let mut wrong = String::new();
    for case in include_str!("../expressions.txt").split("\n> ").filter(|case| !case.is_empty()) {
        let case = case.strip_prefix("> ").unwrap_or(case);
        let (expression, expected) = case.split_once('\n').unwrap_or((case, ""));
        let mut sources = Sources::new();
        let source = sources.add("console", expression);
        let printed = match super::console::evaluate_text(&Scope::new(), &sources, source, &NoFiles) {
            Ok(value) => super::console::print(&value),
            Err(_) => "error".to_string(),
        };
        if printed != expected.trim_end_matches('\n') {
            wrong.push_str(&format!("> {expression}\n{printed}\n"));
        }
    }
    assert_eq!(wrong, "");
}

/// Heredocs, as `terraform console` printed `jsonencode` of them.
#[test]
fn heredocs_lose_what_terraform_cuts() {
    for (text, expected) in [
        ("<<-EOT\n    one\n\n      two ${1}\n    three\n  EOT\n", "one\n\n  two 1\nthree\n"),
        ("<<-EOT\nabcdef:\n    y ${1}\n    z\n  EOT\n", "abcdef:\n    y 1\n    z\n"),
        ("<<EOT\na\n  ${~ 1 ~}  \n  b\nEOT\n", "a\n1  b\n"),
        (
            "<<-EOT\n    %{for x in [\"p\", \"q\"]~}\n    - ${x}\n    %{endfor~}\n    end\n  EOT\n",
            "    - p\n    - q\n    end\n",
        ),
        ("<<-EOT\n    ${1} x\n      y\n  EOT\n", "1 x\n  y\n"),
        ("<<EOT\na $${x} %%{y} \\n \"q\"\nEOT\n", "a ${x} %{y} \\n \"q\"\n"),
        ("<<-EOT\n\ttab\n\t  two\n  EOT\n", "tab\n  two\n"),
        // Lines of blanks are left as they are.
        ("<<-EOT\n    a\n  \n      b\n  EOT\n", "a\n  \n  b\n"),
    ] {
        let (evaluated, found) = evaluate(&format!("output \"o\" {{\n  value = {text}}}\n"), &[], &[]);
        assert_eq!(found, "");
        assert_eq!(evaluated.outputs["o"].value.as_str(), Some(expected), "{text}");
    }
}

/// Much input must neither take long (a quadratic step would) nor fail.
#[test]
fn much_is_little() {
    let blocks: String = (0..5_000)
        .map(|at| format!("user \"u{at}\" {{\n  platform = platform.p\n  email = \"${{var.n}}{at}\"\n}}\n"))
        .collect();
    let (evaluated, found) =
        evaluate(&format!("platform \"p\" {{}}\nvariable \"n\" {{ default = 1 }}\n{blocks}"), &[], &[]);
    assert_eq!((evaluated.resources.len(), found.as_str()), (5_001, ""));
    let text = "locals { m = merge([for i in range(5) : { for j in range(1000) : \"${i}-${j}\" => j }]...) }
        user \"u\" { for_each = local.m }
        profile \"p\" {
          for_each = local.m
          owner    = user.u[each.key]
          all      = local.m
        }";
    let (evaluated, found) = evaluate(text, &[], &[]);
    assert_eq!((evaluated.resources.len(), found.as_str()), (10_000, ""));
    for text in [
        "\"".repeat(300_000),
        "{".repeat(300_000),
        "a = \"${".repeat(30_000),
        "a = <<E\n".repeat(30_000),
        "a = [\n".repeat(30_000),
    ] {
        assert!(format(&text).is_err());
    }
}

#[test]
fn documentation_names_every_function() {
    let page = include_str!("../../../docs/language.md");
    let missing: Vec<&str> = functions::names().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert_eq!(missing, Vec::<&str>::new());
}
