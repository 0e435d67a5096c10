//! The program: runs the command line and ends with its exit code.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A plan makes and drops millions of small values on several threads, for which the system's allocator takes a quarter of
/// its time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    stackwright::interface::run()
}
