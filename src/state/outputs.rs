//! The outputs of the last apply, sensitive ones too: the cluster is where they may be kept.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use super::NAMESPACE;
use super::StateError;
use super::Store;
use super::secret;
use super::secret::Kind;
use super::store::WRITE;
use super::store::secrets;
use super::stored;
use crate::object::Object;
use crate::provider::kubernetes::Refusal;

const FORM: u64 = 1;

/// One output. Its `Debug` hides a sensitive value.
#[derive(Clone, PartialEq)]
pub struct Output {
    pub value: Value,
    pub sensitive: bool,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sensitive {
            true => f.write_str("(sensitive value)"),
            false => self.value.fmt(f),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    value: Value,
    sensitive: bool,
}

/// The outputs in their record.
fn read(record: &Object) -> Result<BTreeMap<String, Output>, StateError> {
    secret::check_form(record, FORM)?;
    let stored: BTreeMap<String, Stored> = stored::unpack(record.name(), &secret::field(record, "outputs")?)?;
    let output = |stored: Stored| Output { value: stored.value, sensitive: stored.sensitive };
    Ok(stored.into_iter().map(|(name, stored)| (name, output(stored))).collect())
}

impl Store {
    /// The outputs of the last apply; none where there was none, or where their record is damaged (see
    /// [`Self::warnings`]).
    pub async fn outputs(&self) -> Result<BTreeMap<String, Output>, StateError> {
        let found = self.cluster.get(&secrets(), NAMESPACE, &self.outputs_name()).await;
        self.outputs_in(found.map_err(StateError::cluster("read the outputs"))?.as_ref())
    }

    pub(super) fn outputs_in(&self, record: Option<&Object>) -> Result<BTreeMap<String, Output>, StateError> {
        let read = record.map(read).transpose().map(Option::unwrap_or_default);
        self.spared(read, "the outputs of the last apply are not known, and the next one writes them anew")
    }

    /// Writes the outputs over those of the apply before. Needs the lock, as every write.
    pub async fn write_outputs(&self, outputs: &BTreeMap<String, Output>) -> Result<(), StateError> {
        let stored = |o: &Output| Stored { value: o.value.clone(), sensitive: o.sensitive };
        let stored: BTreeMap<&String, Stored> = outputs.iter().map(|(name, o)| (name, stored(o))).collect();
        let (form, bytes) = (FORM.to_string(), stored::pack(&stored)?);
        let fields: [(&str, &[u8]); 2] = [("form", form.as_bytes()), ("outputs", &bytes)];
        let record = secret::secret(Kind::Outputs, &self.installation, &self.outputs_name(), &fields);
        let mut written = self.cluster.apply(&record, WRITE).await;
        // A Secret of that name whose type is not ours; a type cannot be changed.
        if written.as_ref().is_err_and(|error| error.refusal().is_some_and(Refusal::is_immutable)) {
            self.delete(&secrets(), &self.outputs_name(), "").await?;
            written = self.cluster.apply(&record, WRITE).await;
        }
        written.map(|_| ()).map_err(StateError::cluster("write the outputs"))
    }

    pub(super) fn outputs_name(&self) -> String {
        format!("outputs-{}", self.installation)
    }
}
