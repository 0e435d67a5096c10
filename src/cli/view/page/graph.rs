//! The graph of an apply in a page: what it waits for, drawn and as a list for those who do not see it.

use serde::Serialize;

use crate::cli::view::drawing::Drawing;
use crate::cli::view::drawing::Look;
use crate::cli::view::drawing::Node;
use crate::cli::view::drawing::inline_svg;
use crate::cli::view::model::veil_of;
use crate::cli::view::verb;
use crate::ops::Planned;
use crate::plan::Action;
use crate::plan::Part;
use crate::plan::owners_and_gates;
use crate::plan::steps;
use crate::ui::Veil;

/// Nobody reads a picture of more boxes, and to lay it out takes long.
pub const MOST_BOXES: usize = 2_000;

/// The graph of an apply.
#[derive(Debug, Default, Serialize)]
pub struct GraphModel {
    pub boxes: usize,
    /// The picture, its texts escaped; `None` where it has too many boxes, or none.
    pub svg: Option<String>,
    /// The same in words.
    pub parts: Vec<PartModel>,
    /// So many are the most that are drawn.
    pub most: usize,
}

#[derive(Debug, Serialize)]
pub struct PartModel {
    pub name: String,
    pub note: String,
    pub is_gate: bool,
    pub waits_for: Vec<String>,
}

impl GraphModel {
    pub fn new(planned: &[Planned]) -> Self {
        Self::drawn(nodes(planned, false))
    }

    pub(super) fn drawn(nodes: Vec<Node>) -> Self {
        let drawing = Drawing::new(nodes);
        let boxes = drawing.nodes();
        if boxes == 0 || boxes > MOST_BOXES {
            return Self { boxes, most: MOST_BOXES, ..Self::default() };
        }
        let drawing = drawing.reduced();
        let parts = drawing.all().iter().map(|node| PartModel {
            name: node.name.clone(),
            note: node.note.clone(),
            is_gate: node.look == Look::Gate,
            waits_for: node.needs.iter().map(|need| drawing.all()[*need].name.clone()).collect(),
        });
        Self { boxes, svg: Some(inline_svg(&drawing, "What needs what")), parts: parts.collect(), most: MOST_BOXES }
    }
}

/// What happens at all targets, in a frame of its own each where there are several.
pub fn nodes(planned: &[Planned], is_full: bool) -> Vec<Node> {
    let veil = veil_of(planned);
    let mut nodes = Vec::new();
    planned.iter().for_each(|one| add(one, is_full, planned.len() > 1, &veil, &mut nodes));
    nodes
}

fn add(planned: &Planned, is_full: bool, is_one_of_several: bool, veil: &Veil, nodes: &mut Vec<Node>) {
    let plan = &planned.plan;
    let parts = if is_full { steps(plan) } else { owners_and_gates(plan) };
    let first = nodes.len();
    let groups = if is_one_of_several { vec![planned.target.to_string()] } else { Vec::new() };
    nodes.extend(parts.into_iter().map(|part| Node {
        note: note(&part),
        look: if part.is_gate { Look::Gate } else { Look::Block },
        // Before it is escaped: afterwards nobody would find it.
        name: veil.text(&part.name),
        groups: groups.clone(),
        needs: part.needs.iter().map(|need| first + need).collect(),
    }));
}

/// `3 to add, 1 to change`
fn note(part: &Part) -> String {
    let counts = &part.counts;
    let all = [
        (counts.create, Action::Create),
        (counts.update, Action::Update),
        (counts.replace, Action::Replace),
        (counts.delete, Action::Delete),
        (counts.adopt, Action::Adopt),
        (counts.forget, Action::Forget),
    ];
    let words =
        all.iter().filter(|(count, _)| *count > 0).map(|(count, action)| format!("{count} to {}", verb(*action)));
    words.collect::<Vec<_>>().join(", ")
}
