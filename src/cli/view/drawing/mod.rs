//! Graphs as pictures: DOT for graphviz, Mermaid for pages that draw it, and SVG that is laid out here. Not what is drawn:
//! whoever draws says the names, and has taken secrets out of them.

mod dot;
mod layers;
mod mermaid;
mod reduced;
mod svg;

use std::collections::BTreeSet;

pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::inline_svg;
pub use svg::svg;

/// What a node is, and so what it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    Block,
    Provider,
    Module,
    Value,
    Output,
    Gate,
}

impl Look {
    /// Its name in the pictures' styles.
    fn name(self) -> &'static str {
        match self {
            Look::Block => "block",
            Look::Provider => "provider",
            Look::Module => "module",
            Look::Value => "value",
            Look::Output => "output",
            Look::Gate => "gate",
        }
    }
}

/// A box of a picture.
#[derive(Clone, Debug)]
pub struct Node {
    pub name: String,
    /// A second line; empty for none.
    pub note: String,
    pub look: Look,
    /// What it lies in, outermost first.
    pub groups: Vec<String>,
    /// Places of the nodes that this one needs.
    pub needs: Vec<usize>,
}

/// A graph without cycles, ready to be drawn: names differ, no arrow leads to its own beginning.
pub struct Drawing {
    nodes: Vec<Node>,
}

impl Drawing {
    pub fn new(mut nodes: Vec<Node>) -> Self {
        let mut names = BTreeSet::new();
        for (at, node) in nodes.iter_mut().enumerate() {
            node.needs.retain(|need| *need != at);
            node.needs.sort_unstable();
            node.needs.dedup();
            let mut name = node.name.clone();
            let mut number = 1;
            while !names.insert(name.clone()) {
                number += 1;
                name = format!("{} ({number})", node.name);
            }
            node.name = name;
        }
        Self { nodes }
    }

    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    pub fn all(&self) -> &[Node] {
        &self.nodes
    }

    pub fn arrows(&self) -> usize {
        self.nodes.iter().map(|node| node.needs.len()).sum()
    }

    /// Without the arrows that others imply.
    pub fn reduced(mut self) -> Self {
        let needs = reduced::reduced(&self.needs());
        for (node, needs) in self.nodes.iter_mut().zip(needs) {
            node.needs = needs;
        }
        self
    }

    fn needs(&self) -> Vec<Vec<usize>> {
        self.nodes.iter().map(|node| node.needs.clone()).collect()
    }

    /// The nodes by what they lie in.
    fn grouped(&self) -> Group<'_> {
        let mut root = Group::default();
        for (at, node) in self.nodes.iter().enumerate() {
            let mut group = &mut root;
            for name in &node.groups {
                let known = group.groups.iter().position(|(known, _)| known == name);
                let place = known.unwrap_or_else(|| {
                    group.groups.push((name, Group::default()));
                    group.groups.len() - 1
                });
                group = &mut group.groups[place].1;
            }
            group.nodes.push(at);
        }
        root
    }
}

/// Nodes, and groups within.
#[derive(Default)]
struct Group<'a> {
    nodes: Vec<usize>,
    groups: Vec<(&'a str, Group<'a>)>,
}

/// How many steps lead at most from each node to one that needs nothing.
fn heights(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (at, needs) in needs.iter().enumerate() {
        needs.iter().for_each(|need| needed_by[*need].push(at));
    }
    let mut open: Vec<usize> = (0..needs.len()).filter(|at| needs[*at].is_empty()).collect();
    let mut missing: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut heights = vec![0; needs.len()];
    while let Some(at) = open.pop() {
        for &user in &needed_by[at] {
            heights[user] = heights[user].max(heights[at] + 1);
            missing[user] -= 1;
            if missing[user] == 0 {
                open.push(user);
            }
        }
    }
    heights
}

#[cfg(test)]
fn drawn(nodes: &[(&str, &[usize])]) -> Drawing {
    let node = |(name, needs): &(&str, &[usize])| Node {
        name: (*name).to_owned(),
        note: String::new(),
        look: Look::Block,
        groups: Vec::new(),
        needs: needs.to_vec(),
    };
    Drawing::new(nodes.iter().map(node).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_and_nothing_needs_itself() {
        let drawing = drawn(&[("a", &[0]), ("a", &[0, 0]), ("a (2)", &[]), ("a", &[])]);
        let names: Vec<&str> = drawing.nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["a", "a (2)", "a (2) (2)", "a (3)"]);
        assert_eq!(drawing.needs(), [vec![], vec![0], vec![], vec![]]);
    }

    #[test]
    fn the_longest_way_counts() {
        assert_eq!(heights(&[vec![1, 2], vec![2], vec![], vec![0, 2]]), [2, 1, 0, 3]);
    }
}
