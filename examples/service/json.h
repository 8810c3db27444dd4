// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_JSON_H_
#define CELLBLOCK_EXAMPLES_SERVICE_JSON_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace examples::service {

// One JSON object of names and values, on one line whatever the values hold:
// all but printable ASCII is escaped. Threads: one. Syscalls: none.
class JsonObject {
 public:
  JsonObject& Add(std::string_view name, std::string_view text);
  JsonObject& Add(std::string_view name, uint64_t number);

  std::string Finish() { return text_ + "}"; }

 private:
  void Begin(std::string_view name);

  std::string text_ = "{";
};

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_JSON_H_
