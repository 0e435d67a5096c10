//! Surveys that pages share: one for each cluster, made anew when something was seen that may have changed it.

use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use tokio::sync::Mutex;

use crate::ops;
use crate::ops::Outpost;
use crate::ops::Survey;

/// What came of a look; why nothing did, in a line.
pub type Looked = Arc<Result<Survey, String>>;

/// A look costs many requests: in a cluster in which something always changes, one is good for so long.
const PAUSE: Duration = Duration::from_secs(4);

/// A look, when it was made, and what had been seen until then.
struct Made {
    at: Instant,
    stirred: u64,
    looked: Looked,
    /// Open pages will be told to ask again.
    is_announced: bool,
}

pub struct Surveys(Vec<(Arc<Outpost>, Mutex<Option<Made>>)>);

impl Surveys {
    pub fn of(outposts: &[Arc<Outpost>]) -> Self {
        Self(outposts.iter().map(|outpost| (outpost.clone(), Mutex::new(None))).collect())
    }

    /// The clusters with their surveys, looked at side by side.
    pub async fn all(&self) -> Vec<(&Arc<Outpost>, Looked)> {
        let looks = self.0.iter().map(|(outpost, made)| async move { (outpost, look(outpost, made).await) });
        futures::future::join_all(looks).await
    }
}

/// Who comes while one looks waits for what that one finds.
async fn look(outpost: &Arc<Outpost>, made: &Mutex<Option<Made>>) -> Looked {
    // A cluster that does not answer is not asked by every page again.
    if let Some(away) = outpost.away() {
        return Arc::new(Err(away));
    }
    let mut made = made.lock().await;
    let stirred = outpost.stirred();
    if let Some(made) = made.as_mut().filter(|made| made.looked.is_ok()) {
        let age = made.at.elapsed();
        if made.stirred == stirred {
            return made.looked.clone();
        }
        if age < PAUSE {
            if !std::mem::replace(&mut made.is_announced, true) {
                let outpost = outpost.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(PAUSE.saturating_sub(age)).await;
                    outpost.announce();
                });
            }
            return made.looked.clone();
        }
    }
    let looked = Arc::new(ops::survey(outpost).await.map_err(|failure| failure.line()));
    *made = Some(Made { at: Instant::now(), stirred, looked: looked.clone(), is_announced: false });
    looked
}
