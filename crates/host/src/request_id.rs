//! Names for requests.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue};

pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// A client's own id longer than this is replaced.
const LONGEST: usize = 128;

/// The request's id: the client's, if it is plain and short, else a new one that is put into the headers.
pub(crate) fn ensure(headers: &mut HeaderMap) -> String {
    let given = headers.get(HEADER).and_then(|value| value.to_str().ok());
    if let Some(id) = given.filter(|id| is_plain(id)) {
        return id.to_owned();
    }
    let id = fresh();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(HEADER, value);
    }
    id
}

/// The id that an answer carries.
pub(crate) fn of(headers: &HeaderMap) -> Option<&str> {
    headers.get(HEADER)?.to_str().ok()
}

fn is_plain(id: &str) -> bool {
    (1..=LONGEST).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}

/// Different in each process and each time; not a secret.
fn fresh() -> String {
    static PROCESS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{:016x}", PROCESS.hash_one(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_id_is_kept_and_any_other_replaced() {
        for (given, kept) in [("abc-1", true), ("", false), ("a b", false), ("{\"a\"}", false)] {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, HeaderValue::from_str(given).unwrap());
            let id = ensure(&mut headers);
            assert_eq!(id == given, kept, "{given}");
            assert_eq!(of(&headers), Some(id.as_str()));
        }
        assert_ne!(ensure(&mut HeaderMap::new()), ensure(&mut HeaderMap::new()));
    }
}
