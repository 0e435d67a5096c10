//! The release whose images run.

use std::collections::BTreeSet;

use super::Found;
use super::Live;
use super::image::is_same;
use crate::catalog::Catalog;
use crate::catalog::Release;
use crate::diag::Sources;

/// The release of which the most images run, the newer one where two have as many. Its answer is `version`.
pub fn release(catalog: &Catalog, live: &Live, sources: &mut Sources) -> Found {
    let running = live.images();
    let mut found = Found::default();
    let mut best: Option<(usize, Release)> = None;
    for version in catalog.releases() {
        let Some(release) = catalog.release(&version, sources).0 else { continue };
        let count = running.iter().filter(|image| has(&release, image)).count();
        if count > 0 && best.as_ref().is_none_or(|(most, _)| count >= *most) {
            best = Some((count, release));
        }
    }
    let Some((count, release)) = best else {
        found.remarks.push("Release: no image of a known release runs.".into());
        return found;
    };
    found.remarks.push(format!("Release {}: {count} of its images run.", release.version));
    let others: BTreeSet<&str> = running.into_iter().filter(|image| is_near(&release, image)).collect();
    for image in others {
        found.remarks.push(format!("Image {image} runs in another version than the release has."));
    }
    found.answer("version", release.version);
    found
}

fn has(release: &Release, image: &str) -> bool {
    published(release).any(|published| is_same(image, published))
}

/// Whether the release has the image, but in another version.
fn is_near(release: &Release, image: &str) -> bool {
    let name = |image: &str| {
        let last = image.rsplit('/').next().unwrap_or(image);
        last.split([':', '@']).next().unwrap_or(last).to_owned()
    };
    !has(release, image)
        && published(release).any(|published| name(published) == name(image) && path(published) == path(image))
}

/// Without registry and version.
fn path(image: &str) -> &str {
    let path = image.split_once('/').map_or(image, |(_, path)| path);
    path.split([':', '@']).next().unwrap_or(path)
}

fn published(release: &Release) -> impl Iterator<Item = &str> {
    release.components.values().flat_map(|component| component.images.values().map(String::as_str))
}
