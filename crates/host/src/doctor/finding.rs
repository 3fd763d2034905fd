//! What a check found.

use serde::Serialize;

/// Whether an assumption holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As assumed.
    Holds,
    /// Otherwise than assumed; `seen` says how.
    Differs,
    /// The account has nothing that would tell, or the call failed.
    Unknown,
}

/// One check's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable, such as `report.daily`.
    pub id: &'static str,
    /// Whether the assumption holds.
    pub result: Verdict,
    /// The assumption.
    pub assumption: &'static str,
    /// What was seen: keys, types and numbers, no values.
    pub seen: String,
}

impl Finding {
    /// The findings as a table for the terminal.
    pub fn table(findings: &[Self]) -> String {
        let width = findings.iter().map(|finding| finding.id.len()).max().unwrap_or_default();
        let line = |finding: &Self| {
            let result = match finding.result {
                Verdict::Holds => "holds",
                Verdict::Differs => "DIFFERS",
                Verdict::Unknown => "unknown",
            };
            format!(
                "{:width$}  {result:7}  {}\n{:width$}           seen: {}\n",
                finding.id, finding.assumption, "", finding.seen
            )
        };
        findings.iter().map(line).collect()
    }
}
