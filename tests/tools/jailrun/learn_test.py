#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""`jailrun learn`: what it says that a program needs is what lets the program
pass in a jail, and no more; while it looks on, the program is as without it."""

import os
import signal
import subprocess
import tempfile
import time

from harness import (bare, case, check, contains, equal, execute, fixture,
                     jailrun_path, main, program, scratch, scratch_file)

SUBJECT = fixture("learn_subject")
DEGRADE = fixture("degrade")
LATE = os.path.realpath(fixture("late_library.so"))
MIB = 1 << 20


def learn(command, options=(), under=(), **more):
    """Learns from a command. The lesson is the JSON report."""
    with tempfile.TemporaryFile(dir=scratch()) as report:
        fd = 200
        os.dup2(report.fileno(), fd)
        try:
            run = execute([*under, jailrun_path(), "learn", f"--json-fd={fd}",
                           *options, "--", *command], pass_fds=(fd,), **more)
        finally:
            os.close(fd)
        report.seek(0)
        run.report_text = report.read()
    return run


def subject(*words, options=(), code=0, out=b"done\n", **more):
    run = learn([SUBJECT, *words], options=options, **more).expect(code)
    equal(run.out, out, "standard output")
    return run.report


def shell_words(line):
    """The words of a line, as a shell has them."""
    run = execute(["bash", "-c", "printf '%s\\0' " + line]).expect(0)
    return run.out.decode().split("\0")[:-1]


def suggested(lesson, env=None, **more):
    """Runs exactly the line that is suggested to a shell."""
    words = shell_words(lesson["shell"])
    at = words.index("jailrun")
    equal(words[at:], lesson["command"], "the line and the list of words")
    directory = os.path.dirname(jailrun_path())
    return execute(["bash", "-c", lesson["shell"]],
                   env={**(env or os.environ),
                        "PATH": directory + ":/usr/bin:/bin"}, **more)


def passes(lesson, out=b"done\n", code=0, **more):
    """Checks that the program passes as is suggested."""
    check(lesson["passes"], f"obstacles: {lesson['obstacles']}")
    run = suggested(lesson, **more).expect(code)
    equal(run.out, out, "standard output in the jail")
    return run


def needs(lesson, preset, *allowed):
    equal(lesson["preset"], preset, "preset")
    equal([each["allow"] for each in lesson["additions"]], list(allowed),
          "additions")
    for each in lesson["additions"]:
        check(each["cost"], f"no cost of {each['allow']}")


def obstacle(lesson, what):
    """Checks that this and nothing else stands in the way."""
    check(not lesson["passes"], "it is said to pass")
    equal(len(lesson["obstacles"]), 1, f"obstacles: {lesson['obstacles']}")
    contains(lesson["obstacles"][0]["what"], what, "the obstacle")
    check(lesson["obstacles"][0]["reason"], "no reason")


# Debian's programs: the same with learn, and with what it suggests.
TEXT = b"".join(b"line %d of a text\n" % (n * 7919 % 1000) for n in range(1000))


def same_program(words, stdin, environment):
    plain = execute(words, stdin=stdin, env=environment)
    run = learn(words, stdin=stdin, env=environment).expect(plain.code)
    equal(run.out, plain.out, "standard output while learning")
    lesson = run.report
    check(lesson["calls"]["before_main"] > 0, "no call before main")
    passes(lesson, out=plain.out, code=plain.code, stdin=stdin,
           env=environment)


def programs():
    text = scratch_file("text", TEXT)
    packed = scratch_file("text.xz", execute([program("xz"), "-c"], stdin=TEXT).out)
    database = scratch_file("rows.sql", b"create table t(a);\n"
                            b"insert into t values(1),(2);\n"
                            b"select sum(a) from t;\n")
    for name, words, stdin in [
            ("cat", ["/bin/cat", text], b""),
            ("sort", [program("sort"), "--parallel=1"], TEXT),
            ("gzip", [program("gzip"), "-c"], TEXT),
            ("xz", [program("xz"), "-c"], TEXT),
            ("unxz", [program("xz"), "-dc", packed], b""),
            ("sha256sum", [program("sha256sum"), text], b""),
            ("lua", [program("lua5.4"), "-e", "print(6 * 7)"], b""),
            ("grep", [program("grep"), "7"], TEXT),
            ("jq", [program("jq"), "."], b'{"a": [1, 2]}'),
            ("sqlite3", [program("sqlite3"), "-init", database, ":memory:"],
             b""),
            ("perl", [program("perl"), "-e", "print 6 * 7"], b""),
            ("perl_modules",
             [program("perl"), "-MPOSIX", "-e", "print floor(3.5)"], b""),
            ("python3", [program("python3"), "-I", "-c", "print(6 * 7)"], b""),
            ("python3_modules",
             [program("python3"), "-I", "-c",
              "import ctypes, json, sqlite3; print(json.dumps([1]))"], b""),
            ("fails", [program("gzip"), "-dc"], b"no archive"),
    ]:
        for locale in ("C", "C.UTF-8"):
            case(same_program, words, stdin,
                 {"PATH": "/usr/bin:/bin", "LANG": locale, "LC_ALL": locale},
                 name=f"programs/{name}/{locale}")


# Calls.

@case
def strict_is_enough():
    lesson = subject("nothing")
    needs(lesson, "strict")
    equal(lesson["answered"], [], "answered")
    equal(lesson["calls"]["after_main"], 2, "calls after main")
    passes(lesson)


@case
def a_constructor_needs_nothing():
    kinds = subject("nothing")["calls"]["kinds"]
    equal(sorted(kind["call"] for kind in kinds), ["exit_group", "write"],
          "calls after main")


@case
def a_socket():
    lesson = subject("socket")
    needs(lesson, "strict", "@network")
    contains(lesson["additions"][0]["for"], "socket(AF_INET, SOCK_STREAM",
             "the call")
    passes(lesson)


@case
def what_reaches_past_the_process():
    run = learn([SUBJECT, "kill_other"]).expect(0)
    needs(run.report, "strict", "unsafe:kill")
    contains(run.err.decode(), "unsafe, but needed: --allow=unsafe:kill, for "
             "kill(1, 0)", "the report")
    passes(run.report)


@case
def a_probe_is_answered_as_in_a_jail():
    lesson = subject("local_socket")
    needs(lesson, "decoder")
    equal(lesson["answered"],
          [{"call": "socket", "error": "EACCES", "count": 1,
            "carried_out": False}], "answered")
    passes(lesson)


@case
def a_descriptor_only_tried():
    lesson = subject("try_epoll")
    needs(lesson, "decoder")
    equal(lesson["answered"],
          [{"call": "epoll_create1", "error": "ENOSYS", "count": 1,
            "carried_out": True}], "answered")
    passes(lesson)


@case
def a_descriptor_used():
    lesson = subject("use_epoll")
    needs(lesson, "service")
    passes(lesson)


@case
def another_abi():
    obstacle(subject("int80"), "another ABI")


# Memory.

@case
def a_late_library():
    lesson = subject("load", LATE)
    equal(lesson["late_libraries"], [LATE], "late libraries")
    equal(lesson["loads"], [LATE], "loads")
    passes(lesson)
    load = "--load=" + LATE
    contains(lesson["shell"], load, "shell")
    without = suggested({
        **lesson, "shell": lesson["shell"].replace(load + " ", ""),
        "command": [word for word in lesson["command"] if word != load]})
    check(without.code != 0, "it loads late in a jail")


@case
def a_late_library_with_an_odd_name():
    odd = os.path.join(scratch(), "late: [library]*.so")
    with open(LATE, "rb") as library:
        scratch_file("late: [library]*.so", library.read())
    lesson = subject("load", odd)
    equal(lesson["late_libraries"], [odd], "late libraries")
    equal(lesson["loads"], [odd], "loads")
    passes(lesson)


@case
def late_libraries_of_a_preset():
    run = learn([program("perl"), "-MPOSIX", "-MSocket", "-e", "1"]).expect(0)
    check(len(run.report["late_libraries"]) > 1, "late libraries")
    equal(run.report["loads"], ["@perl"], "loads")
    contains(run.err, b"jailrun: needs --load=@perl: ", "stderr")


@case
def mappings_count():
    lesson = subject("raw_map", "32")
    equal(lesson["pool"]["mapped_beside_bytes"], 32 * MIB, "mapped")
    check(32 * MIB < lesson["pool"]["suggested_bytes"] < 40 * MIB,
          f"pool: {lesson['pool']}")
    passes(lesson)


@case
def code_made_at_run_time():
    for act in ("executable_memory", "code_from_pool"):
        lesson = subject(act)
        equal(lesson["answered"][-1], {"call": "executable memory",
                                       "error": "EACCES", "count": 1,
                                       "carried_out": False},
              "answered")
        passes(lesson)


@case
def a_shared_file():
    path = scratch_file("shared", b"x" * 4096)
    lesson = subject("shared_file", path)
    contains(lesson["answered"][-1]["call"], "shared mapping", "answered")
    passes(lesson)


@case
def a_pool_that_is_too_small_is_said_to_be():
    run = learn([program("xz"), "-c"], stdin=TEXT, options=["--pool=1M"])
    check(run.code != 0, "xz passes in a small pool")
    check(run.report["pool"]["failures"] > 0, "no failure")
    size = run.report["pool"]["suggested_bytes"]
    check(size > MIB, "no larger pool is suggested")
    contains(run.err.decode(), "this one ran out", "the report")
    check(b"is enough" not in run.err, f"the report: {run.err}")


# Threads and processes.

@case
def address_space():
    # Once, though it is reserved twice; not of the pool.
    lesson = subject("reserve", "1024")
    check("--reserve=1G" in lesson["command"], f"{lesson['command']}")
    equal(lesson["pool"]["reserve_bytes"], 1024 * MIB, "reserve_bytes")
    check(lesson["pool"]["suggested_bytes"] < 64 * MIB, f"{lesson['pool']}")
    passes(lesson)
    # What there is room for in the pool is no reason for an option.
    lesson = subject("reserve", "8")
    check(not any(word.startswith("--reserve") for word in lesson["command"]),
          f"{lesson['command']}")
    passes(lesson)
    # One that was given and is made use of stays.
    lesson = subject("reserve", "1024", options=["--reserve=1G"])
    check("--reserve=1G" in lesson["command"], f"{lesson['command']}")
    passes(lesson)


@case
def threads():
    lesson = subject("threads", "40")
    equal(lesson["threads"], 40, "threads")
    counts = {kind["call"]: kind["count"] for kind in lesson["calls"]["kinds"]}
    equal(counts["getppid"], 4000, "calls of the threads")
    needs(lesson, "decoder")
    check("--threads=40" in lesson["command"], f"{lesson['command']}")
    passes(lesson)


@case
def a_child_is_its_own():
    lesson = subject("fork")
    obstacle(lesson, "1 process, by clone")
    needs(lesson, "decoder")
    check(lesson["pool"]["suggested_bytes"] < MIB,
          f"the child's memory counts: {lesson['pool']}")


@case
def a_spawned_program():
    obstacle(subject("spawn"), "1 process, by clone")
    obstacle(subject("odd_child"), "1 process, by clone")


@case
def another_program():
    run = learn([SUBJECT, "become"]).expect(0)
    equal(run.out, b"became\n", "standard output")
    obstacle(run.report, "execve of /usr/bin/echo")
    contains(run.err.decode(), "learn from that one itself", "the report")


# Files.

@case
def a_file_made():
    directory = os.path.join(scratch(), "made")
    os.mkdir(directory)
    path = os.path.join(directory, "file")
    lesson = subject("create", path)
    equal(lesson["writable"], [os.path.realpath(directory)], "writable")
    needs(lesson, "decoder")
    os.remove(path)
    passes(lesson)
    with open(path, "rb") as file:
        equal(file.read(), b"new", "the file")


@case
def a_file_written():
    path = scratch_file("written", b"x")
    lesson = subject("append", path)
    equal(lesson["writable"], [os.path.realpath(path)], "writable")
    passes(lesson)


@case
def a_file_renamed():
    directory = os.path.join(scratch(), "renamed")
    os.mkdir(directory)
    path = os.path.join(directory, "file")
    with open(path, "w", encoding="ascii"):
        pass
    lesson = subject("move", "file", cwd=directory)
    equal(lesson["writable"], [os.path.realpath(directory)], "writable")
    passes(lesson, cwd=directory)


@case
def a_file_at_home():
    home = os.path.join(scratch(), "home")
    os.mkdir(home)
    environment = {**os.environ, "HOME": home}
    lesson = subject("create", os.path.join(home, "kept"), env=environment)
    equal(lesson["writable"], [os.path.realpath(home) + "/kept"], "writable")
    passes(lesson)
    os.remove(os.path.join(home, "kept"))
    os.mkdir(os.path.join(home, "sub"))
    lesson = subject("move", os.path.join(home, "sub"), env=environment)
    equal(lesson["unplaced"], [os.path.realpath(home) + "/sub",
                               os.path.realpath(home) + "/sub.moved"],
          "unplaced")
    check(not lesson["passes"], "it is said to pass")


@case
def a_file_that_the_command_line_does_not_name():
    path = os.path.realpath(scratch_file("unnamed", b"x"))
    lesson = subject("read_named", stdin=path.encode())
    equal(lesson["readable"], [path], "readable")
    passes(lesson, stdin=path.encode())
    without = [word for word in lesson["command"]
               if not word.startswith("--ro=")]
    check(bare(without[1:], stdin=path.encode()).code != 0,
          "it reads the file without --ro too")


@case
def a_file_that_the_command_line_names():
    path = scratch_file("named", b"x")
    lesson = subject("read_named", "input=" + path, stdin=path.encode())
    equal(lesson["readable"], [], "readable")
    passes(lesson, stdin=path.encode())


# Signals and job control.

@case
def its_own_signals():
    passes(subject("signals"))


@case
def the_end_by_a_signal():
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV):
        run = learn([SUBJECT, "end", str(int(number))]).expect(128 + number)
        equal(run.report["exit_code"], 128 + number, "exit code")


class Waiting:
    """A learned program that waits for a signal."""

    def __init__(self, act):
        self.learner = subprocess.Popen(
            [jailrun_path(), "learn", SUBJECT, act], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True)
        equal(self.learner.stdout.readline(), b"waiting\n", "the program")
        path = f"/proc/{self.learner.pid}/task/{self.learner.pid}/children"
        with open(path, encoding="ascii") as children:
            self.program = int(children.read().split()[0])

    def state(self):
        try:
            with open(f"/proc/{self.program}/stat", encoding="ascii") as file:
                return file.read().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return "gone"

    def become(self, states):
        deadline = time.monotonic() + 10
        while self.state() not in states:
            check(time.monotonic() < deadline, f"it stays {self.state()}")
            time.sleep(0.01)

    def end(self, code):
        out, err = self.learner.communicate(timeout=20)
        equal(self.learner.returncode, code, f"exit code ({err})")
        return out


@case
def a_signal_to_jailrun_reaches_the_program():
    waiting = Waiting("await_signal")
    waiting.learner.send_signal(signal.SIGUSR1)
    equal(waiting.end(0), b"done\n", "standard output")


@case
def ctrl_c_ends_both():
    waiting = Waiting("pause")
    os.killpg(waiting.learner.pid, signal.SIGINT)
    waiting.end(128 + signal.SIGINT)
    waiting.become(["gone"])


@case
def stopped_and_continued():
    waiting = Waiting("await_signal")
    os.kill(waiting.program, signal.SIGSTOP)
    waiting.become(["t", "T"])
    os.kill(waiting.program, signal.SIGCONT)
    waiting.become(["S"])
    os.kill(waiting.program, signal.SIGUSR1)
    equal(waiting.end(0), b"done\n", "standard output")


@case
def the_program_dies_with_jailrun():
    waiting = Waiting("pause")
    waiting.learner.kill()
    waiting.become(["gone", "Z"])
    waiting.learner.communicate()


# What it is told, and what it writes.

@case
def a_policy_file():
    path = os.path.join(scratch(), "learned.toml")
    run = learn([SUBJECT, "socket"], options=["--output=" + path]).expect(0)
    lesson = run.report
    equal(lesson["policy_file"], path, "policy_file")
    with open(path, encoding="ascii") as file:
        text = file.read()
    contains(text, 'inherit = "strict"\nallow = [\n  "@network",', "the file")
    contains(text, "it can send whatever it read", "the cost in the file")
    bare(["policy", "check", path]).expect(0)
    contains(lesson["command"], "--policy=" + path, "the command")
    passes(lesson)


@case
def a_policy_file_without_additions():
    path = os.path.join(scratch(), "small.toml")
    odd = "a\nb\x1b]0;\u00e9\"'\\"
    lesson = subject("nothing", odd, options=["--output", path])
    with open(path, encoding="ascii") as file:
        equal([line for line in file if not line.startswith("#")],
              ['inherit = "strict"\n'], "the file")
    bare(["policy", "check", path]).expect(0)
    passes(lesson)


@case
def a_policy_file_is_replaced():
    path = scratch_file("old.toml", b"x" * 10000)
    subject("nothing", options=["--output=" + path])
    bare(["policy", "check", path]).expect(0)


@case
def a_policy_file_that_cannot_be_written():
    path = os.path.join(scratch(), "nowhere/at/all.toml")
    run = learn([SUBJECT, "nothing"], options=["--output=" + path]).expect(125)
    equal(run.out, b"", "standard output: the program ran")
    contains(run.err.decode(), path, "the message")


@case
def no_policy_file_of_nothing():
    path = os.path.join(scratch(), "nothing.toml")
    learn(["/nowhere"], options=["--output=" + path]).expect(127)
    check(not os.path.exists(path), "a policy file of a run that was none")


@case
def a_line_for_a_shell():
    lesson = subject("nothing", "it's", "a b", "$(x)", "", "tab\t\\", "*")
    equal(shell_words(lesson["shell"])[-6:],
          ["it's", "a b", "$(x)", "", "tab\t\\", "*"], "the line")
    passes(lesson)


@case
def what_is_suggested_is_tried():
    path = scratch_file("input", TEXT)
    with open(path, "rb") as source:
        run = learn([program("sha256sum")], options=["--verify"],
                    stdin=source).expect(0)
    equal(run.out.count(b"\n"), 1, "lines of output")
    equal(run.report["verification"],
          {"exit_code": 0, "same": True, "same_input": True}, "verification")
    contains(run.err.decode(), "verified: run so, it ended with exit code 0, "
             "as here\n", "the report")


@case
def what_does_not_pass_is_seen_not_to():
    run = learn([SUBJECT, "fork"], options=["--verify"]).expect(0)
    equal(run.report["verification"],
          {"exit_code": 159, "same": False, "same_input": False},
          "verification")
    contains(run.err.decode(), "NOT verified: run so, with an empty standard "
             "input, since it cannot be read twice, it ended with exit code "
             "159, and here with 0", "the report")


# The first reader of the pipe gets an end; the second waits.
@case
def signals_end_the_verification():
    pipe = os.path.join(scratch(), "pipe")
    policy = os.path.join(scratch(), "verified.toml")
    os.mkfifo(pipe)
    with subprocess.Popen(
            [jailrun_path(), "learn", "--verify", "--output=" + policy,
             "/usr/bin/cat", pipe], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as learner:
        try:
            os.close(os.open(pipe, os.O_WRONLY))
            until = time.monotonic() + 20
            while not os.path.exists(policy) or os.path.getsize(policy) == 0:
                check(time.monotonic() < until, "there is no policy")
                time.sleep(0.01)
            learner.send_signal(signal.SIGTERM)
            equal(learner.wait(timeout=20), -signal.SIGTERM, "its end")
        finally:
            learner.kill()


@case
def a_late_library_is_there_when_it_is_tried():
    lesson = subject("load", LATE, options=["--verify"])
    equal(lesson["verification"]["same"], True, "the same end")


@case
def options_of_the_run_stay():
    lesson = subject("nothing",
                     options=["--pool", "64M", "--zero", "--commit=populate"])
    equal([word for word in lesson["command"] if word.startswith("--")][2:],
          ["--zero", "--commit=populate", "--"], "options")
    passes(lesson)


@case
def a_descriptor_passed():
    reading, writing = os.pipe()
    os.write(writing, b"x")
    os.close(writing)
    run = execute([jailrun_path(), "learn", f"--pass-fd={reading}", "--",
                   program("perl"), "-e",
                   f"open(F, '<&={reading}') or die; print <F>"],
                  pass_fds=(reading,)).expect(0)
    os.close(reading)
    equal(run.out, b"x", "standard output")
    contains(run.err.decode(), f" --pass-fd={reading} ", "the line")


@case
def the_report_goes_to_standard_error():
    run = bare(["learn", SUBJECT, "nothing"]).expect(0)
    equal(run.out, b"done\n", "standard output")
    text = run.err.decode()
    contains(text, "WITHOUT A JAIL", "the report")
    contains(text, "another may take other paths", "the report")
    contains(text, "run it by: jailrun --preset=strict --pool=", "the report")


@case
def help_is_given():
    run = bare(["learn", "--help"]).expect(0)
    contains(run.out.decode(), "--output=FILE", "the help")
    contains(bare(["--help"]).out.decode(), "jailrun learn", "jailrun --help")


@case
def what_is_not_understood():
    for words, wanted in [
            (["learn"], "no program"),
            (["learn", "--preset=strict", "true"], "--preset=strict"),
            (["learn", "--output=", "true"], "--output"),
            (["learn", "--output"], "--output"),
            (["learn", "--pool=1", "true"], "--pool=1"),
    ]:
        run = bare(words).expect(125)
        equal(run.out, b"", "standard output")
        equal(len(run.error_lines()), 1, "lines")
        contains(run.err.decode(), wanted, "the message")


@case
def what_cannot_be_run():
    bare(["learn", "/nowhere"]).expect(127)
    bare(["learn", "/etc/passwd"]).expect(126)
    broken = scratch_file("broken", b"#!/nowhere/sh\n", 0o755)
    bare(["learn", broken]).expect(126)


@case
def where_tracing_is_not_permitted():
    run = learn([SUBJECT, "nothing"],
                under=[DEGRADE, "ptrace=EPERM", "--"]).expect(125)
    contains(run.report["error"], "cannot trace", "error in the JSON")
    equal(run.report["exit_code"], 125, "exit code in the JSON")
    equal(run.out, b"", "standard output: the program ran")
    contains(run.err.decode(), "cannot trace the program: Operation not "
             "permitted", "the message")
    contains(run.err.decode(), "ptrace_scope", "the advice")


@case
def a_program_of_that_name():
    learned = scratch_file("learn", b"#!/bin/cat\nmine\n", 0o755)
    run = bare(["--", "learn"],
               env={**os.environ, "PATH": os.path.dirname(learned)}).expect(0)
    contains(run.out.decode(), "mine", "standard output")


programs()
main()
