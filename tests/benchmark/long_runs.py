# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""The programs of long_runs_bench.py, and what they work on."""

import dataclasses
import os
import random
import subprocess

PYTHON = """
def primes(limit):
    sieve = bytearray([1]) * limit
    for n in range(2, int(limit ** 0.5) + 1):
        if sieve[n]:
            sieve[n * n::n] = bytes(len(range(n * n, limit, n)))
    return [n for n in range(2, limit) if sieve[n]]

found = primes(6000000)
gaps = {}
for low, high in zip(found, found[1:]):
    gaps.setdefault(high - low, []).append(low)
words = sorted(f"{n * 7919 % 99991:x}" for n in range(900000))
total = 1
for word in words:
    total = (total * 31 + len(word)) % 2305843009213693951
print(len(found), sorted(gaps)[-1], total, words[1000])
"""


@dataclasses.dataclass(frozen=True)
class Program:
    name: str
    argv: list
    pool: str = "1G"


def _run(command, **how):
    subprocess.run(command, check=True, **how)


def _text(path):
    """64 MB of words, the same 8 MB again and again: more than `xz -1` looks
    back."""
    draw = random.Random(1)
    words = ["".join(draw.choices("etaoinshrdlu", k=draw.randrange(2, 9)))
             for _ in range(4000)]
    block = " ".join(draw.choices(words, k=1400000)).encode()
    with open(path, "wb") as file:
        for _ in range(8):
            file.write(block)


def _large_picture(path):
    """160 megapixels as JPEG."""
    width, height = 16000, 9900
    noise = random.Random(1).randbytes(3 * width * 300)
    soft = bytes(value // 4 + 96 for value in noise)
    with open(path, "wb") as file, subprocess.Popen(
            ["/usr/bin/cjpeg", "-quality", "85"], stdin=subprocess.PIPE,
            stdout=file) as cjpeg:
        cjpeg.stdin.write(b"P6\n%d %d\n255\n" % (width, height))
        for _ in range(height // 300):
            cjpeg.stdin.write(soft)
        cjpeg.stdin.close()
        if cjpeg.wait() != 0:
            raise SystemExit("cjpeg makes no picture")


def _video(path):
    _run(["/usr/bin/ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i",
          "testsrc2=size=1280x720:rate=25:duration=16", "-c:v", "libx264",
          "-preset", "veryfast", "-pix_fmt", "yuv420p", path],
         stdin=subprocess.DEVNULL)


def make_inputs(folder):
    """Makes what is not there yet; seconds."""
    def path(name):
        return os.path.join(folder, name)

    def once(name, maker):
        if not os.path.exists(path(name)):
            maker(path(name) + ".part")
            os.rename(path(name) + ".part", path(name))

    def compress(name, *options):
        def make(part):
            with open(part, "wb") as file:
                _run(["/usr/bin/xz", *options, "-c", path(name)], stdout=file)
        return make

    def script(part):
        with open(part, "w", encoding="ascii") as file:
            file.write(PYTHON)

    os.makedirs(folder, exist_ok=True)
    once("text", _text)
    once("text.xz", compress("text", "-1"))
    # Only a threaded compressor says how large its blocks are, without which
    # they are not decoded by several threads.
    once("blocks.xz", compress("text", "-1", "-T2", "--block-size=4MiB"))
    once("large.jpg", _large_picture)
    if not os.path.exists(path("video.mp4")):
        _video(path("video.mp4"))
    once("script.py", script)


def programs(folder):
    def path(name):
        return os.path.join(folder, name)

    return [
        Program("xz -dc", ["/usr/bin/xz", "-dc", path("text.xz")]),
        Program("xz -dc -T2",
                ["/usr/bin/xz", "-dc", "-T2", path("blocks.xz")]),
        Program("xz -0 -T2",
                ["/usr/bin/xz", "-0", "-T2", "-c", path("text")]),
        Program("ffmpeg, H.264 to raw frames",
                ["/usr/bin/ffmpeg", "-v", "error", "-nostdin", "-i",
                 path("video.mp4"), "-f", "rawvideo", "-"]),
        Program("djpeg, 160 megapixels",
                ["/usr/bin/djpeg", path("large.jpg")]),
        Program("python3, computing",
                ["/usr/bin/python3", "-I", path("script.py")]),
    ]
