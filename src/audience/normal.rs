//! The rules that bring a value into the one form that is hashed: what the tables of [`meta`](super::meta) and
//! [`google`](super::google) name. Those of addresses and numbers are in [`reach`](super::reach).
//!
//! Each takes text and gives the form, or says why there is none; applied to its own result it changes nothing.

use super::field::Reason;
use super::person::Person;
use super::places::{COUNTRIES, US_NAMES, US_STATES};

pub(super) type Rule = fn(&str, &Person) -> Result<String, Reason>;

/// The earliest year that Meta takes.
const FIRST_YEAR: u16 = 1900;

/// Whether a text is a SHA-256 in hexadecimal.
pub(super) fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn left(text: String) -> Result<String, Reason> {
    if text.is_empty() { Err(Reason::NothingLeft) } else { Ok(text) }
}

pub(super) fn as_is(text: &str, _: &Person) -> Result<String, Reason> {
    Ok(text.to_owned())
}

/// Marks that are not seen: of direction, of joining, of the order of bytes.
pub(super) fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// What is no part of a name to Meta: white space, punctuation, symbols, and marks that are not seen. Letters of all
/// scripts stay.
pub(super) fn is_no_letter(c: char) -> bool {
    c.is_ascii_punctuation()
        || c.is_whitespace()
        || is_unseen(c)
        || matches!(c,
            '\u{a1}'..='\u{a9}' | '\u{ab}'..='\u{b4}' | '\u{b6}'..='\u{b9}' | '\u{bb}'..='\u{bf}' | '\u{d7}' | '\u{f7}'
            // General punctuation, with quotes and dashes; symbols; CJK punctuation.
            | '\u{2000}'..='\u{206f}' | '\u{20a0}'..='\u{20cf}' | '\u{2190}'..='\u{2bff}' | '\u{2e00}'..='\u{2e7f}'
            | '\u{3001}'..='\u{3004}' | '\u{3008}'..='\u{3020}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}'
            | '\u{ff3b}'..='\u{ff40}' | '\u{ff5b}'..='\u{ff65}' | '\u{1f000}'..='\u{1faff}')
}

/// In lower case, letters alone.
pub(super) fn name(text: &str, _: &Person) -> Result<String, Reason> {
    left(text.to_lowercase().chars().filter(|c| !is_no_letter(*c)).collect())
}

/// The first letter of a name.
pub(super) fn initial(text: &str, person: &Person) -> Result<String, Reason> {
    Ok(name(text, person)?.chars().take(1).collect())
}

pub(super) const TITLES: &[&str] = &["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir"];
pub(super) const SUFFIXES: &[&str] = &["jr", "sr", "ii", "iii", "iv", "phd", "md", "esq"];

/// Whether a word is one of these, in any case, with or without dots and commas.
pub(super) fn is_one_of(word: &str, words: &[&str]) -> bool {
    let bare: String = word.chars().filter(|c| !matches!(c, '.' | ',')).collect::<String>().to_lowercase();
    words.contains(&bare.as_str())
}

/// In lower case, with the ends trimmed, without titles before it.
pub(super) fn given_name(text: &str, _: &Person) -> Result<String, Reason> {
    let name = text.to_lowercase();
    let mut name = name.trim();
    while let Some((first, rest)) = name.split_once(char::is_whitespace)
        && is_one_of(first, TITLES)
        && !rest.trim().is_empty()
    {
        name = rest.trim();
    }
    left(name.to_owned())
}

/// In lower case, with the ends trimmed, without suffixes behind it.
pub(super) fn family_name(text: &str, _: &Person) -> Result<String, Reason> {
    let name = text.to_lowercase();
    let mut name = name.trim();
    while let Some((rest, last)) = name.rsplit_once(char::is_whitespace)
        && is_one_of(last, SUFFIXES)
        && let rest = rest.trim().trim_end_matches(',').trim()
        && !rest.is_empty()
    {
        name = rest;
    }
    left(name.to_owned())
}

pub(super) fn gender(text: &str, _: &Person) -> Result<String, Reason> {
    match text.trim().to_lowercase().as_str() {
        "m" | "male" => Ok("m".to_owned()),
        "f" | "female" => Ok("f".to_owned()),
        _ => Err(Reason::NotAccepted),
    }
}

/// Latin letters and digits, in lower case. Meta's own code takes the rest out, accented letters too.
fn latin(text: &str) -> Result<String, Reason> {
    let latin: String =
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    if latin.starts_with(|c: char| c.is_ascii_alphabetic()) { Ok(latin) } else { Err(Reason::NothingLeft) }
}

pub(super) fn city(text: &str, _: &Person) -> Result<String, Reason> {
    let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
    latin(&letters)
}

/// Of the United States by its two letters. Who says no country is taken to be there if a state of theirs has that name.
pub(super) fn state(text: &str, person: &Person) -> Result<String, Reason> {
    let state = latin(text)?;
    let known = US_STATES.iter().find(|(code, name)| state == *code || state == *name);
    match known {
        Some((code, _)) if person.is_of_us() || person.country().is_none() => Ok((*code).to_owned()),
        None if person.is_of_us() => Err(Reason::NotAccepted),
        _ => Ok(state),
    }
}

/// Whether a text is the United States by code or name.
pub(super) fn is_us(text: &str) -> bool {
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && *c != '.').collect();
    US_NAMES.contains(&bare.to_ascii_lowercase().as_str())
}

/// Two letters of ISO 3166-1.
fn country(text: &str) -> Result<String, Reason> {
    if is_us(text) {
        return Ok("US".to_owned());
    }
    let code = text.trim().to_ascii_uppercase();
    let is_known = code.len() == 2 && COUNTRIES.split(' ').any(|known| known == code);
    if is_known { Ok(code) } else { Err(Reason::NotAccepted) }
}

pub(super) fn country_in_lower_case(text: &str, _: &Person) -> Result<String, Reason> {
    country(text).map(|code| code.to_ascii_lowercase())
}

pub(super) fn country_in_upper_case(text: &str, _: &Person) -> Result<String, Reason> {
    country(text)
}

/// As it is written, with the ends trimmed.
pub(super) fn postal_code(text: &str, _: &Person) -> Result<String, Reason> {
    let code = text.trim();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == ' ' || c == '-';
    let begins = code.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !begins || code.len() > 12 || !code.chars().all(is_plain) {
        return Err(Reason::Malformed);
    }
    Ok(code.to_owned())
}

/// In lower case without spaces and dashes; of the United States, and of what is written as there, the first five digits.
pub(super) fn postal_code_of_meta(text: &str, person: &Person) -> Result<String, Reason> {
    let code = postal_code(text, person)?.to_ascii_lowercase();
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    // Of five digits, a dash and four, the five are the code in the United States, in the territories that have country
    // codes of their own, and in Saudi Arabia; nobody else writes so.
    if let Some((zip, more)) = code.split_once('-')
        && digits(zip, 5)
        && digits(more, 4)
    {
        return Ok(zip.to_owned());
    }
    let bare: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    if !person.is_of_us() {
        return Ok(bare);
    }
    match bare.get(..5) {
        Some(zip) if digits(zip, 5) && (digits(&bare, 5) || digits(&bare, 9)) => Ok(zip.to_owned()),
        _ => Err(Reason::Malformed),
    }
}

/// In lower case with its dashes; one of zeros is what a device gives whose owner declined.
pub(super) fn mobile_ad_id(text: &str, _: &Person) -> Result<String, Reason> {
    let id = text.trim().to_ascii_lowercase();
    let groups: Vec<usize> = id.split('-').map(str::len).collect();
    let is_uuid = groups == [8, 4, 4, 4, 12] && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if !is_uuid {
        return Err(Reason::Malformed);
    }
    if id.bytes().all(|b| b == b'0' || b == b'-') { Err(Reason::NotAccepted) } else { Ok(id) }
}

/// A day as year, month and day: `2000-01-31`, `20000131`, or the day of an RFC 3339 time.
pub(super) fn day(text: &str) -> Option<(u16, u8, u8)> {
    let text = text.trim();
    let day = match text.split_once('T') {
        Some((day, _)) => day,
        None => text,
    };
    let digits: String = if day.len() == 10 {
        let parts: Vec<&str> = day.split('-').collect();
        match parts.as_slice() {
            [year, month, day] if year.len() == 4 && month.len() == 2 => format!("{year}{month}{day}"),
            _ => return None,
        }
    } else {
        day.to_owned()
    };
    if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let year: u16 = digits.get(..4)?.parse().ok()?;
    let month: u8 = digits.get(4..6)?.parse().ok()?;
    let day: u8 = digits.get(6..)?.parse().ok()?;
    let month = time::Month::try_from(month).ok()?;
    time::Date::from_calendar_date(i32::from(year), month, day).ok()?;
    (year >= FIRST_YEAR).then_some((year, u8::from(month), day))
}

/// `YYYYMMDD`.
pub(super) fn birthdate(text: &str, _: &Person) -> Result<String, Reason> {
    day(text).map(|(year, month, day)| format!("{year:04}{month:02}{day:02}")).ok_or(Reason::Malformed)
}
