# SPDX-License-Identifier: Apache-2.0
"""Figures in pages of Plotly and Bokeh as values, with arrays where they are written in base 64."""

from __future__ import annotations

import binascii
import json
import math
import re
from types import MappingProxyType

from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext
from repro_action.tree import Node

_PLOT = re.compile(r'Plotly\.newPlot\(\s*"[^"]*",\s*')
_BOKEH = re.compile(r'<script type="application/json" id="[^"]*">\s*')
_DTYPES = MappingProxyType(
    {
        "i1": "<i1", "u1": "<u1", "i2": "<i2", "u2": "<u2",
        "i4": "<i4", "u4": "<u4", "f4": "<f4", "f8": "<f8",
        "int8": "<i1", "uint8": "<u1", "int16": "<i2", "uint16": "<u2", "int32": "<i4", "uint32": "<u4",
        "float32": "<f4", "float64": "<f8",
    }
)  # fmt: skip


def figures_in(text: str, context: ReadContext) -> tuple[list[tuple[str, Node]], str]:
    """Return the figures of a page, and its text without them."""
    figures, rest = _figures(text, context)
    return [
        (f".figures[{index}]", value_tree(_arrays(figure), context)) for index, figure in enumerate(figures)
    ], rest


def _figures(text: str, context: ReadContext) -> tuple[list[object], str]:
    """Return the figures, and the text without them."""
    decoder = json.JSONDecoder()
    figures: list[object] = []
    kept: list[str] = []
    place = 0
    starts = sorted(
        [(found.end(), "plotly") for found in _PLOT.finditer(text)]
        + [(found.end(), "bokeh") for found in _BOKEH.finditer(text)]
    )
    for start, kind in starts:
        context.check_time()
        if start < place:
            continue
        parts: list[object] = []
        end = start
        # Plotly gives data, layout and configuration, one after the other; Bokeh one document.
        for _ in range(3 if kind == "plotly" else 1):
            try:
                value, end = decoder.raw_decode(text, end)
            except (ValueError, RecursionError):
                break
            parts.append(value)
            comma = re.compile(r"\s*,\s*").match(text, end)
            if comma is None:
                break
            end = comma.end()
        if parts:
            figures.append(
                dict(zip(("data", "layout", "config"), parts, strict=False)) if kind == "plotly" else parts[0]
            )
            kept.append(text[place:start])
            place = end
    kept.append(text[place:])
    return figures, "".join(kept)


def _arrays(value: object, depth: int = 0) -> object:
    """Return a value with arrays where they are written in base 64."""
    if depth > 100:
        return value
    if isinstance(value, list):
        return [_arrays(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"dtype": str(dtype), "bdata": str(content), **rest} if rest.keys() <= {"shape"}:
            return _array(dtype, content, rest.get("shape"), value)
        case {
            "type": "ndarray",
            "array": {"type": "bytes", "data": str(content)},
            "dtype": str(dtype),
            **rest,
        } if rest.keys() <= {"shape", "order"} and rest.get("order", "little") == "little":
            return _array(dtype, content, rest.get("shape"), value)
    return {key: _arrays(item, depth + 1) for key, item in value.items()}


def _array(dtype: str, content: str, shape: object, value: object) -> object:
    """Return an array; the value as it is where its content is none."""
    import numpy as np

    if dtype not in _DTYPES:
        return value
    try:
        array = np.frombuffer(binascii.a2b_base64(content), _DTYPES[dtype])
    except (ValueError, UnicodeEncodeError):
        return value
    sizes = [int(size) for size in re.findall(r"\d+", str(shape))[:32]] if shape is not None else [array.size]
    return array.reshape(sizes) if math.prod(sizes) == array.size else value
