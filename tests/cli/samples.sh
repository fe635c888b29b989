# A commit's sample of the long tests: the parts make the whole, each is run by some commit, and no row of samples.txt is stale.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
sample=$source/tests/sample.sh
mutants=$source/conformance/mutants/conv_transpose2d/mutants.txt
mkdir "$scratch/tests"
cp "$sample" "$scratch/tests/"
printf '# a table\nlong 50 10\nlonger 100000 10\ntiny 5 10\nchanged 50 10 a[.]c|b[.]c\n' >"$scratch/tests/samples.txt"

# of SEED NAME COMMAND..
of() {
  TENBIN_PART=$1 sh "$scratch/tests/sample.sh" "$2" sh -c "$3" "$4" 2>/dev/null
}
[ "$(of whole long 'echo $0 $TENBIN_SAMPLE' @part@)" = '1/1 1/1' ]
point $? "TENBIN_PART=whole runs the whole"
for each in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do
  of $each long 'echo $0' @part@
done | sort -u | tr '\n' ' ' >"$scratch/parts"
[ "$(cat "$scratch/parts")" = '1/5 2/5 3/5 4/5 5/5 ' ]
point $? "forty seeds choose all parts of a test of five: $(cat "$scratch/parts")"
case $(of a longer 'echo $0' @part@) in */64) true ;; *) false ;; esac
point $? "no part is below 1/64"
[ "$(of a tiny 'echo $0' @part@)$(of a unknown 'echo $0' @part@)" = 1/11/1 ]
point $? "what fits its budget, and what is in no row, runs whole"
[ "$(of a long 'echo $0' @part@)" = "$(TENBIN_PART=a sh "$scratch/tests/sample.sh" --list | sed -n 's/^long //p')" ]
point $? "--list prints what is run"

# commit NAME: a commit that adds this file.
commit() {
  touch "$scratch/$1"
  git -C "$scratch" add "$1"
  git -C "$scratch" -c user.name=t -c user.email=t@t commit -q -m "$1"
}
if git -C "$scratch" init -q 2>/dev/null; then
  commit x.c && commit a.c
  [ "$(of a changed 'echo $0' @part@)" = 1/1 ]
  point $? "a commit that changes what the row names runs the whole"
  commit y.c
  case $(of a changed 'echo $0' @part@) in */5) true ;; *) false ;; esac
  point $? "and another one a part"
else
  point 0 "a commit that changes what a row names # SKIP there is no git"
fi

rows "$mutants" | cut -f 1 | sort >"$scratch/whole"
for i in 1 2 3 4 5; do
  TENBIN_SAMPLE=$i/5
  rows "$mutants"
done | cut -f 1 | sort >"$scratch/union"
unset TENBIN_SAMPLE
cmp -s "$scratch/whole" "$scratch/union" && [ "$(wc -l <"$scratch/whole")" -gt 100 ]
point $? "the parts of a table are its rows, each once"

ctest --test-dir "$build" -N | sed -n 's/^ *Test *#[0-9]*: //p' >"$scratch/tests.txt"
stale=$(sed -n 's/^\([a-z][a-z0-9_]*\) .*/\1/p' "$source/tests/samples.txt" | grep -v onednn | sort -u | grep -vxF -f "$scratch/tests.txt" | tr '\n' ' ')
[ -z "$stale" ]
point $? "each row of samples.txt of this build is a test${stale:+; stale: $stale}"
finish
