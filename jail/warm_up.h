#pragma once
namespace cellblock {
inline void WarmUp() {
  try {
    throw 1;
  } catch (int) {
  }
}
}  // namespace cellblock
