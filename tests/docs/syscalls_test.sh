#!/bin/bash
# docs/syscalls.md is what the tables say.
set -euo pipefail
cd "${TEST_SRCDIR:-.}/${TEST_WORKSPACE:-.}"
if ! diff -u docs/syscalls.md <(tools/docs/syscalls); then
  echo "make it anew: bazel run //tools/docs:syscalls >docs/syscalls.md"
  echo "0 passed, 1 failed"
  exit 1
fi
echo "1 passed, 0 failed"
