"""Lists campaigns through provider.wasm: `campaigns.py PROVIDER SANDBOX`.

What an embedder writes: link WASI, open an account from values, call the interface. The component has no
configuration of its own, so credentials are this program's to find.
"""

import sys

from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, Variant

PACKAGE = "unified:marketing-automation"
VERSION = "0.1.0"


class Provider:
    """An instance of the component, and calls into it."""

    def __init__(self, path):
        engine = Engine()
        component = Component.from_file(engine, path)
        linker = Linker(engine)
        linker.add_wasip2()
        linker.add_wasi_http()
        self.store = Store(engine)
        self.store.set_wasi(WasiConfig())
        self.store.set_wasi_http()
        self.instance = linker.instantiate(self.store, component)

    def call(self, interface, function, *arguments):
        """Calls a function, and raises what it answers instead of a value."""
        instance = self.instance.get_export_index(self.store, f"{PACKAGE}/{interface}@{VERSION}")
        if instance is None:
            raise LookupError(f"the component exports no {PACKAGE}/{interface}@{VERSION}")
        index = self.instance.get_export_index(self.store, function, instance)
        if index is None:
            raise LookupError(f"{interface} has no function {function}")
        function = self.instance.get_func(self.store, index)
        answer = function(self.store, *arguments)
        function.post_return(self.store)
        # A result whose two types differ in Python comes as the bare value of either.
        if isinstance(answer, Variant) and answer.tag in FAULTS:
            raise Fault(answer)
        return answer


class Fault(Exception):
    """The interface's one error type: a case, and what belongs to it."""

    def __init__(self, fault):
        super().__init__(f"{fault.tag}: {shown(fault.payload)}")
        self.case = fault.tag


FAULTS = {
    "denied-by-host", "unreachable", "timed-out", "in-doubt", "unauthorized", "rate-limited", "invalid",
    "not-found", "not-ready", "cursor-expired", "refused", "undecodable", "unsupported",
}  # fmt: skip


def record(**fields):
    """A WIT record; its names have hyphens where Python's have underscores."""
    made = Record()
    made.__dict__.update({name.replace("_", "-"): value for name, value in fields.items()})
    return made


def shown(value):
    return value.__dict__ if isinstance(value, Record) else value


def get(value, name):
    return value.__dict__[name]


def open_account(provider, sandbox, passcode="sandbox-passcode"):
    connection = record(
        id="sandbox",
        project_id="TEST-SANDBOX-001",
        passcode=passcode,
        region="eu1",
        timezone="Asia/Kolkata",
        endpoint=sandbox,
        upload_hosts=None,
        limits=None,
    )
    return provider.call("accounts", "[static]account.open", connection)


def pages(provider, account, limit):
    """Walks the campaigns, newest first."""
    cursor = None
    while True:
        query = record(
            paging=record(cursor=cursor, limit=limit),
            scheduled=None,
            statuses=[],
            channels=[],
            name=None,
            source=None,
            include_remote=False,
        )
        answer = provider.call("campaigns", "list", account, query)
        yield get(answer, "items")
        cursor = get(get(answer, "page"), "next-cursor")
        if cursor is None:
            return


def main(path, sandbox):
    provider = Provider(path)
    account = open_account(provider, sandbox)
    verified = provider.call("accounts", "[method]account.verify", account)
    print(f"account is good in {get(verified, 'region')}")

    seen = {}
    for page in pages(provider, account, limit=100):
        for campaign in page:
            seen[get(campaign, "id")] = campaign
    for campaign in list(seen.values())[:5]:
        print(*(get(campaign, name) for name in ("id", "scheduled-at", "channel", "status", "name")), sep="  ")
    print(f"{len(seen)} campaigns")
    assert seen, "the sandbox has campaigns, and none came"

    stranger = open_account(provider, sandbox, passcode="wrong")
    try:
        provider.call("accounts", "[method]account.verify", stranger)
    except Fault as fault:
        assert fault.case == "unauthorized", fault
        print("a wrong passcode is unauthorized")
    else:
        raise AssertionError("a wrong passcode was taken")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
