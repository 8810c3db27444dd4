// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/job.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string_view>
#include <utility>

#include "jail/lock.h"
#include "tools/jailrun/write_all.h"

namespace cellblock {
namespace {

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
};

int MakePipe(Pipe* pipe) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return errno;
  pipe->reader = UniqueFd(ends[0]);
  pipe->writer = UniqueFd(ends[1]);
  // The reader has others to attend to.
  return fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 ? errno : 0;
}

// In the new process.
[[noreturn]] void Run(const Job::Setup& setup, pid_t parent, int input,
                      int words, int report) {
  if (!DieWithParent(parent)) _exit(1);
  // What a terminal sends goes to the batch, which ends its jobs itself.
  setpgid(0, 0);
  if (dup2(input, STDIN_FILENO) < 0 ||
      dup2(setup.output_fd, STDOUT_FILENO) < 0 ||
      dup2(words, STDERR_FILENO) < 0) {
    _exit(1);
  }
  // The program's copies of these alone keep them open.
  close(words);
  sigprocmask(SIG_SETMASK, setup.signal_mask, nullptr);
  const std::string text = setup.run();
  signal(SIGPIPE, SIG_IGN);
  WriteAll(report, text);
  _exit(0);
}

// Returns whether more can come; takes what is there.
bool Take(int fd, const std::function<void(std::string_view)>& taken) {
  char part[16384];
  while (true) {
    const ssize_t got = read(fd, part, sizeof(part));
    if (got > 0) {
      taken({part, static_cast<size_t>(got)});
      // A program that never stops talking must not keep the others waiting.
      return true;
    }
    if (got == 0) return false;
    if (errno != EINTR) return errno == EAGAIN;
  }
}

}  // namespace

Job& Job::operator=(Job&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(report_, other.report_);
  std::swap(words_, other.words_);
  std::swap(report_text_, other.report_text_);
  std::swap(last_words_, other.last_words_);
  return *this;
}

Job::~Job() {
  if (pid_ < 0) return;
  // The jail dies with it.
  kill(pid_, SIGKILL);
  (void)Finish();
}

int Job::Start(const Setup& setup) {
  Pipe report;
  Pipe words;
  const UniqueFd input(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!input.ok()) return errno;
  if (const int error = MakePipe(&report)) return error;
  if (const int error = MakePipe(&words)) return error;
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) return errno;
  if (pid_ == 0) {
    Run(setup, parent, input.get(), words.writer.get(), report.writer.get());
  }
  report_ = std::move(report.reader);
  words_ = std::move(words.reader);
  return 0;
}

void Job::TakeReport() {
  const auto append = [this](std::string_view part) { report_text_ += part; };
  if (!Take(report_.get(), append)) report_.Close();
}

void Job::TakeWords() {
  const auto append = [this](std::string_view part) {
    last_words_ += part;
    if (last_words_.size() > kMostLastWords) {
      last_words_.erase(0, last_words_.size() - kMostLastWords);
    }
  };
  if (!Take(words_.get(), append)) words_.Close();
}

std::optional<Outcome> Job::Finish() {
  pid_t ended;
  do {
    ended = waitpid(pid_, nullptr, 0);
  } while (ended < 0 && errno == EINTR);
  pid_ = -1;
  return ReadOutcome(report_text_);
}

}  // namespace cellblock
