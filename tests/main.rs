//! The one integration binary: behaviour as a user sees it, and the house's rules.

mod architecture;
mod examples;
mod kubectl;
mod onboarding;
mod program;
mod sandbox;
mod secrets;
mod served;
mod transcripts;
