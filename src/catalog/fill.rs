//! Puts the values that only the cluster keeps into rendered objects.
//!
//! Values come from live Secrets where they are there, else they are made. This is the last step: after it the objects
//! can be sent, and hold secrets.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::config::Secret;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Secrets;
use crate::object::encode_string_data;
use crate::object::mask_object;
use crate::object::secret_fields;

use super::CredentialError;
use super::Login;
use super::Rendered;
use super::RenderedObject;
use super::VerifiedPasswords;
use super::checksum;
use super::credential::PASSWORD_KEY;
use super::credential::decide;
use super::credential::dex_users;
use super::password;
use super::placeholder;
use super::secret::generate;
use super::secret::secret_text;

impl Rendered {
    /// Fills in every open value, turns `stringData` into `data`, and puts checksums on pod templates. For hashes that are
    /// still to be made something stands in, see `Unhashed`.
    ///
    /// # Arguments
    ///
    /// * `live`: those of [`Rendered::reads`] that exist, and Dex's Passwords; other objects in it do not matter.
    /// * `verified`: passwords seen to fit in earlier runs; this run's are added.
    ///
    /// # Errors
    ///
    /// No random numbers, or a password that cannot be hashed. The objects are unchanged then.
    pub fn fill(&mut self, live: &[Object], verified: &mut VerifiedPasswords) -> Result<(), CredentialError> {
        let values = self.values(live, verified)?;
        for rendered in &mut self.objects {
            if !can_hold_values(&rendered.object) {
                continue;
            }
            for field in rendered.object.as_map_mut().values_mut() {
                placeholder::fill(field, &values);
            }
            if rendered.object.kind() == "Secret" {
                encode_string_data(rendered.object.as_map_mut());
            }
        }
        checksum::annotate(&mut self.objects);
        Ok(())
    }

    /// Hides what is secret in the objects. What is still open is no secret yet: it stays to be seen.
    pub fn hide(&mut self, secrets: &Secrets) {
        for RenderedObject { object, .. } in &mut self.objects {
            let mut shown = mask_object(object, secrets);
            for field in secret_fields(object.kind(), object.api_version()) {
                let open = |text: &str| placeholder::is_in(text).then(|| secrets.hidden(text.to_owned()).into());
                match (object.as_map().get(*field), shown.as_map_mut().get_mut(*field)) {
                    (Some(Value::Object(written)), Some(Value::Object(data))) => {
                        let texts = written.iter().filter_map(|(key, value)| Some((key, open(value.as_str()?)?)));
                        data.extend(texts.map(|(key, text)| (key.clone(), text)));
                    }
                    (Some(Value::String(text)), Some(value)) => {
                        if let Some(open) = open(text) {
                            *value = open;
                        }
                    }
                    _ => {}
                }
            }
            *object = shown;
        }
    }

    /// Writes what is still open as people are shown it: `<generated dex.secret>`. Nothing can be filled in after that.
    pub fn show_placeholders(&mut self) {
        for rendered in self.objects.iter_mut().filter(|rendered| can_hold_values(&rendered.object)) {
            rendered.object.as_map_mut().values_mut().for_each(placeholder::show);
        }
    }

    /// The values by the placeholder they stand for. Takes note of the passwords of which hashes among them are still to be
    /// made, and of the others.
    fn values(
        &mut self,
        live: &[Object],
        verified: &mut VerifiedPasswords,
    ) -> Result<BTreeMap<String, Secret>, CredentialError> {
        let live: BTreeMap<ObjectId, &Object> = live.iter().map(|object| (object.id(), object)).collect();
        let mut values = self.given.clone();
        let mut by_place: BTreeMap<(ObjectId, &str), Secret> = BTreeMap::new();
        for needed in &self.secrets {
            // Two names of one place are one value.
            let place = (needed.kept_in(), needed.key.as_str());
            let secret = live.get(&place.0).filter(|_| !self.renewed.contains(&place.0));
            let value = match (by_place.get(&place), secret.and_then(|secret| needed.read(secret))) {
                (Some(value), _) => value.clone(),
                (None, Some(value)) => value,
                (None, None) => generate(needed.format, needed.length)?,
            };
            by_place.insert(place, value.clone());
            values.insert(needed.placeholder(), value);
        }
        let of_login = |id: fn(&Login) -> &ObjectId| live.get(id(self.login.as_ref()?)).copied();
        let key = self.login.as_ref().map_or("", |login| &login.key);
        let mut users = dex_users(of_login(|login| &login.configuration), key, of_login(|login| &login.passwords));
        // Dex looks into its configuration first.
        for (email, user) in live.values().filter_map(|object| password::user(object)) {
            users.entry(email).or_insert(user);
        }
        let kept = |id: &ObjectId| {
            let text = secret_text(live.get(id).filter(|_| !self.renewed.contains(id))?, PASSWORD_KEY)?;
            (!text.is_empty()).then(|| Secret::new(text))
        };
        let decided = decide(&self.credentials, &users, &kept, verified)?;
        for (needed, decided) in self.credentials.iter().zip(decided) {
            self.unhashed.extend(decided.unhashed);
            self.fitting.extend(decided.fit);
            let encoded = Secret::new(STANDARD.encode(decided.hash.reveal()));
            values.insert(needed.encoded_hash_placeholder(), encoded);
            values.insert(needed.hash_placeholder(), decided.hash);
            values.insert(needed.id_placeholder(), Secret::new(decided.user_id));
            if let Some(password) = decided.generated {
                values.insert(needed.password_placeholder(), password);
            }
        }
        Ok(values)
    }
}

/// Placeholders stand in what holds secrets by its kind and, for user ids, in ConfigMaps; rendering has seen to it that
/// they stand nowhere else.
fn can_hold_values(object: &Object) -> bool {
    object.kind() == "ConfigMap" && object.api_version() == "v1"
        || !secret_fields(object.kind(), object.api_version()).is_empty()
}
