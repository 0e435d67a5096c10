//! Performs a plan: walks its graph, waits, reports events. Decides nothing: what happens to an object stands in the plan.

mod account;
mod context;
mod diagnosis;
mod event;
mod events;
mod gate;
mod health;
mod informer;
mod job;
mod outcome;
mod perform;
mod run;
mod step;
mod stored_version;
#[cfg(test)]
mod tests;
mod verdict;
mod walk;
mod webhook;

pub use account::Account;
pub use account::conclude;
pub use diagnosis::explain;
pub use event::Because;
pub use event::Event;
pub use event::Failure;
pub use event::Subject;
pub use events::Events;
pub use events::Listener;
pub use events::events;
pub use health::OwnerHealth;
pub use health::Unready;
pub use health::health;
pub use outcome::Interrupt;
pub use outcome::Options;
pub use outcome::Outcome;
pub use run::run;
pub use step::StepTrouble;
pub use step::Surroundings;
pub use step::perform_step;
pub use verdict::made_by;
