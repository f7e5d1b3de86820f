# SPDX-License-Identifier: Apache-2.0
"""Reads what the hook's processes reported: bounded and validated, as a step can write there too."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from repro_action.determinism import observations
from repro_action.determinism.untrusted import clean, is_plain
from repro_action.observation import Observation

MAX_REPORTS = 512
MAX_BYTES = 1 << 20
MAX_ITEMS = 20_000

_NAME = re.compile(r"[0-9]{1,10}-[0-9]{1,20}\.json")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Library:
    """A numeric library that a process had loaded.

    Attributes:
        api: `openblas`, `blis`, `mkl` or `openmp`.
        file: name of its file, without the folder.
        architecture: whose kernels it uses, in its own words; empty where it does not say.
        threads: how many it would use.
    """

    api: str
    file: str
    architecture: str = ""
    threads: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HookReport:
    """What one process reported, or, after `merge`, several.

    Attributes:
        process: name of the report's file; empty after `merge`.
        python: `3.11.7`.
        hash_seed: value of PYTHONHASHSEED that the process saw.
        seeded: libraries whose generator was seeded, in that order.
        modules: top-level names imported from installed distributions, sorted.
        project: the project's own files that were imported or run, relative, sorted.
        main: the script among them; empty for none.
        libraries: numeric libraries.
        numpy: NumPy's version; empty where it was not imported.
        numpy_features: CPU features that NumPy was built for or dispatches to.
        torch: PyTorch's version; empty where it was not imported.
        torch_capability: `AVX2`, `AVX512`, `DEFAULT`.
        torch_threads: 0 where PyTorch was not imported.
        observations: where randomness entered, and what was read, listed or started; merged by line.
        errors: what the hook could not do, or what in the report was refused.
    """

    process: str
    python: str = ""
    hash_seed: str = ""
    seeded: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    main: str = ""
    libraries: tuple[Library, ...] = ()
    numpy: str = ""
    numpy_features: tuple[str, ...] = ()
    torch: str = ""
    torch_capability: str = ""
    torch_threads: int = 0
    observations: tuple[Observation, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether there is more than errors."""
        return bool(self.python)


def read_reports(folder: Path) -> tuple[HookReport, ...]:
    """Read every report of a step.

    A file that cannot be taken for a report becomes one with nothing but `errors`.

    Args:
        folder: the value of REPRO_HOOK_DIR; need not exist.

    Returns:
        Reports in the order of their names; empty where no process had the hook
        (`python -I`, `-E` or `-S`, an end through `os._exit` or a signal, another language).
    """
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if _NAME.fullmatch(entry.name))
    except OSError:
        return ()
    reports = [_read(folder / name) for name in names[:MAX_REPORTS]]
    if len(names) > MAX_REPORTS:
        reason = f"{len(names) - MAX_REPORTS} of {len(names)} reports were not read"
        reports.append(HookReport(process="", errors=(reason,)))
    return tuple(reports)


def merge(reports: Iterable[HookReport]) -> HookReport:
    """Join reports into what was imported, loaded and seeded in any of the processes."""
    held = tuple(reports)
    whole = [report for report in held if report.readable]
    seen, left = observations.merge(report.observations for report in whole)
    full = (f"{left} observations were left out",) if left else ()
    return HookReport(
        process="",
        python=", ".join(sorted({report.python for report in whole})),
        hash_seed=", ".join(sorted({report.hash_seed for report in whole})),
        seeded=_union(report.seeded for report in whole),
        modules=_union(report.modules for report in whole),
        project=_union(report.project for report in whole),
        main=next((report.main for report in whole if report.main), ""),
        libraries=tuple(sorted({library for report in whole for library in report.libraries})),
        numpy=", ".join(sorted({report.numpy for report in whole if report.numpy})),
        numpy_features=_union(report.numpy_features for report in whole),
        torch=", ".join(sorted({report.torch for report in whole if report.torch})),
        torch_capability=", ".join(sorted({report.torch_capability for report in whole} - {""})),
        torch_threads=max((report.torch_threads for report in whole), default=0),
        observations=seen,
        errors=(*(f"{report.process}: {error}" for report in held for error in report.errors), *full),
    )


def _union(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({name for group in groups for name in group}))


def _read(path: Path) -> HookReport:
    try:
        held: object = json.loads(_bytes(path))
    except (OSError, ValueError, RecursionError) as error:
        return HookReport(process=path.name, errors=(f"not a report: {clean(str(error))}",))
    if not isinstance(held, dict) or held.get("version") != 1:
        return HookReport(process=path.name, errors=("not a report of version 1",))
    return _Parser(held, []).report(path.name)


def _bytes(path: Path) -> bytes:
    # A pipe or a link that the step laid there must neither block nor lead elsewhere.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            raise OSError(f"not a regular file of at most {MAX_BYTES} bytes")
        return file.read(MAX_BYTES)


@dataclass(slots=True)
class _Parser:
    """Takes values of the expected type out of a report, and notes what it refuses."""

    held: Mapping[str, object]
    refused: list[str]

    def report(self, process: str) -> HookReport:
        numpy, torch = self.table("numpy"), self.table("torch")
        main = self.text("main")
        return HookReport(
            process=process,
            python=self.text("python") or "unknown",
            hash_seed=self.text("hash_seed"),
            seeded=self.texts("seeded"),
            modules=tuple(sorted(self.texts("modules"))),
            project=tuple(sorted(path for path in self.texts("project") if self.inside(path))),
            main=main if main and self.inside(main) else "",
            libraries=self.libraries(),
            numpy=numpy.text("version"),
            numpy_features=numpy.texts("features"),
            torch=torch.text("version"),
            torch_capability=torch.text("capability"),
            torch_threads=torch.number("threads"),
            observations=self.observations(),
            errors=(*self.texts("errors"), *self.refused),
        )

    def refuse(self, key: str, why: str) -> None:
        self.refused.append(f"{key} refused: {why}")

    def table(self, key: str) -> _Parser:
        value = self.held.get(key, {})
        if not isinstance(value, dict):
            self.refuse(key, "not a table")
            value = {}
        return _Parser(value, self.refused)

    def text(self, key: str) -> str:
        value = self.held.get(key, "")
        if not isinstance(value, str):
            self.refuse(key, "not a text")
            return ""
        return clean(value)

    def number(self, key: str) -> int:
        value = self.held.get(key, 0)
        if not isinstance(value, int) or not 0 <= value < 2**31:
            self.refuse(key, "not a count")
            return 0
        return int(value)

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.held.get(key, [])
        if not isinstance(value, list) or len(value) > MAX_ITEMS:
            self.refuse(key, f"not a list of at most {MAX_ITEMS} texts")
            return ()
        texts = tuple(clean(item) for item in value if isinstance(item, str))
        if len(texts) < len(value):
            self.refuse(key, f"{len(value) - len(texts)} entries are no texts")
        return texts

    def inside(self, path: str) -> bool:
        if not is_plain(path):
            self.refuse("project", f"{path[:200]!r} is no plain relative path")
            return False
        return True

    def observations(self) -> tuple[Observation, ...]:
        return observations.parse(
            self.held.get("observations"), lambda reason: self.refuse("observations", reason)
        )

    def libraries(self) -> tuple[Library, ...]:
        value = self.held.get("libraries", [])
        if (
            not isinstance(value, list)
            or len(value) > 64
            or not all(isinstance(item, dict) for item in value)
        ):
            self.refuse("libraries", "not a list of at most 64 tables")
            return ()
        entries = [_Parser(item, self.refused) for item in value]
        return tuple(
            Library(
                api=entry.text("api"),
                file=entry.text("file"),
                architecture=entry.text("architecture"),
                threads=entry.number("threads"),
            )
            for entry in entries
        )
