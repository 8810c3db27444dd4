#!/bin/sh
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

# The core of the allocator builds without a library and links against nothing
# but memset, memcpy and memmove. The files over it need no more than that, the
# core, each other, and what is stated here. No file has a static initialiser
# or a thread-local, and only region.cc maps memory.
#
# The files are compiled here, by themselves, so that no flag of the build and
# no sanitizer stands between the claim and the symbols.

set -eu

core="first_fit first_fit_heap freelist freelist_validate heap pool_core"
over_the_core="cellblock fault_injector heap_prealloc heap_regions plain_heap
  region report"

# needs_of FILE: what it needs from outside the room, exactly, in order.
needs_of() {
  case $1 in
    heap_regions)
      # new (std::nothrow) char[n] and its delete.
      echo _ZSt7nothrow _ZdaPv _ZnamRKSt9nothrow_t calloc free malloc ;;
    plain_heap)
      # The same, aligned, not for arrays.
      echo _ZSt7nothrow _ZdlPvSt11align_val_t \
        _ZnwmSt11align_val_tRKSt9nothrow_t ;;
    region)
      echo __errno_location close madvise mlock2 mmap mprotect munmap open \
        prctl read strstr sysconf ;;
    report) echo abort write ;;
  esac
}

failures=0

fail() {
  echo "FAIL: $*" >&2
  failures=$((failures + 1))
}

work=$(mktemp -d -p "${TEST_TMPDIR:-/tmp}")

# symbols OBJECT OPTION: of nm, without those that any compiler may ask for and
# the linker's own.
symbols() {
  nm "$2" "$1" | awk 'NF > 1 { print $NF }' |
    grep -vxE 'memset|memcpy|memmove|_GLOBAL_OFFSET_TABLE_' | LC_ALL=C sort -u
}

check_file() {
  file=$1
  needs=$(symbols "$work/$file.o" --undefined-only |
    LC_ALL=C comm -23 - "$work/room")
  stated=$(needs_of "$file" | tr ' ' '\n')
  [ "$needs" = "$stated" ] ||
    fail "$name: $file.cc needs" $needs ", and it is stated:" $stated
  sections=$(readelf -SW "$work/$file.o")
  case $sections in
    *.init_array* | *.ctors* | *.preinit_array*)
      fail "$name: $file.cc has a static initialiser" ;;
  esac
  case $sections in
    *.tdata* | *.tbss*) fail "$name: $file.cc has a thread-local" ;;
  esac
}

check_with() {
  name="$1 $2"
  rm -f "$work"/*.o
  for file in $core $over_the_core; do echo "$file"; done |
    xargs -P "$(nproc)" -I{} \
      "$1" -std=c++20 "$2" -Wall -Wextra -Werror -ffreestanding \
      -fno-exceptions -fno-rtti -fno-stack-protector -I. \
      -c allocator/{}.cc -o "$work/{}.o" || {
    fail "$name: a file does not compile"
    return
  }
  for file in $core $over_the_core; do
    symbols "$work/$file.o" --defined-only
  done | LC_ALL=C sort -u > "$work/room"
  for file in $core $over_the_core; do check_file "$file"; done

  ld -r -o "$work/core.o" $(for file in $core; do echo "$work/$file.o"; done)
  beyond=$(symbols "$work/core.o" --undefined-only)
  [ -z "$beyond" ] || fail "$name: the core needs" $beyond
}

# A new file must be put into a list above.
for path in allocator/*.cc; do
  file=$(basename "$path" .cc)
  case " $(echo $core $over_the_core) " in
    *" $file "*) ;;
    *) fail "$path is in no list of this test" ;;
  esac
done

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
for file in $(find -L allocator -name '*.cc' -o -name '*.h'); do
  [ "$file" = allocator/region.cc ] && continue
  if sed 's://.*::' "$file" |
    grep -nE '\b(mmap|mremap|munmap|mprotect|madvise|sbrk|brk)[0-9]* *\('; then
    fail "$file maps memory"
  fi
done

[ "$failures" -eq 0 ] || exit 1
echo "PASS"
