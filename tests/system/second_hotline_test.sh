#!/usr/bin/env bash
# Nothing of 12371 is in the code: another number, country, time zone, tree and policy play as well.
set -euo pipefail
"$TIERLINE_BINARY_DIR/tierline-load" demo --calls 300 --server "$TIERLINE_BINARY_DIR/tierline-server" \
  --pack "$TIERLINE_SOURCE_DIR/deploy/packs/demo-2345" --policy standard --date 2024-03-06
