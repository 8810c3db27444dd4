// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/doctor/child.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <string>

#include "jail/lock.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

using Clock = std::chrono::steady_clock;

// What the child leaves behind, in memory that it shares: the calls of a pipe
// may be what is refused here, and a run needs none.
struct Note {
  bool written = false;
  CheckState state = CheckState::kUnknown;
  size_t length = 0;
  char detail[4000];
};

[[noreturn]] void Look(const Check& check, pid_t parent, Note* note) {
  // Where the kernel refuses, the deadline alone ends a child that hangs.
  (void)DieWithParent(parent);
  const Finding finding = check.look();
  note->state = finding.state;
  note->length = std::min(finding.detail.size(), sizeof(note->detail));
  memcpy(note->detail, finding.detail.data(), note->length);
  note->written = true;
  _exit(0);
}

// True iff the child ends before `deadline`. Not by waiting for events, nor
// without end: both may be what is refused here.
bool EndsBefore(Clock::time_point deadline, pid_t pid, int* status) {
  while (waitpid(pid, status, WNOHANG) != pid) {
    if (Clock::now() >= deadline) return false;
    usleep(500);
  }
  return true;
}

std::string EndText(int status) {
  if (!WIFSIGNALED(status)) return "ended without a word";
  return "was ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
         strsignal(WTERMSIG(status)) + ")";
}

Finding AwaitNote(const Check& check, pid_t pid, const Note& note) {
  int status = 0;
  const auto deadline = Clock::now() + std::chrono::seconds(check.seconds);
  if (!EndsBefore(deadline, pid, &status)) {
    kill(pid, SIGKILL);
    (void)EndsBefore(Clock::now() + std::chrono::seconds(1), pid, &status);
    return Unknown("no answer within " + std::to_string(check.seconds) +
                   " seconds");
  }
  if (!note.written) {
    return Unknown("the process that tried it " + EndText(status));
  }
  return {note.state, std::string(note.detail, note.length)};
}

}  // namespace

Finding LookInChild(const Check& check) {
  void* memory = mmap(nullptr, sizeof(Note), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return Unknown(WithErrno("mmap", errno));
  auto* note = new (memory) Note;
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) Look(check, parent, note);
  Finding finding = pid < 0
                        ? Unknown(WithErrno("cannot start a process", errno))
                        : AwaitNote(check, pid, *note);
  munmap(memory, sizeof(Note));
  return finding;
}

}  // namespace cellblock
