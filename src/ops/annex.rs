//! The second home of a cloud's records: a cluster that it made. The runs are copied there and the lock is taken there
//! too, so that another machine, which has no directory of ours, knows both. The inventory stays beside the configuration:
//! it speaks of objects that only stand for things of the cloud, and is filled again from what the cloud says.

use super::Loaded;
use super::cloud::Cloud;
use crate::provider::kubernetes::Cluster;
use crate::state::Store;

/// The records of a cloud in the first of its clusters that serves; `None` where none does yet or any more.
pub async fn of(loaded: &Loaded, cloud: &Cloud) -> Option<Store> {
    let mut clusters: Vec<_> =
        loaded.installation.clusters.iter().filter(|cluster| cluster.provider == cloud.provider).collect();
    clusters.sort_by_key(|cluster| &cluster.address);
    for cluster in clusters {
        // One that cannot be entered is told of by the plan of the cluster itself.
        if let Ok(true) = cloud.serves(cluster).await
            && let Ok(entered) = cloud.enter(cluster).await
        {
            return Some(store(loaded, cloud, &entered));
        }
    }
    None
}

/// An installation cannot be called with a dot: nobody else keeps records under this name.
fn store(loaded: &Loaded, cloud: &Cloud, cluster: &Cluster) -> Store {
    Store::new(cluster, &format!("{}.{}", loaded.installation.name, cloud.provider))
}
