// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A process that has come as far as its lock, and is forked there once for each
// request. It reads nothing but requests of jailrun's; who runs main is always
// a fork of it, of which it is not even the parent.
//
// Not by fork(3): that makes children of its own, which jailrun could not wait
// for. What fork(3) does for a process of one thread is done here: the thread's
// number in libc's record of it, the list of robust mutexes, and the handlers
// of pthread_atfork(3). The registration for restartable sequences is
// inherited, and nobody else holds one of libc's locks.

#include "tools/jailrun/runtime/template.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "jail/lock.h"
#include "tools/jailrun/runtime/argument_end.h"
#include "tools/jailrun/runtime/fork_handlers.h"
#include "tools/jailrun/runtime/runtime.h"
#include "tools/jailrun/template/protocol.h"

namespace cellblock {
namespace {

struct Request {
  TemplateRequest header;
  char words[kMostTemplateWords];
};

constinit Request g_request = {};

// What a fork does not take along by itself.
struct ThreadState {
  pid_t* number = nullptr;  // libc's, of the calling thread
  void* robust_list = nullptr;
  size_t robust_bytes = 0;
};

bool ReadThreadState(ThreadState* state) {
  return syscall(SYS_prctl, PR_GET_TID_ADDRESS, &state->number) == 0 &&
         state->number != nullptr && *state->number == getpid() &&
         syscall(SYS_get_robust_list, 0, &state->robust_list,
                 &state->robust_bytes) == 0;
}

bool HasTimers() {
  for (const auto which : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}) {
    itimerval timer = {};
    if (getitimer(which, &timer) != 0) return true;
    if (timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0) return true;
  }
  return false;
}

// They lie one behind the other, as the kernel has put them, and in order.
bool AreAsGiven(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (argv[i] != argv[i - 1] + strlen(argv[i - 1]) + 1) return false;
  }
  return argv[argc] == nullptr;
}

TemplateUnfit LookFor(ThreadState* state, int argc, char** argv) {
  if (!AreAsGiven(argc, argv)) return TemplateUnfit::kArguments;
  if (HasTimers()) return TemplateUnfit::kTimers;
  if (!ReadThreadState(state)) return TemplateUnfit::kThreadWord;
  if (!CanCallForkHandlers()) return TemplateUnfit::kForkHandlers;
  return TemplateUnfit::kNone;
}

// The descriptors that came with a request; those that did not are -1.
struct Given {
  int all[kTemplateDescriptors] = {-1, -1, -1, -1, -1, -1};
  size_t count = 0;
  size_t bytes = 0;  // of g_request

  int memfd() const { return all[3]; }
  int socket() const { return all[4]; }
  int ruleset() const { return all[5]; }
};

// Ends the process when there is nobody left to ask.
Given Receive(int socket) {
  alignas(cmsghdr) char ancillary[CMSG_SPACE(sizeof(Given::all))];
  Given given;
  iovec part = {&g_request, sizeof(g_request)};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = ancillary;
  message.msg_controllen = sizeof(ancillary);
  long got;
  do {
    got = syscall(SYS_recvmsg, socket, &message, 0);
  } while (got < 0 && errno == EINTR);
  if (got < static_cast<long>(sizeof(TemplateRequest))) _exit(0);
  given.bytes = static_cast<size_t>(got);
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    const size_t bytes = header->cmsg_len - CMSG_LEN(size_t{0});
    memcpy(given.all, CMSG_DATA(header), bytes);
    given.count = bytes / sizeof(int);
  }
  return given;
}

// It names an input, which concerns no other.
void Forget(const Given& given) { memset(&g_request, 0, given.bytes); }

// A child of this process's parent. Zero in the child.
pid_t Fork(const ThreadState& state) {
  const long pid = syscall(
      SYS_clone,
      CLONE_PARENT | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD,
      nullptr, nullptr, state.number, nullptr);
  if (pid == 0) {
    syscall(SYS_set_robust_list, state.robust_list, state.robust_bytes);
  }
  return static_cast<pid_t>(pid);
}

void PutInPlace(int from, int to) {
  if (from < 0 || syscall(SYS_dup2, from, to) < 0) {
    FailSetup("a process of the template cannot take its descriptors");
  }
}

// In the place of the words that the template was started with, which were as
// long as they may become; the rest of each is cleared, and that of the last is
// no argument.
void TakeWords(int argc, char** argv) {
  const TemplateRequest& request = g_request.header;
  const char* word = g_request.words;
  for (uint32_t i = 0; i < request.words; ++i) {
    char* const place = argv[argc - static_cast<int>(request.words - i)];
    const size_t room = strlen(place);
    const size_t length = strlen(word);
    if (length > room)
      FailSetup("an argument does not fit into the template's");
    memcpy(place, word, length);
    memset(place + length, 0, room - length);
    word += length + 1;
    if (i + 1 == request.words) EndArgumentsAt(place + length + 1);
  }
}

// In the child, which holds nothing of the template's from here on.
void BecomeOneRun(const Given& given, int argc, char** argv) {
  const TemplateRequest& request = g_request.header;
  if (!DieWithParent(request.parent)) _exit(0);
  const Connection& old = Connect();
  PutInPlace(given.memfd(), old.memfd);
  PutInPlace(given.socket(), old.socket);
  Reconnect();
  // Before its output is in place: what a handler writes is none of it.
  AfterForkInChild();
  // The last of them is what confines it.
  if (given.count != request.descriptors) {
    FailSetup("a process of the template does not get all its descriptors");
  }
  close(given.memfd());
  close(given.socket());
  // What its supervisor looks at, until it is locked.
  (void)syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
  const char byte = 1;
  if (syscall(SYS_write, old.socket, &byte, sizeof(byte)) != sizeof(byte)) {
    _exit(0);
  }
  TakeWords(argc, argv);
  Forget(given);
  RenewRandomness();
}

void Reply(int socket, pid_t pid, int error) {
  const TemplateReply reply = {.process = pid, .error = pid < 0 ? error : 0};
  if (syscall(SYS_write, socket, &reply, sizeof(reply)) != sizeof(reply)) {
    _exit(0);
  }
}

}  // namespace

OwnDescriptors ServeAsTemplate(int argc, char** argv) {
  const Connection& connection = Connect();
  Control* const control = connection.control;
  ThreadState state;
  const TemplateUnfit unfit = LookFor(&state, argc, argv);
  control->error = static_cast<int32_t>(unfit);
  control->phase.store(unfit == TemplateUnfit::kNone ? Phase::kTemplateReady
                                                     : Phase::kTemplateUnfit,
                       std::memory_order_release);
  const char byte = 1;
  if (syscall(SYS_write, connection.socket, &byte, sizeof(byte)) != 1) {
    _exit(0);
  }
  while (true) {
    const Given given = Receive(connection.socket);
    // From the first request on jailrun has seen what it wanted to see.
    (void)MakeUndumpable();
    BeforeFork();
    const pid_t pid = Fork(state);
    if (pid == 0) {
      BecomeOneRun(given, argc, argv);
      return {{given.all[0], given.all[1], given.all[2]}, given.ruleset()};
    }
    const int error = errno;
    AfterForkInParent();
    Reply(connection.socket, pid, error);
    Forget(given);
    for (const int fd : given.all) {
      if (fd >= 0) close(fd);
    }
  }
}

void TakeOver(const OwnDescriptors& own) {
  if (own.ruleset >= 0 &&
      syscall(SYS_landlock_restrict_self, own.ruleset, 0) != 0) {
    FailSetup("a process of the template cannot enter its Landlock domain");
  }
  if (own.ruleset >= 0) close(own.ruleset);
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    PutInPlace(own.standard[fd], fd);
    close(own.standard[fd]);
  }
}

}  // namespace cellblock
