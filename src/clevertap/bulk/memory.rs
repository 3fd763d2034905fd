//! Keys that are remembered beyond one request.
//!
//! | when | what |
//! |---|---|
//! | before a batch is sent | its records with a known key are skipped; when that cannot be found out, all of it fails and nothing is sent |
//! | after it | keys of records that were taken, or may have been, are remembered; of those that failed, not |
//! | that fails | the records stand as they are, with a warning |
//!
//! Between the first and the second another request may have sent the same keys.

use super::desk::Slip;
use super::send::Lost;
use super::settle::Verdict;
use crate::model::{Error, Warning};
use crate::transport::StoreError;
use crate::transport::body::LocalFuture;

/// Keys of records that were taken in earlier requests.
pub trait Memory {
    /// Which of these keys are known, in their order.
    fn known<'a>(&'a self, keys: &'a [&'a str]) -> LocalFuture<'a, Result<Vec<bool>, StoreError>>;

    /// Remembers keys.
    fn remember<'a>(&'a self, keys: &'a [&'a str]) -> LocalFuture<'a, Result<(), StoreError>>;
}

/// For each slip, whether its key is known; a record without a key is never.
pub(super) async fn recall(memory: &dyn Memory, slips: &[Slip]) -> Result<Vec<bool>, Lost> {
    let keys: Vec<&str> = slips.iter().filter_map(|slip| slip.key.as_deref()).collect();
    if keys.is_empty() {
        return Ok(vec![false; slips.len()]);
    }
    let known = memory.known(&keys).await.map_err(|error| Lost {
        error: Error::Unreachable {
            host: "the key-value store".to_owned(),
            reason: format!("{error}; which ids came before is not known, so nothing of this batch was sent"),
        },
        in_doubt: false,
    })?;
    let mut known = known.into_iter();
    Ok(slips.iter().map(|slip| slip.key.is_some() && known.next() == Some(true)).collect())
}

/// Remembers the keys of what was taken or is in doubt.
pub(super) async fn note(memory: &dyn Memory, slips: &mut [Slip], outcome: &Result<Vec<Verdict>, Lost>) {
    let taken = |place: usize| match outcome {
        Ok(verdicts) => matches!(verdicts.get(place), Some(Verdict::Taken | Verdict::Unclear(_))),
        Err(lost) => lost.in_doubt,
    };
    let places: Vec<usize> = (0..slips.len()).filter(|place| taken(*place)).collect();
    let keys: Vec<&str> =
        places.iter().filter_map(|place| slips.get(*place)).filter_map(|slip| slip.key.as_deref()).collect();
    if keys.is_empty() || memory.remember(&keys).await.is_ok() {
        return;
    }
    for place in places {
        if let Some(slip) = slips.get_mut(place).filter(|slip| slip.key.is_some()) {
            slip.warnings.push(forgotten());
        }
    }
}

fn forgotten() -> Warning {
    Warning::new(
        "id_not_remembered",
        "the key-value store did not take the id: a later request with it will send the record again",
    )
    .about("id")
}
