// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/path_argument.h"

#include <limits.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "jail/syscall_table.h"

namespace cellblock {

std::string PathArgument(uint32_t syscall, std::span<const uint64_t> args,
                         const MemoryReader& memory) {
  const SyscallInfo* const info = FindSyscall(syscall);
  if (info == nullptr) return {};
  const size_t count = std::min<size_t>(args.size(), std::size(info->args));
  for (size_t at = count; at-- > 0;) {
    if (info->args[at] != ArgFormat::kPath) continue;
    std::optional<RemoteText> text = ReadText(memory, args[at], PATH_MAX);
    return text ? std::move(text->text) : std::string();
  }
  return {};
}

}  // namespace cellblock
