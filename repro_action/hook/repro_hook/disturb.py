# SPDX-License-Identifier: Apache-2.0
"""Disturbs a process of a step from within, where `repro probe` asks for it.

REPRO_LISTING is `reversed`, `shuffled` or
`sorted`: the order in which folders are listed. REPRO_GC is `off`, `eager` or `freeze`.
REPRO_CORES is how many cores Python says there are, REPRO_SWITCH after how many seconds
threads take turns. REPRO_SLEEP makes `time.sleep` wait by other means, without disturbing it.
Child processes of Python are disturbed alike, since all of it stands in the environment.
"""

from __future__ import annotations

import os
import sys

from repro_hook import failed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any


def start() -> None:
    """Disturb what the environment asks for; what fails is reported by the hook."""
    for variable, disturb in ACTIONS.items():
        value = os.environ.get(variable, "")
        try:
            if value:
                disturb(value)
        except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
            failed(f"disturb {value}", error)


def _list(order: str) -> None:
    for wrapper in (_Listdir(os.listdir, order), _Scandir(os.scandir, order)):
        # `shutil` asks whether the function itself is in there.
        if wrapper.original in os.supports_fd:
            os.supports_fd.add(wrapper)
        setattr(os, wrapper.name, wrapper)


def _collect(when: str) -> None:
    import gc

    if when == "off":
        gc.disable()
    elif when == "eager":
        gc.set_threshold(50, 3, 3)
    else:
        gc.freeze()


def _count(cores: str) -> None:
    for name in ("cpu_count", "process_cpu_count"):
        if hasattr(os, name):
            setattr(os, name, _Cores(getattr(os, name), int(cores)))


def _switch(seconds: str) -> None:
    sys.setswitchinterval(float(seconds))


def _sleep(_: str) -> None:
    import time

    time.__dict__["sleep"] = _Sleep(time.sleep)


ACTIONS = {
    "REPRO_LISTING": _list,
    "REPRO_GC": _collect,
    "REPRO_CORES": _count,
    "REPRO_SWITCH": _switch,
    "REPRO_SLEEP": _sleep,
}


def _ordered(order: str, names: Iterable[object]) -> list[object]:
    entries = sorted(names, key=_name)
    if order == "reversed":
        entries.reverse()
    elif order == "shuffled":
        from zlib import crc32

        entries.sort(key=lambda entry: crc32(_name(entry)))
    return entries


def _name(entry: object) -> bytes:
    name = getattr(entry, "name", entry)  # an entry, or its name
    return os.fsencode(name) if isinstance(name, (str, bytes)) else str(name).encode()


class _Wrapper:
    """Stands for a function of `os`.

    An object rather than a function, because older versions of `pathlib` keep it as an
    attribute of a class, where a function would become a method.
    """

    name = ""

    def __init__(self, original: Callable[..., Any]) -> None:
        self.original = original
        self.__doc__ = original.__doc__
        self.__name__ = self.name

    def __repr__(self) -> str:
        return repr(self.original)


class _Lister(_Wrapper):
    def __init__(self, original: Callable[..., Any], order: str) -> None:
        super().__init__(original)
        self.order = order


class _Listdir(_Lister):
    name = "listdir"

    def __call__(self, path: object = None) -> list[object]:
        return _ordered(self.order, self.original(path))


class _Scandir(_Lister):
    name = "scandir"

    def __call__(self, path: object = None) -> _Entries:
        with self.original(path) as entries:
            return _Entries(_ordered(self.order, entries))


class _Entries:
    """What `os.scandir` returns: an iterator that can be closed."""

    def __init__(self, entries: list[object]) -> None:
        self._rest: Iterator[object] = iter(entries)

    def __iter__(self) -> _Entries:
        return self

    def __next__(self) -> object:
        return next(self._rest)

    def close(self) -> None:
        self._rest = iter(())

    def __enter__(self) -> _Entries:  # noqa: PYI034 -- `Self` is younger than the Pythons that run this
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Cores(_Wrapper):
    name = "cpu_count"

    def __init__(self, original: Callable[..., Any], cores: int) -> None:
        super().__init__(original)
        self._cores = cores

    def __call__(self) -> int:
        return self._cores


class _Sleep(_Wrapper):
    name = "sleep"

    def __call__(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")  # as time.sleep says it
        from select import select

        select((), (), (), seconds)
