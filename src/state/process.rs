//! Names a process so that another one on the same machine can tell whether it still lives. Linux only; elsewhere
//! nothing is known, and a lock lives until it expires.

use std::fs;

/// This process: the machine's boot, the namespace its number counts in, the number, and when it was started (in clock
/// ticks since boot), since numbers are used again. Empty where that cannot be found out.
pub(super) fn own() -> String {
    let number = std::process::id();
    match (place(), started(number)) {
        (Some(place), Some(started)) => format!("{place} {number} {started}"),
        _ => String::new(),
    }
}

/// Whether the process of that name ran here and is gone. `false` also where nothing can be known of it.
pub(super) fn is_dead(name: &str) -> bool {
    let Some((there, process)) = name.rsplit_once(' ').and_then(|(rest, started)| {
        let (place, number) = rest.rsplit_once(' ')?;
        Some((place, (number.parse::<u32>().ok()?, started)))
    }) else {
        return false;
    };
    let (number, started_then) = process;
    // A place that cannot be named now is no place to judge from, nor one where other users' processes are hidden
    // (`hidepid`): the first process is always there.
    let sees = place().is_some_and(|here| here == there) && started(1).is_some();
    sees && started(number).is_none_or(|now| now != started_then)
}

/// Where process numbers mean the same: one boot of a machine, one namespace of processes.
fn place() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), namespace.to_string_lossy()))
}

/// Field 22 of `/proc/N/stat` (proc(5)); `None` where there is no such process, or it is a zombie nobody has buried.
fn started(number: u32) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    // The name in field 2 may hold blanks and brackets; what follows its last bracket is regular.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    (!matches!(state, "Z" | "X")).then(|| fields.nth(18).map(str::to_owned))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dead_are_told_from_the_living() {
        let check = |name: &str, expected: bool| assert_eq!(is_dead(name), expected, "{name}");
        let place = place().expect("/proc");
        let own = own();
        check(&own, false);
        // The number was given to another process since.
        check(&format!("{place} {} 1", std::process::id()), true);
        // Beyond the largest number there is.
        check(&format!("{place} 4194305 1"), true);
        check("another-boot pid:[1] 4194305 1", false);
        check("", false);
        check("nonsense", false);
    }
}
