//! The components that the project builds: one table, which drives building, tests' inputs and the bench.

/// The package that all of them are built from.
pub(crate) const PACKAGE: &str = "marketing-automation";

/// A file in `target/components/`.
pub(crate) struct Component {
    /// The file's name without `.wasm`, and the folder that it is built in.
    pub(crate) name: &'static str,
    /// The feature of the package that selects its world; exactly one, since no component exports two.
    pub(crate) feature: &'static str,
    /// Small, or fast: cargo's profile.
    pub(crate) profile: &'static str,
    /// What it may weigh, before `wasm-opt` (a budget in `docs/measurements.md`).
    pub(crate) budget: u64,
}

pub(crate) const COMPONENTS: [Component; 3] = [
    Component { name: "provider", feature: "provider", profile: "component", budget: 400_000 },
    Component { name: "service", feature: "service", profile: "service", budget: 600_000 },
    Component { name: "service-spin", feature: "spin", profile: "service", budget: 700_000 },
];
