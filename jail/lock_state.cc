// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/lock_state.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>

#include "jail/own_descriptor.h"

namespace cellblock {
namespace {

// The number behind "\n`name`:\t". The kernel escapes line ends in the one
// field that a process chooses, its name, so no forged line can match.
std::optional<int> Field(std::string_view status, std::string_view name) {
  for (size_t at = status.find(name); at != std::string_view::npos;
       at = status.find(name, at + 1)) {
    const size_t colon = at + name.size();
    if (at == 0 || status[at - 1] != '\n') continue;
    if (status.substr(colon, 2) != ":\t") continue;
    int value = 0;
    const char* begin = status.data() + colon + 2;
    const char* end = status.data() + status.size();
    const auto [rest, error] = std::from_chars(begin, end, value);
    if (error != std::errc() || rest == end || *rest != '\n') return {};
    return value;
  }
  return {};
}

}  // namespace

std::optional<LockState> ParseLockState(std::string_view status) {
  const std::optional<int> no_new_privs = Field(status, "NoNewPrivs");
  const std::optional<int> mode = Field(status, "Seccomp");
  const std::optional<int> filters = Field(status, "Seccomp_filters");
  if (!no_new_privs || !mode || !filters) return {};
  return LockState{*no_new_privs == 1, *mode, *filters};
}

std::optional<LockState> ReadLockState(const std::string& who) {
  const std::string path = "/proc/" + who + "/status";
  const UniqueFd fd = MakeDescriptor(
      [&path] { return open(path.c_str(), O_RDONLY | O_CLOEXEC); });
  char text[8192];
  const ssize_t length = fd.ok() ? read(fd.get(), text, sizeof(text)) : -1;
  if (length <= 0) return {};
  return ParseLockState({text, static_cast<size_t>(length)});
}

}  // namespace cellblock
