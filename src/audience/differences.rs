//! Where Meta and Google take different forms of the same value: one table, and a test that it is exactly so.

use super::normal::is_no_letter;
use super::reach::GMAIL;

/// A value that both take, in two forms.
#[derive(Debug)]
pub struct Difference {
    pub column: &'static str,
    pub meta: &'static str,
    pub google: &'static str,
    /// Whether two forms of this value, if both take it, are different.
    pub when: fn(&str) -> bool,
}

/// The whole of it. What is a hash already passes both untouched where both hash; all other columns are Meta's alone.
pub static DIFFERENCES: &[Difference] = &[
    Difference {
        column: "email",
        meta: "white space inside is no address; dots and plus signs stay",
        google: "white space is taken out; Gmail's dots and `+…` too",
        when: |text| {
            let bare: String = text.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
            let is_gmail =
                |(local, domain): (&str, &str)| GMAIL.contains(&domain) && local.contains(['.', '+']);
            text.trim().contains(char::is_whitespace) || bare.split_once('@').is_some_and(is_gmail)
        },
    },
    Difference { column: "phone", meta: "digits alone", google: "a plus sign before them", when: |_| true },
    Difference {
        column: "first_name",
        meta: "no punctuation, symbols or spaces",
        google: "no titles; the rest stays",
        when: |text| text.trim().contains(is_no_letter),
    },
    Difference {
        column: "last_name",
        meta: "no punctuation, symbols or spaces",
        google: "no suffixes; the rest stays",
        when: |text| text.trim().contains(is_no_letter),
    },
    Difference {
        column: "country",
        meta: "lower case, hashed",
        google: "upper case, in clear",
        when: |_| true,
    },
    Difference {
        column: "postal_code",
        meta: "lower case, no spaces or dashes, five digits in the United States, hashed",
        google: "as it is, in clear",
        when: |_| true,
    },
];
