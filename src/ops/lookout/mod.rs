//! Looks after all clusters of a configuration for as long as somebody wants to see them: one LIST and one watch a kind and
//! cluster, whoever asks and how often. Only reads. What is told of it is put together in `workloads`, `survey` and by the
//! console.

mod kinds;
mod outpost;
mod path;
mod pulse;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::Failure;
use super::Loaded;
use super::Request;
use super::configuration::load_edited;
use super::load_to_look;
use crate::object::Address;

pub use kinds::Form;
pub use kinds::KINDS;
pub use kinds::PodsRow;
pub use kinds::State;
pub use kinds::StateRow;
pub use kinds::WorkloadRow;
pub use outpost::Outpost;
pub use path::Path;
pub use pulse::Pulse;

/// So long the first look may take before it is told what there is.
const FIRST_LOOK: Duration = Duration::from_secs(5);

/// All clusters, followed until it is dropped.
pub struct Lookout {
    /// The configuration, to be read anew where a use case needs it.
    pub request: Request,
    pub installation: String,
    /// What is wrong in the configuration.
    pub note: Option<String>,
    pub outposts: Vec<Arc<Outpost>>,
    pub pulse: Arc<Pulse>,
    _watches: JoinSet<()>,
}

impl Lookout {
    /// Begins to look: at all clusters, or at those under these addresses.
    ///
    /// # Errors
    /// There is no configuration that names clusters, or an address names none of them.
    pub async fn open(request: &Request, addresses: &[Address]) -> Result<Self, Failure> {
        let loaded = match load_edited(request, &Default::default()) {
            Ok(loaded) => loaded,
            Err(Failure::Input(..)) => load_to_look(request)?,
            Err(failure) => return Err(failure),
        };
        let note = loaded.broken_note();
        let loaded = Arc::new(loaded);
        let pulse = Arc::new(Pulse::of(KINDS.iter().map(|row| row.part.as_str())));
        let meant = meant(&loaded, addresses)?;
        let all = loaded.installation.clusters.iter().filter(|cluster| meant.contains(&cluster.address));
        let outposts: Vec<Arc<Outpost>> = all.map(|cluster| Arc::new(Outpost::new(&loaded, cluster, &pulse))).collect();
        let mut watches = JoinSet::new();
        for outpost in &outposts {
            watches.spawn(outpost.clone().keep_watch());
        }
        let lookout = Self {
            request: request.clone(),
            installation: loaded.installation.name.clone(),
            note,
            outposts,
            pulse,
            _watches: watches,
        };
        lookout.first_look().await;
        Ok(lookout)
    }

    /// The configuration as it is now.
    ///
    /// # Errors
    /// It has an error.
    pub async fn configuration(&self) -> Result<Loaded, Failure> {
        let request = self.request.clone();
        let read = tokio::task::spawn_blocking(move || load_edited(&request, &Default::default()));
        read.await.map_err(|error| Failure::world("Cannot read the configuration", error))?
    }

    /// Waits until every cluster has told what it has, or cannot be asked; not for long.
    async fn first_look(&self) {
        let mut beats = self.pulse.listen();
        let settled = async {
            while !self.outposts.iter().all(|outpost| outpost.is_settled()) {
                if beats.changed().await.is_err() {
                    return;
                }
            }
        };
        // Whoever is slower shows up on the page later.
        tokio::time::timeout(FIRST_LOOK, settled).await.ok();
    }
}

/// The clusters under these addresses: their own, or those of their platforms.
fn meant(loaded: &Loaded, addresses: &[Address]) -> Result<Vec<Address>, Failure> {
    let installation = &loaded.installation;
    let clusters = || installation.clusters.iter().map(|cluster| cluster.address.clone());
    if addresses.is_empty() {
        return Ok(clusters().collect());
    }
    let find = |address: &Address| {
        let platform = installation.platforms.iter().find(|platform| platform.address == *address);
        let wanted = platform.map_or(address, |platform| &platform.cluster);
        clusters().find(|cluster| cluster == wanted).ok_or_else(|| {
            let named: Vec<String> = clusters().map(|cluster| cluster.to_string()).collect();
            Failure::world(
                format!("Cannot look at {address}"),
                "it is no cluster and no platform of this configuration",
            )
            .help(format!("There are: {}.", named.join(", ")))
        })
    };
    addresses.iter().map(find).collect()
}
