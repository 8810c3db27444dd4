// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// watch DESCRIPTOR COMMAND...: runs a command and says of each process that it
// starts how the kernel says it was confined when it ended, as one line of JSON
// to the descriptor. Asks nobody else: neither the command nor what it starts
// has a part in it. Ends as the command does; 99: it could not watch.
//
// How. Every process is seized from its first step on, and what it executes is
// read at that moment, while /proc still lets an ordinary user look. A tracer
// is told of a process's end before its parent is, and until it has heard of it
// the process is a zombie, whose /proc/PID/status still says what it had last.
// What a program does between is not stopped for, but for the signals to its
// first thread.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace {

constexpr int kCannotWatch = 99;

// New threads are not seized: what holds for a process's first thread when it
// ends holds for them, since a filter and no_new_privs cannot be taken off and
// are inherited by clone(2).
constexpr long kFollow = PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC |
                         PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;
// The launcher starts its child by clone3(2), with flags of its own.
constexpr long kFollowLauncher = kFollow | PTRACE_O_TRACECLONE;

[[noreturn]] void Fail(const char* what) {
  perror(what);
  _exit(kCannotWatch);
}

struct Seen {
  std::string program;  // what it executed last
  int executed = 0;
  std::map<std::string, std::string> status;  // of /proc/PID/status, at its end
};

std::string ProgramOf(pid_t process) {
  char path[4096];
  const std::string link = "/proc/" + std::to_string(process) + "/exe";
  const ssize_t length = readlink(link.c_str(), path, sizeof(path));
  return length < 0 ? "" : std::string(path, static_cast<size_t>(length));
}

std::map<std::string, std::string> StatusOf(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  std::map<std::string, std::string> fields;
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(':');
    const size_t value = line.find_first_not_of(" \t", colon + 1);
    if (colon == std::string::npos || value == std::string::npos) continue;
    fields[line.substr(0, colon)] = line.substr(value);
  }
  return fields;
}

nlohmann::json Number(const Seen& seen, const char* field) {
  const auto found = seen.status.find(field);
  if (found == seen.status.end()) return nullptr;
  return atoi(found->second.c_str());
}

class Watcher {
 public:
  explicit Watcher(pid_t launcher) : launcher_(launcher) {}

  // Until the last process has ended; returns how the launcher did.
  int Watch() {
    while (true) {
      siginfo_t info = {};
      if (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOWAIT | __WALL) != 0) {
        if (errno == EINTR) continue;
        return launcher_status_;  // nobody is left
      }
      const pid_t process = info.si_pid;
      const bool ended = info.si_code == CLD_EXITED ||
                         info.si_code == CLD_KILLED ||
                         info.si_code == CLD_DUMPED;
      // Before anybody else hears of the end.
      if (ended) seen_[process].status = StatusOf(process);
      int status;
      if (waitpid(process, &status, __WALL) != process) continue;
      if (!ended) {
        OnStop(process, status);
      } else if (process == launcher_) {
        launcher_status_ = status;
      }
    }
  }

  std::string Report() const {
    nlohmann::json report = nlohmann::json::array();
    for (const auto& [process, seen] : seen_) {
      if (seen.status.empty()) continue;  // a thread, see OnStop
      report.push_back({{"process", process},
                        {"launcher", process == launcher_},
                        {"program", seen.program},
                        {"executed", seen.executed},
                        {"seccomp", Number(seen, "Seccomp")},
                        {"filters", Number(seen, "Seccomp_filters")},
                        {"no_new_privs", Number(seen, "NoNewPrivs")}});
    }
    return report.dump() + "\n";
  }

 private:
  void OnStop(pid_t process, int status) {
    const int event = status >> 16;
    const int signal = WSTOPSIG(status);
    if (event == PTRACE_EVENT_EXEC) {
      Seen& seen = seen_[process];
      ++seen.executed;
      seen.program = ProgramOf(process);
      // Its threads are not of interest, unlike the launcher's processes.
      if (process != launcher_) {
        ptrace(PTRACE_SETOPTIONS, process, nullptr, kFollow);
      }
    }
    if (event == PTRACE_EVENT_STOP &&
        (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN ||
         signal == SIGTTOU)) {
      ptrace(PTRACE_LISTEN, process, nullptr, 0);
      return;
    }
    ptrace(PTRACE_CONT, process, nullptr, event == 0 ? signal : 0);
  }

  const pid_t launcher_;
  int launcher_status_ = kCannotWatch << 8;
  std::map<pid_t, Seen> seen_;
};

// Starts the command, seized before it begins.
pid_t Start(char** command, int report) {
  int gate[2];
  if (pipe2(gate, O_CLOEXEC) != 0) Fail("watch: pipe");
  const pid_t child = fork();
  if (child < 0) Fail("watch: fork");
  if (child == 0) {
    close(gate[1]);
    char open;
    if (read(gate[0], &open, 1) != 1) _exit(kCannotWatch);
    close(report);
    execv(command[0], command);
    Fail(command[0]);
  }
  if (ptrace(PTRACE_SEIZE, child, nullptr, kFollowLauncher) != 0) {
    Fail("watch: ptrace(PTRACE_SEIZE)");
  }
  if (write(gate[1], "x", 1) != 1) Fail("watch: write");
  close(gate[0]);
  close(gate[1]);
  return child;
}

void WriteAll(int fd, const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t part = write(fd, text.data() + done, text.size() - done);
    if (part < 0) Fail("watch: report");
    done += static_cast<size_t>(part);
  }
}

// Ends this process in the way of another.
int EndAs(int status) {
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
  const rlimit none = {};
  setrlimit(RLIMIT_CORE, &none);
  signal(WTERMSIG(status), SIG_DFL);
  raise(WTERMSIG(status));
  return kCannotWatch;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fputs("usage: watch DESCRIPTOR COMMAND...\n", stderr);
    return kCannotWatch;
  }
  const int report = atoi(argv[1]);
  Watcher watcher(Start(argv + 2, report));
  const int status = watcher.Watch();
  WriteAll(report, watcher.Report());
  return EndAs(status);
}
