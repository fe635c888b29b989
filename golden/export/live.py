#!/usr/bin/env python3
"""Asks PyTorch now, and compares kernels of normal with what it says: sequences of calls that are too many for the golden data.

SPDX-License-Identifier: MIT"""
import argparse
import os
import subprocess
import sys
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

sys.dont_write_bytecode = True
from cases import text
from normal.calls import DTYPES, STREAMS, Call, Normal

ROOT = Path(__file__).resolve().parents[2]
TENBIN = ROOT / "build" / "release" / "tenbin"
KERNELS = ("box_muller", "box_muller_simd")
SIZES = (3, 17, 1, 16, 2, 1, 6, 15, 31, 1, 32, 100, 3, 100, 7)
SEEDS = (0, 1, 42, 123456789, 2**32 - 1, 2**32, 2**32 + 7, 67280421310721, 2**63 - 1, 2**64 - 1)
SCALES = ((0.0, 1.0), (0.0, 0.02), (3.25, 0.1), (-1e-3, 1e4), (0.1, 0.0))  # mean, std


def file_of_cases():
    """10 seeds x 4 dtypes x 5 mean and std, for each stream."""
    calls, out = [Call([n]) for n in SIZES], []
    for stream in STREAMS:
        out.append(f"[{stream}] fifteen sizes on one generator")
        for dtype, (mean, std), seed in product(DTYPES, SCALES, SEEDS):
            out.append(text(Normal(calls, seed, mean=mean, std=std, stream=stream, dtype=dtype)))
    return "\n".join([*out, ""])


def main():
    parser = argparse.ArgumentParser(
        prog="live.py",
        description=f"Compares kernels with PyTorch as it is installed here, on {2 * 200} sequences of {len(SIZES)} calls.",
        epilog="exit status: that of tenbin check; 77 skipped, as export.py",
    )
    parser.add_argument("--tenbin", type=Path, default=TENBIN, metavar="FILE", help="the command (default: %(default)s)")
    parser.add_argument("kernels", nargs="*", default=KERNELS, metavar="KERNEL", help=f"default: {' '.join(KERNELS)}")
    args = parser.parse_args()
    with TemporaryDirectory(prefix="tenbin-live.") as folder:
        cases = Path(folder) / "live.cases"
        cases.write_text(file_of_cases(), encoding="ascii")
        (Path(folder) / "conformance").symlink_to(ROOT / "conformance")
        ask = [sys.executable, ROOT / "golden" / "export" / "export.py", "--cases", cases, "--out", Path(folder) / "golden"]
        if status := subprocess.run(ask, stdout=sys.stderr).returncode:
            return status
        from container import digest  # with its packages, which the export has just used

        judge = [args.tenbin, "check", "--cases", cases]
        judge += [word for kernel in args.kernels for word in ("--kernel", kernel)]
        data = {"TENBIN_DATA": folder, "TENBIN_MANIFEST": digest((Path(folder) / "golden" / "MANIFEST").read_bytes())}
        return subprocess.run(judge, env=os.environ | data).returncode


if __name__ == "__main__":
    sys.exit(main())
