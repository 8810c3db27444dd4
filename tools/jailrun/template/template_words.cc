// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/template/template_words.h"

#include <errno.h>
#include <sys/random.h>

#include <cstdint>
#include <utility>

namespace cellblock {

TemplateWords::TemplateWords(std::vector<std::string> command,
                             std::string token, size_t longest_input)
    : command_(std::move(command)), token_(std::move(token)) {
  for (size_t i = 1; i < command_.size(); ++i) {
    std::string& word = command_[i];
    size_t found = 0;
    for (size_t at = word.find(token_); at != word.npos;
         at = word.find(token_, at + 1)) {
      ++found;
    }
    if (found == 0) continue;
    if (count_ == 0) count_ = command_.size() - i;
    // "./" may come in front of each.
    word.append(found * (longest_input + 2), 'x');
  }
}

size_t TemplateWords::most_bytes() const {
  size_t bytes = 0;
  for (size_t i = command_.size() - count_; i < command_.size(); ++i) {
    bytes += command_[i].size() + 1;
  }
  return bytes;
}

std::string TemplateWords::MakeToken() {
  constexpr char kDigits[] = "0123456789abcdef";
  uint8_t bytes[16] = {};
  while (getrandom(bytes, sizeof(bytes), 0) < 0 && errno == EINTR) {
  }
  std::string token = "cellblock-input-";
  for (const uint8_t byte : bytes) {
    token += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return token;
}

}  // namespace cellblock
