#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""examples/service from outside: files, requests and clients of every kind,
good and hostile; what it answers, logs and counts; its locks and its end."""

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

from service_process import (HOSTILE, Service, good_png, pixels_of, png, post,
                             read_all, status_of)
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
    with Service() as service:
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
     b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
    ("other_encoding", b"POST /decode HTTP/1.1\r\nTransfer-Encoding: "
     b"gzip, chunked\r\n\r\n0\r\n\r\n", {400}),
    ("compressed", post(b"abc", b"Content-Encoding: gzip\r\n"), {415}),
    ("form", post(b"abc", b"Content-Type: Multipart/form-data; "
                  b"boundary=x\r\n"), {415}),
    ("body_of_a_get", LINE + b"Content-Length: 5\r\n\r\nGET /", {400}),
    ("other_method", b"DELETE /decode HTTP/1.1\r\n\r\n", {405}),
    ("other_page", b"GET /../../etc/passwd HTTP/1.1\r\n\r\n", {404}),
    ("broken_chunk", b"POST /decode HTTP/1.1\r\nTransfer-Encoding: chunked"
     b"\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", {400}),
    ("huge_chunk", b"POST /decode HTTP/1.1\r\nTransfer-Encoding: chunked"
     b"\r\n\r\nffffffffffffffff\r\n" + bytes(9 << 20), {400, 413}),
    ("chunks_without_end", b"POST /decode HTTP/1.1\r\nTransfer-Encoding: "
     b"chunked\r\n\r\n" + b"100000\r\n" + bytes(1 << 20) + b"\r\n" +
     (b"100000\r\n" + bytes(1 << 20) + b"\r\n") * 8, {413}),
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
def chunks_and_pipelines_are_served_in_order():
    with Service() as service:
        file = good_png()
        chunked = b"POST /decode HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        for at in range(0, len(file), 1000):
            part = file[at:at + 1000]
            chunked += b"%x\r\n%s\r\n" % (len(part), part)
        answer = service.send(chunked + b"0\r\n\r\n" + LINE + b"\r\n" +
                              post(b"not a picture") + b"\x01garbage\r\n\r\n")
        equal(re.findall(rb"HTTP/1\.1 (\d+)", answer),
              [b"200", b"200", b"422", b"400"], "statuses")
        check(pixels_of(64, 48) in answer, "no picture")


@case
def a_client_that_is_told_to_go_on_is_served():
    with Service() as service, service.connect() as client:
        file = good_png()
        request = post(file, b"Expect: 100-continue\r\nConnection: close\r\n")
        client.sendall(request[:-len(file)])
        contains(client.recv(1000), b"100 Continue", "first answer")
        client.sendall(file)
        equal(status_of(read_all(client)), 200, "answer")


@case
def a_half_closed_connection_gets_its_answer():
    with Service() as service, service.connect() as client:
        client.sendall(post(good_png()))
        client.shutdown(socket.SHUT_WR)
        answer = read_all(client)
        equal(status_of(answer), 200, "status")
        check(answer.endswith(pixels_of(64, 48)), "no picture")


@case
def a_client_that_goes_away_is_logged():
    with Service() as service:
        with service.connect() as client:
            client.sendall(post(good_png())[:500])
        line = service.await_log(lambda l: l["route"] == "decode")
        equal(line["status"], 400, "log")
        equal(service.decode(good_png()).status, 200, "a good file after it")


def slow_client(head, trickle, statuses):
    """Sends `head`, and then a byte now and then for as long as it may."""
    with Service("--head-ms=700", "--body-ms=900") as service:
        with service.connect() as client:
            client.sendall(head)
            began = time.monotonic()
            client.settimeout(0.1)
            answer = b""
            while time.monotonic() < began + 10:
                try:
                    part = client.recv(65536)
                    answer += part
                    if not part:
                        break
                except TimeoutError:
                    try:
                        client.sendall(trickle)
                    except ConnectionError:
                        break
                except ConnectionError:
                    break
            took = time.monotonic() - began
        check(took < 8, f"it was borne with for {took} s")
        check(status_of(answer) in statuses, f"got {answer[:60]}")
        equal(service.decode(good_png()).status, 200, "a good file after it")


for name, head, trickle, statuses in (
        ("without_a_line", b"GET", b"x", {408}),
        ("without_an_end_of_lines", LINE, b"a: b\r\n", {400, 408}),
        ("silent_in_its_lines", LINE, b"", {400, 408}),
        ("without_its_file", post(bytes(5000))[:-4990], b"x", {408}),
        ("silent_in_its_file", post(bytes(5000))[:-4990], b"", {408})):
    case(slow_client, head, trickle, statuses, name="slow_client_" + name)


@case
def a_client_that_does_not_read_holds_its_place_for_so_long_only():
    with Service("--workers=1", "--queue=0", "--write-ms=700") as service:
        with service.connect() as client:
            # 16 MB, more than the kernel holds for a socket.
            client.sendall(post(png(2000, 2000, raw=bytes(2000 * 8001))))
            time.sleep(0.3)
            equal(service.decode(good_png()).status, 503, "meanwhile")
            line = service.await_log(lambda l: l["status"] == 200)
            check(line["bytes_out"] < 16_000_000, "it was all sent")
            equal(service.decode(good_png()).status, 200, "after it")


@case
def many_slow_clients_do_not_stop_the_others():
    with Service("--workers=1", "--queue=4") as service:
        # Fewer than there are threads; each holds one for as long as it may.
        slow = [service.connect() for _ in range(10)]
        for client in slow:
            client.sendall(b"GET /")
        time.sleep(0.3)
        equal(service.decode(good_png()).status, 200, "a good file")
        for client in slow:
            client.close()


@case
def a_full_queue_is_told_and_all_else_goes_on():
    with Service("--workers=1", "--queue=2") as service:
        file = good_png()
        waiting = [service.connect() for _ in range(3)]
        for client in waiting:
            client.sendall(post(file, b"Connection: close\r\n")[:-1])
        time.sleep(0.5)
        answer = service.decode(file)
        equal(answer.status, 503, "status")
        equal(answer.headers["Retry-After"], "1", "Retry-After")
        contains(answer.json()["error"], "waiting", "words")
        equal(service.ask("GET", "/healthz").status, 200, "healthz")
        equal(service.metrics()['service_requests_total{status="5xx"}'], 1,
              "metrics")
        line = service.await_log(lambda l: l["status"] == 503)
        equal(line["route"], "decode", "log")
        for client in waiting:
            client.sendall(file[-1:])
            equal(status_of(read_all(client)), 200, "one that waited")
            client.close()
        equal(service.decode(file).status, 200, "after it")


@case
def one_connection_too_many_is_told():
    with Service("--connections=4") as service:
        held = [service.connect() for _ in range(4)]
        time.sleep(0.3)
        with service.connect() as client:
            answer = read_all(client)
        equal(status_of(answer), 503, "status")
        contains(answer, b"Retry-After: 1", "answer")
        for client in held:
            client.close()
        time.sleep(0.3)
        equal(service.decode(good_png()).status, 200, "after it")


@case
def it_ends_when_what_has_begun_is_answered():
    for end in (signal.SIGTERM, signal.SIGINT):
        with Service() as service, service.connect() as client, \
                service.connect() as idle:
            file = good_png()
            client.sendall(post(file)[:-1])
            idle.sendall(LINE + b"\r\n")
            answer = b""
            while not answer.endswith(b"\r\n\r\nok\n"):
                part = idle.recv(10_000)
                check(part, f"the idle one was closed after {answer}")
                answer += part
            service.process.send_signal(end)
            equal(read_all(idle), b"", "the idle one")
            try:
                service.connect().close()
                check(False, "it still takes connections")
            except ConnectionRefusedError:
                pass
            check(service.process.poll() is None, "it did not wait")
            client.sendall(file[-1:])
            answer = read_all(client)
            equal(status_of(answer), 200, "the one that had begun")
            check(answer.endswith(pixels_of(64, 48)), "no picture")
            equal(service.process.wait(20), 0, "exit code")
            contains(service.errors(), "ended", "its words")
            equal(service.workers(), set(), "workers")


@case
def every_thread_of_the_front_is_locked():
    with Service() as service:
        tasks = os.listdir(f"/proc/{service.front}/task")
        equal(len(tasks), service.threads, "threads")
        check(len(tasks) > 20, "so few threads")
        for task in tasks:
            path = f"/proc/{service.front}/task/{task}/status"
            with open(path, encoding="ascii") as file:
                status = dict(line.split(":\t", 1) for line in
                              file.read().splitlines() if ":\t" in line)
            equal((status["Seccomp"], status["NoNewPrivs"]), ("2", "1"),
                  f"thread {task}")


@case
def the_broker_has_no_http():
    with Service() as service:
        held = set()
        for fd in os.listdir(f"/proc/{service.broker}/fd"):
            try:
                held.add(os.readlink(f"/proc/{service.broker}/fd/{fd}"))
            except FileNotFoundError:
                pass
        with open("/proc/net/tcp", encoding="ascii") as file:
            rows = [row.split() for row in file.read().splitlines()[1:]]
        inodes = {f"socket:[{row[9]}]" for row in rows
                  if row[1].endswith(f":{service.port:04X}")}
        check(inodes, "nobody listens")
        equal(held & inodes, set(), "its sockets")
        with open(f"/proc/{service.broker}/maps", encoding="ascii") as file:
            maps = file.read()
        for name in ("httplib", "libssl", "libcrypto"):
            check(name not in maps, f"{name} is in the broker")
        contains(maps, "libpng", "the broker's libraries")


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


@case
def who_kills_a_worker_does_not_fail_its_file():
    with Service("--worker-pool=48M") as service:
        # Some 100 ms of work.
        file = png(2000, 2000, raw=b"\0" * (2000 * 8001))
        attempts = []
        for _ in range(30):
            answers = []
            thread = threading.Thread(target=lambda answers=answers:
                                      answers.append(service.decode(
                                          file, Accept="application/json")))
            thread.start()
            time.sleep(0.03)
            for worker in service.workers():
                try:
                    os.kill(worker, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            thread.join()
            equal(answers[0].status, 200, answers[0].body)
            attempts.append(answers[0].json()["attempts"])
            if max(attempts) > 1:
                break
        check(max(attempts) > 1, f"none was tried again: {attempts}")
        check(service.metrics()["service_decode_retries_total"] >= 1, "metrics")


@case
def a_small_pool_exhausts_each_file_and_the_service_goes_on():
    with Service("--worker-pool=256K") as service:
        file = png(400, 300, pixels_of(400, 300), interlaced=0)
        big = png(400, 300, interlaced=1, raw=bytes(400 * 300 * 4 + 2000))
        for _ in range(20):
            equal(service.decode(big).json()["verdict"], "exhausted", "verdict")
        equal(service.ask("GET", "/healthz").status, 200, "healthz")
        check(service.decode(file).status in (200, 422), "status")
        figures = service.metrics()
        check(figures["service_worker_pool_short_by_bytes"] > 0, "short by")


@case
def if_the_front_dies_the_service_says_so_and_ends():
    with Service() as service:
        os.kill(service.front, signal.SIGKILL)
        equal(service.process.wait(20), 1, "exit code")
        contains(service.errors(), "the front was ended by signal 9", "words")


@case
def if_the_broker_dies_so_does_the_front():
    with Service() as service:
        os.kill(service.broker, signal.SIGKILL)
        service.process.wait(20)
        for _ in range(100):
            if not os.path.exists(f"/proc/{service.front}"):
                return
            with open(f"/proc/{service.front}/stat", encoding="ascii") as file:
                if file.read().rsplit(") ", 1)[1][0] == "Z":
                    return
            time.sleep(0.05)
        check(False, "the front lives on")


@case
def a_port_that_is_taken_is_named():
    with Service() as service:
        second = service.process.args[:1] + [f"--port={service.port}"]
        run = subprocess.run(second, capture_output=True, timeout=30,
                             check=False)
        equal(run.returncode, 1, "exit code")
        contains(run.stderr.decode(), f"port {service.port}: Address already "
                 "in use; give one that is free", "words")


if __name__ == "__main__":
    main()
