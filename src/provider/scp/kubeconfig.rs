//! The ways into clusters: the cloud gives an administrator's kubeconfig once, so it is kept, for nobody else to read,
//! below the directory of the configuration.

use std::fs::DirBuilder;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use super::engine;
use super::error::Trouble;
use super::model::Cluster;
use super::transport::Transport;
use crate::provider::given;

/// Below the directory of a configuration.
const DIRECTORY: &str = ".stackwright/kubeconfigs/scp";

/// Kubeconfigs by the ids of their clusters.
#[derive(Clone, Debug)]
pub struct Store(PathBuf);

impl Store {
    pub fn below(root: &Path) -> Self {
        Self(root.join(DIRECTORY))
    }

    /// Where a cluster's lies. An id is the cloud's, and no path.
    pub fn path(&self, cluster: &Cluster) -> PathBuf {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        self.0.join(format!("{}.yaml", cluster.id.chars().map(plain).take(80).collect::<String>()))
    }

    /// Forgets that of a cluster that is gone.
    pub fn forget(&self, cluster: &Cluster) {
        let _may_never_have_been_there = std::fs::remove_file(self.path(cluster));
    }

    /// The file of a cluster; taken from the cloud where it is not there yet.
    ///
    /// # Errors
    /// It was taken by somebody before and is lost, or the disk does not take it.
    pub async fn of(&self, transport: &Transport, cluster: &Cluster) -> Result<PathBuf, Trouble> {
        let path = self.path(cluster);
        if path.is_file() {
            return Ok(path);
        }
        let public = !cluster.public_endpoint_access_control_ip.is_empty();
        let (endpoint, taken) = match public {
            true => ("public", &cluster.public_kubeconfig_download_yn),
            false => ("private", &cluster.private_kubeconfig_download_yn),
        };
        if taken == "Y" {
            return Err(lost(cluster, endpoint, &path));
        }
        // Before it is asked for: what is given once must have a place.
        let failed = |error: io::Error| Trouble::Refused(format!("cannot write {}: {error}", path.display()));
        let next = path.with_extension("next");
        let mut file = create(&next).map_err(failed)?;
        let text = match transport.ask_text(&engine::kubeconfig(&cluster.id, &cluster.name, endpoint)).await {
            Ok(text) => text,
            Err(error) => {
                let _ = std::fs::remove_file(&next);
                return Err(error);
            }
        };
        let text = given::check(&text).map_err(|reason| {
            Trouble::Refused(format!("the kubeconfig of cluster {} cannot be used: {reason}", cluster.name))
        })?;
        let kept = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        kept.and_then(|()| std::fs::rename(&next, &path)).map_err(failed)?;
        Ok(path)
    }
}

fn create(path: &Path) -> io::Result<std::fs::File> {
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let _left_by_a_run_that_was_killed = std::fs::remove_file(path);
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn lost(cluster: &Cluster, endpoint: &str, path: &Path) -> Trouble {
    let name = &cluster.name;
    Trouble::Refused(format!(
        "the administrator's kubeconfig of cluster {name} was taken already ({endpoint} endpoint), and the cloud gives it \
         once. Where another machine or person has it, copy it to {path}. Else take a user's kubeconfig (console: \
         Kubernetes Engine, {name}, user kubeconfig; API: GET /v1/clusters/{id}/user-kubeconfig?kubeconfig_type={endpoint}), \
         let somebody with rights in the cluster bind that user to cluster-admin, and save it there, readable by you alone \
         (chmod 600).",
        path = path.display(),
        id = cluster.id,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_no_path() {
        let store = Store::below(Path::new("/x"));
        let cluster = Cluster { id: "../../etc/passwd".into(), ..Cluster::default() };
        assert_eq!(store.path(&cluster), Path::new("/x/.stackwright/kubeconfigs/scp/______etc_passwd.yaml"));
    }
}
