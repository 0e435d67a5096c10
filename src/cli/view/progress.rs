//! Progress of an apply: plain lines for pipes and logs, moving lines on a terminal, JSON lines for programs.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;
use std::time::Instant;

use indicatif::MultiProgress;
use indicatif::ProgressBar;
use indicatif::ProgressDrawTarget;
use indicatif::ProgressStyle;
use serde_json::Value;
use serde_json::json;

use super::Paint;
use super::shortened::columns;
use super::shortened::shortened;
use crate::apply::Event;
use crate::apply::Failure;
use crate::apply::Subject;
use crate::cli::terminal::print;
use crate::cli::terminal::say;
use crate::cli::terminal::was_typed;
use crate::object::Address;
use crate::object::ObjectId;
use crate::ops::known_secrets;
use crate::plan::Gate;
use crate::ui::visible;

/// A wait shorter than this is not worth a line of its own in a log.
const QUIET: Duration = Duration::from_secs(2);

/// Shows events as they come.
pub struct Progress {
    form: Form,
    paint: Paint,
    /// Say each single object.
    verbose: bool,
    started: Instant,
    /// Objects changed so far, by owner.
    changed: BTreeMap<Address, usize>,
    /// Gates that are closed, by owner; of objects that nobody owns too.
    waits: BTreeMap<Option<Address>, Waits>,
    told: BTreeSet<String>,
    /// Servers that do not answer at all, by cluster: the address. Said once, and not for each request.
    away: BTreeMap<Address, String>,
    /// Waits that are worth a line in a log and have none yet, by whose they are and what they wait for: what many wait
    /// for alike is one line.
    untold: BTreeMap<(Option<Address>, String), Vec<Gate>>,
    /// Objects that were changed; a replaced one is changed twice and counts once.
    done: BTreeSet<(Address, ObjectId)>,
    /// How many clusters are changed at once; of more than one, each line of a whole cluster names it.
    clusters: usize,
    objects: usize,
    begun: usize,
}

/// What an owner waits for.
struct Waits {
    since: Instant,
    /// Gate to reason.
    gates: BTreeMap<Gate, String>,
}

enum Form {
    Lines,
    Json,
    Terminal(Screen),
}

impl Progress {
    /// Plain lines on stderr.
    pub fn lines(clusters: usize, paint: Paint, verbose: bool) -> Self {
        Self::new(Form::Lines, clusters, paint, verbose)
    }

    /// One JSON object a line on stdout.
    pub fn json(clusters: usize) -> Self {
        Self::new(Form::Json, clusters, Paint::new(false), true)
    }

    /// Moving lines on the terminal behind stderr.
    pub fn terminal(clusters: usize, paint: Paint, verbose: bool) -> Self {
        Self::new(Form::Terminal(Screen::new()), clusters, paint, verbose)
    }

    fn new(form: Form, clusters: usize, paint: Paint, verbose: bool) -> Self {
        Self {
            form,
            paint,
            verbose,
            started: Instant::now(),
            changed: BTreeMap::new(),
            waits: BTreeMap::new(),
            told: BTreeSet::new(),
            away: BTreeMap::new(),
            untold: BTreeMap::new(),
            done: BTreeSet::new(),
            clusters,
            objects: 0,
            begun: 0,
        }
    }

    /// Shows one event of a cluster.
    pub fn show(&mut self, cluster: &Address, event: &Event) {
        if let Form::Json = self.form {
            // Nobody reads on: the apply goes on all the same, it must not die half-way of a closed pipe.
            print(&format!("{}\n", event_json(cluster, event)));
            return;
        }
        self.track(cluster, event);
        if !matches!(event, Event::Waiting { .. }) {
            self.tell_waits();
        }
        if matches!(event, Event::Changed { .. } | Event::Opened { .. } | Event::OwnerReady { .. })
            && let Some(address) = self.away.remove(cluster)
        {
            self.print(&self.paint.dim(&format!("  the server at {address} answers again {}", self.elapsed())));
        }
        if let Some(line) = self.line(cluster, event) {
            self.print(&line);
        }
    }

    /// Whether there is something to say as soon as no more comes at once.
    pub fn has_untold(&self) -> bool {
        !self.untold.is_empty()
    }

    /// Says what has begun to be waited for: what many objects of an owner wait for alike in one line.
    pub fn tell_waits(&mut self) {
        for ((owner, reason), gates) in std::mem::take(&mut self.untold) {
            let Some(first) = gates.first() else { continue };
            let name = prefix(owner.as_ref());
            let what = match gates.len() {
                1 => format!("{first}: {reason}"),
                many => format!("{many} objects, as {first}: {reason}"),
            };
            self.print(&self.paint.dim(&format!("  {name}waiting for {what} {}", self.elapsed())));
        }
    }

    /// Nothing has happened for a while: says what is waited for, where no moving line shows it.
    pub fn remind(&mut self) {
        if !matches!(self.form, Form::Lines) {
            return;
        }
        // What was waited for is as it was seen last.
        for (cluster, address) in &self.away {
            self.print(&self.paint.dim(&format!("  still no answer of {cluster} at {address} {}", self.elapsed())));
        }
        if !self.away.is_empty() {
            return;
        }
        for (owner, waits) in self.waits.iter().take(SLOTS) {
            self.print(&self.paint.dim(&format!("  still waiting: {}", waits.text(owner.as_ref(), usize::MAX))));
        }
    }

    /// Takes the moving lines off the screen.
    pub fn end(&mut self) {
        if let Form::Terminal(screen) = &mut self.form {
            screen.clear();
        }
    }

    fn print(&self, line: &str) {
        match &self.form {
            Form::Terminal(screen) => screen.lines.suspend(|| write_line(line)),
            _ => write_line(line),
        }
    }

    fn track(&mut self, cluster: &Address, event: &Event) {
        match event {
            Event::Started { changes, .. } => {
                self.begun += 1;
                // A hop begins a run of its own for each release.
                if self.begun > self.clusters {
                    (self.begun, self.objects) = (self.clusters, 0);
                    self.done.clear();
                }
                self.objects += changes;
            }
            Event::HopBegun { .. } => self.changed.clear(),
            Event::Changed { id, owner, .. } => {
                let is_first = self.done.insert((cluster.clone(), id.clone()));
                *self.changed.entry(owner.clone()).or_default() += usize::from(is_first);
            }
            Event::Waiting { gate, owner, reason } => {
                let waits = self.waits.entry(owner.clone());
                let waits = waits.or_insert_with(|| Waits { since: Instant::now(), gates: BTreeMap::new() });
                waits.gates.insert(gate.clone(), reason.clone());
            }
            Event::Opened { gate, owner, .. } => {
                if let Some(waits) = self.waits.get_mut(owner) {
                    waits.gates.remove(gate);
                    if waits.gates.is_empty() {
                        self.waits.remove(owner);
                    }
                }
            }
            Event::OwnerReady { owner } => {
                self.waits.remove(&Some(owner.clone()));
            }
            Event::Failed(failure) => {
                self.waits.remove(&failure.owner);
            }
            _ => {}
        }
        let Form::Terminal(screen) = &mut self.form else { return };
        match event {
            Event::Started { .. } => screen.start(self.objects),
            Event::Changing { id, .. } => screen.bar.set_message(visible(&id.to_string()).into_owned()),
            Event::Changed { .. } => screen.bar.set_position(self.done.len() as u64),
            // What comes now are the last words; a bar that stands still would stay between them.
            Event::Interrupted => screen.close(),
            _ => {}
        }
        screen.show(&self.waits);
    }

    fn line(&mut self, cluster: &Address, event: &Event) -> Option<String> {
        let paint = self.paint;
        let of = if self.clusters > 1 { format!("{cluster}: ") } else { String::new() };
        match event {
            // All clusters together, once the last of them has begun.
            Event::Started { .. } if self.begun < self.clusters || self.objects == 0 => None,
            Event::Started { .. } => {
                let noun = if self.objects == 1 { "change" } else { "changes" };
                let all = if self.clusters > 1 { format!(" at {} targets", self.clusters) } else { String::new() };
                Some(format!("Applying {} {noun}{all}.", self.objects))
            }
            Event::Hashing { done, all } => {
                Some(paint.dim(&format!("  {done} of {all} passwords are hashed {}", self.elapsed())))
            }
            Event::LockWaiting { holder, since } => {
                Some(format!("{of}Waiting for the lock that {holder} has held since {since}."))
            }
            Event::Changing { id, action, .. } if self.verbose => Some(format!("  {} {id}", action.as_str())),
            Event::Changing { .. } => None,
            Event::Changed { .. } | Event::Opened { .. } => None,
            Event::Waiting { gate, owner, reason } => {
                self.waiting(gate, owner.as_ref(), reason);
                None
            }
            Event::OwnerReady { owner } => {
                let changed = self.changed.get(owner).copied().unwrap_or(0);
                let noun = if changed == 1 { "object" } else { "objects" };
                Some(format!("{} {owner}: ready, {changed} {noun} changed {}", paint.green("✓"), self.elapsed()))
            }
            Event::Retrying { attempt, reason, what, outage: Some(address), .. } if self.verbose || *attempt > 3 => {
                if self.away.insert(cluster.clone(), address.clone()).is_some() {
                    return None;
                }
                let line = format!("The server at {address} does not answer ({reason}); it was asked to {what}.");
                Some(paint.yellow(&format!("{of}{line} Trying again {}", self.elapsed())))
            }
            Event::Retrying { id, attempt, reason, .. } if self.verbose || *attempt > 3 => {
                let what = id.as_ref().map(|id| format!("{id}: ")).unwrap_or_default();
                Some(paint.dim(&format!("  {what}trying again ({attempt}): {reason}")))
            }
            Event::Retrying { .. } => None,
            Event::Failed(failure) => self.failed(failure),
            Event::Skipped { id, because, .. } if self.verbose => {
                Some(paint.dim(&format!("  {id}: skipped, {because}")))
            }
            Event::Skipped { .. } => None,
            Event::HopBegun { platform, from, to } => {
                Some(paint.bold(&format!("{platform}: {from} -> {to} {}", self.elapsed())))
            }
            Event::StepBegun { step, reason, .. } => Some(format!("  {step}: {}", paint.dim(reason))),
            Event::StepWaiting { step, reason } => {
                let line = format!("  {step}: waiting: {reason}");
                self.told.insert(line.clone()).then(|| paint.dim(&format!("{line} {}", self.elapsed())))
            }
            Event::StepDone { step, what, .. } if what.is_empty() => {
                Some(format!("{} {step} {}", paint.green("✓"), self.elapsed()))
            }
            Event::StepDone { step, what, said, .. } => {
                let mut text = format!("{} {step}: {what} {}", paint.green("✓"), self.elapsed());
                // Its last line is what it did.
                for line in said.iter().take(said.len().saturating_sub(1)) {
                    text.push_str(&format!("\n    {}", paint.dim(line)));
                }
                Some(text)
            }
            Event::HopDone { platform, to, .. } => {
                Some(format!("{} {platform} is at release {to} {}", paint.green("✓"), self.elapsed()))
            }
            Event::Interrupted => {
                let text =
                    "Interrupted: finishing the requests in flight, then recording. Interrupt again to stop at once.";
                self.told.insert(text.to_owned()).then(|| paint.yellow(text))
            }
            Event::Finished { .. } => None,
        }
    }

    fn waiting(&mut self, gate: &Gate, owner: Option<&Address>, reason: &str) {
        if let Form::Terminal(_) = self.form {
            return;
        }
        let waits = self.waits.get(&owner.cloned());
        if waits.is_some_and(|waits| waits.gates.len() > 1) && is_own(gate, owner) {
            return;
        }
        let line = format!("  {}waiting for {gate}: {reason}", prefix(owner));
        let quiet = waits.is_none_or(|waits| waits.since.elapsed() < QUIET) && !self.verbose;
        if !quiet && self.told.insert(line) {
            let key = (owner.cloned(), reason.to_owned());
            self.untold.entry(key).or_default().push(gate.clone());
        }
    }

    /// What failed, why, and what that holds up; each cause once, though a component fails with its objects.
    fn failed(&mut self, failure: &Failure) -> Option<String> {
        let Failure { subject, owner, about, reason, detail, blocks } = failure;
        let name = prefix(owner.as_ref());
        let known = !self.told.insert(format!("{name}failed: {}", failure.cause()));
        if known {
            let rest = format!("  {name}{}", blocked(blocks));
            return (!blocks.is_empty()).then(|| self.paint.dim(&rest));
        }
        // A reason that names the object itself, and a wait for the owner, need no second name before them.
        let named = match subject {
            None => true,
            Some(Subject::Object(id) | Subject::Gate(Gate::Ready(id))) => about.as_ref() == Some(id),
            Some(Subject::Gate(gate)) => is_own(gate, owner.as_ref()),
            Some(Subject::Step(_)) => false,
        };
        let cause = if named { failure.cause() } else { failure.to_string() };
        let mut text = format!("{} {name}{cause}", self.paint.red("✗"));
        for line in detail.iter().filter(|line| !reason.contains(line.as_str())) {
            text.push_str(&format!("\n    {line}"));
        }
        if !blocks.is_empty() {
            text.push_str(&format!("\n    {}", self.paint.dim(&blocked(blocks))));
        }
        Some(text)
    }

    fn elapsed(&self) -> String {
        format!("[{}s]", self.started.elapsed().as_secs())
    }
}

/// The moving part of a terminal: a bar, and a line for each owner that waits.
struct Screen {
    lines: MultiProgress,
    bar: ProgressBar,
    slots: Vec<ProgressBar>,
    is_closed: bool,
}

/// More waiting owners than this are only counted: the screen must hold them and what was said before.
const SLOTS: usize = 8;

impl Screen {
    fn new() -> Self {
        let lines = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        Self { lines, bar: ProgressBar::hidden(), slots: Vec::new(), is_closed: false }
    }

    /// Shows the bar. Not before: until then the user is being asked.
    fn start(&mut self, changes: usize) {
        if !self.bar.is_hidden() {
            return self.bar.set_length(changes as u64);
        }
        if self.is_closed || changes == 0 {
            return;
        }
        self.bar = self.lines.add(ProgressBar::new(changes as u64));
        self.bar.set_style(style("{bar:30} {pos}/{len} changes  {elapsed}  {wide_msg}"));
        self.bar.enable_steady_tick(Duration::from_millis(250));
    }

    fn show(&mut self, waits: &BTreeMap<Option<Address>, Waits>) {
        if self.is_closed {
            return;
        }
        // Beside the spinner.
        let width = usize::from(console::Term::stderr().size().1).saturating_sub(5);
        let mut owners: Vec<(&Option<Address>, &Waits)> = waits.iter().collect();
        owners.sort_by_key(|(_, waits)| waits.since);
        let mut texts: Vec<String> =
            owners.iter().take(SLOTS).map(|(owner, waits)| waits.text(owner.as_ref(), width)).collect();
        if owners.len() > SLOTS {
            texts.push(format!("and {} more", owners.len() - SLOTS));
        }
        while self.slots.len() > texts.len() {
            if let Some(slot) = self.slots.pop() {
                slot.finish_and_clear();
                self.lines.remove(&slot);
            }
        }
        while self.slots.len() < texts.len() {
            let slot = self.lines.add(ProgressBar::new_spinner());
            slot.set_style(style("  {spinner} {wide_msg}"));
            slot.enable_steady_tick(Duration::from_millis(250));
            self.slots.push(slot);
        }
        for (slot, text) in self.slots.iter().zip(texts) {
            slot.set_message(visible(&known_secrets().hidden(text)).into_owned());
        }
    }

    /// Takes everything away, and shows nothing any more. Whoever typed Ctrl-C has it on the screen, below the moving lines,
    /// and the cursor with it.
    fn close(&mut self) {
        let screen = console::Term::stderr();
        if was_typed() {
            // The screen may be gone; nothing is left to do about it. The same below.
            let _ = screen.move_cursor_up(1);
        }
        self.clear();
        let _ = screen.clear_to_end_of_screen();
        self.slots.clear();
        self.bar = ProgressBar::hidden();
        self.is_closed = true;
    }

    fn clear(&mut self) {
        self.slots.iter().for_each(ProgressBar::finish_and_clear);
        self.bar.finish_and_clear();
        // The screen may be gone; nothing is left to do about it.
        let _ = self.lines.clear();
    }
}

impl Waits {
    /// `platform.ml.dex: 0 of 1 replicas available: Deployment.apps auth/dex ready (and 2 more) [4s]`, in so many columns:
    /// the reason is what somebody looks for, so the name behind it is shortened or left out first.
    fn text(&self, owner: Option<&Address>, width: usize) -> String {
        let name = prefix(owner);
        let first = self.gates.iter().find(|(gate, _)| !is_own(gate, owner)).or_else(|| self.gates.iter().next());
        let Some((gate, reason)) = first else { return name };
        let others = self.gates.keys().filter(|other| *other != gate && !is_own(other, owner)).count();
        let more = if others > 0 { format!(" (and {others} more)") } else { String::new() };
        let end = format!("{more} [{}s]", self.since.elapsed().as_secs());
        // An owner's own readiness is told by its name, which stands there already.
        let what = if is_own(gate, owner) { String::new() } else { format!(": {gate}") };
        let room = width.saturating_sub(columns(&name) + columns(&end));
        let left = room.saturating_sub(columns(reason));
        let what = if left < LEAST { String::new() } else { shortened(&what, left) };
        format!("{name}{}{what}{end}", shortened(reason, room))
    }
}

/// Less than this of a name says nothing.
const LEAST: usize = 16;

/// Whether a gate is the owner's own, which only repeats what its objects say.
fn is_own(gate: &Gate, owner: Option<&Address>) -> bool {
    matches!(gate, Gate::OwnerReady(ready) if Some(ready) == owner)
}

/// The owner before what is told of it.
fn prefix(owner: Option<&Address>) -> String {
    owner.map_or(String::new(), |owner| format!("{owner}: "))
}

/// What a failure blocks: the first few, and how many more.
fn blocked(blocks: &[ObjectId]) -> String {
    const SHOWN: usize = 4;
    let first: Vec<String> = blocks.iter().take(SHOWN).map(ToString::to_string).collect();
    match blocks.len().saturating_sub(SHOWN) {
        0 => format!("blocks {}", first.join(", ")),
        more => format!("blocks {} and {more} more", first.join(", ")),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn write_line(line: &str) {
    say(&format!("{line}\n"));
}

/// One event as JSON; `type` names it as Terraform's stream does where it has the same.
pub fn event_json(cluster: &Address, event: &Event) -> Value {
    let timestamp = jiff::Timestamp::now().to_string();
    let text = |address: &Address| address.to_string();
    // Of what is in no plan the owner is not known.
    let owned = |owner: &Option<Address>| owner.as_ref().map(Address::to_string).unwrap_or_default();
    let mut value = match event {
        Event::Started { changes, steps } => json!({"type": "apply_begin", "changes": changes, "steps": steps}),
        Event::LockWaiting { holder, since } => json!({"type": "lock_waiting", "holder": holder, "since": since}),
        Event::Hashing { done, all } => json!({"type": "hashing_progress", "done": done, "all": all}),
        Event::Changing { id, owner, action } => {
            json!({"type": "apply_start", "object": id.to_string(), "owner": text(owner), "action": action.as_str()})
        }
        Event::Changed { id, owner, action, took } => json!({
            "type": "apply_complete", "object": id.to_string(), "owner": text(owner), "action": action.as_str(),
            "elapsed_seconds": took.as_secs_f64(),
        }),
        Event::Waiting { gate, owner, reason } => {
            json!({"type": "apply_progress", "gate": gate.to_string(), "owner": owned(owner), "reason": reason})
        }
        Event::Opened { gate, owner, took } => json!({
            "type": "gate_opened", "gate": gate.to_string(), "owner": owned(owner), "elapsed_seconds": took.as_secs_f64(),
        }),
        Event::OwnerReady { owner } => json!({"type": "owner_ready", "owner": text(owner)}),
        Event::Retrying { id, attempt, reason, what, outage } => json!({
            "type": "retrying", "object": id.as_ref().map(ToString::to_string), "attempt": attempt, "reason": reason,
            "what": what, "outage": outage,
        }),
        Event::Failed(failure) => json!({
            "type": "apply_errored", "what": failure.subject.as_ref().map(ToString::to_string),
            "owner": owned(&failure.owner), "reason": failure.cause(), "detail": failure.detail,
            "blocks": failure.blocks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
        Event::Skipped { id, owner, because } => json!({
            "type": "skipped", "what": id.to_string(), "owner": text(owner), "because": because.to_string(),
        }),
        Event::HopBegun { platform, from, to } => {
            json!({"type": "hop_begin", "platform": text(platform), "from": from, "to": to})
        }
        Event::StepBegun { to, step, reason } => {
            json!({"type": "step_start", "to": to, "step": step, "reason": reason})
        }
        Event::StepWaiting { step, reason } => json!({"type": "step_progress", "step": step, "reason": reason}),
        Event::StepDone { to, step, what, said, took } => json!({
            "type": "step_complete", "to": to, "step": step, "what": what, "log": said,
            "elapsed_seconds": took.as_secs_f64(),
        }),
        Event::HopDone { platform, from, to, took } => json!({
            "type": "hop_complete", "platform": text(platform), "from": from, "to": to,
            "elapsed_seconds": took.as_secs_f64(),
        }),
        Event::Interrupted => json!({"type": "interrupted"}),
        Event::Finished { created, updated, replaced, deleted, failed, took } => json!({
            "type": "change_summary", "created": created, "updated": updated, "replaced": replaced, "deleted": deleted,
            "failed": failed, "elapsed_seconds": took.as_secs_f64(),
        }),
    };
    value["cluster"] = cluster.to_string().into();
    value["timestamp"] = timestamp.into();
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::address::address;

    #[test]
    fn a_line_keeps_its_reason_and_its_time() {
        let gate = Gate::Ready("Deployment.apps kubeflow/pvcviewer-controller-manager".parse().expect("an id"));
        let owner = address("platform.ml.pvcviewer");
        let waits =
            |gate: Gate, reason: &str| Waits { since: Instant::now(), gates: [(gate, reason.to_owned())].into() };
        let narrow = waits(gate.clone(), "0 of 1 replicas available").text(Some(&owner), 75);
        assert_eq!(narrow, "platform.ml.pvcviewer: 0 of 1 replicas available: Deploymen…ager ready [0s]");
        let wide = waits(gate.clone(), "0 of 1 replicas available").text(Some(&owner), 200);
        assert_eq!(
            wide,
            "platform.ml.pvcviewer: 0 of 1 replicas available: Deployment.apps kubeflow/pvcviewer-controller-manager ready \
             [0s]"
        );
        let long = waits(gate, &["container web: ImagePullBackOff"; 9].join("; ")).text(Some(&owner), 75);
        assert_eq!(columns(&long), 75, "{long}");
        assert!(long.ends_with("PullBackOff [0s]"), "{long}");
        let own = waits(Gate::OwnerReady(owner.clone()), "0 of 1").text(Some(&owner), 75);
        assert_eq!(own, "platform.ml.pvcviewer: 0 of 1 [0s]", "the owner stands there once");
    }

    #[test]
    fn what_many_wait_for_alike_is_told_once() {
        let mut progress = Progress::lines(1, Paint::new(false), true);
        let (cluster, owner) = (address("cluster.main"), address("platform.ml.istio"));
        for number in 0..45 {
            let id = format!("CustomResourceDefinition.apiextensions.k8s.io x{number}.example.com");
            let gate = Gate::Gone(id.parse().expect("an id"));
            let reason = "being deleted; finalizers left: customresourcecleanup.apiextensions.k8s.io".to_owned();
            progress.show(&cluster, &Event::Waiting { gate, owner: Some(owner.clone()), reason });
        }
        assert_eq!(progress.untold.values().map(Vec::len).collect::<Vec<_>>(), [45]);
        assert!(progress.has_untold());
        progress.tell_waits();
        assert!(!progress.has_untold());
    }
}
