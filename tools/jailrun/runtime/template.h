// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUNTIME_TEMPLATE_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUNTIME_TEMPLATE_H_

namespace cellblock {

// Where jailrun wants a template of the program: serves until it is gone.
// Returns in each process that was forked for a run, with what that one has of
// its own in place of the template's: descriptors, control block, arguments,
// random bytes. Returns a Landlock ruleset that is to be entered, or -1.
//
// Threads: the process has one, and all signals are blocked.
[[nodiscard]] int ServeAsTemplate(int argc, char** argv);

// When jailrun has completed it: with the filter. Ends the process if it
// cannot be entered. -1: none.
void EnterDomain(int ruleset);

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
