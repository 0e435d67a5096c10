//! For tests of whoever draws: models in which everything is there, each text of them the same.

use super::field::Field;
use super::object::ObjectModel;
use super::object::OwnerModel;
use super::plan::Count;
use super::plan::HopModel;
use super::plan::Occasion;
use super::plan::OutputModel;
use super::plan::PlanModel;
use super::plan::PlatformModel;
use super::plan::PolicyModel;
use super::plan::StepModel;
use super::plan::TargetModel;
use super::plan::UpgradeModel;
use super::report::FailureModel;
use super::report::GateModel;
use super::report::ReportModel;
use super::report::Row;
use super::revision::HistoryModel;
use super::revision::HopStepModel;
use super::revision::RevisionModel;
use crate::cli::view::difference::Line;
use crate::cli::view::difference::Mark;
use crate::ops::Risk;
use crate::ops::RiskItem;
use crate::ops::RiskLevel as Level;

fn all(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

fn field(text: &str, is_long: bool) -> Field {
    let lines = [Mark::Same, Mark::Add, Mark::Remove, Mark::Hidden];
    let lines = lines.map(|mark| Line { mark, text: text.to_owned() }).to_vec();
    Field {
        path: text.to_owned(),
        mark: Mark::Same,
        before: Some(text.to_owned()).filter(|_| !is_long),
        after: Some(text.to_owned()).filter(|_| !is_long),
        lines: if is_long { lines } else { Vec::new() },
        left_out: usize::from(is_long),
        is_yaml: is_long,
        forces_replacement: true,
        taken_from: Some(text.to_owned()),
    }
}

fn object(text: &str) -> ObjectModel {
    ObjectModel {
        id: text.to_owned(),
        owner: Some(text.to_owned()),
        kind: text.to_owned(),
        action: "update",
        verb: "change",
        notes: all(text),
        loss: Some(text.to_owned()),
        fields: vec![field(text, true), field(text, false)],
        manifest: Some(text.to_owned()),
        is_manifest_left_out: true,
    }
}

fn bare(text: &str) -> ObjectModel {
    ObjectModel { notes: Vec::new(), loss: None, fields: Vec::new(), manifest: None, ..object(text) }
}

fn target(text: &str) -> TargetModel {
    let own = || text.to_owned();
    let item = |object: Option<String>| RiskItem { object, text: own() };
    let risk = |level, title| Risk { name: "sample", level, title, items: vec![item(Some(own())), item(None)] };
    let step = StepModel { title: own(), what: own(), reason: own(), program: own() };
    let hop = HopModel { from: own(), to: own(), objects: own(), steps: vec![step] };
    TargetModel {
        address: own(),
        noun: "cluster",
        place: Some(own()),
        platform: Some(PlatformModel { address: own(), installed: Some("1.9.1".into()), version: own() }),
        revision: 3,
        summary: own(),
        is_empty: false,
        risks: vec![risk(Level::Danger, "This loses data"), risk(Level::Note, "This stays, because it holds data")],
        policies: vec![PolicyModel { address: own(), description: own(), result: "refused", judged: 2, broken: 1 }],
        notes: all(text),
        upgrade: Some(UpgradeModel { platform: own(), path: own(), hops: vec![hop] }),
        owners: vec![OwnerModel {
            address: own(),
            is_component: true,
            action: "update",
            verb: "change",
            counts: own(),
            objects: vec![object(text), bare(text)],
        }],
    }
}

pub fn plan(text: &str) -> PlanModel {
    let own = || text.to_owned();
    let count = || vec![Count { name: own(), word: own(), number: 2 }];
    PlanModel {
        installation: own(),
        summary: "Plan: 1 to add.".into(),
        is_empty: false,
        version: "0.1.0",
        occasion: Occasion {
            who: own(),
            when: own(),
            command: own(),
            is_exact: true,
            secret_variables: all(text),
            full: false,
        },
        counts: vec![Count { name: "create".into(), word: "to add".into(), number: 0 }],
        targets: vec![target(text), target(text)],
        outputs: vec![OutputModel { name: own(), action: "update", verb: "change", before: own(), after: own() }],
        kinds: count(),
        actions: count(),
        owners: all(text),
        objects: 4,
        is_large: false,
        risks: 4,
        left_out: 1,
    }
}

pub fn report(text: &str) -> ReportModel {
    let own = || text.to_owned();
    let row = || vec![Row { name: own(), owner: own(), took: own(), text: own() }];
    let gate = GateModel { name: own(), owner: own(), is_open: false, took: own(), share: 50, reason: own() };
    let failure = FailureModel { what: own(), owner: own(), reason: own(), detail: all(text), blocks: all(text) };
    ReportModel {
        command: own(),
        result: "failed",
        sentence: own(),
        started: own(),
        took: own(),
        wanted: 4,
        made: 1,
        retries: 1,
        failures: vec![failure],
        stopped: all(text),
        gates: vec![gate],
        ready: row(),
        changes: row(),
        more_changes: 1,
        steps: row(),
        hops: all(text),
        skipped: row(),
        more_skipped: 1,
        notices: all(text),
        plan: plan(text),
    }
}

pub fn history(text: &str) -> HistoryModel {
    let own = || text.to_owned();
    let revision = RevisionModel {
        number: 1,
        target: own(),
        who: own(),
        command: own(),
        started: own(),
        finished: own(),
        took: own(),
        result: "failed",
        counts: own(),
        release: own(),
        versions: vec![(own(), own())],
        overridden: all(text),
        failures: all(text),
        steps: vec![HopStepModel { title: own(), what: own(), is_done: false }],
        left: all(text),
    };
    HistoryModel {
        installation: own(),
        version: "0.1.0",
        when: own(),
        has_several_targets: true,
        revisions: vec![revision.clone(), revision],
        unfinished: all(text),
    }
}
