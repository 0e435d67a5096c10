//! The commands that edit who there is, on the sandbox: what they see of it, what they write down, and what they never tell.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::program::Answer;
use crate::program::Directory;
use crate::served::Served;
use crate::served::installed;
use crate::skip::skip;

fn users(directory: &Directory) -> Vec<Value> {
    let listed: Value = serde_json::from_str(&directory.succeed(&["user", "list", "--json"])).expect("JSON");
    listed["users"].as_array().expect("a list").clone()
}

/// Odd characters, of the language too.
const CANARY: &str = "c4n@ry \"${x} %{y} \\ 'é\u{202e}$1";

#[test]
fn a_user_lives_by_commands_alone() {
    let directory = installed();
    let told = |answer: Answer| {
        assert_eq!(answer.code, Some(0), "{}", answer.stderr);
        format!("{}{}", answer.stdout, answer.stderr)
    };
    let add = ["user", "add", "bob", "--email", "Bob@Example.com", "--quota", "cpu=8", "--password-stdin"];
    let mut all = told(Answer::with_input(directory.command(&add), CANARY));
    assert!(all.contains("stackwright plan\n"), "{all}");
    let before = users(&directory);
    let bob = before.iter().find(|user| user["name"] == "bob").expect("bob");
    assert_eq!((&bob["can_log_in"], &bob["profile"]["exists"]), (&false.into(), &false.into()), "{bob}");
    all += &directory.succeed(&["apply", "--auto-approve"]);

    let after = users(&directory);
    let bob = after.iter().find(|user| user["name"] == "bob").expect("bob");
    assert_eq!(bob["address"], "user.bob");
    assert_eq!((&bob["can_log_in"], &bob["password_differs"]), (&true.into(), &false.into()), "{bob}");
    assert_eq!(bob["profile"]["quota"]["cpu"]["hard"], "8", "{bob}");
    assert_eq!(bob["last_login"], Value::Null, "Dex knows of none");
    let text = directory.run(&["user", "list"]);
    assert!(text.stdout.contains("bob    bob@example.com"), "{}", text.stdout);
    assert!(text.stderr.contains("unknown where Dex has kept nothing"), "{}", text.stderr);
    all += &text.stdout;

    all += &told(Answer::with_input(
        directory.command(&["user", "passwd", "bob", "--password-stdin"]),
        &format!("{CANARY}2\n"),
    ));
    let changed = users(&directory);
    let bob = changed.iter().find(|user| user["name"] == "bob").expect("bob");
    assert_eq!(bob["password_differs"], true, "{bob}");
    all += &directory.succeed(&["apply", "--auto-approve"]);
    assert_eq!(directory.run(&["plan", "--detailed-exitcode"]).code, Some(0));

    // What is in a profile stays, and is told wherever one looks.
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: work, namespace: bob}\nspec: {accessModes: \
                 [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n";
    if let Some(served) = Served::of(directory) {
        served.write("claim.yaml", claim);
        served.kubectl("create -f claim.yaml");
        let directory = &served.directory;
        all += &told(directory.run(&["user", "remove", "bob@example.com"]));
        let plan = directory.succeed(&["plan"]);
        let stays = "Profile.kubeflow.org bob: It is no longer wanted and stays, because deleting it would lose 1 PersistentVolumeClaim \
                     (work) in the namespace of profile bob.";
        let stays = stays.split(" 1 Persistent").next().expect("a part");
        assert!(plan.contains(stays), "{plan}");
        let ends = "bob@example.com logs in no more; sessions that are open last up to 24 hours.\nTo end everybody's at once: \
                    `stackwright apply --replace \"Secret oauth2-proxy/oauth2-proxy\"`.";
        assert!(plan.contains(ends), "{plan}");
        directory.succeed(&["apply", "--auto-approve"]);
        let status = directory.succeed(&["status"]);
        assert!(status.contains(stays) && status.contains("write a removed block with from = user.bob"), "{status}");
        let looked: Value = serde_json::from_str(&directory.succeed(&["status", "--json"])).expect("JSON");
        assert_eq!(looked["clusters"][0]["stays"][0]["address"], "user.bob", "{looked}");
        directory.append("main.hcl", "\nremoved {\n  from        = user.bob\n  delete_data = true\n}\n");
        let plan = directory.succeed(&["plan"]);
        assert!(plan.contains("- Profile.kubeflow.org bob") && plan.contains("This loses data:"), "{plan}");
        directory.succeed(&["apply", "--auto-approve"]);
        assert_eq!(served.kubectl("get profile bob --ignore-not-found -o name"), "");
        all += &plan;
        all += &status;
        let written: String = files(directory);
        assert!(!written.contains(CANARY), "a file has the password");
    }
    assert!(!all.contains("c4n@ry") && !all.contains("$2b$12$"), "{all}");
}

/// All that lies in a directory, as one text.
fn files(directory: &Directory) -> String {
    let read =
        |path: std::path::PathBuf| String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
    directory.files().into_iter().map(read).collect()
}

/// Two people in Dex's configuration by hand: one whom Dex would not take, and one with a name that is taken.
const BY_HAND: &str = "staticPasswords:\n  - email: Eve@example.com\n    hash: $2y$12$4K/VkmDd1q1Orb3xAt82zu8gk7Ad6ReFR4LCP9UeYE90NLiN9Df72\n    username: alice\n    userID: \"7\"\n  - email: weak@example.com\n    hash: $2y$04$4K/VkmDd1q1Orb3xAt82zu8gk7Ad6ReFR4LCP9UeYE90NLiN9Df72\n";

/// What Dex keeps of a log-in with offline access.
const TOKEN: &str = "apiVersion: dex.coreos.com/v1\nkind: RefreshToken\nmetadata: {name: abc, namespace: auth}\nclientID: \
                     kubeflow\ncreatedAt: '2026-01-02T03:04:05Z'\nlastUsed: '0001-01-01T00:00:00Z'\nclaims: {userID: x, \
                     username: alice, email: alice@example.com}\n";

#[test]
fn who_was_let_in_by_hand_is_written_down() {
    let Some(served) = Served::for_kubectl() else { skip!("there is no kubectl") };
    let nobody = served.directory.run(&["user", "import"]);
    assert_eq!((nobody.code, nobody.stderr.as_str()), (Some(0), "Everybody who can log in is in the configuration.\n"));
    let text = served.kubectl("get cm -n auth dex -o jsonpath={.data.config\\.yaml}");
    let edited = text.replacen("staticPasswords:\n", BY_HAND, 1);
    served.write("patch.json", &serde_json::json!({"data": {"config.yaml": edited}}).to_string());
    served.kubectl("patch cm -n auth dex --type merge --patch-file patch.json");
    let directory = &served.directory;
    let seen = users(directory);
    let strangers: Vec<&Value> =
        seen.iter().filter(|user| user["address"].is_null()).map(|user| &user["email"]).collect();
    assert_eq!(strangers, ["eve@example.com", "weak@example.com"]);

    // A token that outlives a session tells when it was given.
    served.write("token.yaml", TOKEN);
    served.kubectl("create -f token.yaml");
    let alice = users(directory).into_iter().find(|user| user["name"] == "alice").expect("alice");
    assert_eq!(alice["last_login"], "2026-01-02T03:04:05Z", "{alice}");

    let plan = directory.succeed(&["plan"]);
    assert!(plan.contains("`stackwright user import eve@example.com` writes a user block."), "{plan}");
    let unknown = directory.run(&["user", "import", "eva@example.com"]);
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.stderr.contains("Those are: eve@example.com, weak@example.com."), "{}", unknown.stderr);

    let imported = directory.run(&["user", "import"]);
    assert_eq!(imported.code, Some(0), "{}", imported.stderr);
    assert!(imported.stderr.contains("Added user.alice-2 (eve@example.com) to main.hcl."), "{}", imported.stderr);
    assert!(imported.stderr.contains("weak@example.com cannot be imported: its cost is 4"), "{}", imported.stderr);
    assert!(!imported.stderr.contains("4K/Vkm"), "{}", imported.stderr);
    let main = std::fs::read_to_string(directory.path().join("main.hcl")).expect("readable");
    assert!(main.contains("hash     = var.alice_2_hash\n  user_id  = \"7\"\n") && !main.contains("4K/Vkm"), "{main}");
    let hashes = directory.path().join("people.auto.hclvars");
    assert_eq!(std::fs::metadata(&hashes).expect("it is there").permissions().mode() & 0o777, 0o600);
    let plan = directory.succeed(&["plan"]);
    assert!(!plan.contains("eve@example.com, whom") && plan.contains("weak@example.com, whom"), "{plan}");
    assert!(!plan.contains("4K/Vkm"), "{plan}");
    directory.succeed(&["apply", "--auto-approve"]);
    let live = served.kubectl("get cm -n auth dex -o jsonpath={.data.config\\.yaml}");
    assert!(live.contains("eve@example.com") && live.contains("userID: \"7\""), "{live}");
    assert_eq!(directory.run(&["plan", "--detailed-exitcode"]).code, Some(0));
}

#[test]
fn nothing_is_half_written() {
    let directory = Directory::example("quickstart");
    let main = directory.path().join("main.hcl");
    let mode = |mode| std::fs::set_permissions(&main, std::fs::Permissions::from_mode(mode)).expect("a mode");
    let before = std::fs::read_to_string(&main).expect("readable");
    let add = ["user", "add", "bob", "--email", "bob@example.com", "--password-stdin"];
    mode(0o440);
    let refused = Answer::with_input(directory.command(&add), "a long enough one");
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("Cannot write main.hcl\n  because it is read-only\n"), "{}", refused.stderr);
    assert_eq!(std::fs::read_to_string(&main).expect("readable"), before);
    mode(0o640);
    // Through a link, as an editor does; who may read it stays.
    std::fs::rename(&main, directory.path().join("main.txt")).expect("renamed");
    std::os::unix::fs::symlink("main.txt", &main).expect("a link");
    let added = Answer::with_input(directory.command(&add), "a long enough one");
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let found = std::fs::symlink_metadata(&main).expect("it is there");
    assert!(found.is_symlink());
    let text = std::fs::metadata(directory.path().join("main.txt")).expect("it is there");
    assert_eq!(text.permissions().mode() & 0o777, 0o640);
    let after = std::fs::read_to_string(&main).expect("readable");
    assert!(after.contains("user \"bob\" {\n") && after.replace("\r", "").starts_with(&before[..400]), "{after}");
    assert_eq!(directory.files().len(), Directory::example("quickstart").files().len() + 1, "nothing is left behind");
}
