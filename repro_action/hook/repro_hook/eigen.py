# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH119, PTH123 -- pathlib costs more than the whole hook
"""Tells the Eigen inside of a library how large the caches are, as its `setCpuCacheSizes` would.

Eigen splits the inner sum of a product into blocks that fit into the caches (`GeneralBlockPanelKernel.h`),
so their sizes decide the last bits. TensorFlow has no switch for it and does not export the function; the
function's variable stands in the library's table of symbols, and is written here.
"""

from __future__ import annotations

import mmap
import os
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ctypes import Array, c_byte, c_int64

VARIABLE = "REPRO_EIGEN_CACHES"
"""Bytes of the first, second and third level, with commas between."""
SIZES = b"_ZZN5Eigen8internal20manage_caching_sizesENS_6ActionEPlS2_S2_E12m_cacheSizes"
GUARD = b"_ZGVZN5Eigen8internal20manage_caching_sizesENS_6ActionEPlS2_S2_E12m_cacheSizes"
"""Its first byte is 1 once the variable has been made (Itanium C++ ABI, 3.3.2)."""
MOST = 1 << 40

_SYMBOLS, _SECTION, _SYMBOL = 2, 64, 24  # ELF-64: SHT_SYMTAB, sizes of entries

_found: list[Array[c_int64]] = []


def pin(prefix: str) -> None:
    """Write the sizes into each loaded library whose file's name begins with `prefix`, if any are asked for.

    Raises:
        OSError: a library's file cannot be read.
        ValueError: a file is no ELF of 64 bits, or what stands in memory is none of Eigen's sizes.
    """
    wanted = [int(size) for size in os.environ.get(VARIABLE, "").split(",") if size]
    if len(wanted) != 3:
        return
    for path, (base, areas) in _loaded(prefix).items():
        places = _places(path)
        if SIZES in places and GUARD in places:
            kept, guard = _kept(base + places[SIZES], base + places[GUARD], areas)
            for index, size in enumerate(wanted):
                kept[index] = size
            guard[0] = 1
            _found.append(kept)


def caches() -> str:
    """Return what the libraries keep now, as the variable has it; empty where nothing was found."""
    return ";".join(sorted({",".join(map(str, kept)) for kept in _found}))


def _loaded(prefix: str) -> dict[str, tuple[int, list[tuple[int, int]]]]:
    """Return by file where it begins in memory, and the areas that can be written."""
    found: dict[str, tuple[int, list[tuple[int, int]]]] = {}
    after = ""
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            area, rights, offset, _, _, *path = line.split(None, 5)
            begin, end = (int(part, 16) for part in area.split("-"))
            name = path[0].rstrip("\n") if path else ""
            if name and os.path.basename(name).startswith(prefix) and int(offset, 16) == 0:
                found.setdefault(name, (begin, []))
            # What a library keeps in .bss follows it without a name.
            after = name or after
            if after in found and "w" in rights:
                found[after][1].append((begin, end))
    return found


def _kept(sizes: int, guard: int, areas: list[tuple[int, int]]) -> tuple[Array[c_int64], Array[c_byte]]:
    import ctypes

    for place, length in ((sizes, 24), (guard, 8)):
        if not any(begin <= place and place + length <= end for begin, end in areas):
            raise ValueError("Eigen's sizes of caches are not where the table of symbols has them")
    kept = (ctypes.c_int64 * 3).from_address(sizes)
    made = (ctypes.c_byte * 1).from_address(guard)
    before = list(kept)
    if not (
        (made[0] == 0 and before == [0, 0, 0]) or (made[0] == 1 and all(0 < one < MOST for one in before))
    ):
        raise ValueError("what stands there are not Eigen's sizes of caches")
    return kept, made


def _places(path: str) -> dict[bytes, int]:
    """Return where a library has the two variables, from its beginning in memory."""
    found: dict[bytes, int] = {}
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{os.path.basename(path)} is no library of 64 bits")
        begin, count = struct.unpack_from("<Q", data, 40)[0], struct.unpack_from("<H", data, 60)[0]
        sections = [struct.unpack_from("<IIQQQQIIQQ", data, begin + _SECTION * one) for one in range(count)]
        for section in sections:
            if section[1] != _SYMBOLS:
                continue
            table, size, names = section[4], section[5], sections[section[6]]
            for name in (SIZES, GUARD):
                text = data.find(b"\0" + name + b"\0", names[4], names[4] + names[5])
                if text >= 0:
                    for value in _values(data, table, size, text + 1 - names[4]):
                        found[name] = value
    return found


def _values(data: mmap.mmap, table: int, size: int, name: int) -> list[int]:
    """Return the values of the symbols that are called by the text at `name`."""
    wanted = struct.pack("<I", name)
    values = []
    at = data.find(wanted, table, table + size)
    while at >= 0:
        if (at - table) % _SYMBOL == 0:
            values.append(struct.unpack_from("<Q", data, at + 8)[0])
        at = data.find(wanted, at + 1, table + size)
    return values
