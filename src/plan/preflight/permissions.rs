//! Whether the user may do what an apply does.

use super::Check;
use super::Survey;
use super::listed;

const SUBJECT: &str = "permissions";

pub fn check(survey: &Survey) -> Check {
    match &survey.denied {
        Ok(denied) if denied.is_empty() => Check::pass(SUBJECT, "everything an apply does is allowed"),
        Ok(denied) => {
            let found = format!("you may not {}", listed(denied.iter().map(String::as_str)));
            Check::fail(SUBJECT, found, "Ask an administrator of the cluster for these rights.")
        }
        Err(reason) => Check::unseen(SUBJECT, reason),
    }
}
