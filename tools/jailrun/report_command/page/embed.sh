#!/bin/bash
# Prints a C++ source that holds what a page of a report is made of, each text
# with the hash by which the page's Content-Security-Policy knows it.
#
#   embed.sh PAGE_CSS D3_MIN_JS SCRIPT_JS...
set -euo pipefail

# As a literal: none of them has its end in it.
text() {
  printf 'const char %s[] = R"~~~(%s)~~~";\n' "$1" "$2"
}

hash() {
  local digits
  digits=$(printf '%s' "$2" | sha256sum | cut -c-64)
  printf 'const char %s[] = "sha256-%s";\n' "$1" \
    "$(printf "$(sed 's/../\\x&/g' <<<"$digits")" | base64 -w0)"
}

css=$(<"$1")
d3=$(<"$2")
script=$(cat "${@:3}")

cat <<'END'
#include "tools/jailrun/report_command/page_assets.h"

namespace cellblock {

END
text kPageStyle "$css"
hash kPageStyleHash "$css"
text kPageLibrary "$d3"
hash kPageLibraryHash "$d3"
text kPageScript "$script"
hash kPageScriptHash "$script"
echo
echo '}  // namespace cellblock'
