//! Kubeconfig files as kubectl reads them: which ones, how several become one, and what a context of them says.

use std::ffi::OsString;
use std::path::MAIN_SEPARATOR;
use std::path::Path;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kube::config::AuthInfo;
use kube::config::Cluster;
use kube::config::Kubeconfig;
use kube::config::KubeconfigError;

use super::ClusterError;
use crate::provider::regular;

/// One context with what it names.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub context: String,
    pub cluster: Cluster,
    /// Empty where the context names no user.
    pub user: String,
    pub credentials: AuthInfo,
}

/// The files to read; `None` where nobody named one and the usual place is empty.
pub(super) fn paths(named: &[PathBuf], environment: Option<OsString>, home: Option<&Path>) -> Option<Vec<PathBuf>> {
    if !named.is_empty() {
        return Some(named.iter().map(|path| expand(path, home)).collect());
    }
    let listed = environment.map(|value| std::env::split_paths(&value).collect::<Vec<_>>()).unwrap_or_default();
    let listed: Vec<PathBuf> = listed.into_iter().filter(|path| !path.as_os_str().is_empty()).collect();
    if !listed.is_empty() {
        return Some(listed);
    }
    let usual = home?.join(".kube").join("config");
    usual.exists().then(|| vec![usual])
}

/// `~/x` as a shell would read it: people write it in configuration files.
fn expand(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

/// All files as one: the first that sets something wins. Of several, those that are not there are left out, and each may
/// hold a part only, or nothing.
pub(super) fn read(paths: &[PathBuf]) -> Result<Kubeconfig, ClusterError> {
    let mut merged = Kubeconfig::default();
    let mut found = false;
    for path in paths {
        let text = match regular::read_text(path, regular::LONGEST_CREDENTIAL) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            Err(source) => return Err(ClusterError::KubeconfigUnreadable { path: path.clone(), source }),
        };
        found = true;
        let invalid = |reason: String| ClusterError::KubeconfigInvalid { path: path.clone(), reason };
        let mut one = Kubeconfig::from_yaml(&text).map_err(|e| invalid(place(&e)))?;
        anchor(&mut one, path.parent().unwrap_or(Path::new(".")));
        // `kubectl config unset current-context` leaves an empty one, which is none.
        one.current_context = one.current_context.filter(|context| !context.is_empty());
        // Files of before these fields were asked for leave them out.
        one.kind = one.kind.filter(|kind| !kind.is_empty());
        one.api_version = one.api_version.filter(|version| !version.is_empty());
        merged = merged.merge(one).map_err(|e| invalid(e.to_string()))?;
    }
    let all = || std::env::join_paths(paths).map(PathBuf::from).unwrap_or_default();
    if !found {
        return Err(ClusterError::KubeconfigMissing { path: all() });
    }
    if merged.clusters.is_empty() && merged.contexts.is_empty() {
        let reason = "it holds no clusters and no contexts".into();
        return Err(ClusterError::KubeconfigInvalid { path: all(), reason });
    }
    Ok(merged)
}

/// The context of that name, else the current one.
pub(super) fn choose(kubeconfig: &Kubeconfig, wanted: Option<&str>) -> Result<Chosen, ClusterError> {
    let known: Vec<String> = kubeconfig.contexts.iter().map(|c| c.name.clone()).collect();
    let wanted = wanted.filter(|name| !name.is_empty()).or(kubeconfig.current_context.as_deref());
    let Some(name) = wanted else { return Err(ClusterError::NoCurrentContext { known }) };
    let found = kubeconfig.contexts.iter().find(|c| c.name == name);
    let Some(context) = found.map(|found| found.context.clone().unwrap_or_default()) else {
        return Err(ClusterError::UnknownContext { context: name.to_owned(), known });
    };
    let cluster = kubeconfig.clusters.iter().find(|c| c.name == context.cluster);
    let Some(cluster) = cluster.and_then(|c| c.cluster.clone()) else {
        let reason = format!("the kubeconfig has no cluster \"{}\"", context.cluster);
        return Err(ClusterError::InvalidContext { context: name.to_owned(), reason });
    };
    // As kubectl: whom nobody describes has no credentials.
    let user = context.user.unwrap_or_default();
    let credentials = kubeconfig.auth_infos.iter().find(|u| u.name == user).and_then(|u| u.auth_info.clone());
    Ok(Chosen { context: name.to_owned(), cluster, user, credentials: credentials.unwrap_or_default() })
}

/// What a kubeconfig gives either in itself, in base64, or in a file; the former wins. `what` is for the error.
pub(super) fn inline_or_file(what: &str, inline: Option<&str>, file: Option<&str>) -> Result<Option<Vec<u8>>, String> {
    if let Some(inline) = inline.filter(|text| !text.trim().is_empty()) {
        let compact: String = inline.split_whitespace().collect();
        return STANDARD.decode(compact).map(Some).map_err(|_| format!("its {what}-data is not base64"));
    }
    let Some(file) = file.filter(|file| !file.is_empty()) else { return Ok(None) };
    regular::read(Path::new(file), regular::LONGEST_CREDENTIAL)
        .map(Some)
        .map_err(|error| format!("its {what} {file} cannot be read: {error}"))
}

/// File names inside a kubeconfig are relative to it, programs too unless they are looked for in `PATH`.
fn anchor(kubeconfig: &mut Kubeconfig, directory: &Path) {
    let fix = |name: &mut Option<String>| {
        if let Some(text) = name.as_mut().filter(|text| !text.is_empty() && Path::new(text.as_str()).is_relative()) {
            *text = directory.join(text.as_str()).to_string_lossy().into_owned();
        }
    };
    for cluster in kubeconfig.clusters.iter_mut().filter_map(|c| c.cluster.as_mut()) {
        fix(&mut cluster.certificate_authority);
    }
    for user in kubeconfig.auth_infos.iter_mut().filter_map(|u| u.auth_info.as_mut()) {
        fix(&mut user.client_certificate);
        fix(&mut user.client_key);
        fix(&mut user.token_file);
        let program = user.exec.as_mut().map(|exec| &mut exec.command);
        if let Some(program) = program.filter(|program| program.as_ref().is_some_and(|p| p.contains(MAIN_SEPARATOR))) {
            fix(program);
        }
    }
}

/// Where a file is wrong, without a word of it: it holds credentials.
fn place(error: &KubeconfigError) -> String {
    let location = match error {
        KubeconfigError::Parse(error) => error.location(),
        _ => None,
    };
    match location {
        Some(at) => format!("line {}, column {} is not what a kubeconfig has there", at.line(), at.column()),
        None => "it is not a kubeconfig".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_their_order_of_precedence() {
        let home = tempfile::tempdir().unwrap();
        let at = |named: &[&str], environment: Option<&str>| {
            let named: Vec<PathBuf> = named.iter().map(PathBuf::from).collect();
            paths(&named, environment.map(OsString::from), Some(home.path()))
        };
        assert_eq!(at(&["/a"], Some("/b")), Some(vec!["/a".into()]));
        assert_eq!(at(&["~/a"], None), Some(vec![home.path().join("a")]));
        assert_eq!(at(&[], Some("/b::/c")), Some(vec!["/b".into(), "/c".into()]));
        assert_eq!(at(&[], Some("")), None);
        std::fs::create_dir(home.path().join(".kube")).unwrap();
        std::fs::write(home.path().join(".kube/config"), "").unwrap();
        assert_eq!(at(&[], None), Some(vec![home.path().join(".kube/config")]));
    }

    #[test]
    fn several_files_are_one_as_for_kubectl() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            std::fs::write(directory.path().join(name), text).unwrap();
        };
        write("empty", "");
        write("unset", "apiVersion: v1\nkind: Config\ncurrent-context: \"\"\nusers: null\npreferences: {}\n");
        write("current", "apiVersion: v1\nkind: Config\ncurrent-context: two\n");
        write("users", "users: [{name: u, user: {token: t, tokenFile: secrets/token}}]\n");
        write(
            "rest",
            "clusters: [{name: c, cluster: {server: 'https://a', certificate-authority: ca.pem}}]\n\
             contexts: [{name: one, context: {cluster: c, user: u}}, {name: two, context: {cluster: c, user: nobody}}]\n\
             current-context: one\n\
             users: [{name: u, user: {token: loses}}, {name: v, user: {exec: {command: ./bin/login}}},\n\
               {name: w, user: {exec: {command: aws}}}]\n",
        );
        let merged = |names: &[&str]| read(&names.iter().map(|n| directory.path().join(n)).collect::<Vec<_>>());
        let context = |names: &[&str]| choose(&merged(names).unwrap(), None).unwrap().context;
        assert_eq!(context(&["empty", "missing", "unset", "current", "users", "rest"]), "two");
        assert_eq!(context(&["unset", "rest"]), "one");
        let all = merged(&["users", "rest"]).unwrap();
        let chosen = choose(&all, Some("one")).unwrap();
        assert_eq!((chosen.context.as_str(), chosen.user.as_str()), ("one", "u"));
        let below = |name: &str| Some(directory.path().join(name).to_string_lossy().into_owned());
        assert_eq!(
            chosen.credentials.token_file,
            below("secrets/token"),
            "the first file's user, and not the second's"
        );
        assert_eq!(chosen.cluster.certificate_authority, below("ca.pem"));
        let program = |at: usize| all.auth_infos[at].auth_info.clone().unwrap().exec.unwrap().command;
        assert_eq!((program(1), program(2)), (below("./bin/login"), Some("aws".into())));
        assert!(choose(&all, Some("two")).unwrap().credentials.token.is_none(), "nobody has none");
        let error = |names: &[&str]| {
            match merged(names) {
                Ok(merged) => choose(&merged, None).unwrap_err().to_string(),
                Err(error) => error.to_string(),
            }
            .replace(&format!("{}/", directory.path().display()), "")
        };
        assert_eq!(error(&["missing", "gone"]), "the kubeconfig file missing:gone does not exist");
        assert_eq!(
            error(&["empty", "users"]),
            "the kubeconfig file empty:users is not valid: it holds no clusters and no contexts"
        );
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_without_a_word_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let check = |text: &str, expected: &str| {
            let path = directory.path().join("config");
            std::fs::write(&path, text).unwrap();
            let error = read(&[path]).unwrap_err().to_string();
            assert!(error.ends_with(expected), "{error}");
            assert!(!error.contains("canary"), "{error}");
        };
        check("users: [{name: u, user: {exec: canary}}]", "line 1, column 32 is not what a kubeconfig has there");
        check("users: canary", "is not what a kubeconfig has there");
        check("a: canary\n b: [1", "is not what a kubeconfig has there");
        check("canary", "is not what a kubeconfig has there");
        let zero = read(&["/dev/zero".into()]).unwrap_err().to_string();
        assert_eq!(zero, "the kubeconfig file /dev/zero cannot be read: it is a device or a pipe, and no regular file");
    }
}
