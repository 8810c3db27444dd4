#!/bin/bash
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

# examples/python: a picture, a broken one and a bomb from Python, each with its
# verdict; and what the module makes of wrong options.

set -u

work=$(mktemp -d -p "${TEST_TMPDIR:-/tmp}")
trap 'rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1
passed=0
failed=0

check() {
  if "${@:2}"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAIL $1"
    cat "$work/output"
  fi
}

python3 examples/python/decode_png.py --demo > "$work/output" 2>&1
check "exit code" [ $? -eq 1 ]
check "a picture" grep -qx 'a picture: clean, 64 x 48 pixels' "$work/output"
check "cut short" grep -q '^the same, cut short: refused, ' "$work/output"
check "a bomb" grep -q '^a bomb: exhausted, .*too large' "$work/output"
check "figures" grep -qE \
  '^  asked for 3136000000 bytes, with [0-9]+ in use of a pool of 16777216$' \
  "$work/output"

djpeg examples/data/mandelbrot.jpg | pnmtopng > "$work/picture.png" 2> /dev/null
python3 examples/python/decode_png.py "$work/picture.png" > "$work/output" 2>&1
check "a file" [ $? -eq 0 ]
check "its size" grep -q 'clean, 480 x 320 pixels' "$work/output"

cat > "$work/misuse.py" << 'END'
import sys

sys.path.insert(0, "examples/python")
from cellblock import CallFailed, Jail, JailError

PARTS = {"library": "jail/libcellblock_jail.so",
         "worker": "examples/python/png_worker"}


def raised(kind, function):
    try:
        function()
    except kind as error:
        return str(error)
    return "nothing"


print("no decoder:", raised(JailError, lambda: Jail("no", **PARTS)))
print("no size:", raised(JailError, lambda: Jail("png", pool_bytes=1, **PARTS)))
print("no option:", raised(TypeError, lambda: Jail("png", wings=2, **PARTS)))
print("no call:", raised(JailError,
                         lambda: Jail("png", allow=("fly",), **PARTS)))
with Jail("png", input_bytes=100, allow=("read:9",), **PARTS) as jail:
    print("too long:", raised(CallFailed, lambda: jail.call(bytes(4097))))
    print("no descriptor:",
          raised(CallFailed, lambda: jail.call(b"", descriptor=999)))
print("closed:", raised(JailError, lambda: jail.call(b"")))
END
python3 "$work/misuse.py" > "$work/output" 2>&1
check "misuse" [ $? -eq 0 ]
for line in 'no decoder: .*it has: png' 'no size: .*pool_bytes' \
  'no option: .*wings' 'no call: .*fly' 'too long: .*takes 100' \
  'no descriptor: .*descriptor' 'closed: the jail is closed'; do
  check "$line" grep -q "^$line" "$work/output"
done

"examples/python/png_worker" > "$work/output" 2>&1
check "a worker by itself" [ $? -eq 1 ]

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -eq 16 ]
