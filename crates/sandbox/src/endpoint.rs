//! The table of endpoints: method, path, what it may do, where it is known
//! from. Paths and numbers are those of section 5 of the API reference.

use crate::visit::Handler;
use crate::{
    catalogs, content, counts, export, profile, profiles_admin, promo, report, segments, settings,
    target_list, target_result, targets, trends, triggers, upload,
};

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) method: &'static str,
    /// `{}` stands for one segment.
    pub(crate) path: &'static str,
    pub(crate) handler: Handler,
    /// Whether it stores something, so that it can be lost after it was stored.
    pub(crate) writes: bool,
    /// Where it is known from.
    pub(crate) source: &'static str,
}

const fn read(m: &'static str, path: &'static str, handler: Handler, source: &'static str) -> Endpoint {
    Endpoint { method: m, path, handler, writes: false, source }
}

const fn write(m: &'static str, path: &'static str, handler: Handler, source: &'static str) -> Endpoint {
    Endpoint { method: m, path, handler, writes: true, source }
}

#[rustfmt::skip]
pub(crate) static ENDPOINTS: &[Endpoint] = &[
    // Users and events.
    write("POST", "/1/upload", upload::upload, "section 6, [DOC] S:upload"),
    read("GET", "/1/profile.json", profile::profile, "section 8.1, [OFF] S:snippets"),
    read("POST", "/1/profiles.json", export::open_profiles, "section 8.2, [OFF] S:snippets"),
    read("GET", "/1/profiles.json", export::read_profiles, "section 8.2, [OFF] S:snippets"),
    read("POST", "/1/events.json", export::open_events, "section 9, [OFF] S:snippets"),
    read("GET", "/1/events.json", export::read_events, "section 9, [REC] S:quickhouse"),
    read("POST", "/1/counts/events.json", counts::events, "section 10.2, [OFF] S:snippets"),
    read("GET", "/1/counts/events.json", counts::events, "section 10.1, [OFF] S:snippets"),
    read("POST", "/1/counts/profiles.json", counts::profiles, "section 10.2, [OFF] S:snippets"),
    read("GET", "/1/counts/profiles.json", counts::profiles, "section 10.1, [OFF] S:snippets"),
    read("POST", "/1/counts/top.json", counts::top, "section 10.3, [OFF] S:snippets"),
    read("GET", "/1/counts/top.json", counts::top, "section 10.1, [OFF] S:snippets"),
    read("POST", "/1/counts/trends.json", trends::trends, "section 10.4, [OFF] S:snippets"),
    read("GET", "/1/counts/trends.json", trends::trends, "section 10.1, [OFF] S:snippets"),
    read("POST", "/1/now.json", counts::now, "section 10.5, [OFF] S:snippets"),
    // Reports and campaigns.
    read("POST", "/1/message/report.json", report::report, "section 11, [DOC] S:msgreport"),
    read("POST", "/1/targets/list.json", target_list::list, "section 12.3, [DOC] S:campaigns"),
    read("POST", "/1/targets/result.json", target_result::result, "section 12.5, [OFF] S:snippets"),
    write("POST", "/1/targets/create.json", targets::create, "section 12.1, [DOC] S:create"),
    read("POST", "/1/targets/estimate.json", targets::estimate, "section 12.2, [OFF] S:node"),
    write("POST", "/1/targets/stop.json", targets::stop, "section 12.4, [OFF] S:snippets"),
    write("POST", "/1/targets/trigger.json", triggers::bulletin, "section 13.3, [DOC] S:docs-mirror"),
    // Messages.
    write("POST", "/1/send/push.json", triggers::send, "section 13.1, [OFF] S:snippets"),
    write("POST", "/1/send/email.json", triggers::send, "section 13.1, [OFF] S:snippets"),
    write("POST", "/1/send/sms.json", triggers::send, "section 13.1, [OFF] S:snippets"),
    write("POST", "/1/send/webpush.json", triggers::send, "section 13.1, [OFF] S:snippets"),
    write("POST", "/1/send/whatsapp.json", triggers::send, "section 13.1, [DOC] S:create"),
    write("POST", "/1/send/externaltrigger.json", triggers::external, "section 13.2, [DOC] S:exttrigger"),
    write("POST", "/2/send/externaltrigger.json", triggers::external_many, "section 13.2, [DOC] S:exttrigger"),
    // Users, administered.
    write("POST", "/1/delete/profiles.json", profiles_admin::delete, "section 14, [OFF] S:node"),
    write("POST", "/1/demerge/profiles.json", profiles_admin::demerge, "section 14, [OFF] S:node"),
    write("POST", "/1/subscribe", profiles_admin::subscribe, "section 14, [DOC] S:subscribe"),
    write("POST", "/1/disassociate", profiles_admin::disassociate, "section 14, [DOC] S:disassociate"),
    // Custom lists and segments.
    read("POST", "/get_custom_list_segment_url", segments::list_url, "section 15.1, [3P] S:rudder-s"),
    write("POST", "/upload_custom_list_segment_completed", segments::list_completed, "section 15.1, [3P] S:rudder-s"),
    write("POST", "/api/createSegment", segments::create, "section 15.2, [DOC] S:createseg"),
    write("POST", "/api/updateSegment", segments::update, "section 15.2, [DOC] S:updateseg"),
    read("POST", "/1/segments/list.json", segments::list, "section 15.3, [3P] S:bswaroop"),
    read("POST", "/1/segments/get.json", segments::get, "section 15.3, [3P] S:bswaroop"),
    // Catalogs.
    read("POST", "/get_catalog_url", catalogs::url, "section 16.1, [OFF] S:vtex"),
    read("GET", "/get_multipart_upload_catalog_url", catalogs::multipart_url, "section 16.1, [3P] S:accio"),
    write("POST", "/upload_catalog_completed", catalogs::completed, "section 16.1, [OFF] S:vtex"),
    write("POST", "/v2/catalogs", catalogs::create, "section 16.2, [DOC] S:catalog2"),
    read("GET", "/v2/catalogs", catalogs::list, "section 16.2, [DOC] S:catalog2"),
    read("GET", "/v2/catalogs/signedurl", catalogs::signed_url, "section 16.2, [DOC] S:catalog2"),
    write("POST", "/v2/catalogs/signedurl/complete", catalogs::accept, "section 16.2, [DOC] S:catalog2"),
    read("GET", "/v2/catalogs/{}", catalogs::get, "section 16.2, [DOC] S:catalog2"),
    write("PUT", "/v2/catalogs/{}", catalogs::update, "section 16.2, [DOC] S:catalog2"),
    write("DELETE", "/v2/catalogs/{}", catalogs::delete, "section 16.2, [DOC] S:catalog2"),
    write("POST", "/v2/catalogs/{}/products", catalogs::accept, "section 16.2, [DOC] S:catalog2"),
    write("POST", "/v2/catalogs/{}/products/bulk", catalogs::accept, "section 16.2, [DOC] S:catalog2"),
    // Content, schema, settings, remote config.
    read("GET", "/getSchema", settings::schema, "section 17, [3P] S:ingestr"),
    read("GET", "/category-groups", settings::category_groups, "section 17, [3P] S:ingestr"),
    read("GET", "/v1/contentBlock/list", content::blocks, "section 17, [3P] S:ingestr"),
    write("POST", "/v1/contentBlock/create", content::create_block, "section 17, [INF]"),
    read("GET", "/v1/contentBlock/localise/list", content::localised_blocks, "section 17, [3P] S:lokalise"),
    read("GET", "/v1/contentBlock/localise/info", content::block_info, "section 17, [3P] S:lokalise"),
    write("POST", "/v1/contentBlock/localise/upsert", content::accept, "section 17, [3P] S:lokalise"),
    write("POST", "/v1/email/templates/create", content::create_template, "section 17, [DOC] S:templates"),
    read("GET", "/v1/email/templates", content::templates, "section 17, [INF]"),
    read("GET", "/v1/email/templates/localise/", content::templates, "section 17, [3P] S:lokalise"),
    write("POST", "/v1/email/templates/localise/upsert", content::accept, "section 17, [3P] S:lokalise"),
    read("GET", "/v1/email/templates/{}", content::template, "section 17, [INF]"),
    write("PUT", "/v1/email/templates/{}", content::update_template, "section 17, [INF]"),
    write("DELETE", "/v1/email/templates/{}", content::delete_template, "section 17, [INF]"),
    write("POST", "/1/createVars", settings::create_vars, "section 17, [3P] S:accio"),
    read("POST", "/1/getVars", settings::get_vars, "section 17, [3P] S:accio"),
    write("POST", "/1/deleteVars", settings::delete_vars, "section 17, [3P] S:accio"),
    // Promo.
    read("GET", "/1/promo/wallets", promo::wallets, "section 18.1, [DOC] S:wallet"),
    read("GET", "/1/promo/transactions", promo::transactions, "section 18.1, [DOC] S:promo"),
    read("POST", "/1/promo/coupons", promo::coupons, "section 18.1, [DOC] S:coupon"),
    read("POST", "/1/promo/coupons/validate", promo::validate, "section 18.1, [DOC] S:promo"),
    write("POST", "/1/redeem-revert-coupon.json", promo::redeem, "section 18.1, [DOC] S:promo"),
    read("GET", "/1/promo/vouchers", promo::vouchers, "section 18.1, [DOC] S:voucher"),
    read("GET", "/2/promo/vouchers/assign", promo::vouchers, "section 18.1, [DOC] S:voucher"),
    // Miscellaneous.
    write("POST", "/1/update/templateIds.json", settings::template_ids, "section 18.3, [DOC] S:docs-mirror"),
    write("GET", "/attribution", settings::attribution, "section 18.3, [DOC] S:docs-mirror"),
    read("GET", "/v1/connect", settings::connect, "section 2, [DOC] S:auth"),
];

/// What the table says about a method and a path.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    Endpoint(&'static Endpoint, Vec<&'a str>),
    WrongMethod,
    Nothing,
}

pub(crate) fn find<'a>(method: &str, path: &'a str) -> Found<'a> {
    let mut found = Found::Nothing;
    // Literal paths before patterns.
    let exact = |endpoint: &&Endpoint| !endpoint.path.contains("{}");
    let literals = ENDPOINTS.iter().filter(exact);
    let patterns = ENDPOINTS.iter().filter(|endpoint| !exact(endpoint));
    for endpoint in literals.chain(patterns) {
        let Some(segments) = matches(endpoint.path, path) else {
            continue;
        };
        if endpoint.method == method {
            return Found::Endpoint(endpoint, segments);
        }
        found = Found::WrongMethod;
    }
    found
}

fn matches<'a>(pattern: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let mut segments = Vec::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(segments),
            (Some("{}"), Some(segment)) if !segment.is_empty() => segments.push(segment),
            (Some(want), Some(segment)) if want == segment => {}
            _ => return None,
        }
    }
}

/// All paths, for the explanation of an unexpected call.
pub(crate) fn known() -> String {
    let mut known: Vec<_> =
        ENDPOINTS.iter().map(|endpoint| format!("{} {}", endpoint.method, endpoint.path)).collect();
    known.dedup();
    known.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_whole_segments() {
        assert_eq!(matches("/v2/catalogs/{}/products", "/v2/catalogs/7/products"), Some(vec!["7"]));
        assert_eq!(matches("/v2/catalogs/{}", "/v2/catalogs/"), None);
        assert_eq!(matches("/1/upload", "/1/upload/"), None);
        assert!(matches!(find("GET", "/1/message/report.json"), Found::WrongMethod));
        assert!(matches!(find("GET", "/1/foo"), Found::Nothing));
    }
}
