"""max_pool2d: its descriptors, its data and PyTorch's answers, as reference/max_pool2d defines them.

SPDX-License-Identifier: MIT"""
import re
from dataclasses import dataclass, field
from math import prod

import numpy as np
from container import SMALL, digest, digest_of
from dtypes import CODES, FLOATS, array, stored, torch_dtype
from fill import hashes
from operators import refused
from tokens import listed, numbers, pair, real, split

OPERATOR = "max_pool2d"
DTYPES = tuple(CODES)  # the first is left out of the line
FILLS = ("ties", "wide", "special")
LISTS = ("stride", "padding", "dilation")
LETTERS = {"s": "stride", "p": "padding", "d": "dilation"}
DEFAULT = {"stride": None, "padding": [0, 0], "dilation": [1, 1]}  # of stride: kernel_size
BITS = {"f64": 32, "f32": 24, "f16": 11, "bf16": 8}  # of the largest number of fill=wide


@dataclass
class Pool:
    """The arguments of F.max_pool2d, valid or not; x is a shape, stride [] stands for kernel_size."""

    x: list
    kernel_size: list
    stride: list = field(default_factory=list)
    padding: list = field(default_factory=lambda: [0, 0])
    dilation: list = field(default_factory=lambda: [1, 1])
    ceil: bool = False
    indices: bool = False
    dtype: str = DTYPES[0]
    layout: str = "nchw"
    fill: str = FILLS[0]
    seed: int = 0
    sets: list = field(default_factory=list)  # (index, value)
    threads: int = 1


def _pair(prefix, v):
    short = f"{prefix}{v[0]}"  # which may be a dtype: a stride of 8 on both axes is s8x8
    return f"{short}x{v[1]}" if short in DTYPES else pair(prefix, v)


def is_short(c):
    """Whether the short form can say it."""
    lists = (c.kernel_size, c.padding, c.dilation)
    return len(c.x) in (3, 4) and all(len(v) == 2 for v in lists) and len(c.stride) in (0, 2)


def _is_default(c, name):
    value = getattr(c, name)
    return value in ([], c.kernel_size) if name == "stride" else value == DEFAULT[name]


def _number(dtype, v):
    return real(v) if dtype in FLOATS else str(v)


def text(c):
    """The canonical descriptor's tokens."""
    words = [OPERATOR]
    given = [name for name in LISTS if not _is_default(c, name)]
    if is_short(c):
        words += [f"n{c.x[0]}"] if len(c.x) == 4 else []
        words += [f"c{c.x[-3]}", f"in{c.x[-2]}x{c.x[-1]}", _pair("k", c.kernel_size)]
        words += [_pair(letter, getattr(c, name)) for letter, name in LETTERS.items() if name in given]
    else:
        words += [f"x={listed(c.x)}", f"kernel_size={listed(c.kernel_size)}"]
        words += [f"{name}={listed(getattr(c, name))}" for name in given]
    words += [word for word in ("ceil", "indices") if getattr(c, word)] + ([c.dtype] if c.dtype != DTYPES[0] else [])
    words += [c.layout] if c.layout != "nchw" else []
    words += [f"fill={c.fill}", f"seed={c.seed}"]
    if c.sets:
        words.append("set=" + ",".join(f"x@{index}:{_number(c.dtype, value)}" for index, value in c.sets))
    return words + ([f"threads={c.threads}"] if c.threads != 1 else [])


def _parse_set(dtype, one):
    index, value = re.fullmatch(r"x@(\d+):(.+)", one).groups()
    return int(index), float(value) if dtype in FLOATS else int(value)


def parse(words):
    """The case of the tokens after the operator's name."""
    named, plain = split(words)
    data = {word: word in plain for word in ("ceil", "indices")}
    data["dtype"] = next((w for w in plain if w in DTYPES), DTYPES[0])
    data["layout"] = "nhwc" if "nhwc" in plain else "nchw"
    data |= {k: int(named.pop(k)) for k in ("seed", "threads") if k in named}
    data |= {k: named.pop(k) for k in ("fill",) if k in named}
    if data.get("fill", FILLS[0]) not in FILLS:
        raise ValueError("unknown fill")
    if "set" in named:
        data["sets"] = [_parse_set(data["dtype"], one) for one in named.pop("set").split(",")]
    pairs = {}
    for word in plain:
        if word not in ("ceil", "indices", "nchw", "nhwc", *DTYPES):
            letter, first, second = re.fullmatch(r"(in|[nckspd])(-?\d+)(?:x(-?\d+))?", word).groups()
            pairs[letter] = [int(first), int(second if second is not None else first)]
    if named:
        return Pool(**{k: numbers(v) for k, v in named.items()}, **data)
    x = ([pairs.pop("n")[0]] if "n" in pairs else []) + [pairs.pop("c")[0]] + pairs.pop("in")
    kernel_size = pairs.pop("k")
    return Pool(x, kernel_size, **{LETTERS[k]: v for k, v in pairs.items()}, **data)


def _limits(dtype):
    info = np.iinfo(CODES[dtype])
    return info.min, info.max


def _ties(h, dtype):
    """0 .. 6, and less 3 but in u8."""
    value = ((h >> np.uint64(32)) * np.uint64(7) >> np.uint64(32)).astype(np.int64) - (0 if dtype == "u8" else 3)
    if dtype not in FLOATS:
        return value
    odd = h & np.uint64(1) == 1
    value = value.astype(np.float64)
    value[odd & (value == 0)] = -0.0
    return value


def _wide(h, dtype):
    if dtype not in FLOATS:
        code = np.dtype(CODES[dtype])
        upper = h >> np.uint64(64 - 8 * code.itemsize)
        return upper.astype(f"<u{code.itemsize}").view(code).astype(np.int64)
    value = ((h >> np.uint64(32)) * np.uint64(2 ** BITS[dtype]) >> np.uint64(32)).astype(np.float64) + 1
    value[h & np.uint64(1) == 1] *= -1
    return value


def _special(h, dtype):
    value, c = _ties(h, dtype), h >> np.uint64(1) & np.uint64(15)
    if dtype in FLOATS:
        value[c < 3], value[(c >= 3) & (c < 10)], value[c == 10] = np.nan, -np.inf, np.inf
    else:
        value[c < 8], value[c == 8] = _limits(dtype)
    return value


def values(fill, dtype, seed, count):
    """x as numbers: of floating dtypes f64, of integers i64; exact in the dtype."""
    return {"ties": _ties, "wide": _wide, "special": _special}[fill](hashes(seed, 0, count), dtype)


def inputs(c):
    """x as a tensor of the case's dtype."""
    import torch

    value = values(c.fill, c.dtype, c.seed, prod(c.x))
    for index, special in c.sets:
        if index >= value.size:
            raise ValueError(f"set: x has {value.size} elements, and none of index {index}")
        if c.dtype not in FLOATS and not _limits(c.dtype)[0] <= special <= _limits(c.dtype)[1]:
            raise ValueError(f"set: {c.dtype} has no {special}")
        value[index] = special
    x = torch.from_numpy(value).to(torch_dtype(c.dtype))
    if c.dtype in FLOATS:  # what NaN becomes on its way to bf16, and with which sign, depends on the processor
        x = x.masked_fill(torch.from_numpy(np.isnan(value)), np.nan)
        x.copysign_(torch.from_numpy(np.copysign(1, value)).to(x.dtype))
    x = x.reshape(c.x)
    return x.contiguous(memory_format=torch.channels_last) if c.layout == "nhwc" else x


def call_pytorch(c, x, indices=True):
    """y and its indices, or y alone in a tuple."""
    import torch

    y = torch.nn.functional.max_pool2d(x, c.kernel_size, c.stride or None, c.padding, c.dilation, c.ceil, indices)
    return y if indices else (y,)


def answer(line):
    """The record of a case, and y and indices where they are small."""
    import torch

    c = line.case
    if line.group.reject:
        return refused(line, call_pytorch, torch.zeros(c.x, dtype=torch_dtype(c.dtype))), {}
    x = inputs(c)
    y, indices = call_pytorch(c, x)
    record = {"kind": "exact", "shape": list(y.shape), "inputs": {"x": digest(stored(x, c.dtype).tobytes())}}
    outputs = {"y": array(y, c.dtype)} | ({"indices": array(indices, "s64")} if c.indices else {})
    record["digests"] = {name: digest_of(y.shape, elements) for name, elements in outputs.items()}
    return record, {name: v for name, v in outputs.items() if 0 < v.nbytes <= SMALL and not line.group.digest}


def source(c):
    return f"F.max_pool2d {c.dtype}"


Case = Pool
