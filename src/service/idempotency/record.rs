//! What the store keeps of a key.
//!
//! | bytes | |
//! |---|---|
//! | 8 | until when it counts, Unix milliseconds: in clear, so that it can be judged whatever becomes of the keys |
//! | the rest | sealed for this place and time: four bytes of length, the head as JSON, the answer's body |
//!
//! The expiry is part of what the seal is for, so that none of it can be moved or made to last.

use serde::{Deserialize, Serialize};

use crate::service::keys::Keyring;
use crate::transport::store::MOST_VALUE_BYTES;
use crate::transport::{Body, Headers, Host, Response};

/// Of the answer itself, and not of what it answers.
const NOT_KEPT: &[&str] = &["date", "set-cookie"];

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// See [`fingerprint`](super::key::fingerprint).
    pub(super) request: [u8; 32],
    pub(super) state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Somebody began it, and by then it is over, or will never be.
    Running {
        owner: u64,
        until: i64,
    },
    /// It ended, and nobody knows how.
    Unknown,
    Done(Answer),
    /// It is done, and its answer is longer than a value of the store.
    TooLong {
        status: u16,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    request: [u8; 32],
    state: Stage,
}

/// A [`State`] without the body.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    Running { owner: u64, until: i64 },
    Unknown,
    Done { status: u16, headers: Vec<(String, String)> },
    TooLong { status: u16 },
}

/// What stands at a place of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing, or nothing that still counts.
    Free,
    Record(Record),
    /// Something that counts and cannot be opened: its key is gone, or it was changed.
    Closed,
}

impl Answer {
    /// Headers that are no text are left out.
    pub(super) fn new(status: u16, headers: &Headers, body: Vec<u8>) -> Self {
        let kept =
            headers.iter().filter(|(name, _)| !NOT_KEPT.iter().any(|of| name.eq_ignore_ascii_case(of)));
        let headers =
            kept.filter_map(|(name, value)| Some((name.clone(), String::from_utf8(value.clone()).ok()?)));
        Self { status, headers: headers.collect(), body }
    }

    pub(super) fn response(self) -> Response {
        let headers = self.headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
        Response { status: self.status, headers, body: Body::Bytes(self.body) }
    }
}

impl Record {
    /// The value for a place of the store; none when it is too long for one.
    pub(super) fn seal<H: Host>(
        self,
        keyring: &Keyring,
        host: &H,
        place: &str,
        expires: i64,
    ) -> Option<Vec<u8>> {
        let (state, body) = match self.state {
            State::Running { owner, until } => (Stage::Running { owner, until }, Vec::new()),
            State::Unknown => (Stage::Unknown, Vec::new()),
            State::Done(Answer { status, headers, body }) => (Stage::Done { status, headers }, body),
            State::TooLong { status } => (Stage::TooLong { status }, Vec::new()),
        };
        // Strings and numbers always serialise.
        let head = serde_json::to_vec(&Head { request: self.request, state }).unwrap_or_default();
        let mut plain = Vec::with_capacity(head.len().saturating_add(body.len()).saturating_add(4));
        plain.extend(u32::try_from(head.len()).ok()?.to_be_bytes());
        plain.extend(head);
        plain.extend(body);
        let mut value = expires.to_be_bytes().to_vec();
        value.extend(keyring.seal(host, &purpose(place, expires), &plain));
        (value.len() <= MOST_VALUE_BYTES).then_some(value)
    }
}

impl Found {
    /// What a value of the store says at that time.
    pub(super) fn read(keyring: &Keyring, place: &str, value: Option<Vec<u8>>, now: i64) -> Self {
        let Some(value) = value else { return Self::Free };
        let Some((expires, sealed)) = value.split_first_chunk::<8>() else { return Self::Closed };
        let expires = i64::from_be_bytes(*expires);
        if expires <= now {
            return Self::Free;
        }
        let plain = keyring.open(&purpose(place, expires), sealed).ok();
        plain.and_then(|plain| open(&plain)).map_or(Self::Closed, Self::Record)
    }
}

fn open(plain: &[u8]) -> Option<Record> {
    let (length, rest) = plain.split_first_chunk::<4>()?;
    let (head, body) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let Head { request, state } = serde_json::from_slice(head).ok()?;
    let state = match state {
        Stage::Running { owner, until } => State::Running { owner, until },
        Stage::Unknown => State::Unknown,
        Stage::Done { status, headers } => State::Done(Answer { status, headers, body: body.to_vec() }),
        Stage::TooLong { status } => State::TooLong { status },
    };
    Some(Record { request, state })
}

fn purpose(place: &str, expires: i64) -> String {
    format!("{place} until {expires}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::FakeHost;

    fn keyring(id: &str) -> Keyring {
        let value = format!("{id}:{}", "5a".repeat(32));
        Keyring::read(&[("MARKETING_AUTOMATION_SECRET_KEYS".to_owned(), value)]).unwrap().unwrap()
    }

    fn record(state: State) -> Record {
        Record { request: [7; 32], state }
    }

    fn seal(state: State, expires: i64) -> Option<Vec<u8>> {
        record(state).seal(&keyring("k"), &FakeHost::scripted([]), "p", expires)
    }

    #[test]
    fn what_is_kept_is_found_until_it_expires() {
        let headers = vec![
            ("content-type".to_owned(), b"application/json".to_vec()),
            ("Date".to_owned(), b"today".to_vec()),
            ("x-odd".to_owned(), b"\xff".to_vec()),
        ];
        let answer = Answer::new(207, &headers, b"the body".to_vec());
        assert_eq!(answer.headers, [("content-type".to_owned(), "application/json".to_owned())]);
        for state in [
            State::Running { owner: u64::MAX, until: -1 },
            State::Unknown,
            State::Done(answer),
            State::TooLong { status: 200 },
        ] {
            let value = seal(state.clone(), 1000);
            assert!(!String::from_utf8_lossy(value.as_deref().unwrap()).contains("body"));
            assert_eq!(Found::read(&keyring("k"), "p", value.clone(), 999), Found::Record(record(state)));
            assert_eq!(Found::read(&keyring("k"), "p", value.clone(), 1000), Found::Free);
            assert_eq!(Found::read(&keyring("k"), "q", value.clone(), 999), Found::Closed, "another place");
            assert_eq!(Found::read(&keyring("other"), "p", value.clone(), 999), Found::Closed);
            // It cannot be made to last either.
            let mut longer = value.unwrap();
            longer[7] ^= 1;
            assert_eq!(Found::read(&keyring("k"), "p", Some(longer), 999), Found::Closed);
        }
        assert_eq!(Found::read(&keyring("k"), "p", None, 0), Found::Free);
    }

    #[test]
    fn an_answer_fits_into_a_value_or_is_none() {
        let of = |length| State::Done(Answer { status: 200, headers: Vec::new(), body: vec![0; length] });
        assert!(seal(of(MOST_VALUE_BYTES - 1000), 1).is_some());
        assert_eq!(seal(of(MOST_VALUE_BYTES), 1), None);
    }

    proptest! {
        #[test]
        fn no_value_is_too_strange(value in prop::collection::vec(any::<u8>(), 0..100), now in any::<i64>()) {
            let found = Found::read(&keyring("k"), "p", Some(value), now);
            prop_assert!(matches!(found, Found::Free | Found::Closed));
        }
    }
}
