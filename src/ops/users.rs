//! People of the configuration as a use case: edits of its files that add, change and remove them, and what is known of them.
//!
//! Every edit is tried before it is written: the configuration with it must be right, and must say of people what was asked
//! for and nothing else.

mod add;
mod adopt;
mod edits;
mod passwd;
mod people;
mod remove;

pub use add::Credential;
pub use add::NewUser;
pub use add::add;
pub use adopt::import;
pub use edits::Edited;
pub use passwd::passwd;
pub use people::LastLogin;
pub use people::Listed;
pub use people::list;
pub use people::list_seen;
pub use remove::remove;

use super::Failure;
use super::Loaded;
use super::upgrade::platform_for;
use crate::config::Declared;
use crate::config::Platform;
use crate::config::User;
use crate::diag::nearest;
use crate::lang::quoted;
use crate::object::Address;

/// The platform that is meant: the only one, or the one of this address.
fn platform<'a>(loaded: &'a Loaded, address: Option<&Address>) -> Result<&'a Declared<Platform>, Failure> {
    platform_for(loaded, address, "There is nowhere to log in")
}

/// A block that declares a variable for a password or its hash.
fn secret_variable(name: &str) -> String {
    format!("variable {} {{\n  type      = string\n  sensitive = true\n}}\n", quoted(name))
}

/// The user whom somebody means by a name, an e-mail or an address.
fn find<'a>(loaded: &'a Loaded, who: &str) -> Result<&'a Declared<User>, Failure> {
    let users = &loaded.installation.users;
    let meant_address: Option<Address> = who.parse().ok();
    let is_meant = |user: &&Declared<User>| {
        user.name == who || user.email.eq_ignore_ascii_case(who) || meant_address.as_ref() == Some(&user.address)
    };
    let meant: Vec<&Declared<User>> = users.iter().filter(is_meant).collect();
    match meant.as_slice() {
        [one] => return Ok(one),
        [] => {}
        several => {
            let addresses: Vec<String> = several.iter().map(|user| user.address.to_string()).collect();
            return Err(Failure::world(
                format!("Which {who} is meant?"),
                format!("there are several: {}", addresses.join(", ")),
            )
            .help("Name one by its address."));
        }
    }
    if let Some(platform) = loaded.installation.platforms.iter().find(|platform| is_admin(platform, who)) {
        let cause = format!("that is the administrator of {}", platform.address);
        return Err(Failure::world(format!("{who} is in no user block"), cause).help(
            "Edit the admin block there. A password that was generated is shown by `stackwright output --raw admin_password`.",
        ));
    }
    let failure =
        Failure::world(format!("There is no user {who}"), "no user block of the configuration is of that name");
    let texts: Vec<String> =
        users.iter().flat_map(|user| [user.name.clone(), user.email.clone(), user.address.to_string()]).collect();
    Err(match nearest(who, texts.iter().map(String::as_str)) {
        Some(near) => failure.help(format!("Did you mean {near}?")),
        None => failure.help(
            "`stackwright user list` names all; who was let in by hand is written down by `stackwright user import`.",
        ),
    })
}

fn is_admin(platform: &Declared<Platform>, who: &str) -> bool {
    who == "admin" || platform.admin.email.eq_ignore_ascii_case(who)
}
