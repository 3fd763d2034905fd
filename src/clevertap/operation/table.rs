//! The rows. Columns: constant, name, proxy resource and method, HTTP method and path, replay, scope, protocol,
//! keys of a list, documentation slug, trust.
//!
//! What is not said to be harmless twice is `OnlyIfNotSent`, even by GET: attribution counts, a voucher may be
//! assigned by fetching it. An estimate has a row of its own because `targets.create` with `estimate_only` is
//! told from a real one by its body alone: see [`Call::replay`](crate::clevertap::client::Call).

use super::Family::{Other, Upload as Uploads};
use super::Protocol::{self, Counts, Create, Cursor, Plain, Report, Upload};
use super::Replay::{OnlyIfNotSent, Safe};
use super::Scope::{Read, Write};
use super::Trust::{Documented, Official, ThirdParty};
use super::{Operation, Unreachable};

const BY_QUERY: Protocol = Protocol::Pages { number: "pageNumber", size: "pageSize" };
const BY_BODY: Protocol = Protocol::Pages { number: "page", size: "limit" };

/// Declares the constants and the table of them all.
macro_rules! operations {
    ($($constant:ident $name:literal $resource:literal $proxy:literal $method:literal $path:literal
        $family:expr, $replay:ident $scope:ident $protocol:ident [$($items:literal),*] $doc:literal $trust:ident;)+) => {
        $(
            #[doc = concat!("`", $method, " ", $path, "`")]
            pub static $constant: Operation = Operation {
                name: $name,
                resource: $resource,
                proxy_method: $proxy,
                method: $method,
                path: $path,
                replay: $replay,
                family: $family,
                scope: $scope,
                protocol: $protocol,
                items: &[$($items),*],
                doc: $doc,
                trust: $trust,
            };
        )+

        /// Every endpoint whose path is known.
        pub static OPERATIONS: &[&Operation] = &[$(&$constant),+];
    };
}

#[rustfmt::skip]
operations! {
    // uploads
    PROFILES_UPLOAD "profiles.upload" "profiles" "create" "POST" "/1/upload"
        Uploads, Safe Write Upload [] "upload-user-profiles-api" Documented;
    EVENTS_UPLOAD "events.upload" "events" "create" "POST" "/1/upload"
        Uploads, OnlyIfNotSent Write Upload [] "upload-events-api" Documented;
    DEVICE_TOKENS_UPLOAD "device_tokens.upload" "device_tokens" "create" "POST" "/1/upload"
        Uploads, OnlyIfNotSent Write Upload [] "" Documented;
    UPLOADS_SEND "uploads.send" "uploads" "create" "POST" "/1/upload"
        Uploads, OnlyIfNotSent Write Upload [] "upload-user-profiles-api" Documented;
    // people and what they did
    PROFILE_GET "profile.get" "profiles" "get" "GET" "/1/profile.json"
        Other("/1/profile.json"), Safe Read Plain [] "get-user-profiles-api" Documented;
    PROFILES_EXPORT "profiles.export" "profiles" "list" "POST" "/1/profiles.json"
        Other("/1/profiles.json"), Safe Read Cursor ["records"] "get-user-profiles-api" Documented;
    EVENTS_EXPORT "events.export" "events" "list" "POST" "/1/events.json"
        Other("/1/events.json"), Safe Read Cursor ["records"] "get-events-api" Documented;
    // counts
    COUNTS_EVENTS "counts.events" "counts_events" "list" "POST" "/1/counts/events.json"
        Other("/1/counts/events.json"), Safe Read Counts [] "" Official;
    COUNTS_PROFILES "counts.profiles" "counts_profiles" "list" "POST" "/1/counts/profiles.json"
        Other("/1/counts/profiles.json"), Safe Read Counts [] "" Official;
    COUNTS_TOP "counts.top" "counts_top" "list" "POST" "/1/counts/top.json"
        Other("/1/counts/top.json"), Safe Read Counts [] "" Official;
    COUNTS_TRENDS "counts.trends" "counts_trends" "list" "POST" "/1/counts/trends.json"
        Other("/1/counts/trends.json"), Safe Read Counts [] "" Official;
    COUNTS_NOW "counts.now" "counts_now" "list" "POST" "/1/now.json"
        Other("/1/now.json"), Safe Read Plain [] "" Official;
    // campaigns
    MESSAGES_REPORT "messages.report" "message_reports" "list" "POST" "/1/message/report.json"
        Other("/1/message/report.json"), Safe Read Plain ["messages"] "get-message-reports-api" Documented;
    TARGETS_CREATE "targets.create" "campaigns" "create" "POST" "/1/targets/create.json"
        Other("/1/targets/create.json"), OnlyIfNotSent Write Create [] "create-campaign-api" Documented;
    TARGETS_ESTIMATE "targets.estimate" "campaigns" "estimate" "POST" "/1/targets/estimate.json"
        Other("/1/targets/estimate.json"), Safe Read Create [] "" Official;
    TARGETS_LIST "targets.list" "campaigns" "list" "POST" "/1/targets/list.json"
        Other("/1/targets/list.json"), Safe Read Plain ["targets"] "get-campaigns-api" Documented;
    TARGETS_RESULT "targets.result" "campaigns" "result" "POST" "/1/targets/result.json"
        Other("/1/targets/result.json"), Safe Read Report [] "get-campaign-report-api" Documented;
    TARGETS_STOP "targets.stop" "campaigns" "stop" "POST" "/1/targets/stop.json"
        Other("/1/targets/stop.json"), Safe Write Plain [] "" Official;
    TARGETS_TRIGGER "targets.trigger" "bulletins" "create" "POST" "/1/targets/trigger.json"
        Other("/1/targets/trigger.json"), OnlyIfNotSent Write Plain [] "bulletins-api" Documented;
    // messages to known users
    SEND_PUSH "send.push" "messages" "push" "POST" "/1/send/push.json"
        Other("/1/send/push.json"), OnlyIfNotSent Write Plain [] "create-campaign-api" Documented;
    SEND_EMAIL "send.email" "messages" "email" "POST" "/1/send/email.json"
        Other("/1/send/email.json"), OnlyIfNotSent Write Plain [] "create-campaign-api" Documented;
    SEND_SMS "send.sms" "messages" "sms" "POST" "/1/send/sms.json"
        Other("/1/send/sms.json"), OnlyIfNotSent Write Plain [] "create-campaign-api" Documented;
    SEND_WEBPUSH "send.webpush" "messages" "webpush" "POST" "/1/send/webpush.json"
        Other("/1/send/webpush.json"), OnlyIfNotSent Write Plain [] "create-campaign-api" Documented;
    SEND_WHATSAPP "send.whatsapp" "messages" "whatsapp" "POST" "/1/send/whatsapp.json"
        Other("/1/send/whatsapp.json"), OnlyIfNotSent Write Plain [] "create-campaign-api" Documented;
    SEND_EXTERNAL_TRIGGER "send.external_trigger" "campaigns" "trigger" "POST" "/1/send/externaltrigger.json"
        Other("/1/send/externaltrigger.json"), OnlyIfNotSent Write Plain [] "external-trigger-api" Documented;
    SEND_EXTERNAL_TRIGGERS "send.external_triggers" "campaigns" "trigger_many" "POST" "/2/send/externaltrigger.json"
        Other("/2/send/externaltrigger.json"), OnlyIfNotSent Write Plain [] "external-trigger-api" Documented;
    // administration of profiles
    PROFILES_DELETE "profiles.delete" "profiles" "delete" "POST" "/1/delete/profiles.json"
        Other("/1/delete/profiles.json"), OnlyIfNotSent Write Plain [] "delete-user-profile-api" Documented;
    PROFILES_DEMERGE "profiles.demerge" "profiles" "demerge" "POST" "/1/demerge/profiles.json"
        Other("/1/demerge/profiles.json"), OnlyIfNotSent Write Plain [] "demerge-user-profile-api" Documented;
    SUBSCRIPTIONS_UPDATE "subscriptions.update" "subscriptions" "update" "POST" "/1/subscribe"
        Other("/1/subscribe"), OnlyIfNotSent Write Upload [] "subscribe-api" Documented;
    PHONES_DISASSOCIATE "phones.disassociate" "phones" "disassociate" "POST" "/1/disassociate"
        Other("/1/disassociate"), OnlyIfNotSent Write Upload [] "disassociate-api" Documented;
    // custom lists and segments
    CUSTOM_LISTS_UPLOAD_URL "custom_lists.upload_url" "custom_lists" "upload_url" "POST" "/get_custom_list_segment_url"
        Other("/get_custom_list_segment_url"), Safe Read Plain [] "custom-list-api-teams" Documented;
    CUSTOM_LISTS_COMPLETE "custom_lists.complete" "custom_lists" "create" "POST" "/upload_custom_list_segment_completed"
        Other("/upload_custom_list_segment_completed"), OnlyIfNotSent Write Plain [] "custom-list-api-teams" Documented;
    SEGMENTS_CREATE "segments.create" "segments" "create" "POST" "/api/createSegment"
        Other("/api/createSegment"), OnlyIfNotSent Write Plain [] "create-segment-api" Documented;
    SEGMENTS_UPDATE "segments.update" "segments" "update" "POST" "/api/updateSegment"
        Other("/api/updateSegment"), OnlyIfNotSent Write Plain [] "update-segment-api" Documented;
    SEGMENTS_LIST "segments.list" "segments" "list" "POST" "/1/segments/list.json"
        Other("/1/segments/list.json"), Safe Read BY_BODY ["segments"] "" ThirdParty;
    SEGMENTS_GET "segments.get" "segments" "get" "POST" "/1/segments/get.json"
        Other("/1/segments/get.json"), Safe Read Plain [] "" ThirdParty;
    // catalogs
    CATALOG_FILES_UPLOAD_URL "catalog_files.upload_url" "catalog_files" "upload_url" "POST" "/get_catalog_url"
        Other("/get_catalog_url"), Safe Read Plain [] "catalog-api-endpoints" Documented;
    CATALOG_FILES_MULTIPART_URL "catalog_files.multipart_url" "catalog_files" "multipart_url" "GET" "/get_multipart_upload_catalog_url"
        Other("/get_multipart_upload_catalog_url"), Safe Read Plain [] "catalog-api-endpoints" Documented;
    CATALOG_FILES_COMPLETE "catalog_files.complete" "catalog_files" "create" "POST" "/upload_catalog_completed"
        Other("/upload_catalog_completed"), OnlyIfNotSent Write Plain [] "catalog-api-endpoints" Documented;
    CATALOGS_LIST "catalogs.list" "catalogs" "list" "GET" "/v2/catalogs"
        Other("/v2/catalogs"), Safe Read Plain ["catalogs", "data"] "product-catalog-api" Documented;
    CATALOGS_CREATE "catalogs.create" "catalogs" "create" "POST" "/v2/catalogs"
        Other("/v2/catalogs"), OnlyIfNotSent Write Plain [] "create-catalog-api" Documented;
    CATALOGS_UPLOAD_URL "catalogs.upload_url" "catalogs" "upload_url" "GET" "/v2/catalogs/signedurl"
        Other("/v2/catalogs/signedurl"), Safe Read Plain [] "pre-signed-url-api" Documented;
    CATALOGS_COMPLETE_UPLOAD "catalogs.complete_upload" "catalogs" "complete_upload" "POST" "/v2/catalogs/signedurl/complete"
        Other("/v2/catalogs/signedurl/complete"), OnlyIfNotSent Write Plain [] "mark-a-signed-url-api" Documented;
    CATALOG_PRODUCTS_CREATE "catalog_products.create" "catalog_products" "create" "POST" "/v2/catalogs/{id}/products"
        Other("/v2/catalogs/{id}/products"), OnlyIfNotSent Write Plain [] "create-single-product-api" Documented;
    CATALOG_PRODUCTS_BULK "catalog_products.bulk" "catalog_products" "bulk" "POST" "/v2/catalogs/{id}/products/bulk"
        Other("/v2/catalogs/{id}/products/bulk"), OnlyIfNotSent Write Plain [] "create-products-bulk-api" Documented;
    // schema, settings, content
    SCHEMA_GET "schema.get" "schemas" "list" "GET" "/getSchema"
        Other("/getSchema"), Safe Read Plain ["events", "userProperties"] "get-schema" Documented;
    CATEGORY_GROUPS_LIST "category_groups.list" "category_groups" "list" "GET" "/category-groups"
        Other("/category-groups"), Safe Read Plain ["list"] "settings-api-endpoints" Documented;
    CONTENT_BLOCKS_LIST "content_blocks.list" "content_blocks" "list" "GET" "/v1/contentBlock/list"
        Other("/v1/contentBlock/list"), Safe Read BY_QUERY ["contentBlocks"] "get-content-block-list-api" Documented;
    LOCALISED_CONTENT_BLOCKS_LIST "localised_content_blocks.list" "localised_content_blocks" "list" "GET" "/v1/contentBlock/localise/list"
        Other("/v1/contentBlock/localise/list"), Safe Read BY_QUERY ["contentBlocks"] "" ThirdParty;
    LOCALISED_CONTENT_BLOCKS_GET "localised_content_blocks.get" "localised_content_blocks" "get" "GET" "/v1/contentBlock/localise/info"
        Other("/v1/contentBlock/localise/info"), Safe Read Plain [] "" ThirdParty;
    LOCALISED_CONTENT_BLOCKS_UPSERT "localised_content_blocks.upsert" "localised_content_blocks" "update" "POST" "/v1/contentBlock/localise/upsert"
        Other("/v1/contentBlock/localise/upsert"), OnlyIfNotSent Write Plain [] "" ThirdParty;
    EMAIL_TEMPLATES_CREATE "email_templates.create" "email_templates" "create" "POST" "/v1/email/templates/create"
        Other("/v1/email/templates/create"), OnlyIfNotSent Write Plain [] "email-templates-api" Documented;
    LOCALISED_EMAIL_TEMPLATES_LIST "localised_email_templates.list" "localised_email_templates" "list" "GET" "/v1/email/templates/localise/"
        Other("/v1/email/templates/localise/"), Safe Read BY_QUERY ["templates"] "" ThirdParty;
    LOCALISED_EMAIL_TEMPLATES_UPSERT "localised_email_templates.upsert" "localised_email_templates" "update" "POST" "/v1/email/templates/localise/upsert"
        Other("/v1/email/templates/localise/upsert"), OnlyIfNotSent Write Plain [] "" ThirdParty;
    VARS_CREATE "vars.create" "remote_config_vars" "create" "POST" "/1/createVars"
        Other("/1/createVars"), OnlyIfNotSent Write Plain [] "remote-config-api" Documented;
    VARS_GET "vars.get" "remote_config_vars" "list" "POST" "/1/getVars"
        Other("/1/getVars"), Safe Read Plain [] "remote-config-api" Documented;
    VARS_DELETE "vars.delete" "remote_config_vars" "delete" "POST" "/1/deleteVars"
        Other("/1/deleteVars"), OnlyIfNotSent Write Plain [] "remote-config-api" Documented;
    // promotions
    WALLETS_LIST "wallets.list" "wallets" "list" "GET" "/1/promo/wallets"
        Other("/1/promo/wallets"), Safe Read Plain ["records"] "get-wallet-details" Documented;
    WALLET_TRANSACTIONS_LIST "wallet_transactions.list" "wallet_transactions" "list" "GET" "/1/promo/transactions"
        Other("/1/promo/transactions"), Safe Read Plain ["records"] "get-wallet-transactions" Documented;
    COUPONS_FETCH "coupons.fetch" "coupons" "fetch" "POST" "/1/promo/coupons"
        Other("/1/promo/coupons"), OnlyIfNotSent Write Plain [] "fetch-coupon" Documented;
    COUPONS_VALIDATE "coupons.validate" "coupons" "validate" "POST" "/1/promo/coupons/validate"
        Other("/1/promo/coupons/validate"), Safe Read Plain [] "validate-coupon" Documented;
    COUPONS_REDEEM "coupons.redeem" "coupons" "redeem" "POST" "/1/redeem-revert-coupon.json"
        Other("/1/redeem-revert-coupon.json"), OnlyIfNotSent Write Plain [] "redeemrevert-coupon" Documented;
    VOUCHERS_FETCH "vouchers.fetch" "vouchers" "fetch" "GET" "/1/promo/vouchers"
        Other("/1/promo/vouchers"), OnlyIfNotSent Write Plain [] "fetch-voucher" Documented;
    VOUCHERS_ASSIGN "vouchers.assign" "vouchers" "assign" "GET" "/2/promo/vouchers/assign"
        Other("/2/promo/vouchers/assign"), OnlyIfNotSent Write Plain [] "fetch-voucher" Documented;
    // the rest
    SMS_TEMPLATES_UPDATE "sms_templates.update" "sms_templates" "update" "POST" "/1/update/templateIds.json"
        Other("/1/update/templateIds.json"), OnlyIfNotSent Write Plain [] "" Documented;
    ATTRIBUTIONS_CREATE "attributions.create" "attributions" "create" "GET" "/attribution"
        Other("/attribution"), OnlyIfNotSent Write Plain [] "" Documented;
    CONNECTION_CHECK "connection.check" "connection" "check" "GET" "/v1/connect"
        Other("/v1/connect"), Safe Read Plain [] "authentication" Documented;
}

/// What CleverTap has at addresses that are not published.
pub static UNREACHABLE: &[Unreachable] = &[
    Unreachable {
        resource: "notifications",
        proxy_method: "create",
        reason: "Notify is a private beta whose path is not public: ask CleverTap for it and use /custom",
    },
    Unreachable {
        resource: "app_inbox_messages",
        proxy_method: "list",
        reason: "the App Inbox API's paths are not public: ask CleverTap for them and use /custom",
    },
    Unreachable {
        resource: "app_inbox_messages",
        proxy_method: "mark_read",
        reason: "the App Inbox API's paths are not public: ask CleverTap for them and use /custom",
    },
    Unreachable {
        resource: "app_inbox_messages",
        proxy_method: "mark_clicked",
        reason: "the App Inbox API's paths are not public: ask CleverTap for them and use /custom",
    },
    Unreachable {
        resource: "wallets",
        proxy_method: "update",
        reason: "the path to debit or credit a wallet is not public: ask CleverTap for it and use /custom",
    },
    Unreachable {
        resource: "email_templates",
        proxy_method: "list",
        reason: "the paths to read, update and delete e-mail templates are not public: use /custom, or localised_email_templates",
    },
    Unreachable {
        resource: "content_blocks",
        proxy_method: "get",
        reason: "the paths to read, create and update one content block are not public: use /custom, or localised_content_blocks",
    },
];
