//! Renews generated values where a person names the Secret that keeps them: what is to be made anew, who notices, and what
//! must not be renewed because data depend on the value.

use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::object::Address;
use crate::object::ObjectId;

use super::Rendered;

/// The generated values of one Secret, made anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    pub owner: Address,
    pub secret: ObjectId,
    /// Keys of the Secret.
    pub keys: Vec<String>,
    /// Who notices and what is to be done, in sentences.
    pub notices: Vec<String>,
}

impl Rendered {
    /// From now on [`Rendered::fill`] makes the generated values anew that are kept in Secrets which are named here. Only
    /// Secrets that are named themselves count: who has a whole component replaced keeps its passwords.
    ///
    /// # Arguments
    ///
    /// * `named`: what a person wants replaced.
    /// * `is_there`: whether an object exists. A value that is nowhere yet is made without being asked for, and a claim
    ///   that is nowhere holds no data.
    ///
    /// # Returns
    ///
    /// What is renewed, and an error for each value that kept data depend on.
    pub fn renew(&mut self, named: &[Address], is_there: &dyn Fn(&ObjectId) -> bool) -> (Vec<Renewal>, Diagnostics) {
        let is_named = |id: &ObjectId, owner: &Address| {
            named.iter().any(|address| address.object().is_some() && address.covers(owner, id))
        };
        let mut diagnostics = Diagnostics::new();
        let mut renewals = Vec::new();
        for made in &self.objects {
            let id = made.object.id();
            if !is_named(&id, &made.owner) || !is_there(&id) {
                continue;
            }
            let mut renewal = Renewal { owner: made.owner.clone(), secret: id.clone(), ..Renewal::default() };
            for needed in self.secrets.iter().filter(|needed| needed.kept_in() == id) {
                let claim = needed.data.as_ref().filter(|claim| is_there(claim));
                // Who gives up the data needs the old value no more.
                let claim = claim.filter(|claim| {
                    let owner = self.objects.iter().find(|object| object.object.id() == **claim);
                    !owner.is_some_and(|object| is_named(claim, &object.owner))
                });
                if let Some(claim) = claim {
                    let detail = format!(
                        "{id}: what is kept under \"{}\" made the data in {claim}, which do not open with another value.",
                        needed.key
                    );
                    let help = format!("{} Or give up the data too: --replace \"{claim}\".", needed.renewal);
                    let finding = Diagnostic::error("Value cannot be renewed", detail).about(&made.owner).help(help);
                    diagnostics.push(finding);
                }
                renewal.keys.push(needed.key.clone());
                if !needed.renewal.is_empty() && needed.data.is_none() && !renewal.notices.contains(&needed.renewal) {
                    renewal.notices.push(needed.renewal.clone());
                }
            }
            for person in self.credentials.iter().filter(|person| person.kept_in.as_ref() == Some(&id)) {
                renewal.keys.push(super::credential::PASSWORD_KEY.to_owned());
                renewal
                    .notices
                    .push(format!("{} logs in with the new password; the old one no longer works.", person.email));
            }
            if !renewal.keys.is_empty() {
                renewals.push(renewal);
            } else if self.login.as_ref().is_some_and(|login| login.passwords == id) {
                diagnostics.push(self.only_hashes(&id, &made.owner));
            }
        }
        self.renewed = renewals.iter().map(|renewal| renewal.secret.clone()).collect();
        (renewals, diagnostics)
    }

    /// Who wants the hashes replaced means the passwords.
    fn only_hashes(&self, id: &ObjectId, owner: &Address) -> Diagnostic {
        let keepers: Vec<String> = self
            .credentials
            .iter()
            .filter_map(|person| Some(format!("--replace \"{}\"", person.kept_in.as_ref()?)))
            .collect();
        let detail = format!("{id} keeps hashes of passwords. Replacing it renews none of them.");
        let help = match keepers.as_slice() {
            [] => "No password of this platform is generated: change those in the configuration.".to_owned(),
            keepers => format!("To renew a generated password, name the Secret that keeps it: {}.", keepers.join(", ")),
        };
        Diagnostic::warning("Nothing to renew", detail).about(owner).help(help)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::catalog::NeededSecret;
    use crate::catalog::RenderedObject;
    use crate::catalog::VerifiedPasswords;
    use crate::object::Object;
    use crate::object::address::address;

    fn rendered() -> Rendered {
        let needed = |name: &str, data: Option<&str>| NeededSecret {
            component: "db".into(),
            name: name.into(),
            secret_namespace: "n".into(),
            secret_name: name.into(),
            key: "key".into(),
            length: 20,
            data: data.map(|claim| ObjectId::new("", "PersistentVolumeClaim", "n", claim)),
            renewal: format!("About {name}."),
            ..NeededSecret::default()
        };
        let secrets = vec![needed("plain", None), needed("root", Some("data"))];
        let object = |value| RenderedObject {
            object: Object::from_value(value).expect("an object"),
            owner: address("platform.ml.db"),
            after: Vec::new(),
        };
        let mut objects: Vec<RenderedObject> = secrets
            .iter()
            .map(|needed| {
                object(json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"key": needed.placeholder()},
                    "metadata": {"name": needed.name, "namespace": "n"}}))
            })
            .collect();
        objects.push(object(json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data", "namespace": "n"}})));
        Rendered { objects, secrets, ..Rendered::default() }
    }

    /// What is renewed, what is refused, and the values before and after.
    fn renew(named: &[&str], there: bool) -> (Vec<Renewal>, Vec<String>, BTreeMap<String, bool>) {
        let mut first = rendered();
        first.fill(&[], &mut VerifiedPasswords::default()).expect("random numbers");
        let live: Vec<Object> = first.objects.iter().map(|made| made.object.clone()).collect();
        let mut second = rendered();
        let named: Vec<Address> = named.iter().map(|text| address(text)).collect();
        let (renewals, found) = second.renew(&named, &|_| there);
        second.fill(&live, &mut VerifiedPasswords::default()).expect("random numbers");
        let secrets = first.objects.iter().zip(&second.objects).filter(|(first, _)| first.object.kind() == "Secret");
        let changed = secrets.map(|(a, b)| (a.object.name().to_owned(), a.object != b.object)).collect();
        (renewals, found.iter().map(|found| found.detail.clone()).collect(), changed)
    }

    #[test]
    fn only_secrets_that_are_named_are_made_anew() {
        for (named, expected) in [
            (&["Secret n/plain"][..], [("plain", true), ("root", false)]),
            (&["platform.ml.db/Secret n/plain"], [("plain", true), ("root", false)]),
            (&["platform.ml.db"], [("plain", false), ("root", false)]),
            (&["platform.ml.other/Secret n/plain"], [("plain", false), ("root", false)]),
            (&["Secret n/root", "PersistentVolumeClaim n/data"], [("plain", false), ("root", true)]),
        ] {
            let (renewals, refused, changed) = renew(named, true);
            let expected: BTreeMap<String, bool> = expected.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect();
            assert_eq!((changed, refused.len()), (expected.clone(), 0), "{named:?}");
            assert_eq!(renewals.len(), expected.values().filter(|changed| **changed).count(), "{named:?}");
        }
        let (renewals, ..) = renew(&["Secret n/plain"], true);
        assert_eq!((renewals[0].keys[0].as_str(), renewals[0].notices[0].as_str()), ("key", "About plain."));
        assert!(renew(&["Secret n/plain"], false).0.is_empty(), "what is nowhere is made anyway");
    }

    #[test]
    fn what_made_kept_data_is_refused() {
        let (_, refused, _) = renew(&["Secret n/root"], true);
        assert!(refused[0].contains("PersistentVolumeClaim n/data"), "{refused:?}");
    }
}
