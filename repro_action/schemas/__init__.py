# SPDX-License-Identifier: Apache-2.0
"""The published JSON Schemas, as package data."""

from __future__ import annotations

import json


def text(name: str) -> str:
    """Return the text of a schema, such as `config.v1`.

    Raises:
        FileNotFoundError: there is no schema of that name.
    """
    from importlib.resources import files

    return files(__name__).joinpath(f"{name}.schema.json").read_text(encoding="utf-8")


def load(name: str) -> dict[str, object]:
    """Return a schema, such as `config.v1`, as a dictionary.

    Raises:
        FileNotFoundError: there is no schema of that name.
    """
    held: dict[str, object] = json.loads(text(name))
    return held
