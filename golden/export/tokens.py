"""Tokens of descriptors that several operators have, as reference/descriptor.h defines them.

SPDX-License-Identifier: MIT"""
import math


def real(v):
    """The shortest decimal that reads back as the same double, in printf's %g."""
    if math.isnan(v):
        return "-nan" if math.copysign(1, v) < 0 else "nan"
    return next(t for t in (f"{v:.{d}g}" for d in range(1, 18)) if float(t) == v)


def pair(prefix, v):
    return f"{prefix}{v[0]}" if v[0] == v[1] else f"{prefix}{v[0]}x{v[1]}"


def listed(v):
    return "[" + ",".join(map(str, v)) + "]"


def numbers(t):
    return [int(n) for n in t.strip("[]").split(",") if n]


def split(words):
    """The tokens NAME=VALUE as a dictionary, and the rest as a list."""
    return dict(w.split("=", 1) for w in words if "=" in w), [w for w in words if "=" not in w]
