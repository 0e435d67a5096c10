//! `status`

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use super::block_on;
use super::patiently;
use super::request;
use super::warn_of_records;
use crate::cli::arguments::Global;
use crate::cli::arguments::Status;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::terminal::print_data;
use crate::cli::view::table;
use crate::ops;
use crate::ops::Failure;
use crate::ops::Health;

/// Between two looks of `--watch`.
const INTERVAL: Duration = Duration::from_secs(5);

pub fn run(command: &Status, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let request = request(global, &command.variables);
    block_on(async {
        loop {
            let (clusters, note) = patiently(terminal, ops::status(&request, &command.addresses)).await?;
            warn_of_records(note, terminal);
            let healthy = clusters.iter().all(|one| one.owners.iter().all(|owner| owner.unready.is_empty()));
            if command.json {
                let list: Vec<Value> = clusters.iter().map(health_json).collect();
                let value = json!({"format_version": "1.0", "healthy": healthy, "clusters": list});
                print(&if command.watch { format!("{value}\n") } else { format!("{value:#}\n") });
            } else {
                if command.watch && terminal.paint.is_coloured() {
                    // Clears the screen and goes home, so that each look stands where the last one stood.
                    print_data("\u{1b}[2J\u{1b}[H");
                }
                clusters.iter().for_each(|one| print(&text(one, terminal)));
            }
            if !command.watch {
                return Ok(if healthy { error::DONE.into() } else { error::FAILED.into() });
            }
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                _ = tokio::signal::ctrl_c() => return Ok(error::DONE.into()),
            }
        }
    })
}

fn text(health: &Health, terminal: Terminal) -> String {
    let paint = terminal.paint;
    let version = if health.server_version.is_empty() { "" } else { "  Kubernetes " };
    let place = health.place.as_ref().map(|place| format!("  {place}")).unwrap_or_default();
    let mut text = format!("{}{version}{}{place}\n", paint.bold(&health.target.to_string()), health.server_version);
    if let Some((address, version)) = &health.platform {
        text.push_str(&format!("{}  release {version}\n", paint.bold(&address.to_string())));
    }
    if health.owners.is_empty() {
        text.push_str("\nNothing is installed yet: `stackwright apply` does that.\n");
        return text;
    }
    let access = &health.access;
    if let Some(url) = &access.url {
        text.push_str(&format!("dashboard  {url}\n"));
        for (port, purpose) in &access.inbound {
            text.push_str(&format!("inbound    TCP {port}: {purpose}\n"));
        }
        access.advice.iter().for_each(|advice| text.push_str(&format!("           {}\n", paint.dim(advice))));
    }
    if access.url.is_none() {
        access.advice.iter().for_each(|advice| text.push_str(&format!("dashboard  {}\n", paint.dim(advice))));
    }
    for (number, line) in health.login.iter().enumerate() {
        text.push_str(&format!("{}{line}\n", if number == 0 { "log in as  " } else { "           " }));
    }
    let rows: Vec<Vec<String>> = health
        .owners
        .iter()
        .map(|owner| {
            let ready = format!("{}/{}", owner.ready, owner.ready + owner.unready.len());
            let state = match owner.unready.first() {
                None => paint.green("ready"),
                Some(first) if first.failed => paint.red(&format!("{}: {}", first.id, first.reason)),
                Some(first) => paint.yellow(&format!("{}: {}", first.id, first.reason)),
            };
            vec![owner.owner.to_string(), ready, state]
        })
        .collect();
    text.push('\n');
    text.push_str(&table(&["ADDRESS", "READY", "STATE"], &rows));
    for one in health.owners.iter().flat_map(|owner| &owner.unready).filter(|one| !one.detail.is_empty()) {
        text.push_str(&format!("\n{}: {}\n", one.id, one.reason));
        one.detail.iter().for_each(|line| text.push_str(&format!("    {line}\n")));
    }
    for (number, (object, _, reason)) in health.stays.iter().enumerate() {
        if number == 0 {
            text.push('\n');
        }
        text.push_str(&format!("{object}: {reason}\n"));
    }
    if !health.stays.is_empty() {
        let owners: BTreeSet<String> = health.stays.iter().map(|(_, owner, _)| owner.of_block().to_string()).collect();
        for owner in owners {
            text.push_str(&paint.dim(&format!(
                "To let {owner} go with what it holds, write a removed block with from = {owner} and delete_data = true."
            )));
            text.push('\n');
        }
    }
    if let Some(drift) = health.drift.filter(|drift| *drift > 0) {
        let noun = if drift == 1 { "object differs" } else { "objects differ" };
        text.push_str(&format!("\n{drift} {noun} from the configuration: see `stackwright plan`.\n"));
    }
    text
}

fn health_json(health: &Health) -> Value {
    let owners: Vec<Value> = health
        .owners
        .iter()
        .map(|owner| {
            let unready: Vec<Value> = owner
                .unready
                .iter()
                .map(|one| json!({"object": one.id.to_string(), "failed": one.failed, "reason": one.reason, "detail": one.detail}))
                .collect();
            json!({"address": owner.owner.to_string(), "ready": owner.ready, "unready": unready})
        })
        .collect();
    let stays: Vec<Value> = health
        .stays
        .iter()
        .map(|(object, owner, reason)| json!({"object": object.to_string(), "address": owner.to_string(), "reason": reason}))
        .collect();
    json!({
        "cluster": health.target.to_string(),
        "place": health.place,
        "kubernetes_version": health.server_version,
        "platform": health.platform.as_ref().map(|(address, version)| json!({"address": address.to_string(), "version": version})),
        "dashboard_url": health.access.url,
        "inbound": health.access.inbound.iter().map(|(port, purpose)| json!({"port": port, "purpose": purpose})).collect::<Vec<_>>(),
        "advice": health.access.advice,
        "login": health.login,
        "drift": health.drift,
        "stays": stays,
        "owners": owners,
    })
}
