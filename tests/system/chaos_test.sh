#!/usr/bin/env bash
# Some faults under load on three brokers; the seed is printed, and repeats what is drawn.
set -euo pipefail
dir=$TIERLINE_BINARY_DIR/kafka-chaos-test
trap 'python3 "$TIERLINE_SOURCE_DIR/tools/kafka" down --purge --dir "$dir"' EXIT
TIERLINE_BUILD_DIR=$TIERLINE_BINARY_DIR "$TIERLINE_BINARY_DIR/tierline-chaos" --seconds 20 --seed "${TIERLINE_CHAOS_SEED:-$RANDOM}" \
  --server "$TIERLINE_BINARY_DIR/tierline-server" --pack "$TIERLINE_SOURCE_DIR/deploy/packs/demo-2345" \
  --kafka-tool "$TIERLINE_SOURCE_DIR/tools/kafka" --kafka-dir "$dir"
