"""The data of conv_transpose2d, as reference/problem.h defines it.

SPDX-License-Identifier: MIT"""
from math import gcd, prod

import numpy as np
from fill import below, hashes

ROLES = "xwb"
BIAS = 1023
SAMPLES = 1024


def taps(size, k, s, d):
    """At least as many as the taps of one axis that meet in one output element: those of one residue class modulo stride."""
    return min(size, -(-k // (s // gcd(s, d or 1))))


def terms(c):
    """At least as many as the products that meet in one output element."""
    n = c.w[0] // c.groups
    for axis in (0, 1):
        s, d = (v[0 if len(v) == 1 else axis] for v in (c.stride, c.dilation))
        n *= taps(c.x[-2 + axis], c.w[2 + axis], s, d)
    return n


def ranges(fill, count):
    """Largest magnitudes of x, weight and bias, in units of 2^-scale, and scale, for sums of so many products. ValueError: the
    fill has no exact sums."""
    count = max(count, 1)
    if fill == "real":
        limit = 2**19 - 1
        if count >= 2**53 // limit**2 - 1:
            raise ValueError(f"fill=real: sums of {count} products are not exact in double")
        return (limit, limit, limit), 19
    room, narrow = 2**24 - 1 - BIAS, 31
    while narrow > 1 and room // narrow // count < 4095:
        narrow //= 2
    wide = room // narrow // count
    if wide < 1:
        raise ValueError(f"fill={fill}: sums of {count} products are not exact in f32")
    return ((wide, narrow, BIAS) if fill == "wide-x" else (narrow, wide, BIAS)), 0


def values(seed, role, shape, limit, scale=0):
    """The tensor of a role in f64; f32 holds it exactly."""
    h = hashes(seed, role, prod(shape))
    value = np.ldexp((below(h, limit) + np.uint64(1)).astype(np.float64), -scale)
    value[h & np.uint64(1) == 1] *= -1
    return value.reshape(shape)


def inputs(c):
    """x, w and b, None without bias."""
    limits, scale = ranges(c.fill, terms(c))
    out = []
    for role, shape in enumerate((c.x, c.w, c.b)):
        if shape is None:
            out.append(None)
            continue
        value = values(c.seed, role, shape, limits[role], scale).reshape(-1)
        for _, index, special in (s for s in c.sets if s[0] == ROLES[role]):
            if index >= value.size:
                raise ValueError(f"set: {ROLES[role]} has {value.size} elements, and none of index {index}")
            value[index] = special
        out.append(value.reshape(shape))
    return out


def sample(shape, seed):
    """Flat indices into y, sorted: all of a small one; else 1,024, with the corners of the first and the last plane."""
    count, height, width = prod(shape), shape[-2], shape[-1]
    if count <= 2 * SAMPLES:
        return np.arange(count, dtype=np.int64)
    corners = (0, width - 1, (height - 1) * width, height * width - 1)
    chosen = {base + corner for base in (0, count - height * width) for corner in corners}
    for index in below(hashes(seed, len(ROLES), 2 * SAMPLES), count).tolist():
        if len(chosen) < SAMPLES:
            chosen.add(index)
    return np.array(sorted(chosen), np.int64)
