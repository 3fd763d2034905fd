//! Reading segments. CleverTap documents no call for it; third parties know two ([3P] S:bswaroop, section 15.3),
//! and where an account lacks them the answer is [`Error::Unsupported`].

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clevertap::client::{Call, Session};
use crate::clevertap::contacts::text;
use crate::clevertap::cursor;
use crate::clevertap::operation;
use crate::model::segment::Segment;
use crate::model::{Error, Page};
use crate::transport::Host;

const LIST: &str = "segments";

/// The next page; its size is part of it, as a page number means nothing without.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    page: u64,
    size: u64,
    /// How many there were on the pages before: pages may be smaller than asked for.
    seen: u64,
}

/// A page of the account's segments.
///
/// # Errors
/// [`Error::Unsupported`] where the account has no such call; [`Error::Invalid`] for a bad cursor.
pub async fn list<H: Host>(
    session: &Session<'_, H>,
    from: Option<&str>,
    limit: u16,
    include_remote: bool,
) -> Result<Page<Segment>, Error> {
    let account = session.account.id.as_str();
    let at = match from.filter(|text| !text.is_empty()) {
        Some(text) => serde_json::from_value(cursor::decode(text, LIST, account, "")?)
            .map_err(|_| Error::invalid("next_cursor", "this cursor holds no page"))?,
        None => Position { page: 1, size: u64::from(limit.max(1)), seen: 0 },
    };
    let call = Call::with(json!({"page": at.page, "limit": at.size}));
    let answer = session.done(&operation::SEGMENTS_LIST, call).await.map_err(lacking)?;
    let Some(items) = answer.get("segments").and_then(Value::as_array) else {
        return Err(Error::undecodable("segments.list (there are no segments in it)", &answer));
    };
    let number = |key: &str| answer.get(key).and_then(Value::as_u64);
    let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
    let more = match (number("total_pages"), number("total_count")) {
        (Some(pages), _) => at.page < pages,
        (None, Some(all)) => at.seen.saturating_add(count) < all,
        // The empty page is the end.
        (None, None) => true,
    };
    let next =
        Position { page: at.page.saturating_add(1), size: at.size, seen: at.seen.saturating_add(count) };
    let next_cursor = (more && count > 0).then(|| {
        let state = serde_json::to_value(&next).unwrap_or_default();
        cursor::encode(LIST, account, "", &state)
    });
    let items = items.iter().map(|item| segment(item, include_remote)).collect();
    Ok(Page { next_cursor, ..Page::last(items) })
}

/// One segment, by CleverTap's id.
///
/// # Errors
/// [`Error::NotFound`]; as [`list`].
pub async fn get<H: Host>(
    session: &Session<'_, H>,
    id: &str,
    include_remote: bool,
) -> Result<Segment, Error> {
    let number: u64 = id
        .parse()
        .map_err(|_| Error::invalid("id", "must be CleverTap's id of a segment, a whole number"))?;
    let call = Call::with(json!({"segment_id": number}));
    let answer = session.done(&operation::SEGMENTS_GET, call).await.map_err(|error| match error {
        // Of a call that is there: it names what is not.
        Error::NotFound { what } if what.to_ascii_lowercase().contains("segment") => {
            Error::NotFound { what: format!("segment {id}") }
        }
        other => lacking(other),
    })?;
    match answer.get("segment").or_else(|| answer.get("id").map(|_| &answer)) {
        Some(found @ Value::Object(_)) => Ok(segment(found, include_remote)),
        _ => Err(Error::NotFound { what: format!("segment {id}") }),
    }
}

/// Paths that an account does not have answer 404, 405, or nothing at all ([3P] S:evangelist).
fn lacking(error: Error) -> Error {
    let lacks = match &error {
        Error::NotFound { .. } => true,
        Error::Undecodable { body, .. } => body.is_empty(),
        Error::Refused(refusal) => refusal.status == 405 || refusal.code == Some(405),
        _ => false,
    };
    if !lacks {
        return error;
    }
    Error::Unsupported {
        what:
            "CleverTap documents no call that reads segments, and this account lacks the one that is known of"
                .to_owned(),
    }
}

fn segment(item: &Value, include_remote: bool) -> Segment {
    let get = |key: &str| item.get(key).and_then(text);
    Segment {
        id: get("id").or_else(|| get("segment_id")).unwrap_or_default(),
        name: get("name").or_else(|| get("segment_name")),
        kind: get("type"),
        status: get("status"),
        size: ["count", "size", "total"].iter().find_map(|key| item.get(*key).and_then(Value::as_u64)),
        remote_data: include_remote.then(|| item.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clevertap::client::Trace;
    use crate::testing::{FakeHost, Reply, account};

    fn session<T>(host: &FakeHost, work: impl AsyncFnOnce(&Session<'_, FakeHost>) -> T) -> T {
        let account = account();
        host.run(work(&Session::open(host, &account, Trace::default())))
    }

    #[test]
    fn pages_to_the_end() {
        let host = FakeHost::answering(|sent| {
            let body = sent.json();
            let (page, size) = (body["page"].as_u64().unwrap(), body["limit"].as_u64().unwrap());
            let first = (page - 1) * size;
            let segments: Vec<_> = (first..(first + size).min(7))
                .map(|n| json!({"id": n, "name": format!("s{n}"), "status": "active", "count": n * 10}))
                .collect();
            Reply::json(
                200,
                &json!({"status": "success", "segments": segments, "total_pages": 7_u64.div_ceil(size), "total_count": 7}),
            )
        });
        let (mut all, mut cursor, mut limit) = (Vec::new(), None, 3);
        loop {
            let page =
                session(&host, async |session| list(session, cursor.as_deref(), limit, false).await.unwrap());
            all.extend(page.items);
            // Another limit in the middle does not move the pages.
            limit = 5;
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(
            all.iter().map(|segment| segment.id.as_str()).collect::<Vec<_>>(),
            ["0", "1", "2", "3", "4", "5", "6"]
        );
        assert_eq!((all[3].size, all[3].status.as_deref()), (Some(30), Some("active")));
    }

    #[test]
    fn accounts_without_the_call_say_so() {
        for reply in [
            Reply::text(200, ""),
            Reply::text(404, ""),
            Reply::json(200, &json!({"status": "fail", "error": "Method Not Allowed", "code": 405})),
        ] {
            let host = FakeHost::scripted([reply.clone(), reply]);
            let listed = session(&host, async |session| list(session, None, 50, false).await);
            assert!(matches!(listed, Err(Error::Unsupported { .. })), "{listed:?}");
            let got = session(&host, async |session| get(session, "7", false).await);
            assert!(matches!(got, Err(Error::Unsupported { .. })), "{got:?}");
        }
        let gone = Reply::json(404, &json!({"status": "fail", "error": "Segment not found", "code": 404}));
        let host = FakeHost::scripted([gone]);
        let got = session(&host, async |session| get(session, "7", false).await);
        assert_eq!(got.unwrap_err().to_string(), "there is no segment 7");
    }
}
