//! Channels and kinds of delivery, in the spellings of requests and of reports.

use serde::{Deserialize, Serialize};

/// A channel. The filter keys are [DOC] S:msgreport, the texts of the report
/// are [3P] where section 11 shows them ("Push", "InApp") and [INF] otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Channel {
    Push,
    Email,
    Sms,
    Browser,
    Audiences,
    InApp,
    Webhooks,
    WebPopUp,
    WebExitIntent,
    WebNativeDisplay,
    WebInbox,
    WhatsApp,
    TikTok,
    NativeDisplay,
}

/// The channel, its key in report filters, its text in reports, its
/// `target_mode` in create calls.
const CHANNELS: &[(Channel, &str, &str, Option<&str>)] = &[
    (Channel::Push, "push", "Push", Some("push")),
    (Channel::Email, "email", "Email", Some("email")),
    (Channel::Sms, "sms", "SMS", Some("sms")),
    (Channel::Browser, "browser", "Web Push", Some("webpush")),
    (Channel::Audiences, "audiences", "Audiences", None),
    (Channel::InApp, "inapp", "InApp", None),
    (Channel::Webhooks, "webhooks", "Webhooks", Some("webhook")),
    (Channel::WebPopUp, "web_pop_up", "Web Popup", None),
    (Channel::WebExitIntent, "web_exit_intent", "Web Exit Intent", None),
    (Channel::WebNativeDisplay, "web_native_display", "Web Native Display", None),
    (Channel::WebInbox, "web_inbox", "Web Inbox", Some("notificationinbox")),
    (Channel::WhatsApp, "whatsapp", "WhatsApp", Some("whatsapp")),
    (Channel::TikTok, "tiktok", "TikTok", None),
    (Channel::NativeDisplay, "nativedisplay", "Native Display", None),
];

impl Channel {
    pub(crate) fn all() -> impl Iterator<Item = Channel> {
        CHANNELS.iter().map(|row| row.0)
    }

    /// As report filters spell it.
    pub(crate) fn key(self) -> &'static str {
        self.row().1
    }

    /// As reports spell it.
    pub(crate) fn text(self) -> &'static str {
        self.row().2
    }

    /// Whether the API can create campaigns on it.
    pub(crate) fn has_target_mode(self) -> bool {
        self.row().3.is_some()
    }

    pub(crate) fn of_target_mode(mode: &str) -> Option<Channel> {
        CHANNELS.iter().find(|row| row.3 == Some(mode)).map(|row| row.0)
    }

    pub(crate) fn target_modes() -> String {
        let modes: Vec<_> = CHANNELS.iter().filter_map(|row| row.3).collect();
        modes.join(", ")
    }

    fn row(self) -> &'static (Channel, &'static str, &'static str, Option<&'static str>) {
        CHANNELS.iter().find(|row| row.0 == self).unwrap_or(&CHANNELS[0])
    }
}

/// How a campaign is delivered ([DOC] S:msgreport, section 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    OneTime,
    Inaction,
    Action,
    Recurring,
    PropertyTime,
    Api,
    MultipleDates,
}

impl Delivery {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Delivery::OneTime => "one_time",
            Delivery::Inaction => "inaction",
            Delivery::Action => "action",
            Delivery::Recurring => "recurring",
            Delivery::PropertyTime => "property_time",
            Delivery::Api => "api",
            Delivery::MultipleDates => "multiple_dates",
        }
    }
}

/// The filter keys of section 11, for the explanation of a wrong one.
pub(crate) const DELIVERIES: &[&str] =
    &["one_time", "inaction", "action", "recurring", "property_time", "api", "multiple_dates"];
pub(crate) const MESSAGE_TYPES: &[&str] = &["single", "ab", "message_on_user_property"];
/// The documented filters; pending and paused are states of the target list (section 12.3).
pub(crate) const STATUSES: &[&str] = &["scheduled", "running", "stopped", "completed", "pending", "paused"];
