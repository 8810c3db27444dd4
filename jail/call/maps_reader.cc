// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/maps_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

namespace cellblock {

MapsReader::MapsReader()
    : fd_(open("/proc/self/maps", O_RDONLY | O_CLOEXEC)),
      error_(fd_ < 0 ? errno : 0) {}

MapsReader::~MapsReader() {
  if (fd_ >= 0) close(fd_);
}

bool MapsReader::Fail(int error) {
  if (error_ == 0) error_ = error;
  return false;
}

int MapsReader::Get() {
  if (error_ != 0) return -1;
  if (at_ == filled_) {
    const ssize_t got = TEMP_FAILURE_RETRY(read(fd_, buffer_, sizeof(buffer_)));
    if (got < 0) (void)Fail(errno);
    if (got <= 0) return -1;
    at_ = 0;
    filled_ = static_cast<size_t>(got);
  }
  return static_cast<unsigned char>(buffer_[at_++]);
}

uintptr_t MapsReader::GetHex(int end) {
  uintptr_t value = 0;
  for (;;) {
    const int c = Get();
    if (c == end) return value;
    if (c >= '0' && c <= '9') {
      value = value << 4 | static_cast<uintptr_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = value << 4 | static_cast<uintptr_t>(c - 'a' + 10);
    } else {
      (void)Fail(EPROTO);
      return 0;
    }
  }
}

// 7f0000000000-7f0000001000 rw-p 00000000 00:00 0            [stack]
bool MapsReader::Next(Mapping* mapping) {
  if (Get() < 0) return false;
  --at_;
  mapping->begin = GetHex('-');
  mapping->end = GetHex(' ');
  (void)Get();
  mapping->is_writable = Get() == 'w';
  (void)Get();
  mapping->is_private = Get() == 'p';
  (void)Get();
  int c = Get();
  for (int field = 0; field < 3; ++field) {
    while (c != ' ' && c != '\n' && c >= 0) c = Get();
    while (c == ' ') c = Get();
  }
  // A path begins with a slash: no other mapping is called so.
  constexpr char kStack[] = "[stack]";
  size_t same = 0;
  for (; c != '\n'; c = Get()) {
    if (c < 0) return Fail(EPROTO);
    same =
        same < sizeof(kStack) && c == kStack[same] ? same + 1 : sizeof(kStack);
  }
  mapping->is_stack = same == strlen(kStack);
  return error_ == 0;
}

}  // namespace cellblock
