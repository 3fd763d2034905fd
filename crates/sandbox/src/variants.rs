//! What is unknown or told differently about CleverTap, as switches.
//!
//! Each default is the plain, best-known form; each doc comment names where
//! the form comes from (section and source tag of the API reference).

use serde::{Deserialize, Serialize};

/// Switches between the forms that CleverTap's answers may have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Variants {
    /// The shape of `data` in message reports asked for with `daily: true`.
    pub daily: DailyShape,
    /// Message and campaign reports carry more keys (delivered, conversions,
    /// revenue, errors): the reports of 2026 are said to (section 12.5, [UNK]).
    pub rich_report: bool,
    /// The whole message report is `status: success` with an `error` and no
    /// `messages` (section 3.1, [3P] S:ingestr).
    pub bare_messages_error: bool,
    /// Some items of a message report carry an `error` instead of `data`
    /// (section 11, "possibly `error`", [3P]).
    pub item_errors: bool,
    /// A/B campaigns report one object for each of their variants in `data`
    /// (section 11, [3P] S:tsclient, S:sched).
    pub ab_split: bool,
    /// The message report leaves out the campaigns that were created through
    /// the API ([UNK]; by default both lists share their ids).
    pub report_without_api_campaigns: bool,
    /// The message report's latency counts days in the future too ([UNK]).
    pub future_days_cost: bool,
    /// The form of `scheduled_on` in `targets/list.json` (section 12.3, [UNK]).
    pub scheduled_on: ScheduledOn,
    /// `targets/list.json` lists dashboard campaigns too (section 12.3: the
    /// documentation's crawls differ, S:ingestr saw API campaigns only).
    pub list_all_campaigns: bool,
    /// What `targets/list.json` does with more than 31 days.
    pub long_window: LongWindow,
    /// The form in which `targets/result.json` says that it has no result.
    pub not_ready: NotReady,
    /// "Invalid campaign id" comes as HTTP 200 (the HTTP status is [UNK]).
    pub invalid_campaign_as_200: bool,
    /// How `GET /1/profile.json` reports a user that it does not know.
    pub unknown_user: UnknownUser,
    /// So many first reads of each cursor answer "still in progress", code 2.
    pub in_progress_reads: u32,
    /// An export's cursors expire after so many pages were read from it: the
    /// 4 hours of section 9 without the clock.
    pub expire_after_reads: Option<u32>,
    /// Reading a cursor a second time fails ([UNK]; code 2 does not count).
    pub single_use_cursors: bool,
    /// How a bad cursor is refused.
    pub cursor_error: CursorError,
    /// All pages but the last are full. By default some are short, as was
    /// recorded ([REC] S:quickhouse, section 9).
    pub full_pages: bool,
    /// So many polls of a count answer `partial` before the result.
    pub partial_answers: u32,
    /// `req_id` comes as text (section 10.1: seen as number and as string).
    pub req_id_as_text: bool,
    /// So many uploads at a time, in place of 15 (section 4.1): to see a
    /// client slow down.
    pub uploads_in_flight: Option<usize>,
    /// Concurrency beyond the limit is answered as HTTP 200 (section 3.4, [3P] S:leanderp).
    pub throttle_as_200: bool,
    /// Unknown paths answer HTTP 200 with an empty body ([3P] S:evangelist,
    /// section 1.3) instead of the sandbox's explanation.
    pub unknown_path_empty_200: bool,
    /// An empty account id gets a 503 ([3P] S:lokalise, section 2.1).
    pub empty_account_503: bool,
    /// Uploads of which nothing was accepted answer `fail` with an empty
    /// `unprocessed` ([3P] S:rudder-t, section 6.3).
    pub bare_upload_failure: bool,
    /// Names of events that were discarded in the dashboard: uploads of them
    /// are rejected with 528 (section 3.3).
    pub discarded_events: Vec<String>,
    /// Events may hold nested objects: the public beta of section 4.2 ([DOC] S:nested).
    pub nested_objects: bool,
    /// The only e-mail address that completes custom lists; others get the 401
    /// of section 15.1. `None`: every address.
    pub admin_email: Option<String>,
    /// Pre-signed URLs have expired: 403 (section 15.1).
    pub expired_upload_urls: bool,
    /// Catalog v2 answers that it is not enabled ([DOC] S:catalog2, section 16.2).
    pub catalog_disabled: bool,
}

/// `data` of a message report with `daily: true`. No official sample exists;
/// third parties speak of an array of objects or of an array of arrays
/// (section 11).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DailyShape {
    /// `[{"date":"20260102","sent":…,"viewed":…,"clicked":…}]`
    #[default]
    DatedObjects,
    /// `{"20260102":{"sent":…}}`
    DatedMap,
    /// `[{"sent":…}]`, one element for each day from the campaign's start to
    /// its end or today.
    AlignedArray,
    /// `[{"sent":…}]`, one element for each day of the requested window.
    AlignedToWindow,
    /// `[[{"sent":…}]]`: which day is which, nobody can tell.
    ArrayOfArrays,
    /// A table with column names, which no client knows.
    Unrecognised,
}

/// The form of `scheduled_on`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduledOn {
    /// The integer `yyyymmddHHMM`.
    #[default]
    Packed,
    /// `dd Mon, YYYY HH:MM:SS`, as the message report writes times.
    Text,
    /// Epoch seconds.
    Epoch,
}

/// What `targets/list.json` does with a window of more than 31 days
/// (section 12.3: 31 or less are recommended, [3P] S:ingestr).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LongWindow {
    /// Refuses it.
    #[default]
    Fail,
    /// Lists the first 31 days and does not say so.
    Truncate,
    /// Lists all of it.
    Allow,
}

/// The four not-ready forms of section 12.6.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotReady {
    /// By the campaign's state: pending `Fail`, scheduled `NoResult`, paused
    /// `Conflict`, running for less than a day `SuccessWithError`.
    #[default]
    ByState,
    /// HTTP 200, `fail`, no code ([OFF] S:snippets).
    Fail,
    /// HTTP 200, `success`, an error and code 200 ([3P, live] S:ingestr).
    SuccessWithError,
    /// HTTP 500, `fail`, code 500 ([3P, live] S:ingestr).
    NoResult,
    /// HTTP 409 ([DOC] S:errors).
    Conflict,
}

/// How an unknown user is reported: [UNK], clients accept all of these
/// (section 8.1, [3P] S:leanderp).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownUser {
    /// HTTP 200, `success`, `"record": null`.
    #[default]
    RecordNull,
    /// HTTP 200, `success`, no `record`.
    RecordAbsent,
    /// HTTP 404, `fail`, code 404.
    NotFound,
    /// HTTP 200, `fail` and a text that says "not found".
    Message,
}

/// How a bad cursor is refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CursorError {
    /// `Incorrect Usage`, code 3 ([3P] S:quickhouse, section 3.4).
    #[default]
    IncorrectUsage,
    /// `CURSOR_INVALIDATED` ([3P] S:leanderp, section 3.4; its HTTP status and code are [UNK]).
    Invalidated,
}
