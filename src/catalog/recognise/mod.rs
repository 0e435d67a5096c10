//! What an installation that runs already is, as answers to the questions of [`wizard`](super::wizard): release, edition,
//! components, people, projects, endpoint, storage.
//!
//! Pure: the objects are given. What cannot be said in a configuration, or is not known here, is told by name in remarks.
//! Whether the configuration that comes out of it fits, a plan says.

mod components;
mod dex;
mod image;
mod live;
mod projects;
mod release;
mod service;

pub use components::Candidate;
pub use components::components;
pub use components::edition;
pub use components::strangers;
pub use dex::people;
pub use dex::people_of_file;
pub use live::KINDS;
pub use live::Live;
pub use projects::projects;
pub use release::release;
pub use service::service;

use super::wizard::Given;

/// Answers, and what is to be said about them.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub answers: Vec<(String, Given)>,
    pub remarks: Vec<String>,
}

impl Found {
    fn answer(&mut self, name: impl Into<String>, value: impl Into<serde_json::Value>) {
        self.answers.push((name.into(), Given::found(value)));
    }
}
