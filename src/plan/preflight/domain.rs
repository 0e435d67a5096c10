//! The DNS domain of the cluster's Services: in certificates, gateways and the mesh it must be the true one.

use super::Check;
use super::Demand;
use super::Survey;

const SUBJECT: &str = "cluster domain";

pub fn check(demand: &Demand<'_>, survey: &Survey) -> Option<Check> {
    if demand.domain.is_empty() {
        return None;
    }
    let (assumed, found) = (demand.domain, survey.domain.as_str());
    Some(match found {
        "" => Check::pass(SUBJECT, format!("{assumed} is assumed; no CoreDNS tells another")),
        found if found == assumed => Check::pass(SUBJECT, found),
        found => Check::fail(SUBJECT, contradiction(assumed, found), remedy(found)),
    })
}

/// What is wrong where the cluster's DNS serves another domain than the platform is made for.
pub fn contradiction(assumed: &str, found: &str) -> String {
    format!("the cluster's DNS serves {found}, and the platform is made for {assumed}")
}

/// What to do about that.
pub fn remedy(found: &str) -> String {
    format!("Write domain = \"{found}\" in the cluster block.")
}

/// The domain that a CoreDNS serves by its Corefile; empty where it says none.
///
/// The first argument of its plugin `kubernetes` is the zone; reverse zones may follow.
pub fn of_corefile(text: &str) -> String {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let zone = lines.filter_map(|line| {
        let mut words = line.split_whitespace();
        let plugin = words.next()? == "kubernetes";
        words.next().filter(|word| plugin && *word != "{")
    });
    let zone = zone.map(|zone| zone.trim_end_matches('.')).find(|zone| !zone.ends_with(".arpa"));
    zone.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_corefiles() {
        for (text, expected) in [
            (
                ".:53 {\n    errors\n    kubernetes cluster.local in-addr.arpa ip6.arpa {\n        pods insecure\n    }\n}\n",
                "cluster.local",
            ),
            (".:53 {\n  kubernetes corp.example. in-addr.arpa {\n  }\n}\n", "corp.example"),
            ("corp.example:53 {\n  # kubernetes other.example\n  kubernetes {\n  }\n}\n", ""),
            ("", ""),
        ] {
            assert_eq!(of_corefile(text), expected, "{text}");
        }
    }
}
