#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""A program under jailrun sees the environment, arguments, descriptors,
signals and limits that it would see without; and jailrun works wherever it
lies and whatever it was given."""

import os
import re
import resource
import shutil
import signal
import subprocess

from harness import (Failure, case, check, contains, equal, execute, fixture,
                     jail, jailrun_path, main, program, runfile, scratch,
                     scratch_file)

PROBE = fixture("probe")
ENDS = fixture("ends")
PATH = {"PATH": "/usr/bin:/bin"}

# What the jail changes on purpose.
BY_DESIGN = re.compile(rb"^(NoNewPrivs|Seccomp|Speculation\w*):")
SIGSYS_BIT = 1 << signal.SIGSYS - 1


class Seen:
    """What fixtures/probe.cc prints."""

    def __init__(self, run):
        check(run.code == 0, f"the probe ended with {run.code}: {run.err!r}")
        self.lines = []
        for line in run.out.decode().splitlines():
            kind, _, digits = line.partition(" ")
            self.lines.append((kind, bytes.fromhex(digits)))
        equal(self.of("error"), [], "the probe's errors")

    def of(self, kind):
        return [value for name, value in self.lines if name == kind]

    def names(self, kind):
        """The strings of an environment as it lies in memory."""
        return [text for text in self.of(kind)[0].split(b"\0") if text]

    def descriptors(self):
        # A pipe of one run is not the pipe of the other.
        return sorted(re.sub(rb"(pipe|socket):\[\d+\]", rb"\1", line)
                      for line in self.of("fd"))

    def status(self):
        kept = []
        for line in self.of("status"):
            if BY_DESIGN.match(line):
                continue
            if line.startswith(b"Sig"):
                name, bits = line.split(b":")
                line = b"%s: %x" % (name, int(bits, 16) & ~SIGSYS_BIT)
            kept.append(line)
        return kept


# What a jailed program has of these at the most; the rest is inherited.
CAPS = {resource.RLIMIT_STACK: 8 << 20, resource.RLIMIT_NOFILE: 1024,
        resource.RLIMIT_CORE: 0}


def capped(line):
    """A line "KIND SOFT HARD" as it must be under jailrun."""
    kind, soft, hard = (int(word) for word in line.split())
    most = CAPS.get(kind, hard)
    return b"%d %d %d" % (kind, min(soft, most), min(hard, most))


def compare(arguments=(), options=(), command=(PROBE,), jailrun=None, **more):
    """Probes both ways; returns what was seen under jailrun."""
    plain = Seen(execute([*command, *arguments], **more))
    run = jail([*command, *arguments], jailrun=jailrun,
               options=["--ro=/proc/self/environ", *options], **more)
    seen = Seen(run.expect(0, "clean"))
    equal(run.err, b"", "stderr")
    equal(run.report["posture"]["locked"], True, "posture.locked")
    for kind in ("argv", "envp", "environ", "cwd", "priority", "LD_PRELOAD",
                 "secret"):
        equal(seen.of(kind), plain.of(kind), kind)
    equal(seen.of("limit"), [capped(line) for line in plain.of("limit")],
          "limits")
    equal(seen.names("environ_bytes"), plain.names("environ_bytes"),
          "the environment's strings in memory")
    if seen.of("environ_file"):
        equal(seen.names("environ_file"), plain.names("environ_file"),
              "/proc/self/environ")
    else:
        # Not dumpable, so the file is root's.
        equal(seen.of("environ_file_error"), [b"EACCES"], "/proc/self/environ")
        check(os.geteuid() != 0, "/proc/self/environ cannot be opened by root")
    everything = b"\0".join(value for _, value in seen.lines)
    for ours in (b"CELLBLOCK", b"libcellblock"):
        check(ours not in everything, f"{ours.decode()} can be seen")
    equal(seen.descriptors(), plain.descriptors(), "descriptors")
    equal(seen.status(), plain.status(), "status")
    return seen


# Environments.
ENVIRONMENTS = {
    "usual": {**PATH, "HOME": "/nowhere", "LANG": "C.UTF-8"},
    "empty": {},
    "one": {"A": "b"},
    "empty_value": {"A": "", "B": ""},
    "preload": {**PATH, "LD_PRELOAD": "libm.so.6"},
    "preload_two": {**PATH, "LD_PRELOAD": "libm.so.6:libdl.so.2"},
    "preload_blank": {**PATH, "LD_PRELOAD": "libm.so.6 libdl.so.2"},
    "preload_empty": {**PATH, "LD_PRELOAD": ""},
    "preload_only": {"LD_PRELOAD": "libm.so.6"},
    "preload_first": {"LD_PRELOAD": "libm.so.6", **PATH},
    "preload_lookalike": {"LD_PRELOADED": "a", "XLD_PRELOAD": "b", "LD": "c"},
    "thousand": {f"VARIABLE_{n}": "v" * n for n in range(1000)},
    "long": {"LONG": "l" * 120000},
    "bytes": {b"BYTES": bytes(range(1, 256))},
    "bind_now": {**PATH, "LD_BIND_NOW": "1"},
    "library_path": {**PATH, "LD_LIBRARY_PATH": "/nowhere:/usr/lib"},
    "tunables": {**PATH, "GLIBC_TUNABLES": "glibc.malloc.check=3"},
}

for environment_name, environment in ENVIRONMENTS.items():
    case(lambda env=environment: compare(env=env),
         name=f"environment_{environment_name}")


@case
def env_prints_the_same():
    for env in ENVIRONMENTS.values():
        command = [program("env")]
        plain = execute(command, env=env).expect(0)
        jailed = jail(command, env=env).expect(0, "clean")
        equal(jailed.out, plain.out, "env")
        equal(jailed.err, plain.err, "stderr")


@case
def missing_preload_is_the_users_affair():
    # The loader says so, and goes on.
    env = {**PATH, "LD_PRELOAD": "/no/such/lib.so"}
    plain = execute([program("env")], env=env)
    jailed = jail([program("env")], env=env).expect(0, "clean")
    equal(jailed.out, plain.out, "env")
    equal(jailed.err.replace(jailrun_path().encode(), b""), plain.err,
          "stderr")


@case
def preloaded_library_is_jailed_too():
    run = jail([ENDS, "exit", "3"],
               env={"LD_PRELOAD": "libm.so.6 libpthread.so.0"})
    run.expect(3, "program_error")
    equal(run.report["posture"]["locked"], True, "posture.locked")


def with_raw_environment(*texts):
    """jailrun on `ends`, with these strings at the end of its environment."""
    report = scratch_file("raw_report")
    # A file, for the report: a descriptor would have to live through two execs.
    with open(report, "wb") as file:
        fd = file.fileno()
        run = execute([PROBE, "exec-with", *texts, "--", jailrun_path(),
                       "--pool=200M", f"--json-fd={fd}", "--", ENDS, "exit",
                       "5"], pass_fds=(fd,), env=PATH)
    run.report_text = open(report, "rb").read()
    return run


def runs_locked_or_not_at_all(*texts):
    run = with_raw_environment(*texts)
    if b"main ran" in run.out:
        equal(run.report["posture"]["locked"], True,
              "main ran, and posture.locked")
        run.expect(5, "program_error")
    else:
        run.expect(125, "setup_failed")


for raw_name, raw_texts in {
        "two_preloads": ("LD_PRELOAD=libm.so.6", "LD_PRELOAD=libdl.so.2"),
        "two_empty_preloads": ("LD_PRELOAD=", "LD_PRELOAD="),
        "trace_loaded_objects": ("LD_TRACE_LOADED_OBJECTS=1",),
        "own_variable": ("CELLBLOCK_CONTROL=0,1",),
        "own_variable_twice": ("CELLBLOCK_CONTROL=0,1",
                               "CELLBLOCK_CONTROL=nonsense"),
        "no_equals": ("NONSENSE", "=", "=x", "LD_PRELOAD"),
}.items():
    case(runs_locked_or_not_at_all, *raw_texts, name=f"raw_{raw_name}")


@case
def raw_strings_change_nothing():
    equal(with_raw_environment("NONSENSE", "=").code, 5, "exit code")


# Arguments.
@case
def arguments_are_untouched():
    compare(["", " ", "-x", "--pool=0", "--", "ä", "a\nb", "\x7f", "$PATH",
             "*", b"\xff\xfe", "x" * 100000])
    compare([str(n) for n in range(2000)])


@case
def own_name_is_the_given_one():
    run = jail(["env", "--version"], env=PATH).expect(0, "clean")
    check(run.out.startswith(b"env "), f"env says {run.out[:30]!r}")


# Descriptors.
@case
def descriptors_are_inherited():
    read_end, write_end = os.pipe()
    null = os.open("/dev/null", os.O_RDWR)
    try:
        compare(pass_fds=(read_end, write_end, null))
    finally:
        for fd in (read_end, write_end, null):
            os.close(fd)


# Only those that are named: what jailrun itself happens to hold is not the
# program's.
@case
def other_descriptors_are_closed():
    # Numbers that ls does not use for itself.
    null, named = 50, 51
    for number in (null, named):
        os.dup2(1, number)
    try:
        run = execute([jailrun_path(), f"--pass-fd={named}", "--",
                       "/usr/bin/ls", "/proc/self/fd"],
                      pass_fds=(null, named))
        equal(run.code, 0, "exit code")
        # ls itself opens the folder.
        listed = {int(number) for number in run.out.split()}
        check({0, 1, 2, named} <= listed, f"descriptors {listed}")
        check(null not in listed, f"{null} is open: {listed}")
        equal(len(listed), 5, "descriptors")
    finally:
        os.close(null)
        os.close(named)


def closed(*numbers):
    def close():
        for number in numbers:
            os.close(number)
    return close


for closed_numbers in ((0,), (2,), (0, 2)):
    case(lambda numbers=closed_numbers: compare(
        preexec_fn=closed(*numbers)),
         name="closed_" + "_".join(map(str, closed_numbers)))


@case
def closed_standard_output():
    # Nothing of ours takes its place.
    for numbers in ((1,), (0, 1, 2)):
        code = "import os, sys\ntry: os.fstat(1)\nexcept OSError: " \
               "os._exit(41)\nos._exit(42)"
        run = jail([program("python3"), "-I", "-S", "-c", code],
                   preexec_fn=closed(*numbers))
        run.expect(41)


# Signals, limits and the like.
def with_signals(blocked, ignored):
    def prepare():
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)
    return {"preexec_fn": prepare, "restore_signals": False}


@case
def signals_are_inherited():
    compare(**with_signals([], []))
    compare(**with_signals([signal.SIGUSR1, signal.SIGTERM, signal.SIGINT],
                           [signal.SIGHUP, signal.SIGPIPE, signal.SIGQUIT]))
    compare(**with_signals(signal.valid_signals(), []))


@case
def sigsys_blocked_or_ignored_before():
    for blocked, ignored in (([signal.SIGSYS], []), ([], [signal.SIGSYS]),
                             ([signal.SIGSYS], [signal.SIGSYS])):
        compare(**with_signals(blocked, ignored))
        run = jail([program("python3"), "-I", "-S", "-c",
                    "print(len(bytes(10000000)))"],
                   **with_signals(blocked, ignored)).expect(0, "clean")
        equal(run.out, b"10000000\n", "stdout")


@case
def ignored_sigchld_hides_no_exit_code():
    run = jail([ENDS, "exit", "42"], **with_signals([], [signal.SIGCHLD]))
    run.expect(42, "program_error")
    run = jail([ENDS, "abort"], **with_signals([], [signal.SIGCHLD]))
    run.expect(134, "crashed")


@case
def umask_limits_and_priority_are_inherited():
    def prepare():
        os.umask(0o137)
        os.nice(3)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))
        resource.setrlimit(resource.RLIMIT_CPU, (1000, 1000))
    compare(preexec_fn=prepare)


def limited(kind, value):
    return lambda: resource.setrlimit(kind, (value, value))


@case
def few_descriptors_suffice():
    jail([ENDS, "exit", "5"], preexec_fn=limited(resource.RLIMIT_NOFILE, 20))


def runs_or_says_why(kind, value):
    run = execute([jailrun_path(), "--pool=200M", "--", ENDS, "exit", "5"],
                  preexec_fn=limited(kind, value))
    if run.code == 5:
        return
    equal(run.code, 125, f"exit code ({run.err!r})")
    contains(run.err, b"jailrun: ", "stderr")
    equal(run.out, b"", "stdout")


for limit_name, limit_kind, limit_value in [
        *((f"{number}_descriptors", resource.RLIMIT_NOFILE, number)
          for number in range(3, 16)),
        ("no_file_size", resource.RLIMIT_FSIZE, 0),
        ("little_address_space", resource.RLIMIT_AS, 100 << 20),
]:
    case(runs_or_says_why, limit_kind, limit_value, name=f"limit_{limit_name}")


# Working directories.
@case
def works_from_any_directory():
    compare(cwd="/")
    folder = os.path.join(scratch(), "folder")
    os.makedirs(folder)
    compare(cwd=folder)
    run = execute([os.path.relpath(jailrun_path(), folder), "--pool=200M",
                   "--", ENDS, "exit", "5"], cwd=folder)
    run.expect(5)


@case
def works_from_a_deleted_directory():
    folder = os.path.join(scratch(), "deleted")
    os.makedirs(folder)

    def leave():
        os.chdir(folder)
        os.rmdir(folder)
    jail([ENDS, "exit", "5"], preexec_fn=leave).expect(5)


# Places of jailrun itself.
def copied(folder_name, mode=0o755):
    """jailrun and its runtime, copied to a folder of that name."""
    folder = os.path.join(scratch(), "copies", folder_name)
    os.makedirs(folder, mode)
    shutil.copyfile(jailrun_path(), os.path.join(folder, "jailrun"))
    os.chmod(os.path.join(folder, "jailrun"), 0o755)
    name = "libcellblock_runtime.so"
    shutil.copyfile(runfile("tools/jailrun/" + name),
                    os.path.join(folder, name))
    return os.path.join(folder, "jailrun")


def works_at(folder_name):
    jailrun = copied(folder_name)
    try:
        for env in (PATH, {}, {"LD_PRELOAD": "libm.so.6"}):
            compare(jailrun=jailrun, env=env)
        jail([ENDS, "exit", "5"], jailrun=jailrun).expect(5, "program_error")
    finally:
        shutil.rmtree(os.path.dirname(jailrun))


for place_name, place in {
        "usual": "usual",
        "space": "with a space",
        "colon": "with:colon",
        "dollar": "with$dollar",
        "origin": "$ORIGIN",
        "lib": "${LIB}",
        "semicolon": "with;semicolon",
        "all": "all : of $LIB them;",
        "newline": "new\nline",
        "tab": "with\ttab",
        "quote": "with'quote\"s",
        "backslash": "with\\backslash",
        "percent": "%s%n",
        "unicode": "ünï",
        "deep": "/".join(["d" * 100] * 15),
}.items():
    case(works_at, place, name=f"place_{place_name}")


@case
def works_through_a_link():
    link = os.path.join(scratch(), "link")
    os.symlink(jailrun_path(), link)
    jail([ENDS, "exit", "5"], jailrun=link).expect(5)


@case
def works_through_path():
    folder = os.path.dirname(copied("in path"))
    run = execute(["jailrun", "--pool=200M", "--", ENDS, "exit", "5"],
                  env={"PATH": folder})
    run.expect(5)


@case
def missing_runtime_is_named():
    jailrun = copied("no runtime")
    os.remove(os.path.join(os.path.dirname(jailrun),
                           "libcellblock_runtime.so"))
    run = jail([ENDS, "exit", "5"], jailrun=jailrun)
    run.expect(125, "setup_failed")
    contains(run.err, b"libcellblock_runtime.so", "stderr")
    equal(run.out, b"", "stdout")


@case
def foreign_runtime_is_no_lock():
    # Something else under the runtime's name: never taken for a locked run.
    for content in (b"", b"no library at all", None):
        jailrun = copied(f"foreign {content!r}")
        runtime = os.path.join(os.path.dirname(jailrun),
                               "libcellblock_runtime.so")
        if content is None:
            shutil.copyfile("/lib/x86_64-linux-gnu/libm.so.6", runtime)
        else:
            with open(runtime, "wb") as file:
                file.write(content)
        run = jail([ENDS, "exit", "0"], jailrun=jailrun)
        run.expect(125, "setup_failed")


@case
def runtime_outside_jailrun_says_so():
    run = execute([program("env")], env={
        **PATH, "LD_PRELOAD": runfile("tools/jailrun/libcellblock_runtime.so")})
    run.expect(125)
    contains(run.err, b"jailrun", "stderr")


@case
def pipes_and_subshells_work():
    command = f"printf 'b\\na\\n' | '{jailrun_path()}' --pool=200M -- " \
              f"{program('sort')} | head -n 1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True,
                          check=False, timeout=20)
    equal((done.stdout, done.stderr), (b"a\n", b""), "sort in a pipe")


@case
def broken_pipe_ends_the_program():
    command = [program("python3"), "-I", "-S", "-c",
               "import signal\nsignal.signal(signal.SIGPIPE, signal.SIG_DFL)\n"
               "while True: print('y' * 1000)"]
    child = subprocess.Popen([jailrun_path(), "--pool=200M", "--", *command],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.read(10)
    child.stdout.close()
    try:
        code = child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        raise Failure("no end after its reader has gone") from None
    equal(code, 128 + signal.SIGPIPE, "exit code")
    child.stderr.close()


main()
