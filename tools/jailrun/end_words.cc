// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/end_words.h"

#include <string.h>

namespace cellblock {

std::string EndWords(const ProcessEnd& end) {
  const std::string code = std::to_string(end.code);
  return end.signaled ? "the program was ended by signal " + code + " (" +
                            strsignal(end.code) + ")"
                      : "the program exited with " + code;
}

}  // namespace cellblock
