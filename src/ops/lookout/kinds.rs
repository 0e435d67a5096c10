//! The table of kinds that the console follows, as `kinds.yaml` has it. Knows no kind by its name.

use std::sync::LazyLock;

use serde::Deserialize;

use super::path::Keep;
use super::path::Path;

const TABLE: &str = include_str!("kinds.yaml");

/// All rows. A table that cannot be read has none, and a test fails.
pub static KINDS: LazyLock<Vec<Row>> = LazyLock::new(|| serde_saphyr::from_str(TABLE).unwrap_or_default());

/// One kind.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    #[serde(default)]
    pub group: String,
    pub kind: String,
    /// What of a page changes with it.
    pub part: String,
    #[serde(default)]
    keep: Vec<Path>,
    pub workload: Option<WorkloadRow>,
}

/// How people's own work of a kind is told.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkloadRow {
    pub group: String,
    /// Where the kind's name alone does not tell.
    pub title: Option<String>,
    pub pods: Option<PodsRow>,
    #[serde(default)]
    pub states: Vec<StateRow>,
    #[serde(default)]
    pub otherwise: State,
    pub hindered: Option<String>,
    #[serde(default)]
    pub reason: Vec<Path>,
    #[serde(default)]
    pub wanted: Vec<Path>,
    #[serde(default)]
    pub running: Vec<Path>,
    pub asks: Option<AsksRow>,
    #[serde(default)]
    pub queue: Vec<Path>,
    #[serde(default)]
    pub link: Vec<Path>,
    #[serde(default)]
    pub columns: Vec<ColumnRow>,
}

/// How pods name what they are of.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PodsRow {
    pub label: String,
    pub value: Option<Path>,
}

/// When something is in a state.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateRow {
    pub condition: Option<String>,
    pub path: Option<Path>,
    #[serde(rename = "in", default)]
    pub texts: Vec<String>,
    pub above: Option<i64>,
    pub is: State,
}

/// The pods that its templates ask for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AsksRow {
    pub each: Path,
    pub replicas: Option<Path>,
    pub pod: Path,
}

/// What else is told.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnRow {
    pub title: String,
    pub path: Path,
    #[serde(rename = "as", default)]
    pub form: Form,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    #[default]
    Text,
    Since,
    Pairs,
}

/// How far something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Failed,
    #[default]
    Waiting,
    Running,
    Ready,
    Stopped,
    Done,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Ready => "ready",
            Self::Stopped => "stopped",
            Self::Done => "done",
        }
    }
}

impl Row {
    /// What of an object is kept: every path of the row, and what is told of any object.
    pub fn kept(&self) -> Keep {
        let always = [
            "/metadata/name",
            "/metadata/namespace",
            "/metadata/creationTimestamp",
            "/metadata/deletionTimestamp",
            "/metadata/ownerReferences/*/kind",
            "/metadata/ownerReferences/*/name",
        ];
        let mut paths: Vec<Path> = always.map(Path::from).into();
        paths.extend(self.keep.iter().cloned());
        if let Some(work) = &self.workload {
            let conditions = ["type", "status", "message", "reason"].map(|name| format!("/status/conditions/*/{name}"));
            paths.extend(conditions.map(Path::from));
            paths.extend(work.pods.iter().filter_map(|pods| pods.value.clone()));
            paths.extend(work.states.iter().filter_map(|state| state.path.clone()));
            for all in [&work.reason, &work.wanted, &work.running, &work.queue, &work.link] {
                paths.extend(all.iter().cloned());
            }
            for column in &work.columns {
                let places: &[&str] = if column.form == Form::Pairs { &["/name", "/value"] } else { &[""] };
                paths.extend(places.iter().map(|place| Path::from(*place).below(&column.path)));
            }
            if let Some(asks) = &work.asks {
                let of_pod = Path::from("/containers/*/resources/requests").below(&asks.pod);
                let limits = Path::from("/containers/*/resources/limits").below(&asks.pod);
                paths.extend([&of_pod, &limits].into_iter().chain(&asks.replicas).map(|path| path.below(&asks.each)));
            }
        }
        Keep::of(&paths)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_is_whole() {
        let rows: Vec<Row> = serde_saphyr::from_str(TABLE).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(*KINDS, rows);
        for kind in ["Notebook", "PyTorchJob", "TFJob", "MPIJob", "XGBoostJob", "PaddleJob", "JAXJob", "TrainJob"] {
            assert!(rows.iter().any(|row| row.kind == kind && row.workload.is_some()), "{kind}");
        }
        for state in rows.iter().filter_map(|row| row.workload.as_ref()).flat_map(|work| &work.states) {
            assert_ne!(state.condition.is_some(), state.path.is_some(), "{state:?}");
        }
    }

    #[test]
    fn nothing_secret_is_kept_of_a_notebook() {
        let row = KINDS.iter().find(|row| row.kind == "Notebook").expect("a row");
        let containers = json!([{"env": [{"value": "secret"}], "resources": {"requests": {"cpu": "1"}}}]);
        let kept = row
            .kept()
            .kept(json!({"metadata": {"name": "n"}, "spec": {"template": {"spec": {"containers": containers}}}}));
        assert_eq!(
            kept["spec"]["template"]["spec"],
            json!({"containers": [{"resources": {"requests": {"cpu": "1"}}}]})
        );
    }
}
