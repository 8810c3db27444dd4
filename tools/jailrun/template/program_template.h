// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_TEMPLATE_PROGRAM_TEMPLATE_H_
#define CELLBLOCK_TOOLS_JAILRUN_TEMPLATE_PROGRAM_TEMPLATE_H_

#include <string>
#include <vector>

#include "jail/inherited_signals.h"
#include "jail/landlock.h"
#include "jail/launch.h"
#include "jail/unique_fd.h"
#include "tools/jailrun/options.h"
#include "tools/jailrun/preparation.h"
#include "tools/jailrun/shared_control.h"
#include "tools/jailrun/template/template_words.h"

namespace cellblock {

// A process that has loaded a program, up to where the lock would be, and is
// forked there for each run: what comes before main is done once. It never
// reads what a run reads; what it forks are children of this process, with
// descriptors, shared memory, arguments, Landlock domain, filter and listener
// of their own.
//
//   execve ─► loader, constructors, pool ─► looked at ─┬► fork ─► lock ─► main
//                                                      └► fork ─► lock ─► main
//
// Lifecycle: Start, then Fork for each run; destroyed, the template is killed,
//   and what it forked goes on.
// Errors: Start returns why the program is started anew for each run instead:
//   what it has made before main could not be had twice. Fork: as Launch, and
//   then the template is gone, with all other children of this process: what it
//   may have forked without a word is not known by name.
// Threads: one, which everything that is forked dies with; it has no children
//   but those.
class ProgramTemplate {
 public:
  ProgramTemplate() = default;
  ProgramTemplate(const ProgramTemplate&) = delete;
  ProgramTemplate& operator=(const ProgramTemplate&) = delete;
  ~ProgramTemplate() { Stop(); }

  // `words` are those that it is started with. Empty iff it is there.
  [[nodiscard]] std::string Start(const Options& options,
                                  const Preparation& prepared,
                                  const TemplateWords& words,
                                  const InheritedSignals& signals);

  // A process with descriptors 0, 1 and 2 of this one. It waits for the filter
  // in `shared`, which is CreateLike the template's. Grants in `landlock`, if
  // that is not empty, what is the process's own.
  [[nodiscard]] Launched Fork(const std::vector<std::string>& arguments,
                              const SharedControl& shared,
                              FileConfinement* landlock);

  // Whether Start failed by what may have been chance: another try may succeed.
  bool may_succeed() const { return may_succeed_; }

  bool running() const { return process_.pid >= 0; }
  const SharedControl& shared() const { return shared_; }
  const std::vector<int>& runtime_fds() const { return runtime_fds_; }

  void Stop();

 private:
  std::string AwaitReady();
  std::string WhyUnfit(const Options& options, const TemplateWords& words);

  Launched process_;
  SharedControl shared_;
  std::vector<int> runtime_fds_;
  std::vector<ResourceLimit> cpu_limits_;  // of each run
  size_t words_ = 0;                       // how many are replaced
  bool may_succeed_ = false;
};

// Whether options ask for what a template cannot give: empty iff not.
[[nodiscard]] std::string WhyNoTemplate(const Options& options);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_TEMPLATE_PROGRAM_TEMPLATE_H_
