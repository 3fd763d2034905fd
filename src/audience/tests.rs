//! Every rule with a known vector, and what holds for all values.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::column::{Form, sha256};
use super::*;

/// A person of these fields.
fn person(fields: &[(Field, &str)]) -> Person {
    let row: serde_json::Map<String, Value> =
        fields.iter().map(|(field, value)| (field.name().to_owned(), json!(value))).collect();
    Person::of_row(&Value::Object(row), 0, &Mapping::new()).unwrap()
}

fn column(destination: Destination, name: &str) -> &'static Column {
    destination.columns().iter().find(|column| column.name == name).unwrap()
}

fn value(destination: Destination, name: &str, person: &Person) -> Option<Result<String, Reason>> {
    column(destination, name).value(person)
}

const META: Destination = Destination::MetaApi;
const GOOGLE: Destination = Destination::GoogleDataManager;

/// A hash that a document states, or the form whose hash it must be, computed elsewhere.
enum Expected {
    Hash(&'static str),
    Form(&'static str),
    Clear(&'static str),
    Dropped(Reason),
}
use Expected::{Clear, Dropped, Form as Normal, Hash};

fn check(
    destination: Destination,
    field: Field,
    name: &str,
    given: &str,
    country: Option<&str>,
    expected: &Expected,
) {
    let mut fields = vec![(field, given)];
    fields.extend(country.map(|country| (Field::Country, country)));
    let found = value(destination, name, &person(&fields)).unwrap();
    let form = column(destination, name).form;
    match expected {
        Hash(hash) => assert_eq!(found.as_deref(), Ok(*hash), "{name} {given}"),
        Normal(text) => {
            assert_eq!(form, Form::Hashed, "{name}");
            assert_eq!(found, Ok(sha256(text)), "{name} {given} is not {text}");
        }
        Clear(text) => {
            assert!(form != Form::Hashed, "{name}");
            assert_eq!(found.as_deref(), Ok(*text), "{name} {given}");
        }
        Dropped(why) => assert_eq!(found, Err(*why), "{name} {given}"),
    }
}

/// FIPS 180-2, B.1, so that what is a vector below is one of SHA-256.
#[test]
fn the_hash_is_sha_256() {
    assert_eq!(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/// Hashes: Meta's "customer information parameters", which states input, form and hash. Forms: the same page and the
/// custom audiences guide where they state a form alone; else Meta's `capi-param-builder` and its tests, or by hand.
#[test]
fn vectors_of_meta() {
    use Field as F;
    #[rustfmt::skip]
    let vectors: &[(Field, &str, &str, Option<&str>, Expected)] = &[
        (F::Email, "email", "John_Smith@gmail.com", None, Hash("62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f")),
        (F::Email, "email", "  J.Smith+Shop@Gmail.com\t", None, Normal("j.smith+shop@gmail.com")),
        (F::Email, "email", "john smith@example.com", None, Dropped(Reason::Malformed)),
        (F::Email, "email", "john@example", None, Dropped(Reason::Malformed)),
        (F::Email, "email", "john@@example.com", None, Dropped(Reason::Malformed)),
        (F::Email, "email", "o'brien+a/b=c@mail-1.example.co.uk", None, Normal("o'brien+a/b=c@mail-1.example.co.uk")),
        (F::Email, "email", "josé@Bücher.example", None, Normal("josé@bücher.example")),
        (F::Email, "email", "अभि@उदाहरण.भारत", None, Normal("अभि@उदाहरण.भारत")),
        (F::Email, "email", "<ada@example.com>", None, Dropped(Reason::Malformed)),
        (F::Email, "email", "mailto:ada@example.com", None, Dropped(Reason::Malformed)),
        (F::Email, "email", "ada@example.com;", None, Dropped(Reason::Malformed)),
        (F::Email, "email", "ada@example.com,", None, Dropped(Reason::Malformed)),
        (F::Email, "email", "ada@example.com\u{200b}", None, Dropped(Reason::Malformed)),
        (F::Email, "email", "\u{feff}ada@example.com", None, Dropped(Reason::Malformed)),
        (F::Email, "email", "\"ada\"@example.com", None, Dropped(Reason::Malformed)),
        (F::Email, "email", "ada@-example.com", None, Dropped(Reason::Malformed)),
        (F::Email, "email", "ada@exa_mple.com", None, Dropped(Reason::Malformed)),
        (F::Phone, "phone", "+1 (650) 555-1212", None, Hash("e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176")),
        (F::Phone, "phone", "0044 113 496 0987", None, Normal("441134960987")),
        (F::Phone, "phone", "0113 496 0987", None, Dropped(Reason::NoCountryCode)),
        (F::Phone, "phone", "555121", None, Dropped(Reason::NoCountryCode)),
        (F::Phone, "phone", "+1234567890123456", None, Dropped(Reason::TooLong)),
        (F::Phone, "phone", "+٤٤١١٣٤٩٦٠٩٨٧", None, Dropped(Reason::Malformed)),
        (F::Phone, "phone", "call me", None, Dropped(Reason::Malformed)),
        (F::Phone, "phone", "( - )", None, Dropped(Reason::NothingLeft)),
        (F::Phone, "phone", "+44 (0)20 7946 0958", None, Normal("442079460958")),
        (F::Phone, "phone", "0044 (0) 20 7946 0958", None, Normal("442079460958")),
        (F::Phone, "phone", "(+44)(0)20 7946 0958", None, Normal("442079460958")),
        (F::Phone, "phone", "+39 (0)6 6982 0000", None, Normal("390669820000")),
        (F::Phone, "phone", "(0)20 7946 0958", None, Dropped(Reason::NoCountryCode)),
        (F::Phone, "phone", "\u{202a}+44\u{a0}20\u{2011}7946 0958\u{202c}", None, Normal("442079460958")),
        (F::Phone, "phone", "+1 650 555 1212 ext 34", None, Dropped(Reason::Malformed)),
        (F::Phone, "phone", "+1 650 555 1212 #34", None, Dropped(Reason::Malformed)),
        (F::Phone, "phone", "+1 650 555 1212,34", None, Dropped(Reason::Malformed)),
        (F::Phone, "phone", "+1 650 555 1212 +1 3", None, Dropped(Reason::Malformed)),
        (F::Gender, "gender", "F", None, Hash("252f10c83610ebca1a059c0bae8255eba2f95be4d1d7bcfa89d7248a82d9f111")),
        (F::Gender, "gender", " Male ", None, Normal("m")),
        (F::Gender, "gender", "other", None, Dropped(Reason::NotAccepted)),
        (F::Birthdate, "birth_year", "1997-02-16", None, Normal("1997")),
        (F::Birthdate, "birth_month", "1997-02-16", None, Normal("02")),
        (F::Birthdate, "birth_day", "1997-02-16T00:00:00Z", None, Normal("16")),
        (F::Birthdate, "birth_day", "1997-02-30", None, Dropped(Reason::Malformed)),
        (F::Birthdate, "birth_year", "1899-12-31", None, Dropped(Reason::Malformed)),
        (F::Birthdate, "birth_year", "2/16/1997", None, Dropped(Reason::Malformed)),
        (F::FirstName, "first_name", "Mary", None, Hash("6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec")),
        (F::FirstName, "first_name", "정", None, Hash("8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14")),
        (F::FirstName, "first_name", "Valéry", None, Hash("08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c")),
        (F::LastName, "last_name", "Jacobs-Anderson", None, Normal("jacobsanderson")),
        (F::LastName, "last_name", "O’Brien, Jr.", None, Normal("obrienjr")),
        (F::LastName, "last_name", "🎉", None, Dropped(Reason::NothingLeft)),
        (F::FirstName, "first_initial", "élodie", None, Normal("é")),
        (F::City, "city", "Menlo Park", None, Normal("menlopark")),
        (F::City, "city", "São Paulo", None, Normal("sopaulo")),
        (F::City, "city", "東京", None, Dropped(Reason::NothingLeft)),
        (F::State, "state", "California", Some("US"), Normal("ca")),
        (F::State, "state", "CA", Some("us"), Normal("ca")),
        (F::State, "state", "California", Some("USA"), Normal("ca")),
        (F::State, "state", "New York", Some("United States"), Normal("ny")),
        (F::State, "state", "California", None, Normal("ca")),
        (F::State, "state", "Georgia", Some("GE"), Normal("georgia")),
        (F::State, "state", "Bayern", None, Normal("bayern")),
        (F::State, "state", "Kalifornien", Some("US"), Dropped(Reason::NotAccepted)),
        (F::State, "state", "New South Wales", Some("AU"), Normal("newsouthwales")),
        (F::PostalCode, "postal_code", "94025-3215", Some("US"), Normal("94025")),
        (F::PostalCode, "postal_code", "94025 3215", Some("US"), Normal("94025")),
        (F::PostalCode, "postal_code", "94025-3215", None, Normal("94025")),
        (F::PostalCode, "postal_code", "94025-3215", Some("u.s.a."), Normal("94025")),
        (F::PostalCode, "postal_code", "940253215", Some("USA"), Normal("94025")),
        (F::PostalCode, "postal_code", "94025-3215", Some("America"), Normal("94025")),
        (F::PostalCode, "postal_code", "00901-1234", Some("PR"), Normal("00901")),
        (F::PostalCode, "postal_code", "L3T 5M7", Some("CA"), Normal("l3t5m7")),
        (F::PostalCode, "postal_code", "01234-567", Some("BR"), Normal("01234567")),
        (F::PostalCode, "postal_code", "940", Some("US"), Dropped(Reason::Malformed)),
        (F::PostalCode, "postal_code", "=1+1", None, Dropped(Reason::Malformed)),
        (F::Country, "country", " US ", None, Hash("79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621")),
        (F::Country, "country", "USA", None, Normal("us")),
        (F::Country, "country", "United States of America", None, Normal("us")),
        (F::Country, "country", "Germany", None, Dropped(Reason::NotAccepted)),
        (F::Country, "country", "XX", None, Dropped(Reason::NotAccepted)),
        (F::MobileAdId, "mobile_ad_id", "AECE52E7-03EE-455A-B3C4-E57283966239", None, Clear("aece52e7-03ee-455a-b3c4-e57283966239")),
        (F::MobileAdId, "mobile_ad_id", "00000000-0000-0000-0000-000000000000", None, Dropped(Reason::NotAccepted)),
        (F::MobileAdId, "mobile_ad_id", "AECE52E703EE455AB3C4E57283966239", None, Dropped(Reason::Malformed)),
        (F::Id, "id", " Case kept ", None, Clear(" Case kept ")),
        // 64 hexadecimal digits may be an id.
        (F::Id, "id", "62A14E44F765419D10FEA99367361A727C12365E2520F32218D505ED9AA0F62F", None, Clear("62A14E44F765419D10FEA99367361A727C12365E2520F32218D505ED9AA0F62F")),
        (F::Id, "id", "ada@example.com", None, Dropped(Reason::ContactData)),
        (F::Id, "id", "+44 113 496 0987", None, Dropped(Reason::ContactData)),
    ];
    for (field, name, given, country, expected) in vectors {
        check(META, *field, name, given, *country, expected);
    }
    for column in meta::API {
        let has = |(_, name, _, _, expected): &_| *name == column.name && !matches!(expected, Dropped(_));
        assert!(vectors.iter().any(has), "{} has no vector", column.name);
    }
    // The day as a whole, of files: "2/16/1997" is stated with this hash.
    let born = person(&[(Field::Birthdate, "1997-02-16")]);
    assert_eq!(
        value(Destination::MetaCsv, "birthdate", &born).unwrap().unwrap(),
        "01acdbf6ec7b4f478a225f1a246e5d6767eeab1a7ffa17f025265b5b94f40f0c"
    );
    let numbered = person(&[(Field::Id, "441134960987"), (Field::Phone, "+44 113 496 0987")]);
    assert_eq!(value(META, "id", &numbered), Some(Err(Reason::ContactData)));
    let inland = person(&[(Field::Id, "441134960987"), (Field::Phone, "+44 (0)113 496 0987")]);
    assert_eq!(value(META, "id", &inland), Some(Err(Reason::ContactData)));
}

/// Hashes and forms: the tests of `googleads/data-manager-python`; the rest: its guide to formatting, or by hand.
#[test]
fn vectors_of_google() {
    use Field as F;
    #[rustfmt::skip]
    let vectors: &[(Field, &str, &str, Option<&str>, Expected)] = &[
        (F::Email, "email", "  ALEXZ@example.com   ", None, Hash("509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a")),
        (F::Email, "email", "Jefferson.Loves.hiking@gmail.com", None, Normal("jeffersonloveshiking@gmail.com")),
        (F::Email, "email", "Cloudy.SanFrancisco+shopping@googlemail.com", None, Normal("cloudysanfrancisco@googlemail.com")),
        (F::Email, "email", "user.name+NYC@Example.com", None, Normal("user.name+nyc@example.com")),
        (F::Email, "email", "alex z@example.com", None, Normal("alexz@example.com")),
        (F::Email, "email", " ...@gmail.com", None, Dropped(Reason::NothingLeft)),
        (F::Email, "email", " @googlemail.com", None, Dropped(Reason::Malformed)),
        (F::Email, "email", "Ada Lovelace <ada@example.com>", None, Dropped(Reason::Malformed)),
        (F::Email, "email", "quinn", None, Dropped(Reason::Malformed)),
        (F::Phone, "phone", "   +1-800-555-0100", None, Hash("fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30")),
        (F::Phone, "phone", "1 800 555 0100", None, Normal("+18005550100")),
        (F::Phone, "phone", "+44-113-496-0987", None, Normal("+441134960987")),
        (F::Phone, "phone", " +A BCD EFG ", None, Dropped(Reason::Malformed)),
        (F::Phone, "phone", "+49 (0) 30 901820", None, Normal("+4930901820")),
        (F::FirstName, "first_name", "  GivenName  ", None, Hash("128a07bfe2df877c52076e60d7774cf5baaa046c5a6c48daf30ff43ecca2f814")),
        (F::FirstName, "first_name", "Mrs. Mary Ann", None, Normal("mary ann")),
        (F::FirstName, "first_name", "Dr", None, Normal("dr")),
        (F::LastName, "last_name", "  FamilyName ", None, Hash("77762c287e61ce065bee5c15464012c6fbe088398b8057627d5577249430d574")),
        (F::LastName, "last_name", "O'Brien, Jr.", None, Normal("o'brien")),
        (F::LastName, "last_name", "Jacobs-Anderson III", None, Normal("jacobs-anderson")),
        (F::Country, "country", " uS ", None, Clear("US")),
        (F::Country, "country", "usa", None, Clear("US")),
        (F::Country, "country", " United States", None, Clear("US")),
        (F::Country, "country", "DEU", None, Dropped(Reason::NotAccepted)),
        (F::PostalCode, "postal_code", " 1229-076  ", None, Clear("1229-076")),
        (F::PostalCode, "postal_code", "94303-5300", Some("US"), Clear("94303-5300")),
        (F::PostalCode, "postal_code", "@SUM(1)", None, Dropped(Reason::Malformed)),
    ];
    for (field, name, given, country, expected) in vectors {
        check(GOOGLE, *field, name, given, *country, expected);
        // Files take the same forms.
        check(Destination::GoogleCsv, *field, name, given, *country, expected);
    }
    for column in google::API {
        let has = |(_, name, _, _, expected): &_| *name == column.name && !matches!(expected, Dropped(_));
        assert!(vectors.iter().any(has), "{} has no vector", column.name);
    }
}

#[test]
fn files_take_the_forms_of_the_api_under_their_exact_headers() {
    for column in meta::CSV.iter().filter(|column| column.name != "birthdate") {
        let twin = super::tests::column(META, column.name);
        let forms = [(column.form, column.source), (twin.form, twin.source)];
        assert_eq!(forms[0], forms[1], "{}", column.name);
        assert!(std::ptr::fn_addr_eq(column.rule, twin.rule), "{}", column.name);
    }
    let headers: Vec<&str> = google::CSV.iter().map(|column| column.key).collect();
    assert_eq!(headers, ["Email", "Phone", "First Name", "Last Name", "Country", "Zip"]);
    let headers: Vec<&str> = meta::CSV.iter().map(|column| column.key).collect();
    assert_eq!(
        headers,
        ["email", "phone", "madid", "fn", "ln", "ct", "st", "country", "zip", "dob", "doby", "gen"]
    );
}

#[test]
fn what_is_a_hash_already_passes_where_one_is_taken() {
    let hash = "62A14E44F765419D10FEA99367361A727C12365E2520F32218D505ED9AA0F62F";
    for destination in
        [Destination::MetaApi, Destination::MetaCsv, Destination::GoogleDataManager, Destination::GoogleCsv]
    {
        for column in destination.columns() {
            let fields: Vec<(Field, &str)> = Field::ALL.into_iter().map(|field| (field, hash)).collect();
            let found = column.value(&person(&fields)).unwrap();
            let takes_it = column.form == Form::Hashed
                && !column.name.starts_with("birth_")
                && column.name != "first_initial";
            let expected = match (takes_it, column.form) {
                (true, _) => Ok(hash.to_ascii_lowercase()),
                // An id may be 64 hexadecimal digits, and goes out as it is.
                (_, Form::Untouched) => Ok(hash.to_owned()),
                _ => Err(Reason::Hashed),
            };
            assert_eq!(found, expected, "{} {}", destination.name(), column.name);
        }
    }
    let named = person(&[(Field::Name, hash)]);
    assert_eq!(value(META, "first_name", &named), Some(Err(Reason::Hashed)));
}

#[test]
fn names_of_two_words_are_cut_and_others_are_not_guessed_at() {
    for (name, expected) in [
        ("Ada Lovelace", Some(("Ada", "Lovelace"))),
        ("Dr. Ada Lovelace", Some(("Ada", "Lovelace"))),
        ("Prof. Dr. Ada Lovelace, PhD", Some(("Ada", "Lovelace"))),
        ("Ada", None),
        ("Dr. Lovelace", None),
        ("Mary Ann Smith", None),
        ("Smith Jr.", None),
    ] {
        let whole = person(&[(Field::Name, name)]);
        let cut = |field| whole.name(field).unwrap();
        match expected {
            Some((first, last)) => {
                assert_eq!((cut(Field::FirstName), cut(Field::LastName)), (Ok(first), Ok(last)), "{name}");
            }
            None => {
                assert_eq!(cut(Field::FirstName), Err(Reason::NameNotSplit), "{name}");
                let mut counts = Counts::default();
                Order::new(META, Operation::Add).row(&whole, &mut counts);
                assert_eq!(json!(counts.fields_dropped), json!({"name": {"name_not_split": 1}}), "{name}");
            }
        }
    }
    // Names of their own go before the whole.
    let own = person(&[(Field::Name, "A B"), (Field::FirstName, "C")]);
    assert_eq!((own.name(Field::FirstName), own.name(Field::LastName)), (Some(Ok("C")), None));
}

/// Values as they are found in the wild, besides any text at all.
fn wild() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ .+A-Za-z0-9_]{0,12}@(gmail|googlemail|Example|x\\.y)\\.(com|co\\.uk)",
        "[+0]{0,3}[0-9 ()./-]{5,18}",
        "(\\+|00)?[0-9]{1,4} ?\\(0\\)[ 0-9()]{4,12}",
        "[<\"]?[a-zé.]{1,5}@[a-zé-]{1,5}\\.[a-z]{1,3}[>;\u{200b}]?",
        "(Dr\\.? |Mrs |Prof\\. ){0,2}[A-Za-zéßŁİΣ'’-]{1,9}( [a-z]{1,5})?(,? Jr\\.?| III){0,2}",
        "[A-Za-z]{2}",
        "[0-9]{5}(-?[0-9]{4})?",
        "[A-Z0-9 -]{2,9}",
        "(19|20)[0-9]{2}-?[01][0-9]-?[0-3][0-9]",
        "[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        Just("us".to_owned()),
        Just("United States".to_owned()),
        Just("California".to_owned()),
        Just("\u{202e}ada\u{200f} 🎉=1+1".to_owned()),
    ]
}

fn is_hash(text: &str) -> bool {
    super::normal::is_hash(text.trim())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn normalising_twice_changes_nothing(text in wild(), country in prop_oneof![Just("US"), Just("USA"), Just("DE"), Just("")]) {
        let person = person(&[(Field::Country, country)]);
        for destination in Destination::ALL {
            for column in destination.columns() {
                if let Ok(once) = (column.rule)(&text, &person) {
                    prop_assert_eq!((column.rule)(&once, &person), Ok(once), "{} {}", destination.name(), column.name);
                }
            }
        }
    }

    #[test]
    fn what_is_hashed_stays_as_it_is(text in wild()) {
        for destination in [META, GOOGLE] {
            for column in destination.columns().iter().filter(|column| column.form == Form::Hashed) {
                let Some(field) = Field::parse(column.name) else { continue };
                if let Some(Ok(hash)) = column.value(&person(&[(field, &text)])) {
                    prop_assert_eq!(column.value(&person(&[(field, &hash)])), Some(Ok(hash)));
                }
            }
        }
    }

    #[test]
    fn meta_and_google_differ_exactly_where_the_table_says(text in wild(), is_us in any::<bool>()) {
        prop_assume!(!is_hash(&text));
        for google in GOOGLE.columns() {
            let field = Field::parse(google.name).unwrap();
            let mut fields = vec![(field, text.as_str())];
            if is_us && field != Field::Country {
                fields.push((Field::Country, "US"));
            }
            let person = person(&fields);
            let (meta, google_form) = (value(META, google.name, &person), google.value(&person));
            let row = DIFFERENCES.iter().find(|row| row.column == google.name);
            let differs = row.is_some_and(|row| (row.when)(&text));
            match (&meta, &google_form) {
                (Some(Ok(meta)), Some(Ok(other))) => prop_assert_eq!(meta != other, differs, "{} {}", google.name, text),
                (meta, other) => prop_assert!(meta == other || differs, "{} {}", google.name, text),
            }
        }
    }

    /// Whatever comes in, nothing is lost, and nothing goes out in clear that should be hashed.
    #[test]
    fn counts_add_up(
        rows in proptest::collection::vec(proptest::collection::vec((0usize..13, wild()), 0..6), 0..8),
        destination in 0usize..6,
    ) {
        let order = Order::new(Destination::ALL[destination], Operation::Add);
        let (mut counts, mut out, mut parts) = (Counts::default(), Vec::new(), Counts::default());
        let mut batch = Batch::open(&order, 1, &mut out);
        for fields in &rows {
            let fields: Vec<_> = fields.iter().map(|(place, text)| (Field::ALL[*place], text.as_str())).collect();
            let mut part = Counts::default();
            let given = person(&fields);
            if let Some(row) = order.row(&given, &mut part) {
                for (column, value) in order.columns.iter().zip(&row) {
                    let Some(value) = value else { continue };
                    prop_assert!(column.form != Form::Hashed || is_hash(value), "{} {value}", column.name);
                }
                batch.add(&order, &row, &mut out);
            }
            counts.merge(&part);
            order.row(&given, &mut parts);
        }
        batch.close(&order, 7, true, &mut out);
        prop_assert_eq!(&counts, &parts);
        prop_assert_eq!(counts.people_read, rows.len() as u64);
        prop_assert_eq!(counts.people_read, counts.rows + counts.skipped.values().sum::<u64>());
        prop_assert_eq!(counts.rows, batch.rows);
        prop_assert_eq!(written(&order, &out), counts.rows);
    }
}

/// How many rows a payload holds, read by others' code.
fn written(order: &Order, payload: &[u8]) -> u64 {
    let many = match order.destination {
        Destination::MetaApi => {
            let body: Value = serde_json::from_slice(payload).unwrap();
            let rows = body["payload"]["data"].as_array().unwrap().clone();
            assert!(rows.iter().all(|row| row.as_array().unwrap().len() == order.columns.len()));
            rows.len()
        }
        Destination::GoogleDataManager => {
            let body: Value = serde_json::from_slice(payload).unwrap();
            body["audienceMembers"].as_array().unwrap().len()
        }
        Destination::Ndjson => {
            let text = std::str::from_utf8(payload).unwrap();
            text.lines()
                .inspect(|line| assert!(serde_json::from_str::<Value>(line).unwrap().is_object()))
                .count()
        }
        _ => {
            let mut reader = csv::ReaderBuilder::new().from_reader(payload);
            assert_eq!(reader.headers().unwrap().len(), order.columns.len());
            reader.records().map(Result::unwrap).count()
        }
    };
    u64::try_from(many).unwrap()
}

/// A payload of two people.
fn payload(order: &Order) -> String {
    let people = [
        person(&[
            (Field::Id, "u1"),
            (Field::Name, "Ada Lovelace"),
            (Field::Email, "Ada.L@gmail.com"),
            (Field::Phone, "+44 20 7946 0958"),
            (Field::Gender, "F"),
            (Field::Country, "gb"),
            (Field::PostalCode, "SW1A 1AA"),
        ]),
        person(&[
            (Field::Id, "=cmd|' /C calc'!A0"),
            (Field::Email, "x, \"y\"\r\n@example.com"),
            (Field::Phone, "+15551234567"),
        ]),
    ];
    let (mut out, mut counts) = (Vec::new(), Counts::default());
    let mut batch = Batch::open(order, 2, &mut out);
    for person in &people {
        let row = order.row(person, &mut counts).unwrap();
        batch.add(order, &row, &mut out);
    }
    batch.close(order, 42, false, &mut out);
    String::from_utf8(out).unwrap()
}

fn choose(order: &mut Order, names: &[&str]) {
    order.columns = names.iter().map(|name| column(order.destination, name)).collect();
}

#[test]
fn golden_payloads_of_meta() {
    let mut order = Order::new(META, Operation::Add);
    choose(&mut order, &["email", "phone", "first_name", "id"]);
    let body: Value = serde_json::from_str(&payload(&order)).unwrap();
    let expected = json!({
        "payload": {"schema": ["EMAIL", "PHONE", "FN", "EXTERN_ID"], "is_raw": true, "data": [
            [sha256("ada.l@gmail.com"), sha256("442079460958"), sha256("ada"), "u1"],
            ["", sha256("15551234567"), "", "=cmd|' /C calc'!A0"],
        ]},
        "session": {"session_id": 42, "batch_seq": 2, "last_batch_flag": false},
    });
    assert_eq!(body, expected);
    order.limited_data_use = true;
    order.estimated_total = Some(20_002);
    choose(&mut order, &["phone"]);
    let body: Value = serde_json::from_str(&payload(&order)).unwrap();
    assert_eq!(body["payload"]["schema"], json!(["PHONE", "DATA_PROCESSING_OPTIONS"]));
    assert_eq!(body["payload"]["data"][1], json!([sha256("15551234567"), ["LDU"]]));
    assert_eq!(body["session"]["estimated_num_total"], 20_002);
    let calls = Operation::ALL.map(|operation| Order::new(META, operation).call().unwrap());
    assert_eq!(
        calls.map(|(method, url)| format!(
            "{method} {}",
            url.trim_start_matches("https://graph.facebook.com/v25.0/")
        )),
        ["POST {audience_id}/users", "DELETE {audience_id}/users", "POST {audience_id}/usersreplace"]
    );
}

#[test]
fn golden_payloads_of_google() {
    let mut order = Order::new(GOOGLE, Operation::Add);
    let destination = json!({"operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "1"}, "productDestinationId": "2"});
    order.google = Google {
        destinations: vec![destination.clone()],
        ad_user_data: Some(Consent::Granted),
        ad_personalization: Some(Consent::Denied),
        terms_accepted: Some(true),
    };
    let members = json!([
        {"userData": {"userIdentifiers": [
            {"emailAddress": sha256("adal@gmail.com")},
            {"phoneNumber": sha256("+442079460958")},
            {"address": {"givenName": sha256("ada"), "familyName": sha256("lovelace"), "regionCode": "GB", "postalCode": "SW1A 1AA"}},
        ]}},
        {"userData": {"userIdentifiers": [
            {"phoneNumber": sha256("+15551234567")},
        ]}},
    ]);
    let mut expected = json!({
        "destinations": [destination],
        "encoding": "HEX",
        "consent": {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_DENIED"},
        "termsOfService": {"customerMatchTermsOfServiceStatus": "ACCEPTED"},
        "audienceMembers": members,
    });
    assert_eq!(serde_json::from_str::<Value>(&payload(&order)).unwrap(), expected);
    assert_eq!(order.call().unwrap().1, "https://datamanager.googleapis.com/v1/audienceMembers:ingest");
    // Removing takes neither consent nor terms.
    order.operation = Operation::Remove;
    order.google = Google { destinations: order.google.destinations, ..Google::default() };
    let fields = expected.as_object_mut().unwrap();
    fields.remove("consent");
    fields.remove("termsOfService");
    assert_eq!(serde_json::from_str::<Value>(&payload(&order)).unwrap(), expected);
    assert_eq!(order.call().unwrap().1, "https://datamanager.googleapis.com/v1/audienceMembers:remove");
    let instead = GOOGLE.takes(Operation::Replace).unwrap_err();
    assert!(instead.contains("new user list") && instead.contains("remove"), "{instead}");
}

#[test]
fn golden_files() {
    let mut order = Order::new(Destination::Csv, Operation::Add);
    choose(&mut order, &["id", "email", "phone", "first_name"]);
    assert_eq!(
        payload(&order),
        "\"id\",\"email\",\"phone\",\"first_name\"\r\n\"u1\",\"Ada.L@gmail.com\",\"+44 20 7946 0958\",\"\"\r\n\
         \"'=cmd|' /C calc'!A0\",\"x, \"\"y\"\"\r\n@example.com\",\"+15551234567\",\"\"\r\n"
    );
    let mut order = Order::new(Destination::Ndjson, Operation::Add);
    choose(&mut order, &["id", "phone", "gender"]);
    assert_eq!(
        payload(&order),
        "{\"gender\":\"F\",\"id\":\"u1\",\"phone\":\"+44 20 7946 0958\"}\n\
         {\"gender\":null,\"id\":\"=cmd|' /C calc'!A0\",\"phone\":\"+15551234567\"}\n"
    );
    let order = Order::new(Destination::GoogleCsv, Operation::Add);
    let (ada, lovelace) = (sha256("ada"), sha256("lovelace"));
    let first =
        format!("{},{},{ada},{lovelace},GB,SW1A 1AA", sha256("adal@gmail.com"), sha256("+442079460958"));
    assert_eq!(payload(&order).lines().nth(1).unwrap(), first);
    let order = Order::new(Destination::MetaCsv, Operation::Add);
    let first = format!(
        "{},{},,{ada},{lovelace},,,{},{},,,{}",
        sha256("ada.l@gmail.com"),
        sha256("442079460958"),
        sha256("gb"),
        sha256("sw1a1aa"),
        sha256("f")
    );
    assert_eq!(payload(&order).lines().nth(1).unwrap(), first);
}

#[test]
fn who_is_left_out_and_what_is_dropped_is_counted() {
    let count = |destination, fields: &[(Field, &str)]| {
        let mut counts = Counts::default();
        Order::new(destination, Operation::Add).row(&person(fields), &mut counts);
        json!(counts)
    };
    let ada = &[(Field::Name, "Ada Lovelace"), (Field::Country, "GB")];
    assert_eq!(
        count(GOOGLE, ada),
        json!({"people_read": 1, "rows": 0, "skipped": {"no_identifier": 1}, "fields_dropped": {
            "first_name": {"address_incomplete": 1}, "last_name": {"address_incomplete": 1}, "country": {"address_incomplete": 1},
        }})
    );
    assert_eq!(
        count(META, &[(Field::Email, "nobody"), (Field::Phone, "0301234567"), (Field::Id, "u")]),
        json!({"people_read": 1, "rows": 0, "skipped": {"no_identifier": 1}, "fields_dropped": {
            "email": {"malformed": 1}, "phone": {"no_country_code": 1},
        }})
    );
    // Names with a place, and an id where it was chosen, tell Meta who somebody is.
    let placed = &[(Field::Name, "Ada Lovelace"), (Field::City, "London")];
    assert_eq!(count(META, placed)["rows"], 1);
    let mut chosen = Order::new(META, Operation::Add);
    choose(&mut chosen, &["id"]);
    assert!(chosen.row(&person(&[(Field::Id, "u")]), &mut Counts::default()).is_some());
    let huge = "x".repeat(2000);
    assert_eq!(
        count(
            META,
            &[
                (Field::Email, &format!("{huge}@example.com")),
                (Field::MobileAdId, "aece52e7-03ee-455a-b3c4-e57283966239")
            ]
        )["fields_dropped"],
        json!({"email": {"too_long": 1}})
    );
}

#[test]
fn contacts_and_rows_are_the_same_people() {
    let contact = crate::model::contact::Contact {
        id: "u1".to_owned(),
        name: Some("Ada Lovelace".to_owned()),
        email: Some("ada@example.com".to_owned()),
        phone: Some(" ".to_owned()),
        custom_fields: json!({"Town": "London", "zip": 94_025, "Country": ""}).as_object().unwrap().clone(),
        ..Default::default()
    };
    let mapping = Mapping::from([
        (Field::City, "Town".to_owned()),
        (Field::PostalCode, "zip".to_owned()),
        (Field::Country, "Country".to_owned()),
    ]);
    let read = Person::of_contact(&contact, &mapping);
    assert_eq!((read.get(Field::City), read.get(Field::PostalCode)), (Some("London"), Some("94025")));
    assert_eq!((read.get(Field::Country), read.get(Field::Phone)), (None, None));
    let row = Person::of_row(&serde_json::to_value(&contact).unwrap(), 0, &mapping).unwrap();
    for field in Field::ALL {
        assert_eq!(row.get(field), read.get(field), "{}", field.name());
    }
    let wrong = json!({"emial": "a@example.com", "phone": true, "custom_fields": []});
    let failures = Person::of_row(&wrong, 3, &mapping).unwrap_err();
    let fields: Vec<&str> = failures.iter().map(|failure| failure.field.as_str()).collect();
    assert_eq!(fields, ["rows[3].custom_fields", "rows[3].emial", "rows[3].phone"]);
}

/// A cursor is of all that is ordered: rows of one audience or with one consent do not go on in another.
#[test]
fn a_cursor_is_of_every_option() {
    let order = || Order::new(META, Operation::Add);
    let google = |google: Google| Order { google, ..order() };
    let destinations = |id: &str| {
        google(Google { destinations: vec![json!({"productDestinationId": id})], ..Google::default() })
    };
    let orders = [
        order(),
        Order::new(Destination::MetaCsv, Operation::Add),
        Order::new(META, Operation::Remove),
        Order { columns: vec![column(META, "email")], ..order() },
        Order { mapping: Mapping::from([(Field::City, "Town".to_owned())]), ..order() },
        Order { audience_id: Some("1".to_owned()), ..order() },
        Order { audience_id: Some("2".to_owned()), ..order() },
        Order { limited_data_use: true, ..order() },
        Order { estimated_total: Some(7), ..order() },
        destinations("1"),
        destinations("2"),
        google(Google { ad_user_data: Some(Consent::Granted), ..Google::default() }),
        google(Google { ad_user_data: Some(Consent::Denied), ..Google::default() }),
        google(Google { ad_personalization: Some(Consent::Granted), ..Google::default() }),
        google(Google { terms_accepted: Some(true), ..Google::default() }),
        google(Google { terms_accepted: Some(false), ..Google::default() }),
    ];
    let texts: std::collections::BTreeSet<String> = orders.iter().map(Order::canonical).collect();
    assert_eq!(texts.len(), orders.len());
}

#[test]
fn what_a_destination_does_not_know_is_refused() {
    let list = json!({"operatingAccount": {"accountId": "1"}, "productDestinationId": "2"});
    let to_google = Google { destinations: vec![list], ..Google::default() };
    let settings = |order: &Order| -> Vec<Setting> {
        order.wrong_settings().into_iter().map(|(setting, _)| setting).collect()
    };
    let add = |destination| Order::new(destination, Operation::Add);
    // Each is of one destination, and wrong with all others.
    let meta = |order: Order| Order {
        audience_id: Some("1".to_owned()),
        limited_data_use: true,
        estimated_total: Some(1),
        ..order
    };
    let google = |order: Order| Order {
        google: Google {
            ad_user_data: Some(Consent::Granted),
            ad_personalization: Some(Consent::Denied),
            terms_accepted: Some(false),
            ..to_google.clone()
        },
        ..order
    };
    for destination in Destination::ALL.into_iter().filter(|one| *one != GOOGLE) {
        let wrong = settings(&google(add(destination)));
        let expected =
            [Setting::Destinations, Setting::AdUserData, Setting::AdPersonalization, Setting::TermsOfService];
        assert_eq!(wrong, expected, "{}", destination.name());
        assert_eq!(settings(&add(destination)), [], "{}", destination.name());
    }
    for destination in Destination::ALL.into_iter().filter(|one| *one != META) {
        let wrong = settings(&Order {
            google: if destination == GOOGLE { to_google.clone() } else { Google::default() },
            ..meta(add(destination))
        });
        let expected = [Setting::AudienceId, Setting::LimitedDataUse, Setting::EstimatedTotal];
        assert_eq!(wrong, expected, "{}", destination.name());
    }
    assert_eq!((settings(&meta(add(META))), settings(&google(add(GOOGLE)))), (vec![], vec![]));
    // What goes into an address is a number.
    for id in ["", "1/../../me?x=", "12a", "１", " 1"] {
        let order = Order { audience_id: Some(id.to_owned()), ..add(META) };
        assert_eq!(settings(&order), [Setting::AudienceId], "{id}");
    }
    // Google needs to know where to, and its request that removes has no place for the rest.
    assert_eq!(settings(&add(GOOGLE)), [Setting::Destinations]);
    let remove = google(Order::new(GOOGLE, Operation::Remove));
    let expected = [Setting::AdUserData, Setting::AdPersonalization, Setting::TermsOfService];
    assert_eq!(settings(&remove), expected);
    let mut order = add(META);
    for (field, custom) in [("town", "Town"), ("city", ""), ("city", " ")] {
        assert!(order.read(field, custom).is_err(), "{field} {custom}");
    }
    assert_eq!((order.read("city", "Town"), order.read("city", "Ort").is_err()), (Ok(()), true));
}
