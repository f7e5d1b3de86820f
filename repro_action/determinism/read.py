# SPDX-License-Identifier: Apache-2.0
"""Reads what the hook's processes reported: bounded and validated, as a step can write there too."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.determinism import observations
from repro_action.determinism.knob import Facts, Value
from repro_action.determinism.knobs import LIBRARIES
from repro_action.determinism.presence import StartedProcess, read_starts
from repro_action.determinism.untrusted import clean, is_plain, read_bounded
from repro_action.observation import Observation

MAX_REPORTS = 512
MAX_BYTES = 1 << 20
MAX_ITEMS = 20_000
MAX_FACTS = 200

_FORGED = "a report that no process of the hook wrote"
_EARLY = "a process ended without writing its report"
_TAMPERED = "processes could not record that they started"

_NAME = re.compile(r"[0-9]{1,10}-[0-9]{1,20}\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedLibrary:
    """A shared library that a process had loaded.

    Attributes:
        api: `openblas`, `blis`, `mkl`, `openmp`: the key of its file in `determinism/libraries`.
        file: name of its file, without the folder.
        facts: what it answers.
    """

    api: str
    file: str
    facts: Mapping[str, Value] = field(default_factory=dict)

    @property
    def architecture(self) -> str:
        """Whose kernels it uses, in its own words; empty where it does not say."""
        return str(self.facts.get("architecture", ""))

    @property
    def threads(self) -> int:
        """How many threads it would use; 0 where it does not say."""
        threads = self.facts.get("threads", 0)
        return threads if isinstance(threads, int) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HookReport:
    """What one process reported, or, after `merge`, several.

    Attributes:
        process: name of the report's file; empty after `merge`.
        python: `3.11.7`.
        seeded: libraries whose generator was seeded, in that order.
        modules: top-level names imported from installed distributions, sorted.
        project: the project's own files that were imported or run, relative, sorted.
        main: the script among them; empty for none.
        libraries: shared libraries that were asked.
        facts: what modules answered, by `library.fact`; of variables, `environ.NAME`.
        observations: where randomness entered, and what was read, listed or started; merged by line.
        errors: what the hook could not do, or what in the report was refused.
        unvouched: why what a process did is not known; empty where it is.
    """

    process: str
    python: str = ""
    seeded: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    main: str = ""
    libraries: tuple[LoadedLibrary, ...] = ()
    facts: Facts = field(default_factory=dict)
    observations: tuple[Observation, ...] = ()
    errors: tuple[str, ...] = ()
    unvouched: str = ""

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
    listened = read_starts(folder)
    starts = None if listened is None else {start.name: start for start in listened[0]}
    reports = [_read(folder / name, starts) for name in names[:MAX_REPORTS]]
    if len(names) > MAX_REPORTS:
        reason = f"{len(names) - MAX_REPORTS} of {len(names)} reports were not read"
        reports.append(HookReport(process="", errors=(reason,)))
    if starts is not None and listened is not None:
        reports += _missing(starts.values(), {f"{name}.json" for name in starts} & set(names))
        if not listened[1]:
            reports.append(HookReport(process="", unvouched=_TAMPERED))
    return tuple(reports)


def _missing(starts: Iterable[StartedProcess], present: AbstractSet[str]) -> Iterator[HookReport]:
    """Yield a report of each process that started and left none; a pool may end its workers as it likes."""
    for start in starts:
        if f"{start.name}.json" not in present and not start.worker:
            yield HookReport(process=f"{start.name}.json", unvouched=_EARLY)


def merge(reports: Iterable[HookReport]) -> HookReport:
    """Join reports into what was imported, loaded and seeded in any of the processes."""
    given = tuple(reports)
    whole = [report for report in given if report.readable]
    seen, left = observations.merge(report.observations for report in whole)
    full = (f"{left} observations were left out",) if left else ()
    return HookReport(
        process="",
        python=", ".join(sorted({report.python for report in whole})),
        seeded=_union(report.seeded for report in whole),
        modules=_union(report.modules for report in whole),
        project=_union(report.project for report in whole),
        main=next((report.main for report in whole if report.main), ""),
        libraries=_distinct(library for report in whole for library in report.libraries),
        facts=_merged([report.facts for report in whole]),
        observations=seen,
        errors=(*(f"{report.process}: {error}" for report in given for error in report.errors), *full),
        unvouched="; ".join(sorted({report.unvouched for report in given if report.unvouched})),
    )


def _distinct(libraries: Iterable[LoadedLibrary]) -> tuple[LoadedLibrary, ...]:
    found = {(each.api, each.file, tuple(sorted(each.facts.items()))): each for each in libraries}
    return tuple(found[key] for key in sorted(found, key=str))


def _merged(processes: Sequence[Facts]) -> Facts:
    """Join lists; of other answers, the first is kept."""
    found: dict[str, Value] = {}
    for name, value in (item for facts in processes for item in facts.items()):
        earlier = found.setdefault(name, value)
        if isinstance(earlier, tuple) and isinstance(value, tuple):
            found[name] = _union((earlier, value))
    return found


def _union(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({name for group in groups for name in group}))


def _read(path: Path, starts: Mapping[str, StartedProcess] | None) -> HookReport:
    try:
        raw: object = json.loads(read_bounded(path, MAX_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        unvouched = "" if starts is None else _FORGED
        reason = f"not a report: {clean(str(error))}"
        return HookReport(process=path.name, errors=(reason,), unvouched=unvouched)
    if not isinstance(raw, dict) or raw.get("version") != 1:
        unvouched = "" if starts is None else _FORGED
        return HookReport(process=path.name, errors=("not a report of version 1",), unvouched=unvouched)
    if starts is not None:
        start = starts.get(str(raw.get("of", ""))[:100])
        if start is None or not start.is_of(raw.get("seal")):
            return HookReport(process=path.name, unvouched=_FORGED)
    return _Parser(raw, []).report(path.name)


@dataclass(slots=True)
class _Parser:
    """Takes values of the expected type out of a report, and notes what it refuses."""

    raw: Mapping[str, object]
    refused: list[str]

    def report(self, process: str) -> HookReport:
        main = self.text("main")
        return HookReport(
            process=process,
            python=self.text("python") or "unknown",
            seeded=self.texts("seeded"),
            modules=tuple(sorted(self.texts("modules"))),
            project=tuple(sorted(path for path in self.texts("project") if self.inside(path))),
            main=main if main and self.inside(main) else "",
            libraries=self.libraries(),
            facts=with_derived(self.table("facts").values(set())),
            observations=self.observations(),
            errors=(*self.texts("errors"), *self.refused),
        )

    def refuse(self, key: str, why: str) -> None:
        self.refused.append(f"{key} refused: {why}")

    def table(self, key: str) -> _Parser:
        value = self.raw.get(key, {})
        if not isinstance(value, dict):
            self.refuse(key, "not a table")
            value = {}
        return _Parser(value, self.refused)

    def text(self, key: str) -> str:
        value = self.raw.get(key, "")
        if not isinstance(value, str):
            self.refuse(key, "not a string")
            return ""
        return clean(value)

    def values(self, leave_out: AbstractSet[str]) -> dict[str, Value]:
        """Return the answers in a table."""
        found: dict[str, Value] = {}
        keys = sorted(self.raw.keys() - leave_out)
        if len(keys) > MAX_FACTS:
            self.refuse("facts", f"{len(keys) - MAX_FACTS} of {len(keys)} answers")
        for key in keys[:MAX_FACTS]:
            value = self.raw[key]
            if isinstance(value, int) and abs(value) < 2**63:
                found[clean(key)] = int(value)
            elif isinstance(value, str):
                found[clean(key)] = clean(value)
            elif isinstance(value, list):
                found[clean(key)] = self.texts(key)
            else:
                self.refuse(key, "neither a number nor a string nor a list of strings")
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.raw.get(key, [])
        if not isinstance(value, list) or len(value) > MAX_ITEMS:
            self.refuse(key, f"not a list of at most {MAX_ITEMS} strings")
            return ()
        texts = tuple(clean(item) for item in value if isinstance(item, str))
        if len(texts) < len(value):
            self.refuse(key, f"{len(value) - len(texts)} entries are not strings")
        return texts

    def inside(self, path: str) -> bool:
        if not is_plain(path):
            self.refuse("project", f"{path[:200]!r} is not a plain relative path")
            return False
        return True

    def observations(self) -> tuple[Observation, ...]:
        return observations.parse(
            self.raw.get("observations"), lambda reason: self.refuse("observations", reason)
        )

    def libraries(self) -> tuple[LoadedLibrary, ...]:
        value = self.raw.get("libraries", [])
        if (
            not isinstance(value, list)
            or len(value) > 64
            or not all(isinstance(item, dict) for item in value)
        ):
            self.refuse("libraries", "not a list of at most 64 tables")
            return ()
        entries = [_Parser(item, self.refused) for item in value]
        return tuple(
            LoadedLibrary(api=entry.text("api"), file=entry.text("file"), facts=entry.values({"api", "file"}))
            for entry in entries
        )


def with_derived(facts: Facts) -> Facts:
    """Return the answers with what follows from them."""
    derived = [library.derive(facts) for library in LIBRARIES if library.derive is not None]
    return {**facts, **{name: value for more in derived for name, value in more.items()}}
