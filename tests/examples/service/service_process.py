# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""The service of examples/service, started for a test; and files to send."""

import http.client
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../tools/jailrun"))
from harness import (  # pylint: disable=wrong-import-position
    check, runfile, scratch)

_READY = re.compile(
    r"service: http://127\.0\.0\.1:(\d+); front (\d+) locked, (\d+) threads")
_started = 0


class Answer:
    """Of one request."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)


class Service:
    """A service on a port that was free; use it by `with`."""

    def __init__(self, *options):
        global _started
        _started += 1
        base = os.path.join(scratch(), f"service.{_started}")
        self.out_path, self.err_path = base + ".out", base + ".err"
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen(
                [runfile("examples/service/service"), "--port=0", *options],
                stdin=subprocess.PIPE, stdout=out, stderr=err)
        for _ in range(300):
            found = _READY.search(self.errors())
            if found or self.process.poll() is not None:
                break
            time.sleep(0.1)
        check(found, f"the service does not start: {self.errors()!r}")
        self.port, self.front, self.threads = map(int, found.groups())
        self.broker = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()

    def errors(self):
        with open(self.err_path, encoding="utf-8") as file:
            return file.read()

    def log(self):
        """The lines of its log so far, each of which has to be JSON."""
        with open(self.out_path, encoding="utf-8") as file:
            return [json.loads(line) for line in file.read().splitlines()]

    def await_log(self, wanted):
        """The first line of the log that `wanted` accepts; it is written
        after the answer."""
        for _ in range(100):
            for line in self.log():
                if wanted(line):
                    return line
            time.sleep(0.05)
        check(False, f"no such line in the log: {self.log()!r}")

    def await_logs(self, wanted, count):
        """So many lines of the log that `wanted` accepts."""
        for _ in range(600):
            lines = [line for line in self.log() if wanted(line)]
            if len(lines) >= count:
                return lines
            time.sleep(0.05)
        check(False, f"no {count} such lines in the log: {self.log()!r}")

    def await_metrics(self, wanted):
        """The first figures that `wanted` accepts."""
        for _ in range(600):
            figures = self.metrics()
            if wanted(figures):
                return figures
            time.sleep(0.05)
        check(False, f"no such figures: {figures}")

    def stop(self, with_signal=signal.SIGTERM):
        """Its exit code."""
        self.process.send_signal(with_signal)
        return self.process.wait(40)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), 20)

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()),
                          answer.read())
        finally:
            connection.close()

    def decode(self, file, **headers):
        return self.ask("POST", "/decode", file,
                        {name.replace("_", "-"): value
                         for name, value in headers.items()})

    def send(self, raw):
        """What it answers to these bytes until it closes the connection."""
        with self.connect() as client:
            client.sendall(raw)
            return read_all(client)

    def metrics(self):
        values = {}
        for line in self.ask("GET", "/metrics").body.decode().splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
        return values

    def workers(self):
        """Children of the broker but the front: workers and templates."""
        found = set()
        try:
            for task in os.listdir(f"/proc/{self.broker}/task"):
                path = f"/proc/{self.broker}/task/{task}/children"
                with open(path, encoding="ascii") as file:
                    found.update(map(int, file.read().split()))
        except OSError:
            pass
        return found - {self.front}


def read_all(client):
    answer = b""
    try:
        while part := client.recv(65536):
            answer += part
    except ConnectionResetError:
        pass
    return answer


def status_of(answer):
    """Of raw bytes; 0 iff there is no answer."""
    found = re.match(rb"HTTP/1\.1 (\d+) ", answer)
    return int(found.group(1)) if found else 0


def post(file, extra=b""):
    """A request as bytes."""
    return (b"POST /decode HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n%s"
            b"\r\n" % (len(file), extra)) + file


def pixels_of(width, height):
    """RGBA that is different everywhere."""
    return b"".join(
        bytes((x * 7 & 255, y * 5 & 255, (x ^ y) & 255, 255 - (x & 63)))
        for y in range(height) for x in range(width))


def chunk(name, content):
    return (struct.pack(">I", len(content)) + name + content +
            struct.pack(">I", zlib.crc32(name + content)))


def png(width, height, pixels=None, interlaced=0, raw=None):
    """`pixels` as PNG; or any stream `raw` that is said to be so large."""
    if raw is None:
        row = 4 * width
        raw = b"".join(b"\0" + pixels[at:at + row]
                       for at in range(0, len(pixels), row))
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) +
            chunk(b"IDAT", zlib.compress(raw, 1)) + chunk(b"IEND", b""))


def good_png(width=64, height=48):
    return png(width, height, pixels_of(width, height))


def flipped_png():
    file = bytearray(good_png(65, 48))
    for at in range(60, len(file) - 20, 97):
        file[at] ^= 0x10
    return bytes(file)


# Name, file, verdict; with SMALL_POOL, where a pool is to be exhausted.
SMALL_POOL = "--worker-pool=24M"
HOSTILE = [
    ("truncated", good_png()[:-400], "refused"),
    ("flipped", flipped_png(), "refused"),
    ("only_its_beginning", good_png()[:8], "refused"),
    ("bomb_by_its_size", png(30000, 30000, raw=bytes(1 << 20)), "refused"),
    ("more_than_its_pool", png(2800, 2800, interlaced=1,
                               raw=bytes(2800 * (1 + 4 * 2800))), "exhausted"),
    ("not_a_picture", b"#!/bin/sh\nid\n" * 100, "unknown_format"),
    ("empty", b"", "unknown_format"),
]
