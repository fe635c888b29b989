"""The dtypes of kernels/kernel.h: how their elements are stored.

SPDX-License-Identifier: MIT"""
import numpy as np

# How numpy has them, little-endian (of bf16, which it lacks, the bits), PyTorch and safetensors; of floating ones the quiet NaN.
TABLE = {
    "f32": ("<f4", "float32", "F32", 0x7FC00000),
    "f64": ("<f8", "float64", "F64", 0x7FF8000000000000),
    "f16": ("<f2", "float16", "F16", 0x7E00),
    "bf16": ("<u2", "bfloat16", "BF16", 0x7FC0),
    "s8": ("<i1", "int8", "I8", None),
    "u8": ("<u1", "uint8", "U8", None),
    "s32": ("<i4", "int32", "I32", None),
    "s64": ("<i8", "int64", "I64", None),
}
CODES = {name: code for name, (code, _, _, _) in TABLE.items()}
NAN = {name: nan for name, (_, _, _, nan) in TABLE.items() if nan}
FLOATS = tuple(NAN)


def torch_dtype(name):
    import torch

    return getattr(torch, TABLE[name][1])


def stored(tensor, dtype):
    """A copy of the elements of a tensor of PyTorch as they are stored, in row-major order."""
    import torch

    flat = tensor.contiguous().reshape(-1)
    return (flat.view(torch.int16) if dtype == "bf16" else flat).numpy().view(CODES[dtype]).copy()


def array(tensor, dtype):
    """The same, each NaN the quiet one without a sign."""
    out = stored(tensor, dtype)
    if dtype in FLOATS:
        nan = (out & 0x7FFF) > 0x7F80 if dtype == "bf16" else np.isnan(out)
        out.view(f"<u{out.itemsize}")[nan] = NAN[dtype]
    return out
