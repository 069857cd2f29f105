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
if [ ! -x "$folder/bin/python" ]; then
    # Debian keeps ensurepip in a package of its own; its pip can serve another environment.
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv "$folder"
    else
        "$python" -m venv --without-pip "$folder"
    fi
fi
if [ -x "$folder/bin/pip" ]; then
    pip=("$folder/bin/python" -m pip)
else
    pip=("$python" -m pip --python "$folder/bin/python")
fi
"${pip[@]}" install --quiet --no-compile --require-hashes -r "$requirements"
"${pip[@]}" install --quiet --no-compile --no-deps --no-build-isolation -e .
