# SPDX-License-Identifier: Apache-2.0
"""The result whose change is looked for, read from fingerprints: all outputs, one metric or one leaf."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from repro_action.compare.judge import compare
from repro_action.compare.materials import same_value
from repro_action.compare.metrics import allowed, rule_for
from repro_action.compare.products import compare_products
from repro_action.config.model import Config
from repro_action.errors import ConfigError
from repro_action.fingerprint import Fingerprint
from repro_action.paths.names import shown
from repro_action.tree import Scalar


class SearchedKind(StrEnum):
    """What can be asked of each commit."""

    OUTPUTS = "outputs"
    """Whether any output differs beyond its tolerance from that of the first commit."""
    METRIC = "metric"
    LEAF = "leaf"
    VERDICT = "verdict"
    """Whether the commit reproduces the baseline that is committed in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedResult:
    """The result that is looked for.

    Attributes:
        kind: what is compared.
        file: of the metric or leaf, relative to the project; else empty.
        name: of the metric or leaf.
        by: how much a metric has to differ, in its own unit; None for its tolerance in the configuration.
    """

    kind: SearchedKind
    file: str = ""
    name: str = ""
    by: float | None = None

    @property
    def text(self) -> str:
        """What it is called: `out/metrics.json:accuracy`."""
        return f"{self.file}:{self.name}" if self.file else self.kind.value


def parse_result(kind: SearchedKind, text: str, *, by: float | None = None) -> SearchedResult:
    """Read `FILE:NAME`; the name may contain colons, the file none.

    Raises:
        ConfigError: it is not of that form, or `by` is not a positive, finite number.
    """
    file, colon, name = text.partition(":")
    if not (file and colon and name):
        raise ConfigError(
            f"{shown(text[:100])} does not name a {kind.value}",
            where=f"--{kind.value}",
            remedy="Name the file and the value, such as out/metrics.json:accuracy.",
        )
    if by is not None and not (math.isfinite(by) and by >= 0):
        raise ConfigError(
            f"{by} is not a size of a change",
            where="--by",
            remedy="Give a number of at least 0, in the metric's own unit, such as 0.01.",
        )
    return SearchedResult(kind=kind, file=file, name=name, by=by)


def resolved(result: SearchedResult, fingerprint: Fingerprint, commit: str) -> SearchedResult:
    """Return the result by the name that the first commit has for it: `weight` may be its `['weight']`.

    Raises:
        ConfigError: it has none of that name; the message names those that are alike.
    """
    if result.kind is SearchedKind.METRIC:
        files: Iterable[str] = fingerprint.metrics
        names: Iterable[str] = fingerprint.metrics.get(result.file, {})
        present = result.name in names
    elif result.kind is SearchedKind.LEAF:
        files = fingerprint.products
        product = fingerprint.products.get(result.file)
        names = product.leaves if product is not None else ()
        present = any(_covers(name, result.name) for name in names)
    else:
        return result
    alike = [name for name in names if _plain(name) == _plain(result.name)]
    if present or len(alike) == 1:
        return result if present else replace(result, name=alike[0])
    wanted, listed = (result.name, names) if result.file in files else (result.file, files)
    near = difflib.get_close_matches(wanted, list(listed), n=3) or list(listed)[:3]
    raise ConfigError(
        f"commit {commit[:12]} has no {result.kind.value} {shown(result.text[:200])}",
        where=f"--{result.kind.value}",
        remedy=f"Did you mean {', '.join(map(shown, near))}?" if near else "It has none at all.",
    )


def is_same(
    result: SearchedResult, before: Fingerprint, after: Fingerprint, config: Config, *, noise: float = 0.0
) -> bool:
    """Whether two fingerprints agree in a result; what only one of them has differs.

    Args:
        result: what is compared; of a verdict, `before` is the committed baseline.
        before: the reference.
        after: the other.
        config: whose tolerances apply.
        noise: by how much a metric differs without meaning; 0 for nothing.
    """
    if result.kind is SearchedKind.METRIC:
        return _same_metric(result, before, after, config, noise)
    if result.kind is SearchedKind.LEAF:
        return not _leaf_differs(result, before, after, config)
    return compare(before, after, metrics=config.metrics, artifacts=config.artifacts).within


def value_of(result: SearchedResult, fingerprint: Fingerprint) -> Scalar:
    """Return what is shown of a result: a metric's value, or of a leaf the beginning of its digest."""
    if result.kind is SearchedKind.METRIC:
        return fingerprint.metrics.get(result.file, {}).get(result.name, "missing")
    if result.kind is SearchedKind.LEAF:
        product = fingerprint.products.get(result.file)
        leaves = product.leaves if product is not None else {}
        found = [leaf for name, leaf in leaves.items() if _covers(name, result.name)]
        if len(found) != 1:
            return f"{len(found)} leaves" if found else "missing"
        return str(found[0].digest)[:24] if found[0].value is None else found[0].value
    return None


def _same_metric(
    result: SearchedResult, before: Fingerprint, after: Fingerprint, config: Config, noise: float
) -> bool:
    old, new = (side.metrics.get(result.file, {}) for side in (before, after))
    if result.name not in old or result.name not in new:
        return result.name not in old and result.name not in new
    one, two = old[result.name], new[result.name]
    if same_value(one, two):
        return True
    limit = noise if result.by is None else result.by
    if limit and _number(one) and _number(two) and abs(float(two or 0) - float(one or 0)) <= limit:
        return True
    rule = rule_for(config.metrics.get(result.file, {}), result.name)
    return result.by is None and not noise and allowed(one, two, rule)


def _number(value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _leaf_differs(result: SearchedResult, before: Fingerprint, after: Fingerprint, config: Config) -> bool:
    one, two = (
        {result.file: side.products[result.file]} if result.file in side.products else {}
        for side in (before, after)
    )
    for product in compare_products(one, two, config.artifacts):
        if product.before is None or product.after is None:
            return True
        if any(_covers(leaf.path, result.name) and not leaf.within for leaf in product.leaves):
            return True
    return False


def _plain(name: str) -> str:
    """Return a path with keys and attributes written alike: `['a'].b[0]` is `a.b[0]`."""
    return re.sub(r"\['([^'\\]*)'\]", r".\1", name).lstrip(".")


def _covers(path: str, name: str) -> bool:
    """Whether a line of a listing is a leaf, is in it, or stands for a branch that has it."""
    one, two = sorted((path, name), key=len)
    return two == one or not one or (two.startswith(one) and two[len(one)] in "./[")
