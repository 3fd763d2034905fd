#!/usr/bin/env bash
# service.wasm as examples/systemd/ deploys it: the unit checked by systemd's own tools, its script run with the
# credentials that systemd would hand to it. Where there is no systemd, the script alone.
source "$(dirname "$0")/../lib.sh"
source "$here/../scenario.sh"

need curl
find_wasmtime
deployment=$root/examples/systemd

if command -v systemd-analyze >/dev/null; then
    # As README.md installs it, in a folder of its own with the machine's units, since a unit is checked with what
    # it depends on.
    installed=$HOST_TOOLS/root
    rm -rf "$installed"
    mkdir -p "$installed/usr/lib/systemd"
    cp -r /usr/lib/systemd/system "$installed/usr/lib/systemd/"
    unit=$installed/etc/systemd/system/marketing-automation.service
    install -D -m 0644 "$deployment/marketing-automation.service" "$unit"
    install -D -m 0755 "$deployment/serve.sh" "$installed/usr/local/lib/marketing-automation/serve.sh"
    # It passes over what it does not know, with a word on it.
    said=$(systemd-analyze verify --man=no --root="$installed" marketing-automation.service 2>&1 &&
        echo verified) || fail "systemd-analyze verify: $said"
    [[ $said == verified ]] || fail "systemd-analyze verify: $said"
    # Exposure in tenths: up to 2.0 of 10.
    systemd-analyze security --offline=yes --threshold=20 --no-pager "$unit" >"$HOST_TOOLS/security" ||
        fail "the unit is less hardened than it was: $(cat "$HOST_TOOLS/security")"
    tail -n 1 "$HOST_TOOLS/security"
fi

# The credentials, as systemd hands them over, and nothing of them in the environment.
CREDENTIALS_DIRECTORY=$HOST_TOOLS/credentials
rm -rf "$CREDENTIALS_DIRECTORY"
(
    umask 0077
    mkdir "$CREDENTIALS_DIRECTORY"
    for name in MARKETING_AUTOMATION_ACCOUNTS MARKETING_AUTOMATION_API_TOKENS; do
        printf '%s\n' "${!name}" >"$CREDENTIALS_DIRECTORY/$name"
    done
)
export CREDENTIALS_DIRECTORY
token=${MARKETING_AUTOMATION_API_TOKENS%%,*}

port=$(free_port)
serve "$port" env --unset=MARKETING_AUTOMATION_ACCOUNTS --unset=MARKETING_AUTOMATION_API_TOKENS \
    WASMTIME="$wasmtime" COMPONENT="$COMPONENTS/service.wasm" LISTEN="127.0.0.1:$port" "$deployment/serve.sh"
if tr '\0' '\n' <"/proc/$server/cmdline" | grep --quiet --fixed-strings "$token"; then
    fail "a secret stands on the command line"
fi
scenario "http://127.0.0.1:$port"
