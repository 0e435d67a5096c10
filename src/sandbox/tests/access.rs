//! Who may do what: roles, bindings, impersonation, tokens and the questions about them.

use ::http::Method;
use bytes::Bytes;

use super::*;

/// Somebody to act as.
#[derive(Clone, Copy)]
struct Who<'a> {
    user: &'a str,
    groups: &'a [&'a str],
}

const EDITOR: Who<'_> = Who { user: "system:serviceaccount:team:editor", groups: &[] };
const ANNA: Who<'_> = Who { user: "anna", groups: &["staff"] };

/// Sends a request as the administrator who acts as somebody else.
async fn ask(sandbox: &Sandbox, who: Option<Who<'_>>, method: Method, path: &str, body: Value) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(who) = who {
        request = request.header("Impersonate-User", who.user);
        for group in who.groups {
            request = request.header("Impersonate-Group", *group);
        }
    }
    let content = if path.contains("fieldManager") { "application/apply-patch+yaml" } else { "application/json" };
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let request = request.header("content-type", content).body(body).expect("a request");
    let (status, answer) = sandbox.request(request).await.expect("an answer");
    (status.as_u16(), serde_json::from_slice(&answer).unwrap_or(Value::Null))
}

async fn make(sandbox: &Sandbox, path: &str, object: Value) {
    let (code, answer) = ask(sandbox, None, Method::POST, path, object).await;
    assert_eq!(code, 201, "{path}: {answer}");
}

const ROLES: &str = "/apis/rbac.authorization.k8s.io/v1";

/// Two namespaces, a Role and ClusterRoles with their bindings.
async fn team() -> Sandbox {
    let sandbox = sandbox();
    for name in ["team", "other"] {
        make(&sandbox, "/api/v1/namespaces", json!({"metadata": {"name": name}})).await;
        for map in ["one", "two"] {
            let path = format!("/api/v1/namespaces/{name}/configmaps");
            make(&sandbox, &path, json!({"metadata": {"name": map}})).await;
        }
    }
    let rules = json!([
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "update", "patch"], "resourceNames": ["one"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "create"]},
    ]);
    make(&sandbox, &format!("{ROLES}/namespaces/team/roles"), json!({"metadata": {"name": "some"}, "rules": rules}))
        .await;
    let binding = json!({"metadata": {"name": "b"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role",
        "name": "some"}, "subjects": [{"kind": "ServiceAccount", "name": "editor"},
            {"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "staff"}]});
    make(&sandbox, &format!("{ROLES}/namespaces/team/rolebindings"), binding).await;
    let rules = json!([{"apiGroups": ["apps"], "resources": ["deployments/scale", "*/status"], "verbs": ["*"]},
        {"nonResourceURLs": ["/metrics*"], "verbs": ["get"]}]);
    make(&sandbox, &format!("{ROLES}/clusterroles"), json!({"metadata": {"name": "wide"}, "rules": rules})).await;
    let binding = |name: &str, role: &str, subject: Value| {
        json!({"metadata": {"name": name}, "subjects": [subject],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}})
    };
    let anna = json!({"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "anna"});
    let bindings = format!("{ROLES}/clusterrolebindings");
    make(&sandbox, &bindings, binding("wide", "wide", anna.clone())).await;
    make(&sandbox, &bindings, binding("gone", "gone", anna.clone())).await;
    make(&sandbox, &format!("{ROLES}/namespaces/other/rolebindings"), binding("view", "view", anna)).await;
    sandbox
}

#[tokio::test]
async fn roles_decide() {
    let sandbox = team().await;
    let check = async |who: Who<'static>, method: Method, path: &str, expected: u16| {
        let body = match method {
            Method::PUT => json!({"metadata": {"name": path.rsplit('/').next()}}),
            Method::POST => json!({}),
            _ => Value::Null,
        };
        let (code, answer) = ask(&sandbox, Some(who), method.clone(), path, body).await;
        assert_eq!(code, expected, "{} {method} {path}: {answer}", who.user);
    };
    let nobody = Who { user: "nobody", groups: &[] };
    let maps = |namespace: &str| format!("/api/v1/namespaces/{namespace}/configmaps");
    // By the subject's own namespace, resource, name and verb.
    check(EDITOR, Method::GET, &format!("{}/one", maps("team")), 200).await;
    check(EDITOR, Method::GET, &format!("{}/two", maps("team")), 403).await;
    check(EDITOR, Method::GET, &format!("{}/one", maps("other")), 403).await;
    check(EDITOR, Method::PUT, &format!("{}/one", maps("team")), 200).await;
    check(EDITOR, Method::DELETE, &format!("{}/one", maps("team")), 403).await;
    check(EDITOR, Method::GET, &maps("team"), 403).await;
    check(EDITOR, Method::GET, "/api/v1/namespaces/team/pods", 200).await;
    check(EDITOR, Method::GET, "/api/v1/pods", 403).await;
    check(EDITOR, Method::GET, "/api/v1/namespaces/team/secrets", 403).await;
    // By group, by user, and by a role of the cluster within one namespace.
    check(ANNA, Method::GET, "/api/v1/namespaces/team/pods", 200).await;
    check(ANNA, Method::GET, &maps("other"), 200).await;
    check(ANNA, Method::GET, "/api/v1/namespaces/other", 200).await;
    check(ANNA, Method::GET, "/api/v1/namespaces/team", 403).await;
    check(ANNA, Method::GET, "/api/v1/namespaces/other/secrets", 403).await;
    check(ANNA, Method::GET, "/apis/apps/v1/namespaces/team/deployments/x/scale", 404).await;
    check(ANNA, Method::GET, "/apis/apps/v1/namespaces/team/statefulsets/x/status", 404).await;
    check(ANNA, Method::GET, "/apis/apps/v1/namespaces/team/deployments/x", 403).await;
    // Paths: what everybody may see, and what a role names.
    for path in ["/api", "/apis/apps/v1", "/version", "/openapi/v3"] {
        check(nobody, Method::GET, path, 200).await;
    }
    check(nobody, Method::GET, "/metrics", 403).await;
    check(ANNA, Method::GET, "/metrics", 404).await;
    check(nobody, Method::GET, "/api/v1/namespaces", 403).await;
    // Roles are asked before anything is looked up.
    check(nobody, Method::GET, "/apis/none/v1/things", 403).await;
    check(Who { user: "root", groups: &["system:masters"] }, Method::GET, "/api/v1/secrets", 200).await;
}

#[tokio::test]
async fn refusals_are_those_of_a_real_server() {
    let sandbox = team().await;
    let check = async |who: Who<'static>, method: Method, path: &str, expected: &str| {
        let (code, answer) = ask(&sandbox, Some(who), method, path, json!({})).await;
        assert_eq!((code, answer["message"].as_str()), (403, Some(expected)), "{path}");
        assert_eq!(answer["reason"], "Forbidden");
    };
    check(
        EDITOR,
        Method::GET,
        "/api/v1/namespaces/team/secrets",
        r#"secrets is forbidden: User "system:serviceaccount:team:editor" cannot list resource "secrets" in API group "" in the namespace "team""#,
    )
    .await;
    check(
        EDITOR,
        Method::GET,
        "/api/v1/namespaces/team/pods/p/log",
        r#"pods "p" is forbidden: User "system:serviceaccount:team:editor" cannot get resource "pods/log" in API group "" in the namespace "team""#,
    )
    .await;
    check(
        EDITOR,
        Method::DELETE,
        "/apis/apps/v1/deployments",
        r#"deployments.apps is forbidden: User "system:serviceaccount:team:editor" cannot deletecollection resource "deployments" in API group "apps" at the cluster scope"#,
    )
    .await;
    check(
        EDITOR,
        Method::GET,
        "/metrics",
        r#"forbidden: User "system:serviceaccount:team:editor" cannot get path "/metrics""#,
    )
    .await;
    check(
        ANNA,
        Method::GET,
        "/api/v1/nodes",
        r#"nodes is forbidden: User "anna" cannot list resource "nodes" in API group "" at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found"#,
    )
    .await;
    // Who may change, may not make.
    let path = "/api/v1/namespaces/team/configmaps/one?fieldManager=m";
    let map = |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
    let (code, answer) = ask(&sandbox, Some(EDITOR), Method::PATCH, path, map("one")).await;
    assert_eq!(code, 200, "{answer}");
    let (code, _) = ask(&sandbox, None, Method::DELETE, "/api/v1/namespaces/team/configmaps/one", Value::Null).await;
    assert_eq!(code, 200);
    let (code, answer) = ask(&sandbox, Some(EDITOR), Method::PATCH, path, map("one")).await;
    let said = r#"configmaps "one" is forbidden: User "system:serviceaccount:team:editor" cannot create resource "configmaps" in API group "" in the namespace "team""#;
    assert_eq!((code, answer["message"].as_str()), (403, Some(said)));
}

#[tokio::test]
async fn acting_as_others_needs_a_role() {
    let sandbox = team().await;
    let request = async |identity: Identity, headers: &[(&str, &str)]| {
        let mut request = Request::get("/api/v1/namespaces/team/pods");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response =
            sandbox.client_as(identity).send(request.body(kube::client::Body::empty()).expect("a request")).await;
        let response = response.expect("an answer");
        let code = response.status().as_u16();
        let body = response.into_body().collect_bytes().await.expect("a body");
        let answer: Value = serde_json::from_slice(&body).expect("JSON");
        (code, answer["message"].as_str().unwrap_or_default().to_owned())
    };
    let editor = || Identity::service_account("team", "editor");
    let (code, said) = request(editor(), &[("Impersonate-User", "anna")]).await;
    let expected = r#"users "anna" is forbidden: User "system:serviceaccount:team:editor" cannot impersonate resource "users" in API group "" at the cluster scope"#;
    assert_eq!((code, said.as_str()), (403, expected));
    let rules = json!([{"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"], "resourceNames": ["anna"]},
        {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["impersonate"]}]);
    make(&sandbox, &format!("{ROLES}/clusterroles"), json!({"metadata": {"name": "as"}, "rules": rules})).await;
    let binding = json!({"metadata": {"name": "as"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io",
        "kind": "ClusterRole", "name": "as"}, "subjects": [{"kind": "User", "name": "clerk"}]});
    make(&sandbox, &format!("{ROLES}/clusterrolebindings"), binding).await;
    let clerk = || Identity { user: "clerk".into(), groups: vec!["system:authenticated".into()] };
    assert_eq!(request(clerk(), &[]).await.0, 403);
    // Without her group anna may not list the pods; the account may, by its own role.
    assert_eq!(request(clerk(), &[("Impersonate-User", "anna")]).await.0, 403);
    let (code, said) = request(clerk(), &[("Impersonate-User", "anna"), ("Impersonate-Group", "staff")]).await;
    assert!(code == 403 && said.starts_with("groups \"staff\" is forbidden"), "{said}");
    assert_eq!(request(clerk(), &[("Impersonate-User", EDITOR.user)]).await.0, 200);
    assert_eq!(request(clerk(), &[("Impersonate-User", "bob")]).await.0, 403);
    assert_eq!(request(clerk(), &[("Impersonate-Group", "system:masters")]).await.0, 500);
}

#[tokio::test]
async fn reviews_tell_what_roles_decide() {
    let sandbox = team().await;
    let reviews = "/apis/authorization.k8s.io/v1";
    let review = async |who: Option<Who<'static>>, kind: &str, spec: Value| {
        let (code, answer) =
            ask(&sandbox, who, Method::POST, &format!("{reviews}/{kind}"), json!({"spec": spec})).await;
        assert_eq!(code, 201, "{answer}");
        answer["status"].clone()
    };
    let pods = json!({"namespace": "team", "verb": "list", "resource": "pods"});
    let own = review(Some(EDITOR), "selfsubjectaccessreviews", json!({"resourceAttributes": pods})).await;
    let reason = r#"RBAC: allowed by RoleBinding "b/team" of Role "some" to ServiceAccount "editor/team""#;
    assert_eq!(own, json!({"allowed": true, "reason": reason}));
    let spec = json!({"resourceAttributes": {"verb": "list", "resource": "pods"}});
    assert_eq!(review(Some(EDITOR), "selfsubjectaccessreviews", spec).await, json!({"allowed": false}));
    let all = json!({"resourceAttributes": {"verb": "*", "group": "*", "resource": "*"}});
    assert_eq!(review(None, "selfsubjectaccessreviews", all.clone()).await["allowed"], true);
    assert_eq!(review(Some(EDITOR), "selfsubjectaccessreviews", all).await["allowed"], false);
    let spec = json!({"user": "x", "groups": ["staff"], "resourceAttributes": pods});
    assert_eq!(review(None, "subjectaccessreviews", spec.clone()).await["allowed"], true);
    let path = json!({"user": "anna", "nonResourceAttributes": {"path": "/metrics/x", "verb": "get"}});
    assert_eq!(review(None, "subjectaccessreviews", path).await["allowed"], true);
    let (code, _) =
        ask(&sandbox, Some(EDITOR), Method::POST, &format!("{reviews}/subjectaccessreviews"), json!({"spec": spec}))
            .await;
    assert_eq!(code, 403);
    for wrong in [json!({}), json!({"resourceAttributes": {}, "nonResourceAttributes": {}}), json!("x")] {
        let path = format!("{reviews}/selfsubjectaccessreviews");
        let (code, answer) = ask(&sandbox, None, Method::POST, &path, json!({"spec": wrong})).await;
        assert_eq!(code, 422, "{answer}");
    }
    let rules = review(Some(EDITOR), "selfsubjectrulesreviews", json!({"namespace": "team"})).await;
    let listed = rules["resourceRules"].as_array().expect("rules");
    assert!(listed.iter().any(|rule| rule["resources"] == json!(["pods"])), "{rules}");
    assert!(!listed.iter().any(|rule| rule["resources"] == json!(["*"])), "{rules}");
    let rules = review(None, "selfsubjectrulesreviews", json!({"namespace": "team"})).await;
    assert_eq!(rules["resourceRules"], json!([{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]));
}

#[tokio::test]
async fn tokens_are_for_their_audience_and_their_account() {
    let sandbox = team().await;
    let accounts = "/api/v1/namespaces/team/serviceaccounts";
    make(&sandbox, accounts, json!({"metadata": {"name": "editor"}})).await;
    let token = async |spec: Value| {
        let (code, answer) =
            ask(&sandbox, None, Method::POST, &format!("{accounts}/editor/token"), json!({"spec": spec})).await;
        (code, answer["status"]["token"].as_str().unwrap_or_default().to_owned())
    };
    let review = async |token: &str, audiences: &[&str]| {
        let spec = json!({"token": token, "audiences": audiences});
        let path = "/apis/authentication.k8s.io/v1/tokenreviews";
        ask(&sandbox, None, Method::POST, path, json!({"spec": spec})).await.1["status"].clone()
    };
    let (_, own) = token(json!({})).await;
    let found = review(&own, &[]).await;
    assert_eq!(found["user"]["username"], EDITOR.user);
    assert_eq!(found["audiences"], json!(["https://kubernetes.default.svc.cluster.local"]));
    let (_, vault) = token(json!({"audiences": ["vault"]})).await;
    assert_eq!(review(&vault, &[]).await["authenticated"], false);
    assert_eq!(review(&vault, &["other", "vault"]).await["audiences"], json!(["vault"]));
    assert_eq!(review(&own, &["vault"]).await["authenticated"], false);
    for seconds in [1, 599, (1_i64 << 32) + 1, i64::MAX] {
        assert_eq!(token(json!({"expirationSeconds": seconds})).await.0, 422, "{seconds}");
    }
    assert_eq!(token(json!({"expirationSeconds": 1_i64 << 32})).await.0, 201);
    // Another account of the same name is another.
    ask(&sandbox, None, Method::DELETE, &format!("{accounts}/editor"), Value::Null).await;
    assert_eq!(review(&own, &[]).await["authenticated"], false);
    make(&sandbox, accounts, json!({"metadata": {"name": "editor"}})).await;
    assert_eq!(review(&own, &[]).await["authenticated"], false);
}
