#!/bin/sh
# Builds the environment that the Makefile works in: one lock, every extra, bytecode written. Spark is half a gigabyte,
# so it comes only where it is asked for: SPARK=yes.
set -eu

say() { printf '%s\n' "$*" >&2; }

command -v "$PYTHON" >/dev/null 2>&1 || {
    say "Cherish needs Python 3.11 or newer, and $PYTHON is not here."
    say "On Debian or Ubuntu: apt-get install -y python3 python3-venv"
    exit 1
}
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    say "Cherish needs Python 3.11 or newer; $PYTHON is $("$PYTHON" -V 2>&1). Name another one: make PYTHON=python3.12"
    exit 1
}

if command -v uv >/dev/null 2>&1; then
    uv=uv
else
    tool="${VENV%-spark}-tools"
    if [ ! -x "$tool/bin/uv" ]; then
        "$PYTHON" -c 'import ensurepip' 2>/dev/null || {
            say "This Python can't make environments: its ensurepip is missing."
            say "On Debian or Ubuntu: apt-get install -y python3-venv"
            exit 1
        }
        say "Fetching uv $UV_PIN ..."
        "$PYTHON" -m venv "$tool"
        "$tool/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$UV_PIN"
    fi
    uv="$tool/bin/uv"
fi

spark="--no-extra spark"
[ -z "${SPARK:-}" ] || spark=""

say "Building the environment from uv.lock (about a minute the first time) ..."
"$uv" sync --quiet --frozen --all-extras $spark --python "$PYTHON"
