//! Releases that follow one another: what is taken over, what differs, and which mistakes are found.

use super::super::Catalog;
use super::super::Release;
use crate::config::LeastSize;
use crate::diag::Sources;

const OLD: &str = r#"
release "1.0" {
  kubernetes = { min = "1.29", max = "1.32" }
  edition "mini" {
    cpu       = 24
    memory_gb = 96
    nodes     = 2
  }
  component "app" {
    version       = "1.0"
    images        = { web = "x/web:1", hook = "x/hook:1", old = "x/old:1" }
    replaces      = { web = "gone/web:1", hook = "gone/hook:1" }
    architectures = { web = "amd64", old = "arm64" }
    inputs        = { size = 1, kind = "a" }
  }
  component "base" { version = "3" }
  component "volumes" {
    version = "2"
    images  = { web = "x/volumes:2" }
  }
}
"#;

/// `files`: name of a release, and what follows `release "NAME" {`.
fn releases(files: &[(&str, &str)]) -> Catalog {
    let others = files.iter().map(|(version, body)| {
        (format!("modules/releases/{version}.hcl"), format!("release \"{version}\" {{\n{body}\n}}\n"))
    });
    Catalog::from_files([("modules/releases/1.0.hcl".to_owned(), OLD.to_owned())].into_iter().chain(others))
}

fn read(files: &[(&str, &str)], version: &str) -> Release {
    let (release, diagnostics) = releases(files).release(version, &mut Sources::new());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    release.expect("a release")
}

#[test]
fn what_is_not_named_stays() {
    let old = read(&[], "1.0");
    let new = read(&[("1.1", "follows = \"1.0\"")], "1.1");
    assert_eq!(new, Release { version: "1.1".into(), ..old });
}

#[test]
fn what_is_named_differs_and_nothing_else() {
    let body = r#"
      follows    = "1.0"
      kubernetes = { max = "1.34" }
      edition "mini" { memory_gb = 64 }
      component "app" {
        images        = { web = "x/web:2", old = null, new = "x/new:1" }
        architectures = { new = "amd64, arm64" }
        inputs        = { size = 2, kind = null }
      }
      component "base" { present = false }
      component "extra" { version = "9" }
    "#;
    let new = read(&[("1.1", body)], "1.1");
    assert_eq!((new.kubernetes_min.as_str(), new.kubernetes_max.as_str()), ("1.29", "1.34"));
    assert_eq!(new.editions["mini"], LeastSize { cpu: 24, memory_gb: 64, nodes: 2 });
    assert_eq!(new.components.keys().collect::<Vec<_>>(), ["app", "extra", "volumes"]);
    let app = &new.components["app"];
    assert_eq!(app.version, "1.0");
    let map = |map: &std::collections::BTreeMap<String, String>| format!("{map:?}");
    assert_eq!(map(&app.images), r#"{"hook": "x/hook:1", "new": "x/new:1", "web": "x/web:2"}"#);
    // What was told of the image that another one replaces is not true of that one.
    assert_eq!(map(&app.replaces), r#"{"hook": "gone/hook:1"}"#);
    assert_eq!(map(&app.architectures), r#"{"new": "amd64, arm64"}"#);
    assert_eq!(app.inputs.keys().collect::<Vec<_>>(), ["size"]);
    assert_eq!(app.inputs["size"].as_i64(), Some(2));
    assert_eq!(new.renamed(), std::collections::BTreeMap::new());
}

#[test]
fn components_are_renamed_and_split() {
    let files = [
        (
            "1.1",
            r#"
            follows = "1.0"
            component "volumes" { present = false }
            component "storage" { was = ["volumes"] }
            component "app-hook" {
              version = "1"
              was     = ["app"]
              images  = { hook = "x/hook:2" }
            }
            component "app" { images = { hook = null } }
            "#,
        ),
        (
            "1.2",
            r#"
            follows = "1.1"
            component "storage" { present = false }
            component "disks" {
              was     = ["storage"]
              version = "3"
            }
            "#,
        ),
    ];
    let new = read(&files, "1.1");
    // A component that is only renamed is made of what it was made of.
    assert_eq!(
        (new.components["storage"].version.as_str(), &new.components["storage"].images["web"][..]),
        ("2", "x/volumes:2")
    );
    assert_eq!(new.components["app-hook"].images.len(), 1);
    let was = |release: &Release| format!("{:?}", release.renamed());
    assert_eq!(was(&new), r#"{"app-hook": ["app"], "storage": ["volumes"]}"#);
    // Who comes from further back finds what is theirs too.
    let newest = read(&files, "1.2");
    assert_eq!(was(&newest), r#"{"app-hook": ["app"], "disks": ["storage", "volumes"]}"#);
    assert_eq!(newest.components["disks"].images["web"], "x/volumes:2");
    assert_eq!(format!("{:?}", newest.successors()), r#"{"storage": ["disks"], "volumes": ["disks"]}"#);
    assert_eq!(newest.editions["mini"].cpu, 24);
}

#[test]
fn mistakes_have_places() {
    for (body, expected) in [
        ("follows = \"0.9\"", "1.1.hcl:2:11: Unknown release: Release 1.1 follows \"0.9\", which is no release."),
        ("follows = \"1.1\"", "1.1.hcl:2:11: Circle of releases: These releases follow each other: 1.1 -> 1.1."),
        ("follows = \"1.2\"", "1.2.hcl:2:11: Circle of releases: These releases follow each other: 1.1 -> 1.2 -> 1.1."),
        ("follows = \"1.0\"\ncomponent \"x\" { present = false }", "1.1.hcl:3:1: Unknown component"),
        ("follows = \"1.0\"\ncomponent \"x\" {}", "1.1.hcl:3:1: Missing argument"),
        (
            "follows = \"1.0\"\ncomponent \"app\" {\n  present = false\n  version = \"2\"\n}",
            "1.1.hcl:4:13: Conflicting arguments",
        ),
        ("follows = \"1.0\"\ncomponent \"app\" { images = { nil = null } }", "1.1.hcl:3:1: Unknown image"),
        ("follows = \"1.0\"\ncomponent \"app\" { replaces = { nil = \"x\" } }", "1.1.hcl:3:1: Unknown image"),
        (
            "follows = \"1.0\"\ncomponent \"y\" {\n  version = \"1\"\n  was     = [\"x\"]\n}",
            "1.1.hcl:3:1: Unknown component",
        ),
        ("follows = \"1.0\"\nedition \"huge\" { nodes = 3 }", "1.1.hcl:3:1: Missing argument: Edition \"huge\""),
        ("follow = \"1.0\"", "1.1.hcl:2:1: Unknown argument"),
    ] {
        let mut sources = Sources::new();
        let (_, diagnostics) = releases(&[("1.1", body), ("1.2", "follows = \"1.1\"")]).release("1.1", &mut sources);
        let found: Vec<String> = diagnostics
            .iter()
            .map(|found| {
                let place = found.span.map_or_else(String::new, |span| sources.locate(span));
                format!("{place}: {}: {}", found.summary, found.detail)
            })
            .collect();
        assert!(found.iter().any(|text| text.contains(expected)), "{body}\nexpected {expected}\ngot {found:#?}");
    }
}
