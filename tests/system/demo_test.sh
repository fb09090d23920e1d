#!/usr/bin/env bash
# The demo, small: a day of calls with a SIGKILL at half time ends with every acknowledged command in the log.
set -euo pipefail
out=$(mktemp)
trap 'rm -f "$out"' EXIT
"$TIERLINE_BINARY_DIR/tierline-load" demo --calls 600 --server "$TIERLINE_BINARY_DIR/tierline-server" \
  --pack "$TIERLINE_SOURCE_DIR/deploy/packs/12371" | tee "$out"
grep -q 'killed (SIGKILL)' "$out"
tail -n 1 "$out" | grep -qE '^[0-9,]+ commands were acknowledged; all [0-9,]+ are in the log exactly once; none is missing\.$'
