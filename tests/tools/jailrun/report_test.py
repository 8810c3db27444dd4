#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""The reports: JSON with every key for every class of end, text that cannot
harm a terminal, and what the options that run nothing or unjailed say."""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import time

from harness import (bare, case, check, contains, equal, execute, fixture,
                     jail, jailrun_path, main, program, scratch, scratch_file)

ENDS = fixture("ends")
CRIME = fixture("crime")
CONSTRUCTOR = fixture("constructor")
EXHAUST = fixture("exhaust")

NUMBER = (int,)
TEXT = (str,)
TEXT_OR_NULL = (str, type(None))
NUMBER_OR_NULL = (int, type(None))

# Every key, with the types of its value.
KEYS = {
    "jailrun": TEXT,
    "mode": TEXT,
    "program": TEXT,
    "script": TEXT_OR_NULL,
    "interpreters": (list,),
    "command": (list,),
    "verdict.class": TEXT,
    "verdict.exit_code": NUMBER,
    "verdict.permanent": (bool,),
    "verdict.program_exit_code": NUMBER_OR_NULL,
    "verdict.signal": NUMBER_OR_NULL,
    "verdict.reason": TEXT_OR_NULL,
    "verdict.advice": TEXT_OR_NULL,
    "pool.bytes": NUMBER,
    "pool.default": (bool,),
    "pool.peak_bytes": NUMBER,
    "pool.in_use_bytes": NUMBER,
    "pool.allocations": NUMBER,
    "pool.frees": NUMBER,
    "pool.failures": NUMBER,
    "pool.suggested_bytes": NUMBER_OR_NULL,
    "pool.exhaustion": (dict, type(None)),
    "violation": (dict, type(None)),
    "calls.trapped": NUMBER,
    "calls.refused": (list,),
    "calls.refused_threads": NUMBER,
    "threads.allowed": NUMBER,
    "threads.stack_bytes": NUMBER,
    "threads.laid": NUMBER,
    "threads.laid_for_libc": NUMBER,
    "threads.most_in_use": NUMBER,
    "threads.refused": NUMBER,
    "threads.largest_refused_stack_bytes": NUMBER,
    "posture.locked": (bool,),
    "posture.preset": TEXT,
    "posture.policy_file": (str,),
    "posture.allowed": (list,),
    "posture.named_paths": (list,),
    "posture.readable": (list,),
    "posture.writable": (list,),
    "posture.filter_instructions": NUMBER,
    "time.wall_us": NUMBER,
    "time.setup_us": NUMBER,
    "time.user_us": NUMBER,
    "time.system_us": NUMBER,
    "memory.peak_resident_bytes": NUMBER,
}
# Of a run that was started.
LAYERS = ("no_new_privs", "seccomp", "violation_notify", "non_dumpable",
          "parent_death_signal", "landlock_write", "landlock_read",
          "descriptors", "rlimits", "cpu_limit", "output_limit", "file_size_limit",
          "no_writable_code", "speculation", "environment")
VIOLATION_KEYS = {
    "syscall": TEXT_OR_NULL,
    "number": NUMBER_OR_NULL,
    "args": (list,),
    "text": TEXT,
    "arch": NUMBER_OR_NULL,
    "instruction": NUMBER_OR_NULL,
    "reason": TEXT,
    "option": TEXT_OR_NULL,
    "advice": TEXT,
    "cost": TEXT_OR_NULL,
    "arguments": (list,),
    "thread": (dict, type(None)),
    "module": TEXT_OR_NULL,
    "offset": NUMBER_OR_NULL,
    "function": TEXT_OR_NULL,
    "file": TEXT_OR_NULL,
    "line": NUMBER_OR_NULL,
    "backtrace": (list,),
    "missing": TEXT_OR_NULL,
}


def look_up(report, path):
    for key in path.split("."):
        check(isinstance(report, dict) and key in report, f"no key {path}")
        report = report[key]
    return report


def expect_form(run, started=True):
    """One line of valid UTF-8 and JSON with every key."""
    text = run.report_text
    check(text.endswith(b"\n"), "the report does not end its line")
    equal(text.count(b"\n"), 1, "lines of the report")
    report = json.loads(text.decode("utf-8"))
    for path, types in KEYS.items():
        value = look_up(report, path)
        check(type(value) in types, f"{path} is {value!r}")
    if report["violation"] is not None:
        for key, types in VIOLATION_KEYS.items():
            value = look_up(report["violation"], key)
            check(type(value) in types, f"violation.{key} is {value!r}")
    for layer in LAYERS if started else ():
        state = look_up(report, f"posture.{layer}.state")
        check(state in ("enforced", "unsupported", "off"),
              f"posture.{layer}.state is {state!r}")
        check(look_up(report, f"posture.{layer}.detail"),
              f"posture.{layer}.detail is empty")
    return report


CLASSES = {
    "clean": ([ENDS, "exit", "0"], [], "200M", True),
    "program_error": ([ENDS, "exit", "3"], [], "200M", True),
    "exhausted": ([EXHAUST, "return", "3"], [], "4M", True),
    "violation": ([CRIME, "internet_socket"], [], "200M", True),
    "timeout": ([ENDS, "loop"], ["--timeout=200ms"], "200M", False),
    "crashed": ([ENDS, "fault"], [], "200M", True),
    "crashed_from_outside": ([ENDS, "signal", "9"], [], "200M", False),
    "setup_failed": ([CONSTRUCTOR, "exit", "1"], [], "200M", True),
    "setup_failed_before_start": (["/no/such/program"], [], "200M", True),
}


def verdict_class(name, command, options, pool, permanent):
    run = jail(command, options=options, pool=pool)
    report = expect_form(run, started=name != "setup_failed_before_start")
    wanted = next(each for each in (
        "clean", "program_error", "exhausted", "violation", "timeout",
        "crashed", "setup_failed") if name.startswith(each))
    equal(report["verdict"]["class"], wanted, "verdict.class")
    equal(report["verdict"]["permanent"], permanent, "verdict.permanent")
    equal(report["verdict"]["exit_code"], run.code, "verdict.exit_code")
    locked = wanted != "setup_failed"
    equal(report["posture"]["locked"], locked, "posture.locked")
    equal(report["mode"], "jailed", "mode")
    equal(report["command"], command, "command")
    time_of = report["time"]
    if locked:
        check(0 < time_of["setup_us"] <= time_of["wall_us"], f"time: {time_of}")
        for layer in ("no_new_privs", "seccomp", "violation_notify",
                      "non_dumpable", "parent_death_signal"):
            equal(report["posture"][layer]["state"], "enforced", layer)
        check(report["posture"]["filter_instructions"] > 50,
              "posture.filter_instructions")
        check(0 < report["pool"]["peak_bytes"] <= report["pool"]["bytes"],
              "pool.peak_bytes")
        check(report["memory"]["peak_resident_bytes"] > 100000,
              "memory.peak_resident_bytes")
    equal(report["violation"] is not None, wanted == "violation", "violation")
    lines = run.error_lines()
    if wanted in ("clean", "program_error"):
        equal(lines, [], "stderr")
    else:
        equal(lines[-1], f"jailrun: verdict: {wanted}, exit code {run.code}",
              "the last line on stderr")


for class_name, class_run in CLASSES.items():
    case(verdict_class, class_name, *class_run, name=f"class_{class_name}")


@case
def suggested_pool_suffices():
    first = jail([program("python3"), "-I", "-S", "-c", "print(6 * 7)"])
    suggested = first.report["pool"]["suggested_bytes"]
    check(suggested < 64 << 20, f"suggested {suggested}")
    again = jail([program("python3"), "-I", "-S", "-c", "print(6 * 7)"],
                 pool=str(suggested)).expect(0, "clean")
    equal(again.out, b"42\n", "stdout")


@case
def json_goes_where_it_is_told():
    # To standard output and standard error, too.
    for fd, stream in ((1, "out"), (2, "err")):
        run = bare(["--pool=200M", f"--json-fd={fd}", "--", "/usr/bin/true"])
        text = getattr(run.expect(0), stream)
        equal(json.loads(text)["verdict"]["class"], "clean", f"fd {fd}")


@case
def json_descriptor_is_not_the_programs():
    code = "import os, sys\ntry: os.fstat(200)\nexcept OSError: sys.exit(0)\n" \
           "sys.exit(9)"
    jail([program("python3"), "-I", "-S", "-c", code]).expect(0, "clean")


@case
def closed_reader_of_json_harms_nothing():
    read_end, write_end = os.pipe()
    os.close(read_end)
    run = execute([jailrun_path(), "--pool=200M", f"--json-fd={write_end}",
                   "--", ENDS, "exit", "5"], pass_fds=(write_end,))
    os.close(write_end)
    # Either its own code or death by SIGPIPE: nobody reads the report.
    check(run.code in (5, -signal.SIGPIPE), f"exit code {run.code}")


@case
def a_lost_report_is_told():
    for words, code in ((["--", ENDS, "exit", "5"], 5), (["--ro="], 125),
                        (["learn", "--", "/usr/bin/true"], 0)):
        with open("/dev/full", "wb") as full:
            option = [f"--json-fd={full.fileno()}"]
            at = 1 if words[0] == "learn" else 0
            run = execute([jailrun_path(), *words[:at], *option, *words[at:]],
                          pass_fds=(full.fileno(),)).expect(code)
            contains(run.error_lines()[-1],
                     f"--json-fd={full.fileno()}: No space left", "stderr")
    with open("/dev/null", "rb") as null:
        run = execute([jailrun_path(), f"--json-fd={null.fileno()}", "--",
                       ENDS], pass_fds=(null.fileno(),)).expect(125)
        contains(run.err, b"for reading alone", "stderr")
        equal(run.out, b"", "stdout: nothing is run")


@case
def a_lost_answer_is_an_error():
    for words in (["--help"], ["--version"], ["doctor"], ["learn", "--help"],
                  ["policy", "show", "strict"], ["report", "--help"],
                  ["policy", "export", "--format=toml", "strict"]):
        with open("/dev/full", "wb") as full:
            child = subprocess.run([jailrun_path(), *words], stdout=full,
                                   stderr=subprocess.PIPE, check=False)
        equal(child.returncode, 125, f"exit code of {words}")
        contains(child.stderr, b"standard output: No space left", f"{words}")
        read_end, write_end = os.pipe()
        os.close(read_end)
        child = subprocess.run([jailrun_path(), *words], stdout=write_end,
                               stderr=subprocess.PIPE, check=False)
        os.close(write_end)
        equal((child.returncode, child.stderr), (0, b""), f"no reader: {words}")


# Names that could harm a terminal or a parser.
HOSTILE = {
    "escape": "a\x1b[31mred",
    "newline": "two\nlines",
    "carriage": "over\rwritten",
    "bell": "\a\b\x7f",
    "c1": "\u009b31m",
    "quotes": "it's \"quoted\" \\ here",
    "latin1": b"caf\xe9",
    "bytes": b"\xff\xfe\xc0\x80\xed\xa0\x80",
    "percent": "%s%n%d",
}

CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")


def expect_harmless(run):
    check(not CONTROL.search(run.err), f"control characters: {run.err!r}")
    for line in run.err.split(b"\n")[:-1]:
        check(line.startswith(b"jailrun: "), f"not jailrun's line: {line!r}")
    expect_form(run, started=False)


def hostile_missing(name):
    run = jail([os.path.join(os.fsencode(scratch()), os.fsencode(name))])
    run.expect(127, "setup_failed")
    expect_harmless(run)


def hostile_program(name):
    path = os.path.join(os.fsencode(scratch()), os.fsencode(name))
    shutil.copyfile(ENDS, path)
    os.chmod(path, 0o755)
    run = jail([path, "exit", "5"], options=["--report=always"])
    run.expect(5, "program_error")
    expect_harmless(run)
    os.chmod(path, 0o644)
    run = jail([path]).expect(126, "setup_failed")
    expect_harmless(run)
    os.remove(path)


def hostile_argument(name):
    run = jail([ENDS, "exit", "5", os.fsencode(name)],
               options=["--report=always"]).expect(5, "program_error")
    expect_harmless(run)
    if isinstance(name, str):
        equal(run.report["command"][3], name, "command[3]")


def hostile_option(name):
    for option in (b"--preset=", b"--allow=", b"--rw=/", b"--pool=",
                   b"--timeout=", b"--report=", b"--commit=", b"--", b"-"):
        run = bare([option + os.fsencode(name), "--", ENDS]).expect(125)
        equal(run.out, b"", "stdout")
        check(not CONTROL.search(run.err),
              f"control characters after {option!r}: {run.err!r}")


for hostile_name, hostile in HOSTILE.items():
    case(hostile_missing, hostile, name=f"hostile_missing_{hostile_name}")
    case(hostile_program, hostile, name=f"hostile_program_{hostile_name}")
    case(hostile_argument, hostile, name=f"hostile_argument_{hostile_name}")
    case(hostile_option, hostile, name=f"hostile_option_{hostile_name}")


@case
def hostile_script():
    path = scratch_file("hostile_script", b"#!/no/such/\x1b[31m\xff\n", 0o755)
    run = jail([path]).expect(126, "setup_failed")
    expect_harmless(run)


@case
def hostile_library_name():
    content = open(EXHAUST, "rb").read()
    old, new = b"\0libstdc++.so.6\0", b"\0lib\x1b[31mx.so.6\0"
    check(old in content, "the fixture needs no libstdc++")
    path = scratch_file("hostile_needed", content.replace(old, new), 0o755)
    run = jail([path, "return", "0"]).expect(125, "setup_failed")
    ours = b"".join(line for line in run.err.splitlines(True)
                    if line.startswith(b"jailrun: "))
    check(not CONTROL.search(ours), f"control characters: {ours!r}")


# When the report in words is printed.
@case
def report_never():
    for words, code in ((["exit", "3"], 3), (["fault"], 139)):
        run = jail([ENDS, *words], options=["--report=never"]).expect(code)
        equal(run.err, b"", "stderr")
    run = jail([CRIME, "internet_socket"], options=["--report=never"])
    equal(run.expect(159, "violation").err, b"", "stderr")
    # Nothing ran, and somebody should know why.
    run = jail(["/no/such/program"], options=["--report=never"]).expect(127)
    contains(run.err, b"/no/such/program", "stderr")


@case
def report_always():
    run = jail([ENDS, "exit", "0"], options=["--report=always"]).expect(0)
    text = run.err.decode()
    for wanted in ("jailrun: pool: 200M, peak ", "in use at the end",
                   "allocations", "enough: --pool=", "jailrun: calls: ",
                   "jailrun: posture: seccomp enforced", "jailrun: time: ",
                   "until the lock", "jailrun: verdict: clean, exit code 0"):
        contains(text, wanted, "stderr")
    for layer in LAYERS:
        contains(text, f"jailrun: posture: {layer} ", "stderr")
    run = jail([CRIME, "local_socket"], options=["--report=always"]).expect(0)
    contains(run.err, b"socket was answered with EACCES once", "stderr")


@case
def report_auto():
    equal(jail([ENDS, "exit", "0"]).err, b"", "stderr of a clean run")
    equal(jail([ENDS, "exit", "9"], options=["--report=auto"]).err, b"",
          "stderr of a program's own error")
    contains(jail([ENDS, "fault"]).err, b"signal 11", "stderr of a crash")


@case
def words_name_the_code_that_jailrun_exits_with():
    for words, code, own in ((["exit", "0"], 0, 0), (["exit", "3"], 65, 3),
                             (["block"], 75, 124)):
        run = bare(["--exit-map=engine", "--report=always", "--timeout=500ms",
                    "--", ENDS, *words]).expect(code)
        wanted = f"exit code {code}" + (
            "" if code == own else f" (to a shell {own})")
        check(run.error_lines()[-1].endswith(", " + wanted), run.error_lines())


@case
def a_limit_on_descriptors_is_named():
    run = execute(["bash", "-c", 'ulimit -n 10; exec "$@"', "sh",
                   jailrun_path(), "--", "/usr/bin/true"])
    if b"Too many open files" in run.err:
        contains(run.expect(125).err, b"(ulimit -n)", "stderr")


# Not jailed, and nothing run.
@case
def unjailed_says_so_and_runs_anything():
    run = jail([CRIME, "fork"], options=["--unjailed"]).expect(0, "clean")
    contains(run.err, b"NOT JAILED", "stderr")
    report = expect_form(run)
    equal(report["mode"], "NOT JAILED", "mode")
    equal(report["posture"]["locked"], False, "posture.locked")
    for layer in ("no_new_privs", "seccomp", "violation_notify"):
        equal(report["posture"][layer]["state"], "off", layer)
    check(report["pool"]["allocations"] > 0, "nothing came from the pool")
    for act in ("system", "execve", "internet_socket", "thread"):
        jail([CRIME, act], options=["--unjailed"]).expect(0, "clean")


@case
def unjailed_uses_the_pool():
    run = jail([EXHAUST, "return", "3"], options=["--unjailed"], pool="4M")
    run.expect(123, "exhausted")
    contains(run.err, b"NOT JAILED", "stderr")
    jail([ENDS, "loop"],
         options=["--unjailed", "--timeout=200ms"]).expect(124, "timeout")
    jail([ENDS, "exit", "7"], options=["--unjailed"]).expect(7)
    jail([ENDS, "fault"], options=["--unjailed"]).expect(139, "crashed")


@case
def dry_run_starts_nothing():
    # The program would speak even before its main.
    run = jail([CONSTRUCTOR, "speak"], options=["--dry-run"])
    equal(run.expect(0, "clean").out, b"", "stdout")
    report = expect_form(run, started=False)
    equal(report["mode"], "dry run", "mode")
    equal(report["posture"]["locked"], False, "posture.locked")
    check(report["posture"]["filter_instructions"] > 50, "no filter was made")
    text = run.err.decode()
    for wanted in ("dry run: nothing was started", CONSTRUCTOR, "200M",
                   "decoder", "instructions"):
        contains(text, wanted, "stderr")


@case
def dry_run_names_what_is_laid_beside_the_pool():
    for command, threads in (
            (program("sort"), "; '/usr/bin/sort' does"),
            (program("xz"), "liblzma.so.5' does"),
            (program("djpeg"), "; neither the program nor a library")):
        run = jail([command], options=["--dry-run"]).expect(0)
        line = [each for each in run.error_lines() if "threads: " in each]
        equal(len(line), 1, command)
        contains(line[0], "16 stacks of 2M where something", command)
        contains(line[0], threads, command)
        check("reserve" not in run.err.decode(), run.err)
    run = jail([program("djpeg")], options=["--dry-run", "--reserve=1G",
                                            "--threads=3", "--thread-stack=1M"])
    contains(run.expect(0).err.decode(), "reserve: 1G of address space",
             "stderr")
    contains(run.err.decode(), "threads: 3 stacks of 1M\n", "stderr")
    run = jail([program("djpeg")], options=["--dry-run", "--threads=0"])
    contains(run.expect(0).err.decode(), "none can start, by --threads=0",
             "stderr")


@case
def dry_run_refuses_what_a_run_would():
    for path, code in (("/no/such/program", 127), ("/", 126),
                       (fixture("ends_static"), 125)):
        jail([path], options=["--dry-run"]).expect(code, "setup_failed")
    jail([ENDS], options=["--dry-run", "--allow=fork"]).expect(125)
    for option in ("--ro", "--rw"):
        run = jail([ENDS], options=["--dry-run", f"{option}=/nonexistent"])
        run.expect(125, "setup_failed")
        contains(run.err, f"{option}: /nonexistent".encode(), "stderr")
    run = jail([ENDS], options=["--dry-run", "--ro=/nonexistent",
                                "--rw=" + scratch()])
    contains(run.expect(125).err, b"--ro or --rw: /nonexistent", "stderr")


@case
def dry_run_says_what_is_opened():
    run = jail([ENDS], options=["--dry-run", "--ro=/var", "--rw=" + scratch(),
                                "--on-violation=log"])
    text = run.expect(0, "clean").err.decode()
    for wanted in ("reads below: /var", "reads and writes below: " + scratch(),
                   "forbidden calls: carried out: a diagnosis, no jail"):
        contains(text, wanted, "stderr")


@case
def unjailed_names_no_calls():
    run = jail([ENDS, "exit", "0"],
               options=["--unjailed", "--on-violation=log"])
    err = run.expect(0, "clean").err
    contains(err, b"NOT JAILED", "stderr")
    check(b"DIAGNOSIS" not in err, f"stderr: {err}")
    jail([ENDS], options=["--dry-run", "--allow=@network"]).expect(0, "clean")


@case
def version():
    run = bare(["--version"]).expect(0)
    check(re.fullmatch(rb"jailrun \d+\.\d+\.\d+\n", run.out), f"{run.out!r}")
    equal(run.err, b"", "stderr")
    equal(run.out.split()[1].decode(),
          jail([ENDS]).report["jailrun"], "the version in the JSON")


@case
def help_names_every_option_and_code():
    for option in ("--help", "-h"):
        run = bare([option]).expect(0)
        equal(run.err, b"", "stderr")
        text = run.out.decode()
        equal(text.count("Usage:"), 1, "how often it says how it is used")
        for wanted in ("--pool", "--zero", "--uninitialized", "--commit",
                       "--preset", "--allow", "--rw", "--timeout",
                       "--unjailed", "--dry-run", "--report", "--json-fd",
                       "--version", "PROGRAM", "256M", "123", "124", "125",
                       "126", "127", "128", "159"):
            contains(text, wanted, "--help")


@case
def help_and_version_run_nothing():
    for option in ("--help", "--version"):
        run = bare([option, "--", CONSTRUCTOR, "speak"]).expect(0)
        check(b"constructor ran" not in run.out, "the program was started")


# Signals to jailrun.
class Running:
    """`ends block` under jailrun, up to the main of the program."""

    def __init__(self, *words, options=()):
        self.report, write_end = os.pipe()
        self.child = subprocess.Popen(
            [jailrun_path(), "--pool=200M", f"--json-fd={write_end}", *options,
             "--", *(words or (ENDS, "block"))], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            pass_fds=(write_end,), start_new_session=True)
        os.close(write_end)
        ready, _, _ = select.select([self.child.stdout], [], [], 10)
        check(ready and os.read(self.child.stdout.fileno(), 9) == b"main ran\n",
              "main did not run")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()
        self.child.stderr.close()
        os.close(self.report)

    def program(self):
        with open(f"/proc/{self.child.pid}/task/{self.child.pid}/children",
                  encoding="ascii") as file:
            return int(file.read().split()[0])

    def end(self):
        code = self.child.wait(10)
        report = json.loads(os.read(self.report, 65536))
        equal(report["verdict"]["exit_code"], code, "verdict.exit_code")
        return code, report["verdict"]


def forwarded(number):
    with Running() as running:
        running.child.send_signal(number)
        code, verdict = running.end()
        equal(code, 128 + number, "exit code")
        equal(verdict["class"], "crashed", "verdict.class")
        equal(verdict["signal"], int(number), "verdict.signal")
        equal(verdict["permanent"], False, "verdict.permanent")
        equal(running.child.stderr.read(), b"", "whoever sent it knows")
    with Running(options=["--report=always"]) as running:
        running.child.send_signal(number)
        running.end()
        contains(running.child.stderr.read(),
                 f"ended by signal {int(number)}".encode(), "all is told")


for forwarded_number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP,
                         signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2):
    case(forwarded, forwarded_number, name=f"forwards_{forwarded_number.name}")


@case
def a_program_may_handle_what_is_forwarded():
    code = "import os, signal, sys, time\n" \
           "signal.signal(signal.SIGTERM, lambda *_: os._exit(33))\n" \
           "os.write(1, b'main ran\\n')\nwhile True: time.sleep(0.05)"
    with Running(program("python3"), "-I", "-S", "-c", code) as running:
        running.child.terminate()
        code, verdict = running.end()
        equal(code, 33, "exit code")
        equal(verdict["class"], "program_error", "verdict.class")


@case
def killing_jailrun_kills_the_program():
    with Running() as running:
        # /proc may hide it; a pidfd becomes readable when it ends.
        pidfd = os.pidfd_open(running.program())
        equal(select.select([pidfd], [], [], 0)[0], [], "an end before time")
        running.child.kill()
        equal(running.child.wait(10), -signal.SIGKILL, "jailrun's end")
        ended, _, _ = select.select([pidfd], [], [], 5)
        os.close(pidfd)
        check(ended, "the program outlives jailrun")


@case
def killing_the_program_is_a_crash():
    with Running() as running:
        os.kill(running.program(), signal.SIGKILL)
        code, verdict = running.end()
        equal(code, 137, "exit code")
        equal(verdict["class"], "crashed", "verdict.class")
        equal(verdict["permanent"], False, "verdict.permanent")
        contains(running.child.stderr.read(), b"killed from outside", "stderr")


@case
def stopping_and_continuing():
    with Running(ENDS, "loop", options=["--timeout=1s"]) as running:
        os.kill(running.program(), signal.SIGSTOP)
        time.sleep(0.1)
        os.kill(running.program(), signal.SIGCONT)
        code, verdict = running.end()
        equal((code, verdict["class"]), (124, "timeout"), "the end")


@case
def a_stopped_program_meets_its_time_limit():
    with Running(ENDS, "loop", options=["--timeout=500ms"]) as running:
        os.kill(running.program(), signal.SIGSTOP)
        code, verdict = running.end()
        equal((code, verdict["class"]), (124, "timeout"), "the end")


@case
def outsiders_cannot_look_in():
    # Not dumpable: what is left for the same user is what anyone may see.
    with Running() as running:
        pid = running.program()
        try:
            with open(f"/proc/{pid}/status", encoding="ascii") as file:
                status = file.read()
        except FileNotFoundError:  # /proc mounted with hidepid
            check(os.geteuid() != 0, "root does not see the program")
        else:
            contains(status, "Seccomp:\t2", "/proc/PID/status")
            contains(status, "NoNewPrivs:\t1", "/proc/PID/status")
        if os.geteuid() != 0:
            for name in ("mem", "maps", "environ"):
                try:
                    open(f"/proc/{pid}/{name}", "rb").close()
                except (PermissionError, FileNotFoundError):
                    continue
                check(False, f"/proc/PID/{name} can be opened")


@case
def many_at_once_do_not_mix():
    runs = [subprocess.Popen(
        [jailrun_path(), "--pool=64M", "--", ENDS, "exit", str(number)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for number in range(40)]
    equal([run.wait(30) for run in runs], list(range(40)), "exit codes")


main()
