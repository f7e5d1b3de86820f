# SPDX-License-Identifier: Apache-2.0
"""The variables of a `dvc.yaml`: https://dvc.org/doc/user-guide/project-structure/dvcyaml-files#templating.

Scalars, `foreach` and `matrix` are filled in. What is beyond that (a mapping as arguments of a command)
raises `Unresolved`; what `dvc.lock` has for such a stage is resolved already.
"""

from __future__ import annotations

import itertools
import json
import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from repro_action.data.dvc.documents import LARGEST, DocumentError, as_number, parse_document, read_limited

_VARIABLE = re.compile(r"(?<!\\)\$\{\s*([^${}\s]+)\s*\}")
_PART = re.compile(r"\.?([^.\[\]]+)|\[([^\[\]]+)\]")
MOST = 10_000
"""Stages that one template may stand for."""

_MOST_PARTS = 5

Variables = Mapping[str, object]


class Unresolved(ValueError):
    """A template names what is not known here."""


def fill(text: str, variables: Variables) -> str:
    """Return a text with its variables filled in.

    Raises:
        Unresolved: one is not known, or is no scalar.
    """
    filled = _VARIABLE.sub(lambda match: _as_text(_value(match[1], variables)), text)
    return filled.replace("\\${", "${")


def is_template(text: str) -> bool:
    """Whether a text has variables."""
    return _VARIABLE.search(text) is not None


def pattern(text: str) -> re.Pattern[str]:
    """Return what matches the texts that a template can become; nothing for one of very many variables."""
    parts = _VARIABLE.split(text)[::2]
    if len(parts) > _MOST_PARTS:
        return re.compile(r"(?!)")  # the time that it takes grows with a power of their number
    return re.compile(".+".join(re.escape(part) for part in parts))


def expanded(
    name: str, stage: Mapping[object, object], variables: Variables
) -> Iterator[tuple[str, Mapping[object, object], Variables]]:
    """Yield each stage that an entry of `stages` stands for: its name, its content, its variables.

    Raises:
        Unresolved: what it is repeated for is not known, or too much.
    """
    if "foreach" in stage:
        body = stage.get("do")
        if not isinstance(body, Mapping):
            raise Unresolved
        for key, item in _items(_raw(stage["foreach"], variables)):
            yield f"{name}@{key}", body, {**variables, "item": item, "key": key}
    elif "matrix" in stage:
        rows = _raw(stage["matrix"], variables)
        if not isinstance(rows, Mapping):
            raise Unresolved
        axes = [(str(axis), _axis(str(axis), _raw(values, variables))) for axis, values in rows.items()]
        chosen = itertools.product(*(values for _, values in axes))
        for cells in itertools.islice(chosen, MOST):
            key = "-".join(label for label, _ in cells)
            item = {axis: value for (axis, _), (_, value) in zip(axes, cells, strict=True)}
            yield f"{name}@{key}", stage, {**variables, "item": item, "key": key}
    else:
        yield name, stage, variables


def variables_of(document: Mapping[object, object], root: Path, folder: str = "") -> Variables:
    """Return the variables of a `dvc.yaml`, or of a stage: `params.yaml`, and what `vars` adds.

    Args:
        document: the parsed file, or the stage's part of it.
        root: folder of the file.
        folder: that paths in `vars` start from, relative to it.
    """
    listed = document.get("vars")
    found: dict[str, object] = {}
    for entry in ("params.yaml", *(listed if isinstance(listed, list) else ())):
        if isinstance(entry, str):
            file, _, keys = entry.partition(":")
            table = _table(root / posixpath.join(folder, file))
            names = [key.strip() for key in keys.split(",")] if keys else list(table)
            found.update({name: table[name] for name in names if name in table})
        elif isinstance(entry, Mapping):
            found.update({str(key): value for key, value in entry.items()})
    return found


def _table(path: Path) -> dict[str, object]:
    try:
        data = read_limited(path, LARGEST) or b""
        if path.suffix == ".toml":
            return dict(tomllib.loads(data.decode("utf-8")))
        document = json.loads(data) if path.suffix == ".json" else parse_document(data)
    except (DocumentError, ValueError, RecursionError):
        return {}
    return {str(key): value for key, value in document.items()} if isinstance(document, Mapping) else {}


def _items(values: object) -> Iterator[tuple[str, object]]:
    if isinstance(values, Mapping):
        found = [(str(key), value) for key, value in values.items()]
    elif isinstance(values, list):
        # A list of mappings has its places as names, one of scalars the scalars.
        plain = not any(isinstance(value, Mapping | list) for value in values)
        found = [(_as_text(value) if plain else str(place), value) for place, value in enumerate(values)]
    else:
        raise Unresolved
    if len(found) > MOST:
        raise Unresolved
    yield from found


def _axis(name: str, values: object) -> list[tuple[str, object]]:
    if not isinstance(values, list):
        raise Unresolved
    return [
        (f"{name}{place}" if isinstance(value, Mapping | list) else _as_text(value), value)
        for place, value in enumerate(values)
    ]


def _raw(value: object, variables: Variables) -> object:
    """Return a value that may itself be one variable."""
    match = _VARIABLE.fullmatch(value.strip()) if isinstance(value, str) else None
    return value if match is None else _value(match[1], variables)


def _value(path: str, variables: Variables) -> object:
    found: object = variables
    end = 0
    for part in _PART.finditer(path):
        if part.start() != end:
            raise Unresolved
        end = part.end()
        name = part[1] if part[1] is not None else part[2]
        if isinstance(found, Mapping) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        else:
            raise Unresolved
    if end != len(path):
        raise Unresolved
    return found


def _as_text(value: object) -> str:
    value = as_number(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise Unresolved
