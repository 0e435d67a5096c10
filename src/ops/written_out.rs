//! Writes the configuration of a revision into a directory that a person names. Its paths come from a cluster, so only such are
//! written as a configuration has: below that directory, and none that a program there would obey.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use serde_json::Value;

use super::Failure;
use super::rollback::Rollback;
use super::writing::write_private_bytes;
use crate::lang::quoted;

/// What was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WrittenOut {
    pub files: Vec<String>,
    /// Files that the configuration reads from elsewhere, and hidden ones: they are not written.
    pub left: Vec<String>,
    /// Names of the secret variables, whose values are not kept.
    pub secrets: Vec<String>,
}

/// Writes the files of the configuration into a new or empty directory, and the values of its variables.
///
/// # Errors
/// The directory is not empty, or cannot be written.
pub fn write_out(rollback: &Rollback, to: &Path) -> Result<WrittenOut, Failure> {
    let failed = |cause: std::io::Error| Failure::world(format!("Cannot write into {}", to.display()), cause);
    if std::fs::symlink_metadata(to).is_ok() {
        let mut entries = std::fs::read_dir(to).map_err(failed)?;
        if entries.next().is_some() {
            return Err(Failure::world(format!("Cannot write into {}", to.display()), "it is not empty"));
        }
    }
    let directory = |path: &Path| std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed);
    directory(to)?;
    let kept = &rollback.configuration;
    let mut written = WrittenOut { secrets: kept.secrets.clone(), ..WrittenOut::default() };
    for (path, content) in &kept.files {
        let Some(bytes) = content.bytes().filter(|_| is_plain(path)) else {
            written.left.push(path.clone());
            continue;
        };
        let file = to.join(path);
        directory(file.parent().unwrap_or(to))?;
        write_private_bytes(&file, &bytes)?;
        written.files.push(path.clone());
    }
    if !kept.variables.is_empty() {
        let name = format!("revision-{}.auto.hclvars", rollback.revision.number);
        let lines = kept.variables.iter().map(|(name, value)| format!("{name} = {}\n", text(value)));
        write_private_bytes(&to.join(&name), lines.collect::<String>().as_bytes())?;
        written.files.push(name);
    }
    Ok(written)
}

/// A path below a directory whose parts are all names that one sees.
fn is_plain(path: &str) -> bool {
    let is_name = |part: &str| {
        !part.is_empty() && !part.starts_with('.') && !part.contains('\\') && !part.chars().any(char::is_control)
    };
    path.split('/').all(is_name)
}

/// A value as one writes it.
fn text(value: &Value) -> String {
    let list = |values: Vec<String>| values.join(", ");
    match value {
        Value::String(text) => quoted(text),
        Value::Array(values) => format!("[{}]", list(values.iter().map(text).collect())),
        Value::Object(map) => {
            format!(
                "{{ {} }}",
                list(map.iter().map(|(key, value)| format!("{} = {}", quoted(key), text(value))).collect())
            )
        }
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_they_are_read() {
        let value = serde_json::json!({"a": [1, true, null, "x ${y} \"z\""]});
        assert_eq!(text(&value), r#"{ "a" = [1, true, null, "x $${y} \"z\""] }"#);
    }

    #[test]
    fn only_names_below_the_directory_are_written() {
        for path in ["main.hcl", "modules/mlflow/module.hcl", "corp ca.pem"] {
            assert!(is_plain(path), "{path}");
        }
        for path in
            ["/etc/passwd", "../main.hcl", "a/../../b", ".git/hooks/post-checkout", "a//b", "", "a\nb", "a/.env"]
        {
            assert!(!is_plain(path), "{path:?}");
        }
    }
}
