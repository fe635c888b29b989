# tenbin explain: what it says, how it is drawn, its mistakes. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
export LC_ALL=C
small="conv_transpose2d n1 c1:1 in3 k3 s2 p1"

# says NAME TEXT: the last command of expect printed this line, or ended one with it after blanks.
says() {
  sed 's/^ */ /; s/$/ /' "$scratch/out" | grep -Fq -- " $2 "
  point $? "$1"
}

expect 0 '^usage: tenbin explain' "tenbin explain --help" "$tenbin" explain --help
expect 0 '^Why there is an output_padding' "one case" "$tenbin" explain "$small op1"
says "the formula with its numbers" "height = (3 - 1)*2 - 2*1 + 1*(3 - 1) + 1 + 1 = 6, and the width likewise"
says "the frame of y, with the row and the column that output_padding adds" "+---------+-+"
says "which padding would have cut" "5  1|1 2 1 @ 1:1|"
says "the sum of an element of that row" "y[0,0,5,3] = x[0,0,2,2]*w[0,0,2,0] + x[0,0,2,1]*w[0,0,2,2]"
says "which is no zero" "= 35869*-16 + 105345*8 = 268856"
says "what it costs" \
  "Multiply-adds: N*C_in*(C_out/groups)*kH*kW*H*W = 1*1*1*3*3*3*3 = 81, of which padding cuts 17"
expect 0 '0  a # b$' "letters in the order of the sum" "$tenbin" explain "$small" --at 1,1
says "on the taps" "2  c # d"
says "and on the input" "0  d . c . #"
expect 0 '^ *keeps 1 of these: column 4 of y' "an output_padding below padding" \
  "$tenbin" explain 'conv_transpose2d c1:1 in3 k3x4 s2 p0x2 op0x1'
expect 0 'adds 1 column after the last tap: columns 10 to 12 of y. Taps reach 1 of$' "columns of which one has a tap" "$tenbin" explain 'conv_transpose2d c1:1 in4 k2 s3 p2 d4 op0x3'
expect 0 '^ *1      # \. #' "the windows of a dilated Conv2d" "$tenbin" explain 'conv_transpose2d c1:1 in3 k2 s2 d2 p1'
expect 0 '^ *What differs: output_padding 0x0 in A and 1x1 in B' "two cases" "$tenbin" explain "$small" "$small op1"
grep -q 'B has 1 row more' "$scratch/out"
point $? "a row more"
says "and all else the same" \
  "The 5x5 elements at the top left, which both have, are made of the same (x element, tap) pairs."
says "Conv2d maps both sizes to one" "B: Conv2d maps 6 rows to 3"
says "an element that one of them lacks" "A: y[0,0,5,3] does not exist: this y has 5 rows and 5 columns; padding cuts the 2 products"
expect 0 'No tap reaches them: they hold the bias alone' "rows after the last tap" \
  "$tenbin" explain 'conv_transpose2d c2:3 in4 k2 d4 op2 bias'
expect 0 'Conv2d maps 9 rows to 5 and not to 4' "an output_padding not below stride" \
  "$tenbin" explain 'conv_transpose2d c2:3 in4x1 k2x1 d4 op1x0 s1 p0' --at 0,0
expect 0 'b: rows 0, 2, .., columns 1, 3, .. meet no tap: a hole' "phases without a tap" \
  "$tenbin" explain 'conv_transpose2d c1:1 in3 k1 s2' --phases
says "and with one" "a: rows 0, 2, .., columns 0, 2, .. meet taps kh 0 and kw 0: 1 product"
expect 0 'c: rows 1, 4, .., columns 0, 1, .. meet taps kh 2 and kw 0: 1 product' "phases begin before the rows that padding cuts" \
  "$tenbin" explain 'conv_transpose2d c1:1 in3 k3x1 s3x1 p1x0' --phases
expect 0 'group 1: x channels 2 to 3 meet y channels 3 to 5, by w\[2:4\]' "groups" \
  "$tenbin" explain 'conv_transpose2d c4:6 in3 k3 g2'
says "and their diagram" "2  . . . # # #"
expect 0 'at most 16 rows and columns' "a large case is abbreviated, and the text says so" \
  "$tenbin" explain 'conv_transpose2d n2 c1024:512 in4x300 k4 s2 p1'
expect 0 'N\*C_in\*.* = 2\*1024\*512\*4\*4\*4\*300 = 20132659200' "its work" \
  "$tenbin" explain 'conv_transpose2d n2 c1024:512 in4x300 k4 s2 p1'

# The sum that is printed for an element, added up by the shell, is the reference's value of it.
sums=0 wrong=0
while read -r at line; do
  "$tenbin" explain "$line" --at "$at" >"$scratch/out" || wrong=$((wrong + 1))
  sum=$(awk '/^   y\[/{sum=1} sum&&/^   = /{on=1} on&&!/^   /{exit} on' "$scratch/out" | tr -d '\n' | sed 's/^ *= //')
  [ -n "$sum" ] && [ $((${sum% = *})) -eq "${sum##* = }" ] || { wrong=$((wrong + 1)) && echo "# $at $line: $sum"; }
  sums=$((sums + 1))
done <<'END'
0,0 conv_transpose2d n1 c1:1 in3x4 k3 s2 p1 op1
2,3 conv_transpose2d n1 c1:1 in3x4 k3 s2 p1 op1
5,7 conv_transpose2d n2 c3:4 in3x4 k3 s2 p1 op1 bias
9,4 conv_transpose2d c8:6 in6x5 k5x4 s3x2 p2x3 d2x3 op2x1 g2 bias fill=wide-w seed=7
11,3 conv_transpose2d c4:2 in6 k4 s2 bias seed=3
3,0 conv_transpose2d n1 c2:2 in2x3 k2 s4x3 bias
4,4 conv_transpose2d n1 c2:2 in5 k5 seed=12345678901
END
point $wrong "$sums sums, added up, are the reference's values"

# Widths and characters, over cases of every kind.
wide=0 strange=0
while read -r line; do
  for ascii in --ascii ''; do
    LC_ALL=C.UTF-8 "$tenbin" explain "$line" --phases $ascii >"$scratch/$ascii.txt"
    [ "$(LC_ALL=C.UTF-8 wc -L <"$scratch/$ascii.txt")" -le 100 ] || wide=$((wide + 1))
  done
  LC_ALL=C grep -q '[^ -~]' "$scratch/--ascii.txt" && strange=$((strange + 1))
  [ "$(wc -l <"$scratch/--ascii.txt")" -eq "$(wc -l <"$scratch/.txt")" ] || strange=$((strange + 1))
done <<'END'
conv_transpose2d n1 c1:1 in3x4 k3 s2 p1 op1
conv_transpose2d n5 c60000:40000 in999x12345 k7x200 s60x1 p5x0 op50x199 d9x200 g20000 bias seed=18446744073709551615
conv_transpose2d c32:32 in17x40 k16 s8 p4 g32
conv_transpose2d c1:1 in1 k1 p1 d3 op2
conv_transpose2d x=[1,4,5,5] w=[4,2,3,3] b=[2] stride=[2] padding=[1] set=x@3:nan,w@0:-1.5,x@17:1e300,x@18:inf,x@19:-inf,b@1:3
END
point $wide "no line is longer than 100 columns"
point $strange "plain ASCII has no other character, and as many lines"
LC_ALL=C.UTF-8 "$tenbin" explain "$small op1" >"$scratch/unicode"
grep -q '│1 2 1 ● 1┆1│' "$scratch/unicode" && ! grep -q "$(printf '\033')" "$scratch/unicode"
point $? "Unicode where the locale has it, and no colour where there is no terminal"

# SVG: whole or not at all.
"$tenbin" explain "$small" "$small op1" --svg "$scratch/a.svg" --phases >"$scratch/out" 2>&1 && [ ! -s "$scratch/out" ]
point $? "--svg writes a file, and says nothing"
grep -q '<title id=.title.>conv_transpose2d .* op1 ' "$scratch/a.svg" &&
  grep -q '<desc id=' "$scratch/a.svg" && grep -q 'output_padding</text>' "$scratch/a.svg" && tail -n 1 "$scratch/a.svg" | grep -q '</svg>'
point $? "with a title, a description, labels, and its end"
ln -s a.svg "$scratch/link.svg"
"$tenbin" explain "$small" --svg "$scratch/link.svg" && [ -L "$scratch/link.svg" ] && ! grep -q 'op1' "$scratch/a.svg"
point $? "a link is kept, and what it leads to replaced"
"$tenbin" explain "$small" --svg - | cmp -s - "$scratch/a.svg"
point $? "--svg - is standard output"
expect 3 'cannot be written: No such file' "a folder that is not there" "$tenbin" explain "$small" --svg "$scratch/none/a.svg"
mkfifo "$scratch/pipe.svg"
expect 3 'no regular file' "what is no file is not replaced" "$tenbin" explain "$small" --svg "$scratch/pipe.svg"
[ "$(ls "$scratch" | grep -c svg)" -eq 3 ] && [ -p "$scratch/pipe.svg" ]
point $? "and nothing is left behind"
expect 3 'cannot be written' "a full disk" sh -c "'$tenbin' explain '$small' --svg - >/dev/full"
if command -v python3 >/dev/null; then
  python3 - "$tenbin" <<'END'
import os, pty, subprocess, sys
import xml.etree.ElementTree as tree
cases = ['conv_transpose2d n1 c1:1 in3x4 k3 s2 p1 op1', 'conv_transpose2d c32:32 in17x40 k16x3 s8 p4 g8 bias',
         'conv_transpose2d c1:1 in1 k1 p1 d3 op2', 'conv_transpose2d n2 c3:5 in3000x3 k63x1 s17x1 p5x0 op9x0']
for case in cases:
    svg = tree.fromstring(subprocess.run([sys.argv[1], 'explain', case, '--phases', '--svg', '-'], stdout=-1, check=True).stdout)
    name = '{http://www.w3.org/2000/svg}'
    width, height = float(svg.get('width')), float(svg.get('height'))
    for rect in svg.iter(name + 'rect'):
        x, y, w, h = (float(rect.get(k, 0)) for k in ('x', 'y', 'width', 'height'))
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height, (case, rect.attrib)
    assert svg.find(name + 'title').text and svg.find(name + 'desc').text and list(svg.iter(name + 'text'))

def shown(**more):
    environment = {k: v for k, v in os.environ.items() if k != 'NO_COLOR'} | {'TERM': 'xterm'} | more
    parent, child = pty.openpty()
    run = subprocess.Popen([sys.argv[1], 'explain', 'normal calls=3'], stdout=child, env=environment)
    os.close(child)
    text = b''
    try:
        while part := os.read(parent, 65536):
            text += part
    except OSError:
        pass
    return text if run.wait() == 0 else b''

assert b'\033[1m' in shown() and shown(NO_COLOR='1') and b'\033' not in shown(NO_COLOR='1') and b'\033' not in shown(TERM='dumb')
END
  point $? "the SVG is well-formed, and in its frame; colour is a terminal's, unless declined"
fi

# The normal generator.
expect 0 'Words 17 to 32 become 16 fresh uniforms' "normal: the tail is drawn again" "$tenbin" explain 'normal calls=17,3,1'
says "over all numbers but the first" "y[0]        0 T T T T T T T T T T T T T T T"
says "a cosine" "y[0] = r*cos(a), a of words 33 and 34, r of 35 and 36; r*sin(a) waits."
says "its sine" "y[1] = r*sin(a) of the pair before; it was waiting, and nothing is drawn."
says "the state afterwards" "The next word is word 41. No sine waits."
expect 0 'The next word is word 12. A sine waits' "a sine that waits is taken before more is drawn" \
  "$tenbin" explain 'normal calls=3,2'
expect 0 '; a half type has drawn no' "a half type" "$tenbin" explain 'normal bf16 calls=17'
says "draws fewer words" "The next word is word 32. No sine waits."
expect 0 'The generator.s offset advances by 16, to 16' "CUDA" "$tenbin" explain 'normal stream=torch-cuda:4 calls=100000'

# max_pool2d.
pool="max_pool2d c1 in5 k3 s2 p1"
expect 0 '5 of its 9 taps meet no pixel. Padding is no 0: it counts as -inf' "max_pool2d: padding" \
  "$tenbin" explain "$pool" --at 0,0
says "the window, and the pixel that counts" "1    [2]* [-2]    2    -2    -1"
says "its size" "height = floor((5 + 2*1 - 1*(3 - 1) - 1)/2) + 1 = floor(4/2) + 1 = 3"
expect 0 '2 pixels of the window are equally great. The first in row-major order' "equal pixels" "$tenbin" explain "$pool"
says "and its index" "y is 2, from row 1 and column 2. Its index is 1*5 + 2 = 7: it counts within the plane, without"
expect 0 'without ceil_mode it would be 2' "ceil_mode" "$tenbin" explain 'max_pool2d c2 in7x5 k2 s3 ceil u8'
says "pixels in no window" "2 of the 7 rows of x lie in no window, such as row 2."
expect 0 'and one less, 2: the last window would begin 6 rows' "a window that padding alone would fill" \
  "$tenbin" explain 'max_pool2d c1 in5 k1 s3 ceil'
expect 0 'The window holds no pixel: y is -inf. Its index is 6' "a window without a pixel" \
  "$tenbin" explain 'max_pool2d c1 in2 k2 s1 p1 d3' --at 0,0
expect 0 'counts as the smallest integer' "integers" "$tenbin" explain "max_pool2d n2 c3 in5 k3 s2 p1 s64" --at 0,0
expect 0 'A NaN counts as greater than all numbers; of several the last is taken' "NaN" \
  "$tenbin" explain 'max_pool2d c1 in3 k2 s1 set=x@0:nan,x@3:nan' --at 0,0
expect 0 'x has 40 rows and 40 columns; the others are left out' "a large plane" \
  "$tenbin" explain 'max_pool2d n2 c2 in40 k3 s2 p1 d2 f64 fill=wide'
expect 0 'too large for its numbers' "one that is too large" "$tenbin" explain 'max_pool2d c1000 in5000 k3 s2 p1'
expect 0 '^max_pool2d c1 in6x6' "two, one after the other" "$tenbin" explain "$pool" 'max_pool2d c1 in6 k2'
expect 2 'pad should be at most half of effective kernel size' "one that PyTorch rejects" "$tenbin" explain 'max_pool2d c1 in5 k3 p2'
expect 2 'its y is empty' "an empty one" "$tenbin" explain 'max_pool2d n0 c1 in5 k3'
expect 2 'sizes and parameters up to 65535' "sizes that are not drawn" "$tenbin" explain 'max_pool2d c1 in70000x1 k1'
expect 2 '^tenbin explain: --at 3,0: y has rows 0 to 2' "--at outside of y" "$tenbin" explain "$pool" --at 3,0
expect 2 'are for conv_transpose2d' "--phases of max_pool2d" "$tenbin" explain "$pool" --phases
expect 2 '^tenbin explain: --at is for operators whose y' "--at of normal" "$tenbin" explain 'normal calls=3' --at 0,0
for folder in "$source"/conformance/cases/*/; do
  expect 0 . "an operator: $(basename "$folder")" "$tenbin" explain "$(sed -n '/^[a-z]/{s/ *#.*//;p;q;}' "$folder"/*.cases)"
done

expect 2 'a descriptor is missing' "no descriptor" "$tenbin" explain
expect 2 'expected at most two descriptors, got one more' "three descriptors" "$tenbin" explain "$small" "$small" "$small"
expect 2 "^tenbin explain: unknown option '--draw'; known are --at --phases --svg --ascii --help" "an unknown option" "$tenbin" explain --draw "$small"
expect 2 '^tenbin explain: --svg: expected a file, or -, got nothing' "an option without its argument" "$tenbin" explain "$small" --svg
expect 2 'the descriptor, column 36: stride' "a malformed descriptor" "$tenbin" explain "conv_transpose2d c4:6 in4x3 k3x2 s2y1"
grep -q '^                                     ^~$' "$scratch/err"
point $? "with a caret under the token"
expect 2 'the second descriptor, column 1:' "a malformed second one" "$tenbin" explain "$small" "what"
expect 2 'output padding must be smaller than either stride or dilation' "a case that PyTorch rejects" \
  "$tenbin" explain "$small op0x2"
grep -q 'By width it is 2, which is below neither stride 2 nor dilation 1' "$scratch/err"
point $? "with the rule and its numbers"
expect 2 'By height: \(1 - 1\)\*1 - 2\*2 \+ 1\*\(3 - 1\) \+ 0 \+ 1 = -1' "an output that is cut off entirely" \
  "$tenbin" explain 'conv_transpose2d c1:1 in1x9 k3 p2'
expect 2 'stride >= 1 by height and width; it is \[0, 1\]' "a stride of 0" "$tenbin" explain 'conv_transpose2d c1:1 in3 k3 s0x1'
expect 2 'its y is empty' "an empty batch" "$tenbin" explain 'conv_transpose2d n0 c1:1 in3 k3'
expect 2 'sizes and parameters up to 65535' "a case that is too large" "$tenbin" explain 'conv_transpose2d c1:1 in70000x1 k1'
expect 2 '--at 6,0: y has rows 0 to 4 and columns 0 to 4' "--at outside of y" "$tenbin" explain "$small" --at 6,0
for at in 3 3, ,3 3,4,5 -1,2 3x4 99999999999999999999,0 ' 1,2' '1, 2' +1,2 1,2.0 18446744073709551617,0; do
  expect 2 "^tenbin explain: --at: expected ROW,COLUMN, .*, got '" "--at $at" "$tenbin" explain "$small" --at "$at"
done
expect 2 'only if both are of one operator' "two operators" "$tenbin" explain "$small" 'normal calls=3'
expect 2 'are for conv_transpose2d' "--svg of normal" "$tenbin" explain 'normal calls=3' --svg -
expect 2 'normal expects std >= 0.0' "a negative std" "$tenbin" explain 'normal calls=3 std=-1'
finish
