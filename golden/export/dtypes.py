"""The dtypes of kernels/kernel.h: how their elements are stored and digested.

SPDX-License-Identifier: MIT"""
import numpy as np
from container import digest

# As numpy has them, little-endian; of bf16, which it has not, the bits.
CODES = {"f32": "<f4", "f64": "<f8", "f16": "<f2", "bf16": "<u2", "s8": "<i1", "u8": "<u1", "s32": "<i4", "s64": "<i8"}
FLOATS = ("f32", "f64", "f16", "bf16")
NAN = {"f32": ("<u4", 0x7FC00000), "f64": ("<u8", 0x7FF8000000000000), "f16": ("<u2", 0x7E00), "bf16": ("<u2", 0x7FC0)}
TORCH = {"f16": "float16", "bf16": "bfloat16", "s8": "int8", "u8": "uint8", "s32": "int32", "s64": "int64"}


def torch_dtype(name):
    import torch

    return getattr(torch, TORCH.get(name, name.replace("f", "float")))


def array(tensor, dtype):
    """A copy of the elements of a tensor of PyTorch as they are stored, in row-major order, each NaN the quiet one without a sign."""
    import torch

    flat = tensor.contiguous().reshape(-1)
    out = (flat.view(torch.int16) if dtype == "bf16" else flat).numpy().view(CODES[dtype]).copy()
    if dtype in FLOATS:
        code, quiet = NAN[dtype]
        nan = (out & 0x7FFF) > 0x7F80 if dtype == "bf16" else np.isnan(out)
        out.view(code)[nan] = quiet
    return out


def digest_of(shape, elements):
    """XXH3-128 of a shape (int64) and of elements as they are stored."""
    return digest(np.array(shape, "<i8").tobytes() + elements.tobytes())
