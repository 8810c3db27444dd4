// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_DOCTOR_CHECKS_H_
#define CELLBLOCK_TOOLS_JAILRUN_DOCTOR_CHECKS_H_

// Every check's question. Each is asked in a process of its own, by
// LookInChild: it changes that process and nothing else, and may block.

#include <span>

#include "tools/jailrun/doctor/check.h"

namespace cellblock {

// In the order in which a run needs them.
std::span<const Check> AllChecks();

// process_checks.cc
Finding LookAtStart();
Finding LookAtWait();
Finding LookAtSignals();
Finding LookAtParentDeath();
Finding LookAtNoNewPrivs();
Finding LookAtCapabilities();
Finding LookAtLimits();
Finding LookAtUndumpable();
Finding LookInside();
Finding LookAtSpeculation();

// seccomp_checks.cc
Finding LookAtProcStatus();
Finding LookAtFilters();
Finding LookAtNotification();
Finding LookAtHandOver();
Finding LookAtContinue();
Finding LookAtWaitKillable();
Finding LookAtSyncWakeUp();
Finding LookAtCanary();
Finding LookAtActions();
Finding LookAtOuterFilter();
Finding LookAtX32();
Finding LookAtInt80();

// memory_checks.cc
Finding LookAtSealedMemory();
Finding LookAtSocketPair();
Finding LookAtExecGain();
Finding LookAtSealing();
Finding LookAtLandlock();
Finding LookAtCgroup();
Finding LookAtHugePages();
Finding LookAtOvercommit();

// run_checks.cc
Finding LookAtRuntime();
Finding LookAtLoader();
Finding LookAtTrialRun();

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_DOCTOR_CHECKS_H_
