#!/bin/bash
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#
# examples/lockdown: clients are served after the lock; one that takes the
# service over ends it at its first forbidden call, which is named.
set -uo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

expect() {
  if ! grep -qF "$2" "$work/$1"; then
    echo "FAIL: not in $1: $2" >&2
    cat "$work/$1" >&2
    failures=$((failures + 1))
  fi
}

# ask TEXT: what the service answers, in $work/answer.
ask() {
  # The service answers when it has all: a client that only half closes.
  python3 - "$port" "$1" > "$work/answer" 2>&1 << 'END'
import socket
import sys

with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) as client:
    client.sendall(sys.argv[2].encode())
    client.shutdown(socket.SHUT_WR)
    print(client.recv(100).decode(), end="")
END
}

# A port that is free, as far as can be told.
port=$(python3 -c 'import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])')
CELLBLOCK_POOL=64M examples/lockdown/lockdown "$port" \
  > "$work/output" 2> "$work/errors" &
service=$!
for _ in $(seq 100); do
  [ -s "$work/output" ] && break
  sleep 0.1
done
expect output "locked: 1 thread, "
for _ in $(seq 8); do
  ask "three small words"
  expect answer "3 words"
done
ask "this is an attack"
wait "$service"
code=$?
if [ "$code" -ne 159 ]; then
  echo "FAIL: the service ended with $code instead of 159" >&2
  failures=$((failures + 1))
fi
expect errors "forbidden call socket(2, 1, 0), number 41"
[ "$failures" -eq 0 ] && echo "1 passed, 0 failed"
exit "$failures"
