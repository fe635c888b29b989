# Runs a sample of a test, or of most tests the whole. SPDX-License-Identifier: MIT
#
#   sample.sh NAME COMMAND..   the command, with I/N for each argument @part@, and in $TENBIN_SAMPLE for scripts
#   sample.sh --list           the part of each test of samples.txt
#
# N follows from samples.txt, and I from the test's name and $TENBIN_PART, which is the commit's hash where nothing else is given.
# TENBIN_PART=whole runs the whole.
here=$(cd "$(dirname "$0")" && pwd)
seed=${TENBIN_PART:-$(git -C "$here" rev-parse HEAD 2>/dev/null)}
seed=${seed:-unversioned}

# parts: of each row of samples.txt the name, and I/N.
parts() {
  changed=$(git -C "$here" diff --name-only HEAD~1 HEAD 2>/dev/null)
  grep '^[a-z]' "$here/samples.txt" | while read -r name seconds budget changes; do
    n=$(((seconds + budget - 1) / budget))
    [ $n -le 64 ] || n=64
    if [ "$seed" = whole ] || { [ -n "$changes" ] && echo "$changed" | grep -Eq "$changes"; }; then
      n=1
    fi
    echo "$name $(($(printf '%s %s' "$seed" "$name" | cksum | cut -d ' ' -f 1) % n + 1))/$n"
  done
}

if [ "$1" = --list ]; then
  parts
  exit
fi
name=$1
shift
TENBIN_SAMPLE=$(parts | sed -n "s/^$name //p")
TENBIN_SAMPLE=${TENBIN_SAMPLE:-1/1}
export TENBIN_SAMPLE
[ "$TENBIN_SAMPLE" = 1/1 ] || echo "$name: part $TENBIN_SAMPLE, chosen by $seed" >&2
count=$#
for argument; do
  [ "$argument" != @part@ ] || argument=$TENBIN_SAMPLE
  set -- "$@" "$argument"
done
shift $count
exec "$@"
