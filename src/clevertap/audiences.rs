//! Audiences: the people of an order, read page by page, and the payload of each page.
//!
//! | people | are read | a cursor holds |
//! |---|---|---|
//! | who did an event | by CleverTap's export of profiles; it has none of a saved segment's members | the export's cursor |
//! | by name | one by one, a few at a time | how many of the names were asked for; the names themselves are hashed into it |
//! | as rows of the caller's | from the call itself | how many of the rows were taken; the rows themselves are hashed into it |
//!
//! Each cursor also has the number of the next batch and Meta's session, so that an export that is cut and goes on is
//! one upload to Meta.

use std::rc::Rc;

use futures_util::StreamExt as _;
use futures_util::stream;
use serde::{Deserialize, Serialize};

use super::client::Session;
use super::contacts::{self, Key};
use super::cursor;
use super::events::{Contacts, EventQuery};
use crate::audience::{Batch, Counts, Destination, Order, Person, Skip};
use crate::model::{Error, Page, Warning};
use crate::transport::Host;

const LIST: &str = "audiences";
/// The most people of a page, and of a list that the caller gives: a batch of either network.
pub const MOST: usize = 10_000;

/// Whom an audience is of.
#[derive(Debug, Clone)]
pub enum Selection {
    Event(EventQuery),
    Names(Vec<Key>),
    Rows(Vec<Person>),
}

/// An audience that is asked for.
#[derive(Debug, Clone)]
pub struct Audience {
    pub order: Rc<Order>,
    pub selection: Selection,
}

/// How far an export has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Cursor of the export of people; none at its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c: Option<String>,
    /// Names that were asked for, or rows that were taken.
    #[serde(default)]
    pub n: usize,
    /// Meta's session.
    pub s: u64,
    /// Number of the next batch.
    pub b: u64,
}

/// What is exported of a page.
#[derive(Debug)]
pub struct Payload {
    /// From 1 on.
    pub number: u64,
    pub rows: u64,
    pub text: String,
}

impl Audience {
    /// All that a cursor must be of. Of an event query the export's own cursor says the rest.
    fn filters(&self) -> String {
        let whom = match &self.selection {
            Selection::Event(_) => "event".to_owned(),
            Selection::Names(names) => format!("{names:?}"),
            Selection::Rows(people) => format!("{people:?}"),
        };
        format!("{}|{whom}", self.order.canonical())
    }

    /// Where to go on.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a cursor of anything else.
    pub fn open<H: Host>(&self, session: &Session<'_, H>, from: Option<&str>) -> Result<Progress, Error> {
        let Some(text) = from.filter(|text| !text.is_empty()) else {
            // A number that JavaScript keeps as it is.
            let id = session.host.random() & ((1 << 53) - 1);
            return Ok(Progress { c: None, n: 0, s: id.max(1), b: 1 });
        };
        let state = cursor::decode(text, LIST, &session.account.id, &self.filters())?;
        serde_json::from_value(state).map_err(|_| Error::invalid("next_cursor", "this cursor holds no place"))
    }

    #[must_use]
    pub fn seal(&self, account: &str, progress: &Progress) -> String {
        // Texts and numbers always serialise.
        let state = serde_json::to_value(progress).unwrap_or_default();
        cursor::encode(LIST, account, &self.filters(), &state)
    }
}

/// A page: one payload, or none where nobody of the page goes out.
///
/// # Errors
/// As the calls that read people; [`Error::CursorExpired`] when CleverTap's own cursor is gone.
pub async fn page<H: Host>(
    session: &Session<'_, H>,
    audience: &Audience,
    from: Option<&str>,
    limit: usize,
) -> Result<(Page<Payload>, Counts), Error> {
    let mut progress = audience.open(session, from)?;
    let mut sheet = Sheet::new(&audience.order, progress.b);
    let mut page = match &audience.selection {
        Selection::Event(query) => {
            let people = Contacts::new(session, query)?;
            let read = people.export.page(session, progress.c.as_deref(), limit, |record, warnings| {
                let contact = people.keep(record, warnings)?;
                sheet.take(&Person::of_contact(&contact, &audience.order.mapping));
                Some(())
            });
            let page = read.await?;
            progress.c = page.next_cursor;
            let more = progress.c.is_some();
            Unfinished { more, partial: page.partial, warnings: page.warnings }
        }
        Selection::Names(names) => by_name(session, names, &mut progress, limit, &mut sheet).await?,
        Selection::Rows(people) => {
            people.iter().skip(progress.n).take(limit).for_each(|person| sheet.take(person));
            progress.n = progress.n.saturating_add(limit);
            Unfinished { more: progress.n < people.len(), ..Unfinished::default() }
        }
    };
    let Sheet { order, mut batch, mut out, counts } = sheet;
    let closes_session = order.destination == Destination::MetaApi && !page.more && batch.number > 1;
    let mut items = Vec::new();
    if batch.rows > 0 || closes_session {
        if batch.rows == 0 {
            page.warnings.push(empty_last_batch());
        }
        batch.close(order, progress.s, !page.more, &mut out);
        progress.b = batch.number.saturating_add(1);
        let rows = std::mem::take(&mut batch.rows);
        // All that is written is text.
        items.push(Payload { number: batch.number, rows, text: String::from_utf8(out).unwrap_or_default() });
    }
    let next_cursor = page.more.then(|| audience.seal(&session.account.id, &progress));
    let page = Page { items, next_cursor, partial: page.partial, warnings: page.warnings, coverage: None };
    Ok((page, counts))
}

/// What is said of a batch that ends Meta's session without anybody in it.
#[must_use]
pub fn empty_last_batch() -> Warning {
    Warning::new(
        "empty_last_batch",
        "nobody was left for the last batch, which has no data and only tells Meta that the session is over; Meta does not \
         document whether it takes one: if it refuses, the session ends by itself",
    )
}

/// A page that is being made.
struct Sheet<'o> {
    order: &'o Order,
    batch: Batch,
    out: Vec<u8>,
    counts: Counts,
}

impl<'o> Sheet<'o> {
    fn new(order: &'o Order, number: u64) -> Self {
        let mut out = Vec::new();
        let batch = Batch::open(order, number, &mut out);
        Self { order, batch, out, counts: Counts::default() }
    }

    fn take(&mut self, person: &Person) {
        if let Some(row) = self.order.row(person, &mut self.counts) {
            self.batch.add(self.order, &row, &mut self.out);
        }
    }
}

#[derive(Debug, Default)]
struct Unfinished {
    more: bool,
    partial: bool,
    warnings: Vec<Warning>,
}

/// Looks people up, in the order of their names.
async fn by_name<H: Host>(
    session: &Session<'_, H>,
    names: &[Key],
    progress: &mut Progress,
    limit: usize,
    sheet: &mut Sheet<'_>,
) -> Result<Unfinished, Error> {
    let mut page = Unfinished::default();
    let wanted = names.iter().skip(progress.n).take(limit);
    let at_once = session.account.settings.requests_in_flight.max(1);
    let mut found = stream::iter(wanted.map(|name| contacts::get(session, name, false))).buffered(at_once);
    while let Some(contact) = found.next().await {
        match contact {
            Ok(contact) => sheet.take(&Person::of_contact(&contact, &sheet.order.mapping)),
            Err(Error::NotFound { .. }) => sheet.counts.skip(Skip::NotFound),
            // What was read so far is worth having, and the cursor says how to go on.
            Err(error) if sheet.counts.people_read > 0 && error.retryable() => {
                page.partial = true;
                page.warnings.push(Warning::new("stopped_early", error.to_string()));
                break;
            }
            Err(error) => return Err(error),
        }
        progress.n = progress.n.saturating_add(1);
        if session.deadline.passed(session.host) && progress.n < names.len() {
            page.partial = true;
            break;
        }
    }
    page.more = progress.n < names.len();
    Ok(page)
}
