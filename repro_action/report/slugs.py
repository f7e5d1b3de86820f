# SPDX-License-Identifier: Apache-2.0
"""Names of models for addresses and files: safe on every file system, one a model."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import PurePosixPath

_LONGEST = 60
_USUAL = frozenset({"repro", "pyproject"})
_ODD = re.compile(r"[^a-z0-9._]+")


def slugs(models: Mapping[str, str]) -> dict[str, str]:
    """Return a name for each model: of its folder, or of the model itself at the top of a repository.

    Args:
        models: configuration, from the top of the repository → name of the model.

    Returns:
        configuration → lower-case ASCII letters, digits, `.`, `_` and `-`, beginning with a letter or
        digit. Of several that would be alike, all but the first end in a digest of their configuration.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for config in sorted(models):
        plain = _plain(config, models[config])
        slug = plain if plain and plain not in taken else f"{plain or 'model'}-{_digest(config)}"
        while slug in taken:
            slug += "-2"
        taken.add(slug)
        found[config] = slug
    return found


def _plain(config: str, name: str) -> str:
    path = PurePosixPath(config)
    words = [*path.parts[:-1], *([] if path.stem in _USUAL else [path.stem])]
    text = "-".join(words) or name
    slug = _ODD.sub("-", text.lower()).strip("-._")
    return slug if len(slug) <= _LONGEST else f"{slug[: _LONGEST - 9].rstrip('-._')}-{_digest(config)}"


def _digest(config: str) -> str:
    return hashlib.sha256(config.encode("utf-8", "surrogatepass")).hexdigest()[:8]
