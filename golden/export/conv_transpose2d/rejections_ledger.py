"""Verdicts and messages of one axis' parameters crossed with faults elsewhere; half a minute.

SPDX-License-Identifier: MIT"""
from itertools import product

import torch
import xxhash
from ledger import LedgerError

NAME = "rejections.ledger"
GROUPS = (1, 2, 0, 3, 8)
ROWS = (4, 6)
BIAS = ("none", "right", "wrong")
BATCH = {"n1": [1], "n0": [0], "none": []}
KERNEL = range(6)
# stride, padding, dilation, output_padding
PARAMETERS = list(product(range(5), range(-1, 4), range(4), range(-1, 5)))
LINES = len(GROUPS) * len(ROWS) * len(BIAS) * len(BATCH) * len(KERNEL)
ABOUT = """
conv_transpose2d: what PyTorch 2.13.0 refuses, and in which words.
x is [B, 4, 4, 5], the weight [rows, 3, k, 3]. In the height, kernel_size k is 0..5, stride 0..4, padding -1..3, dilation 0..3 and
output_padding -1..4; in the width, stride and dilation are 1, padding and output_padding 0. Crossed with groups, rows (4 as x has,
or 6), bias (none, right: 3 * groups elements, or 3 if groups is below 1; wrong: one more), and batch (1, 0, or x of 3 dimensions).
A line: groups, rows, bias, batch, kernel_size, the number of combinations of the other four, and XXH3-128 of their verdicts in the
order of stride, padding, dilation, output_padding, nested. A verdict is a line that ends with a line feed:
"ok [1, 3, 6, 7]", the shape of y; or the first line of PyTorch's message; or "rejected" where PyTorch fails by accident, with an
IndexError.
"""


def keys():
    names = product(GROUPS, ROWS, BIAS, BATCH, KERNEL)
    return [f"g{g} rows{rows} {bias} {batch} k{k}" for g, rows, bias, batch, k in names]


def key(line):
    return " ".join(line.split()[:5])


def verdict(x, w, b, groups, stride, padding, dilation, output_padding):
    """A combination's line."""
    s, p, op, d = (stride, 1), (padding, 0), (output_padding, 0), (dilation, 1)
    try:
        return f"ok {list(torch.conv_transpose2d(x, w, b, s, p, op, groups, d).shape)}\n"
    except IndexError:
        return "rejected\n"
    except RuntimeError as error:
        return str(error).split("\n")[0] + "\n"


def line(key):
    """The line of a fault and a kernel size."""
    g, rows, bias, batch, k = key.split()
    groups = int(g[1:])
    x = torch.zeros(BATCH[batch] + [4, 4, 5], dtype=torch.float64)
    w = torch.zeros([int(rows[4:]), 3, int(k[1:]), 3], dtype=torch.float64)
    count = 3 * max(groups, 1) + (bias == "wrong")
    b = None if bias == "none" else torch.zeros(count, dtype=torch.float64)
    verdicts = "".join(verdict(x, w, b, groups, *one) for one in PARAMETERS)
    return f"{key} {len(PARAMETERS)} {xxhash.xxh3_128_hexdigest(verdicts.encode())}"


def verify(lines):
    """What is known of the ledger without PyTorch."""
    if len(lines) != LINES:
        raise LedgerError(f"{len(lines)} lines, not {LINES}")
