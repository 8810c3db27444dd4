// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_COMMON_DESTROY_H_
#define CELLBLOCK_EXAMPLES_COMMON_DESTROY_H_

namespace examples {

// For a std::unique_ptr to what a C library destroys by a function of its own:
//   std::unique_ptr<heif_context, Destroy<heif_context_free>>
template <auto kDestroy>
struct Destroy {
  template <typename T>
  void operator()(T* object) const {
    kDestroy(object);
  }
};

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_COMMON_DESTROY_H_
