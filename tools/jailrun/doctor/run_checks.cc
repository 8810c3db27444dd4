// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "tools/jailrun/doctor/checks.h"
#include "tools/jailrun/elf_check.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/run.h"
#include "tools/jailrun/runtime_library.h"
#include "tools/jailrun/unique_fd.h"

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

struct Output {
  std::string text;
  int status = -1;  // as waitpid gives it
};

// Runs the system's loader with one argument or two, to its end.
Output RunLoader(const char* option, const char* argument) {
  Output output;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return output;
  const UniqueFd source(ends[0]);
  UniqueFd sink(ends[1]);
  const pid_t pid = fork();
  if (pid == 0) {
    Silence();
    dup2(sink.get(), STDOUT_FILENO);
    execl(kSystemLoader, kSystemLoader, option, argument, nullptr);
    _exit(127);
  }
  sink.Close();
  char part[4096];
  ssize_t got;
  while ((got = read(source.get(), part, sizeof(part))) > 0) {
    output.text.append(part, static_cast<size_t>(got));
  }
  if (pid > 0) waitpid(pid, &output.status, 0);
  return output;
}

std::string FirstLine(const std::string& text) {
  return Escaped(text.substr(0, text.find('\n')));
}

}  // namespace

Finding LookAtRuntime() {
  RuntimeLibrary runtime;
  if (const auto refusal = runtime.Find()) return Missing(refusal->reason);
  const std::string& name = runtime.preload_name();
  if (access(kSystemLoader, X_OK) != 0) {
    return Unknown("no loader to try " + Quoted(name) + " with");
  }
  const Output listing = RunLoader("--list", name.c_str());
  if (listing.status != 0) {
    return Missing("the system's loader refuses " + Quoted(name));
  }
  return Ok("the system's loader takes " + Quoted(name));
}

Finding LookAtLoader() {
  if (access(kSystemLoader, X_OK) != 0) {
    return Missing(WithErrno(kSystemLoader, errno));
  }
  const std::string version = FirstLine(RunLoader("--version", nullptr).text);
  return Ok("programs have to use " + std::string(kSystemLoader) +
            (version.empty() ? "" : ", " + version));
}

Finding LookAtTrialRun() {
  Silence();
  Options options;
  options.command = {kTrialProgram};
  const RunRecord record = Run(options);
  if (access(kTrialProgram, X_OK) != 0) {
    return Limited(std::string("not tried: there is no ") + kTrialProgram);
  }
  if (record.verdict.verdict_class != VerdictClass::kClean) {
    return Missing(record.reason.empty()
                       ? std::string(kTrialProgram) + " ended with exit code " +
                             std::to_string(record.verdict.exit_code)
                       : record.reason);
  }
  return Ok(std::string(kTrialProgram) + " was run and locked");
}

}  // namespace cellblock
