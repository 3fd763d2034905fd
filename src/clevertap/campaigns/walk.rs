//! The walk over an account's campaigns, newest start first, each once.
//!
//! CleverTap has two lists and no pages: `targets/list.json` is fast and knows the campaigns made through the
//! API, `message/report.json` is slow and knows all. Both select by the day of the start. The walk reads them
//! window by window from the newest day back and merges them on equal ids.
//!
//! * **Order** is that of [`Key`]; it does not depend on the windows, so a page may end at any campaign.
//! * **The future first.** What starts after today comes before what has started, and holds little: it is
//!   read in one wide window. Should that be slow upstream, the walk does not let today's campaigns wait: the
//!   future moves to the end of the walk, with the warning `future_last`.
//! * **Up to three windows at once**, as CleverTap allows three requests to an endpoint.
//! * **Deadline.** Windows shrink to what is left. What has been read when it comes is a page; a single day
//!   that does not fit into the whole deadline is a named error, so that no caller loops on it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use futures_util::future::{join, join_all};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::client::Session;
use super::super::time::{Day, add_days, day_digits, day_from_digits, days_inclusive, utc_day};
use super::row::{Key, Merged, Row, merge};
use super::source::{listed, reported};
use super::window::{Sizer, WIDEST_DAYS};
use crate::model::{Error, Warning};
use crate::transport::{Deadline, Host};

/// Left over for mapping and answering once the last window is there.
const MARGIN: Duration = Duration::from_millis(400);
/// The part of the deadline that the wide look into the future may take.
const FUTURE_SHARE: u32 = 3;
/// A page that has something is given out once this part of the deadline is over, full or not.
const PATIENCE: u32 = 3;
/// Windows in flight at once.
const AT_ONCE: i64 = 3;
/// Ten years both ways, as the queries allow.
const WIDEST_SPAN_DAYS: i64 = 7310;
/// One for each campaign that a query may name, and more than a plain walk has.
const MOST_SPANS: usize = 64;

/// Which of the lists are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    /// `targets/list.json` alone.
    List,
    /// Both.
    Both,
}

/// A stretch of days still to be read, from `last` back to `first`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Span {
    #[serde(rename = "f", with = "digits")]
    first: Day,
    #[serde(rename = "l", with = "digits")]
    last: Day,
    /// Campaigns up to this one, in the walk's order, have been given out.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    after: Option<Key>,
    /// The campaign `after` itself has not been given out completely.
    #[serde(rename = "i", default, skip_serializing_if = "std::ops::Not::not")]
    inclusive: bool,
    /// Try one window for all of it.
    #[serde(rename = "w", default, skip_serializing_if = "std::ops::Not::not")]
    wide: bool,
}

mod digits {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use super::{Day, day_digits, day_from_digits};

    pub(super) fn serialize<S: Serializer>(day: &Day, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&day_digits(*day))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        let text = String::deserialize(deserializer)?;
        day_from_digits(&text).ok_or_else(|| D::Error::custom("not a day"))
    }
}

/// Where a walk stands; what a cursor holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Position {
    #[serde(rename = "s")]
    spans: VecDeque<Span>,
    /// Milliseconds that the report took for a day of starts.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    ms_a_day: Option<u64>,
}

impl Position {
    /// The start of a walk over the days from `first` to `last`.
    #[must_use]
    pub fn start(first: Day, last: Day, today: Day) -> Self {
        let mut spans = VecDeque::new();
        let tomorrow = add_days(today, 1);
        if last >= tomorrow && first < tomorrow {
            spans.push_back(Span { first: tomorrow, last, after: None, inclusive: false, wide: true });
            spans.push_back(Span { first, last: today, after: None, inclusive: false, wide: false });
        } else {
            spans.push_back(Span { first, last, after: None, inclusive: false, wide: false });
        }
        Self { spans, ms_a_day: None }
    }

    /// The start of a walk over single days, in this order.
    #[must_use]
    pub fn days(days: impl IntoIterator<Item = Day>) -> Self {
        let spans = days
            .into_iter()
            .map(|day| Span { first: day, last: day, after: None, inclusive: false, wide: false })
            .collect();
        Self { spans, ms_a_day: None }
    }

    /// The position behind `key`, a campaign of the stretch that comes next; with `inclusive`, at it.
    #[must_use]
    pub fn behind(mut self, key: &Key, inclusive: bool) -> Self {
        if let (Some(day), Some(span)) = (key.day(), self.spans.front_mut()) {
            span.last = span.last.min(day);
            span.after = Some(key.clone());
            span.inclusive = inclusive;
        }
        self
    }

    #[must_use]
    pub fn at_end(&self) -> bool {
        self.spans.is_empty()
    }

    /// As a cursor's state.
    #[must_use]
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    /// From a cursor's state, within the walk that its filters describe.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `next_cursor` when it is none of ours.
    pub fn from_value(value: Value) -> Result<Self, Error> {
        serde_json::from_value(value).ok().filter(Self::is_plausible).ok_or_else(|| {
            Error::invalid(
                "next_cursor",
                "this cursor does not say where to go on: start again with an empty cursor",
            )
        })
    }

    /// A cursor can be forged; what it can make us do must not outgrow what a query can.
    fn is_plausible(&self) -> bool {
        self.spans.len() <= MOST_SPANS
            && self.spans.iter().all(|span| days_inclusive(span.first, span.last) <= WIDEST_SPAN_DAYS)
    }
}

/// One step of the walk.
#[derive(Debug)]
pub enum Step {
    /// The next campaigns, in order, and the position before and after them.
    Rows { rows: Vec<Row>, before: Position, after: Position },
    /// The deadline came first; nothing of the window that was under way is lost.
    OutOfTime,
    /// There are no more.
    End,
}

/// How a window ended.
#[derive(Debug)]
struct Answer {
    merged: Result<Merged, Error>,
    took: Duration,
}

/// Up to [`AT_ONCE`] windows of `days` days, from `last` back to `first`.
fn windows(first: Day, last: Day, days: i64) -> Vec<(Day, Day)> {
    let mut windows = Vec::new();
    let mut to = last;
    for _ in 0..AT_ONCE {
        if days_inclusive(first, to) == 0 {
            break;
        }
        let from = first.max(add_days(to, days.saturating_sub(1).saturating_neg()));
        windows.push((from, to));
        to = add_days(from, -1);
    }
    windows
}

/// A walk under way.
#[derive(Debug)]
pub struct Walk<'s, 'h, H: Host> {
    session: &'s Session<'h, H>,
    lists: Lists,
    daily: bool,
    position: Position,
    sizer: Sizer,
    started: Duration,
    read_anything: bool,
    /// The look into the future took its part of this page's deadline.
    future_failed: bool,
    covered: Option<(Day, Day)>,
    warnings: Vec<Warning>,
}

impl<'s, 'h, H: Host> Walk<'s, 'h, H> {
    /// A walk from `position` for a page of about `limit` campaigns. With `daily`, the report is asked for
    /// numbers by day.
    pub fn new(
        session: &'s Session<'h, H>,
        lists: Lists,
        daily: bool,
        position: Position,
        limit: usize,
    ) -> Self {
        let sizer = Sizer::new(limit, position.ms_a_day);
        Self {
            session,
            lists,
            daily,
            position,
            sizer,
            started: session.host.now(),
            read_anything: false,
            future_failed: false,
            covered: None,
            warnings: Vec::new(),
        }
    }

    /// First and last day that this walk has read.
    #[must_use]
    pub const fn covered(&self) -> Option<(Day, Day)> {
        self.covered
    }

    /// Takes the warnings that came up so far.
    pub fn warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// Where the walk stands.
    #[must_use]
    pub const fn position(&self) -> &Position {
        &self.position
    }

    /// Whether a page that has something should not wait for more.
    #[must_use]
    pub fn has_taken_long(&self) -> bool {
        let patience = self.session.account.settings.deadline.checked_div(PATIENCE).unwrap_or_default();
        self.session.host.now().saturating_sub(self.started) >= patience
    }

    /// Time left for another window.
    fn left(&self) -> Duration {
        self.session.deadline.remaining(self.session.host).saturating_sub(MARGIN)
    }

    /// Reads on.
    ///
    /// # Errors
    /// What CleverTap or the way there says; [`Error::DoesNotFit`] naming the day when a window of one day does
    /// not fit into the deadline.
    pub async fn step(&mut self) -> Result<Step, Error> {
        loop {
            let Some(span) = self.position.spans.front().cloned() else { return Ok(Step::End) };
            if days_inclusive(span.first, span.last) == 0 {
                self.position.spans.pop_front();
                continue;
            }
            let before = self.position.clone();
            let rows = match self.lists {
                Lists::List => self.read_list(&span).await?,
                Lists::Both if span.wide => match self.read_future(&span).await? {
                    Some(rows) => Some(rows),
                    None => continue,
                },
                Lists::Both => self.read_windows(&span).await?,
            };
            let Some(rows) = rows else { return Ok(Step::OutOfTime) };
            self.read_anything = true;
            self.position.ms_a_day = Some(self.sizer.ms_a_day());
            let rows = rows
                .into_iter()
                .filter(|row| {
                    span.after
                        .as_ref()
                        .is_none_or(|after| row.key < *after || (span.inclusive && row.key == *after))
                })
                .collect();
            return Ok(Step::Rows { rows, before, after: self.position.clone() });
        }
    }

    /// Moves the position past the days from `first` on, and notes them as covered.
    fn passed(&mut self, first: Day, last: Day) {
        self.covered = Some(self.covered.map_or((first, last), |(from, to)| (from.min(first), to.max(last))));
        if let Some(span) = self.position.spans.front_mut() {
            if first <= span.first {
                self.position.spans.pop_front();
            } else {
                span.last = add_days(first, -1);
                span.after = None;
                span.inclusive = false;
            }
        }
    }

    fn note_nameless(&mut self, count: u64) {
        if count > 0 {
            self.warnings.push(Warning::new(
                "row_without_id",
                format!("CleverTap gave {count} campaigns without an id, which no list can name; they are left out"),
            ));
        }
    }

    /// The fast list alone: 31 days a call, three calls at once.
    async fn read_list(&mut self, span: &Span) -> Result<Option<Vec<Row>>, Error> {
        let days = WIDEST_DAYS.saturating_mul(AT_ONCE);
        let first = span.first.max(add_days(span.last, days.saturating_sub(1).saturating_neg()));
        let deadline = Deadline::after(self.session.host, self.left());
        let Some(objects) = deadline.race(self.session.host, listed(self.session, first, span.last)).await
        else {
            return self.out_of_time(first, span.last);
        };
        let zone = self.session.account.zone.as_ref();
        let merged = merge(objects?, Vec::new(), first, span.last, zone);
        if merged.misplaced {
            return self.read_list_by_day(first, span.last).await;
        }
        self.note_nameless(merged.nameless);
        self.passed(first, span.last);
        Ok(Some(merged.rows))
    }

    /// The fast list day by day, as far as the deadline allows: only a window of one day tells where a row
    /// without a readable start belongs.
    async fn read_list_by_day(&mut self, first: Day, last: Day) -> Result<Option<Vec<Row>>, Error> {
        let (mut rows, mut nameless, mut reached) = (Vec::new(), 0u64, None);
        loop {
            let days = windows(first, reached.map_or(last, |day| add_days(day, -1)), 1);
            if days.is_empty() {
                break;
            }
            let calls = join_all(days.iter().map(|(day, _)| listed(self.session, *day, *day)));
            let deadline = Deadline::after(self.session.host, self.left());
            let Some(answers) = deadline.race(self.session.host, calls).await else { break };
            let zone = self.session.account.zone.as_ref();
            for ((day, _), objects) in days.iter().zip(answers) {
                let one = merge(objects?, Vec::new(), *day, *day, zone);
                nameless = nameless.saturating_add(one.nameless);
                rows.extend(one.rows);
                reached = Some(*day);
            }
        }
        let Some(reached) = reached else { return self.out_of_time(last, last) };
        self.note_nameless(nameless);
        self.passed(reached, last);
        Ok(Some(rows))
    }

    /// All that starts after today in one window, within a part of the deadline. None when that was too slow:
    /// the span has then moved to the end of the walk.
    async fn read_future(&mut self, span: &Span) -> Result<Option<Vec<Row>>, Error> {
        let whole = self.session.account.settings.deadline;
        let budget = whole.checked_div(FUTURE_SHARE).unwrap_or(whole).min(self.left());
        let deadline = Deadline::after(self.session.host, budget);
        let both = join(
            listed(self.session, span.first, span.last),
            reported(self.session, span.first, span.last, self.daily),
        );
        let answer = deadline.race(self.session.host, both).await;
        let merged = match answer {
            Some((Err(error), _)) => return Err(error),
            // Too slow, too wide or too long: narrow windows may still be answered.
            Some((_, Err(error)))
                if !matches!(
                    error,
                    Error::TimedOut { .. } | Error::Refused(_) | Error::Undecodable { .. }
                ) =>
            {
                return Err(error);
            }
            Some((Ok(listed), Ok(reported))) => {
                Some(merge(listed, reported, span.first, span.last, self.session.account.zone.as_ref()))
            }
            _ => None,
        };
        let Some(merged) = merged.filter(|merged| !merged.misplaced) else {
            self.future_failed = true;
            self.warnings.push(Warning::new(
                "future_last",
                format!(
                    "CleverTap's report does not answer for the days after today in one piece: campaigns that start \
                     from {} to {} come at the end of this list",
                    day_digits(span.first),
                    day_digits(span.last)
                ),
            ));
            if let Some(mut moved) = self.position.spans.pop_front() {
                moved.wide = false;
                self.position.spans.push_back(moved);
            }
            return Ok(None);
        };
        self.note_nameless(merged.nameless);
        self.passed(span.first, span.last);
        Ok(Some(merged.rows))
    }

    /// Up to three windows of both lists. Windows that answered in time count even if an older one did not.
    async fn read_windows(&mut self, span: &Span) -> Result<Option<Vec<Row>>, Error> {
        let left = self.left();
        // The first window of a page is tried even when the estimate says that it will not fit.
        let Some(days) = self.sizer.days(left).or_else(|| (!self.read_anything).then_some(1)) else {
            return Ok(None);
        };
        let windows = windows(span.first, span.last, days);
        let started = self.session.host.now();
        let answers: Vec<RefCell<Option<Answer>>> = windows.iter().map(|_| RefCell::new(None)).collect();
        let calls = windows.iter().zip(&answers).map(|((first, last), slot)| async {
            let merged = self.read_window(*first, *last).await;
            slot.replace(Some(Answer { merged, took: self.session.host.now().saturating_sub(started) }));
        });
        Deadline::after(self.session.host, left).race(self.session.host, join_all(calls)).await;

        let mut rows = Vec::new();
        let mut reached = None;
        let mut slowest = Duration::ZERO;
        let mut nameless = 0u64;
        for ((first, _), answer) in windows.iter().zip(answers) {
            match answer.into_inner() {
                Some(Answer { merged: Ok(merged), took }) => {
                    nameless = nameless.saturating_add(merged.nameless);
                    rows.extend(merged.rows);
                    slowest = slowest.max(took);
                    reached = Some(*first);
                }
                None | Some(Answer { merged: Err(Error::TimedOut { .. }), .. }) => break,
                Some(Answer { merged: Err(error), .. }) if reached.is_none() => return Err(error),
                // What was read before it is a page; the next page meets the error itself, if it stays.
                Some(Answer { merged: Err(_), .. }) => break,
            }
        }
        let Some(reached) = reached else {
            self.sizer.learn_timeout(days, self.session.host.now().saturating_sub(started));
            self.position.ms_a_day = Some(self.sizer.ms_a_day());
            let (first, last) = windows.first().copied().unwrap_or((span.last, span.last));
            return self.out_of_time(first, last);
        };
        self.note_nameless(nameless);
        self.sizer.learn(days, slowest, !rows.is_empty());
        self.passed(reached, span.last);
        Ok(Some(rows))
    }

    /// One window of both lists.
    async fn read_window(&self, first: Day, last: Day) -> Result<Merged, Error> {
        let (listed, reported) =
            join(listed(self.session, first, last), reported(self.session, first, last, self.daily)).await;
        let merged = merge(listed?, reported?, first, last, self.session.account.zone.as_ref());
        if merged.misplaced { self.read_days(first, last).await } else { Ok(merged) }
    }

    /// Reads a window day by day.
    async fn read_days(&self, first: Day, last: Day) -> Result<Merged, Error> {
        let zone = self.session.account.zone.as_ref();
        let mut all = Merged::default();
        let mut day = last;
        while day >= first {
            let (listed, reported) =
                join(listed(self.session, day, day), reported(self.session, day, day, self.daily)).await;
            let one = merge(listed?, reported?, day, day, zone);
            all.nameless = all.nameless.saturating_add(one.nameless);
            all.rows.extend(one.rows);
            day = add_days(day, -1);
        }
        Ok(all)
    }

    /// A window did not answer in time: an end of the page, unless it was a single day with the whole
    /// deadline to itself.
    fn out_of_time(&self, first: Day, last: Day) -> Result<Option<Vec<Row>>, Error> {
        if self.read_anything || self.future_failed || first != last {
            return Ok(None);
        }
        Err(Error::DoesNotFit {
            what: format!(
                "CleverTap's report of the single day {} does not answer within the deadline of {} ms, and a window \
                 cannot be narrower: raise the deadline",
                day_digits(last),
                self.session.account.settings.deadline.as_millis()
            ),
        })
    }
}

/// Today on the project's clock; in UTC without a time zone.
#[must_use]
pub fn today<H: Host>(session: &Session<'_, H>) -> Day {
    let unix = session.host.unix_ms().div_euclid(1000);
    session.account.zone.as_ref().map_or_else(|| utc_day(unix), |zone| zone.to_local(unix).date())
}
