#!/bin/sh
# Serves the component with wasmtime, configured by the environment and by credentials: files in
# $CREDENTIALS_DIRECTORY, each named as the variable that it becomes. Secrets pass through this shell's environment
# and never through an argument, which every user of the machine may read.
set -eu

for file in "$CREDENTIALS_DIRECTORY"/MARKETING_AUTOMATION_*; do
    [ -e "$file" ] || continue
    value=$(cat "$file")
    export "${file##*/}=$value"
done

# wasmtime takes the value of `--env NAME` from its own environment.
names=$(awk 'BEGIN { for (name in ENVIRON) if (name ~ /^MARKETING_AUTOMATION_[A-Z_]+$/) print name }')
set --
for name in $names; do
    set -- "$@" --env "$name"
done

# -Scli: the environment and stderr. -Ccache=n: there is no home directory to keep compiled code in. The limit is
# an instance's, which serves one request.
exec "$WASMTIME" serve -Scli -Ccache=n -Wmax-memory-size=268435456 --addr "$LISTEN" "$@" "$COMPONENT"
