# SPDX-License-Identifier: Apache-2.0
"""Reads what the hook recorded of a step's calls: bounded and validated, as a step can write there too."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from repro_action.determinism.untrusted import clean, count, is_plain, read_bounded
from repro_action.observation import LeafMark, TracedCall

MAX_FILES = 256
MAX_BYTES = 40 << 20
"""Of one file; a process stops at 32 MiB."""
MAX_TOTAL = 256 << 20
MAX_LINE = 1 << 20
MAX_CALLS = 100_000
MAX_MARKS = 200
MAX_NAME = 500
MAX_TEXT = 200

_NAME = re.compile(r"[0-9]{1,10}-([0-9]{1,20})\.trace")
_DIGEST = re.compile(r"[0-9a-f]{0,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What the processes of one step recorded.

    Attributes:
        calls: of the first process, then of those that it started; in each, of the main
            thread, then of the others by name.
        notes: what was left out or refused, and why.
    """

    calls: tuple[TracedCall, ...] = ()
    notes: tuple[str, ...] = ()


def read_traces(folder: Path) -> tuple[TracedCall, ...]:
    """Return the calls of `read_trace`."""
    return read_trace(folder).calls


def read_trace(folder: Path) -> Trace:
    """Read the traces of a step, in an order that process numbers have no part in.

    Args:
        folder: the value of REPRO_HOOK_DIR; need not exist.
    """
    notes: list[str] = []
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if _NAME.fullmatch(entry.name))
    except OSError:
        return Trace()
    if len(names) > MAX_FILES:
        notes.append(f"{len(names) - MAX_FILES} of {len(names)} traces were not read")
    processes: list[_Process] = []
    left = MAX_TOTAL
    for name in names[:MAX_FILES]:
        try:
            data = read_bounded(folder / name, min(left, MAX_BYTES))
            left -= len(data)
            processes.append(_process(name, data, notes))
        except (OSError, ValueError, RecursionError) as error:
            notes.append(f"{name}: not a trace: {clean(str(error))}")
    calls = [call for process in _ordered(processes) for call in process.in_order()]
    if len(calls) > MAX_CALLS:
        notes.append(f"{len(calls) - MAX_CALLS} of {len(calls)} calls were left out")
    return Trace(calls=tuple(calls[:MAX_CALLS]), notes=tuple(notes))


@dataclass(slots=True)
class _Process:
    """One file: who wrote it, and its calls by thread in the order in which they returned."""

    pid: int
    parent: int
    lineage: str
    since: int
    threads: dict[str, list[TracedCall]]

    def in_order(self) -> Iterator[TracedCall]:
        """Yield the calls of the main thread, whose name is empty, then of the others."""
        for name in sorted(self.threads):
            yield from self.threads[name]


def _ordered(processes: list[_Process]) -> list[_Process]:
    """Put parents before children, and children by how they were made; only then by time."""
    by_pid = {process.pid: process for process in processes}

    def place(process: _Process) -> tuple[int, list[tuple[str, int]]]:
        chain: list[tuple[str, int]] = []
        seen: set[int] = set()
        current: _Process | None = process
        while current is not None and current.pid not in seen:
            seen.add(current.pid)
            chain.append((current.lineage, current.since))
            current = by_pid.get(current.parent)
        return len(chain), chain[::-1]

    return sorted(processes, key=place)


def _process(name: str, data: bytes, notes: list[str]) -> _Process:
    head, *lines = data.split(b"\n", MAX_CALLS)
    header: object = json.loads(head) if len(head) <= MAX_LINE else None
    if not isinstance(header, dict) or header.get("version") != 1:
        raise ValueError("not of version 1")
    match = _NAME.fullmatch(name)
    process = _Process(
        pid=_number(header, "pid"),
        parent=_number(header, "parent"),
        lineage=_text(header, "lineage", MAX_NAME),
        since=int(match[1]) if match else 0,
        threads={},
    )
    refused, ended = 0, False
    for line in lines:
        try:
            entry: object = json.loads(line) if line and len(line) <= MAX_LINE else None
            if isinstance(entry, dict) and entry.get("end") is True:
                ended = True
                left_out = _number(entry, "left_out")
                notes.extend([f"{name}: {left_out} calls were left out"] if left_out else [])
            elif isinstance(entry, dict):
                process.threads.setdefault(_text(entry, "t", MAX_NAME), []).append(_call(entry))
            else:
                refused += bool(line)
        except (ValueError, RecursionError):
            refused += 1
    notes.extend([f"{name}: {refused} lines are not calls"] if refused else [])
    notes.extend([] if ended or process.lineage else [f"{name}: the process ended without notice"])
    return process


def _call(entry: Mapping[str, object]) -> TracedCall:
    marks = entry.get("m")
    if not isinstance(marks, list) or len(marks) > MAX_MARKS:
        raise ValueError("marks")
    file = _text(entry, "p", MAX_NAME)
    if not is_plain(file):
        raise ValueError("file")
    return TracedCall(
        function=_text(entry, "f", MAX_NAME),
        file=file,
        line=_number(entry, "l"),
        caller=_text(entry, "c", MAX_NAME),
        marks=tuple(map(_mark, marks)),
    )


def _mark(raw: object) -> LeafMark:
    match raw:
        case [str(path), str(digest), str(text)] if _DIGEST.fullmatch(digest):
            return LeafMark(path=_short(path, MAX_NAME), digest=digest, text=_short(text, MAX_TEXT))
    raise ValueError("mark")


def _text(entry: Mapping[str, object], key: str, limit: int) -> str:
    value = entry.get(key, "")
    if not isinstance(value, str):
        raise ValueError(key)  # noqa: TRY004 -- one kind of refusal
    return _short(value, limit)


def _short(text: str, limit: int) -> str:
    return clean(text[:limit])


def _number(entry: Mapping[str, object], key: str) -> int:
    value = count(entry.get(key, 0))
    if value is None:
        raise ValueError(key)
    return value
