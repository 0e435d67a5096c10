//! Makes and keeps directories and files that are for their owner alone, whatever the umask says. Not what people name:
//! only what is ours beside a configuration.
//!
//! Whoever unpacks an archive may find our directory in it. So nothing is written through a link, and what a link leads to
//! is looked at, and never changed.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const DIRECTORY: u32 = 0o700;
const FILE: u32 = 0o600;
/// Rights of others than the owner.
const OTHERS: u32 = 0o077;
/// Our own directory is a few steps deep.
const DEEPEST: usize = 6;
/// So many entries are not ours.
const MOST_ENTRIES: usize = 10_000;

/// Makes a directory, with those above it that are missing, or takes from others what rights they have to the one that is
/// there.
///
/// # Errors
/// It cannot be made, or belongs to somebody else and is open to others.
pub fn directory(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        // The umask may have taken rights from the owner too.
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(DIRECTORY)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => tighten(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let above = path.parent().filter(|above| !above.as_os_str().is_empty() && !above.exists());
            directory(above.ok_or(error)?)?;
            directory(path)
        }
        Err(error) => Err(error),
    }
}

/// Takes from others what rights they have to a directory and to what lies in it.
///
/// # Errors
/// As [`directory`], with the place where it is not the directory itself; it cannot be read.
pub fn tighten_all(path: &Path) -> io::Result<()> {
    tighten(path)?;
    let mut left = MOST_ENTRIES;
    let mut folders = vec![(path.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder)?.take(left) {
            let entry = entry?;
            left -= 1;
            let kind = entry.file_type()?;
            if kind.is_symlink() {
                continue;
            }
            let place = entry.path();
            match tighten(&place) {
                // Another run of ours may have replaced or deleted it meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                tightened => tightened.map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", place.display())))?,
            }
            if kind.is_dir() && depth < DEEPEST {
                folders.push((place, depth + 1));
            }
        }
    }
    Ok(())
}

/// Opens a file for its owner alone; one that is there loses the rights of others.
///
/// # Errors
/// Those of opening; it is a link, a device or a pipe; it belongs to somebody else and is open to others.
pub fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => return Err(unfit("it is a link, which this program did not make")),
        Ok(found) if !found.is_file() => return Err(unfit("it is no regular file")),
        _ => {}
    }
    let file = options.mode(FILE).open(path)?;
    let found = file.metadata()?;
    let mode = found.permissions().mode();
    if mode & OTHERS != 0 || mode & FILE != FILE {
        let tightened = file.set_permissions(Permissions::from_mode(FILE));
        tightened.map_err(|error| not_ours(&found, error))?;
    }
    Ok(file)
}

fn tighten(path: &Path) -> io::Result<()> {
    let found = fs::metadata(path)?;
    let mode = found.permissions().mode() & 0o7777;
    if mode & OTHERS == 0 {
        return Ok(());
    }
    if fs::symlink_metadata(path)?.is_symlink() {
        let target = fs::read_link(path)?;
        return Err(unfit(&format!("it is a link to {}, which others than you have rights to", target.display())));
    }
    fs::set_permissions(path, Permissions::from_mode(mode & !OTHERS)).map_err(|error| not_ours(&found, error))
}

/// Why rights cannot be taken away.
fn not_ours(found: &fs::Metadata, error: io::Error) -> io::Error {
    if error.kind() != io::ErrorKind::PermissionDenied {
        return error;
    }
    let (user, mode) = (found.uid(), found.permissions().mode() & 0o777);
    unfit(&format!("it belongs to somebody else (user {user}), who lets others in (mode {mode:04o})"))
}

fn unfit(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_was_open_is_closed() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        directory(&path("a/b")).unwrap();
        assert_eq!((mode(&path("a")), mode(&path("a/b"))), (0o700, 0o700));
        fs::write(path("a/b/file"), "x").unwrap();
        for (name, open) in [("a", 0o755), ("a/b", 0o777), ("a/b/file", 0o666)] {
            fs::set_permissions(path(name), Permissions::from_mode(open)).unwrap();
        }
        fs::write(path("target"), "theirs").unwrap();
        fs::set_permissions(path("target"), Permissions::from_mode(0o644)).unwrap();
        symlink(path("target"), path("a/link")).unwrap();
        tighten_all(&path("a")).unwrap();
        let modes = ["a", "a/b", "a/b/file", "target"].map(|name| mode(&path(name)));
        assert_eq!(modes, [0o700, 0o700, 0o600, 0o644]);
        open(OpenOptions::new().append(true).create(true), &path("a/new")).unwrap();
        assert_eq!(mode(&path("a/new")), 0o600);
        fs::set_permissions(path("a/new"), Permissions::from_mode(0o666)).unwrap();
        open(OpenOptions::new().append(true), &path("a/new")).unwrap();
        assert_eq!(mode(&path("a/new")), 0o600);
    }

    #[test]
    fn what_a_link_leads_to_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        fs::create_dir(path("theirs")).unwrap();
        fs::set_permissions(path("theirs"), Permissions::from_mode(0o755)).unwrap();
        fs::write(path("text"), "theirs").unwrap();
        for (target, link) in [("theirs", "ours"), ("text", "lock"), ("nowhere", "journal")] {
            symlink(path(target), path(link)).unwrap();
        }
        let expected = format!("it is a link to {}, which others than you have rights to", path("theirs").display());
        assert_eq!(directory(&path("ours")).unwrap_err().to_string(), expected);
        assert_eq!(mode(&path("theirs")), 0o755);
        for link in ["lock", "journal"] {
            let mut options = OpenOptions::new();
            let refused = open(options.write(true).create(true).truncate(true), &path(link)).unwrap_err();
            assert_eq!(refused.to_string(), "it is a link, which this program did not make", "{link}");
        }
        assert_eq!(fs::read_to_string(path("text")).unwrap(), "theirs");
        assert!(!path("nowhere").exists());
    }

    #[test]
    fn what_somebody_else_leaves_open_is_named() {
        let root = tempfile::tempdir().unwrap();
        let found = fs::metadata(root.path()).unwrap();
        let refused = not_ours(&found, io::Error::from(io::ErrorKind::PermissionDenied)).to_string();
        let (user, mode) = (found.uid(), mode(root.path()));
        assert_eq!(refused, format!("it belongs to somebody else (user {user}), who lets others in (mode {mode:04o})"));
    }
}
