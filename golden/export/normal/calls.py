"""The descriptors of normal: calls of normal_ on one generator, as reference/descriptor.h defines them.

SPDX-License-Identifier: MIT"""
import math
import re
from dataclasses import dataclass
from math import prod

from tokens import real, split

OPERATOR = "normal"
DTYPES = ("f32", "f64", "f16", "bf16")
STREAMS = ("torch-cpu-avx2", "torch-cpu-default")  # those that this PyTorch draws: the first is left out of the line
OTHER = re.compile(r"any|torch-cuda:[1-9]\d*(x[1-9]\d*)?")
RESEED, INJECT = "reseed", "inject"


@dataclass
class Call:
    """A tensor that is filled. stride None: contiguous; mean and std None: those of the case."""

    size: list
    stride: list | None = None
    mean: float | None = None
    std: float | None = None


@dataclass
class Normal:
    """calls: each a Call, RESEED or INJECT; made repeat times on the generator of each of the seeds seed, seed + 1, .."""

    calls: list
    seed: int = 0
    seeds: int = 1
    repeat: int = 1
    mean: float = 0.0
    std: float = 1.0
    stream: str = STREAMS[0]
    dtype: str = DTYPES[0]
    threads: int = 1


def contiguous(size):
    """Row-major strides; a size of 0 counts as 1."""
    return [prod(max(n, 1) for n in size[i + 1 :]) for i in range(len(size))]


def _call_text(call):
    if not isinstance(call, Call):
        return call
    out = "x".join(map(str, call.size))
    if call.stride is not None and call.stride != contiguous(call.size):
        out += "/" + "x".join(map(str, call.stride))
    return out if call.mean is None else f"{out}@{real(call.mean)}:{real(call.std)}"


def text(n):
    """The canonical descriptor's tokens."""
    words = [OPERATOR] + ([n.dtype] if n.dtype != DTYPES[0] else [])
    words += [f"stream={n.stream}"] if n.stream != STREAMS[0] else []
    words += [f"seed={n.seed}"] + ([f"seeds={n.seeds}"] if n.seeds != 1 else [])
    words += ["calls=" + ",".join(map(_call_text, n.calls))] + ([f"repeat={n.repeat}"] if n.repeat != 1 else [])
    words += [f"mean={real(n.mean)}"] if n.mean != 0 or math.copysign(1, n.mean) < 0 else []
    words += [f"std={real(n.std)}"] if n.std != 1 else []
    return words + ([f"threads={n.threads}"] if n.threads != 1 else [])


def _parse_call(word):
    if word in (RESEED, INJECT):
        return word
    size, stride, mean, std = re.fullmatch(r"(\d+(?:x\d+)*)(?:/(\d+(?:x\d+)*))?(?:@([^:]+):(.+))?", word).groups()
    size = [int(n) for n in size.split("x")]
    stride = stride and [int(n) for n in stride.split("x")]
    if stride and (len(stride) != len(size) or 0 in stride):
        raise ValueError("as many strides as sizes, from 1 up")
    return Call(size, stride, *(None if v is None else float(v) for v in (mean, std)))


def parse(words):
    """The case of the tokens after the operator's name."""
    named, plain = split(words)
    dtype = plain.pop() if plain else DTYPES[0]
    stream = named.pop("stream", STREAMS[0])
    if plain or dtype not in DTYPES or not (stream in STREAMS or OTHER.fullmatch(stream)):
        raise ValueError("unknown dtype or stream")
    calls = [_parse_call(word) for word in named.pop("calls").split(",")]
    counts = {k: int(named.pop(k)) for k in ("seed", "seeds", "repeat", "threads") if k in named}
    return Normal(calls, **counts, **{k: float(v) for k, v in named.items()}, stream=stream, dtype=dtype)
