//! Known secret values, and hiding them in any text: as they are, quoted, line by line, and in base64 at every offset.
//! Not here: which fields of objects are secret by their kind (`mask`).

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::MASK;
use super::ObjectId;
use super::field_path::FieldPath;

/// Shorter texts are not searched for: they would hide ordinary words. The fields they reach are known by their paths.
pub const SHORTEST_SEARCHED: usize = 6;

/// Known secret values, to be hidden in any text, and fields of objects that hold shorter ones. Cheap to clone. Its `Debug`
/// shows only how many there are.
#[derive(Clone, Default)]
pub struct Secrets {
    searches: Vec<Arc<Search>>,
    fields: Arc<BTreeMap<ObjectId, BTreeSet<FieldPath>>>,
}

impl Secrets {
    /// Exactly these texts; those of fewer than six characters are not searched for.
    pub fn new(texts: impl IntoIterator<Item = String>) -> Self {
        Self::default().with_texts(texts)
    }

    /// These values in every form in which they may come up.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        Self::default().with(values)
    }

    /// With further values, in every form.
    pub fn with<'a>(self, values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut forms = BTreeSet::new();
        values.into_iter().for_each(|value| add_forms(value, &mut forms));
        self.with_texts(forms)
    }

    fn with_texts(mut self, texts: impl IntoIterator<Item = String>) -> Self {
        let texts: BTreeSet<String> = texts.into_iter().filter(|text| is_searched(text)).collect();
        if !texts.is_empty() {
            self.searches.push(Arc::new(Search::new(texts)));
        }
        self
    }

    /// With fields of objects that are hidden whatever stands in them.
    pub fn with_fields(mut self, fields: BTreeMap<ObjectId, BTreeSet<FieldPath>>) -> Self {
        self.fields = Arc::new(fields);
        self
    }

    /// Fields of an object that are hidden whatever stands in them.
    pub fn fields(&self, id: &ObjectId) -> impl Iterator<Item = &FieldPath> {
        self.fields.get(id).into_iter().flatten()
    }

    /// Whether there is nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.searches.is_empty() && self.fields.is_empty()
    }

    /// The text with every known value hidden; `None` where it holds none.
    pub fn hide(&self, text: &str) -> Option<String> {
        let mut found: Vec<Range<usize>> = Vec::new();
        self.searches.iter().for_each(|search| search.find(text.as_bytes(), &mut found));
        if found.is_empty() {
            return None;
        }
        found.sort_by_key(|range| range.start);
        let mut hidden = String::with_capacity(text.len());
        let mut end = 0;
        for range in found {
            // What overlaps is one.
            if range.start >= end {
                hidden.push_str(&text[end..range.start]);
                hidden.push_str(MASK);
            }
            end = end.max(range.end);
        }
        hidden.push_str(&text[end..]);
        Some(hidden)
    }

    /// As [`Self::hide`], where the text is at hand.
    pub fn hidden(&self, text: String) -> String {
        self.hide(&text).unwrap_or(text)
    }

    /// The value with every known value hidden in its texts (keys too); `None` where it holds none.
    pub fn hide_in(&self, value: &Value) -> Option<Value> {
        if self.searches.is_empty() {
            return None;
        }
        match value {
            Value::String(text) => self.hide(text).map(Value::String),
            Value::Number(number) => self.hide(&number.to_string()).map(Value::String),
            Value::Array(items) => {
                let hidden: Vec<Option<Value>> = items.iter().map(|item| self.hide_in(item)).collect();
                hidden.iter().any(Option::is_some).then(|| {
                    let pairs = hidden.into_iter().zip(items);
                    Value::Array(pairs.map(|(hidden, item)| hidden.unwrap_or_else(|| item.clone())).collect())
                })
            }
            Value::Object(map) => {
                let hidden: Vec<(Option<String>, Option<Value>)> =
                    map.iter().map(|(key, item)| (self.hide(key), self.hide_in(item))).collect();
                hidden.iter().any(|(key, item)| key.is_some() || item.is_some()).then(|| {
                    let pairs = hidden.into_iter().zip(map);
                    let pair = |((key, item), (old_key, old_item)): (_, (&String, &Value))| {
                        let (key, item): (Option<String>, Option<Value>) = (key, item);
                        (key.unwrap_or_else(|| old_key.clone()), item.unwrap_or_else(|| old_item.clone()))
                    };
                    Value::Object(pairs.map(pair).collect())
                })
            }
            Value::Null | Value::Bool(_) => None,
        }
    }
}

impl PartialEq for Secrets {
    fn eq(&self, other: &Self) -> bool {
        let texts = |secrets: &Self| -> BTreeSet<Arc<Search>> { secrets.searches.iter().cloned().collect() };
        texts(self) == texts(other) && self.fields == other.fields
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number: usize = self.searches.iter().map(|search| search.texts.len()).sum();
        write!(f, "{number} {MASK}")
    }
}

/// Whether a text is long enough to be searched for.
pub fn is_searched(text: &str) -> bool {
    text.chars().count() >= SHORTEST_SEARCHED
}

/// How a value may stand in a text.
fn add_forms(value: &str, forms: &mut BTreeSet<String>) {
    if !is_searched(value) {
        return;
    }
    // Of a text of many lines each is looked for: they may stand behind an indent. Where keys begin and end is no secret.
    let lines = value.lines().map(str::trim).filter(|line| value.contains('\n') && !line.starts_with("-----"));
    for part in lines.chain([value]).filter(|part| is_searched(part)) {
        let once = quoted(part);
        forms.insert(quoted(&once));
        forms.insert(once);
        forms.insert(part.to_owned());
    }
    add_base64(value.as_bytes(), forms);
    // As a part of a name, and of a variable of the environment.
    let with = |between: &str| value.replace(|c: char| !c.is_ascii_alphanumeric(), between);
    forms.insert(with("-").to_lowercase());
    forms.insert(with("_").to_uppercase());
    forms.insert(value.to_lowercase());
}

/// As it stands between the quotes of JSON.
fn quoted(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// The base64 of a value by itself, and of all texts it may be a part of: what of that only the value decides.
fn add_base64(value: &[u8], forms: &mut BTreeSet<String>) {
    for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        forms.insert(engine.encode(value));
        for before in 0..3 {
            let all = engine.encode([&[0; 3][..before], value].concat());
            // A digit of six bits that the text before has a part in, and one that the text behind has.
            let start = [0, 2, 3][before];
            let end = all.len() - usize::from(!(before + value.len()).is_multiple_of(3));
            forms.insert(all[start..end].to_owned());
        }
    }
}

/// Texts by their first six bytes: a search takes one step for each byte, however many there are.
struct Search {
    texts: BTreeSet<String>,
    /// The longest first.
    by_start: HashMap<u64, Vec<String>>,
    /// A bit for each start's hash: what it lacks is in no table.
    filter: Vec<u64>,
}

const FILTER_BITS: u32 = 20;

impl Search {
    fn new(texts: BTreeSet<String>) -> Self {
        let mut by_start: HashMap<u64, Vec<String>> = HashMap::new();
        let mut filter = vec![0; 1 << (FILTER_BITS - 6)];
        for text in &texts {
            let start = text.bytes().take(SHORTEST_SEARCHED).fold(0, next);
            let (word, bit) = place(start);
            filter[word] |= bit;
            by_start.entry(start).or_default().push(text.clone());
        }
        by_start.values_mut().for_each(|texts| texts.sort_by_key(|text| std::cmp::Reverse(text.len())));
        Self { texts, by_start, filter }
    }

    /// Adds where a text begins, the longest of those that do, and where it ends.
    fn find(&self, text: &[u8], found: &mut Vec<Range<usize>>) {
        let mut start = 0;
        for (at, byte) in text.iter().enumerate() {
            start = next(start, *byte);
            let (word, bit) = place(start);
            if at + 1 < SHORTEST_SEARCHED || self.filter[word] & bit == 0 {
                continue;
            }
            let begin = at + 1 - SHORTEST_SEARCHED;
            let rest = &text[begin..];
            let longest =
                self.by_start.get(&start).and_then(|texts| texts.iter().find(|t| rest.starts_with(t.as_bytes())));
            found.extend(longest.map(|longest| begin..begin + longest.len()));
        }
    }
}

impl PartialEq for Search {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl Eq for Search {}

impl PartialOrd for Search {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Search {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.texts.cmp(&other.texts)
    }
}

/// The last six bytes, one further.
fn next(start: u64, byte: u8) -> u64 {
    (start << 8 | u64::from(byte)) & 0xffff_ffff_ffff
}

/// The bit of the filter for a start.
fn place(start: u64) -> (usize, u64) {
    let hash = start.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FILTER_BITS);
    ((hash >> 6) as usize, 1 << (hash & 63))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_is_hidden_and_nothing_else() {
        let secrets =
            Secrets::of(["hunter2-long", "hunter2-longer", "say \"hü\"!", "first\nsecond line\n-----END", "1234"]);
        for (text, expected) in [
            ("password: hunter2-longer.", Some("password: (sensitive value).")),
            ("hunter2-longhunter2-long", Some("(sensitive value)(sensitive value)")),
            (r#"{"a":"say \"hü\"!"}"#, Some(r#"{"a":"(sensitive value)"}"#)),
            ("a\n  second line\nb", Some("a\n  (sensitive value)\nb")),
            ("port 1234, -----END, first", None),
            ("hunter2", None),
            ("", None),
        ] {
            assert_eq!(secrets.hide(text).as_deref(), expected, "{text}");
        }
        for text in ["hunter2-long", "x:hunter2-long", "xy:hunter2-long:z", "xyz:hunter2-long:z0"] {
            let encoded = STANDARD.encode(text);
            let hidden = secrets.hide(&encoded).expect("it is found");
            assert!(encoded.len() - hidden.replace(MASK, "").len() >= 13, "{text}: {hidden}");
        }
        assert_eq!(secrets.hide_in(&json!({"hunter2-long": ["x", 1]})), Some(json!({MASK: ["x", 1]})));
        assert_eq!(Secrets::of(["1234567"]).hide_in(&json!([1_234_567])), Some(json!([MASK])));
    }

    #[test]
    fn overlapping_secrets_leave_nothing() {
        let secrets = Secrets::new(["abcdefgh".to_owned(), "efghijkl".to_owned()]);
        assert_eq!(secrets.hide("-abcdefghijkl-").as_deref(), Some("-(sensitive value)-"));
        let more = secrets.with(["ijklmnop"]);
        assert_eq!(more.hide("abcdefghijklmnop").as_deref(), Some(MASK));
    }

    #[test]
    fn does_not_print_what_it_knows() {
        assert_eq!(format!("{:?}", Secrets::new(["hunter2-long".to_owned()])), "1 (sensitive value)");
    }

    proptest::proptest! {
        /// Whatever stands around it, of a secret nothing is left but what a part of it could be.
        #[test]
        fn a_secret_in_base64_is_found_at_every_offset(before: String, secret in "[ -~]{8,40}", after: String) {
            let encoded = STANDARD.encode(format!("{before}{secret}{after}"));
            let hidden = Secrets::of([secret.as_str()]).hide(&encoded).unwrap_or_default();
            proptest::prop_assert!(hidden.contains(MASK), "{hidden}");
        }
    }
}
