#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""`jailrun doctor` tells what this kernel can enforce, and agrees with what a
run then does: it exits with 1 iff a run ends with 125.

A filter of the fixture `degrade` makes this kernel look like another, for the
doctor and for a run alike; where a filter cannot, strace answers.
"""

import functools
import json
import os
import resource
import shutil
import tempfile

from harness import (bare, case, check, contains, equal, execute, fixture,
                     jail, jailrun_path, main, program, runfile, scratch)

DEGRADE = fixture("degrade")
ENDS = fixture("ends")

REQUIRED = [
    "process_start", "process_wait", "parent_death_signal", "no_new_privs",
    "capabilities", "limits", "memfd_sealing", "socket_pair",
    "runtime_library", "loader", "seccomp_filters", "hand_over",
    "continue_call", "signals", "undumpable", "look_inside", "proc_status",
    "canary", "trial_run"
]
OPTIONAL = [
    "user_notification", "wait_killable", "sync_wake_up", "landlock",
    "no_exec_gain", "sealing", "speculation"
]
INFORMATION = [
    "seccomp_actions", "outer_filter", "x32_calls", "int80_calls",
    "cgroup_memory", "huge_pages", "overcommit"
]
NEEDS = {
    **dict.fromkeys(REQUIRED, "required"),
    **dict.fromkeys(OPTIONAL, "optional"),
    **dict.fromkeys(INFORMATION, "information"),
}


def under(failures):
    return [DEGRADE, *failures, "--"] if failures else []


def doctor(*words, before=(), **more):
    return execute([*before, jailrun_path(), "doctor", *words], **more)


def findings(run):
    """The checks by name; the document is looked at on the way."""
    document = json.loads(run.out)
    equal(run.err, b"", "stderr")
    equal(run.out.count(b"\n"), 1, "lines of JSON")
    equal(list(document), ["jailrun", "checks", "verdict"], "keys")
    verdict = document["verdict"]
    equal(verdict["exit_code"], run.code, "verdict.exit_code")
    equal(verdict["can_confine"], run.code == 0, "verdict.can_confine")
    equal({one["name"]: one["need"] for one in document["checks"]}, NEEDS,
          "names and needs")
    for one in document["checks"]:
        equal(list(one), ["name", "state", "need", "detail", "consequence",
                          "fix"], "keys of a check")
        check(one["detail"], f"{one['name']} says nothing")
        for key in ("consequence", "fix"):
            equal(bool(one[key]), one["state"] != "ok",
                  f"{one['name']}: whether it has a {key}")
    return {one["name"]: one for one in document["checks"]}


def states(run):
    return {name: one["state"] for name, one in findings(run).items()
            if name not in INFORMATION}


@functools.cache
def whole():
    return states(doctor("--json").expect(0))


@case
def whole_machine():
    run = doctor("--json").expect(0)
    seen = findings(run)
    for name in REQUIRED:
        check(seen[name]["state"] in ("ok", "limited"), f"{seen[name]}")
    contains(json.loads(run.out)["verdict"]["text"],
             "jailrun can confine programs here, with every layer", "verdict")


# Only what cannot differ from one run to the next.
def lines_say_what_json_says(before, code):
    lines = doctor(before=before).expect(code).out.decode().splitlines()
    run = doctor("--json", before=before).expect(code)
    seen = findings(run)
    equal([line.split()[:2] for line in lines[:-1]],
          [[name, one["state"]] for name, one in seen.items()], "lines")
    for line, one in zip(lines, seen.values()):
        contains(line, one["detail"], one["name"])
        if one["state"] != "ok":
            contains(line, "; " + one["consequence"] + "; to do: " + one["fix"],
                     one["name"])
    equal(lines[-1], json.loads(run.out)["verdict"]["text"], "the last line")


case(lines_say_what_json_says, [], 0, name="lines/this_kernel")
case(lines_say_what_json_says, under(["--container"]), 0,
     name="lines/container")
case(lines_say_what_json_says, under(["capset=EPERM"]), 1,
     name="lines/cannot_confine")

MISSING, UNKNOWN, LIMITED = "missing", "unknown", "limited"
# Numbers that have no name in Linux 6.1's table, or none at all.
MSEAL = "462"
SECOND_FILTER = "seccomp:1=1:2/0xffffffff"

# What comes after a lock, and can then not be tried.
NO_NOTIFICATION = {
    "user_notification": MISSING,
    "hand_over": LIMITED,
    "continue_call": LIMITED,
    "wait_killable": UNKNOWN,
    "sync_wake_up": UNKNOWN,
}
NO_FILTERS = {**NO_NOTIFICATION, "seccomp_filters": MISSING, "canary": LIMITED}
NOT_TRIED = dict.fromkeys(NO_NOTIFICATION, UNKNOWN)
NO_PIDFD = {**NOT_TRIED, "process_wait": UNKNOWN, "signals": UNKNOWN,
            "look_inside": UNKNOWN}
NO_HAND_OVER = {
    "hand_over": MISSING, "continue_call": UNKNOWN, "sync_wake_up": UNKNOWN
}

# Each row: what fails, what is not as on this kernel, and of the first of them
# what its detail has to say. Whatever a run cannot do without shows in
# trial_run too.
LAYERS = {
    "this kernel": ([], {}, ""),
    "no listener": (["seccomp:1/8=EINVAL"], NO_NOTIFICATION,
                    "seccomp(SECCOMP_SET_MODE_FILTER): Invalid argument"),
    "no listener by a profile":
        (["seccomp:1/8=EPERM"], NO_NOTIFICATION, "Operation not permitted"),
    "another listener": (["--listener"], NO_NOTIFICATION,
                         "Device or resource busy"),
    "no TSYNC_ESRCH": (["seccomp:1/16=EINVAL"], NO_NOTIFICATION,
                       "Invalid argument"),
    "before 5.19": (["seccomp:1/32=EINVAL"], {"wait_killable": MISSING},
                    "WAIT_KILLABLE_RECV"),
    "before 6.6": (["ioctl:1=0x40082104=EINVAL"], {"sync_wake_up": MISSING},
                   "NOTIF_SET_FLAGS"),
    "before 6.3": (["prctl:0=65=EINVAL"], {"no_exec_gain": MISSING},
                   "prctl(PR_SET_MDWE): Invalid argument"),
    "MDWE does nothing": (["prctl:0=65=0"], {"no_exec_gain": MISSING},
                          "does nothing"),
    "before 6.10": ([MSEAL + "=ENOSYS"], {"sealing": MISSING},
                    "mseal: Function not implemented"),
    "mseal does nothing": ([MSEAL + "=0"], {"sealing": MISSING},
                           "does nothing"),
    "before 5.13": (["landlock_create_ruleset=ENOSYS"], {"landlock": MISSING},
                    "this kernel has no Landlock: Function not implemented"),
    "Landlock off at boot":
        (["landlock_create_ruleset=EOPNOTSUPP"], {"landlock": MISSING},
         "Operation not supported"),
    "Landlock has no ruleset":
        (["landlock_create_ruleset:2=0=EPERM"], {"landlock": MISSING},
         "landlock_create_ruleset: Operation not permitted"),
    "Landlock restricts nobody":
        (["landlock_restrict_self=EPERM"], {"landlock": MISSING},
         "landlock_restrict_self: Operation not permitted"),
    "Landlock does nothing":
        (["landlock_restrict_self=0"], {"landlock": MISSING},
         "confines nothing"),
    "before 4.17": (["prctl:0=52=EINVAL", "prctl:0=53=EINVAL"],
                    {"speculation": MISSING}, "this kernel knows no such"),
    "speculation stays on": (["prctl:0=52=EPERM", "prctl:0=53=0"],
                             {"speculation": MISSING}, "and did not"),
    "the processor is not affected":
        (["prctl:0=52=0"], {"speculation": "ok"}, "harmless on this"),
    "pidfd_getfd": (["pidfd_getfd=EPERM"], {"hand_over": LIMITED},
                    "pidfd_getfd: Operation not permitted ("),
    "pidfd_send_signal": (["pidfd_send_signal=ENOSYS"], {"signals": LIMITED},
                          "kill works in its place"),
    "kill": (["kill=EPERM"], {"signals": LIMITED},
             "pidfd_send_signal works in its place"),
    "what no run needs": (["poll=EPERM", "pipe2=EPERM", "pipe=EPERM",
                           "pidfd_open=EPERM"], {}, ""),
    "container": (["--container"], {"hand_over": LIMITED}, "pidfd_getfd"),
}

FAILURES = {
    "no seccomp": (["seccomp=ENOSYS"], NO_FILTERS,
                   "Function not implemented"),
    "no TSYNC": (["seccomp:1/1=EINVAL"], NO_FILTERS, "Invalid argument"),
    "a thread with a filter": (["seccomp:1/1=ESRCH"], NO_FILTERS,
                               "locking every thread: No such process"),
    "seccomp does nothing": (["seccomp=0"], {**NO_FILTERS, "canary": MISSING},
                             "is accepted, and does nothing"),
    "no_new_privs":
        (["prctl:0=38=EPERM"],
         {"no_new_privs": MISSING, **NOT_TRIED, "seccomp_filters": UNKNOWN,
          "canary": LIMITED}, "Operation not permitted"),
    "undumpable": (["prctl:0=4=EPERM"],
                   {"undumpable": MISSING, "canary": LIMITED},
                   "prctl(PR_SET_DUMPABLE): Operation not permitted"),
    "undumpable does nothing": (["prctl:0=4=0"], {"undumpable": MISSING},
                                "does nothing"),
    "the parent's death": (["prctl:0=1=EPERM"],
                           {"parent_death_signal": MISSING},
                           "prctl(PR_SET_PDEATHSIG): Operation not permitted"),
    "no CLONE_PIDFD": (["clone:0/0x1000=EINVAL"],
                       {"process_start": MISSING, **NO_PIDFD},
                       "Invalid argument"),
    "no CLONE_VFORK": (["clone:0/0x4000=EPERM"], {"process_start": MISSING},
                       "Operation not permitted"),
    "memfd_create": (["memfd_create=ENOSYS"], {"memfd_sealing": MISSING},
                     "memfd_create: Function not implemented"),
    "seals": (["fcntl:1=1033=EINVAL"], {"memfd_sealing": MISSING},
              "fcntl(F_ADD_SEALS): Invalid argument"),
    "socketpair": (["socketpair=EPERM"],
                   {"socket_pair": MISSING, **NOT_TRIED},
                   "socketpair: Operation not permitted"),
    "capset": (["capset=EPERM"], {"capabilities": MISSING},
               "capset: Operation not permitted"),
    "limits": (["prlimit64=EPERM"], {"limits": MISSING},
               "prlimit64: Operation not permitted"),
    "the limit on descriptors":
        (["prlimit64:1=7:2/0xffffffff=EPERM"], {"limits": MISSING},
         "prlimit64: Operation not permitted"),
    "neither pidfd_getfd nor sendmsg":
        (["pidfd_getfd=EPERM", "sendmsg=EPERM"], NO_HAND_OVER,
         "sendmsg: Operation not permitted"),
    "neither pidfd_getfd nor recvmsg":
        (["pidfd_getfd=EPERM", "recvmsg=EPERM"], NO_HAND_OVER,
         "recvmsg: Operation not permitted"),
    "no second filter":
        (["pidfd_getfd=EPERM", SECOND_FILTER + "=EINVAL"],
         {"hand_over": MISSING, "seccomp_filters": LIMITED, "canary": LIMITED},
         "a second filter: Invalid argument"),
    "a second filter does nothing":
        (["pidfd_getfd=EPERM", SECOND_FILTER + "=0"],
         {"hand_over": MISSING, "seccomp_filters": MISSING, "canary": MISSING},
         "a second filter is accepted, and does nothing"),
    "the listener is not read":
        (["ioctl:1=0xc0502100=EPERM"], {"continue_call": MISSING},
         "reading a call: Operation not permitted"),
    "before 5.5": (["ioctl:1=0xc0182101=EINVAL"], {"continue_call": MISSING},
                   "letting a call through: Invalid argument"),
    "no signal may be sent":
        (["pidfd_send_signal=EPERM", "kill=EPERM"], {"signals": MISSING},
         "pidfd_send_signal: Operation not permitted"),
    "nothing can be waited for": (["ppoll=EPERM"], {"process_wait": MISSING},
                                  "ppoll: Operation not permitted"),
    "the descriptors cannot be listed":
        (["kcmp=EPERM", "getdents64=EPERM"], {"look_inside": MISSING},
         "its descriptors cannot be listed: Operation not permitted"),
    "the descriptors have no names":
        (["kcmp=EPERM", "readlinkat=EPERM"], {"look_inside": MISSING},
         "descriptor 0: Operation not permitted"),
    "no /proc": (["readlink=ENOENT"], {"runtime_library": MISSING},
                 "cannot tell where jailrun is"),
}


def agrees(failures, differs, detail, code):
    run = doctor("--json", before=under(failures)).expect(code)
    seen = findings(run)
    trial = {} if code == 0 else {"trial_run": MISSING}
    equal(states(run), {**whole(), **differs, **trial}, "states")
    for name in [*differs][:1]:
        contains(seen[name]["detail"], detail, name)
    text = json.loads(run.out)["verdict"]["text"]
    absent = [name for name in (REQUIRED if code else OPTIONAL)
              if states(run)[name] == MISSING]
    for name in absent:
        contains(text, name, "verdict.text")
    real = jail([ENDS, "exit", "0"], under=under(failures))
    real.expect(0 if code == 0 else 125)
    # The trial is that run. With this failure "the listener" is what stands
    # at descriptor 0, and the run stumbles over that.
    if code != 0 and failures != ["seccomp=0"]:
        equal(seen["trial_run"]["detail"], real.verdict["reason"], "trial_run")


for name, row in LAYERS.items():
    case(agrees, *row, 0, name="layers/" + name.replace(" ", "_"))
for name, row in FAILURES.items():
    case(agrees, *row, 1, name="failures/" + name.replace(" ", "_"))


# Where no process starts, nothing else can be tried.
@case
def no_process():
    run = doctor("--json", before=under(["clone=EPERM"])).expect(1)
    seen = states(run)
    equal(seen.pop("process_start"), MISSING, "process_start")
    equal(set(seen.values()), {UNKNOWN}, "the others")
    equal(json.loads(run.out)["verdict"]["text"],
          "jailrun cannot confine programs here: process_start", "verdict")
    jail([ENDS, "exit", "0"], under=under(["clone=EPERM"])).expect(125)


# What no call refuses by itself shows in the trial.
@case
def no_room_for_the_pool():
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (200 << 20, 200 << 20))

    run = doctor("--json", preexec_fn=limit).expect(1)
    equal(states(run), {**whole(), "trial_run": MISSING}, "states")
    contains(findings(run)["trial_run"]["detail"], "the pool cannot be made",
             "detail")
    execute([jailrun_path(), ENDS, "exit", "0"], preexec_fn=limit).expect(125)


@case
def no_large_files():
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    run = doctor("--json", preexec_fn=limit).expect(1)
    equal(findings(run)["memfd_sealing"]["detail"],
          "ftruncate: File too large", "detail")
    execute([jailrun_path(), ENDS, "exit", "0"], preexec_fn=limit).expect(125)


def other_runtime(content, detail):
    place = tempfile.mkdtemp(dir=scratch())
    command = os.path.join(place, "jailrun")
    shutil.copy(jailrun_path(), command)
    if content is not None:
        with open(os.path.join(place, "libcellblock_runtime.so"), "wb") as file:
            file.write(content)
    run = execute([command, "doctor", "--json"]).expect(1)
    equal(states(run), {**whole(), "runtime_library": MISSING,
                        "trial_run": MISSING}, "states")
    contains(findings(run)["runtime_library"]["detail"], detail, "detail")
    execute([command, ENDS, "exit", "0"]).expect(125)


def runtime():
    return open(runfile("tools/jailrun/libcellblock_runtime.so"), "rb").read()


case(other_runtime, None, "No such file or directory", name="runtime/none")
case(other_runtime, b"no library", "is not a library",
     name="runtime/no_library")
case(other_runtime, runtime()[:5000], "the system's loader refuses ",
     name="runtime/cut_off")


# The one place where the doctor is the stricter of the two: a run that fetches
# its listener does not need what is answered here.
@case
def a_kernel_that_lies():
    failure = under([SECOND_FILTER + "=0"])
    seen = states(doctor("--json", before=failure).expect(1))
    equal(seen["canary"], MISSING, "canary")
    equal(seen["trial_run"], "ok", "trial_run")
    jail([ENDS, "exit", "0"], under=failure).expect(0)
    jail([ENDS, "exit", "0"], under=failure,
         options=["--canary"]).expect(125)


def strace(*words):
    return [program("strace"), "-f", "-qq", "-o", "/dev/null", *words, "--"]


def older_landlock(version, lacks):
    name = "landlock_create_ruleset"
    run = doctor("--json", before=strace(
        "-e", "trace=" + name, "-e", f"inject={name}:retval={version}:when=1"))
    one = findings(run.expect(0))["landlock"]
    equal(one["state"], LIMITED if version < 6 else "ok", "state")
    contains(one["detail"], f"ABI {version} " + lacks, "detail")
    equal("--rw is refused" in one["detail"], version < 3, "whether --rw is")


SCOPES = "scopes for signals and abstract sockets"
for version, lacks in [
        (1, "lacks moving between directories, truncate, ioctl (not used), " +
         SCOPES),
        (2, "lacks truncate, "),
        (3, "lacks ioctl (not used), " + SCOPES),
        (5, "lacks " + SCOPES),
        (6, "with moving between directories, truncate, "),
]:
    case(older_landlock, version, lacks, name=f"landlock_{version}")


# No check but one makes this call as a call.
@case
def what_hangs_is_given_up():
    run = doctor("--json", before=strace(
        "-e", "trace=clock_gettime",
        "-e", "inject=clock_gettime:signal=SIGSTOP"))
    one = findings(run.expect(0))["outer_filter"]
    equal(one["state"], UNKNOWN, "state")
    equal(one["detail"], "no answer within 5 seconds", "detail")


@case
def what_an_outer_filter_refuses():
    run = doctor("--json", before=under(["mlock2=EPERM", "ppoll=ENOSYS"]))
    detail = findings(run.expect(1))["outer_filter"]["detail"]
    contains(detail, "Seccomp: 2, Seccomp_filters: ", "detail")
    contains(detail, "refused: mlock2 (EPERM), ppoll (ENOSYS)", "detail")


# The command line.
@case
def the_program_of_that_name():
    path = os.path.join(scratch(), "doctor")
    os.symlink(ENDS, path)
    search = dict(os.environ, PATH=scratch())
    run = execute([jailrun_path(), "--", "doctor", "exit", "7"], env=search)
    equal(run.expect(7).out, b"main ran\n", "stdout")
    run = execute([jailrun_path(), "--pool=1M", "doctor", "exit", "7"],
                  env=search)
    equal(run.expect(7).out, b"main ran\n", "stdout")


@case
def help_text():
    contains(bare(["doctor", "--help"]).expect(0).out, b"Usage: jailrun doctor",
             "stdout")
    contains(bare(["--help"]).expect(0).out, b"jailrun doctor", "stdout")


@case
def other_words():
    for words in (["--yaml"], ["--json", "more"], ["xz"], [""]):
        run = doctor(*words).expect(125)
        equal(run.out, b"", f"{words}: stdout")
        contains(run.err, b"jailrun: doctor ", f"{words}: stderr")


@case
def nobody_reads():
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        equal(execute(["/bin/sh", "-c",
                       f'exec "$0" doctor >&{write_end}', jailrun_path()],
                      pass_fds=(write_end,)).expect(0).err, b"", "stderr")
    finally:
        os.close(write_end)


@case
def standard_descriptors_are_closed():
    run = execute(["/bin/sh", "-c", 'exec "$0" doctor <&- >&- 2>&-',
                   jailrun_path()]).expect(0)
    equal(run.out + run.err, b"", "output")


main()
