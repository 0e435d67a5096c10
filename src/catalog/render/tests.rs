//! Whole platforms from a small catalog: what is rendered, how it is filled, and what mistakes are called.

use serde_json::json;

use super::*;
use crate::catalog::VerifiedPasswords;
use crate::config::ComponentSettings;
use crate::config::Credential;
use crate::config::Owner;
use crate::config::Profile;
use crate::config::Secret;
use crate::config::fixture;
use crate::object::ObjectId;
use crate::object::schema::Schema;
use crate::object::schema::library;
use crate::object::schema::prune;
use crate::object::schema::validate;

mod knowledge;
mod patches;
mod quoting;

const FILES: [(&str, &str); 8] = [
    (
        "modules/releases/1.0.hcl",
        r#"
        release "1.0" {
          kubernetes = { min = "1.29", max = "1.32" }
          component "base" { version = "1" }
          component "app" {
            version = "2"
            images  = { app = "ghcr.io/x/app:2", hook = "busybox:1" }
            inputs  = { greeting = "release" }
          }
        }
        "#,
    ),
    (
        "modules/base/module.hcl",
        r#"
        component {
          title     = "Base"
          namespace = "base"
        }
        generated "token" {
          secret = "base/token"
          key    = "token"
          format = "hex"
          length = 8
        }
        people {
          configuration = "base/login"
          key           = "config"
          passwords     = "base/hashes"
          admin_key     = "ADMIN"
          user_key      = "USER_{name}"
        }
        gateway { service = "base/front" }
        "#,
    ),
    (
        "modules/app/module.hcl",
        r#"
        component {
          title     = "App"
          namespace = "apps"
          requires  = ["base"]
          editions  = ["mini"]
          readiness "Widget.example.com" { conditions = ["Ready"] }
        }
        variable "replicas" {
          type    = number
          default = 1
        }
        variable "greeting" { type = string }
        locals {
          text = "${var.greeting} from ${component.namespace}.svc.${platform.domain}, after ${enabled[0]}"
        }
        "#,
    ),
    ("templates/base/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: base}\n"),
    (
        "templates/base/token.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: token}\nstringData:\n  token: {{ generated.base.token | quote }}\n",
    ),
    (
        "templates/app/widgets.crd",
        "crd: widgets.example.com\nkind: Widget\nscope: Cluster\nversions:\n  v1:\n    storage: true\n    schema: { spec: { size: integer } }\n",
    ),
    (
        "templates/app/app.yaml",
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  replicas: {{ var.replicas }}
  template:
    spec:
      containers:
        - name: app
          image: {{ image.app }}
          args: ["--hook={{ image.hook }}"]
          envFrom: [{configMapRef: {name: app}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: app}
data:
  text: {{ local.text | quote }}
  people: "{{ users[0].email }} {{ users[0].user_id }}"
---
apiVersion: v1
kind: Secret
metadata: {name: app}
stringData:
  url: "https://u:{{ generated.base.token }}@host"
  hash: {{ users[0].hash | quote }}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: w, namespace: wrong}
spec: {size: 0644}
"#,
    ),
    ("templates/app/3/app.yaml", "{{ of_another_version }}"),
];

fn catalog(changes: &[(&str, &str)]) -> Catalog {
    let files = FILES.iter().chain(changes).map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    Catalog::from_files(files)
}

fn platform() -> Declared<Platform> {
    platform_with("version = \"1.0\"\nedition = \"mini\"\nregistry { mirror = \"mirror.example/m\" }")
}

fn platform_with(body: &str) -> Declared<Platform> {
    let mut platform = fixture::platform(&format!("{body}\nadmin {{ email = \"admin@example.com\" }}"));
    platform.admin.credential = Credential::Hash(Secret::new("$2y$12$hash"));
    platform
}

fn installation() -> Installation {
    let vision = Profile {
        name: "vision".into(),
        platform: "platform.ml".into(),
        owner: Owner::Email("admin@example.com".into()),
        contributors: [("bob@example.com".to_owned(), "edit".to_owned())].into(),
        quota: [("cpu".to_owned(), "4".to_owned())].into(),
        ..Profile::default()
    };
    let profiles = vec![Declared::new("profile.vision", vision)];
    Installation { name: "prod".into(), profiles, ..Installation::default() }
}

/// What was found, each as `place: summary: detail`.
fn texts(diagnostics: &Diagnostics, sources: &Sources) -> Vec<String> {
    let text = |found: &Diagnostic| {
        let place = found.span.map_or_else(|| found.address.clone().unwrap_or_default(), |s| sources.locate(s));
        format!("{place}: {}: {}", found.summary, found.detail)
    };
    diagnostics.iter().map(text).collect()
}

fn find<'a>(rendered: &'a Rendered, id: &str) -> &'a RenderedObject {
    let found = rendered.objects.iter().find(|made| made.object.id().to_string() == id);
    found.unwrap_or_else(|| panic!("{id} is not there"))
}

#[test]
fn renders_a_platform() {
    let (rendered, diagnostics) = render(&catalog(&[]), &installation(), &platform(), &mut Sources::new());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let ids: Vec<String> = rendered.objects.iter().map(|made| made.object.id().to_string()).collect();
    assert_eq!(
        ids,
        [
            "Namespace base",
            "Secret base/token",
            "CustomResourceDefinition.apiextensions.k8s.io widgets.example.com",
            "Deployment.apps apps/app",
            "ConfigMap apps/app",
            "Secret apps/app",
            "Widget.example.com w",
        ]
    );
    let deployment = find(&rendered, "Deployment.apps apps/app");
    assert_eq!(deployment.owner, "platform.ml.app");
    assert_eq!(deployment.after, ["platform.ml.base"]);
    assert_eq!(deployment.object.get("/spec/replicas"), Some(&json!(1)));
    let container = "/spec/template/spec/containers/0";
    assert_eq!(deployment.object.text(&format!("{container}/image")), "mirror.example/m/x/app:2");
    assert_eq!(deployment.object.text(&format!("{container}/args/0")), "--hook=mirror.example/m/library/busybox:1");
    let text = find(&rendered, "ConfigMap apps/app").object.text("/data/text").to_owned();
    assert_eq!(text, "release from apps.svc.cluster.local, after base");
    assert_eq!(find(&rendered, "Widget.example.com w").object.get("/spec/size"), Some(&json!(420)));
    assert_eq!(rendered.readiness.len(), 1);
    let images: Vec<_> = rendered.images.iter().map(|used| (used.image.as_str(), used.places.join(" "))).collect();
    assert_eq!(
        images,
        [("busybox:1", "image.hook".to_owned()), ("ghcr.io/x/app:2", "Deployment.apps apps/app image.app".to_owned())]
    );
    let again = render(&catalog(&[]), &installation(), &platform(), &mut Sources::new());
    assert_eq!(again.0, rendered);
}

#[test]
fn fills_from_the_cluster_or_anew() {
    let (open, _) = render(&catalog(&[]), &installation(), &platform(), &mut Sources::new());
    let reads: Vec<String> = open.reads().iter().map(ObjectId::to_string).collect();
    assert_eq!(reads, ["ConfigMap base/login", "Secret base/hashes", "Secret base/token"]);
    let fill = |live: &[Object]| {
        let mut filled = open.clone();
        filled.fill(live, &mut VerifiedPasswords::default()).expect("filled");
        filled
    };
    let live = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token", "namespace": "base"},
        "data": {"token": "a2VwdA=="}});
    let filled = fill(&[Object::from_value(live).expect("an object")]);
    assert_eq!(find(&filled, "Secret base/token").object.get("/data"), Some(&json!({"token": "a2VwdA=="})));
    let secret = &find(&filled, "Secret apps/app").object;
    // https://u:kept@host and the hash
    assert_eq!(secret.get("/data"), Some(&json!({"url": "aHR0cHM6Ly91OmtlcHRAaG9zdA==", "hash": "JDJ5JDEyJGhhc2g="})));
    assert_eq!(secret.get("/stringData"), None);
    let people = find(&filled, "ConfigMap apps/app").object.text("/data/people").to_owned();
    assert!(people.contains("admin@example.com") && !placeholder::is_in(&people), "{people}");
    let checksum = "/spec/template/metadata/annotations/stackwright.io~1checksum";
    assert_eq!(find(&filled, "Deployment.apps apps/app").object.text(checksum).len(), 64);
    let fresh = fill(&[]);
    let token = |of: &Rendered| find(of, "Secret base/token").object.text("/data/token").to_owned();
    assert_eq!(token(&fresh).len(), 24, "16 hexadecimal digits in base64");
    assert_ne!(token(&fresh), token(&fill(&[])));
}

fn check(changes: &[(&str, &str)], change: impl Fn(&mut Platform), expected: &str) {
    let mut platform = platform();
    change(&mut platform);
    let mut sources = Sources::new();
    let own = [("module.hcl", "component {\n  namespace = \"own\"\n}\n"), ("templates/a.yaml", "{{ nothing }}\n")];
    let own = own.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let catalog = catalog(changes).with_source("./own", own);
    let (_, diagnostics) = render(&catalog, &installation(), &platform, &mut sources);
    let texts = texts(&diagnostics, &sources);
    assert!(texts.len() == 1 && texts[0].contains(expected), "expected {expected}\ngot {texts:#?}");
}

#[test]
fn mistakes_have_places() {
    let template = |text: &'static str| [("templates/app/app.yaml", text)];
    let none = |_: &mut Platform| {};
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    check(&template("\na: {{ missing }}"), none, "templates/app/app.yaml:2:7: Template failed");
    check(&template("a: {{ var.x }}"), none, "templates/app/app.yaml:1:");
    check(&template("a: {{ 1 | nofilter }}"), none, "templates/app/app.yaml:1:11: Template failed");
    check(
        &template("a: 1\na: 2\n"),
        none,
        "platform.ml: Template renders no YAML: templates/app/app.yaml: invalid YAML at line 2",
    );
    check(&template("a: 1\n"), none, "document 1: \"apiVersion\" is missing or empty");
    check(
        &[("templates/app/widgets.crd", "crd: [1\nb: 2\n")],
        none,
        "templates/app/widgets.crd:2:1: Invalid schema notation",
    );
    check(
        &[("templates/app/b.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: token, namespace: base}\n")],
        none,
        "Object rendered twice",
    );
    check(&[("templates/base/token.yaml", object)], none, "Generated value is not kept");
    let leak = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: \"{{ generated.base.token }}\"}\n";
    check(&[("templates/base/b.yaml", leak)], none, "Secret outside a Secret: ConfigMap base/a");
    check(
        &[("modules/app/module.hcl", "component {\n  titel = \"x\"\n}\nvariable \"greeting\" {}\n")],
        |p| {
            p.components
                .insert("app".into(), ComponentSettings { enabled: Some(true), ..ComponentSettings::default() });
            p.components
                .insert("base".into(), ComponentSettings { enabled: Some(true), ..ComponentSettings::default() });
        },
        "modules/app/module.hcl:2:3: Unknown argument",
    );
    check(&[], |p| p.version = "1.1".into(), "platform.ml: Unknown release: There is no release \"1.1\"");
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: token}\ndata:\n  token: ";
    let encoded = format!("{secret}{{{{ generated.base.token | b64encode }}}}\n");
    check(&[("templates/base/token.yaml", encoded.as_str())], none, "Secret value in encoded data");
    let pod = |image: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: a, image: {image}}}]}}\n"
        )
    };
    let same = pod("quay.io/x/app:2");
    check(&[("templates/base/p.yaml", same.as_str())], none, "Images share a name in the mirror");
    let own = |source: &str| ComponentSettings { source: Some(source.into()), ..ComponentSettings::default() };
    check(&[], |p| _ = p.components.insert("own".into(), own("./own")), "./own/templates/a.yaml:1:4: Template failed");
    check(&[], |p| _ = p.components.insert("own".into(), own("./gone")), "has no file \"module.hcl\" in \"./gone\"");
    let input = |name: &str, value: Json| ComponentSettings {
        inputs: [(name.to_owned(), crate::lang::Value::from_json(&value))].into(),
        ..ComponentSettings::default()
    };
    check(&[], |p| _ = p.components.insert("app".into(), input("replicas", json!("many"))), "replicas");
    check(&[], |p| _ = p.components.insert("app".into(), input("replicaz", json!(2))), "replicaz");
}

/// Everything that the catalog's own files can be asked for.
#[test]
fn every_release_renders() {
    let catalog = Catalog::embedded();
    let variants = [
        ("default", "mini", ""),
        ("enterprise", "enterprise", ""),
        ("no TLS", "mini", "endpoint { tls = \"none\" }"),
        ("own TLS", "mini", "endpoint {\n type = \"load_balancer\"\n tls = \"mine\"\n}"),
        (
            "air gap",
            "mini",
            "registry {\n mirror = \"mirror.example/m\"\n pull_secret = \"regcred\"\n}\nstorage_class = \"nfs\"",
        ),
        (
            "GPU and scheduler",
            "mini",
            "scheduler { policies = [\"gang\"] }
             gpu {
               sharing    = \"time_slicing\"
               replicas   = 4
               monitoring = true
               rdma       = true
             }
             notebooks {
               image \"t\" { name = \"r.example/t:1\" }
             }",
        ),
    ];
    for version in catalog.releases() {
        for (variant, edition, body) in &variants {
            let platform = platform_with(&format!("version = \"{version}\"\nedition = \"{edition}\"\n{body}"));
            let mut sources = Sources::new();
            let (mut rendered, diagnostics) = render(&catalog, &installation(), &platform, &mut sources);
            let found = texts(&diagnostics, &sources);
            assert!(found.is_empty(), "{version}, {variant}: {found:#?}");
            let binding =
                find(&rendered, "RoleBinding.rbac.authorization.k8s.io vision/user-bob-example-com-clusterrole-edit");
            assert_eq!(binding.owner, "profile.vision", "{version}, {variant}");
            assert_eq!(find(&rendered, "Profile.kubeflow.org vision").owner, "profile.vision", "{version}, {variant}");
            let offered =
                rendered.images.iter().find(|used| used.image == "r.example/t:1").map(|used| used.places.join(" "));
            let expected = (*variant == "GPU and scheduler").then(|| "platform.ml.notebooks.t".to_owned());
            assert_eq!(offered, expected, "{version}, {variant}");
            rendered.fill(&[], &mut VerifiedPasswords::default()).expect("filled");
            for made in &rendered.objects {
                let text = made.object.to_value().to_string();
                assert!(!placeholder::is_in(&text), "{version}, {variant}: {} is not filled", made.object.id());
            }
            let mirrored = rendered.images.iter().filter(|used| used.mirrored != used.image).count();
            assert_eq!(mirrored, if *variant == "air gap" { rendered.images.len() } else { 0 }, "{version}, {variant}");
        }
    }
}

/// The schemas of all custom kinds at hand, by API version and kind.
fn custom_schemas(rendered: &Rendered) -> BTreeMap<(String, String), Schema> {
    let mut schemas = BTreeMap::new();
    for object in rendered.objects.iter().map(|made| &made.object) {
        for version in object.get("/spec/versions").and_then(Json::as_array).into_iter().flatten() {
            if object.kind() == "CustomResourceDefinition" {
                let text = |pointer: &str| version.pointer(pointer).and_then(Json::as_str).unwrap_or_default();
                let api_version = format!("{}/{}", object.text("/spec/group"), text("/name"));
                let schema = version.pointer("/schema/openAPIV3Schema").expect("a schema");
                let schema = Schema::from_json(schema).expect("a readable schema");
                schemas.insert((api_version, object.text("/spec/names/kind").to_owned()), schema);
            }
        }
    }
    schemas
}

/// What servers would refuse or drop.
#[test]
fn every_object_fits_its_schema() {
    let catalog = Catalog::embedded();
    for version in catalog.releases() {
        let platform = platform_with(&format!("version = \"{version}\"\nedition = \"enterprise\""));
        let (mut rendered, _) = render(&catalog, &installation(), &platform, &mut Sources::new());
        rendered.fill(&[], &mut VerifiedPasswords::default()).expect("filled");
        let custom = custom_schemas(&rendered);
        let mut wrong = Vec::new();
        for made in &rendered.objects {
            let object = &made.object;
            let built_in = library::kind(&object.gvk());
            let key = (object.api_version().to_owned(), object.kind().to_owned());
            let Some(schema) = built_in.as_deref().or_else(|| custom.get(&key)) else {
                wrong.push(format!("{}: nobody defines {}", object.id(), object.gvk()));
                continue;
            };
            let mut value = object.to_value();
            wrong.extend(prune(schema, &mut value).into_iter().map(|path| format!("{}: unknown {path}", object.id())));
            wrong.extend(validate(schema, &value).into_iter().map(|error| format!("{}: {error}", object.id())));
        }
        assert!(wrong.is_empty(), "{version}: {wrong:#?}");
    }
}
