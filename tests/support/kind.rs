//! Which build of the service a scenario runs on.

use std::future::Future;

/// A build of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// `service.wasm`, WASI 0.2.
    #[default]
    Service,
    /// `service-spin.wasm`, WASI 0.3 and Spin's own interfaces.
    ServiceSpin,
}

tokio::task_local! {
    static CURRENT: Kind;
}

impl Kind {
    /// Of the scenario that runs here; outside of [`scenarios!`](crate::scenarios), `service.wasm`.
    #[must_use]
    pub fn current() -> Self {
        CURRENT.try_with(|kind| *kind).unwrap_or_default()
    }

    /// The component's file.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Service => "service.wasm",
            Self::ServiceSpin => "service-spin.wasm",
        }
    }

    /// Runs a scenario on this build.
    pub async fn run(self, scenario: impl Future<Output = ()>) {
        CURRENT.scope(self, scenario).await;
    }
}

/// The list of scenarios, by module: makes a test of each for each build of the service, in the modules
/// `service_wasm` and `service_spin_wasm`.
#[macro_export]
macro_rules! scenarios {
    ($($module:ident: $($name:ident),+;)+) => {
        $crate::scenarios! { @on service_wasm Service $($module: $($name),+;)+ }
        $crate::scenarios! { @on service_spin_wasm ServiceSpin $($module: $($name),+;)+ }
    };
    (@on $build:ident $kind:ident $($module:ident: $($name:ident),+;)+) => {
        mod $build {
            $(mod $module {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    $crate::Kind::$kind.run(super::super::$module::$name()).await;
                })+
            })+
        }
    };
}
