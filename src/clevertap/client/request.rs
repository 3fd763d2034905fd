//! From an operation and what it is called with to a request.
//!
//! | part | rule |
//! |---|---|
//! | path | the operation's, with each `{name}` replaced by one encoded segment, never empty, `.` or `..` |
//! | query | encoded here, but for the cursor |
//! | cursor | CleverTap's cursors come percent-encoded and must not be encoded twice: one that is a query value already goes out as it came, any other is decoded and encoded once |
//! | method | the operation's; GET with a cursor or a `req_id` |
//! | headers | content type and length where there is a body, trace context, credentials |

use std::rc::Rc;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use super::{Call, Session};
use crate::clevertap::operation::{Operation, Protocol, Replay};
use crate::model::Error;
use crate::transport::{Body, Headers, Host, Request};

/// All but the characters that mean themselves everywhere in a URL.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request that can be sent more than once.
#[derive(Debug)]
pub(super) struct Prepared {
    pub method: &'static str,
    pub url: Url,
    pub headers: Headers,
    pub body: Rc<[u8]>,
    pub protocol: Protocol,
    /// Whether it may be sent again when its answer was lost.
    pub safe: bool,
    pub tries: u8,
    pub budget: Option<Duration>,
    /// Name and limit of the cap that it falls under.
    pub lane: (&'static str, usize),
}

impl Prepared {
    pub(super) fn request(&self) -> Request {
        Request {
            method: self.method.to_owned(),
            url: self.url.clone(),
            target: None,
            headers: self.headers.clone(),
            body: if self.body.is_empty() { Body::Empty } else { Body::Shared(Rc::clone(&self.body), 0) },
        }
    }

    /// For errors: method and path, never the query, which may hold somebody's e-mail address.
    pub(super) fn what(&self) -> String {
        format!("{} {}", self.method, self.url.path())
    }
}

pub(super) fn prepare<H: Host>(
    session: &Session<'_, H>,
    base: &Url,
    operation: &'static Operation,
    call: Call,
) -> Result<Prepared, Error> {
    let settings = &session.account.settings;
    let continues = call.cursor.is_some() || call.req_id.is_some();
    let mut query: Vec<String> =
        call.query.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    query.extend(call.cursor.as_deref().map(|cursor| format!("cursor={}", encode_once(cursor))));
    query.extend(call.req_id.as_deref().map(|id| format!("req_id={}", encode_once(id))));
    let mut url = base.clone();
    url.set_path(&path(operation.path, &call.path)?);
    url.set_query(if query.is_empty() { None } else { Some(query.join("&")) }.as_deref());

    let body: Rc<[u8]> = match (call.text, call.body) {
        _ if continues => Rc::default(),
        (Some(text), _) => text,
        (None, Some(body)) => serde_json::to_vec(&body)
            .map_err(|error| Error::invalid("", format!("cannot be written as JSON: {error}")))?
            .into(),
        (None, None) => Rc::default(),
    };
    let method = if continues { "GET" } else { operation.method };
    let replay = if continues { Replay::Safe } else { call.replay.unwrap_or(operation.replay) };
    Ok(Prepared {
        method,
        url,
        headers: headers(session, method, body.len()),
        body,
        protocol: operation.protocol,
        safe: replay == Replay::Safe,
        tries: call.tries.unwrap_or(settings.tries).max(1),
        budget: call.budget,
        lane: session.lane(operation),
    })
}

fn headers<H: Host>(session: &Session<'_, H>, method: &str, length: usize) -> Headers {
    let mut headers: Headers = vec![("accept".to_owned(), b"application/json".to_vec())];
    if length > 0 {
        headers.push(("content-type".to_owned(), b"application/json; charset=utf-8".to_vec()));
    }
    if method != "GET" {
        headers.push(("content-length".to_owned(), length.to_string().into_bytes()));
    }
    session.trace.apply(&mut headers);
    session.account.credentials.apply(&mut headers);
    headers
}

/// Fills in a path's parameters.
pub(in crate::clevertap) fn path(template: &str, values: &[(&'static str, String)]) -> Result<String, Error> {
    let mut path = String::with_capacity(template.len());
    for segment in template.split('/').skip(1) {
        path.push('/');
        let Some(name) = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) else {
            path.push_str(segment);
            continue;
        };
        let value = values.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value.as_str());
        if matches!(value, "" | "." | "..") {
            return Err(Error::invalid(name, "must be given, and be more than dots"));
        }
        path.push_str(&encode(value));
    }
    Ok(path)
}

/// Percent-encodes all but letters, digits and `-._~`.
#[must_use]
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Encodes a value that may be encoded already.
fn encode_once(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut rest = text.as_bytes();
    loop {
        match rest {
            [] => return text.to_owned(),
            [b'%', high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                rest = tail
            }
            [byte, tail @ ..] if plain(*byte) => rest = tail,
            _ => return encode(&percent_decode_str(text).decode_utf8_lossy()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cursors_are_encoded_exactly_once() {
        for (cursor, sent) in [
            ("ZiZiNwMEBQ", "ZiZiNwMEBQ"),
            ("a2%2Bb%2Fc%3D%3D", "a2%2Bb%2Fc%3D%3D"),
            ("a2%2bb", "a2%2bb"),
            ("a2+b/c==", "a2%2Bb%2Fc%3D%3D"),
            ("a2%2Bb==", "a2%2Bb%3D%3D"),
            ("50%", "50%25"),
            ("x&y=1#z", "x%26y%3D1%23z"),
            ("https://example.org/?a", "https%3A%2F%2Fexample.org%2F%3Fa"),
        ] {
            assert_eq!(encode_once(cursor), sent);
        }
    }

    #[test]
    fn parameters_are_one_segment() {
        let fill = |value: &str| path("/v2/catalogs/{id}/products", &[("id", value.to_owned())]);
        assert_eq!(fill("a/b?c").unwrap(), "/v2/catalogs/a%2Fb%3Fc/products");
        for dots in ["", ".", ".."] {
            assert!(fill(dots).is_err());
        }
        assert!(path("/x/{id}", &[]).is_err());
        assert_eq!(path("/v1/email/templates/localise/", &[]).unwrap(), "/v1/email/templates/localise/");
    }

    proptest! {
        #[test]
        fn a_cursor_stays_one_query_value(cursor in "\\PC{0,40}") {
            let sent = encode_once(&cursor);
            let mut url = Url::parse("https://api.clevertap.com/1/events.json").unwrap();
            url.set_query(Some(&format!("cursor={sent}")));
            prop_assert_eq!(url.query().map(str::to_owned), Some(format!("cursor={sent}")));
            prop_assert_eq!(url.query_pairs().count(), 1);
            prop_assert!(url.fragment().is_none());
            prop_assert_eq!(encode_once(&sent), sent, "encoding again changes nothing");
        }

        #[test]
        fn a_parameter_never_leaves_its_segment(value in "\\PC{1,40}") {
            let mut url = Url::parse("https://api.clevertap.com/").unwrap();
            if let Ok(path) = path("/v2/catalogs/{id}/products", &[("id", value)]) {
                url.set_path(&path);
                prop_assert_eq!(url.path(), path);
                prop_assert_eq!(url.host_str(), Some("api.clevertap.com"));
                prop_assert_eq!(url.path_segments().map(Iterator::count), Some(4));
            }
        }
    }
}
