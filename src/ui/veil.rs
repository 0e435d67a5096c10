//! Takes out of texts what nobody is to see, before they are drawn into a page: afterwards, escaped and cut into pieces,
//! nobody would find it. Not how a page is drawn.

use serde_json::Value;

use super::visible::visible;
use crate::object::Secrets;
use crate::ops::known_secrets;

/// What is hidden in a page.
pub struct Veil {
    secrets: Vec<Secrets>,
}

impl Veil {
    /// Hides what the run knows to be secret, and what these do.
    pub fn new(secrets: impl IntoIterator<Item = Secrets>) -> Self {
        let all = std::iter::once(known_secrets()).chain(secrets);
        Self { secrets: all.filter(|secrets| !secrets.is_empty()).collect() }
    }

    /// The text without secrets, with everything written out that would act on its reader: control characters, and those
    /// that turn the direction of a line.
    pub fn text(&self, text: &str) -> String {
        let text = self.secrets.iter().fold(text.to_owned(), |text, secrets| secrets.hidden(text));
        // A page knows no colours of terminals.
        visible(&text.replace('\u{1b}', "\\u001b")).into_owned()
    }

    /// The value with every text in it so. Keys are names of ours.
    pub fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(map) => map.into_iter().map(|(key, item)| (key, self.value(item))).collect(),
            plain => plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_secret_and_nothing_that_acts_is_left() {
        let veil = Veil::new([Secrets::of(["hunter2<&>long"])]);
        let veiled = veil.value(json!({"a": ["x hunter2<&>long", 3, null], "b": "\u{1b}[31mred\u{202e}\r\n\u{0}"}));
        assert_eq!(
            veiled,
            json!({"a": ["x (sensitive value)", 3, null], "b": "\\u001b[31mred\\u202e\\u000d\n\\u0000"})
        );
        assert_eq!(veil.value(veiled.clone()), veiled, "twice is as once");
    }
}
