//! What plans and looks say beside the changes of objects: outputs, values that are made anew, fields of what is made, why
//! something does not serve, what a cluster lacks.

use serde_json::Value;

use crate::program::Answer;
use crate::program::Directory;

const APPLY: [&str; 2] = ["apply", "--auto-approve"];
const WHETHER: [&str; 2] = ["plan", "--detailed-exitcode"];

/// A cluster with next to nothing, and outputs.
fn with_outputs(outputs: &str) -> Directory {
    let directory = Directory::new();
    let main = "stackwright {\n  installation = \"prod\"\n}\nprovider \"sandbox\" {}\ncluster \"main\" {\n  provider = sandbox\n}\n";
    directory.append("main.hcl", main);
    directory.append("outputs.hcl", outputs);
    directory
}

fn output(name: &str, value: &str, more: &str) -> String {
    format!("output \"{name}\" {{\n  value = {value}\n{more}}}\n")
}

#[test]
fn a_change_of_outputs_alone_is_a_plan_with_changes() {
    let directory = with_outputs(&(output("a", "1", "") + &output("pin", "\"4711-first\"", "  sensitive = true\n")));
    let answer = directory.run(&WHETHER);
    assert_eq!(answer.code, Some(2), "{}", answer.stderr);
    assert_eq!(
        answer.stdout,
        "Changes to Outputs:\n  + a   = 1\n  + pin = (sensitive value)\n\nAn apply records these outputs and changes \
         nothing in the cluster.\n"
    );
    let applied = directory.succeed(&APPLY);
    assert!(applied.contains("Apply complete! Objects: 0 added, 0 changed, 0 destroyed."), "{applied}");
    assert!(applied.ends_with("\nOutputs:\n\na = 1\npin = (sensitive value)\n"), "{applied}");
    assert_eq!(directory.succeed(&["output", "--raw", "pin"]), "4711-first");
    assert_eq!(directory.run(&WHETHER).code, Some(0));

    // Another value, another one that is secret, one that goes.
    directory.replace("outputs.hcl", "value = 1", "value = 2");
    directory.replace("outputs.hcl", "4711-first", "4711-second");
    directory.append("outputs.hcl", &output("list", "[1, \"x\"]", ""));
    let answer = directory.run(&WHETHER);
    let expected = "  ~ a    = 1 -> 2\n  + list = [1, \"x\"]\n  ~ pin  = (sensitive value)\n";
    assert!(answer.stdout.contains(expected), "{}", answer.stdout);
    assert!(!answer.stdout.contains("4711"), "{}", answer.stdout);
    let json: Value = serde_json::from_str(&directory.succeed(&["plan", "--json"])).expect("JSON");
    let changes = &json["output_changes"];
    assert_eq!(changes["a"]["actions"], serde_json::json!(["update"]), "{changes}");
    assert_eq!((&changes["a"]["before"], &changes["a"]["after"]), (&1.into(), &2.into()), "{changes}");
    assert_eq!(changes["list"]["actions"], serde_json::json!(["create"]), "{changes}");
    assert_eq!(changes["pin"]["after"], "(sensitive value)", "{changes}");
    assert_eq!(changes["pin"]["after_sensitive"], true, "{changes}");
    directory.succeed(&APPLY);
    std::fs::remove_file(directory.path().join("outputs.hcl")).expect("it is there");
    let gone = directory.run(&WHETHER);
    assert!(gone.stdout.contains("  - a    = 2 -> null\n"), "{}", gone.stdout);
    let events = directory.succeed(&["apply", "--auto-approve", "--json"]);
    assert!(events.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{events}");
    assert_eq!(directory.succeed(&["output"]), "");
}

#[test]
fn a_saved_plan_of_outputs_is_applied_or_stale() {
    let directory = with_outputs(&output("a", "1", ""));
    directory.succeed(&["plan", "--out", "first"]);
    assert!(directory.succeed(&["show", "first"]).contains("  + a = 1\n"));
    let shown: Value = serde_json::from_str(&directory.succeed(&["show", "first", "--json"])).expect("JSON");
    assert_eq!(shown["output_changes"]["a"]["actions"][0], "create");
    directory.succeed(&["plan", "--out", "second"]);
    directory.succeed(&["apply", "first"]);
    assert_eq!(directory.succeed(&["output", "a"]), "1\n");
    let stale = directory.run(&["apply", "second"]);
    assert_eq!(stale.code, Some(1), "{}", stale.stdout);
    assert!(stale.stderr.contains("output \"a\" changed since the plan was made"), "{}", stale.stderr);
    let events = directory.succeed(&["apply", "--auto-approve", "--json"]);
    let last: Value = serde_json::from_str(events.lines().last().expect("an event")).expect("JSON");
    assert_eq!((&last["type"], &last["outputs"]["a"]["value"]), (&"outputs".into(), &1.into()), "{events}");
}

/// The small installation on a sandbox, its own component with a generated value that a Deployment reads.
fn with_generated() -> Directory {
    let directory = Directory::small("small");
    directory.replace("main.hcl", "provider \"kubernetes\" {}", "provider \"sandbox\" {}");
    directory.replace("main.hcl", "provider = kubernetes", "provider = sandbox");
    directory.append(
        "x/module.hcl",
        "generated \"token\" {\n  secret  = \"small/token\"\n  key     = \"token\"\n  renewal = \"Clients need the new \
         one.\"\n}\ngenerated \"root\" {\n  secret  = \"small/root\"\n  key     = \"root\"\n  data    = \
         \"small/disk\"\n  renewal = \"Change it in the database first.\"\n}\n",
    );
    directory.append(
        "x/templates/generated.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: token\nstringData:\n  token: {{ generated.x.token | quote }}\n\
         ---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: root\nstringData:\n  root: {{ generated.x.root | quote }}\n\
         ---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: disk\nspec:\n  accessModes: \
         [ReadWriteOnce]\n  resources:\n    requests:\n      storage: 1Gi\n\
         ---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: reader\nspec:\n  selector:\n    matchLabels: {app: \
         reader}\n  template:\n    metadata:\n      labels: {app: reader}\n    spec:\n      containers:\n        - name: c\n          \
         image: registry.example/c:1\n          envFrom:\n            - secretRef: {name: token}\n",
    );
    directory
}

#[test]
fn a_generated_value_is_renewed_where_its_secret_is_named() {
    let directory = with_generated();
    directory.succeed(&APPLY);
    let renew = ["plan", "--detailed-exitcode", "--replace", "Secret small/token"];
    let answer = directory.run(&renew);
    assert_eq!(answer.code, Some(2), "{}", answer.stderr);
    let plan = &answer.stdout;
    assert!(plan.contains("Made anew in Secret small/token: token.\nClients need the new one.\n"), "{plan}");
    assert!(
        plan.contains("~ Secret small/token\n          ~ data.token = (sensitive value) -> (sensitive value)\n"),
        "{plan}"
    );
    assert!(
        plan.contains("~ Deployment.apps small/reader\n          ~ # restarts its pods: what they read changes\n"),
        "{plan}"
    );
    assert!(plan.contains("Plan: 0 to add, 2 to change, 0 to destroy."), "{plan}");
    directory.succeed(&["apply", "--auto-approve", "--replace", "Secret small/token"]);
    assert_eq!(directory.run(&WHETHER).code, Some(0), "what was made anew stays");

    let refused = directory.run(&["plan", "--replace", "Secret small/root"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    for expected in ["Value cannot be renewed", "PersistentVolumeClaim small/disk", "Change it in the database first."]
    {
        assert!(refused.stderr.contains(expected), "{expected}: {}", refused.stderr);
    }
}

#[test]
fn a_full_plan_shows_the_fields_of_what_is_made() {
    let directory = with_generated();
    let (full, short) = (directory.succeed(&["plan", "--full"]), directory.succeed(&["plan"]));
    for field in ["+   replicas: 2\n", "+   settings.ini: |\n", "+   token: (sensitive value)\n", "schema: left out"] {
        assert!(full.contains(field), "{field}\n{full}");
        assert!(!short.contains(field), "{field}");
    }
}

/// The small installation on a sandbox.
fn small() -> Directory {
    let directory = Directory::small("small");
    directory.replace("main.hcl", "provider \"kubernetes\" {}", "provider \"sandbox\" {}");
    directory.replace("main.hcl", "provider = kubernetes", "provider = sandbox");
    directory
}

#[test]
fn status_says_why_pods_do_not_run() {
    for (fault, expected) in
        [("image-pull", "ImagePullBackOff"), ("crash-loop", "exit code"), ("unschedulable", "cannot be scheduled: ")]
    {
        let directory = small();
        directory.append(
            "x/templates/sick.yaml",
            &format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: sick\nspec:\n  selector:\n    matchLabels: \
                 {{app: sick}}\n  template:\n    metadata:\n      labels: {{app: sick}}\n      annotations:\n        \
                 sandbox.stackwright.io/fault: {fault}\n    spec:\n      containers:\n        - name: c\n          image: \
                 registry.example/c:1\n"
            ),
        );
        let applied = directory.run(&["apply", "--auto-approve", "--wait-timeout", "10s"]);
        assert_eq!(applied.code, Some(1), "{}", applied.stdout);
        let status = directory.run(&["status"]);
        assert_eq!(status.code, Some(1), "{}", status.stdout);
        let told =
            status.stdout.split("\nDeployment.apps small/sick: 0 of 1 replicas available\n").nth(1).unwrap_or_default();
        let line = told.lines().next().unwrap_or_default();
        assert!(line.starts_with("    pod sick-") && line.contains(expected), "{fault}\n{}", status.stdout);
        let json: Value = serde_json::from_str(&directory.run(&["status", "--json"]).stdout).expect("JSON");
        let owners = json["clusters"][0]["owners"].as_array().expect("a list");
        let x = owners.iter().find(|owner| owner["address"] == "platform.ml.x").expect("the component");
        assert!(x["unready"][0]["detail"][0].as_str().is_some_and(|detail| detail.contains(expected)), "{x}");
    }
}

#[test]
fn a_plan_warns_of_nodes_that_are_too_few() {
    let directory = small();
    directory.replace("main.hcl", "provider \"sandbox\" {}", "provider \"sandbox\" {\n  nodes = 1\n}");
    let plan = directory.run(&["plan"]);
    assert_eq!(plan.code, Some(0), "{}", plan.stderr);
    let folded = plan.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(folded.contains("Nodes: 1 ready."), "{}", plan.stderr);
    assert!(folded.contains("Size: 16 vCPU and 69 GB; the mini edition needs 24 vCPU and 96 GB."), "{}", plan.stderr);
    directory.succeed(&APPLY);
    let again = directory.run(&["plan"]);
    assert!(!again.stderr.contains("Size:"), "what makes no pods warns of nothing\n{}", again.stderr);
}

#[test]
fn the_console_knows_types_and_expressions_of_several_lines() {
    let directory = with_outputs("locals {\n  a = { b = [1, \"x\"] }\n}\n");
    let typed = |text: &str| {
        let answer = Answer::with_input(directory.command(&["console"]), text);
        (answer.stdout, answer.stderr)
    };
    let kind = "object({\n    b: tuple([\n        number,\n        string,\n    ]),\n})\n";
    assert_eq!(typed("type(local.a)\n").0, kind);
    assert_eq!(typed("max(\n  1,\n  2\n)\n3\n").0, "2\n3\n");
    assert_eq!(typed("<<EOT\na {\nEOT\n1\nexit\n2\n").0, "<<EOT\na {\n\nEOT\n1\n");
    let (_, wrong) = typed("[type(1)]\n");
    assert!(
        wrong.contains("only the console has it, around a whole expression") && !wrong.contains("Did you mean"),
        "{wrong}"
    );
}
