//! Tests of whole configurations: what evaluates to what, and which findings come.

use std::collections::BTreeMap;

use super::*;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::diag::Style;
use crate::diag::render;

const KINDS: [&str; 4] = ["cluster", "platform", "user", "profile"];

struct Files(BTreeMap<&'static str, &'static str>);

impl Reader for Files {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.0.get(path).map(|text| text.as_bytes().to_vec()).ok_or_else(|| "no such file".to_string())
    }

    fn exists(&self, path: &str) -> Result<bool, String> {
        Ok(self.0.contains_key(path))
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
    fn attributes(&self, _address: &str, kind: &str, _body: &Body) -> Vec<(String, Value)> {
        if kind == "platform" {
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
    let reader = Files(files.iter().copied().collect());
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

/// Resources as `address <- references | depends_on`, then outputs.
fn check(text: &str, files: &[(&'static str, &'static str)], expected: &[&str]) {
    let (evaluated, found) = evaluate(text, files, &[]);
    let mut lines: Vec<String> = found.lines().map(str::to_string).collect();
    for resource in &evaluated.resources {
        lines.push(format!(
            "{} <- {} | {}",
            resource.address,
            resource.references.join(","),
            resource.depends_on.join(",")
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
