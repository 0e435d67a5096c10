//! How much the evaluation of one configuration may do. A few nested repetitions ask for more than any machine has: they
//! end with a finding, soon. Not how long texts or how deep values may be.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// Steps of an evaluation: a hundred thousand instances with all their arguments take a third of it, and a machine less
/// than three seconds.
const STEPS: u64 = 30_000_000;
/// What a new element of a collection costs: it takes memory too.
const ELEMENT: u64 = 4;
/// So many bytes of text cost a step.
const TEXT: u64 = 16;

/// The steps that are left; shared by all scopes of a configuration.
#[derive(Debug)]
pub(crate) struct Budget {
    left: AtomicU64,
    is_told: AtomicBool,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: AtomicU64::new(STEPS), is_told: AtomicBool::new(false) }
    }
}

impl Budget {
    /// Takes steps; whether there were as many. Without there is nothing left.
    pub(crate) fn spend(&self, steps: usize) -> bool {
        let steps = steps as u64;
        let taken =
            self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(left.saturating_sub(steps)));
        taken.is_ok_and(|before| before > steps)
    }

    /// For a collection with so many new elements.
    pub(crate) fn spend_elements(&self, count: usize) -> bool {
        self.spend(count.saturating_mul(ELEMENT as usize))
    }

    /// For so many bytes of new text.
    pub(crate) fn spend_text(&self, bytes: usize) -> bool {
        self.spend(bytes / TEXT as usize)
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    /// Whether it is to be told that nothing is left: once.
    pub(crate) fn tell(&self) -> bool {
        self.is_spent() && !self.is_told.swap(true, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_is_told_once() {
        let budget = Budget::default();
        assert!(budget.spend(1) && budget.spend_text(1 << 20) && budget.spend_elements(1_000_000));
        assert!(!budget.tell());
        assert!(!budget.spend_elements(STEPS as usize) && !budget.spend(0));
        assert!(budget.is_spent() && budget.tell() && !budget.tell());
    }
}
