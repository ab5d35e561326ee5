#!/usr/bin/env bash
# Runs a task manager, and a new one when it was killed, as a real cluster would.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Flink's own calculation of the memory of the parts, from the total in config.yaml.
parameters=$("${JAVA[@]}" -cp "$FLINK_HOME/bin/bash-java-utils.jar:$FLINK_HOME/lib/*" \
    org.apache.flink.runtime.util.bash.BashJavaUtils GET_TM_RESOURCE_PARAMS \
    --configDir "$HERE/conf" 2>&1 | sed -n 's/^BASH_JAVA_UTILS_EXEC_RESULT://p')
[[ -n $parameters ]] || fail "Flink did not understand $HERE/conf/config.yaml."
mapfile -t parameters <<<"$parameters"
read -ra memory <<<"${parameters[0]}"
read -ra resources <<<"${parameters[1]}"

while true; do
    "${JAVA[@]}" "${memory[@]}" -cp "$CLASSES" \
        org.apache.flink.runtime.taskexecutor.TaskManagerRunner \
        --configDir "$HERE/conf" "${resources[@]}" "$@" ||
        echo "The task manager ended with code $?; a new one starts."
    sleep 1
done
