// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_MALLOC_OWNERSHIP_MODEL_H_
#define CELLBLOCK_TESTS_ALLOCATOR_MALLOC_OWNERSHIP_MODEL_H_

// The protocol of allocator/malloc/slab.h, by which a slab passes from thread
// to thread, as an explicit model: one slab of a few blocks, a few threads, and
// every interleaving of their steps. A step is one atomic access, with what
// the thread does to plain memory right after it. In every state it holds that
//
//   - the slab is exactly one of: owned by one thread, listed, full, unused, or
//     in the hands of the one who holds the lock;
//   - every block is in exactly one place: with a thread, in the owner's list,
//     or in the remote one. A full slab has no list, so nothing is lost;
//   - a thread that reads its own token owns the slab, however stale the value
//     that it may read is (`owner` is read and written relaxed);
//   - whoever touches a plain field or the link in a block has seen what was
//     written there last: it happened before, by an acquire that read from a
//     release, by the lock, or by the program's own passing of a block.
//
// A mutant has one step of it broken.

#include <cstdint>
#include <cstring>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace cellblock {

enum class Mutant {
  kNone,
  kDisownWithoutCompare,
  kDisownKeepsTheToken,
  kDisownClearsTheTokenLast,
  kDisownForgetsWhatCameBack,
  kDisownDoesNotRestoreTheToken,
  kDisownRelaxed,
  kClaimWithoutCompare,
  kClaimRelaxed,
  kClaimStoresTheTokenFirst,
  kPushOntoAFullSlab,
  kPushWithoutCompare,
  kPushRelaxed,
  kTakeRelaxed,
  kTakeByLoadAndStore,
  kFastPathTrustsTheBit,
  kReclaimWithoutTheLock,
  kListKeepsTheToken,
  kRetireKeepsTheToken,
};

constexpr int kMaxThreads = 3;
constexpr int kMaxBlocks = 3;

enum Pc : uint8_t {
  kIdle,
  kTakeLoad,
  kTakeExchange,
  kTakeStore,  // of a mutant
  kDisownStore,
  kDisownCompare,
  kDisownStoreLast,  // of a mutant
  kRestore,
  kFreeReadOwner,
  kFreeLoad,
  kFreeTry,
  kClaimStore,
  kRetireStore,
  kLock,
  kUnlock,
};

// What a thread is about, while it takes the remote list or the lock.
enum Goal : uint8_t {
  kNothing,
  kRefill,
  kRefillRestored,
  kGiveUp,
  kGiveUpRestored,
  kList,
  kTakeListed,
  kReclaim,
  kRetire,
  kNew,
};

struct ThreadState {
  uint8_t pc;
  uint8_t goal;
  uint8_t block;     // that it is freeing
  uint8_t seen_bit;  // of remote
  uint8_t seen_first;
  uint8_t owns;
  uint8_t in_hand;   // a slab that was listed, under the lock
  uint8_t holds;     // blocks, a bit each
  uint8_t may_read;  // values of owner, a bit each

  bool Holds(int block) const { return (holds >> block & 1) != 0; }
};

// Blocks are 1 to kMaxBlocks, 0 is none; the token of thread t is t + 1.
struct ModelState {
  uint8_t owner;
  uint8_t bit;    // of remote
  uint8_t first;  // of remote
  uint8_t free;
  uint8_t link[kMaxBlocks + 1];
  uint8_t credit;
  uint8_t listed;
  uint8_t unused;
  uint8_t lock;
  // Who has seen the last write to the slab's fields ([0]) and to each block,
  // and whether an acquire of remote, or of the lock, makes it seen.
  uint8_t seen[kMaxBlocks + 1];
  uint8_t released;  // a bit each
  uint8_t unlocked;  // a bit each
  ThreadState threads[kMaxThreads];

  bool operator==(const ModelState& other) const {
    return memcmp(this, &other, sizeof(ModelState)) == 0;
  }
};

struct HashOf {
  size_t operator()(const ModelState& state) const {
    unsigned char bytes[sizeof(ModelState)];
    memcpy(bytes, &state, sizeof(ModelState));
    uint64_t hash = 14695981039346656037u;  // FNV-1a
    for (const unsigned char byte : bytes)
      hash = (hash ^ byte) * 1099511628211u;
    return hash ^ hash >> 29;
  }
};

constexpr int kFields = 0;

class OwnershipModel {
 public:
  OwnershipModel(int threads, int blocks, Mutant mutant)
      : threads_(threads), blocks_(blocks), mutant_(mutant) {}

  // Visits every state that can be reached. False iff an invariant is broken in
  // one of them.
  bool Explore() {
    ModelState start;
    memset(&start, 0, sizeof(start));
    start.bit = 1;
    start.unused = 1;
    for (uint8_t& seen : start.seen) seen = static_cast<uint8_t>(AllThreads());
    for (ThreadState& thread : start.threads) thread.may_read = 1;
    visited_.insert(start);
    stack_.push_back({start, {}, 0, 0, "begins"});
    Expand(&stack_.back());
    while (!stack_.empty() && broken_ == nullptr) {
      Frame& frame = stack_.back();
      if (frame.next == frame.successors.size()) {
        stack_.pop_back();
        continue;
      }
      const Successor successor = frame.successors[frame.next++];
      if (!visited_.insert(successor.state).second) continue;
      stack_.push_back(
          {successor.state, {}, 0, successor.thread, successor.step});
      if (successor.broken != nullptr) {
        broken_ = successor.broken;
      } else {
        Check(successor.state);
      }
      if (broken_ == nullptr) Expand(&stack_.back());
    }
    return broken_ == nullptr;
  }

  size_t visited() const { return visited_.size(); }
  const char* broken() const { return broken_; }

  // How it came to what is broken.
  std::string Trace() const {
    std::string trace;
    for (const Frame& frame : stack_) {
      trace += std::to_string(frame.thread + 1) + ": " + frame.step + "\n";
    }
    return trace + (broken_ == nullptr ? "" : broken_);
  }

 private:
  struct Successor {
    ModelState state;
    int thread;
    const char* step;
    const char* broken;
  };
  struct Frame {
    ModelState state;
    std::vector<Successor> successors;
    size_t next;
    int thread;
    const char* step;
  };

  int AllThreads() const { return (1 << threads_) - 1; }
  bool Is(Mutant mutant) const { return mutant_ == mutant; }

  // What is done to `s_` by thread `t_`.

  ThreadState& Me() { return s_.threads[t_]; }
  uint8_t Token() const { return static_cast<uint8_t>(t_ + 1); }
  void Break(const char* what) {
    if (step_broken_ == nullptr) step_broken_ = what;
  }

  // Plain memory: kFields, or a block.
  void Read(int what) {
    if ((s_.seen[what] >> t_ & 1) == 0) {
      Break(what == kFields ? "a field is touched before its last write is seen"
                            : "a block is touched before its last write is "
                              "seen");
    }
  }
  void Write(int what) {
    Read(what);
    s_.seen[what] = static_cast<uint8_t>(1 << t_);
    s_.released &= static_cast<uint8_t>(~(1 << what));
    s_.unlocked &= static_cast<uint8_t>(~(1 << what));
  }
  void TouchFields() {
    if (!Me().owns && !Me().in_hand) Break("a field is touched by no owner");
    Write(kFields);
  }

  void Acquire(uint8_t message) {
    for (int i = 0; i <= blocks_; ++i) {
      if ((message >> i & 1) != 0) s_.seen[i] |= static_cast<uint8_t>(1 << t_);
    }
  }
  // An atomic modification goes on with what was released before it.
  void Release(uint8_t* message) {
    for (int i = 0; i <= blocks_; ++i) {
      if ((s_.seen[i] >> t_ & 1) != 0) *message |= static_cast<uint8_t>(1 << i);
    }
  }
  void SetRemote(int bit, int first) {
    s_.bit = static_cast<uint8_t>(bit);
    s_.first = static_cast<uint8_t>(first);
  }

  // Relaxed: the others may read it from now on, or what they could before.
  void StoreOwner(uint8_t token) {
    s_.owner = token;
    for (int t = 0; t < threads_; ++t) {
      s_.threads[t].may_read |= static_cast<uint8_t>(1 << token);
    }
    Me().may_read = static_cast<uint8_t>(1 << token);
  }

  void Go(Pc pc) { Me().pc = pc; }
  void Go(Pc pc, Goal goal) {
    Me().pc = pc;
    Me().goal = goal;
  }
  void Finish() {
    Me().pc = kIdle;
    Me().goal = kNothing;
    Me().block = 0;
    Me().seen_bit = 0;
    Me().seen_first = 0;
  }

  void Emit(const char* step) { out_->push_back({s_, t_, step, step_broken_}); }
  // `change` as one step.
  template <typename Change>
  void Step(const ModelState& from, const char* step, Change change) {
    s_ = from;
    step_broken_ = nullptr;
    change();
    Emit(step);
  }

  void Expand(Frame* frame) {
    std::vector<Successor> successors;
    out_ = &successors;
    const ModelState from = frame->state;
    for (t_ = 0; t_ < threads_; ++t_) StepsOf(from);
    frame->successors = std::move(successors);
  }

  void StepsOf(const ModelState& from) {
    switch (from.threads[t_].pc) {
      case kIdle:
        return StartSomething(from);
      case kTakeLoad:
        return Step(from, "loads remote", [&] { TakeLoad(); });
      case kTakeExchange:
        return Step(from, "takes the remote list", [&] {
          const uint8_t message = s_.released;
          const int chain = s_.first;
          SetRemote(1, 0);
          if (!Is(Mutant::kTakeRelaxed)) Acquire(message);
          Splice(chain);
        });
      case kTakeStore:
        return Step(from, "stores an empty remote list", [&] {
          const int chain = Me().seen_first;
          SetRemote(1, 0);
          s_.released = 0;
          Splice(chain);
        });
      case kDisownStore:
        return Step(from, "stores owner = 0, to disown", [&] {
          if (!Is(Mutant::kDisownKeepsTheToken)) StoreOwner(0);
          Go(kDisownCompare);
        });
      case kDisownCompare:
        return Step(from, "compares remote with no list, to disown",
                    [&] { DisownCompare(); });
      case kDisownStoreLast:
        return Step(from, "stores owner = 0, too late", [&] {
          StoreOwner(0);
          Finish();
        });
      case kRestore:
        return Step(from, "stores owner = itself again", [&] {
          if (!Is(Mutant::kDisownDoesNotRestoreTheToken)) StoreOwner(Token());
          Go(kTakeLoad,
             Me().goal == kRefill ? kRefillRestored : kGiveUpRestored);
        });
      case kFreeReadOwner:
        return FreeReadOwner(from);
      case kFreeLoad:
        return Step(from, "loads remote, to free", [&] {
          Me().seen_bit = s_.bit;
          Me().seen_first = s_.first;
          Go(kFreeTry);
        });
      case kFreeTry:
        return Step(from, "compares remote, to free", [&] { FreeTry(); });
      case kClaimStore:
        s_ = from;
        step_broken_ = nullptr;
        if (!Is(Mutant::kClaimStoresTheTokenFirst)) StoreOwner(Token());
        return PushToOwnList("stores owner = itself, and pushes");
      case kRetireStore:
        return Step(from, "stores owner = 0, of an empty slab", [&] {
          if (!Is(Mutant::kRetireKeepsTheToken)) StoreOwner(0);
          Go(kLock, kRetire);
        });
      case kLock:
        if (from.lock != 0 && !SkipsLock(from)) return;
        return Step(from, "takes the lock", [&] { Locked(); });
      case kUnlock:
        return Step(from, "leaves the lock", [&] {
          if (!SkipsLock(s_)) {
            s_.unlocked = 0;
            Release(&s_.unlocked);
            s_.lock = 0;
          }
          Finish();
        });
    }
  }

  bool SkipsLock(const ModelState& state) const {
    return Is(Mutant::kReclaimWithoutTheLock) &&
           state.threads[t_].goal == kReclaim;
  }

  void StartSomething(const ModelState& from) {
    const ThreadState& me = from.threads[t_];
    if (me.owns) {
      if (from.free != 0) {
        Step(from, "allocates", [&] {
          const uint8_t block = s_.free;
          TouchFields();
          Read(block);
          s_.free = s_.link[block];
          s_.link[block] = 0;
          ++s_.credit;
          Write(block);  // from here on the program's
          Me().holds |= static_cast<uint8_t>(1 << block);
        });
      } else {
        Step(from, "finds no free block", [&] { Go(kTakeLoad, kRefill); });
      }
      Step(from, "gives up", [&] { Go(kTakeLoad, kGiveUp); });
    }
    for (int block = 1; block <= blocks_; ++block) {
      if (!me.Holds(block)) continue;
      Step(from, "frees", [&] {
        Me().block = static_cast<uint8_t>(block);
        Go(kFreeReadOwner);
      });
      for (int to = 0; to < threads_; ++to) {
        if (to == t_ || from.threads[to].pc != kIdle) continue;
        Step(from, "hands a block to another thread",
             [&] { HandOver(block, to); });
      }
    }
    if (from.listed) {
      bool owner_exists = false;
      for (const ThreadState& thread : from.threads) {
        owner_exists = owner_exists || thread.owns;
      }
      if (!owner_exists) {
        Step(from, "looks for a listed slab", [&] { Go(kLock, kTakeListed); });
      }
      Step(from, "reclaims", [&] { Go(kLock, kReclaim); });
    }
    if (from.unused) {
      Step(from, "wants a new slab", [&] { Go(kLock, kNew); });
    }
  }

  // The program synchronises: the other has seen whatever this one has.
  void HandOver(int block, int to) {
    Me().holds &= static_cast<uint8_t>(~(1 << block));
    s_.threads[to].holds |= static_cast<uint8_t>(1 << block);
    for (int i = 0; i <= blocks_; ++i) {
      if ((s_.seen[i] >> t_ & 1) != 0)
        s_.seen[i] |= static_cast<uint8_t>(1 << to);
    }
  }

  // TakeRemote.

  void TakeLoad() {
    if (s_.bit == 0) Break("an owned slab has lost its bit");
    if (s_.first == 0) return Taken();
    if (Is(Mutant::kTakeByLoadAndStore)) {
      Me().seen_first = s_.first;
      Acquire(s_.released);
      return Go(kTakeStore);
    }
    Go(kTakeExchange);
  }

  void Splice(int chain) {
    TouchFields();
    int last = chain;
    int count = 1;
    Read(last);
    while (s_.link[last] != 0 && count <= blocks_) {
      last = s_.link[last];
      Read(last);
      ++count;
    }
    if (count > blocks_) return Break("a remote list has a cycle");
    Write(last);
    s_.link[last] = s_.free;
    s_.free = static_cast<uint8_t>(chain);
    s_.credit = static_cast<uint8_t>(s_.credit - count);
    Taken();
  }

  void Taken() {
    switch (Me().goal) {
      case kRefill:
        if (s_.free != 0) return Finish();
        TouchFields();  // brings the counts up to date
        return Go(Is(Mutant::kDisownClearsTheTokenLast) ? kDisownCompare
                                                        : kDisownStore);
      case kGiveUp:
        TouchFields();
        if (s_.credit == 0) return Go(kRetireStore);
        if (s_.free != 0) return Go(kLock, kList);
        return Go(Is(Mutant::kDisownClearsTheTokenLast) ? kDisownCompare
                                                        : kDisownStore);
      case kGiveUpRestored:
        return Go(kLock, kList);
      case kTakeListed:
        return Go(kUnlock);
      case kReclaim:
        TouchFields();
        if (s_.credit == 0) {
          StoreOwner(0);
          s_.unused = 1;
        } else {
          s_.listed = 1;
        }
        Me().in_hand = 0;
        return Go(kUnlock);
      default:
        return Finish();
    }
  }

  void DisownCompare() {
    if ((s_.bit == 1 && s_.first == 0) || Is(Mutant::kDisownWithoutCompare)) {
      SetRemote(0, 0);
      if (!Is(Mutant::kDisownRelaxed)) Release(&s_.released);
      Me().owns = 0;
      if (Is(Mutant::kDisownClearsTheTokenLast)) return Go(kDisownStoreLast);
      return Finish();
    }
    if (Is(Mutant::kDisownForgetsWhatCameBack)) {
      Me().owns = 0;
      return Finish();
    }
    Go(kRestore);
  }

  // Free.

  void FreeReadOwner(const ModelState& from) {
    if (Is(Mutant::kFastPathTrustsTheBit)) {
      s_ = from;
      step_broken_ = nullptr;
      if (from.bit != 0) return PushToOwnList("sees the bit, and pushes");
      return Step(from, "sees no bit", [&] { Go(kFreeLoad); });
    }
    // Any value that it may still read.
    for (int token = 0; token <= threads_; ++token) {
      if ((from.threads[t_].may_read >> token & 1) == 0) continue;
      if (token == t_ + 1) {
        s_ = from;
        step_broken_ = nullptr;
        if (!Me().owns) Break("a thread reads its token and is not the owner");
        PushToOwnList("reads its token, and pushes");
      } else {
        Step(from, "reads another token", [&] { Go(kFreeLoad); });
      }
    }
  }

  void FreeTry() {
    const bool is_as_seen =
        s_.bit == Me().seen_bit && s_.first == Me().seen_first;
    if (Me().seen_bit == 0 && !Is(Mutant::kPushOntoAFullSlab)) {
      if (Is(Mutant::kClaimStoresTheTokenFirst)) StoreOwner(Token());
      if (is_as_seen || Is(Mutant::kClaimWithoutCompare)) {
        const uint8_t message = s_.released;
        SetRemote(1, 0);
        if (!Is(Mutant::kClaimRelaxed)) Acquire(message);
        Me().owns = 1;
        return Go(kClaimStore);
      }
    } else {
      const int block = Me().block;
      Write(block);
      s_.link[block] = Me().seen_first;
      if (is_as_seen || Is(Mutant::kPushWithoutCompare)) {
        SetRemote(1, block);
        if (!Is(Mutant::kPushRelaxed)) Release(&s_.released);
        Me().holds &= static_cast<uint8_t>(~(1 << block));
        return Finish();
      }
    }
    Me().seen_bit = s_.bit;
    Me().seen_first = s_.first;
  }

  void PushToOwnList(const char* step) {
    const int block = Me().block;
    TouchFields();
    Write(block);
    s_.link[block] = s_.free;
    s_.free = static_cast<uint8_t>(block);
    --s_.credit;
    Me().holds &= static_cast<uint8_t>(~(1 << block));
    Finish();
    Emit(step);
    if (s_.credit != 0) return;
    // Unless it serves.
    Go(kRetireStore);
    Emit(step);
  }

  // Under the lock.

  void Locked() {
    if (!SkipsLock(s_)) {
      s_.lock = Token();
      Acquire(s_.unlocked);
    }
    switch (Me().goal) {
      case kList:
        if (!Is(Mutant::kListKeepsTheToken)) StoreOwner(0);
        Me().owns = 0;
        s_.listed = 1;
        return Go(kUnlock);
      case kTakeListed:
        if (!s_.listed) return Go(kUnlock);
        s_.listed = 0;
        Me().owns = 1;
        StoreOwner(Token());
        return Go(kTakeLoad);
      case kReclaim:
        if (!s_.listed) return Go(kUnlock);
        s_.listed = 0;
        Me().in_hand = 1;
        return Go(kTakeLoad);
      case kRetire:
        Me().owns = 0;
        s_.unused = 1;
        return Go(kUnlock);
      case kNew:
        if (!s_.unused) return Go(kUnlock);
        s_.unused = 0;
        Me().owns = 1;
        StoreOwner(Token());
        TouchFields();
        s_.free = 1;
        s_.credit = 0;
        for (int block = 1; block <= blocks_; ++block) {
          Write(block);
          s_.link[block] =
              static_cast<uint8_t>(block < blocks_ ? block + 1 : 0);
        }
        return Go(kUnlock);
      default:
        return;
    }
  }

  // The invariants.

  void Check(const ModelState& s) {
    int owners = 0;
    int hands = 0;
    int held = 0;
    bool quiet = true;
    int owner = 0;
    for (int t = 0; t < threads_; ++t) {
      owners += s.threads[t].owns;
      hands += s.threads[t].in_hand;
      if ((held & s.threads[t].holds) != 0) {
        broken_ = "two threads hold a block";
        return;
      }
      held |= s.threads[t].holds;
      if (s.threads[t].owns) owner = t + 1;
      quiet = quiet && s.threads[t].pc == kIdle;
    }
    const int full = s.bit == 0 ? 1 : 0;
    if (owners + hands + s.listed + s.unused + full != 1) {
      broken_ = "the slab is in two states, or in none";
      return;
    }
    if (full && (s.first != 0 || s.free != 0)) {
      broken_ = "a full slab has free blocks";
      return;
    }
    if (quiet && s.owner != owner) {
      broken_ = "the token is not that of the owner";
      return;
    }
    CheckBlocks(s, held);
  }

  void CheckBlocks(const ModelState& s, int held) {
    if (s.unused) {
      if (held != 0) broken_ = "an unused slab has a block";
      return;
    }
    int found = held;
    const int own = CountList(s, s.free, &found);
    const int remote = CountList(s, s.first, &found);
    if (own < 0 || remote < 0) {
      broken_ = "a block is in two places";
    } else if (found != AllBlocks()) {
      broken_ = "a block is lost";
    } else if (s.credit != blocks_ - own) {
      broken_ = "the credit is not what is handed out";
    }
  }
  // Negative iff one of them was found before.
  static int CountList(const ModelState& s, int list, int* found) {
    int count = 0;
    for (int block = list; block != 0; block = s.link[block]) {
      if ((*found >> block & 1) != 0) return -1;
      *found |= 1 << block;
      ++count;
    }
    return count;
  }
  int AllBlocks() const { return ((1 << blocks_) - 1) << 1; }

  const int threads_;
  const int blocks_;
  const Mutant mutant_;
  std::unordered_set<ModelState, HashOf> visited_;
  std::vector<Frame> stack_;
  const char* broken_ = nullptr;

  ModelState s_;
  int t_ = 0;
  const char* step_broken_ = nullptr;
  std::vector<Successor>* out_ = nullptr;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_MALLOC_OWNERSHIP_MODEL_H_
