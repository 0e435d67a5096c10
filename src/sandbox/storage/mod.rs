//! Where the objects are: in memory, in order, with a history for watches and a journal on disk.
//!
//! Knows keys and revisions; what an object means is for `write` and `kinds`.

mod journal;
mod lock;
mod store;
mod stored;

pub use lock::DirectoryLock;
pub use lock::own;
pub use store::Change;
pub use store::ChangeKind;
pub use store::Expectation;
pub use store::Refusal;
pub use store::Store;
pub use stored::Key;
pub use stored::Stored;
