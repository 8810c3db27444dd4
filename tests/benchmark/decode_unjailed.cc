// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Decodes a file without a jail, once for each byte of standard input, and
// writes how long that took, as a double of nanoseconds; a negative one: it
// failed. Linked with malloc of the pool, or with none, for decode_bench.
//
//   decode_unjailed DECODER FILE

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

#include "examples/common/sink.h"
#include "tests/benchmark/decode_cases.h"

int main(int argc, char** argv) {
  const cellblock::DecodeCase* const known =
      argc == 3 ? cellblock::FindDecodeCase(argv[1]) : nullptr;
  if (known == nullptr) {
    fprintf(stderr, "usage: %s DECODER FILE\n", argv[0]);
    return 2;
  }
  std::ifstream stream(argv[2], std::ios::binary);
  const std::vector<uint8_t> file((std::istreambuf_iterator<char>(stream)), {});
  char turn = 0;
  while (read(STDIN_FILENO, &turn, 1) == 1) {
    const auto start = std::chrono::steady_clock::now();
    double taken = -1;
    {
      examples::MemorySink sink;
      if (known->decode(file, sink).ok()) {
        taken = std::chrono::duration<double, std::nano>(
                    std::chrono::steady_clock::now() - start)
                    .count();
      }
    }
    if (write(STDOUT_FILENO, &taken, sizeof(taken)) != sizeof(taken)) return 1;
  }
  return 0;
}
