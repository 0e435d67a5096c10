//! Rules of how people log in: what connectors, an issuer elsewhere and passwords want of each other and of the platform.

use super::Credential;
use super::Declared;
use super::Installation;
use super::Place;
use super::Platform;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::lang::Evaluated;
use crate::object::Address;

/// Whether people of a platform may log in without a password: it names an issuer, or a connector names it.
pub(super) fn is_elsewhere(evaluated: &Evaluated, platform: Option<&Address>) -> bool {
    let Some(platform) = platform else { return false };
    evaluated.resources.iter().any(|resource| match resource.address.kind() {
        "connector" => {
            let of = resource.body.value("platform").and_then(|value| value.resource_address());
            of == Some(platform)
        }
        "platform" => {
            let mut blocks = resource.body.blocks_of("sign_in");
            resource.address == *platform && blocks.any(|block| block.body.attributes.contains_key("issuer"))
        }
        _ => false,
    })
}

/// Reports everything that single blocks cannot know.
pub(super) fn check(installation: &Installation, diagnostics: &mut Diagnostics) {
    let mut report = |address: &Address, place: Place, finding: Diagnostic| {
        let finding = if place.sensitive { finding.hidden() } else { finding };
        diagnostics.push(finding.at(place.span).about(address));
    };
    for platform in &installation.platforms {
        let connectors = || installation.connectors.iter().filter(|one| one.platform == platform.address);
        if !platform.sign_in.passwords && platform.sign_in.issuer.is_none() && connectors().next().is_none() {
            let detail =
                format!("Nobody could log in to {}: it takes no passwords and has no connector.", platform.address);
            let help = format!("Add a connector with platform = {}, or leave passwords on.", platform.address);
            report(
                &platform.address,
                platform.place("sign_in.passwords"),
                Diagnostic::error("Nobody can log in", detail).help(help),
            );
        }
        for connector in connectors() {
            if platform.sign_in.issuer.is_some() {
                let detail = format!(
                    "{} leaves log-ins to an issuer elsewhere, so that no connector is asked.",
                    platform.address
                );
                let finding = Diagnostic::error("Connector without effect", detail)
                    .related(platform.place("sign_in.issuer").span, "the issuer")
                    .help("Remove the connector, or the issuer.");
                report(&connector.address, connector.place("platform"), finding);
            } else if connector.calls_back && platform.endpoint.host.is_none() {
                let detail = format!(
                    "Browsers come back from it to the address of {}, which the configuration does not say.",
                    platform.address
                );
                let help = format!("Add to {}:\n\nendpoint {{\n  host = \"ml.example.com\"\n}}", platform.address);
                report(
                    &connector.address,
                    connector.place("type"),
                    Diagnostic::error("Address not known", detail).help(help),
                );
            }
        }
        if !platform.takes_passwords() {
            for (address, place) in passwords(installation, platform) {
                let detail = format!("{} takes no passwords.", platform.address);
                report(address, place, Diagnostic::warning("Password without effect", detail).help("Remove it."));
            }
        }
    }
}

/// The passwords and hashes of a platform's people.
fn passwords<'a>(installation: &'a Installation, platform: &'a Declared<Platform>) -> Vec<(&'a Address, Place)> {
    let written = ["admin.password", "admin.hash"].into_iter().filter(|path| platform.is_set(path));
    let mut found: Vec<(&Address, Place)> = written.map(|path| (&platform.address, platform.place(path))).collect();
    for user in installation.users.iter().filter(|user| user.platform == platform.address) {
        if !matches!(user.credential, Credential::Elsewhere) {
            let path = if user.is_set("hash") { "hash" } else { "password" };
            found.push((&user.address, user.place(path)));
        }
    }
    found
}
