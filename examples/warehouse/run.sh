#!/usr/bin/env bash
# The tests of warehouse.py, as a part of `cargo xtask test`. They need nothing but Python.
cd "$(dirname "$0")" || exit
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2> /dev/null; then
    echo "there is no Python 3.9 or later"
    exit 77
fi
PYTHONDONTWRITEBYTECODE=1 exec python3 -m unittest
