# SPDX-License-Identifier: Apache-2.0
"""Which leaf of one container is which leaf of another one, and what has no counterpart.

Two formats name the same weight differently: `['state_dict']['fc.weight']`, `['fc.weight']`, `fc.weight`.
Leaves are matched by name alone, never by value: the same weights in two layers that were swapped are
other weights. Names are the same as they are, or below one wrapper that all leaves of a side share; or one
ends with the other, and neither ends with or is the end of any further one. A single array needs no name.

What one format cannot hold is left out by a rule of `BOOKKEEPING`, bound to what the readers say the formats
are. On the side of the subject no rule leaves out a value: whoever deploys it could have chosen its name.
"""

from __future__ import annotations

import re
import struct
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from repro_action.compare.leaf_names import Name, loose, name_of
from repro_action.tree import Kind, Leaf, LeafDigester

ARRAYS_ONLY = frozenset({"npy", "npz", "safetensors"})
"""Formats that can hold arrays, and nothing else that a model needs."""

OBJECTS = frozenset({"joblib", "pickle", "skops"})
"""Formats that hold the same Python objects, and whose trees are the same where these are."""

_GROUP = "h5.Group"
_VERSION = re.compile(r"(?:^|\.)_metadata\['[^']*'\]\['version'\]$")
_PLAIN_TYPES = frozenset({"", "dict", "list", "tuple", "collections.OrderedDict"})
_WRAPPERS = 16
"""Wrappers that are tried."""
_WEIGHTS = frozenset({Kind.ARRAY, Kind.NUMBER, Kind.BYTES, Kind.UNREADABLE, Kind.FOLDED})
_STRUCTURE = frozenset({Kind.OBJECT, Kind.EMPTY})


class Bookkeeping(StrEnum):
    """Rules by which leaves of one side need no counterpart."""

    STRUCTURE = "containers of another format"
    """Types of plain lists and mappings, which each format writes its own way."""
    SETTINGS = "what an arrays-only file cannot hold"
    """Texts, flags and types beside the weights of the accepted model."""
    VERSIONS = "module versions of PyTorch"
    """`_metadata` of an accepted state dict, which no arrays-only file has."""
    METADATA = "safetensors metadata"
    """Texts of the header, which no tensor is read from."""
    ARCHITECTURE = "architecture of a Keras file"
    """`config.json` and `metadata.json` of an accepted `.keras` file whose weights alone are deployed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerLeaves:
    """What a reader found in one file.

    Attributes:
        format: the reader's name.
        leaves: by path, as deep as they are known.
    """

    format: str
    leaves: Mapping[str, Leaf]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafPair:
    """Two leaves that are the same one.

    Attributes:
        path: in the accepted model.
        other: in the subject.
        same: whether their values are, bit for bit.
    """

    path: str
    other: str
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondence:
    """What was matched, and what was not.

    Attributes:
        pairs: by the path in the accepted model.
        accepted_alone: leaves of the accepted model without a counterpart.
        subject_alone: leaves of the subject without one.
        left_out: rule → how many leaves need none.
        elsewhere: whether what has no counterpart on either side holds the same values, each under
            another name.
    """

    pairs: tuple[LeafPair, ...] = ()
    accepted_alone: tuple[str, ...] = ()
    subject_alone: tuple[str, ...] = ()
    left_out: Mapping[Bookkeeping, int] = field(default_factory=lambda: MappingProxyType({}))
    elsewhere: bool = False

    @property
    def whole(self) -> bool:
        """Whether every value of either side has a counterpart, and there is one at all."""
        return bool(self.pairs) and not self.accepted_alone and not self.subject_alone


def correspond(accepted: ContainerLeaves, subject: ContainerLeaves) -> Correspondence:
    """Match the leaves of an accepted model with those of a subject in another container."""
    ours = {path: name_of(path) for path in accepted.leaves}
    theirs = {path: name_of(path) for path in subject.leaves}
    found = _below_wrapper(ours, theirs)
    for form in (_unchanged, loose):
        left, right = set(found), set(found.values())
        found |= {
            path: other
            for path, other in _same_endings(
                {path: form(name) for path, name in ours.items()},
                {path: form(name) for path, name in theirs.items()},
            )
            if path not in left and other not in right
        }
    found = _by_kind(found, accepted.leaves, subject.leaves) or _only_arrays(accepted.leaves, subject.leaves)
    return _counted(found, accepted, subject)


def same_value(one: Leaf, other: Leaf) -> bool:
    """Return whether two leaves hold the same value, bit for bit.

    A number is the same as an array without dimensions that holds it: arrays-only formats have no other.
    """
    if one.digest == other.digest:
        return True
    if {one.kind, other.kind} not in ({Kind.NUMBER, Kind.ARRAY}, {Kind.BOOLEAN, Kind.ARRAY}):
        return False
    number, array = (one, other) if other.kind is Kind.ARRAY else (other, one)
    return array.shape == () and _as_array(number, array) == array.digest


def _unchanged(name: Name) -> Name:
    return name


def _below_wrapper(ours: Mapping[str, Name], theirs: Mapping[str, Name]) -> dict[str, str]:
    """Match equal names below the wrapper of either side under which most are equal; none where two tie."""
    left, right = _unique(ours), _unique(theirs)
    tried = [
        *_wrapped(left, right),
        *({ours: path for path, ours in one.items()} for one in _wrapped(right, left)),
    ]
    plain = {left[name]: right[name] for name in left.keys() & right.keys()}
    most = max((len(found) for found in tried), default=0)
    best = [found for found in tried if len(found) == most]
    return best[0] if len(best) == 1 and most > len(plain) else plain


def _wrapped(outer: Mapping[Name, str], inner: Mapping[Name, str]) -> Iterator[dict[str, str]]:
    """Yield the pairs below each wrapper of the outer side that the most frequent names suggest."""
    wrappers: Counter[Name] = Counter()
    for name in outer:
        wrappers.update(name[:cut] for cut in range(1, len(name)) if name[cut:] in inner)
    for wrapper, _ in wrappers.most_common(_WRAPPERS):
        yield {outer[wrapper + name]: path for name, path in inner.items() if wrapper + name in outer}


def _unique(names: Mapping[str, Name]) -> dict[Name, str]:
    counts = Counter(names.values())
    return {name: path for path, name in names.items() if counts[name] == 1}


def _same_endings(ours: Mapping[str, Name], theirs: Mapping[str, Name]) -> Iterable[tuple[str, str]]:
    """Yield pairs of which one name ends with the other one, and which nothing else can be."""
    left, right = _relatives(ours, theirs), _relatives(theirs, ours)
    for path, others in left.items():
        if len(others) == 1 and right[others[0]] == [path]:
            yield path, others[0]


def _relatives(names: Mapping[str, Name], others: Mapping[str, Name]) -> dict[str, list[str]]:
    """Return for each path those of the other side whose names end with its name, or that it ends with."""
    whole: dict[Name, list[str]] = defaultdict(list)
    endings: dict[Name, list[str]] = defaultdict(list)
    for path, name in others.items():
        whole[name].append(path)
        for start in range(1, len(name)):
            endings[name[start:]].append(path)
    found: dict[str, list[str]] = {}
    for path, name in names.items():
        ends = [
            other
            for start in range(len(name))
            for other in whole.get(name[start:], ())
            if _tells(name[start:])
        ]
        found[path] = [*ends, *(endings.get(name, ()) if _tells(name) else ())]
    return found


def _tells(name: Name) -> bool:
    return any(not part.isdecimal() for part in name)


def _by_kind(
    found: Mapping[str, str], ours: Mapping[str, Leaf], theirs: Mapping[str, Leaf]
) -> dict[str, str]:
    """Return the pairs of which both are values, or neither is: a type is no counterpart of a weight."""
    return {
        path: other
        for path, other in found.items()
        if (ours[path].kind in _STRUCTURE) == (theirs[other].kind in _STRUCTURE)
    }


def _only_arrays(ours: Mapping[str, Leaf], theirs: Mapping[str, Leaf]) -> dict[str, str]:
    left, right = ([path for path, leaf in side.items() if leaf.kind in _WEIGHTS] for side in (ours, theirs))
    kinds = {
        leaf.kind for side, paths in ((ours, left), (theirs, right)) for leaf in map(side.get, paths) if leaf
    }
    return {left[0]: right[0]} if len(left) == len(right) == 1 and kinds == {Kind.ARRAY} else {}


def _counted(found: Mapping[str, str], accepted: ContainerLeaves, subject: ContainerLeaves) -> Correspondence:
    matched = {path: other for path, other in found.items() if accepted.leaves[path].kind not in _STRUCTURE}
    partners = {*matched.values(), *found.values()}
    left_out: Counter[Bookkeeping] = Counter()
    alone = (
        _alone(accepted, found, lambda path, leaf: _of_accepted(path, leaf, accepted, subject), left_out),
        _alone(subject, partners, lambda path, leaf: _of_subject(path, leaf, accepted, subject), left_out),
    )
    types = [
        path
        for path, other in found.items()
        if path not in matched and not _same_structure(accepted, subject, path, other)
    ]
    pairs = tuple(
        LeafPair(path=path, other=found[path], same=_same(accepted, subject, path, found[path]))
        for path in sorted({*matched, *types})
    )
    values = [
        Counter(side.leaves[path].digest for path in paths)
        for side, paths in zip((accepted, subject), alone, strict=True)
    ]
    return Correspondence(
        pairs=pairs,
        accepted_alone=alone[0],
        subject_alone=alone[1],
        left_out=dict(left_out),
        elsewhere=bool(alone[0]) and values[0] == values[1],
    )


def _same(accepted: ContainerLeaves, subject: ContainerLeaves, path: str, other: str) -> bool:
    return same_value(accepted.leaves[path], subject.leaves[other])


def _same_structure(accepted: ContainerLeaves, subject: ContainerLeaves, path: str, other: str) -> bool:
    one, two = accepted.leaves[path], subject.leaves[other]
    return one.digest == two.digest or one.dtype == two.dtype or {one.dtype, two.dtype} <= _PLAIN_TYPES


def _alone(
    side: ContainerLeaves,
    matched: Iterable[str],
    rule_of: Callable[[str, Leaf], Bookkeeping | None],
    left_out: Counter[Bookkeeping],
) -> tuple[str, ...]:
    alone: list[str] = []
    for path in sorted(side.leaves.keys() - set(matched)):
        rule = rule_of(path, side.leaves[path])
        if rule is None:
            alone.append(path)
        else:
            left_out[rule] += 1
    return tuple(alone)


def _of_accepted(
    path: str, leaf: Leaf, accepted: ContainerLeaves, subject: ContainerLeaves
) -> Bookkeeping | None:
    if _is_plain(leaf, accepted.format in {"hdf5", "zip"}):
        return Bookkeeping.STRUCTURE
    torch = accepted.format == "torch" and subject.format in ARRAYS_ONLY
    if torch and leaf.kind is Kind.NUMBER and leaf.dtype == "int" and _VERSION.search(path):
        return Bookkeeping.VERSIONS
    if subject.format in ARRAYS_ONLY and leaf.kind not in _WEIGHTS:
        return Bookkeeping.SETTINGS
    if accepted.format == "safetensors" and path.startswith("__metadata__["):
        return Bookkeeping.METADATA
    keras = accepted.format == "zip" and subject.format == "hdf5"
    member = name_of(path)[:2]
    if keras and member in {("config", "json"), ("metadata", "json")}:
        return Bookkeeping.ARCHITECTURE
    return None


def _of_subject(
    path: str, leaf: Leaf, _accepted: ContainerLeaves, subject: ContainerLeaves
) -> Bookkeeping | None:
    if _is_plain(leaf, subject.format == "hdf5"):
        return Bookkeeping.STRUCTURE
    metadata = subject.format == "safetensors" and path.startswith("__metadata__[")
    return Bookkeeping.METADATA if metadata and leaf.kind is Kind.TEXT else None


def _is_plain(leaf: Leaf, groups: bool) -> bool:
    types = _PLAIN_TYPES | {_GROUP} if groups else _PLAIN_TYPES
    return leaf.kind in _STRUCTURE and leaf.dtype in types


def _as_array(number: Leaf, array: Leaf) -> object:
    """Return the digest that a number has as an array of a type without dimensions; None where it is none."""
    data = _packed(number, array.dtype)
    if data is None:
        return None
    digester = LeafDigester(array.digest.algorithm.removeprefix("leaf1-"))
    return digester(Kind.ARRAY, data, dtype=array.dtype, shape=())


_CODES = {
    "<f8": "<d",
    "<f4": "<f",
    "<f2": "<e",
    "|b1": "<?",
    **{f"<i{size}": code for size, code in ((2, "<h"), (4, "<i"), (8, "<q"))},
    **{f"<u{size}": code for size, code in ((2, "<H"), (4, "<I"), (8, "<Q"))},
    "|i1": "<b",
    "|u1": "<B",
}


def _packed(number: Leaf, dtype: str) -> bytes | None:
    value, code = number.value, _CODES.get(dtype)
    whole = "i" in dtype or "u" in dtype
    fits = {"bool": dtype == "|b1", "int": whole, "float": dtype == "<f8"}.get(
        number.dtype, number.dtype == dtype
    )
    if code is None or not fits or value is None or isinstance(value, str):
        return None
    try:
        return struct.pack(code, value)
    except (struct.error, OverflowError):
        return None
