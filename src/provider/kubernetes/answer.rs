//! Answers what a plan asks beyond the first observation: whole objects, what others hold, the server's own opinion.

use super::Cluster;
use super::ClusterError;
use crate::plan::Observation;
use crate::plan::Questions;

impl Cluster {
    /// Looks up what is asked and puts it where the plan finds it. `selector` is that of the installation's objects. No
    /// request for what is not asked.
    pub async fn answer(
        &self,
        questions: Questions,
        observation: &mut Observation,
        selector: &str,
    ) -> Result<(), ClusterError> {
        let Questions { read, inspect, sweep, dry_runs } = questions;
        if !read.is_empty() {
            observation.live.extend(self.read(&read, selector).await?);
        }
        let (holdings, residues, dry_runs) =
            futures::try_join!(self.holdings(&inspect, selector), self.residues(&sweep), self.dry_run(dry_runs))?;
        observation.holdings.extend(holdings);
        observation.residues.extend(residues);
        observation.dry_runs.extend(dry_runs);
        Ok(())
    }
}
