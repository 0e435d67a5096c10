//! Entries of the dashboard's menus that components declare for themselves.

use serde_json::Value as Json;
use serde_json::json;

use super::Component;

/// A `menu` block of a definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MenuEntry {
    pub text: String,
    /// `side`, or a list of the front page: `quick`, `documentation`.
    pub place: String,
    /// Ascending within a place; entries of the same order stand by component.
    pub order: u32,
    /// Empty for a section.
    pub link: String,
    pub icon: String,
    pub description: String,
    /// Texts and links of a section's entries.
    pub items: Vec<(String, String)>,
}

/// `menu` of definitions and templates: the entries of all components in the menu's order.
pub(super) fn menu<'a>(components: impl IntoIterator<Item = &'a Component>) -> Json {
    let mut rows: Vec<(&MenuEntry, &str)> = components
        .into_iter()
        .flat_map(|component| component.menu.iter().map(move |entry| (entry, component.name.as_str())))
        .collect();
    // The sort is stable: entries of one component and order stand as they are written.
    rows.sort_by_key(|(entry, component)| (entry.order, *component));
    let items = |entry: &MenuEntry| -> Vec<Json> {
        entry.items.iter().map(|(text, link)| json!({"text": text, "link": link})).collect()
    };
    let row = |(entry, component): &(&MenuEntry, &str)| {
        json!({
            "component": component,
            "place": entry.place,
            "text": entry.text,
            "link": entry.link,
            "icon": entry.icon,
            "description": entry.description,
            "items": items(entry),
        })
    };
    Json::Array(rows.iter().map(row).collect())
}
