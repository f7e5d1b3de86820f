# SPDX-License-Identifier: Apache-2.0
"""YAML and TOML: values by key; comments, order of keys and layout are the container's."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.cursor import whole_text
from repro_action.readers.plain_values import Labelled, value_tree
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Tree

if TYPE_CHECKING:
    import yaml

_LARGEST = 4 << 20
"""Bytes of a YAML file: its reader takes about a second for each MiB."""


class TomlReader:
    """Reads `.toml` files."""

    name = "toml"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the suffix."""
        del head
        return source.name.lower().endswith(".toml")

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the table.

        Raises:
            ArtifactUnreadable: not valid TOML, or too large.
        """
        try:
            value = tomllib.loads(whole_text(source, context, copies=12))
        except (ValueError, RecursionError) as error:
            raise ArtifactUnreadable(f"not valid TOML: {str(error)[:200]}") from error
        return Tree(format=self.name, root=value_tree(value, context))


class YamlReader:
    """Reads `.yaml` and `.yml` files: plain values only, of one document or a list of several."""

    name = "yaml"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the suffix."""
        return source.name.lower().endswith((".yaml", ".yml")) and b"\0" not in head

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the value.

        Raises:
            ArtifactUnreadable: not valid YAML, with a tag of its own or a key twice, or too large.
        """
        import yaml

        if source.size > _LARGEST:
            raise ArtifactUnreadable(f"it is larger than {_LARGEST} bytes")
        text = whole_text(source, context)
        try:
            documents = [
                _YamlValues(context).value(node, 0) for node in yaml.compose_all(text, yaml.SafeLoader)
            ]
        except (yaml.YAMLError, RecursionError) as error:
            raise ArtifactUnreadable(f"not valid YAML: {' '.join(str(error).split())[:200]}") from error
        value = documents[0] if len(documents) == 1 else documents
        return Tree(format=self.name, root=value_tree(value, context))


class _YamlValues:
    """Values of YAML's nodes; those that come twice are made twice, up to a bound."""

    def __init__(self, context: ReadContext) -> None:
        self.context = context
        self.nodes = 0

    def value(self, node: yaml.Node, depth: int) -> object:
        import yaml

        self.nodes += 1
        if depth > self.context.limits.depth or 600 * self.nodes > self.context.limits.memory:
            raise ArtifactUnreadable("it is nested too deep, or its aliases make too many values")
        if self.nodes % 1024 == 0:
            self.context.check_time()
        match node:
            case yaml.MappingNode():
                pairs = [
                    (self.value(key, depth + 1), self.value(item, depth + 1)) for key, item in node.value
                ]
                table = {
                    key if isinstance(key, str | int | float | bool | None) else str(key): item
                    for key, item in pairs
                }
                if len(table) != len(pairs):
                    raise ArtifactUnreadable("a mapping has the same key twice, or keys that are lists")
                return self._tagged(node, "tag:yaml.org,2002:map", table)
            case yaml.SequenceNode():
                items = [self.value(item, depth + 1) for item in node.value]
                return self._tagged(node, "tag:yaml.org,2002:seq", items)
        return _scalar(node)

    def _tagged(self, node: yaml.Node, plain: str, value: object) -> object:
        return value if node.tag == plain else {"tag": node.tag, "value": value}


def _scalar(node: yaml.Node) -> object:
    import yaml

    tag = str(node.tag).removeprefix("tag:yaml.org,2002:")
    if tag == "str":
        return str(node.value)
    if tag not in {"null", "bool", "int", "float", "timestamp"}:
        return Labelled(type=tag[:80], value=str(node.value))
    try:
        found: object = yaml.SafeLoader("").construct_object(node)
    except (ValueError, IndexError, KeyError) as error:
        raise ArtifactUnreadable(f"its value {str(node.value)[:80]!r} is not a {tag}") from error
    return found
