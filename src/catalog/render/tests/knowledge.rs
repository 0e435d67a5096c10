//! What components say of themselves: values for others, menus, parts they play, names that are theirs.

use super::*;
use crate::config::User;
use crate::lang::Value;
use crate::object::Object;

/// The values of the ConfigMap that `show` renders.
fn shown(changes: &[(&str, &str)], wanted: &[&str]) -> Result<Json, Vec<String>> {
    let mut platform = platform();
    for name in wanted {
        platform
            .components
            .insert((*name).into(), ComponentSettings { source: Some(format!("./{name}")), ..Default::default() });
    }
    let mut catalog = catalog(&[]);
    for name in wanted {
        let prefix = format!("{name}/");
        let files = changes
            .iter()
            .filter_map(|(path, text)| Some((path.strip_prefix(&prefix)?.to_owned(), (*text).to_owned())));
        catalog = catalog.with_source(format!("./{name}"), files.collect::<Vec<_>>());
    }
    let mut sources = Sources::new();
    let (rendered, diagnostics) = render(&catalog, &installation(), &platform, &mut sources);
    if !diagnostics.is_empty() {
        return Err(texts(&diagnostics, &sources));
    }
    Ok(find(&rendered, "ConfigMap x/show").object.get("/data").cloned().expect("data"))
}

const SHOW: (&str, &str) = (
    "show/templates/show.yaml",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: show, namespace: x}\ndata:\n  a: {{ local.a | json }}\n",
);

#[test]
fn components_read_each_others_values() {
    let show = "component {}\nlocals {\n  a = exports.far.address\n}\n";
    // The value passes through a component that comes later in every order, and depends on inputs.
    let far = "component {}\nvariable \"port\" { default = 80 }\nexport \"address\" {\n  value = \"${exports.zone.name}:${var.port}\"\n}\n";
    let zone = "component { namespace = \"z\" }\nexport \"name\" { value = \"host.${component.namespace}\" }\n";
    let files = [("show/module.hcl", show), SHOW, ("far/module.hcl", far), ("zone/module.hcl", zone)];
    assert_eq!(shown(&files, &["show", "far", "zone"]), Ok(json!({"a": "host.z:80"})));
    // What is off says nothing.
    let found = shown(&files, &["show", "far"]).expect_err("no zone");
    assert!(found[0].starts_with("./far/module.hcl:4:"), "{found:?}");
    let tried = "component {}\nlocals {\n  a = try(exports.zone.name, \"none\")\n}\n";
    assert_eq!(shown(&[("show/module.hcl", tried), SHOW], &["show"]), Ok(json!({"a": "none"})));
    let circle = "component {}\nexport \"name\" { value = exports.far.address }\n";
    let files = [("show/module.hcl", show), SHOW, ("far/module.hcl", far), ("zone/module.hcl", circle)];
    let found = shown(&files, &["show", "far", "zone"]).expect_err("a circle");
    assert!(found.iter().any(|text| text.contains("wait for values of each other: far, show, zone")), "{found:?}");
}

#[test]
fn menus_are_gathered() {
    let show = "component {}\nmenu \"Last\" { link = \"/z/\" }\nlocals {\n  a = [for row in menu : \"${row.place} ${row.text} ${row.component} ${length(row.items)}\"]\n}\n";
    let app = "component {}\nvariable \"title\" { default = \"App\" }\nmenu \"First\" {\n  order = 1\n  link  = \"/a/\"\n  description = var.title\n}\nmenu \"Docs\" {\n  place = \"documentation\"\n  order = 2\n  items = [{ text = \"a\", link = \"/a\" }]\n}\n";
    let files = [("show/module.hcl", show), SHOW, ("app-x/module.hcl", app)];
    assert_eq!(
        shown(&files, &["show", "app-x"]),
        Ok(json!({"a": ["side First app-x 0", "documentation Docs app-x 1", "side Last show 0"]}))
    );
    for (menu, expected) in [
        ("menu \"x\" {}", "module.hcl:2:1: Missing argument: menu needs \"link\" or"),
        (
            "menu \"x\" {\n  link = \"/\"\n  place = \"top\"\n}",
            "module.hcl:4:11: Unknown choice: \"top\" is no choice for \"place\" of menu",
        ),
        ("menu \"x\" { items = [{ text = \"a\" }] }", "module.hcl:2:20: Missing argument: An element of"),
        ("people { key = \"x\" }", "module.hcl:2:1: Missing argument"),
        (
            "gateway { service = \"x\" }",
            "module.hcl:2:21: Invalid value: \"x\" is not valid: it must be given as namespace/name",
        ),
        ("export \"x\" {}", "module.hcl:2:1: Missing argument"),
    ] {
        let module = format!("component {{}}\n{menu}\n");
        let found = shown(&[("show/module.hcl", &module), ("show/templates/a.yaml", "")], &["show"]).expect_err(menu);
        assert!(found.iter().any(|text| text.contains(expected)), "{menu}\nexpected {expected}\ngot {found:#?}");
    }
}

#[test]
fn templates_of_all_components_share_pieces() {
    let piece = ("templates/_shared/_map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ name }}-m}\n");
    let own = ("templates/app/_own.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n");
    let uses =
        |path| (path, "{% set name = component.name %}{% include \"_map.yaml\" %}---\n{% include \"_own.yaml\" %}");
    let shared_own = ("templates/_shared/_own.yaml", "# nothing\n");
    let files = [piece, own, shared_own, uses("templates/app/m.yaml"), uses("templates/base/m.yaml")];
    let (rendered, diagnostics) = render(&catalog(&files), &installation(), &platform(), &mut Sources::new());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let maps = rendered.objects.iter().map(|made| &made.object).filter(|object| object.kind() == "ConfigMap");
    let names: Vec<&str> = maps.map(Object::name).collect();
    // A component's own piece comes before a shared one of that name.
    assert_eq!(names, ["base-m", "app", "app-m", "own"]);
}

#[test]
fn parts_are_played_by_who_says_so() {
    let (rendered, _) = render(&catalog(&[]), &installation(), &platform(), &mut Sources::new());
    assert_eq!(rendered.gateway, Some(ObjectId::new("", "Service", "base", "front")));
    assert_eq!(rendered.login.map(|login| login.admin_key).as_deref(), Some("ADMIN"));
    let both = "component {\n  namespace = \"b\"\n  roles = [\"queues\"]\n}\ngateway { service = \"b/c\" }\n";
    let other = ("modules/second/module.hcl", both);
    let release =
        "release \"1.0\" {\n  component \"base\" { version = \"1\" }\n  component \"second\" { version = \"1\" }\n}\n";
    let mut platform = platform();
    for name in ["base", "second"] {
        platform.components.insert(name.into(), ComponentSettings { enabled: Some(true), ..Default::default() });
    }
    let catalog = catalog(&[other, ("modules/releases/1.0.hcl", release)]);
    let mut sources = Sources::new();
    let (_, diagnostics) = render(&catalog, &installation(), &platform, &mut sources);
    let found = texts(&diagnostics, &sources);
    assert_eq!(
        found,
        ["platform.ml: Two components for one part: base and second each want to be the one with a gateway block."]
    );
}

/// A user of this name, on a platform of the release as it is.
fn with_user(name: &str, change: impl Fn(&mut Platform)) -> Vec<String> {
    let mut platform = platform_with("version = \"1.9.1\"\nedition = \"mini\"");
    change(&mut platform);
    let user = User {
        name: name.into(),
        platform: Address::resource("platform", "ml"),
        email: "u@example.com".into(),
        has_profile: true,
        ..User::default()
    };
    let users = vec![Declared::new(Address::resource("user", name), user)];
    let installation = Installation { name: "prod".into(), users, ..Installation::default() };
    let mut sources = Sources::new();
    let (_, diagnostics) = render(&Catalog::embedded(), &installation, &platform, &mut sources);
    texts(&diagnostics, &sources)
}

#[test]
fn nobody_takes_a_namespace_over() {
    for (name, expected) in [
        ("alice", None),
        ("kubeflow-system", None),
        ("kube-system", Some("the cluster's own")),
        ("default", Some("the cluster's own")),
        ("stackwright-system", Some("where the records of installations are kept")),
        ("kubeflow", Some("made for platform.ml.kubeflow")),
        ("auth", Some("made for platform.ml.dex")),
        // These components are off.
        ("monitoring", Some("component \"prometheus\"'s, also while that is off")),
        ("seldon-system", Some("component \"seldon-core\"'s, also while that is off")),
        ("mpi-operator", Some("component \"mpi-operator\"'s, also while that is off")),
        ("nvidia-network-operator", Some("also while that is off")),
        ("volcano-monitoring", Some("also while that is off")),
    ] {
        let found = with_user(name, |_| {});
        match expected {
            None => assert_eq!(found, [""; 0], "{name}"),
            Some(part) => {
                let place = format!("user.{name}: Reserved name: The namespace \"{name}\" is ");
                assert!(
                    found.len() == 1 && found[0].starts_with(&place) && found[0].contains(part),
                    "{name}: {found:?}"
                );
            }
        }
    }
}

#[test]
fn what_holds_a_namespace_is_known_without_its_component() {
    let rule = |rules: &[ReadinessRule]| {
        let id = "Profile.kubeflow.org alice".parse().expect("an id");
        rules.iter().filter_map(|rule| rule.held_by(&id)).map(|held| held.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(rule(&Catalog::embedded().holding_rules()), ["Namespace alice"]);
    let mut platform = platform_with("version = \"1.9.1\"\nedition = \"mini\"");
    for name in ["profiles", "users", "dashboard"] {
        let off = ComponentSettings { enabled: Some(false), ..ComponentSettings::default() };
        platform.components.insert(name.into(), off);
    }
    let (rendered, diagnostics) =
        render(&Catalog::embedded(), &Installation::default(), &platform, &mut Sources::new());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(rule(&rendered.readiness), ["Namespace alice"]);
}

/// Else a component that is off would make a namespace that nobody knows is its.
#[test]
fn components_declare_the_namespaces_they_make() {
    // Components that exclude each other are rendered apart.
    let everything = quoting::Everything::new().rendered();
    let components = everything.iter().flat_map(|rendered| &rendered.components);
    let declared: Vec<&str> = components.map(|component| component.namespace.as_str()).collect();
    for made in everything.iter().flat_map(|rendered| &rendered.objects) {
        let is_namespace = made.object.id().group_kind() == "Namespace";
        assert!(!is_namespace || declared.contains(&made.object.name()), "{} of {}", made.object.id(), made.owner);
    }
}

#[test]
fn nobody_writes_placeholders() {
    let known = "<user_id ADMIN>";
    let real = placeholder::user_id("ADMIN");
    let user = |user_id: &str| {
        let user = User {
            name: "eve".into(),
            platform: Address::resource("platform", "ml"),
            email: "eve@example.com".into(),
            user_id: Some(user_id.into()),
            ..User::default()
        };
        Declared::new(Address::resource("user", "eve"), user)
    };
    let people = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: p}\ndata:\n  eve: {{ users[1].user_id | quote }}\n  admin: {{ users[0].user_id | quote }}\n  greeting: {{ var.greeting | quote }}\n";
    let catalog = catalog(&[("templates/app/p.yaml", people)]);
    let run = |user_id: &str, greeting: &str, host: &str| {
        let mut platform = platform();
        platform.projection["endpoint"]["host"] = host.into();
        let inputs = [("greeting".to_owned(), Value::from(greeting))].into();
        platform.components.insert("app".into(), ComponentSettings { inputs, ..ComponentSettings::default() });
        let installation = Installation { users: vec![user(user_id)], ..installation() };
        let mut sources = Sources::new();
        let (mut rendered, diagnostics) = render(&catalog, &installation, &platform, &mut sources);
        rendered.fill(&[], &mut VerifiedPasswords::default()).expect("filled");
        let map = rendered.objects.iter().find(|made| made.object.name() == "p");
        (map.map(|map| map.object.clone()), texts(&diagnostics, &sources))
    };
    // What looks like one as people are shown it is a text like any other.
    let (map, found) = run(known, known, "host");
    assert_eq!(found, [""; 0]);
    let map = map.expect("a ConfigMap");
    assert_eq!(map.text("/data/greeting"), known);
    assert_eq!(map.text("/data/eve"), known);
    assert_ne!(map.text("/data/admin"), known);
    for (user_id, greeting, host, expected) in [
        (real.as_str(), "x", "h", "user.eve: Character not allowed: user_id holds"),
        ("7", real.as_str(), "h", "platform.ml.app: Character not allowed: inputs.greeting holds"),
        ("7", "x", real.as_str(), "platform.ml: Character not allowed: endpoint.host holds"),
        ("7", "\u{f8f1}", "h", "platform.ml.app: Character not allowed: inputs.greeting holds"),
    ] {
        let (_, found) = run(user_id, greeting, host);
        assert!(found.iter().any(|text| text.starts_with(expected)), "{expected}\ngot {found:?}");
    }
    // People see brackets.
    let (mut rendered, _) = render(&self::catalog(&[]), &installation(), &platform(), &mut Sources::new());
    rendered.show_placeholders();
    assert_eq!(find(&rendered, "Secret base/token").object.text("/stringData/token"), "<generated base.token>");
}

/// A definition and a template of a later version are not seen by an earlier one, nor an image that only that has.
#[test]
fn versions_have_definitions_of_their_own() {
    let release = |version: &str, base: &str, images: &str| {
        format!(
            "release \"{version}\" {{\n  component \"base\" {{\n    version = \"{base}\"\n    images = {{ {images} }}\n  }}\n}}\n"
        )
    };
    let old = release("1.0", "1", "");
    let new = release("2.0", "2.1", "late = \"x/late:1\"");
    let files = [
        ("modules/releases/1.0.hcl", old.as_str()),
        ("modules/releases/2.0.hcl", new.as_str()),
        (
            "modules/base/module.hcl",
            "component {\n  namespace = \"base\"\n  editions = [\"mini\"]\n}\nlocals {\n  a = \"old\"\n}\n",
        ),
        (
            "modules/base/2/module.hcl",
            "component {\n  namespace = \"base\"\n  editions = [\"mini\"]\n}\nlocals {\n  a = image.late\n}\n",
        ),
        (
            "templates/base/token.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: t}\ndata: {a: {{ local.a | quote }}}\n",
        ),
    ];
    for (version, expected) in [("1.0", "old"), ("2.0", "mirror.example/m/x/late:1")] {
        let mut platform = platform();
        platform.version = version.into();
        let mut sources = Sources::new();
        let (rendered, diagnostics) = render(&catalog(&files), &installation(), &platform, &mut sources);
        assert_eq!(texts(&diagnostics, &sources), [""; 0]);
        assert_eq!(find(&rendered, "ConfigMap base/t").object.text("/data/a"), expected);
    }
}
