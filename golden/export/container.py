"""The containers: safetensors, written so that the same data gives the same bytes, and the manifest.

SPDX-License-Identifier: MIT"""
import json
import os
import tempfile

import numpy as np
import xxhash
from dtypes import TABLE

SMALL = 16384  # bytes of an output that are stored beside its digest
DTYPES = {container: code for code, _, container, _ in TABLE.values()}
NAMES = {np.dtype(code): name for name, code in DTYPES.items()}


def digest(data):
    """XXH3-128, in hex."""
    return xxhash.xxh3_128_hexdigest(data)


def digest_of(shape, elements):
    """XXH3-128 of a shape (int64) and of elements as they are stored."""
    return digest(np.array(shape, "<i8").tobytes() + elements.tobytes())


def compact(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def pack(metadata, tensors):
    """A safetensors file: the header's length, a JSON header, and the tensors' little-endian bytes. The format leaves no gaps
    between tensors, so the widest elements come first: every tensor is aligned."""
    header, data, at = {"__metadata__": metadata}, [], 0
    for name, array in sorted(tensors.items(), key=lambda item: -item[1].itemsize):
        dtype = NAMES[array.dtype]
        raw = array.astype(DTYPES[dtype]).tobytes()
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [at, at + len(raw)]}
        data.append(raw)
        at += len(raw)
    text = compact(header).encode("ascii")
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(data)


def unpack(data):
    """metadata and tensors of a file that pack wrote. ValueError: it is damaged."""
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > len(data) - 8:
        raise ValueError("the header is cut short")
    header = json.loads(data[8 : 8 + size])
    body, tensors = data[8 + size :], {}
    try:
        metadata = header.pop("__metadata__")
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            tensors[name] = np.frombuffer(body[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"the header is damaged: {error}") from None
    return metadata, tensors


def manifest(files):
    """The manifest's text: a line per file."""
    lines = [f"{digest(data)}  {len(data)}  {name}" for name, data in sorted(files.items())]
    return "\n".join(["# tenbin golden data: XXH3-128  bytes  file", *lines, ""]).encode("ascii")


def reader_manifest(data):
    """The C header by which the reader knows this manifest, and takes no other."""
    text = f"""/* The digest of MANIFEST, by which the reader knows it. Written by export.py, with MANIFEST.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MANIFEST_H
#define TB_MANIFEST_H

#define TB_MANIFEST_DIGEST "{digest(data)}"

#endif
"""
    return text.encode("ascii")


def write(path, data):
    """Writes a file at once or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
