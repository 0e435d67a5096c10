//! The one integration binary: behaviour as a user sees it, and the house's rules.

mod architecture;
mod behaviours;
mod budgets;
mod control_plane;
mod drift;
mod end_state;
mod examples;
mod faults;
mod kill;
mod kubectl;
mod making;
mod objects;
mod onboarding;
mod program;
mod real_server;
mod sandbox;
mod secrets;
mod served;
mod server;
mod several;
mod storage;
mod transcripts;
mod world;
