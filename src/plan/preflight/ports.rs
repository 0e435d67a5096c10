//! Whether the port people come through is free.

use serde_json::Value;

use super::Check;
use super::Demand;
use super::Survey;
use crate::object::INSTALLATION_LABEL;

const SUBJECT: &str = "ports";

pub fn check(demand: &Demand<'_>, survey: &Survey) -> Option<Check> {
    let port = demand.node_port?;
    let services = match &survey.services {
        Ok(services) => services,
        Err(reason) => return Some(Check::unseen(SUBJECT, reason)),
    };
    let taken = services.iter().find(|service| {
        let ports = service.get("/spec/ports").and_then(Value::as_array);
        let ours = service.label(INSTALLATION_LABEL) == Some(demand.installation);
        !ours && ports.into_iter().flatten().any(|entry| entry["nodePort"].as_u64() == Some(u64::from(port)))
    });
    Some(match taken {
        Some(service) => {
            let found = format!("node port {port} belongs to {}", service.id());
            Check::fail(SUBJECT, found, "Choose another with endpoint { port = … }, or free it.")
        }
        None => Check::pass(SUBJECT, format!("node port {port} is free")),
    })
}
