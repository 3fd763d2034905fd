//! Callers' NDJSON, cut anywhere, as every kind of record.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| marketing_automation::fuzz::records(data));
