//! The rules of what people are reached by, e-mail addresses and phone numbers, and of an id, which may be neither.
//!
//! Strict where a hash is made: one of anything else than the address or number alone matches nobody's, and would be
//! counted as somebody who went out.

use super::field::{Field, Reason};
use super::normal::{is_no_letter, is_unseen};
use super::person::Person;

/// RFC 5321, 4.5.3.1.3, less the angle brackets.
const LONGEST_EMAIL: usize = 254;
/// E.164: fifteen digits. No country's numbers have fewer than seven with its code.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// In lower case, with the ends trimmed. Before the `@` is what RFC 5322 allows without quotes, behind it are labels of
/// letters, digits and dashes, as of RFC 5890; other scripts' letters in both. A name beside the address, quotes, and
/// marks that are not seen make it none: its hash would match nobody's.
pub(super) fn email(text: &str, _: &Person) -> Result<String, Reason> {
    let email = text.trim().to_lowercase();
    let (local, domain) = email.split_once('@').ok_or(Reason::Malformed)?;
    let is_foreign = |c: char| !c.is_ascii() && !is_no_letter(c);
    let is_atom = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c) || is_foreign(c);
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || is_foreign(c))
    };
    let is_address = !local.is_empty()
        && local.chars().all(is_atom)
        && domain.contains('.')
        && domain.split('.').all(is_label);
    if !is_address {
        return Err(Reason::Malformed);
    }
    if email.len() > LONGEST_EMAIL { Err(Reason::TooLong) } else { Ok(email) }
}

/// Google's mail hosts, which ignore dots and what follows a plus sign.
pub(super) const GMAIL: [&str; 2] = ["gmail.com", "googlemail.com"];

/// All white space removed, in lower case; of Gmail's addresses also dots, and the plus sign with what follows.
pub(super) fn email_of_google(text: &str, person: &Person) -> Result<String, Reason> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let email = email(&compact, person)?;
    match email.split_once('@') {
        Some((local, domain)) if GMAIL.contains(&domain) => {
            let name = local.split('+').next().unwrap_or_default().replace('.', "");
            if name.is_empty() { Err(Reason::NothingLeft) } else { Ok(format!("{name}@{domain}")) }
        }
        _ => Ok(email),
    }
}

/// What may stand between the digits of a number: how people group them, and marks of direction that come along when one
/// is copied.
fn groups_digits(c: char) -> bool {
    matches!(c, '-' | '.' | '(' | ')' | '/' | '\'' | '\u{2010}'..='\u{2015}' | '\u{2212}')
        || c.is_whitespace()
        || is_unseen(c)
}

/// Country codes behind which a zero is part of the number: Italy with the Vatican, and San Marino.
const KEEP_ZERO: [&str; 2] = ["39", "378"];

/// Without the zero in parentheses that is dialled only inside the country: `+44 (0)20 …` is `+44 20 …`.
fn without_inland_zero(text: &str) -> String {
    let Some((before, behind)) = text.split_once("(0)") else { return text.to_owned() };
    let digits: String = before.chars().filter(char::is_ascii_digit).collect();
    let code = digits.trim_start_matches('0');
    if code.is_empty() || code.len() > 3 || KEEP_ZERO.contains(&code) {
        return text.to_owned();
    }
    format!("{before}{behind}")
}

/// Digits alone, with the country's code: `00` before it goes, and a single zero shows that there is none. Letters, and
/// signs that begin an extension, are of no number; nor are digits of another script, without which it would be another.
pub(super) fn phone(text: &str, _: &Person) -> Result<String, Reason> {
    let text = without_inland_zero(text);
    let number = text.trim_start_matches(groups_digits);
    let number = number.strip_prefix(['+', '\u{ff0b}']).unwrap_or(number);
    if number.chars().any(|c| !c.is_ascii_digit() && !groups_digits(c)) {
        return Err(Reason::Malformed);
    }
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() {
        return Err(Reason::NothingLeft);
    }
    let number = digits.trim_start_matches('0');
    let zeros = digits.len().saturating_sub(number.len());
    match number.len() {
        length if zeros == 1 || length < *PHONE_DIGITS.start() => Err(Reason::NoCountryCode),
        length if length > *PHONE_DIGITS.end() => Err(Reason::TooLong),
        _ => Ok(number.to_owned()),
    }
}

/// The same with a plus sign before it.
pub(super) fn phone_of_google(text: &str, person: &Person) -> Result<String, Reason> {
    phone(text, person).map(|digits| format!("+{digits}"))
}

/// As it is. It goes out in clear, so it may not be what else is hashed.
pub(super) fn external_id(text: &str, person: &Person) -> Result<String, Reason> {
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '/');
    let digits_of = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let is_same = |known: &str| {
        let form = phone(known, person);
        digits_of(known) == digits_of(text) || (form.is_ok() && form == phone(text, person))
    };
    let is_phone = text.trim().strip_prefix('+').is_some_and(|rest| rest.chars().all(is_number))
        || (text.chars().all(is_number)
            && !digits_of(text).is_empty()
            && person.get(Field::Phone).is_some_and(is_same));
    if text.contains('@') || is_phone { Err(Reason::ContactData) } else { Ok(text.to_owned()) }
}
