#!/bin/sh
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

# The core of the allocator builds without a library and links against nothing
# but memset, memcpy and memmove; it has no static initialiser and no
# thread-local. Only region.cc maps memory, only report.cc writes and aborts.
#
# The files are compiled here, by themselves, so that no flag of the build and
# no sanitizer stands between the claim and the symbols.

set -eu

failures=0

fail() {
  echo "FAIL: $*" >&2
  failures=$((failures + 1))
}

work=$(mktemp -d -p "${TEST_TMPDIR:-/tmp}")

# expect_needs WHAT OBJECT ALLOWED...: of undefined symbols, no others.
expect_needs() {
  what=$1
  object=$2
  shift 2
  for symbol in $(nm -u "$object" | awk '{ print $NF }'); do
    case " memset memcpy memmove $* " in
      *" $symbol "*) ;;
      *) fail "$what needs $symbol" ;;
    esac
  done
}

# compile OUT FILE: one file of the room, freestanding.
compile() {
  "$compiler" -std=c++20 "$level" -Wall -Wextra -Werror -ffreestanding \
    -fno-exceptions -fno-rtti -fno-stack-protector -I. -c \
    "allocator/$2.cc" -o "$work/$1"
}

check_with() {
  compiler=$1
  level=$2
  name="$compiler $level"
  for file in freelist freelist_validate heap report heap_prealloc; do
    compile "$file.o" "$file" || fail "$name: $file.cc does not compile"
  done
  ld -r -o "$work/core.o" "$work/freelist.o" "$work/freelist_validate.o" \
    "$work/heap.o"
  expect_needs "$name: the core" "$work/core.o"
  expect_needs "$name: report.cc" "$work/report.o" write abort
  for object in core report heap_prealloc; do
    sections=$(readelf -SW "$work/$object.o")
    case $sections in
      *.init_array* | *.ctors* | *.preinit_array*)
        fail "$name: $object has a static initialiser" ;;
    esac
    case $sections in
      *.tdata* | *.tbss*) fail "$name: $object has a thread-local" ;;
    esac
  done
  # The pool: what it needs beyond the core is in the two other files.
  g++ -std=c++20 -O2 -I. -c allocator/region.cc -o "$work/region.o"
  ld -r -o "$work/pool.o" "$work/core.o" "$work/report.o" \
    "$work/heap_prealloc.o" "$work/region.o"
  expect_needs "$name: the pool" "$work/pool.o" write abort \
    mmap munmap mprotect madvise mlock2 sysconf __errno_location \
    _GLOBAL_OFFSET_TABLE_ __gxx_personality_v0 _Unwind_Resume
}

compilers=
for candidate in g++ clang++; do
  command -v "$candidate" > /dev/null && compilers="$compilers $candidate"
done
echo "compilers:$compilers"
case $compilers in
  *" g++"*) ;;
  *) fail "no g++: nothing was tested" ;;
esac

for candidate in $compilers; do
  for optimisation in -O0 -O2; do
    check_with "$candidate" "$optimisation"
  done
done

# No other file so much as names a call that maps memory.
for file in allocator/*.cc allocator/*.h; do
  [ "$file" = allocator/region.cc ] && continue
  if grep -nE '\b(mmap|mremap|munmap|mprotect|madvise|sbrk|brk)[0-9]* *\(' \
    "$file" | grep -v '//'; then
    fail "$file maps memory"
  fi
done

[ "$failures" -eq 0 ] && echo "PASS"
exit "$failures"
