#!/usr/bin/env python3
"""Asks PyTorch for the answers to the files of cases, and writes them as golden data; the ledgers and MANIFEST too (README.md).

SPDX-License-Identifier: MIT"""
import argparse
import ast
import json
import os
import platform
import sys
import time
from contextlib import ExitStack
from pathlib import Path

sys.dont_write_bytecode = True
import operators
from operators import Disagreement

HERE = Path(__file__).resolve().parents[1]  # where the golden data lies
CASES = HERE.parent / "conformance" / "cases"
VERSION = "2.13.0"
CAPABILITY = "avx2"  # the path whose bits are the stream torch-cpu-avx2; AVX-512 processors have it too
WRITTEN = ("*.safetensors", "*.vectors")
LISTED = (*WRITTEN, "*.ledger")  # in MANIFEST
READER = "manifest.h"  # beside the reader, for the committed data alone
SHOWN = 10
SKIP = 77  # ctest's code for a skipped test
CANNOT = 3


def skip(why):
    print(f"export.py: {why}", file=sys.stderr)
    sys.exit(SKIP)


def require_pytorch():
    """Imports the pinned PyTorch, in a process whose environment fixes its instruction set; ends the program without it."""
    if os.environ.get("ATEN_CPU_CAPABILITY") != CAPABILITY:
        os.environ["ATEN_CPU_CAPABILITY"] = CAPABILITY
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    try:
        flags = next((line for line in open("/proc/cpuinfo") if line.startswith("flags")), "").split()
    except OSError:
        flags = []
    if platform.machine() != "x86_64" or "avx2" not in flags or "fma" not in flags:
        skip("an x86-64 processor with AVX2 is needed: PyTorch's normal numbers have other bits elsewhere")
    try:
        import numpy, torch, xxhash  # noqa: F401
    except ImportError as error:
        skip(f"{error}; needed are the packages of golden/export/requirements.txt (PyTorch {VERSION})")
    if torch.__version__.split("+")[0] != VERSION:
        skip(f"PyTorch {VERSION} is needed, and {torch.__version__} is installed; see golden/export/requirements.txt")
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    torch.backends.mkldnn.enabled = False


class Progress:
    """A line on stderr every few seconds."""

    def __init__(self):
        self.last = time.monotonic()

    def __call__(self, name, done, total):
        if time.monotonic() - self.last >= 2:
            self.last = time.monotonic()
            print(f"export.py: {name}: {done} of {total} cases", file=sys.stderr, flush=True)


def answer(line, ask):
    """The record of a case, and the tensors that are stored of it."""
    try:
        record, tensors = ask()
    except (IndexError, RuntimeError, ValueError) as error:
        raise Disagreement(f"{line.where}: {str(error).splitlines()[0]}\n  {line.text}") from None
    return record | {"source": operators.of(line.case).source(line.case)}, tensors


def read_all(paths):
    """The lines of each file. A descriptor is the key of its answer, so it may stand in one place only."""
    from cases import CaseError, read

    files, seen = {path: read(path) for path in paths}, {}
    for line in (line for lines in files.values() for line in lines):
        if line.text in seen:
            raise CaseError(f"{line.where}: the same case as {seen[line.text]}\n  {line.text}")
        seen[line.text] = line.where
    return files


def export(name, lines, asked, progress):
    """The golden file of the lines of a file of cases. asked: the functions that answer them, by descriptor."""
    from container import compact, pack

    tensors = {}
    metadata = {
        "format": "tenbin-golden 1",
        "source": f"PyTorch {VERSION} (CPU, {CAPABILITY}, one thread, without oneDNN)",
        "cases": str(len(lines)),
    }
    for op in operators.all_operators().values():
        if hasattr(op, "metadata") and any(operators.of(line.case) is op for line in lines):
            metadata |= op.metadata()
    for index, line in enumerate(lines):
        record, own = answer(line, asked[line.text])
        tensors |= {f"{index}.{role}": tensor for role, tensor in own.items()}
        record |= {"descriptor": line.text, "group": line.group.name, "flags": line.flags, "why": line.why}
        if line.layer:
            record["layer"] = line.layer
        metadata[f"case.{index}"] = compact(record)
        progress(name, index + 1, len(lines))
    return pack(metadata, tensors)


def golden_name(path):
    """OPERATOR-FILE of a committed file of cases, and FILE of another."""
    return f"{path.parent.name}-{path.stem}" if path.resolve().parents[1] == CASES else path.stem


def export_all(paths):
    """The golden files of files of cases, by name. Cases that PyTorch cannot answer, as streams that it does not draw on a CPU,
    are left out."""
    progress, files, asked = Progress(), {}, {}
    with ExitStack() as stack:
        cases = read_all(paths)
        for op in operators.all_operators().values():
            own = [line for lines in cases.values() for line in lines if operators.of(line.case) is op]
            asked |= zip((line.text for line in own), operators.ask(op, own, stack))
        for path, lines in cases.items():
            if some := [line for line in lines if asked[line.text]]:
                files[f"{golden_name(path)}.safetensors"] = export(golden_name(path), some, asked, progress)
    return files


def by_case(data):
    """What a golden file says of each case, by descriptor: its record and its tensors' bytes; and of them all."""
    from container import unpack

    metadata, tensors = unpack(data)
    out = {"all cases": {key: value for key, value in metadata.items() if not key.startswith("case.")}}
    records = {key[5:]: json.loads(value) for key, value in metadata.items() if key.startswith("case.")}
    for name, tensor in tensors.items():
        index, _, role = name.partition(".")
        records[index][role] = tensor.tobytes()
    return out | {record["descriptor"]: record for record in records.values()}


def differences(name, committed, fresh):
    """Which cases of two golden files differ, and in what."""
    try:
        old, new = by_case(committed), by_case(fresh)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        yield f"{name}: damaged: {error}"
        return
    for text in [*new, *(t for t in old if t not in new)]:
        if text not in old or text not in new:
            yield f"{name}: {'missing' if text not in old else 'no longer a case'}: {text}"
            continue
        for key in sorted(old[text].keys() | new[text].keys()):
            a, b = old[text].get(key), new[text].get(key)
            if a != b:
                values = "" if isinstance(a, bytes) or isinstance(b, bytes) else f" (committed {a}, exported {b})"
                yield f"{name}: {key} differs{values}: {text}"
    if list(old) != list(new):
        yield f"{name}: the cases stand in another order"


def check(folder, files, stale=WRITTEN):
    """Compares with what is committed; what matches `stale` may be there only if it is among the files. 0: equal, to the byte."""
    found = []
    for name in sorted(present(folder, *stale).keys() - files.keys()):
        found.append(f"{name}: there are no cases for it")
    for name, fresh in sorted(files.items()):
        path = folder / name
        committed = path.read_bytes() if path.is_file() else None
        if committed is None:
            found.append(f"{name}: missing")
        elif committed != fresh and name.endswith(".safetensors"):
            found += list(differences(name, committed, fresh)) or [f"{name}: the container's bytes differ"]
        elif committed != fresh:
            found.append(f"{name}: differs")
    return say(found, f"{len(files)} files", "equal to the byte")


def say(found, what, equal):
    """Prints what was found. The exit status."""
    for text in found[:SHOWN]:
        print(text)
    if len(found) > SHOWN:
        print(f"and {len(found) - SHOWN} more")
    print(f"{what}, {'differences: ' + str(len(found)) if found else equal}")
    return 1 if found else 0


def write_all(folder, files):
    from container import digest, write

    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        write(folder / name, data)
        print(f"{len(data):9d}  {folder / name}")
    if READER not in files:
        print(f"tenbin takes them with TENBIN_DATA={folder.resolve().parent} TENBIN_MANIFEST={digest(files['MANIFEST'])}")
    return 0


def present(folder, *patterns):
    """The files that lie there already."""
    return {path.name: path.read_bytes() for pattern in patterns for path in folder.glob(pattern)}


def with_manifest(folder, files):
    """The files, and the manifest that lists them; beside the reader, its digest for the reader as well."""
    from container import manifest, reader_manifest

    out = files | {"MANIFEST": manifest(files)}
    return out | {READER: reader_manifest(out["MANIFEST"])} if folder.resolve() == HERE else out


def renew_manifest(args):
    """MANIFEST and its digest for the files that lie there, which stay as they are. The exit status."""
    try:
        import numpy, xxhash  # noqa: F401
    except ImportError as error:
        skip(f"{error}; needed are numpy and xxhash of golden/export/requirements.txt")
    listed = present(args.out, *LISTED)
    files = {name: data for name, data in with_manifest(args.out, listed).items() if name not in listed}
    return check(args.out, files, stale=()) if args.check else write_all(args.out, files)


def answer_ledgers(args, names):
    """Writes or compares the ledgers of these names. The exit status."""
    import importlib

    import ledger

    modules = [importlib.import_module(operators.ledgers()[name]) for name in names]
    try:
        if args.check:
            found = [text for m in modules for text in ledger.check(m, args.out / m.NAME, args.jobs, args.part)]
            equal = "equal" if args.part is None else f"part {args.part}: equal"
            return say(found, " ".join(m.NAME for m in modules), equal)
        files = {m.NAME: ledger.export(m, args.jobs) for m in modules}
    except ledger.LedgerError as error:
        raise Disagreement(error) from None
    kept = present(args.out, *LISTED)
    files = {name: data for name, data in with_manifest(args.out, kept | files).items() if kept.get(name) != data}
    return write_all(args.out, files)


def about(module):
    """The first line of a module's text, which is not imported: it wants packages that --help does not."""
    path = operators.HERE / f"{module.replace('.', '/')}.py"
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).splitlines()[0]


def arguments():
    parser = argparse.ArgumentParser(
        prog="export.py",
        description=f"Writes PyTorch {VERSION}'s answers to the files of cases in conformance/cases/ as golden data.",
        epilog="exit status: 0 done or equal; 1 --check found a difference, or PyTorch contradicts a file of cases; "
        "2 usage; 3 a file cannot be used; 77 skipped: PyTorch or the processor is not the one needed",
    )
    where = "where the golden data lies (default: the folder above this script)"
    parser.add_argument("--out", type=Path, default=HERE, metavar="DIR", help=where)
    what = "write nothing; compare a fresh export with DIR, byte by byte"
    parser.add_argument("--check", action="store_true", help=what)
    what = "answer these files of cases, and no others; --out names another folder"
    parser.add_argument("--cases", type=Path, nargs="+", metavar="FILE", help=what)
    what = "answer the files of cases of this operator alone"
    parser.add_argument("--operator", choices=operators.names(), help=what)
    what = "write or check MANIFEST and its digest in the reader alone, for the files that lie there; PyTorch is not needed"
    parser.add_argument("--manifest", action="store_true", help=what)
    for name, module in operators.ledgers().items():
        text = f"write or check {name}.ledger instead: {about(module)}"
        parser.add_argument(f"--{name}", action="append_const", dest="ledgers", const=name, help=text)
    what = "with --check and a ledger: of it only the 1/64 that this text chooses, for instance a commit's name"
    parser.add_argument("--part", metavar="SEED", help=what)
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes for a ledger (default: 1)")
    args = parser.parse_args()
    if args.part is not None and not (args.check and args.ledgers):
        parser.error("--part goes with --check and a ledger")
    if args.cases and (args.ledgers or args.out == HERE):
        parser.error("--cases goes with --out DIR, and with no ledger")
    if args.operator and (args.cases or args.ledgers):
        parser.error("--operator goes with no other files, and with no ledger")
    if args.manifest and (args.cases or args.ledgers or args.operator):
        parser.error("--manifest goes with no other files")
    if args.jobs < 1:
        parser.error("--jobs is at least 1")
    return args


def main():
    args = arguments()
    if args.manifest:
        return renew_manifest(args)
    require_pytorch()
    from cases import CaseError

    try:
        if args.ledgers:
            return answer_ledgers(args, args.ledgers)
        paths = args.cases or sorted(CASES.glob(f"{args.operator or '*'}/*.cases"), key=lambda path: path.name)
        if not paths:
            raise CaseError(f"{CASES}: holds no files of cases")
        files = export_all(paths)
        for name, op in operators.all_operators().items():
            if not args.cases and args.operator in (None, name) and hasattr(op, "beside"):
                files |= op.beside(files)
        others = present(args.out, *(LISTED if args.operator else ("*.ledger",)))
        kept = {name: data for name, data in others.items() if name not in files}
        files = {name: data for name, data in with_manifest(args.out, kept | files).items() if name not in kept}
        return check(args.out, files, () if args.operator else WRITTEN) if args.check else write_all(args.out, files)
    except Disagreement as error:
        print(f"export.py: {error}", file=sys.stderr)
        return 1
    except (CaseError, OSError) as error:
        print(f"export.py: {error}", file=sys.stderr)
        return CANNOT


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
