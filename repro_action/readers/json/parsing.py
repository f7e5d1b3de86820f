# SPDX-License-Identifier: Apache-2.0
"""JSON parsed strictly, within a bound of memory."""

from __future__ import annotations

import json
from collections.abc import Iterable

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import CHUNK, RegionPayload
from repro_action.readers.protocol import ReadContext, Source, size_text, too_large
from repro_action.readers.whole import check_size

_TIMES = 20
"""Bytes of memory for each byte of a file, at most: Python's objects for the densest that people write."""


def read_text_of(source: Source) -> str:
    """Return all of the text.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    with source.open() as file:
        return file.read().decode("utf-8-sig")


def check_cost(source: Source, context: ReadContext) -> None:
    """Refuse values that need more memory than people's files do.

    Raises:
        ArtifactUnreadable: there are too many of them, or the file is too large.
    """
    memory = context.limits.memory
    check_size(source, context, copies=1)
    allowed = max(memory, min(_TIMES * source.size, 16 * memory))
    # What parsing costs at most, from CPython's object sizes: a place in a list and a number, half of a
    # text, a list, a dictionary.
    cost = source.size
    for chunk in RegionPayload(source, 0, source.size).chunks(CHUNK):
        cost += _cost(bytes(chunk))
    if cost > allowed:
        raise too_large(f"its values need {size_text(cost)} of memory", size_text(allowed))


def check_lines(lines: Iterable[bytes], context: ReadContext) -> None:
    """Refuse lines that need more memory together than people's files do.

    Raises:
        ArtifactUnreadable: they have too many values.
    """
    cost, most = sum(len(line) + _cost(line) for line in lines), 16 * context.limits.memory
    if cost > most:
        raise too_large(f"a line of it needs {size_text(cost)} of memory", size_text(most))


def _cost(raw: bytes) -> int:
    cost = 40 * (raw.count(b",") + raw.count(b"\n")) + 25 * raw.count(b'"')
    return cost + 64 * raw.count(b"[") + 240 * raw.count(b"{")


def json_value(text: str | bytes, *, called: str = "") -> object:
    """Return a value whose objects have no key twice.

    Args:
        text: of JSON; bytes are UTF-8, UTF-16 or UTF-32.
        called: what it is, such as `its metadata is `, for the error.

    Raises:
        ArtifactUnreadable: not valid, nested too deep, or with a key twice.
    """
    try:
        return json.loads(text, object_pairs_hook=unique_keys)
    except (ValueError, RecursionError) as error:
        raise ArtifactUnreadable(f"{called}not valid JSON: {str(error)[:200]}") from error


def unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object.

    Raises:
        ArtifactUnreadable: it has a key twice.
    """
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ArtifactUnreadable("an object has the same key twice")
    return table
