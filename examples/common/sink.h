// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_COMMON_SINK_H_
#define CELLBLOCK_EXAMPLES_COMMON_SINK_H_

// Where the decoders of the examples put what they make: memory of the program
// without a jail, the room of a call in one. They know neither.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>

namespace examples {

class Sink {
 public:
  virtual ~Sink() = default;

  // That so many bytes will come, before the first of them. A hint.
  virtual void Expect(size_t bytes) = 0;

  // Where the next bytes can be put without a copy; never empty. They count
  // when they are committed: the first `bytes` of Room().
  virtual std::span<uint8_t> Room() = 0;
  virtual void Commit(size_t bytes) = 0;

  // Copies them behind what is there.
  void Write(std::span<const uint8_t> bytes) {
    while (!bytes.empty()) {
      const std::span<uint8_t> room = Room();
      const size_t part =
          room.size() < bytes.size() ? room.size() : bytes.size();
      memcpy(room.data(), bytes.data(), part);
      Commit(part);
      bytes = bytes.subspan(part);
    }
  }
};

// Keeps all of it in memory of its own.
class MemorySink : public Sink {
 public:
  void Expect(size_t bytes) override { Grow(bytes); }

  std::span<uint8_t> Room() override {
    if (size_ == capacity_) Grow(2 * capacity_ + kFirst);
    return {bytes_.get() + size_, capacity_ - size_};
  }
  void Commit(size_t bytes) override { size_ += bytes; }

  std::span<const uint8_t> bytes() const { return {bytes_.get(), size_}; }

 private:
  static constexpr size_t kFirst = 65536;

  struct Free {
    void operator()(uint8_t* bytes) const { free(bytes); }
  };

  // By realloc, which can grow a block in place and clears nothing.
  void Grow(size_t capacity) {
    if (capacity <= capacity_) return;
    void* const bytes = realloc(bytes_.get(), capacity);
    if (bytes == nullptr) throw std::bad_alloc();
    static_cast<void>(bytes_.release());
    bytes_.reset(static_cast<uint8_t*>(bytes));
    capacity_ = capacity;
  }

  std::unique_ptr<uint8_t[], Free> bytes_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_COMMON_SINK_H_
