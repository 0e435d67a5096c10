//! Whether two names of images mean the same one: a mirror changes the registry, and perhaps the path before the last part.

/// Whether an image that runs is one of a release.
pub(super) fn is_same(running: &str, published: &str) -> bool {
    running == published || tail(running) == tail(published)
}

/// Its last part with its tag, without a digest behind the tag.
fn tail(image: &str) -> &str {
    let name = image.rsplit('/').next().unwrap_or(image);
    match name.split_once('@') {
        Some((tagged, _)) if tagged.contains(':') => tagged,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_and_digests_make_no_difference() {
        let published = "ghcr.io/dexidp/dex:v2.41.1";
        for (running, expected) in [
            (published, true),
            ("registry.corp.example/mlops/dex:v2.41.1", true),
            ("ghcr.io/dexidp/dex:v2.41.1@sha256:abc", true),
            ("ghcr.io/dexidp/dex:v2.39.1", false),
            ("ghcr.io/dexidp/dex", false),
        ] {
            assert_eq!(is_same(running, published), expected, "{running}");
        }
    }
}
