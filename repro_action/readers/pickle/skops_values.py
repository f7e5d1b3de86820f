# SPDX-License-Identifier: Apache-2.0
"""skops's nodes → inert values; one method a loader, by the loaders' names in skops/io.

The nodes are those of protocols 0 to 2 (skops 0.1 to 0.16).
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.pickle.calls import global_named
from repro_action.readers.pickle.parts import reference_leaf
from repro_action.readers.pickle.rules import MASKED, OBJECT_ARRAY, scalar_leaf
from repro_action.readers.pickle.values import DictValue, Global, Instance, KnownLeaf, Pair, SetValue, Value
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.sources import ZipMember
from repro_action.readers.tensors.npy_file import NpyReader
from repro_action.readers.tensors.npz_file import NpzReader
from repro_action.tree import Branch, Leaf, Node

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_Json = Mapping[str, object]
_DEPTH = 150
"""Nesting of nodes; an object, its dict and a value in it are three."""


@dataclass(slots=True, kw_only=True)
class Nodes:
    """Turns the nodes of one file into inert values.

    Attributes:
        archive: the zip file.
        members: entries by name, without the schema.
        context: limits.
        unread: names that no node referred to so far.
    """

    archive: Source
    members: dict[str, zipfile.ZipInfo]
    context: ReadContext
    unread: set[str] = field(init=False)
    level: int = 0
    count: int = 0

    def __post_init__(self) -> None:
        self.unread = set(self.members)

    def value(self, node: object) -> Value:
        """Return the value of a node.

        Raises:
            ArtifactUnreadable: not a node, of an unknown loader, or beyond a limit.
        """
        self.count += 1
        if self.level > _DEPTH or self.count > self.context.limits.nodes:
            raise ArtifactUnreadable("its nodes are nested too deeply, or too many")
        table = _table(node)
        loader = _LOADERS.get(str(table.get("__loader__")))
        if loader is None:
            raise ArtifactUnreadable(f"skops's node {str(table.get('__loader__'))[:40]!r} is unknown")
        self.level += 1
        made = loader(self, table)
        self.level -= 1
        return made

    def content(self, node: _Json, key: str) -> Value:
        """Return the value of a node below `content`."""
        return self.value(_table(node.get("content")).get(key))

    def member(self, node: _Json) -> ZipMember:
        """Return the member that a node names.

        Raises:
            ArtifactUnreadable: there is no such member.
        """
        info = self.members.get(str(node.get("file")))
        if info is None:
            raise ArtifactUnreadable(f"its member {str(node.get('file'))[:60]!r} is missing")
        self.unread.discard(info.filename)
        self.context.expand(info.file_size)
        return ZipMember(self.archive, info, info.filename)

    def array(self, node: _Json) -> Leaf:
        """Return the leaf of an array in a member; raises as `member`, and where it is of objects."""
        leaf = NpyReader().read(self.member(node), self.context).root
        if not isinstance(leaf, Leaf):
            raise ArtifactUnreadable("one of its arrays contains Python objects")
        return leaf


def _table(node: object) -> _Json:
    if not isinstance(node, dict):
        raise ArtifactUnreadable("its schema is malformed: a node is not an object")
    return node


def _items(node: _Json) -> list[object]:
    content = node.get("content")
    if not isinstance(content, list):
        raise ArtifactUnreadable("its schema is malformed: the content of a node is not a list")
    return content


def _name(node: _Json) -> Global:
    return global_named(str(node.get("__module__")), str(node.get("__class__")))


def _plain(node: _Json, name: str) -> bool:
    return (node.get("__module__"), node.get("__class__")) == ("builtins", name)


def _json(_: Nodes, node: _Json) -> Value:
    text = node.get("content")
    try:
        made: object = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        raise ArtifactUnreadable("its schema is malformed: a literal is not JSON") from None
    if made is None or isinstance(made, bool | int | float | str):
        return made
    raise ArtifactUnreadable("its schema is malformed: a literal is not a scalar")


def _dict(nodes: Nodes, node: _Json) -> Value:
    content = _table(node.get("content"))
    types = [_key_type(entry) for entry in _items(_table(node.get("key_types")))]
    nodes.count += len(types)
    if len(types) < len(content):
        raise ArtifactUnreadable("its schema is malformed: keys without a type")
    pairs: list[Pair] = [
        (_key(key, cls), nodes.value(item)) for (key, item), cls in zip(content.items(), types, strict=False)
    ]
    return DictValue(pairs) if _plain(node, "dict") else Instance(_name(node), pairs=pairs)


def _key_type(node: object) -> str:
    return _name(_table(node)).name


def _key(text: str, cls: str) -> Value:
    try:
        match cls:
            case "builtins.str":
                return text
            case "builtins.int":
                return int(text)
            case "builtins.float":
                return float(text)
            case "builtins.bool":
                return text == "true"
            case "builtins.NoneType":
                return None
    except ValueError:
        raise ArtifactUnreadable("its schema is malformed: a key is not of its type") from None
    # A NumPy number lost its own type, but says which one it was.
    return Instance(Global(cls), (text,))


def _default_dict(nodes: Nodes, node: _Json) -> Value:
    main, factory = nodes.content(node, "main"), nodes.content(node, "default_factory")
    pairs = main.pairs if isinstance(main, DictValue) else []
    return Instance(Global("collections.defaultdict"), (factory,), pairs=pairs)


def _list(nodes: Nodes, node: _Json) -> Value:
    items = [nodes.value(item) for item in _items(node)]
    return items if _plain(node, "list") else Instance(_name(node), items=items)


def _set(nodes: Nodes, node: _Json) -> Value:
    items = [nodes.value(item) for item in _items(node)]
    return SetValue(items, frozen=_plain(node, "frozenset"))


def _tuple(nodes: Nodes, node: _Json) -> Value:
    items = tuple(nodes.value(item) for item in _items(node))
    return items if _plain(node, "tuple") else Instance(_name(node), items)


def _bytes(nodes: Nodes, node: _Json) -> Value:
    member = nodes.member(node)
    with member.open() as file:
        return file.read(member.size)


def _slice(_: Nodes, node: _Json) -> Value:
    content = _table(node.get("content"))
    ends: list[Value] = []
    for key in ("start", "stop", "step"):
        end = content.get(key)
        if end is not None and not isinstance(end, int):
            raise ArtifactUnreadable("its schema is malformed: a bound of a slice is not a number")
        ends.append(end)
    return Instance(Global("builtins.slice"), tuple(ends))


def _reference(_: Nodes, node: _Json) -> Value:
    return _name(node)


def _method(nodes: Nodes, node: _Json) -> Value:
    function = str(_table(node.get("content")).get("func"))
    return Instance(Global("builtins.getattr"), (nodes.content(node, "obj"), function))


def _partial(nodes: Nodes, node: _Json) -> Value:
    func, *rest = (nodes.content(node, key) for key in ("func", "args", "kwds", "namespace"))
    return Instance(Global("functools.partial"), (func,), states=[(func, *rest)])


def _constructor(nodes: Nodes, node: _Json) -> Value:
    args = nodes.value(node.get("content"))
    return Instance(_name(node), args if isinstance(args, tuple) else (args,))


def _object(nodes: Nodes, node: _Json) -> Value:
    content = node.get("content")
    state = None if content is None else nodes.value(content)
    return Instance(_name(node), states=[] if state is None else [state])


def _reduced(nodes: Nodes, node: _Json) -> Value:
    args = nodes.value(_table(node.get("__reduce__")).get("args"))
    state = nodes.value(node.get("content"))
    made = Instance(_name(node), args if isinstance(args, tuple) else (args,))
    made.states += [] if state is None else [state]
    return made


def _operator(nodes: Nodes, node: _Json) -> Value:
    args = nodes.value(node.get("attrs"))
    return Instance(_name(node), args if isinstance(args, tuple) else (args,))


def _array(nodes: Nodes, node: _Json) -> Value:
    if node.get("type") == "json":
        return _object_array(nodes, node)
    leaf, cls = nodes.array(node), _name(node)
    if cls.name in {"numpy.ndarray", "numpy.memmap"}:
        return KnownLeaf(leaf)
    if leaf.shape == ():
        return KnownLeaf(scalar_leaf(_loaded(leaf), nodes.context))
    return Instance(cls, states=[DictValue([("data", KnownLeaf(leaf))])])


def _object_array(nodes: Nodes, node: _Json) -> Value:
    shape = nodes.value(node.get("shape"))
    if not isinstance(shape, tuple):
        raise ArtifactUnreadable("its schema is malformed: a shape is not a tuple")
    found = _items(node)
    for _ in shape[1:]:
        found = [item for row in found for item in _items(_table(row))]
    return Instance(Global(OBJECT_ARRAY), (shape,), items=[nodes.value(item) for item in found])


def _loaded(leaf: Leaf) -> npt.NDArray[np.generic]:
    import numpy as np

    if leaf.payload is None or not leaf.dtype or leaf.dtype.startswith("["):
        raise ArtifactUnreadable(f"an array of {leaf.dtype[:40]!r} where an array is not allowed")
    try:
        return np.frombuffer(b"".join(leaf.payload.chunks(1 << 24)), leaf.dtype).reshape(leaf.shape)
    except (ValueError, TypeError) as error:
        raise ArtifactUnreadable(f"an array is malformed: {str(error)[:100]!r}") from None


def _masked(nodes: Nodes, node: _Json) -> Value:
    data, mask = nodes.content(node, "data"), nodes.content(node, "mask")
    content = _loaded(data.leaf) if isinstance(data, KnownLeaf) else data
    if not isinstance(mask, KnownLeaf):
        raise ArtifactUnreadable("its schema is malformed: a mask is not an array")
    fill = _table(node.get("content")).get("fill_value")
    return Instance(
        Global(MASKED), (content, _loaded(mask.leaf), None if fill is None else nodes.value(fill))
    )


def _dtype(nodes: Nodes, node: _Json) -> Value:
    content = nodes.value(node.get("content"))
    if isinstance(content, KnownLeaf):
        return KnownLeaf(reference_leaf(f"numpy.dtype({content.leaf.dtype!r})", nodes.context))
    return KnownLeaf(reference_leaf("numpy.dtype('O')", nodes.context))


def _random_state(nodes: Nodes, node: _Json) -> Value:
    state = nodes.value(node.get("content"))
    return Instance(Global("numpy.random._pickle.__randomstate_ctor"), states=[state])


def _generator(nodes: Nodes, node: _Json) -> Value:
    state, seeds = nodes.content(node, "bit_generator"), nodes.content(node, "seed_seq")
    table = state.text_keys() if isinstance(state, DictValue) else None
    name = (table or {}).get("bit_generator")
    seed = Instance(Global("numpy.random.bit_generator.SeedSequence"), states=[seeds])
    source = Instance(Global("numpy.random._pickle.__bit_generator_ctor"), (name,), states=[(state, seed)])
    return Instance(Global("numpy.random._pickle.__generator_ctor"), (source,))


def _sparse(nodes: Nodes, node: _Json) -> Value:
    root: Node = NpzReader().read(nodes.member(node), nodes.context).root
    pairs: list[Pair] = []
    for segment, child in root.children if isinstance(root, Branch) else ():
        name = segment[2:-2]
        if not isinstance(child, Leaf):
            raise ArtifactUnreadable("a sparse matrix is malformed")
        if name == "shape":
            pairs.append(("_shape", tuple(int(size) for size in _loaded(child).tolist())))
        elif name != "format":
            # The format is part of the type's name.
            pairs.append((name, KnownLeaf(child)))
    return Instance(_name(node), states=[DictValue(pairs)])


_LOADERS: dict[str, Callable[[Nodes, _Json], Value]] = {
    "JsonNode": _json,
    "DictNode": _dict,
    "DefaultDictNode": _default_dict,
    "ListNode": _list,
    "SetNode": _set,
    "TupleNode": _tuple,
    "BytesNode": _bytes,
    "BytearrayNode": _bytes,
    "SliceNode": _slice,
    "FunctionNode": _reference,
    "TypeNode": _reference,
    "MethodNode": _method,
    "PartialNode": _partial,
    "ConstructorFromReduceNode": _constructor,
    "ObjectNode": _object,
    "TreeNode": _reduced,
    "LossNode": _reduced,
    "QuantileForestNode": _reduced,
    "OperatorFuncNode": _operator,
    "NdArrayNode": _array,
    "MaskedArrayNode": _masked,
    "DTypeNode": _dtype,
    "RandomStateNode": _random_state,
    "RandomGeneratorNode": _generator,
    "SparseMatrixNode": _sparse,
}
