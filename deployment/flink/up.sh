#!/usr/bin/env bash
# Starts a Flink cluster that runs Python pipelines on this machine, and prints the
# options for it. Started twice, it changes nothing.
#
# Flink and the pool of workers listen on this machine alone. Beam's Java servers (the job
# server, and those that a task manager opens for its workers) listen on all addresses,
# and have no option for it: elsewhere than behind a firewall, do not leave it running.
#
# Ports: FLINK_REST_PORT, FLINK_RPC_PORT, FLINK_BLOB_PORT, BEAM_JOB_PORT,
# BEAM_ARTIFACT_PORT, BEAM_POOL_PORT. Logs and process numbers: FLINK_RUN.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

TASK_MANAGERS=(task_manager_1 task_manager_2)
PORTS_FILE=$FLINK_RUN/ports.env

is_free() {
    ! is_open "${!1}" || fail "Port ${!1} is taken. Choose another: $1=PORT make flink-up"
}

has_all() {
    local answer
    answer=$(curl --silent --max-time 2 "http://127.0.0.1:$FLINK_REST_PORT/overview") &&
        [[ $answer == *"\"taskmanagers\":${#TASK_MANAGERS[@]},"* &&
            $answer == *"\"slots-total\":${#TASK_MANAGERS[@]},"* ]]
}

all_run() {
    for name in job_manager "${TASK_MANAGERS[@]}" job_server worker_pool; do
        is_running "$name" || return 1
    done
}

start_job_manager() {
    start job_manager "${JAVA[@]}" -Xmx512m -cp "$CLASSES" \
        org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint \
        --configDir "$HERE/conf" -D "rest.port=$FLINK_REST_PORT" \
        -D "rest.bind-port=$FLINK_REST_PORT" \
        -D "jobmanager.rpc.port=$FLINK_RPC_PORT" -D "blob.server.port=$FLINK_BLOB_PORT" \
        -D "io.tmp.dirs=$FLINK_RUN/tmp" -D "web.upload.dir=$FLINK_RUN/tmp"
}

start_job_server() {
    # What is on its class path is uploaded with each job, 130 MB if all were. What is on
    # the boot class path is not: all but Flink's client and what it calls.
    local runner boot
    runner=beam-runners-flink-$BEAM_FLINK_LINE-$BEAM_JOB_SERVER_VERSION.jar
    boot=$(printf '%s:' "$FLINK_HOME"/lib/log4j-*.jar "$JOB_SERVER"/beam/*.jar)
    start job_server "${JAVA[@]}" -Xmx512m \
        "-Xbootclasspath/a:${boot/"$JOB_SERVER/beam/$runner:"/}" \
        -cp "$JOB_SERVER/beam/$runner:$JOB_SERVER/flink/*" \
        org.apache.beam.runners.flink.FlinkJobServerDriver --job-host 127.0.0.1 \
        --job-port "$BEAM_JOB_PORT" --artifact-port "$BEAM_ARTIFACT_PORT" \
        --expansion-port -1 --artifacts-dir "$FLINK_RUN/artifacts" \
        --flink-master "127.0.0.1:$FLINK_REST_PORT" --flink-conf-dir "$HERE/conf"
}

start_all() {
    for port in FLINK_REST_PORT FLINK_RPC_PORT FLINK_BLOB_PORT BEAM_JOB_PORT \
        BEAM_ARTIFACT_PORT BEAM_POOL_PORT; do
        is_free "$port"
        echo "$port=${!port}"
    done >"$PORTS_FILE"
    rm -f "$FLINK_RUN"/logs/*.log
    start_job_manager
    for name in "${TASK_MANAGERS[@]}"; do
        start "$name" "$HERE/task_manager.sh" \
            -D "jobmanager.rpc.port=$FLINK_RPC_PORT" -D "io.tmp.dirs=$FLINK_RUN/tmp"
    done
    start worker_pool "$PYTHON" -m pipeline.engines.worker_pool \
        --port "$BEAM_POOL_PORT" --logs "$FLINK_RUN/logs"
    start_job_server
    wait_until_ready
}

wait_until_ready() {
    wait_for 60 job_manager "Flink with ${#TASK_MANAGERS[@]} task managers" has_all
    wait_for 60 worker_pool "The pool of Python workers" is_open "$BEAM_POOL_PORT"
    wait_for 60 job_server "Beam's Flink job server" is_open "$BEAM_JOB_PORT"
}

"$HERE/fetch.sh"
mkdir -p "$FLINK_RUN"/{logs,tmp,artifacts}
cd "$REPOSITORY" || exit
if all_run; then
    # shellcheck disable=SC1090
    source "$PORTS_FILE"
    echo "Runs already."
    wait_until_ready
else
    "$HERE/down.sh" >/dev/null
    FLINK_REST_PORT=${FLINK_REST_PORT:-8081}
    FLINK_RPC_PORT=${FLINK_RPC_PORT:-6123}
    FLINK_BLOB_PORT=${FLINK_BLOB_PORT:-6124}
    BEAM_JOB_PORT=${BEAM_JOB_PORT:-8099}
    BEAM_ARTIFACT_PORT=${BEAM_ARTIFACT_PORT:-8098}
    BEAM_POOL_PORT=${BEAM_POOL_PORT:-8097}
    # Half a cluster is of no use, and keeps the ports.
    trap '"$HERE/down.sh" >/dev/null' ERR EXIT
    start_all
    trap - ERR EXIT
fi

cat <<END
Flink:    http://127.0.0.1:$FLINK_REST_PORT
Logs:     $FLINK_RUN/logs
Stop it:  make flink-down
Run on it:
python -m pipeline run ... --runner=PortableRunner \\
  --job_endpoint=127.0.0.1:$BEAM_JOB_PORT --environment_type=EXTERNAL \\
  --environment_config=127.0.0.1:$BEAM_POOL_PORT --environment_cache_millis=60000 \\
  --parallelism=${#TASK_MANAGERS[@]}
END
