//! SHA-256 of what callers send: a name for it that shows nothing of it, and is the same on every build.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Of some parts. Each part's length is in it, so that no two lists of parts have one digest.
pub(super) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// A digest as text.
pub(super) fn text(digest: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest)
}

/// A key for the store. Letters, digits, `-`, `_` and `.` only, which every store takes.
pub(super) fn key(kind: &str, parts: &[&[u8]]) -> String {
    format!("{kind}.{}", text(&digest(parts)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_not_run_together() {
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
        assert_ne!(digest(&[b"ab"]), digest(&[b"ab", b""]));
        assert_eq!(key("x", &[b"a"]), key("x", &[b"a"]));
        assert!(
            key("rate", &["ü/ä".as_bytes()])
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        );
    }

    /// A change of it would forget every key and mark that is in a store.
    #[test]
    fn it_stays_as_it_is() {
        assert_eq!(text(&digest(&[b"acme", b"k"])), "O1Rd6AmTmDgSSJb3yrpyeuiQbwNA5ksDgl7I67DljAQ");
    }
}
