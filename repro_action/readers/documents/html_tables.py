# SPDX-License-Identifier: Apache-2.0
"""Tables that pandas writes as HTML, as columns; parsed as text, never rendered.

Only what pandas' own class marks is taken for one. Its tags stay content, without the cells between them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from repro_action.readers.arrays import key_segment, text_array_leaf, text_leaf
from repro_action.readers.documents.printed import NUMBER, number_column
from repro_action.readers.protocol import ReadContext
from repro_action.tree import Node, branch

_TABLE = '<table border="1" class="dataframe">'
_END = "</table>"
_INNER = re.compile(r">[^<]+<")
_SPAN = re.compile(r'\bcolspan="([0-9]{1,3})"')
_MOST_CELLS = 200_000
_MOST_TABLES = 100


def tables_in(page: str, context: ReadContext) -> tuple[list[tuple[str, Node]], str]:
    """Return the tables of a page, and the page without them.

    Args:
        page: HTML, as a library wrote it.
        context: limits and digests.
    """
    found: list[tuple[str, Node]] = []
    rest: list[str] = []
    done = 0
    start = page.find(_TABLE)
    while start >= 0 and len(found) < _MOST_TABLES:
        end = page.find(_END, start)
        if end < 0:
            break
        table = _table(page[start + len(_TABLE) : end], context)
        if table is not None:
            context.check_time()
            rest.append(page[done:start])
            found.append((f".table[{len(found)}]", table))
            done = end + len(_END)
        start = page.find(_TABLE, end)
    return found, "".join([*rest, page[done:]])


def _table(text: str, context: ReadContext) -> Node | None:
    heads, rows = (
        [row for _, part in _elements(text, name) for row in _rows(part)] for name in ("thead", "tbody")
    )
    width = len(rows[0]) if rows else 0
    cells = sum(map(len, rows)) + sum(map(len, heads))
    regular = all(len(row) == width for row in (*heads, *rows))
    if not heads or not width or not regular or cells > _MOST_CELLS:
        return None  # such as rows of a hierarchical index, which span several: it stays text
    columns: dict[str, Node] = {}
    for place in range(width):
        name = " ".join(head[place] for head in heads if head[place])
        number = 1
        while (label := name if number == 1 else f"{name}#{number}") in columns:
            number += 1
        columns[label] = _column([row[place] for row in rows], context)
    children = [(key_segment(name), leaf) for name, leaf in columns.items()]
    markup = text_leaf(_INNER.sub("><", text), context)
    return branch([*children, (".markup", markup)], type="table", algorithm=context.digester.algorithm)


def _elements(text: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield attributes and content of elements that do not nest, in one pass."""
    for chunk in text.split(f"<{name}")[1:]:
        attributes, _, content = chunk.partition(">")
        yield attributes, content.partition(f"</{name}>")[0]


def _rows(part: str) -> Iterator[list[str]]:
    part = part.replace("<th", "<td").replace("</th>", "</td>")
    for _, row in _elements(part, "tr"):
        cells: list[str] = []
        for attributes, content in _elements(row, "td"):
            span = _SPAN.search(attributes)
            cells += [html.unescape(content).strip()] * (min(int(span[1]), 500) if span else 1)
        yield cells


def _column(cells: list[str], context: ReadContext) -> Node:
    values = [cell for cell in cells if cell != "..."]
    if len(values) == len(cells) and all(NUMBER.fullmatch(cell) for cell in cells):
        return number_column(cells, context)
    return text_array_leaf(cells, context)
