//! The list of campaigns, page by page.

use serde_json::Value;

use super::super::client::Session;
use super::super::cursor;
use super::super::time::{add_days, day_iso};
use super::Source;
use super::map::{Mapping, campaign};
use super::period::{Bounds, Period};
use super::row::Row;
use super::walk::{Lists, Position, Step, Walk, today};
use crate::model::page::Coverage;
use crate::model::{Campaign, Channel, Error, Page, Status, Warning};
use crate::transport::Host;

const LIST: &str = "campaigns";
/// Twelve months, both ways.
const DEFAULT_DAYS: i64 = 365;

/// What a list is asked for. Absent filters do not filter.
#[derive(Debug, Clone)]
pub struct CampaignQuery {
    pub cursor: Option<String>,
    /// 1 to 500.
    pub limit: u16,
    /// Starts; default from twelve months ago to twelve months ahead.
    pub scheduled: Period,
    pub statuses: Vec<Status>,
    pub channels: Vec<Channel>,
    /// Part of the name, in any case of letters.
    pub name: Option<String>,
    pub source: Source,
    pub include_remote: bool,
}

impl CampaignQuery {
    /// A canonical text of all that selects campaigns.
    fn filters(&self) -> String {
        let mut statuses: Vec<_> = self.statuses.iter().map(|status| status.as_str()).collect();
        let mut channels: Vec<_> = self.channels.iter().map(|channel| channel.as_str()).collect();
        statuses.sort_unstable();
        channels.sort_unstable();
        format!(
            "{}|{}|{}|{}|{}",
            self.scheduled.canonical(),
            statuses.join(","),
            channels.join(","),
            self.name.as_deref().unwrap_or_default().to_lowercase(),
            self.source.as_str(),
        )
    }

    fn keeps(&self, row: &Row, campaign: &Campaign) -> bool {
        let from_source = match self.source {
            Source::All => true,
            Source::Api => row.listed.is_some(),
            Source::Dashboard => row.listed.is_none(),
        };
        let named = |wanted: &String| {
            campaign.name.as_ref().is_some_and(|name| name.to_lowercase().contains(&wanted.to_lowercase()))
        };
        from_source
            && (self.statuses.is_empty()
                || campaign.status.is_some_and(|status| self.statuses.contains(&status)))
            && (self.channels.is_empty()
                || campaign.channel.is_some_and(|channel| self.channels.contains(&channel)))
            && self.name.as_ref().is_none_or(named)
    }
}

/// A page of campaigns, newest start first, each once in the whole walk.
///
/// # Errors
/// [`Error::Invalid`] for a bad cursor or period; what CleverTap says when nothing could be read.
pub async fn list<H: Host>(session: &Session<'_, H>, query: &CampaignQuery) -> Result<Page<Campaign>, Error> {
    let account = session.account;
    let zone = account.zone.as_ref();
    let today = today(session);
    let default = Bounds::days(add_days(today, -DEFAULT_DAYS), add_days(today, DEFAULT_DAYS));
    let bounds = query.scheduled.bounds("scheduled_at", &default, zone)?;
    bounds.check_reach(today, "scheduled_at")?;
    // The default moves on with the day; a walk that is under way keeps its own days.
    let wanted = (query.scheduled != Period::default()).then_some(&bounds);
    let filters = query.filters();
    let position = match query.cursor.as_deref().filter(|cursor| !cursor.is_empty()) {
        Some(text) => Position::from_value(cursor::decode(text, LIST, &account.id, &filters)?)?,
        None => {
            let (Some(first), Some(last)) = (bounds.first_day(), bounds.last_day()) else {
                return Err(Error::invalid("scheduled_at", "this period has no days"));
            };
            Position::start(first, last, today)
        }
    };

    let limit = usize::from(query.limit.max(1));
    let lists = if query.source == Source::Api { Lists::List } else { Lists::Both };
    let mut walk = Walk::new(session, lists, false, position, limit);
    let mapping = Mapping { zone, include_remote: query.include_remote };
    let mut page = Page::last(Vec::new());
    let mut silent = Silent::default();
    loop {
        let step = match walk.step().await {
            Ok(step) => step,
            Err(error) if error.retryable() && !page.items.is_empty() => {
                page.partial = true;
                page.warnings.push(Warning::new("stopped_early", error.to_string()));
                page.next_cursor = Some(next(walk.position().to_value(), &account.id, &filters));
                break;
            }
            Err(error) => return Err(error),
        };
        match step {
            Step::End => break,
            Step::OutOfTime => {
                page.partial = true;
                page.next_cursor = Some(next(walk.position().to_value(), &account.id, &filters));
                break;
            }
            Step::Rows { rows, before, after } => {
                let mut rows = rows.into_iter().peekable();
                let mut last_key = None;
                while page.items.len() < limit {
                    let Some(row) = rows.next() else { break };
                    last_key = Some(row.key.clone());
                    if !wanted.is_none_or(|bounds| bounds.contains(&row.key.start)) {
                        continue;
                    }
                    let campaign = campaign(&row, &mapping, &mut page.warnings);
                    silent.note(query, &campaign);
                    if query.keeps(&row, &campaign) {
                        page.items.push(campaign);
                    }
                }
                if rows.peek().is_some() {
                    let here = match last_key {
                        Some(key) => before.behind(&key, false),
                        None => before,
                    };
                    page.next_cursor = Some(next(here.to_value(), &account.id, &filters));
                    break;
                }
                let impatient = walk.has_taken_long() && !page.items.is_empty();
                if page.items.len() >= limit || impatient {
                    if !after.at_end() {
                        page.next_cursor = Some(next(after.to_value(), &account.id, &filters));
                    }
                    break;
                }
            }
        }
    }
    page.warnings.extend(walk.warnings());
    page.warnings.extend(silent.warnings());
    dedup(&mut page.warnings);
    page.coverage = walk.covered().map(|(from, to)| Coverage {
        from: day_iso(from),
        to: day_iso(to),
        complete: page.next_cursor.is_none(),
    });
    Ok(page)
}

fn next(state: Value, account: &str, filters: &str) -> String {
    cursor::encode(LIST, account, filters, &state)
}

/// The same thing said of many rows is said once.
pub fn dedup(warnings: &mut Vec<Warning>) {
    warnings.sort();
    warnings.dedup();
}

/// Campaigns that a filter left out because CleverTap did not say what it asks for.
#[derive(Debug, Default)]
struct Silent {
    status: u64,
    channel: u64,
}

impl Silent {
    fn note(&mut self, query: &CampaignQuery, campaign: &Campaign) {
        if !query.statuses.is_empty() && campaign.status.is_none() {
            self.status = self.status.saturating_add(1);
        }
        if !query.channels.is_empty() && campaign.channel.is_none() {
            self.channel = self.channel.saturating_add(1);
        }
    }

    fn warnings(&self) -> Vec<Warning> {
        [("status", self.status), ("channel", self.channel)]
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(field, count)| {
                Warning::new(
                    "filtered_unknown",
                    format!("{count} campaigns of which CleverTap does not say the {field} are left out by this filter"),
                )
                .about(field)
            })
            .collect()
    }
}
