//! Version constraints: `>= 1.2, < 2.0, != 1.5.3`, `~> 1.4`.

/// Checks Terraform's version constraint syntax (`~> 1.2, != 1.2.5`) against a version. Err: what is wrong with it.
/// A pre-release matches only constraints that name one of the same numbers.
pub fn version_matches(constraint: &str, version: &str) -> Result<bool, String> {
    let version = Version::parse(version).ok_or_else(|| format!("{version:?} is not a version"))?;
    let mut all = true;
    for part in constraint.split(',') {
        let part = part.trim();
        let operator_end = part.find(|c: char| !matches!(c, '=' | '!' | '>' | '<' | '~')).unwrap_or(part.len());
        let (operator, wanted) = part.split_at(operator_end);
        let wanted = Version::parse(wanted.trim())
            .ok_or_else(|| format!("{part:?} is no version constraint; write for example \">= 1.2.0\""))?;
        let same_release = version.numbers() == wanted.numbers();
        // A pre-release is chosen only on purpose.
        let released = version.pre.is_none() || wanted.pre.is_some() && same_release;
        let order = version.order(&wanted);
        all &= match operator {
            "" | "=" => order.is_eq(),
            "!=" => order.is_ne(),
            ">" => released && order.is_gt(),
            ">=" => released && order.is_ge(),
            "<" => released && order.is_lt(),
            "<=" => released && order.is_le(),
            "~>" => {
                let kept = wanted.parts.len().saturating_sub(1).max(1);
                released && order.is_ge() && version.numbers()[..kept.min(3)] == wanted.numbers()[..kept.min(3)]
            }
            _ => return Err(format!("{operator:?} is no operator; known are =, !=, >, >=, <, <= and ~>")),
        };
    }
    Ok(all)
}

struct Version {
    parts: Vec<u64>,
    pre: Option<String>,
}

impl Version {
    fn parse(text: &str) -> Option<Version> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let text = text.split_once('+').map_or(text, |(before, _)| before);
        let (numbers, pre) = match text.split_once('-') {
            Some((numbers, pre)) if !pre.is_empty() => (numbers, Some(pre.to_string())),
            Some(_) => return None,
            None => (text, None),
        };
        let parts: Vec<u64> = numbers.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        (parts.len() <= 3).then_some(Version { parts, pre })
    }

    fn numbers(&self) -> [u64; 3] {
        let at = |index: usize| self.parts.get(index).copied().unwrap_or(0);
        [at(0), at(1), at(2)]
    }

    fn order(&self, other: &Version) -> std::cmp::Ordering {
        let pre = |version: &Version| version.pre.as_deref().and_then(|text| semver::Prerelease::new(text).ok());
        self.numbers().cmp(&other.numbers()).then_with(|| match (pre(self), pre(other)) {
            (None, None) => std::cmp::Ordering::Equal,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(_), None) => std::cmp::Ordering::Less,
            (Some(a), Some(b)) => a.cmp(&b),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(constraint: &str, version: &str, expected: Option<bool>) {
        assert_eq!(version_matches(constraint, version).ok(), expected, "{constraint} {version}");
    }

    #[test]
    fn constraints() {
        for (constraint, version, expected) in [
            (">= 0.1", "0.1.0", Some(true)),
            (">= 0.2", "0.1.0", Some(false)),
            ("~> 1.2", "1.9.0", Some(true)),
            ("~> 1.2", "2.0.0", Some(false)),
            ("~> 1.2.3", "1.2.9", Some(true)),
            ("~> 1.2.3", "1.3.0", Some(false)),
            ("~> 1", "1.7.0", Some(true)),
            (">= 1.0, != 1.5.0, < 2", "1.5.0", Some(false)),
            ("1.0", "1.0.0", Some(true)),
            (">= 1.0", "1.1.0-beta1", Some(false)),
            (">= 1.1.0-alpha", "1.1.0-beta1", Some(true)),
            ("=> 1.0", "1.0.0", None),
            ("", "1.0.0", None),
            ("latest", "1.0.0", None),
        ] {
            check(constraint, version, expected);
        }
    }
}
