//! A campaign, in the superset of what marketing providers tell about one.

use serde::Serialize;
use serde_json::{Map, Value};

use super::report::Counts;

/// Declares a fieldless enum with its one spelling in JSON, in filters and in WIT.
macro_rules! spelled {
    ($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$case_doc])* $case),+ }

        impl $name {
            /// Every case, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$case),+];

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$case => $text),+ }
            }

            /// Reads the spelling, in any case of letters.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|case| case.as_str().eq_ignore_ascii_case(text))
            }

            /// The accepted spellings, for error messages.
            #[must_use]
            pub fn accepted() -> String {
                let all: Vec<_> = Self::ALL.iter().map(|case| case.as_str()).collect();
                all.join(", ")
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}
pub(crate) use spelled;

spelled! {
    /// A campaign's state.
    Status {
        Draft = "DRAFT",
        Scheduled = "SCHEDULED",
        Running = "RUNNING",
        Paused = "PAUSED",
        Completed = "COMPLETED",
        Stopped = "STOPPED",
        Failed = "FAILED",
        Archived = "ARCHIVED",
        Other = "OTHER",
    }
}

spelled! {
    /// How a campaign reaches people.
    Channel {
        Email = "email",
        Push = "push",
        WebPush = "web_push",
        Sms = "sms",
        Whatsapp = "whatsapp",
        InApp = "in_app",
        AppInbox = "app_inbox",
        WebPopUp = "web_pop_up",
        WebExitIntent = "web_exit_intent",
        WebNativeDisplay = "web_native_display",
        WebInbox = "web_inbox",
        NativeDisplay = "native_display",
        Webhook = "webhook",
        Audience = "audience",
        Tiktok = "tiktok",
        Other = "other",
    }
}

spelled! {
    /// What sets a campaign off.
    DeliveryType {
        OneTime = "one_time",
        Recurring = "recurring",
        Action = "action",
        Inaction = "inaction",
        PropertyTime = "property_time",
        MultipleDates = "multiple_dates",
        ApiTriggered = "api_triggered",
        Other = "other",
    }
}

spelled! {
    /// Where a campaign was made.
    CreatedVia { Api = "api", Dashboard = "dashboard", Unknown = "unknown" }
}

/// Who a campaign is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audience {
    pub included: Vec<String>,
    pub excluded: Vec<String>,
    pub estimated_size: Option<u64>,
}

/// One of the messages that a campaign tries against each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Variant {
    pub id: String,
    pub name: Option<String>,
    /// Fraction of the audience.
    pub share: Option<f64>,
}

/// What counts as success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConversionGoal {
    pub event: String,
    pub window_seconds: Option<u64>,
}

/// The part of the audience that gets nothing, for comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ControlGroup {
    pub enabled: bool,
    pub share: Option<f64>,
}

/// A campaign. Times are RFC 3339 in UTC. See `capabilities` for what a provider reports of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Campaign {
    /// This API's id: source, start day and the provider's id.
    pub id: String,
    /// The provider's own id, as text.
    pub remote_id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub status: Option<Status>,
    pub status_remote: Option<String>,
    pub channel: Option<Channel>,
    pub channel_remote: Option<String>,
    pub channels: Vec<Channel>,
    pub delivery_type: Option<DeliveryType>,
    pub delivery_type_remote: Option<String>,
    pub trigger: Option<String>,
    pub subject_line: Option<String>,
    pub preview_text: Option<String>,
    pub from_name: Option<String>,
    pub from_email: Option<String>,
    pub reply_to_email: Option<String>,
    /// Null when the source has no labels; empty when it said that there are none.
    pub labels: Option<Vec<String>>,
    pub tags: Option<Vec<String>>,
    pub devices: Option<Vec<String>>,
    pub audience: Option<Audience>,
    pub variants: Option<Vec<Variant>>,
    pub message_ids: Vec<String>,
    pub conversion_goal: Option<ConversionGoal>,
    pub control_group: Option<ControlGroup>,
    pub created_via: CreatedVia,
    pub archived: Option<bool>,
    pub scheduled_at: Option<String>,
    /// The provider's zone-less text for `scheduled_at`.
    pub scheduled_at_remote: Option<String>,
    pub send_at: Option<String>,
    pub first_sent_at: Option<String>,
    pub last_sent_at: Option<String>,
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
    pub created_at: Option<String>,
    pub updated_at: Option<String>,
    /// Truto's count: messages sent, for e-mail campaigns only.
    pub emails_sent: Option<u64>,
    /// Truto's count; null where the provider does not tell unique from repeated opens.
    pub unique_opens: Option<u64>,
    /// Totals since the start, where the provider reports them with the campaign.
    pub metrics: Option<Counts>,
    pub custom_fields: Map<String, Value>,
    /// The provider's untouched objects, by source; absent when the caller declined them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_data: Option<Value>,
}

impl Campaign {
    /// A campaign of which only the ids are known.
    #[must_use]
    pub fn bare(id: String, remote_id: String) -> Self {
        Self {
            id,
            remote_id,
            name: None,
            description: None,
            kind: None,
            status: None,
            status_remote: None,
            channel: None,
            channel_remote: None,
            channels: Vec::new(),
            delivery_type: None,
            delivery_type_remote: None,
            trigger: None,
            subject_line: None,
            preview_text: None,
            from_name: None,
            from_email: None,
            reply_to_email: None,
            labels: None,
            tags: None,
            devices: None,
            audience: None,
            variants: None,
            message_ids: Vec::new(),
            conversion_goal: None,
            control_group: None,
            created_via: CreatedVia::Unknown,
            archived: None,
            scheduled_at: None,
            scheduled_at_remote: None,
            send_at: None,
            first_sent_at: None,
            last_sent_at: None,
            started_at: None,
            ended_at: None,
            created_at: None,
            updated_at: None,
            emails_sent: None,
            unique_opens: None,
            metrics: None,
            custom_fields: Map::new(),
            remote_data: None,
        }
    }
}
