//! Generated users and what they did in the last two months.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::clock::epoch;
use crate::people::{Event, People};
use crate::person::{Device, Person};
use crate::rng::Rng;

const FIRST: &[&str] =
    &["Asha", "Jonas", "Mei", "Omar", "Lucía", "Ravi", "Zoë", "Kwame", "Ines", "Arjun", "Noor", "Leo"];
const LAST: &[&str] =
    &["Iyer", "Keller", "Tan", "Haddad", "Ortega", "Menon", "Blum", "Mensah", "Sousa", "Rao"];
const TYPES: &[&str] = &["Platinum", "Gold", "Silver", "Trial"];
const LANGUAGES: &[&str] = &["en", "hi", "de", "fr"];
const PRODUCTS: &[(&str, &str, u32)] = &[
    ("Trail Shoes", "Sport", 4_990),
    ("Rain Jacket", "Outdoor", 7_450),
    ("Mug", "Home", 390),
    ("Desk Lamp", "Home", 2_190),
    ("Yoga Mat", "Sport", 1_290),
    ("Backpack", "Outdoor", 3_790),
];
/// The generated events and their weights.
const EVENTS: &[(&str, u64)] = &[
    ("App Launched", 40),
    ("Product Viewed", 30),
    ("Added To Cart", 12),
    ("Charged", 10),
    ("Search", 5),
    ("App Uninstalled", 3),
];
/// How far back events go.
const SECONDS: i64 = 60 * 86_400;

pub(crate) fn people(profiles: usize, events: usize, seed: u64, now: DateTime, zone: &TimeZone) -> People {
    let mut rng = Rng::of(seed, "people");
    let mut people = People::default();
    for number in 1..=profiles {
        people.add(person(&mut rng, number));
    }
    let until = epoch(now, zone);
    let mut times: Vec<_> = (0..events).map(|_| until - rng.between(60, SECONDS)).collect();
    times.sort_unstable();
    if profiles > 0 {
        for at in times {
            let event = event(&mut rng, &people, at);
            people.record(event, zone);
        }
    }
    people
}

fn person(rng: &mut Rng, number: usize) -> Person {
    let (first, last) = (rng.pick(FIRST), rng.pick(LAST));
    let mut data = Map::new();
    data.insert("Customer Type".to_owned(), json!(rng.pick(TYPES)));
    data.insert("language".to_owned(), json!(rng.pick(LANGUAGES)));
    data.insert("Loyalty Points".to_owned(), json!(rng.below(5_000)));
    // One in twenty is anonymous: a device without an identity.
    let anonymous = number.is_multiple_of(20);
    Person {
        identities: if anonymous { Vec::new() } else { vec![format!("user-{number}")] },
        devices: devices(rng, number),
        email: (!anonymous).then(|| format!("user-{number}@example.com")),
        phone: (!anonymous && rng.chance(0.7)).then(|| 919_000_000_000 + i64::try_from(number).unwrap_or(0)),
        name: (!anonymous).then(|| format!("{first} {last}")),
        data,
        ..Person::default()
    }
}

fn devices(rng: &mut Rng, number: usize) -> Vec<Device> {
    let phone = if rng.chance(0.6) {
        Device {
            platform: "Android",
            os_version: "16",
            make: "Samsung",
            model: "SM-S931B",
            ..Device::default()
        }
    } else {
        Device {
            platform: "iOS",
            os_version: "26.1",
            make: "Apple",
            model: "iPhone17,1",
            ..Device::default()
        }
    };
    let mut devices = vec![Device {
        object_id: format!("__{:016x}{number}", rng.next()),
        app_version: "5.3.1",
        push_token: rng.chance(0.8).then(|| format!("token-{:016x}", rng.next())),
        ..phone
    }];
    if rng.chance(0.2) {
        let object_id = format!("{:016x}-web-{number}", rng.next());
        devices.push(Device { object_id, platform: "Web", ..Device::default() });
    }
    devices
}

fn event(rng: &mut Rng, people: &People, at: i64) -> Event {
    let person = usize::try_from(rng.below(people.persons.len() as u64)).unwrap_or(0);
    let name = name(rng);
    let object_id = people
        .persons
        .get(person)
        .and_then(|person| person.devices.first().map(|device| device.object_id.clone()));
    let source = rng.pick(&["Direct", "Direct", "Search", "Social", "Email"]);
    Event {
        props: props(rng, name, at),
        name: name.to_owned(),
        at,
        local: 0,
        person,
        object_id,
        session: [("session_source".to_owned(), json!(source))].into_iter().collect(),
        uploaded: false,
    }
}

fn name(rng: &mut Rng) -> &'static str {
    let total: u64 = EVENTS.iter().map(|(_, weight)| weight).sum();
    let mut point = rng.below(total);
    for (name, weight) in EVENTS {
        if point < *weight {
            return name;
        }
        point -= weight;
    }
    "App Launched"
}

fn props(rng: &mut Rng, name: &str, at: i64) -> Map<String, Value> {
    let (product, category, price) = rng.pick(PRODUCTS);
    let item =
        json!({ "Product": product, "Category": category, "Price": price, "Quantity": 1 + rng.below(3) });
    let props = match name {
        "Product Viewed" | "Added To Cart" => {
            json!({ "Product": product, "Category": category, "Price": price })
        }
        "Charged" => json!({
            "Amount": f64::from(price) * 1.18,
            "Currency": "INR",
            "Charged ID": at,
            "Items": [item],
        }),
        "Search" => json!({ "query": product.to_lowercase() }),
        _ => json!({ "CT App Version": "5.3.1", "CT Source": "Mobile" }),
    };
    if let Value::Object(props) = props { props } else { Map::new() }
}
