#!/usr/bin/env bash
# What the tests need of the machine and pip cannot bring: PostgreSQL's server programs, Chromium,
# shells.
#
# Debian and Ubuntu; does nothing where they are there already (or SVCAT_TEST_POSTGRES_BIN and
# SVCAT_TEST_CHROMIUM say where).
set -euo pipefail

missing=()
if [ -z "${SVCAT_TEST_POSTGRES_BIN:-}" ] && ! command -v initdb >/dev/null &&
    ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
    missing+=(postgresql)
fi
if [ -z "${SVCAT_TEST_CHROMIUM:-}" ] && ! command -v chromium chromium-browser \
    google-chrome-stable google-chrome >/dev/null; then
    missing+=(chromium)
fi
for shell in zsh fish; do
    command -v "$shell" >/dev/null || missing+=("$shell")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
if ! command -v apt-get >/dev/null || ! "${as_root[@]}" true 2>/dev/null; then
    echo "the tests need: ${missing[*]}; install it, then run this again" >&2
    exit 1
fi
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ "${as_root[@]}" apt-get -q update &&
    "${as_root[@]}" apt-get -q install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    exit 1
}
