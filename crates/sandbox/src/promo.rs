//! Wallets, coupons, vouchers (section 18.1).

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::people::Id;
use crate::visit::{Reply, Visit};

/// [DOC] S:wallet: none valid is HTTP 400 "Invalid identity".
fn known_user(visit: &Visit<'_>) -> Result<String, Answer> {
    type Kind = fn(String) -> Id;
    let kinds: [(&str, Kind); 3] =
        [("identity", Id::Identity), ("email", Id::Email), ("objectId", Id::Device)];
    kinds
        .into_iter()
        .filter_map(|(name, kind)| visit.request.param(name).map(|value| (kind(value.clone()), value)))
        .find(|(id, _)| visit.account.people.find(id).is_some())
        .map(|(_, value)| value)
        .ok_or_else(|| Answer::fail(400, "Invalid identity", 400))
}

/// `GET /1/promo/wallets`: [DOC] S:wallet (cut after `walletName`; the rest is [INF]).
pub(crate) fn wallets(visit: &mut Visit<'_>) -> Reply {
    known_user(visit)?;
    let records = json!([{ "walletId": 1000, "walletName": "Super wallet", "balance": 250 }]);
    Ok(Answer::ok(&json!({ "status": "success", "records": records })))
}

/// `GET /1/promo/transactions`: [DOC], section 18.1; record keys are [INF].
pub(crate) fn transactions(visit: &mut Visit<'_>) -> Reply {
    known_user(visit)?;
    let page = visit.request.param("page").unwrap_or_else(|| "1".to_owned());
    let records = if page == "1" {
        json!([{ "transactionId": 1, "type": "credit", "amount": 250, "orderId": "A-1" }])
    } else {
        json!([])
    };
    Ok(Answer::ok(&json!({ "status": "success", "records": records })))
}

/// `POST /1/promo/coupons`: [DOC] S:coupon; the answer is [UNK].
pub(crate) fn coupons(visit: &mut Visit<'_>) -> Reply {
    known_user(visit)?;
    let records = json!([{ "couponCode": "WELCOME10", "campaignId": 1500, "status": "active" }]);
    Ok(Answer::ok(&json!({ "status": "success", "records": records })))
}

/// `POST /1/promo/coupons/validate`: [DOC], section 18.1; the answer is [UNK].
pub(crate) fn validate(visit: &mut Visit<'_>) -> Reply {
    known_user(visit)?;
    Ok(Answer::ok(&json!({ "status": "success", "valid": true })))
}

/// `POST /1/redeem-revert-coupon.json`: [DOC], section 18.1; the answer is [UNK].
pub(crate) fn redeem(visit: &mut Visit<'_>) -> Reply {
    known_user(visit)?;
    if !matches!(visit.request.param("type").as_deref(), Some("redeem" | "revert")) {
        return Err(Answer::explained("`type` is redeem or revert"));
    }
    let body = visit.request.json_or_null()?;
    visit.remember(body);
    Ok(Answer::success())
}

/// `GET /1/promo/vouchers`, `/2/promo/vouchers/assign`: [DOC] S:voucher.
pub(crate) fn vouchers(visit: &mut Visit<'_>) -> Reply {
    known_user(visit)?;
    let record: Value = json!({
        "listExpiry": 1_767_225_600,
        "listTag": "winter",
        "partner": "BOOKSHOP",
        "campaignId": 1500,
        "externalVoucherId": 1434,
        "listName": "FLAT500",
        "listDescription": "500 off the next order",
    });
    Ok(Answer::ok(&json!({ "status": "success", "records": [record] })))
}
