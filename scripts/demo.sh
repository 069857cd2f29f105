#!/usr/bin/env bash
# The main job from end to end on this machine alone: a broker on loopback, the local store, a
# database with credentials, a program that uses them, and everything gone again.
#
# Called by `make demo`, which makes the environment that SVCAT_BIN names. Works in a folder of its
# own under $TMPDIR and removes it, whatever happens; the broker dies with this script.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=${SVCAT_BIN:?the folder with svcat and python; or type: make demo}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/svcat-demo.XXXXXX")
broker_pid=''
step='starting the broker'

clean_up() {
    status=$?
    trap '' INT TERM HUP # nothing may interrupt this
    broker_pid=${broker_pid:-${!:-}} # interrupted before it was noted
    if [ -n "$broker_pid" ]; then
        # More than once: a signal between fork and exec is lost.
        for ((i = 0; i < 50; i++)); do
            kill "$broker_pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$broker_pid" 2>/dev/null || true
        wait "$broker_pid" 2>/dev/null || true
    fi
    if [ "$status" -ne 0 ]; then
        printf '\nDEMO FAILED (exit code %s) at: %s\n' "$status" "$step" >&2
        [ ! -s "$scratch/broker.log" ] || { echo "the broker's log:" && tail -n 5 "$scratch/broker.log"; } >&2
    fi
    rm -rf "$scratch"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Nothing of the user's own is read or written: another store, another broker state, no cluster.
export SVCAT_STORE=local XDG_DATA_HOME=$scratch/data
unset KUBECONFIG SVCAT_SYSTEM_NAMESPACE
export PATH=$bin:$PATH

if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi
run() {
    step=$*
    printf '\n%s$ %s%s\n' "$bold" "$*" "$plain"
    "$@"
}
say() { printf '\n# %s\n' "$*"; }

say "A broker for SQLite databases on this machine; in real life somebody runs it for you."
printf '%s$ svcat broker serve --port 0 &%s\n' "$bold" "$plain"
: >"$scratch/broker.out" # read before the broker's shell may have made it
svcat broker serve --port 0 >"$scratch/broker.out" 2>"$scratch/broker.log" &
broker_pid=$!
for ((i = 0; i < 300; i++)); do
    url=$(sed -n 's/^listening on //p' "$scratch/broker.out")
    [ -z "$url" ] || break
    kill -0 "$broker_pid" # it ended: fail now
    sleep 0.1
done
cat "$scratch/broker.out"
[ -n "$url" ]

run svcat register demo --url "$url"
run svcat marketplace
run svcat provision db --class sqlite --plan file --wait
run svcat bind db

say "A program that knows nothing but the credentials in the Secret writes and reads a row."
run python scripts/demo_app.py db

run svcat get instances
run svcat describe binding db

say "And all of it away again."
run svcat unbind db
run svcat deprovision db --yes
run svcat deregister demo

step='looking for what is left'
left=$(svcat get instances -A -o name; svcat get bindings -A -o name; svcat get brokers -A -o name)
files=$(find "$XDG_DATA_HOME/svcat/broker/offerings" -type f)
if [ -n "$left$files" ]; then
    printf 'this should be gone: %s\n' "$left $files" >&2
    exit 1
fi
say "Done: nothing is left."
