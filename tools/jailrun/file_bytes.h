// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TOOLS_JAILRUN_FILE_BYTES_H_
#define CELLBLOCK_TOOLS_JAILRUN_FILE_BYTES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace cellblock {

// Random access to the bytes of an untrusted file, by copies.
//
// A mapping would be as quick, but a file that shrinks while it is mapped
// raises SIGBUS; here it is a failed read. The same interface serves bytes in
// memory, so that a fuzzer can drive everything above it.
//
// Lifecycle: a file is read through eight windows of 4 KiB, each filled by
//   one pread when first touched: in a process that has just started, a page
//   costs more than a call. What the windows hold is not read again.
// Units: bytes.
// Errors: Read returns false iff a byte asked for lies beyond the end of the
//   file or cannot be read; the destination is then unspecified.
// Ownership: borrows the descriptor or the bytes.
// Threads: one.
// Syscalls: pread.
class FileBytes {
 public:
  explicit FileBytes(int fd) : fd_(fd) {}
  explicit FileBytes(std::span<const std::byte> bytes) : bytes_(bytes) {}
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  // Copies exactly `size` bytes from `offset`.
  [[nodiscard]] bool Read(uint64_t offset, void* destination, size_t size);

  // Copies up to `size` bytes from `offset` and returns how many there were.
  [[nodiscard]] size_t ReadSome(uint64_t offset, void* destination,
                                size_t size);

 private:
  static constexpr size_t kWindowBytes = 4096;
  static constexpr size_t kWindows = 8;

  struct Window {
    uint64_t start = 0;
    size_t size = 0;
  };

  // The bytes of the file from `offset` on, as far as one window holds them;
  // empty iff there are none.
  std::span<const std::byte> From(uint64_t offset);

  int fd_ = -1;
  std::span<const std::byte> bytes_;
  size_t next_victim_ = 0;
  std::array<Window, kWindows> windows_;
  // Left uninitialised and apart from what describes them: a window that is not
  // used costs no page.
  std::array<std::array<std::byte, kWindowBytes>, kWindows> bytes_of_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_FILE_BYTES_H_
