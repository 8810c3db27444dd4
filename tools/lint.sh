#!/bin/bash
# Holds the sources against clang-format and the BUILD files against buildifier
# (from the npm package @bazel/buildifier). `tools/lint.sh --fix` mends both.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh
need_packages clang-format git
command -v npm >/dev/null || need_packages npm

tool=.cache/buildifier
if [ ! -x "$tool/node_modules/.bin/buildifier" ]; then
  npm install --silent --no-audit --no-fund --prefix "$tool" @bazel/buildifier >/dev/null
fi
mapfile -t sources < <(git ls-files '*.h' '*.cc')
mapfile -t builds < <(git ls-files '*BUILD.bazel' '*.bzl' WORKSPACE MODULE.bazel)
if [ "${1:-}" = --fix ]; then
  clang-format -i "${sources[@]}"
  "$tool/node_modules/.bin/buildifier" -lint=fix -mode=fix "${builds[@]}"
else
  clang-format --dry-run --Werror "${sources[@]}"
  "$tool/node_modules/.bin/buildifier" -lint=warn -mode=check "${builds[@]}"
  echo "clean: ${#sources[@]} sources, ${#builds[@]} build files"
fi
