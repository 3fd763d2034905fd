//! The project id and passcode, and the one place that puts them on a request.

use std::fmt;

use subtle::ConstantTimeEq;

use crate::transport::Headers;

/// Header that names the project.
pub const ACCOUNT_ID: &str = "x-clevertap-account-id";
/// Header that carries the passcode.
pub const PASSCODE: &str = "x-clevertap-passcode";

/// Secrets shorter than this are not looked for in texts: they would match by chance.
const SHORTEST_SCRUBBED: usize = 4;

/// Text that is never shown: Debug and Display are redacted, and comparing takes the same time wherever the
/// difference is.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; for the header that carries it, and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Removes the secret from a text of somebody else's that may echo it.
    #[must_use]
    pub fn scrub(&self, text: String) -> String {
        if self.0.len() < SHORTEST_SCRUBBED || !text.contains(&self.0) {
            return text;
        }
        text.replace(&self.0, "[redacted]")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

/// What CleverTap knows the caller by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    pub project_id: String,
    pub passcode: Secret,
}

impl Credentials {
    /// Puts the credentials on a request, in place of any that the caller brought.
    pub fn apply(&self, headers: &mut Headers) {
        headers.retain(|(name, _)| {
            !name.eq_ignore_ascii_case(ACCOUNT_ID) && !name.eq_ignore_ascii_case(PASSCODE)
        });
        headers.push((ACCOUNT_ID.to_owned(), self.project_id.clone().into_bytes()));
        headers.push((PASSCODE.to_owned(), self.passcode.expose().as_bytes().to_vec()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_go_in_place_of_the_callers() {
        let credentials = Credentials { project_id: "TEST-1".to_owned(), passcode: Secret::new("ours") };
        let mut headers: Headers = vec![
            ("X-CleverTap-Account-Id".to_owned(), b"theirs".to_vec()),
            ("x-other".to_owned(), b"kept".to_vec()),
            ("X-CLEVERTAP-PASSCODE".to_owned(), b"theirs".to_vec()),
        ];
        credentials.apply(&mut headers);
        let expected = [("x-other", "kept"), (ACCOUNT_ID, "TEST-1"), (PASSCODE, "ours")];
        assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())));
    }

    #[test]
    fn secrets_compare_by_their_text() {
        assert_eq!(Secret::new("abc"), Secret::new("abc"));
        assert_ne!(Secret::new("abc"), Secret::new("abd"));
        assert_ne!(Secret::new("abc"), Secret::new("abcd"));
    }

    #[test]
    fn echoes_are_scrubbed() {
        assert_eq!(Secret::new("AAA-BBB").scrub("no AAA-BBB here".to_owned()), "no [redacted] here");
        assert_eq!(Secret::new("a").scrub("a banana".to_owned()), "a banana");
    }
}
