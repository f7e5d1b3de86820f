# SPDX-License-Identifier: Apache-2.0
"""Eigen's sizes of caches: found in a library's table of symbols, and written only where they really are."""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path

import pytest

from repro_action.hook.repro_hook import eigen

NAMES = b"\0other\0" + eigen.GUARD + b"\0" + eigen.SIZES + b"\0"


def library(symbols: dict[bytes, int]) -> bytes:
    """Return an ELF of 64 bits that has nothing but a table of symbols."""
    table = b"".join(
        struct.pack("<IBBHQQ", NAMES.index(b"\0" + name + b"\0") + 1, 1, 0, 1, value, 24)
        for name, value in symbols.items()
    )
    head = bytearray(64)
    head[:6] = b"\x7fELF\x02\x01"
    struct.pack_into("<Q", head, 40, 64 + len(table) + len(NAMES))
    struct.pack_into("<H", head, 60, 3)
    sections = (
        bytes(64),
        struct.pack("<IIQQQQIIQQ", 0, 2, 0, 0, 64, len(table), 2, 0, 8, 24),
        struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, 64 + len(table), len(NAMES), 0, 0, 1, 0),
    )
    return bytes(head) + table + NAMES + b"".join(sections)


def test_the_two_variables_are_found_by_name(tmp_path: Path) -> None:
    file = tmp_path / "library.so"
    file.write_bytes(library({b"other": 1, eigen.SIZES: 0x1234, eigen.GUARD: 0x5678}))
    assert {eigen.SIZES: 0x1234, eigen.GUARD: 0x5678} == eigen._places(str(file))


def test_a_library_without_symbols_has_none(tmp_path: Path) -> None:
    file = tmp_path / "library.so"
    file.write_bytes(library({b"other": 1}))
    assert {} == eigen._places(str(file))


def test_what_is_no_library_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "library.so"
    file.write_bytes(b"#!/bin/sh\n" * 9)
    with pytest.raises(ValueError, match="no library"):
        eigen._places(str(file))


@pytest.mark.parametrize("area", [(0, 0), (-8, 16), (0, 25)])
def test_nothing_is_written_outside_of_the_library(area: tuple[int, int]) -> None:
    memory = (ctypes.c_int64 * 4)()
    place = ctypes.addressof(memory)
    with pytest.raises(ValueError, match="not where"):
        eigen._kept(place, place + 24, [(place + area[0], place + area[1])])


@pytest.mark.parametrize("content", [(32768, 262144, 8388608, 0), (0, 0, 0, 1), (1, 2, -3, 1), (7, 0, 0, 0)])
def test_what_are_no_sizes_is_left_alone(content: tuple[int, ...]) -> None:
    memory = (ctypes.c_int64 * 4)(*content)
    place = ctypes.addressof(memory)
    with pytest.raises(ValueError, match="sizes of caches"):
        eigen._kept(place, place + 24, [(place, place + 32)])


@pytest.mark.parametrize("content", [(0, 0, 0, 0), (49152, 2097152, 110100480, 1)])
def test_sizes_that_are_or_will_be_eigens_are_taken(content: tuple[int, ...]) -> None:
    memory = (ctypes.c_int64 * 4)(*content)
    place = ctypes.addressof(memory)
    kept, guard = eigen._kept(place, place + 24, [(place, place + 32)])
    kept[0], guard[0] = 5, 1
    assert [5, content[1], content[2], 1] == list(memory)


def test_without_the_variable_nothing_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(eigen.VARIABLE, raising=False)
    eigen.pin(os.sep)
    assert "" == eigen.caches()
