//! Kubeconfigs that somebody else gives, a cloud or a management cluster: no program to run, and no path to read.

use kube::config::Kubeconfig;

/// A kubeconfig that may be used.
///
/// # Errors
/// It names programs or files, or is no kubeconfig.
pub fn check(text: &str) -> Result<&str, String> {
    let config = Kubeconfig::from_yaml(text).map_err(|_| "it is no kubeconfig".to_owned())?;
    let users = config.auth_infos.iter().filter_map(|user| user.auth_info.as_ref());
    let mut outside = users.filter(|user| {
        user.exec.is_some()
            || user.auth_provider.is_some()
            || user.token_file.is_some()
            || user.client_certificate.is_some()
            || user.client_key.is_some()
    });
    let clusters = config.clusters.iter().filter_map(|cluster| cluster.cluster.as_ref());
    let mut files = clusters.filter(|cluster| cluster.certificate_authority.is_some());
    match outside.next().is_some() || files.next().is_some() {
        true => {
            Err("it names a program or files of this machine, which whoever gives it has no business to name".into())
        }
        false if config.clusters.is_empty() => Err("it names no cluster".into()),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubeconfig_runs_nothing_and_reads_nothing() {
        let text = |user: &str, cluster: &str| {
            format!(
                "apiVersion: v1\nkind: Config\nclusters: [{{name: c, cluster: {{server: 'https://a:6443'{cluster}}}}}]\n\
                 users: [{{name: u, user: {{{user}}}}}]\n"
            )
        };
        assert!(check(&text("token: t", "")).is_ok());
        for (user, cluster) in [
            ("exec: {command: sh, apiVersion: client.authentication.k8s.io/v1}", ""),
            ("tokenFile: /etc/passwd", ""),
            ("client-key: /root/key", ""),
            ("token: t", ", certificate-authority: /etc/passwd"),
        ] {
            assert!(check(&text(user, cluster)).unwrap_err().contains("names a program or files"), "{user}{cluster}");
        }
        assert_eq!(check("<html>").unwrap_err(), "it is no kubeconfig");
    }
}
