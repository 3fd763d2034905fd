//! Meta's custom audiences: payloads for its Marketing API, and files for its Ads Manager.
//!
//! | column | key, header of a file | form |
//! |---|---|---|
//! | `email` | `EMAIL`, `email` | ends trimmed, lower case; dots and plus signs stay, at Gmail too |
//! | `phone` | `PHONE`, `phone` | digits with the country's code, no zeros or plus before it |
//! | `gender` | `GEN`, `gen` | `m` or `f` |
//! | `birth_year`, `birth_month`, `birth_day` | `DOBY`, `DOBM`, `DOBD`; `doby` | `YYYY` from 1900, `MM`, `DD` |
//! | `birthdate` | `dob` | `YYYYMMDD`; in files alone |
//! | `last_name`, `first_name` | `LN`, `FN` | lower case, no punctuation, symbols or spaces; letters of all scripts stay |
//! | `first_initial` | `FI` | the first letter of that |
//! | `city` | `CT`, `ct` | lower case, a to z alone |
//! | `state` | `ST`, `st` | lower case; of the United States two letters |
//! | `postal_code` | `ZIP`, `zip` | lower case, no spaces or dashes; of the United States five digits |
//! | `country` | `COUNTRY`, `country` | ISO 3166-1 alpha-2, lower case |
//! | `mobile_ad_id` | `MADID`, `madid` | lower case, dashes stay; **in clear** |
//! | `id` | `EXTERN_ID` | as it is; **in clear**, so only on request |
//!
//! All but the last two go out as SHA-256. A value that is missing is an empty text.
//!
//! Sources: developers.facebook.com, Marketing API, custom audiences guide, `custom-audience/users` and
//! `/usersreplace`, and "customer information parameters" with their vectors; what those leave open (spaces in names,
//! accents in cities, states by name) is as in Meta's own `capi-param-builder`. Headers of files: Meta Business Help
//! 2082575038703844.

use serde::Serialize;

use super::column::{Column, Form, Source};
use super::field::Field;
use super::normal;
use super::order::{Operation, Order};
use super::reach;

/// The most people of one request.
pub(super) const BATCH: u64 = 10_000;
/// Of Meta's Graph API.
const VERSION: &str = "v25.0";

const EMAIL: Column = Column::new(Field::Email, "EMAIL", Form::Hashed, reach::email);
const PHONE: Column = Column::new(Field::Phone, "PHONE", Form::Hashed, reach::phone);
const GENDER: Column = Column::new(Field::Gender, "GEN", Form::Hashed, normal::gender);
const YEAR: Column = Column::part("birth_year", "DOBY", Source::Year, normal::as_is);
const LAST: Column = Column::new(Field::LastName, "LN", Form::Hashed, normal::name);
const FIRST: Column = Column::new(Field::FirstName, "FN", Form::Hashed, normal::name);
const CITY: Column = Column::new(Field::City, "CT", Form::Hashed, normal::city);
const STATE: Column = Column::new(Field::State, "ST", Form::Hashed, normal::state);
const ZIP: Column = Column::new(Field::PostalCode, "ZIP", Form::Hashed, normal::postal_code_of_meta);
const COUNTRY: Column = Column::new(Field::Country, "COUNTRY", Form::Hashed, normal::country_in_lower_case);
const MADID: Column = Column::new(Field::MobileAdId, "MADID", Form::Clear, normal::mobile_ad_id);

/// Keys of a payload.
pub(super) static API: &[Column] = &[
    EMAIL,
    PHONE,
    GENDER,
    YEAR,
    Column::part("birth_month", "DOBM", Source::Month, normal::as_is),
    Column::part("birth_day", "DOBD", Source::Day, normal::as_is),
    LAST,
    FIRST,
    Column::part("first_initial", "FI", Source::Initial, normal::initial).on_request(),
    CITY,
    STATE,
    ZIP,
    COUNTRY,
    MADID,
    Column::new(Field::Id, "EXTERN_ID", Form::Untouched, reach::external_id).on_request(),
];

/// Headers of a file.
pub(super) static CSV: &[Column] = &[
    Column { key: "email", ..EMAIL },
    Column { key: "phone", ..PHONE },
    Column { key: "madid", ..MADID },
    Column { key: "fn", ..FIRST },
    Column { key: "ln", ..LAST },
    Column { key: "ct", ..CITY },
    Column { key: "st", ..STATE },
    Column { key: "country", ..COUNTRY },
    Column { key: "zip", ..ZIP },
    Column::part("birthdate", "dob", Source::Of(Field::Birthdate), normal::birthdate),
    Column { key: "doby", ..YEAR },
    Column { key: "gen", ..GENDER },
];

/// Whether these columns tell Meta who somebody is: by one of them, or by both names and a place or a birthday.
pub(super) fn identifies(has: &dyn Fn(&str) -> bool) -> bool {
    let any = |names: &[&str]| names.iter().any(|name| has(name));
    any(&["email", "phone", "mobile_ad_id", "id"])
        || (has("last_name")
            && any(&["first_name", "first_initial"])
            && any(&["postal_code", "city", "birth_day", "birthdate"]))
}

/// What ties the batches of one upload together.
#[derive(Debug, Serialize)]
pub(super) struct Session {
    pub(super) session_id: u64,
    /// From 1 on.
    pub(super) batch_seq: u64,
    pub(super) last_batch_flag: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) estimated_num_total: Option<u64>,
}

/// Method and address of a request.
pub(super) fn call(order: &Order) -> (&'static str, String) {
    let (method, edge) = match order.operation {
        Operation::Add => ("POST", "users"),
        Operation::Remove => ("DELETE", "users"),
        Operation::Replace => ("POST", "usersreplace"),
    };
    let audience = order.audience_id.as_deref().unwrap_or("{audience_id}");
    (method, format!("https://graph.facebook.com/{VERSION}/{audience}/{edge}"))
}
