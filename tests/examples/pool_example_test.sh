#!/bin/sh
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

# examples/pool: a zeroed picture has only black pixels, and one of 64 MiB does
# not fit a pool of 8 MiB, by exactly the difference.

set -eu

work=$(mktemp -d -p "${TEST_TMPDIR:-/tmp}")
trap 'rm -rf "$work"' EXIT

cat > "$work/expected" << 'END'
1048576 black pixels
asked 67108864, largest free 8388608, short by 58720256 bytes
END

code=0
examples/pool/pool > "$work/output" 2> "$work/errors" || code=$?

[ "$code" -eq 0 ] || { echo "FAIL: exit code $code" >&2; exit 1; }
diff -u "$work/expected" "$work/output" >&2
diff -u /dev/null "$work/errors" >&2
echo "PASS"
