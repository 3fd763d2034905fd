//! Answers with the names of the latest campaigns, one a line.
//!
//! The interface is the provider's, bound here from its WIT; which component implements it, spin.toml says. Its
//! functions are synchronous: while one waits, this instance does nothing else, and Spin makes another for the
//! next request.

use spin_sdk::http::{IntoResponse, Request, StatusCode};
use spin_sdk::{http_service, variables};

mod bindings {
    spin_sdk::wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package example:campaign-names;
            world app {
                import unified:marketing-automation/accounts@0.1.0;
                import unified:marketing-automation/campaigns@0.1.0;
            }
        ",
        world: "example:campaign-names/app",
        runtime_path: "spin_sdk::wit_bindgen::rt",
    });
}

use bindings::unified::marketing_automation::accounts::{Account, Connection};
use bindings::unified::marketing_automation::campaigns::{self, CampaignQuery};
use bindings::unified::marketing_automation::failures::{Fault, Paging};

#[http_service]
async fn handle(_request: Request) -> impl IntoResponse {
    let connection = match connection().await {
        Ok(connection) => connection,
        Err(error) => return (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
    };
    match names(connection) {
        Ok(names) => (StatusCode::OK, names.join("\n") + "\n"),
        Err(fault) => (StatusCode::BAD_GATEWAY, format!("{fault:?}\n")),
    }
}

async fn connection() -> Result<Connection, variables::Error> {
    Ok(Connection {
        id: "main".to_owned(),
        project_id: variables::get("project_id").await?,
        passcode: variables::get("passcode").await?,
        region: variables::get("region").await?,
        timezone: None,
        endpoint: None,
        upload_hosts: None,
        limits: None,
    })
}

fn names(connection: Connection) -> Result<Vec<String>, Fault> {
    let account = Account::open(connection)?;
    let query = CampaignQuery {
        paging: Some(Paging { cursor: None, limit: Some(20) }),
        scheduled: None,
        statuses: Vec::new(),
        channels: Vec::new(),
        name: None,
        source: None,
        include_remote: Some(false),
    };
    let page = campaigns::list(&account, &query)?;
    Ok(page.items.into_iter().map(|campaign| campaign.name.unwrap_or(campaign.id)).collect())
}
