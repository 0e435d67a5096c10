//! Where boxes and lines of a picture lie: rows by the longest way to what needs nothing, which is at the bottom; within a
//! row an order with few crossings, found by barycentres; then places as near to their neighbours' as boxes let each other.
//! Every line leads down, through gaps between boxes only.

use super::heights;

/// A row that is wider goes on in the next one, unless the picture has so many boxes that it would become too high.
const WIDE: f64 = 1600.0;
const HEIGHT: f64 = 42.0;
const ROW_GAP: f64 = 58.0;
const GAP: f64 = 20.0;
/// Between lines that pass a row.
const LINE_GAP: f64 = 6.0;
const MARGIN: f64 = 16.0;
/// So often rows are ordered, and placed, by their neighbours: more changes hardly anything.
const SWEEPS: usize = 12;

/// A box: its left upper corner and its size.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Placed {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Placed {
    fn top(&self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y)
    }

    fn bottom(&self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height)
    }
}

/// A piece of a line, from one row to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    pub from: (f64, f64),
    pub to: (f64, f64),
    /// It ends at a box: there is the arrow's head.
    pub is_last: bool,
    /// Straight on through the row it leads to, by so much.
    pub on: f64,
}

pub struct Layout {
    pub boxes: Vec<Placed>,
    pub pieces: Vec<Piece>,
    pub width: f64,
    pub height: f64,
}

/// Something that has a place in a row.
struct Item {
    row: usize,
    width: f64,
    /// A line that passes.
    is_line: bool,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// Lays out boxes of these widths. The first items are the boxes, in their order.
pub fn lay(widths: &[f64], needs: &[Vec<usize>]) -> Layout {
    let mut items = rows_of(widths, needs);
    lead_lines(&mut items, needs);
    let count = items.iter().map(|item| item.row + 1).max().unwrap_or(0);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, item) in items.iter().enumerate() {
        rows[item.row].push(at);
    }
    order(&items, &mut rows);
    let centres = place(&items, &rows);
    let left = (0..items.len()).map(|at| centres[at] - items[at].width / 2.0).fold(f64::INFINITY, f64::min);
    let placed = |at: usize| Placed {
        x: (centres[at] - items[at].width / 2.0 - left + MARGIN).round(),
        y: MARGIN + items[at].row as f64 * (HEIGHT + ROW_GAP),
        width: items[at].width,
        height: HEIGHT,
    };
    let all: Vec<Placed> = (0..items.len()).map(placed).collect();
    let mut pieces = Vec::new();
    for (at, item) in items.iter().enumerate() {
        for &below in &item.below {
            let is_line = items[below].is_line;
            let on = if is_line { HEIGHT } else { 0.0 };
            pieces.push(Piece { from: all[at].bottom(), to: all[below].top(), is_last: !is_line, on });
        }
    }
    let width = all.iter().map(|one| one.x + one.width).fold(0.0, f64::max) + MARGIN;
    let height = (count as f64 * (HEIGHT + ROW_GAP) - ROW_GAP).max(0.0) + 2.0 * MARGIN;
    Layout { boxes: all[..widths.len()].to_vec(), pieces, width, height }
}

/// The boxes in rows from the top, what is too wide for one row in several.
fn rows_of(widths: &[f64], needs: &[Vec<usize>]) -> Vec<Item> {
    let heights = heights(needs);
    let highest = heights.iter().max().copied().unwrap_or(0);
    let area: f64 = widths.iter().map(|width| (width + GAP) * (HEIGHT + ROW_GAP)).sum();
    let widest = WIDE.max((area * 2.0).sqrt());
    let mut items: Vec<Item> = widths
        .iter()
        .map(|width| Item { row: 0, width: *width, is_line: false, above: Vec::new(), below: Vec::new() })
        .collect();
    let mut ranks: Vec<Vec<usize>> = vec![Vec::new(); highest + 1];
    for (at, height) in heights.iter().enumerate() {
        ranks[highest - height].push(at);
    }
    let mut row = 0;
    for rank in ranks {
        let total: f64 = rank.iter().map(|at| widths[*at] + GAP).sum();
        // Parts of about the same width.
        let share = total / (total / widest).ceil().max(1.0);
        let mut taken = 0.0;
        let first = row;
        for at in rank {
            row = row.max(first + (taken / share) as usize);
            items[at].row = row;
            taken += widths[at] + GAP;
        }
        row += 1;
    }
    items
}

/// Lines between boxes that are not in neighbouring rows pass the rows between; those to the same box pass together.
fn lead_lines(items: &mut Vec<Item>, needs: &[Vec<usize>]) {
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (at, needs) in needs.iter().enumerate() {
        needs.iter().for_each(|need| users[*need].push(at));
    }
    for (need, mut users) in users.into_iter().enumerate() {
        // The highest first: each joins the line that comes by.
        users.sort_by_key(|user| items[*user].row);
        let Some(highest) = users.first().map(|user| items[*user].row) else { continue };
        let bottom = items[need].row;
        let mut passing: Option<usize> = None;
        let mut users = users.into_iter().peekable();
        for row in highest..bottom {
            let next = if row + 1 == bottom {
                need
            } else {
                items.push(Item { row: row + 1, width: 2.0, is_line: true, above: Vec::new(), below: Vec::new() });
                items.len() - 1
            };
            if let Some(line) = passing {
                link(items, line, next);
            }
            while let Some(user) = users.next_if(|user| items[*user].row == row) {
                link(items, user, next);
            }
            passing = Some(next);
        }
    }
}

fn link(items: &mut [Item], above: usize, below: usize) {
    items[above].below.push(below);
    items[below].above.push(above);
}

/// Orders rows by the mean place of their neighbours, downwards and upwards in turn.
fn order(items: &[Item], rows: &mut [Vec<usize>]) {
    let mut places = vec![0.0; items.len()];
    let note = |row: &[usize], places: &mut [f64]| {
        for (number, at) in row.iter().enumerate() {
            places[*at] = (number as f64 + 0.5) / row.len() as f64;
        }
    };
    rows.iter().for_each(|row| note(row, &mut places));
    for sweep in 0..SWEEPS {
        let is_down = sweep % 2 == 0;
        let mut sort = |row: &mut Vec<usize>| {
            let wish = |at: &usize| mean(neighbours(&items[*at], is_down), &places).unwrap_or(places[*at]);
            let mut keyed: Vec<(f64, usize)> = row.iter().map(|at| (wish(at), *at)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            *row = keyed.into_iter().map(|(_, at)| at).collect();
            note(row, &mut places);
        };
        match is_down {
            true => rows.iter_mut().for_each(&mut sort),
            false => rows.iter_mut().rev().for_each(&mut sort),
        }
    }
}

fn neighbours(item: &Item, is_down: bool) -> &[usize] {
    if is_down { &item.above } else { &item.below }
}

fn mean(of: &[usize], places: &[f64]) -> Option<f64> {
    (!of.is_empty()).then(|| of.iter().map(|at| places[*at]).sum::<f64>() / of.len() as f64)
}

/// The centre of each item.
fn place(items: &[Item], rows: &[Vec<usize>]) -> Vec<f64> {
    let mut centres = vec![0.0; items.len()];
    for row in rows {
        let wishes = vec![0.0; row.len()];
        put(items, row, &wishes, &mut centres);
    }
    for sweep in 0..SWEEPS {
        let is_down = sweep % 2 == 0;
        let mut settle = |row: &Vec<usize>| {
            let wish = |at: &usize| mean(neighbours(&items[*at], is_down), &centres).unwrap_or(centres[*at]);
            let wishes: Vec<f64> = row.iter().map(wish).collect();
            put(items, row, &wishes, &mut centres);
        };
        match is_down {
            true => rows.iter().for_each(&mut settle),
            false => rows.iter().rev().for_each(&mut settle),
        }
    }
    centres
}

/// Puts a row as near to its wishes as can be (least squares) without two items touching: neighbours that would be in each
/// other's way share their mean.
fn put(items: &[Item], row: &[usize], wishes: &[f64], centres: &mut [f64]) {
    let mut offsets = Vec::with_capacity(row.len());
    let mut offset = 0.0;
    for (number, at) in row.iter().enumerate() {
        if let Some(before) = number.checked_sub(1).map(|before| &items[row[before]]) {
            let gap = if before.is_line && items[*at].is_line { LINE_GAP } else { GAP };
            offset += (before.width + items[*at].width) / 2.0 + gap;
        }
        offsets.push(offset);
    }
    let mut runs: Vec<(f64, usize)> = Vec::new();
    for (wish, offset) in wishes.iter().zip(&offsets) {
        let mut run = (wish - offset, 1);
        while let Some((sum, count)) = runs.last().copied()
            && sum / count as f64 > run.0 / run.1 as f64
        {
            run = (run.0 + sum, run.1 + count);
            runs.pop();
        }
        runs.push(run);
    }
    let starts = runs.iter().flat_map(|(sum, count)| std::iter::repeat_n(sum / *count as f64, *count));
    for ((at, start), offset) in row.iter().zip(starts).zip(&offsets) {
        centres[*at] = start + offset;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A graph that looks as those of platforms do: a few that all need, and chains.
    fn platform(size: usize) -> (Vec<f64>, Vec<Vec<usize>>) {
        let widths = (0..size).map(|at| 80.0 + (at * 37 % 190) as f64).collect();
        let needs = (0..size).map(|at| match at {
            0 => Vec::new(),
            at if at % 5 == 0 => vec![0, at / 2],
            at => {
                let mut needs = vec![at / 3, at - 1];
                needs.dedup();
                needs.retain(|need| at % 4 != 1 || *need != at - 1);
                needs
            }
        });
        (widths, needs.collect())
    }

    #[test]
    fn boxes_do_not_touch_and_lines_lead_down_between_them() {
        for size in [0, 1, 2, 7, 80, 400] {
            let (widths, needs) = platform(size);
            let layout = lay(&widths, &needs);
            assert_eq!(layout.boxes.len(), size);
            for (at, one) in layout.boxes.iter().enumerate() {
                assert!(one.x >= 0.0 && one.x + one.width <= layout.width, "{size}: {one:?}");
                assert!(one.y >= 0.0 && one.y + one.height <= layout.height, "{size}: {one:?}");
                for need in &needs[at] {
                    assert!(layout.boxes[*need].y > one.y + one.height, "{size}: {at} is above {need}");
                }
                for other in &layout.boxes[at + 1..] {
                    let apart = one.x + one.width + 1.0 < other.x || other.x + other.width + 1.0 < one.x;
                    assert!(apart || one.y != other.y, "{size}: {one:?} {other:?}");
                }
            }
            for piece in &layout.pieces {
                assert!(piece.to.1 > piece.from.1, "{size}: {piece:?}");
                let passes = |one: &Placed| {
                    let is_there = one.y < piece.to.1 + piece.on && piece.to.1 < one.y + one.height;
                    is_there && one.x < piece.to.0 && piece.to.0 < one.x + one.width
                };
                assert!(piece.is_last || !layout.boxes.iter().any(passes), "{size}: {piece:?}");
            }
            // Every need can be followed from box to box.
            let ends = layout.pieces.iter().filter(|piece| piece.is_last).count();
            assert!(ends >= needs.iter().flatten().collect::<std::collections::BTreeSet<_>>().len());
        }
    }

    #[test]
    fn wide_rows_go_on_below() {
        let layout = lay(&[200.0; 40], &vec![Vec::new(); 40]);
        assert!(layout.width <= WIDE + 2.0 * MARGIN + 220.0, "{}", layout.width);
        assert!(layout.height > 4.0 * HEIGHT);
    }

    #[test]
    fn a_chain_stands_upright() {
        let layout = lay(&[100.0, 60.0, 80.0], &[vec![1], vec![2], vec![]]);
        let centres: Vec<f64> = layout.boxes.iter().map(|one| one.x + one.width / 2.0).collect();
        assert_eq!(centres, [66.0, 66.0, 66.0]);
    }

    #[test]
    fn crossings_are_undone() {
        // Two chains, the lower boxes the other way round.
        let layout = lay(&[50.0; 4], &[vec![3], vec![2], vec![], vec![]]);
        let x = |at: usize| layout.boxes[at].x;
        assert_eq!(x(0) < x(1), x(3) < x(2));
    }
}
