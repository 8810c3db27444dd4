#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Where a program cannot be a template, or a process is killed, `jailrun batch`
starts its inputs another way, loses none and leaves nobody behind."""

import os
import signal
import subprocess
import threading
import time

from batches import (Batch, at_its_last, children_of, is_alive, parent_of,
                     processes_of, read, templates_of, wait_until)
from harness import case, check, contains, equal, fixture, main

SUBJECT = fixture("one_of_many")
BEFORE_MAIN = fixture("before_main")
DEGRADE = fixture("degrade")


def subject(batch, *options, **more):
    return batch.run(*options, f"{SUBJECT} -x {{}}", **more)


UNFIT = {
    "thread": "it starts threads before its main",
    "process": "it starts processes before its main",
    "file": "it has files open before its main",
    "argument": "a constructor keeps something of its arguments",
    "argument-read-only": "a constructor keeps something of its arguments",
    "argument-order": "a constructor changes its arguments",
    "words": "it writes something before its main",
    "shared": "it shares memory that can be written",
    "timer": "a constructor sets a timer",
    "posix-timer": "a constructor sets a timer",
    "locked": "it locks memory",
    "not-forked": "it keeps memory from forks",
}


def is_no_template(what, why):
    batch = Batch("unfit-" + what)
    for name in ("a", "b"):
        batch.add(name, f"line of {name}")
    environment = {**os.environ, "BEFORE_MAIN": what}
    seen = {}
    for start in ("template", "exec"):
        batch.run(f"--start={start}", f"{BEFORE_MAIN} {{}}", env=environment)
        seen[start] = [batch.all(key) for key in ("class", "start", "reason")]
        seen[start] += [read(batch.path(name + ".out"))
                        for name in batch.names]
        told = f"started anew for each input, since {why}".encode() in batch.summary
        equal(told, start == "template", "told why")
    equal(seen["template"], seen["exec"], "verdicts")


for unfit, reason in UNFIT.items():
    case(is_no_template, unfit, reason, name="no_template_" + unfit)


@case
def what_ends_before_its_main_does_so_anew():
    batch = Batch("death")
    batch.add("a", "line of a")
    environment = {**os.environ, "BEFORE_MAIN": "death"}
    errors = [batch.run(f"--start={start}", f"{BEFORE_MAIN} {{}}",
                        env=environment).expect(125).err
              for start in ("template", "exec")]
    equal(errors[0], errors[1], "stderr")
    contains(errors[0], b"exited with 3 before its main", "stderr")


@case
def libraries_are_told_of_the_fork():
    batch = Batch("handler")
    batch.add("a", "line of a")
    environment = {**os.environ, "BEFORE_MAIN": "handler"}
    batch.run(f"{BEFORE_MAIN} {{}}", env=environment).expect(0)
    equal(batch.all("start"), ["template"], "started by")
    equal(read(batch.path("a.out")), b"line of a\na fork was seen\n0\n",
          "output")


@case
def what_they_do_then_is_of_each_run_alone():
    batch = Batch("hungry-handler")
    for name in ("a", "b", "c"):
        batch.add(name, f"line of {name}")
    environment = {**os.environ, "BEFORE_MAIN": "hungry-handler"}
    batch.run(f"{BEFORE_MAIN} {{}}", env=environment).expect(0)
    equal(batch.all("start"), ["template"] * 3, "started by")
    wanted = batch.all("suggested_pool_bytes")
    equal([size is not None and size > 1 << 30 for size in wanted], [True] * 3,
          f"what was asked for, of {wanted},")


@case
def a_template_s_constructor_writes_nothing():
    batch = Batch("writes")
    batch.add("a", "line of a")
    environment = {**os.environ, "BEFORE_MAIN": "write"}
    batch.run(f"{BEFORE_MAIN} {{}}", env=environment).expect(0)
    equal(batch.all("start"), ["template"], "started by")
    equal(read(batch.path("a.out")).splitlines()[-1], b"EACCES", "its error")
    check(not os.path.exists(batch.path("made-by-constructor")), "it is there")


@case
def nor_where_what_it_may_write_is_missing():
    batch = Batch("missing")
    batch.add("a", "line of a")
    environment = {**os.environ, "BEFORE_MAIN": "write"}
    errors = [batch.run(f"--start={start}", "--rw=missing",
                        f"{BEFORE_MAIN} {{}}", env=environment).expect(125).err
              for start in ("template", "exec")]
    equal(errors[0], errors[1], "stderr")
    contains(errors[0], b"--rw: missing: No such file", "stderr")
    check(not os.path.exists(batch.path("made-by-constructor")), "it is there")


@case
def a_script_s_interpreter_is_a_template():
    batch = Batch("script")
    with open(batch.path("script"), "w", encoding="utf-8") as file:
        file.write('#!/bin/cat -u\n')
    os.chmod(batch.path("script"), 0o755)
    batch.add("a", "line of a")
    batch.run("./script {}").expect(0)
    equal(batch.all("start"), ["template"], "started by")
    equal(read(batch.path("a.out")), b"#!/bin/cat -u\nline of a\n", "output")


@case
def what_a_template_cannot_have_is_started_anew():
    batch = Batch("commit")
    batch.add("a", "show")
    subject(batch, "--commit=populate").expect(0)
    equal(batch.all("start"), ["exec"], "started by")
    contains(batch.summary, b"started anew for each input, since --commit",
             "stderr")


@case
def words_that_are_too_long_are_given_anew():
    batch = Batch("long")
    batch.add("a", "show")
    # It comes a hundred times.
    batch.add("b" * 200, "show")
    deep = os.path.join(*["d" * 200] * 4)
    os.makedirs(batch.path(deep))
    batch.add(os.path.join(deep, "c"), "show")
    words = " ".join(["{}"] * 100)
    batch.run(f"{SUBJECT} {words}").expect(0)
    equal(batch.all("start"), ["exec"] * 3, "started by")
    contains(batch.summary, b"since the words of an input can become too long",
             "stderr")
    # Not for one that is short, whatever it is.
    batch.names = ["a", "b" * 200]
    batch.run(f"{SUBJECT} {words}").expect(0)
    equal(batch.all("start"), ["template"] * 2, "started by")


@case
def its_own_files_can_be_granted():
    batch = Batch("granted")
    batch.add("a", "open /proc/self/limits /proc/thread-self/limits "
              "/proc/1/limits")
    batch.add("b", "show")
    for own in ("self", "thread-self"):
        subject(batch, f"--ro=/proc/{own}").expect(0)
        equal(batch.all("start"), ["template"] * 2, "started by")
        equal(batch.lines("a")[0][-3:],
              ["open 0" if own == "self" else "open EACCES", "open 0",
               "open EACCES"], own)


@case
def where_the_kernel_says_too_little_it_is_started_anew():
    batch = Batch("thread-word")
    batch.add("a", "show")
    subject(batch, under=[DEGRADE, "prctl:0=40=EINVAL", "--"]).expect(0)
    equal(batch.all("start"), ["exec"], "started by")
    contains(batch.summary, b"does not say where libc keeps a thread's number",
             "stderr")


@case
def what_a_failed_fork_says_is_none_of_the_input_s_words():
    batch = Batch("unentered")
    for name in "abcd":
        batch.add(name, "show")
    subject(batch, under=[DEGRADE, "landlock_restrict_self=EPERM", "--"]
            ).expect(0)
    equal(batch.all("start"), ["exec"] * 4, "started by")
    equal(batch.all("last_words"), [None] * 4, "last words")
    contains(batch.summary, b"since it fails again and again", "stderr")


@case
def where_descriptors_cannot_be_saved_no_output_is_lost():
    batch = Batch("saved")
    batch.add("a", "show")
    batch.add("b", "show")
    # Of all calls of that kind with F_DUPFD_CLOEXEC.
    subject(batch, under=[DEGRADE, "fcntl:1=1030=EMFILE", "--"]).expect(0)
    equal(batch.all("start"), ["exec"] * 2, "started by")
    for name in batch.names:
        contains("\n".join(batch.lines(name)[0]), f"arguments 3 {name} ",
                 "output")


@case
def what_is_exhausted_gets_the_larger_pool_anew():
    batch = Batch("larger")
    batch.add("a", "exhaust")
    subject(batch, "--larger-pool=96M").expect(1)
    equal(batch.all("start"), ["exec"], "started by")
    equal(batch.all("pool_bytes"), [96 << 20], "its pool")
    equal(batch.all("runs"), [2], "runs")


def killed_in_the_middle(whom):
    batch = Batch("killed-" + whom)
    for number in range(100):
        batch.add(str(number), "work")
    killed = []
    over = threading.Event()

    def kill():
        while len(killed) < 5 and not over.is_set():
            for pid in templates_of(batch.folder):
                try:
                    victim = pid if whom == "template" else parent_of(pid)
                    # Its parent may have gone meanwhile.
                    if victim not in processes_of(batch.folder):
                        continue
                    os.kill(victim, signal.SIGKILL)
                except (OSError, IndexError):
                    continue
                killed.append(victim)
                break
            time.sleep(0.05)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    batch.run("--retries=5", f"{SUBJECT} -x {{}}").expect(0)
    over.set()
    equal(batch.all("class"), ["clean"] * 100, "classes")
    check(len(killed) > 1, f"only {len(killed)} were killed")
    for name in batch.names:
        equal(batch.lines(name)[0][8],
              f"arguments 3 {name} {SUBJECT}|-x|{name}", "output")


case(killed_in_the_middle, "template",
     name="when_the_template_is_killed_no_input_is_lost")
case(killed_in_the_middle, "slot",
     name="when_its_supervisor_is_killed_no_input_is_lost")


@case
def supervisors_that_cannot_begin_end_their_runs_alone():
    batch = Batch("stillborn")
    batch.add("a", "show")
    batch.add("b", "show")
    subject(batch, under=[DEGRADE, "prctl:0=1=EPERM", "--"]).expect(1)
    equal(batch.all("class"), ["setup_failed"] * 2, "classes")
    equal(batch.all("reason"),
          ["the process that watched the jail was killed"] * 2, "reasons")


@case
def when_jailrun_is_killed_nobody_is_left():
    batch = Batch("left")
    for number in range(4):
        batch.add(str(number), "spin")
    words = batch.command(f"{SUBJECT} -x {{}}")
    words[2] = "--jobs=2"
    process = subprocess.Popen(words, cwd=batch.folder,
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    # The batch; a supervisor, a template and a program, twice.
    wait_until(lambda: len(processes_of(batch.folder)) == 7,
               "not all have started")
    everybody = processes_of(batch.folder)
    process.kill()
    process.wait()
    wait_until(lambda: not any(map(is_alive, everybody)), "some are left")


@case
def where_nobody_can_be_killed_it_ends_all_the_same():
    for start in ("template", "exec"):
        batch = Batch("unkillable-" + start)
        batch.add("a", "show")
        batch.add("b", "show")
        run = subject(batch, f"--start={start}",
                      under=[DEGRADE, "kill=EPERM",
                             "pidfd_send_signal=EPERM", "--"]).expect(125)
        contains(run.err, b"the program could not be killed", "stderr")
        equal(processes_of(batch.folder), {}, "who is left")


@case
def no_dead_process_stays():
    batch = Batch("dead")
    for number in range(100):
        batch.add(str(number), "show")
    batch.add("last", "spin")
    with at_its_last(batch, "--timeout=60s", f"{SUBJECT} -x {{}}") as template:
        children = children_of(parent_of(template))
        check(len(children) <= 2, f"{len(children)} children")


main()
