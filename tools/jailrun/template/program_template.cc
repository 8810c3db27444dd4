// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/template/program_template.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "tools/jailrun/end_words.h"
#include "tools/jailrun/program_start.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/stray_children.h"
#include "tools/jailrun/template/fitness.h"
#include "tools/jailrun/template/protocol.h"

namespace cellblock {
namespace {

// As for the lock of a program that runs at once.
constexpr std::chrono::seconds kReadyWithin{10};
constexpr std::chrono::seconds kForkedWithin{10};

// False iff nothing can be read from `fd` in that time, nor from `other`.
bool Await(int fd, std::chrono::steady_clock::duration within, int other = -1) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd events[] = {{fd, POLLIN, 0}, {other, POLLIN, 0}};
    const int ready =
        poll(events, std::size(events), static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

// Puts descriptors in the place of 0, 1 and 2 for as long as it lives.
class StandIn {
 public:
  StandIn() = default;
  ~StandIn() {
    for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
      if (saved_[fd].ok()) dup2(saved_[fd].get(), fd);
    }
  }
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;

  // Errors: errno. What could not be saved is where it was.
  [[nodiscard]] int Put(int input, int output) {
    for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
      saved_[fd] = UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
      if (!saved_[fd].ok() ||
          dup2(fd == STDIN_FILENO ? input : output, fd) < 0) {
        return errno;
      }
    }
    return 0;
  }

 private:
  UniqueFd saved_[STDERR_FILENO + 1];
};

bool IsEmpty(int file) {
  struct stat status;
  return fstat(file, &status) == 0 && status.st_size == 0;
}

// Nothing is written that a run could not write, and no other process is looked
// into. Which files the runs read is not known yet, and a domain can only
// become narrower: each run's own, which it enters before its lock.
FileConfinement ConfineConstructors(const Options& options,
                                    std::string* error) {
  std::vector<PathGrant> grants = {
      {"/", PathAccess::kRead, Presence::kOptional}};
  for (const std::string& path : options.writable) {
    grants.push_back({path, PathAccess::kReadWrite, Presence::kRequired});
  }
  return FileConfinement::Create(grants, error);
}

// Until then it is as undumpable as the template: nobody can look into it.
// Errors: errno.
int AwaitVisible(const SharedControl& shared, int pidfd) {
  if (!Await(shared.socket(), kForkedWithin, pidfd)) return ETIMEDOUT;
  char byte;
  const bool said =
      recv(shared.socket(), &byte, sizeof(byte), MSG_DONTWAIT) == sizeof(byte);
  return said ? 0 : ESRCH;  // it has ended
}

// Errors: errno.
int SetLimits(pid_t process, std::span<const ResourceLimit> limits) {
  for (const ResourceLimit& limit : limits) {
    const rlimit value = {limit.soft, limit.hard};
    if (prlimit(process, limit.resource, &value, nullptr) != 0) return errno;
  }
  return 0;
}

// Errors: errno.
int Send(int socket, const TemplateRequest& header, const std::string& words,
         std::span<const int> descriptors) {
  iovec parts[] = {{const_cast<TemplateRequest*>(&header), sizeof(header)},
                   {const_cast<char*>(words.data()), words.size()}};
  alignas(cmsghdr) char
      ancillary[CMSG_SPACE(sizeof(int) * kTemplateDescriptors)] = {};
  msghdr message = {};
  message.msg_iov = parts;
  message.msg_iovlen = std::size(parts);
  message.msg_control = ancillary;
  message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  cmsghdr* const rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
  return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

}  // namespace

std::string WhyNoTemplate(const Options& options) {
  if (options.mode != Mode::kJailed) return "the program is not jailed";
  // No lock on a page is taken along, and all that are there would be copied.
  if (options.commit != Commit::kLazy)
    return "--commit asks for pages that no fork takes along";
  return {};
}

std::string ProgramTemplate::Start(const Options& options,
                                   const Preparation& prepared,
                                   const TemplateWords& words,
                                   const InheritedSignals& signals) {
  may_succeed_ = false;
  if (std::string why = WhyNoTemplate(options); !why.empty()) return why;
  if (words.most_bytes() > kMostTemplateWords) {
    return "the words of an input can become too long";
  }
  if (const char* failed = shared_.Create(options, prepared.loads.libraries)) {
    return WithErrno(failed, errno);
  }
  shared_.get()->serves_as_template = true;
  words_ = words.count();
  cpu_limits_.clear();
  std::ranges::copy_if(prepared.limits.limits, std::back_inserter(cpu_limits_),
                       IsOfCpuTime);
  may_succeed_ = true;
  const UniqueFd input(open("/dev/null", O_RDONLY | O_CLOEXEC));
  // What a constructor says would be said once, and not by each run.
  const UniqueFd said(memfd_create("cellblock-said", MFD_CLOEXEC));
  if (!input.ok() || !said.ok()) return WithErrno("memfd_create", errno);
  std::string no_landlock;
  const FileConfinement landlock = ConfineConstructors(options, &no_landlock);
  const bool names_paths =
      !options.readable.empty() || !options.writable.empty();
  // As a run of its own, which is then refused.
  if (landlock.empty() && names_paths) return no_landlock;
  {
    StandIn stand_in;
    if (const int error = stand_in.Put(input.get(), said.get())) {
      return WithErrno("cannot stand in for its descriptors", error);
    }
    process_ =
        StartProgram({.options = &options,
                      .prepared = &prepared,
                      .arguments = words.ArgumentsIn(prepared),
                      .signals = &signals,
                      .landlock = landlock.empty() ? nullptr : &landlock,
                      .landlock_necessity = names_paths ? Necessity::kRequired
                                                        : Necessity::kOptional},
                     &shared_, &runtime_fds_);
  }
  if (process_.failed != LaunchStep::kStarted) {
    const int error = process_.error;
    process_ = Launched();
    return WithErrno("it cannot be started", error);
  }
  shared_.CloseRuntimeSocket();
  std::string why = AwaitReady();
  if (why.empty()) {
    may_succeed_ = false;
    why = IsEmpty(said.get()) ? WhyUnfit(options, words)
                              : "it writes something before its main";
  }
  if (!why.empty()) Stop();
  return why;
}

std::string ProgramTemplate::AwaitReady() {
  char byte;
  if (!Await(shared_.socket(), kReadyWithin)) {
    return "it did not reach its main in time";
  }
  if (read(shared_.socket(), &byte, sizeof(byte)) != sizeof(byte)) {
    return "it ended before its main";
  }
  const Control& control = *shared_.get();
  if (control.phase.load(std::memory_order_acquire) == Phase::kTemplateReady) {
    return {};
  }
  may_succeed_ = false;
  switch (static_cast<TemplateUnfit>(control.error)) {
    case TemplateUnfit::kTimers:
      return "a constructor sets a timer";
    case TemplateUnfit::kArguments:
      return "a constructor changes its arguments";
    case TemplateUnfit::kForkHandlers:
      return "its libraries want to be told of forks, too many of them";
    default:
      return "the kernel does not say where libc keeps a thread's number";
  }
}

std::string ProgramTemplate::WhyUnfit(const Options& options,
                                      const TemplateWords& words) {
  std::vector<int> given = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  given.insert(given.end(), options.passed_fds.begin(),
               options.passed_fds.end());
  return WhyNotFit({.process = process_.pid,
                    .given = given,
                    .runtime_fds = runtime_fds_,
                    .token = words.token()});
}

Launched ProgramTemplate::Fork(const std::vector<std::string>& arguments,
                               const SharedControl& shared,
                               FileConfinement* landlock) {
  Launched child;
  child.failed = LaunchStep::kClone;
  std::string words;
  for (size_t i = arguments.size() - words_; i < arguments.size(); ++i) {
    words += arguments[i];
    words += '\0';
  }
  if (words.size() > kMostTemplateWords) {
    child.error = E2BIG;
    return child;
  }
  const int descriptors[kTemplateDescriptors] = {
      STDIN_FILENO,   STDOUT_FILENO,        STDERR_FILENO,
      shared.memfd(), shared.runtime_end(), landlock->ruleset()};
  const size_t count = kTemplateDescriptors - (landlock->empty() ? 1 : 0);
  const TemplateRequest request = {.parent = getpid(),
                                   .words = static_cast<uint32_t>(words_),
                                   .descriptors = static_cast<uint32_t>(count)};
  child.error =
      Send(shared_.socket(), request, words, std::span(descriptors, count));
  TemplateReply reply = {.process = -1, .error = ETIMEDOUT};
  if (child.error == 0 && Await(shared_.socket(), kForkedWithin)) {
    const ssize_t got = read(shared_.socket(), &reply, sizeof(reply));
    if (got != sizeof(reply)) reply = {.process = -1, .error = EPIPE};
  }
  if (child.error == 0 && reply.process < 0) child.error = reply.error;
  if (child.error != 0) {
    Stop();
    EndChildren();
    return child;
  }
  child.pid = reply.process;
  // It is this process's to wait for, so the number cannot be another's.
  child.pidfd =
      UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, reply.process, 0)));
  child.error =
      child.pidfd.ok() ? AwaitVisible(shared, child.pidfd.get()) : errno;
  if (child.error == 0) child.error = SetLimits(child.pid, cpu_limits_);
  if (child.error == 0 && !landlock->empty()) {
    child.error = landlock->GrantOwnFilesOf(child.pid);
  }
  if (child.error != 0) {
    EndChild(child);
    return child;
  }
  child.failed = LaunchStep::kStarted;
  child.speculation = process_.speculation;
  return child;
}

void ProgramTemplate::Stop() {
  if (process_.pid < 0) return;
  EndChild(process_);
  process_ = Launched();
}

}  // namespace cellblock
