//! A provider component: its functions, called with JSON.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::Store;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{
    Component, ComponentExportIndex, Func, Instance, InstancePre, ResourceType, Type, Val,
};

use crate::capabilities::Capabilities;
use crate::egress::Egress;
use crate::engine::Engine;
use crate::limits::{Limits, Progress, Usage};
use crate::service::LinkError;
use crate::state::{Grants, Stalled, State};
use crate::values::{self, Resources, ValueError};

/// What a provider is given.
#[derive(Debug, Clone, Default)]
pub struct ProviderOptions {
    /// Its way out; none by default.
    pub egress: Egress,
    /// What each session may use; the time is that of one call.
    pub limits: Limits,
}

/// A provider component, ready to be instantiated. Cheap to clone.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    engine: Engine,
    pre: InstancePre<State>,
    interfaces: Interfaces,
    options: ProviderOptions,
}

/// By the interface's short name, such as `campaigns`: its functions by their WIT names, such as `list` or
/// `[method]account.verify`.
type Interfaces = BTreeMap<String, BTreeMap<String, ComponentExportIndex>>;

/// Why a call gave no value.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// The component exports no such interface.
    #[error("no interface `{name}`; there are {}", known.join(", "))]
    NoInterface {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The interface has no such function.
    #[error("`{interface}` has no function `{name}`; it has {}", known.join(", "))]
    NoFunction {
        /// The interface.
        interface: String,
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The arguments do not fit the function.
    #[error("{0}")]
    Arguments(#[from] ValueError),
    /// The function returned its error: the WIT's, as JSON.
    #[error("{}", fault_text(.0))]
    Fault(Value),
    /// No instance can be made.
    #[error("the component does not start: {0}")]
    Instantiate(String),
    /// The component trapped. The session is over.
    #[error("the component trapped: {0}")]
    Trapped(String),
    /// The component may not have more memory. The session is over.
    #[error("the component needs more than its {limit} bytes of memory")]
    OutOfMemory {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The call took too long. The session is over.
    #[error("no answer within {limit:?}")]
    TimedOut {
        /// The limit.
        limit: Duration,
    },
}

impl CallError {
    /// The case of the WIT's error, such as `unauthorized`.
    pub fn fault(&self) -> Option<&str> {
        match self {
            Self::Fault(Value::String(case)) => Some(case),
            Self::Fault(Value::Object(object)) => object.keys().next().map(String::as_str),
            _ => None,
        }
    }
}

/// The case and its text, or its whole payload where that is no text.
fn fault_text(fault: &Value) -> String {
    let Value::Object(object) = fault else { return fault.to_string() };
    match object.iter().next() {
        Some((case, Value::String(text))) => format!("{case}: {text}"),
        Some((case, payload)) => format!("{case}: {payload}"),
        None => "{}".to_owned(),
    }
}

impl Provider {
    /// Links a component with what the `marketing-automation` world may import, and nothing else.
    ///
    /// # Errors
    /// When the component imports anything else.
    pub fn new(engine: &Engine, component: &Component, options: ProviderOptions) -> Result<Self, LinkError> {
        let pre = Capabilities::Provider
            .linker(engine)
            .and_then(|linker| linker.instantiate_pre(component))
            .map_err(|error| LinkError(format!("{error:#}")))?;
        Ok(Self(Arc::new(Inner { engine: engine.clone(), pre, interfaces: interfaces(component), options })))
    }

    /// The interfaces' short names, each with its functions' WIT names.
    pub fn functions(&self) -> BTreeMap<String, Vec<String>> {
        let names = |functions: &BTreeMap<String, _>| functions.keys().cloned().collect();
        self.0.interfaces.iter().map(|(interface, functions)| (interface.clone(), names(functions))).collect()
    }

    /// A fresh instance, without an account.
    ///
    /// # Errors
    /// When there is no place for it, or it does not start.
    pub async fn session(&self) -> Result<Session, CallError> {
        let inner = &self.0;
        let limits = &inner.options.limits;
        let place = inner.engine.place().await;
        let usage = Usage::default();
        let progress = Progress::new(limits.request_timeout);
        let mut store =
            State::store(&inner.engine, &Grants::new(&inner.options.egress, limits), &usage, Some(&progress));
        let instance = inner.pre.instantiate_async(&mut store).await;
        let instance = instance.map_err(|error| CallError::Instantiate(format!("{error:#}")))?;
        Ok(Session {
            provider: self.clone(),
            store,
            instance,
            resources: Vec::new(),
            usage,
            progress,
            _place: place,
        })
    }

    /// A fresh instance with an open account, which is then the account of every call.
    ///
    /// `connection` is the WIT's record `accounts.connection` as JSON.
    ///
    /// # Errors
    /// When it does not start, or does not accept the connection.
    pub async fn open(&self, connection: &Value) -> Result<Session, CallError> {
        let mut session = self.session().await?;
        session.call("accounts", "open", std::slice::from_ref(connection)).await?;
        Ok(session)
    }

    /// One call in an instance of its own.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub async fn call(&self, interface: &str, function: &str, args: &[Value]) -> Result<Value, CallError> {
        self.session().await?.call(interface, function, args).await
    }
}

fn interfaces(component: &Component) -> Interfaces {
    let engine = component.engine();
    let ty = component.component_type();
    let mut interfaces = Interfaces::new();
    for (name, item) in ty.exports(engine) {
        let ComponentItem::ComponentInstance(interface) = item.ty else { continue };
        let Some(index) = component.get_export_index(None, name) else { continue };
        let functions = interface.exports(engine).filter_map(|(function, item)| match item.ty {
            ComponentItem::ComponentFunc(_) => {
                Some((function.to_owned(), component.get_export_index(Some(&index), function)?))
            }
            _ => None,
        });
        interfaces.insert(short_name(name).to_owned(), functions.collect());
    }
    interfaces
}

/// `campaigns` of `unified:marketing-automation/campaigns@0.1.0`.
fn short_name(name: &str) -> &str {
    let name = name.split_once('/').map_or(name, |(_, name)| name);
    name.split_once('@').map_or(name, |(name, _)| name)
}

/// An instance of a provider and the resources that its calls have returned. Calls run one after the other:
/// concurrency takes several sessions.
pub struct Session {
    provider: Provider,
    store: Store<State>,
    instance: Instance,
    resources: Resources,
    usage: Usage,
    progress: Progress,
    _place: OwnedSemaphorePermit,
}

impl Session {
    /// Calls a function, such as `campaigns` and `list`; see the table in this crate's README for the JSON forms.
    ///
    /// Borrowed resources need not be given: without a `{"resource": n}` in its place, such a parameter gets
    /// the newest resource of its type, which is the account that [`Provider::open`] opened. Parameters that
    /// are left out at the end are nothing, where their types have such a value. Of a `result`, this returns
    /// the value or [`CallError::Fault`].
    ///
    /// # Errors
    /// When there is no such function, when the arguments do not fit, and when the function returned its error
    /// or did not return.
    pub async fn call(
        &mut self,
        interface: &str,
        function: &str,
        args: &[Value],
    ) -> Result<Value, CallError> {
        let function = self.function(interface, function)?;
        let args = self.arguments(&function, args)?;
        let mut results = vec![Val::Bool(false); function.ty(&self.store).results().len()];

        self.progress.touch();
        let called = tokio::select! {
            called = function.call_async(&mut self.store, &args, &mut results) => called,
            () = self.progress.stalled() => Err(Stalled.into()),
        };
        called.map_err(|error| self.stopped(&error))?;

        let mut resources = std::mem::take(&mut self.resources);
        let result = match results.pop() {
            None => Ok(Value::Null),
            Some(Val::Result(Ok(value))) => {
                Ok(value.map_or(Value::Null, |value| values::to_json(*value, &mut resources)))
            }
            Some(Val::Result(Err(fault))) => Err(CallError::Fault(
                fault.map_or(Value::Null, |fault| values::to_json(*fault, &mut resources)),
            )),
            Some(value) => Ok(values::to_json(value, &mut resources)),
        };
        self.resources = resources;
        result
    }

    /// What the instance has used so far.
    pub fn usage(&self) -> &Usage {
        &self.usage
    }

    /// By its WIT name, or by the bare name of a resource's function: `open` for `[static]account.open`.
    fn function(&mut self, interface: &str, name: &str) -> Result<Func, CallError> {
        let interfaces = &self.provider.0.interfaces;
        let Some(functions) = interfaces.get(short_name(interface)) else {
            let known = interfaces.keys().cloned().collect();
            return Err(CallError::NoInterface { name: interface.to_owned(), known });
        };
        let is_named = |wit_name: &str| {
            wit_name == name
                || wit_name
                    .strip_prefix('[')
                    .is_some_and(|rest| rest.split(['.', ']']).next_back() == Some(name))
        };
        let index = functions.iter().find(|(wit_name, _)| is_named(wit_name)).map(|(_, index)| index);
        match index.and_then(|index| self.instance.get_func(&mut self.store, index)) {
            Some(function) => Ok(function),
            None => Err(CallError::NoFunction {
                interface: interface.to_owned(),
                name: name.to_owned(),
                known: functions.keys().cloned().collect(),
            }),
        }
    }

    fn arguments(&self, function: &Func, args: &[Value]) -> Result<Vec<Val>, ValueError> {
        let ty = function.ty(&self.store);
        let mut args = args.iter().peekable();
        let mut values = Vec::with_capacity(ty.params().len());
        for (name, ty) in ty.params() {
            let needed = |problem: &str| ValueError { path: name.to_owned(), problem: problem.to_owned() };
            let given = args.peek().is_some_and(|value| value.get("resource").is_some());
            let value = match &ty {
                Type::Borrow(resource) if !given => self
                    .newest(resource)
                    .ok_or_else(|| needed("nothing of this type is open in this session"))?,
                ty => match args.next() {
                    Some(value) => values::from_json(ty, value, name, &self.resources)?,
                    None => values::absent(ty).ok_or_else(|| needed("this argument is needed"))?,
                },
            };
            values.push(value);
        }
        match args.count() {
            0 => Ok(values),
            more => Err(ValueError { path: String::new(), problem: format!("{more} arguments too many") }),
        }
    }

    /// The resource for a parameter that borrows one of this type and for which none is given.
    fn newest(&self, ty: &ResourceType) -> Option<Val> {
        self.resources
            .iter()
            .rev()
            .find(|resource| resource.ty() == *ty)
            .map(|resource| Val::Resource(*resource))
    }

    fn stopped(&self, error: &wasmtime::Error) -> CallError {
        let limits = &self.provider.0.options.limits;
        if error.downcast_ref::<Stalled>().is_some() {
            CallError::TimedOut { limit: limits.request_timeout }
        } else if self.usage.memory_refused() {
            CallError::OutOfMemory { limit: limits.memory_bytes }
        } else {
            CallError::Trapped(format!("{error:#}"))
        }
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("options", &self.0.options).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("usage", &self.usage).finish_non_exhaustive()
    }
}
