# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What the real programs of malloc_bench.py work on, the same at every run."""

import json
import os
import random

CITIES = ["Ankara", "Bergen", "Cusco", "Dakar", "Essen", "Faro", "Gyor"]

LUA = """
local people, by_city = {}, {}
local seed = 1
local function draw(limit)
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed % limit
end
for round = 1, 2 do
  people = {}
  for i = 1, 60000 do
    people[i] = {name = "person " .. draw(1000000), age = draw(100)}
  end
  table.sort(people, function(a, b)
    return a.name < b.name or (a.name == b.name and a.age < b.age)
  end)
  local lines = {}
  for i, person in ipairs(people) do
    lines[i] = person.name:gsub("person", "citizen"):upper() .. person.age
  end
  print(#table.concat(lines, "\\n"), lines[1], lines[#lines])
end
"""

PYTHON = """
import json, random, re
draw = random.Random(1)
class Person:
    def __init__(self, number):
        self.name = f"person {number}"
        self.tags = {f"tag {draw.randrange(50)}": [number] for _ in range(4)}
people = [Person(draw.randrange(10**6)) for _ in range(15000)]
text = json.dumps([vars(person) for person in people])
again = json.loads(text)
words = {}
for word in re.findall(r"[a-z]+ [0-9]+", text):
    words[word] = words.get(word, 0) + 1
again.sort(key=lambda person: (person["name"], sorted(person["tags"])))
print(len(text), len(words), max(words.values()), again[0], again[-1])
"""

POSTSCRIPT = """%!PS
/draw { rand 600 mod } bind def
42 srand
1 1 15 {
  /page exch def
  /points 400 dict def
  1 1 400 {
    dup 20 string cvs cvn [ draw draw draw draw draw draw ] points 3 1 roll put
    pop
  } bind for
  1 1 400 {
    20 string cvs cvn points exch get aload pop
    newpath draw draw moveto curveto
    draw 600 div draw 600 div draw 600 div setrgbcolor
    page 4 mod 0 eq { fill } { page 3 mod 1 add setlinewidth stroke } ifelse
  } bind for
  showpage
} for
"""


def people(draw, count):
    for number in range(count):
        yield {"id": number, "name": f"person {draw.randrange(10**6)}",
               "city": draw.choice(CITIES), "score": draw.randrange(10000),
               "tags": [f"tag {draw.randrange(100)}" for _ in range(4)]}


def sql(draw):
    yield "create table people(id integer primary key, name, city, score);"
    yield "begin;"
    for person in people(draw, 60000):
        yield ("insert into people values({id}, '{name}', '{city}', {score});"
               .format(**person))
    yield "commit; create index names on people(name);"
    yield "create index cities on people(city, score);"
    yield ("select city, count(*), sum(score), max(name), "
           "length(group_concat(upper(name))) from people group by city;")
    yield ("select count(*) from people a join people b "
           "on a.name = b.name and a.id < b.id;")
    yield "update people set name = name || ' of ' || city where score % 3 = 0;"
    yield "delete from people where score % 5 = 0;"
    yield "select name, score from people order by name, id limit 20;"


def redis_commands(draw):
    for number in range(40000):
        key = draw.randrange(5000)
        text = "x" * draw.randrange(8, 200)
        yield draw.choice([
            f"SET string:{key} {number}{text}", f"APPEND string:{key} {text}",
            f"HSET hash:{key % 500} field:{key} {text}",
            f"RPUSH list:{key % 500} {text}", f"LPOP list:{key % 500}",
            f"ZADD sorted:{key % 100} {number} member:{key}",
            f"DEL string:{key}"])


def text(draw):
    words = ["".join(draw.choices("etaoinshrdlu", k=draw.randrange(2, 9)))
             for _ in range(3000)]
    for _ in range(12000):
        yield " ".join(draw.choices(words, k=10))


def write_all(folder):
    """Makes the folder, and every input in it."""
    os.mkdir(folder)
    made = {
        "table.sql": sql,
        "commands.redis": redis_commands,
        "text.txt": text,
        "people.json": lambda draw: [json.dumps(list(people(draw, 10000)))],
        "script.lua": lambda draw: [LUA],
        "script.py": lambda draw: [PYTHON],
        "pages.ps": lambda draw: [POSTSCRIPT],
    }
    for name, lines in made.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines(random.Random(1)))
