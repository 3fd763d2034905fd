//! The target of a request: its path and query as they came, and what they say.
//!
//! | target | read as |
//! |---|---|
//! | `/a/b?c=d` | path `/a/b`, query `c=d` |
//! | `/a%2Fb` | one segment, `a/b`: a path is cut at its slashes first and decoded after that |
//! | `http://host/a` | path `/a`; a server must take this form, and the host in it decides nothing |
//! | `*` | the whole server, for `OPTIONS` |
//! | a fragment, a space, a control character, a broken `%` | an error |
//!
//! Nothing is normalised: `.` and `..` are segments like others, which no route has.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use super::error::Error;

/// Path and query, still encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    /// Starts with a slash, or is `*`.
    pub(crate) path: &'a str,
    /// Without the question mark; empty when there is none.
    pub(crate) query: &'a str,
}

impl<'a> Target<'a> {
    /// # Errors
    /// For bytes that no target has: the answer is a 400.
    pub(crate) fn parse(text: &'a str) -> Result<Self, Error> {
        if let Some(bad) = text.chars().find(|c| c.is_control() || *c == ' ' || *c == '#') {
            return Err(Error::BadTarget(format!(
                "the request's target has the character U+{:04X}, which must be percent-encoded there",
                u32::from(bad)
            )));
        }
        let text = origin_form(text);
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        match path {
            "" => Ok(Self { path: "/", query }),
            path if path.starts_with('/') || path == "*" => Ok(Self { path, query }),
            _ => Err(Error::BadTarget("the request's target must start with a slash".to_owned())),
        }
    }
}

/// Drops the scheme and authority of an absolute target.
fn origin_form(text: &str) -> &str {
    let after_scheme = ["http://", "https://"].iter().find_map(|scheme| {
        text.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme))?;
        text.get(scheme.len()..)
    });
    match after_scheme {
        Some(rest) => rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or(""),
        None => text,
    }
}

/// Decodes percent-encoding, strictly, unlike the crate of that name; none when an escape is cut or no hexadecimal, or when the bytes are no UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let (high, low) = (hex(rest.next()?)?, hex(rest.next()?)?);
            bytes.push(high.wrapping_shl(4) | low);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Percent-encodes all but the characters that mean themselves everywhere in a URI.
pub(crate) fn encode(text: &str) -> String {
    const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// Makes a text that is already percent-encoded safe inside `<…>` of a header: escapes what no URI has.
pub(crate) fn tidy(text: &str) -> String {
    const ESCAPED: &AsciiSet = &CONTROLS
        .add(b' ')
        .add(b'<')
        .add(b'>')
        .add(b'"')
        .add(b'\\')
        .add(b'^')
        .add(b'`')
        .add(b'{')
        .add(b'|')
        .add(b'}');
    utf8_percent_encode(text, ESCAPED).to_string()
}
