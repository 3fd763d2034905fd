//! A caller's path and query, checked for anything that could lead to another host or path, and then left as
//! it is.
//!
//! | in the path | why it is not sent |
//! |---|---|
//! | no leading `/`, or `//`, `/\` | some clients read a host there |
//! | `\`, `%5c` | some read it as `/` |
//! | `%2f` | some decode it before they split |
//! | `.` or `..` as a segment, also as `%2e`, also before `;` | leads to another path |
//! | `%25` before `2e`, `2f`, `5c` | the same for those who decode twice |
//! | `@` | some read what is before it as a user name |
//! | `://` | a URL of its own |
//! | `[`, `]`, `^`, `` ` ``, `{`, `\|`, `}` | no character of a path: some encode it, some refuse it |
//! | `%` without two hexadecimal digits, `%00` to `%1f`, `%7f` | read differently everywhere |
//!
//! Neither path nor query may hold spaces, control characters, `#`, `\`, `"`, `<`, `>` or anything that is not
//! ASCII: these are percent-encoded in a URL. Encoded, the query may hold anything.

use percent_encoding::percent_decode_str;

use crate::model::Error;

/// Path and query to send: those given, without query parameters of ours.
///
/// # Errors
/// [`Error::Invalid`] that names what cannot be sent and what to write in its place.
pub fn target(path_and_query: &str) -> Result<String, Error> {
    let wrong = |message: &str| Err(Error::invalid("path", message));
    if path_and_query.bytes().any(|byte| !byte.is_ascii_graphic() || b"#\\\"<>".contains(&byte)) {
        return wrong(
            "holds a space, a control character, a non-ASCII character or one of # \\ \" < >: percent-encode it \
             (a fragment is never sent)",
        );
    }
    let (path, query) = match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    };
    if let Some(message) = fault(path) {
        return wrong(message);
    }
    let Some(query) = query else { return Ok(path.to_owned()) };
    let all = query.split('&').count();
    let kept: Vec<_> = query.split('&').filter(|pair| !is_ours(pair)).collect();
    // When all was ours, nothing was asked of CleverTap, not even a lone question mark.
    if kept.is_empty() || (kept.len() < all && kept == [""]) {
        return Ok(path.to_owned());
    }
    Ok(format!("{path}?{}", kept.join("&")))
}

/// What is wrong with a path.
fn fault(path: &str) -> Option<&'static str> {
    if !path.starts_with('/') {
        return Some("must start with a single /, and name no host");
    }
    if path.starts_with("//") {
        return Some("must start with a single /: what follows // is read as a host");
    }
    if path.contains("://") {
        return Some("must not hold a URL: give the path on the account's host only");
    }
    if path.contains('@') {
        return Some("must not hold @: write %40");
    }
    if path.contains(['[', ']', '^', '`', '{', '|', '}']) {
        return Some("must not hold any of [ ] ^ ` { | }: percent-encode it");
    }
    let mut rest = path.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        if *byte != b'%' {
            continue;
        }
        let Some(code) = tail.first_chunk().and_then(|digits| hex(*digits)) else {
            return Some("holds a % that is not followed by two hexadecimal digits: write %25");
        };
        let twice = tail.get(2..4).and_then(|tail| tail.first_chunk()).and_then(|digits| hex(*digits));
        match (code, twice) {
            (b'/' | b'\\', _) => return Some("must not hold an encoded slash or backslash (%2f, %5c)"),
            (0..=0x1f | 0x7f, _) => return Some("must not hold an encoded control character"),
            (b'%', Some(b'.' | b'/' | b'\\')) => {
                return Some("must not hold a dot, slash or backslash that is encoded twice");
            }
            _ => {}
        }
    }
    let dots = |segment: &str| {
        let name: Vec<u8> = percent_decode_str(segment).collect();
        let name = name.split(|byte| *byte == b';').next().unwrap_or_default();
        matches!(name, b"." | b"..")
    };
    if path.split('/').any(dots) {
        return Some("must not hold . or .. as a segment, encoded or not: write the path that they lead to");
    }
    None
}

fn hex([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let value = digit(high)?.checked_mul(16)?.checked_add(digit(low)?)?;
    u8::try_from(value).ok()
}

/// Whether a query parameter is one of this service's own. Those of the account are also in the bracket forms
/// that the service reads.
#[must_use]
pub fn is_ours(pair: &str) -> bool {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    let name = percent_decode_str(name).decode_utf8_lossy();
    let whole = ["", "[]", "[0]", "[eq]"];
    name.strip_prefix("integrated_account_id").is_some_and(|rest| whole.contains(&rest))
        || name.starts_with("truto_")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    #[test]
    fn what_is_sound_goes_out_byte_for_byte() {
        for sound in [
            "/",
            "/1/upload",
            "/1/profile.json?email=a+b@example.org&x=%2B%2f%5C%00",
            "/v2/catalogs/a%20b;v=1/products/",
            "/1//upload",
            "/1/a:b/..c/...",
            "/1/events.json?cursor=ab%2Bcd%3D&next=https://example.org/../x",
            "/getSchema?",
            "/1/x?&&a=1&",
            "/1/x?100%",
            "/1/x%40y",
        ] {
            assert_eq!(target(sound).as_deref(), Ok(sound));
        }
    }

    #[test]
    fn parameters_of_ours_are_dropped_and_the_rest_is_left() {
        for (given, sent) in [
            ("/1/x?integrated_account_id=acme", "/1/x"),
            ("/1/x?a=%2b&integrated_account_id=acme&b=+", "/1/x?a=%2b&b=+"),
            ("/1/x?truto_response_format=raw&a", "/1/x?a"),
            ("/1/x?a&truto%5Fbody_passthrough=true", "/1/x?a"),
            ("/1/x?integrated_account_ids=1&Truto_x=2", "/1/x?integrated_account_ids=1&Truto_x=2"),
            ("/1/x?integrated_account_id=a&", "/1/x"),
            ("/1/x?integrated_account_id=a&&", "/1/x?&"),
            (
                "/1/x?integrated_account_id%5B%5D=a&integrated_account_id[1]=b",
                "/1/x?integrated_account_id[1]=b",
            ),
        ] {
            assert_eq!(target(given).as_deref(), Ok(sent), "{given}");
        }
    }

    #[test]
    fn ways_out_are_refused() {
        for way_out in [
            "",
            "1/upload",
            "//example.org/1",
            "/\\example.org",
            "\\\\example.org",
            "https://example.org/",
            "http:/x",
            "@example.org/",
            "/@example.org",
            "/user:pass@example.org/",
            "/https://example.org",
            "/x/http://y",
            "/../x",
            "/x/..",
            "/x/./y",
            "/.",
            "/%2e%2e/x",
            "/.%2E/x",
            "/%2e",
            "/..;/x",
            "/%2e%2e;a=1/x",
            "/..%3b/x",
            "/x%2fy",
            "/x%2Fy",
            "/x%5cy",
            "/x%5Cy",
            "/%2f%2fexample.org",
            "/%252e%252e/x",
            "/%252f",
            "/%255C",
            "/x y",
            "/x\ty",
            "/x\r\nhost: example.org",
            "/x\0",
            "/x%00",
            "/x%0d%0ay",
            "/x%7f",
            "/ä",
            "/x#y",
            "/x?y#z",
            "/x?y z",
            "/x?\\",
            "/%",
            "/%4",
            "/%zz",
            "/x?\u{202e}",
            "/x/{id}",
            "/[::1]/",
            "*",
            "?a",
            "",
        ] {
            assert!(matches!(target(way_out), Err(Error::Invalid(_))), "{way_out:?}");
        }
    }

    fn tricky() -> impl Strategy<Value = String> {
        let pieces = [
            "/",
            "//",
            "\\",
            "@",
            ":",
            ".",
            "..",
            "%2e",
            "%2f",
            "%5c",
            "%",
            "?",
            "#",
            "https:",
            "example.org",
            "a",
            ";",
            "&",
            " ",
            "\t",
            "ä",
            "%25",
            "=",
        ];
        prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn nothing_leads_to_another_host_or_path(text in prop_oneof![tricky(), "\\PC{0,30}", "/[!-~]{0,30}"]) {
            if let Ok(target) = target(&text) {
                prop_assert!(target.starts_with('/') && !target.starts_with("//"));
                let joined = Url::parse("https://api.clevertap.com/").unwrap().join(&target).unwrap();
                let appended = Url::parse(&format!("https://api.clevertap.com{target}")).unwrap();
                for url in [joined, appended] {
                    prop_assert_eq!(url.host_str(), Some("api.clevertap.com"));
                    prop_assert_eq!(url.scheme(), "https");
                    prop_assert!(url.username().is_empty() && url.password().is_none() && url.port().is_none());
                    prop_assert!(url.fragment().is_none());
                    // A URL parser finds nothing to normalise in the path.
                    prop_assert_eq!(url.path(), target.split('?').next().unwrap());
                }
            }
        }
    }
}
