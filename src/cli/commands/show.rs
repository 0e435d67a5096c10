//! `show`

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde_json::Value;
use serde_json::json;

use super::block_on;
use super::request;
use super::warn_of_records;
use crate::cli::arguments::Global;
use crate::cli::arguments::Show;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::view::outputs_text;
use crate::cli::view::table;
use crate::cli::view::yaml_stream;
use crate::object::Address;
use crate::object::Object;
use crate::ops;
use crate::ops::Failure;
use crate::ops::Live;
use crate::state::Inventory;

pub fn run(command: &Show, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let request = request(global, &command.variables);
    if let Some(path) = &command.what {
        let file = request.directory.join(path);
        // What is no file may be an address; one that is both is the file.
        if let Some(address) = path.to_str().and_then(|text| text.parse().ok()).filter(|_| !file.exists()) {
            return live(&block_on(ops::live(&request, &address))?, command.json, terminal);
        }
        let saved = ops::read_plan(&file)?;
        print(&if command.json { format!("{:#}\n", saved.json) } else { saved.text });
        return Ok(error::DONE.into());
    }
    let (clusters, outputs) = block_on(async {
        let (loaded, records) = ops::open_records(&request).await?;
        warn_of_records(loaded.broken_note(), terminal);
        let mut clusters = Vec::new();
        let mut outputs = BTreeMap::new();
        for one in &records {
            clusters.push((one.target.clone(), one.inventory().await?));
            outputs.extend(one.outputs().await?);
            warn_of_records(one.warnings(), terminal);
        }
        Ok((clusters, outputs))
    })?;
    if command.json {
        let clusters: Vec<Value> = clusters
            .iter()
            .map(|(address, inventory)| {
                let objects: Vec<Value> = inventory
                    .entries
                    .iter()
                    .map(|(id, entry)| json!({"object": id.to_string(), "owner": entry.owner.to_string(), "uid": entry.uid, "api_version": entry.api_version}))
                    .collect();
                json!({
                    "cluster": address.to_string(), "revision": inventory.revision, "objects": objects,
                    "platforms": platforms(inventory),
                })
            })
            .collect();
        let outputs: serde_json::Map<String, Value> = outputs
            .iter()
            .map(|(name, output)| {
                let value = if output.sensitive { Value::Null } else { output.value.clone() };
                (name.clone(), json!({"sensitive": output.sensitive, "value": value}))
            })
            .collect();
        print(&format!("{:#}\n", json!({"format_version": "1.0", "clusters": clusters, "outputs": outputs})));
        return Ok(error::DONE.into());
    }
    for (address, inventory) in &clusters {
        if inventory.entries.is_empty() {
            print(&format!("Nothing is installed in {address}.\n"));
            continue;
        }
        let mut owners: BTreeMap<&Address, usize> = BTreeMap::new();
        for entry in inventory.entries.values() {
            *owners.entry(&entry.owner).or_default() += 1;
        }
        let rows: Vec<Vec<String>> =
            owners.iter().map(|(owner, objects)| vec![owner.to_string(), objects.to_string()]).collect();
        print(&format!("{}, inventory revision {}\n\n", terminal.paint.bold(&address.to_string()), inventory.revision));
        for (platform, standing) in &inventory.standings {
            let hop = standing.hop.as_ref();
            let hop = hop.map(|hop| format!(", on its way from {} to {}", hop.from, hop.to)).unwrap_or_default();
            print(&format!("{} {}{hop}\n\n", terminal.paint.bold(&platform.to_string()), standing.version));
        }
        print(&table(&["ADDRESS", "OBJECTS"], &rows));
    }
    print(&outputs_text(&outputs, terminal.paint));
    Ok(error::DONE.into())
}

fn live(live: &Live, json: bool, terminal: Terminal) -> Result<ExitCode, Failure> {
    warn_of_records(live.warnings.clone(), terminal);
    let missing: Vec<String> = live.missing.iter().map(ToString::to_string).collect();
    if json {
        let objects: Vec<Value> = live.objects.iter().map(Object::to_value).collect();
        print(&format!("{:#}\n", json!({"format_version": "1.0", "objects": objects, "missing": missing})));
        return Ok(error::DONE.into());
    }
    print(&yaml_stream(&live.objects));
    missing.iter().for_each(|object| print(&format!("# {object} is recorded and not there.\n")));
    Ok(error::DONE.into())
}

/// Where the platforms stand, and how far hops have come.
fn platforms(inventory: &Inventory) -> Value {
    let platforms = inventory.standings.iter().map(|(platform, standing)| {
        let hop = standing.hop.as_ref().map(|hop| {
            let steps = hop.steps.iter().map(|step| json!({"step": step.step, "done": step.done, "what": step.what}));
            json!({"from": hop.from, "to": hop.to, "steps": steps.collect::<Vec<_>>()})
        });
        json!({"address": platform.to_string(), "version": standing.version, "hop": hop})
    });
    platforms.collect()
}
