//! Container images: where they stand in objects, and their names in a mirror registry.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::object::Object;

/// An image the platform pulls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageUse {
    /// As its publisher names it: `ghcr.io/dexidp/dex:v2.39.1`.
    pub image: String,
    /// As it is pulled; the same without a mirror.
    pub mirrored: String,
    /// What upstream's release names in its place, where its registry does not have that any more.
    pub replaces: Option<String>,
    /// The processors it is published for, where that is known.
    pub architectures: Vec<String>,
    /// Names of the components that use it, sorted.
    pub components: Vec<String>,
    /// Where it stands: objects (`Deployment.apps auth/dex`), or the release's image key (`image.dex`) for one that
    /// is passed on in an argument, an environment variable or a ConfigMap.
    pub places: Vec<String>,
}

/// The image's name in a mirror: its registry is replaced by the mirror's prefix.
///
/// Docker Hub's short names are completed first (`busybox` is `library/busybox`), as container runtimes do when they
/// ask a mirror. An image that lies in the mirror's registry already stays as it is, so that this can be repeated.
pub fn mirrored(image: &str, mirror: &str) -> String {
    let mirror = mirror.trim_end_matches('/');
    let mirror_host = mirror.split('/').next().unwrap_or(mirror);
    if image.is_empty() || mirror.is_empty() {
        return image.to_owned();
    }
    match split_registry(image) {
        (Some(host), _) if host == mirror_host => image.to_owned(),
        (Some("docker.io" | "index.docker.io"), path) | (None, path) if !path.contains('/') => {
            format!("{mirror}/library/{path}")
        }
        (_, path) => format!("{mirror}/{path}"),
    }
}

/// The images of several platforms as one list, sorted by image. Each is pulled once, whoever uses it; one that two
/// platforms take from different mirrors stands there twice.
pub fn join(images: impl IntoIterator<Item = ImageUse>) -> Vec<ImageUse> {
    let mut joined: BTreeMap<(String, String), ImageUse> = BTreeMap::new();
    for image in images {
        match joined.entry((image.image.clone(), image.mirrored.clone())) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(image);
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                let entry = entry.get_mut();
                image.components.iter().for_each(|component| add_sorted(&mut entry.components, component));
                image.places.iter().for_each(|place| add_sorted(&mut entry.places, place));
            }
        }
    }
    joined.into_values().collect()
}

/// Repository, and tag or digest with its mark; the latter empty where there is none.
fn split_version(image: &str) -> (&str, &str) {
    let path = image.rfind('/').map_or(0, |slash| slash + 1);
    let at = image[path..].find(['@', ':']).map_or(image.len(), |mark| path + mark);
    image.split_at(at)
}

/// Registry and path: the first part is a registry when it looks like a host, as in the reference grammar of
/// containers (`distribution/reference`): it has a dot or a colon, or is `localhost`.
fn split_registry(image: &str) -> (Option<&str>, &str) {
    match image.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (Some(host), path),
        _ => (None, image),
    }
}

/// The images an object's containers run, wherever a list of containers stands in it, and its image volumes.
pub(super) fn visit_images(object: &mut Object, visit: &mut dyn FnMut(&mut String)) {
    // A schema only speaks of containers.
    if object.kind() == "CustomResourceDefinition" {
        return;
    }
    for value in object.as_map_mut().values_mut() {
        visit_value(value, visit);
    }
}

/// Lists that hold containers in pod specs and in custom kinds made after them.
const CONTAINER_LISTS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// Recursion is bounded by the YAML parser's depth limit.
fn visit_value(value: &mut Value, visit: &mut dyn FnMut(&mut String)) {
    match value {
        Value::Object(map) => {
            for (key, child) in map.iter_mut() {
                if CONTAINER_LISTS.contains(&key.as_str())
                    && let Value::Array(items) = child
                {
                    for item in items.iter_mut() {
                        visit_at(item, "/image", visit);
                    }
                } else if key == "volumes"
                    && let Value::Array(items) = child
                {
                    for item in items.iter_mut() {
                        visit_at(item, "/image/reference", visit);
                    }
                }
                visit_value(child, visit);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| visit_value(item, visit)),
        _ => {}
    }
}

fn visit_at(value: &mut Value, pointer: &str, visit: &mut dyn FnMut(&mut String)) {
    if let Some(Value::String(image)) = value.pointer_mut(pointer)
        && !image.is_empty()
    {
        visit(image);
    }
}

/// Collects the uses of images; knows the published name of what it has mirrored.
#[derive(Debug, Default)]
pub(super) struct ImageTable {
    mirror: String,
    uses: BTreeMap<String, ImageUse>,
    /// From the name in the mirror back to the published one.
    published: BTreeMap<String, String>,
}

impl ImageTable {
    /// `mirror` is empty for none.
    pub fn new(mirror: &str) -> Self {
        Self { mirror: mirror.to_owned(), ..Self::default() }
    }

    /// Notes a use and gives the name to pull.
    pub fn add(&mut self, image: &str, component: &str, place: &str) -> String {
        let published = self.published_name(image);
        let mirrored = mirrored(&published, &self.mirror);
        let entry = self.uses.entry(published.clone()).or_insert_with(|| ImageUse {
            image: published.clone(),
            mirrored: mirrored.clone(),
            ..ImageUse::default()
        });
        add_sorted(&mut entry.components, component);
        add_sorted(&mut entry.places, place);
        if mirrored != published {
            self.published.insert(mirrored.clone(), published);
        }
        mirrored
    }

    /// What a name in the mirror stands for; other names as they are. A user may have chosen another version of an image
    /// after it was mirrored: its repository tells.
    fn published_name(&self, image: &str) -> String {
        if let Some(published) = self.published.get(image) {
            return published.clone();
        }
        let (repository, version) = split_version(image);
        let same = |mirrored: &&String| !version.is_empty() && split_version(mirrored).0 == repository;
        let known = self.published.keys().find(same).and_then(|mirrored| self.published.get(mirrored));
        known.map_or_else(|| image.to_owned(), |published| format!("{}{version}", split_version(published).0))
    }

    /// Notes what a release tells of a published image: the one it stands for, which is gone, and its processors.
    pub fn describe(&mut self, image: &str, gone: Option<&String>, architectures: Option<&String>) {
        let Some(entry) = self.uses.get_mut(image) else { return };
        if let Some(gone) = gone {
            entry.replaces = Some(gone.clone());
        }
        if let Some(architectures) = architectures {
            entry.architectures = architectures.split(',').map(|one| one.trim().to_owned()).collect();
        }
    }

    /// All uses, sorted by image.
    pub fn into_uses(self) -> Vec<ImageUse> {
        self.uses.into_values().collect()
    }
}

fn add_sorted(list: &mut Vec<String>, text: &str) {
    if let Err(at) = list.binary_search_by(|have| have.as_str().cmp(text)) {
        list.insert(at, text.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_once() {
        let mirror = "registry.corp.example/mlops";
        for (image, expected) in [
            ("ghcr.io/dexidp/dex:v2.39.1", "registry.corp.example/mlops/dexidp/dex:v2.39.1"),
            ("docker.io/istio/proxyv2:1.22.1", "registry.corp.example/mlops/istio/proxyv2:1.22.1"),
            ("docker.io/busybox", "registry.corp.example/mlops/library/busybox"),
            ("busybox:1.36", "registry.corp.example/mlops/library/busybox:1.36"),
            ("kubeflowkatib/katib-ui:v0.17.0", "registry.corp.example/mlops/kubeflowkatib/katib-ui:v0.17.0"),
            ("localhost:5000/a@sha256:00", "registry.corp.example/mlops/a@sha256:00"),
            ("registry.corp.example/torch:2.4", "registry.corp.example/torch:2.4"),
            ("", ""),
        ] {
            assert_eq!(mirrored(image, mirror), expected, "{image}");
            assert_eq!(mirrored(expected, mirror), expected, "{image}, again");
        }
        assert_eq!(mirrored("busybox", ""), "busybox");
    }

    #[test]
    fn another_version_of_a_mirrored_image_keeps_its_source() {
        let mut table = ImageTable::new("registry.corp.example/mlops");
        assert_eq!(table.add("nvcr.io/nvidia/t:1", "kserve", "a"), "registry.corp.example/mlops/nvidia/t:1");
        for (image, source) in [
            ("registry.corp.example/mlops/nvidia/t:2", "nvcr.io/nvidia/t:2"),
            ("registry.corp.example/mlops/nvidia/t@sha256:00", "nvcr.io/nvidia/t@sha256:00"),
            ("registry.corp.example/mlops/other:2", "registry.corp.example/mlops/other:2"),
        ] {
            assert_eq!(table.add(image, "kserve", "b"), image);
            assert!(table.uses.contains_key(source), "{source}");
        }
    }
}
