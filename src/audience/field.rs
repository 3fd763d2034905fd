//! What is known of a person, by the names that callers use, and why some of it does not go out.

use std::fmt;

/// One thing that is known of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Id,
    Name,
    Email,
    Phone,
    FirstName,
    LastName,
    Gender,
    Birthdate,
    City,
    State,
    PostalCode,
    Country,
    MobileAdId,
}

impl Field {
    pub const ALL: [Self; 13] = [
        Self::Id,
        Self::Name,
        Self::Email,
        Self::Phone,
        Self::FirstName,
        Self::LastName,
        Self::Gender,
        Self::Birthdate,
        Self::City,
        Self::State,
        Self::PostalCode,
        Self::Country,
        Self::MobileAdId,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Gender => "gender",
            Self::Birthdate => "birthdate",
            Self::City => "city",
            Self::State => "state",
            Self::PostalCode => "postal_code",
            Self::Country => "country",
            Self::MobileAdId => "mobile_ad_id",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// Why a value does not go out. The person does, if others of their values do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Longer than anything of its kind.
    TooLong,
    /// Nothing of its kind: an address without `@`, a date that is none.
    Malformed,
    /// A phone number that begins with a single zero, or is too short to have a country's code.
    NoCountryCode,
    /// A word that the destination does not know.
    NotAccepted,
    /// Nothing is left of it once it is normalised.
    NothingLeft,
    /// It is a hash already, and the destination takes this one in clear, or only a part of it.
    Hashed,
    /// An id that is an address or a number of the person, which would go out in clear.
    ContactData,
    /// A name that is not two words: which is the first name is not known.
    NameNotSplit,
    /// An address needs first name, last name, country and postal code.
    AddressIncomplete,
}

impl Reason {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Malformed => "malformed",
            Self::NoCountryCode => "no_country_code",
            Self::NotAccepted => "not_accepted",
            Self::NothingLeft => "nothing_left",
            Self::Hashed => "hashed",
            Self::ContactData => "contact_data",
            Self::NameNotSplit => "name_not_split",
            Self::AddressIncomplete => "address_incomplete",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why a person is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// None of what is left tells the destination who it is.
    NoIdentifier,
    /// The provider knows nobody of this name.
    NotFound,
}

impl Skip {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoIdentifier => "no_identifier",
            Self::NotFound => "not_found",
        }
    }
}
