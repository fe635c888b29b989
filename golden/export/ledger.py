"""Ledgers: digests of what PyTorch answers to more cases than golden data could hold, one line a key (README.md).

SPDX-License-Identifier: MIT"""
import multiprocessing
import sys
import time

import xxhash

PARTS = 64
CHUNK = 4


class LedgerError(Exception):
    """PyTorch's answers break a promise, or a ledger is not whole."""


def in_part(key, part):
    """Whether the key belongs to the part of 1/64 that a seed chooses."""
    return part is None or xxhash.xxh3_64_intdigest(f"{part}/{key}".encode()) % PARTS == 0


class _Here:
    """A pool of this process alone."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    @staticmethod
    def imap(function, keys, _):
        return map(function, keys)


def answers(module, keys, jobs):
    """The ledger's line of each key, None for keys without one, in order; progress on stderr."""
    start = shown = time.monotonic()
    with multiprocessing.get_context("fork").Pool(jobs) if jobs > 1 else _Here() as pool:
        for done, line in enumerate(pool.imap(module.line, keys, CHUNK), 1):
            now = time.monotonic()
            if now - shown >= 5 or done == len(keys):
                shown, rate = now, done / (now - start)
                left = (len(keys) - done) / rate
                text = f"{done} of {len(keys)} lines, {rate:.1f} a second, {left:.0f} s left"
                print(f"export.py: {module.NAME}: {text}", file=sys.stderr, flush=True)
            yield line


def file_of(module, lines):
    """The ledger's bytes."""
    about = [f"# {line}".rstrip() for line in module.ABOUT.strip().splitlines()]
    return "\n".join([*about, *lines, ""]).encode("ascii")


def export(module, jobs):
    """The ledger's bytes. module has NAME, ABOUT, keys(), line(key), key(line) and verify(lines)."""
    lines = [line for line in answers(module, module.keys(), jobs) if line is not None]
    module.verify(lines)
    return file_of(module, lines)


def check(module, path, jobs, part=None):
    """What differs between the ledger at path and PyTorch's answers, as lines of text; part: only in the part of that seed."""
    data = path.read_bytes()
    lines = [line for line in data.decode("ascii", "replace").splitlines() if not line.startswith("#")]
    try:
        module.verify(lines)
    except (IndexError, LedgerError, ValueError) as error:
        yield f"{path.name}: {error}"
    if data != file_of(module, lines):
        yield f"{path.name}: its first lines differ"
    committed = {module.key(line): line for line in lines if in_part(module.key(line), part)}
    keys = [key for key in module.keys() if in_part(key, part)]
    expected = [key for key in keys if key in committed]
    if expected != list(committed):
        yield f"{path.name}: its lines stand in another order, or are of other cases"
    for key, line in zip(keys, answers(module, keys, jobs)):
        old = committed.get(key)
        if old != line:
            yield f"{path.name}: committed {old}\n{' ' * len(path.name)}   exported {line}"
