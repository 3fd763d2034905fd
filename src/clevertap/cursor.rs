//! Opaque cursors: where a list goes on.
//!
//! | part | why it is there |
//! |---|---|
//! | checksum | a damaged cursor is an error, never a wrong page |
//! | list | a cursor of another list is an error |
//! | account, hashed | a cursor of another account is an error, and tells nothing about the account |
//! | filters, hashed | a cursor of other filters is an error |
//! | state | where to go on: a sort key such as start and id, never an offset |
//!
//! The text is URL-safe base64 without padding. It holds no secret and grants no access: what it names is
//! looked up again with the credentials of the caller's own account, and every state is checked by the list
//! that reads it. An empty cursor is the start of the list.

use std::hash::Hasher;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fnv::FnvHasher;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::Error;

/// The longest text that is looked at; CleverTap's own cursors, which ours may hold, reach 2.4 KB.
const LONGEST: usize = 16 * 1024;
const VERSION: u8 = 1;
const CHECKSUM: usize = 8;

#[derive(Serialize, Deserialize)]
struct Sealed {
    v: u8,
    l: String,
    a: String,
    f: String,
    s: Value,
}

fn hash(text: &str) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

fn short_hash(text: &str) -> String {
    format!("{:016x}", hash(text))
}

fn bad(message: &str) -> Error {
    Error::invalid("next_cursor", message)
}

/// Seals a state. `list` names the list, `filters` is a canonical text of all that selects its items.
#[must_use]
pub fn encode(list: &str, account: &str, filters: &str, state: &Value) -> String {
    let sealed = Sealed {
        v: VERSION,
        l: list.to_owned(),
        a: short_hash(account),
        f: short_hash(filters),
        s: state.clone(),
    };
    // A struct of strings and a JSON value always serialises.
    let json = serde_json::to_vec(&sealed).unwrap_or_default();
    let mut hasher = FnvHasher::default();
    hasher.write(&json);
    let mut bytes = hasher.finish().to_be_bytes().to_vec();
    bytes.extend_from_slice(&json);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Opens a cursor that [`encode`] made for the same list, account and filters.
///
/// # Errors
/// [`Error::Invalid`] on `next_cursor`, saying which of them differs or that the text is damaged.
pub fn decode(text: &str, list: &str, account: &str, filters: &str) -> Result<Value, Error> {
    const DAMAGED: &str = "this is not a cursor of this API, or it was cut or changed on the way: hand back \
                           next_cursor exactly as it came, or leave it empty to start from the beginning";
    if text.len() > LONGEST {
        return Err(bad(DAMAGED));
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad(DAMAGED))?;
    let (checksum, json) = bytes.split_at_checked(CHECKSUM).ok_or_else(|| bad(DAMAGED))?;
    let mut hasher = FnvHasher::default();
    hasher.write(json);
    if hasher.finish().to_be_bytes() != checksum {
        return Err(bad(DAMAGED));
    }
    let sealed: Sealed = serde_json::from_slice(json).map_err(|_| bad(DAMAGED))?;
    if sealed.v != VERSION {
        return Err(bad("this cursor is of another version of this API: start from the beginning"));
    }
    if sealed.l != list {
        return Err(bad(&format!("this cursor belongs to the list {}, not to {list}", sealed.l)));
    }
    if sealed.a != short_hash(account) {
        return Err(bad("this cursor belongs to another account"));
    }
    if sealed.f != short_hash(filters) {
        return Err(bad(
            "this cursor belongs to other filters: a list is walked with the same filters from start to end; \
             only limit may change",
        ));
    }
    Ok(sealed.s)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn goes_round() {
        let state = json!({"day": "20260101", "id": "1"});
        let text = encode("campaigns", "acme", "status=RUNNING", &state);
        assert_eq!(decode(&text, "campaigns", "acme", "status=RUNNING").unwrap(), state);
    }

    #[test]
    fn tells_what_differs() {
        let text = encode("campaigns", "acme", "f", &json!(1));
        for (list, account, filters, word) in [
            ("reports", "acme", "f", "list campaigns"),
            ("campaigns", "other", "f", "another account"),
            ("campaigns", "acme", "g", "other filters"),
        ] {
            let error = decode(&text, list, account, filters).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn names_no_account() {
        let text = encode("campaigns", "acme-secret-name", "f", &json!(1));
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("acme-secret-name"));
    }

    proptest! {
        #[test]
        fn any_text_is_an_error_or_ours(text in ".{0,200}") {
            let _ = decode(&text, "campaigns", "acme", "f").unwrap_err();
        }

        #[test]
        fn any_damage_is_noticed(place in 0usize..1000, flip in 1u8..64) {
            let text = encode("campaigns", "acme", "f", &json!({"k": [1, 2, 3]}));
            let mut bytes = text.clone().into_bytes();
            let place = place % bytes.len();
            const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let old = ALPHABET.iter().position(|c| *c == bytes[place]).unwrap();
            bytes[place] = ALPHABET[(old + usize::from(flip)) % 64];
            let damaged = String::from_utf8(bytes).unwrap();
            prop_assume!(damaged != text);
            prop_assert!(decode(&damaged, "campaigns", "acme", "f").is_err());
        }
    }
}
