//! The protocol: what a request means, how an answer looks. What is stored or refused is decided in `write`.

mod cells;
mod discovery;
mod failure;
mod json_path;
mod list;
mod negotiate;
mod openapi;
mod openapi_v2;
mod pod_cells;
pub mod reply;
pub mod request;
mod reviews;
pub mod route;
pub mod selector;
mod service_cells;
mod subresources;
mod table;
mod watch;

pub use failure::Cause;
pub use failure::Failure;
pub use failure::qualified;
pub use reply::ReplyBody;
pub use request::Identity;
pub use request::Query;
pub use request::Target;
