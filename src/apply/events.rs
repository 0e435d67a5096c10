//! The way of events from runs to whoever shows them. Nobody at work waits for that, however slow it is, and what is not
//! shown yet takes no more memory than the plans do: what is told over and over is left out while too much waits.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::UnboundedSender;

use super::Event;
use crate::object::Address;

/// While so many events wait to be shown, those that are told over and over are left out.
const MOST: usize = 1_000;

/// An event, and the target it is of.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub target: Address,
    pub event: Event,
}

/// Takes the events of one target. Clones take them for the same.
#[derive(Clone, Debug)]
pub struct Events {
    target: Address,
    sender: UnboundedSender<Told>,
    waiting: Arc<AtomicUsize>,
}

/// Gives the events of all targets, in the order in which they were told.
#[derive(Debug)]
pub struct Listener {
    receiver: UnboundedReceiver<Told>,
    waiting: Arc<AtomicUsize>,
}

/// A way for events.
pub fn events() -> (Events, Listener) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    (Events { target: Address::default(), sender, waiting: waiting.clone() }, Listener { receiver, waiting })
}

impl Events {
    /// For the events of a target.
    pub fn of(&self, target: &Address) -> Self {
        Self { target: target.clone(), ..self.clone() }
    }

    /// Tells an event. Never waits; that nobody listens is no matter.
    pub fn tell(&self, event: Event) {
        if event.is_repeated() && self.waiting.load(Ordering::Relaxed) >= MOST {
            return;
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if self.sender.send(Told { target: self.target.clone(), event }).is_err() {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Listener {
    /// The next event; `None` when all who tell any have ended.
    pub async fn next(&mut self) -> Option<Told> {
        let told = self.receiver.recv().await?;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        Some(told)
    }

    /// What waits by now.
    #[cfg(test)]
    pub fn take(&mut self) -> Vec<Told> {
        let told: Vec<Told> = std::iter::from_fn(|| self.receiver.try_recv().ok()).collect();
        self.waiting.fetch_sub(told.len(), Ordering::Relaxed);
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(reason: usize) -> Event {
        Event::StepWaiting { step: "a".into(), reason: reason.to_string() }
    }

    #[test]
    fn what_is_told_over_and_over_is_left_out_while_nobody_looks() {
        let (events, mut listener) = events();
        let main = events.of(&Address::resource("cluster", "main"));
        (0..MOST + 500).for_each(|n| main.tell(waiting(n)));
        // What happens once is told all the same.
        main.tell(Event::Interrupted);
        let told = listener.take();
        assert_eq!(told.len(), MOST + 1);
        assert!(told.iter().all(|told| told.target == Address::resource("cluster", "main")));
        assert_eq!(told.last().map(|told| &told.event), Some(&Event::Interrupted));
        main.tell(waiting(0));
        assert_eq!(listener.take().len(), 1, "there is room again");
    }

    #[test]
    fn nobody_needs_to_listen() {
        let (events, listener) = events();
        drop(listener);
        events.tell(Event::Interrupted);
        assert_eq!(events.waiting.load(Ordering::Relaxed), 0);
    }
}
