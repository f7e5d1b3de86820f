# SPDX-License-Identifier: Apache-2.0
"""What `md5` means to DVC.

A file has the MD5 of its bytes. A folder has the MD5 of a JSON list of `md5` and `relpath`
of every file, sorted by relpath, with the separators of `json.dumps`; DVC writes `.dir` after
it, which is left out here and said by the algorithm's name `md5-dvc`. Checked against DVC
3.67. DVC 2 read text files with CRLF as if they had LF; its records lack `hash: md5`.
https://dvc.org/doc/user-guide/project-structure/dvc-files
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from repro_action.data.signature import shown, unreadable
from repro_action.digest import Digest
from repro_action.errors import PinError

_MD5 = re.compile(r"([0-9a-f]{32})(\.dir)?")
# What DVC leaves out by itself; what `.dvcignore` leaves out besides is for DVC to say.
_IGNORED_FOLDERS = frozenset({b".hg", b".git", b".dvc"})
_BLOCK = 512
"""Bytes by which DVC 2 tells text from other files."""
_TEXT = bytes(range(32, 127)) + b"\n\r\t\f\b"
_CHUNK = 1 << 20
"""Bytes that DVC 2 reads at once: line ends that lie across two chunks stay as they are."""


def parse_md5(value: object) -> Digest | None:
    """Return the digest that DVC writes as `md5`: of a file, or with `.dir` of a folder; None for others."""
    match = _MD5.fullmatch(value) if isinstance(value, str) else None
    return None if match is None else Digest("md5-dvc" if match[2] else "md5", match[1])


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


def legacy_md5(path: Path) -> str:
    """Return the digits that DVC 2 has for a file: those of text are of its bytes with LF for CRLF.

    Raises:
        PinError: it cannot be read.
    """
    hasher = hashlib.md5(usedforsecurity=False)
    try:
        with path.open("rb") as file:
            chunk = file.read(_CHUNK)
            text = _is_text(chunk[:_BLOCK])
            while chunk:
                hasher.update(chunk.replace(b"\r\n", b"\n") if text else chunk)
                chunk = file.read(_CHUNK)
    except OSError as error:
        raise unreadable(path, error) from error
    return hasher.hexdigest()


def _is_text(block: bytes) -> bool:
    if b"\0" in block:
        return False
    return not block or len(block.translate(None, _TEXT)) / len(block) <= 0.3
