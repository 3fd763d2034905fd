//! What CleverTap reports, field by field: the one table behind `capabilities`, the documentation and the
//! warnings.

use serde::Serialize;

use crate::model::campaign::spelled;

spelled! {
    /// How often a field has a value.
    Reported { Always = "always", Sometimes = "sometimes", Never = "never" }
}

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FieldRow {
    pub resource: &'static str,
    pub field: &'static str,
    /// Channels for which this holds.
    pub channels: &'static str,
    pub reported: Reported,
    /// Where it comes from.
    pub source: &'static str,
    pub note: &'static str,
}

/// Declares rows; columns: resource, field, channels, reported, source, note.
macro_rules! fields {
    ($($resource:literal $field:literal $channels:literal $reported:ident $source:literal $note:literal;)+) => {
        /// Every field of what is read.
        pub const FIELDS: &[FieldRow] = &[$(FieldRow {
            resource: $resource, field: $field, channels: $channels, reported: Reported::$reported, source: $source, note: $note,
        }),+];
    };
}

#[rustfmt::skip]
fields! {
    "campaigns" "id" "all" Always "targets/list, message/report" "source, start day and CleverTap's id";
    "campaigns" "remote_id" "all" Always "targets/list, message/report" "";
    "campaigns" "name" "all" Always "targets/list, message/report" "";
    "campaigns" "status" "all" Always "targets/list, message/report" "CleverTap's word is in status_remote";
    "campaigns" "scheduled_at" "all" Always "targets/list, message/report" "null without the account's timezone";
    "campaigns" "created_via" "all" Always "targets/list" "api when targets/list knows it";
    "campaigns" "channel" "all" Sometimes "message/report" "null for campaigns that only targets/list knows";
    "campaigns" "channels" "all" Sometimes "message/report" "";
    "campaigns" "delivery_type" "all" Sometimes "message/report" "";
    "campaigns" "labels" "all" Sometimes "message/report" "";
    "campaigns" "devices" "all" Sometimes "message/report" "";
    "campaigns" "conversion_goal" "all" Sometimes "message/report" "the event only";
    "campaigns" "message_ids" "all" Sometimes "message/report" "";
    "campaigns" "emails_sent" "email" Sometimes "message/report" "";
    "campaigns" "metrics" "all" Sometimes "message/report" "";
    "campaigns" "unique_opens" "all" Never "" "CleverTap's reports do not tell unique from repeated opens";
    "campaigns" "description" "all" Never "" "";
    "campaigns" "type" "all" Never "" "";
    "campaigns" "trigger" "all" Never "" "";
    "campaigns" "subject_line" "all" Never "" "";
    "campaigns" "preview_text" "all" Never "" "";
    "campaigns" "from_name" "all" Never "" "";
    "campaigns" "from_email" "all" Never "" "";
    "campaigns" "reply_to_email" "all" Never "" "";
    "campaigns" "tags" "all" Never "" "CleverTap has labels";
    "campaigns" "audience" "all" Never "" "the estimate is in the answer to create";
    "campaigns" "variants" "all" Never "" "";
    "campaigns" "control_group" "all" Never "" "";
    "campaigns" "archived" "all" Never "" "";
    "campaigns" "send_at" "all" Never "" "";
    "campaigns" "first_sent_at" "all" Never "" "";
    "campaigns" "last_sent_at" "all" Never "" "";
    "campaigns" "started_at" "all" Never "" "CleverTap tells the scheduled start only";
    "campaigns" "ended_at" "all" Never "" "";
    "campaigns" "created_at" "all" Never "" "";
    "campaigns" "updated_at" "all" Never "" "";
    "campaigns" "custom_fields" "all" Never "" "";
    "reports" "sent" "all" Sometimes "message/report, targets/result" "";
    "reports" "opens" "email" Sometimes "message/report" "CleverTap's viewed";
    "reports" "impressions" "all but email" Sometimes "message/report" "CleverTap's viewed";
    "reports" "clicks" "all" Sometimes "message/report, targets/result" "";
    "reports" "failed" "all" Sometimes "message/report" "CleverTap's errors";
    "reports" "delivered" "all" Sometimes "campaign report of 2026" "only if the newer report brings it";
    "reports" "conversions" "all" Sometimes "campaign report of 2026" "only if the newer report brings it";
    "reports" "conversion_value" "all" Sometimes "campaign report of 2026" "only if the newer report brings it";
    "reports" "currency" "all" Sometimes "campaign report of 2026" "only if the newer report brings it";
    "reports" "bounced" "all" Sometimes "campaign report of 2026" "only if the newer report brings it";
    "reports" "replies" "all" Sometimes "campaign report of 2026" "only if the newer report brings it";
    "reports" "unsubscribes" "all" Sometimes "campaign report of 2026" "only if the newer report brings it";
    "reports" "unique_opens" "all" Sometimes "campaign report of 2026" "only if the newer report brings it";
    "reports" "unique_clicks" "all" Sometimes "campaign report of 2026" "only if the newer report brings it";
    "reports" "unique_conversions" "all" Sometimes "campaign report of 2026" "only if the newer report brings it";
    "reports" "targeted" "all" Never "" "";
    "reports" "recipients" "all" Never "" "";
    "reports" "hard_bounces" "all" Never "" "";
    "reports" "soft_bounces" "all" Never "" "";
    "reports" "suppressed" "all" Never "" "";
    "reports" "human_opens" "all" Never "" "";
    "reports" "machine_opens" "all" Never "" "";
    "reports" "forwards" "all" Never "" "";
    "reports" "spam_complaints" "all" Never "" "";
    "reports" "uninstalls" "all" Never "" "";
    "reports" "control_recipients" "all" Never "" "";
    "reports" "control_conversions" "all" Never "" "";
    "contacts" "id" "all" Always "profile, profiles, events" "CleverTap's identity, else an object id, else the e-mail address";
    "contacts" "identifiers" "all" Always "profile, profiles, events" "";
    "contacts" "is_anonymous" "all" Always "profile, profiles, events" "";
    "contacts" "custom_fields" "all" Always "profile, profiles, events" "all of profileData that has no field of its own";
    "contacts" "subscriptions" "all" Sometimes "profile, profiles, events" "what the profile says (MSG-…); an address that was opted out as a whole may not show";
    "contacts" "name" "all" Sometimes "profile, profiles, events" "";
    "contacts" "email" "all" Sometimes "profile, profiles, events" "";
    "contacts" "phone" "all" Sometimes "profile, profiles, events" "";
    "contacts" "gender" "all" Sometimes "profile, profiles, events" "";
    "contacts" "birthdate" "all" Sometimes "profile, profiles, events" "";
    "contacts" "timezone" "all" Sometimes "profile, profiles, events" "";
    "contacts" "age" "all" Sometimes "profile, profiles, events" "";
    "contacts" "employed" "all" Sometimes "profile, profiles, events" "";
    "contacts" "married" "all" Sometimes "profile, profiles, events" "";
    "contacts" "education" "all" Sometimes "profile, profiles, events" "";
    "contacts" "photo_url" "all" Sometimes "profile, profiles, events" "";
    "contacts" "customer_type" "all" Sometimes "profile, profiles, events" "";
    "contacts" "devices" "all" Sometimes "profile, profiles, events" "";
    "contacts" "event_summary" "all" Sometimes "profile, profiles" "";
    "contacts" "first_seen_at" "all" Sometimes "profile, profiles" "of the events in event_summary";
    "contacts" "last_seen_at" "all" Sometimes "profile, profiles" "of the events in event_summary";
    "events" "name" "all" Always "the query" "CleverTap does not repeat it";
    "events" "type" "all" Always "the query" "CHARGE for Charged, else TRACK";
    "events" "occurred_at" "all" Always "events" "null without the account's timezone";
    "events" "properties" "all" Always "events" "nested objects are not exported";
    "events" "profile" "all" Always "events" "as of today, not of then";
    "events" "identifiers" "all" Always "events" "";
    "events" "profile_id" "all" Sometimes "events" "";
    "events" "session" "all" Sometimes "events" "";
    "events" "items" "all" Sometimes "events" "of Charged alone";
    "events" "revenue" "all" Sometimes "events" "of Charged alone";
    "events" "currency" "all" Sometimes "events" "of Charged alone";
    "events" "row_key" "all" Always "events" "ours: a hash of what of the event does not change";
    "events" "id" "all" Never "" "CleverTap keeps no ids of events";
    "segments" "id" "all" Always "segments/list" "";
    "segments" "name" "all" Sometimes "segments/list" "only where the account has this undocumented call";
    "segments" "type" "all" Sometimes "segments/list" "only where the account has this undocumented call";
    "segments" "status" "all" Sometimes "segments/list" "only where the account has this undocumented call";
    "segments" "size" "all" Sometimes "segments/list" "only where the account has this undocumented call";
}

/// ISO 8601 duration: "report data can lag up to 4 h", by CleverTap's page on dashboard exports.
pub const REPORT_LAG: &str = "PT4H";

/// The row of a field.
#[must_use]
pub fn field(resource: &str, field: &str) -> Option<&'static FieldRow> {
    FIELDS.iter().find(|row| row.resource == resource && row.field == field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Campaign, Counts};

    /// A record of each resource, with all its fields.
    fn models() -> Vec<(&'static str, serde_json::Map<String, serde_json::Value>)> {
        let object = |value: serde_json::Value| value.as_object().unwrap().clone();
        let event = crate::clevertap::events::any();
        let contact = event.profile.clone();
        let segment = crate::model::segment::Segment {
            id: String::new(),
            name: None,
            kind: None,
            status: None,
            size: None,
            remote_data: None,
        };
        vec![
            (
                "campaigns",
                object(serde_json::to_value(Campaign::bare(String::new(), String::new())).unwrap()),
            ),
            ("reports", object(serde_json::to_value(Counts::default()).unwrap())),
            ("contacts", object(serde_json::to_value(contact).unwrap())),
            ("events", object(serde_json::to_value(event).unwrap())),
            ("segments", object(serde_json::to_value(segment).unwrap())),
        ]
    }

    #[test]
    fn every_field_of_the_model_has_a_row() {
        for (resource, model) in models() {
            for name in model.keys().filter(|name| !name.ends_with("_remote")) {
                assert!(field(resource, name).is_some(), "{resource}.{name}");
            }
        }
        for name in Counts::NAMES {
            assert!(field("reports", name).is_some(), "reports.{name}");
        }
    }

    #[test]
    fn every_row_is_a_field_of_the_model() {
        let models = models();
        for row in FIELDS {
            let (_, model) = models.iter().find(|(resource, _)| *resource == row.resource).unwrap();
            assert!(model.contains_key(row.field), "{}.{}", row.resource, row.field);
        }
    }

    /// The table as the documentation prints it: fields that differ in nothing but their name share a row.
    fn markdown() -> String {
        let same = |left: &FieldRow, right: &FieldRow| {
            FieldRow { field: "", ..*left } == FieldRow { field: "", ..*right }
        };
        let mut rows: Vec<(&FieldRow, Vec<String>)> = Vec::new();
        for row in FIELDS {
            let field = format!("`{}`", row.field);
            match rows.iter_mut().find(|(first, _)| same(first, row)) {
                Some((_, fields)) => fields.push(field),
                None => rows.push((row, vec![field])),
            }
        }
        let mut text =
            String::from("| of | field | channels | reported | from | note |\n|---|---|---|---|---|---|\n");
        for (row, fields) in rows {
            let FieldRow { resource, channels, reported, source, note, .. } = row;
            let (fields, reported) = (fields.join(", "), reported.as_str());
            text.push_str(&format!(
                "| {resource} | {fields} | {channels} | {reported} | {source} | {note} |\n"
            ));
        }
        text.replace("|  |", "| |").replace("|  |", "| |")
    }

    #[test]
    fn the_documentation_prints_this_table() {
        const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/campaigns.md");
        let page = std::fs::read_to_string(PAGE).unwrap();
        let (_, rest) = page.split_once("<!-- fields:begin -->\n").expect("a line <!-- fields:begin -->");
        let (printed, _) = rest.split_once("<!-- fields:end -->").expect("a line <!-- fields:end -->");
        let table = markdown();
        assert!(printed == table, "put this between fields:begin and fields:end of {PAGE}:\n{table}");
    }
}
