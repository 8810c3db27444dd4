// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/job.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <functional>
#include <string_view>
#include <utility>

#include "tools/jailrun/batch/journal.h"

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

int Job::Start(const Setup& setup, std::unique_ptr<Slot>* slot) {
  Pipe report;
  Pipe words;
  if (const int error = MakePipe(&report)) return error;
  if (const int error = MakePipe(&words)) return error;
  // The slot's and the program's copies of these alone keep them open.
  const int error = (*slot)->Give({.input = setup.input,
                                   .tier = setup.tier,
                                   .output = setup.output_fd,
                                   .words = words.writer.get(),
                                   .report = report.writer.get()});
  if (error != 0) return error;
  slot_ = std::move(*slot);
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
      words_were_cut_ = true;
    }
  };
  if (!Take(words_.get(), append)) words_.Close();
}

std::string Job::last_words() const {
  constexpr size_t kMostOfCharacter = 4;
  size_t begin = 0;
  while (words_were_cut_ && begin < kMostOfCharacter - 1 &&
         begin < last_words_.size() && (last_words_[begin] & 0xc0) == 0x80) {
    ++begin;
  }
  return last_words_.substr(begin);
}

std::optional<Outcome> Job::Finish(std::unique_ptr<Slot>* slot) {
  std::optional<Outcome> outcome = ReadOutcome(report_text_);
  if (outcome) *slot = std::move(slot_);
  slot_.reset();
  return outcome;
}

}  // namespace cellblock
