"""Files of cases and descriptors, as reference/cases.h and reference/descriptor.h define them.

SPDX-License-Identifier: MIT"""
import re
from dataclasses import dataclass, field, replace

import operators

ATTRIBUTES = ("heavy", "reject", "digest", "statistics")


class CaseError(Exception):
    """A line that cannot be used, with the file and the line's number in front."""


@dataclass
class Group:
    name: str
    about: str
    heavy: bool = False
    reject: bool = False
    digest: bool = False  # the answer is stored as a digest, of normal with its first and last numbers
    statistics: bool = False  # of normal: those of its numbers are stored beside it
    fills: list = field(default_factory=list)


@dataclass
class Line:
    case: object  # of an operator's class
    text: str  # the canonical descriptor
    group: Group
    flags: str
    layer: str | None
    why: str
    where: str  # file:line


def text(case):
    """The canonical descriptor."""
    return " ".join(operators.of(case).text(case))


def parse(line):
    """The case of a canonical descriptor, in which its first fill and seed=0 may be left out. ValueError: it is another line."""
    words = line.split()
    try:
        op = operators.all_operators()[words[0]]
        case = op.parse(words[1:])
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise ValueError("not a canonical descriptor") from None
    canonical = text(case).split()
    missing = set(canonical) - set(words)
    if [w for w in canonical if w not in missing] != words or missing - {*(f"fill={fill}" for fill in op.FILLS[:1]), "seed=0"}:
        raise ValueError(f"not canonical; the canonical line is\n  {' '.join(canonical)}")
    return case


def _group(line):
    match = re.fullmatch(r"\[(\S+)((?:\s+\S+)*?)\s*\]\s*(.*)", line)
    if not match:
        raise ValueError("a group's line is [NAME ATTRIBUTE..] about")
    name, words, about = match.groups()
    group = Group(name, about)
    for word in words.split():
        if word in ATTRIBUTES:
            setattr(group, word, True)
        elif word.startswith("fill="):
            group.fills += word[5:].split(",")
        else:
            raise ValueError(f"{word}: a group's attributes are {', '.join(ATTRIBUTES)} and fill=FILL,..")
    return group


def _annotation(comment):
    """flags, layer, why of "M01 M02 layer=x: why"."""
    head, colon, why = comment.partition(":")
    words = head.split() if colon else []
    layer = next((w[6:] for w in words if w.startswith("layer=")), None)
    flags = " ".join(w for w in words if not w.startswith("layer="))
    return flags, layer, (why if colon else comment).strip()


def _lines(line, group, where):
    descriptor, _, comment = line.partition("#")
    case = parse(descriptor.strip())
    fills = operators.of(case).FILLS
    if unknown := [fill for fill in group.fills if fill not in fills]:
        raise ValueError(f"fill={unknown[0]}: the group's fills are not of this operator, which has {', '.join(fills) or 'none'}")
    for fill in group.fills or [None]:
        one = replace(case, fill=fill) if fill else case
        yield Line(one, text(one), group, *_annotation(comment.strip()), where)


def read(path):
    """The cases of a file, one per line and fill."""
    group, out, shown = Group("", ""), [], "/".join(path.parts[-2:])  # several operators have a file of one name
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        try:
            if line.startswith("["):
                group = _group(line)
            elif line and not line.startswith("#"):
                out += _lines(line, group, f"{shown}:{number}")
        except ValueError as error:
            raise CaseError(f"{shown}:{number}: {error}\n  {line}") from None
    if not out:
        raise CaseError(f"{shown}: holds no cases")
    return out
