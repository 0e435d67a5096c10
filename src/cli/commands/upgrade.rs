//! `upgrade`

use std::collections::BTreeSet;
use std::process::ExitCode;

use serde_json::Value;
use serde_json::json;

use super::apply;
use super::block_on;
use super::plan;
use super::rehearse;
use super::request_asking;
use crate::catalog::Hop;
use crate::catalog::Release;
use crate::cli::arguments::Global;
use crate::cli::arguments::Upgrade;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::terminal::say;
use crate::cli::view::diagnostics_json;
use crate::cli::view::step_json;
use crate::cli::view::table;
use crate::cli::view::upgrade_json;
use crate::cli::view::upgrade_text;
use crate::ops;
use crate::ops::Failure;
use crate::ops::Request;
use crate::ops::Ways;
use crate::plan::Mode;

pub fn run(command: &Upgrade, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let mut request = request_asking(global, &command.planning.variables, terminal);
    request.parallelism = Some(command.planning.parallelism.into());
    if command.list {
        return list(&request, command.planning.json, terminal);
    }
    let (platform, version) =
        ops::upgrade_destination(&request, command.platform.as_ref(), command.version.as_deref())?;
    if command.check {
        return check(command, &request, &platform, &version, terminal);
    }
    let edit = ops::edit_version(&request, &platform, &version)?;
    if command.rehearse {
        let request = edit.map_or(request.clone(), |edit| edit.tried(&request));
        let patience = command.carrying.wait_timeout.min(ops::REHEARSAL_PATIENCE);
        let plan_request = plan::plan_request(&command.planning, Mode::Converge);
        let what = format!("upgrade {version}");
        return rehearse::run(&request, &plan_request, &command.planning, Some(&platform), (&what, patience), terminal);
    }
    if let Some(edit) = &edit {
        edit.write()?;
        say(&format!("Set the version of {platform} to {version} in {}.\n\n", edit.shown));
    }
    let planning = &command.planning;
    let plan_request = plan::plan_request(planning, Mode::Converge);
    let done =
        apply::perform(&request, plan_request, planning, &command.carrying, &format!("upgrade {version}"), terminal);
    // What was begun goes on from the edited file; what was not even begun leaves no trace.
    let is_begun = match &done {
        Ok(_) | Err(Failure::Incomplete { .. } | Failure::Interrupted) => true,
        Err(_) => block_on(ops::is_upgrade_begun(&request, &platform)).unwrap_or(true),
    };
    if let Some(edit) = edit.filter(|_| !is_begun) {
        edit.take_back()?;
        say(&format!("Nothing was changed; {} is as it was.\n", edit.shown));
    }
    done
}

fn check(
    command: &Upgrade,
    request: &Request,
    platform: &crate::object::Address,
    version: &str,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    let checked = block_on(ops::check_upgrade(request, platform, version))?;
    let passed = !checked.obstacles.has_errors();
    if command.planning.json {
        print(&format!(
            "{:#}\n",
            json!({
                "format_version": "1.0",
                "passed": passed,
                "platform": checked.platform.to_string(),
                "from": checked.from,
                "to": checked.to,
                "upgrade": checked.upgrade.as_ref().map(upgrade_json),
                "diagnostics": diagnostics_json(&checked.obstacles, &checked.sources),
            })
        ));
    } else {
        match &checked.upgrade {
            Some(upgrade) => print(&upgrade_text(upgrade, terminal.paint, command.planning.full)),
            None if passed => print(&format!("{platform} is at release {} already.\n", checked.from)),
            None => {}
        }
        error::show(&checked.obstacles, &checked.sources, terminal);
        if passed && checked.upgrade.is_some() {
            print("Nothing stands in the way. Nothing was changed.\n");
        }
    }
    Ok(if passed { error::DONE.into() } else { error::FAILED.into() })
}

fn list(request: &Request, as_json: bool, terminal: Terminal) -> Result<ExitCode, Failure> {
    let ways = ops::ways(request)?;
    if as_json {
        let releases: Vec<Value> = ways.releases.iter().map(|release| release_json(release, &ways)).collect();
        print(&format!("{:#}\n", json!({"format_version": "1.0", "releases": releases})));
        return Ok(error::DONE.into());
    }
    let rows: Vec<Vec<String>> = ways.releases.iter().map(|release| row(release, &ways, terminal)).collect();
    print(&table(&["RELEASE", "KUBERNETES", "FROM", "CANNOT BE UNDONE", ""], &rows));
    let names: BTreeSet<&str> =
        ways.releases.iter().flat_map(|release| release.components.keys().map(String::as_str)).collect();
    let rows: Vec<Vec<String>> = names
        .iter()
        .map(|name| {
            let versions = ways.releases.iter().map(|release| {
                release.components.get(*name).map_or("-".to_owned(), |component| component.version.clone())
            });
            std::iter::once((*name).to_owned()).chain(versions).collect()
        })
        .collect();
    let heading: Vec<&str> =
        std::iter::once("COMPONENT").chain(ways.releases.iter().map(|release| release.version.as_str())).collect();
    print(&format!("\n{}", table(&heading, &rows)));
    Ok(error::DONE.into())
}

fn row(release: &Release, ways: &Ways, terminal: Terminal) -> Vec<String> {
    let here: Vec<&Hop> = ways.hops.iter().filter(|hop| hop.to == release.version).collect();
    let from: Vec<&str> = here.iter().map(|hop| hop.from.as_str()).collect();
    let one_way: BTreeSet<String> =
        here.iter().flat_map(|hop| hop.steps.iter().filter(|step| step.one_way).map(|step| step.title())).collect();
    let named = ways.named.iter().filter(|(_, version)| **version == release.version);
    let named: Vec<String> = named.map(|(platform, _)| platform.to_string()).collect();
    vec![
        terminal.paint.bold(&release.version),
        window(release),
        if from.is_empty() { "-".to_owned() } else { from.join(", ") },
        one_way.into_iter().collect::<Vec<_>>().join(", "),
        named.join(", "),
    ]
}

fn window(release: &Release) -> String {
    match (release.kubernetes_min.as_str(), release.kubernetes_max.as_str()) {
        ("", "") => "any".to_owned(),
        (oldest, "") => format!("from {oldest}"),
        ("", newest) => format!("up to {newest}"),
        (oldest, newest) => format!("{oldest} to {newest}"),
    }
}

fn release_json(release: &Release, ways: &Ways) -> Value {
    let components: serde_json::Map<String, Value> = release
        .components
        .iter()
        .map(|(name, component)| (name.clone(), Value::from(component.version.clone())))
        .collect();
    let hops: Vec<Value> = ways
        .hops
        .iter()
        .filter(|hop| hop.to == release.version)
        .map(|hop| {
            let steps: Vec<Value> = hop.steps.iter().map(step_json).collect();
            json!({"from": hop.from, "one_way": hop.is_one_way(), "steps": steps})
        })
        .collect();
    let named = ways.named.iter().filter(|(_, version)| **version == release.version);
    json!({
        "version": release.version,
        "kubernetes": {"min": release.kubernetes_min, "max": release.kubernetes_max},
        "components": components,
        "hops": hops,
        "named_by": named.map(|(platform, _)| platform.to_string()).collect::<Vec<_>>(),
    })
}
