//! Which forms the caller takes and sends. This API speaks JSON.
//!
//! | `Accept` | answered |
//! |---|---|
//! | absent, or nothing in it that can be read | JSON |
//! | has `application/json`, `application/*` or `*/*` with a weight above 0 | JSON |
//! | names `application/x-ndjson` (or `application/ndjson`, `application/jsonl`) with more weight than JSON | NDJSON, where the call streams |
//! | names `text/csv` in the same way | CSV, where the call writes it |
//! | the most precise of these has weight 0, or none is there | 406 |
//! | names `application/problem+json` | errors come as that |
//!
//! | `Content-Type` of a body | |
//! |---|---|
//! | absent, `application/json`, `application/…+json`, in UTF-8 | read |
//! | the names of NDJSON, in UTF-8 | read as lines, where a call takes many records |
//! | anything else, or a `Content-Encoding` | 415 |

use super::error::Error;
use crate::transport::{Headers, header};

pub(crate) const JSON: &str = "application/json";
pub(crate) const PROBLEM: &str = "application/problem+json";
pub(crate) const NDJSON: &str = "application/x-ndjson";
pub(crate) const CSV: &str = "text/csv";
/// What else NDJSON is called; it has no registered name.
const NDJSON_NAMES: &[&str] = &[NDJSON, "application/ndjson", "application/jsonl", "application/x-jsonlines"];

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

/// Whether the caller asks for NDJSON: it names it, and likes it better than JSON, or names it alone.
pub(crate) fn wants_ndjson(headers: &Headers) -> bool {
    let ranges = ranges(headers);
    let lines = weight_of(&ranges, NDJSON_NAMES).unwrap_or(0.0);
    let json = ranges.iter().find(|range| range.media == JSON).map_or(0.0, |range| range.weight);
    lines > json
}

/// Whether the caller asks for CSV, as [`wants_ndjson`].
pub(crate) fn wants_csv(headers: &Headers) -> bool {
    let ranges = ranges(headers);
    let csv = weight_of(&ranges, &[CSV]).unwrap_or(0.0);
    let others =
        ranges.iter().filter(|range| range.media == JSON || NDJSON_NAMES.contains(&range.media.as_str()));
    others.fold(csv > 0.0, |wanted, range| wanted && csv > range.weight)
}

/// # Errors
/// [`Error::NotAcceptable`] when the caller takes no JSON, nor NDJSON or CSV where the call has them.
pub(crate) fn check_accept(headers: &Headers, streams: bool, writes_csv: bool) -> Result<(), Error> {
    let ranges = ranges(headers);
    let acceptable = ranges.is_empty()
        || (streams && wants_ndjson(headers))
        || (writes_csv && wants_csv(headers))
        || weight_of(&ranges, &[JSON, "application/*", "*/*"]).is_some_and(|weight| weight > 0.0);
    if acceptable { Ok(()) } else { Err(Error::NotAcceptable) }
}

/// The content type of an error: a problem only for those who name it, as plain JSON suits everybody.
pub(crate) fn problem_type(headers: &Headers) -> &'static str {
    let wanted = weight_of(&ranges(headers), &[PROBLEM]).is_some_and(|weight| weight > 0.0);
    if wanted { PROBLEM } else { JSON }
}

/// Whether a body is NDJSON.
///
/// # Errors
/// [`Error::UnsupportedMediaType`] for lines that cannot be read: compressed, or not in UTF-8.
pub(crate) fn is_ndjson(headers: &Headers) -> Result<bool, Error> {
    let Some(content) = header(headers, "content-type") else { return Ok(false) };
    let media = content.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !NDJSON_NAMES.contains(&media.as_str()) {
        return Ok(false);
    }
    check_coding(headers)?;
    Ok(true)
}

/// # Errors
/// [`Error::UnsupportedMediaType`] for what cannot be read as JSON.
pub(crate) fn check_content(headers: &Headers) -> Result<(), Error> {
    check_coding(headers)?;
    let Some((_, value)) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type")) else {
        return Ok(());
    };
    let value = String::from_utf8_lossy(value).to_ascii_lowercase();
    let media = value.split(';').next().unwrap_or_default().trim();
    if media == JSON || (media.starts_with("application/") && media.ends_with("+json")) {
        return Ok(());
    }
    Err(Error::UnsupportedMediaType("the body must be JSON: send Content-Type: application/json".to_owned()))
}

/// The text must be plain UTF-8.
fn check_coding(headers: &Headers) -> Result<(), Error> {
    let unsupported = |message: &str| Err(Error::UnsupportedMediaType(message.to_owned()));
    if header(headers, "content-encoding")
        .is_some_and(|coding| !coding.trim().eq_ignore_ascii_case("identity"))
    {
        return unsupported("the body has a Content-Encoding; send it uncompressed");
    }
    let content = header(headers, "content-type").unwrap_or_default().to_ascii_lowercase();
    let charset = content
        .split(';')
        .filter_map(|part| part.trim().split_once('='))
        .find(|(name, _)| name.trim() == "charset");
    match charset {
        Some((_, charset)) if !matches!(charset.trim().trim_matches('"'), "utf-8" | "utf8" | "us-ascii") => {
            unsupported("the body must be in UTF-8: leave charset away, or name that one")
        }
        _ => Ok(()),
    }
}
