# SPDX-License-Identifier: Apache-2.0
"""`dvc.lock`: what DVC recorded of each stage, with every template filled in.

https://dvc.org/doc/user-guide/project-structure/dvcyaml-files#dvclock-file; DVC writes it after a
command has ended, so it may name dependencies that were edited while the command ran.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.codec.tables import flatten_mapping
from repro_action.data.dvc.digests import parse_md5
from repro_action.data.dvc.documents import LARGEST, DocumentError, as_number, parse_document, read_limited
from repro_action.digest import Digest
from repro_action.errors import BaselineError
from repro_action.paths.names import shown
from repro_action.tree import Scalar

NAME = "dvc.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedFile:
    """A file or folder of which DVC recorded the digest.

    Attributes:
        digest: `md5` of a file, `md5-dvc` of a folder; None where DVC recorded no MD5.
        legacy: whether DVC 2 made it, which reads text with CRLF as if it had LF.
        size: bytes; None where it is not recorded.
    """

    digest: Digest | None
    legacy: bool = False
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedStage:
    """One stage of `dvc.lock`; paths are relative to the stage's working folder.

    Attributes:
        command: its lines.
        deps, outs: path → what was recorded.
        params: file → name → value; names of nested tables are joined as those of parameters are.
        recorded: file → keys as they are recorded, each of which stands for all below it.
    """

    command: tuple[str, ...]
    deps: Mapping[str, LockedFile] = field(default_factory=dict)
    outs: Mapping[str, LockedFile] = field(default_factory=dict)
    params: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)
    recorded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_lock(root: Path) -> Mapping[str, LockedStage] | None:
    """Read the `dvc.lock` of a folder; None where there is none.

    Raises:
        BaselineError: it cannot be read.
    """
    try:
        data = read_limited(root / NAME, LARGEST)
        return None if data is None else parse_lock(data)
    except DocumentError as error:
        raise BaselineError(
            f"{error}",
            where=NAME,
            remedy=f"Restore it with `git checkout {NAME}`, or write it again with `dvc repro`.",
        ) from error


def parse_lock(data: bytes) -> Mapping[str, LockedStage]:
    """Parse a `dvc.lock` of schema 1.0 or 2.0.

    Raises:
        DocumentError: it is not one.
    """
    document = parse_document(data) if data.strip() else {}
    stages = document.get("stages", {}) if "schema" in document else document
    if not isinstance(stages, Mapping):
        raise DocumentError("its `stages` are not a mapping")
    return {str(name): _stage(str(name), stage) for name, stage in stages.items()}


def _stage(name: str, stage: object) -> LockedStage:
    if not isinstance(stage, Mapping):
        raise DocumentError(f"its stage {shown(name)} is not a mapping")
    command = stage.get("cmd")
    lines = [str(line) for line in command] if isinstance(command, list) else [str(command or "")]
    params = stage.get("params", {})
    if not isinstance(params, Mapping) or not all(isinstance(table, Mapping) for table in params.values()):
        raise DocumentError(f"the `params` of its stage {shown(name)} are not tables")
    return LockedStage(
        command=tuple(lines),
        deps=_files(name, stage.get("deps", [])),
        outs=_files(name, stage.get("outs", [])),
        params={
            str(file): {key: number_of(value) for key, value in flatten_mapping(_texts(table)).items()}
            for file, table in params.items()
        },
        recorded={str(file): tuple(map(str, table)) for file, table in params.items()},
    )


def number_of(value: Scalar) -> Scalar:
    """Return a scalar as DVC reads it; see `documents.as_number`."""
    found = as_number(value)
    return found if isinstance(found, float) else value


def _texts(table: Mapping[object, object]) -> Mapping[str, object]:
    return {str(key): value for key, value in table.items()}


def _files(stage: str, items: object) -> dict[str, LockedFile]:
    found: dict[str, LockedFile] = {}
    for item in items if isinstance(items, list) else [None]:
        path = item.get("path") if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or not isinstance(path, str):
            raise DocumentError(f"a file of its stage {shown(stage)} has no `path`")
        size = item.get("size")
        found[path] = LockedFile(
            digest=parse_md5(item.get("md5")),
            legacy=item.get("hash") != "md5",
            size=size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
        )
    return found
