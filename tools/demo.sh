#!/bin/bash
# Installs what is missing, builds jailrun, and decodes a real image and a real
# archive in the jail, then shows what happens when a pool is too small and
# when a program does what it may not.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh
need_packages "${BUILD_PACKAGES[@]}" "${DEMO_PACKAGES[@]}"

bazel build //tools/jailrun
jailrun=$(bazel info bazel-bin 2>/dev/null)/tools/jailrun/jailrun
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

say() { printf '\n== %s\n' "$*"; }

# same PLAIN JAILED: both files, byte for byte.
same() {
  cmp "$1" "$2"
  echo "   $(stat -c %s "$2") bytes, identical to the unjailed program's"
}

# expect CODE COMMAND...: the command must exit with CODE.
expect() {
  local wanted=$1 code=0
  shift
  "$@" || code=$?
  echo "   exit code $code"
  [ "$code" -eq "$wanted" ]
}

say "An image: jailrun --pool=200M -- djpeg examples/data/mandelbrot.jpg"
djpeg examples/data/mandelbrot.jpg >"$out/plain.ppm"
"$jailrun" --pool=200M --report=always -- \
  djpeg examples/data/mandelbrot.jpg >"$out/jailed.ppm"
same "$out/plain.ppm" "$out/jailed.ppm"

say "An archive: jailrun --pool=200M -- xz -dc examples/data/sample.tar.xz"
xz -dc examples/data/sample.tar.xz >"$out/plain.tar"
"$jailrun" --pool=200M --report=always -- \
  xz -dc examples/data/sample.tar.xz >"$out/jailed.tar"
same "$out/plain.tar" "$out/jailed.tar"

say "The same with too small a pool: --pool=4M"
expect 123 "$jailrun" --pool=4M -- xz -dc examples/data/sample.tar.xz \
  >"$out/nothing"
cat "$out/nothing"

say "A program that starts another one: sh -c 'id; echo done'"
expect 159 "$jailrun" --pool=200M -- sh -c 'id; echo done'

say "The main job works."
