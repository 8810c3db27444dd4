// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/service/json.h"

#include <cstdio>

namespace examples::service {

void JsonObject::Begin(std::string_view name) {
  if (text_.size() > 1) text_ += ',';
  text_ += '"';
  text_ += name;
  text_ += "\":";
}

JsonObject& JsonObject::Add(std::string_view name, std::string_view text) {
  Begin(name);
  text_ += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (c >= ' ' && c <= '~') {
      text_ += c;
    } else {
      // A byte that is no ASCII stands for itself as in Latin-1: what is shown
      // of it matters less than that it is always valid.
      char escaped[8];
      snprintf(escaped, sizeof(escaped), "\\u%04x",
               static_cast<unsigned char>(c));
      text_ += escaped;
    }
  }
  text_ += '"';
  return *this;
}

JsonObject& JsonObject::Add(std::string_view name, uint64_t number) {
  Begin(name);
  text_ += std::to_string(number);
  return *this;
}

}  // namespace examples::service
