# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Programs for python3, perl and ruby."""

from made import makes


def _script(name, text):
    makes(name)(lambda: text.lstrip("\n").encode())


_script("report.py", r'''
import collections, json, re, sys, zlib

rows = json.load(open(sys.argv[1]))
cities = collections.defaultdict(list)
for row in rows:
    cities[row["city"]].append(row["weight"])
table = {city: {"rows": len(weights), "mean": round(sum(weights) / len(weights), 3)}
         for city, weights in sorted(cities.items())}
digits = re.compile(r"(\d)(\d)$")
names = sorted({digits.sub(r"\2\1", row["name"]) for row in rows})
packed = zlib.compress(json.dumps(names).encode(), 9)
print(json.dumps(table, ensure_ascii=False, indent=1))
print(len(packed), zlib.crc32(packed), zlib.decompress(packed)[:60])
''')

_script("threads.py", r'''
import sys, threading, zlib
from concurrent.futures import ThreadPoolExecutor

data = open(sys.argv[1], "rb").read()
parts = [data[at:at + 65536] for at in range(0, len(data), 65536)]
seen = set()
gate = threading.Barrier(4)

def work(part):
    if len(seen) < 4 and threading.get_ident() not in seen:
        seen.add(threading.get_ident())
        gate.wait()
    return zlib.crc32(part), len(zlib.compress(part, 6))

with ThreadPoolExecutor(4) as pool:
    for sum_, size in pool.map(work, parts):
        print(f"{sum_:08x} {size}")
print(len(seen), "threads")
''')

_script("modules.py", r'''
import bz2, ctypes, decimal, hashlib, lzma, sqlite3, sys

data = open(sys.argv[1], "rb").read()
print(hashlib.sha256(data).hexdigest(), hashlib.blake2b(data).hexdigest()[:32])
print(len(bz2.compress(data)), lzma.decompress(lzma.compress(data)) == data)
decimal.getcontext().prec = 60
print(decimal.Decimal(2).sqrt(), decimal.Decimal(1) / 7)
base = sqlite3.connect(":memory:")
base.execute("create table lines (number integer, text text)")
base.executemany("insert into lines values (?, ?)",
                 enumerate(data.decode().splitlines()))
print(base.execute("select count(*), max(length(text)) from lines").fetchall())
print(ctypes.sizeof(ctypes.c_long), ctypes.c_uint8(300).value)
''')

_script("members.py", r'''
import bz2, hashlib, sys, tarfile

with tarfile.open(sys.argv[1]) as archive:
    for member in archive:
        data = archive.extractfile(member).read() if member.isfile() else b""
        packed = len(bz2.compress(data))
        print(f"{member.mode:o} {member.size:>8} {packed:>8} {hashlib.md5(data).hexdigest()} {member.name}")
''')

_script("money.py", r'''
import decimal, sys

total = decimal.Decimal(0)
for line in open(sys.argv[1]):
    whole, part = line.split()
    total += decimal.Decimal(whole) * decimal.Decimal(part)
print(total, total.quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_EVEN))
print((total / 7).ln(), f"{total:,.3f}")
''')

_script("programs.py", r'''
import subprocess
print(subprocess.run(["wc", "-c"], input=b"pool", capture_output=True).stdout)
''')

_script("words.pl", r'''
use strict;
use warnings;
my (%count, %after);
my $last = "";
while (<>) {
  for my $word (/[[:alpha:]]+/g) {
    $count{lc $word}++;
    $after{$last}{$word}++ if $last;
    $last = $word;
  }
}
for my $word (sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count) {
  my @next = sort keys %{$after{$word} || {}};
  printf "%-12s %6d %s\n", $word, $count{$word}, join(",", @next[0 .. 2]);
}
my $text = join " ", sort keys %count;
(my $turned = $text) =~ s/(\w+) (\w+)/\u$2 \U$1/g;
print "$turned\n", pack("w*", 1, 300, 70000) eq "\x01\x82\x2c\x84\xa2\x70" ? "ok\n" : "no\n";
''')

_script("modules.pl", r'''
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Encode qw(decode encode);
use List::Util qw(sum max first shuffle);
use MIME::Base64;
use POSIX qw(floor strftime);
use Storable qw(freeze thaw dclone);
use Time::HiRes qw(time);

open my $file, "<", $ARGV[0] or die "$ARGV[0]: $!";
binmode $file;
my @lines = map { decode("UTF-8", $_) } <$file>;
print scalar(@lines), " ", max(map { length } @lines), "\n";
print sha256_hex(encode("UTF-16LE", join "", @lines)), "\n";
print sum(map { length } @lines), " ", floor(-2.5), "\n";
print strftime("%Y-%m-%d %H:%M:%S", gmtime 86400 * 365), "\n";
my $kept = thaw(freeze({lines => [@lines[0 .. 3]], n => 7}));
print encode("UTF-8", $kept->{lines}[2]), $kept->{n}, " ", time() > 0 ? 1 : 0, "\n";
print encode_base64(encode("UTF-8", first { /ö/ } @lines));
''')

_script("report.pl", r'''
use strict;
use warnings;
use Data::Dumper;
use JSON::PP;
use Time::Local qw(timegm);

local $/;
open my $file, "<", $ARGV[0] or die "$ARGV[0]: $!";
my $rows = JSON::PP->new->utf8->decode(<$file>);
my %cities;
push @{$cities{$_->{city}}}, $_->{weight} for @$rows;
my %mean = map { my $w = $cities{$_}; my $sum = 0; $sum += $_ for @$w;
                 ($_ => sprintf "%.3f", $sum / @$w) } keys %cities;
print JSON::PP->new->utf8->canonical->pretty->encode(\%mean);
$Data::Dumper::Sortkeys = 1;
print Dumper([@$rows[0 .. 2]]), timegm(0, 0, 0, 1, 0, 100), "\n";
''')

_script("unicode.rb", r'''
require "json"
require "digest"
require "set"

rows = JSON.parse(File.read(ARGV[0]))
cities = rows.group_by { |row| row["city"] }
cities.sort.each do |city, found|
  mean = found.sum { |row| row["weight"] } / found.size
  puts format("%-8s %5d %8.3f", city, found.size, mean)
end
puts Digest::SHA256.hexdigest(rows.map { |row| row["name"] }.join.unicode_normalize(:nfd))
puts Set.new(rows.map { |row| row["name"][/\d+/] }).size
puts "Grüße".encode("ISO-8859-1").bytes.inspect, 3**200
''')

_script("threads.rb", r'''
queue = Queue.new
20.times { |number| queue << number }
queue.close
found = 4.times.map do
  Thread.new do
    mine = []
    while (number = queue.pop)
      mine << (1..2000).reduce { |a, b| (a * b + number) % 1_000_003 }
    end
    mine
  end
end.flat_map(&:value)
puts found.sort.inspect
''')
