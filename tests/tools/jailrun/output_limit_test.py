#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""--output-limit: what a program writes to standard output and error is passed
on, in order, up to so many bytes and not one more; and else nothing changes."""

import select
import signal
import subprocess
import time

from harness import (case, check, contains, equal, execute, jail, jailrun_path,
                     main)

HEAD = ["/usr/bin/head", "-c"]
PYTHON = "/usr/bin/python3"


def limited(size, command, **more):
    return jail(command, options=[f"--output-limit={size}"], **more)


def passed_the_limit(run, size):
    run.expect(124, "output_limit")
    equal(len(run.out), size, "bytes passed on")
    check(run.verdict["permanent"], "not permanent")
    contains(run.err, b"the limit on output has passed", "stderr")
    contains(run.err, b"--output-limit=SIZE allows more", "stderr")


@case
def up_to_the_limit_all_is_passed_on():
    for size in (0, 1, 4095, 4096, 4097, 100000, 1 << 20):
        run = limited(size, HEAD + [str(size), "/dev/zero"]).expect(0, "clean")
        equal((run.out, run.err), (b"\0" * size, b""), f"{size} bytes")


@case
def not_one_byte_more_is_passed_on():
    for size in (0, 1, 4095, 4096, 4097, 100000, 1 << 20):
        passed_the_limit(
            limited(size, HEAD + [str(size + 1), "/dev/zero"]), size)


@case
def without_end_it_ends():
    passed_the_limit(limited("64K", ["/usr/bin/yes"]), 64 << 10)


@case
def both_streams_count():
    script = ("import os\n"
              "for i in range(3): os.write(1, b'o' * 100); "
              "os.write(2, b'e' * 100)\n")
    run = limited(600, [PYTHON, "-c", script]).expect(0, "clean")
    equal((run.out, run.err), (b"o" * 300, b"e" * 300), "600 bytes")
    run = limited(599, [PYTHON, "-c", script]).expect(124, "output_limit")
    check(run.out.count(b"o") + run.err.split(b"jailrun:")[0].count(b"e")
          == 599, "not 599 bytes were passed on")


@case
def one_file_keeps_its_order():
    script = ("import os\n"
              "for i in range(2000): os.write(1 + i % 2, b'%d\\n' % i)\n")
    words = [jailrun_path(), "--output-limit=1M", "--", PYTHON, "-c", script]
    run = execute(["/bin/sh", "-c", '"$@" 2>&1', "sh", *words])
    equal(run.out, b"".join(b"%d\n" % i for i in range(2000)), "the order")


@case
def the_report_of_the_run_is_as_ever():
    run = limited("1M", [PYTHON, "-c", "import sys; sys.exit(7)"])
    run.expect(7, "program_error")
    run = limited("1M", ["/bin/sh", "-c", "id; true"]).expect(159, "violation")
    contains(run.err, b"forbidden call", "stderr")
    for mode in (["--unjailed"], ["--report=always"]):
        run = jail([*HEAD, "10", "/dev/zero"],
                   options=["--output-limit=10", *mode]).expect(0, "clean")
        equal(run.out, b"\0" * 10, str(mode))
    equal(run.report["posture"]["output_limit"]["state"], "enforced", "posture")
    equal(jail(["/bin/true"]).report["posture"]["output_limit"]["state"], "off",
          "posture without")


@case
def what_it_wrote_before_a_death_arrives():
    script = "import os; os.write(1, b'x' * 50000); os.kill(os.getpid(), 9)"
    run = limited("1M", [PYTHON, "-c", script]).expect(137, "crashed")
    equal(run.out, b"x" * 50000, "stdout")


@case
def a_reader_that_goes_is_told_to_the_program():
    script = ('"$@" | head -c 1 >/dev/null; echo "${PIPESTATUS[0]}"')
    plain = execute(["bash", "-c", script, "sh", "/usr/bin/yes"])
    words = [jailrun_path(), "--report=never", "--output-limit=1G", "--",
             "/usr/bin/yes"]
    run = execute(["bash", "-c", script, "sh", *words])
    equal((run.out, plain.out), (b"141\n", b"141\n"), "the pipe's status")


def stalled(options, command):
    """Runs jailrun with a reader that reads nothing."""
    child = subprocess.Popen([jailrun_path(), *options, "--", *command],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return child


@case
def what_could_not_be_passed_on_is_no_clean_run():
    with open("/dev/full", "wb") as full:
        run = subprocess.run(
            [jailrun_path(), "--output-limit=1M", "/bin/echo", "hi"],
            stdout=full, stderr=subprocess.PIPE, timeout=20, check=False)
    equal(run.returncode, 1, "exit code")
    contains(run.stderr, b"not all that it wrote could be passed on: No space",
             "stderr")


@case
def a_reader_that_stalls_does_not_stall_the_time_limit():
    child = stalled(["--output-limit=1G", "--timeout=500ms"], ["/usr/bin/yes"])
    equal(child.wait(timeout=20), 124, "exit code")
    child.communicate()


@case
def nor_the_limit_itself():
    child = stalled(["--output-limit=1M"], ["/usr/bin/yes"])
    time.sleep(0.3)
    out, err = child.communicate(timeout=20)
    equal((child.returncode, len(out)), (124, 1 << 20), "exit code, bytes")
    contains(err, b"output_limit", "stderr")


@case
def a_signal_ends_it_however_the_reader_stalls():
    child = stalled(["--output-limit=1G"], ["/usr/bin/yes"])
    # It writes, so it is on its way.
    select.select([child.stdout], [], [], 20)
    child.send_signal(signal.SIGTERM)
    equal(child.wait(timeout=20), 143, "exit code")
    child.communicate()


@case
def words_that_are_no_size_are_refused():
    for word in ("x", "1Q", "-1", ""):
        run = execute([jailrun_path(), f"--output-limit={word}", "/bin/true"])
        equal(run.code, 125, word)
        contains(run.err, b"--output-limit", "stderr")


main()
