//! Which answers show that credentials are accepted, and where.

use super::*;
use crate::clevertap::region::{Region, RegionChoice};

fn in_region(region: &str) -> Account {
    Account::open(Connection { region: region.to_owned(), ..testing::connection() }).unwrap()
}

fn verify(host: &FakeHost, account: &Account) -> Result<Verified, Error> {
    host.run(Session::open(host, account, Trace::default()).verify())
}

#[test]
fn verifying_asks_connect() {
    let host = FakeHost::scripted([success()]);
    let verified = verify(&host, &in_region("mec1")).unwrap();
    assert_eq!((verified.region.as_str(), verified.host.as_str()), ("mec1", "mec1.api.clevertap.com"));
    assert_eq!(verified.checked_with, "GET /v1/connect");
    assert_eq!(host.sent()[0].target, "/v1/connect?partner=unified-marketing-automation");
    let host = FakeHost::scripted([fail(401, "Invalid Credentials", 401)]);
    assert!(matches!(verify(&host, &in_region("mec1")), Err(Error::Unauthorized { .. })));
}

#[test]
fn verifying_falls_back_to_a_harmless_read() {
    for reply in [
        Reply::text(404, ""),
        Reply::text(200, ""),
        fail(200, "unknown partner", 400),
        fail(403, "partner", 403),
    ] {
        let host =
            FakeHost::scripted([reply, Reply::json(200, &json!({"status": "success", "targets": []}))]);
        assert_eq!(verify(&host, &in_region("in1")).unwrap().checked_with, "POST /1/targets/list.json");
        assert_eq!(host.sent()[1].json(), json!({"from": 20_200_101, "to": 20_200_101}));
    }
    let host = FakeHost::scripted([Reply::text(200, ""), fail(401, "Account ID is not valid", 401)]);
    assert!(matches!(verify(&host, &in_region("in1")), Err(Error::Unauthorized { .. })));
}

#[test]
fn auto_finds_the_region_and_keeps_it() {
    let script = |sent: &Sent| match sent.origin.as_str() {
        "https://aps3.api.clevertap.com" => success(),
        "https://us1.api.clevertap.com" => Reply::never(),
        _ => fail(401, "Invalid Credentials", 401),
    };
    let host = FakeHost::answering(script);
    let account = in_region("auto");
    assert!(matches!(
        host.run(Session::open(&host, &account, Trace::default()).done(&TARGETS_LIST, Call::default())),
        Err(Error::Invalid(_))
    ));
    assert!(host.sent().is_empty(), "nothing but verifying resolves auto");
    assert_eq!(verify(&host, &account).unwrap().region, "aps3");
    assert_eq!(account.region.get(), RegionChoice::One(Region::Aps3));
    assert_eq!(account.base_url().unwrap().as_str(), "https://aps3.api.clevertap.com/");

    let host = FakeHost::answering(|sent| {
        if sent.origin.contains("sk1") {
            Reply::fail(SendError::Denied)
        } else {
            fail(401, "Invalid Credentials", 401)
        }
    });
    match verify(&host, &in_region("auto")) {
        Err(Error::Unauthorized { message, .. }) => assert!(
            message.contains("eu1, in1, us1, sg1, aps3, mec1") && message.contains("sk1 (denied_by_host)"),
            "{message}"
        ),
        other => panic!("{other:?}"),
    }
    let host = FakeHost::answering(|_| Reply::fail(SendError::Denied));
    assert!(matches!(verify(&host, &in_region("auto")), Err(Error::DeniedByHost { .. })));
}
