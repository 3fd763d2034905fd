//! Catalogs, version 1 by file and version 2 by records (section 16). The
//! answers of both are [UNK]; these are plausible.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::shelf::change;
use crate::visit::{Reply, Visit};

const CATALOGS: &str = "catalogs";

/// `POST /get_catalog_url`: [OFF] S:vtex, section 16.1.
pub(crate) fn url(visit: &mut Visit<'_>) -> Reply {
    let id = visit.account.config.project_id.clone();
    let url = visit.account.files.sign(visit.base, &id);
    Ok(Answer::ok(&json!({ "presignedS3URL": url, "status": "success", "code": 200 })))
}

/// `GET /get_multipart_upload_catalog_url?totalParts=2..4`: [3P] S:accio, section 16.1.
pub(crate) fn multipart_url(visit: &mut Visit<'_>) -> Reply {
    let parts = visit.request.param("totalParts").and_then(|text| text.parse::<u32>().ok());
    let Some(parts) = parts.filter(|parts| (2..=4).contains(parts)) else {
        return Err(Answer::explained("`totalParts` is 2 to 4"));
    };
    let id = visit.account.config.project_id.clone();
    let urls: Vec<_> = (0..parts).map(|_| visit.account.files.sign(visit.base, &id)).collect();
    Ok(Answer::ok(&json!({ "presignedS3URLs": urls, "uploadId": "upload-1", "status": "success" })))
}

/// `POST /upload_catalog_completed`: [OFF] S:vtex, section 16.1.
pub(crate) fn completed(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    if !body["name"].is_string() || !body["email"].is_string() {
        return Err(Answer::explained("`name`, `creator`, `email` are required"));
    }
    visit.remember(body);
    Ok(Answer::success())
}

/// [DOC] S:catalog2, section 16.2.
fn enabled(visit: &Visit<'_>) -> Result<(), Answer> {
    if visit.variants.catalog_disabled {
        return Err(Answer::fail(403, "Catalog feature is not enabled for this account.", 403));
    }
    Ok(())
}

fn missing() -> Answer {
    Answer::fail(404, "Catalog not found", 404)
}

/// `POST /v2/catalogs`: [DOC] S:catalog2.
pub(crate) fn create(visit: &mut Visit<'_>) -> Reply {
    enabled(visit)?;
    let body = visit.json()?;
    let id = visit.account.shelves.add(CATALOGS, "catalogId", body.clone());
    visit.remember(body);
    Ok(Answer::json(201, &json!({ "status": "success", "catalogId": id })))
}

/// `GET /v2/catalogs`: [DOC] S:catalog2.
pub(crate) fn list(visit: &mut Visit<'_>) -> Reply {
    enabled(visit)?;
    let catalogs = visit.account.shelves.all(CATALOGS);
    Ok(Answer::ok(&json!({ "status": "success", "total": catalogs.len(), "catalogs": catalogs })))
}

/// `GET /v2/catalogs/{id}`: [DOC] S:catalog2.
pub(crate) fn get(visit: &mut Visit<'_>) -> Reply {
    enabled(visit)?;
    let catalog = visit.account.shelves.get(CATALOGS, id(visit)).ok_or_else(missing)?;
    Ok(Answer::ok(&json!({ "status": "success", "catalog": catalog })))
}

/// `PUT /v2/catalogs/{id}`: [DOC] S:catalog2.
pub(crate) fn update(visit: &mut Visit<'_>) -> Reply {
    enabled(visit)?;
    let body = visit.json()?;
    let id = id(visit).to_owned();
    change(visit.account.shelves.get_mut(CATALOGS, &id).ok_or_else(missing)?, body.clone());
    visit.remember(body);
    Ok(Answer::success())
}

/// `DELETE /v2/catalogs/{id}`: [DOC] S:catalog2.
pub(crate) fn delete(visit: &mut Visit<'_>) -> Reply {
    enabled(visit)?;
    let id = id(visit).to_owned();
    visit.account.shelves.remove(CATALOGS, &id).ok_or_else(missing)?;
    visit.remember(Value::Null);
    Ok(Answer::success())
}

/// `GET /v2/catalogs/signedurl?catalogId=`: [DOC] S:catalog2.
pub(crate) fn signed_url(visit: &mut Visit<'_>) -> Reply {
    enabled(visit)?;
    let project = visit.account.config.project_id.clone();
    let url = visit.account.files.sign(visit.base, &project);
    Ok(Answer::ok(&json!({ "status": "success", "presignedUrl": url, "uploadId": "upload-1" })))
}

/// `POST /v2/catalogs/signedurl/complete` and the products' calls: [DOC] S:catalog2.
pub(crate) fn accept(visit: &mut Visit<'_>) -> Reply {
    enabled(visit)?;
    let body = visit.json()?;
    if let Some(id) = visit.segments.first() {
        visit.account.shelves.get(CATALOGS, id).ok_or_else(missing)?;
    }
    visit.remember(body);
    Ok(Answer::success())
}

fn id<'a>(visit: &Visit<'a>) -> &'a str {
    visit.segments.first().copied().unwrap_or_default()
}
