//! Which forms the caller takes and sends. This API speaks JSON.
//!
//! | `Accept` | answered |
//! |---|---|
//! | absent, or nothing in it that can be read | JSON |
//! | has `application/json`, `application/*` or `*/*` with a weight above 0 | JSON |
//! | the most precise of these has weight 0, or none is there | 406 |
//! | names `application/problem+json` | errors come as that |
//!
//! | `Content-Type` of a body | |
//! |---|---|
//! | absent, `application/json`, `application/…+json`, in UTF-8 | read |
//! | anything else, or a `Content-Encoding` | 415 |

use super::error::Error;
use crate::transport::{Headers, header};

pub(crate) const JSON: &str = "application/json";
pub(crate) const PROBLEM: &str = "application/problem+json";

/// One range of an `Accept` header.
#[derive(Debug, Clone, PartialEq)]
struct Range {
    /// In lower case, without parameters.
    media: String,
    weight: f32,
}

fn ranges(headers: &Headers) -> Vec<Range> {
    headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("accept"))
        .filter_map(|(_, value)| std::str::from_utf8(value).ok())
        .flat_map(|value| value.split(','))
        .filter_map(range)
        .collect()
}

fn range(text: &str) -> Option<Range> {
    let mut parts = text.split(';');
    let media = parts.next()?.trim().to_ascii_lowercase();
    let (kind, subtype) = media.split_once('/')?;
    if kind.is_empty() || subtype.is_empty() || (kind == "*" && subtype != "*") {
        return None;
    }
    let weight = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        // A weight that cannot be read was meant as some wish for it.
        .map_or(1.0, |(_, weight)| {
            weight.trim().parse::<f32>().ok().filter(|weight| weight.is_finite()).unwrap_or(1.0)
        });
    Some(Range { media, weight })
}

fn weight_of(ranges: &[Range], names: &[&str]) -> Option<f32> {
    // Ordered from the most precise on: the first that is there decides.
    names.iter().find_map(|name| ranges.iter().find(|range| range.media == **name)).map(|range| range.weight)
}

/// # Errors
/// [`Error::NotAcceptable`] when the caller takes no JSON.
pub(crate) fn check_accept(headers: &Headers) -> Result<(), Error> {
    let ranges = ranges(headers);
    let acceptable = ranges.is_empty()
        || weight_of(&ranges, &[JSON, "application/*", "*/*"]).is_some_and(|weight| weight > 0.0);
    if acceptable { Ok(()) } else { Err(Error::NotAcceptable) }
}

/// The content type of an error: a problem only for those who name it, as plain JSON suits everybody.
pub(crate) fn problem_type(headers: &Headers) -> &'static str {
    let wanted = weight_of(&ranges(headers), &[PROBLEM]).is_some_and(|weight| weight > 0.0);
    if wanted { PROBLEM } else { JSON }
}

/// # Errors
/// [`Error::UnsupportedMediaType`] for what cannot be read as JSON.
pub(crate) fn check_content(headers: &Headers) -> Result<(), Error> {
    let unsupported = |message: &str| Err(Error::UnsupportedMediaType(message.to_owned()));
    if header(headers, "content-encoding")
        .is_some_and(|coding| !coding.trim().eq_ignore_ascii_case("identity"))
    {
        return unsupported("the body has a Content-Encoding; send it uncompressed");
    }
    let Some((_, value)) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type")) else {
        return Ok(());
    };
    let value = String::from_utf8_lossy(value).to_ascii_lowercase();
    let mut parts = value.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default();
    let is_json = media == JSON || (media.starts_with("application/") && media.ends_with("+json"));
    if !is_json {
        return unsupported("the body must be JSON: send Content-Type: application/json");
    }
    let charset = parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim() == "charset");
    match charset {
        Some((_, charset)) if !matches!(charset.trim().trim_matches('"'), "utf-8" | "utf8" | "us-ascii") => {
            unsupported("the body must be JSON in UTF-8: send Content-Type: application/json")
        }
        _ => Ok(()),
    }
}
