//! The head of a request: ours to the outside, and what one from there is to us.

use std::borrow::Cow;
use std::time::Duration;

use super::types::{Fields, HeaderError, Method, RequestOptions, Scheme};
use crate::transport::{Headers, Request, SendError, Timeouts};

/// Where a request goes, in the parts that `wasi:http` wants.
pub(crate) struct Destination<'r> {
    pub(crate) method: Method,
    pub(crate) scheme: Scheme,
    pub(crate) authority: String,
    pub(crate) path_with_query: Cow<'r, str>,
}

impl<'r> Destination<'r> {
    pub(crate) fn of(request: &'r Request) -> Result<Self, SendError> {
        let scheme = match request.url.scheme() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            other => Scheme::Other(other.to_owned()),
        };
        let host = request.url.host_str().ok_or_else(|| unsendable("it names no host"))?;
        let authority = match request.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let path_with_query = match (&request.target, request.url.query()) {
            (Some(target), _) => Cow::Borrowed(target.as_str()),
            (None, Some(query)) => Cow::Owned(format!("{}?{query}", request.url.path())),
            (None, None) => Cow::Borrowed(request.url.path()),
        };
        Ok(Self { method: method(&request.method), scheme, authority, path_with_query })
    }
}

/// The headers, with the body's length where it is known: without it a host sends the body chunked, and not
/// every server takes that.
pub(crate) fn fields(request: &Request) -> Result<Fields, SendError> {
    let fields = Fields::new();
    let length = match request.body.len() {
        Some(0) if bodiless(&request.method) => None,
        length => length,
    };
    for (name, value) in &request.headers {
        if length.is_some() && name.eq_ignore_ascii_case("content-length") {
            continue;
        }
        append(&fields, name, value)?;
    }
    if let Some(length) = length {
        append(&fields, "content-length", length.to_string().as_bytes())?;
    }
    Ok(fields)
}

/// A header that the host keeps for itself (`connection`, `host`, …) is left out; one that is malformed is an
/// error, as it might be the one that authenticates.
fn append(fields: &Fields, name: &str, value: &[u8]) -> Result<(), SendError> {
    match fields.append(name, value) {
        Ok(()) | Err(HeaderError::Forbidden) => Ok(()),
        Err(_) => Err(SendError::Unsendable(format!("the header {name} is invalid"))),
    }
}

pub(crate) fn options(timeouts: Timeouts) -> RequestOptions {
    let options = RequestOptions::new();
    // A host may not support one of these. That is no reason not to send: the core watches its own clock too.
    let _ = options.set_connect_timeout(Some(nanos(timeouts.connect)));
    let _ = options.set_first_byte_timeout(Some(nanos(timeouts.first_byte)));
    let _ = options.set_between_bytes_timeout(Some(nanos(timeouts.between_bytes)));
    options
}

/// A duration as WASI has it.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Header names in lower case, as the core wants them.
pub(crate) fn lower(entries: Vec<(String, Vec<u8>)>) -> Headers {
    entries.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

/// Whether a request of this method has no body unless it says so.
fn bodiless(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// What the head of a request from the outside says about its body.
#[cfg(any(test, feature = "service", feature = "spin"))]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Promised {
    Nothing,
    Bytes(u64),
    /// The first piece tells.
    Perhaps,
}

/// Hosts hide `transfer-encoding`, so a request without a length may have a body or none, and none must not
/// be passed on as a stream: it would go out chunked, which not every server takes. A GET has none.
#[cfg(any(test, feature = "service", feature = "spin"))]
pub(crate) fn promised(method: &str, headers: &Headers) -> Promised {
    match crate::transport::header(headers, "content-length").and_then(|text| text.parse().ok()) {
        Some(0) => Promised::Nothing,
        Some(length) => Promised::Bytes(length),
        None if bodiless(method) => Promised::Nothing,
        None => Promised::Perhaps,
    }
}

pub(crate) fn unsendable(reason: &str) -> SendError {
    SendError::Unsendable(reason.to_owned())
}

/// Methods that have a case of their own, both ways.
macro_rules! methods {
    ($($text:literal = $case:ident),+ $(,)?) => {
        fn method(name: &str) -> Method {
            match name {
                $($text => Method::$case,)+
                other => Method::Other(other.to_owned()),
            }
        }

        #[cfg(any(test, feature = "service", feature = "spin"))]
        pub(crate) fn method_name(method: Method) -> String {
            match method {
                $(Method::$case => $text.to_owned(),)+
                Method::Other(name) => name,
            }
        }
    };
}

methods! {
    "GET" = Get, "HEAD" = Head, "POST" = Post, "PUT" = Put, "DELETE" = Delete, "CONNECT" = Connect,
    "OPTIONS" = Options, "TRACE" = Trace, "PATCH" = Patch,
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::transport::Body;

    fn request(url: &str, target: Option<&str>) -> Request {
        Request {
            method: "POST".to_owned(),
            url: Url::parse(url).unwrap(),
            target: target.map(str::to_owned),
            headers: Vec::new(),
            body: Body::Empty,
        }
    }

    #[test]
    fn a_destination_is_the_address_or_what_must_not_be_normalised() {
        for (url, target, authority, path) in [
            ("https://api.test/1/a?b=c", None, "api.test", "/1/a?b=c"),
            ("https://api.test:443", None, "api.test", "/"),
            ("http://127.0.0.1:8900/x", Some("/a/../b?%41"), "127.0.0.1:8900", "/a/../b?%41"),
        ] {
            let request = request(url, target);
            let destination = Destination::of(&request).unwrap();
            assert_eq!((destination.authority.as_str(), &*destination.path_with_query), (authority, path));
        }
    }

    #[test]
    fn a_body_is_expected_where_there_may_be_one() {
        let with = |length: &str| vec![("content-length".to_owned(), length.as_bytes().to_vec())];
        for (method, headers, expected) in [
            ("POST", with("0"), Promised::Nothing),
            ("POST", with("7"), Promised::Bytes(7)),
            ("GET", with("7"), Promised::Bytes(7)),
            ("GET", Vec::new(), Promised::Nothing),
            ("DELETE", Vec::new(), Promised::Perhaps),
            ("POST", with("some"), Promised::Perhaps),
        ] {
            assert_eq!(promised(method, &headers), expected, "{method} {headers:?}");
        }
    }

    #[test]
    fn methods_come_back_as_they_were() {
        for name in ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PURGE"]
        {
            assert_eq!(method_name(method(name)), name);
            assert_eq!(matches!(method(name), Method::Other(_)), name == "PURGE");
        }
    }
}
