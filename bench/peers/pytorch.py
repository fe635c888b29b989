#!/usr/bin/env python3
"""Times PyTorch, and ONNX Runtime and OpenVINO where they are installed, beside tenbin's kernels, on the same layers in one run.

The rounds of a layer alternate: `tenbin bench` on its kernels, then batches of the others' calls, a few times over, so that a
slow spell of the machine falls on all. CSV.md says what the columns of --csv mean.

SPDX-License-Identifier: MIT"""
import argparse
import contextlib
import csv
import io
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
import peers

HERE = Path(__file__).resolve().parent
TENBIN = HERE.parents[1] / "build" / "release" / "tenbin"
BATCH = 2e-3  # seconds, as in measure.c
WARM_BELOW = 50e-3  # seconds a call
BATCHES_MIN, BATCHES_MAX = 5, 100
SECONDS = ("run_min_s", "run_q1_s", "run_median_s", "run_q3_s")
FLOOR = "floor_s"  # the same for all kernels of a layer; so are the columns after it, except its ratio
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


def layer_names(options):
    """The names of the layers of a file, or of all that `tenbin bench` has by default, and of the operator asked for."""
    command = [options.tenbin, "list", "layers"] + ([options.layers] if options.layers else [])
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        raise Failure(CANNOT, done.stderr.strip())
    words = [line.split(None, 2)[:2] for line in done.stdout.splitlines()]
    names = [name for name, op in words if options.operator in (None, op)]
    if not names:
        raise Failure(CANNOT, f"{options.layers}: holds no layers" + (f" of {options.operator}" if options.operator else ""))
    return names


def time_batch(call, iterations):
    start = time.perf_counter()
    for _ in range(iterations):
        call()
    return (time.perf_counter() - start) / iterations


def batches(call, seconds, context=contextlib.nullcontext):
    """The times of one call, a value for each batch, and the calls in a batch."""
    with context():
        elapsed, least = 0, float("inf")
        while elapsed < BATCH:
            one = time_batch(call, 1)
            elapsed, least = elapsed + one, min(least, one)
        iterations = max(1, round(max(BATCH, seconds / BATCHES_MAX) / least))
        values = []
        for _ in range(min(max(BATCHES_MIN, int(seconds / (iterations * least))), BATCHES_MAX)):
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
        command = [options.tenbin, "bench", "--layer", layer, "--threads", options.threads]
        command += ["--min-time", seconds, "--csv", file]
        command += ["--operator", options.operator] if options.operator else []
        command += ["--layers", options.layers] if options.layers else []
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


def finish(rows, columns):
    """The columns that follow from the times: those of the operator, and the ratio to the fastest."""
    rows = list(rows)
    timed = [row for row in rows if row["status"] == "ok"]
    fastest = min(row["run_median_s"] for row in timed)
    for row in timed:
        median = row["run_median_s"]
        ratio = median / row[FLOOR] if row[FLOOR] else ""
        row.update({name: value(median) for name, value in columns.items()}, ratio=median / fastest, floor_ratio=ratio)
    return rows


def measure(torch, others, options, layer, name):
    """The rows of a layer, kernels first, and the names of the CSV's columns."""
    rounds, made = {}, None
    seconds = options.min_time / options.rounds
    for _ in range(options.rounds):
        fields, kernels = tenbin_rows(options, layer, seconds)
        for row in kernels:
            rounds.setdefault(row["kernel"], []).append(row)
        first = kernels[0]
        common = fields[: fields.index("status")] + fields[fields.index(FLOOR) : fields.index("run_p90_s")] + ["batch"]
        shared = {key: first[key] for key in common if key != "floor_ratio"}
        made = made or peers.layer(torch, others, first["descriptor"], options.threads)
        for one in made.calls:
            row = {**shared, "kernel": one.kernel, "library": one.library, "prepare_s": one.prepare}
            row |= {"status": one.status, "reason": one.reason}
            if one.status == "ok":
                row |= summary(*batches(one.call, seconds, one.context))
            rounds.setdefault(one.kernel, []).append(row)
    return [{**row, "layer": name} for row in finish(map(combined, rounds.values()), made.columns)], fields


def operator(rows):
    return rows[0]["descriptor"].split()[0]


def head(row, options):
    print(f"machine    {row['machine']}, {row['cores']} cores, {row['os']}")
    print(f"compiler   {row['compiler']}")
    print(f"threads    {options.threads}")
    print(f"rounds     {options.rounds}, {options.min_time:g} s a kernel and layer")


def operator_head(torch, rows, widths):
    """The libraries of an operator, and the names of its columns."""
    layer, kernel = widths
    title = "\nlibraries "
    for row in rows:
        if row["library"]:
            print(f"{title} {row['kernel']}: {row['library']}")
            title = " " * 10
    own = f"{'GFLOP/s':>8}"
    if operator(rows) == peers.NORMAL:
        nothing = torch.empty(0)
        empty, _ = batches(lambda: nothing.normal_(), 20 * BATCH)
        print(f"a call     of normal_ on no numbers takes {1e9 * statistics.median(empty):.0f} ns, which its times include")
        own = f"{'ns/number':>9}  {'GB/s':>8}"
    print(f"\n{'layer':{layer}}  {'kernel':{kernel}}  {'median':>9}  {'min':>9}  {own}  {'speed':>6}  {'by min':>6}")


def duration(seconds):
    scale, unit = next((s for s in ((1, "s"), (1e3, "ms"), (1e6, "us")) if seconds * s[0] >= 1), (1e9, "ns"))
    return f"{seconds * scale:.4g} {unit}"


def table(rows, widths):
    layer, kernel = widths
    print(f"\n{rows[0]['descriptor']}")
    peer = next(row for row in rows if row["kernel"] == peers.FIRST[operator(rows)])
    for row in rows:
        print(f"{row['layer']:{layer}}  {row['kernel']:{kernel}}", end="  ")
        if row["status"] != "ok":
            print(f"{row['status']}: {row['reason']}")
            continue
        print(f"{duration(row['run_median_s']):>9}  {duration(row['run_min_s']):>9}", end="  ")
        if operator(rows) == peers.NORMAL:
            print(f"{row['ns_per_number']:9.3f}  {row['gb_per_s']:8.2f}", end="  ")
        else:
            print(f"{row['gflops']:8.2f}", end="  ")
        print(f"{peer['run_median_s'] / row['run_median_s']:6.2f}  {peer['run_min_s'] / row['run_min_s']:6.2f}", flush=True)


def means(rows, width):
    """Geometric means over the layers."""
    for op, first in peers.FIRST.items():
        own = [row for row in rows if row["descriptor"].split()[0] == op]
        peer = {row["layer"]: row["run_median_s"] for row in own if row["kernel"] == first}
        if own:
            print(f"\ntimes as fast as {first}, geometric mean of the medians")
        for kernel in dict.fromkeys(row["kernel"] for row in own):
            speeds = [peer[r["layer"]] / r["run_median_s"] for r in own if r["kernel"] == kernel and r["status"] == "ok"]
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


def others_of(options):
    """The peers beside PyTorch: those of --peers, or all that are installed."""
    there = peers.installed()
    if options.peers is None:
        return there
    wanted = [name for name in options.peers.split(",") if name != "torch"]
    for name in wanted:
        if name not in peers.PEERS:
            raise Failure(USAGE, f"--peers: '{name}' is unknown; known are torch {' '.join(peers.PEERS)}")
        if name not in there:
            raise Failure(SKIP, f"--peers: {name} is not installed: skipped; ./run bench-peers installs it into build/peers")
    return wanted


def run(options):
    if not os.access(options.tenbin, os.X_OK):
        raise Failure(CANNOT, f"{options.tenbin} is not there; ./run build makes it")
    layers = options.layer or layer_names(options)
    if options.csv:
        if options.layers and options.csv.exists() and Path(options.layers).exists() and options.csv.samefile(options.layers):
            raise Failure(USAGE, f"--csv: {options.csv} is read too, as --layers")
        write(options.csv, "")
    torch = import_torch(options.threads)
    others = others_of(options)
    names = [f"layer{i + 1}" if set(layer) & set(" =") else layer for i, layer in enumerate(layers)]
    rows, fields, op, done, widths = [], [], None, 0, [max(map(len, names)), len("torch_channels_last")]
    try:
        for i, (layer, name) in enumerate(zip(layers, names)):
            print(f"bench-pytorch: layer {i + 1} of {len(names)}, {name}", file=sys.stderr)
            measured, fields = measure(torch, others, options, layer, name)
            if i == 0:
                head(measured[0], options)
            if op != operator(measured):
                operator_head(torch, measured, widths)
            op = operator(measured)
            table(measured, widths)
            rows += measured
            done += 1
    except KeyboardInterrupt:
        raise Failure(INTERRUPTED, f"interrupted: {done} of {len(names)} layers are finished") from None
    finally:  # which are kept
        if rows and options.csv:
            write(options.csv, csv_text(fields, rows))
        if rows:
            means(rows, widths[1])
        if rows and options.csv:
            print(f"\n{len(rows)} rows in {options.csv}")
    return FAILED if any(row["status"] == "failed" for row in rows) else 0


def positive(kind, most):
    """A number, from its first character to its last."""
    form = r"[0-9]+" if kind is int else r"([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?"

    def parse(text):
        value = kind(text) if re.fullmatch(form, text, re.ASCII) else 0
        if not 0 < value <= most:
            raise argparse.ArgumentTypeError(f"'{text}': a number above 0 and up to {most} is expected")
        return value

    return parse


def word(text):
    if not text:
        raise argparse.ArgumentTypeError("a value is expected, and it is empty")
    return text


def file(text):
    return Path(word(text))


class Parser(argparse.ArgumentParser):
    def _print_message(self, message, file=None):  # argparse's ignores a write that fails
        (file or sys.stderr).write(message)


def arguments():
    parser = Parser(
        prog="bench-pytorch",
        description="Times PyTorch, ONNX Runtime and OpenVINO beside tenbin's kernels.",
        epilog="speed: how many times as fast as torch_normal_, or torch_nchw, by the medians, and by the minima. exit status: 0 timed, "
        "1 a kernel failed, 2 usage, 3 a file or program cannot be used, 77 PyTorch is not installed, 130 interrupted",
    )
    parser.add_argument("--layer", metavar="NAME", type=word, action="append", help="a layer, or a descriptor; the default: all of the file")
    parser.add_argument("--layers", metavar="FILE", type=word, help="as of tenbin bench; the default: layers.cases and randn.cases")
    parser.add_argument("--operator", choices=tuple(peers.FIRST), help="only layers of this operator")
    parser.add_argument("--kernel", metavar="NAME", type=word, action="append", default=[], help="as of tenbin bench; the default: all")
    what = "of torch,onnxruntime,openvino; PyTorch is always one; the default: all that are installed"
    parser.add_argument("--peers", metavar="NAMES", type=word, help=what)
    parser.add_argument("--threads", metavar="N", type=positive(int, 1024), default=1, help="for each of them; the default: 1")
    parser.add_argument("--rounds", metavar="N", type=positive(int, 1000), default=5, help="the default: 5")
    parser.add_argument("--min-time", metavar="S", type=positive(float, 3600), default=0.5, help="seconds a kernel and layer, 0.5")
    parser.add_argument("--csv", metavar="FILE", type=file, help="write the rows to a file too")
    parser.add_argument("--tenbin", metavar="FILE", type=file, default=TENBIN, help="the program; the default: build/release/tenbin")
    return parser.parse_args()


def interrupt(number, frame):
    """One signal ends the work. timeout(1) sends it twice, and the results are still to be written."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def checked_run():
    """The exit code; SystemExit of --help and wrong options."""
    try:
        code = run(arguments())
    except Failure as failure:
        print(f"bench-pytorch: {failure}", file=sys.stderr)
        code = failure.code
    except KeyboardInterrupt:
        print("bench-pytorch: interrupted", file=sys.stderr)
        code = INTERRUPTED
    return code


def main():
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if each == signal.SIGINT or signal.getsignal(each) != signal.SIG_IGN:
            signal.signal(each, interrupt)
    try:
        if sys.stdout is None:
            raise OSError(0, "it is closed")
        try:
            return checked_run()
        finally:
            sys.stdout.flush()
    except OSError as error:
        print(f"bench-pytorch: standard output cannot be written: {error.strerror}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # for the flush at the end
        return CANNOT


if __name__ == "__main__":
    sys.exit(main())
