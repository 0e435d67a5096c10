//! Behaviour as a user sees it, and the house's rules. Only the transcripts stand in a binary of their own.

mod architecture;
mod behaviours;
mod budgets;
mod control_plane;
mod drift;
mod end_state;
mod examples;
mod faults;
mod folder;
mod kill;
mod kubectl;
mod making;
mod objects;
mod onboarding;
mod program;
mod reaching;
mod real_server;
mod sandbox;
mod secrets;
mod served;
mod server;
mod several;
mod skip;
mod storage;
mod stored;
mod world;
