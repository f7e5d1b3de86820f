# SPDX-License-Identifier: Apache-2.0
"""The published JSON Schemas, as package data."""

from __future__ import annotations

import json
from pathlib import Path


def text(name: str) -> str:
    """Return the text of a schema, such as `config.v1`.

    Raises:
        FileNotFoundError: there is no schema of that name.
    """
    # `importlib.resources` would import zipfile, tempfile and urllib: 8 ms of each start.
    return Path(__file__).with_name(f"{name}.schema.json").read_text(encoding="utf-8")


def load(name: str) -> dict[str, object]:
    """Return a schema, such as `config.v1`, as a dictionary.

    Raises:
        FileNotFoundError: there is no schema of that name.
    """
    schema: dict[str, object] = json.loads(text(name))
    return schema
