//! What there is in the cloud, and its file.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// What exists from the start, and what is offered.
static OFFER: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("offer.json")).expect("the file is JSON"));

/// What is offered or exists from the start, by its name.
pub fn offer(key: &str) -> &'static [Value] {
    OFFER.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A cluster or a pool: what is shown of it, and what becomes of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Held {
    pub body: Map<String, Value>,
    /// Milliseconds since 1970 when `then` comes true; none while it rests.
    pub due: Option<i64>,
    pub then: Map<String, Value>,
    /// It is gone when it is due.
    pub leaves: bool,
    /// Lets its administrator into a cluster.
    #[serde(default)]
    pub token: String,
}

impl Held {
    pub fn text(&self, key: &str) -> &str {
        self.body.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn number(&self, key: &str) -> i64 {
        self.body.get(key).and_then(Value::as_i64).unwrap_or_default()
    }

    pub fn runs(&self) -> bool {
        self.text("status").eq_ignore_ascii_case("RUNNING")
    }

    /// Is busy from now on, and then as `then` says.
    pub fn begin(&mut self, status: &str, due: i64, then: Value) {
        self.body.insert("status".into(), status.into());
        self.body.insert("modified_at".into(), now_text());
        self.due = Some(due);
        self.then = then.as_object().cloned().unwrap_or_default();
    }

    pub fn set(&mut self, key: &str, value: Value) {
        self.body.insert(key.to_owned(), value);
        self.body.insert("modified_at".into(), now_text());
    }
}

/// As the cloud writes times.
pub fn now_text() -> Value {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into()
}

/// Everything that changes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Things {
    pub clusters: Vec<Held>,
    pub pools: Vec<Held>,
    /// Tags by the ids of clusters.
    pub tags: BTreeMap<String, Value>,
    /// Who may ask.
    pub account_id: String,
    pub access_key: String,
    pub secret_key: String,
}

impl Things {
    /// Those of a file, or none with keys of their own.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: Option<&Path>) -> std::io::Result<Self> {
        let text = match path.map(std::fs::read) {
            Some(Ok(text)) => text,
            Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {
                let id = || uuid::Uuid::new_v4().simple().to_string();
                let secret_key = uuid::Uuid::new_v4().to_string();
                return Ok(Self { account_id: id(), access_key: id(), secret_key, ..Self::default() });
            }
        };
        serde_json::from_slice(&text).map_err(std::io::Error::other)
    }

    pub fn cluster(&mut self, id: &str) -> Option<&mut Held> {
        self.clusters.iter_mut().find(|cluster| cluster.text("id") == id)
    }

    pub fn pool(&mut self, id: &str) -> Option<&mut Held> {
        self.pools.iter_mut().find(|pool| pool.text("id") == id)
    }

    /// The pools of a cluster.
    pub fn pools_of<'a>(&'a self, cluster: &'a str) -> impl Iterator<Item = &'a Held> {
        self.pools.iter().filter(move |pool| pool.body.get("cluster") == Some(&json!({"id": cluster})))
    }
}

/// A page of a list, as most services turn pages.
pub fn page(all: Vec<Value>, key: &str, query: &BTreeMap<String, String>) -> Value {
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    let size = number("size").filter(|size| *size > 0).unwrap_or(20);
    let count = all.len();
    let page: Vec<Value> = all.into_iter().skip(number("page").unwrap_or(0) * size).take(size).collect();
    let mut answer = json!({"count": count, "links": []});
    answer[key] = Value::Array(page);
    answer
}

/// Only what a query asks for by these fields; an empty value asks for nothing.
pub fn filtered(all: &[Value], query: &BTreeMap<String, String>, fields: &[&str]) -> Vec<Value> {
    let asked = |field: &str| query.get(field).filter(|text| !text.is_empty());
    let fits = |one: &&Value| fields.iter().all(|field| asked(field).is_none_or(|text| one[*field] == text.as_str()));
    all.iter().filter(fits).cloned().collect()
}
