//! The one integration binary: behaviour as a user sees it, and the house's rules.

mod architecture;
mod control_plane;
mod examples;
mod onboarding;
mod program;
mod real_server;
mod sandbox;
mod secrets;
mod transcripts;
