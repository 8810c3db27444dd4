// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_UTC_TIME_H_
#define CELLBLOCK_EXAMPLES_SERVICE_UTC_TIME_H_

#include <string>

namespace examples::service {

// Now, as "2026-11-30T04:42:00.245Z". Syscalls: clock_gettime; after Lockdown,
// which has libc read what it needs of time zones, it opens no file.
std::string UtcTime();

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_UTC_TIME_H_
