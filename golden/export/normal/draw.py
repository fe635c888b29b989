"""PyTorch's answers to the cases of normal, in processes of their own: one instruction set to a process.

SPDX-License-Identifier: MIT"""
import ctypes
import mmap
import os
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from math import prod
from multiprocessing import get_context

import numpy as np
from container import SMALL, digest
from dtypes import CODES, array, torch_dtype
from normal.calls import INJECT, RESEED, STREAMS, Call

SHOWN = 64  # of more than those, the first and the last
BLOCK = 1 << 18  # numbers that are looked at together
CAPABILITY = dict(zip(STREAMS, ("avx2", "default")))
WINDOW_FROM, WINDOW = 1 << 30, 1 << 26  # bytes, as in reference/problem.h
PROT_NONE, MAP_FIXED, MAP_NORESERVE = 0, 0x10, 0x4000  # of x86-64 Linux
STATE_WORDS, INJECTED, STATES = 624, 608, 1024
HEAD = [("seed", "<u8"), ("left", "<i4"), ("seeded", "<i4"), ("next", "<u8")]
# As torch.Generator.get_state gives it; the number that waits for the next draw is pair[1], where waits is not 0.
STATE = np.dtype([*HEAD, ("mt", "<u8", STATE_WORDS), ("pair", "<f8", 3), ("waits", "<i4"), ("rest", "V12")])


def begin(stream):
    """The first thing that a process does: PyTorch chooses its kernels when it is first asked for one."""
    os.environ["ATEN_CPU_CAPABILITY"] = CAPABILITY[stream]
    import torch

    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    used = torch.backends.cpu.get_cpu_capability().lower()
    if used != CAPABILITY[stream]:
        raise RuntimeError(f"PyTorch draws with {used}, and not with {CAPABILITY[stream]}")


def values(numbers, dtype):
    """The numbers in double."""
    return ((numbers.astype("<u4") << 16).view("<f4") if dtype == "bf16" else numbers).astype("<f8")


def undo(y, shift, mask=None):
    """x, of y = x ^ (x >> shift), or with a mask x ^ ((x << shift) & mask): arrays of 32-bit numbers."""
    x = y
    for _ in range(shift, 32, shift):
        x = y ^ (x >> np.uint32(shift) if mask is None else x << np.uint32(shift) & np.uint32(mask))
    return x


@lru_cache(maxsize=2)
def injections(seed, block):
    """The states of STATES repetitions, as tb_inject_state (reference/problem.h) defines them: rows of bytes."""
    chunk = np.arange(block * STATES, (block + 1) * STATES, dtype="<u4")[:, None]
    i = np.arange(INJECTED, dtype="<u4")[None, :]
    k = np.uint32(304) * chunk + i // 16 * 8 + i % 8
    low = np.where(i % 16 < 8, k, np.uint32(10368889) * k)
    y = np.uint32(2654435769) * k & np.uint32(0xFF000000) | low & np.uint32(0x00FFFFFF)
    y = undo(undo(undo(undo(y, 18), 15, 0xEFC60000), 7, 0x9D2C5680), 11)
    out = np.zeros(STATES, STATE)
    out["seed"], out["left"], out["seeded"] = seed, STATE_WORDS, 1
    out["mt"][:, :INJECTED] = y
    return out.view("u1").reshape(STATES, -1)


def injected(seed, k):
    """The state of repetition k, from 0."""
    import torch

    return torch.from_numpy(injections(seed, k // STATES)[k % STATES])


def in_chunks(generator, window, n, chunk, mean, std):
    """n numbers of f32 or f64, as one call draws them: chunk by chunk into a window of that many, and what is left over with
    the last chunk, since one call draws all uniform numbers before it makes them normal."""
    import torch

    for _ in range(n // chunk - 1):
        window.normal_(mean, std, generator=generator)
    last = torch.empty(chunk + n % chunk, dtype=window.dtype).normal_(mean, std, generator=generator)
    window.copy_(last[:chunk])
    window[: n % chunk] = last[chunk:]


@lru_cache
def require_chunks(dtype):
    """Compares the rule of in_chunks with one call."""
    import torch

    n, chunk = 2**20 + 17, 2**16
    one, many = torch.Generator().manual_seed(0), torch.Generator().manual_seed(0)
    whole, window = torch.empty(n, dtype=dtype).normal_(0, 1, generator=one), torch.empty(chunk, dtype=dtype)
    in_chunks(many, window, n, chunk, 0, 1)
    want = torch.cat([whole[-(n % chunk) :], whole[n // chunk * chunk - chunk + n % chunk : n // chunk * chunk]])
    if not (torch.equal(window, want) and torch.equal(one.get_state(), many.get_state())):
        raise RuntimeError("PyTorch draws other numbers in one call than chunk by chunk")


def in_window(generator, n, dtype, mean, std):
    """What a window holds in the end that is mapped again and again under n numbers of f16 or bf16, which PyTorch draws 16 at a
    time."""
    import torch

    libc, numbers = ctypes.CDLL(None, use_errno=True), [ctypes.c_int] * 3 + [ctypes.c_long]
    libc.mmap.restype, libc.mmap.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t, *numbers]
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    total = -(-n * dtype.itemsize // WINDOW) * WINDOW
    base = libc.mmap(None, total, PROT_NONE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    descriptor = os.memfd_create("window")
    try:
        os.ftruncate(descriptor, WINDOW)
        access = mmap.PROT_READ | mmap.PROT_WRITE
        for at in range(base, base + total, WINDOW):
            if libc.mmap(at, WINDOW, access, mmap.MAP_SHARED | MAP_FIXED, descriptor, 0) != at:
                raise RuntimeError(f"a window cannot be mapped: {os.strerror(ctypes.get_errno())}")
        memory = (ctypes.c_ubyte * total).from_address(base)
        torch.frombuffer(memory, dtype=dtype, count=n).normal_(mean, std, generator=generator)
        return torch.frombuffer(memory, dtype=dtype, count=WINDOW // dtype.itemsize).clone()
    finally:
        os.close(descriptor)
        libc.munmap(base, total)


def draw(case, call, generator):
    """The numbers that are kept of a call."""
    import torch

    dtype, n = torch_dtype(case.dtype), prod(call.size)
    mean, std = (case.mean, case.std) if call.mean is None else (call.mean, call.std)
    if kept(case, call) == n:
        stride = call.stride
        size = n if stride is None or n == 0 else 1 + sum((k - 1) * s for k, s in zip(call.size, stride))
        memory = torch.empty(size, dtype=dtype)
        tensor = memory.view(call.size) if stride is None else memory.as_strided(call.size, stride)
        return tensor.normal_(mean, std, generator=generator)
    if case.dtype in ("f16", "bf16"):
        return in_window(generator, n, dtype, mean, std)
    require_chunks(dtype)
    window = torch.empty(WINDOW // dtype.itemsize, dtype=dtype)
    in_chunks(generator, window, n, len(window), mean, std)
    return window


def kept(case, call):
    """How many numbers are kept of a call."""
    if not isinstance(call, Call):
        return 0
    n, each = prod(call.size), np.dtype(CODES[case.dtype]).itemsize
    return WINDOW // each if call.stride is None and n > WINDOW_FROM // each else n


def drawn(case, states):
    """The numbers that are kept, call by call. To states go the generator's states after each item of calls, in the last
    repetition of the last seed."""
    import torch

    generator = torch.Generator()
    for s in range(case.seeds):
        seed = (case.seed + s) % 2**64
        generator.manual_seed(seed)
        for r in range(case.repeat):
            for call in case.calls:
                if call == RESEED:
                    generator.manual_seed(seed)
                elif call == INJECT:
                    generator.set_state(injected(seed, s * case.repeat + r))
                else:
                    yield array(draw(case, call, generator), case.dtype)
                if (s, r) == (case.seeds - 1, case.repeat - 1):
                    states.append(generator.get_state().numpy().view(STATE)[0])


def blocks(arrays, dtype):
    """The same numbers in larger pieces, at least one."""
    held, size = [np.empty(0, CODES[dtype])], 0
    for one in arrays:
        held.append(one)
        size += len(one)
        if size >= BLOCK:
            yield np.concatenate(held)
            held, size = [], 0
    yield np.concatenate([np.empty(0, CODES[dtype]), *held])


def answer(case, whole, statistics):
    """The record of a case that PyTorch accepts, and the tensors that are stored of it: all numbers where they are few and
    whole is set."""
    import xxhash
    from normal.summary import summary

    count = case.seeds * case.repeat * sum(kept(case, call) for call in case.calls)
    keep = statistics or (whole and count * np.dtype(CODES[case.dtype]).itemsize <= SMALL)
    states, hashed, held = [], xxhash.xxh3_128(), []
    head = tail = np.empty(0, CODES[case.dtype])
    for block in blocks(drawn(case, states), case.dtype):
        hashed.update(np.ascontiguousarray(block))
        head = np.concatenate([head, block[:SHOWN]])[:SHOWN]
        tail = np.concatenate([tail, block[-SHOWN:]])[-SHOWN:]
        held += [block] if keep else []
    numbers = np.concatenate(held) if keep else None
    stored = keep and whole and numbers.nbytes <= SMALL
    tensors = {"y": numbers} if stored else {"head": head, "tail": tail}
    if statistics:
        tensors |= summary((values(numbers, case.dtype) - case.mean) / case.std)
    record = {"kind": "stream", "shape": [count], "digest": hashed.hexdigest(), "states": [digest(s) for s in states]}
    if any(s["waits"] for s in states):
        record["waiting"] = [float(s["pair"][1]) if s["waits"] else None for s in states]
    return record, tensors


def rejected(case):
    """The record of a case that PyTorch refuses; None if it accepts it."""
    try:
        deque(drawn(case, []), maxlen=0)
    except Exception as error:  # of whatever type: the type is part of the answer
        return {"kind": "rejected", "message": str(error).split("\n")[0], "exception": type(error).__name__}
    return None


class Pools:
    """The processes that answer, some for each stream."""

    def __init__(self, jobs):
        pool = {"max_workers": jobs, "mp_context": get_context("spawn"), "initializer": begin}
        self.pools = {stream: ProcessPoolExecutor(**pool, initargs=(stream,)) for stream in STREAMS}

    def submit(self, case, reject, whole, statistics):
        """A future of what rejected or answer returns; None for a stream that PyTorch does not draw here."""
        if case.stream not in STREAMS:
            return None
        if reject:
            return self.pools[case.stream].submit(rejected, case)
        return self.pools[case.stream].submit(answer, case, whole, statistics)

    def close(self):
        for pool in self.pools.values():
            pool.shutdown(cancel_futures=True)
