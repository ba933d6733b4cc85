#!/bin/sh
# Prints the name of a Python that is new enough for this project. PYTHON=… in the environment overrides the search.
set -u

is_new_enough() {
    "$1" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

if [ -n "${PYTHON:-}" ]; then
    if is_new_enough "$PYTHON"; then
        echo "$PYTHON"
        exit 0
    fi
    echo "PYTHON=$PYTHON is not a Python 3.11 or newer that runs on this machine." >&2
    exit 1
fi

for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
    if is_new_enough "$candidate"; then
        echo "$candidate"
        exit 0
    fi
done

echo "Dragoman needs Python 3.11 or newer, and none was found on PATH." >&2
echo "Install one (Debian, Ubuntu: python3 and python3-venv), or name it: make setup PYTHON=/path/to/python3" >&2
exit 1
