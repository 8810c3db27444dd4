// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/common/files.h"

#include <errno.h>
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"

namespace examples {

std::string PathOf(const std::string& name) {
  const char* const directory = getenv("BUILD_WORKING_DIRECTORY");
  if (directory == nullptr || name.starts_with('/')) return name;
  return std::string(directory) + "/" + name;
}

absl::StatusOr<std::vector<uint8_t>> ReadFile(const char* name,
                                              uint64_t most_bytes) {
  const bool is_standard = strcmp(name, "-") == 0;
  FILE* const file = is_standard ? stdin : fopen(PathOf(name).c_str(), "rbe");
  if (file == nullptr) return absl::ErrnoToStatus(errno, "cannot be opened");
  std::vector<uint8_t> bytes;
  uint8_t part[65536];
  while (bytes.size() <= most_bytes) {
    const size_t length = fread(part, 1, sizeof(part), file);
    if (length == 0) break;
    bytes.insert(bytes.end(), part, part + length);
  }
  const bool is_read = ferror(file) == 0;
  const int error = errno;
  if (!is_standard) fclose(file);
  if (!is_read) return absl::ErrnoToStatus(error, "cannot be read");
  if (bytes.size() > most_bytes) {
    return absl::OutOfRangeError(absl::StrFormat(
        "is longer than %u bytes, and this program takes no more", most_bytes));
  }
  return bytes;
}

absl::StatusOr<std::string> DecodeFile(const char* name, const Decode& decode) {
  const absl::StatusOr<std::vector<uint8_t>> file = ReadFile(name);
  if (!file.ok()) return file.status();
  return decode(*file);
}

int DecodeFiles(int argc, char** argv, const Decode& decode) {
  if (argc < 2) {
    fprintf(stderr, "usage: %s FILE...   (-: standard input)\n", argv[0]);
    return 2;
  }
  int code = 0;
  for (int i = 1; i < argc; ++i) {
    const absl::StatusOr<std::string> found = DecodeFile(argv[i], decode);
    if (found.ok()) {
      printf("%s: clean, %s\n", argv[i], found->c_str());
    } else {
      printf("%s: %s\n", argv[i],
             std::string(found.status().message()).c_str());
      code = 1;
    }
  }
  if (fflush(stdout) != 0 || ferror(stdout) != 0) {
    perror("standard output");
    code = 1;
  }
  return code;
}

int Fail(const absl::Status& status) {
  fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}

absl::StatusOr<std::string> DescribeBytes(std::span<const uint8_t> bytes) {
  return absl::StrFormat("%u bytes, crc32 0x%08x", bytes.size(),
                         crc32_z(0, bytes.data(), bytes.size()));
}

}  // namespace examples
