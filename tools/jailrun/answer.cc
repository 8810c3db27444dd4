// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/answer.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "jail/exit_code.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/report_text.h"
#include "tools/jailrun/write_all.h"

namespace cellblock {
namespace {

// True iff it is written, or nobody wants it.
bool Write(int fd, std::string_view text, const std::string& name) {
  signal(SIGPIPE, SIG_IGN);
  const int error = WriteAll(fd, text);
  if (error == 0 || error == EPIPE) return true;
  WriteAll(STDERR_FILENO, ErrorLine(WithErrno(name, error)));
  return false;
}

}  // namespace

int Answer(std::string_view text, int exit_code) {
  return Write(STDOUT_FILENO, text, "standard output")
             ? exit_code
             : static_cast<int>(ExitCode::kSetupFailed);
}

void WriteJsonReport(int fd, std::string_view json) {
  if (fd < 0) return;
  (void)Write(fd, json, "--json-fd=" + std::to_string(fd));
}

}  // namespace cellblock
