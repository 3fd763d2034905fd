//! The report, page by page: newest campaign first, each campaign's buckets oldest first.
//!
//! CleverTap selects campaigns by their start, so a period filters the days of a series and not the campaigns:
//! those that started up to `lookback` before the period are read too, and the answer states its coverage.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::campaigns::get::find;
use super::super::campaigns::id::CampaignId;
use super::super::campaigns::list::dedup;
use super::super::campaigns::map::{id, remote_data, row_channel, row_labels, row_name, row_start};
use super::super::campaigns::period::{Bounds, Period, REACH_DAYS};
use super::super::campaigns::row::Row;
use super::super::campaigns::walk::{Lists, Position, Step, Walk, today};
use super::super::client::Session;
use super::super::cursor;
use super::super::time::{Day, Zone, add_days, day_from_iso, day_iso, rfc3339};
use super::events;
use super::rates::{derived, rates};
use super::result::{Outcome, fill, result};
use super::series::{self, bucket, fold, sum};
use super::shape::{Numbers, align, recognise, refused, totals, unrecognised};
use crate::model::page::Coverage;
use crate::model::report::CampaignRef;
use crate::model::{Basis, Channel, Counts, Error, Granularity, Page, ReportRow, RowStatus, Warning, Window};
use crate::transport::Host;

const LIST: &str = "reports";
/// Totals without a period are those of campaigns that started in the last twelve months.
const DEFAULT_DAYS: i64 = 365;
/// A series without a period is that of the last 30 days.
const DEFAULT_SERIES_DAYS: i64 = 30;
/// Campaigns that one query may name.
const MOST_CAMPAIGNS: usize = 50;

/// What a report is asked for.
#[derive(Debug, Clone)]
pub struct ReportQuery {
    pub cursor: Option<String>,
    /// 1 to 500 rows.
    pub limit: u16,
    /// Filters days, not campaigns.
    pub period: Period,
    /// So many days up to today, in place of a period; whole buckets, so that a row read again is never a part of
    /// what it was before. A walk keeps to the days that it began with.
    pub trailing_days: Option<u16>,
    pub granularity: Granularity,
    /// This API's ids or CleverTap's; none for all campaigns.
    pub campaign_ids: Vec<String>,
    pub channels: Vec<Channel>,
    pub basis: Basis,
    pub include_remote: bool,
}

impl ReportQuery {
    fn filters(&self) -> String {
        let mut channels: Vec<_> = self.channels.iter().map(|channel| channel.as_str()).collect();
        channels.sort_unstable();
        let trailing = self.trailing_days.map_or_else(String::new, |days| format!("|trailing {days}"));
        format!(
            "{}|{}|{}|{}|{}{trailing}",
            self.period.canonical(),
            self.granularity.as_str(),
            self.campaign_ids.join(","),
            channels.join(","),
            self.basis.as_str()
        )
    }

    /// Whether numbers by day are needed.
    fn by_day(&self) -> bool {
        self.granularity != Granularity::Total
            || self.period != Period::default()
            || self.trailing_days.is_some()
    }
}

/// Where a report goes on.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    /// In the walk over campaigns.
    w: Value,
    /// CleverTap's id of the campaign whose buckets were cut, and the first day of the last one given out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    b: Option<(String, String)>,
    /// Last day of a trailing window: the day on which the walk began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    t: Option<String>,
}

/// A page of rows.
///
/// # Errors
/// [`Error::Invalid`] for a bad cursor, period or id; what CleverTap says when nothing could be read.
pub async fn query<H: Host>(session: &Session<'_, H>, query: &ReportQuery) -> Result<Page<ReportRow>, Error> {
    let account = session.account;
    let zone = account.zone.as_ref();
    let today = today(session);
    let default = if query.granularity == Granularity::Total && query.period.start.is_none() {
        Bounds::days(add_days(today, -DEFAULT_DAYS), today)
    } else {
        Bounds::days(add_days(today, 1i64.saturating_sub(DEFAULT_SERIES_DAYS)), today)
    };
    let filters = query.filters();
    let cursor = query.cursor.as_deref().filter(|cursor| !cursor.is_empty());
    let place: Option<Place> = match cursor.filter(|_| query.basis == Basis::Report) {
        Some(text) => serde_json::from_value(cursor::decode(text, LIST, &account.id, &filters)?)
            .map_err(|_| Error::invalid("next_cursor", "this cursor does not say where to go on"))?,
        None => None,
    };
    let bounds = match query.trailing_days {
        Some(count) => {
            let last = place.as_ref().and_then(|place| day_from_iso(place.t.as_deref()?)).unwrap_or(today);
            let first = add_days(last, 1i64.saturating_sub(i64::from(count)));
            Bounds::days(series::bucket(first, query.granularity).0, last)
        }
        None => query.period.bounds("start_at", &default, zone)?,
    };
    let (Some(first), Some(last)) = (bounds.first_day(), bounds.last_day()) else {
        return Err(Error::invalid("start_at", "this period has no days"));
    };
    bounds.check_reach(today, "start_at")?;
    if query.campaign_ids.len() > MOST_CAMPAIGNS {
        return Err(Error::invalid(
            "campaign_id",
            format!("names {} campaigns: at most {MOST_CAMPAIGNS} in one query", query.campaign_ids.len()),
        ));
    }
    let days = Days { first, last, today };
    let ids = query
        .campaign_ids
        .iter()
        .map(|text| CampaignId::parse(text, "campaign_id"))
        .collect::<Result<Vec<_>, _>>()?;
    if query.basis == Basis::Events {
        return from_events(session, query, &ids, &days).await;
    }

    let (position, bucket) = match place {
        Some(place) => {
            (Position::from_value(place.w)?, place.b.and_then(|(id, day)| Some((id, day_from_iso(&day)?))))
        }
        None => (start(session, query, &ids, &days).await?, None),
    };
    let mut reader = Reader {
        session,
        query,
        days,
        zone,
        resume: bucket,
        results: BTreeMap::new(),
        page: Page::last(Vec::new()),
    };
    if query.by_day() && !bounds.is_whole_days() {
        reader.page.warnings.push(
            Warning::new("period_widened", "CleverTap counts by day: the period is widened to whole days")
                .about("start_at"),
        );
    }
    let mut walk = Walk::new(session, Lists::Both, query.by_day(), position, usize::from(query.limit));
    if query.by_day() {
        reader.page.warnings.extend(days.partial_bucket(query.granularity));
    }
    let from_start = cursor.is_none();
    let mut met = BTreeSet::new();
    let encode = |position: &Position, bucket: Option<(String, Day)>| {
        let place = Place {
            w: position.to_value(),
            b: bucket.map(|(id, day)| (id, day_iso(day))),
            t: query.trailing_days.map(|_| day_iso(days.last)),
        };
        cursor::encode(LIST, &account.id, &filters, &serde_json::to_value(place).unwrap_or(Value::Null))
    };
    let limit = usize::from(query.limit.max(1));
    'walk: loop {
        let step = match walk.step().await {
            Ok(step) => step,
            Err(error) if error.retryable() && !reader.page.items.is_empty() => {
                reader.page.partial = true;
                reader.page.warnings.push(Warning::new("stopped_early", error.to_string()));
                reader.page.next_cursor = Some(encode(walk.position(), None));
                break;
            }
            Err(error) => return Err(error),
        };
        match step {
            Step::End => {
                // What is asked for by name and is not there is said, as far as this page can know.
                for id in ids.iter().filter(|id| from_start && !met.contains(&id.remote)) {
                    reader.page.warnings.push(
                        Warning::new(
                            "campaign_not_found",
                            format!("campaign {id} has no row: none with that id starts on its day"),
                        )
                        .about("campaign_id"),
                    );
                }
                break;
            }
            Step::OutOfTime => {
                reader.page.partial = true;
                reader.page.next_cursor = Some(encode(walk.position(), reader.resume.clone()));
                break;
            }
            Step::Rows { rows, before, after } => {
                let rows: Vec<Row> = rows
                    .into_iter()
                    .filter(|row| ids.is_empty() || ids.iter().any(|id| id.remote == row.key.id))
                    .collect();
                met.extend(rows.iter().map(|row| row.key.id.clone()));
                let count = rows.len();
                reader.fetch_results(&rows, limit.saturating_sub(reader.page.items.len())).await?;
                for (place, row) in rows.into_iter().enumerate() {
                    let key = row.key.clone();
                    let mut new = reader.rows_of(&row);
                    let room = limit.saturating_sub(reader.page.items.len());
                    if new.len() > room {
                        // A campaign's buckets are cut: go on at the same campaign, behind the last one given.
                        new.truncate(room);
                        let last = new
                            .last()
                            .and_then(|row| row.window.day.as_deref().and_then(day_from_iso))
                            .map(|day| (key.id.clone(), day));
                        reader.page.items.append(&mut new);
                        let at = before.behind(&key, true);
                        reader.page.next_cursor = Some(encode(&at, last));
                        break 'walk;
                    }
                    reader.page.items.append(&mut new);
                    reader.resume = None;
                    if reader.page.items.len() >= limit {
                        let more = place.saturating_add(1) < count;
                        let at = if more { before.behind(&key, false) } else { after };
                        if more || !at.at_end() {
                            reader.page.next_cursor = Some(encode(&at, None));
                        }
                        break 'walk;
                    }
                }
                let impatient = walk.has_taken_long() && !reader.page.items.is_empty();
                if impatient {
                    if !after.at_end() {
                        reader.page.next_cursor = Some(encode(&after, None));
                    }
                    break;
                }
            }
        }
    }
    let mut page = reader.page;
    page.warnings.extend(walk.warnings());
    dedup(&mut page.warnings);
    page.coverage = walk.covered().map(|(from, to)| Coverage {
        from: day_iso(from),
        to: day_iso(to),
        complete: page.next_cursor.is_none(),
    });
    Ok(page)
}

/// The walk over the campaigns that can have rows.
async fn start<H: Host>(
    session: &Session<'_, H>,
    query: &ReportQuery,
    ids: &[CampaignId],
    days: &Days,
) -> Result<Position, Error> {
    if ids.is_empty() {
        let lookback = if query.by_day() { i64::from(session.account.settings.lookback_days) } else { 0 };
        let earliest = add_days(days.today, REACH_DAYS.saturating_neg());
        let first = add_days(days.first, lookback.saturating_neg()).max(earliest);
        return Ok(Position::start(first, days.last, days.today));
    }
    let mut starts = Vec::new();
    for id in ids {
        let day = match id.day {
            Some(day) => Some(day),
            None => locate(session, id).await?.key.day(),
        };
        starts.extend(day);
    }
    starts.sort_unstable();
    starts.dedup();
    Ok(Position::days(starts.into_iter().rev()))
}

/// The row of a campaign. A search that takes longer than the deadline is that of the campaign's own address,
/// which can be resumed; here it could only start again.
async fn locate<H: Host>(session: &Session<'_, H>, id: &CampaignId) -> Result<Row, Error> {
    find(session, id, None).await.map_err(|error| match error {
        Error::NotReady { .. } => Error::invalid(
            "campaign_id",
            format!(
                "campaign {id} was not found within the deadline: look it up with GET campaigns/{id}, which can be \
                 resumed, and ask here by the id that it answers"
            ),
        ),
        other => other,
    })
}

/// The period's days, and today.
#[derive(Debug, Clone, Copy)]
struct Days {
    first: Day,
    last: Day,
    today: Day,
}

impl Days {
    /// A bucket holds the period's days only, and its window says so.
    fn clip(&self, (start, end): (Day, Day)) -> (Day, Day) {
        (start.max(self.first), end.min(add_days(self.last, 1)))
    }

    /// A warning when the period cuts a week or a month.
    fn partial_bucket(&self, granularity: Granularity) -> Option<Warning> {
        let cut = |day| self.clip(bucket(day, granularity)) != bucket(day, granularity);
        (cut(self.first) || cut(self.last)).then(|| {
            Warning::new(
                "partial_bucket",
                format!("the period cuts a {}: its window says which days it holds", granularity.as_str()),
            )
            .about("window")
        })
    }
}

/// Makes rows of campaigns.
struct Reader<'a, 'h, H: Host> {
    session: &'a Session<'h, H>,
    query: &'a ReportQuery,
    days: Days,
    zone: Option<&'a Zone>,
    /// Buckets up to this one have been given out of this campaign.
    resume: Option<(String, Day)>,
    /// Campaigns' own reports, by CleverTap's id.
    results: BTreeMap<String, Outcome>,
    page: Page<ReportRow>,
}

impl<H: Host> Reader<'_, '_, H> {
    fn wants(&self, channel: Option<Channel>) -> bool {
        self.query.channels.is_empty()
            || channel.is_some_and(|channel| self.query.channels.contains(&channel))
    }

    /// Whether the campaign's own report can add to what the message report says.
    fn lacks_counts(row: &Row, channel: Option<Channel>) -> bool {
        let counts = totals(&row.reported, channel, &mut Vec::new());
        row.listed.is_some() && (counts.sent.is_none() || counts.clicks.is_none())
    }

    /// Asks for the own reports of the first `room` campaigns that need one, several at once.
    async fn fetch_results(&mut self, rows: &[Row], room: usize) -> Result<(), Error> {
        if self.query.by_day() {
            return Ok(());
        }
        let wanted: Vec<(&Row, u64, Option<Channel>)> = rows
            .iter()
            .map(|row| (row, row_channel(row).0))
            .filter(|(_, channel)| self.wants(*channel))
            .take(room)
            .filter(|(row, channel)| Self::lacks_counts(row, *channel))
            .filter_map(|(row, channel)| Some((row, row.key.id.parse().ok()?, channel)))
            .collect();
        let calls = wanted.iter().map(|(_, number, channel)| result(self.session, *number, *channel));
        for ((row, ..), answer) in wanted.iter().zip(join_all(calls).await) {
            let (outcome, warnings) = answer?;
            self.page.warnings.extend(warnings);
            self.results.insert(row.key.id.clone(), outcome);
        }
        Ok(())
    }

    fn rows_of(&mut self, row: &Row) -> Vec<ReportRow> {
        let (channel, channel_remote) = row_channel(row);
        if !self.wants(channel) {
            if channel.is_none() {
                self.page.warnings.push(
                    Warning::new(
                        "filtered_unknown",
                        "campaigns of which CleverTap does not say the channel are left out by this filter",
                    )
                    .about("channel"),
                );
            }
            return Vec::new();
        }
        let campaign = CampaignRef {
            id: id(row),
            remote_id: row.key.id.clone(),
            name: row_name(row),
            channel,
            channel_remote,
            labels: row_labels(row),
            scheduled_at: row_start(row, self.zone, &mut self.page.warnings).0,
        };
        if self.query.by_day() { self.series(row, &campaign) } else { vec![self.total(row, campaign)] }
    }

    /// Totals since the start: from the message report, completed by the campaign's own report.
    fn total(&mut self, row: &Row, campaign: CampaignRef) -> ReportRow {
        let mut warnings = Vec::new();
        let mut counts = totals(&row.reported, campaign.channel, &mut warnings);
        let mut status = if warnings.is_empty() { RowStatus::Ready } else { RowStatus::Unrecognised };
        self.page.warnings.append(&mut warnings);
        let mut remote = remote_data(row);
        match self.results.remove(&row.key.id) {
            Some(Outcome::Ready { counts: own, remote: answer }) => {
                fill(&mut counts, &own);
                if let Some(remote) = remote.as_object_mut() {
                    remote.insert("targets_result".to_owned(), answer);
                }
            }
            Some(Outcome::Pending) => status = RowStatus::Pending,
            Some(Outcome::Unavailable) | None => {}
        }
        self.row(campaign, None, status, Granularity::Total, counts, remote)
    }

    /// Buckets of days within the period.
    fn series(&mut self, row: &Row, campaign: &CampaignRef) -> Vec<ReportRow> {
        let days = match self.daily(row, campaign.channel) {
            Ok(days) => days,
            Err(warning) => {
                self.page.warnings.push(warning);
                let remote = remote_data(row);
                return vec![self.row(
                    campaign.clone(),
                    None,
                    RowStatus::Unrecognised,
                    self.query.granularity,
                    Counts::default(),
                    remote,
                )];
            }
        };
        let Days { first, last, .. } = self.days;
        let days: Vec<_> = days.into_iter().filter(|(day, _)| first <= *day && *day <= last).collect();
        if self.query.granularity == Granularity::Total {
            if days.is_empty() {
                return Vec::new();
            }
            let counts = sum(days.iter().map(|(_, counts)| counts));
            return vec![self.row(
                campaign.clone(),
                Some((first, add_days(last, 1))),
                RowStatus::Ready,
                Granularity::Total,
                counts,
                remote_data(row),
            )];
        }
        let given = self.resume.as_ref().filter(|(id, _)| *id == row.key.id).map(|(_, day)| *day);
        fold(&days, self.query.granularity)
            .into_iter()
            .filter(|((start, _), _)| given.is_none_or(|given| *start > given))
            .map(|(bucket, counts)| {
                // The campaign's whole object in each of its rows would multiply the answer.
                self.row(
                    campaign.clone(),
                    Some(self.days.clip(bucket)),
                    RowStatus::Ready,
                    self.query.granularity,
                    counts,
                    Value::Null,
                )
            })
            .collect()
    }

    /// What CleverTap reports by day; a warning when it cannot be told.
    fn daily(&self, row: &Row, channel: Option<Channel>) -> Result<Vec<(Day, Counts)>, Warning> {
        let [message] = row.reported.as_slice() else {
            // Only the report has numbers by day.
            return if row.reported.is_empty() {
                Ok(Vec::new())
            } else {
                Err(unrecognised("one id with several messages"))
            };
        };
        let start = row.key.day();
        match recognise(message, channel) {
            Numbers::Absent => Ok(Vec::new()),
            Numbers::Daily(days) => Ok(days),
            // Totals of a campaign that started today are today's number; of others they have no day.
            Numbers::Totals(counts) if start == Some(self.days.today) => Ok(vec![(self.days.today, *counts)]),
            Numbers::Totals(_) => Err(unrecognised("totals where numbers by day were asked for")),
            Numbers::Undated(numbers) => align(&numbers, row.window, start, self.days.today)
                .ok_or_else(|| unrecognised("numbers without dates that fit no one way")),
            Numbers::Refused(error) => Err(refused(&error)),
            Numbers::Unrecognised(what) => Err(unrecognised(what)),
        }
    }

    fn row(
        &self,
        campaign: CampaignRef,
        bucket: Option<(Day, Day)>,
        status: RowStatus,
        granularity: Granularity,
        counts: Counts,
        remote: Value,
    ) -> ReportRow {
        let remote = (self.query.include_remote && !remote.is_null()).then_some(remote);
        let window = window(bucket, self.zone);
        let key = row_key(&campaign, bucket, granularity, Basis::Report);
        make_row(campaign, key, window, status, granularity, Basis::Report, counts, remote)
    }
}

fn window(bucket: Option<(Day, Day)>, zone: Option<&Zone>) -> Window {
    let instant = |day| zone.and_then(|zone| rfc3339(zone.day_start(day)));
    Window {
        start_at: bucket.and_then(|(first, _)| instant(first)),
        end_at: bucket.and_then(|(_, end)| instant(end)),
        day: bucket.map(|(first, _)| day_iso(first)),
        timezone: zone.map(|zone| zone.name().to_owned()),
        bucket_basis: "unknown",
    }
}

/// What stays of a row when its numbers move: CleverTap's id of the campaign (ours changes with its start), the
/// granularity, and the bucket's first day, also where a period cuts the bucket.
fn row_key(
    campaign: &CampaignRef,
    span: Option<(Day, Day)>,
    granularity: Granularity,
    basis: Basis,
) -> String {
    let when = match span {
        None => "total".to_owned(),
        Some((first, end)) if granularity == Granularity::Total => {
            format!("{}..{}", day_iso(first), day_iso(add_days(end, -1)))
        }
        Some((first, _)) => day_iso(series::bucket(first, granularity).0),
    };
    let basis = if basis == Basis::Report { String::new() } else { format!(":{}", basis.as_str()) };
    format!("{}:{}:{when}{basis}", campaign.remote_id, granularity.as_str())
}

#[allow(clippy::too_many_arguments, reason = "the parts of a row, each once")]
fn make_row(
    campaign: CampaignRef,
    row_key: String,
    window: Window,
    status: RowStatus,
    granularity: Granularity,
    basis: Basis,
    counts: Counts,
    remote_data: Option<Value>,
) -> ReportRow {
    let bucket = window.day.as_deref().unwrap_or("total");
    ReportRow {
        id: format!("{}:{}:{bucket}", campaign.id, granularity.as_str()),
        row_key,
        rates: rates(&counts),
        derived: derived(&counts),
        campaign,
        window,
        granularity,
        status,
        basis,
        counts,
        as_of: None,
        remote_data,
    }
}

/// Rows counted from notification events, for one campaign.
async fn from_events<H: Host>(
    session: &Session<'_, H>,
    query: &ReportQuery,
    ids: &[CampaignId],
    days: &Days,
) -> Result<Page<ReportRow>, Error> {
    let [only] = ids else {
        return Err(Error::invalid(
            "campaign_id",
            format!("basis=events counts one campaign at a time, not {}: name one", ids.len()),
        ));
    };
    if query.cursor.as_deref().is_some_and(|cursor| !cursor.is_empty()) {
        return Err(Error::invalid("next_cursor", "basis=events answers in one page: leave it empty"));
    }
    let zone = session.account.zone.as_ref();
    if !query.channels.is_empty() {
        return Err(Error::invalid(
            "channel",
            "basis=events counts one campaign, whose channel is its own: leave it out",
        ));
    }
    let row = locate(session, only).await?;
    let (channel, channel_remote) = row_channel(&row);
    let mut page = Page::last(Vec::new());
    page.warnings.push(Warning::new(
        "estimated",
        "these numbers are counted from notification events; that CleverTap lets these be counted by campaign is not confirmed",
    ));
    let campaign = CampaignRef {
        id: id(&row),
        remote_id: row.key.id.clone(),
        name: row_name(&row),
        channel,
        channel_remote,
        labels: row_labels(&row),
        scheduled_at: row_start(&row, zone, &mut page.warnings).0,
    };
    let rows =
        match events::daily(session, &only.remote, days.first, days.last, channel == Some(Channel::Email))
            .await
        {
            Ok(daily) if query.granularity == Granularity::Total => {
                vec![(
                    (days.first, add_days(days.last, 1)),
                    sum(daily.iter().map(|(_, counts)| counts)),
                    RowStatus::Estimated,
                )]
            }
            Ok(daily) => fold(&daily, query.granularity)
                .into_iter()
                .map(|(bucket, counts)| (days.clip(bucket), counts, RowStatus::Estimated))
                .collect(),
            Err(Error::NotReady { .. }) => {
                vec![((days.first, add_days(days.last, 1)), Counts::default(), RowStatus::Pending)]
            }
            Err(error) => return Err(error),
        };
    if rows.len() > usize::from(query.limit) {
        return Err(Error::invalid(
            "limit",
            format!(
                "basis=events answers in one page, and this one has {} rows: raise limit (to 500 at most) or shorten the period",
                rows.len()
            ),
        ));
    }
    page.warnings.extend(days.partial_bucket(query.granularity));
    page.items = rows
        .into_iter()
        .map(|(bucket, counts, status)| {
            make_row(
                campaign.clone(),
                row_key(&campaign, Some(bucket), query.granularity, Basis::Events),
                window(Some(bucket), zone),
                status,
                query.granularity,
                Basis::Events,
                counts,
                None,
            )
        })
        .collect();
    dedup(&mut page.warnings);
    Ok(page)
}
