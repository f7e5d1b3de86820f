# SPDX-License-Identifier: Apache-2.0
"""YAML: values by key; comments, order of keys and layout are the container's.

PyYAML's own scanner takes about a second for each MiB. Larger files are scanned by LibYAML, which PyYAML
brings nearly everywhere, event by event; lists of many records in them are read by column, as in JSON.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.json.json_file import JsonBuilder
from repro_action.readers.plain_values import Labelled, value_tree
from repro_action.readers.protocol import ReadContext, Source, size_text, too_large
from repro_action.readers.whole import SizeLimit, largest, whole, whole_text
from repro_action.tree import Node, Tree, branch

if TYPE_CHECKING:
    import yaml

_SMALL = 4 << 20
"""Bytes up to which PyYAML's own scanner is used."""

_PREFIX = "tag:yaml.org,2002:"
_NODE, _COMPOSED = 100, 300
"""Bytes of memory that a value takes, about; made of PyYAML's nodes, more."""


class YamlReader:
    """Reads `.yaml` and `.yml` files: plain values only, of one document or a list of several."""

    name = "yaml"
    size_limit = SizeLimit(
        copies=4, also=f"values: {{count*4/{_NODE}}}; {_SMALL >> 20} MiB where PyYAML is without LibYAML"
    )

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the suffix."""
        return source.name.lower().endswith((".yaml", ".yml")) and b"\0" not in head

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the value.

        Raises:
            ArtifactUnreadable: not valid YAML, with a tag of its own or a key twice, or too large.
        """
        import yaml

        try:
            if source.size <= _SMALL:
                text = whole_text(source, context)
                nodes = yaml.compose_all(text, yaml.SafeLoader)
                documents = [_YamlValues(context).value(node, 0) for node in nodes]
                root = _root([value_tree(document, context) for document in documents], context)
            else:
                root = self._large(source, context)
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            raise ArtifactUnreadable(f"not valid YAML: {' '.join(str(error).split())[:200]}") from error
        return Tree(format=self.name, root=root)

    def _large(self, source: Source, context: ReadContext) -> Node:
        import yaml

        if not yaml.__with_libyaml__:
            lack = f"it has {size_text(source.size)}, and PyYAML is without LibYAML here"
            raise too_large(lack, size_text(min(_SMALL, largest(context.limits, self.size_limit.copies))))
        data = whole(source, context, copies=self.size_limit.copies)
        events = yaml.parse(data, Loader=yaml.CSafeLoader)
        builder = _TableBuilder(context)
        return _root([builder.node(one, 0) for one in _Composer(context, events).documents()], context)


class _TableBuilder(JsonBuilder):
    """Makes columns of records; of those with values that JSON has not, a branch a record."""

    def table(self, value: object, depth: int) -> Node | None:
        """Return records or entries by column; None where they are not many, or have other values."""
        try:
            return super().table(value, depth)
        except TypeError:
            return None


def _root(documents: list[Node], context: ReadContext) -> Node:
    """Return the one document, or a branch of several or none, which is not a list in one."""
    if len(documents) == 1:
        return documents[0]
    children = [(f"[{index}]", node) for index, node in enumerate(documents)]
    return branch(children, type="YAML documents", algorithm=context.digester.algorithm)


class _YamlValues:
    """Values of YAML's nodes; those that come twice are made twice, up to a bound."""

    def __init__(self, context: ReadContext, cost: int = _COMPOSED) -> None:
        self.context = context
        self.most = 4 * context.limits.memory // cost
        self.nodes = 0

    def count(self, depth: int, more: int = 1) -> None:
        """Count values.

        Raises:
            ArtifactUnreadable: too many, nested too deeply, or time is up.
        """
        self.nodes += more
        if depth > self.context.limits.depth:
            raise ArtifactUnreadable(f"it is nested more than {self.context.limits.depth} levels deep")
        if self.nodes > self.most:
            raise too_large("with its aliases expanded, it has more values", f"{self.most} values")
        if self.nodes % 1024 < more:
            self.context.check_time()

    def value(self, node: yaml.Node, depth: int) -> object:
        """Return the value of a node."""
        import yaml

        self.count(depth)
        match node:
            case yaml.MappingNode():
                pairs = [
                    (self.value(key, depth + 1), self.value(item, depth + 1)) for key, item in node.value
                ]
                return _tagged(node.tag, "map", _mapping(pairs))
            case yaml.SequenceNode():
                return _tagged(node.tag, "seq", [self.value(item, depth + 1) for item in node.value])
        return _scalar(str(node.tag), str(node.value))


class _Composer(_YamlValues):
    """Values of YAML's events; what an alias refers to is counted each time."""

    def __init__(self, context: ReadContext, events: Iterator[yaml.Event]) -> None:
        super().__init__(context, _NODE)
        self.events = events
        self._resolve: Callable[..., object] = _loader().resolve
        self.anchors: dict[str, tuple[object, int]] = {}

    def documents(self) -> list[object]:
        """Return the value of each document."""
        import yaml

        found = []
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.anchors = {}
                found.append(self._event(next(self.events), 0))
        return found

    def _event(self, event: yaml.Event, depth: int) -> object:
        import yaml

        anchor: str | None = getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent):
            if anchor not in self.anchors:
                raise ArtifactUnreadable("an alias in it refers to nothing, or to something that contains it")
            value, size = self.anchors[anchor]
            self.count(depth, size)
            return value
        before = self.nodes
        self.count(depth)
        value = self._fresh(event, depth)
        if anchor is not None:
            self.anchors[anchor] = (value, self.nodes - before)
        return value

    def _fresh(self, event: yaml.Event, depth: int) -> object:
        import yaml

        if isinstance(event, yaml.ScalarEvent):
            tag: object = event.tag
            if tag is None or tag == "!":
                tag = self._resolve(yaml.ScalarNode, event.value, event.implicit)
            return _scalar(str(tag), event.value)
        given: str | None = getattr(event, "tag", None)
        items = []
        end = yaml.MappingEndEvent if isinstance(event, yaml.MappingStartEvent) else yaml.SequenceEndEvent
        while not isinstance(following := next(self.events), end):
            items.append(self._event(following, depth + 1))
        kind = "map" if end is yaml.MappingEndEvent else "seq"
        tag = f"{_PREFIX}{kind}" if given is None or given == "!" else given
        value = _mapping(list(zip(items[::2], items[1::2], strict=True))) if kind == "map" else items
        return _tagged(tag, kind, value)


def _mapping(pairs: list[tuple[object, object]]) -> dict[object, object]:
    if any(isinstance(key, list | dict) for key, _ in pairs):
        raise ArtifactUnreadable("a mapping has keys that are lists or mappings, which are not supported")
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ArtifactUnreadable("a mapping has the same key twice")
    return table


def _tagged(tag: str, plain: str, value: object) -> object:
    # No key in a file is of such a type.
    return value if tag == _PREFIX + plain else {Labelled(type="<tag>", value=tag): value}


@functools.cache
def _loader() -> yaml.SafeLoader:
    import yaml

    return yaml.SafeLoader("")


def _scalar(tag: str, text: str) -> object:
    import yaml

    tag = tag.removeprefix(_PREFIX)
    if tag == "str":
        return text
    if tag not in {"null", "bool", "int", "float", "timestamp"}:
        return Labelled(type=tag[:80], value=text)
    try:
        loader = _loader()
        found: object = loader.yaml_constructors[_PREFIX + tag](loader, yaml.ScalarNode(_PREFIX + tag, text))
    except (ValueError, IndexError, KeyError, AttributeError, OverflowError) as error:
        raise ArtifactUnreadable(f"its value {text[:80]!r} is not a {tag}") from error
    return found
