"""Every combination of small parameters of both axes of pooling, on four sizes and three kinds of data; half a minute.

SPDX-License-Identifier: MIT"""
from functools import lru_cache
from itertools import product

import numpy as np
import torch
import xxhash
from dtypes import array
from ledger import LedgerError
from max_pool2d import Pool, inputs

NAME = "max_pool2d.ledger"
LINES = 607
CASES = 52314
CHANNELS = 2
SIZES = {"7x9": (7, 9), "11x13": (11, 13), "1x8": (1, 8), "5x3": (5, 3)}
CEIL = {"floor": False, "ceil": True}
DATA = (("ties", 0), ("wide", 0), ("special", 0), ("special", 1))
# kernel_size, stride, padding, dilation
TUPLES = [(k, s, p, d) for k in range(1, 5) for s in range(1, 5) for p in range(k // 2 + 1) for d in range(1, 4)]
ABOUT = """
max_pool2d: the grid, as PyTorch 2.13.0 computes it (CPU, f32, one thread).
Per axis: kernel_size 1..4, stride 1..4, padding 0..kernel_size/2, dilation 1..3, nested in this order: 96 tuples. Both axes
independently, without and with ceil_mode, on x of 1 x 2 x 7 x 9, 11 x 13, 1 x 8 and 5 x 3.
A line: x's height and width, floor or ceil, the vertical axis' k s p d, how many of the 96 horizontal tuples PyTorch accepts, and
XXH3-128 of the accepted combinations' 96 bytes in the tuples' order. Vertical tuples of which it accepts none have no line.
A combination's 96 bytes are six digests of 16: of y alone for fill=ties and wide; of y and indices for fill=ties and wide, and for
fill=special with seed=0 and with seed=1; seed=0 elsewhere.
The digest of y: XXH3-128 of the shape (int64) and the elements (f32, every NaN as 0x7fc00000, the sign of 0 kept); of indices, the
same (int64); of both, XXH3-128 of the two digests.
All numbers in XXH3's input are little-endian; its output is in canonical order.
"""


def keys():
    return [f"{size} {ceil} {' '.join(map(str, t))}" for size, ceil, t in product(SIZES, CEIL, TUPLES)]


def key(line):
    return " ".join(line.split()[:6])


@lru_cache
def tensor(fill, seed, size):
    return inputs(Pool([1, CHANNELS, *size], [1, 1], fill=fill, seed=seed))


def digests(x, kernel_size, stride, padding, dilation, ceil):
    """Of y, and of y and indices."""
    y, indices = torch.ops.aten.max_pool2d_with_indices(x, kernel_size, stride, padding, dilation, ceil)
    head = np.array(y.shape, "<i8").tobytes()
    each = [xxhash.xxh3_128_digest(head + elements.tobytes()) for elements in (array(y, "f32"), array(indices, "s64"))]
    return each[0], xxhash.xxh3_128_digest(b"".join(each))


def line(key):
    """The line of a size, a rounding and a vertical tuple."""
    size, ceil, *vertical = key.split()
    k, s, p, d = map(int, vertical)
    count, out = 0, []
    for l, t, q, e in TUPLES:
        arguments = ((k, l), (s, t), (p, q), (d, e), CEIL[ceil])
        try:
            of = [digests(tensor(fill, seed, SIZES[size]), *arguments) for fill, seed in DATA]
        except RuntimeError as error:
            if "Output size is too small" not in str(error):
                raise
            continue
        count += 1
        out += [alone for alone, _ in of[:2]] + [both for _, both in of]
    return f"{key} {count} {xxhash.xxh3_128_hexdigest(b''.join(out))}" if count else None


def verify(lines):
    """What is known of the grid without PyTorch."""
    cases = sum(int(line.split()[6]) for line in lines)
    if (len(lines), cases) != (LINES, CASES):
        raise LedgerError(f"{len(lines)} lines and {cases} cases, not {LINES} and {CASES}")
