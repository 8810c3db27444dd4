#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""--on-violation: what becomes of a forbidden call, and what the report says of
a run that went on behind one.
"""

import os
import re

from harness import (bare, case, check, contains, equal, fixture, jail, main,
                     program, scratch, scratch_file)

CRIME = fixture("crime")
DEGRADE = fixture("degrade")
ENDS = fixture("ends")
OFFENCES = fixture("offences")
TRY = fixture("try_files")

KILL = []
ERRNO = ["--on-violation=errno"]
LOG = ["--on-violation=log"]
GOES_ON = {"errno": ERRNO, "log": LOG}
DIAGNOSIS = ("jailrun: DIAGNOSIS, NO JAIL: under --on-violation=log forbidden "
             "calls are named and carried out")
OWN_CODE = 7  # of the fixture


def went_on(run, code=OWN_CODE):
    """The program came to its own end."""
    return run.expect(code, "program_error" if code else "clean")


def tolerated(run):
    equal(run.report["violation"], None, "violation")
    return run.report["calls"]["tolerated"]


def counted(run):
    return [(call["text"], call["count"]) for call in tolerated(run)]


def results(run):
    """How many calls failed, were carried out, came back otherwise."""
    found = re.search(rb"^failed (\d+), done (\d+), other (\d+)$", run.out,
                      re.MULTILINE)
    check(found, f"the fixture did not end: {run.out} {run.err}")
    return tuple(map(int, found.groups()))


def made_by(call, function):
    """It is made there, or in what the compiler put there."""
    names = [str(place["function"]) for place in call["backtrace"][:2]]
    check(any(function in name for name in names),
          f"{function} is not among {names}")


# kill: the default, and what it is called.
def kills(options):
    run = jail([OFFENCES, "two_places"], options=options)
    run.expect(159, "violation")
    equal(run.out, b"main ran\n", "stdout")
    calls = run.report["calls"]
    equal(calls["on_violation"], "kill", "calls.on_violation")
    equal(calls["tolerated"], [], "calls.tolerated")
    equal(calls["more_tolerated"], 0, "calls.more_tolerated")
    equal(run.report["violation"]["text"], "socket(2, 1, 0)", "violation.text")
    check(b"EPERM" not in run.err, "stderr speaks of EPERM")
    equal(run.report["mode"], "jailed", "mode")


case(kills, KILL, name="kill_is_the_default")
case(kills, ["--on-violation=kill"], name="kill")


# Each place is listed once, with its calls counted.
def two_places(how, result):
    run = went_on(jail([OFFENCES, "two_places"], options=GOES_ON[how]))
    equal(results(run), result, "the calls' results")
    calls = run.report["calls"]
    equal(calls["on_violation"], how, "calls.on_violation")
    equal(calls["more_tolerated"], 0, "calls.more_tolerated")
    equal(counted(run), [("socket(2, 1, 0)", 3), ("socket(10, 2, 0)", 2)],
          "calls.tolerated")
    for call, function in zip(tolerated(run), ("Here", "There")):
        equal(call["syscall"], "socket", "syscall")
        equal(call["option"], "--allow=@network", "option")
        made_by(call, function)
        contains(call["module"], "offences", "module")
        check(call["cost"], "cost is none")
        equal(call["thread"]["main"], True, "thread.main")
        equal(call["backtrace"][0]["certain"], True, "the place is certain")
    equal(run.verdict["program_exit_code"], OWN_CODE, "program_exit_code")
    text = run.err.decode()
    said = {"errno": "refused with EPERM", "log": "carried out"}[how]
    contains(text, f"jailrun: forbidden call, {said} 3 times: "
             "socket(AF_INET, SOCK_STREAM, 0)\n", "stderr")
    contains(text, f"jailrun: forbidden call, {said} 2 times: "
             "socket(AF_INET6, SOCK_DGRAM, 0)\n", "stderr")
    equal(text.count("add --allow=@network"), 2, "options on stderr")
    equal(text.count("jailrun:   at "), 2, "places on stderr")


case(two_places, "errno", (5, 0, 0), name="errno_two_places")
case(two_places, "log", (0, 5, 0), name="log_two_places")


def many_places(how):
    run = went_on(jail([OFFENCES, "many_places", "3"], options=GOES_ON[how]))
    equal(sorted(results(run)), [0, 0, 60], "the calls' results")
    equal([count for _, count in counted(run)], [3] * 16, "counts")
    equal(len({call["offset"] for call in tolerated(run)}), 16, "places")
    equal(run.report["calls"]["more_tolerated"], 12, "calls.more_tolerated")
    contains(run.err, b"jailrun: forbidden calls from other places: 12\n",
             "stderr")


def once(how, act, main_thread):
    run = went_on(jail([OFFENCES, act], options=GOES_ON[how]))
    equal(counted(run), [("socket(2, 1, 0)", 1)], "calls.tolerated")
    equal(tolerated(run)[0]["thread"]["main"], main_thread, "thread.main")
    made_by(tolerated(run)[0], "Here")
    contains(run.err, b"after main began, in " +
             (b"the main thread" if main_thread else b"another thread"),
             "stderr")
    return run


def every_signal_blocked(how):
    equal(sorted(results(once(how, "blocked", True))), [0, 0, 1], "results")


def another_thread(how):
    equal(sorted(results(once(how, "in_thread", False))), [0, 0, 1], "results")


def left_by_its_leader(how):
    contains(once(how, "leaderless", False).out, b"alone\n", "stdout")


# Memory is from the pool as ever, though mmap is no call that may be carried
# out: it is answered before anybody is asked.
def memory_is_from_the_pool(how):
    run = went_on(jail([OFFENCES, "memory"], options=GOES_ON[how]))
    equal(counted(run), [("socket(2, 1, 0)", 1)], "calls.tolerated")
    check(run.report["calls"]["trapped"] >= 4, "calls.trapped")
    check(run.report["pool"]["peak_bytes"] >= 100000, "pool.peak_bytes")


# What is answered with an errno is no violation, and stays answered.
def refusals_stay_refusals(how):
    run = jail([CRIME, "local_socket"], options=GOES_ON[how])
    equal(run.expect(0, "clean").out, b"main ran\nresult -1 13\n", "stdout")
    equal(tolerated(run), [], "calls.tolerated")
    equal(run.report["calls"]["refused"],
          [{"syscall": "socket", "number": 41, "errno": "EACCES", "count": 1,
            "path": None}],
          "calls.refused")
    new = os.path.join(scratch(), "new." + how)
    run = jail([CRIME, "raw", "257", "-100", "=" + new, "65", "384"],
               options=GOES_ON[how]).expect(0, "clean")
    contains(run.out, b"result -30\n", "creating a file: EROFS")
    check(not os.path.exists(new), "a file was created")


def another_abi_is_killed(how):
    for act in ("x32", "int80"):
        run = jail([CRIME, act], options=GOES_ON[how]).expect(159, "violation")
        equal(run.out, b"main ran\n", "stdout")
        contains(run.report["violation"]["text"], "another ABI", "text")
        equal(run.verdict["signal"], 31, "verdict.signal")


def flood_ends_in_time(how, act):
    run = jail([OFFENCES, act, "4"], options=[*GOES_ON[how], "--timeout=500ms"])
    run.expect(124, "timeout")
    check(run.report["time"]["wall_us"] < 5000000, "--timeout=500ms took long")
    calls = tolerated(run)
    equal(len({call["text"] for call in calls}), 1, "calls")
    check(sum(call["count"] for call in calls) > 0, "no call was seen")


# Threads that offend at once, and signals that interrupt them: each call that
# came back was seen, and counted once.
def crowd(how, place):
    run = went_on(jail([OFFENCES, "crowd", "4"], options=GOES_ON[how]))
    seen = results(run)
    equal(sum(seen), 200, "calls")
    calls = tolerated(run)
    equal(len(calls), 1, "places")
    equal(calls[0]["count"], seen[place], f"calls that came back: {seen}")
    check(seen[place] > 0, f"all were interrupted: {seen}")


def never_reported(how):
    run = jail([OFFENCES, "two_places"],
               options=[*GOES_ON[how], "--report=never"])
    equal(went_on(run).err, b"", "stderr")
    equal(len(tolerated(run)), 2, "calls.tolerated")


def no_call_no_word(how):
    """A run without any forbidden call."""
    run = jail([ENDS, "exit", "0"], options=GOES_ON[how]).expect(0, "clean")
    equal(tolerated(run), [], "calls.tolerated")
    return run


for each in GOES_ON:
    for function in (many_places, every_signal_blocked, another_thread,
                     left_by_its_leader, memory_is_from_the_pool,
                     refusals_stay_refusals, another_abi_is_killed,
                     never_reported):
        case(function, each, name=f"{each}_{function.__name__}")
    for flood in ("flood", "withdraw", "mixed"):
        case(flood_ends_in_time, each, flood,
             name=f"{each}_{flood}_ends_in_time")
case(crowd, "errno", 0, name="errno_crowd")
case(crowd, "log", 1, name="log_crowd")


# errno alone.
@case
def errno_is_a_jail():
    run = no_call_no_word("errno")
    equal(run.err, b"", "stderr")
    equal(run.report["mode"], "jailed", "mode")
    equal(run.report["posture"]["violation_notify"],
          {"state": "enforced",
           "detail": "forbidden calls are named by the kernel, and answered "
                     "with EPERM"}, "posture.violation_notify")


def errno_carries_nothing_out(act, result, code=0):
    run = jail([CRIME, act], options=ERRNO)
    went_on(run, code)
    equal(run.out, b"main ran\nresult " + result + b"\n", "stdout")
    equal(len(tolerated(run)), 1, "calls.tolerated")


for crime_act, crime_result in [
        ("fork", b"-1 1"), ("vfork", b"-1 1"), ("execve", b"-1 1"),
        ("system", b"32512 1"), ("popen", b"-1 1"), ("posix_spawn", b"-1 1"),
        ("clone", b"-1 1"), ("internet_socket", b"-1 1"),
        ("undo_protection", b"-1 1")]:
    case(errno_carries_nothing_out, crime_act, crime_result,
         name="errno_" + crime_act)


# An error handler of the program's own is what the option is for.
@case
def errno_is_recovered_from():
    run = jail([program("python3"), "-I", "-S", "-c",
                "import os\n"
                "try: os.fork()\n"
                "except PermissionError as e: print('refused', e.errno)\n"],
               options=ERRNO).expect(0, "clean")
    equal(run.out, b"refused 1\n", "stdout")
    equal([call["syscall"] for call in tolerated(run)], ["clone"], "calls")
    contains(run.err, b"no option allows it", "stderr")


# log alone.
def is_a_diagnosis(run):
    equal(run.error_lines()[0], DIAGNOSIS, "the first line")
    equal(run.report["mode"], "DIAGNOSIS, NO JAIL", "mode")
    layer = run.report["posture"]["violation_notify"]
    equal(layer["state"], "off", "posture.violation_notify")
    contains(layer["detail"], "no jail", "posture.violation_notify")
    return run


@case
def log_says_what_it_is():
    is_a_diagnosis(no_call_no_word("log"))
    for words in (["two_places"], ["many_places", "1"], ["blocked"]):
        is_a_diagnosis(went_on(jail([OFFENCES, *words], options=LOG)))
    # Also where the program dies all the same.
    is_a_diagnosis(jail([CRIME, "x32"], options=LOG).expect(159, "violation"))
    is_a_diagnosis(jail([ENDS, "signal", "15"], options=LOG).expect(143))
    is_a_diagnosis(jail([OFFENCES, "flood"],
                        options=[*LOG, "--timeout=200ms"]).expect(124))


@case
def log_keeps_the_other_layers():
    jailed = jail([ENDS, "exit", "0"]).expect(0).report["posture"]
    logged = jail([ENDS, "exit", "0"], options=LOG).expect(0).report["posture"]
    jailed.pop("violation_notify")
    logged.pop("violation_notify")
    equal(logged, jailed, "posture")
    secret = scratch_file("secret", b"text")
    run = jail([TRY], stdin=f"read {secret}\n".encode(), options=LOG)
    equal(run.expect(0, "clean").out, b"EACCES\n", "Landlock")


@case
def log_has_the_call_carried_out():
    run = jail([CRIME, "internet_socket"], options=LOG).expect(0, "clean")
    found = re.fullmatch(rb"main ran\nresult (\d+) 0\n", run.out)
    check(found and int(found[1]) > 2, f"no socket: {run.out}")
    is_a_diagnosis(run)


@case
def log_of_fork():
    run = jail([CRIME, "fork"], options=LOG).expect(0, "clean")
    equal([call["syscall"] for call in tolerated(run)], ["clone"], "calls")
    check(re.search(rb"^result [1-9]\d* 0$", run.out, re.MULTILINE),
          f"no child: {run.out}")


# What it starts ends with it, however deep.
def log_leaves_nothing(options, code):
    words = ["-I", "-S", "-c",
             "import os, signal\n"
             "for _ in range(3):\n"
             "  if os.fork() == 0:\n"
             "    if os.fork(): os._exit(0)\n"
             "    for number in range(1, 32):\n"
             "      try: signal.signal(number, signal.SIG_IGN)\n"
             "      except OSError: pass\n"
             "    while True: pass\n"
             + ("while True: pass\n" if code else "")]
    # One that was left would keep stdout open, and this waits for its end.
    run = jail([program("python3"), *words], options=[*LOG, *options])
    run.expect(code)
    check(any(call["syscall"] == "clone" for call in tolerated(run)),
          "nothing was started")


case(log_leaves_nothing, [], 0, name="log_leaves_nothing")
case(log_leaves_nothing, ["--timeout=2s"], 124,
     name="log_leaves_nothing_after_a_timeout")


@case
def log_of_a_child():
    run = went_on(jail([OFFENCES, "in_child"], options=LOG))
    calls = {call["text"]: call for call in tolerated(run)}
    child = calls.get("socket(10, 1, 0)")
    check(child, f"the child's call is not listed: {list(calls)}")
    contains(child["missing"], "a process that the program started", "missing")
    equal(child["arguments"], [], "arguments")
    equal(child["thread"]["main"], False, "thread.main")
    contains(run.err, b"in a process that the program started", "stderr")
    contains(run.err, b"after main began, in another process (", "stderr")


# A program that a forbidden call starts has the filter, and no pool: its first
# memory call ends it.
@case
def log_of_execve():
    run = jail([CRIME, "execve"], options=LOG).expect(159, "violation")
    calls = run.report["calls"]["tolerated"]
    equal([(call["syscall"], call["count"]) for call in calls], [("execve", 1)],
          "calls.tolerated")
    contains(calls[0]["function"], "execve", "the place")
    contains(run.report["violation"]["reason"],
             "in the program that execve started", "violation.reason")
    contains(run.err, b"the diagnosis ends at execve", "stderr")
    is_a_diagnosis(run)


@case
def log_of_its_own_death():
    # By a way that is forbidden.
    run = jail([CRIME, "raw", "200", "pid", "9"], options=LOG)
    run.expect(137, "crashed")
    equal([call["syscall"] for call in tolerated(run)], ["tkill"],
          "calls.tolerated")
    is_a_diagnosis(run)


@case
def log_of_a_second_listener():
    run = jail([CRIME, "raw", "317", "1", "8", "buffer"], options=LOG)
    # An empty filter is refused by the kernel itself.
    contains(run.expect(0, "clean").out, b"result -22\n", "stdout")
    equal([call["syscall"] for call in tolerated(run)], ["seccomp"], "calls")


# With other options.
@case
def allowed_calls_are_not_listed():
    for options in GOES_ON.values():
        run = went_on(jail([OFFENCES, "two_places"],
                           options=[*options, "--allow=@network"]))
        equal(tolerated(run), [], "calls.tolerated")
        equal(results(run), (0, 5, 0), "results")


@case
def where_the_listener_is_sent():
    under = [DEGRADE, "pidfd_getfd=EPERM", "--"]
    for how, options in GOES_ON.items():
        run = went_on(jail([OFFENCES, "two_places"], options=options,
                           under=under))
        equal(sum(count for _, count in counted(run)), 5, how)


@case
def unjailed_tolerates_nothing():
    for options in GOES_ON.values():
        run = jail([CRIME, "internet_socket"],
                   options=[*options, "--unjailed"]).expect(0)
        equal(tolerated(run), [], "calls.tolerated")
        contains(run.err, b"NOT JAILED", "stderr")


def wrong_value(value):
    run = bare([f"--on-violation={value}", ENDS]).expect(125)
    equal(run.out, b"", "stdout")
    contains(run.error_lines()[0], "use kill, errno or log", "stderr")


for wrong in ("KILL", "no", "errno,log", "kill ", "0"):
    case(wrong_value, wrong, name="wrong_value_" + wrong)


@case
def empty_value():
    run = bare(["--on-violation=", ENDS]).expect(125)
    equal(run.error_lines()[0], "jailrun: --on-violation: the value is empty",
          "stderr")


@case
def value_from_the_next_word():
    run = jail([OFFENCES, "two_places"], options=["--on-violation", "errno"])
    equal(results(went_on(run)), (5, 0, 0), "results")


# What takes a listener is refused where none can be had.
NO_LISTENER = {
    "another listener": (["--listener"], "Device or resource busy"),
    "a container's profile": (["seccomp:1/8=EPERM"], "Operation not permitted"),
    "before 5.0": (["seccomp:1/8=EINVAL"], "Invalid argument"),
    "before 5.7": (["seccomp:1/16=EINVAL"], "Invalid argument"),
}


def needs_a_listener(how, failures, why):
    run = jail([OFFENCES, "two_places"], options=GOES_ON[how],
               under=[DEGRADE, *failures, "--"])
    run.expect(125, "setup_failed")
    equal(run.out, b"", "main ran")
    reason = f"--on-violation={how} needs a listener to the program's calls: "
    equal(run.verdict["reason"], reason + why, "verdict.reason")
    text = run.err.decode()
    contains(text, f"jailrun: {reason}{why}\n", "stderr")
    contains(text, "leave it out: a forbidden call is then killed", "stderr")
    equal(run.report["posture"]["locked"], False, "posture.locked")


for each in GOES_ON:
    for label, (failures, why) in NO_LISTENER.items():
        case(needs_a_listener, each, failures, why,
             name=f"{each}_needs_a_listener/" + label.replace(" ", "_"))

main()
