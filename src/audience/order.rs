//! What is ordered: a destination, an operation, columns, and what the destination wants to know besides.

use serde_json::json;

use super::column::Column;
use super::counts::Counts;
use super::field::{Field, Reason, Skip};
use super::options::Google;
use super::person::{Mapping, Person};
use super::{google, meta, plain};

/// Characters of a column's name that an error repeats.
const LONGEST_NAME: usize = 64;

/// Where people go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    MetaApi,
    MetaCsv,
    GoogleDataManager,
    GoogleCsv,
    Csv,
    Ndjson,
}

impl Destination {
    pub const ALL: [Self; 6] =
        [Self::MetaApi, Self::MetaCsv, Self::GoogleDataManager, Self::GoogleCsv, Self::Csv, Self::Ndjson];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MetaApi => "meta_api",
            Self::MetaCsv => "meta_csv",
            Self::GoogleDataManager => "google_data_manager",
            Self::GoogleCsv => "google_csv",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|destination| destination.name() == name)
    }

    /// All columns that there are.
    #[must_use]
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::MetaApi => meta::API,
            Self::MetaCsv => meta::CSV,
            Self::GoogleDataManager => google::API,
            Self::GoogleCsv => google::CSV,
            Self::Csv | Self::Ndjson => plain::COLUMNS,
        }
    }

    /// Of a payload.
    #[must_use]
    pub const fn media(self) -> &'static str {
        match self {
            Self::MetaApi | Self::GoogleDataManager => "application/json",
            Self::MetaCsv | Self::GoogleCsv | Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    #[must_use]
    pub const fn is_csv(self) -> bool {
        matches!(self, Self::MetaCsv | Self::GoogleCsv | Self::Csv)
    }

    /// Whether a payload is the body of a request; otherwise it is a file.
    #[must_use]
    pub const fn is_request(self) -> bool {
        matches!(self, Self::MetaApi | Self::GoogleDataManager)
    }

    /// # Errors
    /// What to do instead of an operation that the destination does not have.
    pub const fn takes(self, operation: Operation) -> Result<(), &'static str> {
        match (self, operation) {
            (Self::GoogleDataManager, Operation::Replace) => Err(
                "google_data_manager has no replace: Google's Data Manager adds and removes members. Make a new user list \
                 and export to it with add; or export with remove those who have left, then with add those who are in",
            ),
            _ => Ok(()),
        }
    }

    fn identifies(self, has: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::MetaApi | Self::MetaCsv => meta::identifies(has),
            Self::GoogleDataManager | Self::GoogleCsv => google::identifies(has),
            Self::Csv | Self::Ndjson => plain::identifies(has),
        }
    }
}

/// What becomes of the audience there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Add,
    Remove,
    /// The audience becomes these people.
    Replace,
}

impl Operation {
    pub const ALL: [Self; 3] = [Self::Add, Self::Remove, Self::Replace];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }
}

/// An order.
#[derive(Debug, Clone)]
pub struct Order {
    pub destination: Destination,
    pub operation: Operation,
    /// In the order in which they go out.
    pub columns: Vec<&'static Column>,
    pub mapping: Mapping,
    /// Meta's custom audience, for the address alone.
    pub audience_id: Option<String>,
    /// Meta's Limited Data Use, for everybody.
    pub limited_data_use: bool,
    /// How many people there will be, for Meta's session.
    pub estimated_total: Option<u64>,
    pub google: Google,
}

/// The values of a person, one for each column of the order.
pub type Row = Vec<Option<String>>;

impl Order {
    /// With the usual columns, and nothing of what is optional.
    #[must_use]
    pub fn new(destination: Destination, operation: Operation) -> Self {
        Self {
            destination,
            operation,
            columns: destination.columns().iter().filter(|column| column.usual).collect(),
            mapping: Mapping::new(),
            audience_id: None,
            limited_data_use: false,
            estimated_total: None,
            google: Google::default(),
        }
    }

    /// Columns in place of the usual ones.
    ///
    /// # Errors
    /// What is wrong with the names, and which there are.
    pub fn choose<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) -> Result<(), String> {
        let all = self.destination.columns();
        let mut columns: Vec<&'static Column> = Vec::new();
        for name in names {
            match all.iter().find(|column| column.name == name) {
                Some(column) if columns.iter().all(|chosen| chosen.name != name) => columns.push(column),
                Some(_) => return Err(format!("has {name} twice")),
                None => {
                    let accepted: Vec<&str> = all.iter().map(|column| column.name).collect();
                    let (destination, accepted) = (self.destination.name(), accepted.join(", "));
                    let name: String = name.chars().take(LONGEST_NAME).collect();
                    return Err(format!(
                        "has {name:?}, which {destination} does not have; accepted: {accepted}"
                    ));
                }
            }
        }
        if columns.is_empty() {
            return Err("must have a column; leave it away for the usual ones".to_owned());
        }
        self.columns = columns;
        Ok(())
    }

    /// Reads a field from a custom field.
    ///
    /// # Errors
    /// What is wrong with either name.
    pub fn read(&mut self, field: &str, custom: &str) -> Result<(), String> {
        let Some(field) = Field::parse(field) else {
            let accepted = Field::ALL.map(Field::name).join(", ");
            return Err(format!("is no field of an audience; accepted: {accepted}"));
        };
        if custom.trim().is_empty() {
            return Err("must be the name of a custom field".to_owned());
        }
        match self.mapping.insert(field, custom.to_owned()) {
            Some(_) => Err("is there twice".to_owned()),
            None => Ok(()),
        }
    }

    /// All that decides which rows there are, what they look like, and where they go, for cursors: what goes on with
    /// another audience, or under other terms, is another export.
    #[must_use]
    pub fn canonical(&self) -> String {
        let Self {
            destination,
            operation,
            columns,
            mapping,
            audience_id,
            limited_data_use,
            estimated_total,
            google,
        } = self;
        let columns: Vec<&str> = columns.iter().map(|column| column.key).collect();
        let mapping: Vec<(&str, &str)> =
            mapping.iter().map(|(field, name)| (field.name(), name.as_str())).collect();
        let besides = json!([audience_id, limited_data_use, estimated_total, google]);
        json!([destination.name(), operation.name(), columns, mapping, besides]).to_string()
    }

    /// Method and address of the request that a payload is the body of; none for files.
    #[must_use]
    pub fn call(&self) -> Option<(&'static str, String)> {
        match self.destination {
            Destination::MetaApi => Some(meta::call(self)),
            Destination::GoogleDataManager => Some(google::call(self)),
            _ => None,
        }
    }

    /// The row of a person; none, counted with its reason, where nothing of it tells who they are.
    pub fn row(&self, person: &Person, counts: &mut Counts) -> Option<Row> {
        let mut row = Row::with_capacity(self.columns.len());
        let mut whole_name_failed = false;
        for column in &self.columns {
            row.push(match column.value(person) {
                None => None,
                Some(Ok(value)) => Some(value),
                // Both names are cut from one: that is one value dropped.
                Some(Err(Reason::NameNotSplit)) => {
                    if !std::mem::replace(&mut whole_name_failed, true) {
                        counts.drop_field(Field::Name.name(), Reason::NameNotSplit);
                    }
                    None
                }
                Some(Err(why)) => {
                    counts.drop_field(column.name, why);
                    None
                }
            });
        }
        if matches!(self.destination, Destination::GoogleDataManager | Destination::GoogleCsv) {
            self.drop_partial_address(&mut row, counts);
        }
        let has = |name: &str| {
            self.columns.iter().zip(&row).any(|(column, value)| column.name == name && value.is_some())
        };
        if self.destination.identifies(&has) {
            counts.row();
            Some(row)
        } else {
            counts.skip(Skip::NoIdentifier);
            None
        }
    }

    fn drop_partial_address(&self, row: &mut Row, counts: &mut Counts) {
        let part = |column: &Column| google::ADDRESS.contains(&column.name);
        let there =
            self.columns.iter().zip(&*row).filter(|(column, value)| part(column) && value.is_some()).count();
        if there == google::ADDRESS.len() {
            return;
        }
        for (column, value) in self.columns.iter().zip(row) {
            if part(column) && value.take().is_some() {
                counts.drop_field(column.name, Reason::AddressIncomplete);
            }
        }
    }
}
