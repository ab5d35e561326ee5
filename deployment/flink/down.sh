#!/usr/bin/env bash
# Stops what up.sh started; does nothing where nothing runs.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

stop_group() {
    kill -s "$1" -- "-$2" 2>/dev/null
}

shopt -s nullglob
for file in "$FLINK_RUN"/*.pid; do
    number=$(cat "$file")
    # Each is the head of its own process group; a number that was given anew is not.
    if stop_group TERM "$number"; then
        for _ in {1..50}; do
            stop_group 0 "$number" || break
            sleep 0.1
        done
        stop_group KILL "$number" || true
        echo "Stopped $(basename "$file" .pid)."
    fi
    rm -f "$file"
done
