# SPDX-License-Identifier: Apache-2.0
"""What the library of a format loads a file to: the oracle of `bench.fuzz`, in a child with hard limits."""

from __future__ import annotations

import bz2
import collections
import gzip
import hashlib
import io
import json
import lzma
import pickle
import resource
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

_NAMES = {
    ("collections", "OrderedDict"), ("collections", "deque"), ("collections", "Counter"), ("builtins", "set"),
    ("builtins", "frozenset"), ("builtins", "bytearray"), ("builtins", "complex"), ("builtins", "slice"),
    ("builtins", "range"), ("_codecs", "encode"), ("numpy", "ndarray"), ("numpy", "dtype"),
    ("numpy._core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "scalar"),
    ("numpy.core.multiarray", "_reconstruct"), ("numpy.core.multiarray", "scalar"),
    ("operator", "setitem"), ("_operator", "setitem"), ("copyreg", "_reconstructor"), ("builtins", "object"),
}  # fmt: skip


class _Loader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        if (module, name) not in _NAMES:
            raise pickle.UnpicklingError(f"{module}.{name} is not loaded here")
        return super().find_class(module, name)


def load(name: str, data: bytes) -> object:
    """Load a file as Python's own loader of its format does; raises whatever that raises."""
    match name.rpartition(".")[2]:
        case "pkl":
            file = io.BytesIO(data)
            values = [_Loader(file).load()]
            while file.tell() < len(data):
                values.append(_Loader(file).load())
            return values
        case "npy":
            return np.load(io.BytesIO(data), allow_pickle=False)
        case "npz":
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                return {key: archive[key] for key in sorted(archive.files)}
        case "json":
            return _unordered(json.loads(data.decode("utf-8-sig")))
        case "gz":
            return gzip.decompress(data)
        case "bz2":
            return bz2.decompress(data)
        case "xz":
            return lzma.decompress(data)
        case "zip":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if any(name.endswith((".zarray", "zarr.json", ".zgroup")) for name in archive.namelist()):
                    raise ValueError("Zarr loads arrays of it, and not what its chunks have beyond them")
                return {info.filename: archive.read(info) for info in archive.infolist()}
        case "tar":
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                return {info.name: (*_entry(info), _content(archive, info)) for info in archive}
        case suffix if suffix in LOADERS:
            return LOADERS[suffix](data)
    raise ValueError(name)


def _avro(data: bytes) -> object:
    from fastavro import reader

    found = reader(io.BytesIO(data))
    more = {key: value for key, value in found.metadata.items() if not key.startswith("avro.")}
    return list(found), sorted(more.items())


def _msgpack(data: bytes) -> object:
    import msgpack

    # Flax marks arrays and scalars of NumPy; both are arrays here.
    return msgpack.unpackb(
        data, strict_map_key=False, ext_hook=lambda code, raw: msgpack.ExtType({3: 1}.get(code, code), raw)
    )


def _orc(data: bytes) -> object:
    from pyarrow import orc

    return orc.read_table(io.BytesIO(data)).to_pydict()


def _hdf5(data: bytes) -> object:
    import h5py

    found: list[object] = []

    def visit(path: str, item: Any) -> None:
        found.append((path, [(name, repr(item.attrs[name])) for name in sorted(item.attrs)]))
        if isinstance(item, h5py.Dataset):
            found.append(
                np.asarray(item[()]) if item.size is not None and item.size < 1 << 20 else repr(item)
            )

    with h5py.File(io.BytesIO(data), "r") as file:
        visit("", file)
        file.visititems(visit)
    return found


def _joblib(data: bytes) -> object:
    from joblib import numpy_pickle

    class Loader(numpy_pickle.NumpyUnpickler):
        def find_class(self, module: str, name: str) -> object:
            if (module, name) not in _NAMES | {("joblib.numpy_pickle", "NumpyArrayWrapper")}:
                raise pickle.UnpicklingError(f"{module}.{name} is not loaded here")
            return super().find_class(module, name)

    file = io.BytesIO(data)
    return Loader("", file, True).load()


def _safetensors(data: bytes) -> object:
    from safetensors.numpy import load as load_tensors

    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    tensors = load_tensors(data)
    return [(name, tensors[name]) for name in sorted(tensors)], sorted(header.get("__metadata__", {}).items())


def _unordered(value: object) -> object:
    """Return a value whose mappings have one order, as those of JSON, YAML and TOML have none."""
    if isinstance(value, dict):
        return dict(sorted(((key, _unordered(item)) for key, item in value.items()), key=repr))
    return [_unordered(item) for item in value] if isinstance(value, list) else value


def _yaml(data: bytes) -> object:
    import yaml

    return _unordered(list(yaml.safe_load_all(data)))


def _toml(data: bytes) -> object:
    import tomllib

    return _unordered(tomllib.loads(data.decode()))


def _json_lines(data: bytes) -> object:
    return [_unordered(json.loads(line)) for line in data.decode("utf-8-sig").splitlines() if line.strip()]


def _picture(data: bytes) -> object:
    from PIL import Image, ImageSequence

    with Image.open(io.BytesIO(data)) as picture:
        return [(frame.size, frame.convert("RGBA").tobytes()) for frame in ImageSequence.Iterator(picture)]


def _sqlite(data: bytes) -> object:
    import sqlite3

    database = sqlite3.connect(":memory:")
    database.deserialize(data)
    names = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
    found: list[object] = []
    for name in sorted(names):
        quoted = '"' + name.replace('"', '""') + '"'
        rows = database.execute(f"select * from {quoted}")
        found.append((name, [column[0] for column in rows.description], sorted(map(repr, rows))))
    return found


def _xml(data: bytes) -> object:
    from xml.etree import ElementTree as ET

    root = ET.fromstring(data)
    for header in root.iter():  # what docs/reports.md says is left out
        for stamp in header if header.tag.endswith("Header") else ():
            stamp.text = "" if stamp.tag.endswith("Timestamp") else stamp.text
        for name in ("time", "timestamp", "hostname") if header.tag.startswith("test") else ():
            header.attrib.pop(name, None)
    return [
        (item.tag, sorted(item.attrib.items()), (item.text or "").strip(), (item.tail or "").strip())
        for item in root.iter()
    ]


def _arrow(data: bytes) -> object:
    import pyarrow as pa

    opened = pa.ipc.open_file if data.startswith(b"ARROW1") else pa.ipc.open_stream
    table = opened(pa.py_buffer(data)).read_all()
    table.validate(full=True)
    return [(field.name, str(field.type)) for field in table.schema], [c.to_pylist() for c in table.columns]


def _parquet(data: bytes) -> object:
    from pyarrow import parquet

    table = parquet.read_table(io.BytesIO(data))
    table.validate(full=True)
    return [(field.name, str(field.type)) for field in table.schema], [c.to_pylist() for c in table.columns]


LOADERS: Mapping[str, Callable[[bytes], object]] = {
    "avro": _avro, "msgpack": _msgpack, "orc": _orc, "h5": _hdf5, "nc": _hdf5, "joblib": _joblib,
    "safetensors": _safetensors, "yaml": _yaml, "toml": _toml, "jsonl": _json_lines, "db": _sqlite,
    "png": _picture, "tiff": _picture, "bmp": _picture, "gif": _picture, "xml": _xml, "pmml": _xml,
    "arrows": _arrow, "feather": _arrow, "parquet": _parquet,
}  # fmt: skip
"""Loaders of libraries that are no dependency; without them only the other two laws are checked."""


def _entry(info: tarfile.TarInfo) -> tuple[bytes, str]:
    """Return what a member is and where it leads; a file is one however it is marked, and leads nowhere."""
    return (tarfile.REGTYPE, "") if info.isreg() else (info.type, info.linkname)


def _content(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(info) if info.isreg() else None
    return file.read() if file is not None else b""


def identity(value: object, seen: tuple[int, ...] = ()) -> str:
    """Return a text that two values share only if no program could tell them apart by their content.

    JSON's objects and names in archives have no order, as docs/reports.md lists.
    """
    if id(value) in seen:
        return f"^{len(seen) - seen.index(id(value))}"
    inside = (*seen, id(value))
    kind = type(value).__name__
    match value:
        case np.ndarray() if value.dtype.hasobject:
            return f"{kind}{value.shape}{[identity(item, inside) for item in value.ravel().tolist()]}"
        case np.ndarray() | np.generic():
            plain = np.asarray(value)
            plain = np.ascontiguousarray(plain, plain.dtype.newbyteorder("<"))
            return f"{kind}{plain.dtype.str}{plain.shape}{plain.tobytes().hex()}"
        case float():
            return f"{kind}{np.float64(value).tobytes().hex()}"
        case dict():
            return f"{kind}{[(identity(key, inside), identity(item, inside)) for key, item in value.items()]}"
        case list() | tuple() | collections.deque():
            return f"{kind}{[identity(item, inside) for item in value]}"
        case set() | frozenset():
            return f"{kind}{sorted(identity(item, inside) for item in value)}"
        case _:
            return f"{kind}{value!r}"


def _serve(pipe: Connection, parents: Connection) -> None:
    parents.close()  # or this process would outlive one that ends without a word
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            name, data = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(hashlib.sha256(identity(load(name, data)).encode("utf-8", "surrogatepass")).hexdigest())
        except BaseException:  # noqa: BLE001 -- a loader may raise anything; then there is no value
            pipe.send("")


@dataclass(slots=True)
class Oracle:
    """Loads files in a child that is replaced when it dies or hangs."""

    child: Process | None = None
    pipe: Connection | None = None

    def ask(self, name: str, data: bytes) -> str:
        """Return the identity of the loaded value; empty where it cannot be loaded."""
        if self.child is None or self.pipe is None or not self.child.is_alive():
            self.pipe, theirs = Pipe()
            self.child = Process(target=_serve, args=(theirs, self.pipe), daemon=True)
            self.child.start()
            theirs.close()
        try:
            self.pipe.send((name, data))
            if self.pipe.poll(10):
                return str(self.pipe.recv())
        except (EOFError, OSError):
            pass
        self.close()
        return ""

    def close(self) -> None:
        """End the child."""
        if self.child is not None:
            self.child.kill()
            self.child.join()
        self.child = None
