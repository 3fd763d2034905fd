//! The interfaces of Spin that a `service-spin` component may import.
//!
//! | interface | is |
//! |---|---|
//! | `spin:variables/variables@3.0.0` | [`Variables`] of the options |
//! | `spin:key-value/key-value@3.0.0` | the label `default`: [`KeyValue`](crate::KeyValue) of the options |

mod keys;
mod store;
mod variables;

pub(crate) use variables::Variables;

use wasmtime::component::{HasSelf, Linker};

use crate::state::State;

mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        // What this host implements itself.
        inline: "package marketing-automation:host;
            world spin {
                import spin:key-value/key-value@3.0.0;
                import spin:variables/variables@3.0.0;
            }",
        world: "marketing-automation:host/spin",
        imports: { default: async | store | trappable },
        with: { "spin:key-value/key-value.store": super::store::Opened },
    });
}

/// Links both.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    bindings::spin::variables::variables::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    bindings::spin::key_value::key_value::add_to_linker::<State, HasSelf<State>>(linker, |state| state)
}
