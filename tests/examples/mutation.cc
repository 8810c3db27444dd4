// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/examples/mutation.h"

#include <algorithm>
#include <random>
#include <string_view>

namespace examples {
namespace {

using Random = std::mt19937_64;

// What no file becomes longer than.
constexpr size_t kMostBytes = 256 << 10;

Random RandomOf(const Subject& subject, uint64_t seed, uint32_t number) {
  std::seed_seq::result_type name = 0;
  for (const char letter : std::string_view(subject.name)) {
    name = 31 * name + static_cast<uint8_t>(letter);
  }
  std::seed_seq words = {static_cast<std::seed_seq::result_type>(seed),
                         static_cast<std::seed_seq::result_type>(seed >> 32),
                         name, number};
  return Random(words);
}

struct Part {
  size_t begin;
  size_t size;
};

// Mostly a short one; not empty.
Part AnyPart(const Bytes& file, Random& random) {
  const size_t begin = random() % file.size();
  const size_t most = random() % 4 == 0 ? file.size() : 16;
  return {begin, std::min(1 + random() % most, file.size() - begin)};
}

Bytes Copy(const Bytes& file, const Part& part) {
  const auto begin = file.begin() + static_cast<long>(part.begin);
  return {begin, begin + static_cast<long>(part.size)};
}

void Remove(const Part& part, Bytes* file) {
  const auto begin = file->begin() + static_cast<long>(part.begin);
  file->erase(begin, begin + static_cast<long>(part.size));
}

void Insert(const Bytes& bytes, size_t at, Bytes* file) {
  file->insert(file->begin() + static_cast<long>(at), bytes.begin(),
               bytes.end());
}

void FlipBits(Random& random, Bytes* file) {
  const uint64_t most = random() % 4 == 0 ? 64 : 4;
  for (uint64_t bits = 1 + random() % most; bits > 0; --bits) {
    (*file)[random() % file->size()] ^= static_cast<uint8_t>(1 << random() % 8);
  }
}

void Overwrite(Random& random, Bytes* file) {
  const Part part = AnyPart(*file, random);
  const uint64_t kind = random() % 4;
  for (size_t i = 0; i < part.size; ++i) {
    (*file)[part.begin + i] =
        static_cast<uint8_t>(kind == 0   ? 0
                             : kind == 1 ? 0xff
                                         : random() % 256);
  }
}

// A number at the edge of something, in two or four bytes of either order.
void PutNumber(Random& random, Bytes* file) {
  constexpr uint32_t kNumbers[] = {0,      1,          0x7f,       0x80,
                                   0xffff, 0x10000,    0x7fffffff, 0x80000000,
                                   0x4000, 0xffffffff, 0xfffffffe, 0x7fff};
  const uint32_t number = kNumbers[random() % std::size(kNumbers)];
  const size_t bytes = random() % 2 == 0 ? 2 : 4;
  if (file->size() < bytes) return;
  const size_t at = random() % (file->size() - bytes + 1);
  const bool is_low_first = random() % 2 == 0;
  for (size_t i = 0; i < bytes; ++i) {
    const size_t place = is_low_first ? i : bytes - 1 - i;
    (*file)[at + place] = static_cast<uint8_t>(number >> (8 * i));
  }
}

void Change(Random& random, Bytes* file) {
  if (file->empty()) return;
  const Part part = AnyPart(*file, random);
  switch (random() % 8) {
    case 0:
      return file->resize(random() % file->size());
    case 1:
    case 2:
      return FlipBits(random, file);
    case 3:
      return Overwrite(random, file);
    case 4:
      return PutNumber(random, file);
    case 5:
      return Remove(part, file);
    case 6: {  // once more, somewhere
      const Bytes bytes = Copy(*file, part);
      return Insert(bytes, random() % (file->size() + 1), file);
    }
    case 7: {  // somewhere else
      const Bytes bytes = Copy(*file, part);
      Remove(part, file);
      return Insert(bytes, random() % (file->size() + 1), file);
    }
  }
}

}  // namespace

Bytes InputOf(const Subject& subject, std::span<const Bytes> seeds,
              uint64_t seed, uint32_t number) {
  Random random = RandomOf(subject, seed, number);
  Bytes file = seeds[random() % seeds.size()];
  if (random() % 16 == 0) return file;
  const bool is_mended = subject.mend != nullptr && random() % 4 != 0;
  for (uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
    Change(random, &file);
  }
  if (file.size() > kMostBytes) file.resize(kMostBytes);
  if (is_mended) (*subject.mend)(&file);
  return file;
}

}  // namespace examples
