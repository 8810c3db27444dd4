#!/bin/bash
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

# libcellblock_jail.so exports the functions that its header declares, and
# nothing else; and a host in C that is linked with it calls workers that are
# another program.

set -eu

work=$(mktemp -d -p "${TEST_TMPDIR:-/tmp}")
trap 'rm -rf "$work"' EXIT

# Of the header without comments and types.
sed 's,//.*,,' jail/cellblock_jail.h | tr '\n' ' ' |
  sed 's/typedef[^;]*;/ /g' | grep -oE '\bcellblock_[a-z_]+ ?\(' |
  tr -d '( ' | LC_ALL=C sort -u > "$work/declared"
[ "$(wc -l < "$work/declared")" -ge 20 ]

nm -D --defined-only jail/libcellblock_jail.so | awk '{ print $3 }' |
  LC_ALL=C sort > "$work/exported"
diff -u "$work/declared" "$work/exported" >&2

tests/jail/cellblock_jail_c_host \
  --worker="$PWD/tests/jail/cellblock_jail_c_test"
