//! The query of a request, in all the forms that Truto's clients send.
//!
//! | sent | read as |
//! |---|---|
//! | `a=1`, `a%3D=…` | names and values are percent-decoded; `+` is a space |
//! | `next_cursor=` | absent: an empty value says nothing |
//! | `at[gte]=x`, `at%5Bgte%5D=x` | operator `gte` of `at` |
//! | `f[]=x&f[]=y`, `f[0]=x&f[1]=y`, `f=x&f=y`, `f=x,y`, `f[in]=x,y` | the list x, y, in the order of the query |
//! | `a=1&a=2` for what takes one value | an error, unless both are the same |
//! | a name that nobody asks for | an error that lists the names that are taken |
//!
//! A route asks a [`Reader`] for what it takes, and ends with [`Reader::finish`]: what nobody asked for has
//! not been honoured, so it is an error rather than silence. Values are never echoed in errors.

use std::cell::{Cell, RefCell};

use super::error::{Error, Missing, Place};
use super::target;
use crate::model::{self, Failure};

/// Unknown names that are told at once; a query may have thousands.
const MOST_UNKNOWN: usize = 20;

/// One `name[key]=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    /// What stands in brackets, outermost first; an index or nothing for lists.
    pub(crate) keys: Vec<String>,
    pub(crate) value: String,
}

/// A query, decoded and in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query(Vec<Parameter>);

impl Query {
    /// # Errors
    /// For broken percent-encoding.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let mut parameters = Vec::new();
        for (place, pair) in text.split('&').enumerate().filter(|(_, pair)| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = |part: &str| target::decode(&part.replace('+', " "));
            let (Some(name), Some(value)) = (decoded(name), decoded(value)) else {
                return Err(Error::BadTarget(format!(
                    "parameter {} of the query cannot be read: percent-encoding is %XX with two hexadecimal digits, of UTF-8",
                    place.saturating_add(1)
                )));
            };
            let (name, keys) = brackets(&name);
            parameters.push(Parameter { name, keys, value });
        }
        Ok(Self(parameters))
    }
}

/// Cuts `a[b][c]` into `a` and `b`, `c`. A name whose brackets do not match stays whole, and is then unknown.
fn brackets(text: &str) -> (String, Vec<String>) {
    let whole = || (text.to_owned(), Vec::new());
    let Some((name, rest)) = text.split_once('[') else { return whole() };
    let Some(rest) = rest.strip_suffix(']') else { return whole() };
    let keys: Vec<String> = rest.split("][").map(str::to_owned).collect();
    if name.is_empty() || keys.iter().any(|key| key.contains(['[', ']'])) {
        return whole();
    }
    (name.to_owned(), keys)
}

/// Whether a raw `name=value` pair is of this parameter, in any encoding.
pub(crate) fn is_pair_of(pair: &str, name: &str) -> bool {
    let raw = pair.split_once('=').map_or(pair, |(name, _)| name);
    target::decode(&raw.replace('+', " ")).is_some_and(|decoded| brackets(&decoded).0 == name)
}

/// The operators of a range, as given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) gte: Option<String>,
    pub(crate) gt: Option<String>,
    pub(crate) lte: Option<String>,
    pub(crate) lt: Option<String>,
}

/// Reads a query for one route, and keeps account of what has been read.
#[derive(Debug)]
pub(crate) struct Reader<'q> {
    parameters: Vec<(&'q Parameter, Cell<bool>)>,
    /// In the order of asking, for the error that lists them.
    accepted: RefCell<Vec<&'static str>>,
    failures: RefCell<Vec<Failure>>,
    missing: RefCell<Vec<Failure>>,
}

impl<'q> Reader<'q> {
    pub(crate) fn new(query: &'q Query) -> Self {
        Self {
            parameters: query.0.iter().map(|parameter| (parameter, Cell::new(false))).collect(),
            accepted: RefCell::default(),
            failures: RefCell::default(),
            missing: RefCell::default(),
        }
    }

    /// Notes something wrong; [`Self::finish`] reports all of it at once.
    pub(crate) fn fail(&self, field: impl Into<String>, message: impl Into<String>) {
        self.failures.borrow_mut().push(Failure::new(field, message));
    }

    /// Notes that a parameter is needed.
    pub(crate) fn lacks(&self, field: &str, message: impl Into<String>) {
        self.missing.borrow_mut().push(Failure::new(field, message));
    }

    /// Marks the parameters of this name as read, and gives those that say something.
    fn take(&self, name: &'static str) -> Vec<&'q Parameter> {
        let mut accepted = self.accepted.borrow_mut();
        if !accepted.contains(&name) {
            accepted.push(name);
        }
        self.parameters
            .iter()
            .filter(|(parameter, _)| parameter.name == name)
            .inspect(|(_, read)| read.set(true))
            .map(|(parameter, _)| *parameter)
            .filter(|parameter| !parameter.value.is_empty())
            .collect()
    }

    /// The one value of a parameter.
    pub(crate) fn text(&self, name: &'static str) -> Option<&'q str> {
        let given = self.take(name);
        let first = given.first()?;
        if given
            .iter()
            .any(|parameter| !matches!(parameter.keys.as_slice(), [] | [_]) || !is_plain(parameter))
        {
            self.fail(name, format!("takes one value, written {name}=…"));
            return None;
        }
        if given.iter().any(|parameter| parameter.value != first.value) {
            self.fail(name, "is given more than once with different values; give one");
            return None;
        }
        Some(&first.value)
    }

    /// The values of a list, in any of its forms.
    pub(crate) fn list(&self, name: &'static str) -> Vec<&'q str> {
        let given = self.take(name);
        let is_element = |key: &str| {
            key.is_empty() || key == "in" || key == "eq" || key.bytes().all(|b| b.is_ascii_digit())
        };
        if given
            .iter()
            .any(|parameter| !parameter.keys.iter().all(|key| is_element(key)) || parameter.keys.len() > 1)
        {
            self.fail(name, format!("takes a list, written {name}=a,b or {name}[]=a&{name}[]=b"));
            return Vec::new();
        }
        given
            .into_iter()
            .flat_map(|parameter| parameter.value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// A list of one vocabulary.
    pub(crate) fn words<T>(
        &self,
        name: &'static str,
        parse: fn(&str) -> Option<T>,
        accepted: fn() -> String,
    ) -> Vec<T> {
        let mut words = Vec::new();
        for text in self.list(name) {
            match parse(text) {
                Some(word) => words.push(word),
                None => {
                    self.fail(name, format!("has a value that is not known; accepted: {}", accepted()));
                    break;
                }
            }
        }
        words
    }

    /// One word of a vocabulary.
    pub(crate) fn word<T>(
        &self,
        name: &'static str,
        parse: fn(&str) -> Option<T>,
        accepted: fn() -> String,
    ) -> Option<T> {
        let text = self.text(name)?;
        let word = parse(text);
        if word.is_none() {
            self.fail(name, format!("has a value that is not known; accepted: {}", accepted()));
        }
        word
    }

    /// `true` or `false`, also as 1 and 0.
    pub(crate) fn flag(&self, name: &'static str) -> Option<bool> {
        match self.text(name)? {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => {
                self.fail(name, "takes true or false");
                None
            }
        }
    }

    /// A whole number within bounds.
    pub(crate) fn number(&self, name: &'static str, least: u16, most: u16) -> Option<u16> {
        let text = self.text(name)?;
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.fail(name, format!("takes a whole number from {least} to {most}"));
        }
        number
    }

    /// The bounds `name[gte]`, `name[gt]`, `name[lte]`, `name[lt]`.
    pub(crate) fn range(&self, name: &'static str) -> Range {
        let mut range = Range::default();
        for parameter in self.take(name) {
            let slot = match parameter.keys.as_slice() {
                [key] => match key.as_str() {
                    "gte" => Some(&mut range.gte),
                    "gt" => Some(&mut range.gt),
                    "lte" => Some(&mut range.lte),
                    "lt" => Some(&mut range.lt),
                    _ => None,
                },
                _ => None,
            };
            match slot {
                Some(slot) if slot.is_none() || slot.as_ref() == Some(&parameter.value) => {
                    *slot = Some(parameter.value.clone());
                }
                Some(_) => self.fail(name, "has one bound twice with different values; give each once"),
                None => {
                    self.fail(name, format!("takes bounds: {name}[gte], {name}[gt], {name}[lte], {name}[lt]"))
                }
            }
        }
        range
    }

    /// The values of `name[key]=value`, in order.
    pub(crate) fn entries(&self, name: &'static str) -> Vec<(String, String)> {
        let mut entries = Vec::new();
        for parameter in self.take(name) {
            match parameter.keys.as_slice() {
                [key] if !key.is_empty() => entries.push((key.clone(), parameter.value.clone())),
                _ => self.fail(name, format!("is written {name}[key]=value")),
            }
        }
        entries
    }

    /// Refuses a parameter that is known but cannot be honoured here, saying why.
    pub(crate) fn refuse(&self, name: &'static str, why: &str) {
        let given = self.parameters.iter().filter(|(parameter, _)| parameter.name == name);
        let mut said_something = false;
        for (parameter, read) in given {
            read.set(true);
            said_something |= !parameter.value.is_empty();
        }
        if said_something {
            self.fail(name, why);
        }
    }

    /// All parameters that nobody asked for, in order: for routes that pass them on.
    pub(crate) fn rest(&self) -> Vec<&'q Parameter> {
        self.parameters
            .iter()
            .filter(|(_, read)| !read.replace(true))
            .map(|(parameter, _)| *parameter)
            .collect()
    }

    /// # Errors
    /// All that was noted, and every parameter that nobody asked for.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let mut failures = self.failures.into_inner();
        let accepted = self.accepted.into_inner().join(", ");
        let mut unknown: Vec<&str> = Vec::new();
        for (parameter, _) in self.parameters.iter().filter(|(_, read)| !read.get()) {
            if unknown.len() < MOST_UNKNOWN && !unknown.contains(&parameter.name.as_str()) {
                unknown.push(&parameter.name);
            }
        }
        failures.extend(unknown.into_iter().map(|name| {
            Failure::new(name, format!("is not a parameter of this call; accepted: {accepted}"))
        }));
        let missing = self.missing.into_inner();
        if missing.is_empty() && failures.is_empty() {
            return Ok(());
        }
        if failures.is_empty() {
            return Err(Error::Missing(Missing { place: Place::Query, failures: missing }));
        }
        failures.extend(missing);
        Err(Error::Core(model::Error::Invalid(failures)))
    }
}

/// Whether a parameter has no key, or one that says nothing more (`[eq]`, `[0]`, `[]`).
fn is_plain(parameter: &Parameter) -> bool {
    parameter.keys.iter().all(|key| key.is_empty() || key == "eq" || key == "0")
}
