#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Every way to ask for memory after the lock is answered from the pool.

The checks themselves are in fixtures/: memory_checks.cc, malloc_checks.cc and
signal_checks.cc. CELLBLOCK_SEED changes their random histories.
"""

import struct
import subprocess

from harness import (case, check, contains, equal, execute, fixture,
                     fixture_cases, jail, main, scratch_file)

MEMORY = fixture("memory_checks")
MALLOC = fixture("malloc_checks")
SIGNALS = fixture("signal_checks")
CRIMES = fixture("heap_crimes")
ADDRESSES = fixture("address_checks")
RESERVATIONS = fixture("reservations")

# What fixtures/memory_checks.cc expects: every 8 bytes hold their own offset.
OFFSETS = scratch_file("offsets", b"".join(
    struct.pack("<Q", offset) for offset in range(0, 3 * 4096 + 1000, 8)))


SEVENS = scratch_file("sevens", b"7" * 4096)
SMALL = str(2 << 20)
LARGE = str(1 << 30)


def checks(*arguments, options=(), pool="8M", timeout=30):
    """Runs a fixture and passes on its lines; it ends as they say."""
    run = jail(arguments, options=options, pool=pool, timeout=timeout)
    failed = b"\nFAIL" in b"\n" + run.out
    check(run.code == 0 or failed,
          f"ended with {run.code} after {run.out[-80:]!r}: {run.err!r}")
    check(b"\nok " in b"\n" + run.out, "no case passed")
    check(run.report["posture"]["locked"], "not locked")
    return run


fixture_cases("mmap", lambda: checks(MEMORY, "all", OFFSETS))
fixture_cases("mmap_zero",
              lambda: checks(MEMORY, "all", OFFSETS, options=["--zero"]))

def plain(*arguments):
    """The same of a kernel, to show that the checks ask for what that does."""
    run = execute(arguments)
    check(run.code == 0, f"ended with {run.code}: {run.out[-200:]!r}")
    return run


fixture_cases("kernel", lambda: plain(ADDRESSES, LARGE, SEVENS))
fixture_cases("address", lambda: checks(ADDRESSES, SMALL, SEVENS))
fixture_cases("reserve", lambda: checks(ADDRESSES, LARGE, SEVENS,
                                        options=["--reserve=1G"]))
fixture_cases("storm", lambda: checks(SIGNALS, "storm", timeout=10))
fixture_cases("claimed", lambda: checks(SIGNALS, "claimed"))
for attempt in subprocess.run([SIGNALS, "list"], capture_output=True, text=True,
                              check=True).stdout.split():
    fixture_cases(f"sigsys_{attempt}", lambda: checks(SIGNALS, attempt))
fixture_cases("malloc", lambda: checks(MALLOC, "all"))
fixture_cases("malloc_zero", lambda: checks(MALLOC, "all", options=["--zero"]))
fixture_cases("malloc_zeroed",
              lambda: checks(MALLOC, "zeroed", options=["--zero"]))
fixture_cases("malloc_populated", lambda: checks(
    MALLOC, "all", options=["--commit=populate"], pool="16M"))


@case
def exhaustion_that_is_survived_is_clean():
    run = jail([MALLOC, "all"], pool="8M").expect(0, "clean")
    pool = run.report["pool"]
    check(pool["failures"] >= 1000, f"pool.failures is {pool['failures']}")
    check(pool["peak_bytes"] <= 8 << 20, "pool.peak_bytes is above the pool")
    equal(run.err, b"", "stderr")


@case
def reservation_without_room_names_the_option():
    run = jail([ADDRESSES, LARGE, SEVENS], pool="8M").expect(123, "exhausted")
    contains(run.err.decode(), "a mapping without access, of 1 GiB (1073741824)"
             ", found no room; --reserve=1G gives it some", "the report")
    equal(run.report["calls"]["refused_reservation_bytes"], 1 << 30,
          "calls.refused_reservation_bytes")
    equal(run.report["pool"]["reserve_bytes"], 0, "pool.reserve_bytes")


@case
def reservation_served_when_it_is_smaller_is_no_exhaustion():
    sizes = [str(1 << bits) for bits in (40, 36, 30, 20)]
    run = jail([RESERVATIONS, "3", *sizes], pool="8M")
    run.expect(3, "program_error")
    equal(run.out, b"1048576\n", "stdout")
    equal(run.report["pool"]["failures"], 3, "pool.failures")
    run = jail([RESERVATIONS, "3", *sizes[:3]], pool="8M")
    run.expect(123, "exhausted")
    equal(run.out, b"", "stdout")


@case
def reserve_serves_reservations_alone():
    run = jail([ADDRESSES, LARGE, SEVENS], pool="8M",
               options=["--reserve=1G"]).expect(0, "clean")
    pool = run.report["pool"]
    equal(pool["reserve_bytes"], 1 << 30, "pool.reserve_bytes")
    equal(pool["reserve_peak_bytes"], 1 << 30, "pool.reserve_peak_bytes")
    resident = run.report["memory"]["peak_resident_bytes"]
    check(resident < 64 << 20, f"{resident} bytes were resident")
    # What malloc has no room for is not taken from there.
    run = jail([MALLOC, "all"], pool="8M", options=["--reserve=64M"])
    run.expect(0, "clean")
    check(run.report["pool"]["failures"] >= 1000, "malloc had the reserve too")
    equal(run.report["pool"]["reserve_peak_bytes"], 0, "the reserve's peak")


@case
def reserve_has_its_bounds():
    for option, why in [("--reserve=1K", "the least is 64K"),
                        ("--reserve=65G", "the most is 64G"),
                        ("--reserve=x", "--reserve=x")]:
        run = jail(["/bin/true"], options=[option]).expect(125)
        contains(run.err.decode(), why, "stderr")
    jail(["/bin/true"], options=["--reserve=64G"]).expect(0, "clean")


@case
def memory_calls_are_counted():
    calls = jail([MEMORY, "all", OFFSETS], pool="8M").report["calls"]
    # Three ways, of which two are trapped, in six places.
    check(calls["trapped"] > 6 * 2 * 600 * 64, f"trapped: {calls['trapped']}")
    equal(calls["executable_refused"], 6 * 3 * 5, "executable_refused")
    check(calls["kept_mappings"] > 0, "kept_mappings is 0")


@case
def locked_memory_or_a_reason():
    # An ordinary user may lock no more than its limit says.
    run = jail([MALLOC, "all"], options=["--commit=lock"], pool="8M")
    if run.code == 125:
        contains(run.err, b"--commit", "stderr")
    else:
        run.expect(0, "clean")


# Mistakes end the program, with a line that names them.
def crime(name, wanted):
    run = jail([CRIMES, name], pool="8M").expect(134, "crashed")
    equal(run.out, b"main ran\n", "stdout")
    contains(run.err.decode(), f"cellblock: {wanted}", "stderr")
    equal(run.verdict["signal"], 6, "verdict.signal")
    equal(run.verdict["permanent"], True, "verdict.permanent")


WANTED = {
    "double_free": "double free of 0x",
    "double_free_later": "double free of 0x",
    "double_delete": "double free of 0x",
    "interior_free": "interior free of 0x",
    "misaligned_free": "misaligned free of 0x",
    "realloc_of_freed": "double free of 0x",
    "realloc_of_interior": "interior free of 0x",
    "free_of_a_mapping": "",
}
for crime_name, crime_wanted in WANTED.items():
    case(crime, crime_name, crime_wanted, name=crime_name)


# From the lock on the kernel itself keeps what must not change.
def mappings_of_a_jailed_program(*options):
    """The lines of its smaps that begin a mapping, with the flags of each."""
    smaps = jail(["/usr/bin/grep", "-E", "^[0-9a-f]+-|^VmFlags",
                  "/proc/self/smaps"], options=options).expect(0, "clean").out.decode()
    lines = smaps.splitlines()
    return [(lines[i].split(), lines[i + 1].split()[1:])
            for i in range(0, len(lines) - 1, 2)]


@case
def code_and_read_only_data_are_sealed():
    run = jail(["/bin/true"]).expect(0, "clean")
    if run.report["posture"]["sealed"]["state"] == "unsupported":
        return  # a kernel before 6.10, as the posture says
    seen = 0
    for mapping, flags in mappings_of_a_jailed_program():
        if len(mapping) > 5 and mapping[5].startswith("/") and \
                mapping[1] in ("r-xp", "r--p") and "locale" not in mapping[5]:
            check("sl" in flags, f"{' '.join(mapping)}: not sealed: {flags}")
            seen += 1
    check(seen >= 6, f"only {seen} mappings")


@case
def the_pool_is_sealed():
    run = jail(["/bin/true"]).expect(0, "clean")
    if run.report["posture"]["sealed"]["state"] == "unsupported":
        return
    large = [flags for mapping, flags in mappings_of_a_jailed_program()
             if mapping[1] == "rw-p" and len(mapping) == 5 and
             int(mapping[0].split("-")[1], 16) -
             int(mapping[0].split("-")[0], 16) >= 200 << 20]
    equal(len(large), 1, "mappings of 200 MiB")
    check("sl" in large[0], f"not sealed: {large[0]}")
    both = mappings_of_a_jailed_program("--reserve=300M")
    sizes = {int(mapping[0].split("-")[1], 16) -
             int(mapping[0].split("-")[0], 16) for mapping, flags in both
             if "sl" in flags}
    check(300 << 20 in sizes or 556 << 20 in sizes, f"no reserve in {sizes}")


# Between the lock and main nothing is allocated or freed.
HOOKED = fixture("hooked_malloc")


@case
def nothing_is_allocated_between_lock_and_main():
    run = jail([HOOKED], pool="8M").expect(0, "clean")
    calls = int(run.out.split()[2])
    check(calls >= 2, f"only {calls} calls before main: the hook is not used")


@case
def the_hook_would_notice():
    run = jail([HOOKED, "late"], pool="8M").expect(159, "violation")
    equal(run.report["violation"]["syscall"], "prctl", "violation.syscall")


@case
def every_crime_is_tried():
    listed = subprocess.run([CRIMES, "list"], capture_output=True, text=True,
                            check=True).stdout.split()
    equal(sorted(listed), sorted(WANTED), "crimes")


main()
