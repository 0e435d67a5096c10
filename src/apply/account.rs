//! The end of a run in the records: the last of the inventory, and what the history says of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::Outcome;
use crate::state::Journal;
use crate::state::PackedConfiguration;
use crate::state::Revision;
use crate::state::StateError;

/// What the history says of the run beside its result.
#[derive(Clone, Debug, Default)]
pub struct Account {
    pub who: String,
    pub command: String,
    pub versions: BTreeMap<String, String>,
    pub details: Value,
    /// What the run was made from.
    pub configuration: Option<PackedConfiguration>,
}

/// Writes the last of the inventory, and the run into the history where a record of it is wanted. Failing here fails
/// nothing that was done: the inventory was written ahead.
///
/// # Errors
/// Another run has taken over.
pub async fn conclude(
    journal: &mut Journal,
    account: Option<&Account>,
    outcome: &mut Outcome,
    started: Timestamp,
) -> Result<(), StateError> {
    match journal.flush().await {
        Ok(()) => {}
        Err(error @ (StateError::Fenced { .. } | StateError::Outrun)) => return Err(error),
        Err(error) => outcome.unrecorded = Some(error.to_string()),
    }
    let Some(account) = account else { return Ok(()) };
    let revision = Revision {
        number: 0,
        who: account.who.clone(),
        command: account.command.clone(),
        started: format!("{started:.0}"),
        finished: format!("{:.0}", Timestamp::now()),
        result: outcome.result(),
        counts: outcome.counts(),
        versions: account.versions.clone(),
        failures: outcome.failures.iter().map(ToString::to_string).collect(),
        details: account.details.clone(),
        configuration: account.configuration.clone(),
    };
    match journal.record(&revision).await {
        Ok(number) => outcome.revision = Some(number),
        Err(error) => outcome.unrecorded = Some(error.to_string()),
    }
    Ok(())
}
