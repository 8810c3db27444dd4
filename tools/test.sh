#!/bin/bash
# Installs what is missing, builds everything, has the second compiler accept
# it, and runs every test: as this user and, when this user is root, again as
# an ordinary one, if it is not tagged one_user; with sanitizers, if it is not
# tagged noasan; those tagged tsan with ThreadSanitizer; and a short fuzzing.
# Ends with "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh
need_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"

ordinary=65534
# One more at a time than there are CPUs: many tests wait more than they work.
at_once=$(($(nproc) + 1))
passed=0
failed=0
failures=()

# count LOG CODE NAME: adds the cases of one test's log. A test that failed
# without saying where counts as one failure, and so does each skipped case.
count() {
  local cases_passed cases_failed
  read -r cases_passed cases_failed < <(awk '
    /^\[  PASSED  \] [0-9]+ test/ { p += $4 }
    /^\[  FAILED  \] [0-9]+ test/ { f += $4 }
    /^\[  SKIPPED \] [0-9]+ test/ { f += $4; p -= $4 }
    /^[0-9]+ passed, [0-9]+ failed$/ { p += $1; f += $3 }
    END { print p + 0, f + 0 }' "$1")
  if [ "$2" -ne 0 ] && [ "$cases_failed" -eq 0 ]; then cases_failed=1; fi
  if [ "$2" -eq 0 ] && [ "$cases_passed" -eq 0 ]; then cases_passed=1; fi
  passed=$((passed + cases_passed))
  failed=$((failed + cases_failed))
  if [ "$cases_failed" -ne 0 ]; then
    # Its own words too: of a long run often only the end is kept.
    failures+=("$3
$(grep -A3 -E '^FAIL|^\[  FAILED  \]|: Failure$|^ERROR:|^==[0-9]+==ERROR' "$1" |
      head -n 12 | cut -c 1-400 || true)")
    tail -n 60 "$1"
  fi
  grep -E '^[0-9]+ attacks, [0-9]+ contained$' "$1" || true
}

# part NAME: with the minutes that have passed.
part() { echo "== $1 (after $((SECONDS / 60)) min)"; }

# What runs with sanitizers.
sanitized='tests(//tests/allocator/... + //tests/jail/... + //tests/tools:all +
   //tests/tools/batch:all + //tests/tools/profile:all)
   except attr(tags, "\bnoasan\b", //tests/...) +
   attr(tags, "\basan\b", tests(//tests/examples/...))'

part "build"
# A library by itself would be built in every way that it could be linked.
mapfile -t built < <(bazel query "//... except kind('cc_library rule', //...)
  except attr(tags, '\bmanual\b', //...)" 2>/dev/null)
bazel build "${built[@]}"

part "the second compiler"
# It compiles what runs with sanitizers below, and has to accept the rest; and
# part of the tests by themselves.
log=$(mktemp)
code=0
tools/second_compiler.py "kind(rule, //...)
  except attr(tags, '\bmanual\b', //...) except deps($sanitized)" "$sanitized" >"$log" || code=$?
count "$log" "$code" "the second compiler"
rm -f "$log"

# run_tests SUFFIX QUERY OPTION...: the tests that the query names, as Bazel
# runs them with the options; their paths are then in `tests`.
run_tests() {
  local suffix=$1 verdicts logs labels label test log code
  mapfile -t labels < <(bazel query "$2" 2>/dev/null)
  [ "${#labels[@]}" -gt 0 ] || count /dev/null 1 "the tests$suffix"
  shift 2
  verdicts=$(mktemp)
  bazel test --keep_going --local_cpu_resources="$at_once" --jobs="$at_once" \
    --local_test_jobs="$at_once" "$@" "${labels[@]}" 2>&1 |
    tee "$verdicts" || true
  logs=$(bazel info "$@" bazel-testlogs 2>/dev/null)
  tests=()
  for label in "${labels[@]}"; do
    test=${label#//}
    test=${test/://}
    tests+=("$test")
    code=1
    grep -qE "^$label +(\(cached\) )?PASSED" "$verdicts" && code=0
    log=$logs/$test/test.log
    [ -f "$log" ] || log=/dev/null
    count "$log" "$code" "$test$suffix"
  done
  rm -f "$verdicts"
}

part "tests, as $(id -un)"
run_tests "" 'tests(//...)'
bin=$(bazel info bazel-bin 2>/dev/null)

if [ "$(id -u)" -eq 0 ]; then
  part "tests, as user $ordinary"
  # Bazel's output lies where only this user may look.
  stage=$(mktemp -d)
  trap 'rm -rf "$stage"' EXIT
  chmod 755 "$stage"
  # But for those that come to the same whoever runs them.
  mapfile -t tests < <(bazel query \
    "tests(//...) except attr(tags, '\bone_user\b', //...)" 2>/dev/null |
    sed 's,^//,,; s,:,/,; s,^/,,')
  [ "${#tests[@]}" -gt 0 ] || count /dev/null 1 "the tests as $ordinary"
  for test in "${tests[@]}"; do
    cp -rLn "$bin/$test.runfiles/." "$stage/"
  done
  chmod -R a+rX "$stage"
  # The logs are counted in order.
  run_as_ordinary() {
    local test=$1 scratch code=0
    scratch=$(mktemp -d)
    chown "$ordinary:$ordinary" "$scratch"
    (cd "$stage/cellblock" &&
      timeout 600 setpriv --reuid="$ordinary" --regid="$ordinary" \
        --clear-groups --inh-caps=-all \
        env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$scratch" CI="${CI:-}" \
        TEST_TMPDIR="$scratch" TEST_SRCDIR="$stage" TEST_WORKSPACE=cellblock \
        "./$test") >"$logs/$test.log" 2>&1 </dev/null || code=$?
    echo "$code" >"$logs/$test.code"
    rm -rf "$scratch"
  }
  logs=$(mktemp -d)
  for test in "${tests[@]}"; do
    mkdir -p "$(dirname "$logs/$test")"
    while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do wait -n || true; done
    run_as_ordinary "$test" &
  done
  wait
  for test in "${tests[@]}"; do
    count "$logs/$test.log" "$(cat "$logs/$test.code")" "$test as $ordinary"
  done
  rm -rf "$logs"
fi

part "documents"
# Their commands name bazel-bin, which leads to what was built last: to the
# default build, until the next part.
code=0
python3 tests/docs/check_docs.py >"${TMPDIR:-/tmp}/cellblock-docs.$$" 2>&1 || code=$?
count "${TMPDIR:-/tmp}/cellblock-docs.$$" "$code" "documents"
rm -f "${TMPDIR:-/tmp}/cellblock-docs.$$"

part "tests, with sanitizers"
run_tests " with sanitizers" "$sanitized" --config=asan

part "threads, with ThreadSanitizer"
run_tests " with ThreadSanitizer" \
  'attr(tags, "\btsan\b", tests(//tests/allocator/... + //tests/jail/...))' \
  --config=tsan

part "fuzzing"
log=$(mktemp)
code=0
tools/fuzz.sh 10 2>&1 | tee "$log" || code=$?
count "$log" "$code" "fuzzing"
rm -f "$log"

for failure in "${failures[@]}"; do echo "failed: $failure"; done
echo "after $((SECONDS / 60)) minutes"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
