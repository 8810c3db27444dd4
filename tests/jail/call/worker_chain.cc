// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/jail/call/worker_chain.h"

#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "jail/lock.h"
#include "jail/own_pid.h"
#include "jail/policy.h"

namespace cellblock {
namespace {

constexpr int kPatience = 10'000;  // milliseconds

// By the one call that a template has for it.
uint32_t WaitFor(std::atomic<uint32_t>* word) {
  const timespec patience = {kPatience / 1000, 0};
  while (word->load() == 0) {
    if (syscall(SYS_futex, word, FUTEX_WAIT, 0, &patience) != 0 &&
        errno == ETIMEDOUT) {
      return 0;
    }
  }
  return word->load();
}

void Tell(std::atomic<uint32_t>* word, uint32_t value) {
  word->store(value);
  syscall(SYS_futex, word, FUTEX_WAKE, 1);
}

}  // namespace

void WorkerChain::RunTemplate(const std::function<void()>& body) {
  const LockResult lock = Lock(filters_.template_filter, Notify::kSupervisor);
  CHILD_CHECK(lock.failed == LockStep::kDone);
  Tell(&shared_->listener, static_cast<uint32_t>(lock.listener) + 1);
  CHILD_CHECK(WaitFor(&shared_->fetched) != 0);
  CHILD_CHECK(close(lock.listener) == 0);
  CHILD_CHECK(MakeUndumpable() == 0);
  const pid_t host = getppid();
  const auto pid = static_cast<pid_t>(syscall(SYS_clone, kForkFlags, 0, 0, 0));
  CHILD_CHECK(pid >= 0);
  if (pid > 0) {
    Tell(&shared_->worker, static_cast<uint32_t>(pid));
    LeaveChild(0);
  }
  CHILD_CHECK(DieWithParent(host));
  BindOwnPid(filters_.last_filter, static_cast<pid_t>(syscall(SYS_getpid)));
  CHILD_CHECK(Narrow(filters_.last_filter).failed == LockStep::kDone);
  body();
}

void WorkerChain::FetchListener() {
  const uint32_t number = WaitFor(&shared_->listener);
  ASSERT_NE(number, 0u);
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, template_, 0)));
  listener_ = Listener::Fetch(pidfd.get(), static_cast<int>(number) - 1);
  ASSERT_TRUE(listener_.ok()) << strerror(errno);
  Tell(&shared_->fetched, 1);
}

// Closes its listener, which some policies allow, and becomes undumpable.
void WorkerChain::ContinueSetup() {
  for (;;) {
    const std::optional<Listener::Call> call = Next();
    ASSERT_TRUE(call.has_value());
    ASSERT_TRUE(listener_.Continue(*call));
    const Violation& request = call->request;
    if (IsMakeUndumpable(request.number, request.args)) return;
    ASSERT_EQ(request.number, static_cast<uint32_t>(SYS_close));
  }
}

void WorkerChain::Start(const WorkerPolicyOptions& options,
                        const std::function<void()>& body) {
  void* const page = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(page, MAP_FAILED);
  shared_ = new (page) Shared();
  filters_ =
      CompileWorkerFilters(WorkerPolicy::Create(options).value()).value();
  template_ = StartChild([&] { RunTemplate(body); });
  FetchListener();
  if (testing::Test::HasFatalFailure()) return;
  ContinueSetup();
  if (testing::Test::HasFatalFailure()) return;
  worker_ = static_cast<pid_t>(WaitFor(&shared_->worker));
  ASSERT_NE(worker_, 0);
  EXPECT_THAT(EndOf(template_), EndsClean());
}

std::optional<Listener::Call> WorkerChain::Next() {
  pollfd wait = {listener_.fd(), POLLIN, 0};
  EXPECT_EQ(poll(&wait, 1, kPatience), 1);
  if ((wait.revents & POLLIN) == 0) return std::nullopt;
  return listener_.Next();
}

ChildEnd WorkerChain::End() {
  EXPECT_FALSE(Next().has_value());
  munmap(shared_, sizeof(Shared));
  return EndOf(worker_);
}

}  // namespace cellblock
