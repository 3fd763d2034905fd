//! Lines of the log: one record, one line, whatever is in it.

use std::panic;

/// A line and its end.
pub(crate) fn ended(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len().saturating_add(1));
    bytes.extend(text.bytes().map(|byte| if byte == b'\n' { b' ' } else { byte }));
    bytes.push(b'\n');
    bytes
}

/// There are to be no panics. Should there be one, this target would end in silence: the line says where. It
/// does not say what, as a message may quote what it stumbled over.
pub(crate) fn report_panics(write: fn(&str)) {
    panic::set_hook(Box::new(move |info| {
        let place = info.location().map_or_else(|| "nowhere".to_owned(), ToString::to_string);
        write(&format!(r#"{{"event":"panic","location":"{}"}}"#, place.escape_default()));
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line() {
        assert_eq!(ended("a\nb"), b"a b\n");
        assert_eq!(ended(""), b"\n");
    }
}
