# SPDX-License-Identifier: Apache-2.0
"""Metrics and materials in the room that a baseline has for them: by value, by name, or counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar

from repro_action.digest import Algorithm, Digest, digest_bytes
from repro_action.fingerprint import Fingerprint, FoldedValues, MaterialKind, Materials, Metrics
from repro_action.tree import Scalar

_T = TypeVar("_T")

Values = Mapping[str, Scalar]
Group = tuple[MaterialKind | None, str]
"""The materials of a kind, or the metrics of a file."""

ONE_BY_ONE: Mapping[Any, FoldedValues] = MappingProxyType({})
"""Of a side that folds nothing."""

ROOM = 26 << 10
"""Bytes that metrics and materials take in the baseline of one class, about.

Metrics that a rule of the configuration names take theirs beside it."""

FREE = 4 << 10
"""Of these, the bytes that lines of artifacts leave anyway; for more, they leave some of theirs."""

_STEP = 2 << 10
"""Of these bytes, so that few more or less are seldom another number of lines."""

_FILES = frozenset({MaterialKind.CODE, MaterialKind.DATA})
_LINE = 16
"""Bytes of an entry besides name and value: quotes, indentation, punctuation."""
_MARK = 4
_ENTRY = 200
"""Bytes of a count and a digest."""
_EXACT = frozenset({"exact", "goal = max", "goal = min"})
"""What is recorded of rules that let no value differ."""


def with_few_values(fingerprint: Fingerprint) -> Fingerprint:
    """Return a run whose metrics and materials take little room; what fits stays as it is.

    Of what does not fit, metrics that a rule names are listed by value, then as many as half of the
    room holds, in the order of their names; of the others a count and a digest, and of as many as fit
    a name with the beginning of the digest of its value. Files have no value but a digest, and are
    recorded by name alone. A run that is folded already stays as it is, and so does one of a version
    that recorded no rules.
    """
    done = fingerprint.folded_materials or fingerprint.folded_metrics
    if done or MaterialKind.RULES not in fingerprint.materials:
        return fingerprint
    listed = dict(_groups(fingerprint.materials, fingerprint.metrics))
    costs = {group: _cost(values) for group, values in listed.items()}
    if sum(costs.values()) <= ROOM:
        return fingerprint
    bound = _bound(costs)
    algorithm = _algorithm(fingerprint)
    folded: dict[Group, FoldedValues] = {}
    for (kind, file), values in tuple(listed.items()):
        if costs[kind, file] <= bound:
            continue
        named = _named(file, values, fingerprint.materials) if kind is None else frozenset()
        shown, rest = _parted(values, named, 0 if kind in _FILES else bound // 2)
        used = _cost({name: value for name, value in shown.items() if name not in named})
        if rest:
            listed[kind, file] = shown
            folded[kind, file] = fold(rest, algorithm, named=_fitting(rest, bound - used - _ENTRY))
    return _with_groups(fingerprint, listed, folded)


def leaf_room(materials: Materials, metrics: Metrics) -> int:
    """Return the bytes that are left for lines of artifacts beside metrics and materials.

    Two runs of the same materials with metrics of the same names have the same room.
    """
    sizes = (
        _cost(dict.fromkeys(values, 1.0) if kind is None else values)
        for (kind, _), values in _groups(materials, metrics)
    )
    more = max(0, min(sum(sizes), ROOM) - FREE)
    from repro_action.listing import ROOM as LEAVES  # `repro status` has no leaves

    return LEAVES - (more + _STEP - 1) // _STEP * _STEP


def names_of(fingerprint: Fingerprint, kind: MaterialKind) -> frozenset[str]:
    """Return the names of the materials of a kind, as far as a baseline has them."""
    folded = fingerprint.folded_materials.get(kind)
    return frozenset([*fingerprint.materials.get(kind, {}), *(folded.marks if folded is not None else ())])


def fold(values: Values, algorithm: Algorithm, *, named: Iterable[str] = ()) -> FoldedValues:
    """Return the count and digest that stand for values, and marks of those that are named."""
    parts = (_encoded(name, value) for name, value in sorted(values.items()))
    return FoldedValues(
        count=len(values),
        digest=digest_bytes(algorithm, b"".join(parts)),
        marks={name: mark(name, values[name], algorithm) for name in sorted(named)},
    )


def mark(name: str, value: Scalar, algorithm: Algorithm) -> str:
    """Return by what a name's value is told from others, most often: it names, and proves nothing."""
    return digest_bytes(algorithm, _encoded(name, value)).value[:_MARK]


def unfolded(fingerprint: Fingerprint, find: Callable[[Digest], Values | None]) -> Fingerprint:
    """Return a run with the values that it does not list, as far as they are found elsewhere.

    Args:
        fingerprint: as a baseline has it.
        find: returns what a digest stands for, or None; the digest is checked here.
    """
    listed = dict(_groups(fingerprint.materials, fingerprint.metrics))
    folded = dict(_groups(fingerprint.folded_materials, fingerprint.folded_metrics))
    for group, one in tuple(folded.items()):
        values = _checked(find(one.digest), one)
        if values is not None:
            listed[group] = dict(sorted({**values, **listed.get(group, {})}.items()))
            del folded[group]
    return _with_groups(fingerprint, listed, folded)


def remainders(fingerprint: Fingerprint, few: Fingerprint) -> dict[Digest, Values]:
    """Return the values that a baseline of a run does not list, by the digest that stands for them.

    Args:
        fingerprint: with everything.
        few: the same, of `with_few_values`.
    """
    values = dict(_groups(fingerprint.materials, fingerprint.metrics))
    listed = dict(_groups(few.materials, few.metrics))
    return {
        one.digest: {name: value for name, value in values[group].items() if name not in listed[group]}
        for group, one in _groups(few.folded_materials, few.folded_metrics)
    }


def algorithm_of(folded: FoldedValues) -> Algorithm | None:
    """Return the algorithm that values are folded with; None where it is none that repro folds with."""
    match folded.digest.algorithm:
        case "blake3":
            return "blake3"
        case "sha256":
            return "sha256"
    return None


def _checked(values: Values | None, folded: FoldedValues) -> Values | None:
    algorithm = algorithm_of(folded)
    if values is None or algorithm is None or fold(values, algorithm).digest != folded.digest:
        return None
    return values


def _groups(materials: Mapping[MaterialKind, _T], metrics: Mapping[str, _T]) -> Iterable[tuple[Group, _T]]:
    yield from (((kind, ""), found) for kind, found in materials.items())
    yield from (((None, file), found) for file, found in metrics.items())


def _with_groups(
    fingerprint: Fingerprint, listed: Mapping[Group, Values], folded: Mapping[Group, FoldedValues]
) -> Fingerprint:
    """Return a run with other values that are listed and folded, parted again into what `_groups` joins."""
    return replace(
        fingerprint,
        materials={kind: values for (kind, _), values in listed.items() if kind is not None},
        metrics={file: values for (kind, file), values in listed.items() if kind is None},
        folded_materials={kind: one for (kind, _), one in folded.items() if kind is not None},
        folded_metrics={file: one for (kind, file), one in folded.items() if kind is None},
    )


def _bound(costs: Mapping[Group, int]) -> int:
    """Return the bytes of one group that has too many; small ones leave theirs to the others."""
    left, bound = ROOM, ROOM
    for place, cost in enumerate(sorted(costs.values())):
        bound = max(left // (len(costs) - place), _ENTRY)
        if cost > bound:
            break
        left -= cost
    return bound


def _named(file: str, values: Values, materials: Materials) -> frozenset[str]:
    """Return the metrics that a rule names; a tolerance for all of a file names each."""
    rules = materials.get(MaterialKind.RULES, {})
    if rules.get(f"{file}: metric *", "exact") not in _EXACT:
        return frozenset(values)
    return frozenset(name for name in values if f"{file}: metric {name}" in rules)


def _parted(values: Values, named: frozenset[str], room: int) -> tuple[dict[str, Scalar], dict[str, Scalar]]:
    """Part values into those that are listed and the rest."""
    others = [name for name in sorted(values) if name not in named]
    shown = named.union(
        others[: _rounded(sum(1 for _ in _first({name: values[name] for name in others}, room)))]
    )
    listed = {name: value for name, value in sorted(values.items()) if name in shown}
    return listed, {name: value for name, value in sorted(values.items()) if name not in shown}


def _first(values: Values, room: int) -> Iterable[str]:
    for name, value in values.items():
        room -= _cost({name: value})
        if room < 0:
            return
        yield name


def _fitting(values: Values, room: int) -> list[str]:
    marked = dict.fromkeys(values, "x" * _MARK)
    return list(_first(marked, room))


def _rounded(count: int) -> int:
    """Return a count that seldom is another one because some bytes more or less were left."""
    step = 1 << max(0, count.bit_length() - 3)
    return count - count % step


def _algorithm(fingerprint: Fingerprint) -> Algorithm:
    digests = (product.digest.algorithm for product in fingerprint.products.values())
    return "sha256" if any("sha256" in name for name in digests) else "blake3"


def _cost(values: Values) -> int:
    return sum(_LINE + len(ascii(name)) + len(ascii(value)) for name, value in values.items())


def _encoded(name: str, value: Scalar) -> bytes:
    """Encode a name and a value so that equal ones, such as 1 and 1.0, and no others, are one text."""
    if isinstance(value, float) and value.is_integer() and str(value) != "-0.0":
        value = int(value)
    content = value if isinstance(value, str) else repr(value)
    text = f"{len(name)}\0{name}{type(value).__name__}\0{content}"
    return f"{len(text)}\0{text}".encode("utf-8", "surrogatepass")
