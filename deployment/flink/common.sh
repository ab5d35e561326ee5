# Where things are, and how processes are started and stopped; for the scripts beside.
# shellcheck shell=bash
# shellcheck disable=SC2034  # used by those who source this

set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPOSITORY=$(cd "$HERE/../.." && pwd)
# shellcheck source=versions.env
source "$HERE/versions.env"

PYTHON=${PYTHON:-$REPOSITORY/.venv/bin/python}
FLINK_CACHE=${FLINK_CACHE:-$REPOSITORY/.cache/flink}
FLINK_RUN=${FLINK_RUN:-$FLINK_CACHE/run}
FLINK_HOME=$FLINK_CACHE/flink-$FLINK_VERSION
JOB_SERVER=$FLINK_CACHE/job-server-$BEAM_JOB_SERVER_VERSION-flink-$FLINK_VERSION
# Beam's jars lie beside Flink's on the cluster: loaded once, not anew with each job, so
# that a Python worker can outlive a stage.
CLASSES="$FLINK_HOME/lib/*:$JOB_SERVER/beam/*"
JAVA=("${JAVA_HOME:+$JAVA_HOME/bin/}java" "@$HERE/conf/java.options"
    -Dlog4j2.disable.jmx=true -Dlog4j.configurationFile="$HERE/conf/log4j.properties")

fail() {
    echo "error: $*" >&2
    exit 1
}

# start NAME COMMAND...: in the background, in a process group of its own, with its
# output in logs/NAME.log and its number in NAME.pid.
start() {
    local name=$1
    shift
    setsid "$@" >>"$FLINK_RUN/logs/$name.log" 2>&1 </dev/null &
    echo $! >"$FLINK_RUN/$name.pid"
}

# is_running NAME: whether the process that `start` started is still there.
is_running() {
    local number
    number=$(cat "$FLINK_RUN/$1.pid" 2>/dev/null) && kill -0 "$number" 2>/dev/null
}

# is_open PORT: whether something listens there.
is_open() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# wait_for SECONDS NAME WHAT COMMAND...: until the command succeeds; fails with the end
# of the log where the process ends or the time is over.
wait_for() {
    local limit=$1 name=$2 what=$3 begin=$SECONDS
    shift 3
    until "$@"; do
        if ! is_running "$name" || ((SECONDS - begin > limit)); then
            tail -n 20 "$FLINK_RUN/logs/$name.log" >&2
            fail "$what is not there after $((SECONDS - begin)) s; see" \
                "$FLINK_RUN/logs/$name.log."
        fi
        sleep 0.5
    done
}
