// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_CALL_PROCESSES_H_
#define CELLBLOCK_TESTS_JAIL_CALL_PROCESSES_H_

// What /proc says of a jail's processes.

#include <sys/types.h>

#include <string>
#include <vector>

namespace cellblock {

// Of /proc/`who`/status; empty iff there is no such process or field.
std::string StatusField(const std::string& who, const std::string& name);

// In KiB, as fields with that unit are.
long StatusKib(const std::string& who, const std::string& name);

// All children of `parent`, dead ones that nobody has waited for included.
std::vector<pid_t> ChildrenOf(pid_t parent);

// Those that have made no worker, and those that serve calls: a template has
// one filter more than this process, a worker two.
std::vector<pid_t> TemplatesOf(pid_t parent);
std::vector<pid_t> WorkersOf(pid_t parent);

// Neither gone nor a zombie.
bool IsAlive(pid_t pid);

// How many descriptors this process has open.
size_t OpenDescriptors();

// The whole of a file of /proc, zero bytes included.
std::string ReadWhole(const std::string& path);

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_CALL_PROCESSES_H_
