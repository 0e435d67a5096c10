//! Which target waits for which: a cluster for the cloud that makes it, and where all goes the cloud for its clusters. All
//! others go at the same time.

use tokio::sync::watch;

use super::planning::Planned;
use crate::object::Address;

/// When a target may begin, and that it has ended.
pub struct Turn {
    /// Those that must end well before.
    before: Vec<(Address, watch::Receiver<Option<bool>>)>,
    ended: watch::Sender<Option<bool>>,
}

/// The turns of targets, one for each plan in their order.
pub fn of(planned: &[Planned], is_destroy: bool) -> Vec<Turn> {
    let (senders, receivers): (Vec<_>, Vec<_>) = planned.iter().map(|_| watch::channel(None)).unzip();
    let lies_on = |cluster: &Planned, cloud: &Planned| {
        let provider = |one: &Planned| one.cloud.as_ref().map(|cloud| cloud.provider.clone());
        cloud.is_cloud() && !cluster.is_cloud() && provider(cluster) == provider(cloud)
    };
    let waits = |one: &Planned, other: &Planned| match is_destroy {
        true => lies_on(other, one),
        false => lies_on(one, other),
    };
    let before = |one: &Planned| {
        let others = planned.iter().zip(&receivers).filter(|(other, _)| waits(one, other));
        others.map(|(other, receiver)| (other.target.clone(), receiver.clone())).collect()
    };
    let turns = planned.iter().zip(senders).map(|(one, ended)| Turn { before: before(one), ended });
    turns.collect()
}

impl Turn {
    /// Waits until it may begin; the target that did not end well, where it may not.
    pub async fn come(&self) -> Result<(), Address> {
        for (target, ended) in &self.before {
            let mut ended = ended.clone();
            let well = ended.wait_for(Option::is_some).await.is_ok_and(|well| *well == Some(true));
            if !well {
                return Err(target.clone());
            }
        }
        Ok(())
    }

    pub fn end(&self, well: bool) {
        let _nobody_waits = self.ended.send(Some(well));
    }
}
