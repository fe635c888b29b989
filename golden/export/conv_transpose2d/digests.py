"""Digests of answers of conv_transpose2d, as its ledgers chain them.

SPDX-License-Identifier: MIT"""
import numpy as np
import torch
import xxhash
from ledger import LedgerError

WIDE = ("wide-x", "wide-w")


def case_digests(answers):
    """The 16 bytes of each y: XXH3-128 of its shape, int64, and of its elements in f32, -0 as +0. All are cast at once."""
    flat = torch.cat([y.reshape(-1) for y in answers]).numpy()
    if flat.size and (np.abs(flat).max() >= 2**24 or not np.array_equal(flat, np.rint(flat))):
        raise LedgerError("PyTorch's sums are no integers below 2^24")
    data, at, out = memoryview((flat.astype("<f4") + np.float32(0)).view(np.uint8)), 0, []
    for y in answers:
        end = at + 4 * y.numel()
        head = b"".join(n.to_bytes(8, "little") for n in y.shape)
        out.append(xxhash.xxh3_128_digest(head + data[at:end]))
        at = end
    return out
