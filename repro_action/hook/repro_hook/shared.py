# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH119, PTH123 -- pathlib costs more than the whole hook
"""Asks the shared libraries that a process has mapped what they really do; `asks` says what to ask.

Nothing is loaded for it (RTLD_NOLOAD): they have functions for that purpose. It is done here
rather than by threadpoolctl, because the user's environment may not hold threadpoolctl,
and importing it costs about 30 ms where nothing else has done so.
"""

from __future__ import annotations

import os
import sys

from repro_hook.asks import SHARED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ctypes import CDLL
    from typing import Any, Union

    Value = Union[int, str]  # noqa: UP007 -- Python 3.8 may read it
    SymbolAsk = tuple[str, tuple[str, ...], bool, Union[int, str, None]]  # noqa: UP007

LIMIT = 64
"""Shared libraries asked."""
LENGTH = 2000
"""Characters of one answer."""


def answers(problems: list[str]) -> list[dict[str, Value]]:
    """Return one entry a library: `api`, `file`, and its answers."""
    found: list[dict[str, Value]] = []
    for path in sorted(_paths_of_linux() if sys.platform == "linux" else _paths_of_macos())[:5000]:
        name = os.path.basename(path)
        for key, prefixes, contains, asks in SHARED:
            if len(found) >= LIMIT or not _matches(name.lower(), prefixes, contains):
                continue
            try:
                replies = _ask(path, asks) if asks else {}
            except (OSError, ValueError) as error:
                problems.append(f"{name}: {error}"[:500])
                continue
            # Libraries called *blas* answer only if they are of this kind.
            if replies or not asks:
                found.append({"api": key, "file": name, **replies})
    return found


def _matches(name: str, prefixes: tuple[str, ...], contains: str) -> bool:
    if prefixes and name.startswith(prefixes):
        return True
    # Extension modules called *blas* would answer too, on behalf of the library behind them.
    return bool(contains) and contains in name and name.startswith("lib") and ".cpython-" not in name


def _paths_of_linux() -> set[str]:
    with open("/proc/self/maps", "rb") as file:
        lines = file.read().splitlines()
    fields = (line.split(None, 5) for line in lines if b"/" in line)
    return {os.fsdecode(field[5]) for field in fields if len(field) == 6 and field[1][2:3] == b"x"}


def _paths_of_macos() -> set[str]:
    import ctypes

    system = ctypes.CDLL(None)
    name_of = system["_dyld_get_image_name"]
    name_of.restype = ctypes.c_char_p
    names = (name_of(index) for index in range(system["_dyld_image_count"]()))
    return {os.fsdecode(name) for name in names if name}


def _ask(path: str, asks: tuple[SymbolAsk, ...]) -> dict[str, Value]:
    import ctypes

    library = ctypes.CDLL(path, mode=os.RTLD_NOLOAD | os.RTLD_NOW)
    found: dict[str, Value] = {}
    for fact, names, text, argument in asks:
        function = next(filter(None, (getattr(library, name, None) for name in names)), None)
        arguments = _arguments(library, argument)
        if function is None or arguments is None:
            continue
        function.restype = ctypes.c_char_p if text else ctypes.c_int
        value = function(*arguments)
        found[fact] = (value or b"").decode("ascii", "replace")[:LENGTH] if text else int(value)
    return found


def _arguments(library: CDLL, argument: int | str | None) -> list[Any] | None:
    """Return what a function is called with; None where that is not to be had."""
    import ctypes

    if argument is None:
        return []
    if isinstance(argument, int):
        return [ctypes.c_int(argument)]
    function = getattr(library, argument, None)
    return None if function is None else [ctypes.c_int(function())]
