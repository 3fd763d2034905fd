//! `GET /1/profile.json`: one user.

use serde_json::{Value, json};

use crate::UnknownUser;
use crate::answer::Answer;
use crate::people::Id;
use crate::person::Parts;
use crate::visit::{Reply, Visit};

/// [OFF] S:snippets, section 8.1.
pub(crate) fn profile(visit: &mut Visit<'_>) -> Reply {
    type Kind = fn(String) -> Id;
    let kinds: [(&str, Kind); 3] =
        [("email", Id::Email), ("identity", Id::Identity), ("objectId", Id::Device)];
    let given: Vec<_> =
        kinds.into_iter().filter_map(|(name, kind)| visit.request.param(name).map(kind)).collect();
    let [id] = given.as_slice() else {
        return Err(Answer::explained("takes exactly one of email, identity, objectId"));
    };
    let Some(person) = visit.account.people.get(id) else {
        return Err(unknown(visit.variants.unknown_user));
    };
    let mut record = person.record(Parts { app: true, events: true, profile: true });
    if !person.identities.is_empty() {
        // [3P] S:java, S:eclipse.
        record["all_identities"] = json!(person.identities);
    }
    Ok(Answer::ok(&json!({ "status": "success", "record": record })))
}

/// [UNK]; the forms that clients accept: [3P] S:leanderp, section 8.1.
fn unknown(form: UnknownUser) -> Answer {
    match form {
        UnknownUser::RecordNull => Answer::ok(&json!({ "status": "success", "record": Value::Null })),
        UnknownUser::RecordAbsent => Answer::success(),
        UnknownUser::NotFound => Answer::fail(404, "Profile not found", 404),
        UnknownUser::Message => Answer::fail(200, "User not found", 404),
    }
}
