// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/template_main.h"

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "allocator/malloc/heap_access.h"
#include "jail/call/channel_layout.h"
#include "jail/call/futex.h"
#include "jail/call/host_heap.h"
#include "jail/call/memory_snapshot.h"
#include "jail/call/worker.h"
#include "jail/jail.h"
#include "jail/landlock.h"
#include "jail/lock.h"
#include "jail/seal_code.h"
#include "jail/warm_up.h"

namespace cellblock {
namespace {

void Publish(TemplateControl* control, TemplatePhase phase) {
  control->phase.store(phase, std::memory_order_relaxed);
  control->done.fetch_add(1, std::memory_order_release);
  WakeFutex(&control->done);
}

class Template {
 public:
  Template(TemplateControl* control, const TemplateWork& work, WorkerHeap heap)
      : control_(control), order_(control->order), work_(work), heap_(heap) {}

  [[noreturn]] void Run() {
    control_->phase.store(TemplatePhase::kPreparing, std::memory_order_relaxed);
    CloseStrays();
    ResetSignals();
    LetHostGoFirst();
    MapChannel();
    MakeReadyToWork();
    LookAtMemory();
    ConfineFiles();
    Harden();
    Lock();
    ForkOnCommand();
  }

 private:
  [[noreturn]] void Fail(const std::string& what) {
    RefuseTemplate(control_, TemplatePhase::kFailed, what.c_str());
  }
  [[noreturn]] void FailWithErrno(const char* what, int error) {
    Fail(std::string(what) + ": " + strerror(error));
  }

  void AwaitCommand() {
    const std::atomic<uint32_t>& command = control_->command;
    while (command.load(std::memory_order_acquire) == seen_) {
      WaitOnFutex(&command, seen_, nullptr);
    }
    ++seen_;
  }

  // What constructors have opened, or a copy's host had, is not the workers'.
  void CloseStrays() {
    const auto close_all = [this](unsigned first, unsigned last) {
      if (syscall(SYS_close_range, first, last, 0) != 0) {
        FailWithErrno("close_range", errno);
      }
    };
    close_all(kPreloadDescriptor, kFirstDescriptor - 1);
    // `prepare` opens no other as this one, whose place a call may take.
    if (dup2(STDIN_FILENO, kCallDescriptor) != kCallDescriptor) {
      FailWithErrno("dup2", errno);
    }
    close_all(kFirstDescriptor + order_.descriptors, ~0u);
  }

  // What the host's threads had is not the workers'.
  void ResetSignals() {
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) {
      (void)sigaction(number, &action, nullptr);  // two cannot be changed
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
  }

  // A worker that wakes its host is about to wait itself. With turns longer
  // than the host's (Linux 6.12), which are about 3 ms, it is the host that
  // goes on at once, and both save a call; the shares of the CPU stay equal.
  // Much longer ones would have the worker wait as long for its own, where the
  // CPU is busy. Where the kernel refuses, a call takes half a microsecond
  // longer.
  void LetHostGoFirst() {
    const struct {
      uint32_t size;
      uint32_t policy;
      uint64_t flags;
      int32_t nice;
      uint32_t priority;
      uint64_t runtime;
      uint64_t unused[2];
    } attributes = {.size = sizeof(attributes),
                    .policy = SCHED_OTHER,
                    .flags = 0,
                    .nice = getpriority(PRIO_PROCESS, 0),
                    .priority = 0,
                    .runtime = 10'000'000,  // ns
                    .unused = {}};
    (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
  }

  void* MapPart(size_t offset, size_t bytes, int protection) {
    void* const memory = mmap(nullptr, bytes, protection, MAP_SHARED,
                              kChannelDescriptor, static_cast<off_t>(offset));
    if (memory == MAP_FAILED) FailWithErrno("mapping the channel", errno);
    return memory;
  }

  void MapChannel() {
    const ChannelLayout layout(order_.input_bytes, order_.output_bytes);
    channel_.control = static_cast<ChannelControl*>(
        MapPart(0, kPageSize, PROT_READ | PROT_WRITE));
    channel_.input = {
        static_cast<const uint8_t*>(
            MapPart(layout.input_offset(), layout.input_bytes, PROT_READ)),
        layout.input_bytes};
    channel_.output = {static_cast<uint8_t*>(MapPart(layout.output_offset(),
                                                     layout.output_bytes,
                                                     PROT_READ | PROT_WRITE)),
                       layout.output_bytes};
    close(kChannelDescriptor);
    close(kControlDescriptor);
  }

  // Whatever a decoder will need of libc and of its own exists before the lock.
  void MakeReadyToWork() {
    if (heap_ == WorkerHeap::kPool) {
      CheckHeap();
    } else if (const char* const why = SetHostHeapAside(order_.pool_bytes)) {
      Fail(why);
    }
    if (work_.prepare) {
      const absl::Status status = work_.prepare();
      if (!status.ok()) {
        Fail("the decoder's prepare: " + std::string(status.message()));
      }
    }
    WarmUp();
    close(kCallDescriptor);
    if (const int error = NoteEnds(channel_)) FailWithErrno("NoteEnds", error);
    last_filter_.assign(order_.last_filter,
                        order_.last_filter + order_.last_filter_length);
  }

  void CheckHeap() {
    const HeapAccess* const heap = FindHeapAccess();
    const std::unique_ptr<char> block(new char);
    if (heap == nullptr || !heap->owns(block.get())) {
      Fail(
          "malloc is not Cellblock's: a program that is linked statically, or "
          "brings a malloc of its own, has to link //allocator/malloc");
    }
    heap->pool(&pool_, &pool_bytes_);
  }

  void ConfineFiles() {
    std::vector<PathGrant> grants;
    for (const char* at = order_.grants; *at != '\0'; at += strlen(at) + 1) {
      grants.push_back({.path = at + 1,
                        .access = toupper(*at) == 'W' ? PathAccess::kReadWrite
                                                      : PathAccess::kRead,
                        .presence = islower(*at) != 0 ? Presence::kOptional
                                                      : Presence::kRequired});
    }
    if (LandlockAbi() < 1) {
      if (!grants.empty()) {
        Fail("the kernel has no Landlock, so `files` cannot be granted");
      }
      control_->layers.landlock_error = ENOSYS;
      return;
    }
    std::string error;
    const FileConfinement files = FileConfinement::Create(grants, &error);
    if (files.empty()) Fail(error);
    control_->layers.landlock_error = files.Enter();
    if (control_->layers.landlock_error != 0 && !grants.empty()) {
      FailWithErrno("Landlock", control_->layers.landlock_error);
    }
  }

  void Harden() {
    control_->layers.exec_gain_error = RefuseExecGain();
    control_->layers.seal_error = SealLoadedCode();
    // Workers are told all they may know by the channel.
    if (madvise(control_, sizeof(*control_), MADV_DONTFORK) != 0) {
      FailWithErrno("madvise(MADV_DONTFORK)", errno);
    }
  }

  // While its own /proc can still be opened.
  void LookAtMemory() {
    if (order_.after_call == AfterCall::kRestore) {
      const absl::StatusOr<const MemorySnapshot*> taken =
          MemorySnapshot::Take();
      if (!taken.ok()) Fail(std::string(taken.status().message()));
      snapshot_ = *taken;
    }
    prefault_ = Prefault::Take({static_cast<std::byte*>(pool_), pool_bytes_});
  }

  void Lock() {
    const LockResult result =
        cellblock::Lock({order_.template_filter, order_.template_filter_length},
                        Notify::kSupervisor);
    if (result.failed != LockStep::kDone) {
      control_->step = result.failed;
      control_->error = result.error;
      Publish(control_, TemplatePhase::kNotLocked);
      _exit(EXIT_FAILURE);
    }
    control_->listener = result.listener;
    control_->wait = result.wait;
    Publish(control_, TemplatePhase::kLocked);
    AwaitCommand();
    // The filter hands both calls to the host, which lets them through once.
    if (MakeUndumpable() != 0) _exit(EXIT_FAILURE);
    close(result.listener);
    Publish(control_, TemplatePhase::kReady);
  }

  [[noreturn]] void ForkOnCommand() {
    const WorkerParts parts = {
        .host = order_.host,
        .channel = channel_,
        .decode = &work_.decode,
        .entry = work_.entry,
        .last_filter = last_filter_,
        .populate = order_.populate != 0
                        ? std::span(static_cast<std::byte*>(pool_), pool_bytes_)
                        : std::span<std::byte>(),
        .prefault = &prefault_,
        .snapshot = snapshot_};
    for (;;) {
      AwaitCommand();
      // In the form that the filter knows. The child is the host's, so it is
      // the host that waits for it.
      const long pid =
          syscall(SYS_clone, kForkFlags, 0L, &control_->worker, nullptr, 0L);
      if (pid == 0) RunWorker(parts);
      control_->worker.store(static_cast<uint32_t>(pid < 0 ? -errno : pid),
                             std::memory_order_relaxed);
      Publish(control_, TemplatePhase::kReady);
    }
  }

  TemplateControl* const control_;
  const TemplateOrder& order_;
  const TemplateWork& work_;
  const WorkerHeap heap_;
  uint32_t seen_ = 0;  // commands
  WorkerChannel channel_;
  void* pool_ = nullptr;
  size_t pool_bytes_ = 0;
  std::vector<sock_filter> last_filter_;
  Prefault prefault_;
  const MemorySnapshot* snapshot_ = nullptr;
};

}  // namespace

TemplateControl* MapControl(int fd) {
  void* const memory = mmap(nullptr, sizeof(TemplateControl),
                            PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return nullptr;
  auto* const control = static_cast<TemplateControl*>(memory);
  return control->order.magic == kTemplateMagic ? control : nullptr;
}

void RefuseTemplate(TemplateControl* control, TemplatePhase phase,
                    const char* message) {
  strncpy(control->message, message, sizeof(control->message) - 1);
  Publish(control, phase);
  _exit(EXIT_FAILURE);
}

void RunTemplate(TemplateControl* control, const TemplateWork& work,
                 WorkerHeap heap) noexcept {
  Template(control, work, heap).Run();
}

}  // namespace cellblock
