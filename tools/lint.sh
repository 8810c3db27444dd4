#!/bin/bash
# Holds the sources against clang-format and the BUILD files against buildifier
# (from the npm package @bazel/buildifier). `tools/lint.sh --fix` mends both;
# `tools/lint.sh --tidy` asks clang-tidy too, which takes minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh
need_packages clang-format git
command -v npm >/dev/null || need_packages npm

tool=.cache/buildifier
if [ ! -x "$tool/node_modules/.bin/buildifier" ]; then
  npm install --silent --no-audit --no-fund --prefix "$tool" @bazel/buildifier >/dev/null
fi
mapfile -t sources < <(git ls-files '*.h' '*.cc' '*.c')
mapfile -t builds < <(git ls-files '*BUILD.bazel' '*.bzl' WORKSPACE MODULE.bazel)
if [ "${1:-}" = --fix ]; then
  clang-format -i "${sources[@]}"
  "$tool/node_modules/.bin/buildifier" -lint=fix -mode=fix "${builds[@]}"
else
  clang-format --dry-run --Werror "${sources[@]}"
  "$tool/node_modules/.bin/buildifier" -lint=warn -mode=check "${builds[@]}"
  if [ "${1:-}" = --tidy ]; then
    need_packages clang-tidy
    bazel build //jail:compiled_presets 2>/dev/null
    bin=$(bazel info bazel-bin 2>/dev/null)
    git ls-files 'allocator/*.cc' 'jail/*.cc' 'tools/*.cc' |
      xargs -P 2 -I{} clang-tidy --quiet {} -- -std=c++20 -I. "-I$bin" 2>/dev/null
  fi
  echo "clean: ${#sources[@]} sources, ${#builds[@]} build files"
fi
