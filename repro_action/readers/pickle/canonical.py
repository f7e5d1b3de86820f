# SPDX-License-Identifier: Apache-2.0
"""Inert values → a tree, the same whatever the pickle's protocol, order or sharing.

Values that are shared are digested once, by identity, so a pickle that says "twice the last
one" forty times stays cheap; the tree is nevertheless that of so many equal copies. A value
that contains itself ends in a leaf that says how many branches up it goes on.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.pickle.calls import shorten
from repro_action.readers.pickle.parts import Parts, Rule, expand, reference_leaf
from repro_action.readers.pickle.rules import RULES
from repro_action.readers.pickle.values import Global, Value, weight
from repro_action.readers.protocol import ReadContext, too_large
from repro_action.tree import Leaf, Node, branch

_CYCLES = 30_000
"""Nodes inside cycles; they depend on the way in, so they cannot be digested once for all."""
_TOO_MANY_WAYS = "its values refer to each other in too many ways"
_KEYS = 8
"""Nesting of objects as keys of dicts."""
_SMALL = 256
_LEAF = 600
"""Bytes of memory that a leaf with its digest takes, about."""


@dataclass(slots=True)
class _Frame:
    value: Value
    parts: Parts
    segments: list[str]
    pending: list[Value]
    ordered: bool = False
    nodes: list[Node] = field(default_factory=list)
    highest: int = 1 << 30
    """Depth of the outermost branch that something below refers back to."""
    references: int = 0
    """Its own parts that are branches above them, or it itself."""


@dataclass(slots=True)
class Canonical:
    """Turns inert values into nodes.

    Args:
        context: bounds and digester.
        rules: readers of known types, by full name.
        key_level: nesting of keys.
    """

    context: ReadContext
    rules: Mapping[str, Rule] = field(default_factory=lambda: RULES)
    key_level: int = 0
    cycles: int = 0
    visits: int = 0
    leaves: int = 0
    _finished: dict[int, Node] = field(default_factory=dict)
    _tuples: dict[tuple[int, int], str] = field(default_factory=dict)
    _long_keys: dict[int, str] = field(default_factory=dict)
    _references: dict[int, Leaf] = field(default_factory=dict)
    _small: dict[tuple[type, Value], Leaf] = field(default_factory=dict)
    _kept: list[Value] = field(default_factory=list)
    _shown: set[int] = field(default_factory=set)
    replaced: list[Value] = field(default_factory=list)
    """Values under keys that were set again."""

    def node(self, root: Value) -> Node:
        """Return the node of a value.

        Raises:
            ArtifactUnreadable: nested too deeply, too large, or contradicting itself.
        """
        stack: list[_Frame] = []
        path: dict[int, int] = {}
        found = self._enter(root, stack, path)
        while stack:
            frame = stack[-1]
            if found is not None:
                frame.nodes.append(found)
            if len(frame.nodes) < len(frame.pending):
                found = self._enter(frame.pending[len(frame.nodes)], stack, path)
                continue
            stack.pop()
            del path[id(frame.value)]
            found = self._leave(frame, stack)
        assert found is not None  # noqa: S101  # the loop ends with the root's node
        return found

    def shows(self, value: Value) -> bool:
        """Say whether a value went into the tree, by identity."""
        return id(value) in self._shown

    def _enter(self, value: Value, stack: list[_Frame], path: dict[int, int]) -> Node | None:
        """Return the node of a value, or push a frame for its parts and return None."""
        made = self._finished.get(id(value))
        if made is not None:
            return made
        if value is None or type(value) in _CACHED:
            return self._plain(value)
        depth = path.get(id(value))
        if depth is not None:
            stack[-1].highest = min(stack[-1].highest, depth)
            stack[-1].references += 1
            if stack[-1].references > _CYCLES:
                raise ArtifactUnreadable(_TOO_MANY_WAYS)
            return self._reference(len(stack) - depth)
        self.visits += 1
        if not self.visits & 1023:
            self.context.check_time()
        parts = expand(value, self.context, self.rules)
        self.context.spend(_work(value, parts))
        if isinstance(parts, Leaf):
            return self._keep(value, parts)
        if len(stack) >= self.context.limits.depth:
            raise ArtifactUnreadable(f"nested more than {self.context.limits.depth} levels deep")
        path[id(value)] = len(stack)
        stack.append(self._frame(value, parts))
        return None

    def _reference(self, levels: int) -> Leaf:
        """Return the leaf of a value that is its own part, so many branches up."""
        if levels not in self._references:
            self._references[levels] = reference_leaf("^" * levels, self.context)
        return self._references[levels]

    def _frame(self, value: Value, parts: Parts) -> _Frame:
        keyed = self._rendered(parts) if parts.keyed else []
        names = [segment for segment, _ in keyed]
        # A dict in the order of its keys has the digest that it has without an order.
        ordered = parts.ordered and names != sorted(names)
        others = sorted(parts.children, key=_segment) if ordered else parts.children
        pairs = [*others, *keyed]
        segments = [segment for segment, _ in pairs]
        return _Frame(value, parts, segments, [item for _, item in pairs] + parts.unordered, ordered)

    def _leave(self, frame: _Frame, stack: list[_Frame]) -> Node:
        segment_count = len(frame.segments)
        members = sorted(frame.nodes[segment_count:], key=lambda node: node.digest)
        children: list[tuple[str, Node]] = list(zip(frame.segments, frame.nodes[:segment_count], strict=True))
        children += frame.parts.leaves
        children += [(f"{{{index}}}", node) for index, node in enumerate(members)]
        made = branch(
            children,
            type=frame.parts.type,
            ordered=frame.ordered,
            algorithm=self.context.digester.algorithm,
        )
        if frame.highest >= len(stack):
            return self._keep(frame.value, made)
        self.cycles += len(children)
        if self.cycles > _CYCLES:
            raise ArtifactUnreadable(_TOO_MANY_WAYS)
        stack[-1].highest = min(stack[-1].highest, frame.highest)
        # Parts made on the way must outlive the walk, or another value could take their place.
        return self._keep(frame.value, made, final=False)

    def _keep(self, value: Value, node: Node, *, final: bool = True) -> Node:
        if final:
            self._finished[id(value)] = node
        self._kept.append(value)
        self._shown.add(id(value))
        return node

    def _plain(self, value: Value) -> Node:
        if isinstance(value, float) and math.isnan(value):
            return self._leaf(value)
        large = (
            len(value) > _SMALL
            if isinstance(value, str)
            else value.bit_length() > 64
            if isinstance(value, int)
            else False
        )
        if large:
            # Referred to a million times, it is digested once.
            return self._keep(value, self._leaf(value))
        key = (type(value), value if type(value) is not float else value.hex())
        found = self._small.get(key)
        if found is None:
            found = self._leaf(value)
            if len(self._small) < 1 << 16:
                self._small[key] = found
        return found

    def _leaf(self, value: Value) -> Leaf:
        self.leaves += 1
        if self.leaves * _LEAF > 4 * self.context.limits.memory:
            raise too_large(f"it has more than {self.leaves - 1} values", f"{self.leaves - 1} values")
        made = expand(value, self.context, self.rules)
        assert isinstance(made, Leaf)  # noqa: S101  # only plain types come here
        return made

    def _rendered(self, parts: Parts) -> list[tuple[str, Value]]:
        """Render the keys of a dict; a later pair replaces an earlier one with its key."""
        shown: dict[str, Value] = {}
        for key, value in parts.keyed:
            text = self._key(key, 0)
            if text in shown and not _one_key(key):
                # Two objects, or two NaNs, may be different keys and yet look the same.
                text += f"#{len(shown)}"
            elif text in shown:
                self.replaced.append(shown[text])
            shown[text] = value
        return [(f"[{text}]", value) for text, value in shown.items()]

    def _key(self, key: Value, level: int) -> str:
        match key:
            case int() if key.bit_length() > 512:
                return self._long_key(key)
            case float() if math.isnan(key) and struct.pack("<d", key) != _NAN:
                return f"nan {struct.pack('>d', key).hex()}"
            case str() | bytes() if len(key) > _SMALL:
                return self._long_key(key)
            case None | bool() | int() | float() | complex() | str() | bytes():
                return shorten(repr(key))
            case tuple() if level < _KEYS and len(key) < 64:
                return self._tuple_key(key, level)
            case Global():
                return key.name
            case _:
                return self._object_key(key)

    def _long_key(self, key: str | bytes | int) -> str:
        # Many dicts may have the same text for a key: it is rendered once.
        if id(key) not in self._long_keys:
            self._long_keys[id(key)] = shorten(hex(key) if isinstance(key, int) else repr(key))
            self._kept.append(key)
        return self._long_keys[id(key)]

    def _tuple_key(self, key: tuple[Value, ...], level: int) -> str:
        # Tuples may hold each other many times over: each is rendered once.
        cached = self._tuples.get((id(key), level))
        if cached is not None:
            return cached
        inner = ", ".join(self._key(item, level + 1) for item in key)
        text = self._tuples[id(key), level] = shorten(f"({inner},)" if len(key) == 1 else f"({inner})")
        self._kept.append(key)
        return text

    def _object_key(self, key: Value) -> str:
        if self.key_level >= _KEYS:
            raise ArtifactUnreadable("keys of dicts nested too deeply")
        self.key_level += 1
        node = self.node(key)
        self.key_level -= 1
        if isinstance(node, Leaf) and node.value is not None:
            # A NumPy number is shown like the Python number, with its dtype to tell them apart.
            return f"{node.dtype}({node.value!r})"
        name = node.dtype if isinstance(node, Leaf) else node.type
        return f"<{name} {node.digest.value[:16]}>"


_CACHED = frozenset({bool, int, float, str})
_NAN = struct.pack("<d", math.nan)


def _work(value: Value, parts: Parts | Leaf) -> int:
    """Return how much work it was to expand a value, and its parts will be."""
    if isinstance(parts, Leaf):
        return weight(value) + (math.prod(parts.shape) >> 8)
    return weight(value) + len(parts.children) + len(parts.keyed) + len(parts.unordered)


def _segment(child: tuple[str, Value]) -> str:
    return child[0]


def _one_key(key: Value) -> bool:
    """Say whether a key of this text can be one key only, which replaces the earlier one."""
    match key:
        case float() | complex():
            return key == key  # noqa: PLR0124  # NaN is not equal to itself: each is a key of its own
        case None | bool() | int() | str() | bytes() | Global():
            return True
        case tuple():
            return len(key) < 64 and all(map(_one_key, key))
    return False
