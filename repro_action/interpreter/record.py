# SPDX-License-Identifier: Apache-2.0
"""A distribution's RECORD in the form that is the same wherever a wheel is installed.

RECORD holds the digest of each file (PEP 376, "Recording installed projects"). Left out is
what an installer adds by itself: byte code, its own notes, and scripts, whose first line
is a path of this machine.
"""

from __future__ import annotations

import hashlib
import io

from repro_action.digest import Digest

_NOTES = frozenset(
    {"INSTALLER", "REQUESTED", "RECORD", "RECORD.jws", "RECORD.p7s", "direct_url.json", "uv_cache.json"}
)


def record_digest(text: str) -> Digest:
    """Digest the canonical form of a RECORD file.

    The form is its kept rows as `path,hash,size`, quoted as CSV where needed, sorted, and
    each ended by a newline; the digest is SHA-256 of it in UTF-8.
    """
    import csv  # seldom needed: only for names with quotes or for new distributions

    rows = csv.reader(io.StringIO(text, newline="")) if '"' in text else _plain(text)
    lines = sorted(",".join(map(_quoted, row)) for row in rows if row and _kept(row[0]))
    joined = "".join(f"{line}\n" for line in lines)
    return Digest("sha256", hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest())


def _plain(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


def _quoted(field: str) -> str:
    if any(mark in field for mark in ',"\n\r'):
        return '"' + field.replace('"', '""') + '"'
    return field


def _kept(path: str) -> bool:
    if path.endswith((".pyc", ".pyo")) or "__pycache__/" in path:
        return False
    folder, _, name = path.rpartition("/")
    if folder.endswith(".dist-info") and name in _NOTES:
        return False
    # On Linux and macOS scripts lie in ../../../bin, on Windows in ../../Scripts.
    parts = folder.split("/")
    return not (parts[0] == ".." and parts[-1] in {"bin", "Scripts"})


def modules(text: str) -> tuple[str, ...]:
    """Return the top-level names that a distribution provides, sorted.

    Args:
        text: its RECORD.
    """
    tops = {line.split(",", 1)[0].split("/", 1)[0] for line in text.splitlines()}
    names = {top.split(".", 1)[0] for top in tops if not top.endswith((".dist-info", ".data", ".pth"))}
    return tuple(sorted(name for name in names if name.isidentifier() and name != "__pycache__"))
