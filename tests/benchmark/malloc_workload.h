// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_BENCHMARK_MALLOC_WORKLOAD_H_
#define CELLBLOCK_TESTS_BENCHMARK_MALLOC_WORKLOAD_H_

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>

namespace cellblock {

// Zeroed memory from the kernel, for what must not come from the malloc that is
// measured. T is a plain type.
template <typename T>
class MappedArray {
 public:
  explicit MappedArray(size_t count)
      : bytes_(count * sizeof(T)),
        data_(static_cast<T*>(mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                                   -1, 0))) {
    if (data_ == MAP_FAILED) abort();
  }
  MappedArray(const MappedArray&) = delete;
  MappedArray& operator=(const MappedArray&) = delete;
  ~MappedArray() { munmap(data_, bytes_); }

  size_t size() const { return bytes_ / sizeof(T); }
  T& operator[](size_t i) { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + size(); }

 private:
  size_t bytes_;
  T* data_;
};

// A block is written to before it is freed, as every real one is.
inline void* AllocateTouched(size_t bytes) {
  void* const block = malloc(bytes);
  *static_cast<volatile char*>(block) = 1;
  return block;
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_BENCHMARK_MALLOC_WORKLOAD_H_
