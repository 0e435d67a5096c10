//! Copies folders, as tests do that change what lies in them.

use std::path::Path;

/// Copies a folder and all below it, links as links.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        // Of an example, only what is in the repository: not the sandbox of somebody who tried it.
        if name == ".stackwright" {
            continue;
        }
        let target = to.join(name);
        if path.is_symlink() {
            let leads_to = std::fs::read_link(&path).expect("a link");
            std::os::unix::fs::symlink(leads_to, target).expect("a link can be made");
        } else if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, target).expect("a file can be copied");
        }
    }
}
