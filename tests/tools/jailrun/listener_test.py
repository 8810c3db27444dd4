#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""The listener: the jail cannot answer itself, and neither end hangs.

What of that is tested elsewhere:
- a listener that is closed while a call waits, ENOSYS, nothing carried out:
  tests/jail/supervised_lock_live_test.cc. jailrun closes its own by ending: here.
- another supervisor's listener: unheard_test.py; for a process that locks
  itself: tests/attack/library_other_listener.cc and library_second_lock.cc.
- one attempt each, as code that has taken a process over: tests/attack, the
  programs answer_own_calls, seccomp_listener, leftover_descriptors.
- that a jail keeps jailrun busy past its time: tests/attack, refusal_flood*,
  stop_itself, leader_leaves, fork_in_flood; on_violation_test.py, where calls
  are tolerated.
"""

import ctypes
import os
import random
import re
import select
import signal
import subprocess
import time

from harness import (Failure, case, check, contains, equal, fixture, jail,
                     jailrun_path, main, program)

CONSTRUCTOR = fixture("constructor")
DEGRADE = fixture("degrade")
ENDS = fixture("ends")
OFFENCES = fixture("offences")
SEEK = fixture("seek_listener")

ERRNO = ["--on-violation=errno"]
LOG = ["--on-violation=log"]
SENT = [DEGRADE, "pidfd_getfd=EPERM", "--"]
UNHEARD = [DEGRADE, "seccomp:1/8=EBUSY", "--"]
PATIENCE = 20

# How an orphan ends: with its parent; or before its first instruction, which it
# does not reach without one; or, between the two, as if it had been supervised,
# with calls that nobody answers. The helper that looks at a violation ends by
# itself, or has nobody to tell.
ORPHANS_END = (signal.SIGKILL, signal.SIGPIPE, 125 << 8, 7 << 8, 0)

seed = int(os.environ.get("CELLBLOCK_SEED", "0"), 0) or random.getrandbits(32)
print(f"seed {seed}")
chance = random.Random(seed)


def numbers(run, word):
    return [int(number) for number in
            re.findall(rf"^{word} (-?\d+)$", run.out.decode(), re.MULTILINE)]


# The jail answers itself.
def no_descriptor_is_a_listener(options, under):
    run = jail([SEEK, "descriptors"], options=options, under=under)
    run.expect(0, "clean")
    equal(numbers(run, "descriptors"), [0], "descriptors that gave in")
    equal(run.report["posture"]["locked"], True, "posture.locked")
    return run


case(no_descriptor_is_a_listener, [], [], name="no_descriptor_is_a_listener")
case(no_descriptor_is_a_listener, ERRNO, [],
     name="no_descriptor_is_a_listener_errno")
case(no_descriptor_is_a_listener, LOG, [],
     name="no_descriptor_is_a_listener_log")
case(no_descriptor_is_a_listener, [], SENT,
     name="no_descriptor_is_a_listener_sent")
case(no_descriptor_is_a_listener, [], UNHEARD,
     name="no_descriptor_is_a_listener_unheard")


# Nor does the kernel name one among its descriptors.
def no_descriptor_is_named_a_listener(options, under):
    run = jail([SEEK, "names"], options=options, under=under)
    equal(numbers(run.expect(0, "clean"), "descriptors"), [0], "listeners")


case(no_descriptor_is_named_a_listener, [], [],
     name="no_descriptor_is_named_a_listener")
case(no_descriptor_is_named_a_listener, [], SENT,
     name="no_descriptor_is_named_a_listener_sent")
case(no_descriptor_is_named_a_listener, LOG, [],
     name="no_descriptor_is_named_a_listener_log")


@case
def asking_descriptors_is_counted():
    run = no_descriptor_is_a_listener([], [])
    equal([(call["syscall"], call["errno"], call["count"])
           for call in run.report["calls"]["refused"]],
          [("ioctl", "ENOTTY", 4 * 4096)], "calls.refused")


@case
def another_listener_is_a_violation():
    run = jail([SEEK, "another"]).expect(159, "violation")
    equal(run.report["violation"]["syscall"], "seccomp", "violation.syscall")
    contains(run.err, b"no option allows it", "stderr")
    equal(numbers(run, "result"), [], "result")


@case
def another_listener_is_refused():
    run = jail([SEEK, "another"], options=ERRNO).expect(0, "clean")
    equal(numbers(run, "result"), [-1], "result: EPERM")
    equal([call["syscall"] for call in run.report["calls"]["tolerated"]],
          ["seccomp"], "calls.tolerated")


@case
def another_listener_cannot_be_had_while_there_is_one():
    run = jail([SEEK, "another"], options=LOG).expect(0, "clean")
    equal(numbers(run, "result"), [-16], "result: EBUSY")
    equal([call["syscall"] for call in run.report["calls"]["tolerated"]],
          ["seccomp"], "calls.tolerated")


@case
def the_supervisor_is_not_reached():
    run = jail([SEEK, "supervisor"]).expect(159, "violation")
    equal(run.report["violation"]["syscall"], "pidfd_open", "violation.syscall")
    run = jail([SEEK, "supervisor"], options=["--allow=unsafe:pidfd_open"])
    run.expect(159, "violation")
    equal(run.report["violation"]["syscall"], "pidfd_getfd", "the second step")


@case
def the_supervisor_gives_nothing():
    for options in (["--allow=unsafe:pidfd_open",
                     "--allow=unsafe:pidfd_getfd"], LOG):
        run = jail([SEEK, "supervisor"], options=options).expect(0, "clean")
        equal(numbers(run, "descriptors"), [0], "descriptors of jailrun's")
        equal(numbers(run, "result"), [-1], "result: EPERM")


# A listener of the program's own, from before the lock, with a thread that
# answers: it could let through what the lock refuses.
@case
def a_program_with_a_listener_of_its_own_is_not_run():
    for words in (["names", "own"], ["own", "1"], ["own", "2"]):
        run = jail([SEEK, *words]).expect(125, "setup_failed")
        equal(run.out, b"", "main ran")
        contains(run.verdict["reason"], "a listener to seccomp",
                 "verdict.reason")


@case
def an_own_listener_is_no_diagnosis():
    for options in (ERRNO, LOG):
        run = jail([SEEK, "own", "2"], options=options)
        run.expect(125, "setup_failed")
        equal(run.out, b"", "main ran")


# The parent dies. What is left of its children comes to this process.
def adopt_orphans():
    set_child_subreaper = 36
    libc = ctypes.CDLL(None, use_errno=True)
    check(libc.prctl(set_child_subreaper, 1, 0, 0, 0) == 0, "no subreaper")


class Started:
    """jailrun, running."""

    def __init__(self, command, options=(), under=(), **more):
        adopt_orphans()
        self.child = subprocess.Popen(
            [*under, jailrun_path(), "--pool=16M", "--report=never", *options,
             *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True, **more)
        self.out = b""

    def read(self, patience):
        """Whether something more was written, or all ends closed."""
        source = self.child.stdout.fileno()
        if not select.select([source], [], [], patience)[0]:
            return False
        self.out += os.read(source, 65536)
        return True

    def await_main(self):
        while b"main ran\n" not in self.out:
            check(self.read(PATIENCE), "main does not run")

    def kill(self):
        """Kills jailrun alone; then nothing may be left, or carried out."""
        self.child.kill()
        self.child.wait()
        equal(self.child.returncode, -signal.SIGKILL, "jailrun's end")
        self.expect_nothing_left()

    def expect_nothing_left(self):
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                ended, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if ended != 0:
                check(status in ORPHANS_END, f"a process ended with {status}")
            elif time.monotonic() > deadline:
                os.killpg(self.child.pid, signal.SIGKILL)
                raise Failure("a process is left")
            else:
                time.sleep(0.001)
        self.out += self.child.stdout.read()
        check(b"ESCAPED" not in self.out, "a call was carried out")
        self.child.stdout.close()


def parent_dies(times, longest, awaited, command, options=(), under=()):
    """At `times` moments, up to `longest` seconds after its start, or after
    main began."""
    for _ in range(times):
        run = Started(command, options, under)
        if awaited:
            run.await_main()
        time.sleep(chance.uniform(0, longest))
        if run.child.poll() is not None:
            # It was done with it.
            run.expect_nothing_left()
            continue
        run.kill()


STARTING = (20, 0.02, False)
RUNNING = (10, 0.02, True)
for death, moments, command, more in [
        ("in_a_constructor", STARTING, [CONSTRUCTOR, "hang"], {}),
        ("at_the_lock", STARTING, [OFFENCES, "mixed", "4"],
         {"options": ERRNO}),
        ("at_the_lock_sent", STARTING, [OFFENCES, "refused"], {"under": SENT}),
        ("at_the_lock_unheard", STARTING, [ENDS, "block"],
         {"under": UNHEARD}),
        ("at_a_refused_call", RUNNING, [OFFENCES, "refused"], {}),
        ("at_a_tolerated_call", RUNNING, [OFFENCES, "flood"],
         {"options": ERRNO}),
        ("among_threads", RUNNING, [OFFENCES, "mixed", "8"],
         {"options": ERRNO}),
        ("while_calls_are_withdrawn", RUNNING, [OFFENCES, "withdraw"],
         {"options": ERRNO}),
        ("while_a_violation_is_looked_at", (20, 0.015, True),
         [OFFENCES, "two_places"], {}),
        ("while_many_offend", (20, 0.015, True), [OFFENCES, "together", "8"],
         {}),
        ("idle", RUNNING, [ENDS, "block"], {}),
        ("idle_unheard", RUNNING, [ENDS, "block"], {"under": UNHEARD}),
        ("in_a_loop", RUNNING, [ENDS, "loop"], {}),
]:
    case(lambda moments=moments, command=command, more=more: parent_dies(
        *moments, command, **more), name="parent_dies_" + death)


# The parent stops, and goes on.
def stop(run):
    run.child.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, run.child.pid, os.WSTOPPED | os.WNOWAIT)


def a_call_waits_for_a_stopped_parent(options, act, under=()):
    run = Started([OFFENCES, *act], options, under)
    run.await_main()
    while run.out.count(b".") < 3:
        check(run.read(PATIENCE), "no call comes back")
    stop(run)
    while run.read(0.2):
        pass
    before = len(run.out)
    check(not run.read(0.5), "a call came back without a supervisor")
    run.child.send_signal(signal.SIGCONT)
    while len(run.out) < before + 10:
        check(run.read(PATIENCE), "no call comes back any more")
    run.kill()


case(a_call_waits_for_a_stopped_parent, [], ["refused"],
     name="a_call_waits_for_a_stopped_parent")
case(a_call_waits_for_a_stopped_parent, [], ["refused"], SENT,
     name="a_call_waits_for_a_stopped_parent_sent")


def offend_while_parent_is_stopped(options):
    run = Started([program("python3"), "-I", "-S", "-c",
                   "import os, sys\n"
                   "print('main ran', flush=True)\n"
                   "sys.stdin.readline()\n"
                   "try: os.fork()\n"
                   "except PermissionError: print('EPERM')\n"],
                  options, stdin=subprocess.PIPE)
    run.await_main()
    stop(run)
    run.child.stdin.write(b"\n")
    run.child.stdin.close()
    check(not run.read(0.5), "the call came back without a supervisor")
    run.child.send_signal(signal.SIGCONT)
    run.child.wait(PATIENCE)
    run.expect_nothing_left()
    return run


@case
def a_violation_waits_for_a_stopped_parent():
    run = offend_while_parent_is_stopped([])
    equal(run.child.returncode, 159, "exit code")
    equal(run.out, b"main ran\n", "stdout")


@case
def a_tolerated_call_waits_for_a_stopped_parent():
    run = offend_while_parent_is_stopped(ERRNO)
    equal(run.child.returncode, 0, "exit code")
    equal(run.out, b"main ran\nEPERM\n", "stdout")


@case
def a_deadline_that_passed_meanwhile_is_kept():
    run = Started([OFFENCES, "refused"], ["--timeout=300ms"])
    run.await_main()
    stop(run)
    time.sleep(0.4)
    run.child.send_signal(signal.SIGCONT)
    while run.read(PATIENCE):
        if run.child.poll() is not None:
            break
    equal(run.child.wait(PATIENCE), 124, "exit code")
    run.expect_nothing_left()


# Calls of other threads while one is being reported.
def one_violation(act, number, under=()):
    for _ in range(10):
        run = jail([OFFENCES, act, str(number)], pool="16M", under=under)
        run.expect(159, "violation")
        check(b"ESCAPED" not in run.out, f"a call was carried out: {run.out}")
        equal(run.err.decode().count("forbidden call: "), 1, "violations")
        violation = run.report["violation"]
        equal(violation["text"], "socket(2, 1, 0)", "violation.text")
        # Or in what the compiler put there.
        check(any("Here" in str(place["function"])
                  for place in violation["backtrace"][:2]), f"{violation}")
        equal(run.report["calls"]["tolerated"], [], "calls.tolerated")
        equal(run.verdict["signal"], 9, "verdict.signal")


case(one_violation, "together", 2, name="one_violation_of_two")
case(one_violation, "together", 32, name="one_violation_of_many")
case(one_violation, "together", 8, SENT, name="one_violation_sent")
case(one_violation, "crowd", 8, name="one_violation_while_signals_fly")
case(one_violation, "mixed", 8, name="one_violation_among_refusals")
case(one_violation, "withdraw", 0, name="one_violation_of_those_withdrawn")
case(one_violation, "restless", 4,
     name="one_violation_while_stops_are_undone")
case(one_violation, "leaderless", 1, name="one_violation_without_a_leader")


def all_are_seen(how, what):
    for _ in range(10):
        run = jail([OFFENCES, "together", "32"], pool="16M", options=how)
        run.expect(7, "program_error")
        contains(run.out, what, "stdout")
        equal([(call["text"], call["count"])
               for call in run.report["calls"]["tolerated"]],
              [("socket(2, 1, 0)", 32)], "calls.tolerated")


case(all_are_seen, ERRNO, b"failed 32, done 0, other 0\n",
     name="all_are_seen_errno")
case(all_are_seen, LOG, b"failed 0, done 32, other 0\n",
     name="all_are_seen_log")


# A process that ends while its call is looked at.
def ends_meanwhile(options, codes):
    for number in range(2, 22):
        run = jail([OFFENCES, "exits", str(number)], pool="16M",
                   options=[*options, "--timeout=10s"])
        check(run.code in codes, f"exit code {run.code}: {run.err}")
        if options != LOG:
            check(b"ESCAPED" not in run.out, "a call was carried out")


case(ends_meanwhile, [], (7, 159), name="ends_meanwhile")
case(ends_meanwhile, ERRNO, (7,), name="ends_meanwhile_errno")
case(ends_meanwhile, LOG, (7,), name="ends_meanwhile_log")

if __name__ == "__main__":
    main()
