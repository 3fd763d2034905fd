//! E-mail addresses and telephone numbers.
//!
//! | what | accepted | sent |
//! |---|---|---|
//! | e-mail | one `@` with something before it, a domain with a dot after it, no spaces, up to 254 characters | as it is |
//! | phone | `+`, then 7 to 15 digits, the first not 0, with spaces, dots, dashes and parentheses between | E.164: `+` and digits |
//!
//! A number without `+` is not guessed into a country, and one with `(0)` in it is two numbers (516).

use super::fields::{Fields, code};

/// RFC 5321's longest path, without its brackets.
const LONGEST_EMAIL: usize = 254;

pub(in crate::clevertap) fn email(fields: &mut Fields, place: &str, text: &str) -> Option<String> {
    let text = text.trim();
    if is_email(text) {
        return Some(text.to_owned());
    }
    fields.fail(code::EMAIL, place, "is no e-mail address such as jo@example.com");
    None
}

pub(in crate::clevertap) fn is_email(text: &str) -> bool {
    let bad = |part: &str| part.contains(|c: char| c == '@' || c.is_whitespace() || c.is_control());
    text.len() <= LONGEST_EMAIL
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !bad(local)
                && !bad(domain)
                && domain.contains('.')
                && !domain.split('.').any(str::is_empty)
        })
}

pub(in crate::clevertap) fn phone(fields: &mut Fields, place: &str, text: &str) -> Option<String> {
    let phone = e164(text);
    if phone.is_none() {
        fields.fail(
            code::PHONE,
            place,
            "is no phone number in E.164 such as +14155550123: + and country code, then 7 to 15 digits in all",
        );
    }
    phone
}

/// A number in E.164.
pub(in crate::clevertap) fn e164(text: &str) -> Option<String> {
    // The zero of a national number: who strips its brackets alone gets another number.
    if text.contains("(0)") {
        return None;
    }
    let rest = text.trim().strip_prefix('+')?;
    let mut number = String::with_capacity(16);
    number.push('+');
    for c in rest.chars() {
        match c {
            '0'..='9' => number.push(c),
            ' ' | '.' | '-' | '(' | ')' | '\u{a0}' => {}
            _ => return None,
        }
    }
    let digits = number.len().saturating_sub(1);
    ((7..=15).contains(&digits) && !number.starts_with("+0")).then_some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn phones_and_addresses() {
        for (text, expected) in [
            ("+14155550123", Some("+14155550123")),
            (" +1 (415) 555-0123 ", Some("+14155550123")),
            ("+49.30.1234567", Some("+49301234567")),
            ("+44 (0)20 7946 0958", None),
            ("4155550123", None),
            ("0014155550123", None),
            ("+0123456789", None),
            ("+123456", None),
            ("+1234567890123456", None),
            ("+1415555x123", None),
            ("+", None),
            ("", None),
        ] {
            assert_eq!(e164(text).as_deref(), expected, "{text}");
        }
        for good in ["jo@example.com", "j.o+x@mail.example.co", "ü@bücher.de"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "@",
            "jo",
            "jo@x",
            "@example.com",
            "jo@.com",
            "jo@example.",
            "jo@a..b",
            "j o@example.com",
            "a@b@c.de",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_number_stays_as_it_is(digits in "[1-9][0-9]{6,14}", seps in prop::collection::vec("[ .()-]{0,2}", 15)) {
            let plain = format!("+{digits}");
            let spread: String = digits.chars().zip(&seps).map(|(digit, sep)| format!("{digit}{sep}")).collect();
            prop_assume!(!spread.contains("(0)"));
            prop_assert_eq!(e164(&format!("+{spread}")), Some(plain.clone()));
            prop_assert_eq!(e164(&plain), Some(plain));
        }

        #[test]
        fn anything_is_e164_or_nothing(text in "\\PC{0,30}") {
            if let Some(number) = e164(&text) {
                let digits = number.strip_prefix('+').unwrap();
                prop_assert!((7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()));
            }
        }
    }
}
