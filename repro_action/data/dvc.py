# SPDX-License-Identifier: Apache-2.0
"""What `md5` means to DVC, and its `.dvc` pointer files.

A file has the MD5 of its bytes. A folder has the MD5 of a JSON list of `md5` and `relpath`
of every file, sorted by relpath, with the separators of `json.dumps`; DVC writes `.dir` after
it, which is left out here and said by the algorithm's name `md5-dvc`. Checked against DVC
3.67. DVC 2 read text files with CRLF as if they had LF; its pointers lack `hash: md5`.
https://dvc.org/doc/user-guide/project-structure/dvc-files
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from repro_action.data.signature import shown
from repro_action.digest import Digest
from repro_action.errors import PinError

MAX_BYTES = 256 << 10
"""Bytes of a pointer file."""

_DEPTH = 16
_MD5 = re.compile(r"([0-9a-f]{32})(\.dir)?")
# What DVC leaves out by itself; what `.dvcignore` leaves out besides is for DVC to say.
_IGNORED_FOLDERS = frozenset({b".hg", b".git", b".dvc"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """One output of a `.dvc` file.

    Attributes:
        path: of the data, POSIX, relative to the folder of the `.dvc` file.
        digest: `md5` of a file, `md5-dvc` of a folder.
        legacy: written by DVC 2, whose digests of text files may differ from those of the bytes.
    """

    path: str
    digest: Digest
    legacy: bool


def dvc_digest(values: Mapping[bytes, str]) -> Digest:
    """Return DVC's digest of a folder, given path → MD5 digits of its files.

    Raises:
        PinError: a name is not UTF-8, which DVC refuses as well.
    """
    import json

    try:
        texts = {name.decode("utf-8"): value for name, value in values.items()}
    except UnicodeDecodeError as error:
        raise PinError(
            f"the file name {shown(error.object)} is not UTF-8",
            why="DVC has no digest for a folder with such a name.",
            remedy="Rename the file, or pin the folder with blake3.",
        ) from error
    entries = [{"md5": texts[name], "relpath": name} for name in sorted(texts)]
    data = json.dumps(entries, sort_keys=True).encode("utf-8")
    return Digest("md5-dvc", hashlib.md5(data, usedforsecurity=False).hexdigest())


def dvc_ignores(path: bytes) -> bool:
    """Whether DVC leaves a file out of its folder's digest: those of `.git`, `.hg` and `.dvc`."""
    if b".git" not in path and b".hg" not in path and b".dvc" not in path:
        return False
    *folders, name = path.split(b"/")
    return name == b".git" or not _IGNORED_FOLDERS.isdisjoint(folders)


def read_pointer(data: bytes, name: str) -> tuple[Pointer, ...]:
    """Read a `.dvc` file.

    Args:
        data: its bytes.
        name: its path, for messages.

    Raises:
        PinError: it is not a pointer of DVC, or an output has no MD5.
    """
    outputs = _parsed(data, name).get("outs")
    if not isinstance(outputs, list) or not outputs:
        raise _refused(name, "it has no list `outs`")
    return tuple(_pointer(output, _parsed(data, name).get("wdir"), name) for output in outputs)


def _pointer(output: object, wdir: object, name: str) -> Pointer:
    if not isinstance(output, Mapping):
        raise _refused(name, "an element of `outs` is not a mapping")
    path, value = output.get("path"), output.get("md5")
    match = _MD5.fullmatch(value) if isinstance(value, str) else None
    if not isinstance(path, str) or match is None:
        raise _refused(name, "an element of `outs` has no `path` or no `md5`")
    base = PurePosixPath(wdir) if isinstance(wdir, str) else PurePosixPath()
    return Pointer(
        path=str(base / path),
        digest=Digest("md5-dvc" if match[2] else "md5", match[1]),
        legacy=output.get("hash") != "md5",
    )


def _parsed(data: bytes, name: str) -> Mapping[object, object]:
    import yaml

    if len(data) > MAX_BYTES:
        raise _refused(name, f"it is larger than {MAX_BYTES:,} bytes")
    try:
        text = data.decode("utf-8")
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            # An alias may stand for a large subtree many times over, and the time that
            # nesting takes grows with its square; pointers need neither.
            if isinstance(event, yaml.AliasEvent) or depth > _DEPTH:
                raise _refused(name, "it uses YAML aliases, or is nested too deeply")
        document: object = yaml.safe_load(text)
    # A date that does not exist is a ValueError of the constructor.
    except (UnicodeDecodeError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise _refused(name, "it is not valid YAML") from error
    if not isinstance(document, Mapping):
        raise _refused(name, "it is not a mapping")
    return document


def _refused(name: str, why: str) -> PinError:
    return PinError(
        f"{shown(name)} is not a readable DVC pointer: {why}",
        remedy="Write it again with `dvc add`, or pin the data itself.",
    )
