//! Amounts by resource: what pods ask for, what nodes have. Pure.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::object::schema::Quantity;

/// `cpu`, `memory`, `nvidia.com/gpu` to how much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts(pub BTreeMap<String, Quantity>);

/// What is told of amounts: processors, memory, and devices that pods get whole.
fn is_told(resource: &str) -> bool {
    matches!(resource, "cpu" | "memory") || is_gpu(resource)
}

/// Whether a resource is a GPU or a part of one.
pub fn is_gpu(resource: &str) -> bool {
    resource.contains('/') && (resource.contains("gpu") || resource.contains("/mig-"))
}

impl Amounts {
    /// As an object writes them; what is no amount is left out.
    pub fn of(value: Option<&Value>) -> Self {
        let all = value.and_then(Value::as_object).into_iter().flatten();
        Self(all.filter_map(|(name, amount)| Some((name.clone(), Quantity::from_json(amount).ok()?))).collect())
    }

    /// What a pod asks for: its containers together. A limit stands for a request that is not written.
    pub fn of_pod(spec: &Value) -> Self {
        let containers = spec.get("containers").and_then(Value::as_array).into_iter().flatten();
        containers.fold(Self::default(), |sum, container| {
            let mut asked = Self::of(container.pointer("/resources/limits"));
            asked.0.extend(Self::of(container.pointer("/resources/requests")).0);
            sum.plus(&asked, 1)
        })
    }

    /// The sum with so many times the others.
    pub fn plus(mut self, other: &Self, times: i128) -> Self {
        for (name, amount) in &other.0 {
            let more = Quantity::from_nanos(amount.nanos().saturating_mul(times));
            let sum = self.0.get(name).map_or(more, |own| own.plus(more));
            self.0.insert(name.clone(), sum);
        }
        self
    }

    /// How much of a resource, in units of 10⁻⁹.
    pub fn nanos(&self, resource: &str) -> i128 {
        self.0.get(resource).map_or(0, |amount| amount.nanos())
    }

    /// The GPUs among them.
    pub fn gpus(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str).filter(|name| is_gpu(name))
    }

    /// One of them as people read it: `2.5`, `16 GiB`, `3`.
    pub fn text(&self, resource: &str) -> String {
        amount_text(resource, self.nanos(resource))
    }

    pub fn is_empty(&self) -> bool {
        self.0.keys().all(|name| !is_told(name))
    }
}

/// `2.5 CPU, 16 GiB, 1 nvidia.com/gpu`; empty for nothing.
impl fmt::Display for Amounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.0.keys().filter(|name| is_told(name) && self.nanos(name) != 0);
        let told = told.map(|name| match name.as_str() {
            "cpu" => format!("{} CPU", self.text(name)),
            "memory" => self.text(name),
            device => format!("{} {device}", self.text(name)),
        });
        f.write_str(&told.collect::<Vec<_>>().join(", "))
    }
}

/// An amount in units of 10⁻⁹ as people read it.
pub fn amount_text(resource: &str, nanos: i128) -> String {
    let trim = |text: String| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    };
    let number = nanos as f64 / 1e9;
    if !(resource.contains("memory") || resource.contains("storage")) {
        return trim(format!("{number:.2}"));
    }
    let units = [("TiB", 1_u64 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.into_iter().find(|(_, size)| number.abs() >= *size as f64) {
        Some((unit, size)) => format!("{} {unit}", trim(format!("{:.1}", number / size as f64))),
        None => format!("{} B", trim(format!("{number:.0}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn as_people_read_them() {
        let container = |requests: Value, limits: Value| json!({"resources": {"requests": requests, "limits": limits}});
        let check = |containers: Value, expected: &str| {
            assert_eq!(Amounts::of_pod(&json!({"containers": containers})).to_string(), expected);
        };
        check(json!([{}]), "");
        let two = [
            container(json!({"cpu": "1500m", "memory": "512Mi"}), json!({"nvidia.com/gpu": 1})),
            container(json!({"cpu": 1, "memory": "1Gi", "ephemeral-storage": "9Gi"}), json!({"cpu": "4"})),
        ];
        check(json!(two), "2.5 CPU, 1.5 GiB, 1 nvidia.com/gpu");
        assert_eq!(amount_text("cpu", 0), "0");
        assert_eq!(amount_text("memory", 100_000_000_000), "100 B");
        assert_eq!(amount_text("cpu", 100_000_000_000), "100");
    }
}
