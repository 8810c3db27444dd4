#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Threads after the lock: on stacks that were laid before it, and none beyond
them. What a program prints is what it prints without a jail.

The acts are in fixtures/threads.cc and fixtures/threads_of_libc.cc.
"""

import signal

from harness import (FULL, case, check, contains, equal, execute, fixture,
                     jail, main, program, scratch, scratch_file)

THREADS = fixture("threads")
OF_LIBC = fixture("threads_of_libc")
BYTES = scratch_file("bytes", bytes(range(256)))


def threads(*arguments, options=(), timeout=60):
    run = jail([THREADS, *arguments], options=options, timeout=timeout)
    check(run.report["posture"]["locked"], "not locked")
    return run


def as_plain(*command, options=(), timeout=60):
    """The same standard output, standard error and exit code as without."""
    plain = execute(command, timeout=timeout)
    run = jail(command, options=options, timeout=timeout)
    check(run.report["posture"]["locked"], "not locked")
    seen = f"stderr {run.err!r}"
    equal(run.out, plain.out, f"stdout ({seen})")
    equal(run.code, plain.code, f"the exit code ({seen})")
    equal(run.err, plain.err, "stderr")
    equal(run.report["threads"]["refused"], 0, "threads.refused")
    return run


for act in [("asks",), ("async", "200"), ("blocked", "6"), ("c11", "20"),
            ("cancelled", "20"), ("crowd", "16"), ("exit_thread",), ("exits",),
            ("getattr",), ("own_guard",), ("locals", "50"), ("main_ends",), ("outlived", "4"),
            ("own_stack", "40"), ("sequence", "10000"), ("signals", "200"),
            ("size", "512"), ("size", "1024"), ("suspended",),
            ("timed",)]:
    case(as_plain, THREADS, *act, name="as_plain/" + "_".join(act))


# A hundred thousand in full.
MANY = 100000 if FULL else 20000


def many_threads_in_turn():
    run = as_plain(THREADS, "sequence", str(MANY), timeout=120)
    equal(run.report["threads"]["most_in_use"], 1, "threads.most_in_use")
    equal(run.report["calls"]["trapped"], 0, "calls.trapped")
    check(run.report["pool"]["in_use_bytes"] < 1 << 20,
          f"in use at the end: {run.report['pool']['in_use_bytes']}")


case(many_threads_in_turn, name=f"{MANY}_threads_in_turn")


@case
def detached_threads_leave_their_stacks():
    run = threads("detached", "20000", timeout=120).expect(0, "clean")
    equal(run.out, b"all ended\n", "stdout")
    equal(run.report["threads"]["laid"], 16, "threads.laid")


# One more than there are stacks.

def one_more(options, laid, hint):
    run = jail([THREADS, "crowd", "5000"],
               options=[*options, "--report=always"]).expect(0, "clean")
    equal(run.out, b"%d at once, then EAGAIN\nand one more\n" % laid, "stdout")
    figures = run.report["threads"]
    equal(figures["laid"], laid, "threads.laid")
    equal(figures["most_in_use"], laid, "threads.most_in_use")
    equal(figures["refused"], 1, "threads.refused")
    contains(run.err.decode(), f"1 thread was refused with EAGAIN: all {laid} "
             "stacks for them were in use" + hint, "the report")
    contains(run.err.decode(), f"threads: {laid} stacks laid", "the report")


case(one_more, [], 16, "; --threads=32 lays more\n", name="one_more/default")
case(one_more, ["--threads=1"], 1, "; --threads=2 lays", name="one_more/one")
case(one_more, ["--threads=300", "--thread-stack=128K"], 300,
     "; --threads=600 lays more", name="one_more/many")
case(one_more, ["--threads=4096", "--thread-stack=128K"], 4096, "\n",
     name="one_more/most")


@case
def the_option_of_the_hint_is_enough():
    run = threads("crowd", "32", options=["--threads=32"]).expect(0, "clean")
    equal(run.out, b"32 at once, then no more wanted\nand one more\n", "stdout")


@case
def a_larger_stack_than_was_laid():
    equal(threads("size", "2048").expect(0, "clean").out, b"used\n", "of 2M")
    run = threads("size", "4096", options=["--report=always"])
    equal(run.expect(0, "clean").out, b"EAGAIN\n", "stdout")
    equal(run.report["threads"]["largest_refused_stack_bytes"], 4 << 20,
          "threads.largest_refused_stack_bytes")
    contains(run.err.decode(), "--thread-stack=4M lays such", "the report")
    run = threads("size", "4096", options=["--thread-stack=4M"])
    equal(run.expect(0, "clean").out, b"used\n", "stdout")


@case
def asking_for_what_is_libcs_default():
    run = threads("size", "8192", options=["--report=always"])
    equal(run.expect(0, "clean").out, b"EAGAIN\n", "stdout")
    contains(run.err.decode(), "--thread-stack=8M lays such", "the report")


@case
def a_stack_ends_at_a_guard():
    run = threads("overflow")
    run.expect(128 + signal.SIGSEGV, "crashed")


@case
def abort_of_a_crowd():
    threads("abort").expect(128 + signal.SIGABRT, "crashed")


# None at all.

@case
def no_threads():
    run = threads("crowd", "3", options=["--threads=0", "--report=always"])
    equal(run.expect(1).out[:6], b"0 at o", "stdout")
    equal(run.report["threads"]["allowed"], 0, "threads.allowed")
    equal(run.report["threads"]["laid"], 0, "threads.laid")
    contains(run.err.decode(), "--threads=0 has none", "the report")


@case
def own_stacks_are_refused_too():
    run = threads("own_stack", "1", options=["--threads=0"]).expect(1)
    equal(run.out, b"pthread_create: EAGAIN\n", "stdout")


@case
def a_preset_without_threads_is_named():
    run = jail([THREADS, "crowd", "3"],
               options=["--preset=strict", "--threads=4"]).expect(125)
    contains(run.err.decode(), "--threads=4: preset strict starts none",
             "stderr")


@case
def nothing_is_laid_for_what_starts_none():
    run = jail([program("gzip"), "-c"], stdin=b"text").expect(0, "clean")
    equal(run.report["threads"]["laid"], 0, "threads.laid")
    run = jail([program("gzip"), "-c"], stdin=b"text",
               options=["--threads=3"]).expect(0, "clean")
    equal(run.report["threads"]["laid"], 3, "threads.laid")


@case
def what_shares_less_is_no_thread():
    run = threads("shares_less").expect(159, "violation")
    equal(run.report["violation"]["syscall"], "clone", "violation.syscall")


def bad_option(option, wanted):
    run = jail([THREADS, "timed"], options=[option]).expect(125, "setup_failed")
    contains(run.err.decode(), wanted, "stderr")


for option, wanted in [
        ("--threads=-1", "give a number from 0 to 4096"),
        ("--threads=4097", "give a number from 0 to 4096"),
        ("--threads=many", "give a number from 0 to 4096"),
        ("--thread-stack=1K", "the least is 128K"),
        ("--thread-stack=2G", "the most is 1G"),
        ("--thread-stack=x", "--thread-stack=x")]:
    case(bad_option, option, wanted, name="bad_option/" + option)


@case
def too_much_together():
    run = jail([THREADS, "timed"],
               options=["--threads=4096", "--thread-stack=1G"]).expect(125)
    contains(run.err.decode(), "64G together at the most", "stderr")


# Threads that libc starts for itself.

for count in (1, 15, 60):
    case(as_plain, OF_LIBC, "aio", str(count), BYTES, name=f"libc/aio_{count}")
    case(as_plain, OF_LIBC, "lookup", str(count), name=f"libc/lookup_{count}")


@case
def libc_timers():
    run = as_plain(OF_LIBC, "timer", "50", options=["--allow=@timers"])
    equal(run.report["calls"]["trapped"], 0, "calls.trapped")
    check(run.report["threads"]["laid_for_libc"] >= 16, "none laid for libc")
    # The option is named at the first of the calls, and at each other one.
    for allowed in ([], ["timer_create"], ["timer_create", "timer_settime"]):
        run = jail([OF_LIBC, "timer", "1"],
                   options=["--allow=" + name for name in allowed])
        run.expect(159, "violation")
        equal(run.report["violation"]["option"], "--allow=@timers", "option")


@case
def libc_without_threads():
    run = jail([OF_LIBC, "aio", "3", BYTES], options=["--threads=0"])
    run.expect(159, "violation")
    equal(run.report["violation"]["syscall"], "clone", "violation.syscall")
    contains(run.report["violation"]["reason"], "--threads=0 has none",
             "violation.reason")


# Programs.

OPENMP = b"""
#include <omp.h>
#include <stdio.h>
int main() {
  long sum = 0;
  for (int round = 0; round < 50; ++round) {
#pragma omp parallel for reduction(+ : sum) num_threads(8)
    for (long i = 0; i < 10000; ++i) sum += i % 7;
  }
#pragma omp parallel num_threads(4)
#pragma omp single
  printf("%ld by %d\\n", sum, omp_get_num_threads());
}
"""


@case
def openmp():
    source = scratch_file("openmp.c", OPENMP)
    built = scratch() + "/openmp"
    run = execute(["/usr/bin/gcc", "-fopenmp", "-O1", "-o", built, source])
    equal((run.code, run.err), (0, b""), "the compiler")
    as_plain(built)


POOL = """
import concurrent.futures, hashlib
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    results = pool.map(lambda n: hashlib.sha256(b"x" * n).hexdigest(),
                       range(0, 100000, 1000))
    print(hashlib.sha256("".join(results).encode()).hexdigest())
"""

SEQUENCE = """
import threading
count = 0
def one():
    global count
    count += 1
for _ in range(10000):
    thread = threading.Thread(target=one)
    thread.start()
    thread.join()
print(count, threading.active_count())
"""


@case
def python_pool():
    run = as_plain(program("python3"), "-S", "-c", POOL)
    check(run.report["threads"]["most_in_use"] <= 8, "more than the pool's")


@case
def python_threads_in_sequence():
    run = as_plain(program("python3"), "-S", "-c", SEQUENCE, timeout=120)
    equal(run.report["threads"]["laid"], 16, "threads.laid")


# Debian's programs.

def text():
    """Some megabytes that sort and compress as text does."""
    words = [b"word%d" % (n * n % 5003) for n in range(20000)]
    return b"".join(words[n * 7919 % 20000] + b" " + words[n * 31 % 20000] +
                    b" %d\n" % (n * 104729 % 1000003) for n in range(250000))


TEXT = scratch_file("text", text())
SMALL = scratch_file("small", text()[:500000])
PICTURE = scratch_file("picture.svg", b"""\
<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200">
<defs><filter id="f"><feGaussianBlur stdDeviation="6"/></filter>
<linearGradient id="g"><stop offset="0" stop-color="red"/>
<stop offset="1" stop-color="blue"/></linearGradient></defs>
<rect width="300" height="200" fill="url(#g)"/>
<circle cx="150" cy="100" r="70" filter="url(#f)"/></svg>""")


def threaded(words, options=()):
    """As plain, and on more than one thread."""
    run = as_plain(program(words[0]), *words[1:], options=options, timeout=120)
    check(run.report["threads"]["most_in_use"] > 0, "no threads were used")


for name, words in {
        "xz": ["xz", "-T4", "-1", "--block-size=1MiB", "-c", TEXT],
        "zstd": ["zstd", "-q", "-T4", "-3", "-c", TEXT],
        "zstd_long": ["zstd", "-q", "-T4", "-19", "--long", "-c", SMALL],
        "sort": ["sort", "--parallel=4", TEXT],
        "pigz": ["pigz", "-p4", "-c", TEXT],
        "pbzip2": ["pbzip2", "-p4", "-c", TEXT],
        "lbzip2": ["lbzip2", "-n4", "-c", TEXT]}.items():
    case(threaded, words, name="program/" + name)

FFMPEG = ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i",
          "testsrc=size=320x240:rate=10:duration=2"]
for name, words in {
        "filter": ["-vf", "scale=160:120,hue=s=0", "-pix_fmt", "yuv420p", "-f",
                   "rawvideo", "-"],
        "encode": ["-threads", "4", "-bitexact", "-c:v", "mpeg4", "-f", "avi",
                   "-"],
        "lossless": ["-threads", "4", "-bitexact", "-c:v", "ffv1", "-level",
                     "3", "-slices", "4", "-f", "matroska", "-"]}.items():
    case(threaded, FFMPEG + words, name="program/ffmpeg_" + name)


# Its threads ask for 2 MiB each, as all of Rust's, which there are; and GLib
# needs epoll, so that the one option that it takes is named.
@case
def rsvg_convert():
    words = [program("rsvg-convert"), PICTURE]
    run = jail(words)
    check(run.code != 0, "passes without")
    contains(run.err.decode(), "--allow=@events", "what it says")
    threaded(["rsvg-convert", PICTURE], ["--allow=@events"])


main()
