// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "jail/unique_fd.h"
#include "tools/jailrun/doctor/checks.h"
#include "tools/jailrun/elf_check.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/run.h"
#include "tools/jailrun/runtime_library.h"

namespace cellblock {
namespace {

// Any program that ends well by itself; every Debian has it.
constexpr char kTrialProgram[] = "/bin/true";

// What a program that is tried says is not for the reader of the findings.
void Silence() {
  const UniqueFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    dup2(null.get(), fd);
  }
}

// Runs the system's loader to its end, with one argument or two. True iff it
// succeeds. `output`: where it writes to, or -1.
bool RunLoader(int output, const char* option, const char* argument) {
  const pid_t pid = fork();
  if (pid < 0) return false;
  if (pid == 0) {
    Silence();
    if (output >= 0) dup2(output, STDOUT_FILENO);
    execl(kSystemLoader, kSystemLoader, option, argument, nullptr);
    _exit(127);
  }
  int status = 0;
  return waitpid(pid, &status, 0) == pid && status == 0;
}

std::string FirstLine(const std::string& text) {
  return Escaped(text.substr(0, text.find('\n')));
}

// The first line that it says of its version. Errors: empty.
std::string LoaderVersion() {
  const UniqueFd output(memfd_create("cellblock-doctor", MFD_CLOEXEC));
  if (!output.ok() || !RunLoader(output.get(), "--version", nullptr)) return {};
  char text[256];
  const ssize_t got = pread(output.get(), text, sizeof(text), 0);
  return got <= 0 ? std::string()
                  : FirstLine(std::string(text, static_cast<size_t>(got)));
}

}  // namespace

Finding LookAtRuntime() {
  RuntimeLibrary runtime;
  if (const auto refusal = runtime.Find()) return Missing(refusal->reason);
  const std::string& name = runtime.preload_name();
  if (access(kSystemLoader, X_OK) != 0) {
    return Unknown("no loader to try " + Quoted(name) + " with");
  }
  if (!RunLoader(-1, "--list", name.c_str())) {
    return Missing("the system's loader refuses " + Quoted(name));
  }
  return Ok("the system's loader takes " + Quoted(name));
}

Finding LookAtLoader() {
  if (access(kSystemLoader, X_OK) != 0) {
    return Missing(WithErrno(kSystemLoader, errno));
  }
  const std::string version = LoaderVersion();
  return Ok("programs have to use " + std::string(kSystemLoader) +
            (version.empty() ? "" : ", " + version));
}

Finding LookAtTrialRun() {
  if (access(kTrialProgram, X_OK) != 0) {
    return Limited(std::string("not tried: there is no ") + kTrialProgram);
  }
  Silence();
  Options options;
  options.command = {kTrialProgram};
  const RunRecord record = Run(options);
  if (record.verdict.verdict_class != VerdictClass::kClean) {
    return Missing(record.reason.empty()
                       ? std::string(kTrialProgram) + " ended with exit code " +
                             std::to_string(record.verdict.exit_code)
                       : record.reason);
  }
  return Ok(std::string(kTrialProgram) + " was run and locked");
}

}  // namespace cellblock
