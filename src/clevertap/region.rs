//! CleverTap's regions, and what people may write for them.
//!
//! | region | code | names | API host | dashboard host |
//! |---|---|---|---|---|
//! | Europe, the default project region | `eu1` | Europe, EU, global | `api.clevertap.com`, `eu1.api.clevertap.com` | `eu1.dashboard.clevertap.com` |
//! | India | `in1` | India, IN | `in1.api.clevertap.com` | `in1.dashboard.clevertap.com` |
//! | United States | `us1` | United States, United States of America, US, USA | `us1.api.clevertap.com` | `us1.dashboard.clevertap.com` |
//! | Singapore | `sg1` | Singapore, SG | `sg1.api.clevertap.com` | `sg1.dashboard.clevertap.com` |
//! | Indonesia | `aps3` | Indonesia | `aps3.api.clevertap.com` | `aps3.dashboard.clevertap.com` |
//! | Middle East (UAE) | `mec1` | Middle East (UAE), Middle East, UAE, United Arab Emirates | `mec1.api.clevertap.com` | `mec1.dashboard.clevertap.com` |
//! | South Korea | `sk1` | South Korea, Korea, SK | `sk1.api.clevertap.com` | `sk1.dashboard.clevertap.com` |
//!
//! Rules: space around it does not count, runs of space count as one, and the case of letters does not
//! matter. A host may stand alone or in an address with path, query and fragment; only `http` and `https`
//! addresses count, without a user name or an unusual port. `auto` stands for "find out", which only verifying
//! an account does. Anything else, the empty text included, is an error: nothing falls back.
//!
//! | text | read as |
//! |---|---|
//! | `eu1`, `GLOBAL`, `api.clevertap.com` | Europe |
//! | `Middle East (UAE)`, `uae`, `mec1.api.clevertap.com` | Middle East (UAE) |
//! | `https://in1.dashboard.clevertap.com/login.html#/` | India |
//! | `auto` | every region in turn |
//! | `eu2`, `dashboard.clevertap.com`, `https://eu1.dashboard.clevertap.com@example.org/` | an error |
//!
//! Errors never repeat the text: it may be a passcode in the wrong place.

use std::fmt;

use url::Url;

use crate::model::campaign::spelled;

spelled! {
    /// One of CleverTap's data centres, by its code.
    Region { Eu1 = "eu1", In1 = "in1", Us1 = "us1", Sg1 = "sg1", Aps3 = "aps3", Mec1 = "mec1", Sk1 = "sk1" }
}

impl Region {
    /// The first label of the dashboard's address.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.as_str()
    }

    /// As CleverTap's settings page calls it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Eu1 => "Europe",
            Self::In1 => "India",
            Self::Us1 => "United States",
            Self::Sg1 => "Singapore",
            Self::Aps3 => "Indonesia",
            Self::Mec1 => "Middle East (UAE)",
            Self::Sk1 => "South Korea",
        }
    }

    /// Where its API lives.
    #[must_use]
    pub const fn api_host(self) -> &'static str {
        match self {
            Self::Eu1 => "api.clevertap.com",
            Self::In1 => "in1.api.clevertap.com",
            Self::Us1 => "us1.api.clevertap.com",
            Self::Sg1 => "sg1.api.clevertap.com",
            Self::Aps3 => "aps3.api.clevertap.com",
            Self::Mec1 => "mec1.api.clevertap.com",
            Self::Sk1 => "sk1.api.clevertap.com",
        }
    }

    /// Names other than its label, in lower case.
    const fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Eu1 => &["eu", "global"],
            Self::In1 => &["in"],
            Self::Us1 => &["us", "usa", "united states of america"],
            Self::Sg1 => &["sg"],
            Self::Aps3 => &[],
            Self::Mec1 => &["middle east", "uae", "united arab emirates"],
            Self::Sk1 => &["korea", "sk"],
        }
    }

    fn named(name: &str) -> Option<Self> {
        let is = |region: &Self| {
            region.code() == name
                || region.label().eq_ignore_ascii_case(name)
                || region.aliases().contains(&name)
        };
        Self::ALL.iter().copied().find(is)
    }

    fn at_host(host: &str) -> Option<Self> {
        let host = host.strip_suffix('.').unwrap_or(host);
        if host == Self::Eu1.api_host() {
            return Some(Self::Eu1);
        }
        let code = host
            .strip_suffix(".api.clevertap.com")
            .or_else(|| host.strip_suffix(".dashboard.clevertap.com"))?;
        Self::ALL.iter().copied().find(|region| region.code() == code)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A region, or the wish to have it found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionChoice {
    One(Region),
    /// Only verifying an account resolves it, by showing the credentials to every region in turn.
    Auto,
}

impl RegionChoice {
    /// Reads any of the accepted forms.
    ///
    /// # Errors
    /// The message lists what is accepted, and does not repeat the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        if name == "auto" {
            return Ok(Self::Auto);
        }
        Region::named(&name)
            .or_else(|| address_host(&name).and_then(|host| Region::at_host(&host)))
            .map(Self::One)
            .ok_or_else(accepted)
    }
}

/// The host of an address, with or without a scheme.
fn address_host(text: &str) -> Option<String> {
    if !text.contains('.') || text.contains(char::is_whitespace) {
        return None;
    }
    let url =
        if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("https://{text}")) }.ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none();
    if plain { url.host_str().map(str::to_owned) } else { None }
}

/// The message for a text that names no region.
fn accepted() -> String {
    let all: Vec<_> =
        Region::ALL.iter().map(|region| format!("{} ({})", region.code(), region.label())).collect();
    format!(
        "not a CleverTap region; accepted are {}, these names, the address of your dashboard such as \
         https://eu1.dashboard.clevertap.com, and auto, which verifying the account resolves",
        all.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(text: &str) -> Option<Region> {
        match RegionChoice::parse(text) {
            Ok(RegionChoice::One(region)) => Some(region),
            Ok(RegionChoice::Auto) | Err(_) => None,
        }
    }

    #[test]
    fn every_region_by_every_form() {
        for region in Region::ALL.iter().copied() {
            let code = region.code();
            let forms = [
                code.to_owned(),
                code.to_uppercase(),
                format!("  {code}\n"),
                region.label().to_owned(),
                region.label().to_uppercase(),
                format!("{code}.api.clevertap.com"),
                format!("{code}.dashboard.clevertap.com"),
                format!("{code}.dashboard.clevertap.com/login.html"),
                format!("https://{code}.dashboard.clevertap.com"),
                format!("HTTPS://{}.Dashboard.CleverTap.com/", code.to_uppercase()),
                format!(
                    "https://{code}.dashboard.clevertap.com/login.html#/TEST-1/campaigns?x=https://us1.api.clevertap.com"
                ),
                format!("https://{code}.api.clevertap.com:443/1/upload"),
                format!("https://{}/1/upload", region.api_host()),
            ];
            for form in forms {
                assert_eq!(one(&form), Some(region), "{form}");
            }
            for alias in region.aliases() {
                assert_eq!(one(alias), Some(region), "{alias}");
            }
        }
    }

    #[test]
    fn special_forms() {
        assert_eq!(one("api.clevertap.com"), Some(Region::Eu1));
        assert_eq!(one("Global"), Some(Region::Eu1));
        assert_eq!(one("Middle  East (UAE)"), Some(Region::Mec1));
        assert_eq!(RegionChoice::parse(" AUTO "), Ok(RegionChoice::Auto));
    }

    #[test]
    fn anything_else_is_an_error_that_lists_what_is_accepted() {
        let wrong = [
            "",
            " ",
            "eu2",
            "none",
            "default",
            "eu 1",
            "clevertap.com",
            "dashboard.clevertap.com",
            "sk1-staging-11.wzrkt.com",
            "eu1.api.clevertap.com.example.org",
            "example.org/eu1.api.clevertap.com",
            "https://eu1.dashboard.clevertap.com@example.org/",
            "https://eu1@eu1.dashboard.clevertap.com/",
            "https://eu1.dashboard.clevertap.com:8443/",
            "ftp://eu1.api.clevertap.com",
            "x.eu1.api.clevertap.com",
            "eu1.api.clevertap.com us1.api.clevertap.com",
            "https://",
            "eu1/",
            "javascript:eu1.api.clevertap.com",
        ];
        for text in wrong {
            let message = RegionChoice::parse(text).expect_err(text);
            for region in Region::ALL {
                assert!(message.contains(region.code()) && message.contains(region.label()), "{message}");
            }
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_never_falls_back(text in "\\PC{0,60}") {
            if let Ok(RegionChoice::One(region)) = RegionChoice::parse(&text) {
                let lower = text.to_lowercase();
                let named = lower.contains(region.code())
                    || lower.contains(&region.label().to_lowercase())
                    || lower.contains("api.clevertap.com")
                    || region.aliases().iter().any(|alias| lower.trim() == *alias);
                prop_assert!(named, "{text} became {region}");
            }
        }

        #[test]
        fn foreign_hosts_are_no_region(host in "[a-z0-9.-]{1,30}", tail in "(/[a-z0-9.]*)?") {
            let text = format!("https://{host}.example.org{tail}");
            prop_assert!(RegionChoice::parse(&text).is_err());
        }
    }
}
