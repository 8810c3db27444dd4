// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_SHARED_CONTROL_H_
#define CELLBLOCK_TOOLS_JAILRUN_SHARED_CONTROL_H_

#include <linux/filter.h>
#include <sys/types.h>

#include <span>
#include <string>
#include <vector>

#include "jail/unique_fd.h"
#include "tools/jailrun/control.h"
#include "tools/jailrun/load_area.h"
#include "tools/jailrun/load_list.h"
#include "tools/jailrun/options.h"
#include "tools/jailrun/profile/profile_area.h"
#include "tools/jailrun/run_record.h"

namespace cellblock {

// jailrun's side of what it shares with the runtime.
//
// Lifecycle: Create, start the program with Descriptors(), CloseRuntimeSocket,
// Publish the filter, and at the end CopyFigures.
// Errors: Create: the call that failed, and errno; else null.
// Ownership: owns the memory and the descriptors; not copyable.
class SharedControl {
 public:
  SharedControl() = default;
  SharedControl(const SharedControl&) = delete;
  SharedControl& operator=(const SharedControl&) = delete;
  ~SharedControl();

  // `libraries` are what the runtime is to load.
  [[nodiscard]] const char* Create(
      const Options& options, std::span<const LibraryToLoad> libraries = {});

  // For a process that a template forks, which takes it in the place of
  // `model`, that of the template: as far as the runtime has come there, with
  // nothing to be loaded.
  [[nodiscard]] const char* CreateLike(const SharedControl& model);

  Control* get() const { return control_; }
  // Null iff nothing is to be loaded.
  const LoadArea* load_area() const { return load_area_; }
  // Null iff nothing is to be recorded.
  const ProfileArea* profile_area() const { return profile_area_; }
  // Readable when the runtime has something to say of its lock, or is gone.
  int socket() const { return socket_.get(); }
  // The runtime's end, by its number in both processes.
  int runtime_socket() const { return runtime_socket_number_; }
  // That end here, until it is closed.
  int runtime_end() const { return runtime_socket_.get(); }

  // What the program is to inherit.
  int memfd() const { return memfd_.get(); }

  // As the runtime reads it; `held` is one more that it is to close, or -1.
  std::string Descriptors(int held) const;

  // After the program was started: its end is its alone.
  void CloseRuntimeSocket() { runtime_socket_ = UniqueFd(); }

  // Gives the runtime its filter, of at most kMaxFilterLength instructions; the
  // second time the standalone one that it asked for.
  void Publish(std::span<const sock_filter> filter, HandOver hand_over);

  // What the jailed process counted, and could write anything to: copied once,
  // then bounded.
  void CopyFigures(RunRecord* record) const;

 private:
  [[nodiscard]] const char* Map(size_t load_bytes, Profiling profiling);
  [[nodiscard]] const char* Connect(ino_t* inode);

  UniqueFd memfd_;
  UniqueFd socket_;
  UniqueFd runtime_socket_;
  int runtime_socket_number_ = -1;
  Control* control_ = nullptr;
  LoadArea* load_area_ = nullptr;
  const ProfileArea* profile_area_ = nullptr;
  size_t mapped_bytes_ = 0;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_SHARED_CONTROL_H_
