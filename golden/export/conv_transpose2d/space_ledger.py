"""50,000 cases from all over the space, listed as descriptors; one minute.

SPDX-License-Identifier: MIT"""
import random
from dataclasses import replace
from functools import lru_cache
from math import prod

import torch
import xxhash
from cases import parse, text
from conv_transpose2d import Conv
from conv_transpose2d.digests import WIDE, case_digests
from conv_transpose2d.fill import inputs
from ledger import LedgerError

NAME = "space.ledger"
SEED = 20260101
LINES = 50000
MULTIPLY_ADDS = 100000
ELEMENTS = 200000
UNBATCHED = -1
ABOUT = f"""
conv_transpose2d: {LINES:,} cases, as PyTorch 2.13.0 computes them (CPU, f64, one thread, without oneDNN).
Drawn by golden/export/conv_transpose2d/space_ledger.py with random.Random({SEED}): input sizes 1..9, channels 1..48 per group, groups 1..8, batch 0..5 or
none, kernel_size 1..8, stride 1..9, dilation 1..4; of every tenth case, one axis with kernel_size 1..64 and stride 1..32; each
of at most {MULTIPLY_ADDS:,} multiply-adds and {ELEMENTS:,} elements of y.
A line: the descriptor without fill and seed, and XXH3-128 of the case's 32 bytes, as grid.ledger defines them.
"""


def logarithmic(draw, limit):
    """1..limit: an octave, and a number of it. Integers alone, so that the draw is the same everywhere."""
    low = 2 ** draw.randrange(limit.bit_length())
    return draw.randint(low, min(2 * low - 1, limit))


def sizes(draw, long_axis):
    """The factors of the number of multiply-adds, in random order within the cap: each is at times drawn first."""
    limits = {"c_in": 48, "c_out": 48, "groups": 8, "batch": 5, "h": 9, "w": 9, "kh": 8, "kw": 8}
    if long_axis is not None:
        limits["hw"[long_axis]] = 4
        limits[("kh", "kw")[long_axis]] = 64
    names, left, out = list(limits), MULTIPLY_ADDS, {}
    draw.shuffle(names)
    for name in names:
        limit = min(limits[name], left)
        if name in ("c_in", "c_out"):
            out[name] = logarithmic(draw, limit)
        elif name == "batch":
            out[name] = draw.randint(UNBATCHED, limit)
        else:
            out[name] = draw.randint(1, limit)
        left //= max(out[name], 1)
    return out


def output_size(size, k, s, p, op, d):
    return (size - 1) * s - 2 * p + d * (k - 1) + op + 1


def axis(draw, size, k, longest_stride):
    """stride, padding, output_padding and dilation of an axis, with an output of at least 1."""
    s, d = draw.randint(1, longest_stride), draw.randint(1, 4)
    op = draw.randrange(max(s, d))
    most = (output_size(size, k, s, 0, op, d) - 1) // 2
    return s, draw.randint(0, min(k * d, most)), op, d


def one(draw, long_axis):
    """A case, or None if its output is too large."""
    z = sizes(draw, long_axis)
    size, kernel = (z["h"], z["w"]), (z["kh"], z["kw"])
    rows = [axis(draw, size[i], kernel[i], 32 if i == long_axis else 9) for i in (0, 1)]
    s, p, op, d = ([row[i] for row in rows] for i in range(4))
    c_in, c_out = z["groups"] * z["c_in"], z["groups"] * z["c_out"]
    y = [max(z["batch"], 1), c_out, *(output_size(size[i], kernel[i], s[i], p[i], op[i], d[i]) for i in (0, 1))]
    if prod(y) > ELEMENTS:
        return None
    x = [*([] if z["batch"] == UNBATCHED else [z["batch"]]), c_in, *size]
    b = [c_out] if draw.randrange(2) else None
    return Conv(x, [c_in, z["c_out"], *kernel], b, s, p, op, d, z["groups"])


@lru_cache(maxsize=1)
def keys():
    draw, out = random.Random(SEED), {}
    while len(out) < LINES:
        long_axis = draw.randrange(2) if len(out) % 10 == 9 else None
        if case := one(draw, long_axis):
            out[text(case).removesuffix(" fill=wide-x seed=0")] = None
    return list(out)


def key(line):
    return line.rpartition(" ")[0]


def line(key):
    """The line of a descriptor."""
    case, digests = parse(key), []
    for fill in WIDE:
        x, w, b = (None if v is None else torch.from_numpy(v) for v in inputs(replace(case, fill=fill)))
        y = torch.conv_transpose2d(x, w, b, case.stride, case.padding, case.output_padding, case.groups, case.dilation)
        digests += case_digests([y])
    return f"{key} {xxhash.xxh3_128_hexdigest(b''.join(digests))}"


def verify(lines):
    """What is known of the ledger without PyTorch."""
    if list(map(key, lines)) != keys():
        raise LedgerError(f"the descriptors are not those that seed {SEED} draws")
