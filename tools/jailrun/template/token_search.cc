// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/template/token_search.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace cellblock {
namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kPagesAtOnce = 8192;

// Of an entry of /proc/PID/pagemap: in memory, or swapped out; and no page of a
// file that nobody has written.
bool WasWritten(uint64_t entry) {
  return (entry >> 62) != 0 && (entry >> 61 & 1) == 0;
}

int OpenOf(pid_t process, const char* name) {
  const std::string path = "/proc/" + std::to_string(process) + "/" + name;
  return open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

}  // namespace

TokenSearch::~TokenSearch() {
  if (memory_ >= 0) close(memory_);
  if (pages_ >= 0) close(pages_);
}

int TokenSearch::Open(pid_t process) {
  memory_ = OpenOf(process, "mem");
  if (memory_ < 0) return errno;
  pages_ = OpenOf(process, "pagemap");
  return pages_ < 0 ? errno : 0;
}

int TokenSearch::Find(uint64_t begin, uint64_t end, const std::string& token,
                      bool* found) const {
  std::vector<uint64_t> entries(kPagesAtOnce);
  // Those that were written from `from` on, one after the other.
  uint64_t from = begin;
  bool in_run = false;
  for (uint64_t at = begin; at < end;) {
    const uint64_t pages = std::min((end - at) / kPage, kPagesAtOnce);
    const ssize_t got = pread(pages_, entries.data(), pages * sizeof(uint64_t),
                              static_cast<off_t>(at / kPage * 8));
    if (got != static_cast<ssize_t>(pages * sizeof(uint64_t))) {
      return got < 0 ? errno : EIO;
    }
    for (uint64_t i = 0; i < pages; ++i, at += kPage) {
      const bool written = WasWritten(entries[i]);
      if (written == in_run) continue;
      in_run = written;
      if (written) {
        from = at;
      } else if (const int error = FindInPages(from, at, token, found)) {
        return error;
      }
    }
  }
  return in_run ? FindInPages(from, end, token, found) : 0;
}

int TokenSearch::FindInPages(uint64_t begin, uint64_t end,
                             const std::string& token, bool* found) const {
  std::vector<char> part(std::min(end - begin, kPagesAtOnce * kPage));
  const uint64_t overlap = token.size() - 1;
  for (uint64_t at = begin; at < end && !*found;) {
    const uint64_t size = std::min<uint64_t>(end - at, part.size());
    const ssize_t got =
        pread(memory_, part.data(), size, static_cast<off_t>(at));
    if (got != static_cast<ssize_t>(size)) return got < 0 ? errno : EIO;
    *found = std::string_view(part.data(), size).find(token) !=
             std::string_view::npos;
    at += at + size < end ? size - overlap : size;
  }
  return 0;
}

}  // namespace cellblock
