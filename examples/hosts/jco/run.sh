#!/usr/bin/env bash
# service.wasm under `jco serve`: Node.js, and one instance for all requests.
source "$(dirname "$0")/../lib.sh"
source "$here/../scenario.sh"

need curl
need npm

# Installed beside a copy of package.json, so that the checkout stays as it is; once for each package.json. No lock
# file: npm writes one that its own `npm ci` refuses, for jco's packages of other platforms.
if ! cmp --silent "$here/package.json" "$HOST_TOOLS/installed"; then
    cp "$here/package.json" "$HOST_TOOLS/"
    (cd "$HOST_TOOLS" && npm install --no-package-lock --no-audit --no-fund --loglevel error) ||
        unless_reached "npm did not install jco" npm view @bytecodealliance/jco@1.35.0 version
    cp "$here/package.json" "$HOST_TOOLS/installed"
fi
jco=$HOST_TOOLS/node_modules/.bin/jco
"$jco" --version

port=$(free_port)
serve "$port" "$jco" serve --host 127.0.0.1 --port "$port" "$COMPONENTS/service.wasm"
scenario "http://127.0.0.1:$port"
