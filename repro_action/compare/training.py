# SPDX-License-Identifier: Apache-2.0
"""Where two trainings part: the first step of a log at which a value is another one.

Logs are known by their format (TensorBoard, W&B, MLflow), or by what they call their columns: a step or an
epoch to count by, or a loss. Values are there as long as both files are, and those of short logs always.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from repro_action.compare.difference import DifferingLeaf, ProductDifference
from repro_action.compare.pairs import element_size, numeric_pair
from repro_action.compare.parting import KEY, TrainingParting, last_name
from repro_action.compare.walk import pieces, same
from repro_action.errors import ArtifactUnreadable
from repro_action.readers.dtypes import EVERY, decode, is_numeric
from repro_action.tree import Kind, Leaf, Scalar

UNITS = ("global_step", "step", "iteration", "iter", "batch", "round", "epoch")
"""Names of the columns that a log counts by, the finest first."""

_TRACKERS = frozenset({"wandb", "tensorboard"})
_HOLDERS = frozenset({"folder", "zip", "tar"})
_LOSS = re.compile(
    r"(?:^|[^a-z])(?:loss|acc|accuracy|auc|error|logloss|rmse|mae|mse|map|ndcg|lr|learning_rate|f1|"
    r"perplexity|reward|l1|l2|merror|mlogloss|binary_logloss|multi_logloss|grad_norm)(?:$|[^a-z])"
)
_CLOCK = re.compile(
    r"(?:^|[^a-z])(?:time|date|seconds?|secs?|duration|elapsed|runtime|per_second|eta)(?:$|[^a-z])"
)
_ENTRY = re.compile(r"(?P<above>.*)\[(?P<index>\d{1,9})\](?P<below>.*?)", re.DOTALL)
_LONGEST = 1 << 26
"""Bytes of a column that is looked at."""


@dataclass(frozen=True, slots=True)
class _First:
    """The first entry of one series that differs."""

    index: int
    before: Scalar
    after: Scalar
    ulp: int | None


def partings(products: Iterable[ProductDifference]) -> tuple[TrainingParting, ...]:
    """Return where the trainings part whose logs are among the products, a parting each, by path."""
    return tuple(parting for one in products for parting in _of_product(one))


def _of_product(found: ProductDifference) -> Iterator[TrainingParting]:
    """Yield the earliest parting of each log in an artifact; none where its values are not there."""
    if found.before is None or found.after is None:
        return
    leaves, form = found.after.leaves, found.after.format
    logs: dict[str, dict[str, _First]] = {}
    for series, first in _firsts(found.leaves):
        if _is_logged(series, leaves, form):
            member = _member(series) if form in _HOLDERS else ""
            logs.setdefault(member, {})[series] = first
    for member, firsts in sorted(logs.items()):
        yield _parting(f"{found.path}/{member}".strip("/"), firsts, leaves)


def _member(series: str) -> str:
    """Return which file of a folder or an archive a series is in."""
    column = "[" not in series and "/" in series
    return series.rpartition("/")[0] if column else series.partition("[")[0]


def _parting(artifact: str, firsts: Mapping[str, _First], after: Mapping[str, Leaf]) -> TrainingParting:
    series = min(
        firsts, key=lambda name: (firsts[name].index, not _LOSS.search(last_name(name).lower()), name)
    )
    first = firsts[series]
    unit, axis = _axis(series, after)
    return TrainingParting(
        artifact=artifact,
        series=series,
        index=first.index,
        unit=unit,
        at=_entry(axis, first.index, after),
        last=_entry(axis, first.index - 1, after) if first.index else None,
        before=first.before,
        after=first.after,
        ulp=first.ulp,
    )


def _firsts(leaves: Iterable[DifferingLeaf]) -> Iterator[tuple[str, _First]]:
    """Yield the series that differ, each with its first entry that does."""
    entries: dict[str, _First] = {}
    for leaf in leaves:
        if leaf.before is None or leaf.after is None or leaf.within:
            continue
        if leaf.before.kind is leaf.after.kind is Kind.ARRAY:
            first = _first_of(leaf.before, leaf.after)
            if first is not None:
                yield leaf.path, first
        elif leaf.before.kind is leaf.after.kind is Kind.NUMBER and (place := _place(leaf.path)):
            series, index = place
            if series not in entries or index < entries[series].index:
                entries[series] = _of_numbers(index, leaf)
    yield from entries.items()


def _of_numbers(index: int, leaf: DifferingLeaf) -> _First:
    before, after = leaf.before, leaf.after
    return _First(
        index,
        before.value if before is not None else None,
        after.value if after is not None else None,
        leaf.elements.max_ulp if leaf.elements is not None else None,
    )


def _first_of(before: Leaf, after: Leaf) -> _First | None:
    """Return the first element in which two columns differ, as far as both go."""
    one, other, dtype = before.payload, after.payload, before.dtype
    if one is None or other is None or dtype != after.dtype or not is_numeric(dtype):
        return None
    size = element_size(dtype)
    if len(before.shape) != 1 or len(after.shape) != 1 or before.shape[0] * size > _LONGEST:
        return None
    try:
        for start, one_piece, other_piece in pieces(one, other, size):
            shared = min(len(one_piece), len(other_piece))
            left, right = one_piece[:shared], other_piece[:shared]
            if not same(left, right):
                return _first_inside(left, right, dtype, start // size)
    except ArtifactUnreadable:
        return None
    return None


def _first_inside(left: memoryview, right: memoryview, dtype: str, start: int) -> _First | None:
    if dtype == "|b1":
        return None
    pair = numeric_pair(left, right, dtype)
    at = int(pair.where[0])
    ulp = int(pair.ulp[0]) if pair.ulp is not None and pair.finite[0] else None
    before, after = (decode(side, dtype)[at].item() for side in (left, right))
    return _First(start + at, before, after, ulp)


def _place(path: str) -> tuple[str, int] | None:
    """Return the series that a value of a list belongs to, and its place there."""
    match = _ENTRY.fullmatch(path)
    return (f"{match['above']}{EVERY}{match['below']}", int(match["index"])) if match is not None else None


def _is_logged(series: str, leaves: Mapping[str, Leaf], form: str) -> bool:
    """Whether values are those of a training's log, and no clock's."""
    name = last_name(series)
    if _CLOCK.search(name.lower()) or name.lower() in UNITS:
        return False
    return form in _TRACKERS or bool(_axis(series, leaves)[1]) or _is_loss(series)


def _is_loss(series: str) -> bool:
    return _LOSS.search(last_name(series).lower()) is not None


def _axis(series: str, leaves: Mapping[str, Leaf]) -> tuple[str, str]:
    """Return the unit that a series counts by, and the path of the column that has it; empty for none."""
    match = KEY.fullmatch(series)
    if match is None:
        return "", ""
    above = match["above"]
    outer, inner = above.rpartition(".")[::2]
    steps = f"{outer}.steps" if "." in above else "steps"
    own = {
        # Of TensorBoard, W&B and MLflow, in this order.
        f"{above}.step": series.endswith(".value"),
        steps: inner == "history",
        f"{steps}{series[len(above) :]}": inner == "metrics",
    }
    for path, fits in own.items():
        if fits and _known(path, leaves):
            return "step", path
    for unit in UNITS:
        path = f"{above}['{unit}']" if match["key"] is not None else f"{above}{unit}"
        if _known(path, leaves):
            return unit, path
    return "", ""


def _known(path: str, leaves: Mapping[str, Leaf]) -> bool:
    return (
        path in leaves or (EVERY in path and path.replace(EVERY, "[0]") in leaves) or f"{path}[0]" in leaves
    )


def _entry(axis: str, index: int, leaves: Mapping[str, Leaf]) -> Scalar:
    """Return what the column that a log counts by says of an entry; None where it is not known."""
    if not axis or index < 0:
        return None
    for path in (axis.replace(EVERY, f"[{index}]"), f"{axis}[{index}]"):
        if path != axis and path in leaves and leaves[path].kind is Kind.NUMBER:
            return leaves[path].value
    leaf = leaves.get(axis)
    if leaf is None or leaf.payload is None or not is_numeric(leaf.dtype):
        return None
    size = element_size(leaf.dtype)
    try:
        for number, chunk in enumerate(leaf.payload.chunks(size * 4096)):
            if index < (number + 1) * 4096:
                inside = index - number * 4096
                data = memoryview(chunk)[inside * size : (inside + 1) * size]
                return decode(data, leaf.dtype)[0].item() if len(data) == size else None
    except ArtifactUnreadable:
        return None
    return None
