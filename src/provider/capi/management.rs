//! The management cluster: what is asked of it, and what its refusals mean.

use serde_json::Value;
use tokio::sync::OnceCell;

use super::dialect::Dialect;
use super::dialect::GROUP;
use super::settings::Settings;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Deletion;
use crate::provider::kubernetes::Patience;
use crate::provider::kubernetes::Propagation;
use crate::provider::kubernetes::Resource;
use crate::provider::maker::MakerError;

/// A management cluster, which is entered when it is first asked for something.
#[derive(Debug)]
pub struct Management {
    settings: Settings,
    entered: OnceCell<(Cluster, Dialect)>,
}

impl Management {
    pub fn new(settings: Settings) -> Self {
        Self { settings, entered: OnceCell::new() }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    async fn entered(&self) -> Result<&(Cluster, Dialect), MakerError> {
        self.entered.get_or_try_init(|| self.enter()).await
    }

    async fn enter(&self) -> Result<(Cluster, Dialect), MakerError> {
        let failed =
            |error: &ClusterError| MakerError::Refused(format!("cannot enter the management cluster: {error}"));
        let cluster = Cluster::connect(&self.settings.management).await.map_err(|error| failed(&error))?;
        let kinds = cluster.kinds().await.map_err(|error| failed(&error))?;
        let dialect = Dialect::of(&kinds).ok_or_else(|| {
            MakerError::Refused(format!(
                "{} serves no Cluster API ({GROUP}, v1beta1 or v1beta2): choose another context, or make it a management \
                 cluster with `clusterctl init`",
                cluster.description()
            ))
        })?;
        Ok((cluster, dialect))
    }

    /// The version of Cluster API that is spoken there.
    pub async fn dialect(&self) -> Result<Dialect, MakerError> {
        Ok(self.entered().await?.1)
    }

    /// All objects of one of Cluster API's own kinds in the namespace.
    pub async fn list(&self, kind: &str) -> Result<Vec<Object>, MakerError> {
        let (cluster, dialect) = self.entered().await?;
        let resource = cluster.resource(&dialect.kind(kind)).await.map_err(refused)?;
        let (objects, _) = cluster.list(&resource, &self.settings.namespace, "").await.map_err(refused)?;
        Ok(objects)
    }

    /// One object of Cluster API's own kinds.
    pub async fn get(&self, kind: &str, name: &str) -> Result<Option<Object>, MakerError> {
        let (cluster, dialect) = self.entered().await?;
        let resource = cluster.resource(&dialect.kind(kind)).await.map_err(refused)?;
        cluster.get(&resource, &self.settings.namespace, name).await.map_err(refused)
    }

    pub async fn secret(&self, name: &str) -> Result<Option<Object>, MakerError> {
        let (cluster, _) = self.entered().await?;
        let resource = cluster.resource(&GroupVersionKind::new("", "v1", "Secret")).await.map_err(refused)?;
        cluster.get(&resource, &self.settings.namespace, name).await.map_err(refused)
    }

    /// The object that a template of a specification means, and the version of its kind.
    ///
    /// # Errors
    /// It is not there.
    pub async fn referred(&self, template: &Value) -> Result<(Object, String), MakerError> {
        let text = |key: &str| template[key].as_str().unwrap_or_default();
        let (cluster, _) = self.entered().await?;
        let namespace = &self.settings.namespace;
        let resource = self.served(text("group"), text("kind")).await?;
        let found = cluster.get(&resource, namespace, text("name")).await.map_err(refused)?;
        let found = found.ok_or_else(|| {
            MakerError::Refused(format!(
                "there is no {} {} in the namespace {namespace} of the management cluster: make it first. What a cluster \
                 refers to goes with it when it is deleted",
                text("kind"),
                text("name")
            ))
        })?;
        Ok((found, resource.version))
    }

    /// The object that a reference means; `None` where it is not there.
    pub async fn found(&self, template: &Value) -> Result<Option<Object>, MakerError> {
        let text = |key: &str| template[key].as_str().unwrap_or_default();
        if text("kind").is_empty() {
            return Ok(None);
        }
        let (cluster, _) = self.entered().await?;
        let resource = self.served(text("group"), text("kind")).await?;
        cluster.get(&resource, &self.settings.namespace, text("name")).await.map_err(refused)
    }

    async fn served(&self, group: &str, kind: &str) -> Result<Resource, MakerError> {
        let (cluster, _) = self.entered().await?;
        let kinds = cluster.kinds().await.map_err(refused)?;
        kinds.preferred(group, kind).cloned().ok_or_else(|| {
            MakerError::Refused(format!(
                "the management cluster does not serve {kind} of {group}: is the provider that defines it installed there \
                 (`clusterctl init`)?"
            ))
        })
    }

    /// Applies an object under our field manager. `seen` is what it was made of: what somebody changed meanwhile is not
    /// overwritten.
    pub async fn apply(&self, mut object: Object, seen: Option<&Object>) -> Result<Object, MakerError> {
        let (cluster, _) = self.entered().await?;
        if let Some(seen) = seen {
            object.metadata_mut().insert("uid".into(), seen.uid().into());
            object.metadata_mut().insert("resourceVersion".into(), seen.resource_version().into());
        }
        cluster.apply(&object, Patience::READ).await.map_err(refused)
    }

    /// Begins to delete an object of Cluster API's own kinds.
    pub async fn delete(&self, object: &Object) -> Result<(), MakerError> {
        let (cluster, _) = self.entered().await?;
        let resource = cluster.resource(&object.gvk()).await.map_err(refused)?;
        let (namespace, name, uid) = (object.namespace(), object.name(), object.uid());
        let asked = cluster.delete(&resource, namespace, name, uid, Propagation::Background, Patience::READ).await;
        match asked.map_err(refused)? {
            Deletion::Another => Err(MakerError::Unclear(format!("{name} was made anew meanwhile"))),
            Deletion::Gone | Deletion::Accepted | Deletion::AlreadyGone => Ok(()),
        }
    }
}

/// Whether it will be refused again, or passes.
fn refused(error: ClusterError) -> MakerError {
    let text = format!("the management cluster: {error}");
    let lasts = match error.refusal() {
        Some(refusal) => {
            refusal.is_misfit() || (400..500).contains(&refusal.code) && !matches!(refusal.code, 404 | 408 | 409 | 429)
        }
        None => matches!(error, ClusterError::UnknownKind { .. }),
    };
    if lasts { MakerError::Refused(text) } else { MakerError::Unclear(text) }
}
