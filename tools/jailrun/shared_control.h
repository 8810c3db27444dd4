// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_SHARED_CONTROL_H_
#define CELLBLOCK_TOOLS_JAILRUN_SHARED_CONTROL_H_

#include <linux/filter.h>

#include <span>
#include <string>

#include "tools/jailrun/control.h"
#include "tools/jailrun/options.h"
#include "tools/jailrun/run_record.h"
#include "tools/jailrun/unique_fd.h"

namespace cellblock {

// jailrun's side of what it shares with the runtime.
//
// Lifecycle: Create, start the program with Descriptors(), Publish the filter,
// and at the end CopyFigures.
// Errors: Create: errno iff false.
// Ownership: owns the memory and the descriptors; not copyable.
class SharedControl {
 public:
  SharedControl() = default;
  SharedControl(const SharedControl&) = delete;
  SharedControl& operator=(const SharedControl&) = delete;
  ~SharedControl();

  [[nodiscard]] bool Create(const Options& options);

  Control* get() const { return control_; }
  int eventfd_number() const { return eventfd_.get(); }

  // As the runtime reads it; `held` is one more that it is to close, or -1.
  std::string Descriptors(int held) const;

  // Gives the runtime its filter, of at most kMaxFilterLength instructions.
  void Publish(std::span<const sock_filter> filter);

  // What the jailed process counted, and could write anything to: copied once,
  // then bounded.
  void CopyFigures(RunRecord* record) const;

 private:
  UniqueFd memfd_;
  UniqueFd eventfd_;
  Control* control_ = nullptr;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_SHARED_CONTROL_H_
