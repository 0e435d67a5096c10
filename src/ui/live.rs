//! Tells open pages which of their parts have changed, as server-sent events. Sends names of parts and nothing else: a page asks
//! again for what it shows.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http_body_util::BodyExt;
use http_body_util::StreamBody;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Frame;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::ops::Pulse;

/// Pages that listen at once.
const LISTENERS: usize = 32;
/// Much that changes at once is told once.
const TOGETHER: Duration = Duration::from_millis(400);
/// Something is said at least so often, so that neither side waits for one that is gone.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

pub struct Live {
    pulse: Arc<Pulse>,
    seats: Arc<Semaphore>,
}

struct Listener {
    pulse: Arc<Pulse>,
    beats: watch::Receiver<u64>,
    told: BTreeMap<String, u64>,
    has_begun: bool,
    _seat: OwnedSemaphorePermit,
}

impl Live {
    pub fn new(pulse: Arc<Pulse>) -> Self {
        Self { pulse, seats: Arc::new(Semaphore::new(LISTENERS)) }
    }

    /// The events from now on; `None` where too many listen.
    pub fn listen(&self) -> Option<UnsyncBoxBody<Bytes, Infallible>> {
        let seat = self.seats.clone().try_acquire_owned().ok()?;
        let listener = Listener {
            beats: self.pulse.listen(),
            told: self.pulse.counts(),
            pulse: self.pulse.clone(),
            has_begun: false,
            _seat: seat,
        };
        let events = stream::unfold(listener, |mut listener| async {
            let text = listener.next().await;
            Some((Ok(Frame::data(Bytes::from(text))), listener))
        });
        Some(StreamBody::new(events).boxed_unsync())
    }
}

impl Listener {
    async fn next(&mut self) -> String {
        if !std::mem::replace(&mut self.has_begun, true) {
            return "retry: 2000\n\n".to_owned();
        }
        if timeout(SIGN_OF_LIFE, self.beats.changed()).await.is_err() {
            return ":\n\n".to_owned();
        }
        tokio::time::sleep(TOGETHER).await;
        self.beats.mark_unchanged();
        let now = self.pulse.counts();
        let changed = now.iter().filter(|(part, count)| self.told.get(*part) != Some(count));
        let events: String = changed.map(|(part, _)| format!("event: part\ndata: {part}\n\n")).collect();
        self.told = now;
        if events.is_empty() { ":\n\n".to_owned() } else { events }
    }
}
