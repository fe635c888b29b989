"""Every combination of small parameters of both axes, in six settings of the channels; five minutes on one core.

SPDX-License-Identifier: MIT"""
from functools import lru_cache

import torch
import xxhash
from conv_transpose2d.digests import WIDE, case_digests
from conv_transpose2d.fill import ROLES, ranges, taps, values
from ledger import LedgerError

NAME = "grid.ledger"
LINES = 4008
CASES = 2625240
BATCH, SIZE = 2, (4, 3)
CHANNELS = {"c3:2": (3, 2, 1), "c4:6": (4, 6, 2), "c3:6": (3, 6, 3)}  # in, out, groups
BIAS = {"nobias": False, "bias": True}
# kernel_size, stride, padding, dilation, output_padding
TUPLES = [
    (k, s, p, d, op)
    for k in range(1, 6)
    for s in range(1, 5)
    for p in range(4)
    for d in range(1, 4)
    for op in range(max(s, d))
]
ABOUT = """
conv_transpose2d: the grid, as PyTorch 2.13.0 computes it (CPU, f64, one thread, without oneDNN).
Per axis: kernel_size 1..5, stride 1..4, padding 0..3, dilation 1..3, output_padding 0..max(stride, dilation)-1, nested in this
order: 680 tuples. Both axes independently, x of 4 x 3, a batch of 2, times channels 3:2 (groups 1), 4:6 (groups 2) and 3:6
(groups 3), each without and with bias: 2,774,400 combinations, of which PyTorch accepts 2,625,240.
A line: channels, bias, the vertical axis' k s p d op, how many of the 680 horizontal tuples PyTorch accepts, and XXH3-128 of
the accepted cases' 32 bytes in the tuples' order. Vertical tuples of which it accepts none have no line.
A case's 32 bytes: XXH3-128 of y's shape (int64) and elements (f32, -0 as +0), for fill=wide-x seed=0, then for fill=wide-w.
All numbers in XXH3's input are little-endian; its output is in canonical order.
"""


def keys():
    return [f"{c} {b} {' '.join(map(str, t))}" for c in CHANNELS for b in BIAS for t in TUPLES]


def key(line):
    return " ".join(line.split()[:7])


@lru_cache(maxsize=4096)
def tensor(role, shape, limit):
    return torch.from_numpy(values(0, ROLES.index(role), shape, limit))


@lru_cache(maxsize=4096)
def inputs(fill, count, channels, bias, kernel):
    """x, weight and bias for sums of so many products."""
    c_in, c_out, groups = channels
    (x, w, b), _ = ranges(fill, count)
    shape = (c_in, c_out // groups, *kernel)
    return tensor("x", (BATCH, c_in, *SIZE), x), tensor("w", shape, w), tensor("b", (c_out,), b) if bias else None


def answers(fill, channels, bias, vertical, tuples):
    """The tuples that PyTorch accepts, and its outputs."""
    c_in, _, groups = channels
    k, s, p, d, op = vertical
    rows = c_in // groups * taps(SIZE[0], k, s, d)
    accepted, out = [], []
    for one in tuples:
        l, t, q, e, o = one
        x, w, b = inputs(fill, rows * taps(SIZE[1], l, t, e), channels, bias, (k, l))
        try:
            out.append(torch.conv_transpose2d(x, w, b, (s, t), (p, q), (op, o), groups, (d, e)))
        except RuntimeError as error:
            if "Output size is too small" not in str(error):
                raise
            continue
        accepted.append(one)
    return accepted, out


def line(key):
    """The line of a channel setting and a vertical tuple."""
    channels, bias, *vertical = key.split()
    arguments = CHANNELS[channels], BIAS[bias], tuple(map(int, vertical))
    with torch.inference_mode():
        tuples, first = answers(WIDE[0], *arguments, TUPLES)
        if not tuples:
            return None
        _, second = answers(WIDE[1], *arguments, tuples)
        digests = zip(case_digests(first), case_digests(second), strict=True)
    return f"{key} {len(tuples)} {xxhash.xxh3_128_hexdigest(b''.join(a + b for a, b in digests))}"


def verify(lines):
    """What is known of the grid without PyTorch."""
    cases = sum(int(line.split()[7]) for line in lines)
    if (len(lines), cases) != (LINES, CASES):
        raise LedgerError(f"{len(lines)} lines and {cases} cases, not {LINES} and {CASES}")
