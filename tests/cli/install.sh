# What `cmake --install` copies runs without the source tree, and takes its data from where it is asked to.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
prefix=$scratch/prefix
share=$prefix/share/tenbin
small='conv_transpose2d n1 c2:3 in4x3 k3x2 s2x1'
unset TENBIN_DATA TENBIN_MANIFEST

expect 0 'Installing: .*/share/tenbin/golden/MANIFEST' "cmake --install" cmake --install "$build" --prefix "$prefix"
# The source tree is hidden: where the programs have its path, another of the same length takes its place, one that no folder
# has. It ends alike: the linker lets a shorter string, such as "in", be the end of a longer one.
hidden=x${source#/}
LC_ALL=C sed -i "s|$source|$hidden|g" "$prefix"/bin/* "$prefix"/lib/tenbin/*
! LC_ALL=C grep -qrF "$source" "$prefix"
point $? "no file names the source tree"
! ldd "$prefix"/bin/* "$prefix"/lib/tenbin/tenbin-kernels.so | grep -E "not found|$source"
point $? "and all libraries are found outside it"

tenbin=$prefix/bin/tenbin
kernels=$prefix/lib/tenbin/tenbin-kernels.so
mkdir "$scratch/empty" && cd "$scratch/empty" || exit 1
expect 0 '^naive +[0-9]+ +[0-9]+ ' "check, in an empty folder" "$tenbin" check --kernel naive --shard 1/4
expect 0 '^\[.*\] [0-9]+ cases$' "list cases" "$tenbin" list cases
expect 0 '^dcgan1_n1 .*conv_transpose2d ' "list layers" "$tenbin" list layers
expect 0 '^pyramid4 .*conv_transpose2d ' "list layers of another file" "$tenbin" list layers networks
expect 0 '^naive +conv_transpose2d' "list kernels" "$tenbin" list kernels
expect 0 '^dcgan1_n1 +naive ' "bench" "$tenbin" bench --layer dcgan1_n1 --kernel naive --kernel col2im_gemm --min-time 0.01
expect 0 '^dcgan1_n1 +naive is .* times as fast as col2im_gemm' "bench --compare, which runs tenbin-pairs" \
  "$tenbin" bench --layer dcgan1_n1 --compare naive,col2im_gemm --min-time 0.01
expect 0 '^pyramid4 +naive ' "bench of another file's layer" "$tenbin" bench --layers networks --layer pyramid4 --kernel naive --min-time 0.01
expect 0 'conv_transpose2d' "explain" "$tenbin" explain "$small"
expect 0 '^naive +1 +1 ' "diagnose" "$tenbin" diagnose --kernel naive --case "$small"
expect 0 '^  portable +[0-9]' "machine" "$tenbin" machine --threads 1
small_data "$scratch/small"
expect 0 '^naive +dcgan1_n1 +(not slower|faster)' "gate, which runs check and tenbin-pairs" \
  env TENBIN_DATA="$scratch/small" TENBIN_MANIFEST="$small_manifest" "$tenbin" gate --base "$kernels" --candidate "$kernels" --kernel naive --layer dcgan1_n1 --tolerance 1000 --budget 300
[ -z "$(ls -A)" ]
point $? "the folder stays empty"

# The order: --data, TENBIN_DATA, the share folder. Each of these has a layer of its own.
layers=conformance/cases/conv_transpose2d/layers.cases
for where in option variable; do
  cp -r "$share" "$scratch/$where"
  echo "$small # layer=of_the_$where: a mark" >>"$scratch/$where/$layers"
done
echo "$small # layer=of_the_share: a mark" >>"$share/$layers"
expect 0 '^of_the_share ' "list takes the share folder" "$tenbin" list layers
expect 0 '^of_the_share ' "an empty TENBIN_DATA is none" env TENBIN_DATA= "$tenbin" list layers
expect 0 '^of_the_variable ' "or TENBIN_DATA" env TENBIN_DATA="$scratch/variable" "$tenbin" list layers
expect 0 '^of_the_option ' "or --data" env TENBIN_DATA="$scratch/variable" "$tenbin" list layers --data "$scratch/option"
once="$tenbin bench --kernel naive --min-time 0.01 --layer"
expect 0 '^of_the_share ' "bench takes the share folder" $once of_the_share
expect 0 '^of_the_variable ' "or TENBIN_DATA" env TENBIN_DATA="$scratch/variable" $once of_the_variable
expect 0 '^of_the_option ' "or --data" env TENBIN_DATA="$scratch/variable" $once of_the_option --data="$scratch/option"
echo '# changed' >>"$share/golden/grid.ledger"
expect 3 "$share/golden/grid.ledger: damaged" "check takes the share folder's golden data" "$tenbin" check --kernel naive --case "$small"
expect 0 '^naive +1 +1 ' "or those of --data" "$tenbin" check --kernel naive --case "$small" --data "$scratch/option"

# Where there is no data, a message says which folders were looked in.
rm -r "$share"
for command in 'check --kernel naive' 'diagnose --kernel naive' 'list cases' 'list layers' 'bench --kernel naive' \
  "gate --base $kernels --candidate $kernels --kernel naive --no-check"; do
  expect 3 "looked in $share, which is not there, and in $hidden; --data DIR or" \
    "${command%% *}: no data" "$tenbin" $command
  expect 3 "looked in $scratch/nowhere, which --data or TENBIN_DATA names" "${command%% *}: no data where TENBIN_DATA says" \
    env TENBIN_DATA="$scratch/nowhere" "$tenbin" $command
done
no_workers "no worker is left"
finish
