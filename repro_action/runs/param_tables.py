# SPDX-License-Identifier: Apache-2.0
"""Files of parameters with single values changed, for a run with one parameter taken back."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Mapping
from itertools import pairwise
from pathlib import PurePosixPath

from repro_action.codec.tables import TableError, parse_yaml, read_table
from repro_action.tree import Scalar

_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def with_values(
    data: bytes, name: str, values: Mapping[str, Scalar], *, absent: Collection[str] = ()
) -> bytes:
    """Return a file of parameters with some values replaced, in the format of its suffix.

    Args:
        data: the file's bytes.
        name: its path; the suffix chooses the format.
        values: flattened key → value, as `repro_action.codec.tables.read_table` names it.
        absent: keys that are taken out instead.

    Raises:
        TableError: it cannot be read, or what was written does not read back as meant.
    """
    suffix = PurePosixPath(name).suffix.lower()
    text = data.decode("utf-8-sig", "strict")
    document = _parsed(text, suffix, name)
    for key, value in values.items():
        _place(document, key, value, name, take_out=key in absent)
    written = _written(document, suffix).encode()
    others = {key: value for key, value in read_table(data, name).items() if key not in values}
    wanted = {**others, **{key: value for key, value in values.items() if key not in absent}}
    # NOTE: by their texts, since a NaN is not equal to itself.
    if repr(sorted(read_table(written, name).items())) != repr(sorted(wanted.items())):
        raise _unwritable(name)
    return written


def _parsed(text: str, suffix: str, name: str) -> object:
    try:
        match suffix:
            case ".json":
                return json.loads(text)
            case ".toml":
                return tomllib.loads(text)
        return parse_yaml(text, name)
    except (ValueError, RecursionError) as error:
        raise TableError(f"it cannot be read: {error}", where=name) from error


def _written(document: object, suffix: str) -> str:
    match suffix:
        case ".json":
            return json.dumps(document, indent=2) + "\n"
        case ".toml":
            import tomlkit

            return tomlkit.dumps(document) if isinstance(document, dict) else ""
    import yaml

    return yaml.safe_dump(document, sort_keys=False)


def _place(document: object, key: str, value: Scalar, name: str, *, take_out: bool) -> None:
    """Put one value where its flattened key leads; new tables are made on the way."""
    parts: list[int | str] = [int(match[1]) if match[1] else match[2] for match in _PART.finditer(key)]
    if not parts:
        raise _unwritable(name)
    current = document
    for part, following in pairwise(parts):
        match current, part:
            case dict(), str():
                current = current.setdefault(part, [] if isinstance(following, int) else {})
            case list(), int() if part < len(current):
                current = current[part]
            case _:
                raise _unwritable(name)
    match current, parts[-1]:
        case dict(), str(last):
            if take_out:
                current.pop(last, None)
            else:
                current[last] = value
        case list(), int(last) if last < len(current) and not take_out:
            current[last] = value
        case list(), int(last) if last == len(current) and not take_out:
            current.append(value)
        case list(), int(last) if last == len(current) - 1 and take_out:
            current.pop()
        case _:
            raise _unwritable(name)


def _unwritable(name: str) -> TableError:
    return TableError(
        "parameters of the base commit and of head cannot be put into one file",
        why="A list has another length, or a key contains a dot or a bracket.",
        where=name,
        remedy="Leave out --fine.",
    )
