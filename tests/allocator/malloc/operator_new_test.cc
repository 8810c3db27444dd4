// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Every form of operator new and delete, in a program whose whole memory is the
// pool. [new.delete] is the clause of the C++ standard that they follow.

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <cstdint>
#include <iterator>
#include <new>
#include <string>
#include <vector>

#include "allocator/malloc/process_heap.h"
#include "tests/allocator/malloc/whole_process_pool.h"

// Clang 14 declares the sized forms only where it is asked to call them.
void operator delete(void*, size_t) noexcept;
void operator delete[](void*, size_t) noexcept;
void operator delete(void*, size_t, std::align_val_t) noexcept;
void operator delete[](void*, size_t, std::align_val_t) noexcept;

namespace cellblock {
namespace {

using std::align_val_t;
using std::nothrow;

constexpr size_t kTooMuch = kWholePoolBytes + 1;
constexpr align_val_t kAlign{256};

using NewFunction = void* (*)(size_t);

struct Form {
  const char* name;
  NewFunction make;
  size_t alignment;
};

constexpr Form kThrowing[] = {
    {"new", [](size_t n) { return ::operator new(n); }, 16},
    {"new[]", [](size_t n) { return ::operator new[](n); }, 16},
    {"new aligned", [](size_t n) { return ::operator new(n, kAlign); }, 256},
    {"new[] aligned", [](size_t n) { return ::operator new[](n, kAlign); },
     256},
    {"new aligned to less",
     [](size_t n) { return ::operator new (n, align_val_t{2}); }, 16},
};

constexpr Form kNothrow[] = {
    {"new nothrow", [](size_t n) { return ::operator new(n, nothrow); }, 16},
    {"new[] nothrow", [](size_t n) { return ::operator new[](n, nothrow); },
     16},
    {"new aligned nothrow",
     [](size_t n) { return ::operator new(n, kAlign, nothrow); }, 256},
    {"new[] aligned nothrow",
     [](size_t n) { return ::operator new[](n, kAlign, nothrow); }, 256},
};

struct DeleteForm {
  const char* name;
  void (*free)(void*);
  bool aligned = false;
};

constexpr DeleteForm kDelete[] = {
    {"delete", [](void* p) { ::operator delete(p); }},
    {"delete[]", [](void* p) { ::operator delete[](p); }},
    {"delete sized", [](void* p) { ::operator delete(p, 100); }},
    {"delete[] sized", [](void* p) { ::operator delete[](p, 100); }},
    {"delete nothrow", [](void* p) { ::operator delete(p, nothrow); }},
    {"delete[] nothrow", [](void* p) { ::operator delete[](p, nothrow); }},
    {"delete aligned", [](void* p) { ::operator delete(p, kAlign); }, true},
    {"delete[] aligned", [](void* p) { ::operator delete[](p, kAlign); }, true},
    {"delete sized aligned", [](void* p) { ::operator delete(p, 100, kAlign); },
     true},
    {"delete[] sized aligned",
     [](void* p) { ::operator delete[](p, 100, kAlign); }, true},
    {"delete aligned nothrow",
     [](void* p) { ::operator delete(p, kAlign, nothrow); }, true},
    {"delete[] aligned nothrow",
     [](void* p) { ::operator delete[](p, kAlign, nothrow); }, true},
};

std::vector<Form> AllForms() {
  std::vector<Form> forms(std::begin(kThrowing), std::end(kThrowing));
  forms.insert(forms.end(), std::begin(kNothrow), std::end(kNothrow));
  return forms;
}

// A new-handler for as long as this object lives.
class Handling {
 public:
  explicit Handling(std::new_handler handler)
      : before_(std::set_new_handler(handler)) {}
  ~Handling() { std::set_new_handler(before_); }
  Handling(const Handling&) = delete;
  Handling& operator=(const Handling&) = delete;

 private:
  std::new_handler before_;
};

int g_handled;
Shortage* g_shortage;

TEST(OperatorNewTest, SeedParity_Row29_EveryFormGivesABlockOfThePool) {
  for (const Form& form : AllForms()) {
    for (const size_t bytes : {0, 1, 15, 16, 17, 100, 255, 256, 10000}) {
      void* const block = form.make(bytes);
      ASSERT_NE(block, nullptr) << form.name;
      EXPECT_TRUE(ProcessHeap::Get().Owns(block)) << form.name;
      EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % form.alignment, 0u)
          << form.name;
      EXPECT_GE(ProcessHeap::Get().UsableSize(block), bytes) << form.name;
      memset(block, 'x', bytes);
      free(block);
    }
  }
}

TEST(OperatorNewTest, EmptyBlocksAreDifferent) {
  for (const Form& form : AllForms()) {
    void* const a = form.make(0);
    void* const b = form.make(0);
    EXPECT_NE(a, b) << form.name;
    free(a);
    free(b);
  }
}

TEST(OperatorNewTest, EveryAlignmentIsKept) {
  for (size_t alignment = 1; alignment <= (4u << 20); alignment *= 2) {
    void* const block = ::operator new (24, align_val_t{alignment});
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignment, 0u);
    ::operator delete (block, align_val_t{alignment});
  }
  struct alignas(1024) Wide {
    char byte = 7;
  };
  Wide* const wide = Opaque(new Wide[3]);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(wide) % 1024, 0u);
  EXPECT_EQ(wide[2].byte, 7);
  delete[] wide;
}

TEST(OperatorDeleteTest, SeedParity_Row29_EveryFormFrees) {
  for (const DeleteForm& form : kDelete) {
    void* const block =
        form.aligned ? ::operator new(100, kAlign) : ::operator new(100);
    const uint64_t frees = ProcessHeap::Get().Stats().frees;
    form.free(block);
    const size_t usable = ProcessHeap::Get().UsableSize(block);
    EXPECT_EQ(usable, 0u) << form.name;
    EXPECT_EQ(ProcessHeap::Get().Stats().frees, frees + 1) << form.name;
  }
}

TEST(OperatorDeleteTest, NullIsNothingInEveryForm) {
  const uint64_t frees = ProcessHeap::Get().Stats().frees;
  for (const DeleteForm& form : kDelete) form.free(Opaque<void*>(nullptr));
  EXPECT_EQ(ProcessHeap::Get().Stats().frees, frees);
}

TEST(OperatorDeleteDeathTest, EveryFormReportsASecondTime) {
  void* const block = ::operator new(100);
  void* const stale = Opaque(block);
  for (const DeleteForm& form : kDelete) {
    EXPECT_EXIT(
        {
          ::operator delete(block);
          form.free(stale);
        },
        testing::KilledBySignal(SIGABRT),
        "cellblock: double free of 0x[0-9a-f]+: .*\n$")
        << form.name;
  }
  ::operator delete(block);
}

// Without a new-handler.

TEST(OperatorNewTest, ThrowingFormsThrowBadAlloc) {
  for (const Form& form : kThrowing) {
    for (const size_t bytes :
         {kTooMuch, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX}) {
      EXPECT_THROW((void)form.make(Opaque(bytes)), std::bad_alloc)
          << form.name << ' ' << bytes;
    }
  }
}

TEST(OperatorNewTest, NothrowFormsGiveNull) {
  for (const Form& form : kNothrow) {
    for (const size_t bytes :
         {kTooMuch, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX}) {
      EXPECT_EQ(form.make(Opaque(bytes)), nullptr) << form.name << ' ' << bytes;
    }
  }
}

TEST(OperatorNewTest, ExhaustedPoolThrowsAndRecovers) {
  constexpr size_t kOneMore = size_t{1} << 20;
  {
    const Shortage shortage;
    for (const Form& form : kThrowing) {
      EXPECT_THROW((void)form.make(Opaque(kOneMore)), std::bad_alloc);
    }
    EXPECT_THROW(Opaque(new char[Opaque(kOneMore)]), std::bad_alloc);
    EXPECT_THROW((void)std::string(Opaque(kOneMore), 'x'), std::bad_alloc);
  }
  EXPECT_EQ(std::string(Opaque(kOneMore), 'x').size(), kOneMore);
}

// With one: it is called until there is room, or it gives up.

TEST(OperatorNewTest, NewHandlerIsCalledUntilThereIsRoom) {
  for (const Form& form : kThrowing) {
    Shortage shortage;
    g_shortage = &shortage;
    g_handled = 0;
    const Handling handling([] {
      if (++g_handled == 3) g_shortage->Relieve();
    });
    void* const block = form.make(Opaque(size_t{1} << 20));
    EXPECT_NE(block, nullptr) << form.name;
    EXPECT_EQ(g_handled, 3) << form.name;
    free(block);
  }
}

TEST(OperatorNewTest, NewHandlerMayTakeItselfAway) {
  for (const Form& form : kThrowing) {
    g_handled = 0;
    const Handling handling([] {
      if (++g_handled == 2) std::set_new_handler(nullptr);
    });
    EXPECT_THROW((void)form.make(Opaque(kTooMuch)), std::bad_alloc)
        << form.name;
    EXPECT_EQ(g_handled, 2) << form.name;
  }
}

TEST(OperatorNewTest, WhatTheNewHandlerThrowsPassesThrough) {
  struct Special : std::bad_alloc {};
  for (const Form& form : kThrowing) {
    const Handling handling([] { throw Special(); });
    EXPECT_THROW((void)form.make(Opaque(kTooMuch)), Special) << form.name;
  }
}

TEST(OperatorNewTest, NewHandlerIsNotCalledWhileThereIsRoom) {
  g_handled = 0;
  const Handling handling([] { ++g_handled; });
  for (const Form& form : AllForms()) free(form.make(100));
  EXPECT_EQ(g_handled, 0);
}

// [new.delete.single]: the nothrow forms do as the others do, and give null
// where those throw.

TEST(OperatorNewTest, NothrowFormsCallTheNewHandlerToo) {
  for (const Form& form : kNothrow) {
    Shortage shortage;
    g_shortage = &shortage;
    g_handled = 0;
    const Handling handling([] {
      if (++g_handled == 3) g_shortage->Relieve();
    });
    void* const block = form.make(Opaque(size_t{1} << 20));
    EXPECT_NE(block, nullptr) << form.name;
    EXPECT_EQ(g_handled, 3) << form.name;
    free(block);
  }
}

TEST(OperatorNewTest, NothrowFormsGiveNullIfTheNewHandlerThrows) {
  for (const Form& form : kNothrow) {
    const Handling handling([] { throw std::bad_alloc(); });
    EXPECT_EQ(form.make(Opaque(kTooMuch)), nullptr) << form.name;
  }
}

}  // namespace
}  // namespace cellblock
