//! What answers each route: a request's parts into a call of the core, and its result into an answer.

mod accounts;
mod audiences;
mod bulk;
mod campaigns;
mod capabilities;
pub(super) mod connect;
mod counts;
mod custom;
pub(super) mod dashboard;
pub(super) mod health;
mod people;
mod proxy;
mod reports;
mod roi;
mod segments;
mod tokens;
mod writes;

use self::counts::Question;
pub(super) use self::proxy::needs as proxy_needs;
use super::context::Context;
use super::error::Error;
use super::router::Action;
use crate::clevertap::contacts::Subscription;
use crate::clevertap::counts::Subject;
use crate::clevertap::segments::Change;
use crate::transport::{Body, Host, Response};

/// # Errors
/// Whatever is wrong with the request, and whatever the core reports.
pub(super) async fn run<H: Host>(
    context: &Context<'_, H>,
    action: Action,
    body: Body,
) -> Result<Response, Error> {
    match action {
        // Answered before a token is asked for.
        Action::Health => {
            Err(Error::Internal("the health check has no token and no configuration to run with"))
        }
        Action::Dashboard(_) => {
            Err(Error::Internal("the dashboard has no token and no configuration to run with"))
        }
        Action::CampaignsList => campaigns::list(context).await,
        Action::CampaignsGet => campaigns::get(context).await,
        Action::CampaignsCreate => writes::create(context, body).await,
        Action::CampaignsEstimate => writes::estimate(context, body).await,
        Action::CampaignsStop => writes::stop(context, body).await,
        Action::CampaignsTrigger => writes::trigger(context, body).await,
        Action::Reports => reports::query(context).await,
        Action::Roi => roi::compare_channels(context, body).await,
        Action::Custom => custom::forward(context, body).await,
        Action::Proxy => proxy::call(context, body).await,
        Action::Capabilities => capabilities::of_integration(context),
        Action::AccountsList => accounts::list(context).await,
        Action::AccountsLink => accounts::link(context, body).await,
        Action::AccountsGet => accounts::get(context).await,
        Action::AccountsUpdate => accounts::update(context, body).await,
        Action::AccountsDelete => accounts::unlink(context).await,
        Action::AccountCapabilities => capabilities::of_account(context).await,
        Action::AccountToken => tokens::of_account(context, body).await,
        Action::ApiToken => tokens::api(context, body).await,
        Action::LinkToken => tokens::link(context, body).await,
        Action::TokenRevoke => tokens::revoke(context).await,
        Action::ConnectForm => connect::show(context).await,
        Action::ConnectSubmit => connect::submit(context, body).await,
        Action::ConnectAsset(asset) => asset.answer(context.headers),
        Action::ContactsList => people::contacts(context).await,
        Action::ContactsGet => people::contact(context).await,
        Action::ContactsCount => counts::ask(context, body, Question::Count(Subject::Profiles)).await,
        Action::EventsList => people::events(context).await,
        Action::EventsCount => counts::ask(context, body, Question::Count(Subject::Events)).await,
        Action::EventsTrends => counts::ask(context, body, Question::Trends).await,
        Action::EventsTop => counts::ask(context, body, Question::Top).await,
        Action::EventsRealTime => counts::ask(context, body, Question::RealTime).await,
        Action::ContactsUpsert => bulk::upsert(context, body).await,
        Action::ContactsUpdate => bulk::update(context, body).await,
        Action::ContactsDelete => bulk::delete(context).await,
        Action::ContactsDeleteMany => bulk::delete_many(context, body).await,
        Action::ContactsOptIn => bulk::subscriptions(context, body, Subscription::OptIn).await,
        Action::ContactsOptOut => bulk::subscriptions(context, body, Subscription::OptOut).await,
        Action::ContactsDeviceTokens => bulk::device_tokens(context, body).await,
        Action::EventsIngest => bulk::ingest(context, body).await,
        Action::MessagesSend => bulk::messages(context, body).await,
        Action::SegmentsList => segments::list(context).await,
        Action::SegmentsGet => segments::get(context).await,
        Action::SegmentsCreate => segments::create(context, body).await,
        Action::SegmentsAdd => bulk::members(context, body, Change::Add).await,
        Action::SegmentsRemove => bulk::members(context, body, Change::Remove).await,
        Action::AudiencesExport => audiences::export(context, body).await,
    }
}
