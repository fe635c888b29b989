#!/usr/bin/env python3
"""Small changes made by machine to two kernels and to the judge: which of them nothing notices. Writes MECHANICAL.md.

Each operator changes one place of one line. A change that the compiler translates to the same object is dropped as equivalent. A
kernel is noticed as soon as its unit test or a case of the quick suite fails or a case is no longer supported, the judge by its
unit tests or by a wrong kernel that ends in another verdict. What survives is looked at by people, who write in mechanical.txt what it is.

It takes half an hour, and is run by hand.

SPDX-License-Identifier: MIT"""

import argparse
import collections
import concurrent.futures
import functools
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
FLAGS = "-std=c17 -O2 -fPIC -w -D_GNU_SOURCE -ffp-contract=off".split()
INCLUDES = [f"-I{ROOT / folder}" for folder in 
            ("base", "kernels", "kernels/conv_transpose2d", "reference", "reference/conv_transpose2d", "golden", "worker",
             "conformance/battery", "conformance/judge")]
SECONDS = 120
SUBJECTS = {
    "naive": "kernels/conv_transpose2d/naive.c",
    "col2im_gemm": "kernels/conv_transpose2d/col2im_gemm.c",
    "judge": "conformance/judge/judge.c",
}
# Wrong kernels of the zoo and their verdicts, for each part of the judge one.
WITNESSES = {
    "scatter.so:scatter": "",
    "scatter.so:output_padding_zeros": "failed",
    "scatter.so:last_column_unwritten": "failed",
    "scatter.so:fixed_point_products": "failed",
    "scatter.so:nan_swallowed": "failed",
    "prepared.so:input_kept": "nondeterministic",
    "prepared.so:threads_remainder_dropped": "nondeterministic",
    "prepared.so:plan_leaked": "leaking",
    "prepared.so:run_allocates": "failed",
    "scatter.so:write_past_end": "guard",
    "scatter.so:crash": "crashed",
}

# What is replaced, and by what; each occurrence by itself.
OPERATORS = [
    (r"(?<![<>=!-])<(?![<=])", ["<=", ">="]),
    (r"(?<![<>=!-])>(?![>=])", [">=", "<="]),
    (r"<=", ["<", ">"]),
    (r">=", [">", "<"]),
    (r"==", ["!="]),
    (r"!=", ["=="]),
    (r"&&", ["||"]),
    (r"\|\|", ["&&"]),
    (r" \+ ", [" - "]),
    (r" - ", [" + "]),
    (r" \* ", [" + ", " / "]),
    (r" / ", [" * "]),
    (r" % ", [" / "]),
    (r"\+=", ["=", "-="]),
    (r"(?<![\w.])0(?![\w.])", ["1"]),
    (r"(?<![\w.])1(?![\w.])", ["0", "2"]),
    (r"(?<![\w.])([2-9]|\d\d+)(?![\w.])", [lambda m: str(int(m[0]) + 1), lambda m: str(int(m[0]) - 1)]),
    (r"\btrue\b", ["false"]),
    (r"\bfalse\b", ["true"]),
    (r"(?<=\()!(?=\w)|(?<= )!(?=\w)", [""]),
    (r"\bif \((?=.*\)$)", ["if (!("]),
    (r"\bcontinue;", ["break;"]),
    (r"^( *)(?!return|const|static|if|for|while|else|struct|int64_t|bool|float|double|\}|\.)[\w\[\]>*(-].*;$", [lambda m: m[1] + ";"]),
]

Change = collections.namedtuple("Change", "subject line before after text")


def masked(text):
    """The text with blanks for comments, strings and directives."""
    blank = lambda m: re.sub(r"[^\n]", " ", m[0])
    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|^#(?:[^\n]*\\\n)*[^\n]*$', blank, text, flags=re.S | re.M)


def changes(subject):
    """Every change of a subject's source."""
    text = (ROOT / SUBJECTS[subject]).read_text()
    lines, table = text.splitlines(), False
    for number, (line, code) in enumerate(zip(lines, masked(text).splitlines(), strict=True), 1):
        table = (table or code.startswith("const tenbin_kernel ")) and not code.startswith("};")
        for pattern, replacements in OPERATORS if not table else []:
            for m in re.finditer(pattern, code.rstrip()):
                for replacement in replacements:
                    new = replacement(m) if callable(replacement) else replacement
                    after = line[:m.start()] + new + line[m.end():]
                    if new == "if (!(":
                        after += ")" if after.endswith(")") else ""
                    changed = lines[:number - 1] + [after] + lines[number:]
                    yield Change(subject, number, line.strip(), after.strip(), "\n".join(changed) + "\n")


def command(words, **keywords):
    try:
        return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=SECONDS, check=False, **keywords)
    except subprocess.TimeoutExpired:
        return None


def compiled(change, folder):
    """The object's digest and path, or None."""
    folder.mkdir(parents=True, exist_ok=True)
    source, obj = folder / pathlib.Path(SUBJECTS[change.subject]).name, folder / "changed.o"
    source.write_text(change.text)
    done = command(["cc", *FLAGS, *INCLUDES, "-c", source.name, "-o", "changed.o"], cwd=folder)
    return (hashlib.sha256(obj.read_bytes()).hexdigest(), obj) if done and done.returncode == 0 else None


PLUGIN = """#include "kernel.h"
extern const tenbin_kernel tenbin_kernel_{name};
const tenbin_plugin *tenbin_plugin_table(void) {{
  static const tenbin_kernel *const kernels[] = {{&tenbin_kernel_{name}}};
  static const tenbin_plugin plugin = {{
      .struct_size = sizeof plugin, .abi = TENBIN_ABI, .name = "{name}", .version = "1", .kernels = 1, .kernel = kernels}};
  return &plugin;
}}
"""


def libraries(*names):
    return command(["pkg-config", "--libs", *names]).stdout.split()


@functools.cache
def link_line(build, target):
    """How the build links a program."""
    return command(["ninja", "-C", build, "-t", "commands", target]).stdout.splitlines()[-1]


def linked(build, obj, target):
    """A program of tenbin's with the changed object in place of its own: what an object defines is not taken from an archive."""
    program = obj.with_name(pathlib.Path(target).name)
    done = command(["sh", "-c", link_line(build, target).replace(f" -o {target} ", f" -o {program} {obj} ")], cwd=build)
    if not done or done.returncode != 0 or not program.exists():
        sys.exit(f"{target} cannot be linked: {done and done.stderr}")
    return program


def passes(words):
    done = command(words)
    return done is not None and done.returncode == 0


def unit_test(build, obj, name):
    return passes([linked(build, obj, f"tests/{name}")])


def kernel_survives(build, subject, obj):
    plugin, source = obj.with_name("plugin.so"), obj.with_name("plugin.c")
    source.write_text(PLUGIN.format(name=subject))
    if not passes(["cc", *FLAGS, *INCLUDES, "-shared", "-o", plugin, source, obj, *libraries("openblas"), "-lm"]):
        return False
    if not unit_test(build, obj, "test_kernels"):
        return False
    for cases in (["--cases", ROOT / "conformance/cases/conv_transpose2d/catalogue.cases"], ["--suite", "quick"]):
        done = command([build / "tenbin", "check", plugin, "--until-failure", "--jobs", "1", *cases])
        if not done or done.returncode != 0 or not re.search(rf"^{subject} +(\d+) +\1 +0 +0 ", done.stderr, re.M):
            return False
    return True


def judge_survives(build, obj):
    if not unit_test(build, obj, "test_judge") or not unit_test(build, obj, "test_normal"):
        return False
    tenbin = linked(build, obj, "tenbin")
    tenbin.with_name("tenbin-worker").symlink_to(build / "tenbin-worker")
    for kernel, verdict in WITNESSES.items():
        done = command([tenbin, "check", build / "mutants" / kernel, "--until-failure", "--jobs", "1", "--cases",
                        ROOT / "conformance/cases/conv_transpose2d/catalogue.cases"])
        if not done or done.returncode != (1 if verdict else 0):
            return False
        if verdict and set(re.findall(r'^ *verdict: "(.*)"$', done.stdout, re.M)) != {verdict}:
            return False
    return True


def survives(build, change, obj):
    """Whether nothing notices a change."""
    alive = judge_survives(build, obj) if change.subject == "judge" else kernel_survives(build, change.subject, obj)
    shutil.rmtree(obj.parent)
    return alive


def run(build, work, subject, jobs):
    """The counts of a subject, and its survivors."""
    original = Change(subject, 0, "", "", (ROOT / SUBJECTS[subject]).read_text())
    first = compiled(original, work / subject / "original")
    if not first or not survives(build, original, first[1]):
        sys.exit(f"{subject}: the original does not pass; is {build} built?")
    everything = list(changes(subject))
    counts, seen, alive = collections.Counter(changes=len(everything)), {first[0]}, []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        folders = [work / subject / str(i) for i in range(len(everything))]
        wanted = []
        for change, folder, result in zip(everything, folders, pool.map(compiled, everything, folders), strict=True):
            kind = "rejected" if not result else "same" if result[0] in seen else "run"
            counts[kind] += 1
            if kind == "run":
                seen.add(result[0])
                wanted.append((change, result[1]))
            else:
                shutil.rmtree(folder)
        results = pool.map(lambda each: survives(build, *each), wanted)
        for (change, _), survived in zip(wanted, results, strict=True):
            if survived:
                alive.append(change)
                print(f"{SUBJECTS[subject]}:{change.line}: {change.before}  =>  {change.after}", flush=True)
    counts["noticed"] = counts["run"] - len(alive)
    return counts, alive


def judgements():
    """What people wrote of survivors: by file, before and after, the class and the reason."""
    out, path = {}, HERE / "mechanical.txt"
    for line in path.read_text().splitlines() if path.exists() else []:
        if line and not line.startswith("#"):
            file, before, after, kind, why = re.split(r" {2,}", line)
            out[file, before, after] = kind, why
    return out


def report(results):
    known = judgements()
    out = ["# What no test notices of changes made by machine", "",
           "Written by `mechanical.py`, never by an editor; `mechanical.txt` has what was found when the survivors were looked at.",
           "", "| source | changes | not compiled | the same object as another | run | noticed | survived |", "|---|---|---|---|---|---|---|"]
    for subject, (c, alive) in results.items():
        out.append(f"| `{SUBJECTS[subject]}` | {c['changes']} | {c['rejected']} | {c['same']} | {c['run']} | {c['noticed']} | "
                   f"{len(alive)} |")
    for subject, (_, alive) in results.items():
        out += ["", f"## `{SUBJECTS[subject]}`", "", "| line | was | became | it is | why |", "|---|---|---|---|---|"]
        for change in alive:
            kind, why = known.get((subject, change.before, change.after), ("not looked at", ""))
            cells = [str(change.line), f"`{change.before}`", f"`{change.after}`", kind, why]
            out.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="the build folder")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="changes at once")
    parser.add_argument("--list", action="store_true", help="print the changes, and run none")
    options = parser.parse_args()
    if options.list:
        for subject in SUBJECTS:
            for change in changes(subject):
                print(f"{SUBJECTS[subject]}:{change.line}: {change.before}  =>  {change.after}")
        return
    os.environ["TENBIN_DATA"] = str(ROOT)
    work = ROOT / "build/mechanical"
    shutil.rmtree(work, ignore_errors=True)
    results = {subject: run(options.build.resolve(), work, subject, options.jobs) for subject in SUBJECTS}
    (HERE.parent / "results" / "MECHANICAL.md").write_text(report(results))


if __name__ == "__main__":
    main()
