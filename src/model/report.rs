//! Metrics of a campaign: counts, rates with their denominators, and derived figures.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Number, Value};

use super::campaign::{Channel, spelled};

spelled! {
    /// The width of a row's window.
    Granularity { Total = "total", Day = "day", Week = "week", Month = "month" }
}

spelled! {
    /// What the numbers are read from.
    Basis {
        /// The provider's message report.
        Report = "report",
        /// Its notification events, counted: an estimate.
        Events = "events",
    }
}

spelled! {
    /// How far a row's numbers can be trusted.
    RowStatus {
        Ready = "ready",
        /// The provider has not finished counting.
        Pending = "pending",
        /// Counted from events, see [`Basis::Events`].
        Estimated = "estimated",
        /// The provider answered in a shape that is not known; counts are null.
        Unrecognised = "unrecognised",
    }
}

/// Declares the counts once: field, and its name in queries and JSON are the same.
macro_rules! counts {
    ($($(#[$doc:meta])* $field:ident),+ $(,)?) => {
        /// Counts of a campaign. Null means that the provider did not say.
        #[derive(Debug, Clone, Default, PartialEq, Serialize)]
        pub struct Counts {
            $($(#[$doc])* pub $field: Option<u64>,)+
            /// Money value of the conversions, in `currency`: a number, which keeps about 15 digits of what the provider wrote
            /// (10.50 becomes 10.5).
            pub conversion_value: Option<Number>,
            pub currency: Option<String>,
        }

        impl Counts {
            /// Names of the whole-number counts.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($field)),+];

            /// The count of that name, for names in [`Self::NAMES`].
            #[must_use]
            pub fn get(&self, name: &str) -> Option<u64> {
                match name { $(stringify!($field) => self.$field,)+ _ => None }
            }

            /// Sets the count of that name; false for a name that is not in [`Self::NAMES`].
            pub fn set(&mut self, name: &str, value: Option<u64>) -> bool {
                match name { $(stringify!($field) => { self.$field = value; true })+ _ => false }
            }
        }
    };
}

counts! {
    targeted,
    recipients,
    sent,
    delivered,
    failed,
    bounced,
    hard_bounces,
    soft_bounces,
    suppressed,
    /// Views on every channel but e-mail.
    impressions,
    /// Views of e-mail.
    opens,
    unique_opens,
    human_opens,
    machine_opens,
    clicks,
    unique_clicks,
    replies,
    forwards,
    conversions,
    unique_conversions,
    unsubscribes,
    spam_complaints,
    uninstalls,
    control_recipients,
    control_conversions,
}

impl Counts {
    /// Counts of distinct people: never added up over days.
    pub const UNIQUE: &'static [&'static str] = &[
        "unique_opens",
        "unique_clicks",
        "unique_conversions",
        "targeted",
        "recipients",
        "control_recipients",
    ];
}

/// Fractions of counts; null when a number is unknown or the denominator is zero.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Rates {
    pub delivery_rate: Option<f64>,
    pub failed_rate: Option<f64>,
    pub bounce_rate: Option<f64>,
    pub open_rate: Option<f64>,
    pub impression_rate: Option<f64>,
    pub click_rate: Option<f64>,
    pub click_to_open_rate: Option<f64>,
    pub conversion_rate: Option<f64>,
    pub unsubscribe_rate: Option<f64>,
    pub spam_complaint_rate: Option<f64>,
    /// Rate name to the count that it is a fraction of, for the rates that are not null.
    pub rate_denominators: BTreeMap<&'static str, &'static str>,
}

/// Figures that follow from the counts and money.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Derived {
    pub average_order_value: Option<f64>,
    pub revenue_per_recipient: Option<f64>,
    pub conversion_lift: Option<f64>,
}

/// A row's campaign, as far as the report names it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CampaignRef {
    pub id: String,
    pub remote_id: String,
    pub name: Option<String>,
    pub channel: Option<Channel>,
    pub channel_remote: Option<String>,
    pub labels: Option<Vec<String>>,
    pub scheduled_at: Option<String>,
}

/// A row's stretch of time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Window {
    /// RFC 3339 in UTC; null for totals since the start, and without a time zone.
    pub start_at: Option<String>,
    /// Not included.
    pub end_at: Option<String>,
    /// First day of the bucket in the project's time zone, `YYYY-MM-DD`.
    pub day: Option<String>,
    /// The IANA zone that days are cut in.
    pub timezone: Option<String>,
    /// What a day's number counts: things that happened then, or messages sent then.
    pub bucket_basis: &'static str,
}

/// One row of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportRow {
    /// Stable within the report: the campaign's id and the bucket.
    pub id: String,
    /// The same row in every reading, whatever its numbers: for those who store rows and read them again.
    pub row_key: String,
    pub campaign: CampaignRef,
    pub window: Window,
    pub granularity: Granularity,
    pub status: RowStatus,
    pub basis: Basis,
    pub counts: Counts,
    pub rates: Rates,
    pub derived: Derived,
    /// What CleverTap states as the time of its numbers; null, as it states none.
    pub as_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_data: Option<Value>,
}
