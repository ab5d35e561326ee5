#!/usr/bin/env bash
# Fetches Flink and Beam's job server into a folder that git ignores, once a version.
# Needs pip (for Flink, which the package apache-flink-libraries holds) and Maven.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

fetch_flink() {
    local work
    work=$(mktemp -d "$FLINK_CACHE/.flink-XXXXXX")
    echo "Fetching Flink $FLINK_VERSION (230 MB)."
    "$PYTHON" -m pip download --quiet --disable-pip-version-check --no-deps \
        --no-binary :all: --dest "$work" "apache-flink-libraries==$FLINK_VERSION" ||
        fail "pip could not fetch apache-flink-libraries==$FLINK_VERSION."
    tar -xzf "$work"/apache-flink-libraries-*.tar.gz -C "$work" --strip-components=2 \
        --wildcards '*/deps/lib/flink-dist-*' '*/deps/lib/log4j-*' '*/deps/bin/*'
    rm "$work"/*.tar.gz
    mv "$work" "$FLINK_HOME"
}

copy_jars() {
    mvn --batch-mode --quiet -Dstyle.color=never --file "$HERE/pom.xml" \
        -Dbeam.flink.line="$BEAM_FLINK_LINE" -Dbeam.version="$BEAM_JOB_SERVER_VERSION" \
        -Dflink.version="$FLINK_VERSION" -DincludeScope=runtime \
        -DoutputDirectory="$1" "$2" \
        org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies ||
        fail "Maven could not fetch the job server; its lines are above."
}

fetch_job_server() {
    command -v mvn >/dev/null ||
        fail "Beam's Flink job server comes by Maven, and there is no mvn." \
            "On Debian: apt-get install maven."
    local work
    work=$(mktemp -d "$FLINK_CACHE/.job-server-XXXXXX")
    echo "Fetching Beam's Flink job server $BEAM_JOB_SERVER_VERSION (130 MB)."
    copy_jars "$work/flink" -DincludeGroupIds=org.apache.flink
    copy_jars "$work/beam" -DexcludeGroupIds=org.apache.flink
    mv "$work" "$JOB_SERVER"
}

"${JAVA[0]}" -version 2>/dev/null ||
    fail "Flink needs Java 11 or 17; ${JAVA[0]} does not run. On Debian:" \
        "apt-get install openjdk-17-jre-headless."
mkdir -p "$FLINK_CACHE"
[[ -d $FLINK_HOME ]] || fetch_flink
[[ -d $JOB_SERVER ]] || fetch_job_server
