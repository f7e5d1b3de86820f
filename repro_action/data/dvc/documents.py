# SPDX-License-Identifier: Apache-2.0
"""Reads DVC's YAML within bounds, with the numbers of YAML 1.2, which DVC writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import yaml

LARGEST = 4 << 20
"""Bytes of a `dvc.yaml` or `dvc.lock`: some ten thousand stages."""

_DEPTH = 64
# A float of YAML 1.2 that is a text in YAML 1.1, which PyYAML reads: `1e-3`.
_FLOAT = re.compile(r"[-+]?(?:\d+|\d+\.\d*|\.\d+)[eE][-+]?\d+")


class DocumentError(ValueError):
    """A file of DVC's cannot be read; the message says why."""


def read_limited(path: Path, limit: int) -> bytes | None:
    """Return the content of a regular file; None where there is none.

    Raises:
        DocumentError: it cannot be read, or has more bytes than `limit`.
    """
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise DocumentError(f"it cannot be read: {error.strerror}") from error
    if len(data) > limit:
        raise DocumentError(f"it is larger than {limit:,} bytes")
    return data


def parse_document(data: bytes, *, depth: int = _DEPTH) -> Mapping[object, object]:
    """Parse YAML whose top is a mapping.

    Args:
        data: of a file that is small enough.
        depth: how deeply it may be nested.

    Raises:
        DocumentError: it is no such YAML, or it has aliases.
    """
    import yaml

    loader: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        text = data.decode("utf-8")
        deep = _is_deep(text, depth)
        document: object = None if deep else yaml.load(text, Loader=loader)  # noqa: S506 - a safe loader
    # A date that does not exist is a ValueError of the constructor.
    except (UnicodeDecodeError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise DocumentError("it is not valid YAML") from error
    if deep:
        raise DocumentError("it uses YAML aliases, or is nested too deeply")
    if not isinstance(document, Mapping):
        raise DocumentError("it is not a mapping")
    return document


def _is_deep(text: str, depth: int) -> bool:
    """Whether YAML has aliases or is nested too deeply.

    An alias may stand for a large subtree many times over, and the time that nesting takes grows with
    its square; DVC's files need neither.
    """
    import yaml

    loader: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    level = 0
    for event in yaml.parse(text, Loader=loader):
        level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or level > depth:
            return True
    return False


def as_number(value: object) -> object:
    """Return a scalar as YAML 1.2 means it: `1e-3`, a text to YAML 1.1, is a number."""
    return float(value) if isinstance(value, str) and _FLOAT.fullmatch(value) else value


def texts(items: object) -> tuple[str, ...]:
    """Return the paths of a list whose elements are texts, or mappings from a text to its options."""
    found: list[str] = []
    for item in items if isinstance(items, list) else ():
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, Mapping):
            found += [str(key) for key in item]
    return tuple(found)
