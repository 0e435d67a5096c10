//! Where the runs of one file take place: a sandbox for each cluster, and what earlier runs have given.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Findings;
use super::TestRequest;
use super::TestResult;
use super::run::Run;
use crate::config;
use crate::config::Declared;
use crate::config::PoolSize;
use crate::diag::Sources;
use crate::lang;
use crate::lang::TestFile;
use crate::lang::TestSandbox;
use crate::object::Address;
use crate::ops::Failure;
use crate::ops::Loaded;
use crate::ops::session;
use crate::ops::session::Running;

/// Where the runs of one file take place.
pub struct Stage<'a> {
    pub request: &'a TestRequest,
    path: &'a str,
    text: &'a str,
    sandboxes: BTreeMap<Address, Running>,
    /// The outputs of earlier runs, by the run's name.
    pub given: BTreeMap<String, lang::Value>,
}

impl<'a> Stage<'a> {
    pub fn new(request: &'a TestRequest, path: &'a str, text: &'a str) -> Self {
        Self { request, path, text, sandboxes: BTreeMap::new(), given: BTreeMap::new() }
    }

    /// Carries out one run of the file.
    pub async fn carry_out(&mut self, at: usize) -> (TestResult, Findings) {
        Run::new(self, at).carry_out().await
    }

    /// The file among the sources of a run, which has its own.
    pub fn file(&self, sources: &mut Sources) -> TestFile {
        let file = sources.add(self.path, self.text);
        TestFile::read(sources, file).0
    }

    /// The sandbox that stands for a cluster; it is made where no run before needed it.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn sandbox(
        &mut self,
        loaded: &Loaded,
        cluster: &Declared<config::Cluster>,
        wanted: &TestSandbox,
    ) -> Result<crate::sandbox::Sandbox, Failure> {
        if let Some(running) = self.sandboxes.get(&cluster.address) {
            return Ok(running.sandbox.clone());
        }
        let mut settings = loaded.installation.providers.get(&cluster.provider).cloned().unwrap_or_default();
        if let Some(nodes) = wanted.nodes.or_else(|| nodes(loaded, &cluster.address)) {
            settings.arguments.insert("nodes".into(), nodes.into());
        }
        if !wanted.faults.is_empty() {
            let faults = wanted.faults.iter().map(|(pods, fault)| (pods.clone(), Value::from(fault.as_str())));
            settings.arguments.insert("faults".into(), Value::Object(faults.collect()));
        }
        let running = session::start_in_memory(&settings, cluster.kubernetes_version.as_deref()).await;
        let running = running
            .map_err(|error| session::not_opened(format!("Cannot make a sandbox for {}", cluster.address), error))?;
        let sandbox = running.sandbox.clone();
        self.sandboxes.insert(cluster.address.clone(), running);
        Ok(sandbox)
    }
}

/// As many as the pools of a cluster begin with; `None` where it has none.
fn nodes(loaded: &Loaded, cluster: &Address) -> Option<u64> {
    let pools = loaded.installation.node_pools.iter().filter(|pool| pool.cluster == *cluster);
    let sizes: Vec<u64> = pools
        .map(|pool| match pool.size {
            PoolSize::Fixed(number) => number.into(),
            PoolSize::Autoscaling { min, .. } => min.into(),
        })
        .collect();
    (!sizes.is_empty()).then(|| sizes.iter().sum::<u64>().max(1))
}
