# SPDX-License-Identifier: Apache-2.0
"""Writes pins into repro.toml or pyproject.toml; comments and layout stay as they are."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.config.positions import KeyPath, positions
from repro_action.config.write import key, value
from repro_action.data.signature import shown, unreadable
from repro_action.digest import Digest
from repro_action.errors import PinError
from repro_action.files import write_atomically
from repro_action.paths.names import normal

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class PinUpdate:
    """What became of the pins, by path."""

    added: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]


def write_pins(path: Path, pins: Mapping[str, Digest]) -> PinUpdate:
    """Write pins into a configuration: known paths get their new digest, new ones a table of their own.

    The file is replaced in one step, and left alone where every pin is already there.

    Args:
        path: `repro.toml`, or `pyproject.toml` with `[tool.repro]`.
        pins: path relative to the project → digest.

    Raises:
        PinError: the file cannot be read, or the pins have no place in it.
    """
    from tomlkit.exceptions import TOMLKitError

    prefix: KeyPath = ("tool", "repro") if path.name == "pyproject.toml" else ()
    try:
        text = path.read_bytes().decode("utf-8")
        result, written = _put(text, prefix, pins)
        if written.added or written.updated:
            _require_same(text, result, prefix, pins)
            write_atomically(path, result)
    except OSError as error:
        raise unreadable(path.name, error) from error
    # ValueError: of tomllib, and of decoding.
    except (TOMLKitError, ValueError, RecursionError, _NoPlaceError) as error:
        raise PinError(
            "the pins cannot be written to this file",
            why="It is not valid TOML, or its `data` is not a list of tables.",
            remedy="Write each pin by hand as [[data]] with `path` and `digest`.",
            where=shown(path.name),
        ) from error
    return written


class _NoPlaceError(Exception):
    """The text has another form than this module can add to."""


def _put(text: str, prefix: KeyPath, pins: Mapping[str, Digest]) -> tuple[str, PinUpdate]:
    import tomlkit
    from tomlkit.items import Array

    document = tomlkit.parse(text)
    listed = _data(document, prefix)
    entries = {normal(str(entry.get("path", ""))): entry for entry in listed}
    added = {path: str(digest) for path, digest in sorted(pins.items()) if path not in entries}
    updated = [
        path for path in sorted(pins.keys() & entries) if entries[path].get("digest") != str(pins[path])
    ]
    for path in updated:
        entries[path]["digest"] = str(pins[path])
    inline = isinstance(listed, Array)
    if inline:
        # `data = [{…}]` is the same in another spelling, and keeps it.
        for path, digest in added.items():
            entry = tomlkit.inline_table()
            entry.update({"path": path, "digest": digest})
            listed.append(entry)
    result = tomlkit.dumps(document)
    return (
        result if inline or not added else _insert(result, prefix, added),
        PinUpdate(
            added=tuple(added),
            updated=tuple(updated),
            unchanged=tuple(sorted(pins.keys() - added.keys() - set(updated))),
        ),
    )


def _insert(text: str, prefix: KeyPath, added: Mapping[str, str]) -> str:
    """Put tables behind the last pin, or at the end of a text that has none.

    NOTE: tomlkit puts a table behind the comment that belongs to the next one.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    header = f"[[{key(*map(str, prefix), 'data')}]]"
    blocks = [
        [header, f"path = {value(path)}", f"digest = {value(digest)}"] for path, digest in added.items()
    ]
    lines = text.split(end)
    while lines and not lines[-1]:
        lines.pop()
    place = (*prefix, "data")
    pinned = [line for found, line in positions(text).items() if found[: len(place)] == place]
    at = max(pinned, default=len(lines))
    for block in reversed(blocks):
        lines[at:at] = ["", *block]
    return end.join([*lines, ""])


def _data(document: TOMLDocument | dict[str, object], prefix: KeyPath) -> list[MutableMapping[str, object]]:
    table: object = document
    for part in prefix:
        table = table.get(part) if isinstance(table, MutableMapping) else None
    if not isinstance(table, MutableMapping):
        raise _NoPlaceError
    entries = table.get("data", [])
    if not isinstance(entries, list) or not all(isinstance(entry, MutableMapping) for entry in entries):
        raise _NoPlaceError
    return entries


def _require_same(before: str, after: str, prefix: KeyPath, pins: Mapping[str, Digest]) -> None:
    """Refuse to write a text that says anything else than the old one with the new pins."""
    old, new = tomllib.loads(before), tomllib.loads(after)
    written = {entry.get("path"): entry.get("digest") for entry in _data(new, prefix)}
    same = {normal(str(path)): digest for path, digest in written.items()}
    if any(same.get(path) != str(digest) for path, digest in pins.items()):
        raise _NoPlaceError
    if _without_pins(old, prefix, pins) != _without_pins(new, prefix, pins):
        raise _NoPlaceError


def _without_pins(document: dict[str, object], prefix: KeyPath, pins: Iterable[str]) -> dict[str, object]:
    removed = set(pins)
    data = _data(document, prefix)
    data[:] = [entry for entry in data if normal(str(entry.get("path", ""))) not in removed]
    table: object = document
    for part in prefix:
        table = table[part] if isinstance(table, dict) else table
    if isinstance(table, dict) and not data:
        table.pop("data", None)
    return document
