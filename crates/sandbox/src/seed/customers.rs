//! Customers: any number of people who all did one thing, with the values that forms and imports leave in a
//! profile. For exports of audiences.
//!
//! | number % 8 | e-mail | phone | name | town, country, postcode |
//! |---|---|---|---|---|
//! | 0 | plain | yes | two words | all |
//! | 1 | at Gmail: capitals, dots, a tag, spaces around | no | two words | all |
//! | 2 | none | yes | two words | all |
//! | 3 | no address | no | one word | none |
//! | 4 | in capitals | yes | three words | all |
//! | 5 | plain | no | apostrophe and hyphen | all, with accents |
//! | 6 | plain | yes | two words | no postcode |
//! | 7 | a SHA-256 in hexadecimal | no | none | none |

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, json};

use crate::clock::epoch;
use crate::people::{Event, People};
use crate::person::Person;
use crate::rng::Rng;

/// What each of them did, once.
const EVENT: &str = "Signed Up";
/// How far back.
const SECONDS: i64 = 20 * 86_400;
const FIRST: &[&str] = &["Asha", "Jonas", "Mei", "Omar", "Lucía", "Zoë", "Kwame", "Noor"];
const LAST: &[&str] = &["Iyer", "Keller", "Tan", "Haddad", "Ortega", "Blum", "Mensah", "Rao"];
const PLACES: &[(&str, &str, &str)] = &[
    ("Menlo Park", "us", "94025"),
    ("Pune", "IN", "411001"),
    ("Berlin", " de ", "10115"),
    ("Nairobi", "KE", "00100"),
];

/// Adds so many customers, and what they did, one after another up to a minute ago.
pub(crate) fn customers(people: &mut People, count: usize, seed: u64, now: DateTime, zone: &TimeZone) {
    let mut rng = Rng::of(seed, "customers");
    let span = i64::try_from(count).unwrap_or(i64::MAX).max(1);
    let first = epoch(now, zone) - SECONDS;
    for (number, place) in (0..count).zip(0i64..) {
        let person = people.add(customer(&mut rng, number));
        let event = Event {
            name: EVENT.to_owned(),
            at: first + (SECONDS - 60) * place / span,
            local: 0,
            person,
            object_id: None,
            props: Map::new(),
            session: Map::new(),
            uploaded: false,
        };
        people.record(event, zone);
    }
}

fn customer(rng: &mut Rng, number: usize) -> Person {
    let (first, last) = (rng.pick(FIRST), rng.pick(LAST));
    let (town, country, postcode) = rng.pick(PLACES);
    let form = number % 8;
    let email = match form {
        1 => Some(format!(" Customer.{number}+News@Gmail.COM ")),
        2 => None,
        3 => Some("nobody".to_owned()),
        4 => Some(format!("CUSTOMER-{number}@EXAMPLE.COM")),
        7 => Some(format!("{:016X}{:016X}{:016X}{number:016X}", rng.next(), rng.next(), rng.next())),
        _ => Some(format!("customer-{number}@example.com")),
    };
    let name = match form {
        3 => Some(first.to_owned()),
        4 => Some(format!("{first} de {last}")),
        5 => Some(format!("{first}-{first} O'{last}")),
        7 => None,
        _ => Some(format!("{first} {last}")),
    };
    let (town, country, postcode) = match form {
        3 | 7 => (None, None, None),
        5 => (Some("São Paulo"), Some("br"), Some("01310-100")),
        6 => (Some(town), Some(country), None),
        _ => (Some(town), Some(country), Some(postcode)),
    };
    let place = [("Town", town), ("Country", country), ("Postcode", postcode)];
    Person {
        identities: vec![format!("customer-{number}")],
        email,
        phone: [0, 2, 4, 6].contains(&form).then(|| 918_000_000_000 + i64::try_from(number).unwrap_or(0)),
        name,
        data: place.into_iter().filter_map(|(key, text)| Some((key.to_owned(), json!(text?)))).collect(),
        ..Person::default()
    }
}
