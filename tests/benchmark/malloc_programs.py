# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""The whole programs of malloc_bench.py: ours that allocate heavily, and real
ones over the inputs of malloc_inputs.py."""

import contextlib
import functools
import hashlib
import os
import shutil
import socket
import subprocess
import time

from malloc_contenders import PATIENCE, Run

OWN = ["larson", "tree", "strings", "growth"]

JQ = """group_by(.city) | map({
  city: .[0].city, count: length, names: (map(.name) | unique | length),
  tags: (map(.tags[]) | group_by(.)
         | map({key: .[0], value: length}) | from_entries)})"""


def real_commands(inputs, root):
    def path(name):
        return os.path.join(inputs, name)

    return {
        "sqlite3": ["sqlite3", ":memory:", ".read " + path("table.sql")],
        "lua5.4": ["lua5.4", path("script.lua")],
        "jq": ["jq", "-c", JQ, path("people.json")],
        "xz": ["xz", "-6", "-T1", "-c", path("text.txt")],
        # Its own allocator for small objects would leave malloc little to do.
        "python3": ["env", "PYTHONMALLOC=malloc", "PYTHONHASHSEED=0",
                    "/usr/bin/python3", path("script.py")],
        "ghostscript": ["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-r72",
                        "-sDEVICE=ppmraw", "-o", "-", path("pages.ps")],
        "g++": ["g++", "-std=c++20", "-O1", "-I" + root, "-c", "-o", "object.o",
                os.path.join(root, "tests/benchmark/malloc_strings_bench.cc")],
    }


def run_command(stage, command, contender):
    """Runs it in a folder of its own. The output is a digest of what it prints
    and of the files that it leaves there."""
    folder = os.path.join(stage.scratch, "run")
    os.mkdir(folder)
    done = stage.run(contender, command, folder=folder)
    digest = hashlib.sha256(done.output)
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            digest.update(file.read())
    shutil.rmtree(folder)
    return Run(done.milliseconds, done.mebibytes, digest.digest())


@contextlib.contextmanager
def redis_server(stage, contender):
    """A server on loopback, without files. Gives a function that runs one of
    its clients to a good end, and returns what that prints."""
    # In redis-tools it has another name. The package redis-server would have
    # the machine run one.
    program = os.path.join(stage.scratch, "redis-server")
    if not os.path.lexists(program):
        os.symlink("/usr/bin/redis-check-rdb", program)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = str(unused.getsockname()[1])

    def ask(client, *arguments, **how):
        return subprocess.run(
            [client, "-p", port, *arguments], **how, check=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=PATIENCE).stdout

    said = os.path.join(stage.scratch, "redis-said")
    with open(said, "wb") as log:
        server = subprocess.Popen(
            stage.measured([
                program, "--port", port, "--bind", "127.0.0.1", "--save", "",
                "--dir", stage.scratch, "--enable-debug-command", "local"]),
            env=stage.environment(contender), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=log)
    try:
        wait_for_port(int(port))
        yield ask
        ask("redis-cli", "shutdown", "nosave")
        server.wait(PATIENCE)
    except (OSError, subprocess.SubprocessError) as error:
        with open(said, "rb") as log:
            raise SystemExit(f"redis-server under {contender.name}: {error}: "
                             f"{log.read()!r}") from error
    finally:
        server.kill()


def wait_for_port(port):
    give_up = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def run_redis(stage, commands, contender):
    """redis-benchmark draws keys of its own: what is compared is the digest of
    what the commands leave behind."""
    with redis_server(stage, contender) as ask:
        start = time.monotonic()
        ask("redis-benchmark", "-q", "-n", "60000", "-r", "50000", "-P", "32",
            "-c", "10", "-d", "64",
            "-t", "set,get,lpush,lpop,sadd,hset,zadd")
        milliseconds = (time.monotonic() - start) * 1000
        ask("redis-cli", "flushall")
        with open(commands, "rb") as file:
            ask("redis-cli", "--pipe", stdin=file)
        digest = ask("redis-cli", "-e", "debug", "digest")
    return Run(milliseconds, stage.report()[1], digest)


def own_programs(stage):
    """{name: function of a contender}"""
    return {name: functools.partial(
        run_command, stage, [stage.benchmark(f"malloc_{name}_bench")])
            for name in OWN}


def real_programs(stage, inputs, root):
    """{name: function of a contender}"""
    made = {name: functools.partial(run_command, stage, command)
            for name, command in real_commands(inputs, root).items()}
    made["redis"] = functools.partial(run_redis, stage,
                                      os.path.join(inputs, "commands.redis"))
    return made
