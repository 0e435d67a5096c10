//! Generated values that a plan makes anew.

use super::Failure;
use super::planning::Shared;
use crate::catalog::Rendered;
use crate::catalog::Renewal;
use crate::diag::Diagnostics;
use crate::object::Address;
use crate::plan::Mode;
use crate::plan::Observation;
use crate::plan::PlanOptions;

/// Has generated values made anew where the request names their Secrets, which then are updated and not replaced.
pub(super) fn renew(
    shared: &Shared,
    rendered: &mut Rendered,
    observation: &Observation,
    warnings: &mut Diagnostics,
) -> Result<(Vec<Renewal>, PlanOptions), Failure> {
    let mut options = shared.options.clone();
    if shared.request.mode != Mode::Converge || options.replace.is_empty() {
        return Ok((Vec::new(), options));
    }
    let (renewed, findings) = rendered.renew(&options.replace, &|id| observation.live.contains_key(id));
    if findings.has_errors() {
        return Err(Failure::Refused(findings, Box::new(shared.loaded.sources.clone())));
    }
    warnings.extend(findings);
    let is_renewed = |address: &Address| renewed.iter().any(|one| address.covers(&one.owner, &one.secret));
    options.replace.retain(|address| address.object().is_none() || !is_renewed(address));
    Ok((renewed, options))
}
