// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_ASKED_THREADS_H_
#define CELLBLOCK_JAIL_ASKED_THREADS_H_

#include <linux/filter.h>

#include <vector>

namespace cellblock {

// `filter` with the start of a thread handed to its listener, whatever it says
// of that; all else is as it was. The whole is to be proved with
// ThreadStart::kAsked.
[[nodiscard]] std::vector<sock_filter> WithAskedThreads(
    const std::vector<sock_filter>& filter);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_ASKED_THREADS_H_
