#!/usr/bin/env bash
# Renew the hash-locked lists: requirements/run.txt (svcat and its bundled broker, what `make demo`
# installs) and requirements/test.txt (all of that at the same versions, and the tests' tools).
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"${PYTHON:-python3.11}" -m venv "$tools"
"$tools/bin/pip" install --quiet pip-tools

lock() {
    CUSTOM_COMPILE_COMMAND="make lock" "$tools/bin/pip-compile" --quiet --upgrade --generate-hashes \
        --allow-unsafe --strip-extras --build-deps-for editable --no-annotate \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options "$@" pyproject.toml
}
lock --extra broker -o requirements/run.txt
lock --extra test --constraint requirements/run.txt -o requirements/test.txt
