//! Codes of countries and of the states of the United States, and what else is read as one of them.
//!
//! | written | read as |
//! |---|---|
//! | a code of ISO 3166-1 alpha-2, in any case | that country |
//! | `USA`, `United States`, `United States of America`, in any case, with or without dots and spaces | `US` |
//! | a name in [`US_STATES`], of somebody in the United States or whose country is not known | its two letters |
//!
//! Other names of countries, and codes of three letters, are not accepted.

/// ISO 3166-1 alpha-2.
pub(super) const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM \
    BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG \
    EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL \
    IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF \
    MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL \
    PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG \
    TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// What the United States are called, in lower case without dots and spaces.
pub(super) const US_NAMES: [&str; 4] = ["us", "usa", "unitedstates", "unitedstatesofamerica"];

/// States, the federal district and the territories that have mail, by their two letters and their names without spaces.
#[rustfmt::skip]
pub(super) const US_STATES: &[(&str, &str)] = &[
    ("al", "alabama"), ("ak", "alaska"), ("az", "arizona"), ("ar", "arkansas"), ("ca", "california"),
    ("co", "colorado"), ("ct", "connecticut"), ("de", "delaware"), ("dc", "districtofcolumbia"), ("fl", "florida"),
    ("ga", "georgia"), ("hi", "hawaii"), ("id", "idaho"), ("il", "illinois"), ("in", "indiana"), ("ia", "iowa"),
    ("ks", "kansas"), ("ky", "kentucky"), ("la", "louisiana"), ("me", "maine"), ("md", "maryland"),
    ("ma", "massachusetts"), ("mi", "michigan"), ("mn", "minnesota"), ("ms", "mississippi"), ("mo", "missouri"),
    ("mt", "montana"), ("ne", "nebraska"), ("nv", "nevada"), ("nh", "newhampshire"), ("nj", "newjersey"),
    ("nm", "newmexico"), ("ny", "newyork"), ("nc", "northcarolina"), ("nd", "northdakota"), ("oh", "ohio"),
    ("ok", "oklahoma"), ("or", "oregon"), ("pa", "pennsylvania"), ("ri", "rhodeisland"), ("sc", "southcarolina"),
    ("sd", "southdakota"), ("tn", "tennessee"), ("tx", "texas"), ("ut", "utah"), ("vt", "vermont"), ("va", "virginia"),
    ("wa", "washington"), ("wv", "westvirginia"), ("wi", "wisconsin"), ("wy", "wyoming"), ("as", "americansamoa"),
    ("gu", "guam"), ("mp", "northernmarianaislands"), ("pr", "puertorico"), ("vi", "virginislands"),
];
