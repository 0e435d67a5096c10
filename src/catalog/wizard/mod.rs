//! What a person is asked who writes a first configuration: questions as values, answers checked, and the text they make.
//!
//! Pure. Which contexts, classes or server types there are, the caller knows and gives as [`Offer`]s; where answers come
//! from (a terminal, flags, a file, a cluster that was looked at) does not matter here. Documentation, types and rules come
//! from the schemas: here stands only what is asked in which order.

mod answer;
mod given;
mod interview;
mod outline;
mod people;
mod prices;
mod question;
mod text;

pub use answer::Answer;
pub use given::Given;
pub use interview::Ask;
pub use interview::Interview;
pub use interview::Offer;
pub use interview::fits;
pub use interview::sentence;
pub use people::SECRETS;
pub use prices::Prices;
pub use question::sections;
pub use text::Files;
pub use text::files;
pub use text::place_text;
pub use text::platform_text;
