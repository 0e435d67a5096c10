//! Logging in elsewhere for real: Dex asks a provider of OpenID Connect and a directory on loopback, as the platform's
//! connectors configure it, and the platform learns e-mail and groups.

use serde_json::json;

use super::login::Visit;
use super::login::parameter;
use super::mini;
use super::mock_directory::Directory;
use super::mock_provider::Provider;
use crate::control_plane::ControlPlane;
use crate::control_plane::Setup;
use crate::control_plane::loopback;

/// What ends a text in JSON, and what Dex would read as a variable.
const SECRET: &str = "a \"secret\" \\ with $HOME in it";

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn people_log_in_elsewhere() {
    let cluster = ControlPlane::start_with(Setup { nodes: 3, dex: true, ..Setup::default() });
    let provider = cluster.block_on(Provider::serve("mlops", SECRET));
    let directory_server = cluster.block_on(Directory::serve("cn=dex,dc=corp", SECRET));
    let directory = mini(&cluster).environment("STACKWRIGHT_VAR_secret", SECRET);
    directory.replace("main.hcl", "  endpoint {\n", "  endpoint {\n    host = \"ml.example.com\"\n");
    directory.append(
        "main.hcl",
        &format!(
            "variable \"secret\" {{\n  sensitive = true\n}}\n\
             connector \"company\" {{\n  platform = platform.ml\n  type = \"oidc\"\n  issuer = \"{}\"\n  client_id = \"mlops\"\n  \
             client_secret = var.secret\n  allowed_groups = [\"data$science\", \"other\"]\n}}\n\
             connector \"directory\" {{\n  platform = platform.ml\n  type = \"ldap\"\n  host = \"127.0.0.1:{}\"\n  \
             insecure_no_ssl = true\n  bind_dn = \"cn=dex,dc=corp\"\n  bind_pw = var.secret\n  user_search {{\n    \
             base_dn = \"ou=people,dc=corp\"\n    filter = \"(objectClass=person)\"\n  }}\n  group_search {{\n    \
             base_dn = \"ou=groups,dc=corp\"\n    matcher {{\n      user_attr = \"DN\"\n      group_attr = \"member\"\n    }}\n  }}\n}}\n",
            provider.issuer, directory_server.port
        ),
    );
    directory.succeed(&["apply", "--auto-approve"]);

    // Of several ways people choose on a page.
    let visit = Visit::new(&cluster);
    let page = visit.get(&visit.entrance(""));
    for way in ["/dex/auth/company?", "/dex/auth/directory?", "/dex/auth/local?"] {
        assert!(page.body.contains(way), "{page:?}");
    }

    // At the provider: there, and back to the platform's own address.
    let away = visit.get(&visit.entrance("company")).location.expect("the provider's address");
    assert!(away.starts_with(&provider.issuer), "{away}");
    assert_eq!(
        parameter(&away, "redirect_uri").as_deref(),
        Some(&*loopback::encoded("https://ml.example.com:31390/dex/callback"))
    );
    let path = away.strip_prefix(&provider.issuer).expect("below the issuer");
    let back = cluster.block_on(loopback::get(provider.port, "127.0.0.1", path)).expect("an answer");
    let back = back.location.expect("the way back");
    let back = back.strip_prefix("https://ml.example.com:31390").expect("the platform's address").to_owned();
    let claims = visit.claims(visit.get(&back));
    assert_eq!(claims["email"], "carol@corp.example");
    assert_eq!(claims["name"], "Carol");
    assert_eq!(claims["groups"], json!(["data$science"]), "only those that are allowed");

    // In the directory.
    let form = visit.form(&visit.entrance("directory"));
    let wrong = visit.post(&form, &[("login", "dave"), ("password", "another")], None);
    assert!(wrong.location.is_none() && wrong.body.contains("Invalid"), "{wrong:?}");
    let right = visit.post(&form, &[("login", "dave"), ("password", "daves own passphrase")], None);
    let claims = visit.claims(right);
    assert_eq!(claims["email"], "dave@corp.example");
    assert_eq!(claims["groups"], json!(["team", "everybody"]));

    // Passwords of the platform's go on beside them.
    let form = visit.form(&visit.entrance("local"));
    let answer = visit.post(&form, &[("login", "admin@example.com"), ("password", "correct horse battery")], None);
    assert_eq!(visit.claims(answer)["email"], "admin@example.com");

    let map = cluster.get("/api/v1/namespaces/auth/configmaps/dex").to_string();
    assert!(!map.contains("a \\\\\\\"secret"), "no secret stands in the configuration");
    let ends: Vec<_> = cluster.containers().into_iter().filter(|container| container.restarts > 0).collect();
    assert!(ends.is_empty(), "Dex ended by itself: {ends:?}");

    // Nothing is left to change, and without passwords nobody has one.
    directory.succeed(&["plan", "--detailed-exitcode"]);
    directory.replace("main.hcl", "  endpoint {\n", "  sign_in {\n    passwords = false\n  }\n  endpoint {\n");
    directory.succeed(&["apply", "--auto-approve"]);
    let visit = Visit::new(&cluster);
    let page = visit.get(&visit.entrance(""));
    assert!(page.body.contains("/dex/auth/company?") && !page.body.contains("/dex/auth/local?"), "{page:?}");
}
