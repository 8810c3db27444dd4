#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""On a terminal, in a pipe and as a job of a shell a jailed program is as
without jailrun: signals, window size, stopping and going on."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

from harness import (Failure, case, check, contains, equal, execute,
                     fixture, jailrun_path, main)

PYTHON = "/usr/bin/python3"
DEADLINE = 30
UNCHANGEABLE = {signal.SIGKILL, signal.SIGSTOP}

TALKER = fixture("talker")


def plain(command):
    return command


def jailed(command):
    return [jailrun_path(), "--report=never", "--", *command]


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ,
                struct.pack("HHHH", rows, columns, 0, 0))


class Terminal:
    """A command with a terminal of its own, which it is the leader of."""

    def __init__(self, command):
        self.text = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                # What started the test may have it ignore some.
                for number in signal.valid_signals() - UNCHANGEABLE:
                    signal.signal(number, signal.SIG_DFL)
                resize(0, 24, 80)  # before it can ask
                os.execv(command[0], command)
            finally:
                os._exit(99)

    def send(self, text):
        os.write(self.fd, text)

    def read(self, timeout):
        if not select.select([self.fd], [], [], timeout)[0]:
            return False
        try:
            part = os.read(self.fd, 4096)
        except OSError:
            return False
        self.text += part
        return bool(part)

    def until(self, text, count=1):
        """Reads until it is there. Where more is sent then, and echoed, the
        text is a line with its end, which could come after the echo."""
        end = time.monotonic() + DEADLINE
        while self.text.count(text) < count:
            if not self.read(max(0, end - time.monotonic())) and (
                    time.monotonic() > end or self.text.count(text) < count):
                raise Failure(f"no {text!r} in {self.text!r}")

    def quiet(self, seconds=0.4):
        """Reads what still comes."""
        while self.read(seconds):
            pass

    def ended(self):
        """Exit code as a shell has it."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.quiet(0.05)
                os.close(self.fd)
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
            self.read(0.05)
        os.kill(self.pid, signal.SIGKILL)
        raise Failure(f"it does not end: {self.text!r}")


def both(scene):
    """What a scene, a function of how a command is run, returns is the same."""
    wanted = scene(plain)
    got = scene(jailed)
    equal(got, wanted, "jailed, against plain")
    return got


def talk(how, *signals):
    terminal = Terminal(how([TALKER, *map(str, map(int, signals))]))
    terminal.until(b"ready\r\n")
    return terminal


@case
def it_sees_the_same_terminal():
    def scene(how):
        terminal = talk(how)
        terminal.send(b"hello\n")
        terminal.until(b"read hello\r\n")
        terminal.send(b"end\n")
        code = terminal.ended()
        return code, terminal.text
    code, text = both(scene)
    equal(code, 5, "exit code")
    contains(text, b"terminal 1 1 1", "text")
    contains(text, b"size 80 24", "text")


@case
def keys_that_end_it():
    for key, number in ((b"\x03", signal.SIGINT), (b"\x1c", signal.SIGQUIT)):
        def scene(how):
            terminal = Terminal(how(["/bin/cat"]))
            terminal.send(b"x\n")
            terminal.until(b"x\r\n", 2)
            terminal.send(key)
            return terminal.ended()
        equal(both(scene), 128 + number, str(number))


@case
def keys_that_it_handles_come_once():
    def scene(how):
        terminal = talk(how, signal.SIGINT, signal.SIGQUIT)
        terminal.send(b"\x03")
        terminal.until(b"got SIGINT\r\n")
        terminal.send(b"\x1c")
        terminal.until(b"got SIGQUIT\r\n")
        terminal.quiet()
        terminal.send(b"end\n")
        return terminal.ended(), terminal.text
    code, text = both(scene)
    equal((code, text.count(b"got")), (5, 2), "signals")


@case
def signals_to_jailrun_reach_the_program_once():
    def scene(how):
        numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP,
                   signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2]
        terminal = talk(how, *numbers)
        for number in numbers:
            os.kill(terminal.pid, number)
            terminal.until(b"got %s\r\n" % number.name.encode())
        terminal.quiet()
        terminal.send(b"end\n")
        return terminal.ended(), terminal.text
    equal(both(scene)[1].count(b"got"), 6, "signals")


@case
def signals_that_end_it():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT,
                   signal.SIGUSR1):
        def scene(how):
            terminal = Terminal(how(["/bin/cat"]))
            terminal.send(b"x\n")
            terminal.until(b"x\r\n", 2)
            os.kill(terminal.pid, number)
            return terminal.ended()
        equal(both(scene), 128 + number, str(number))


@case
def the_window_changes_its_size():
    def scene(how):
        terminal = talk(how, signal.SIGWINCH)
        resize(terminal.fd, 30, 100)
        terminal.until(b"got SIGWINCH 100 30\r\n")
        terminal.quiet()
        terminal.send(b"end\n")
        return terminal.ended(), terminal.text
    equal(both(scene)[1].count(b"got"), 1, "signals")


@case
def a_terminal_that_goes_away_ends_it():
    """One that reads from it may see its end before."""
    def scene(how):
        terminal = Terminal(how(["/usr/bin/perl", "-e",
                                 '$| = 1; print "ready\n"; sleep 60']))
        terminal.until(b"ready\r\n")
        os.close(terminal.fd)
        terminal.fd = os.open("/dev/null", os.O_RDONLY)
        return terminal.ended()
    equal(both(scene), 129, "exit code")


@case
def modes_stay_as_they_were():
    """Only a program without a jail changes them."""
    for how, code in ((plain, 0), (jailed, 1)):
        command = how(["/bin/stty", "-echo"])
        terminal = Terminal(["/bin/sh", "-c", 'stty -a; "$@" 2>/dev/null; '
                             'echo "code $?"; stty -a', "sh", *command])
        equal(terminal.ended(), 0, "exit code")
        before, _, after = terminal.text.partition(b"code %d\r\n" % code)
        check(b" echo " in before, f"modes before: {terminal.text!r}")
        equal(b" echo " in after, how is jailed, "echo")


def state_of(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(word) for word in file.read().split()]


def await_state(pids, wanted):
    end = time.monotonic() + DEADLINE
    while [state_of(pid) in wanted for pid in pids] != [True] * len(pids):
        check(time.monotonic() < end,
              f"states {[state_of(pid) for pid in pids]}, wanted {wanted}")
        time.sleep(0.02)


def await_end(pids):
    end = time.monotonic() + DEADLINE
    while any(os.path.exists(f"/proc/{pid}") for pid in pids):
        check(time.monotonic() < end, f"one of {pids} does not end")
        time.sleep(0.02)


class Job:
    """A command as the foreground job of a shell on a terminal."""

    def __init__(self, how):
        self.shell = Terminal(["/bin/bash", "--norc", "--noprofile", "-i"])
        words = how([TALKER, str(int(signal.SIGCONT))])
        self.shell.send(b"PS1=; stty -echo; clear\n")
        self.shell.send((" ".join(words) + "; echo code $?\n").encode())
        self.shell.until(b"ready\r\n")
        self.processes = children_of(self.shell.pid)
        for pid in list(self.processes):
            self.processes += children_of(pid)


@case
def a_job_stops_and_goes_on():
    for how, count, said in ((plain, 1, b"Terminated"),
                             (jailed, 2, b"Exit 143")):
        job = Job(how)
        equal(len(job.processes), count, "processes of the job")
        job.shell.send(b"\x1a")
        await_state(job.processes, "T")
        job.shell.until(b"Stopped")
        job.shell.send(b"fg\n")
        await_state(job.processes, "SR")
        job.shell.until(b"got SIGCONT\r\n")
        job.shell.send(b"hello\n")
        job.shell.until(b"read hello\r\n")
        # Stopped from elsewhere, and sent on in the background.
        job.shell.send(b"\x1a")
        await_state(job.processes, "T")
        job.shell.until(b"Stopped", 2)
        job.shell.send(b"bg\n")
        job.shell.until(b"got SIGCONT\r\n", 2)
        # It reads, and what does so in the background is stopped.
        await_state(job.processes, "T")
        group = os.getpgid(job.processes[0])
        os.killpg(group, signal.SIGTERM)
        os.killpg(group, signal.SIGCONT)
        await_end(job.processes)
        job.shell.send(b"\n")
        job.shell.until(said)
        job.shell.send(b"exit\n")
        equal(job.shell.ended(), 0, "the shell's exit code")


@case
def pipes_break_as_they_do():
    for trap in ("", "trap '' PIPE; "):
        script = trap + ('"$@" 2>/dev/null | head -c 1 >/dev/null; '
                         'echo "${PIPESTATUS[0]}"')
        def scene(how):
            return execute(["bash", "-c", script, "sh",
                            *how(["/usr/bin/yes"])]).out
        equal(both(scene), b"1\n" if trap else b"141\n", "the pipe's status")
    script = '"$@" | head -n 1 >/dev/null'
    def words(how):
        return execute(["bash", "-c", script, "sh", *how(["/usr/bin/yes"])]).err
    equal(both(words), b"", "stderr")
    def errors(how):
        script = ("import os, sys\n"
                  "try:\n  os.write(1, b'x')\n"
                  "except BrokenPipeError as e: sys.exit(e.errno)\n")
        reader, writer = os.pipe()
        os.close(reader)
        child = subprocess.run(how([PYTHON, "-c", script]), stdout=writer)
        os.close(writer)
        return child.returncode
    equal(both(errors), 32, "errno of the write")


@case
def what_is_no_terminal_is_none():
    script = "import os; print([os.isatty(fd) for fd in range(3)])"
    both(lambda how: execute(how([PYTHON, "-c", script])).out)


main()
