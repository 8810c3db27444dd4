// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_TEMPLATE_TOKEN_SEARCH_H_
#define CELLBLOCK_TOOLS_JAILRUN_TEMPLATE_TOKEN_SEARCH_H_

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace cellblock {

// Looks for bytes that a process, which stands still, has written into private
// memory. Pages that were never written hold none, and are not looked at: nor
// do they come to be there.
//
// Lifecycle: Open, then Find for any ranges.
// Errors: errno.
class TokenSearch {
 public:
  TokenSearch() = default;
  TokenSearch(const TokenSearch&) = delete;
  TokenSearch& operator=(const TokenSearch&) = delete;
  ~TokenSearch();

  [[nodiscard]] int Open(pid_t process);

  // Whether `token` stands between page addresses `begin` and `end`.
  [[nodiscard]] int Find(uint64_t begin, uint64_t end, const std::string& token,
                         bool* found) const;

 private:
  int FindInPages(uint64_t begin, uint64_t end, const std::string& token,
                  bool* found) const;

  int memory_ = -1;
  int pages_ = -1;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_TEMPLATE_TOKEN_SEARCH_H_
