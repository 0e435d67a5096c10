//! What is written down of the runs of a rehearsal, and where the first is cut off.

use super::rehearsal::Cut;
use super::rehearsal::RehearsedStep;
use crate::apply::Event;
use crate::apply::Listener;

/// What is written down of the runs.
#[derive(Default)]
pub struct Diary {
    pub steps: Vec<RehearsedStep>,
    /// The step under way.
    step: String,
    reason: String,
    /// Changes of the apply that is under way, and of them those that were made.
    all: usize,
    made: usize,
    /// The run that goes on after the cut is listened to.
    pub is_resumed: bool,
}

impl Diary {
    /// Listens to the end of a run, or to its middle where it is to be cut: half of the changes of the first apply that
    /// makes any. Gives whether that was reached.
    pub async fn listen(&mut self, listener: &mut Listener, cuts: bool) -> bool {
        while let Some(told) = listener.next().await {
            match told.event {
                Event::Started { changes, .. } => (self.all, self.made) = (changes, 0),
                Event::Changed { .. } => {
                    self.made += 1;
                    if cuts && self.made * 2 >= self.all {
                        return true;
                    }
                }
                Event::StepBegun { step, reason, .. } => (self.step, self.reason) = (step, reason),
                Event::StepDone { to, step, what, took, .. } => {
                    let reason = if self.step == step { std::mem::take(&mut self.reason) } else { String::new() };
                    let is_resumed = self.is_resumed;
                    self.steps.push(RehearsedStep { to, step, reason, what, took, is_resumed });
                    self.step.clear();
                }
                _ => {}
            }
        }
        false
    }

    /// Where a run was cut off that was listened to.
    pub fn cut(&self) -> Cut {
        Cut { step: self.step.clone(), made: self.made, all: self.all }
    }
}
