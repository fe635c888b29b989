"""The operators: each is a folder beside this file, and a.b the folder b in the folder a. Its package has

    OPERATOR        its name
    FILLS           the kinds of its data, of which the first is the standard; () where it has none
    Case            the class of its cases; of its fields, fill is one of FILLS
    text(case)      the canonical descriptor, as a list of tokens
    parse(words)    the case of the tokens after the operator's name; ValueError or the like: there is none
    source(case)    which function of PyTorch answers
    answer(line)    the record of a case, and the tensors that are stored of it, by name (golden/README.md, Format)

and where it needs them

    ask(lines, stack)   in place of answer, to begin with all lines at once: for each line a function that answers it, None where
                        PyTorch cannot; stack, an ExitStack, takes what is to be closed
    metadata()          what a golden file with its cases says of where they were answered
    beside(files)       more files, made of the golden files by name
    NAME_ledger.py      a ledger (ledger.py), NAME.ledger; the first line of its text is what export.py --help says of it

SPDX-License-Identifier: MIT"""
import importlib
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Disagreement(Exception):
    """PyTorch says something else than the file of cases."""


def names():
    return sorted(".".join(path.parent.relative_to(HERE).parts) for path in HERE.glob("*/**/__init__.py"))


@lru_cache
def all_operators():
    """The packages by the operators' names."""
    return {name: importlib.import_module(name) for name in names()}


def of(case):
    return next(op for op in all_operators().values() if type(case) is op.Case)


def ask(op, lines, stack):
    """Functions that answer the lines of an operator."""
    if hasattr(op, "ask"):
        return op.ask(lines, stack)
    return [lambda line=line: op.answer(line) for line in lines]


def refused(line, call, tensors):
    """The record of a case that PyTorch refuses when call(case, tensors) asks it. Disagreement: it accepts it."""
    try:
        call(line.case, tensors)
    except IndexError as error:
        raise Disagreement(f"{line.where}: PyTorch fails by accident, which is no rule: {error}") from None
    except Exception as error:  # of whatever type: the type is part of the answer
        return {"kind": "rejected", "message": str(error).split("\n")[0], "exception": type(error).__name__}
    raise Disagreement(f"{line.where}: PyTorch accepts this\n  {line.text}")


def ledgers():
    """The ledgers' modules by the ledgers' names."""
    paths = sorted(HERE.glob("*/*_ledger.py"))
    return {path.stem.removesuffix("_ledger"): f"{path.parent.name}.{path.stem}" for path in paths}
