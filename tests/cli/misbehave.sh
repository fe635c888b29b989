# Kernels that misbehave on one descriptor: each is caught on that one, named as what it is, and the rest of the run is intact.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"

cat >"$scratch/nine.cases" <<'END'
[nine fill=wide-x]
conv_transpose2d n1 c3:4 in3x2 k3x2 s2x3
conv_transpose2d n1 c3:4 in3x2 k3x2 s3x2 d2x3
conv_transpose2d n2 c3:4 in3x2 k3x2 s3 d3x2
conv_transpose2d n1 c4:6 in3x2 k3x2 s2x3 d1x2 g2 bias
conv_transpose2d n1 c3:4 in3x2 k3x2 s2x3 d2x3
conv_transpose2d n1 c3:4 in3x2 k3x2 s1x2 d2x3
conv_transpose2d c3:4 in3x2 k3x2 s2x3
conv_transpose2d n2 c4:6 in4x3 k3x2 s2x1 p1x0 op1x0 d2x1 g2
conv_transpose2d n1 c3:4 in3x2 k1
END
trigger='conv_transpose2d n1 c3:4 in3x2 k3x2 s2x3 d2x3 fill=wide-x seed=0'

# outcome ID VERDICT REASON: judges the TAP stream of $scratch/out.
outcome() {
  if [ "$2" = passed ]; then
    [ "$(grep -c '^    ok' "$scratch/out")" -eq 9 ] && ! grep -q '^ *not ok' "$scratch/out"
    return
  fi
  [ "$(grep -c '^    ok' "$scratch/out")" -eq 8 ] || return 1
  grep -q "^    not ok 5 - $trigger\$" "$scratch/out" || return 1
  grep -q "^ *verdict: \"$(echo "$2" | tr - ' ')\"\$" "$scratch/out" || return 1
  grep -Eq "^ *reason: \".*$3" "$scratch/out"
}

sed '/^#/d; /^$/d' "$source/tests/misbehave/misbehave.txt" | in_sample >"$scratch/rows"

# What hangs is waited for, so the whole plugin is judged meanwhile.
"$tenbin" check "$build/misbehave/misbehave.so" --no-diagnosis --cases "$scratch/nine.cases" >/dev/null 2>"$scratch/whole" </dev/null &
whole=$!

while read -r id verdict reason what; do
  "$tenbin" check --kernel "$(kernel_of misbehave misbehave.c "$id")" --no-diagnosis --cases "$scratch/nine.cases" >"$scratch/out" 2>"$scratch/err" </dev/null
  code=$?
  outcome "$id" "$verdict" "$reason" && [ "$code" -eq $([ "$verdict" = passed ] && echo 0 || echo 1) ]
  ok=$?
  point $ok "$id: $verdict: $what"
  [ $ok -eq 0 ] || sed 's/^/# /' "$scratch/err"
done <"$scratch/rows"

# A limit on processor time that tenbin was started with is no reason where little of it is used.
for row in KILL_ITSELF:9 RAISE_XCPU:24; do
  expect 1 "^ *reason: \".*ended by signal ${row#*:}\"" "$row: far from the limit of ulimit -t, the kernel's own signal" \
    sh -c "ulimit -t 10000; exec '$tenbin' check --kernel '$(kernel_of misbehave misbehave.c "${row%:*}")' --no-diagnosis --case '$trigger'"
done

# All kernels of one plugin, which share its static data: none disturbs another.
wait $whole
awk '/^[A-Z]/ && $2 != "passed" { sub(/-/, " ", $2); print tolower($1) ": 1 " $2 }' "$source/tests/misbehave/misbehave.txt" >"$scratch/want"
grep -E '^[a-z0-9_]+: [0-9]+ [a-z ]+$' "$scratch/whole" | diff "$scratch/want" - >"$scratch/diff"
point $? "a whole plugin: the verdict of each of its kernels"
sed 's/^/# /' "$scratch/diff"

# A kernel that fails more often than failures are looked at keeps its verdict.
for id in PLAN_LEAKED INPUT_KEPT; do
  verdict=$(sed -n "s/^$id \+[a-z_]*\.c \+\([a-z]*\) .*/\1/p" "$source/conformance/mutants/conv_transpose2d/mutants.txt")
  "$tenbin" check "$(kernel_of mutants prepared.c "$id")" --no-diagnosis --cases "$source/conformance/cases/conv_transpose2d/catalogue.cases" >"$scratch/out" 2>/dev/null </dev/null
  found=$(sed -n 's/^ *verdict: "\(.*\)"$/\1/p' "$scratch/out" | sort | uniq -c | tr -s ' \n' ' ')
  case $found in " "[3-9][0-9][0-9]" $verdict ") true ;; *) false ;; esac
  point $? "$id: $verdict, past 300 failures too"
  echo "# found:$found"
done
no_workers "no worker is left"
finish
