#!/bin/sh
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

# examples/pool:kinds: every kind of pool serves, and says why not; a limit
# holds one tenant and not the other.

set -eu

work=$(mktemp -d -p "${TEST_TMPDIR:-/tmp}")
trap 'rm -rf "$work"' EXIT

cat > "$work/expected" << 'END'
stack      a cell of 1000 bytes, the last is 0
static     a cell of 1000 bytes, the last is 0
calloc     a cell of 1000 bytes, the last is 0
huge       a cell of 1000 bytes, the last is 0
function   a cell of 1000 bytes, the last is 255
first fit  a cell of 1000 bytes, the last is 0
too small  the memory given is too small for one unit and its tag table: give more, at least 4 KiB for a borrowed buffer
a page of 4194304 bytes; a thumbnail: the owner's limit does not leave room for the request, short by 1048576 bytes
this run needed 4194304 bytes
a vector in the pool adds up to 10
END

code=0
examples/pool/kinds > "$work/output" 2> "$work/errors" || code=$?

[ "$code" -eq 0 ] || { echo "FAIL: exit code $code" >&2; exit 1; }
diff -u "$work/expected" "$work/output" >&2
diff -u /dev/null "$work/errors" >&2
echo "PASS"
