#!/usr/bin/env bash
# Builds Prism, Beam's own small engine, into a folder that git ignores, and prints the
# options for it. It is a Go program: Beam's Python package would download it ready made.
# PRISM_CACHE is where it lies.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=versions.env
source "$HERE/versions.env"
PRISM_CACHE=${PRISM_CACHE:-$(cd "$HERE/../.." && pwd)/.cache/prism}
BINARY=$PRISM_CACHE/prism-$PRISM_VERSION

if [[ ! -x $BINARY ]]; then
    command -v go >/dev/null || {
        echo "error: Prism is built with Go, and there is no go." \
            "On Debian: apt-get install golang-go." >&2
        exit 1
    }
    mkdir -p "$PRISM_CACHE"
    echo "Building Prism $PRISM_VERSION: some minutes the first time."
    work=$(mktemp -d "$PRISM_CACHE/.build-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    GOBIN=$work go install \
        "github.com/apache/beam/sdks/v2/go/cmd/prism@$PRISM_VERSION"
    mv "$work/prism" "$BINARY"
fi

cat <<END
Run on it:
python -m pipeline run ... --runner=PrismRunner --prism_location=$BINARY
END
