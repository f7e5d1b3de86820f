# SPDX-License-Identifier: Apache-2.0
"""Writes pins into repro.toml or pyproject.toml; comments and layout stay as they are."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from repro_action.config.model import Config
from repro_action.config.paths import normal
from repro_action.digest import Digest
from repro_action.errors import PinError
from repro_action.files import write_atomically
from repro_action.pins.absent import is_lfs_pointer, lfs_left
from repro_action.pins.check import require_inside
from repro_action.pins.dvc import MAX_BYTES, Pointer, read_pointer
from repro_action.pins.files import digest_file
from repro_action.pins.folder import content_algorithm, digest_folder
from repro_action.pins.signature import shown, unreadable
from repro_action.pins.statcache import StatCache
from repro_action.progress import Progress, Silent

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of the pins, by path."""

    added: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]


def take_pins(
    config: Config,
    paths: Iterable[str],
    cache: StatCache | None = None,
    progress: Progress | None = None,
) -> dict[str, Digest]:
    """Digest data as it is now.

    An existing pin keeps its algorithm; a new one gets the project's. A `.dvc` file
    stands for the data that it points to, pinned with DVC's meaning of md5.

    Args:
        config: the project.
        paths: files, folders or `.dvc` files, relative to the project.
        cache: spares reading what has not changed.
        progress: hears one advance a path.

    Raises:
        PinError: one of them is missing, lies outside, or is not the data itself.
    """
    progress = progress or Silent()
    progress.stage("digesting data")
    named = list(paths)
    taken: dict[str, Digest] = {}
    for done, path in enumerate(named):
        progress.advance(done, len(named), "pins")
        if not path.endswith(".dvc"):
            taken[normal(path)] = _take(config, normal(path), "", cache)
            continue
        for pointer in _pointed(config.root, path):
            taken[pointer.path] = _take(config, pointer.path, pointer.digest.algorithm, cache)
            _require_pulled(pointer, taken[pointer.path], path)
    progress.advance(len(named), len(named), "pins")
    return taken


def write_pins(path: Path, pins: Mapping[str, Digest]) -> Written:
    """Write pins into a configuration: known paths get their new digest, new ones a table of their own.

    The file is replaced in one step, and left alone where every pin stands already.

    Args:
        path: `repro.toml`, or `pyproject.toml` with `[tool.repro]`.
        pins: path relative to the project → digest.

    Raises:
        PinError: the file cannot be read, or the pins have no place in it.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        text = path.read_bytes().decode("utf-8")
        document = tomlkit.parse(text)
        written = _put(document, path.name, pins)
        if written.added or written.updated:
            result = tomlkit.dumps(document)
            _require_same(text, result, path.name, pins)
            write_atomically(path, result)
    except OSError as error:
        raise unreadable(path.name, error) from error
    except (TOMLKitError, UnicodeDecodeError, RecursionError) as error:
        raise _no_place(path.name) from error
    return written


def _take(config: Config, path: str, algorithm: str, cache: StatCache | None) -> Digest:
    place = require_inside(config.root, path)
    known = next((pin.digest.algorithm for pin in config.data if pin.path == path), "")
    wanted = algorithm or known or config.digest
    if place.is_dir():
        # A pin of a file says nothing about how to digest the folder that took its place.
        return digest_folder(place, config.digest if wanted in {"blake3", "sha256"} else wanted, cache)
    if is_lfs_pointer(place):
        raise lfs_left(path)
    return digest_file(place, content_algorithm(wanted), cache)


def _pointed(root: Path, path: str) -> list[Pointer]:
    place = require_inside(root, normal(path))
    try:
        with place.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    folder = PurePosixPath(normal(path)).parent
    return [replace(held, path=normal(str(folder / held.path))) for held in read_pointer(data, path)]


def _require_pulled(pointer: Pointer, found: Digest, path: str) -> None:
    # The digests of DVC 2 are not those of the bytes, so they cannot contradict them.
    if found != pointer.digest and not pointer.legacy:
        raise PinError(
            f"{shown(pointer.path)} is not the data that {shown(path)} points to",
            why=f"  pointer {pointer.digest}\n  found   {found}",
            cure=f"Run `dvc checkout {shown(path)}`, or `dvc add` if the change is meant.",
        )


def _put(document: TOMLDocument, name: str, pins: Mapping[str, Digest]) -> Written:
    import tomlkit

    table: MutableMapping[str, object] = document
    if name == "pyproject.toml":
        tool = document.get("tool")
        inner = tool.get("repro") if isinstance(tool, MutableMapping) else None
        if not isinstance(inner, MutableMapping):
            raise _no_place(name)
        table = inner
    if "data" not in table:
        table["data"] = tomlkit.aot()
    held = table["data"]
    if not isinstance(held, list):
        raise _no_place(name)
    outcome: dict[str, str] = {}
    for path, digest in sorted(pins.items()):
        outcome[path] = _put_one(held, path, str(digest))
    return Written(
        added=tuple(path for path, what in outcome.items() if what == "added"),
        updated=tuple(path for path, what in outcome.items() if what == "updated"),
        unchanged=tuple(path for path, what in outcome.items() if what == "unchanged"),
    )


def _put_one(held: list[MutableMapping[str, object]] | Array, path: str, digest: str) -> str:
    import tomlkit

    for entry in held:
        if isinstance(entry, MutableMapping) and normal(str(entry.get("path", ""))) == path:
            if entry.get("digest") == digest:
                return "unchanged"
            entry["digest"] = digest
            return "updated"
    # `data = [{…}]` is the same in another spelling, and keeps it.
    made = tomlkit.inline_table() if isinstance(held, tomlkit.items.Array) else tomlkit.table()
    made.update({"path": path, "digest": digest})
    held.append(made)
    return "added"


def _require_same(before: str, after: str, name: str, pins: Mapping[str, Digest]) -> None:
    """Refuse to write a text that says anything else than the old one with the new pins."""
    old, new = (_without_pins(text, name, pins) for text in (before, after))
    held = {entry["path"]: entry["digest"] for entry in _data(tomllib.loads(after), name)}
    if old != new or any(held.get(path) != str(digest) for path, digest in pins.items()):
        raise _no_place(name)


def _without_pins(text: str, name: str, pins: Mapping[str, Digest]) -> Mapping[str, object]:
    document: dict[str, object] = tomllib.loads(text)
    data = _data(document, name)
    data[:] = [entry for entry in data if normal(str(entry.get("path", ""))) not in pins]
    return document


def _data(document: dict[str, object], name: str) -> list[dict[str, object]]:
    table: object = document
    if name == "pyproject.toml":
        tool = document.get("tool")
        table = tool.get("repro") if isinstance(tool, dict) else None
    held = table.setdefault("data", []) if isinstance(table, dict) else []
    return held if isinstance(held, list) else []


def _no_place(name: str) -> PinError:
    return PinError(
        "the pins cannot be written into it",
        why="It is not valid TOML, or `data` is no array of tables.",
        cure="Write each pin by hand as [[data]] with `path` and `digest`.",
        where=shown(name),
    )
