//! What users create: objects of every kind the platform serves, tried with kubectl against a server that knows only
//! our definitions of the kinds.
//!
//! `tests/objects/NAME/good*.yaml` are taken as they stand: no field of them is unknown. `wrong*.yaml` hold one typical
//! mistake each and are refused; their first line, `# refused: TEXT`, is what the server says then. No webhook and no
//! controller has a part in it: the schemas are the subject.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use crate::program::Answer;
use crate::program::Directory;
use crate::served::Served;
use crate::skip::skip;

/// Of the MPI operator; all other files are of kinds that stand beside the training operator.
const MPI_OPERATOR: &str = "apiVersion: kubeflow.org/v2beta1\nkind: MPIJob\n";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/objects")
}

/// A platform of everything, with one of the two operators that exclude each other.
fn everything(operator: &str) -> String {
    let directory = Directory::new();
    fs::copy(folder().join("everything.hcl"), directory.path().join("main.hcl")).expect("the file can be copied");
    if operator == "mpi-operator" {
        directory.replace(
            "main.hcl",
            "\"training-operator\" { enabled = true }",
            "\"training-operator\" { enabled = false }",
        );
        directory.replace("main.hcl", "\"mpi-operator\" { enabled = false }", "\"mpi-operator\" { enabled = true }");
    }
    directory.succeed(&["render"])
}

/// The documents of a stream that are of a kind.
fn of_kind<'a>(stream: &'a str, kind: &str) -> Vec<&'a str> {
    let line = format!("\nkind: {kind}\n");
    stream.split("\n---\n").filter(|document| format!("\n{document}\n").contains(&line)).collect()
}

/// The files of a folder's subfolders whose name begins so, sorted, with their texts.
fn files(beginning: &str) -> Vec<(PathBuf, String)> {
    let list = |path: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(path).expect("a readable folder");
        entries.map(|entry| entry.expect("an entry").path()).collect()
    };
    let mut paths: Vec<PathBuf> =
        list(&folder()).iter().filter(|path| path.is_dir()).flat_map(|path| list(path)).collect();
    paths.sort();
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(beginning));
    paths
        .into_iter()
        .filter(named)
        .map(|path| {
            let text = fs::read_to_string(&path).expect("the file can be read");
            (path, text)
        })
        .collect()
}

/// Tries all files against the server that kubectl speaks to, which must be empty.
///
/// # Arguments
///
/// * `kubectl`: runs it with arguments.
/// * `scratch`: a folder for files that are passed to it.
pub fn are_judged(kubectl: &dyn Fn(&[&str]) -> Answer, scratch: &Path) {
    let succeed = |arguments: &[&str]| {
        let answer = kubectl(arguments);
        assert_eq!(answer.code, Some(0), "kubectl {arguments:?}\n{}\n{}", answer.stdout, answer.stderr);
    };
    let definitions = scratch.join("definitions.yaml");
    let definitions = definitions.to_str().expect("a path in UTF-8");
    for operator in ["training-operator", "mpi-operator"] {
        let is_second = operator == "mpi-operator";
        let mut stream = of_kind(&everything(operator), "CustomResourceDefinition").join("\n---\n");
        if is_second {
            let mut kinds = of_kind(&stream, "CustomResourceDefinition");
            kinds.retain(|text| text.contains("\n  name: mpijobs.kubeflow.org\n"));
            assert_eq!(kinds.len(), 1, "the MPI operator's kind");
            stream = kinds.join("\n---\n");
            succeed(&["delete", "crd", "mpijobs.kubeflow.org", "--wait"]);
        }
        fs::write(definitions, stream).expect("the file can be written");
        succeed(&["apply", "--server-side", "-f", definitions]);
        // kubectl does not wait for a definition whose status has no conditions yet: it fails.
        let wait = ["wait", "--for=condition=Established", "--timeout=60s", "-f", definitions];
        let is_too_early = |answer: &Answer| answer.stderr.contains(".status.conditions accessor error");
        for _ in 0..100 {
            if !is_too_early(&kubectl(&wait)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        succeed(&wait);

        let is_ours = |text: &str| text.contains(MPI_OPERATOR) == is_second;
        let good: Vec<(PathBuf, String)> = files("good").into_iter().filter(|(_, text)| is_ours(text)).collect();
        let wrong: Vec<(PathBuf, String)> = files("wrong").into_iter().filter(|(_, text)| is_ours(text)).collect();
        assert!(!good.is_empty() && !wrong.is_empty(), "{operator}: no files");
        // Twice: a new object is checked as a whole, an applied one field by field.
        for verb in [["create", "--dry-run=server"], ["apply", "--server-side"]] {
            let mut arguments = vec![verb[0], verb[1], "--namespace=default"];
            for (path, _) in &good {
                arguments.extend(["-f", path.to_str().expect("a path in UTF-8")]);
            }
            succeed(&arguments);
        }
        // All at once: kubectl asks the server for its kinds each time it starts, and goes on after one that is refused.
        let mut arguments = vec!["create", "--dry-run=server", "--namespace=default"];
        for (path, _) in &wrong {
            arguments.extend(["-f", path.to_str().expect("a path in UTF-8")]);
        }
        let answer = kubectl(&arguments);
        assert_eq!(answer.stdout, "", "{operator}: these were taken");
        for (path, text) in &wrong {
            let path = path.to_str().expect("a path in UTF-8");
            let reason = text.lines().next().and_then(|line| line.strip_prefix("# refused: "));
            let reason = reason.unwrap_or_else(|| panic!("{path} does not say why it is refused"));
            let of_this = format!("\"{path}\": ");
            let said = answer.stderr.lines().find(|line| line.contains(&of_this));
            assert!(said.is_some_and(|said| said.contains(reason)), "{path}: no `{reason}` in\n{}", answer.stderr);
        }
    }
}

#[test]
fn are_judged_by_the_sandbox() {
    let Some(served) = Served::empty() else { skip!("there is no kubectl") };
    are_judged(&|arguments| served.run(arguments), served.directory.path());
}

#[test]
fn every_kind_has_good_and_wrong_ones() {
    let named = |beginning: &str| -> BTreeSet<PathBuf> {
        files(beginning).iter().filter_map(|(path, _)| path.parent().map(Path::to_owned)).collect()
    };
    assert_eq!(named("good"), named("wrong"));
    assert!(named("good").len() >= 23, "kinds were lost");
}

#[test]
fn every_model_server_has_a_model() {
    let rendered = everything("training-operator");
    let name = |document: &str| {
        let line = document.lines().find_map(|line| line.strip_prefix("  name: "));
        line.expect("an object has a name").to_owned()
    };
    let offered: BTreeSet<String> = of_kind(&rendered, "ClusterServingRuntime").into_iter().map(name).collect();
    let used: BTreeSet<String> = files("good")
        .iter()
        .filter(|(path, _)| path.to_string_lossy().contains("/InferenceService/"))
        .flat_map(|(_, text)| {
            text.lines().filter_map(|line| line.trim().strip_prefix("runtime: ")).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(used, offered);
}
