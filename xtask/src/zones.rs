//! `cargo xtask zones`: makes `src/clevertap/zones.txt` from the system's time zone database.
//!
//! One line for each distinct zone: its names, the POSIX rule that holds after the last listed change (empty
//! where there is none), the offset at the start of 2013 (CleverTap's first year), and the changes since, as
//! `unix-time:offset` in seconds east of UTC.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use anyhow::{Context as _, Result};
use tz::TimeZone;

use crate::workspace::Workspace;

const DATABASE: &str = "/usr/share/zoneinfo";
/// 2013-01-01T00:00:00Z.
const SINCE: i64 = 1_356_998_400;
/// Folders and files of the database that are no zones of their own.
const LEFT_OUT: &[&str] = &["posix", "right", "posixrules", "localtime", "Factory"];

pub(crate) fn zones(workspace: &Workspace) -> Result<()> {
    let mut names = Vec::new();
    collect(Path::new(DATABASE), "", &mut names)
        .with_context(|| format!("cannot read {DATABASE}: install the package tzdata"))?;
    names.sort();
    let mut zones: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in names {
        let bytes = fs::read(Path::new(DATABASE).join(&name))?;
        if let Some(line) = data(&bytes) {
            zones.entry(line).or_default().push(name);
        }
    }
    let mut lines: Vec<String> =
        zones.into_iter().map(|(data, names)| format!("{}|{data}", names.join(" "))).collect();
    lines.sort();
    let target = workspace.root().join("src/clevertap/zones.txt");
    fs::write(&target, lines.join("\n") + "\n")?;
    println!("{}: {} zones, {} bytes", workspace.shown(&target), lines.len(), fs::metadata(&target)?.len());
    Ok(())
}

fn collect(folder: &Path, prefix: &str, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        let full = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        if entry.path().is_dir() {
            collect(&entry.path(), &full, names)?;
        } else {
            names.push(full);
        }
    }
    Ok(())
}

/// The part of a line after the names; none for files that are no zones.
fn data(bytes: &[u8]) -> Option<String> {
    let zone = TimeZone::from_tz_data(bytes).ok()?;
    let zone = zone.as_ref();
    let text = bytes.strip_suffix(b"\n")?;
    let rule = std::str::from_utf8(text.rsplit(|byte| *byte == b'\n').next()?).ok()?;
    let first = zone.find_local_time_type(SINCE).ok()?.ut_offset();
    let mut line = format!("{rule}|{first}|");
    let mut last = first;
    for change in zone.transitions().iter().filter(|change| change.unix_leap_time() > SINCE) {
        let offset = zone.local_time_types().get(change.local_time_type_index())?.ut_offset();
        // The rule takes over from here on; what it says needs no line.
        if change.unix_leap_time() > 1_900_000_000 {
            break;
        }
        if offset != last {
            let comma = if line.ends_with('|') { "" } else { "," };
            write!(line, "{comma}{}:{offset}", change.unix_leap_time()).ok()?;
            last = offset;
        }
    }
    Some(line)
}
