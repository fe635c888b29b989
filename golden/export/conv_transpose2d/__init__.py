"""conv_transpose2d: its descriptors, and PyTorch's answers to them.

SPDX-License-Identifier: MIT"""
import re
from dataclasses import dataclass, field

import numpy as np
from container import SMALL, digest, digest_of
from conv_transpose2d.fill import inputs, sample
from operators import Disagreement, refused
from tokens import listed, numbers, pair, real, split

OPERATOR = "conv_transpose2d"
FILLS = ("wide-x", "wide-w", "real")
LISTS = ("stride", "padding", "output_padding", "dilation")
LETTERS = {"s": "stride", "p": "padding", "op": "output_padding", "d": "dilation"}
DEFAULT = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1}


@dataclass
class Conv:
    """The arguments of F.conv_transpose2d, valid or not; x, w and b are shapes, b None without bias."""

    x: list
    w: list
    b: list | None = None
    stride: list = field(default_factory=lambda: [1, 1])
    padding: list = field(default_factory=lambda: [0, 0])
    output_padding: list = field(default_factory=lambda: [0, 0])
    dilation: list = field(default_factory=lambda: [1, 1])
    groups: int = 1
    fill: str = FILLS[0]
    seed: int = 0
    sets: list = field(default_factory=list)  # (role, index, value)
    threads: int = 1


def is_short(c):
    """Whether the short form can say it."""
    if len(c.x) not in (3, 4) or len(c.w) != 4 or c.groups <= 0 or c.w[0] % c.groups:
        return False
    if any(len(getattr(c, name)) != 2 for name in LISTS) or c.x[-3] != c.w[0]:
        return False
    return c.b is None or c.b == [c.w[1] * c.groups]


def text(c):
    """The canonical descriptor's tokens."""
    words = [OPERATOR]
    if is_short(c):
        words += [f"n{c.x[0]}"] if len(c.x) == 4 else []
        words += [f"c{c.w[0]}:{c.w[1] * c.groups}", f"in{c.x[-2]}x{c.x[-1]}", pair("k", c.w[2:])]
        for letter, name in LETTERS.items():
            words += [pair(letter, getattr(c, name))] if getattr(c, name) != [DEFAULT[name]] * 2 else []
    else:
        words += [f"x={listed(c.x)}", f"w={listed(c.w)}"] + ([] if c.b is None else [f"b={listed(c.b)}"])
        words += [f"{n}={listed(getattr(c, n))}" for n in LISTS if getattr(c, n) != [DEFAULT[n]] * 2]
    words += [f"g{c.groups}"] if c.groups != 1 else []
    words += ["bias"] if is_short(c) and c.b is not None else []
    words += [f"fill={c.fill}", f"seed={c.seed}"]
    if c.sets:
        words.append("set=" + ",".join(f"{role}@{index}:{real(value)}" for role, index, value in c.sets))
    return words + ([f"threads={c.threads}"] if c.threads != 1 else [])


def parse(words):
    """The case of the tokens after the operator's name."""
    named, short = split(words)
    data = {}
    if "set" in named:
        sets = [re.fullmatch(r"([xwb])@(\d+):(.+)", one).groups() for one in named.pop("set").split(",")]
        data["sets"] = [(role, int(index), float(value)) for role, index, value in sets]
    data |= {k: int(named.pop(k)) for k in ("seed", "threads") if k in named}
    data |= {k: named.pop(k) for k in ("fill",) if k in named}
    if data.get("fill", FILLS[0]) not in FILLS:
        raise ValueError("unknown fill")
    bias = "bias" in short
    pairs = {}
    for word in short:
        if word != "bias":
            letter, first, second = re.fullmatch(r"(in|op|[nckspdg])(-?\d+)(?:[x:](-?\d+))?", word).groups()
            pairs[letter] = [int(first), int(second if second is not None else first)]
    groups = pairs.pop("g", [1])[0]
    if named:
        return Conv(**{k: numbers(v) for k, v in named.items()}, groups=groups, **data)
    batch = [pairs.pop("n")[0]] if "n" in pairs else []
    c_in, c_out = pairs.pop("c")
    x = batch + [c_in] + pairs.pop("in")
    w = [c_in, c_out // groups] + pairs.pop("k")
    lists = {LETTERS[k]: v for k, v in pairs.items()}
    return Conv(x, w, [c_out] if bias else None, **lists, groups=groups, **data)


def call_pytorch(case, tensors):
    import torch

    return torch.nn.functional.conv_transpose2d(
        *tensors, case.stride, case.padding, case.output_padding, case.groups, case.dilation
    )


def zeros(case):
    import torch

    return [None if shape is None else torch.zeros(shape, dtype=torch.float64) for shape in (case.x, case.w, case.b)]


def canonical(line, y):
    """y in f32 with -0 as +0 and every NaN as 0x7fc00000. y must be integers that f32 holds: the fill's promise. Values that a
    line sets may have any magnitude: there y must be numbers that f32 holds, or overflow."""
    finite = y[np.isfinite(y)]
    with np.errstate(over="ignore"):
        out = y.astype(np.float32) + np.float32(0)
        rounded = finite.astype(np.float32)
    if line.case.sets and np.any((finite != rounded) & np.isfinite(rounded)):
        raise Disagreement(f"{line.where}: f32 does not hold PyTorch's sums\n  {line.text}")
    if not line.case.sets and (np.any(finite != np.rint(finite)) or np.any(np.abs(finite) >= 2**24)):
        raise Disagreement(f"{line.where}: PyTorch's sums are no integers below 2^24\n  {line.text}")
    out[np.isnan(out)] = np.uint32(0x7FC00000).view(np.float32)
    return out


def answer(line):
    """The record of a case, and the tensors that are stored of it."""
    import torch

    if line.group.reject:
        return refused(line, call_pytorch, zeros(line.case)), {}

    data = inputs(line.case)
    y = call_pytorch(line.case, [None if v is None else torch.from_numpy(v) for v in data]).numpy()
    record = {"shape": list(y.shape)}
    record["inputs"] = {k: digest(v.astype("<f4").tobytes()) for k, v in zip("xwb", data) if v is not None}
    if line.case.fill == "real":
        record["kind"] = "real"
        if np.any(np.ldexp(y, 38) != np.rint(np.ldexp(y, 38))) or np.any(np.abs(y) >= 2**15):
            raise Disagreement(f"{line.where}: PyTorch's sums are no exact doubles\n  {line.text}")
        chosen = sample(y.shape, line.case.seed)
        return record, {"index": chosen, "value": y.reshape(-1)[chosen] + 0.0}
    y = canonical(line, y)
    record |= {"kind": "exact", "digests": {"y": digest_of(y.shape, y.astype("<f4"))}}
    return record, {"y": y.reshape(-1)} if 0 < y.nbytes <= SMALL and not line.group.digest else {}


def source(case):
    return "F.conv_transpose2d f64"


Case = Conv
