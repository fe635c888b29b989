#!/usr/bin/env python3
"""What others would have concluded from the timings that tenbin gate recorded.

usage: gate_compare.py RECORD [--trials N] [--seed N]

RECORD is a file of `tenbin gate --calibrate --record`. From its processes, trials are drawn with replacement; in each, every
method judges every row. Printed, as a Markdown table: of the base against itself, in how many
rows and in how many trials of all rows a method calls something slower; of the slower ones, in how many rows it does.

The methods:
  compare.py   Google Benchmark's: 20 repetitions of the base in one process, 20 of the candidate in another; slower if a
               two-sided U test says p < 0.05 and the candidate's median is larger
  minimum      the same repetitions; slower if the candidate's minimum is larger by more than 2 %
  mean         the same repetitions; slower if Welch's t test says p < 0.05 and the candidate's mean is larger
  mean, paired all pairs of 20 processes, which no such tool has: a t test of the log ratios against the tolerance, p < 0.001
  tenbin gate  the values of up to 80 processes, as bench/gate/GATE.md says, with a tolerance of 1 % and alpha 0.1 %

SPDX-License-Identifier: MIT
"""
import argparse
import collections
import math
import random
import statistics
import sys

TOLERANCE = math.log1p(0.01)
ALPHA = 0.001
STAKES = (0.3, 0.6, 0.8, 0.94)
REPETITIONS = 20


def normal_tail(z):
    return 0.5 * math.erfc(z / math.sqrt(2))


def read(path):
    """{extra: {row: [process]}}; a process is its pairs (round, half, base, candidate)."""
    rows = collections.defaultdict(lambda: collections.defaultdict(list))
    out = collections.defaultdict(dict)
    with open(path) as file:
        for number, line in enumerate(file, 1):
            word = line.split()
            if word[:1] == ["kernel"]:
                continue
            if len(word) != 11:
                sys.exit(f"{path}:{number}: eleven fields are expected, as tenbin gate --record writes them")
            pair = int(word[6]), int(word[7]), float(word[9]), float(word[10])
            rows[float(word[2]), word[0], word[1]][word[3]].append(pair)
    for (extra, kernel, layer), processes in rows.items():
        whole = [p for p in processes.values() if len(p) > REPETITIONS and len({pair[:2] for pair in p}) == 8]
        if len(whole) >= 12:
            out[extra][kernel, layer] = whole
    if not out[0]:
        sys.exit(f"{path}: without extra work, no row has 12 processes")
    return out


def value(process):
    halves = collections.defaultdict(list)
    for round_, half, base, candidate in process:
        halves[round_, half].append(math.log(candidate / base))
    median = {key: statistics.median(ratios) for key, ratios in halves.items()}
    return statistics.median((median[r, 0] + median[r, 1]) / 2 for r in {key[0] for key in median})


def u_test(a, b):
    """Mann and Whitney's, two-sided, by the normal approximation with the correction for continuity."""
    order = sorted([(x, 0) for x in a] + [(x, 1) for x in b])
    rank = {}
    i = 0
    while i < len(order):
        j = i
        while j < len(order) and order[j][0] == order[i][0]:
            j += 1
        rank[order[i][0]] = (i + j + 1) / 2
        i = j
    u = sum(rank[x] for x in b) - len(b) * (len(b) + 1) / 2
    mean, deviation = len(a) * len(b) / 2, math.sqrt(len(a) * len(b) * (len(a) + len(b) + 1) / 12)
    return 2 * normal_tail(max(0, abs(u - mean) - 0.5) / deviation)


def t_test(a, b):
    """Welch's, by the normal approximation, which is as good as the data: they are not normal."""
    error = math.sqrt(statistics.variance(a) / len(a) + statistics.variance(b) / len(b))
    return 2 * normal_tail(abs(statistics.mean(b) - statistics.mean(a)) / error)


def some(rng, process, side):
    """A process's first repetitions, from a place drawn at random."""
    start = rng.randrange(len(process) - REPETITIONS)
    return [pair[2 + side] for pair in process[start : start + REPETITIONS]]


def others(rng, processes):
    a = some(rng, rng.choice(processes), 0)
    b = some(rng, rng.choice(processes), 1)
    yield "compare.py", statistics.median(b) > statistics.median(a) and u_test(a, b) < 0.05
    yield "minimum", min(b) > 1.02 * min(a)
    yield "mean", statistics.mean(b) > statistics.mean(a) and t_test(a, b) < 0.05


def paired(rng, means):
    drawn = rng.choices(means, k=20)
    n = sum(m[0] for m in drawn)
    mean = sum(m[1] for m in drawn) / n
    variance = (sum(m[2] for m in drawn) - n * mean * mean) / (n - 1)
    return (mean - TOLERANCE) / math.sqrt(variance / n) > 3.0902


def wealth(n, hits):
    logs = [hits * math.log1p(s) + (n - hits) * math.log1p(-s) for s in STAKES]
    most = max(logs)
    return most + math.log(sum(math.exp(x - most) for x in logs) / len(STAKES))


WEALTH = {(n, hits): wealth(n, hits) for n in range(1, 81) for hits in range(n + 1)}


def gate(rng, values, rows):
    hits = passed = 0
    for n in range(1, 81):
        x = rng.choice(values)
        hits += x > TOLERANCE
        passed += x < TOLERANCE
        if WEALTH[n, hits] >= math.log(rows / ALPHA):
            return True
        if WEALTH[n, passed] >= math.log(1 / ALPHA):
            return False
    return False


def judge(rows, trials, rng):
    slower, alarms = collections.Counter(), collections.Counter()
    values = {row: [value(p) for p in processes] for row, processes in rows.items()}
    means = {}
    for row, processes in rows.items():
        logs = [[math.log(pair[3] / pair[2]) for pair in p] for p in processes]
        means[row] = [(len(x), sum(x), sum(v * v for v in x)) for x in logs]
    for _ in range(trials):
        seen = set()
        for row, processes in rows.items():
            verdicts = dict(others(rng, processes))
            verdicts["mean, paired"] = paired(rng, means[row])
            verdicts["tenbin gate"] = gate(rng, values[row], len(rows))
            for method, verdict in verdicts.items():
                slower[method] += verdict
                if verdict:
                    seen.add(method)
        alarms.update(seen)
    return slower, alarms


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("record", metavar="RECORD")
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    columns = []
    records = read(options.record)
    same = records[0]
    slower, alarms = judge(same, options.trials, rng)
    columns.append(("false alarms, rows", slower, len(same) * options.trials))
    columns.append(("trials with one", alarms, options.trials))
    for percent in sorted(records)[1:]:
        rows = records[percent]
        columns.append((f"+{percent:g} % found, rows", judge(rows, options.trials, rng)[0], len(rows) * options.trials))
    print("| method | " + " | ".join(name for name, _, _ in columns) + " |")
    print("|---|" + "---:|" * len(columns))
    for method in ("compare.py", "minimum", "mean", "mean, paired", "tenbin gate"):
        print(f"| {method} | " + " | ".join(f"{100 * counts[method] / of:.2f} %" for _, counts, of in columns) + " |")
    print(f"\n{len(same)} rows, {options.trials} trials; least {min(map(len, same.values()))} processes a row.")


if __name__ == "__main__":
    main()
