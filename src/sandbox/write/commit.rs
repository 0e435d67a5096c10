//! The last part of every create and update: admission, rules, the store, and what follows a write.

use std::sync::Arc;

use serde_json::Value;

use super::allocate;
use super::convert;
use super::crd;
use super::immutable;
use super::labels;
use super::meta;
use super::numbers;
use super::options::FieldValidation;
use super::options::Outcome;
use super::options::WriteOptions;
use super::prepare::prepare;
use super::rules;
use super::sizes;
use crate::object::schema::FieldError;
use crate::object::schema::Reason;
use crate::object::schema::validate;
use crate::sandbox::admission;
use crate::sandbox::admission::Operation;
use crate::sandbox::http::Failure;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;
use crate::sandbox::storage::Expectation;
use crate::sandbox::storage::Key;
use crate::sandbox::storage::Refusal;
use crate::sandbox::storage::Stored;

/// How often a write that another one overtook is computed anew.
pub const ATTEMPTS: usize = 16;

/// Why a write did not come about.
#[derive(Debug)]
pub enum Refused {
    Failure(Failure),
    /// Somebody else wrote meanwhile; compute it anew.
    Overtaken,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// One write on its way.
pub struct Commit<'a> {
    pub server: &'a Arc<Server>,
    pub resource: &'a Arc<Resource>,
    /// Empty for the object itself.
    pub subresource: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
    /// The object as it is stored, and in the version of the request; none for a create.
    pub live: Option<(&'a Arc<Stored>, &'a Value)>,
    pub options: &'a WriteOptions,
}

impl Commit<'_> {
    /// Admits, checks and stores `candidate`, which is prepared and in the version of the request.
    pub async fn finish(&self, mut candidate: Value, mut warnings: Vec<String>) -> Result<Outcome, Refused> {
        let resource = self.resource;
        let old = self.live.map(|(_, old)| old);
        let operation = if old.is_some() { Operation::Update } else { Operation::Create };
        let review = admission::Review {
            resource,
            subresource: self.subresource,
            namespace: self.namespace,
            name: self.name,
            operation,
            old,
            options: self.options,
        };
        let is_new = old.is_none() && self.subresource.is_empty();
        if is_new {
            admission::limits::fill(self.server, resource, self.namespace, &mut candidate);
        }
        let before = candidate["metadata"].clone();
        let (changed, said) = admission::mutate(self.server, &review, &mut candidate).await?;
        warnings.extend(said);
        if changed {
            prepare(resource, &mut candidate, FieldValidation::Ignore)?;
            self.keep_identity(&before, &mut candidate);
        }
        if let Some(old) = old {
            self.set_generation(old, &mut candidate);
        }
        let finishing = is_dying(&candidate) && may_go(&candidate, resource);
        let unchanged = !finishing
            && self.live.is_some_and(|(live, old)| {
                meta::same_but_for_times(old, &candidate) && convert::is_storage_form(resource, &live.value)
            });
        if !unchanged {
            if resource.group == crd::GROUP && resource.kind == crd::KIND && self.subresource.is_empty() {
                crd::set_status(old, &mut candidate);
                let mut wrong = crd::check_approval(old, &candidate);
                wrong.extend(crd::lost_versions(&candidate));
                if !wrong.is_empty() {
                    return Err(Failure::invalid(&resource.group, &resource.kind, self.name, &wrong).into());
                }
            }
            rules::on_commit(resource, old, &mut candidate);
            self.check(old, &candidate)?;
        }
        if is_new {
            admission::limits::check(self.server, resource, self.namespace, self.name, &candidate)?;
        }
        warnings.extend(admission::validate(self.server, &review, Some(&candidate)).await?);
        warnings.extend(admission::pod_security::warnings(self.server, resource, old, &candidate));
        if let (Some((live, _)), true) = (self.live, unchanged) {
            let object = convert::in_version(self.server, resource, &live.value).await?;
            return Ok(Outcome { code: 200, object, warnings });
        }
        let code = if old.is_some() { 200 } else { 201 };
        if self.options.dry_run {
            let guard = allocate::guard(self.server);
            allocate::allocate(self.server, resource, old, &mut candidate)?;
            self.check_quota(old, &candidate)?;
            drop(guard);
            return Ok(Outcome { code, object: Arc::new(candidate), warnings });
        }
        let object = self.store(candidate).await?;
        Ok(Outcome { code, object, warnings })
    }

    async fn store(&self, candidate: Value) -> Result<Arc<Value>, Refused> {
        let resource = self.resource;
        let mut stored_form = convert::to_storage(self.server, resource, candidate).await?;
        let key = Key {
            group: resource.group.clone(),
            plural: resource.plural.clone(),
            namespace: self.namespace.to_owned(),
            name: self.name.to_owned(),
        };
        let expected = match self.live {
            Some((live, _)) => Expectation::Revision(live.revision),
            None => Expectation::Absent,
        };
        sizes::check_stored(resource, &stored_form)?;
        let finished = self.live.is_some() && is_dying(&stored_form) && may_go(&stored_form, resource);
        let result = {
            let _guard = allocate::guard(self.server);
            let old = self.live.map(|(_, old)| old);
            allocate::allocate(self.server, resource, old, &mut stored_form)?;
            self.check_quota(old, &stored_form)?;
            self.server.store().put(key.clone(), stored_form, expected)
        };
        let mut stored = match result {
            Ok(stored) => stored,
            Err(Refusal::Exists | Refusal::Changed) => return Err(Refused::Overtaken),
            Err(Refusal::Disk(error)) => return Err(Failure::disk(&error).into()),
        };
        if finished {
            match self.server.store().remove(&key, stored.revision) {
                Ok(last) => stored = last,
                Err(Refusal::Disk(error)) => return Err(Failure::disk(&error).into()),
                // Somebody wrote in between; whoever finds no finalizer next removes it.
                Err(_) => {}
            }
        }
        crd::after_write(self.server, resource, &key, if finished { None } else { Some(&stored.value) });
        Ok(convert::in_version(self.server, resource, &stored.value).await?)
    }

    /// Under the guard, so that two writes cannot both take what is left for one.
    fn check_quota(&self, old: Option<&Value>, new: &Value) -> Result<(), Failure> {
        if !self.subresource.is_empty() || old.is_some() && is_dying(new) {
            return Ok(());
        }
        admission::quota::check(self.server, self.resource, self.namespace, self.name, old, new)
    }

    /// What no webhook may change.
    fn keep_identity(&self, before: &Value, candidate: &mut Value) {
        for field in ["uid", "creationTimestamp", "resourceVersion", "managedFields", "name", "namespace", "generation"]
        {
            let value = before.get(field).cloned();
            let metadata = meta::metadata_mut(candidate);
            match value {
                Some(value) => metadata.insert(field.to_owned(), value),
                None => metadata.shift_remove(field),
            };
        }
    }

    fn set_generation(&self, old: &Value, candidate: &mut Value) {
        if !rules::has_generation(self.resource) {
            return;
        }
        let generation = old["metadata"]["generation"].as_u64().unwrap_or(1);
        let differs = rules::specification_differs(old, candidate);
        meta::metadata_mut(candidate).insert("generation".into(), (generation + u64::from(differs)).into());
    }

    fn check(&self, old: Option<&Value>, candidate: &Value) -> Result<(), Failure> {
        let resource = self.resource;
        let mut errors: Vec<FieldError> = labels::check(&candidate["metadata"], "metadata");
        if let Some(schema) = resource.schema() {
            errors.extend(validate(schema, candidate));
            // Built-in kinds were looked at before: their server could not have read such a number.
            errors.extend(numbers::find(schema, candidate).map(|wrong| {
                let format = match wrong.is_declared {
                    true => format!("with format {}", wrong.format),
                    false => "(default format)".to_owned(),
                };
                let detail = format!("Checked value must be of type integer {format} in {}", wrong.path);
                FieldError::invalid("<nil>", &"".into(), &detail)
            }));
        }
        // A typed server keeps a status as it comes, with empty texts for what it does not say.
        let is_status = |error: &FieldError| error.reason == Reason::Required && error.path.starts_with("status.");
        errors.retain(|error| resource.is_custom() || !is_status(error));
        // What has the wrong type can be looked at no further.
        if !resource.is_custom() && errors.iter().all(|error| error.reason != Reason::TypeInvalid) {
            errors.extend(rules::validate(resource, candidate));
        }
        if let Some(old) = old {
            errors.extend(immutable::check(resource, old, candidate));
        }
        if errors.is_empty() {
            return Ok(());
        }
        Err(Failure::invalid(&resource.group, &resource.kind, self.name, &errors))
    }
}

/// Whether an object is being deleted.
pub fn is_dying(object: &Value) -> bool {
    !meta::text(object, "deletionTimestamp").is_empty()
}

/// Whether nothing holds a dying object any more.
pub fn may_go(object: &Value, resource: &Resource) -> bool {
    let spec_finalizers = object["spec"]["finalizers"].as_array().is_some_and(|list| !list.is_empty());
    let held_by_spec = resource.group.is_empty() && resource.kind == "Namespace" && spec_finalizers;
    // A pod that is shutting down goes when the kubelet (a player) deletes it without grace.
    let grace = object["metadata"]["deletionGracePeriodSeconds"].as_i64().unwrap_or(0);
    meta::finalizers(object).is_empty() && !held_by_spec && grace == 0
}
