//! What of a component a backup takes beside users' objects: kinds of its programs' own, and its database. Pure.

use std::collections::BTreeMap;

use super::HopStep;
use super::Job;
use super::Program;
use super::job;
use super::job::Claim;
use crate::config::Backup;
use crate::config::Node;
use crate::object::Object;

/// What a component has that cannot be made again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    pub component: String,
    pub namespace: String,
    /// Group and kind of objects in its namespace.
    pub kinds: Vec<(String, String)>,
    pub database: Option<Database>,
}

/// A MySQL server whose schemas are dumped and loaded by programs in the cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Database {
    pub host: String,
    /// Key of the component's image that the programs run in.
    image: String,
    /// Secret and key of the root password.
    password: (String, String),
    account: String,
    labels: BTreeMap<String, String>,
}

/// The claim in the component's namespace that dumps are kept in.
pub const CLAIM: &str = "stackwright-backups";
/// The programs that dump, and that dump by the clock.
const DUMP: &str = "dump-mysql.sh";
const BY_THE_CLOCK: &str = "scheduled-dump.sh";
/// The size it is made in.
const SIZE: &str = "50Gi";
/// The user that MySQL's image runs as.
const USER: u32 = 999;

impl Kept {
    /// Reads a `keeps` block of a component.
    pub(super) fn read(component: &str, namespace: &str, node: &Node<'_>) -> Self {
        let parts = |kind: &String| {
            let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
            (group.to_owned(), kind.to_owned())
        };
        Self {
            component: component.to_owned(),
            namespace: namespace.to_owned(),
            kinds: node.texts("kinds").iter().map(parts).collect(),
            database: node.block("database").and_then(read_database),
        }
    }

    /// The step that dumps its database into a file of the backup of this name. `None` where it has none.
    pub fn dump(&self, backup: &str) -> Option<HopStep> {
        self.step("dump", backup, DUMP, "Writers wait until it is counted and dumped.")
    }

    /// The step that puts a dump in the place of what the database holds.
    pub fn load(&self, backup: &str) -> Option<HopStep> {
        self.step("load", backup, "load-mysql.sh", "What the database holds now is replaced.")
    }

    /// What dumps its database by the clock, and the claim that is for that: another than the one of dumps that somebody asks
    /// for, since volumes are often mounted on one node only, and a claim has one owner. None where it has no database, or the
    /// release no image for that.
    pub(super) fn scheduled<'a>(
        &self,
        backup: &Backup,
        storage_class: Option<&str>,
        image: impl Fn(&str) -> Option<&'a str>,
        text: impl Fn(&str) -> Option<&'a str>,
    ) -> Vec<Object> {
        let (Some(database), Some(step)) = (&self.database, self.dump("")) else { return Vec::new() };
        let (Some(image), Some(job)) = (image(&database.image), step.job()) else { return Vec::new() };
        let (Ok(dump), Ok(around)) = (job::read(DUMP, &text), job::read(BY_THE_CLOCK, &text)) else {
            return Vec::new();
        };
        let environment = [
            ("HOST", database.host.clone()),
            ("NAME", self.component.clone()),
            ("KEEP", backup.keep.to_string()),
            ("PROGRAM", dump),
        ];
        let name = format!("{}-backups", self.component);
        let claim =
            Claim { name: name.clone(), path: "/backups".into(), size: backup.size.clone(), ..Claim::default() };
        let job = Job {
            command: vec!["bash".into(), "-c".into(), around],
            environment: environment.map(|(name, value)| (name.to_owned(), value)).into(),
            claims: vec![claim],
            retries: 1,
            ..job.clone()
        };
        let program = Program::plain(job, image, storage_class);
        let claims = program.claims().filter_map(|(_, object)| object);
        claims.chain(program.by_the_clock(&name, &backup.schedule)).collect()
    }

    /// The file of a dump, as programs see it.
    pub fn file(&self, backup: &str) -> String {
        format!("/backups/{backup}/{}.sql.gz", self.component)
    }

    fn step(&self, verb: &str, backup: &str, program: &str, reason: &str) -> Option<HopStep> {
        let database = self.database.as_ref()?;
        let job = Job {
            namespace: self.namespace.clone(),
            image: (self.component.clone(), database.image.clone()),
            command: vec!["bash".into(), "-c".into()],
            file: program.to_owned(),
            environment: BTreeMap::from([
                ("HOST".to_owned(), database.host.clone()),
                ("FILE".to_owned(), self.file(backup)),
            ]),
            secrets: BTreeMap::from([("MYSQL_PWD".to_owned(), database.password.clone())]),
            claims: vec![Claim {
                name: CLAIM.to_owned(),
                path: "/backups".to_owned(),
                size: if verb == "dump" { SIZE.to_owned() } else { String::new() },
                ..Claim::default()
            }],
            account: database.account.clone(),
            labels: database.labels.clone(),
            user: USER,
            group: USER,
            deadline_minutes: 24 * 60,
            ..Job::default()
        };
        Some(HopStep::running(format!("{verb}-{}", self.component), job, reason))
    }
}

fn read_database(node: &Node<'_>) -> Option<Database> {
    let password = node.text("password")?;
    let (secret, key) = password.split_once('/')?;
    Some(Database {
        host: node.text("host")?,
        image: node.text("image")?,
        password: (secret.to_owned(), key.to_owned()),
        account: node.text("account").unwrap_or_default(),
        labels: node.text_map("labels"),
    })
}
