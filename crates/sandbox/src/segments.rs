//! Custom lists, API segments, and the undocumented listing (section 15).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::visit::{Reply, Visit};

/// [DOC] S:createseg, S:updateseg, section 15.2.
const MAX_BATCH: usize = 100;
const FIRST_ID: u64 = 1_234;

#[derive(Debug)]
pub(crate) struct Segment {
    id: u64,
    name: String,
    /// Given by API segments only.
    customer_id: Option<String>,
    members: BTreeSet<String>,
}

/// What the sandbox knows of a segment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SegmentTruth {
    /// CleverTap's id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// `customer_segment_id`, for segments made by the API.
    pub customer_id: Option<String>,
    /// Identities, or `g:` and a CleverTap id.
    pub members: Vec<String>,
}

impl Segment {
    pub(crate) fn truth(&self) -> SegmentTruth {
        SegmentTruth {
            id: self.id,
            name: self.name.clone(),
            customer_id: self.customer_id.clone(),
            members: self.members.iter().cloned().collect(),
        }
    }
}

/// `POST /get_custom_list_segment_url`: [DOC], [3P] S:rudder-s, section 15.1.
pub(crate) fn list_url(visit: &mut Visit<'_>) -> Reply {
    let id = visit.account.config.project_id.clone();
    let url = visit.account.files.sign(visit.base, &id);
    let expiry = crate::clock::shift(visit.now.date(), 1).at(0, 0, 0, 0);
    Ok(Answer::ok(&json!({
        "presignedS3URL": url,
        "expiry": expiry.to_string(),
        "status": "success",
        "code": 200,
    })))
}

/// `POST /upload_custom_list_segment_completed`: [3P] S:rudder-s, section 15.1.
pub(crate) fn list_completed(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let admin = match &visit.variants.admin_email {
        Some(admin) => admin == text("email"),
        None => text("email").contains('@'),
    };
    if !admin {
        // [3P] S:rudder-s: a 401 that is no wrong password.
        let error = "Email id is either not in the right format or does not belong to a valid admin";
        return Err(Answer::fail(401, error, 401));
    }
    if text("name").is_empty() || text("filename").is_empty() {
        return Err(Answer::explained("`name`, `email`, `filename`, `creator`, `url` are required"));
    }
    let Some(file) = visit.account.files.file(text("url")) else {
        return Err(Answer::explained("nothing was uploaded to `url`"));
    };
    let members = members(&String::from_utf8_lossy(file));
    let segments = &mut visit.account.segments;
    let known = segments.iter_mut().find(|segment| segment.name == text("name"));
    let id = match known {
        Some(_) if body["replace"] != true => {
            // [3P] S:accio; HTTP status and code are [UNK].
            return Err(Answer::fail(409, "duplicate_name", 409));
        }
        Some(segment) => {
            segment.members = members;
            segment.id
        }
        None => push(segments, text("name"), None, members),
    };
    visit.remember(body);
    Ok(Answer::ok(&json!({ "Segment ID": id, "status": "success", "code": 200 })))
}

/// CSV with the columns Type, Identity ([OFF] S:snippets, section 15.1). What
/// else is in the file is reported by e-mail only.
fn members(csv: &str) -> BTreeSet<String> {
    let member = |row: &Vec<String>| match row.as_slice() {
        [kind, identity] if kind == "i" => Some(identity.clone()),
        [kind, guid] if kind == "g" => Some(format!("g:{guid}")),
        _ => None,
    };
    rows(csv).iter().skip(1).filter_map(member).collect()
}

/// Rows of RFC 4180: a quoted field may have commas, doubled quotes and line
/// ends in it.
fn rows(csv: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut chars = csv.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            c => field.push(c),
        }
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    rows
}

/// `POST /api/createSegment`: [DOC] S:createseg; the answer is [UNK].
pub(crate) fn create(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let orders = match body.as_array() {
        Some(orders) if (1..=MAX_BATCH).contains(&orders.len()) => orders.clone(),
        _ => return Err(Answer::explained(&format!("takes an array of 1 to {MAX_BATCH} segments"))),
    };
    let segments = &mut visit.account.segments;
    let mut made = Vec::new();
    for order in &orders {
        let (name, id) = (order["segment_name"].as_str(), order["customer_segment_id"].as_str());
        let (Some(name), Some(customer_id)) = (name, id) else {
            return Err(Answer::explained("`segment_name` and `customer_segment_id` are required"));
        };
        let taken = segments
            .iter()
            .any(|known| known.name == name || known.customer_id.as_deref() == Some(customer_id));
        if taken {
            return Err(Answer::fail(409, "duplicate_name", 409));
        }
        let id = push(segments, name, Some(customer_id.to_owned()), BTreeSet::new());
        made.push(json!({ "segment_name": name, "customer_segment_id": customer_id, "ct_segment_id": id }));
    }
    visit.remember(body);
    Ok(Answer::ok(&json!({ "status": "success", "segments": made })))
}

/// `POST /api/updateSegment`: [DOC] S:updateseg; the answer is [UNK].
pub(crate) fn update(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let bulk = match body["bulk_profiles"].as_array() {
        Some(bulk) if (1..=MAX_BATCH).contains(&bulk.len()) => bulk.clone(),
        _ => return Err(Answer::explained(&format!("`bulk_profiles` takes 1 to {MAX_BATCH} entries"))),
    };
    for entry in &bulk {
        let people: Vec<String> = array(&entry["user_profiles"])
            .iter()
            .filter_map(|user| {
                let guid = || user["guid"].as_str().map(|guid| format!("g:{guid}"));
                user["identity"].as_str().map(str::to_owned).or_else(guid)
            })
            .collect();
        for change in array(&entry["segments"]) {
            let segment = visit.account.segments.iter_mut().find(|segment| {
                segment.customer_id.is_some()
                    && (change["ct_segment_id"].as_u64() == Some(segment.id)
                        || (change["customer_segment_id"].is_string()
                            && change["customer_segment_id"].as_str() == segment.customer_id.as_deref()))
            });
            match (segment, change["action"].as_str()) {
                (Some(segment), Some("ADD")) => segment.members.extend(people.iter().cloned()),
                (Some(segment), Some("REMOVE")) => {
                    segment.members.retain(|member| !people.contains(member));
                }
                (None, _) => return Err(Answer::explained("no such API segment")),
                _ => return Err(Answer::explained("`action` is ADD or REMOVE")),
            }
        }
    }
    visit.remember(body);
    Ok(Answer::success())
}

/// `POST /1/segments/list.json`: [3P] S:bswaroop, section 15.3, unverified.
pub(crate) fn list(visit: &mut Visit<'_>) -> Reply {
    let body = visit.request.json_or_null()?;
    let number = |name: &str, default| {
        body[name].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(default)
    };
    let (page, limit) = (number("page", 1).max(1), number("limit", 50).max(1));
    let segments = &visit.account.segments;
    let shown: Vec<_> =
        segments.iter().skip((page - 1).saturating_mul(limit)).take(limit).map(shown).collect();
    Ok(Answer::ok(&json!({
        "status": "success",
        "segments": shown,
        "total_pages": segments.len().div_ceil(limit),
        "total_count": segments.len(),
    })))
}

/// `POST /1/segments/get.json`: [3P] S:bswaroop, section 15.3, unverified.
pub(crate) fn get(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let id = body["segment_id"].as_u64();
    let segment = visit.account.segments.iter().find(|segment| Some(segment.id) == id);
    let segment = segment.ok_or_else(|| Answer::fail(404, "Segment not found", 404))?;
    Ok(Answer::ok(&json!({ "status": "success", "segment": shown(segment) })))
}

fn shown(segment: &Segment) -> Value {
    json!({
        "id": segment.id,
        "name": segment.name,
        "status": "active",
        "count": segment.members.len(),
    })
}

fn push(
    segments: &mut Vec<Segment>,
    name: &str,
    customer_id: Option<String>,
    members: BTreeSet<String>,
) -> u64 {
    let id = segments.last().map_or(FIRST_ID, |last| last.id + 1);
    segments.push(Segment { id, name: name.to_owned(), customer_id, members });
    id
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_fields_are_read_as_they_were_meant() {
        let csv = "Type,Identity\r\ni,a\ni,\"b,c\"\ng,\"say \"\"hi\"\"\"\ni,\"two\nlines\"\nx,no\ni,last";
        let expected = ["a", "b,c", "g:say \"hi\"", "last", "two\nlines"];
        assert_eq!(members(csv).into_iter().collect::<Vec<_>>(), expected);
    }
}
