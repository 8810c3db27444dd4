// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUNTIME_TEMPLATE_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUNTIME_TEMPLATE_H_

namespace cellblock {

// Where jailrun wants a template of the program: serves until it is gone.
// Returns in each process that was forked for a run, with what that one has of
// its own in place of the template's: control block, arguments, random bytes.
// Returns what has to wait.
//
// Threads: the process has one, and all signals are blocked.
struct OwnDescriptors {
  int standard[3];  // 0, 1 and 2; until then they are the template's
  int ruleset;      // of Landlock; -1: none
};
[[nodiscard]] OwnDescriptors ServeAsTemplate(int argc, char** argv);

// When jailrun has completed the ruleset: with the filter. Enters its domain
// and puts the descriptors in place, or ends the process. What is said of a
// failure up to here goes where the template's words go: the input is started
// anew, and has words of its own then.
void TakeOver(const OwnDescriptors& own);

// Gives the process random bytes of its own for what libc took from AT_RANDOM:
// those bytes themselves at once, and the value that guards stacks when main is
// entered.
void RenewRandomness();

// main, and then exit. After ServeAsTemplate has returned: no function that was
// entered before returns any more.
using Main = int(int, char**, char**);
[[noreturn]] void EnterMain(Main* main, int argc, char** argv, char** envp);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUNTIME_TEMPLATE_H_
