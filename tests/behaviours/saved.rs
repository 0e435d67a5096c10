//! Saved plans: performed exactly, or refused as stale; never with a secret in them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::server::Server;
use crate::server::behaviours;

behaviours!(
    a_saved_plan_brings_plain_variables_and_holds_secret_ones_against_their_digests,
    a_saved_plan_is_performed_exactly,
    a_saved_plan_is_refused_when_something_has_changed,
    no_secret_stands_in_a_saved_plan,
);

const APPLY: [&str; 2] = ["apply", "--auto-approve"];
const PLAN: [&str; 3] = ["plan", "--out", "saved"];

pub fn a_saved_plan_is_performed_exactly(server: &Server) {
    let directory = server.small("exact");
    directory.succeed(&PLAN);
    directory.succeed(&["apply", "saved"]);
    assert_eq!(directory.run(&["plan", "--detailed-exitcode"]).code, Some(0));
    directory.replace("x/templates/workloads.yaml", "size = 3", "size = 4");
    directory.succeed(&PLAN);
    // What the plan does not touch may change meanwhile, and is not its business.
    let service = "/api/v1/namespaces/exact/services/web?fieldManager=kubectl-edit";
    let patch = json!({"spec": {"selector": {"app": "other"}}});
    server.done("PATCH", service, "application/merge-patch+json", &patch);
    let answer = directory.run(&["apply", "saved"]);
    assert_eq!(answer.code, Some(1), "it would touch the Service too\n{}", answer.stdout);
    server.done("PATCH", service, "application/merge-patch+json", &json!({"spec": {"selector": {"app": "web"}}}));
    directory.succeed(&["apply", "saved"]);
    let settings = server.get("/api/v1/namespaces/exact/configmaps/settings");
    assert_eq!(settings["data"]["settings.ini"], "colour = green\nsize = 4\n");
    assert_eq!(directory.run(&["plan", "--detailed-exitcode"]).code, Some(0));
    server.destroyed(&directory, "exact");
}

pub fn a_saved_plan_is_refused_when_something_has_changed(server: &Server) {
    let directory = server.small("stale");
    directory.succeed(&APPLY);
    directory.replace("x/templates/workloads.yaml", "size = 3", "size = 4");
    directory.succeed(&PLAN);
    let refused = |why: &str| {
        let answer = directory.run(&["apply", "saved"]);
        assert_eq!(answer.code, Some(1), "{why}\n{}", answer.stdout);
        let expected = format!(
            "error: The plan is stale\n  because cluster.main: {why} since the plan was made\n\n  Plan again and look at \
             what it shows now.\n"
        );
        assert_eq!(answer.stderr, expected);
        let settings = server.get("/api/v1/namespaces/stale/configmaps/settings");
        assert_eq!(settings["data"]["settings.ini"], "colour = green\nsize = 3\n", "nothing was done");
    };
    // The configuration, although the objects it means are the same.
    directory.append("main.hcl", "output \"more\" {\n  value = 1\n}\n");
    refused("the configuration changed");
    directory.replace("main.hcl", "output \"more\" {\n  value = 1\n}\n", "");
    // An object that the plan touches, although not the field.
    let settings = "/api/v1/namespaces/stale/configmaps/settings?fieldManager=kubectl-label";
    let label = json!({"metadata": {"labels": {"mine": "theirs"}}});
    server.done("PATCH", settings, "application/merge-patch+json", &label);
    refused("ConfigMap stale/settings changed");
    directory.succeed(&PLAN);
    // Another run, which makes one object more.
    let other = server.small("stale");
    other.append("x/templates/more.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more\n");
    other.succeed(&APPLY);
    refused("another apply ran");
    server.destroyed(&directory, "stale");
}

pub fn a_saved_plan_brings_plain_variables_and_holds_secret_ones_against_their_digests(server: &Server) {
    let directory = server.small("variables").environment("STACKWRIGHT_VAR_token", "first passphrase 1");
    let inputs = "inputs = { token = var.token, colours = var.colours }";
    directory.append(
        "main.hcl",
        "variable \"token\" {\n  type      = string\n  sensitive = true\n}\nvariable \"colours\" {\n  type    = set(string)\n  \
         default = [\"red\"]\n}\n",
    );
    directory.replace("main.hcl", "source = \"./x\"\n", &format!("source = \"./x\"\n    {inputs}\n"));
    directory.append("x/module.hcl", "variable \"token\" {\n  sensitive = true\n}\nvariable \"colours\" {}\n");
    directory.append(
        "x/templates/more.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: token\nstringData:\n  token: {{ var.token | quote }}\n---\n\
         apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: colours\ndata:\n  colours: {{ var.colours | json | quote }}\n",
    );
    let answer = directory.run(&["plan", "--var", "colours=[\"green\", \"blue\"]", "--out", "my saved"]);
    assert!(answer.stderr.contains("stackwright apply 'my saved'\n"), "{}", answer.stderr);
    assert!(answer.stderr.contains("the same values again: admin_password, token."), "{}", answer.stderr);
    let refused = |answer: crate::program::Answer, expected: &str| {
        assert_eq!(answer.code, Some(1), "{}", answer.stdout);
        assert!(answer.stderr.contains(expected), "{}", answer.stderr);
    };
    let apply = ["apply", "my saved"];
    refused(
        crate::program::Answer::of({
            let mut command = directory.command(&apply);
            command.env("STACKWRIGHT_VAR_token", "second passphrase 2");
            command
        }),
        "the secret variable \"token\" has another value than the plan was made with",
    );
    refused(
        directory.run(&["apply", "--var", "colours=[\"red\"]", "my saved"]),
        "the variable \"colours\" is given another value than the plan was made with",
    );
    // What is shown and what is performed belong together.
    let path = directory.path().join("my saved");
    let text = std::fs::read_to_string(&path).expect("the plan");
    std::fs::write(&path, text.replacen("to add", "to mend", 1)).expect("the plan can be written");
    refused(directory.run(&["show", "my saved"]), "it was changed or damaged since it was saved");
    refused(directory.run(&apply), "it was changed or damaged since it was saved");
    std::fs::write(&path, text).expect("the plan can be written");
    directory.succeed(&apply);
    let colours = server.get("/api/v1/namespaces/variables/configmaps/colours");
    assert_eq!(colours["data"]["colours"], "[\"blue\",\"green\"]");
    server.destroyed(&directory, "variables");
}

pub fn no_secret_stands_in_a_saved_plan(server: &Server) {
    const CANARY: &str = "canary-5c1e-token";
    let directory = server.small("secretive").environment("STACKWRIGHT_VAR_token", CANARY);
    directory.append("main.hcl", "variable \"token\" {\n  type      = string\n  sensitive = true\n}\n");
    let source = "source = \"./x\"\n";
    directory.replace("main.hcl", source, &format!("{source}    inputs = {{ token = var.token }}\n"));
    directory.append("x/module.hcl", "variable \"token\" {\n  type      = string\n  sensitive = true\n}\n");
    directory.append(
        "x/templates/token.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: token\nstringData:\n  token: {{ var.token | quote }}\n",
    );
    let encoded = STANDARD.encode(CANARY);
    let clean = |text: &str, what: &str| {
        assert!(!text.contains(CANARY) && !text.contains(&encoded), "the secret stands in {what}:\n{text}");
    };
    let run = |arguments: &[&str]| {
        let answer = directory.run(arguments);
        assert_eq!(answer.code, Some(0), "{arguments:?}\n{}", answer.stderr);
        clean(&(answer.stdout + &answer.stderr), &format!("what {arguments:?} says"));
    };
    run(&["plan", "--full", "--out", "saved"]);
    for file in directory.files() {
        clean(&String::from_utf8_lossy(&std::fs::read(&file).expect("a file")), &file.display().to_string());
    }
    run(&["apply", "--log", "debug", "saved"]);
    let secret = server.get("/api/v1/namespaces/secretive/secrets/token");
    assert_eq!(secret["data"]["token"], encoded.as_str(), "the cluster has it");
    server.done(
        "PATCH",
        "/api/v1/namespaces/secretive/secrets/token?fieldManager=kubectl-edit",
        "application/merge-patch+json",
        &json!({"data": {"token": STANDARD.encode("canary-5c1e-token-changed")}}),
    );
    run(&["plan", "--full", "--json", "--out", "saved"]);
    run(&["show", "saved"]);
    run(&["apply", "--auto-approve"]);
    run(&["history", "--json"]);
    run(&["show", "--json"]);
    for file in directory.files() {
        clean(&String::from_utf8_lossy(&std::fs::read(&file).expect("a file")), &file.display().to_string());
    }
    server.destroyed(&directory, "secretive");
}
