# ./run, on machines that are played: the programs that it calls are stand-ins, each a line of $scratch/bin. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
place="$scratch/a clone" # folders have blanks, too
bin=$scratch/bin
real=$PATH

# stands_in NAME SCRIPT: a program of the machine.
stands_in() {
  rm -f "$bin/$1" # it may be a link to a real one
  printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1"
  chmod +x "$bin/$1"
}

# machine: a fresh clone on a Debian 13 whose lists are empty, for root; each call of a program is a line of $scratch/calls.
machine() {
  rm -rf "$place" "$bin" "$scratch/calls" "$scratch/lists" "$scratch/libdnnl-dev"
  mkdir -p "$place" "$bin"
  : >"$scratch/calls"
  cp "$source/run" "$place/run"
  mkdir -p "$place/.ci" && cp "$source/.ci/setup.sh" "$place/.ci/"
  for each in sh env cat sed grep awk tail head cut du date sleep mkdir rm df dirname mv wc tr id uname kill perl touch printf; do
    ln -s "$(PATH=$real command -v $each)" "$bin/" 2>/dev/null
  done
  stands_in id 'case $1 in -u) echo 0 ;; *) echo root ;; esac'
  stands_in dpkg-query 'for name; do :; done; [ "$name" != libdnnl-dev ] && echo "installed 1" || [ ! -e '"$scratch"'/libdnnl-dev ] || echo "installed 3.7.2"'
  stands_in apt-cache "[ ! -e $scratch/lists ] || cat $scratch/lists"
  stands_in apt-get "echo apt-get \"\$@\" >>$scratch/calls
case \"\$*\" in *update) echo '  Candidate: 3.7.2+ds-2' >$scratch/lists ;; *libdnnl-dev) touch $scratch/libdnnl-dev ;; esac"
  stands_in python3 "echo python3 \"\$@\" >>$scratch/calls"
  stands_in cmake "case \$* in --version) echo 'cmake version 3.31.6' ;; *) echo cmake \"\$@\" >>$scratch/calls ;; esac"
  mkdir -p "$place/build/release"
  for each in tenbin ctest; do
    stands_in $each "echo $each \"\$@\" >>$scratch/calls; echo of $each; exit 0"
  done
  mv "$bin/tenbin" "$place/build/release/tenbin"
}

# here COMMAND..: in the clone, on that machine.
here() {
  (cd "$place" && env -u CFLAGS -u TENBIN_ONEDNN PATH="$bin" "$@")
}

# called PATTERN NAME, uncalled PATTERN NAME: whether a program was.
called() {
  grep -Eq -- "$1" "$scratch/calls"
  point $? "$2"
}
uncalled() {
  ! grep -Eq -- "$1" "$scratch/calls"
  point $? "$2"
}

machine
expect 0 'libdnnl-dev: oneDNN 3' "empty lists, as images of containers have: they are fetched, and oneDNN is found" here ./run build
[ "$(sed -n 1,2p "$scratch/calls" | tr '\n' ' ')" = 'apt-get -o APT::Status-Fd=1 update apt-get -o APT::Status-Fd=1 install --yes --no-install-recommends libdnnl-dev ' ]
point $? "in that order, once"
uncalled python3.*venv "and no wheels"

machine
echo '  Candidate: 2.7.3-2' >"$scratch/lists"
stands_in python3 "echo python3 \"\$@\" >>$scratch/calls; case \$2 in venv) mkdir -p build/onednn/bin; printf '#!/bin/sh\n' >build/onednn/bin/pip; $(command -v chmod) +x build/onednn/bin/pip ;; esac"
expect 0 'is no package of this distribution' "a distribution whose oneDNN is too old" here ./run build
called 'python3 -m venv build/onednn' "gets wheels"
uncalled 'libdnnl-dev' "and not the old one"
: >"$scratch/calls"
here ./run build >/dev/null
point $? "a second call"
uncalled 'venv|apt-get' "installs nothing"
echo onednn==0 >"$place/build/onednn/wheels"
expect 0 '' "other wheels than are wanted now" here ./run build
called 'python3 -m venv build/onednn' "are replaced"

machine
stands_in apt-get "echo 'E: no network'; exit 100"
expect 3 'E: no network' "lists that cannot be had end it, and oneDNN is not left out in silence" here ./run build

machine
stands_in apt-get "echo apt-get >>$scratch/calls; [ -e $scratch/free ] && exec $(command -v sh) -c \"echo '  Candidate: 3.7' >$scratch/lists; touch $scratch/libdnnl-dev\"; touch $scratch/free
echo 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)'; exit 100"
stands_in sleep 'exec '"$(command -v sleep)"' 0.1'
expect 0 'Waiting for another program .*held by process 7' "another apt-get is waited for" here ./run build

machine
touch "$scratch/libdnnl-dev"
printf '3 kernels were not built: onednn_plain, onednn_blocked, max_pool_onednn: oneDNN 3 was not found\n' >"$place/build/release/not-built.txt"
expect 3 '3 kernels were not built.*although it was installed; rm -r' "a build that does not find oneDNN is no build" here ./run build
echo '3 kernels were not built: onednn_plain, onednn_blocked, max_pool_onednn: TENBIN_ONEDNN is OFF' >"$place/build/release/not-built.txt"
expect 0 '^3 kernels were not built: onednn_plain, onednn_blocked, max_pool_onednn: TENBIN' "a report says at its end what was not built" here env TENBIN_ONEDNN=OFF ./run report
[ "$(tail -n 1 "$scratch/out" | cut -c 1-27)" = '3 kernels were not built: o' ]
point $? "at its very end"
called 'cmake --preset release -DTENBIN_ONEDNN=OFF' "and it is switched off"
called 'cmake --build --preset release --target programs' "and builds what it needs"
expect 2 "is ON or OFF, and not 'off'" "a value that CMake would take otherwise" here env TENBIN_ONEDNN=off ./run build

# Its own command line: what is wrong, in a line, and help.
machine
while read -r words; do
  expect 2 "^run: ${words%% *}[^:]*: (unexpected argument 'x'|expected .*, got '.*x')" "$words" here ./run $words
  [ "$(wc -l <"$scratch/err")" -eq 2 ] && grep -q '^Try `./run help`' "$scratch/err"
  point $? "in a line, and where there is help"
done <<END
report x
build x
test x
sanitize x
format x
format --check x
tidy x
tidy --part seed x
help x
END
expect 2 '^run: tidy --part: expected a text, .*, got nothing' "tidy --part without its text" here ./run tidy --part
expect 2 "^run: unknown command 'reprot'; known are report test " "an unknown command" here ./run reprot
for words in help --help -h 'report --help' 'build -h' 'test --help' 'sanitize --help' 'format --help' 'tidy --help'; do
  expect 0 '^usage: ./run COMMAND' "$words" here ./run $words
done
uncalled . "and nothing is done"

# Who may not install.
machine
stands_in id 'case $1 in -u) echo 1000 ;; *) echo somebody ;; esac'
expect 3 'not root, and there is no sudo' "no sudo: what is to be typed" here ./run build
grep -q '^  apt-get update && apt-get install --yes --no-install-recommends libdnnl-dev$' "$scratch/err"
point $? "in one line, complete"
called 'Dir::State::lists=./build/apt/lists .*update' "by its own lists"
stands_in sudo 'exit 1'
expect 3 'sudo needs a password, and there is no terminal' "sudo that asks for a password" here ./run build
stands_in sudo '[ "$1" = -n ] && shift; case $1 in true) exit 0 ;; esac; exec "$@"'
expect 0 '' "sudo that does not" here ./run build
machine
stands_in python3 "exit 1"
stands_in dpkg-query '[ "$4" = python3-venv ] || [ "$4" = libdnnl-dev ] && exit 1; echo "installed 3"'
stands_in id 'case $1 in -u) echo 1000 ;; *) echo somebody ;; esac'
expect 3 'recommends libdnnl-dev$' "python3-venv is not asked for where no wheels are" here ./run report

# What ends a report, and with which code.
machine
touch "$scratch/libdnnl-dev"
mkdir "$place/build/report"
touch "$place/build/report/bench.csv"
# judges CODE CODE CODE: the exit codes of the three steps.
judges() {
  printf '#!/bin/sh\necho tenbin "$@" >>%s\ncase $* in check) exit %s ;; check*) exit %s ;; *) exit %s ;; esac\n' "$scratch/calls" "$@" >"$place/build/release/tenbin"
  : >"$scratch/calls"
}
judges 1 0 0
expect 1 '' "a kernel that fails" here ./run report
called 'tenbin bench' "is timed all the same"
[ ! -e "$place/build/report/bench.csv" ]
point $? "and what an older report left is gone"
judges 1 0 4
expect 1 'has ended with exit code 4' "a wrong kernel counts before what is undecided" here ./run report
judges 1 0 130
expect 130 'has ended with exit code 130' "and an interrupt before both" here ./run report
judges 1 3 0
expect 1 'has ended with exit code 3' "and a wrong kernel before what cannot be run" here ./run report
judges 3 0 0
expect 3 'the report ends here, for build/release/tenbin check has ended with exit code 3' "a check that cannot be run, as on a full disk, ends it" here ./run report
uncalled 'tenbin (bench|check --cases)' "and nothing comes after it"
judges 0 0 3
expect 3 'tenbin bench has ended with exit code 3' "a bench that cannot be run" here ./run report

# An interrupt reaches all that run, and ends it. What is ignored at the start cannot be trapped, so perl puts that right.
machine
touch "$scratch/libdnnl-dev"
printf '#!/bin/sh\necho tenbin "$@" >>%s\nexec sleep 20\n' "$scratch/calls" >"$place/build/release/tenbin"
(cd "$place" && PATH=$bin exec perl -e '$SIG{INT} = "DEFAULT"; setpgrp; exec @ARGV' ./run report) >"$scratch/out" 2>"$scratch/err" &
group=$!
until grep -q tenbin "$scratch/calls"; do sleep 0.1; done
kill -INT -$group
wait $group
[ $? -eq 130 ] && [ "$(grep -c tenbin "$scratch/calls")" -eq 1 ]
point $? "an interrupt ends a report with 130, and no other step comes"

# What is no clone.
machine
mkdir -p "$place/build/format/bin"
echo clang-format==18.1.8 >"$place/build/format/wheels"
stands_in git 'echo "fatal: not a git repository" >&2; exit 128'
expect 3 'cannot read this folder as a clone' "format without git formats nothing, and says so" here ./run format --check

# How far it is.
machine
touch "$scratch/libdnnl-dev"
stands_in cmake "case \$* in --version) echo 'cmake version 3.31.6' ;; --build*) echo '[1/4] Building C object a.o'; sleep 12 ;; esac"
expect 0 '^Building build/release: 25 %, about [0-9]+ s left' "a build says in a log how far it is" here ./run build
if command -v script >/dev/null; then
  stands_in cmake "case \$* in --version) echo 'cmake version 3.31.6' ;; --build*) echo '[3/4] Building C object a.o'; sleep 2 ;; esac"
  stands_in stty ''
  TERM=dumb script -qec "cd '$place' && PATH='$bin' ./run build" "$scratch/typescript" >/dev/null 2>&1 </dev/null
  tr '\r' '\n' <"$scratch/typescript" | grep -q 'Building build/release: 75 %, about [0-9]* s left'
  point $? "and every second on a terminal"
fi
stands_in cmake "case \$* in --version) echo 'cmake version 3.18.4' ;; esac"
expect 3 'CMake 3.25 or newer is needed, and .*cmake is 3.18.4' "a CMake that is too old" here ./run build
stands_in cmake "case \$* in --version) echo 'cmake version 3.31.6' ;; *) echo 'CMake Error: The current CMakeCache.txt directory /x is different'; exit 1 ;; esac"
expect 3 'delete it, and ./run again: rm -r build/release' "a build folder of another place" here ./run build
stands_in cmake "case \$* in --version) echo 'cmake version 3.31.6' ;; --build*) echo '[1/2] x'; echo 'a.c:1: error: what'; exit 1 ;; esac"
expect 3 'a.c:1: error: what' "a build that fails shows why" here ./run build
stands_in df 'echo Filesystem; echo "/dev/x 9 9 3 9 /"'
expect 3 'is full, or nearly: 3 MB are free' "a full disk, too" here ./run build
machine
stands_in python3 'case $1 in --version) echo Python 3.13.5 ;; esac; exit 1'
expect 77 'is for Python 3.11, and this is Python 3.13.5: skipped' "a Python that PyTorch is not for" here ./run bench-pytorch
uncalled . "before anything is installed for it"
stands_in ctest 'mkdir -p build/release/Testing/Temporary; printf "%s\n" "/x/t/pytorch.t .. skipped: PyTorch is not there" "ok 4 - the rest # SKIP no peers" >build/release/Testing/Temporary/LastTest.log; exit 8'
stands_in cmake "case \$* in --version) echo 'cmake version 3.31.6' ;; esac"
expect 8 '^pytorch was skipped: PyTorch is not there$' "tests that fail: their exit code, and why others were skipped" here ./run test
grep -q '^skipped: the rest: no peers$' "$scratch/out"
point $? "points, too"

# A shell that has just been forked may drop a signal: its watcher must end all the same.
mkdir "$scratch/build"
(cd "$scratch" && trap : INT TERM && . "$source/.ci/setup.sh" && i=0 && while [ $i -lt 1000 ]; do follow it build/log true; i=$((i + 1)); done)
point $? "steps that end at once, a thousand of them"
finish
