#!/usr/bin/env bash
# R-112, R-119, R-501, R-504: a day of generated calls, without a fault: received = outcomes + in progress, every call has its outcome, and every route
# that the log records follows from what it records of the call. Nightly: TIERLINE_DAY_CALLS=100000.
set -euo pipefail
calls=${TIERLINE_DAY_CALLS:-3000}
out=$(mktemp)
trap 'rm -f "$out"' EXIT
"$TIERLINE_BINARY_DIR/tierline-load" demo --no-kill --calls "$calls" --seed "${TIERLINE_DAY_SEED:-20090401}" \
  --server "$TIERLINE_BINARY_DIR/tierline-server" --pack "$TIERLINE_SOURCE_DIR/deploy/packs/12371" | tee "$out"
grep -q 'every digest equals that of a fold from scratch' "$out"
grep -qE '^  ([0-9,]+) calls received = \1 outcomes \+ 0 in progress$' "$out"
grep -qE "^  $(printf "%'d" "$calls" | tr -d ,) calls: each has its one outcome$" <(tr -d , <"$out")
grep -qE '^  [1-9][0-9,]* routes were derived again from what the log holds of their calls, and are the recorded ones$' "$out"
