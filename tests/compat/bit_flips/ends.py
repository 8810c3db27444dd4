# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""How a program ended, plain or in a jail, in terms that can be compared."""

import dataclasses
import json
import os
import select
import signal
import time

from harness import Failure, jailrun_path

# As much as a program may write; what a file's header says can be much more.
# The kernel then sends SIGXFSZ.
MOST_OUTPUT = 16 << 20

# What is never told by a program itself.
LATE = "late"


@dataclasses.dataclass(frozen=True)
class End:
    """`how`: an exit code, the negative number of a signal, or LATE."""
    how: object
    out: bytes
    err: bytes

    def agrees(self, other):
        """What is out by the deadline depends on the machine."""
        return self.how == other.how and (
            self.how == LATE or
            (self.out == other.out and self.err == other.err))

    def without_errors(self):
        return dataclasses.replace(self, err=b"")

    def lengths_alone(self):
        return End(self.how, bytes(len(self.out)), bytes(len(self.err)))

    def __str__(self):
        return (f"{self.how}, {len(self.out)} bytes, standard error "
                f"{self.err[-200:]!r}")


class Sink:
    """A file in memory that a program writes to, used again and again."""

    def __init__(self, name):
        self.fd = os.memfd_create(name, os.MFD_CLOEXEC)

    def clear(self):
        os.ftruncate(self.fd, 0)
        os.lseek(self.fd, 0, os.SEEK_SET)

    def content(self):
        return os.pread(self.fd, os.fstat(self.fd).st_size, 0)


_OUT, _ERR, _REPORT = Sink("out"), Sink("err"), Sink("report")
_NOTHING = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
_REPORT_FD = 200


def _run(command, seconds, environment):
    """The status as wait4 tells it, or None, if it had to be killed."""
    for sink in (_OUT, _ERR, _REPORT):
        sink.clear()
    duplicate = os.POSIX_SPAWN_DUP2
    child = os.posix_spawn(
        command[0], command, environment,
        file_actions=[(duplicate, _NOTHING, 0), (duplicate, _OUT.fd, 1),
                      (duplicate, _ERR.fd, 2),
                      (duplicate, _REPORT.fd, _REPORT_FD)],
        setpgroup=0, setsigdef=[signal.SIGPIPE, signal.SIGXFSZ])
    ended = os.pidfd_open(child)
    try:
        in_time = select.select([ended], [], [], seconds)[0]
        if not in_time:
            os.killpg(child, signal.SIGKILL)
    finally:
        os.close(ended)
        status = os.waitpid(child, 0)[1]
    return os.waitstatus_to_exitcode(status) if in_time else None


def _environment(**more):
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", **more}


def run_plain(command, seconds, memory=None, zeroed=False):
    """`memory`: bytes of data it may have, as the pool has. `zeroed`: what
    malloc hands out is."""
    words = ["/usr/bin/prlimit", f"--fsize={MOST_OUTPUT}", "--core=0"]
    if memory is not None:
        words.append(f"--data={memory}")
    tunables = {"GLIBC_TUNABLES": "glibc.malloc.perturb=255"} if zeroed else {}
    how = _run([*words, *command], seconds, _environment(**tunables))
    return End(LATE if how is None else how, _OUT.content(), _ERR.content())


@dataclasses.dataclass(frozen=True)
class Jailed:
    end: End
    refused: bool  # the pool could not give all that was asked for
    milliseconds: float

    def without_errors(self):
        return dataclasses.replace(self, end=self.end.without_errors())

    def lengths_alone(self):
        return dataclasses.replace(self, end=self.end.lengths_alone())


def run_jailed(command, seconds, pool_bytes, zeroed=False):
    """Fails unless it was locked, told its end, and told the same twice."""
    words = [jailrun_path(), f"--pool={pool_bytes}", f"--timeout={seconds}",
             f"--fsize={MOST_OUTPUT}", f"--json-fd={_REPORT_FD}"]
    if zeroed:
        words.append("--zero")
    start = time.monotonic()
    # Some seconds more, of a machine that does other work.
    code = _run([*words, "--", *command], seconds + 10, _environment())
    milliseconds = (time.monotonic() - start) * 1000
    if code is None:
        raise Failure("jailrun itself did not end by the deadline")
    err = _ERR.content()
    try:
        report = json.loads(_REPORT.content())
    except ValueError as error:
        raise Failure(f"no report; exit code {code}, {err[-300:]!r}") from error
    verdict = report["verdict"]
    how = _end_of(verdict)
    if not report["posture"]["locked"] or how is None:
        raise Failure(f"verdict {verdict}, exit code {code}, {err[-300:]!r}")
    if code != verdict["exit_code"]:
        raise Failure(f"exit code {code}, but the verdict is {verdict}")
    own = b"".join(line for line in err.splitlines(keepends=True)
                   if not line.startswith(b"jailrun: "))
    return Jailed(End(how, _OUT.content(), own),
                  report["pool"]["failures"] > 0, milliseconds)


def _end_of(verdict):
    """What the program did itself; None if the jail ended it for what it did,
    or the exit code does not say the same."""
    code, number = verdict["program_exit_code"], verdict["signal"]
    told = verdict["exit_code"]
    match verdict["class"]:
        case "clean" if code == told == 0:
            return 0
        case "program_error" if code == told:
            return code
        case "crashed" if told == 128 + number:
            return -number
        case "exhausted" if told == 123:
            return code if code is not None else -number
        case "timeout" if told == 124:
            return LATE
    return None
