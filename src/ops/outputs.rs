//! What becomes of the outputs of an installation, and what an apply writes of them.

use std::collections::BTreeMap;

use super::Known;
use super::Loaded;
use super::applying::is_empty;
use super::applying::known;
use super::plan_request::PlanRequest;
use super::planning::Planned;
use crate::plan;
use crate::plan::Mode;
use crate::plan::OutputChange;
use crate::plan::OutputValue;
use crate::state::Output;

/// What becomes of each output, unchanged ones too; none where the request is not about outputs.
pub fn output_changes(loaded: &Loaded, planned: &[Planned], request: &PlanRequest) -> BTreeMap<String, OutputChange> {
    let after = match request.mode {
        _ if request.writes_outputs() => loaded.outputs_to_come(&known(planned)),
        _ if request.erases() => BTreeMap::new(),
        _ => return BTreeMap::new(),
    };
    let before = recorded(planned).into_iter();
    let before =
        before.map(|(name, Output { value, sensitive })| (name, OutputValue { value: Some(value), sensitive }));
    plan::output_changes(&before.collect(), &after, request.mode == Mode::Converge && !is_empty(planned))
}

/// The outputs with what is known by now; what is not stays out.
pub fn outputs(loaded: &Loaded, planned: &[Planned]) -> BTreeMap<String, Output> {
    to_write(loaded, &known(planned), &BTreeMap::new())
}

/// As recorded in the clusters of the installation.
fn recorded(planned: &[Planned]) -> BTreeMap<String, Output> {
    planned.iter().flat_map(|one| one.outputs.clone()).collect()
}

/// Outputs that keep their values where they are not known: those of a plan that changes no object, as it says.
pub(super) fn kept(planned: &[Planned]) -> BTreeMap<String, Output> {
    if is_empty(planned) { recorded(planned) } else { BTreeMap::new() }
}

/// What is written of the outputs.
pub(super) fn to_write(loaded: &Loaded, known: &Known, kept: &BTreeMap<String, Output>) -> BTreeMap<String, Output> {
    let output = |(name, OutputValue { value, sensitive }): (String, OutputValue)| {
        let output = match value {
            Some(value) => Output { value, sensitive },
            None => kept.get(&name)?.clone(),
        };
        Some((name, output))
    };
    loaded.outputs_to_come(known).into_iter().filter_map(output).collect()
}
