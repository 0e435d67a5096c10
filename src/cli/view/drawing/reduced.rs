//! Arrows that others imply: where a needs b and b needs c, that a needs c too says nothing new.

use super::heights;

/// Above this many nodes all arrows stay: what each reaches would take too much memory.
const MOST: usize = 20_000;

/// The fewest needs that imply all the others.
pub fn reduced(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    if needs.len() > MOST {
        return needs.to_vec();
    }
    let heights = heights(needs);
    let mut order: Vec<usize> = (0..needs.len()).collect();
    order.sort_by_key(|at| heights[*at]);
    let words = needs.len().div_ceil(64);
    let mut reached: Vec<Vec<u64>> = vec![Vec::new(); needs.len()];
    let mut left = vec![Vec::new(); needs.len()];
    for at in order {
        let mut own = vec![0_u64; words];
        let mut nearest = needs[at].clone();
        // One that is lower can be reached from a higher one, never the other way round.
        nearest.sort_by_key(|need| std::cmp::Reverse(heights[*need]));
        for need in nearest {
            let (word, bit) = (need / 64, 1 << (need % 64));
            if own[word] & bit != 0 {
                continue;
            }
            own[word] |= bit;
            own.iter_mut().zip(&reached[need]).for_each(|(own, other)| *own |= other);
            left[at].push(need);
        }
        left[at].sort_unstable();
        reached[at] = own;
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_something_new_stays() {
        let needs = [vec![1, 2, 3, 4], vec![2], vec![3], vec![], vec![]];
        assert_eq!(reduced(&needs), [vec![1, 4], vec![2], vec![3], vec![], vec![]]);
        let diamond = [vec![1, 2], vec![3], vec![3], vec![]];
        assert_eq!(reduced(&diamond), diamond);
    }
}
