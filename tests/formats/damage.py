# SPDX-License-Identifier: Apache-2.0
"""Damaged copies of files: cut off, and with one bit flipped."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

CUTS = 64


def parts(path: Path) -> Iterator[Path]:
    """Yield the file, or the files of a folder."""
    if path.is_file():
        yield path
    else:
        yield from (below for below in sorted(path.rglob("*")) if below.is_file())


def _copy(original: Path, work: Path) -> Path:
    target = work / original.name
    if original.is_dir():
        shutil.copytree(original, target)
    else:
        target.write_bytes(original.read_bytes())
    return target


def cuts(original: Path, work: Path) -> Iterator[Path]:
    """Yield the file cut off at every 1/64 of its length; of a folder, its largest file."""
    copy = _copy(original, work)
    part = max(parts(copy), key=lambda path: path.stat().st_size)
    data = part.read_bytes()
    for end in sorted({len(data) * step // CUTS for step in range(CUTS)}):
        part.write_bytes(data[:end])
        yield copy


def flips(original: Path, work: Path, count: int, generator: random.Random) -> Iterator[Path]:
    """Yield the file, or folder, with one bit flipped in one file of it."""
    copy = _copy(original, work)
    files = [(path, path.read_bytes()) for path in parts(copy)]
    files = [(path, data) for path, data in files if data]
    weights = [len(data) for _, data in files]
    for _ in range(count):
        ((path, data),) = generator.choices(files, weights)
        at = generator.randrange(8 * len(data))
        changed = bytearray(data)
        changed[at // 8] ^= 1 << at % 8
        path.write_bytes(changed)
        yield copy
        path.write_bytes(data)


def bits(original: Path, work: Path, content: bytes) -> Iterator[Path]:
    """Yield the file with one bit of `content` flipped, for each byte of it; the file has it once."""
    data = original.read_bytes()
    assert len(content) >= 4
    assert data.count(content) == 1
    target = work / original.name
    for at in range(data.index(content), data.index(content) + len(content)):
        changed = bytearray(data)
        changed[at] ^= 1
        target.write_bytes(changed)
        yield target
