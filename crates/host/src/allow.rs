//! Which hosts a guest may reach.
//!
//! | form | allows |
//! |---|---|
//! | `https://eu1.api.clevertap.com` | this host, on the scheme's port |
//! | `http://127.0.0.1:8080` | this host and port |
//! | `https://*.amazonaws.com` | every host that ends with `.amazonaws.com`, not `amazonaws.com` itself |
//! | `api.example.com`, `*.example.com` | the same with `https` |
//! | `http://localhost:*` | every port |
//! | `*` | everything |
//!
//! Nothing else is a form: paths, queries and user information are errors, as is a `*` anywhere else.
//! Names are compared without regard to case and to a final dot.

use std::fmt;
use std::str::FromStr;

use http::Uri;

/// A list of allowed hosts. Empty: nothing is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowList(Vec<Pattern>);

/// An entry of an allow-list that has none of the known forms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{entry}` is no host to allow: {reason}; write scheme://host[:port], *.suffix or *")]
pub struct AllowError {
    entry: String,
    reason: &'static str,
}

impl AllowList {
    /// A list that allows nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// A list that allows everything.
    pub fn all() -> Self {
        Self(vec![Pattern::Any])
    }

    /// Reads the entries.
    ///
    /// # Errors
    /// The first entry that has none of the forms.
    pub fn parse<E: AsRef<str>>(entries: impl IntoIterator<Item = E>) -> Result<Self, AllowError> {
        entries.into_iter().map(|entry| entry.as_ref().parse()).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a request to this absolute URI may go out.
    pub fn allows(&self, uri: &Uri) -> bool {
        match Origin::of(uri) {
            Some(origin) => self.0.iter().any(|pattern| pattern.matches(&origin)),
            None => false,
        }
    }
}

/// Where a request would go.
struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    fn of(uri: &Uri) -> Option<Self> {
        let authority = uri.authority()?;
        // `user@host` is a way to make one host look like another.
        if authority.as_str().contains('@') {
            return None;
        }
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let port = uri.port_u16().or_else(|| default_port(&scheme))?;
        Some(Self { scheme, host: normal(authority.host()), port })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Any,
    Host { scheme: String, host: Host, port: Port },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    Exact(String),
    /// With its leading dot.
    Suffix(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Port {
    Any,
    Exact(u16),
}

impl Pattern {
    fn matches(&self, origin: &Origin) -> bool {
        let Self::Host { scheme, host, port } = self else { return true };
        let host_fits = match host {
            Host::Exact(name) => origin.host == *name,
            Host::Suffix(suffix) => origin.host.len() > suffix.len() && origin.host.ends_with(suffix),
        };
        let port_fits = match port {
            Port::Any => true,
            Port::Exact(port) => origin.port == *port,
        };
        host_fits && port_fits && origin.scheme == *scheme
    }
}

impl FromStr for Pattern {
    type Err = AllowError;

    fn from_str(entry: &str) -> Result<Self, AllowError> {
        let wrong = |reason| AllowError { entry: entry.to_owned(), reason };
        if entry == "*" {
            return Ok(Self::Any);
        }
        let (scheme, rest) = entry.split_once("://").unwrap_or(("https", entry));
        let scheme = scheme.to_ascii_lowercase();
        let standard_port =
            default_port(&scheme).ok_or_else(|| wrong("the scheme is neither http nor https"))?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@', '\\']) || rest.contains(char::is_whitespace) {
            return Err(wrong("it has more than a host and a port"));
        }
        let (host, port) = split_port(rest);
        let port = match port {
            None => Port::Exact(standard_port),
            Some("*") => Port::Any,
            Some(port) => Port::Exact(port.parse().map_err(|_| wrong("the port is no number"))?),
        };
        let (suffix, name) = match host.strip_prefix("*.") {
            Some(name) => (true, name),
            None => (false, host),
        };
        if name.is_empty() || name.contains('*') {
            return Err(wrong("a * stands only for the whole or before the first dot"));
        }
        let name = normal(name);
        let host = if suffix { Host::Suffix(format!(".{name}")) } else { Host::Exact(name) };
        Ok(Self::Host { scheme, host, port })
    }
}

/// `host[:port]`, where the host may be an IPv6 address in brackets.
fn split_port(text: &str) -> (&str, Option<&str>) {
    let after_bracket = text.rfind(']').map_or(0, |at| at + 1);
    match text.get(after_bracket..).and_then(|rest| rest.rfind(':')) {
        Some(at) => (&text[..after_bracket + at], Some(&text[after_bracket + at + 1..])),
        None => (text, None),
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    }
}

fn normal(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// `scheme://host[:port]` of a URI, as one would write it into an allow-list.
pub(crate) fn origin_text(uri: &Uri) -> String {
    match Origin::of(uri) {
        Some(Origin { scheme, host, port }) if default_port(&scheme) == Some(port) => {
            format!("{scheme}://{host}")
        }
        Some(Origin { scheme, host, port }) => format!("{scheme}://{host}:{port}"),
        None => "a request without a plain host".to_owned(),
    }
}

impl fmt::Display for AllowList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing");
        }
        for (index, pattern) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            match pattern {
                Pattern::Any => f.write_str("*")?,
                Pattern::Host { scheme, host, port } => {
                    match host {
                        Host::Exact(name) => write!(f, "{scheme}://{name}")?,
                        Host::Suffix(suffix) => write!(f, "{scheme}://*{suffix}")?,
                    }
                    match port {
                        Port::Any => f.write_str(":*")?,
                        Port::Exact(port) if default_port(scheme) == Some(*port) => {}
                        Port::Exact(port) => write!(f, ":{port}")?,
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(entry: &str, uri: &str) -> bool {
        AllowList::parse([entry]).unwrap().allows(&uri.parse().unwrap())
    }

    #[test]
    fn exact_hosts() {
        assert!(allows("https://eu1.api.clevertap.com", "https://eu1.api.clevertap.com/1/x?y=z"));
        assert!(allows("https://eu1.api.clevertap.com", "https://EU1.api.clevertap.com.:443/"));
        assert!(allows("eu1.api.clevertap.com", "https://eu1.api.clevertap.com/"));
        assert!(!allows("https://eu1.api.clevertap.com", "http://eu1.api.clevertap.com/"));
        assert!(!allows("https://eu1.api.clevertap.com", "https://eu1.api.clevertap.com:444/"));
        assert!(!allows("https://eu1.api.clevertap.com", "https://eu1.api.clevertap.com.evil.example/"));
        assert!(!allows("https://evil.example", "https://evil.example@eu1.api.clevertap.com/"));
        assert!(!allows("https://evil.example", "https://user@evil.example/"));
    }

    #[test]
    fn suffixes() {
        assert!(allows("https://*.amazonaws.com", "https://bucket.s3.amazonaws.com/key"));
        assert!(allows("*.amazonaws.com", "https://a.amazonaws.com/"));
        assert!(!allows("https://*.amazonaws.com", "https://amazonaws.com/"));
        assert!(!allows("https://*.amazonaws.com", "https://evilamazonaws.com/"));
        assert!(!allows("https://*.amazonaws.com", "http://a.amazonaws.com/"));
    }

    #[test]
    fn ports_and_addresses() {
        assert!(allows("http://127.0.0.1:8080", "http://127.0.0.1:8080/"));
        assert!(!allows("http://127.0.0.1:8080", "http://127.0.0.1/"));
        assert!(allows("http://127.0.0.1:*", "http://127.0.0.1:9/"));
        assert!(allows("http://[::1]:80", "http://[::1]/"));
        assert!(allows("*", "http://anything:1/"));
    }

    #[test]
    fn nothing_is_allowed_by_default() {
        assert!(!AllowList::none().allows(&"https://a.example/".parse().unwrap()));
        assert!(!AllowList::all().allows(&"/no-host".parse().unwrap()));
    }

    #[test]
    fn other_forms_are_errors() {
        for entry in [
            "",
            "ftp://a",
            "https://a/path",
            "https://u@a",
            "a.*.b",
            "https://*a.b",
            "a:b",
            "a b",
            "*.",
            "a\\b",
        ] {
            assert!(AllowList::parse([entry]).is_err(), "{entry}");
        }
    }

    #[test]
    fn writes_itself_as_it_is_read() {
        let entries = ["https://a.example", "https://*.b.example", "http://c:81", "http://d:*", "*"];
        let list = AllowList::parse(entries).unwrap();
        assert_eq!(list.to_string(), entries.join(", "));
        assert_eq!(AllowList::parse(list.to_string().split(", ")).unwrap(), list);
    }
}
