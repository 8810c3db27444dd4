// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_FUZZ_CORPUS_H_
#define CELLBLOCK_TESTS_ALLOCATOR_FUZZ_CORPUS_H_

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace cellblock {

struct NamedInput {
  std::string name;
  std::vector<uint8_t> bytes;
};

// What a fuzzer has found worth keeping, for a test to run without it.
inline std::vector<NamedInput> ReadCorpus(const char* directory) {
  std::vector<NamedInput> inputs;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::ifstream file(entry.path(), std::ios::binary);
    inputs.push_back(
        {entry.path().filename(), {std::istreambuf_iterator<char>(file), {}}});
  }
  return inputs;
}

// Gives each input to `fuzz`, and then ends the process with 0. The last name
// on standard error is that of the input that failed.
template <typename Fuzz>
[[noreturn]] void RunAll(const std::vector<NamedInput>& inputs, Fuzz fuzz) {
  for (const NamedInput& input : inputs) {
    std::fprintf(stderr, "%s\n", input.name.c_str());
    fuzz(input.bytes.data(), input.bytes.size());
  }
  _exit(0);
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_FUZZ_CORPUS_H_
