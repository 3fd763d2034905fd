//! The pages as browsers read them.
//!
//! `MARKETING_AUTOMATION_PAGES=folder cargo test -p marketing-automation every_page` writes them to look at.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use html5gum::{Token, Tokenizer};
use proptest::prelude::*;
use serde_json::json;
use url::Url;

use super::ending::{DeadLink, ResultView, broken};
use super::entry::{Entry, Field};
use super::explain::Problem;
use super::form::FormView;
use super::onward::{Reference, Status, Way};
use crate::clevertap::credentials::Secret;
use crate::model;
use crate::model::Failure;
use crate::model::error::Refusal;
use crate::service::error::Error;

fn form<'a>() -> FormView<'a> {
    FormView {
        vendor: Some("Acme"),
        seal: "the-seal",
        project_id: "",
        region: "",
        problem: None,
        cancel: None,
    }
}

fn entry(region: &str) -> Entry {
    Entry {
        seal: "the-seal".to_owned(),
        project_id: "TEST-4W5-8Z9".to_owned(),
        passcode: Secret::new("AAA-BBB-CCCC"),
        region: region.to_owned(),
    }
}

fn problem(error: model::Error, region: &str) -> Problem {
    Problem::of_error(&Error::Core(error), &entry(region), "req-1")
}

fn unauthorized() -> model::Error {
    model::Error::Unauthorized { message: "Invalid Credentials".to_owned(), body: json!({}) }
}

fn failed(problem: &Problem) -> String {
    FormView {
        project_id: "TEST-4W5-8Z9",
        region: "in1",
        problem: Some(problem),
        cancel: Some("https://acme.test/?status=cancelled"),
        ..form()
    }
    .render()
}

fn ended(popup: bool, redirect_uri: Option<&str>, is_sealed: bool, vendor: Option<&str>) -> String {
    let uri = redirect_uri.map(|text| Url::parse(text).unwrap());
    let way = Way {
        redirect_uri: uri.as_ref(),
        origin: popup.then_some("https://acme.test"),
        state: Some("s-1"),
        popup,
    };
    let reference = Reference { text: "ia_7".repeat(if is_sealed { 60 } else { 1 }), is_sealed };
    ResultView { vendor, status: Status::Linked, onward: &way.linked(reference) }.render()
}

/// Every page there is, by a name for it.
fn pages() -> BTreeMap<&'static str, String> {
    let back = Some("https://acme.test/back?tab=1");
    let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft & Söhne";
    let unreached = model::Error::TimedOut { what: "GET /v1/connect".to_owned() };
    let denied = model::Error::DeniedByHost { host: "in1.api.clevertap.com".to_owned() };
    let blocked = model::Error::Refused(Refusal {
        status: 403,
        code: Some(403),
        message: "account blocked".to_owned(),
        body: json!({}),
    });
    let empty = Entry {
        seal: String::new(),
        project_id: String::new(),
        passcode: Secret::new(""),
        region: String::new(),
    };
    BTreeMap::from([
        ("form", FormView { cancel: Some("https://acme.test/?status=cancelled"), ..form() }.render()),
        ("form-nameless", FormView { vendor: None, ..form() }.render()),
        ("form-long-name", FormView { vendor: Some(long), ..form() }.render()),
        ("refused", failed(&problem(unauthorized(), "in1"))),
        ("refused-automatic", failed(&problem(unauthorized(), "auto"))),
        ("blocked", failed(&problem(blocked, "in1"))),
        ("unreachable", failed(&problem(unreached, "in1"))),
        ("denied", failed(&problem(denied, "in1"))),
        ("empty", FormView { problem: Problem::of_entry(&empty).as_ref(), ..form() }.render()),
        ("strange", FormView { problem: Some(&Problem::strange()), ..form() }.render()),
        ("linked-go", ended(false, back, false, Some("Acme"))),
        ("linked-post", ended(false, back, true, Some("Acme"))),
        ("linked-done", ended(false, None, false, Some("Acme"))),
        ("linked-code", ended(false, None, true, None)),
        ("linked-popup", ended(true, back, true, Some("Acme"))),
        ("link-unknown", DeadLink::Unknown.render()),
        ("link-expired", DeadLink::Expired.render()),
        ("link-used", DeadLink::Used.render()),
        ("broken", broken("req-1")),
    ])
}

/// A page's tags with the names of their attributes; and every text and value in it, as a browser decodes them.
fn read(page: &str) -> (Vec<String>, Vec<String>) {
    let (mut tags, mut texts) = (Vec::new(), Vec::new());
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    for token in Tokenizer::new(page) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                let names: Vec<String> = tag.attributes.keys().map(|name| text(name)).collect();
                tags.push(format!("<{} {}>", text(&tag.name), names.join(" ")));
                texts.extend(tag.attributes.values().map(|value| text(value)));
            }
            Token::EndTag(tag) => tags.push(format!("</{}>", text(&tag.name))),
            Token::String(string) => texts.push(text(&string)),
            Token::Doctype(_) => {}
            Token::Comment(_) | Token::Error(_) => panic!("{token:?} in {page}"),
        }
    }
    (tags, texts)
}

#[test]
fn every_page_is_whole_and_keeps_the_passcode() {
    let folder = std::env::var_os("MARKETING_AUTOMATION_PAGES");
    for (name, page) in pages() {
        let (tags, texts) = read(&page);
        let count = |start: &str| tags.iter().filter(|tag| tag.starts_with(start)).count();
        assert_eq!(
            (count("<html lang"), count("<title"), count("<main"), count("<h1")),
            (1, 1, 1, 1),
            "{name}"
        );
        assert!(!page.contains("AAA-BBB"), "{name}");
        let forbidden =
            |tag: &&String| tag.contains(" style") || tag.contains(" on") || tag.starts_with("<style");
        assert_eq!(tags.iter().find(forbidden), None, "{name} has what the policy forbids");
        // Nothing from elsewhere.
        let outside = |text: &&String| text.contains("://");
        for text in texts.iter().filter(outside) {
            assert!(text.contains("acme.test") || text.contains("https://in1.dashboard"), "{name}: {text}");
        }
        if let Some(folder) = &folder {
            let folder = Path::new(folder);
            fs::create_dir_all(folder.join("connect")).unwrap();
            fs::write(folder.join("connect.css"), include_str!("assets/connect.css")).unwrap();
            fs::write(folder.join("connect").join(format!("{name}.html")), page).unwrap();
        }
    }
}

#[test]
fn every_field_has_a_label_and_every_reference_a_target() {
    for (name, page) in pages() {
        let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let refers = |attribute: &str| {
            page.split(&format!(" {attribute}=\""))
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .flat_map(str::split_whitespace)
                .map(|id| id.trim_start_matches('#').to_owned())
                .collect::<Vec<_>>()
        };
        for attribute in ["for", "aria-describedby", "aria-labelledby"] {
            for id in refers(attribute) {
                assert!(ids.contains(&id.as_str()), "{name}: {attribute} {id}");
            }
        }
        if page.contains("data-connect=\"form\"") {
            assert_eq!(refers("for"), Field::FILLED.map(Field::name), "{name}");
        }
    }
}

#[test]
fn what_was_entered_stays_but_for_the_passcode() {
    let (_, texts) = read(&failed(&problem(unauthorized(), "in1")));
    assert!(texts.contains(&"TEST-4W5-8Z9".to_owned()));
    let page = failed(&problem(unauthorized(), "in1"));
    assert!(page.contains("<option value=\"in1\" selected>India (in1)</option>"), "{page}");
    assert!(page.contains("<title>Error: Connect CleverTap to Acme</title>"));
    assert!(page.contains("in a wrong region, CleverTap refuses a right passcode just the same"));
    assert!(page.contains("CleverTap’s own words: “Invalid Credentials”"));
}

#[test]
fn failures_stand_at_their_fields() {
    let invalid = model::Error::Invalid(vec![
        Failure::new("region", "is no region"),
        Failure::new("project_id", "has a space"),
    ]);
    let problem = problem(invalid, "in1");
    assert_eq!(problem.status, 422);
    assert_eq!(problem.at(Field::Passcode), None);
    let said = "Enter the project ID as the dashboard shows it, without spaces.";
    let page = failed(&problem);
    assert!(page.contains(&format!("<p class=\"wrong\" id=\"project_id-wrong\">{said}</p>")), "{page}");
    assert!(page.contains("aria-invalid=\"true\" aria-describedby=\"project_id-wrong\""), "{page}");
    assert!(page.contains(&format!("<a href=\"#project_id\">{said}</a>")), "{page}");
    assert!(page.contains("aria-describedby=\"region-wrong region-hint\""), "{page}");
}

#[test]
fn what_is_not_for_the_person_to_mend_has_a_reference() {
    let denied = model::Error::DeniedByHost { host: "in1.api.clevertap.com".to_owned() };
    let of_ours = model::Error::Invalid(vec![Failure::new("timezone", "not a known time zone")]);
    for error in [denied, of_ours] {
        let problem = problem(error, "in1");
        assert_eq!(problem.status, 502);
        assert!(problem.texts.concat().ends_with("with this reference: req-1"), "{problem:?}");
    }
}

#[test]
fn a_text_of_clevertaps_is_cut() {
    let error = model::Error::Unauthorized { message: "ü".repeat(5000), body: json!({}) };
    let quoted = problem(error, "in1").texts.pop().unwrap();
    assert!(
        quoted.chars().filter(|letter| *letter == 'ü').count() == 200 && quoted.ends_with("…”"),
        "{quoted}"
    );
}

proptest! {
    #[test]
    fn no_text_leaves_its_place(text in "\\PC{1,60}") {
        let name = format!("A{text}");
        let marked = |text: &str, name: &str| {
            let problem = problem(model::Error::Unauthorized { message: text.to_owned(), body: json!({}) }, "auto");
            [
                FormView { vendor: Some(name), seal: text, project_id: text, problem: Some(&problem), cancel: Some(text), ..form() }.render(),
                failed(&problem),
                result(name, text),
                broken(text),
            ]
        };
        for (page, plain) in marked(&text, &name).iter().zip(marked("x", "Ax").iter()) {
            let ((tags, texts), (expected, _)) = (read(page), read(plain));
            prop_assert_eq!(tags, expected);
            prop_assert!(texts.iter().any(|found| found.contains(&text)), "{} is not in {}", text, page);
        }
    }
}

fn result(vendor: &str, text: &str) -> String {
    let uri = Url::parse("https://acme.test/back").unwrap();
    let way = Way { redirect_uri: Some(&uri), origin: Some(text), state: Some(text), popup: true };
    let onward = way.linked(Reference { text: text.to_owned(), is_sealed: true });
    ResultView { vendor: Some(vendor), status: Status::Linked, onward: &onward }.render()
}
