//! Admission: quotas and limit ranges, and the webhooks that MutatingWebhookConfigurations and ValidatingWebhookConfigurations name, obeyed.
//!
//! The programs behind them are registered in process ([`Backends`]) and reached only while their Service has a ready
//! endpoint.

mod backends;
mod call;
pub mod limits;
mod matching;
pub mod pod_security;
pub mod quota;
mod webhooks;

pub use backends::Backends;
pub use backends::agree;
pub use call::call_converter;
pub use webhooks::Operation;
pub use webhooks::Review;
pub use webhooks::mutate;
pub use webhooks::validate;
