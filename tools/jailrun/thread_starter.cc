// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/thread_starter.h"

#include <fcntl.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "jail/unique_fd.h"
#include "tools/jailrun/elf_image.h"
#include "tools/jailrun/file_bytes.h"
#include "tools/jailrun/thread_symbols.h"

namespace cellblock {
namespace {

bool IsLeftOut(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.starts_with("libc.so.") || name.starts_with("libstdc++.so") ||
         name.starts_with("ld-linux");
}

// Whether one of the names stands in the file, as in a table of strings.
bool NamesOne(FileBytes* file) {
  constexpr size_t kPart = size_t{1} << 16;
  constexpr size_t kOverlap = 256;  // more than any of the names
  std::vector<std::string> wanted;
  for (const char* name : kThreadSymbols) {
    wanted.push_back(std::string(1, '\0') + name + '\0');
  }
  std::vector<char> part(kPart);
  for (uint64_t offset = 0;; offset += kPart - kOverlap) {
    const size_t size = file->ReadSome(offset, part.data(), kPart);
    const std::string_view bytes(part.data(), size);
    if (std::any_of(wanted.begin(), wanted.end(), [bytes](const auto& name) {
          return bytes.find(name) != bytes.npos;
        })) {
      return true;
    }
    if (size < kPart) return false;
  }
}

}  // namespace

std::string FindThreadStarter(const std::string& path,
                              const LibraryPaths& paths) {
  const UniqueFd program(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  FileBytes bytes(program.get());
  ElfImage image(&bytes, path);
  if (!program.ok() || image.ReadHeaders() || image.ReadDynamic()) return {};
  if (NamesOne(&bytes)) return path;
  for (const std::string& library : FindNeededLibraries(image, path, paths)) {
    if (IsLeftOut(library)) continue;
    const UniqueFd fd(open(library.c_str(), O_RDONLY | O_CLOEXEC));
    FileBytes file(fd.get());
    if (fd.ok() && NamesOne(&file)) return library;
  }
  return {};
}

}  // namespace cellblock
