#!/usr/bin/env bash
# 50 rounds of SIGKILL under load at random moments; the seed is printed, and repeats the rounds' load and pauses.
set -euo pipefail
seed=${TIERLINE_CRASH_SEED:-$RANDOM}
echo "repeat with: tierline-load crash --rounds 50 --seed $seed"
"$TIERLINE_BINARY_DIR/tierline-load" crash --rounds 50 --seed "$seed" --server "$TIERLINE_BINARY_DIR/tierline-server" \
  --pack "$TIERLINE_SOURCE_DIR/deploy/packs/12371"
