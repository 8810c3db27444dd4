// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/input_list.h"

#include <errno.h>
#include <unistd.h>

#include <string_view>
#include <unordered_set>
#include <utility>

namespace cellblock {

InputList WithoutRepeats(std::vector<std::string> inputs) {
  InputList list;
  list.inputs.reserve(inputs.size());
  // Views of strings that stay where they are: there is room for all.
  std::unordered_set<std::string_view> seen;
  for (std::string& input : inputs) {
    if (seen.contains(input)) {
      ++list.repeated;
      continue;
    }
    list.inputs.push_back(std::move(input));
    seen.insert(list.inputs.back());
  }
  return list;
}

int ReadToEnd(int fd, std::string* text) {
  char part[65536];
  while (true) {
    const ssize_t got = read(fd, part, sizeof(part));
    if (got == 0) return 0;
    if (got > 0) {
      text->append(part, static_cast<size_t>(got));
    } else if (errno != EINTR) {
      return errno;
    }
  }
}

}  // namespace cellblock
