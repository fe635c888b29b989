"""What is kept of many normal numbers for those who compare distributions: cells, tails, moments, extremes.

SPDX-License-Identifier: MIT"""
from functools import lru_cache
from itertools import chain
from math import erfc, fsum

import numpy as np

CELLS = 4096
TAILS = (3, 4, 5)
PIECE = 1 << 16


def quantile(p):
    """The least double z <= 0 with erfc(-z / sqrt(2)) / 2 >= p, for p < 1/2, by bisection."""
    low, high = -9.0, 0.0
    while low < (middle := (low + high) / 2) < high:
        low, high = (low, middle) if 0.5 * erfc(middle * -(0.5**0.5)) >= p else (middle, high)
    return high


@lru_cache
def edges():
    """The normal quantiles of k / 4096, k = 1 .. 4095; the upper half is the lower one's mirror image."""
    lower = [quantile(k / CELLS) for k in range(1, CELLS // 2)]
    return np.array([*lower, 0.0, *(-z for z in reversed(lower))])


def hermite(z):
    """He1 to He4, each operation rounded for itself."""
    square = z * z
    return z, square - 1, (square - 3) * z, (square - 6) * square + 3


def summary(z):
    """The tensors of the statistics of z, by their names."""
    pieces = [z[at : at + PIECE] for at in range(0, len(z), PIECE)]
    cells = sum(np.bincount(np.searchsorted(edges(), piece, side="right"), minlength=CELLS) for piece in pieces)
    moments = [fsum(chain.from_iterable(hermite(piece)[k].tolist() for piece in pieces)) for k in range(4)]
    at = np.array([z.argmin(), z.argmax()])
    return {
        "cells": cells.astype("<i8"),
        "tails": np.array([np.count_nonzero(np.abs(z) > t) for t in TAILS], "<i8"),
        "hermite": np.array(moments, "<f8"),
        "extremes": z[at].astype("<f8"),
        "extreme_at": at.astype("<i8"),
    }
