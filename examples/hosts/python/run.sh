#!/usr/bin/env bash
# provider.wasm in Python: the WIT interface called from wasmtime-py.
source "$(dirname "$0")/../lib.sh"

venv "$here/requirements.txt" wasmtime==50.0.1

"$HOST_TOOLS/venv/bin/python" "$here/campaigns.py" "$COMPONENTS/provider.wasm" "$SANDBOX"
