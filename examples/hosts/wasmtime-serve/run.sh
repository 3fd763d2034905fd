#!/usr/bin/env bash
# service.wasm under plain `wasmtime serve`: -Scli for the environment and stderr, nothing else.
source "$(dirname "$0")/../lib.sh"
source "$here/../scenario.sh"

need curl

find_wasmtime

port=$(free_port)
environment=()
for name in ACCOUNTS API_TOKENS ALLOWED_ENDPOINTS; do
    environment+=(--env "MARKETING_AUTOMATION_$name")
done
serve "$port" "$wasmtime" serve -Scli --addr "127.0.0.1:$port" "${environment[@]}" "$COMPONENTS/service.wasm"
scenario "http://127.0.0.1:$port"
