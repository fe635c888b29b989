"""Some of the golden data of normal as text, for people.

SPDX-License-Identifier: MIT"""
import json

from container import unpack
from normal.draw import values

GROUPS = ("notes", "sequences", "default sequences")
SHOWN = 16
ABOUT = """
normal: what PyTorch 2.13.0 draws on a CPU, for whoever writes torch.randn or Tensor.normal_ anew. Written by golden/export/export.py.

A vector is a case, as reference/descriptor.h defines it; its first numbers, 16 where there are more; and XXH3-128 of the state
in which it leaves the generator, that is of the 5,056 bytes of torch.Generator.get_state(). A case is calls of Tensor.normal_ on
one generator. The first vector comes from

    g = torch.Generator().manual_seed(0)
    for size in [2]:
        print([x.hex() for x in torch.empty(size, dtype=torch.float32).normal_(0, 1, generator=g).flatten().tolist()])
    print(xxhash.xxh3_128_hexdigest(g.get_state().numpy().tobytes()))

where mean= is the first argument of normal_ and std= the second; f64, f16 and bf16 name the dtype; and reseed is
g.manual_seed(seed) again. stream=torch-cpu-default is drawn with ATEN_CPU_CAPABILITY=default in the environment; all others with
avx2 there, or without it on any x86-64 processor with AVX2. Numbers are exact: two of them are equal in every bit or not at all.
"""


def number(v):
    """A double in hexadecimal, without zeros at its end."""
    mantissa, p, exponent = v.hex().partition("p")
    return mantissa.rstrip("0").rstrip(".") + p + exponent if p else mantissa


def vector(record, tensors, index):
    """The lines of a case."""
    kept = tensors.get(f"{index}.y", tensors.get(f"{index}.head"))
    words = record["descriptor"].split()
    dtype = words[1] if words[1] in ("f64", "f16", "bf16") else "f32"
    numbers = [number(v) for v in values(kept[:SHOWN], dtype).tolist()]
    rows = [numbers[at : at + 4] for at in range(0, len(numbers), 4)]
    return ["", record["descriptor"], *(f"  {' '.join(row)}" for row in rows), f"  state {record['states'][-1]}"]


def vectors(data):
    """The text of normal.vectors, from the bytes of normal-normal.safetensors."""
    metadata, tensors = unpack(data)
    out = [f"# {line}".rstrip() for line in ABOUT.strip().splitlines()]
    for index in range(int(metadata["cases"])):
        record = json.loads(metadata[f"case.{index}"])
        if record["group"] in GROUPS and record["kind"] == "stream":
            out += vector(record, tensors, index)
    return "\n".join([*out, ""]).encode("ascii")
