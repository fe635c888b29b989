"""Files of cases and descriptors, as reference/cases.h and reference/descriptor.h define them.

SPDX-License-Identifier: MIT"""
import re
from dataclasses import dataclass, field, replace

import calls
import max_pool2d
from calls import Normal, real
from max_pool2d import Pool

FILLS = ("wide-x", "wide-w", "real", *max_pool2d.FILLS)
ATTRIBUTES = ("heavy", "reject", "digest", "statistics")
LISTS = ("stride", "padding", "output_padding", "dilation")
LETTERS = {"s": "stride", "p": "padding", "op": "output_padding", "d": "dilation"}
DEFAULT = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1}


class CaseError(Exception):
    """A line that cannot be used, with the file and the line's number in front."""


@dataclass
class Conv:
    """The arguments of F.conv_transpose2d, valid or not; x, w and b are shapes, b None without bias."""

    x: list
    w: list
    b: list | None = None
    stride: list = field(default_factory=lambda: [1, 1])
    padding: list = field(default_factory=lambda: [0, 0])
    output_padding: list = field(default_factory=lambda: [0, 0])
    dilation: list = field(default_factory=lambda: [1, 1])
    groups: int = 1
    fill: str = "wide-x"
    seed: int = 0
    sets: list = field(default_factory=list)  # (role, index, value)
    threads: int = 1


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
    case: Conv | Normal | Pool
    text: str  # the canonical descriptor
    group: Group
    flags: str
    layer: str | None
    why: str
    where: str  # file:line


def _pair(prefix, v, default=None):
    if v[0] == v[1]:
        return [] if v[0] == default else [f"{prefix}{v[0]}"]
    return [f"{prefix}{v[0]}x{v[1]}"]


def _list(v):
    return "[" + ",".join(map(str, v)) + "]"


def is_short(c):
    """Whether the short form can say it."""
    if len(c.x) not in (3, 4) or len(c.w) != 4 or c.groups <= 0 or c.w[0] % c.groups:
        return False
    if any(len(getattr(c, name)) != 2 for name in LISTS) or c.x[-3] != c.w[0]:
        return False
    return c.b is None or c.b == [c.w[1] * c.groups]


def _conv_text(c):
    words = ["conv_transpose2d"]
    if is_short(c):
        words += [f"n{c.x[0]}"] if len(c.x) == 4 else []
        words += [f"c{c.w[0]}:{c.w[1] * c.groups}", f"in{c.x[-2]}x{c.x[-1]}"] + _pair("k", c.w[2:])
        for letter, name in LETTERS.items():
            words += _pair(letter, getattr(c, name), DEFAULT[name])
    else:
        words += [f"x={_list(c.x)}", f"w={_list(c.w)}"] + ([] if c.b is None else [f"b={_list(c.b)}"])
        words += [f"{n}={_list(getattr(c, n))}" for n in LISTS if getattr(c, n) != [DEFAULT[n]] * 2]
    words += [f"g{c.groups}"] if c.groups != 1 else []
    words += ["bias"] if is_short(c) and c.b is not None else []
    words += [f"fill={c.fill}", f"seed={c.seed}"]
    if c.sets:
        words.append("set=" + ",".join(f"{role}@{index}:{real(value)}" for role, index, value in c.sets))
    return words + ([f"threads={c.threads}"] if c.threads != 1 else [])


def text(case):
    """The canonical descriptor."""
    printers = {Conv: _conv_text, Normal: calls.text, Pool: max_pool2d.text}
    return " ".join(printers[type(case)](case))


def _numbers(t):
    return [int(n) for n in t.strip("[]").split(",") if n]


def _common(words):
    """The tokens NAME=VALUE, and the rest."""
    named = dict(w.split("=", 1) for w in words if "=" in w)
    return named, [w for w in words if "=" not in w]


def _parse_conv(words):
    named, short = _common(words)
    data = {}
    if "set" in named:
        sets = [re.fullmatch(r"([xwb])@(\d+):(.+)", one).groups() for one in named.pop("set").split(",")]
        data["sets"] = [(role, int(index), float(value)) for role, index, value in sets]
    data |= {k: int(named.pop(k)) for k in ("seed", "threads") if k in named}
    data |= {k: named.pop(k) for k in ("fill",) if k in named}
    bias = "bias" in short
    pairs = {}
    for word in short:
        if word != "bias":
            letter, first, second = re.fullmatch(r"(in|op|[nckspdg])(-?\d+)(?:[x:](-?\d+))?", word).groups()
            pairs[letter] = [int(first), int(second if second is not None else first)]
    groups = pairs.pop("g", [1])[0]
    if named:
        return Conv(**{k: _numbers(v) for k, v in named.items()}, groups=groups, **data)
    batch = [pairs.pop("n")[0]] if "n" in pairs else []
    c_in, c_out = pairs.pop("c")
    x = batch + [c_in] + pairs.pop("in")
    w = [c_in, c_out // groups] + pairs.pop("k")
    lists = {LETTERS[k]: v for k, v in pairs.items()}
    return Conv(x, w, [c_out] if bias else None, **lists, groups=groups, **data)


def parse(line):
    """The case of a canonical descriptor, in which its first fill and seed=0 may be left out. ValueError: it is another line."""
    words = line.split()
    try:
        case = {"conv_transpose2d": _parse_conv, "normal": calls.parse, "max_pool2d": max_pool2d.parse}[words[0]](words[1:])
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise ValueError("not a canonical descriptor") from None
    canonical = text(case).split()
    missing = set(canonical) - set(words)
    if [w for w in canonical if w not in missing] != words or missing - {"fill=wide-x", f"fill={max_pool2d.FILLS[0]}", "seed=0"}:
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
        elif word.startswith("fill=") and set(word[5:].split(",")) <= set(FILLS):
            group.fills += word[5:].split(",")
        else:
            raise ValueError(f"{word}: a group's attributes are {', '.join(ATTRIBUTES)} and fill={','.join(FILLS)}")
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
    for fill in group.fills or [None]:
        one = replace(case, fill=fill) if fill else case
        yield Line(one, text(one), group, *_annotation(comment.strip()), where)


def read(path):
    """The cases of a file, one per line and fill."""
    group, out = Group("", ""), []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        try:
            if line.startswith("["):
                group = _group(line)
            elif line and not line.startswith("#"):
                out += _lines(line, group, f"{path.name}:{number}")
        except ValueError as error:
            raise CaseError(f"{path.name}:{number}: {error}\n  {line}") from None
    if not out:
        raise CaseError(f"{path.name}: holds no cases")
    return out
