//! Which records of a batch CleverTap took.
//!
//! | answer | records |
//! |---|---|
//! | nothing in `unprocessed`, and `processed` is all of them or absent | succeeded |
//! | an entry that names a record number (`Skipped record number : 2`, from 1) | that one failed, with its code |
//! | entries without a number, as many as there are records | all failed |
//! | entries without a number, or with one that cannot be, fewer | the others are unknown: some of them were rejected |
//! | `processed` does not make up for the rest | those that were not rejected are unknown |
//! | `partial`, without an entry and without `processed` | all unknown |
//!
//! The echoed record is not compared: CleverTap normalises it ([REC] S:ruby).

use serde_json::Value;

/// How one record of a batch ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Taken,
    Rejected { code: Option<u32>, message: String },
    Unclear(String),
}

/// One verdict for each of `count` records.
pub(super) fn settle(count: usize, answer: &Value) -> Vec<Verdict> {
    let entries = answer.get("unprocessed").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut verdicts = vec![Verdict::Taken; count];
    let (mut nameless, mut named_twice) = (Vec::new(), false);
    for entry in entries {
        let rejection = rejection(entry);
        let place = entry
            .get("error")
            .and_then(Value::as_str)
            .and_then(number)
            .and_then(|number| number.checked_sub(1))
            .and_then(|place| verdicts.get_mut(place));
        match place {
            Some(verdict @ Verdict::Taken) => *verdict = rejection,
            // Named twice: whichever it was the second time, it is not known.
            Some(_) => {
                named_twice = true;
                nameless.push(rejection);
            }
            None => nameless.push(rejection),
        }
    }
    let open = verdicts.iter().filter(|verdict| **verdict == Verdict::Taken).count();
    let processed = match answer.get("processed") {
        Some(Value::String(text)) => text.trim().parse().ok(),
        other => other.and_then(Value::as_u64),
    };
    let none_taken = processed.is_none_or(|processed| processed == 0);
    if !nameless.is_empty() && nameless.len() == open && none_taken && !named_twice {
        // Whichever entry is whose, all of these were rejected.
        let rest = verdicts.iter_mut().filter(|verdict| **verdict == Verdict::Taken);
        rest.zip(nameless).for_each(|(verdict, rejection)| *verdict = rejection);
        return verdicts;
    }
    let partial = answer
        .get("status")
        .and_then(Value::as_str)
        .is_some_and(|status| status.trim().eq_ignore_ascii_case("partial"));
    let doubt = if !nameless.is_empty() {
        format!("CleverTap rejected {} of these records without saying which", nameless.len())
    } else if let Some(processed) = processed.filter(|processed| usize::try_from(*processed) != Ok(open)) {
        format!(
            "CleverTap says that it took {processed} records of a batch of which it rejected all but {open}"
        )
    } else if partial && entries.is_empty() && processed.is_none() {
        "CleverTap says that it took these records in part, without saying which".to_owned()
    } else {
        return verdicts;
    };
    for verdict in verdicts.iter_mut().filter(|verdict| **verdict == Verdict::Taken) {
        *verdict = Verdict::Unclear(doubt.clone());
    }
    verdicts
}

fn rejection(entry: &Value) -> Verdict {
    let error = entry.get("error").and_then(Value::as_str).unwrap_or("rejected without a reason");
    let code = match entry.get("code") {
        Some(Value::Number(code)) => code.as_u64().and_then(|code| u32::try_from(code).ok()),
        Some(Value::String(code)) => code.trim().parse().ok(),
        _ => None,
    };
    Verdict::Rejected { code, message: reason(error).to_owned() }
}

/// CleverTap's words before the number.
const NUMBER: &str = "skipped record number";

/// Where [`NUMBER`] stands, in any case of letters; it is all ASCII, so the place holds for the text itself.
fn place_of_number(error: &str) -> Option<usize> {
    error.to_ascii_lowercase().rfind(NUMBER)
}

/// The record number at the end of a rejection.
fn number(error: &str) -> Option<usize> {
    let rest = error.get(place_of_number(error)?.checked_add(NUMBER.len())?..)?;
    let digits = rest.trim_start_matches(|c: char| c == ':' || c.is_whitespace());
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end)?.parse().ok()
}

/// The rejection without its number, which is the batch's and means nothing to the caller.
fn reason(error: &str) -> &str {
    let text = place_of_number(error).and_then(|place| error.get(..place)).unwrap_or(error);
    let text = text.trim();
    if text.is_empty() { error } else { text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn rejected(code: u32, message: &str) -> Verdict {
        Verdict::Rejected { code: Some(code), message: message.to_owned() }
    }

    #[test]
    fn rejections_are_found_by_their_number() {
        let answer = json!({"status": "partial", "processed": 2, "unprocessed": [
            {"status": "fail", "code": 515, "record": {"identity": "1"},
             "error": "Profile data is incorrect. Email is not valid.Skipped record number : 2"},
        ]});
        let email = rejected(515, "Profile data is incorrect. Email is not valid.");
        assert_eq!(settle(3, &answer), [Verdict::Taken, email, Verdict::Taken]);
        for (text, place) in [
            ("x skipped RECORD number:1", Some(1)),
            ("Skipped record number : 12. Sorry", Some(12)),
            ("Skipped record number : 1 Skipped record number : 3", Some(3)),
            ("Skipped record number", None),
            ("Skipped record number : 99999999999999999999999", None),
            ("number 3", None),
        ] {
            assert_eq!(number(text), place, "{text}");
        }
    }

    #[test]
    fn what_does_not_add_up_is_unclear() {
        let unclear = |verdicts: &[Verdict]| {
            verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Unclear(_))).count()
        };
        let nameless =
            json!({"status": "partial", "processed": 2, "unprocessed": [{"code": 512, "error": "no"}]});
        assert_eq!(unclear(&settle(3, &nameless)), 3);
        assert_eq!(unclear(&settle(1, &nameless)), 1, "one was taken, and one was not");
        let none = json!({"status": "fail", "processed": 0, "unprocessed": [{"code": 512, "error": "no"}]});
        assert_eq!(settle(1, &none), [rejected(512, "no")], "the only one it can be");
        let outside = json!({"unprocessed": [{"code": 512, "error": "Skipped record number : 7"}]});
        assert_eq!(unclear(&settle(2, &outside)), 2);
        let zero = json!({"unprocessed": [{"code": 512, "error": "Skipped record number : 0"}]});
        assert_eq!(unclear(&settle(2, &zero)), 2);
        let twice = json!({"unprocessed": [
            {"code": 512, "error": "a Skipped record number : 1"},
            {"code": 513, "error": "b Skipped record number : 1"},
        ]});
        assert_eq!(settle(2, &twice)[0], rejected(512, "a"));
        assert_eq!(unclear(&settle(2, &twice)), 1);
        assert_eq!(unclear(&settle(3, &twice)), 2);
        let few = json!({"status": "success", "processed": 1, "unprocessed": []});
        assert_eq!(unclear(&settle(2, &few)), 2);
        assert_eq!(unclear(&settle(2, &json!({"status": "Partial"}))), 2);
        assert_eq!(
            unclear(&settle(2, &json!({"status": "partial", "processed": "1", "unprocessed": []}))),
            2
        );
        for all in
            [json!({"status": "success", "processed": 2, "unprocessed": []}), json!({"status": "success"})]
        {
            assert_eq!(settle(2, &all), [Verdict::Taken, Verdict::Taken]);
        }
    }

    proptest! {
        #[test]
        fn every_record_has_a_verdict(count in 0usize..20, rejections in prop::collection::vec((0usize..25, any::<bool>()), 0..20), processed in prop::option::of(0u64..20)) {
            let entries: Vec<_> = rejections.iter().map(|(number, named)| {
                let tail = if *named { format!("Skipped record number : {number}") } else { String::new() };
                json!({"code": 512, "error": format!("no. {tail}")})
            }).collect();
            let answer = json!({"status": "partial", "processed": processed, "unprocessed": entries});
            let verdicts = settle(count, &answer);
            prop_assert_eq!(verdicts.len(), count);
            // What is called taken was neither rejected nor left in doubt by any entry.
            if verdicts.contains(&Verdict::Taken) {
                let rejected = verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Rejected { .. })).count();
                prop_assert_eq!(rejected, entries.len());
            }
        }
    }
}
