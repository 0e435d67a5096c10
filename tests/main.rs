//! The one integration binary: behaviour as a user sees it, and the house's rules.

mod architecture;
mod examples;
mod kill;
mod onboarding;
mod program;
mod secrets;
mod transcripts;
