#!/usr/bin/env python3
"""Which cases of the quick suite kill which mutants: writes KILLS.md of conv_transpose2d, STREAM_KILLS.md of normal, and POOL_KILLS.md
of max_pool2d.

SPDX-License-Identifier: MIT"""

import argparse
import concurrent.futures
import difflib
import itertools
import os
import pathlib
import re
import subprocess
import sys
from typing import NamedTuple

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Zoo(NamedTuple):
    """The wrong kernels of an operator."""

    table: str
    plugins: str
    written: str
    catalogue: tuple  # files of cases whose lines are reported one by one
    lists: tuple  # files of cases that are counted
    ledgers: tuple  # likewise
    also: dict  # verdicts beside the table's, by mutant
    races: tuple = ()  # mutants that are left out: what catches them is not the same twice


ZOOS = {
    "conv_transpose2d": Zoo("mutants.txt", "mutants", "KILLS.md", ("catalogue",), ("cover", "rejections", "layers", "wide"),
                            ("grid", "space"),
                            # Where a case asks for threads, its first answer is wrong already.
                            dict.fromkeys(("THREADS_REMAINDER_DROPPED", "REMAINDER_DROPPED_BY_4", "REMAINDER_DROPPED_BEYOND_4"),
                                          ("failed",)), ("CHANNELS_RACE", "SCRATCH_SHARED")),
    "normal": Zoo("normal.txt", "streams", "STREAM_KILLS.md", ("normal", "distribution"), (), (),
                  {"THREADS_ALIKE": ("failed",)}),  # where a case asks for threads, its numbers themselves are wrong
    "max_pool2d": Zoo("mutants.txt", "pools", "POOL_KILLS.md", ("catalogue",), ("rejections", "layers"), ("grid",), {}),
}

HEAD = """# What kills the mutants of {op}

Written by `kills.py`, never by an editor: every wrong kernel of `{table}` runs the whole quick suite. A case is a line of a file of
cases, with all its fills, or a combination of a ledger; *alone* says that no other line of {files} kills that mutant.
Lines are named by their group in these files and their number in it. A kernel that crashes a thousand times or hangs three
times is given up, and what comes after that is not counted.{races}
"""


def rows(zoo, op):
    """The table's wrong kernels that the quick suite kills: id, kernel as FILE.so:NAME, verdict."""
    for line in (HERE / op / zoo.table).read_text().splitlines():
        if line and not line.startswith("#"):
            id_, source, verdict, flag, _, _ = re.split(r" {2,}", line)
            if verdict != "passed" and not flag.endswith("/heavy"):
                yield id_, f"{pathlib.Path(source).stem}.so:{id_.lower()}", verdict


def descriptor(text):
    """A case without its fill, its seed where that is 0, and what is PyTorch's default."""
    return re.sub(r" (fill=\S+|seed=0|# .*)", "", text)


def catalogue(zoo, op):
    """The catalogue's lines in order: (group, number), and by the text of a case the line that it comes from."""
    lines, at, group, number = {}, {}, None, 0
    texts = [(ROOT / f"conformance/cases/{op}/{name}.cases").read_text().splitlines() for name in zoo.catalogue]
    for line in itertools.chain(*texts):
        if line.startswith("["):
            group = line[1:].split()[0].rstrip("]")
            number = sum(known == group for known, _ in lines)
            skip = {"heavy", "reject"} & set(line.partition("]")[0].split())
        elif line and not line.startswith("#") and not skip:
            number += 1
            text = descriptor(re.sub(r"\s+# .*", "", line))
            lines[group, number] = text
            at[group, text] = (group, number)
    return lines, at


def run(tenbin, kernel):
    return subprocess.run([tenbin, "check", kernel, "--suite", "quick", "--jobs", "1", "--no-diagnosis"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout


def points(tap):
    """The cases and blocks of a TAP stream that are not ok: group, name, verdict."""
    group = name = None
    for line in tap.splitlines():
        if m := re.match(r"# Subtest: \w+: (\S+)", line.strip()):
            group = m[1]
        elif m := re.match(r"    not ok \d+ - (.*)", line):
            name = m[1]
        elif name and (m := re.match(r'\s*verdict: "(.*)"', line)):
            yield group, name, m[1].replace(" ", "-")
            name = None


def failing(name):
    """How many combinations of a block failed, by the words of its point."""
    return sum(int(n) for n, what in re.findall(r"(\d+) ([a-z ]+)", name.split(": ", 1)[1])
               if what not in ("passed", "unsupported", "not run"))


def kills(zoo, tap, at):
    """The catalogue's lines that kill a mutant, the counts of the other files, and the verdicts."""
    lines, counts, verdicts, seen = set(), dict.fromkeys((*zoo.lists, *zoo.ledgers), 0), set(), set()
    for group, name, verdict in points(tap):
        if verdict == "not-run":
            continue
        verdicts.add(verdict)
        file, _, part = group.partition("/")[2].partition("/")  # OPERATOR/FILE/GROUP
        if file in zoo.catalogue:
            lines.add(at[part, descriptor(name)])
        elif file in zoo.lists:
            seen.add((file, part, descriptor(name)))
        else:
            counts[file] += failing(name)
    for file, _, _ in seen:
        counts[file] += 1
    return lines, counts, verdicts


def ranges(numbers):
    """1, 2, 3, 5 as "1-3 5"."""
    out = []
    for n in sorted(numbers):
        if out and out[-1][1] == n - 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return " ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in out)


def by_group(lines, order):
    groups = {}
    for group, number in lines:
        groups.setdefault(group, []).append(number)
    return "; ".join(f"{g} {ranges(groups[g])}" for g in order if g in groups)


def table(head, body):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(map(str, row)) + " |" for row in body)]


def counted(n, what):
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def report(zoo, op, results, lines):
    order = list(dict.fromkeys(group for group, _ in lines))
    killers = {line: [id_ for id_, (found, _, _) in results.items() if line in found] for line in lines}
    alone = {line: [id_ for id_ in ids if len(results[id_][0]) == 1] for line, ids in killers.items()}
    races = f" Races ({', '.join(zoo.races)}) are left out: what catches them is not the same twice." if zoo.races else ""
    blocks = (*zoo.lists, *zoo.ledgers)
    files = " and ".join(f"`{name}.cases`" for name in zoo.catalogue)
    out = [HEAD.format(op=op, table=zoo.table, files=files, races=races), f"## The {len(results)} mutants", ""]
    out += table(["mutant", "lines", *blocks, "which"],
                 [[id_, len(found), *counts.values(), by_group(found, order)] for id_, (found, counts, _) in results.items()])
    gaps = [(id_, *found, sum(counts.values())) for id_, (found, counts, _) in results.items() if len(found) == 1]
    out += ["", f"## The {counted(len(gaps), 'mutant')} that a single line of the catalogue kills", ""]
    out += table(["mutant", "line", "elsewhere"], [[id_, f"{line[0]} {line[1]}", rest] for id_, line, rest in gaps])
    missed = [id_ for id_, (found, _, _) in results.items() if not found]
    out += ["", f"## The {counted(len(missed), 'mutant')} that no line of the catalogue kills", "", ", ".join(missed) or "None."]
    out += ["", f"## The {len(lines)} lines of the catalogue", "",
            f"{sum(not ids for ids in killers.values())} of them kill no mutant, and {sum(map(bool, alone.values()))} kill one alone.",
            ""]
    out += table(["line", "mutants", "alone", "case"],
                 [[f"{g} {n}", len(killers[g, n]), ", ".join(alone[g, n]), f"`{text}`"] for (g, n), text in lines.items()])
    return "\n".join(out) + "\n"


def write(op, options):
    """Writes the file of an operator, or compares it: whether it differs."""
    zoo = ZOOS[op]
    lines, at = catalogue(zoo, op)
    wanted = [row for row in rows(zoo, op) if row[0] not in zoo.races]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        taps = pool.map(lambda row: run(options.build / "tenbin", options.build / zoo.plugins / row[1]), wanted)
        results = {id_: kills(zoo, tap, at) for (id_, _, _), tap in zip(wanted, taps, strict=True)}
    others = [f"{id_}: its verdict is {verdict}, and the quick suite says {', '.join(sorted(results[id_][2])) or 'nothing'}"
              for id_, _, verdict in wanted if results[id_][2] != {verdict, *zoo.also.get(id_, ())}]
    if others:
        sys.exit("\n".join(others))
    text = report(zoo, op, results, lines)
    path = HERE / "results" / zoo.written
    if not options.check:
        path.write_text(text)
        return False
    diff = difflib.unified_diff(path.read_text().splitlines(True), text.splitlines(True), zoo.written, "now")
    first = list(itertools.islice(diff, 40))
    sys.stdout.writelines(first)
    return bool(first)


def main():
    parser = argparse.ArgumentParser(description=__doc__.rpartition("\n\n")[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="the build folder")
    parser.add_argument("--check", action="store_true", help="compare with the files instead of writing them; 1: one differs")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="mutants at once")
    parser.add_argument("--operator", action="append", choices=list(ZOOS), help="the default: all")
    options = parser.parse_args()
    differs = [write(op, options) for op in options.operator or ZOOS]
    sys.exit(any(differs))


if __name__ == "__main__":
    main()
