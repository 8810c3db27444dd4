# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Sources, and what compilers make of them."""

import os
import shutil

from made import folder, input_path, makes, makes_by, run, content


def _source(name, text):
    makes(name)(lambda: text.lstrip("\n").encode())


_HASH = r'''
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 1024

struct entry {
  struct entry *next;
  char *word;
  unsigned count;
};

static struct entry *table[SLOTS];

static unsigned hash(const char *word) {
  unsigned sum = 2166136261u;
  while (*word) sum = (sum ^ (unsigned char)*word++) * 16777619u;
  return sum % SLOTS;
}

void note(const char *word) {
  struct entry **slot = &table[hash(word)];
  for (struct entry *at = *slot; at; at = at->next)
    if (strcmp(at->word, word) == 0) {
      at->count++;
      return;
    }
  struct entry *made = malloc(sizeof *made);
  made->word = strdup(word);
  made->count = 1;
  made->next = *slot;
  *slot = made;
}

static int by_count(const void *a, const void *b) {
  const struct entry *left = *(struct entry *const *)a;
  const struct entry *right = *(struct entry *const *)b;
  if (left->count != right->count) return left->count < right->count ? 1 : -1;
  return strcmp(left->word, right->word);
}
'''

_MAIN = r'''
int main(int argc, char **argv) {
  char word[64];
  size_t length = 0, words = 0;
  int c;
  while ((c = getchar()) != EOF) {
    if (isalpha(c) && length < sizeof word - 1) {
      word[length++] = (char)tolower(c);
    } else if (length) {
      word[length] = 0;
      note(word);
      words++;
      length = 0;
    }
  }
  struct entry *all[SLOTS];
  size_t found = 0;
  for (size_t slot = 0; slot < SLOTS; slot++)
    for (struct entry *at = table[slot]; at && found < SLOTS; at = at->next)
      all[found++] = at;
  qsort(all, found, sizeof *all, by_count);
  for (size_t at = 0; at < found; at++) printf("%s %u\n", all[at]->word, all[at]->count);
  printf("%zu words, %s\n", words, argc > 1 ? argv[1] : "unnamed");
  return 0;
}
'''


@makes("words.c")
def words_c():
    """Beside a program, functions enough to keep a compiler busy."""
    extra = "".join(f"""
int step{n}(int a, int b) {{
  switch ((a ^ b) % {n + 3}) {{
    case 0: return a * {n + 7} - b;
    case 1: return step{max(n - 1, 0)}(b, a - 1);
    default:
      for (int i = 0; i < b % {n + 5}; i++) a += i * a / {n + 1};
      return a;
  }}
}}
""" for n in range(60))
    return (_HASH + extra + _MAIN).lstrip().encode()


@makes("words.i")
def words_i():
    return run("gcc", "-E", input_path("words.c"), "-o", "-")


@makes("words.s")
def words_s():
    return run("gcc", "-O1", "-S", input_path("words.i"), "-o", "-")


makes_by("words.o", "gcc", "-g", "-O1", "-c", "{words.i}", "-o", "{}")
makes_by("words.elf", "gcc", "-g", "{words.o}", "-o", "{}")
makes_by("libwords.a", "sh", "-c", "rm -f \"$0\"; ar rcsD \"$0\" \"$1\"", "{}",
         "{words.o}")

_source("shapes.cc", r'''
typedef decltype(sizeof 0) size_t;
template <class T> T&& move(T& t) { return static_cast<T&&>(t); }
namespace shapes {
template <class T, size_t N> class Vector {
 public:
  void push(T value) { if (size_ < N) items_[size_++] = value; }
  T* begin() { return items_; }
  T* end() { return items_ + size_; }
  template <class F> auto fold(F f, T start) {
    for (T& item : *this) start = f(start, item);
    return start;
  }
 private:
  T items_[N] = {};
  size_t size_ = 0;
};
struct Shape {
  virtual ~Shape();
  virtual double area() const = 0;
};
Shape::~Shape() {}
struct Circle final : Shape {
  explicit Circle(double r) : r_(r) {}
  double area() const override { return 3.14159265 * r_ * r_; }
  double r_;
};
struct Square final : Shape {
  explicit Square(double a) : a_(a) {}
  double area() const override { return a_ * a_; }
  double a_;
};
template <unsigned N> struct Fib { static constexpr unsigned value = Fib<N - 1>::value + Fib<N - 2>::value; };
template <> struct Fib<0> { static constexpr unsigned value = 0; };
template <> struct Fib<1> { static constexpr unsigned value = 1; };
}  // namespace shapes
double total(shapes::Shape** all, size_t n) {
  shapes::Vector<double, 64> areas;
  for (size_t i = 0; i < n; ++i) areas.push(all[i]->area());
  return areas.fold([](double a, double b) { return a + b; }, 0.0);
}
unsigned last() { return shapes::Fib<200>::value; }
shapes::Vector<shapes::Vector<int, 8>, 4>* grid(shapes::Vector<shapes::Vector<int, 8>, 4>&& g) { return &g; }
int caught(int a) { try { if (a) throw a; } catch (int b) { return b; } return 0; }
''')
makes_by("shapes.o", "g++", "-g", "-O1", "-c", "{shapes.cc}", "-o", "{}")

makes_by("names.txt", "nm", "{shapes.o}")

@makes("cover.dir")
def cover_dir():
    """What gcov reads."""
    place = os.path.join(folder(), "cover.dir")
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    shutil.copy(input_path("words.c"), os.path.join(place, "cover.c"))
    run("gcc", "--coverage", "-c", "cover.c", cwd=place)
    run("gcc", "--coverage", "cover.o", "-o", "cover", cwd=place)
    run("./cover", stdin=content("small.txt"), cwd=place)


def _git(place, *words, stdin=None):
    return run("git", "-c", "user.name=Nobody", "-c", "user.email=nobody@localhost",
               "-c", "init.defaultBranch=main", "-c", "commit.gpgSign=false",
               "-c", "gc.auto=0", *words, cwd=place, stdin=stdin)


@makes("history.git")
def history_git():
    """A repository of forty commits, some in a pack."""
    place = os.path.join(folder(), "history.git")
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    _git(place, "init", "-q", "--bare")
    lines = content("small.txt").splitlines()
    stream = b""
    for number in range(40):
        lines[number * 7 % len(lines)] = b"line of commit %d" % number
        text = b"\n".join(lines) + b"\n"
        stream += (b"commit refs/heads/main\ncommitter Nobody <nobody@localhost> "
                   b"%d +0000\ndata 9\nchange %02d" % (86400 * number, number) +
                   b"\nM 100644 inline notes.txt\ndata %d\n" % len(text) + text +
                   b"M 100644 inline part/%d.txt\ndata 5\npart\n\n" % (number % 5))
    _git(place, "fast-import", "--quiet", stdin=stream)


@makes("history.pack")
def history_pack():
    return _git(input_path("history.git"), "pack-objects", "--stdout", "-q",
                "--threads=1", "--all")
