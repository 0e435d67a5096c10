//! Puts the values that only the cluster keeps into rendered objects.
//!
//! Values come from live Secrets where they are there, else they are made. This is the last step: after it the objects
//! can be sent, and hold secrets.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::config::Secret;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Secrets;
use crate::object::encode_string_data;
use crate::object::holds_secret_data;
use crate::object::mask_object;

use super::CredentialError;
use super::Login;
use super::Rendered;
use super::RenderedObject;
use super::VerifiedPasswords;
use super::checksum;
use super::credential::PASSWORD_KEY;
use super::credential::decide;
use super::credential::dex_users;
use super::placeholder;
use super::secret::generate;
use super::secret::secret_text;

impl Rendered {
    /// Fills in every open value, turns `stringData` into `data`, and puts checksums on pod templates.
    ///
    /// # Arguments
    ///
    /// * `live`: those of [`Rendered::reads`] that exist; other objects in it do not matter.
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
            if holds_secret_data(object.kind(), object.api_version()) {
                for section in ["data", "stringData"] {
                    let written = object.as_map().get(section).and_then(Value::as_object).into_iter().flatten();
                    let open = written.filter_map(|(key, value)| Some((key, value.as_str()?)));
                    for (key, text) in open.filter(|(_, text)| placeholder::is_in(text)) {
                        if let Some(Value::Object(data)) = shown.as_map_mut().get_mut(section) {
                            data.insert(key.clone(), secrets.hidden(text.to_owned()).into());
                        }
                    }
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

    /// The values by the placeholder they stand for.
    fn values(
        &self,
        live: &[Object],
        verified: &mut VerifiedPasswords,
    ) -> Result<BTreeMap<String, Secret>, CredentialError> {
        let live: BTreeMap<ObjectId, &Object> = live.iter().map(|object| (object.id(), object)).collect();
        let mut values = BTreeMap::new();
        let mut by_place: BTreeMap<(ObjectId, &str), Secret> = BTreeMap::new();
        for needed in &self.secrets {
            // Two names of one place are one value.
            let place = (needed.kept_in(), needed.key.as_str());
            let value = match (by_place.get(&place), live.get(&place.0).and_then(|secret| needed.read(secret))) {
                (Some(value), _) => value.clone(),
                (None, Some(value)) => value,
                (None, None) => generate(needed.format, needed.length)?,
            };
            by_place.insert(place, value.clone());
            values.insert(needed.placeholder(), value);
        }
        let of_login = |id: fn(&Login) -> &ObjectId| live.get(id(self.login.as_ref()?)).copied();
        let key = self.login.as_ref().map_or("", |login| &login.key);
        let users = dex_users(of_login(|login| &login.configuration), key, of_login(|login| &login.passwords));
        let kept = |id: &ObjectId| {
            let text = secret_text(live.get(id)?, PASSWORD_KEY)?;
            (!text.is_empty()).then(|| Secret::new(text))
        };
        let decided = decide(&self.credentials, &users, &kept, verified)?;
        for (needed, decided) in self.credentials.iter().zip(decided) {
            values.insert(needed.hash_placeholder(), decided.hash);
            values.insert(needed.id_placeholder(), Secret::new(decided.user_id));
            if let Some(password) = decided.generated {
                values.insert(needed.password_placeholder(), password);
            }
        }
        Ok(values)
    }
}

/// Placeholders stand in Secrets and, for user ids, in ConfigMaps; rendering has seen to it that they stand nowhere else.
fn can_hold_values(object: &Object) -> bool {
    matches!(object.kind(), "Secret" | "ConfigMap") && object.api_version() == "v1"
}
