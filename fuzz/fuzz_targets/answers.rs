//! Whatever CleverTap's hosts may answer, as every kind of answer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| marketing_automation::fuzz::answers(data));
