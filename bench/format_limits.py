# SPDX-License-Identifier: Apache-2.0
"""The table of how large a file of each format may be, made from what the readers declare."""

from __future__ import annotations

import re

from repro_action.readers import all_readers
from repro_action.readers.protocol import Limits, size_text
from repro_action.readers.whole import SizeLimit, largest

HEAD = "| read as | largest file | in an archive | besides |\n| --- | --- | --- | --- |\n"
_ANY = "any: it is read in pieces"
_SIZE = re.compile(r"\{(memory|count)(?:\*(\d+))?(?:/(\d+))?\}")


def limits_table() -> str:
    """Return a row a format, as Markdown; formats without a bound share the last."""
    limits, rows, free = Limits(), [], []
    for reader in all_readers():
        bound: SizeLimit = getattr(reader, "size_limit", SizeLimit())
        if bound == SizeLimit():
            free.append(reader.name)
            continue
        sizes = [_ANY, "any"]
        if bound.copies:
            sizes = [size_text(largest(limits, bound.copies, on_disk=on_disk)) for on_disk in (True, False)]
        besides = _filled(bound.also, limits) or "-"
        rows.append(f"| {reader.name} | {sizes[0]} | {sizes[1]} | {besides} |\n")
    return HEAD + "".join(rows) + f"| {', '.join(free)} | {_ANY} | any | - |"


def _filled(text: str, limits: Limits) -> str:
    def shown(match: re.Match[str]) -> str:
        value = limits.memory * int(match[2] or 1) // int(match[3] or 1)
        return size_text(value) if match[1] == "memory" else f"{value:,}"

    return _SIZE.sub(shown, text)
