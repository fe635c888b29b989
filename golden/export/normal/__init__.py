"""normal: its descriptors, and PyTorch's answers to them.

SPDX-License-Identifier: MIT"""
import platform

from normal.calls import OPERATOR, Normal, parse, text  # noqa: F401
from normal.draw import CAPABILITY, Pools, injected  # noqa: F401
from operators import Disagreement

FILLS = ()
JOBS = 2  # processes for each stream
Case = Normal


def ask(lines, stack):
    """See operators.py. Other processes answer, from now on."""
    pools = Pools(JOBS)
    stack.callback(pools.close)
    out = []
    for line in lines:
        group = line.group
        future = pools.submit(line.case, group.reject, not group.digest, group.statistics)
        out.append(future and (lambda line=line, future=future: _answer(line, future)))
    return out


def _answer(line, future):
    answer = future.result()
    if not line.group.reject:
        return answer
    if answer is None:
        raise Disagreement(f"{line.where}: PyTorch accepts this\n  {line.text}")
    return answer, {}


def source(case):
    return f"Tensor.normal_ {case.dtype}, {CAPABILITY[case.stream]}"


def metadata():
    """The C library's logarithm and sine make part of the bits."""
    from normal import libm

    return {"libc": " ".join(platform.libc_ver())} | {f"libm.{name}": value for name, value in libm.digests().items()}


def beside(files):
    """What is made of the golden files by name."""
    from normal.vectors import vectors

    return {"normal.vectors": vectors(files["normal-normal.safetensors"])}
