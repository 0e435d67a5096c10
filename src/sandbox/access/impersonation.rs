//! Acting as somebody else (`kubectl --as`): who may, and who the request then comes from.

use http::HeaderMap;

use super::Attributes;
use super::authorize;
use crate::sandbox::http::Failure;
use crate::sandbox::http::Identity;
use crate::sandbox::server::Server;

const AUTHENTICATED: &str = "system:authenticated";
const UNAUTHENTICATED: &str = "system:unauthenticated";

/// The identity a request is to be judged by; refused where the one it comes from may not act as it.
pub fn impersonate(server: &Server, identity: Identity, headers: &HeaderMap) -> Result<Identity, Failure> {
    let texts = |name: &str| headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).map(str::to_owned);
    let user = texts("impersonate-user").next().unwrap_or_default();
    let mut groups: Vec<String> = texts("impersonate-group").collect();
    let uid = texts("impersonate-uid").next().unwrap_or_default();
    let extras = headers.keys().filter_map(|name| name.as_str().strip_prefix("impersonate-extra-"));
    let extras: Vec<String> = extras.map(str::to_owned).collect();
    if user.is_empty() {
        if groups.is_empty() && uid.is_empty() && extras.is_empty() {
            return Ok(identity);
        }
        return Err(Failure::internal("requested impersonation without impersonating a user"));
    }
    let allow = |group: &str, resource: &str, namespace: &str, name: &str, subresource: &str| {
        let asked = Attributes {
            verb: "impersonate".into(),
            group: group.into(),
            resource: resource.into(),
            subresource: subresource.into(),
            namespace: namespace.into(),
            name: name.into(),
            ..Attributes::default()
        };
        authorize(server, &identity, &asked)
    };
    let account = user.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    match account {
        Some((namespace, name)) => allow("", "serviceaccounts", namespace, name, "")?,
        None => allow("", "users", "", &user, "")?,
    }
    for group in &groups {
        allow("", "groups", "", group, "")?;
    }
    if !uid.is_empty() {
        allow("authentication.k8s.io", "uids", "", &uid, "")?;
    }
    for extra in &extras {
        let values: Vec<String> = texts(&format!("impersonate-extra-{extra}")).collect();
        for value in values {
            allow("authentication.k8s.io", "userextras", "", &value, extra)?;
        }
    }
    if let Some((namespace, name)) = account.filter(|_| groups.is_empty()) {
        groups = Identity::service_account(namespace, name).groups;
    }
    let known = |groups: &[String]| groups.iter().any(|group| group == AUTHENTICATED || group == UNAUTHENTICATED);
    if user == "system:anonymous" {
        if !known(&groups) {
            groups.push(UNAUTHENTICATED.into());
        }
    } else if !known(&groups) {
        groups.push(AUTHENTICATED.into());
    }
    Ok(Identity { user, groups })
}
