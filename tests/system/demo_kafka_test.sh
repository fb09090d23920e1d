#!/usr/bin/env bash
# The demo on separate processes and a real broker, small: two owners are killed by SIGKILL at half time.
set -euo pipefail
dir=$TIERLINE_BINARY_DIR/kafka-demo-test
out=$(mktemp)
stop() {
  rm -f "$out"
  python3 "$TIERLINE_SOURCE_DIR/tools/kafka" down --purge --dir "$dir"
}
trap stop EXIT
TIERLINE_BUILD_DIR=$TIERLINE_BINARY_DIR "$TIERLINE_BINARY_DIR/tierline-load" demo --kafka --calls 300 \
  --server "$TIERLINE_BINARY_DIR/tierline-server" --pack "$TIERLINE_SOURCE_DIR/deploy/packs/12371" \
  --kafka-tool "$TIERLINE_SOURCE_DIR/tools/kafka" --kafka-dir "$dir" | tee "$out"
grep -q 'routing-1 and intake-1 were killed (SIGKILL)' "$out"
tail -n 1 "$out" | grep -qE '^[0-9,]+ commands were acknowledged; all [0-9,]+ are in the log exactly once; none is missing\.$'
