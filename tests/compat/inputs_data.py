# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Databases, and texts that databases load."""

import json
import os
import random
import shutil
import sqlite3

from made import content, folder, input_path, makes, makes_by, run


def _rows():
    return json.loads(content("rows.json"))


def _fresh(name):
    path = os.path.join(folder(), name)
    shutil.rmtree(path, ignore_errors=True)
    if os.path.isfile(path):
        os.remove(path)
    return path


@makes("rows.sqlite")
def rows_sqlite():
    base = sqlite3.connect(_fresh("rows.sqlite"))
    base.executescript("""
        create table people (id integer primary key, name text, city text,
                             weight real, ok integer);
        create table cities (city text primary key, country text) without rowid;
        create index by_city on people (city, weight);
    """)
    base.executemany("insert into people values (:id, :name, :city, :weight, :ok)",
                     _rows())
    base.executemany("insert into cities values (?, ?)", [
        ("Köln", "DE"), ("Oslo", "NO"), ("大阪", "JP"), ("Αθήνα", "GR")])
    base.commit()
    base.close()


@makes("texts.sqlite")
def texts_sqlite():
    """An index of words."""
    base = sqlite3.connect(_fresh("texts.sqlite"))
    base.execute("create virtual table texts using fts5 (line)")
    base.executemany("insert into texts values (?)",
                     [(line,) for line in content("small.txt").decode().splitlines()])
    base.commit()
    base.close()


@makes("torn.sqlite")
def torn_sqlite():
    """With pages of its tables overwritten."""
    torn = bytearray(content("rows.sqlite"))
    torn[5 * 4096:6 * 4096] = b"\xff" * 4096
    torn[9 * 4096:9 * 4096 + 64] = bytes(64)
    return bytes(torn)


@makes("queries.sql")
def queries_sql():
    return """
create temp table heavy as select * from people where weight > 100;
select city, count(*), round(avg(weight), 3), max(name) from people
  group by city order by city;
with recursive fib(a, b) as (select 0, 1 union all select b, a + b from fib limit 50)
  select group_concat(a, ' ') from fib;
select country, p.name, rank() over (partition by p.city order by p.weight desc) r
  from heavy p join cities using (city) order by country, r, p.id limit 20;
select json_group_array(json_object('id', id, 'w', weight)) from heavy
  where id % 97 = 0;
explain query plan select * from people where city = 'Oslo' and weight > 90;
select printf('%08.3f', total(weight)), upper('größe'), hex(zeroblob(4)) from people;
pragma integrity_check;
""".encode()


@makes("pairs.txt")
def pairs():
    """Keys and values by turns, as most loaders of dbm files like it."""
    return "".join(f"key{row['id']}\n{row['name']} of {row['city']}\n"
                   for row in _rows()).encode()


@makes("pairs.tsv")
def pairs_tsv():
    return "".join(f"key{row['id']}\t{row['name']} of {row['city']}\n"
                   for row in _rows()).encode()


@makes("pairs.cdbtext")
def pairs_cdbtext():
    out = bytearray()
    for row in _rows():
        key = f"key{row['id']}".encode()
        value = f"{row['name']} of {row['city']}".encode()
        out += b"+%d,%d:%s->%s\n" % (len(key), len(value), key, value)
    return bytes(out + b"\n")


makes_by("pairs.cdb", "cdb", "-c", "-t", "-", "{}", "{pairs.cdbtext}")


@makes("pairs.bdb")
def pairs_bdb():
    run("db5.3_load", "-T", "-t", "btree", _fresh("pairs.bdb"),
        stdin=content("pairs.txt"))


@makes("pairs.hash")
def pairs_hash():
    run("db5.3_load", "-T", "-t", "hash", _fresh("pairs.hash"),
        stdin=content("pairs.txt"))


@makes("pairs.mdb")
def pairs_lmdb():
    run("mdb_load", "-n", "-T", "-f", input_path("pairs.lmdbtext"),
        _fresh("pairs.mdb"))


@makes("pairs.lmdbtext")
def pairs_lmdbtext():
    out = "VERSION=3\nformat=print\ntype=btree\nmapsize=4194304\nHEADER=END\n"
    for row in _rows():
        name = "".join(chr(byte) if 32 <= byte < 127 else f"\\{byte:02x}"
                       for byte in row["name"].encode())
        out += f" key{row['id']}\n {name}\n"
    return (out + "DATA=END\n").encode()


@makes("pairs.gdbm")
def pairs_gdbm():
    script = "".join(f"store key{row['id']} \"{row['name']}\"\n" for row in _rows())
    run("gdbmtool", "-n", _fresh("pairs.gdbm"), stdin=script.encode())


@makes("pairs.tdb")
def pairs_tdb():
    path = _fresh("pairs.tdb")
    script = f"create {path}\n" + "".join(
        f"insert key{row['id']} {row['name'].replace(' ', '-')}\n"
        for row in _rows()[:500])
    run("tdbtool", stdin=script.encode())


@makes("pairs.tch")
def pairs_tch():
    path = _fresh("pairs.tch")
    run("tchmgr", "create", path)
    run("tchmgr", "importtsv", path, input_path("pairs.tsv"))


@makes("pairs.tcb")
def pairs_tcb():
    path = _fresh("pairs.tcb")
    run("tcbmgr", "create", path)
    run("tcbmgr", "importtsv", path, input_path("pairs.tsv"))


@makes("pairs.qdbm")
def pairs_qdbm():
    path = _fresh("pairs.qdbm")
    run("dpmgr", "create", path)
    for row in _rows()[:200]:
        run("dpmgr", "put", path, f"key{row['id']}", row["name"])


@makes("people.rec")
def people_rec():
    out = "%rec: Person\n%key: Id\n%type: Weight real\n%sort: Id\n%type: Id int\n"
    for row in _rows()[:800]:
        out += (f"\nId: {row['id']}\nName: {row['name']}\nCity: {row['city']}\n"
                f"Weight: {row['weight']}\nOk: {'yes' if row['ok'] else 'no'}\n")
    return out.encode()


def _rdb_length(number):
    return bytes([number]) if number < 64 else bytes([0x40 | number >> 8, number & 255])


def _rdb_string(text):
    raw = text.encode()
    return _rdb_length(len(raw)) + raw


@makes("dump.rdb")
def dump_rdb():
    """What Redis saves, with its checksum switched off."""
    out = b"REDIS0009\xfa" + _rdb_string("redis-ver") + _rdb_string("7.0.15")
    out += b"\xfe\x00\xfb" + _rdb_length(1001) + _rdb_length(0)
    for row in _rows()[:1000]:
        out += b"\x00" + _rdb_string(f"person:{row['id']}") + _rdb_string(row["name"])
    out += b"\x01" + _rdb_string("cities") + _rdb_length(4)
    for city in ("Köln", "Oslo", "大阪", "Αθήνα"):
        out += _rdb_string(city)
    return out + b"\xff" + bytes(8)


@makes("log.aof")
def log_aof():
    """What Redis appends."""
    out = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"
    draw = random.Random(21)
    for row in _rows()[:1000]:
        words = [b"SET", b"person:%d" % row["id"], row["name"].encode()]
        if draw.random() < 0.2:
            words = [b"LPUSH", b"cities", row["city"].encode()]
        out += b"*%d\r\n" % len(words)
        out += b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
    return out
