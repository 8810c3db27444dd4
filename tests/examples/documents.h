// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_DOCUMENTS_H_
#define CELLBLOCK_TESTS_EXAMPLES_DOCUMENTS_H_

// Hostile XML documents.

#include <cstddef>
#include <string>

namespace examples {

// "A billion laughs": entities of ten of the one before, `levels` times. Gives
// 3 * 10^levels bytes.
inline std::string LaughingDocument(int levels) {
  std::string document = "<!DOCTYPE lolz [<!ENTITY l0 'lol'>";
  for (int level = 1; level <= levels; ++level) {
    document += "<!ENTITY l" + std::to_string(level) + " '";
    for (int i = 0; i < 10; ++i) {
      document += "&l" + std::to_string(level - 1) + ";";
    }
    document += "'>";
  }
  return document + "]><lolz>&l" + std::to_string(levels) + ";</lolz>";
}

// The quadratic one: a long entity, and many references to it.
inline std::string RepeatingDocument(size_t bytes, size_t times) {
  std::string document =
      "<!DOCTYPE r [<!ENTITY e '" + std::string(bytes, 'x') + "'>]><r>";
  for (size_t i = 0; i < times; ++i) document += "&e;";
  return document + "</r>";
}

inline std::string DeepDocument(size_t depth) {
  std::string document;
  for (size_t i = 0; i < depth; ++i) document += "<d>";
  for (size_t i = 0; i < depth; ++i) document += "</d>";
  return document;
}

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_DOCUMENTS_H_
