// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/run.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <utility>

#include "allocator/heap.h"
#include "jail/landlock.h"
#include "jail/syscall_table.h"
#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/control.h"
#include "tools/jailrun/environment.h"
#include "tools/jailrun/launch.h"
#include "tools/jailrun/program.h"
#include "tools/jailrun/run_policy.h"
#include "tools/jailrun/signal_forwarder.h"
#include "tools/jailrun/supervisor.h"
#include "tools/jailrun/unique_fd.h"

extern char** environ;

namespace cellblock {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kRuntimeName[] = "libcellblock_runtime.so";

int64_t Microseconds(Clock::duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration)
      .count();
}

int64_t Microseconds(const timeval& time) {
  return int64_t{time.tv_sec} * 1000000 + time.tv_usec;
}

// Why nothing can be run.
struct Failure {
  ExitCode code = ExitCode::kSetupFailed;
  std::string reason = {};
  std::string advice = {};
};

std::string WithErrno(std::string what, int error) {
  return what + ": " + strerror(error);
}

// The runtime, which stands beside jailrun.
std::optional<Failure> FindRuntime(std::string* path) {
  char self[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof(self));
  if (length <= 0 || length == sizeof(self)) {
    return Failure{.reason = "cannot tell where jailrun is",
                   .advice = "/proc must be mounted"};
  }
  *path = std::string(self, static_cast<size_t>(length));
  path->resize(path->rfind('/') + 1);
  *path += kRuntimeName;
  const UniqueFd fd(open(path->c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) {
    return Failure{.reason = WithErrno(*path, errno),
                   .advice = "install the runtime beside jailrun"};
  }
  // The loader would only warn of a file that it cannot preload, and go on.
  Elf64_Ehdr header = {};
  if (read(fd.get(), &header, sizeof(header)) != sizeof(header) ||
      memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_X86_64 ||
      header.e_type != ET_DYN) {
    return Failure{.reason = *path + " is not a library that can be preloaded",
                   .advice = "install the runtime of this jailrun again"};
  }
  return {};
}

// The loader splits LD_PRELOAD at blanks and colons and expands $ORIGIN: a
// path with one of those is preloaded through a descriptor instead.
std::string PreloadName(const std::string& path, UniqueFd* held) {
  if (path.find_first_of(" \t\n:;$") == std::string::npos) return path;
  *held = UniqueFd(open(path.c_str(), O_RDONLY));
  return "/proc/self/fd/" + std::to_string(held->get());
}

// The memory that is shared with the runtime.
class SharedControl {
 public:
  SharedControl() = default;
  SharedControl(const SharedControl&) = delete;
  SharedControl& operator=(const SharedControl&) = delete;
  ~SharedControl() {
    if (control_ != nullptr) munmap(control_, sizeof(Control));
  }

  bool Create(const Options& options) {
    memfd_ = UniqueFd(memfd_create("cellblock-control", MFD_ALLOW_SEALING));
    eventfd_ = UniqueFd(eventfd(0, 0));
    // Sealed, or a jail that gets at the file could cut the memory off from
    // under this process.
    if (!memfd_.ok() || !eventfd_.ok() ||
        ftruncate(memfd_.get(), sizeof(Control)) != 0 ||
        fcntl(memfd_.get(), F_ADD_SEALS,
              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
      return false;
    }
    void* memory = mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE,
                        MAP_SHARED, memfd_.get(), 0);
    if (memory == MAP_FAILED) return false;
    control_ = static_cast<Control*>(memory);  // zero bytes, all valid
    control_->magic = kControlMagic;
    control_->pool_bytes = options.pool_bytes;
    control_->commit = options.commit;
    control_->fill = options.fill;
    control_->confine = options.mode == Mode::kJailed;
    return true;
  }

  Control* get() const { return control_; }
  int eventfd_number() const { return eventfd_.get(); }

  // As the runtime reads it; `held` is one more that it is to close.
  std::string Descriptors(const UniqueFd& held) const {
    return std::to_string(memfd_.get()) + "," + std::to_string(eventfd_.get()) +
           "," + std::to_string(held.get());
  }

  void Publish(const std::vector<sock_filter>& filter) {
    std::copy(filter.begin(), filter.end(), control_->filter);
    control_->filter_length = static_cast<uint32_t>(filter.size());
    control_->filter_ready.store(1, std::memory_order_release);
    syscall(SYS_futex, &control_->filter_ready, FUTEX_WAKE, INT_MAX, nullptr,
            nullptr, 0);
  }

 private:
  UniqueFd memfd_;
  UniqueFd eventfd_;
  Control* control_ = nullptr;
};

Failure LaunchFailure(const Launched& launched, const std::string& path) {
  switch (launched.failed) {
    case LaunchStep::kExec: {
      const bool missing = launched.error == ENOENT;
      return {missing ? ExitCode::kNotFound : ExitCode::kNotExecutable,
              WithErrno(path, launched.error), "the kernel refuses to run it"};
    }
    case LaunchStep::kClone:
      return {.reason = WithErrno("cannot start a process", launched.error),
              .advice = "see the limit on processes (ulimit -u)"};
    case LaunchStep::kLandlock:
      return {.reason = WithErrno("cannot enter the Landlock domain of --rw",
                                  launched.error)};
    default:
      return {.reason =
                  WithErrno("cannot prepare the process", launched.error)};
  }
}

ViolationReport Explain(const Violation& violation, const Policy& policy,
                        pid_t own_pid) {
  ViolationReport report = {.call = violation};
  SyscallRequest request = {.number = violation.number, .args = {}};
  std::copy(std::begin(violation.args), std::end(violation.args),
            std::begin(request.args));
  const SyscallInfo* info = FindSyscall(violation.number);
  report.name = info != nullptr ? info->name
                                : "syscall_" + std::to_string(violation.number);
  char text[kSyscallTextBytes];
  FormatSyscall(violation.number, violation.args, text, sizeof(text));
  report.text = text;
  report.reason = policy.Decide(request, own_pid).reason;
  const Remedy remedy = RemedyFor(violation.number);
  report.option = remedy.option;
  report.advice = remedy.advice;
  return report;
}

// The filter killed the process itself, so no supervisor was told of the call.
ViolationReport ForeignCall() {
  ViolationReport report;
  report.text =
      "a call through another ABI than x86-64: i386 (int 0x80) or x32";
  report.reason = "is killed by the filter at once, so its number is not known";
  report.advice =
      "no option allows it; a memory call while SIGSYS is blocked by number, "
      "or a SIGSYS that the program sends itself, ends in the same way";
  return report;
}

// Figures that the jailed process could write: copied once, then bounded.
void CopyFigures(const Control& control, RunRecord* record) {
  memcpy(&record->heap, &control.heap, sizeof(record->heap));
  memcpy(&record->counters, &control.counters, sizeof(record->counters));
  HeapStats& heap = record->heap;
  const uint64_t most = record->options.pool_bytes;
  heap.pool_bytes = most;
  for (uint64_t* figure :
       {&heap.in_use_bytes, &heap.peak_bytes, &heap.high_water_bytes,
        &heap.last_exhaustion.in_use, &heap.last_exhaustion.peak,
        &heap.last_exhaustion.largest_free}) {
    *figure = std::min(*figure, most);
  }
}

class Runner {
 public:
  explicit Runner(const Options& options) { record_.options = options; }

  RunRecord Run() {
    started_ = Clock::now();
    if (std::optional<Failure> failure = Prepare()) {
      return Refuse(*failure);
    }
    if (record_.options.mode == Mode::kDryRun) return DryRun();
    if (std::optional<Failure> failure = Start()) return Refuse(*failure);
    Supervise();
    return std::move(record_);
  }

 private:
  const Options& options() const { return record_.options; }
  bool confine() const { return options().mode == Mode::kJailed; }

  RunRecord Refuse(const Failure& failure) {
    record_.verdict = {.verdict_class = VerdictClass::kSetupFailed,
                       .exit_code = static_cast<int>(failure.code),
                       .permanent = true};
    record_.reason = failure.reason;
    record_.advice = failure.advice;
    return std::move(record_);
  }

  std::optional<Failure> Prepare() {
    if (std::string error = policy_.Build(options()); !error.empty()) {
      return Failure{.reason = error};
    }
    Program program;
    const SearchPaths paths = {.path = getenv("PATH"),
                               .library_path = getenv("LD_LIBRARY_PATH")};
    if (auto refusal = FindProgram(options().command[0], paths, &program)) {
      return Failure{refusal->code, refusal->reason, refusal->advice};
    }
    record_.program = program.path;
    if (confine()) {
      landlock_ =
          WriteConfinement::Create(options().writable, &landlock_missing_);
      if (landlock_.empty() && !options().writable.empty()) {
        return Failure{.reason = "--rw: " + landlock_missing_,
                       .advice = "--rw needs Landlock and a path that exists"};
      }
    }
    return FindRuntime(&runtime_);
  }

  RunRecord DryRun() {
    std::string error;
    record_.filter_length = policy_.ProvedFilter(getpid(), &error).size();
    if (!error.empty()) return Refuse({.reason = error});
    record_.verdict = {.verdict_class = VerdictClass::kClean,
                       .exit_code = 0,
                       .permanent = true};
    return std::move(record_);
  }

  std::optional<Failure> Start() {
    if (!shared_.Create(options())) {
      return Failure{.reason = WithErrno("cannot share memory", errno)};
    }
    if (options().json_fd > STDERR_FILENO) {
      fcntl(options().json_fd, F_SETFD, FD_CLOEXEC);
    }
    UniqueFd held;
    const std::string preload = PreloadName(runtime_, &held);
    const ProgramEnvironment environment(environ, preload,
                                         shared_.Descriptors(held));
    std::vector<char*> argv;
    for (const std::string& word : options().command) {
      argv.push_back(const_cast<char*>(word.c_str()));
    }
    argv.push_back(nullptr);
    child_ = Launch({.path = record_.program.c_str(),
                     .argv = argv.data(),
                     .envp = environment.get(),
                     .signals = &signals_.inherited(),
                     .landlock = landlock_.empty() ? nullptr : &landlock_,
                     .landlock_necessity = options().writable.empty()
                                               ? Necessity::kOptional
                                               : Necessity::kRequired,
                     .confine = confine()});
    if (child_.failed != LaunchStep::kStarted) {
      return LaunchFailure(child_, record_.program);
    }
    return confine() ? GiveFilter() : std::nullopt;
  }

  // While the program loads.
  std::optional<Failure> GiveFilter() {
    std::string error;
    const std::vector<sock_filter> filter =
        policy_.ProvedFilter(child_.pid, &error);
    record_.filter_length = filter.size();
    if (error.empty() && filter.size() > kMaxFilterLength) {
      error = "the filter is too long";
    }
    if (!error.empty()) {
      kill(child_.pid, SIGKILL);
      return Failure{.reason = error};
    }
    shared_.Publish(filter);
    return {};
  }

  void Supervise() {
    Supervisor supervisor({.child = &child_,
                           .control = shared_.get(),
                           .eventfd = shared_.eventfd_number(),
                           .policy = &policy_.policy(),
                           .signals = &signals_,
                           .started = started_,
                           .timeout = options().timeout,
                           .confine = confine()});
    Observation seen = supervisor.Watch();
    CopyFigures(*shared_.get(), &record_);
    seen.evidence.failed_allocations = record_.heap.exhausted;
    record_.evidence = seen.evidence;
    record_.verdict = Judge(seen.evidence);
    record_.reason = std::move(seen.reason);
    record_.advice = std::move(seen.advice);
    record_.refused = std::move(seen.refused);
    if (seen.violation) {
      record_.violation =
          Explain(*seen.violation, policy_.policy(), child_.pid);
    } else if (record_.verdict.killed_by_filter) {
      record_.violation = ForeignCall();
    }
    SuggestPool(&record_);
    record_.table_bytes =
        Heap::TableBytesFor(options().pool_bytes, record_.heap.unit_bytes);
    RecordTimes(seen);
    RecordPosture(seen.evidence);
  }

  void RecordTimes(const Observation& seen) {
    Times& times = record_.times;
    times.wall = Microseconds(Clock::now() - started_);
    if (seen.evidence.locked) {
      times.setup = Microseconds(seen.locked_at - started_);
    }
    times.user = Microseconds(seen.usage.ru_utime);
    times.system = Microseconds(seen.usage.ru_stime);
    record_.peak_resident_bytes =
        static_cast<uint64_t>(seen.usage.ru_maxrss) * 1024;
  }

  void RecordPosture(const Evidence& evidence) {
    const LayerState lock =
        evidence.locked ? LayerState::kEnforced : LayerState::kOff;
    const auto add = [this](const char* name, LayerState state,
                            std::string detail) {
      record_.posture.push_back({name, state, std::move(detail)});
    };
    add("no_new_privs", lock, "read back from /proc");
    add("seccomp", lock,
        "preset " + std::string(policy_.policy().name()) + ", " +
            std::to_string(record_.filter_length) +
            " instructions, proved equal to its table, read back from /proc");
    add("violation_notify", lock, "forbidden calls are named by the kernel");
    add("non_dumpable", lock, "no core dump, no tracing by the same user");
    add("parent_death_signal", LayerState::kEnforced,
        "the program dies with jailrun");
    if (child_.landlock_error != 0) {
      landlock_missing_ = strerror(child_.landlock_error);
    }
    if (!landlock_missing_.empty()) {
      add("landlock_write", LayerState::kUnsupported, landlock_missing_);
    } else {
      add("landlock_write", lock,
          options().writable.empty()
              ? "nothing is written, no other process is looked into"
              : "writing only below what --rw names, no other process is "
                "looked into");
    }
    add("landlock_read", LayerState::kOff,
        "every file that the user may read can be read");
    add("descriptors", LayerState::kOff,
        "descriptors that jailrun was given are the program's too");
    add("rlimits", confine() ? LayerState::kEnforced : LayerState::kOff,
        "stack at most " + FormatBytes(kMostStackBytes) + ", at most " +
            std::to_string(kMostDescriptors) + " descriptors");
  }

  Clock::time_point started_;
  RunRecord record_;
  RunPolicy policy_;
  WriteConfinement landlock_;
  std::string landlock_missing_;  // why there is none
  std::string runtime_;
  SharedControl shared_;
  SignalForwarder signals_;
  Launched child_;
};

}  // namespace

RunRecord Run(const Options& options) { return Runner(options).Run(); }

}  // namespace cellblock
