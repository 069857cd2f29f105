#!/usr/bin/env bash
# Make or renew a virtual environment from a hash-locked list, with this project in it, editable.
#
# usage: [PYTHON=python3.11] scripts/venv.sh FOLDER REQUIREMENTS
set -euo pipefail

folder=${1:?usage: venv.sh FOLDER REQUIREMENTS} requirements=${2:?usage: venv.sh FOLDER REQUIREMENTS}
python=${PYTHON:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "svcat needs Python 3.11 or newer; give one: make PYTHON=/path/to/python3.11 ..." >&2
    exit 1
fi

echo "preparing $folder from $requirements"
pip=("$python" -m pip --python "$folder/bin/python")
if [ ! -x "$folder/bin/python" ]; then
    # A pip that can serve another environment spares the seconds that a new one takes (and Debian
    # keeps ensurepip in a package of its own).
    if "$python" -m pip --python "$python" --version >/dev/null 2>&1; then
        "$python" -m venv --without-pip "$folder"
    else
        "$python" -m venv "$folder"
    fi
fi
[ ! -x "$folder/bin/pip" ] || pip=("$folder/bin/python" -m pip)
"${pip[@]}" install -qq --no-compile --no-deps --require-hashes -r "$requirements"
"${pip[@]}" install -qq --no-compile --no-deps --no-build-isolation -e .
