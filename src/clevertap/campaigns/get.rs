//! One campaign, by this API's id or CleverTap's.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::client::Session;
use super::super::cursor;
use super::super::time::{Day, add_days, utc_day};
use super::id::CampaignId;
use super::map::{Mapping, campaign};
use super::row::Row;
use super::walk::{Lists, Position, Step, Walk, today};
use crate::model::{Campaign, Error};
use crate::transport::Host;

const LIST: &str = "campaign-search";
/// A search reaches as far ahead as campaigns can be scheduled, and two years back.
const AHEAD_DAYS: i64 = 365;
const BACK_DAYS: i64 = 730;

/// How far a search has come.
#[derive(Debug, Serialize, Deserialize)]
struct Search {
    /// The fast list comes first.
    fast: bool,
    at: Value,
}

/// A campaign by its id.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::NotReady`] with a cursor when the deadline ended a search for a bare id.
pub async fn get<H: Host>(
    session: &Session<'_, H>,
    id: &str,
    resume: Option<&str>,
    include_remote: bool,
) -> Result<Campaign, Error> {
    let id = CampaignId::parse(id, "id")?;
    let row = find(session, &id, resume).await?;
    let mapping = Mapping { zone: session.account.zone.as_ref(), include_remote };
    // A single object has no place for warnings; the reasons are in its `remote_data`.
    Ok(campaign(&row, &mapping, &mut Vec::new()))
}

/// The row of a campaign: one window when the id tells the day, else a search.
///
/// # Errors
/// As [`get`].
pub async fn find<H: Host>(
    session: &Session<'_, H>,
    id: &CampaignId,
    resume: Option<&str>,
) -> Result<Row, Error> {
    match id.day {
        Some(day) => on_day(session, id, day).await?.ok_or_else(|| Error::NotFound {
            what: format!(
                "campaign {id}: none with that id starts on that day; if its start was moved, ask by CleverTap's own id, {}",
                id.remote
            ),
        }),
        None => search(session, id, resume).await,
    }
}

async fn on_day<H: Host>(session: &Session<'_, H>, id: &CampaignId, day: Day) -> Result<Option<Row>, Error> {
    let mut walk = Walk::new(session, Lists::Both, false, Position::days([day]), 1);
    loop {
        match walk.step().await? {
            Step::Rows { rows, .. } => {
                if let Some(row) = rows.into_iter().find(|row| row.key.id == id.remote) {
                    return Ok(Some(row));
                }
            }
            Step::End => return Ok(None),
            Step::OutOfTime => {
                return Err(Error::TimedOut {
                    what: format!("CleverTap's report of the day of campaign {id}"),
                });
            }
        }
    }
}

/// API campaigns' ids look like the second of their creation (INF, section 12.1); the day is worth a look.
async fn guessed_day<H: Host>(session: &Session<'_, H>, id: &CampaignId) -> Result<Option<Row>, Error> {
    let Some(created) = id.remote.parse::<i64>().ok().filter(|_| id.remote.len() == 10).map(utc_day) else {
        return Ok(None);
    };
    let newest = add_days(today(session), AHEAD_DAYS);
    if created > newest || created < add_days(newest, AHEAD_DAYS.saturating_add(BACK_DAYS).saturating_neg()) {
        return Ok(None);
    }
    let mut walk = Walk::new(
        session,
        Lists::List,
        false,
        Position::start(add_days(created, -1), add_days(created, 31), add_days(created, 31)),
        1,
    );
    while let Step::Rows { rows, .. } = walk.step().await? {
        if let Some(row) = rows.into_iter().find(|row| row.key.id == id.remote) {
            return whole(session, id, row).await.map(Some);
        }
    }
    Ok(None)
}

/// A row of the fast list, completed with what the report says.
async fn whole<H: Host>(session: &Session<'_, H>, id: &CampaignId, row: Row) -> Result<Row, Error> {
    let Some(day) = row.key.day() else { return Ok(row) };
    Ok(on_day(session, id, day).await?.unwrap_or(row))
}

async fn search<H: Host>(
    session: &Session<'_, H>,
    id: &CampaignId,
    resume: Option<&str>,
) -> Result<Row, Error> {
    let today = today(session);
    let (first, last) = (add_days(today, -BACK_DAYS), add_days(today, AHEAD_DAYS));
    let account = &session.account.id;
    let mut search = match resume.filter(|text| !text.is_empty()) {
        Some(text) => serde_json::from_value(cursor::decode(text, LIST, account, &id.remote)?)
            .map_err(|_| Error::invalid("next_cursor", "this cursor does not say where to go on"))?,
        None => {
            if let Some(row) = guessed_day(session, id).await? {
                return Ok(row);
            }
            Search { fast: true, at: Position::start(first, last, last).to_value() }
        }
    };
    loop {
        let lists = if search.fast { Lists::List } else { Lists::Both };
        let mut walk = Walk::new(session, lists, false, Position::from_value(search.at)?, usize::MAX);
        loop {
            match walk.step().await? {
                Step::Rows { rows, .. } => {
                    if let Some(row) = rows.into_iter().find(|row| row.key.id == id.remote) {
                        return if search.fast { whole(session, id, row).await } else { Ok(row) };
                    }
                }
                Step::End => break,
                Step::OutOfTime => {
                    let state = Search { fast: search.fast, at: walk.position().to_value() };
                    let state = serde_json::to_value(state).unwrap_or(Value::Null);
                    return Err(Error::NotReady {
                        message: format!(
                            "campaign {id} has not been found yet: the deadline came before all of CleverTap's report was read; \
                             ask again with next_cursor, or by the id that the list of campaigns gives"
                        ),
                        cursor: Some(cursor::encode(LIST, account, &id.remote, &state)),
                    });
                }
            }
        }
        if !search.fast {
            return Err(Error::NotFound {
                what: format!(
                    "campaign {id}: it starts neither in the two years before today nor in the year after"
                ),
            });
        }
        search = Search { fast: false, at: Position::start(first, last, today).to_value() };
    }
}
