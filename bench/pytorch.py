#!/usr/bin/env python3
"""Times PyTorch's Tensor.normal_ and torch.randn beside tenbin's kernels of normal, on the same layers in one run.

The rounds of a layer alternate: `tenbin bench` on its kernels, then batches of PyTorch's calls, a few times over, so that a slow
spell of the machine falls on both. CSV.md says what the columns of --csv mean.

SPDX-License-Identifier: MIT"""
import argparse
import csv
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
LAYERS = HERE.parent / "conformance" / "cases" / "randn.cases"
TENBIN = HERE.parent / "build" / "release" / "tenbin"
BATCH = 2e-3  # seconds, as in measure.c
WARM_BELOW = 50e-3  # seconds a call
BATCHES_MIN, BATCHES_MAX = 5, 100
SECONDS = ("run_min_s", "run_q1_s", "run_median_s", "run_q3_s")
FLOOR = "floor_s"  # the first of the columns that belong to a layer, not to a kernel; floor_ratio behind it does not
PEER = "torch_normal_"  # what the table compares with
FAILED, USAGE, CANNOT, SKIP, INTERRUPTED = 1, 2, 3, 77, 130


class Failure(Exception):
    """What ends the program, with its exit code."""

    def __init__(self, code, why):
        super().__init__(why)
        self.code = code


def import_torch(threads):
    os.environ["OMP_NUM_THREADS"] = str(threads)  # for tenbin too, which would start itself anew
    try:
        import torch
    except ImportError as error:
        raise Failure(SKIP, f"{error}: skipped; ./run bench-pytorch installs PyTorch into build/pytorch") from None
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    return torch


def layer_names(path):
    """The names of the layers of normal in a file of cases (reference/cases.h)."""
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise Failure(CANNOT, error) from None
    comments = [line.partition("#")[2] for line in lines if line.lstrip().startswith("normal ")]
    names = [w[len("layer=") :] for c in comments for w in c.partition(":")[0].split() if w.startswith("layer=")]
    if not names:
        raise Failure(CANNOT, f"{path}: holds no layers of normal")
    return list(dict.fromkeys(names))


def calls_of(torch, descriptor):
    """PyTorch's calls for a layer, by name, and the bytes and numbers of one. tenbin has checked the descriptor."""
    words = descriptor.split()[1:]
    dtype = {"f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16}.get(words[0], torch.float32)
    values = dict(word.split("=", 1) for word in words if "=" in word)
    shape, _, scale = values["calls"].partition("@")
    mean, std = scale.split(":") if scale else (values.get("mean", 0), values.get("std", 1))
    mean, std = float(mean), float(std)
    shape = [int(size) for size in shape.split("x")]
    y = torch.empty(shape, dtype=dtype)
    torch.manual_seed(int(values["seed"]))
    calls = {PEER: lambda: y.normal_(mean, std)}
    if (mean, std) == (0, 1):
        calls["torch_randn"] = lambda: torch.randn(shape, dtype=dtype)
    return calls, y.numel(), y.numel() * y.element_size()


def time_batch(call, iterations):
    start = time.perf_counter()
    for _ in range(iterations):
        call()
    return (time.perf_counter() - start) / iterations


def batches(call, seconds):
    """The times of one call, a value for each batch, and the calls in a batch."""
    spent, least, first = 0, float("inf"), True
    while spent < BATCH:
        one = time_batch(call, 1)
        spent += one
        least = one if first else min(least, one)
        first = False
    iterations = max(1, round(max(BATCH, seconds / BATCHES_MAX) / least))
    count = min(max(BATCHES_MIN, int(seconds / (iterations * least))), BATCHES_MAX)
    values = []
    for _ in range(count):
        if least < WARM_BELOW:
            call()
        values.append(time_batch(call, iterations))
    return values, iterations


def summary(values, iterations):
    """The columns of a round of PyTorch's, as `tenbin bench` would write them."""
    q1, median, q3 = statistics.quantiles(values, n=4, method="inclusive")  # type 7
    return {
        "status": "ok",
        "repetitions": len(values),
        "iterations": iterations,
        **dict(zip(SECONDS, (min(values), q1, median, q3))),
    }


def tenbin_rows(options, layer, seconds):
    """One round of the kernels: the rows of `tenbin bench`."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.csv"
        command = [options.tenbin, "bench", "--op", "normal", "--layer", layer, "--threads", options.threads]
        command += ["--min-time", seconds, "--csv", file]
        if options.layers != LAYERS:
            command += ["--layers", options.layers]
        for kernel in options.kernel:
            command += ["--kernel", kernel]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if done.returncode in (USAGE, CANNOT) or done.returncode < 0 or not file.exists():
            sys.stderr.write(done.stderr)
            raise Failure(done.returncode if done.returncode > 0 else CANNOT, f"{layer}: tenbin bench has failed")
        with open(file, newline="") as f:
            reader = csv.DictReader(f)
            return reader.fieldnames, list(reader)


def combined(rounds):
    """One row of the rows of all rounds: the least minimum, the medians of quartiles and median, the sum of batches."""
    row = dict(rounds[0])
    bad = next((r for r in rounds if r["status"] != "ok"), None)
    if bad:
        return dict(bad)
    for column in SECONDS + ("iterations", "prepare_s", FLOOR):
        values = [float(r[column]) for r in rounds if r.get(column)]
        row[column] = statistics.median(values) if values else ""
    row["iterations"] = round(row["iterations"])
    row["run_min_s"] = min(float(r["run_min_s"]) for r in rounds)
    row["repetitions"] = sum(int(r["repetitions"]) for r in rounds)
    return row


def finish(rows, numbers, size):
    """The columns that follow from the times: ns_per_number, gb_per_s, and the ratio to the fastest."""
    rows = list(rows)
    timed = [row for row in rows if row["status"] == "ok"]
    fastest = min(row["run_median_s"] for row in timed)
    for row in timed:
        median = row["run_median_s"]
        row.update(ns_per_number=1e9 * median / numbers, gb_per_s=1e-9 * size / median, ratio=median / fastest)
        row.update(floor_ratio=median / row[FLOOR])
    return rows


def measure(torch, options, layer, name):
    """The rows of a layer, kernels first, and the names of the CSV's columns."""
    rounds, library = {}, f"PyTorch {torch.__version__.split('+')[0]} {torch.backends.cpu.get_cpu_capability()}"
    seconds = options.min_time / options.rounds
    for _ in range(options.rounds):
        fields, kernels = tenbin_rows(options, layer, seconds)
        for row in kernels:
            rounds.setdefault(row["kernel"], []).append(row)
        shared = {key: kernels[0][key] for key in fields[: fields.index("status")] + fields[fields.index(FLOOR) :]}
        calls, numbers, size = calls_of(torch, shared["descriptor"])
        for kernel, call in calls.items():
            row = {**shared, "kernel": kernel, "library": library, **summary(*batches(call, seconds))}
            rounds.setdefault(kernel, []).append(row)
    return [{**row, "layer": name} for row in finish(map(combined, rounds.values()), numbers, size)], fields


def head(torch, rows, options):
    first, nothing = rows[0], torch.empty(0)
    empty, _ = batches(lambda: nothing.normal_(), 20 * BATCH)
    library = next(row["library"] for row in rows if row["kernel"] == PEER)
    print(f"machine    {first['machine']}, {first['cores']} cores, {first['os']}")
    print(f"compiler   {first['compiler']}")
    print(f"libraries  {library}")
    for row in rows:
        if row["library"] and row["library"] != library:
            print(f"           {row['kernel']}: {row['library']}")
    print(f"threads    {options.threads}")
    print(f"rounds     {options.rounds}, {options.min_time:g} s a kernel and layer")
    print(f"a call     of normal_ on no numbers takes {1e9 * statistics.median(empty):.0f} ns, which its times include")


def table(rows, widths, first):
    layer, kernel = widths
    if first:
        print(f"\n{'layer':{layer}}  {'kernel':{kernel}}  {'ns/number':>9}  {'min':>9}  {'GB/s':>8}  {'speed':>6}  {'by min':>6}")
    print(f"\n{rows[0]['descriptor']}")
    peer = next(row for row in rows if row["kernel"] == PEER)
    for row in rows:
        print(f"{row['layer']:{layer}}  {row['kernel']:{kernel}}", end="  ")
        if row["status"] != "ok":
            print(f"{row['status']}: {row['reason']}")
            continue
        least = row["ns_per_number"] * row["run_min_s"] / row["run_median_s"]
        print(f"{row['ns_per_number']:9.3f}  {least:9.3f}  {row['gb_per_s']:8.2f}", end="  ")
        print(f"{peer['run_median_s'] / row['run_median_s']:6.2f}  {peer['run_min_s'] / row['run_min_s']:6.2f}", flush=True)


def means(rows, width):
    """Geometric means over the layers."""
    print(f"\ntimes as fast as {PEER}, geometric mean of the medians")
    peer = {row["layer"]: row["run_median_s"] for row in rows if row["kernel"] == PEER}
    for kernel in dict.fromkeys(row["kernel"] for row in rows):
        speeds = [peer[r["layer"]] / r["run_median_s"] for r in rows if r["kernel"] == kernel and r["status"] == "ok"]
        if speeds:
            plural = "" if len(speeds) == 1 else "s"
            print(f"{kernel:{width}}  {statistics.geometric_mean(speeds):8.2f}, {len(speeds)} layer{plural}")


def write(path, text):
    """The file appears whole or not at all; without a text it is only found out whether it can be written."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        if path.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        temporary.write_text(text)
        if text:
            os.replace(temporary, path)
    except OSError as error:
        raise Failure(CANNOT, f"--csv: {path} cannot be written: {error.strerror}") from None
    finally:
        temporary.unlink(missing_ok=True)


def csv_text(fields, rows):
    """The rows as `tenbin bench --csv` writes them, of one time."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fields, restval="", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        texts = {k: f"{v:.9g}" if isinstance(v, float) else v for k, v in row.items()}
        writer.writerow({**texts, "time": rows[0]["time"]})
    return out.getvalue()


def run(options):
    layers = options.layer or layer_names(options.layers)
    if not os.access(options.tenbin, os.X_OK):
        raise Failure(CANNOT, f"{options.tenbin} is not there; ./run build makes it")
    if options.csv:
        write(options.csv, "")
    torch = import_torch(options.threads)
    names = [f"layer{i + 1}" if set(layer) & set(" =") else layer for i, layer in enumerate(layers)]
    rows, fields = [], []
    try:
        for i, (layer, name) in enumerate(zip(layers, names)):
            print(f"bench-pytorch: layer {i + 1} of {len(names)}, {name}", file=sys.stderr)
            measured, fields = measure(torch, options, layer, name)
            if i == 0:
                head(torch, measured, options)
                widths = [max(map(len, column)) for column in (names, [row["kernel"] for row in measured])]
            table(measured, widths, i == 0)
            rows += measured
    finally:  # Ctrl-C keeps the layers that are finished
        if rows:
            means(rows, widths[1])
            if options.csv:
                write(options.csv, csv_text(fields, rows))
                print(f"\n{len(rows)} rows in {options.csv}")
    return FAILED if any(row["status"] == "failed" for row in rows) else 0


def positive(kind, most):
    def parse(text):
        try:
            value = kind(text)
        except ValueError:
            value = 0
        if not 0 < value <= most:
            raise argparse.ArgumentTypeError(f"'{text}': a number above 0 and up to {most} is expected")
        return value

    return parse


def arguments():
    parser = argparse.ArgumentParser(
        prog="bench-pytorch",
        description="Times torch.Tensor.normal_ and torch.randn beside tenbin's kernels of normal.",
        epilog="speed: how many times as fast as torch_normal_, by the medians, and by the minima. exit status: 0 timed, "
        "1 a kernel failed, 2 usage, 3 a file or program cannot be used, 77 PyTorch is not installed, 130 interrupted",
    )
    parser.add_argument("--layer", metavar="NAME", action="append", help="a layer, or a descriptor; the default: all of the file")
    parser.add_argument("--layers", metavar="FILE", type=Path, default=LAYERS, help="the file of layers; the default: randn.cases")
    parser.add_argument("--kernel", metavar="NAME", action="append", default=[], help="as of tenbin bench; the default: all of normal")
    parser.add_argument("--threads", metavar="N", type=positive(int, 1024), default=1, help="for each of them; the default: 1")
    parser.add_argument("--rounds", metavar="N", type=positive(int, 1000), default=5, help="the default: 5")
    parser.add_argument("--min-time", metavar="S", type=positive(float, 3600), default=0.5, help="seconds a kernel and layer, 0.5")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write the rows to a file too")
    parser.add_argument("--tenbin", metavar="FILE", type=Path, default=TENBIN, help="the program; the default: build/release/tenbin")
    return parser.parse_args()


def main():
    options = arguments()
    try:
        return run(options)
    except Failure as failure:
        print(f"bench-pytorch: {failure}", file=sys.stderr)
        return failure.code
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
