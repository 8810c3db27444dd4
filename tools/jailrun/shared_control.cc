// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/shared_control.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

namespace cellblock {
namespace {

constexpr int kHighDescriptor = 1000;

size_t LoadBytes(std::span<const LibraryToLoad> libraries) {
  size_t bytes = libraries.empty() ? 0 : sizeof(LoadArea);
  for (const LibraryToLoad& library : libraries) {
    bytes += sizeof(LoadKind) + library.path.size() + 1;
  }
  return bytes;
}

template <uint32_t kPaths, size_t kBytes>
std::vector<std::string> Copy(const NotedPaths<kPaths, kBytes>& noted) {
  std::vector<std::string> paths;
  const uint32_t shown =
      std::min(noted.shown.load(std::memory_order_relaxed), kPaths);
  for (uint32_t i = 0; i < shown; ++i) {
    char path[kBytes];
    memcpy(path, noted.paths[i], sizeof(path));
    paths.emplace_back(path, strnlen(path, sizeof(path)));
  }
  return paths;
}

}  // namespace

SharedControl::~SharedControl() {
  if (control_ != nullptr) munmap(control_, mapped_bytes_);
}

const char* SharedControl::Map(size_t load_bytes, Profiling profiling) {
  mapped_bytes_ =
      load_bytes == 0 ? sizeof(Control) : kLoadAreaOffset + load_bytes;
  const size_t profile_offset = ProfileAreaOffset(mapped_bytes_);
  if (profiling == Profiling::kOn) {
    mapped_bytes_ = profile_offset + sizeof(ProfileArea);
  }
  if (ftruncate(memfd_.get(), static_cast<off_t>(mapped_bytes_)) != 0) {
    return "cannot share memory";
  }
  // Sealed, or a jail that gets at the file could cut the memory off from under
  // this process.
  if (fcntl(memfd_.get(), F_ADD_SEALS,
            F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return "fcntl(F_ADD_SEALS)";
  }
  void* memory = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE,
                      MAP_SHARED, memfd_.get(), 0);
  if (memory == MAP_FAILED) return "cannot share memory";
  control_ = static_cast<Control*>(memory);  // zero bytes, all valid
  if (load_bytes > 0) {
    load_area_ = reinterpret_cast<LoadArea*>(static_cast<char*>(memory) +
                                             kLoadAreaOffset);
  }
  if (profiling == Profiling::kOn) {
    control_->profile_offset = profile_offset;
    profile_area_ = reinterpret_cast<const ProfileArea*>(
        static_cast<char*>(memory) + profile_offset);
  }
  return nullptr;
}

// What is shared, and both ends of what is said. Errors: as Create.
const char* SharedControl::Connect(ino_t* inode) {
  memfd_ = UniqueFd(memfd_create("cellblock-control", MFD_ALLOW_SEALING));
  if (!memfd_.ok()) return "memfd_create";
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) return "socketpair";
  socket_ = UniqueFd(ends[0]);
  runtime_socket_ = UniqueFd(ends[1]);
  struct stat status;
  if (fcntl(ends[0], F_SETFD, FD_CLOEXEC) != 0 ||
      fstat(ends[1], &status) != 0) {
    return "cannot share memory";
  }
  *inode = status.st_ino;
  return nullptr;
}

const char* SharedControl::CreateLike(const SharedControl& model) {
  ino_t inode = 0;
  if (const char* failed = Connect(&inode)) return failed;
  if (const char* failed = Map(0, Profiling::kOff)) return failed;
  runtime_socket_number_ = model.runtime_socket_number_;
  // All of it lies in pages that are there already, but for the paths that the
  // program was refused: the template's are none.
  const Control& from = *model.control_;
  memcpy(static_cast<void*>(control_), &from, offsetof(Control, filter));
  control_->filters_ready.store(0, std::memory_order_relaxed);
  control_->filters_seen.store(0, std::memory_order_relaxed);
  control_->phase.store(Phase::kStarting, std::memory_order_relaxed);
  control_->serves_as_template = false;
  control_->socket_inode = inode;
  return nullptr;
}

const char* SharedControl::Create(const Options& options,
                                  std::span<const LibraryToLoad> libraries) {
  ino_t inode = 0;
  if (const char* failed = Connect(&inode)) return failed;
  // The filter may forbid a message on this number for good: one that no
  // program comes to use.
  const int high = fcntl(runtime_socket_.get(), F_DUPFD, kHighDescriptor);
  if (high >= 0) {
    runtime_socket_ = UniqueFd(high);
  }
  runtime_socket_number_ = runtime_socket_.get();
  const size_t load_bytes = LoadBytes(libraries);
  if (const char* failed = Map(load_bytes, options.profiling)) return failed;
  if (load_bytes > 0) {
    char* to = load_area_->entries;
    for (const auto& [path, kind] : libraries) {
      *to++ = static_cast<char>(kind);
      to = std::copy(path.begin(), path.end(), to) + 1;  // the NUL is there
    }
  }
  control_->load_bytes = static_cast<uint32_t>(load_bytes);
  control_->magic = kControlMagic;
  control_->pool_bytes = options.pool_bytes;
  control_->reserve_bytes = options.reserve_bytes;
  control_->commit = options.commit;
  control_->fill = options.fill;
  control_->confine = options.mode == Mode::kJailed;
  control_->opens_files = true;
  control_->rehearse = options.mode == Mode::kLearning;
  control_->forbidden_calls_fail = options.on_violation == OnViolation::kErrno;
  control_->threads = options.threads.value_or(kDefaultThreads);
  control_->threads_laid =
      options.threads ? ThreadsLaid::kAlways : ThreadsLaid::kWhereUsed;
  control_->thread_stack_bytes = options.thread_stack_bytes;
  control_->socket_inode = inode;
  return nullptr;
}

std::string SharedControl::Descriptors(int held) const {
  return std::to_string(memfd_.get()) + "," +
         std::to_string(runtime_socket_number_) + "," + std::to_string(held);
}

void SharedControl::Publish(std::span<const sock_filter> filter,
                            HandOver hand_over) {
  control_->hand_over = hand_over;
  std::copy(filter.begin(), filter.end(), control_->filter);
  control_->filter_length = static_cast<uint32_t>(filter.size());
  control_->filters_ready.fetch_add(1, std::memory_order_release);
  syscall(SYS_futex, &control_->filters_ready, FUTEX_WAKE, INT_MAX, nullptr,
          nullptr, 0);
}

void SharedControl::CopyFigures(RunRecord* record) const {
  memcpy(&record->heap, &control_->heap, sizeof(record->heap));
  memcpy(&record->counters, &control_->counters, sizeof(record->counters));
  memcpy(&record->threads, &control_->thread_figures, sizeof(record->threads));
  record->libc_stacks = control_->libc_stacks;
  HeapStats& heap = record->heap;
  const uint64_t most = record->options.pool_bytes;
  heap.pool_bytes = most;
  for (uint64_t* figure :
       {&heap.in_use_bytes, &heap.peak_bytes, &heap.high_water_bytes,
        &heap.last_exhaustion.in_use, &heap.last_exhaustion.peak,
        &heap.last_exhaustion.largest_free}) {
    *figure = std::min(*figure, most);
  }
  record->reserve_peak_bytes =
      std::min(control_->reserve.peak_bytes, record->options.reserve_bytes);
  const RefusedPaths& refused = control_->refused_paths;
  record->refused_paths = refused.count.load(std::memory_order_relaxed);
  record->first_refused_paths = Copy(refused);
  const LateLoads& late = control_->late_loads;
  record->late_loads = late.count.load(std::memory_order_relaxed);
  record->first_late_loads = Copy(late);
}

}  // namespace cellblock
