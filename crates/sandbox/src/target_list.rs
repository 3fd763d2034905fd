//! `POST /1/targets/list.json`: campaigns by their scheduled start.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::campaign::Campaign;
use crate::clock::{epoch, packed_minute, shift, text, unpack_day, window_days};
use crate::visit::{Reply, Visit};
use crate::{LongWindow, ScheduledOn};

/// Windows of 31 days or less are recommended ([3P] S:ingestr, section 12.3).
const MAX_DAYS: u32 = 31;

/// The list: wrapper [3P] S:ingestr, S:tsclient, items [3P] S:accio,
/// S:unified, section 12.3 (the official JSON was not obtained).
pub(crate) fn list(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let day = |name: &str| {
        body[name]
            .as_i64()
            .and_then(unpack_day)
            .ok_or_else(|| Answer::explained(&format!("`{name}` must be an integer day, YYYYMMDD")))
    };
    let (from, mut to) = (day("from")?, day("to")?);
    if to < from {
        return Err(Answer::explained("`to` lies before `from`"));
    }
    if window_days(from, to) > MAX_DAYS {
        match visit.variants.long_window {
            LongWindow::Allow => {}
            LongWindow::Truncate => to = shift(from, i64::from(MAX_DAYS) - 1),
            LongWindow::Fail => {
                return Err(Answer::explained(&format!("a window has at most {MAX_DAYS} days")));
            }
        }
    }
    let targets: Vec<_> = visit
        .account
        .campaigns
        .iter()
        .filter(|campaign| campaign.via_api || visit.variants.list_all_campaigns)
        .filter(|campaign| (from..=to).contains(&campaign.start.date()))
        .map(|campaign| target(campaign, visit))
        .collect();
    Ok(Answer::ok(&json!({ "status": "success", "targets": targets })))
}

/// One item: [3P] S:accio, S:unified, section 12.3.
fn target(campaign: &Campaign, visit: &Visit<'_>) -> Value {
    let scheduled_on = match visit.variants.scheduled_on {
        ScheduledOn::Packed => json!(packed_minute(campaign.start)),
        ScheduledOn::Text => json!(text(campaign.start)),
        ScheduledOn::Epoch => json!(epoch(campaign.start, &visit.account.zone)),
    };
    json!({
        "id": campaign.id,
        "name": campaign.name,
        "scheduled_on": scheduled_on,
        "status": campaign.status(visit.now),
    })
}
