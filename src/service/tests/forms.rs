//! Query forms: what Truto's clients send, and what is done with it.

use proptest::prelude::*;

use super::*;
use crate::clevertap::campaigns::Period;
use crate::service::error::Error;
use crate::service::period::half_open;
use crate::service::query::{Query, Range, Reader};

fn reading<T>(query: &str, read: impl FnOnce(&Reader<'_>) -> T) -> Result<T, Error> {
    let query = Query::parse(query)?;
    let reader = Reader::new(&query);
    let value = read(&reader);
    reader.finish()?;
    Ok(value)
}

#[test]
fn lists_in_all_their_forms() {
    for query in [
        "f=a,b",
        "f=a%2Cb",
        "f=a&f=b",
        "f[]=a&f[]=b",
        "f%5B%5D=a&f%5B%5D=b",
        "f[0]=a&f[1]=b",
        "f%5B0%5D=a&f%5B1%5D=b",
        "f[in]=a,b",
        "f=a&f[1]=+b+",
        "&&f=a,,b&f=&f[]=",
    ] {
        let list =
            reading(query, |reader| reader.list("f").into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(list.unwrap(), ["a", "b"], "{query}");
    }
    for query in ["f[gte]=a", "f[0][1]=a", "f[0=a", "f]=a"] {
        assert!(reading(query, |reader| reader.list("f").len()).is_err(), "{query}");
    }
}

#[test]
fn single_values() {
    let text = |query| reading(query, |reader| reader.text("a").map(str::to_owned));
    assert_eq!(text("a=x%20y+z"), Ok(Some("x y z".to_owned())));
    assert_eq!(text("a=x=y"), Ok(Some("x=y".to_owned())));
    assert_eq!(text("a[eq]=x"), Ok(Some("x".to_owned())));
    for empty in ["", "a", "a=", "a=&a="] {
        assert_eq!(text(empty), Ok(None), "{empty}");
    }
    assert_eq!(text("a=x&a=x&a="), Ok(Some("x".to_owned())));
    for bad in ["a=x&a=y", "a[gte]=x", "a=%zz", "a=%F", "a=%FF", "b=x"] {
        assert!(text(bad).is_err(), "{bad}");
    }
}

#[test]
fn what_nobody_asked_for_is_an_error_that_lists_what_is_taken() {
    let answer =
        ask_alone(get(&format!("{CAMPAIGNS}?integrated_account_id=acme&colour=red&limits=5&colour=blue")));
    assert_eq!(answer.problem(), (400, "invalid".to_owned()));
    let failures = answer.json()["details"]["failures"].clone();
    assert_eq!(failures.as_array().unwrap().len(), 2, "{failures}");
    assert_eq!(failures[0]["field"], "colour");
    let message = failures[1]["message"].as_str().unwrap();
    for name in ["integrated_account_id", "limit", "next_cursor", "status", "truto_exclude_fields"] {
        assert!(message.contains(name), "{message}");
    }
    assert!(!answer.text().contains("blue"));
}

#[test]
fn a_missing_account_is_missing_and_an_unknown_one_not_found() {
    for path in [CAMPAIGNS, REPORTS, "/custom/1/x", &format!("{CAMPAIGNS}/7")] {
        for query in ["", "?integrated_account_id="] {
            let answer = ask_alone(get(&format!("{path}{query}")));
            assert_eq!(answer.problem(), (400, "invalid".to_owned()), "{path}{query}");
            let insight = &answer.json()["truto_error_insight"]["missing_required_query_parameters"];
            assert_eq!(insight["value"], json!(["integrated_account_id"]));
        }
        let answer = ask_alone(get(&format!("{path}?integrated_account_id=nobody")));
        assert_eq!(answer.problem(), (404, "account_not_found".to_owned()));
        assert!(!answer.text().contains("acme"));
    }
}

#[test]
fn parameters_that_cannot_be_honoured_say_why() {
    for (query, words) in [
        ("limit=0", "1 to 500"),
        ("limit=501", "1 to 500"),
        ("limit=ten", "1 to 500"),
        ("sort_by=name", "-scheduled_at only"),
        ("created_at[gte]=2026-01-01", "scheduled_at"),
        ("updated_at%5Bgt%5D=2026-01-01", "scheduled_at"),
        ("status=GONE", "RUNNING"),
        ("channel=pigeon", "web_push"),
        ("source=both", "all, api, dashboard"),
        ("next_cursor=a&cursor=b", "give one of them"),
        ("scheduled_at=2026-01-01", "scheduled_at[gte]"),
        ("scheduled_at[eq]=2026-01-01", "scheduled_at[gte]"),
        ("scheduled_at[gte]=yesterday", "a day such as 2026-01-31"),
        ("scheduled_at[gt]=2026-01-01", "takes an instant"),
        ("scheduled_at[gt]=2026-01-01T00:00:00Z&scheduled_at[gte]=2026-01-01", "give one of them"),
        ("truto_response_format=debug", "several of CleverTap's calls"),
        ("truto_response_format=stream", "/custom"),
        ("truto_response_format=xml", "unified, raw, normalized"),
        ("truto_response_format=raw&truto_ignore_remote_data=true", "give one of them"),
        ("truto_ignore_remote_data=maybe", "true or false"),
        ("truto_ignore_limit=true", "next_cursor"),
        ("truto_skip_api_call=true", "not supported"),
        ("truto_super_query=apac", "synced copy"),
        ("truto_body_passthrough=true", "/custom"),
        ("remote_query[foo]=bar", "/proxy"),
    ] {
        let answer = ask_alone(get(&format!("{CAMPAIGNS}?integrated_account_id=acme&{query}")));
        assert_eq!(answer.problem(), (400, "invalid".to_owned()), "{query}");
        let message = answer.message();
        let name = query.split(['=', '[', '%']).next().unwrap();
        assert!(message.contains(words) && message.contains(name), "{query}: {message}");
    }
}

fn period(range: Range) -> Result<Period, Error> {
    let query = Query::default();
    let reader = Reader::new(&query);
    let period = half_open(&reader, "at", range);
    reader.finish()?;
    Ok(period)
}

#[test]
fn bounds_become_half_open_periods() {
    let some = |text: &str| Some(text.to_owned());
    let start = |gte, gt| period(Range { gte, gt, ..Range::default() }).unwrap().start;
    let end = |lt, lte| period(Range { lt, lte, ..Range::default() }).unwrap().end;
    assert_eq!(start(None, None), None);
    assert_eq!(start(some("2026-01-31"), None), some("2026-01-31"));
    assert_eq!(start(some("2026-01-31T23:59:59Z"), None), some("2026-01-31T23:59:59Z"));
    assert_eq!(start(None, some("2026-01-31T23:59:59Z")), some("2026-02-01T00:00:00Z"));
    assert_eq!(start(some("2026-01-31T23:59:58.5Z"), None), some("2026-01-31T23:59:59Z"));
    assert_eq!(start(None, some("2026-01-31T23:59:58.5Z")), some("2026-01-31T23:59:59Z"));
    assert_eq!(start(some("2026-01-31T10:00:00+05:30"), None), some("2026-01-31T10:00:00+05:30"));
    assert_eq!(end(some("2026-01-31"), None), some("2026-01-31"));
    assert_eq!(end(None, some("2026-01-31T00:00:00Z")), some("2026-01-31T00:00:01Z"));
    assert_eq!(end(some("2026-01-31T00:00:00.25Z"), None), some("2026-01-31T00:00:01Z"));
    assert!(period(Range { lte: some("2026-01-31"), ..Range::default() }).is_err());
    assert!(period(Range { lt: some("9999-12-31T23:59:59.5Z"), ..Range::default() }).is_err());
}

/// Encodes as the `qs` package does by default: all but letters, digits and `-_.~`, brackets included.
fn encoded(text: &str) -> String {
    crate::service::target::encode(text)
}

proptest! {
    #[test]
    fn what_is_encoded_is_read_back(pairs in proptest::collection::vec(("[a-z]{1,6}", "[a-z]{1,3}", "[^,]{1,12}"), 0..6)) {
        let query: Vec<String> = pairs.iter()
            .map(|(name, key, value)| format!("{}={}", encoded(&format!("{name}[{key}]")), encoded(value)))
            .collect();
        let query = Query::parse(&query.join("&")).unwrap();
        let reader = Reader::new(&query);
        let read: Vec<_> = reader.rest().into_iter()
            .map(|parameter| (parameter.name.clone(), parameter.keys.join("|"), parameter.value.clone()))
            .collect();
        prop_assert_eq!(read, pairs);
        prop_assert!(reader.finish().is_ok());
    }
}
