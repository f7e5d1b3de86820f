# SPDX-License-Identifier: Apache-2.0
"""Small tables of scalars from TOML, JSON and YAML: what parameters and metrics files hold."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from repro_action.errors import ReproError
from repro_action.tree import Scalar

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 4 << 20
MAX_SCALARS = 20_000
MAX_DEPTH = 100
SUFFIXES = (".json", ".toml", ".yaml", ".yml")


class TableError(ReproError):
    """A parameters or metrics file cannot be read as a table of scalars."""


def read_table(data: bytes, name: str) -> dict[str, Scalar]:
    """Read a table and flatten it: `{"a": {"b": [1]}}` → `{"a.b[0]": 1}`.

    Args:
        data: the file's bytes.
        name: its relative path; the suffix chooses the format.

    Raises:
        TableError: another format, malformed, or beyond `MAX_BYTES` or `MAX_SCALARS`.
    """
    if len(data) > MAX_BYTES:
        raise TableError(f"it has {len(data):,} bytes; a table can have at most {MAX_BYTES:,}", where=name)
    try:
        parsed = _parse(data.decode("utf-8-sig"), PurePosixPath(name).suffix.lower(), name)
    except (ValueError, RecursionError) as error:
        raise TableError(f"it cannot be read: {error}", where=name, remedy="Fix the file.") from error
    table = parsed if isinstance(parsed, Mapping) else {"": parsed}
    flat = flatten_mapping(table)
    if len(flat) != _count(table):
        raise TableError(
            "two of its values have the same path",
            why="A key such as `a.b` looks the same as the key `b` inside `a`.",
            where=name,
            remedy="Rename one of the keys.",
        )
    if len(flat) > MAX_SCALARS:
        raise TableError(f"it has {len(flat):,} values; a table can have at most {MAX_SCALARS:,}", where=name)
    return flat


def _count(data: object) -> int:
    """Return the number of values in nested tables."""
    count, waiting = 0, [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, list | tuple):
            waiting.extend(value)
        else:
            count += 1
    return count


def _parse(text: str, suffix: str, name: str) -> object:
    match suffix:
        case ".json":
            return json.loads(text, object_pairs_hook=_unique)
        case ".toml":
            return tomllib.loads(text)
        case ".yaml" | ".yml":
            return parse_yaml(text, name)
    raise TableError(
        f"files ending in {suffix!r} are not read as tables",
        where=name,
        remedy=f"Use one of {', '.join(SUFFIXES)}.",
    )


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Make an object of its pairs.

    Raises:
        ValueError: it has a key twice; which value counts depends on who reads it.
    """
    table = dict(pairs)
    if len(table) != len(pairs):
        twice = next(key for index, (key, _) in enumerate(pairs) if key in dict(pairs[:index]))
        raise ValueError(f"it has the key {twice[:80]!r} twice")
    return table


def parse_yaml(text: str, name: str) -> object:
    """Read one document of YAML without aliases, double keys or great depth.

    Raises:
        TableError: it is none.
    """
    import yaml

    try:
        # An alias may stand for a large subtree many times over; tables of scalars need none.
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise TableError("YAML aliases are not supported", where=name, remedy="Write the values out.")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            # The time that the parser takes grows with the square of the depth.
            if depth > MAX_DEPTH:
                raise TableError(
                    f"it is nested more than {MAX_DEPTH} levels deep", where=name, remedy="Flatten it."
                )
        _refuse_twice(yaml.compose(text, Loader=yaml.SafeLoader), name)
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise TableError(f"it cannot be read: {error}", where=name, remedy="Fix the file.") from error


def _refuse_twice(root: yaml.Node | None, name: str) -> None:
    """Raise TableError where a mapping has a key twice: YAML forbids it, and its parser takes the last."""
    import yaml

    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            keys = [(key.tag, key.value) for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if len(set(keys)) != len(keys):
                twice = next(value for tag, value in keys if keys.count((tag, value)) > 1)
                raise TableError(f"it has the key {twice[:80]!r} twice", where=name, remedy="Fix the file.")
            waiting.extend(value for _, value in node.value)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)


def flatten_mapping(data: Mapping[str, object]) -> dict[str, Scalar]:
    """Flatten nested tables of parameters or metrics: `{"a": {"b": 1}}` → `{"a.b": 1}`.

    Lists keep their index: `a[0]`. Values that are no JSON scalars become their `str`.
    """
    flat: dict[str, Scalar] = {}
    queue: list[tuple[str, object]] = [("", data)]
    while queue:
        path, value = queue.pop()
        if isinstance(value, Mapping):
            queue.extend((f"{path}.{key}" if path else str(key), item) for key, item in value.items())
        elif isinstance(value, list | tuple):
            queue.extend((f"{path}[{index}]", item) for index, item in enumerate(value))
        elif value is None or isinstance(value, str | int | float | bool):
            flat[path] = value
        else:
            flat[path] = str(value)
    return dict(sorted(flat.items()))
