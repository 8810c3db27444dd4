#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""jailrun diff: what two runs do not have in common, and its exit code."""

import copy
import json

from harness import bare, case, check, contains, equal, main
from stored_reports import profile, run_of, stored


def diff(a, b, *options):
    return bare(["diff", *options, stored("a.json", a), stored("b.json", b)])


def named(run):
    return {entry["what"]: entry for entry in json.loads(run.out)["differences"]}


@case
def a_report_is_the_same_as_itself():
    report = run_of("clean").report
    run = diff(report, report).expect(0)
    contains(run.out, b"the runs are the same\n", "stdout")
    run = diff(report, report, "--json").expect(0)
    equal(json.loads(run.out)["differences"], [], "differences")


@case
def two_runs_of_one_command_are_the_same():
    # But for the times, which are shown.
    run = diff(run_of("clean").report, run_of("clean").report, "--json")
    equal([what for what, entry in named(run.expect(0)).items()
           if entry["counts"]], [], "differences")


@case
def time_is_shown_and_makes_no_difference():
    report = run_of("clean").report
    slow = copy.deepcopy(report)
    slow["time"]["wall_us"] = 2 * report["time"]["wall_us"]
    run = diff(report, slow).expect(0)
    contains(run.out, b"time.wall_us", "stdout")
    contains(run.out, b"+100.0 %", "stdout")
    equal(named(diff(report, slow, "--json"))["time.wall_us"]["b"],
          slow["time"]["wall_us"], "in JSON")


@case
def verdicts_pool_and_posture_differ():
    run = diff(run_of("clean").report, run_of("exhausted").report,
               "--json").expect(1)
    found = named(run)
    equal((found["verdict.class"]["a"], found["verdict.class"]["b"]),
          ("clean", "exhausted"), "verdict.class")
    equal((found["pool.bytes"]["a"], found["pool.bytes"]["b"]),
          (200 << 20, 4 << 20), "pool.bytes")
    check("pool.exhaustion.asked_bytes" in found, "no exhaustion")
    equal(json.loads(run.out)["differ"], True, "differ")
    found = named(diff(run_of("clean").report, run_of("violation").report,
                       "--json"))
    equal((found["violation"]["a"], found["violation"]["b"]),
          ("none", "socket"), "violation")
    found = named(diff(run_of("clean").report, run_of("clean_granted").report,
                       "--json"))
    equal(found["posture.writable"]["b"], "/tmp", "posture.writable")
    check("posture.landlock_write" in found, "no layer differs")


@case
def every_figure_counts():
    report = run_of("clean_but_for_a_socket").report
    report["profile"] = profile()
    changes = {
        ("pool", "peak_bytes"): "pool.peak_bytes",
        ("pool", "allocations"): "pool.allocations",
        ("threads", "refused"): "threads.refused",
        ("calls", "trapped"): "calls.trapped",
        ("calls", "refused", 0, "count"): "calls.refused.socket.EACCES",
        ("posture", "filter_instructions"): "posture.filter_instructions",
        ("profile", "calls", "after_lock", 0, "count"):
            "profile.calls.after_lock.read",
    }
    for path, what in changes.items():
        other = copy.deepcopy(report)
        place = other
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] += 1
        found = named(diff(report, other, "--json").expect(1))
        equal(list(found), [what], f"{path}")
    contains(diff(report, other).out, b"the runs differ\n", "stdout")


@case
def close_numbers_are_shown_in_full():
    report = run_of("clean").report
    other = copy.deepcopy(report)
    report["pool"]["peak_bytes"] = 64 << 20
    other["pool"]["peak_bytes"] = (64 << 20) + 16
    contains(diff(report, other).out, b"64 MiB (67108880)", "stdout")


@case
def what_cannot_be_compared_is_an_error():
    report = stored("a.json", run_of("clean").report)
    for words, wanted in ((["diff", report], b"name the files of two"),
                          (["diff", report, "/no/such"], b"/no/such: "),
                          (["diff", "--what", report, report], b"'--what'"),
                          (["diff", report, stored("none", b"{}")],
                           b"none:1: it is no report")):
        run = bare(words).expect(125)
        contains(run.err, wanted, "stderr")
        equal(run.out, b"", "stdout")


@case
def hostile_words_do_not_reach_the_terminal():
    report = run_of("clean").report
    other = copy.deepcopy(report)
    other["program"] = "\x1b[31mred\u009b"
    other["posture"]["seccomp"]["detail"] = "two\nlines\a" + 500 * "é"
    run = diff(report, other).expect(1)
    for forbidden in (b"\x1b", b"\a", b"\xc2\x9b"):
        check(forbidden not in run.out, f"{forbidden!r} in {run.out!r}")
    other = copy.deepcopy(report)
    for length in range(90, 130):  # cut where it may, no character is halved
        other["posture"]["seccomp"]["detail"] = length * "x" + 100 * "é"
        diff(report, other).out.decode("utf-8")


main()
