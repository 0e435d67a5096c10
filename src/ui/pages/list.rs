//! Long lists: what somebody looks for in them, and a page of them at a time. Pure.

use serde_json::Value;
use serde_json::json;

use crate::ui::query::Query;
use crate::ui::query::address;

/// Rows of a page.
pub const ROWS: usize = 200;

/// A page of a list.
pub struct Slice<T> {
    pub rows: Vec<T>,
    /// For the template: how many there are, and the addresses of the pages beside it.
    pub pager: Value,
}

/// The page that a query asks for of what it looks for.
pub fn slice<T>(path: &str, query: &Query, all: Vec<T>, texts: impl Fn(&T) -> String, kept: &[&str]) -> Slice<T> {
    let wanted = query.wanted();
    let total = all.len();
    let found: Vec<T> =
        all.into_iter().filter(|one| wanted.is_empty() || texts(one).to_lowercase().contains(&wanted)).collect();
    let (count, pages) = (found.len(), found.len().div_ceil(ROWS).max(1));
    let page = query.page().min(pages);
    let link = |page: usize| {
        let number = page.to_string();
        let mut pairs: Vec<(&str, &str)> = kept.iter().filter_map(|name| Some((*name, query.get(name)?))).collect();
        pairs.extend((!wanted.is_empty()).then_some(("q", wanted.as_str())));
        pairs.push(("page", &number));
        address(path, &pairs)
    };
    Slice {
        rows: found.into_iter().skip((page - 1) * ROWS).take(ROWS).collect(),
        pager: json!({
            "path": path, "total": total, "found": count, "page": page, "pages": pages,
            "before": (page > 1).then(|| link(page - 1)),
            "after": (page < pages).then(|| link(page + 1)),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_at_a_time() {
        let all: Vec<String> = (0..5000).map(|number| format!("user-{number}")).collect();
        let of = |query: &str| slice("/people", &Query::of(query), all.clone(), String::clone, &[]);
        let first = of("");
        assert_eq!((first.rows.len(), first.rows[0].as_str()), (200, "user-0"));
        assert_eq!((&first.pager["before"], &first.pager["after"]), (&Value::Null, &json!("/people?page=2")));
        let last = of("page=999");
        assert_eq!((last.rows.last().map(String::as_str), &last.pager["after"]), (Some("user-4999"), &Value::Null));
        let some = of("q=USER-499");
        assert_eq!((some.rows.len(), &some.pager["found"], &some.pager["total"]), (11, &json!(11), &json!(5000)));
        assert_eq!(slice("/x", &Query::of("page=7"), Vec::<String>::new(), String::clone, &[]).pager["pages"], 1);
    }
}
