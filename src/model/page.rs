//! One page of a list.

use serde::Serialize;

/// Something worth knowing that did not stop the call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Warning {
    /// A stable name such as `unrecognised_report_shape`.
    pub code: &'static str,
    pub message: String,
    /// The field it is about, when it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Warning {
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None }
    }

    #[must_use]
    pub fn about(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

/// Which campaign starts an answer has looked at so far, in days of the project's time zone (`YYYY-MM-DD`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The earliest day that was read.
    pub from: String,
    /// The latest day that was read.
    pub to: String,
    /// Whether all that the query asks for lies inside.
    pub complete: bool,
}

/// One page of a list, and where it goes on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// None at the end of the list.
    pub next_cursor: Option<String>,
    /// The deadline came before the page was full.
    pub partial: bool,
    pub warnings: Vec<Warning>,
    pub coverage: Option<Coverage>,
}

impl<T> Page<T> {
    /// The last page of a list.
    #[must_use]
    pub fn last(items: Vec<T>) -> Self {
        Self { items, next_cursor: None, partial: false, warnings: Vec::new(), coverage: None }
    }
}
