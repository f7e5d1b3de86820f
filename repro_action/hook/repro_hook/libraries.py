# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH119, PTH123 -- pathlib costs more than the whole hook
"""Asks the BLAS and OpenMP libraries that a process has loaded what they really do.

Only libraries that are loaded already are opened (RTLD_NOLOAD), through the functions
that OpenBLAS, BLIS, MKL and the OpenMP runtimes export for that purpose. It is done here
rather than by threadpoolctl, because the user's environment may not hold threadpoolctl,
and importing it costs about 30 ms where nothing else has done so.
"""

from __future__ import annotations

import ctypes
import os
import sys

# How builds of OpenBLAS decorate their symbols: SciPy's own prefix, 64-bit integer suffixes.
AFFIXES = tuple((before, after) for before in ("scipy_", "") for after in ("64_", "", "_64"))
OPENMP = ("libgomp", "libomp", "libiomp", "vcomp")
LIMIT = 64


def loaded(problems: list[str]) -> list[dict[str, object]]:
    """Return one entry a library: `api`, `file`, `architecture`, `threads`, `version`."""
    found = []
    for path in _paths()[:LIMIT]:
        try:
            entry = _ask(path)
        except (OSError, AttributeError, ValueError) as error:
            problems.append(f"{os.path.basename(path)}: {error}"[:500])
            continue
        if entry is not None:
            found.append(entry)
    return found


def _paths() -> list[str]:
    every = _paths_of_linux() if sys.platform == "linux" else _paths_of_macos()
    return sorted(path for path in every if _telling(os.path.basename(path).lower()))


def _telling(name: str) -> bool:
    # Extension modules called *blas* would answer too, on behalf of the library behind them.
    if not name.startswith(("lib", "vcomp")) or ".cpython-" in name:
        return False
    return "blas" in name or "blis" in name or name.startswith(("libmkl_rt", *OPENMP))


def _paths_of_linux() -> set[str]:
    with open("/proc/self/maps", "rb") as file:
        lines = file.read().splitlines()
    fields = (line.split(None, 5) for line in lines if b"/" in line)
    return {os.fsdecode(field[5]) for field in fields if len(field) == 6 and field[1][2:3] == b"x"}


def _paths_of_macos() -> set[str]:
    system = ctypes.CDLL(None)
    name_of = system["_dyld_get_image_name"]
    name_of.restype = ctypes.c_char_p
    names = (name_of(index) for index in range(system["_dyld_image_count"]()))
    return {os.fsdecode(name) for name in names if name}


def _ask(path: str) -> dict[str, object] | None:
    library = ctypes.CDLL(path, mode=os.RTLD_NOLOAD | os.RTLD_NOW)
    name = os.path.basename(path)
    if name.lower().startswith(OPENMP):
        return {"api": "openmp", "file": name, "threads": int(library.omp_get_max_threads())}
    for before, after in AFFIXES:
        core = getattr(library, f"{before}openblas_get_corename{after}", None)
        if core is not None:
            return {
                "api": "openblas",
                "file": name,
                "architecture": _text(core),
                "threads": int(getattr(library, f"{before}openblas_get_num_threads{after}")()),
                "version": _text(getattr(library, f"{before}openblas_get_config{after}"))[:200],
            }
    if hasattr(library, "bli_arch_string"):
        library.bli_arch_query_id.restype = ctypes.c_int
        library.bli_arch_string.argtypes = [ctypes.c_int]
        library.bli_arch_string.restype = ctypes.c_char_p
        architecture = library.bli_arch_string(library.bli_arch_query_id()) or b""
        threads = int(library.bli_thread_get_num_threads())
        return {
            "api": "blis",
            "file": name,
            "architecture": architecture.decode("ascii", "replace"),
            "threads": threads,
        }
    if hasattr(library, "MKL_Get_Max_Threads"):
        return {"api": "mkl", "file": name, "threads": int(library.MKL_Get_Max_Threads())}
    return None


def _text(function: ctypes._NamedFuncPointer) -> str:
    function.restype = ctypes.c_char_p
    value = function()
    return value.decode("ascii", "replace") if isinstance(value, bytes) else ""
