//! The one integration binary: behaviour as a user sees it, and the house's rules.

mod architecture;
mod transcripts;
