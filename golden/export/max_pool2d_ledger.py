"""The ledger of max_pool2d: every combination of small parameters of both axes, on four sizes of x and with three kinds of data.

SPDX-License-Identifier: MIT"""
from functools import lru_cache
from itertools import product

import numpy as np
import torch
import xxhash
from ledger import LedgerError
from max_pool2d import FILLS, Pool, array, inputs

NAME = "max_pool2d.ledger"
LINES = 607
CASES = 52314
CHANNELS = 2
SIZES = {"7x9": (7, 9), "11x13": (11, 13), "1x8": (1, 8), "5x3": (5, 3)}
CEIL = {"floor": False, "ceil": True}
# kernel_size, stride, padding, dilation
TUPLES = [(k, s, p, d) for k in range(1, 5) for s in range(1, 5) for p in range(k // 2 + 1) for d in range(1, 4)]
ABOUT = """
max_pool2d: the grid, as PyTorch 2.13.0 computes it (CPU, f32, one thread).
Per axis: kernel_size 1..4, stride 1..4, padding 0..kernel_size/2, dilation 1..3, nested in this order: 96 tuples. Both axes
independently, without and with ceil_mode, on x of 1 x 2 x 7 x 9, 11 x 13, 1 x 8 and 5 x 3.
A line: x's height and width, floor or ceil, the vertical axis' k s p d, how many of the 96 horizontal tuples PyTorch accepts, and
XXH3-128 of the accepted cases' 96 bytes in the tuples' order. Vertical tuples of which it accepts none have no line.
A case's 96 bytes, for fill=ties, wide and special with seed=0: XXH3-128 of the shape (int64) and the elements of y (f32, every NaN
as 0x7fc00000, the sign of 0 kept), then the same of indices (int64).
All numbers in XXH3's input are little-endian; its output is in canonical order.
"""


def keys():
    return [f"{size} {ceil} {' '.join(map(str, t))}" for size, ceil, t in product(SIZES, CEIL, TUPLES)]


def key(line):
    return " ".join(line.split()[:6])


@lru_cache
def tensor(fill, size):
    return inputs(Pool([1, CHANNELS, *size], [1, 1], fill=fill))


def digests(x, kernel_size, stride, padding, dilation, ceil):
    """The 32 bytes of one kind of data."""
    y, indices = torch.ops.aten.max_pool2d_with_indices(x, kernel_size, stride, padding, dilation, ceil)
    head = np.array(y.shape, "<i8").tobytes()
    return b"".join(
        xxhash.xxh3_128_digest(head + elements.tobytes()) for elements in (array(y, "f32"), array(indices, "s64"))
    )


def line(key):
    """The line of a size, a rounding and a vertical tuple."""
    size, ceil, *vertical = key.split()
    k, s, p, d = map(int, vertical)
    count, out = 0, []
    for l, t, q, e in TUPLES:
        arguments = ((k, l), (s, t), (p, q), (d, e), CEIL[ceil])
        try:
            out += [digests(tensor(fill, SIZES[size]), *arguments) for fill in FILLS]
        except RuntimeError as error:
            if "Output size is too small" not in str(error):
                raise
            continue
        count += 1
    return f"{key} {count} {xxhash.xxh3_128_hexdigest(b''.join(out))}" if count else None


def verify(lines):
    """What is known of the grid without PyTorch."""
    cases = sum(int(line.split()[6]) for line in lines)
    if (len(lines), cases) != (LINES, CASES):
        raise LedgerError(f"{len(lines)} lines and {cases} cases, not {LINES} and {CASES}")
