//! The CleverTap sandbox as this xtask starts it: one account, known to the service by the id `sandbox`.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::binaries::{Binaries, SANDBOX};
use crate::servers::{self, Server};

/// The only token that the service takes. Printed, and good for nothing but invented campaigns.
pub(crate) const TOKEN: &str = "sandbox-token";

/// Seals what is linked here; the same each time, so that it can be opened when this is started again. In print,
/// and so good for invented accounts only.
const SECRET_KEY: &str = "sandbox:5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2";

/// Running, with reports that come at once: what CleverTap takes for them would be a long first look.
pub(crate) struct Sandbox {
    server: Server,
}

impl Sandbox {
    pub(crate) fn start(binaries: &Binaries) -> Result<Self> {
        let address: SocketAddr = servers::loopback(0)?;
        let mut command = binaries.command(SANDBOX)?;
        command.args(["--listen", &address.to_string(), "--report-latency", "none"]);
        let mut server = Server::start("sandbox", address, &mut command)?;
        server.wait_until_ready(None, Duration::from_secs(20))?;
        Ok(Self { server })
    }

    pub(crate) fn server(&mut self) -> &mut Server {
        &mut self.server
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// The service's configuration for it.
    pub(crate) fn environment(&self) -> [(&'static str, String); 5] {
        let url = self.url();
        let accounts = json!([{
            "id": "sandbox",
            "project_id": "TEST-SANDBOX-001",
            "passcode": "sandbox-passcode",
            "region": "eu1",
            "timezone": "Asia/Kolkata",
            "endpoint": url,
        }]);
        [
            ("MARKETING_AUTOMATION_ACCOUNTS", accounts.to_string()),
            ("MARKETING_AUTOMATION_API_TOKENS", TOKEN.to_owned()),
            ("MARKETING_AUTOMATION_SECRET_KEYS", SECRET_KEY.to_owned()),
            ("MARKETING_AUTOMATION_ALLOWED_ENDPOINTS", url),
            // Its storage of lists is where it is itself.
            ("MARKETING_AUTOMATION_UPLOAD_HOSTS", "127.0.0.1".to_owned()),
        ]
    }
}
