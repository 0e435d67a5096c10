//! Surveys that pages share: one for each cluster, made anew when something was seen that may have changed it.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::ops;
use crate::ops::Outpost;
use crate::ops::Survey;

/// What came of a look; why nothing did, in a line.
pub type Looked = Arc<Result<Survey, String>>;

/// When the look was made, by what had been seen until then.
type Made = Option<(u64, Looked)>;

pub struct Surveys(Vec<(Arc<Outpost>, Mutex<Made>)>);

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
async fn look(outpost: &Outpost, made: &Mutex<Made>) -> Looked {
    let mut made = made.lock().await;
    let stirred = outpost.stirred();
    if let Some((when, looked)) = made.as_ref().filter(|(when, looked)| *when == stirred && looked.is_ok()) {
        let _still = when;
        return looked.clone();
    }
    // A cluster that does not answer is not asked by every page again.
    let looked = Arc::new(match outpost.away() {
        Some(away) => Err(away),
        None => ops::survey(outpost).await.map_err(|failure| failure.line()),
    });
    *made = Some((stirred, looked.clone()));
    looked
}
