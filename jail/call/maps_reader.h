// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_MAPS_READER_H_
#define CELLBLOCK_JAIL_CALL_MAPS_READER_H_

#include <cstddef>
#include <cstdint>

namespace cellblock {

// One line of /proc/self/maps.
struct Mapping {
  uintptr_t begin = 0;
  uintptr_t end = 0;
  bool is_writable = false;
  bool is_private = false;
  bool is_stack = false;  // the main thread's
};

// This process's mappings, in the order of their addresses, as they are while
// they are read.
//
// Lifecycle: for one pass.
// Errors: error() is an errno iff the file cannot be opened, read or
// understood;
//   Next then says that there are no more.
// Threads: one.
// Syscalls: open, read, close. It does not allocate.
class MapsReader {
 public:
  MapsReader();
  ~MapsReader();
  MapsReader(const MapsReader&) = delete;
  MapsReader& operator=(const MapsReader&) = delete;

  [[nodiscard]] bool Next(Mapping* mapping);

  int error() const { return error_; }

 private:
  int Get();  // -1: no more
  uintptr_t GetHex(int end);
  bool Fail(int error);

  int fd_;
  int error_ = 0;
  size_t at_ = 0;
  size_t filled_ = 0;
  char buffer_[4096];
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_MAPS_READER_H_
