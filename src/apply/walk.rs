//! Which step of a graph may start when, and what a failure blocks. Pure.

use std::collections::VecDeque;

use crate::plan::Graph;

/// The state of a walk. Every step goes out by [`Walk::next`] once, or is blocked, or is never reached.
#[derive(Debug)]
pub(super) struct Walk {
    dependents: Vec<Vec<usize>>,
    /// Dependencies still open; `None` once the step went out or was blocked.
    open: Vec<Option<usize>>,
    ready: VecDeque<usize>,
    left: usize,
}

impl Walk {
    pub fn new(graph: &Graph) -> Self {
        let mut dependents = vec![Vec::new(); graph.steps.len()];
        let mut open = vec![Some(0); graph.steps.len()];
        for (step, needs) in graph.depends_on.iter().enumerate().take(graph.steps.len()) {
            // Twice the same edge counts twice on both sides.
            for need in needs.iter().filter(|need| **need < graph.steps.len()) {
                dependents[*need].push(step);
                open[step] = open[step].map(|n| n + 1);
            }
        }
        let ready = (0..open.len()).filter(|step| open[*step] == Some(0)).collect();
        Self { dependents, left: open.len(), open, ready }
    }

    /// A step that may start now.
    pub fn next(&mut self) -> Option<usize> {
        let step = self.ready.pop_front()?;
        self.open[step] = None;
        Some(step)
    }

    /// A step that went out is done.
    pub fn done(&mut self, step: usize) {
        self.left -= 1;
        for &dependent in &self.dependents[step] {
            if let Some(open) = self.open[dependent].as_mut() {
                *open -= 1;
                if *open == 0 {
                    self.ready.push_back(dependent);
                }
            }
        }
    }

    /// A step that went out failed: gives all steps that can never start now, in the order of their distance.
    pub fn failed(&mut self, step: usize) -> Vec<usize> {
        self.left -= 1;
        let mut blocked = Vec::new();
        let mut next: VecDeque<usize> = self.dependents[step].iter().copied().collect();
        while let Some(step) = next.pop_front() {
            if self.open[step].take().is_some() {
                self.left -= 1;
                blocked.push(step);
                next.extend(&self.dependents[step]);
            }
        }
        blocked
    }

    /// Steps neither done nor failed nor blocked.
    #[cfg(test)]
    pub fn left(&self) -> usize {
        self.left
    }

    /// Takes all steps that did not go out yet, as after an interrupt.
    pub fn abandon(&mut self) -> Vec<usize> {
        self.ready.clear();
        let rest: Vec<usize> = (0..self.open.len()).filter(|step| self.open[*step].is_some()).collect();
        for step in &rest {
            self.open[*step] = None;
        }
        self.left -= rest.len();
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Step;

    fn walk(depends_on: &[&[usize]]) -> Walk {
        let steps = (0..depends_on.len()).map(Step::Apply).collect();
        let depends_on = depends_on.iter().map(|d| d.to_vec()).collect();
        Walk::new(&Graph { steps, depends_on, ..Graph::default() })
    }

    fn ready(walk: &mut Walk) -> Vec<usize> {
        std::iter::from_fn(|| walk.next()).collect()
    }

    #[test]
    fn steps_start_when_all_they_need_is_done() {
        let mut walk = walk(&[&[], &[0], &[0], &[1, 2], &[]]);
        assert_eq!(ready(&mut walk), [0, 4]);
        walk.done(0);
        assert_eq!(ready(&mut walk), [1, 2]);
        walk.done(2);
        assert!(ready(&mut walk).is_empty());
        walk.done(1);
        assert_eq!(ready(&mut walk), [3]);
        walk.done(3);
        assert_eq!(walk.left(), 1);
        walk.done(4);
        assert_eq!(walk.left(), 0);
    }

    #[test]
    fn a_failure_blocks_only_what_needs_it() {
        let mut walk = walk(&[&[], &[0], &[1], &[], &[3, 2]]);
        assert_eq!(ready(&mut walk), [0, 3]);
        assert_eq!(walk.failed(0), [1, 2, 4]);
        walk.done(3);
        assert!(ready(&mut walk).is_empty());
        assert_eq!(walk.left(), 0);
    }

    #[test]
    fn an_interrupt_leaves_what_is_in_flight() {
        let mut walk = walk(&[&[], &[], &[1], &[2]]);
        assert_eq!(walk.next(), Some(0));
        assert_eq!(walk.abandon(), [1, 2, 3]);
        assert_eq!(walk.left(), 1);
        walk.done(0);
        assert_eq!((walk.left(), walk.next()), (0, None));
    }
}
