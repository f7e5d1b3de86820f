# SPDX-License-Identifier: Apache-2.0
"""Pairs of HDF5 files of the same bytes that h5py loads to different values: `python hdf5_types.py FILE.zip`.

h5py 3.16 wrote `tests/data/hdf5/told_apart.zip`.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import numpy as np

Write = Callable[[h5py.File], object]


def typed(change: Callable[[h5py.h5t.TypeID], object], base: h5py.h5t.TypeID, values: np.ndarray) -> Write:
    """Return what writes values as they are under a type that was changed."""

    def write(file: h5py.File) -> None:
        kind = base.copy()
        change(kind)
        space = h5py.h5s.create_simple(values.shape)
        h5py.h5d.create(file.id, b"x", kind, space).write(h5py.h5s.ALL, h5py.h5s.ALL, values, kind)

    return write


def integer(precision: int, offset: int, sign: int) -> Write:
    def change(kind: h5py.h5t.TypeID) -> None:
        kind.set_precision(precision)
        kind.set_offset(offset)
        kind.set_sign(sign)

    return typed(change, h5py.h5t.STD_I32LE, np.array([0x123, 0xFF0, 7, 0x8001], "<i4"))


def biased(bias: int) -> Write:
    return typed(lambda kind: kind.set_ebias(bias), h5py.h5t.IEEE_F32LE, np.array([1, 2, 3, 4], "<f4"))


def padded(how: int, *texts: bytes) -> Write:
    def change(kind: h5py.h5t.TypeID) -> None:
        kind.set_size(4)
        kind.set_strpad(how)

    return typed(change, h5py.h5t.C_S1, np.array(texts, "S4"))


def value(value: object, **more: object) -> Write:
    return lambda file: file.create_dataset("x", data=value, **more)


def outside(name: str) -> Write:
    return lambda file: file.create_dataset("x", (4,), "f4", external=[(name, 0, 16)])


def linked(target: str) -> Write:
    return lambda file: file.__setitem__("x", h5py.SoftLink(target))


def named(kind: object) -> Write:
    return lambda file: file.__setitem__("x", np.dtype(kind))


def sequence(names: dict[str, int]) -> Write:
    def write(file: h5py.File) -> None:
        kind = h5py.vlen_dtype(h5py.enum_dtype(names, "i4"))
        file.create_dataset("x", (1,), dtype=kind)[0] = np.array([0, 1], "i4")

    return write


def group(write: Callable[[h5py.File], object]) -> Write:
    def both(file: h5py.File) -> None:
        file.create_group("g")
        write(file)

    return both


def attribute(name: bytes) -> Write:
    def write(file: h5py.File) -> None:
        h5py.h5a.create(file.id, name, h5py.h5t.NATIVE_INT32, h5py.h5s.create(h5py.h5s.SCALAR))

    return write


def fields(kind: object) -> Write:
    return value(np.zeros(2, [("e", "i4")]).astype([("e", kind)]))


def rows(name: str) -> Write:
    return lambda file: file.create_dataset("x", (0,), [(name, h5py.string_dtype())])


LETTERS, OTHERS = {"A": 0, "B": 1}, {"C": 0, "D": 1}
TEXTS = (b"ab  ", b"abcd", b"    ")
ENDED = (b"ab\0d", b"a\0\0b", b"abcd")
TEXT = h5py.string_dtype()
PAIRS: dict[str, tuple[Write, Write]] = {
    "another file": (outside("a.bin"), outside("b.bin")),
    "where bits begin": (integer(12, 0, 1), integer(12, 4, 1)),
    "a sign": (integer(12, 0, 1), integer(12, 0, 0)),
    "the bias of an exponent": (biased(127), biased(120)),
    "padding with spaces": (padded(h5py.h5t.STR_NULLPAD, *TEXTS), padded(h5py.h5t.STR_SPACEPAD, *TEXTS)),
    "the end of a text": (padded(h5py.h5t.STR_NULLPAD, *ENDED), padded(h5py.h5t.STR_NULLTERM, *ENDED)),
    "a link and a text": (linked("/y"), value("soft link to /y")),
    "a reference and a text": (
        group(lambda file: file.__setitem__("x", file["g"].ref)),
        group(value("link to /g")),
    ),
    "references and texts": (
        group(lambda file: file.create_dataset("x", data=[file["g"].ref], dtype=h5py.ref_dtype)),
        group(value(["link to /g"], dtype=TEXT)),
    ),
    "a named type and a text": (named("f4"), value("(float32)")),
    "members of a named type": (named([("a", "i4"), ("b", TEXT)]), named([("c", "i4"), ("b", TEXT)])),
    "a fixed size": (value(np.bytes_(b"abc")), value("abc")),
    "the type of no elements": (value(h5py.Empty("f4")), value(h5py.Empty("S4"))),
    "the members of no rows": (rows("a"), rows("b")),
    "names of an attribute": (attribute(b"\xff"), attribute(b"\\xff")),
    "an enumeration in a compound": (
        fields(h5py.enum_dtype(LETTERS, "i4")),
        fields(h5py.enum_dtype(OTHERS, "i4")),
    ),
    "an enumeration in a sequence": (sequence(LETTERS), sequence(OTHERS)),
}


def main() -> None:
    """Write all pairs."""
    with TemporaryDirectory() as folder, zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
        for name, pair in PAIRS.items():
            for side, write in zip("ab", pair, strict=True):
                path = Path(folder) / "x.h5"
                with h5py.File(path, "w", libver="latest") as file:
                    write(file)
                archive.writestr(
                    zipfile.ZipInfo(f"{name}/{side}.h5"), path.read_bytes(), zipfile.ZIP_DEFLATED
                )


if __name__ == "__main__":
    main()
