//! What the form sends: `application/x-www-form-urlencoded`, as every browser does.

use url::form_urlencoded;

use crate::clevertap::credentials::Secret;
use crate::service::error::Error;
use crate::transport::body::ReadError;
use crate::transport::{Body, Headers, header};

/// Far more than a form filled by hand has.
const LIMIT: usize = 16 << 10;

/// The value of "Find my region automatically".
pub(crate) const AUTOMATIC: &str = "auto";

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Seal,
    ProjectId,
    Passcode,
    Region,
}

impl Field {
    /// Those that people fill in, in their order.
    pub(crate) const FILLED: [Self; 3] = [Self::ProjectId, Self::Passcode, Self::Region];

    /// As the form sends it; also its id on the page.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::ProjectId => "project_id",
            Self::Passcode => "passcode",
            Self::Region => "region",
        }
    }

    /// As CleverTap's dashboard calls it.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Seal => "",
            Self::ProjectId => "Project ID",
            Self::Passcode => "Passcode",
            Self::Region => "Region",
        }
    }
}

/// A filled form; what it lacks is empty.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) seal: String,
    pub(crate) project_id: String,
    pub(crate) passcode: Secret,
    pub(crate) region: String,
}

impl Entry {
    /// # Errors
    /// 413 and 415, and 400 for a body that breaks off. No browser sends any of these for our form.
    pub(crate) async fn read(headers: &Headers, body: Body) -> Result<Self, Error> {
        let content = header(headers, "content-type").unwrap_or_default();
        let media = content.split(';').next().unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Error::UnsupportedMediaType("this takes the form of its own page".to_owned()));
        }
        let bytes = body.read(LIMIT).await.map_err(|error| match error {
            ReadError::TooLong(limit) => Error::TooLarge { limit },
            ReadError::Failed(_) => Error::BodyBroken("the form broke off before its end".to_owned()),
        })?;
        Ok(Self::parse(&bytes))
    }

    fn parse(bytes: &[u8]) -> Self {
        // People paste spaces along.
        let value = |field: Field| {
            form_urlencoded::parse(bytes)
                .find(|(name, _)| name == field.name())
                .map_or_else(String::new, |(_, value)| value.trim().to_owned())
        };
        Self {
            seal: value(Field::Seal),
            project_id: value(Field::ProjectId),
            passcode: Secret::new(value(Field::Passcode)),
            region: value(Field::Region),
        }
    }

    /// The fields that were left empty.
    pub(crate) fn missing(&self) -> impl Iterator<Item = Field> {
        Field::FILLED.into_iter().filter(|field| match field {
            Field::Seal => false,
            Field::ProjectId => self.project_id.is_empty(),
            Field::Passcode => self.passcode.expose().is_empty(),
            Field::Region => self.region.is_empty(),
        })
    }
}
