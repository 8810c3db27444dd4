#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Debian's unmodified programs, also with threads and children, give the same
output on a pool as without one: byte for byte, in both modes. The loader is the
witness that malloc is ours in each."""

import glob
import os
import random
import re
import signal
import socket
import subprocess
import time

from preload import (Failure, MODES, VARIABLES, case, check, equal, execute,
                     fixture, library, main, preload_environment, program,
                     scratch, scratch_file)

POOL = "1G"

# Inputs: made once each, when first asked for, with the same content always.
_made = {}


def made(name, maker):
    if name not in _made:
        _made[name] = scratch_file(name, maker())
    return _made[name]


def text():
    source = random.Random(1)
    words = [bytes(source.choices(b"abcdefghijklmnopqrstuvwxyz",
                                  k=source.randint(2, 12)))
             for _ in range(3000)]
    return b"".join(b" ".join(source.choices(words, k=12)) + b"\n"
                    for _ in range(40000))


def numbers():
    source = random.Random(2)
    return b"".join(b"%d %d\n" % (source.randrange(10**9), n)
                    for n in range(150000))


def rows():
    source = random.Random(3)
    return b"[" + b",".join(
        b'{"id":%d,"name":"n\xc3\xa4me %d","tags":[%s]}' %
        (n, source.randrange(500), b",".join(
            b'"t%d"' % source.randrange(50) for _ in range(5)))
        for n in range(20000)) + b"]"


TEXT = made("text", text)
NUMBERS = made("numbers", numbers)
ROWS = made("rows.json", rows)

SQL = """
create table t (id integer primary key, name text, weight real);
with recursive c(n) as (values(1) union all select n + 1 from c
  where n < 60000)
insert into t select n, hex(n * 7919 % 60013) || substr('xxxxxxxxxxxxxxxxxxxx',
  1, n % 20), n / 7.0 from c;
create index by_name on t (name);
select count(*), sum(weight), max(name) from t;
select a.name, b.id from t a join t b on a.id = b.id * 2 + 1
  order by a.name limit 20;
select length(group_concat(name)), count(distinct substr(name, 1, 4)) from t;
update t set name = name || name where id % 3 = 0;
delete from t where id % 5 = 0;
select count(*), sum(length(name)) from t;
select nothing from nowhere;
"""

LUA = """
local t, words = {}, {}
for i = 1, 60000 do t[i] = string.format('%07d', i * 7919 % 1000003) end
table.sort(t)
for i = 1, #t do
  local key = t[i]:sub(1, 4)
  words[key] = (words[key] or '') .. t[i]
end
local n = 0
for _, value in pairs(words) do n = n + #value end
print(#t, t[1], t[#t], n, #table.concat(t))
collectgarbage()
local deep = {}
for i = 1, 100000 do deep = {deep, tostring(i)} end
print(deep[2])
io.stderr:write('to stderr\\n')
os.exit(4)
"""

PERL = r"""
my (%h, @a);
for my $n (1 .. 60000) {
  my $key = ($n * 7919) % 60013;
  $h{$key} = "value $n" x ($n % 7);
  push @{$a[$n % 100]}, $key;
}
print join(',', (sort { $a <=> $b } keys %h)[0 .. 20]), "\n";
print scalar(map { @$_ } @a), ' ', length(join('', values %h)), "\n";
my $text = 'abc' x 50000; $text =~ s/b(c)/<$1>/g; print length($text), "\n";
print STDERR "to stderr\n"; exit 5;
"""

PYTHON = """
import collections, hashlib, json, re, sqlite3, sys, zlib
words = collections.Counter(open(sys.argv[1]).read().split())
print(words.most_common(5), len(words))
print(zlib.crc32(zlib.compress(open(sys.argv[1], 'rb').read())))
rows = json.load(open(sys.argv[2]))
print(hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest())
db = sqlite3.connect(':memory:')
db.execute('create table t (a, b)')
db.executemany('insert into t values (?, ?)',
               ((row['id'], row['name']) for row in rows))
print(db.execute('select count(*), max(b) from t').fetchone())
print(len(re.findall('a+', open(sys.argv[1]).read())))
print(sum(len(bytes(n)) for n in range(0, 3000000, 99991)))
print('error', file=sys.stderr)
sys.exit(3)
"""

PYTHON_THREADS = """
import concurrent.futures, hashlib, lzma, os, threading, zlib
data = open(__import__('sys').argv[1], 'rb').read()[:400000]
def work(n):
    parts = [data[i * 1000:(i + n) * 1000] for i in range(100)]
    joined = b''.join(parts)
    packed = zlib.compress(joined, 1 + n % 9)
    return hashlib.sha256(packed + b''.join(sorted(parts))).hexdigest()
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    for digest in pool.map(work, range(1, 30)):
        print(digest)
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    for packed in pool.map(lzma.compress, [data[:30000], data[30000:60000]]):
        print(len(packed))
print(threading.active_count())
"""

PYTHON_PROCESSES = """
import multiprocessing, sys, threading
stop = threading.Event()
def churn():
    while not stop.is_set():
        [bytes(n) for n in range(0, 30000, 997)]
threads = [threading.Thread(target=churn) for _ in range(2)]
for thread in threads: thread.start()
def work(n):
    return n, sum(len(str(i) * n) for i in range(3000))
if __name__ == '__main__':
    with multiprocessing.get_context('fork').Pool(3) as pool:
        for n, total in pool.imap(work, range(40)):
            print(n, total)
    stop.set()
"""

AWK = """
{ n[substr($1, 1, 3)] += length($0); line[NR % 5000] = line[NR % 5000] $2 }
END { for (key in n) total += n[key]; for (key in line) all += length(line[key])
      print total, all, NR; exit 6 }
"""

BASH = """
declare -A seen
for ((i = 0; i < 6000; ++i)); do
  key=$((i * 7919 % 1009)); seen[$key]+="$i,"; text+="$key "
done
echo ${#seen[@]} ${#text} "${seen[5]}"
sorted=$(for key in "${!seen[@]}"; do echo "$key"; done | sort -n | head -20)
echo $sorted
for ((i = 0; i < 50; ++i)); do
  (echo "$i" | { read -r x; echo $((x * 2)); })
done
f() { local n=$1; ((n == 0)) || f $((n - 1)); }; f 500
echo to stderr >&2
exit 9
"""

POSTSCRIPT = """%!PS
/Times-Roman findfont 11 scalefont setfont
0 1 39 { /n exch def
  n 7 mul 20 add 800 n 18 mul sub moveto
  (A line of text, number ) show n 20 string cvs show
  n 40 div 1 n 40 div sub 0.5 setrgbcolor
  100 n 10 mul add 300 n 5 mul add 60 0 n 9 mul 20 add arc fill
  0 setgray
} for
showpage
0 5 500 { /x exch def newpath x 0 moveto 500 x sub 700 lineto
  x 3 mod 1 add setlinewidth x 500 div setgray stroke } for
/Helvetica findfont 200 scalefont setfont 50 300 moveto
(Bytes) true charpath clip 0 4 600 { /y exch def
  y 600 div 1 y 600 div sub 1 setrgbcolor 0 y 600 3 rectfill } for
showpage
"""

CXX = """
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

template <int kN>
struct Chain : Chain<kN - 1> {
  std::variant<int, std::string, std::vector<std::string>> value;
  std::map<std::string, std::function<int(int)>> functions;
  int Sum(int x) const {
    int sum = Chain<kN - 1>::Sum(x);
    for (const auto& [name, function] : functions) sum += function(x + kN);
    return sum;
  }
};
template <>
struct Chain<0> {
  int Sum(int x) const { return x; }
};

int main() {
  Chain<20> chain;
  chain.functions["a"] = [](int x) { return x * 2; };
  std::unordered_map<std::string, std::vector<int>> words;
  std::istringstream stream("one two three two one");
  for (std::string word; stream >> word;) words[word].push_back(chain.Sum(1));
  std::vector<std::pair<std::string, std::size_t>> sorted;
  for (const auto& [word, list] : words) sorted.emplace_back(word, list.size());
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [word, count] : sorted) std::cout << word << count << '\\n';
}
"""

POSTSCRIPT_FILE = made("page.ps", POSTSCRIPT.encode)
CXX_FILE = made("heavy.cc", CXX.encode)


def packed(name, *words):
    """What a program makes of the text, as a file; without a preload."""
    return made(name, lambda: execute([program(words[0]), *words[1:]],
                                      env=VARIABLES).out)


TEXT_XZ = packed("text.xz", "xz", "-2", "--block-size=300KiB", "-c", TEXT)
TEXT_ZST = packed("text.zst", "zstd", "-q", "-c", TEXT)
TEXT_BR = packed("text.br", "brotli", "-q", "4", "-c", TEXT)
TEXT_GZ = packed("text.gz", "gzip", "-n", "-c", TEXT)
TAR_WORDS = ("tar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0",
             "--numeric-owner", "-C", scratch())
TEXT_TAR = packed("all.tar", *TAR_WORDS, "-c", "text", "numbers", "rows.json")

# NAME: the program, its arguments, and its exit code.
PROGRAMS = {
    "sqlite3": (["sqlite3", ":memory:", SQL], 1),
    "lua": (["lua5.4", "-e", LUA], 4),
    "jq": (["jq", "-c", "map(select(.id % 3 == 0)) | group_by(.name) | "
            "map({name: .[0].name, n: length, tags: (map(.tags) | add | unique"
            ")})", ROWS], 0),
    "jq_error": (["jq", ".[0].id.x", ROWS], 5),
    "xz": (["xz", "-1", "-c", TEXT], 0),
    "xz_two_threads": (["xz", "-2", "-T2", "--block-size=300KiB", "-c", TEXT],
                       0),
    "xz_decodes_in_threads": (["xz", "-T2", "-dc", TEXT_XZ], 0),
    "zstd": (["zstd", "-q", "-9", "-c", TEXT], 0),
    "zstd_two_threads": (["zstd", "-q", "-5", "-T2", "-c", TEXT], 0),
    "zstd_decodes": (["zstd", "-q", "-dc", TEXT_ZST], 0),
    "brotli": (["brotli", "-q", "6", "-c", TEXT], 0),
    "brotli_decodes": (["brotli", "-dc", TEXT_BR], 0),
    "gzip": (["gzip", "-n", "-c", TEXT], 0),
    "gzip_decodes": (["gzip", "-dc", TEXT_GZ], 0),
    "tar": ([*TAR_WORDS, "-c", "text", "numbers", "rows.json"], 0),
    "tar_and_gzip": ([*TAR_WORDS, "-c", "-z", "text", "numbers"], 0),
    "tar_and_xz_in_threads": ([*TAR_WORDS, "-c", "--use-compress-program",
                               "xz -1 -T2 --block-size=300KiB", "text"], 0),
    "tar_lists": (["tar", "-tvf", TEXT_TAR, "--utc"], 0),
    "tar_extracts": (["tar", "-xOf", TEXT_TAR, "numbers"], 0),
    "sort": (["sort", NUMBERS], 0),
    "sort_parallel": (["sort", "--parallel=4", "-n", "-S", "20M", NUMBERS], 0),
    "sort_parallel_unique": (["sort", "--parallel=2", "-u", "-k1.1,1.3",
                              NUMBERS], 0),
    "sort_by_files": (["sort", "--parallel=4", "-S", "1M", TEXT], 0),
    "awk": (["awk", AWK, NUMBERS], 6),
    "bash": (["bash", "-c", BASH], 9),
    "perl": (["perl", "-e", PERL], 5),
    "python3": (["python3", "-I", "-c", PYTHON, TEXT, ROWS], 3),
    "python3_threads": (["python3", "-I", "-c", PYTHON_THREADS, TEXT], 0),
    "python3_threads_and_processes": (["python3", "-I", "-c",
                                       PYTHON_PROCESSES], 0),
    "python3_every_object_by_malloc": (["python3", "-c", PYTHON, TEXT, ROWS],
                                       3),
    "ghostscript": (["gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-r100",
                     "-sDEVICE=ppmraw", "-o", "-", POSTSCRIPT_FILE], 0),
    "ghostscript_threads": (["gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER",
                             "-r150", "-sDEVICE=ppmraw", "-dBandHeight=100",
                             "-dMaxBitmap=0", "-dNumRenderingThreads=4",
                             "-o", "-", POSTSCRIPT_FILE], 0),
    "g++": (["g++", "-std=c++20", "-O1", "-S", "-o", "-", CXX_FILE], 0),
}

# Hash orders of interpreters, and how Python allocates.
MORE = {
    "perl": {"PERL_HASH_SEED": "0"},
    "python3_every_object_by_malloc": {"PYTHONMALLOC": "malloc",
                                       "PYTHONHASHSEED": "0"},
}

_plain = {}


def same(mode, name):
    words, code = PROGRAMS[name]
    command = [program(words[0]), *words[1:]]
    more = {"TMPDIR": scratch(), **MORE.get(name, {})}
    if name not in _plain:
        _plain[name] = execute(command, env={**VARIABLES, **more}, timeout=120)
    plain = _plain[name]
    equal(plain.code, code, f"exit code without a pool (stderr "
                            f"{plain.err[-300:]!r})")
    ours = execute(command, env=preload_environment(mode, POOL, **more),
                   timeout=240)
    equal(ours.code, plain.code, f"exit code (stderr {ours.err[-400:]!r})")
    equal(ours.out, plain.out, "stdout")
    equal(ours.err, plain.err, "stderr")
    check(ours.out or ours.err, "no output")


for each in MODES:
    for program_name in PROGRAMS:
        case(same, each, program_name, name=f"{program_name}_{each}")


# That it is ours which serves, by the loader's own word, for each program.
BOUND = re.compile(r"binding file (\S+) \[0\] to (\S+) \[0\]: normal symbol "
                   r"`(\w+)'")
FAMILY = {"malloc", "free", "calloc", "realloc", "_Znwm", "_ZdlPv"}


def served_by_us(name):
    words, _ = PROGRAMS[name]
    traces = os.path.join(scratch(), f"bindings.{name}")
    variables = {"LD_DEBUG": "bindings", "LD_DEBUG_OUTPUT": traces,
                 "TMPDIR": scratch(), **MORE.get(name, {})}
    execute([program(words[0]), *words[1:]],
            env=preload_environment("default", POOL, **variables), timeout=120)
    bindings = set()
    for path in glob.glob(traces + ".*"):
        with open(path, encoding="utf-8", errors="replace") as file:
            bindings.update(bound.groups() for bound in
                            map(BOUND.search, file)
                            if bound and bound.group(3) in FAMILY)
        os.remove(path)
    ours = {(user, symbol) for user, server, symbol in bindings
            if server == library()}
    for symbol in ("malloc", "free"):
        check(any(each[1] == symbol for each in ours), f"nobody binds {symbol}")
    # A program that takes free's address lends it to the others: it is still
    # bound to ours. Ours uses the operator new of a program that has its own.
    others = {(user, server, symbol) for user, server, symbol in bindings
              if library() not in (user, server) and
              (server, symbol) not in ours}
    equal(others, set(), "what else is bound")


for program_name in ("sqlite3", "lua", "jq", "xz", "zstd", "brotli", "gzip",
                     "tar", "sort", "awk", "bash", "perl", "python3",
                     "ghostscript", "g++"):
    case(served_by_us, program_name, name=f"{program_name}_is_served_by_us")


# A compiler's output that runs.
def compiled_program_runs(mode):
    objects = []
    for way, environment in (("plain", VARIABLES),
                             (mode, preload_environment(mode, POOL))):
        out = os.path.join(scratch(), f"heavy.{way}")
        if not os.path.exists(out):
            run = execute([program("g++"), "-std=c++20", "-O0", "-o", out,
                           CXX_FILE], env=environment, timeout=240)
            equal((run.code, run.err), (0, b""), f"the compiler, {way}")
        with open(out, "rb") as file:
            objects.append(file.read())
    equal(len(objects[1]), len(objects[0]), "bytes of the program")
    check(objects[0] == objects[1], "the programs differ")
    run = execute([out], env=preload_environment(mode))
    equal((run.code, run.out), (0, b"one2\nthree1\ntwo2\n"), "its output")


for each in MODES:
    case(compiled_program_runs, each, name=f"a_compiled_program_runs_{each}")


# A server, in a session of its own, bounded and stopped.
class Redis:
    def __init__(self, environment, folder):
        os.makedirs(folder, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        # pylint: disable=consider-using-with
        self.child = subprocess.Popen(
            [program("redis-server"), "--port", str(self.port), "--bind",
             "127.0.0.1", "--save", "", "--appendonly", "no", "--io-threads",
             "2", "--dir", folder, "--daemonize", "no"],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True)

    def __enter__(self):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if self.child.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        self.__exit__()
        raise Failure("redis-server does not listen: "
                      f"{self.child.stdout.read()[-400:]!r}")

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.child.pid, signal.SIGKILL)
                self.child.wait()


def redis_commands():
    source = random.Random(4)
    for n in range(6000):
        key = source.randrange(300)
        value = "v" * source.randrange(source.choice((10, 100, 5000)))
        yield source.choice((
            f"set k{key} {n}{value}", f"get k{key}", f"append k{key} x{value}",
            f"lpush l{key % 20} {value}y", f"ltrim l{key % 20} 0 50",
            f"hset h{key % 20} f{n % 100} z{value}", f"hget h{key % 20} f{n}",
            f"zadd z{key % 9} {n} m{n % 500}", f"zrange z{key % 9} 0 5",
            f"sadd s{key % 9} m{n % 700}", f"scard s{key % 9}", f"del k{key}",
            f"strlen k{key}", f"sort s{key % 9} alpha limit 0 3"))
    yield "debug sleep 0"
    yield "dbsize"
    yield "flushall"
    yield "memory doctor"


def redis_session(mode, environment):
    with Redis(environment, os.path.join(scratch(), f"redis.{mode}")) as server:
        commands = "\n".join(redis_commands()).encode() + b"\n"
        run = execute([program("redis-cli"), "-p", str(server.port)],
                      stdin=commands, env=VARIABLES, timeout=60)
        equal(run.code, 0, f"redis-cli (stderr {run.err[-300:]!r})")
        with open(f"/proc/{server.child.pid}/maps", encoding="utf-8") as file:
            maps = file.read()
        child = server.child
    said = child.stdout.read()
    equal(child.returncode, 0, f"its exit code after {said[-400:]!r}")
    check(b"cellblock: " not in said, f"it says {said[-400:]!r}")
    return run.out, maps


def redis(mode):
    if "redis" not in _plain:
        _plain["redis"] = redis_session("plain", VARIABLES)
    plain, _ = _plain["redis"]
    ours, maps = redis_session(mode, preload_environment(mode, POOL))
    check(os.path.basename(library()) in maps, "it is not preloaded")
    check(len(plain) > 100000, f"a session of {len(plain)} bytes")
    equal(ours, plain, "the answers")


for each in MODES:
    case(redis, each, name=f"redis_answers_the_same_{each}")


# A program's own way with memory that is refused.
@case
def programs_survive_a_small_pool():
    for words in (["lua5.4", "-e", "local t = {} for i = 1, 1e8 do t[i] = {i} "
                   "end"],
                  ["jq", ".", ROWS],
                  ["xz", "-9", "-c", TEXT],
                  ["sqlite3", ":memory:", "select length(group_concat(hex("
                   "randomblob(1000000)))) from (with recursive c(n) as (values"
                   "(1) union all select n + 1 from c where n < 1000) select n "
                   "from c)"]):
        for mode in MODES:
            run = execute([program(words[0]), *words[1:]],
                          env=preload_environment(mode, "4M"), timeout=60)
            check(run.code > 0 or run.code == -signal.SIGABRT,
                  f"{words[0]} ends with {run.code}: {run.err[-300:]!r}")
            check(b"cellblock: " not in run.err,
                  f"{words[0]} says {run.err!r}")


@case
def the_fixture_runs_on_libcs_malloc_too():
    # The comparison is with a malloc that is not ours.
    run = execute([fixture("soak"), "1", "2", "10"], env=VARIABLES)
    equal(run.code, 0, f"exit code after {run.out!r}")


main()
