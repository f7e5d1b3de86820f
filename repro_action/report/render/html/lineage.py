# SPDX-License-Identifier: Apache-2.0
"""How the model came to be, as a drawing: files in layers from left to right, steps between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from repro_action.report.render.html.extras import StageCard, StageFile
from repro_action.report.render.html.markup import Html, escaped
from repro_action.text import middle, plural

NODES = 60
"""Boxes of a drawing; with more, the cards say the same."""

_BOX, _GAP = (144, 30), (34, 12)
"""Width and height of a box, and the room between two."""


@dataclass(slots=True, kw_only=True)
class _Layers:
    """Boxes by layer, each below the last one of its layer.

    Attributes:
        places: box → layer and place in it.
        kinds: box → class of the style sheet.
        arrows: from box, to box.
    """

    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    arrows: list[tuple[str, str]] = field(default_factory=list)

    def add(self, box: str, layer: int, kind: str) -> None:
        """Add a box where it is not there yet."""
        if box not in self.places:
            below = sum(1 for found, _ in self.places.values() if found == layer)
            self.places[box] = (layer, below)
            self.kinds[box] = kind


def lineage_drawing(cards: Sequence[StageCard]) -> Html:
    """Return the drawing of a run; nothing without a step, or with more boxes than can be looked at."""
    layers = _layers(cards)
    if not cards or len(layers.places) > NODES:
        return Html()
    columns = 1 + max(layer for layer, _ in layers.places.values())
    rows = 1 + max(place for _, place in layers.places.values())
    width = columns * (_BOX[0] + _GAP[0]) - _GAP[0] + 2
    height = rows * (_BOX[1] + _GAP[1]) - _GAP[1] + 2
    drawn = [*_arrows(layers), *(_box(name, layers) for name in layers.places)]
    label = escaped(_sentence(cards, layers.kinds), 400)
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return Html(f'<svg class="lineage" {size} role="img" aria-label="{label}">{"".join(drawn)}</svg>')


def _layers(cards: Sequence[StageCard]) -> _Layers:
    """Put each step one layer behind what it reads, and what it writes one layer behind it."""
    layers = _Layers()
    written = {file.path: card.name for card in cards for file in card.outputs}
    depth: dict[str, int] = {}
    for card in cards:
        earlier = [depth[written[file.path]] for file in card.inputs if written.get(file.path) in depth]
        depth[card.name] = max(earlier, default=-2) + 2
    for card in cards:
        step, layer = f"step {card.name}", depth[card.name]
        for file in card.inputs:
            layers.add(f"file {file.path}", layer, _kind(file))
            layers.arrows.append((f"file {file.path}", step))
        layers.add(step, layer + 1, "step")
        for file in card.outputs:
            layers.add(f"file {file.path}", layer + 2, _kind(file))
            layers.arrows.append((step, f"file {file.path}"))
    return layers


def _kind(file: StageFile) -> str:
    return f"{file.role} changed" if file.changed else file.role


def _corner(name: str, layers: _Layers) -> tuple[int, int]:
    layer, place = layers.places[name]
    return 1 + layer * (_BOX[0] + _GAP[0]), 1 + place * (_BOX[1] + _GAP[1])


def _arrows(layers: _Layers) -> Iterator[str]:
    for start, end in dict.fromkeys(layers.arrows):
        (x, y), (to_x, to_y) = _corner(start, layers), _corner(end, layers)
        x, y, to_y = x + _BOX[0], y + _BOX[1] // 2, to_y + _BOX[1] // 2
        bend = (x + to_x) // 2
        yield f'<path class="arrow" d="M{x} {y}C{bend} {y} {bend} {to_y} {to_x} {to_y}"/>'


def _box(name: str, layers: _Layers) -> str:
    x, y = _corner(name, layers)
    kind, (_, _, text) = layers.kinds[name], name.partition(" ")
    round_ = _BOX[1] // 2 if kind == "step" else 5
    mark = "≠ " if kind.endswith("changed") else ""
    return (
        f'<rect class="box {kind}" x="{x}" y="{y}" width="{_BOX[0]}" height="{_BOX[1]}" rx="{round_}"/>'
        f'<text class="{kind}" x="{x + _BOX[0] // 2}" y="{y + 19}" text-anchor="middle">'
        f"{mark}{escaped(middle(text, 21), 60)}</text>"
    )


def _sentence(cards: Sequence[StageCard], kinds: Mapping[str, str]) -> str:
    steps = ", then ".join(card.name for card in cards[:8])
    files = sum(kind != "step" for kind in kinds.values())
    return f"Lineage: {plural(len(cards), 'step')} ({steps}) and {plural(files, 'file')}"
