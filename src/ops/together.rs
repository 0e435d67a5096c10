//! Work on several targets at the same time, each to its end. What they wait for from one another is said in `turns`.

use super::Failure;

/// Runs everything at the same time, to its end.
///
/// # Errors
/// All that failed, each by itself.
pub async fn all<T: Send + 'static>(
    work: impl Iterator<Item = impl Future<Output = Result<T, Failure>> + Send + 'static>,
) -> Result<Vec<T>, Failure> {
    let tasks: Vec<_> = work.map(tokio::spawn).collect();
    let (mut done, mut failures) = (Vec::new(), Vec::new());
    for task in tasks {
        match task.await {
            Ok(Ok(one)) => done.push(one),
            Ok(Err(failure)) => failures.push(failure),
            Err(error) => failures.push(Failure::world("A part of the work broke off", error)),
        }
    }
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None => Ok(done),
    }
}
