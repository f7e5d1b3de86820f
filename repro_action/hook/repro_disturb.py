# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: INP001 -- stands on PYTHONPATH, so it is no package
"""Disturbs a process of a step from within, where `repro probe` asks for it.

Standard library only, Python 3.8 or newer. REPRO_LISTING is `reversed`, `shuffled` or
`sorted`: the order in which folders are listed. REPRO_GC is `off`, `eager` or `freeze`.
REPRO_CORES is how many cores Python says there are, REPRO_SWITCH after how many seconds
threads take turns. REPRO_SLEEP makes `time.sleep` wait by other means, without disturbing it.
Child processes of Python are disturbed alike, since all of it stands in the environment.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def start() -> None:
    """Disturb what the environment asks for; what fails is reported by the hook."""
    for variable, disturb in ACTIONS.items():
        value = os.environ.get(variable, "")
        try:
            if value:
                disturb(value)
        except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
            sys.modules["repro_hook"].failed(f"disturb {value}", error)


def _list(order: str) -> None:
    _Wrapper.order = order
    for wrapper in (_Listdir(), _Scandir()):
        original = getattr(os, wrapper.name)
        wrapper.original = original
        # `shutil` asks whether the function itself is in there.
        if original in os.supports_fd:
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
    os.cpu_count = _Cores(int(cores))
    if hasattr(os, "process_cpu_count"):
        os.process_cpu_count = _Cores(int(cores))


def _switch(seconds: str) -> None:
    sys.setswitchinterval(float(seconds))


def _sleep(_: str) -> None:
    import time

    time.sleep = _Sleep()  # type: ignore[assignment]  # seconds of any kind of number


ACTIONS = {
    "REPRO_LISTING": _list,
    "REPRO_GC": _collect,
    "REPRO_CORES": _count,
    "REPRO_SWITCH": _switch,
    "REPRO_SLEEP": _sleep,
}


def _ordered(order: str, names: Iterable[object]) -> list[object]:
    held = sorted(names, key=_name)
    if order == "reversed":
        held.reverse()
    elif order == "shuffled":
        from zlib import crc32

        held.sort(key=lambda entry: crc32(_name(entry)))
    return held


def _name(entry: object) -> bytes:
    return os.fsencode(getattr(entry, "name", entry))  # type: ignore[arg-type]  # an entry, or its name


class _Wrapper:
    """Stands for a function of `os`.

    An object rather than a function, because older versions of `pathlib` keep it as an
    attribute of a class, where a function would become a method.
    """

    name = ""
    order = ""
    original: object = None

    def __repr__(self) -> str:
        return repr(self.original)

    @property
    def __doc__(self) -> str:  # type: ignore[override]  # of each object
        return str(self.original.__doc__)

    @property
    def __name__(self) -> str:
        return self.name


class _Listdir(_Wrapper):
    name = "listdir"

    def __call__(self, path: object = None) -> list[object]:
        return _ordered(self.order, self.original(path))  # type: ignore[operator]  # os.listdir


class _Scandir(_Wrapper):
    name = "scandir"

    def __call__(self, path: object = None) -> _Entries:
        with self.original(path) as entries:  # type: ignore[operator]  # os.scandir
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

    def __init__(self, cores: int) -> None:
        self.original = os.cpu_count
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
