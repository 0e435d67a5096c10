//! Versions of Kubernetes, and the way from one to another. Pure.

/// Major and minor of a version, as `v1.31.8`.
pub fn minor(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim_start_matches('v').split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// The version to go to next on the way to `wanted`: never more than one minor at a time. Of the next minor the newest of
/// those that are offered is taken; where nobody says what is offered, only one that is asked for itself.
///
/// # Errors
/// It lies behind, is not offered, or no version of the next minor is.
pub fn next_version(from: &str, wanted: &str, offered: &[String]) -> Result<String, String> {
    let (Some(at), Some(to)) = (minor(from), minor(wanted)) else {
        return Err(format!("{from} and {wanted} are not both versions, as v1.31.8"));
    };
    let patch = |version: &str| version.rsplit('.').next().and_then(|number| number.parse::<u32>().ok());
    if (to, patch(wanted)) < (at, patch(from)) {
        return Err(format!(
            "the cluster runs {from}, and Kubernetes does not go back to {wanted}: write kubernetes_version = \"{from}\""
        ));
    }
    if !offered.is_empty() && !offered.iter().any(|version| version == wanted) {
        return Err(format!("{wanted} is not offered; there are {}", offered.join(", ")));
    }
    let next = (at.0, at.1 + 1);
    if to <= next {
        return Ok(wanted.to_owned());
    }
    let of_next = offered.iter().filter(|version| minor(version) == Some(next));
    let way = format!("from {from} to {wanted} the way goes through {}.{}", next.0, next.1);
    of_next.max_by_key(|version| patch(version)).cloned().ok_or_else(|| match offered {
        [] => format!("{way}: write a version of that first, or list in the provider those that there are"),
        offered => format!("{way}, of which no version is offered; there are {}", offered.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upgrades_go_one_minor_at_a_time() {
        let offered: Vec<String> = ["v1.34.3", "v1.33.5", "v1.32.8", "v1.32.1", "v1.31.8"].map(str::to_owned).to_vec();
        let next = |from, wanted| next_version(from, wanted, &offered);
        assert_eq!(next("v1.31.8", "v1.33.5").unwrap(), "v1.32.8");
        assert_eq!(next("v1.32.8", "v1.33.5").unwrap(), "v1.33.5");
        assert_eq!(next("v1.32.1", "v1.32.8").unwrap(), "v1.32.8");
        assert!(next("v1.33.5", "v1.32.8").unwrap_err().contains("does not go back"));
        assert!(next("v1.33.5", "v1.33.9").unwrap_err().contains("v1.33.9 is not offered; there are v1.34.3"));
        assert!(next("v1.29.0", "v1.31.8").unwrap_err().contains("goes through 1.30, of which"));
    }
}
