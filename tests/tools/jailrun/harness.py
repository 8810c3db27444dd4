# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests of jailrun share.

A test registers cases, functions that raise Failure, and ends with main(). One
line is printed per case, then "N passed, N failed".

Everything is found from the runfiles (TEST_SRCDIR, else the current directory)
and written below TEST_TMPDIR, so that a copy of the runfiles tree runs as any
user.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

# Debian's package of each program that a test needs.
_PACKAGES = {
    "/usr/bin/brotli": "brotli",
    "/usr/bin/bzip2": "bzip2",
    "/usr/bin/chage": "passwd",
    "/usr/bin/cjpeg": "libjpeg-turbo-progs",
    "/usr/bin/convert-im6.q16": "imagemagick",
    "/usr/bin/cwebp": "webp",
    "/usr/bin/djpeg": "libjpeg-turbo-progs",
    "/usr/bin/dot": "graphviz",
    "/usr/bin/dwebp": "webp",
    "/usr/bin/env": "coreutils",
    "/usr/bin/ffmpeg": "ffmpeg",
    "/usr/bin/gdk-pixbuf-csource": "libgdk-pixbuf2.0-bin",
    "/usr/bin/grep": "grep",
    "/usr/bin/gzip": "gzip",
    "/usr/bin/heif-enc": "libheif-examples",
    "/usr/bin/iconv": "libc-bin",
    "/usr/bin/identify-im6.q16": "imagemagick",
    "/usr/bin/jq": "jq",
    "/usr/bin/lbzip2": "lbzip2",
    "/usr/bin/lua5.4": "lua5.4",
    "/usr/bin/luajit": "luajit",
    "/usr/bin/oggdec": "vorbis-tools",
    "/usr/bin/oggenc": "vorbis-tools",
    "/usr/bin/opj_compress": "libopenjp2-tools",
    "/usr/bin/opj_decompress": "libopenjp2-tools",
    "/usr/bin/pbzip2": "pbzip2",
    "/usr/bin/perl": "perl",
    "/usr/bin/pigz": "pigz",
    "/usr/bin/ping": "iputils-ping",
    "/usr/bin/pngtopam": "netpbm",
    "/usr/bin/pnmtopng": "netpbm",
    "/usr/bin/pnmtotiff": "netpbm",
    "/usr/bin/ppmtogif": "netpbm",
    "/usr/bin/python3": "python3",
    "/usr/bin/rsvg-convert": "librsvg2-bin",
    "/usr/bin/ruby": "ruby",
    "/usr/bin/setpriv": "util-linux",
    "/usr/bin/sha256sum": "coreutils",
    "/usr/bin/sort": "coreutils",
    "/usr/bin/sqlite3": "sqlite3",
    "/usr/bin/strace": "strace",
    "/usr/bin/su": "util-linux",
    "/usr/bin/true": "coreutils",
    "/usr/bin/wrk": "wrk",
    "/usr/bin/xz": "xz-utils",
    "/usr/bin/zstd": "zstd",
}


class Failure(Exception):
    """Why a case failed."""


def check(condition, why):
    if not condition:
        raise Failure(why)


def equal(got, wanted, what):
    if got != wanted:
        raise Failure(f"{what}: got {short(got)}, wanted {short(wanted)}")


def contains(text, wanted, what):
    if wanted not in text:
        raise Failure(f"{what}: no {wanted!r} in {short(text)}")


def short(value):
    text = repr(value)
    return text if len(text) <= 600 else text[:400] + " … " + text[-150:]


def runfile(path):
    """The absolute path of a file of the workspace."""
    roots = [os.getcwd()]
    if "TEST_SRCDIR" in os.environ:
        workspace = os.environ.get("TEST_WORKSPACE", "cellblock")
        roots.append(os.path.join(os.environ["TEST_SRCDIR"], workspace))
    for root in roots:
        found = os.path.join(root, path)
        if os.path.exists(found):
            return found
    raise Failure(f"{path} is not among the runfiles; looked below {roots}")


def fixture(name):
    return runfile("tests/tools/jailrun/" + name)


def line_of(name, sources):
    """Where a source of a fixture says "// here: NAME": the file and the line."""
    for source in sources:
        with open(fixture("fixtures/" + source)) as file:
            for number, line in enumerate(file, 1):
                if line.rstrip().endswith("// here: " + name):
                    return source, number
    return None


def layer_states(run):
    """Every layer's state and detail, but for the length of the filter: one
    that lets the listener be sent is longer."""
    return {
        name: (layer["state"],
               re.sub(r"\d+ instructions", "all instructions",
                      layer["detail"]))
        for name, layer in run.report["posture"].items()
        if isinstance(layer, dict)
    }


def jailrun_path():
    return runfile("tools/jailrun/jailrun")


def program(name):
    """The path of one of Debian's programs; a missing one fails the case."""
    path = "/usr/bin/" + name
    check(os.access(path, os.X_OK),
          f"{path} is missing: apt-get install {_PACKAGES[path]}")
    return path


_scratch = None


def scratch():
    """A directory of this run, removed at its end."""
    global _scratch
    if _scratch is None:
        _scratch = tempfile.mkdtemp(prefix="jailrun.",
                                    dir=os.environ.get("TEST_TMPDIR"))
    return _scratch


def scratch_file(name, content=b"", mode=0o644):
    path = os.path.join(scratch(), name)
    if os.path.exists(path):
        os.chmod(path, 0o600)
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, mode)
    return path


# Whether every count is in full, which tools/soak.sh asks for.
FULL = "CELLBLOCK_FULL" in os.environ


def part(items, shards):
    """All of them with CELLBLOCK_FULL; else one in so many, others every day, or
    those that CELLBLOCK_SHARD says."""
    if FULL:
        return items
    today = str(int(time.time()) // (24 * 60 * 60))
    shard = int(os.environ.get("CELLBLOCK_SHARD", today), 0) % shards
    print(f"CELLBLOCK_SHARD={shard}", flush=True)
    return items[shard::shards]


class Run:
    """How a command ended. A negative code is a signal's number."""

    def __init__(self, code, out, err, report_text=b""):
        self.code = code
        self.out = out
        self.err = err
        self.report_text = report_text

    @property
    def report(self):
        check(self.report_text, f"no JSON report; stderr: {short(self.err)}")
        return json.loads(self.report_text.decode("utf-8", "surrogateescape"))

    @property
    def verdict(self):
        return self.report["verdict"]

    def error_lines(self):
        return self.err.decode("utf-8", "replace").splitlines()

    def expect(self, code, verdict_class=None):
        """Checks the exit code and the class, and returns self."""
        seen = f"stdout {short(self.out[-300:])}, stderr {short(self.err)}"
        check(self.code == code,
              f"exit code {self.code}, wanted {code}; {seen}")
        if verdict_class is not None:
            verdict = self.verdict
            check(verdict["class"] == verdict_class,
                  f"class {verdict['class']}, wanted {verdict_class}; {seen}")
            equal(verdict["exit_code"], code, "verdict.exit_code")
        return self


def execute(command, stdin=b"", timeout=30, pass_fds=(), **options):
    """Runs a command; one that hangs is killed with all it started."""
    pipe = subprocess.PIPE
    source = pipe if isinstance(stdin, bytes) else stdin
    child = subprocess.Popen(command, stdin=source, stdout=pipe, stderr=pipe,
                             pass_fds=pass_fds, start_new_session=True,
                             **options)
    try:
        out, err = child.communicate(stdin if source is pipe else None, timeout)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        raise Failure(f"hangs: no end after {timeout} s: {short(command)}")
    return Run(child.returncode, out, err)


def jail(command, options=(), pool="200M", jailrun=None, pass_fds=(), under=(),
         **more):
    """Runs a command under jailrun, with a JSON report. pool=None: none given;
    `under`: the words of a program that runs jailrun.
    """
    words = [*under, jailrun or jailrun_path()]
    if pool is not None:
        words.append("--pool=" + pool)
    words += options
    words += [f"--pass-fd={fd}" for fd in pass_fds]
    with tempfile.TemporaryFile(dir=scratch()) as report:
        # A number that no test uses for its own purposes.
        fd = 200
        os.dup2(report.fileno(), fd)
        try:
            run = execute(words + [f"--json-fd={fd}", "--"] + list(command),
                          pass_fds=(fd, *pass_fds), **more)
        finally:
            os.close(fd)
        report.seek(0)
        run.report_text = report.read()
    return run


def bare(words, **more):
    """Runs jailrun with exactly these words."""
    return execute([jailrun_path()] + list(words), **more)


_cases = []


def case(function, *arguments, name=None):
    """Registers a case. As a decorator it takes the function's name."""
    _cases.append((name or function.__name__, function, arguments))
    return function


def fixture_cases(prefix, run):
    """Relays "ok NAME" and "FAIL NAME: why" lines of a fixture as cases.

    `run` is called once, now; what it says of itself is a case too.
    """
    outcome = {}

    def ended():
        if "error" in outcome:
            raise outcome["error"]

    try:
        for line in run().out.decode("utf-8", "replace").splitlines():
            status, _, rest = line.partition(" ")
            name, _, why = rest.partition(": ")
            if status == "ok":
                case(lambda: None, name=f"{prefix}/{name}")
            elif status == "FAIL":
                case(check, False, why, name=f"{prefix}/{name}")
    except Failure as failure:
        outcome["error"] = failure
    case(ended, name=f"{prefix}/ended")


def main():
    """Runs all cases, or those that an argument is part of the name of."""
    wanted = sys.argv[1:]
    passed = failed = 0
    for name, function, arguments in _cases:
        if wanted and not any(part in name for part in wanted):
            continue
        try:
            function(*arguments)
        except Failure as failure:
            failed += 1
            print(f"FAIL {name}: {failure}", flush=True)
        except Exception:  # a test's own mistake, or a report without a key
            failed += 1
            last = traceback.format_exc().strip().splitlines()
            print(f"FAIL {name}: {last[-1]} ({last[-3].strip()})", flush=True)
        else:
            passed += 1
            print(f"ok {name}", flush=True)
    if _scratch is not None:
        shutil.rmtree(_scratch, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)
