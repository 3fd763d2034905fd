//! Content blocks and e-mail templates (section 17).

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::shelf::change;
use crate::visit::{Reply, Visit};

const BLOCKS: &str = "content blocks";
const TEMPLATES: &str = "templates";
/// [DOC], section 17.
const MAX_PAGE: usize = 100;

/// `GET /v1/contentBlock/list`: [DOC], [3P] S:ingestr, S:lokalise.
pub(crate) fn blocks(visit: &mut Visit<'_>) -> Reply {
    for name in ["updatedFrom", "updatedTo"] {
        let date = visit.request.param(name);
        if date.is_some_and(|date| !(date.len() == 24 && date.ends_with('Z') && date.contains('.'))) {
            // [DOC]; its HTTP status and code are [UNK].
            return Err(Answer::fail(400, "Enter date in ISO format", 400));
        }
    }
    let all = [seeded_blocks(), visit.account.shelves.all(BLOCKS)].concat();
    page(visit, "contentBlocks", &all)
}

/// `GET /v1/contentBlock/localise/list`: [3P] S:lokalise.
pub(crate) fn localised_blocks(visit: &mut Visit<'_>) -> Reply {
    page(visit, "contentBlocks", &seeded_blocks())
}

/// `GET /v1/contentBlock/localise/info?id=`: [3P] S:lokalise; its wrapper is [INF].
pub(crate) fn block_info(visit: &mut Visit<'_>) -> Reply {
    let id = visit.request.param("id").unwrap_or_default();
    let found = seeded_blocks().into_iter().find(|block| block["id"].as_u64() == id.parse().ok());
    let block = found
        .or_else(|| visit.account.shelves.get(BLOCKS, &id).cloned())
        .ok_or_else(|| Answer::fail(404, "Content block not found", 404))?;
    Ok(Answer::ok(&json!({ "status": "success", "contentBlock": block })))
}

/// Create, update and upsert of both kinds: bodies and answers are [UNK].
pub(crate) fn accept(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    visit.remember(body);
    Ok(Answer::success())
}

/// `POST /v1/contentBlock/create`: the page exists ([DOC]), its path and body are [UNK].
pub(crate) fn create_block(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let id = visit.account.shelves.add(BLOCKS, "id", body.clone());
    visit.remember(body);
    Ok(Answer::ok(&json!({ "status": "success", "id": id })))
}

/// `POST /v1/email/templates/create`: [DOC] S:templates; the answer is [UNK].
pub(crate) fn create_template(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let id = visit.account.shelves.add(TEMPLATES, "templateId", body.clone());
    visit.remember(body);
    Ok(Answer::ok(&json!({ "status": "success", "templateId": id })))
}

/// `GET /v1/email/templates` and `…/localise/`: wrapper [3P] S:lokalise;
/// `?templateId=` gives one.
pub(crate) fn templates(visit: &mut Visit<'_>) -> Reply {
    if let Some(id) = visit.request.param("templateId") {
        return one(visit.account.shelves.get(TEMPLATES, &id));
    }
    let all = visit.account.shelves.all(TEMPLATES);
    page(visit, "templates", &all)
}

/// `GET /v1/email/templates/{id}`: [DOC] S:templates; the path is [INF].
pub(crate) fn template(visit: &mut Visit<'_>) -> Reply {
    one(visit.account.shelves.get(TEMPLATES, visit.segments.first().copied().unwrap_or_default()))
}

/// `PUT /v1/email/templates/{id}`: [DOC] S:templates; method and path are [INF].
pub(crate) fn update_template(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let id = visit.segments.first().copied().unwrap_or_default();
    let template = visit.account.shelves.get_mut(TEMPLATES, id).ok_or_else(no_template)?;
    change(template, body.clone());
    visit.remember(body);
    Ok(Answer::success())
}

/// `DELETE /v1/email/templates/{id}`: [DOC] S:templates; method and path are [INF].
pub(crate) fn delete_template(visit: &mut Visit<'_>) -> Reply {
    let id = visit.segments.first().copied().unwrap_or_default();
    visit.account.shelves.remove(TEMPLATES, id).ok_or_else(no_template)?;
    visit.remember(Value::Null);
    Ok(Answer::success())
}

fn one(template: Option<&Value>) -> Reply {
    let template = template.ok_or_else(no_template)?;
    Ok(Answer::ok(&json!({ "status": "success", "template": template })))
}

fn no_template() -> Answer {
    Answer::fail(404, "Template not found", 404)
}

/// `{status, …[], total, pageNumber, pageSize}`: [3P] S:ingestr, S:lokalise.
fn page(visit: &Visit<'_>, key: &str, all: &[Value]) -> Reply {
    let number = |name: &str, default| match visit.request.param(name) {
        None => Ok(default),
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| Answer::explained(&format!("`{name}` must be a positive number"))),
    };
    let (page, size) = (number("pageNumber", 1)?, number("pageSize", MAX_PAGE)?);
    if size > MAX_PAGE {
        return Err(Answer::explained(&format!("`pageSize` is at most {MAX_PAGE}")));
    }
    let shown: Vec<_> = all.iter().skip((page - 1).saturating_mul(size)).take(size).collect();
    let mut answer = json!({ "status": "success", "total": all.len(), "pageNumber": page, "pageSize": size });
    answer[key] = json!(shown);
    Ok(Answer::ok(&answer))
}

/// Keys: [3P] S:ingestr, S:lokalise, section 17.
fn seeded_blocks() -> Vec<Value> {
    ["Header", "Footer", "Unsubscribe", "Offer of the week", "Legal"]
        .iter()
        .enumerate()
        .map(|(index, name)| {
            json!({
                "id": 9_001 + index,
                "name": name,
                "type": "HTML",
                "content": format!("<p>{name}</p>"),
                "createdBy": "editor@example.com",
                "createdAt": "2025-03-01T08:00:00.000Z",
                "updatedBy": "editor@example.com",
                "updatedAt": "2025-09-12T15:30:00.000Z",
            })
        })
        .collect()
}
