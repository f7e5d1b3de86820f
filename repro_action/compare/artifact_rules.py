# SPDX-License-Identifier: Apache-2.0
"""Which rule of the configuration an output is compared under."""

from __future__ import annotations

from collections.abc import Iterable

from repro_action.config.model import ArtifactRule, Tolerance
from repro_action.paths.patterns import covers

_EXACT = Tolerance()


def rule_for(path: str, rules: Iterable[ArtifactRule]) -> ArtifactRule | None:
    """Return the last rule whose pattern names the product, or a folder above it."""
    return next((rule for rule in reversed(tuple(rules)) if covers(rule.glob, path)), None)


def tolerance_for(path: str, rules: Iterable[ArtifactRule]) -> Tolerance:
    """Return the tolerance declared for a product; exact where none is."""
    rule = rule_for(path, rules)
    return rule.tolerance if rule is not None else _EXACT
