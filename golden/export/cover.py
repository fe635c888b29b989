#!/usr/bin/env python3
"""Writes conformance/cases/conv_transpose2d/cover.cases: rows in which every feasible triple of parameter values stands at least once.

SPDX-License-Identifier: MIT"""
import random
import sys
from itertools import combinations, permutations, product
from math import inf, prod
from pathlib import Path

sys.dont_write_bytecode = True
import numpy as np
from cases import text
from conv_transpose2d import Conv

OUT = Path(__file__).resolve().parents[2] / "conformance" / "cases" / "conv_transpose2d" / "cover.cases"
SEED = 20260101
CANDIDATES = 8  # rows built for each row taken
MULTIPLY_ADDS = 500000
CHANNELS = (1, 3, 5, 7, 15, 16, 17, 31, 33, 47)
AXIS = {"k": (1, 2, 3, 4, 5, 7), "s": (1, 2, 3, 4), "p": (0, 1, 2, 3), "d": (1, 2, 3), "op": (0, 1, 2, 3)}
PARAMETERS = (
    {"H": (1, 2, 4, 5), **{f"{name}H": values for name, values in AXIS.items()}}
    | {"W": (1, 3, 7, 8, 9, 16, 17, 33), **{f"{name}W": values for name, values in AXIS.items()}}
    | {"N": (None, 0, 1, 2, 3), "C_in/g": CHANNELS, "C_out/g": CHANNELS, "g": (1, 2, 3), "bias": (False, True)}
)
NAMES, VALUES = list(PARAMETERS), list(PARAMETERS.values())
BESIDE = [i for i, name in enumerate(NAMES) if name in ("N", "C_in/g", "C_out/g", "g")]
FIRST = np.cumsum([0, *map(len, VALUES)])  # the number of each parameter's first value
EMPTY = FIRST[NAMES.index("N")] + PARAMETERS["N"].index(0)
ABOUT = f"""
# conv_transpose2d: a covering array of strength 3, written by golden/export/cover.py. Every three values of three of the {len(NAMES)} parameters
# that a valid case of at most {MULTIPLY_ADDS:,} multiply-adds can have stand together in at least one line; and in one that is no
# empty batch, which computes nothing, unless the empty batch is one of the three.
#
# A line's reason is the triple for which it was begun, and how many triples had not stood in the lines above it.
# The flags are those of catalogue.cases.

[cover fill=wide-x,wide-w digest] a covering array of strength 3
""".lstrip()


def costs(axis):
    """kernel_size * size of each combination of an axis' six parameters, by index; infinite where PyTorch refuses it."""
    lists = VALUES[6 * axis : 6 * axis + 6]
    out = np.full([len(v) for v in lists], inf)
    for at, (size, k, s, p, d, op) in zip(product(*(range(len(v)) for v in lists)), product(*lists)):
        if op < max(s, d) and (size - 1) * s - 2 * p + d * (k - 1) + op + 1 >= 1:
            out[at] = k * size
    return out


COSTS = [costs(0), costs(1)]


def least(axis, row):
    """The least kernel_size * size of an axis that the values chosen so far leave possible."""
    return COSTS[axis][tuple(row.get(6 * axis + i, slice(None)) for i in range(6))].min()


def multiply_adds(row):
    """The fewest of a valid case with the values chosen so far: parameter -> index of its value. Infinite: there is none. An
    empty batch counts as one image."""
    beside = prod(max(VALUES[i][row[i]] or 0, 1) for i in BESIDE if i in row)
    return beside * least(0, row) * least(1, row)


def feasible(row):
    return multiply_adds(row) <= MULTIPLY_ADDS


def triples():
    """Which triples are to be covered, by the numbers of their values, in all six orders; and how many are in no valid case,
    and in none within the cap."""
    count = FIRST[-1]
    out, impossible = np.zeros((count, count, count), np.uint8), [0, 0]
    for a, b, c in combinations(range(len(NAMES)), 3):
        for i, j, k in product(*(range(len(VALUES[n])) for n in (a, b, c))):
            fewest = multiply_adds({a: i, b: j, c: k})
            if fewest <= MULTIPLY_ADDS:
                for order in permutations((FIRST[a] + i, FIRST[b] + j, FIRST[c] + k)):
                    out[order] = 1
            else:
                impossible[int(fewest < inf)] += 1
    return out, impossible


def numbers(row):
    return [FIRST[n] + i for n, i in row.items()]


def middle(row):
    """One of a row's triple: any value; of an empty batch, which computes nothing, the empty batch itself."""
    return [EMPTY] if EMPTY in numbers(row) else numbers(row)


def mark(table, row, value):
    """Sets a row's triples."""
    chosen = numbers(row)
    for sides in set(permutations((tuple(middle(row)), tuple(chosen), tuple(chosen)))):
        table[np.ix_(*sides)] = value


def grow(draw, table, row):
    """A full row from the values of a triple: parameter by parameter the value that covers the most, at random among equals."""
    row, rest = dict(row), [n for n in range(len(NAMES)) if n not in row]
    draw.shuffle(rest)
    for n in rest:
        gains = table[FIRST[n] : FIRST[n + 1]][:, middle(row)][:, :, numbers(row)].sum(axis=(1, 2), dtype=np.int64)
        order = sorted(range(len(gains)), key=lambda i: (-gains[i], draw.random()))
        row[n] = next(i for i in order if FIRST[n] + i != EMPTY and feasible(row | {n: i}))
    return row


def gain(table, row):
    """How many triples of a row are not covered yet."""
    total = int(table[np.ix_(middle(row), numbers(row), numbers(row))].sum(dtype=np.int64))
    return total // (2 if EMPTY in numbers(row) else 6)


def parameter(number):
    """The parameter and the index of a value's number."""
    n = int(np.searchsorted(FIRST, number, side="right")) - 1
    return n, int(number - FIRST[n])


def cover(draw, table):
    """The rows: (row, the triple for which it was begun, triples new with it)."""
    rows = []
    left = int(table.sum(dtype=np.int64)) // 6
    while left:
        uncovered = np.flatnonzero(table)
        best = (-1, None, None)
        for _ in range(CANDIDATES):
            triple = np.unravel_index(uncovered[draw.randrange(len(uncovered))], table.shape)
            begun = dict(sorted(map(parameter, triple)))
            row = grow(draw, table, begun)
            best = max(best, (gain(table, row), row, begun), key=lambda b: b[0])
        mark(table, best[1], 0)
        left -= best[0]
        rows.append((best[1], best[2], best[0]))
    return rows


def case_of(row):
    v = {name: VALUES[n][row[n]] for n, name in enumerate(NAMES)}
    c_in, c_out, g = v["C_in/g"] * v["g"], v["C_out/g"] * v["g"], v["g"]
    s, p, op, d, k = ([v[f"{name}H"], v[f"{name}W"]] for name in ("s", "p", "op", "d", "k"))
    x = [*([] if v["N"] is None else [v["N"]]), c_in, v["H"], v["W"]]
    return Conv(x, [c_in, v["C_out/g"], *k], [c_out] if v["bias"] else None, s, p, op, d, g)


def flags(c):
    """The bug classes that a case is apt to catch."""
    batch = c.x[0] if len(c.x) == 4 else 1
    if batch == 0:
        return "M34"
    found = {
        "M01": any(c.output_padding),
        "M06": any(s > 1 and d > 1 for s, d in zip(c.stride, c.dilation)),
        "M09": c.groups > 1,
        "M12": c.b is not None,
        "M16": any(p >= k for p, k in zip(c.padding, c.w[2:])),
        "M19": c.w[1] % 8 != 0,
        "M21": 1 in c.x[-2:],
        "M22": batch > 1,
    }
    return " ".join(name for name, present in found.items() if present) or "M18"


def line(row, begun, new):
    case = case_of(row)
    triple = ", ".join(f"{NAMES[n]} {'none' if VALUES[n][i] is None else VALUES[n][i]}" for n, i in begun.items())
    return f"{text(case).removesuffix(' fill=wide-x seed=0')}   # {flags(case)}: {triple}; {new} new\n"


def main():
    table, impossible = triples()
    wanted = table.copy()
    total = int(table.sum(dtype=np.int64)) // 6
    rows = cover(random.Random(SEED), table)
    for row, _, _ in rows:
        assert len(row) == len(NAMES) and feasible(row)
        mark(wanted, row, 0)
    assert not wanted.any(), "a feasible triple is in no row"
    OUT.write_text(ABOUT + "".join(line(*one) for one in rows), encoding="utf-8")
    invalid, above = impossible
    print(f"{len(rows)} rows cover all {total} triples; {invalid} more are in no valid case, and {above} in none within the cap")


if __name__ == "__main__":
    main()
