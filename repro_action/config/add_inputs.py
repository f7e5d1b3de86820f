# SPDX-License-Identifier: Apache-2.0
"""Adds inputs to a step of a configuration; comments and layout stay as they are."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import TYPE_CHECKING

from repro_action.errors import ConfigError
from repro_action.paths.names import normal

if TYPE_CHECKING:
    from tomlkit.items import Array

_LONG = 100
"""Characters of a line, from which on an array is written over several."""


def with_inputs(text: str, file: str, step: str, paths: Sequence[str]) -> str:
    """Return the text of a configuration in which a step has further inputs.

    Args:
        text: TOML of a configuration that loads.
        file: its name; in `pyproject.toml` the configuration is `[tool.repro]`.
        step: name of the step.
        paths: what is added, relative to the project; what is there already is not added again.

    Raises:
        ConfigError: there is no such step, or its table has another form than can be added to.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError
    from tomlkit.items import Array

    try:
        document = tomlkit.parse(text)
        table = _step(document, ("tool", "repro") if file == "pyproject.toml" else (), step)
        if table is None:
            raise _by_hand(file, step, paths)
        inputs = table.setdefault("inputs", tomlkit.array())
        if not isinstance(inputs, Array):
            raise _by_hand(file, step, paths)
        present = {normal(str(path)) for path in inputs}
        for path in dict.fromkeys(paths):
            if normal(path) not in present:
                inputs.append(path)
        _wrap(inputs)
        return tomlkit.dumps(document)
    except (TOMLKitError, ValueError, AttributeError, TypeError, RecursionError) as error:
        raise _by_hand(file, step, paths) from error


def _step(
    document: MutableMapping[str, object], prefix: tuple[str, ...], name: str
) -> MutableMapping[str, object] | None:
    table: object = document
    for part in prefix:
        table = table.get(part) if isinstance(table, MutableMapping) else None
    steps = table.get("steps") if isinstance(table, MutableMapping) else None
    found = (
        step
        for step in (steps if isinstance(steps, list) else [])
        if isinstance(step, MutableMapping) and step.get("name") == name
    )
    return next(found, None)


def _wrap(inputs: Array) -> None:
    """Write an array over several lines where one would be too long."""
    written = inputs.as_string()
    if "\n" not in written and len(written) + len("inputs = ") > _LONG:
        inputs.multiline(multiline=True)


def _by_hand(file: str, step: str, paths: Sequence[str]) -> ConfigError:
    listed = ", ".join(f'"{path}"' for path in paths)
    return ConfigError(
        f"inputs cannot be added to step {step!a}", where=file, remedy=f"Add them by hand: {listed!a}."
    )
