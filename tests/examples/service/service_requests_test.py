#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""examples/service from outside: files and requests of every kind,
good and hostile; what it answers, counts and logs."""

import json
import re

from service_process import (HOSTILE, SMALL_POOL, Service, good_png, pixels_of, png,
                             post, read_all, status_of)
from harness import case, check, contains, equal, main

LINE = b"GET /healthz HTTP/1.1\r\n"


@case
def good_files_come_back_as_pixels():
    with Service() as service:
        for width, height, interlaced in ((64, 48, 0), (1, 1, 0), (700, 3, 0)):
            pixels = pixels_of(width, height)
            file = png(width, height, pixels, interlaced)
            answer = service.decode(file)
            equal(answer.status, 200, "status")
            equal(answer.headers["X-Image-Width"], str(width), "width")
            equal(answer.headers["X-Image-Height"], str(height), "height")
            check(answer.body == pixels, "the pixels differ")
            verdict = json.loads(answer.headers["X-Verdict"])
            told = service.decode(file, Accept="application/json")
            equal(told.headers["Content-Type"], "application/json", "type")
            for one in (verdict, told.json()):
                equal(one["verdict"], "clean", "verdict")
                equal((one["format"], one["width"], one["height"]),
                      ("png", width, height), "verdict")
                check(one["worker"] > 1, "no worker")
            line = service.await_log(lambda l, i=verdict["id"]: l["id"] == i)
            equal((line["verdict"], line["status"], line["file_bytes"],
                   line["worker"], line["width"]),
                  ("clean", 200, len(file), verdict["worker"], width), "log")
            check(line["worker"] != told.json()["worker"],
                  "two files had one worker")


def hostile_file(file, verdict):
    with Service(SMALL_POOL) as service:
        answer = service.decode(file)
        equal(answer.status, 422, "status")
        told = answer.json()
        equal(told["verdict"], verdict, "verdict")
        check(told["words"], "no words")
        if verdict == "exhausted":
            check(told["asked"] > 30_000_000 and told["short_by"] > 0,
                  f"figures: {told}")
        line = service.await_log(lambda l: l["route"] == "decode")
        equal((line["verdict"], line["status"], line["file_bytes"]),
              (verdict, 422, len(file)), "log")
        equal(service.decode(good_png()).status, 200, "a good file after it")


for name, file, verdict in HOSTILE:
    case(hostile_file, file, verdict, name="hostile_file_" + name)

CHUNKED = (b"POST /decode HTTP/1.1\r\n"
           b"Transfer-Encoding: chunked\r\n\r\n")

# Name, bytes, what statuses may come of it.
REQUESTS = [
    ("garbage", b"GARBAGE\r\n\r\n", {400}),
    ("zeroes", bytes(100_000), {431}),
    ("tls", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
     {400, 408, 431}),
    ("http2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400}),
    ("endless_lines", LINE + b"A: b\r\n" * 20000, {400}),
    ("long_line", LINE + b"A: " + b"b" * 100_000, {400}),
    ("range_of_4000_digits", LINE + b"Range: bytes=" + b"1" * 4000 + b"-\r\n\r\n",
     {400, 416}),
    ("range_of_1300_parts", LINE + b"Range: bytes=0-1" + b",-" * 1950 + b"\r\n"
     b"Connection: close\r\n\r\n", {200}),
    ("no_length", b"POST /decode HTTP/1.1\r\n\r\n", {411}),
    ("huge_length", b"POST /decode HTTP/1.1\r\nContent-Length: "
     b"999999999999\r\n\r\nabc", {413}),
    ("wrapping_length", b"POST /decode HTTP/1.1\r\nContent-Length: "
     b"18446744073709551617\r\n\r\na", {400}),
    ("negative_length", b"POST /decode HTTP/1.1\r\nContent-Length: -1\r\n\r\na",
     {400}),
    ("two_lengths", b"POST /decode HTTP/1.1\r\nContent-Length: 1\r\n"
     b"Content-Length: 2\r\n\r\nab", {400}),
    ("length_and_chunks", b"POST /decode HTTP/1.1\r\nContent-Length: 1\r\n"
     b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {411}),
    ("other_encoding", b"POST /decode HTTP/1.1\r\nTransfer-Encoding: "
     b"gzip, chunked\r\n\r\n0\r\n\r\n", {411}),
    ("compressed", post(b"abc", b"Content-Encoding: gzip\r\n"), {415}),
    ("form", post(b"abc", b"Content-Type: Multipart/form-data; "
                  b"boundary=x\r\n"), {415}),
    ("body_of_a_get", LINE + b"Content-Length: 5\r\n\r\nGET /", {400}),
    ("other_method", b"DELETE /decode HTTP/1.1\r\n\r\n", {405}),
    ("other_page", b"GET /../../etc/passwd HTTP/1.1\r\n\r\n", {404}),
    ("chunks", CHUNKED + b"5\r\nabcde\r\n0\r\n\r\n", {411}),
    ("chunk_with_a_sign", CHUNKED + b" +5 junk\r\nabcde\r\n0\r\n\r\n", {411}),
    ("chunk_in_c", CHUNKED + b"0x5\r\nabcde\r\n0\r\n\r\n", {411}),
    ("huge_chunk", CHUNKED + b"ffffffffffffffff\r\n" + bytes(9 << 20), {411}),
    ("chunks_that_are_announced", CHUNKED[:-2] + b"Expect: 100-continue\r\n"
     b"\r\n", {411}),
    ("chunks_of_a_get", LINE + b"Transfer-Encoding: chunked\r\n\r\n"
     b"0\r\n\r\n", {411}),
    ("expects_to_go_on", b"POST /decode HTTP/1.1\r\nExpect: 100-continue\r\n"
     b"Content-Length: 99999999\r\n\r\n", {413}),
]


def hostile_request(raw, statuses):
    with Service("--head-ms=3000", "--body-ms=3000") as service:
        with service.connect() as client:
            try:
                client.sendall(raw)
            except ConnectionError:
                pass  # it need not read it all
            got = status_of(read_all(client))
        check(got in statuses, f"got {got}, wanted one of {statuses}")
        line = service.await_log(lambda l: True)
        equal(line["status"], got, "log")
        equal(service.decode(good_png()).status, 200, "a good file after it")


for name, raw, statuses in REQUESTS:
    case(hostile_request, raw, statuses, name="hostile_request_" + name)


@case
def figures_are_those_of_what_was_sent():
    with Service() as service:
        for file in (good_png(), good_png(), b"what is this"):
            service.decode(file)
        for _ in range(2):
            service.ask("GET", "/healthz")
        text = service.ask("GET", "/metrics").body.decode()
        for line in text.splitlines():
            check(re.fullmatch(
                r'# (HELP|TYPE) [a-z_]+ .+|'
                r'[a-z_]+(\{[a-z]+="[^"\\]+"\})? [0-9.e+-]+', line), line)
        service.await_logs(lambda l: True, 6)  # counted after the answer
        figures = service.metrics()
        equal(figures['service_decodes_total{verdict="clean"}'], 2, "clean")
        equal(figures['service_decodes_total{verdict="unknown_format"}'], 1,
              "unknown")
        equal(figures['service_requests_total{status="4xx"}'], 1, "4xx")
        equal(figures['service_requests_total{status="2xx"}'], 5, "2xx")
        equal(figures["service_decode_seconds_count"], 3, "count")
        buckets = [value for name, value in figures.items()
                   if name.startswith("service_decode_seconds_bucket")]
        equal(buckets, sorted(buckets), "buckets")
        equal(buckets[-1], 3, "the last bucket")
        check(0 < figures["service_pool_used_bytes"] <=
              figures["service_pool_peak_bytes"] <=
              figures["service_pool_bytes"], "pool")
        check(figures["service_worker_pool_peak_bytes"] > 0, "worker's pool")
        equal(figures["service_queue_depth"] + figures["service_in_flight"], 0,
              "queue")


@case
def nothing_of_the_clients_is_in_the_log():
    with Service() as service:
        for path in (b'/"},"verdict":"clean', b"/%0a%7b%22id%22:1%7d",
                     b"/\x1b[31mred", b"/" + b"x" * 2000):
            service.send(b"GET " + path + b' HTTP/1.1\r\nX: "\x80\x01\r\n'
                         b"Connection: close\r\n\r\n")
        service.decode(b'"},{"injected":"1"\n\x1b[31m' * 10)
        # libpng quotes the name of a chunk that it does not like.
        file = bytearray(good_png())
        file[37:41] = b'"\n\x1b}'
        service.decode(bytes(file))
        with open(service.out_path, "rb") as log:
            text = log.read()
        equal(len(service.log()), text.count(b"\n"), "lines")
        check(len(service.log()) >= 4, "no log")
        check(all(c == 10 or 32 <= c < 127 for c in text), "bytes in the log")
        for word in (b"injected", b"red", b"xxxx"):
            check(word not in text, f"{word} is in the log")


@case
def the_page_has_a_policy_and_nothing_from_elsewhere():
    with Service() as service:
        for path, kind in (("/", "text/html"), ("/page.js", "text/javascript"),
                           ("/page.css", "text/css")):
            answer = service.ask("GET", path)
            equal(answer.status, 200, path)
            contains(answer.headers["Content-Type"], kind, path)
            contains(answer.headers["Content-Security-Policy"],
                     "default-src 'none'", path)
            equal(answer.headers["X-Content-Type-Options"], "nosniff", path)
            check(b"//" not in answer.body.replace(b"// ", b""),
                  f"{path} names another host")
            equal(service.ask("HEAD", path).body, b"", "HEAD")


if __name__ == "__main__":
    main()
