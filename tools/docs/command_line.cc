// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Prints jailrun's manual page, or what completes its command line in a shell,
// from the tables of its options:
//
//   bazel run //tools/docs:command_line -- man | bash | zsh | fish

#include <cstdio>
#include <string_view>

#include "tools/docs/completions.h"
#include "tools/docs/manual_page.h"

namespace cellblock {
namespace {

int Print(std::string_view what) {
  if (what == "man") {
    PrintManual();
  } else if (what == "bash") {
    PrintBash();
  } else if (what == "zsh") {
    PrintZsh();
  } else if (what == "fish") {
    PrintFish();
  } else {
    fprintf(stderr, "say what to print: man, bash, zsh or fish\n");
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  return cellblock::Print(argc > 1 ? argv[1] : "");
}
